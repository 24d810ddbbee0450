"""One month, published whole or not at all.

Everything is made in a staging folder, hashed, renamed into ``releases/<index date>.<n>/`` and then made current by
replacing one small file. A process that dies at any moment leaves the old release current; the next run removes what it
left. A release's name and bytes depend only on what went into it: the drops, the settings, the key, what practices
recorded, the champions and the software.
"""

import json
import shutil
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from riskstrat import __version__, audit, features, modelling, population, rules, worklists
from riskstrat.files import replace_text, sha256_of, sync, tree_sha256
from riskstrat.project import SETTINGS_FILE, Progress, Workspace, add_months, resource
from riskstrat.published import (
    ABANDONED,
    CURRENT,
    MANIFEST,
    PUBLISHED,
    current,
    current_index_date,
    population_folders,
    read_manifest,
    recorded,
    recorded_manifest,
    releases,
    staging_folder,
    verify,
)


@dataclass(frozen=True)
class Release:
    """A published month: its name and folder, whether this run made it, and why its population part was withheld.

    ``cautions`` are what every page says of models that are not as they were tested.
    """

    name: str
    folder: Path
    is_new: bool
    population_withheld_because: str | None = None
    cautions: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Return the answer of ``riskstrat run --json``."""
        return {
            "release": self.name,
            "folder": str(self.folder),
            "is_new": self.is_new,
            "population_withheld_because": self.population_withheld_because,
            "cautions": list(self.cautions),
        }

    def as_text(self) -> str:
        """Return the answer of ``riskstrat run``."""
        state = "published" if self.is_new else "already published from the same inputs"
        lines = [f"release {self.name} is {state}: {self.folder}"]
        if self.population_withheld_because:
            lines.append(f"the population report was withheld: {self.population_withheld_because}")
        lines += [f"on every page: {caution}" for caution in self.cautions]
        return "\n".join(lines)


def publish_month(workspace: Workspace, index_date: date, progress: Progress | None = None) -> Release:
    """Make and publish the month; the same inputs again return the release that is already there.

    Call it while holding the workspace's lock. Raises what the rooms raise; the current release is untouched then.
    """
    tell = progress or (lambda _: None)
    worklists.check_settings(workspace)
    population.check_settings(workspace)
    audit.record_opened(workspace, "run", "case_finding", "planning", "training")
    _remove_leftovers(workspace)
    settle(workspace)
    previous = population_folders(workspace)
    _prepare(workspace, index_date, tell)
    inputs = _inputs(workspace, index_date)
    cautions = tuple(caution.as_text() for caution in modelling.cautions(workspace, index_date))
    name, exists = _name(workspace, index_date, inputs)
    if exists:
        manifest = verify(workspace, name)
        _make_current(workspace, name)
        return Release(name, workspace.releases / name, False, manifest["population_withheld_because"], cautions)
    staging = staging_folder(workspace, name)
    withheld = _render(workspace, index_date, name, staging, previous, tell)
    _write_manifest(workspace, staging, index_date, name, inputs, withheld)
    audit.record(
        workspace,
        PUBLISHED,
        release=name,
        manifest_sha256=sha256_of(staging / MANIFEST),
        population_withheld_because=withheld,
    )
    staging.rename(workspace.releases / name)
    sync(workspace.releases)
    settle(workspace)
    _make_current(workspace, name)
    return Release(name, workspace.releases / name, True, withheld, cautions)


def settle(workspace: Workspace) -> None:
    """Take the lists of every published release as sent, also where a run died before it could.

    Whatever reads what was sent calls it first, while holding the workspace's lock.
    """
    worklists.settle_sent(workspace, releases(workspace))


def published_rules(workspace: Workspace) -> rules.Published | None:
    """Return the rules as the current release named them, or ``None`` before the first."""
    name = current(workspace)
    if name is None:
        return None
    entries = recorded_manifest(workspace, name)["rules"]
    return rules.Published(
        name,
        current_index_date(workspace),
        {entry["rule"]: entry["version"] for entry in entries},
        {entry["rule"]: entry["meaning"] for entry in entries if "meaning" in entry},
    )


def _prepare(workspace: Workspace, index_date: date, tell: Progress) -> None:
    """Bring snapshots, scores, rule hits and the selection for this month into the store."""
    earlier = [add_months(index_date, -months) for months in population.TREND_MONTHS_BEFORE]
    dates = [*features.usable_dates(workspace, earlier), index_date]
    features.build_snapshots(workspace, dates, progress=tell)
    tell(f"scoring {len(dates)} snapshots and finding who meets which rule")
    for day in dates:
        modelling.score(workspace, day, progress=tell if day == index_date else None)
        rules.evaluate(workspace, day)
    for day in worklists.dates_to_score_again(workspace, index_date):
        tell(f"scoring {day} again, where decisions were made with another model's estimate in sight")
        modelling.score(workspace, day)
    modelling.contribute(workspace, index_date, progress=tell)
    modelling.monitor(workspace, index_date, progress=tell)
    worklists.select(workspace, index_date, progress=tell)


def _render(
    workspace: Workspace, index_date: date, name: str, staging: Path, previous: list[Path], tell: Progress
) -> str | None:
    staging.mkdir(parents=True)
    tell("writing worklists")
    worklists.render(workspace, index_date, name, staging / "worklists", progress=tell)
    tell("writing the population report")
    result = population.publish(workspace, index_date, name, staging / "population", previous=previous, progress=tell)
    tell("writing model cards")
    for champion in modelling.champions(workspace):
        modelling.write_card(
            workspace, champion.model, champion.version, staging / "models", release_name=name, index_date=index_date
        )
    return result.withheld_because


def _inputs(workspace: Workspace, index_date: date) -> dict[str, Any]:
    """Return what a release is made from, as hashes: equal inputs are the same release."""
    store = workspace.store
    return {
        "index_date": str(index_date),
        "software": __version__,
        "code": tree_sha256(*(resource(folder) for folder in ("sql", "models", "reports"))),
        "settings": sha256_of(workspace.root / SETTINGS_FILE) if (workspace.root / SETTINGS_FILE).exists() else None,
        "deliveries": sha256_of(store / "intake" / "deliveries.json"),
        "key_check": sha256_of(store / "intake" / "key_check"),
        "code_lists": features.seeds_sha256(workspace),
        "population_files": _files_of_the_board(workspace),
        "feedback": tree_sha256(store / "feedback"),
        "champions": {c.model: {"version": c.version, "sha256": c.sha256} for c in modelling.champions(workspace)},
        "selection": tree_sha256(workspace.part("worklists", index_date).parent),
        "monitoring": tree_sha256(*(workspace.part(layer, index_date).parent for layer in modelling.MONITORING_LAYERS)),
    }


def _files_of_the_board(workspace: Workspace) -> dict[str, str]:
    """Return the hash of each file that the settings name for the population report, by its setting."""
    named = {name: workspace.root / path for name, path in workspace.settings.population if path is not None}
    return {name: sha256_of(path) for name, path in named.items() if path.is_file()}


def _name(workspace: Workspace, index_date: date, inputs: dict[str, Any]) -> tuple[str, bool]:
    """Return the release's name and whether it is already published with the same inputs."""
    numbers = [0]
    for name in releases(workspace):
        day, number = name.rsplit(".", 1)
        if day == str(index_date):
            numbers.append(int(number))
            if read_manifest(workspace.releases / name)["inputs"] == inputs:
                return name, True
    return f"{index_date}.{max(numbers) + 1}", False


def _write_manifest(
    workspace: Workspace, staging: Path, index_date: date, name: str, inputs: dict[str, Any], withheld: str | None
) -> None:
    files = sorted(path for path in staging.rglob("*") if path.is_file())
    manifest = {
        "version": 1,
        "release": name,
        "index_date": str(index_date),
        "demonstration": workspace.settings.board.demonstration,
        "population_withheld_because": withheld,
        "inputs": inputs,
        "sources": features.read_sources(workspace, index_date).to_dicts(),
        "rules": [{"rule": rule.id, "version": rule.version, "meaning": rule.meaning} for rule in rules.read_rules()],
        "files": [
            {
                "file": str(path.relative_to(staging)),
                "sha256": sha256_of(path),
                "bytes": path.stat().st_size,
                "rows": _rows(path),
            }
            for path in files
        ],
    }
    (staging / MANIFEST).write_text(
        json.dumps(manifest, indent=1, sort_keys=True, ensure_ascii=False, default=str) + "\n", encoding="utf-8"
    )
    for path in [*files, staging / MANIFEST]:
        path.chmod(0o400)
        sync(path)


def _rows(path: Path) -> int | None:
    """Return the number of records of a CSV file, the header not counted; ``None`` for other kinds."""
    if path.suffix != ".csv":
        return None
    import csv

    with path.open(encoding="utf-8-sig", newline="") as handle:
        return max(0, sum(1 for _ in csv.reader(handle)) - 1)


def _make_current(workspace: Workspace, name: str) -> None:
    target = workspace.releases / CURRENT
    content = json.dumps({"release": name}) + "\n"
    if target.exists() and target.read_text(encoding="utf-8") == content:
        return
    replace_text(target, content)
    sync(target.parent)


def _remove_leftovers(workspace: Workspace) -> None:
    """Remove what a dead run left: half-made releases and spilled scratch files.

    One that the audit log says was published, though it was never in place, is recorded as abandoned.
    """
    for name in recorded(workspace):
        if staging_folder(workspace, name).is_dir() and not (workspace.releases / name).is_dir():
            audit.record(workspace, ABANDONED, release=name)
    for leftover in workspace.releases.glob(staging_folder(workspace, "*").name):
        shutil.rmtree(leftover)
    for half in workspace.releases.glob(".*.half"):
        half.unlink()
    if workspace.scratch.is_dir():
        shutil.rmtree(workspace.scratch)
