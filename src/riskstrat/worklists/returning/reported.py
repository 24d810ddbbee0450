"""What practices say of the data themselves: who died, moved away, objects, or whose record is wrong.

These go to the people who mend data: counts on a page in ``quality/``, beside the reports of deliveries, and rows in
``quarantine/``, where rows that hold something private lie. Each is set against what is held today, so that the page
says what the data still do not know.
"""

import json
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from riskstrat.files import replace_text, replacing
from riskstrat.project import Workspace, add_months
from riskstrat.worklists.returning.decisions import decisions_in_force
from riskstrat.worklists.returning.memory import read_records
from riskstrat.worklists.selecting.standing import Standing, read_standing

NAME = "recorded-by-practices"
_AGAINST = {
    "died": "no death is held",
    "moved away": "the registration here is still open",
    "data wrong": "nothing can show that it was put right; ask the practice",
    "patient objects": "no objection is held that keeps the person off lists",
}
"""Statuses that say something of the data, and what is found where the data do not agree."""


def report_what_practices_say(workspace: Workspace, index_date: date | None = None) -> Path | None:
    """Write ``quality/recorded-by-practices.html``, ``.json`` and ``quarantine/recorded-by-practices.parquet``.

    ``index_date`` is the month being made; by default the one after the last list of which anything was recorded.
    Returns the page's path, ``None`` (and writes nothing) while nothing of the kind was ever recorded. The page and the
    JSON hold counts by practice; the rows are ``practice_code, release, row_key, person_id, status, status_date, note,
    data_disagree``, one per person and practice, of what stands.
    """
    records = read_records(workspace)
    if records.is_empty() or (not (workspace.quality / f"{NAME}.json").exists() and not _is_any(records)):
        return None
    last = records["index_date"].max()
    day = index_date or add_months(last if isinstance(last, date) else date.max, 1)
    standing = read_standing(workspace, day)
    rows = _rows(records, standing)
    path = workspace.quarantine / f"{NAME}.parquet"
    with replacing(path) as half:
        rows.write_parquet(half, compression="zstd")
        half.chmod(0o600)
    counted = _counted(rows)
    replace_text(workspace.quality / f"{NAME}.json", json.dumps(counted, indent=1, ensure_ascii=False) + "\n")
    page = workspace.quality / f"{NAME}.html"
    replace_text(page, _page(workspace, counted))
    return page


def _is_any(records: pl.DataFrame) -> bool:
    return records["status"].is_in(list(_AGAINST)).any()


def _rows(records: pl.DataFrame, standing: Standing) -> pl.DataFrame:
    stands = decisions_in_force(records, date.max, standing.successors)
    mine = stands.filter(pl.col("decided_status").is_in(list(_AGAINST)))
    status, person = pl.col("decided_status"), pl.col("person_id")
    is_registered = pl.col("practice_today").is_not_null()
    disagree = (
        pl.when(status == "died")
        .then(~person.is_in(standing.dead["person_id"].implode()))
        .when(status == "moved away")
        .then(is_registered)
        .when(status == "patient objects")
        .then(~person.is_in(standing.barred["person_id"].implode()))
        .otherwise(pl.lit(value=True))
    )
    keys = records.select("person_id", "release", "row_key").unique(["person_id", "release"], keep="last")
    return (
        mine.join(
            standing.registered.with_columns(pl.col("practice_today").alias("practice_code")),
            on=["person_id", "practice_code"],
            how="left",
        )
        .join(keys, left_on=["person_id", "decided_release"], right_on=["person_id", "release"], how="left")
        .select(
            "practice_code",
            pl.col("decided_release").alias("release"),
            "row_key",
            "person_id",
            status.alias("status"),
            pl.col("decided_on").alias("status_date"),
            pl.col("last_note").alias("note"),
            disagree.alias("data_disagree"),
        )
        .sort("practice_code", "status", "status_date", "row_key")
    )


def _counted(rows: pl.DataFrame) -> list[dict[str, Any]]:
    """Return a row per practice and status: people, those of whom the data say otherwise, and the oldest of these."""
    counted = rows.group_by("practice_code", "status").agg(
        pl.len().alias("people"),
        pl.col("data_disagree").sum().alias("data_disagree"),
        pl.col("status_date").filter(pl.col("data_disagree")).min().cast(pl.String).alias("since"),
    )
    order = {status: place for place, status in enumerate(_AGAINST)}
    return sorted(counted.to_dicts(), key=lambda row: (row["practice_code"], order[row["status"]]))


def _page(workspace: Workspace, counted: list[dict[str, Any]]) -> str:
    from riskstrat import pages  # jinja2 is loaded where a page is made

    board = workspace.settings.board
    return pages.render(
        "recorded_by_practices.html",
        title="What practices say of the data",
        subtitle="Internal: counts are not rounded. No row about a person is on this page",
        board_name=board.name,
        demonstration=board.demonstration,
        release_name="of what practices recorded",
        counted=counted,
        against=_AGAINST,
    )
