"""Lists of a published release in the forms that other systems take, outside the release.

An export is a rendering: whoever is known by now to have died, moved, opted out or been restricted is left out and
counted, whatever the release says. A folder is written whole or not at all.
"""

import os
import shutil
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final, Literal

import polars as pl

from riskstrat.errors import NotPermitted, UsageFault
from riskstrat.files import sync
from riskstrat.outputs import refuse_folder
from riskstrat.pages import counted
from riskstrat.project import Workspace
from riskstrat.worklists.exporting import fhir
from riskstrat.worklists.exporting.encryption import Lock, practice_locks
from riskstrat.worklists.returning.decisions import decisions_in_force, final_statuses
from riskstrat.worklists.returning.memory import read_records, read_sent, releases_sent
from riskstrat.worklists.returning.returned import read_returned
from riskstrat.worklists.selecting.rises import MODEL
from riskstrat.worklists.selecting.standing import Standing, read_standing, who_may_be_shown

Form = Literal["nhs-numbers", "fhir", "lists"]
FORMS: Final[tuple[Form, ...]] = ("nhs-numbers", "fhir", "lists")
"""Forms of a practice's own list. ``nhs-numbers``: one a line and nothing else. ``fhir``: NDJSON, a file for each type.
``lists``: as published."""

Row = Mapping[str, str]


@dataclass(frozen=True)
class ExportResult:
    """What was written: for whom, how many people, and how many were left out and why. It names nobody."""

    release: str
    form: str
    folder: str
    practices: tuple[str, ...]
    files: int
    people: int
    no_longer_shown: int
    without_number: int
    is_encrypted: bool
    networks: tuple[str, ...] = ()
    kept_unlisted: int = 0

    def as_dict(self) -> dict[str, Any]:
        """Return the answer for machines."""
        return asdict(self)

    def as_audit(self) -> dict[str, Any]:
        """Return what the audit log keeps."""
        return {name: value for name, value in asdict(self).items() if name != "folder"}

    def as_text(self) -> str:
        """Return the answer as it is read on a screen."""
        whose = "the network" if self.networks else "the practice"
        closed = "encrypted" if self.is_encrypted else f"not encrypted: keep it where {whose} alone can read it"
        of = counted(len(self.practices), "practice")
        of += f" in {counted(len(self.networks), 'network')}" if self.networks else ""
        lines = [
            f"{counted(self.people, 'person', 'people')} of {of}, release {self.release}, "
            f"in {counted(self.files, 'file')} of {self.folder} ({closed})"
        ]
        if self.no_longer_shown:
            lines.append(
                f"left out, as known by now to have died, moved, objected, declined or the like: {self.no_longer_shown}"
            )
        if self.without_number:
            lines.append(f"left out, as no NHS number is held for them: {self.without_number}")
        if self.kept_unlisted:
            lines.append(f"left out, as an evaluation keeps them unlisted: {self.kept_unlisted}")
        return "\n".join(lines)


def export_lists(
    workspace: Workspace,
    manifest: Mapping[str, Any],
    form: Form,
    out: Path,
    *,
    practices: Sequence[str] = (),
    is_encrypted: bool = False,
) -> ExportResult:
    """Write lists of the release whose verified ``manifest`` is given into ``out``, a new or empty folder.

    Files are named ``<practice_code>.<what>``, for all practices or those named. Raises ``UsageFault`` where ``out`` or
    a practice cannot be, ``NotPermitted`` where ``out`` lies in the store or a release, or where a list as published
    has people who may no longer be shown, and what ``practice_locks`` raises; then nothing is written.
    """
    out = out.resolve()
    refuse_folder(workspace, out, "the folder for exports")
    release, day = str(manifest["release"]), date.fromisoformat(manifest["index_date"])
    wanted = _practices(manifest, practices)
    locks = practice_locks(workspace, wanted) if is_encrypted else {}
    shown = _still_shown(workspace, release, day)
    if form == "lists":
        _refuse_stale(workspace, release, day, wanted)
    made: dict[str, bytes] = {}
    counts: Counter[str] = Counter()
    for code in wanted:
        rows = _listed(workspace.releases / release / "worklists" / f"{code}.csv")
        stay = [row for row in rows if (code, row["row_key"]) in shown]
        if form == "lists" and len(stay) < len(rows):
            raise _stale(code, release)
        known = stay if form == "lists" else [row for row in stay if row["nhs_number"]]
        files = _files(workspace, manifest, form, code, known)
        made |= closed(files, code, locks[code]) if is_encrypted else files
        counts.update(people=len(known), gone=len(rows) - len(stay), nameless=len(stay) - len(known))
    write_whole(out, made)
    return ExportResult(
        release, form, str(out), wanted, len(made), counts["people"], counts["gone"], counts["nameless"], is_encrypted
    )


def _listed(file: Path) -> list[Row]:
    """Return the rows of a published list as the text they were before it was guarded; empty where null."""
    return [{name: str(value or "") for name, value in row.values.items()} for row in read_returned(file)]


def _practices(manifest: Mapping[str, Any], named: Sequence[str]) -> tuple[str, ...]:
    files = (str(entry["file"]) for entry in manifest["files"])
    listed = sorted(Path(file).stem for file in files if file.startswith("worklists/") and file.endswith(".csv"))
    strangers = sorted(set(named) - set(listed))
    if strangers:
        raise UsageFault(f"release {manifest['release']} has no list of {', '.join(strangers)}")
    return tuple(sorted(set(named))) or tuple(listed)


def _still_shown(workspace: Workspace, release: str, index_date: date) -> set[tuple[str, str]]:
    """Return practice and row key of those on the release's lists who may still be shown there, by all held now."""
    sent = read_sent(workspace, release)
    if sent is None:
        raise UsageFault(f"whose rows those of release {release} are is not held here", "publish the month again")
    shown = shown_now(workspace, index_date, read_standing(workspace, index_date))
    stay = sent.join(shown, on=["person_id", "practice_code"], how="semi")
    return {(str(practice), str(key)) for practice, key in stay.select("practice_code", "row_key").rows()}


def shown_now(workspace: Workspace, index_date: date, standing: Standing) -> pl.DataFrame:
    """Return ``person_id, practice_code`` of whom a list may name today, by the data and by what practices recorded."""
    recorded = decisions_in_force(read_records(workspace), date.max, standing.successors)
    gone = recorded.filter(pl.col("decided_status").is_in([*final_statuses(), "moved away"]))
    people = who_may_be_shown(workspace, index_date, standing).people.select("person_id", "practice_code")
    return people.join(gone, on=["person_id", "practice_code"], how="anti")


def _refuse_stale(workspace: Workspace, release: str, day: date, practices: Sequence[str]) -> None:
    """Refuse lists as published where a page names anybody, listed or not, who may no longer be shown."""
    refuse_remade(workspace, release, day)
    is_named = (pl.col("state") == "listed") | ~pl.col("decided_status").is_in(final_statuses()).fill_null(value=False)
    rows = pl.read_parquet(workspace.part("worklists", day)).filter(is_named & (pl.col("state") != "held_out"))
    shown = shown_now(workspace, day, read_standing(workspace, day))
    gone = rows.join(shown, on=["person_id", "practice_code"], how="anti")
    stale = sorted(set(gone["practice_code"]) & set(practices))
    if stale:
        raise _stale(stale[0], release)


def refuse_remade(workspace: Workspace, release: str, day: date) -> None:
    """Refuse a release of a month that was made again: of the month the newest alone goes out."""
    newest = max(releases_sent(workspace, day), key=lambda name: int(name.rsplit(".", 1)[1]), default=release)
    if newest != release:
        raise UsageFault(f"release {release} was made again as {newest}", f"export that:  --release {newest}")


def _stale(practice: str, release: str) -> NotPermitted:
    return NotPermitted(
        f"the list of {practice} in release {release} has people who may no longer be shown; nothing was written",
        "publish the month again and export that release:  riskstrat run",
    )


def _files(
    workspace: Workspace, manifest: Mapping[str, Any], form: Form, practice: str, rows: Sequence[Row]
) -> dict[str, bytes]:
    """Return one practice's files in a form, by name."""
    if form == "lists":
        folder = workspace.releases / str(manifest["release"]) / "worklists"
        return {f"{practice}.{end}": (folder / f"{practice}.{end}").read_bytes() for end in ("html", "xlsx", "csv")}
    if form == "nhs-numbers":
        return {f"{practice}.nhs-numbers.csv": "".join(f"{row['nhs_number']}\r\n" for row in rows).encode("ascii")}
    version = manifest["inputs"]["champions"].get(MODEL, {}).get("version", "none")
    origin = fhir.ListOrigin(
        str(manifest["release"]),
        date.fromisoformat(manifest["index_date"]),
        practice,
        f"riskstrat {manifest['inputs']['software']}, {MODEL} version {version}",
        bool(manifest["demonstration"]),
    )
    return {
        f"{practice}.{kind}.ndjson": fhir.as_ndjson(made) for kind, made in fhir.resources(origin, rows).items() if made
    }


def closed(files: Mapping[str, bytes], whose: str, lock: Lock) -> dict[str, bytes]:
    """Return the files that the lock of a practice or network closes; raises ``UsageFault`` where it closes none."""
    able = {name: content for name, content in files.items() if lock.can_close(name)}
    if not able:
        raise UsageFault(
            f"{whose} has a password, which closes a workbook and nothing else; nothing was written",
            "give it an age key as well:  age_recipient",
        )
    return dict(lock.close(name, content) for name, content in able.items())


def write_whole(out: Path, made: Mapping[str, bytes]) -> None:
    """Write the files beside ``out`` and give the folder its name in one step, for this account's eyes alone."""
    half = out.with_name(f".{out.name}.{os.getpid()}.half")
    half.mkdir(parents=True, mode=0o700)
    try:
        for name, content in made.items():
            (half / name).write_bytes(content)
            sync(half / name)
        half.replace(out)
    finally:
        shutil.rmtree(half, ignore_errors=True)
