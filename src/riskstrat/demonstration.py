"""The main job on a synthetic population: ``riskstrat demo``.

The key is fixed and public, so that the same command gives the same bytes; the settings say that everything is for
demonstration, and every page says so too.
"""

import hashlib
import shutil
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

from riskstrat import audit, features, intake, modelling, published, release, synthetic
from riskstrat.errors import UsageFault
from riskstrat.lock import only_writer
from riskstrat.pages import long_date
from riskstrat.project import SETTINGS_FILE, Workspace
from riskstrat.settings import BoardSettings, Settings
from riskstrat.setup import make_workspace

DEMONSTRATION_KEY = hashlib.sha256(b"riskstrat demonstration key: public, never for real people").digest()
INDEX_DATE = date(2026, 11, 1)
SEED = 2026


def run_demonstration(root: Path, people: int, progress: Callable[[str], None]) -> str:
    """Make a drop of ``people`` synthetic people, take it in, train, publish a month; return what to open.

    Raises ``UsageFault`` where ``root`` is a workspace that is not a demonstration.
    """
    workspace = Workspace(root.resolve())
    if (workspace.root / SETTINGS_FILE).exists() and not workspace.settings.board.demonstration:
        raise UsageFault(f"{root} is a real workspace", "choose another folder for the demonstration:  --workspace DIR")
    started = time.monotonic()

    def tell(text: str) -> None:
        progress(f"{time.monotonic() - started:5.1f} s  {text}")

    make_workspace(
        workspace,
        Settings(board=BoardSettings(name="Demonstration board", demonstration=True)),
        key=DEMONSTRATION_KEY,
    )
    drop = workspace.root / "drop"
    with only_writer(workspace):
        if drop.exists():
            shutil.rmtree(drop)
        tell(f"making {people:,} synthetic people and seven years of their activity")
        synthetic.generate_drop(people, SEED, drop)
        taken = intake.take_drop(workspace, drop, progress=tell)
        audit.record(workspace, "intake", **taken.as_dict())
        audit.record_opened(workspace, "train", "training")
        results = modelling.train(workspace, progress=tell)
        for result in results:
            audit.record(workspace, "model trained", **result.as_audit())
        month = release.publish_month(workspace, INDEX_DATE, tell)
        tell("checking every published file against its hash")
        published.verify(workspace)
    return _summary(workspace, people, taken, results, month)


def _summary(
    workspace: Workspace,
    people: int,
    taken: intake.IntakeResult,
    results: list[modelling.TrainingResult],
    month: release.Release,
) -> str:
    """Return what was made and what to open, one fact a line."""
    rows = sum(quality.rows_in for quality in taken.tables.values())
    quarantined = sum(quality.quarantined_rows for quality in taken.tables.values())
    snapshot = features.read_snapshot(workspace, INDEX_DATE)
    folder = month.folder
    lists = sorted((folder / "worklists").glob("*.html"))
    lines = [
        f"{people:,} synthetic people asked for; {snapshot.height:,} registered and alive on {long_date(INDEX_DATE)}",
        f"{rows:,} rows taken in, {quarantined:,} of them quarantined" if taken.is_new else taken.as_text(),
        f"{len(workspace.index_dates('features'))} index dates, {snapshot.width - 3} features a person",
        *(result.as_text() for result in results),
        f"{len(lists)} worklists and a population report in release {month.name}; every file agrees with its hash",
        "",
        "Synthetic people: these figures say nothing about real people or real performance.",
        "Open:",
    ]
    places = [
        lists[0],
        folder / "population" / "population.html",
        folder / "population" / "summary.html",
        *sorted((folder / "models").glob("emergency_admission_12m.html")),
    ]
    quality_page = taken.quality_report.with_suffix(".html")
    here = Path.cwd()
    lines += [f"  {path.relative_to(here) if path.is_relative_to(here) else path}" for path in [*places, quality_page]]
    return "\n".join(lines)
