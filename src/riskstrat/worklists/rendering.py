"""Every practice's list of a month, written: the page, the workbook and the file."""

from datetime import date
from pathlib import Path

import polars as pl

from riskstrat.project import Progress, Workspace
from riskstrat.worklists.documents import write_documents
from riskstrat.worklists.gathering import pages_of, read_month
from riskstrat.worklists.memory import keep_sent
from riskstrat.worklists.reported import report_what_practices_say


def render(
    workspace: Workspace,
    index_date: date,
    release_name: str,
    folder: Path,
    *,
    progress: Progress | None = None,
) -> list[Path]:
    """Write ``<practice_code>.html``, ``.xlsx`` and ``.csv`` for each practice with people; returns their paths.

    Selection stands on the snapshot; rendering on everything held now: whoever is known by now to have died, moved,
    opted out or been restricted is dropped and counted. Raises ``UsageFault`` where the month was not selected.
    """
    folder.mkdir(parents=True, exist_ok=True)
    month = read_month(workspace, index_date, release_name)
    keep_sent(workspace, release_name, month.rows.filter(pl.col("state") == "listed"))
    report_what_practices_say(workspace, index_date)
    written: list[Path] = []
    for page in pages_of(month):
        written += write_documents(page, folder)
    if progress is not None:
        progress(f"worklists: {len(month.practices):,} practices written")
    return written
