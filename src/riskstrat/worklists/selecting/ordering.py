"""The order of a list and its cut: urgency, then priority, within what the practice has time for. No engine, no files.

Within one urgency, someone who was on last month's list and has not been decided keeps the place for up to
``KEPT_MONTHS`` months in a row; then, and against more urgent people, they compete like everyone. Shares of the list
are kept for people whose risk is rising and for people with no recent admission; they take places only from the end of
the list, and none from urgency 1. A list ends at the first person for whom no time is left. Ties are broken by the row
key, which says nothing about the person.
"""

from collections.abc import Mapping

import polars as pl

KEPT_MONTHS = 3
FULL_RISE = 0.20
"""A rise of this much in three months counts as a whole rise part."""
FULL_GAPS = 4.0
"""Gaps whose weights add up to this count as a whole gaps part."""

_MINE = pl.col("practice_code")
_ORDER = ["practice_code", "urgency", "is_kept", "priority", "row_key"]
_DESCENDING = [False, False, True, True, False]


def with_priority(people: pl.DataFrame, *, risk: float, rise: float, gaps: float) -> pl.DataFrame:
    """Add ``risk_part, rise_part, gaps_part`` (each 0 to 1) and ``priority`` to rows with ``risk, rise, gap_weight``.

    The risk part is the estimated risk itself, the rise part the share of ``FULL_RISE`` reached, the gaps part the
    share of ``FULL_GAPS``. What is not known adds nothing. The score orders reviews; it claims no benefit.
    """
    parts = people.with_columns(
        pl.col("risk").fill_null(0.0).clip(0, 1).round(6).alias("risk_part"),
        (pl.col("rise").fill_null(0.0) / FULL_RISE).clip(0, 1).round(6).alias("rise_part"),
        (pl.col("gap_weight").fill_null(0.0) / FULL_GAPS).clip(0, 1).round(6).alias("gaps_part"),
    )
    weighted = risk * pl.col("risk_part") + rise * pl.col("rise_part") + gaps * pl.col("gaps_part")
    return parts.with_columns(weighted.round(6).alias("priority"))


def cut(candidates: pl.DataFrame, capacities: Mapping[str, int], kept: Mapping[str, float]) -> pl.DataFrame:
    """Return ``person_id, practice_code, rank``: who is listed, ``rank`` 1 for the first of each practice.

    ``candidates`` has one row per person: ``person_id, practice_code, row_key, urgency, priority, is_kept, cost`` and a
    flag for each share of ``kept`` (flag to share of the capacity). ``capacities`` and ``cost`` have one unit within a
    practice: reviews, or minutes. A practice that is not in ``capacities`` has none. The order of the rows given
    changes nothing.
    """
    places = pl.DataFrame(
        {"practice_code": list(capacities), "capacity": list(capacities.values())},
        schema={"practice_code": pl.String, "capacity": pl.Int64},
    )
    ordered = (
        candidates.select("person_id", "cost", *kept, *_ORDER)
        .join(places, on="practice_code", how="inner")
        .sort(_ORDER, descending=_DESCENDING)
        .with_columns(pl.lit(value=False).alias("is_in"))
    )
    is_urgent = pl.col("urgency") == 1
    ordered = _taken(ordered, is_urgent, 1.0)
    # While an urgent person waits, nobody less urgent takes what is left.
    has_time = ~(is_urgent & ~pl.col("is_in")).any().over(_MINE)
    ordered = ordered.with_columns(has_time.alias("has_time"))
    for flag, share in kept.items():
        ordered = _taken(ordered, pl.col(flag) & pl.col("has_time"), share)
    listed = _taken(ordered, pl.lit(value=True), 1.0).filter(pl.col("is_in"))
    by_rank = ["practice_code", "urgency", "priority", "row_key"]
    return (
        listed.sort(by_rank, descending=[False, False, True, False])
        .with_columns((pl.int_range(pl.len()).over(_MINE) + 1).cast(pl.Int32).alias("rank"))
        .select("person_id", "practice_code", "rank")
    )


def _taken(ordered: pl.DataFrame, who: pl.Expr, share: float) -> pl.DataFrame:
    """Take more of ``who``, in order, until those of them who are in fill ``share`` of what each practice has."""
    cost = pl.col("cost")
    limit = (pl.col("capacity") * share + 0.5).floor().cast(pl.Int64)
    room = pl.min_horizontal(
        limit - (cost * (pl.col("is_in") & who)).sum().over(_MINE),
        pl.col("capacity") - (cost * pl.col("is_in")).sum().over(_MINE),
    )
    waits = who & ~pl.col("is_in")
    enters = waits & ((cost * waits).cum_sum().over(_MINE) <= room)
    return ordered.with_columns(pl.col("is_in") | enters)
