"""The order of a list and its cut: urgency, then priority, within what the practice has time for. No engine, no files.

Within one urgency, someone who was on last month's list and has not been decided keeps the place for up to
``KEPT_MONTHS`` months in a row; then, and against more urgent people, they compete like everyone. A share of the places
is kept for people whose risk is rising; it takes places only from the end of the list, and none from urgency 1. Ties
are broken by the row key, which says nothing about the person.
"""

import polars as pl

KEPT_MONTHS = 3
FULL_RISE = 0.20
"""A rise of this much in three months counts as a whole rise part."""
FULL_GAPS = 4.0
"""Gaps whose weights add up to this count as a whole gaps part."""

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


def cut(candidates: pl.DataFrame, capacities: dict[str, int], rising_share: float) -> pl.DataFrame:
    """Return ``person_id, practice_code, rank``: who is listed, ``rank`` 1 for the first of each practice.

    ``candidates`` has one row per person: ``person_id, practice_code, row_key, urgency, priority, is_rising, is_kept``.
    A practice that is not in ``capacities`` has none. The order of the rows given changes nothing.
    """
    places = pl.DataFrame(
        {"practice_code": list(capacities), "capacity": list(capacities.values())},
        schema={"practice_code": pl.String, "capacity": pl.Int64},
    )
    ordered = (
        candidates.select("person_id", "is_rising", *_ORDER)
        .join(places, on="practice_code", how="inner")
        .sort(_ORDER, descending=_DESCENDING)
    )
    mine = pl.col("practice_code")
    ordered = ordered.with_columns(
        (pl.int_range(pl.len()).over(mine) < pl.col("capacity")).alias("is_in"),
        (pl.col("capacity") * rising_share + 0.5).floor().cast(pl.Int64).alias("kept_for_rising"),
    )
    # Someone at the end of the list gives way to someone rising below it, until the kept share is filled.
    is_waiting = ~pl.col("is_in") & pl.col("is_rising")
    may_give_way = pl.col("is_in") & ~pl.col("is_rising") & (pl.col("urgency") > 1)
    ordered = ordered.with_columns(is_waiting.alias("is_waiting"), may_give_way.alias("may_give_way"))
    missing = pl.col("kept_for_rising") - (pl.col("is_in") & pl.col("is_rising")).sum().over(mine)
    swaps = pl.min_horizontal(missing, pl.col("is_waiting").sum().over(mine), pl.col("may_give_way").sum().over(mine))
    ordered = ordered.with_columns(swaps.clip(lower_bound=0).alias("swaps"))
    enters = pl.col("is_waiting") & (pl.col("is_waiting").cum_sum().over(mine) <= pl.col("swaps"))
    leaves = pl.col("may_give_way") & (pl.col("may_give_way").cum_sum(reverse=True).over(mine) <= pl.col("swaps"))
    listed = ordered.filter((pl.col("is_in") & ~leaves) | enters)
    by_rank = ["practice_code", "urgency", "priority", "row_key"]
    return (
        listed.sort(by_rank, descending=[False, False, True, False])
        .with_columns((pl.int_range(pl.len()).over(mine) + 1).cast(pl.Int32).alias("rank"))
        .select("person_id", "practice_code", "rank")
    )
