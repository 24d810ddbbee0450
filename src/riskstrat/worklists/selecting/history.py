"""What the lists before this one said: who was on them, for how long, and why someone is no longer there."""

from dataclasses import dataclass
from datetime import date

import polars as pl

from riskstrat.project import Workspace, add_months

_REACH_MONTHS = 24
_LISTED = {
    "person_id": pl.Int32,
    "practice_code": pl.String,
    "rank": pl.Int32,
    "months_listed": pl.Int32,
}


@dataclass(frozen=True)
class Before:
    """The list before this one and everyone ever listed.

    ``last``: ``person_id, practice_code, previous_rank, previous_months`` of those listed on ``last_date``. ``ever``:
    ``person_id, practice_code``. Practices are today's: a merger carries its people's history to the successor.
    """

    last_date: date | None
    last: pl.DataFrame
    ever: pl.DataFrame


def read_before(workspace: Workspace, index_date: date, successors: dict[str, str]) -> Before:
    """Return the lists of the 24 months before ``index_date`` (see ``Before``); empty where there is none."""
    folder = workspace.store / "worklists"
    dates = sorted(
        day
        for path in folder.glob("index_date=*/part.parquet")
        if add_months(index_date, -_REACH_MONTHS)
        <= (day := date.fromisoformat(path.parent.name.removeprefix("index_date=")))
        < index_date
    )
    lists = [_listed(workspace, day, successors) for day in dates]
    empty = pl.DataFrame(schema=_LISTED)
    last = lists[-1] if lists else empty
    return Before(
        dates[-1] if dates else None,
        last.rename({"rank": "previous_rank", "months_listed": "previous_months"}),
        pl.concat([empty, *lists]).select("person_id", "practice_code").unique().sort("person_id", "practice_code"),
    )


def _listed(workspace: Workspace, day: date, successors: dict[str, str]) -> pl.DataFrame:
    return (
        pl.scan_parquet(workspace.part("worklists", day))
        .filter(pl.col("state") == "listed")
        .select(pl.col(name).cast(kind) for name, kind in _LISTED.items())
        .with_columns(pl.col("practice_code").replace(successors))
        .collect()
        .unique(["person_id", "practice_code"], keep="first", maintain_order=True)
    )


def with_change(listed: pl.DataFrame, before: Before) -> pl.DataFrame:
    """Add ``change`` (NEW, BACK, up n, down n, same) and ``months_listed`` to rows with ``rank, previous_rank``.

    ``months_listed`` counts lists in a row, this one included. NEW has been on no list of this practice in two years.
    """
    known = before.ever.with_columns(pl.lit(value=True).alias("was_listed"))
    moved = pl.col("previous_rank") - pl.col("rank")
    words = (
        pl.when(pl.col("rank").is_null())
        .then(None)
        .when(pl.col("previous_rank").is_null())
        .then(pl.when(pl.col("was_listed")).then(pl.lit("BACK")).otherwise(pl.lit("NEW")))
        .when(moved > 0)
        .then(pl.format("up {}", moved))
        .when(moved < 0)
        .then(pl.format("down {}", moved.abs()))
        .otherwise(pl.lit("same"))
    )
    months = pl.when(pl.col("rank").is_not_null()).then(pl.col("previous_months").fill_null(0) + 1)
    return (
        listed.join(known, on=["person_id", "practice_code"], how="left", maintain_order="left")
        .with_columns(words.alias("change"), months.cast(pl.Int32).alias("months_listed"))
        .drop("was_listed")
    )


def who_left(rows: pl.DataFrame, met_rules: pl.DataFrame, shown: pl.DataFrame, before: Before) -> pl.DataFrame:
    """Return those of the last list who may still be shown and are not listed now, each with the reason.

    ``rows`` are this month's rows (``person_id, practice_code, state, held_by, decided_status``), ``met_rules`` has
    ``person_id, exclusions`` (names joined) of people who met rules and were left off them. Grain: person. Columns:
    ``practice_code, person_id, previous_index_date, previous_rank, reason``.
    """
    reason = (
        pl.when(pl.col("state") == "held")
        .then(pl.format("already supported by {}", pl.col("held_by")))
        .when(pl.col("state") == "decided")
        .then(pl.format("recorded: {}", pl.col("decided_status")))
        .when(pl.col("state") == "below_cut")
        .then(pl.lit("others came first this month"))
        .when(pl.col("exclusions").is_not_null())
        .then(pl.format("left off: {}", pl.col("exclusions")))
        .otherwise(pl.lit("meets no rule any more"))
    )
    here = before.last.join(shown.select("person_id", "practice_code"), on=["person_id", "practice_code"], how="inner")
    states = rows.select("person_id", "practice_code", "state", "held_by", "decided_status")
    return (
        here.join(states, on=["person_id", "practice_code"], how="left")
        .filter(pl.col("state").is_null() | (pl.col("state") != "listed"))
        .join(met_rules, on="person_id", how="left")
        .select(
            "practice_code",
            "person_id",
            pl.lit(before.last_date, dtype=pl.Date).alias("previous_index_date"),
            "previous_rank",
            reason.alias("reason"),
        )
        .sort("practice_code", "previous_rank", "person_id")
    )
