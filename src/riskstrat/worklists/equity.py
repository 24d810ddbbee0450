"""Whether a list passes some groups by: who is listed against who met a rule, by group, over the whole board.

It looks and never moves anybody. A group is flagged where even the upper end of the 95 % Wilson interval of its share
listed lies below the share listed of everyone; small groups are shown and rarely flagged.
"""

from math import sqrt

import polars as pl

_Z = 1.959964
EQUITY_SCHEMA = {
    "dimension": pl.String,
    "value": pl.String,
    "met_a_rule": pl.Int64,
    "listed": pl.Int64,
    "share_of_rule": pl.Float64,
    "share_of_list": pl.Float64,
    "upper_share_listed": pl.Float64,
    "is_passed_by": pl.Boolean,
    "places_to_equal": pl.Int64,
}
_FIFTHS = {1: "most deprived fifth", 2: "second fifth", 3: "third fifth", 4: "fourth fifth", 5: "least deprived fifth"}
_FLAGS = {
    "has_learning_disability": "learning disability",
    "has_smi": "severe mental illness",
    "has_dementia": "dementia",
}


def equity_of(rows: pl.DataFrame, groups: pl.DataFrame) -> pl.DataFrame:
    """Return one row per group (``EQUITY_SCHEMA``): its share of people who met a rule and its share of the listed.

    ``rows`` has ``person_id, state``; ``groups`` has ``person_id`` and the snapshot's group columns. Held and decided
    people are left out of both sides: they were not competing for a place. ``places_to_equal`` is how many more of the
    group would be listed at the overall share.
    """
    competing = rows.filter(pl.col("state").is_in(["listed", "below_cut"])).join(groups, on="person_id", how="inner")
    is_listed = competing.select(pl.col("state") == "listed").to_series()
    total, listed = competing.height, int(is_listed.sum())
    found = []
    for dimension, value, is_in in _members(competing):
        met, mine = int(is_in.sum()), int((is_in & is_listed).sum())
        upper = _wilson_upper(mine, met)
        overall = listed / total if total else 0.0
        found.append(
            (
                dimension,
                value,
                met,
                mine,
                round(met / total, 6) if total else None,
                round(mine / listed, 6) if listed else None,
                None if upper is None else round(upper, 6),
                upper is not None and upper < overall,
                max(0, round(overall * met - mine)),
            )
        )
    return pl.DataFrame(found, schema=EQUITY_SCHEMA, orient="row")


def _members(people: pl.DataFrame) -> list[tuple[str, str, pl.Series]]:
    members = []
    if "imd_decile" in people.columns:
        fifth = people.select((pl.col("imd_decile") + 1) // 2).to_series().fill_null(0)
        members += [("deprivation", words, fifth == number) for number, words in _FIFTHS.items()]
        members.append(("deprivation", "not known", fifth == 0))
    for column, words in _FLAGS.items():
        if column in people.columns:
            members.append((words, "yes", people[column].fill_null(0) == 1))
    return members


def _wilson_upper(events: int, total: int) -> float | None:
    if total == 0:
        return None
    share = events / total
    centre = share + _Z**2 / (2 * total)
    spread = _Z * sqrt(share * (1 - share) / total + _Z**2 / (4 * total**2))
    return (centre + spread) / (1 + _Z**2 / total)
