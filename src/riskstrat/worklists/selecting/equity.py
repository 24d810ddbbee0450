"""Whether the lists pass some groups by, over the whole board: who is listed, set against need, by group.

It looks and never moves anybody. Need is told twice, since neither is the truth: by the rules (who met one and
competed for a place) and by the estimates (each group's share of the expected emergency admissions among everyone who
may be shown and is not already supported or decided about): what the rules themselves pass by shows only in the second.
A group is flagged where chance does not explain it (95 % Wilson interval); small groups are shown and rarely flagged.
"""

from collections.abc import Iterator

import polars as pl

from riskstrat.modelling.evaluation.groups import ethnic_groups
from riskstrat.modelling.evaluation.reliability import wilson
from riskstrat.settings import WorklistSettings
from riskstrat.worklists.selecting.placing import cut_by

EQUITY_SCHEMA = {
    "dimension": pl.String,
    "value": pl.String,
    "adults": pl.Int64,
    "met_a_rule": pl.Int64,
    "listed": pl.Int64,
    "share_of_adults": pl.Float64,
    "share_of_need": pl.Float64,
    "share_of_rule": pl.Float64,
    "share_of_list": pl.Float64,
    "is_passed_by": pl.Boolean,
    "is_below_need": pl.Boolean,
    "brought_up": pl.Int64,
    "pushed_down": pl.Int64,
    "is_pushed_down": pl.Boolean,
    "places_to_equal": pl.Int64,
    "places_to_need": pl.Int64,
}
"""``store/worklist_equity``, one row per group of each dimension; people may be in several dimensions.

``adults``: may be shown, and neither held nor decided about. ``met_a_rule``: competed for a place. ``is_passed_by``:
the share of the group's competitors listed lies below everyone's. ``is_below_need``: the group's share of the list lies
below its share of the expected admissions. ``brought_up, pushed_down``: people on the list by the priority score and
not by the estimate alone, and the reverse; ``is_pushed_down`` where the group loses more places so than it gains.
``places_to_*``: how many more of the listed would be of the group if its share were that of the rules, or of need.
"""
_FIFTHS = {1: "most deprived fifth", 2: "second fifth", 3: "third fifth", 4: "fourth fifth", 5: "least deprived fifth"}
_FLAGS = {
    "has_learning_disability": "learning disability",
    "has_smi": "severe mental illness",
    "has_dementia": "dementia",
}


def equity_of(
    rows: pl.DataFrame, people: pl.DataFrame, scores: pl.DataFrame, settings: WorklistSettings
) -> pl.DataFrame:
    """Return one row per group (``EQUITY_SCHEMA``).

    ``rows`` is everyone who met a rule, with state, order and parts of the priority; ``people`` everyone who may be
    shown, with the snapshot's group columns; ``scores`` has ``person_id, risk``.
    """
    competing = rows.filter(pl.col("state").is_in(["listed", "below_cut"]))
    supported = rows.filter(pl.col("state").is_in(["held", "decided"]))
    listed_by = {name: cut_by(competing, settings, name)["person_id"].implode() for name in ("priority", "risk_part")}
    is_person = pl.col("person_id")
    free = (
        people.join(supported, on="person_id", how="anti")
        .join(scores.select("person_id", "risk"), on="person_id", how="left")
        .with_columns(
            pl.col("risk").fill_null(0.0),
            is_person.is_in(competing["person_id"].implode()).alias("competes"),
            is_person.is_in(competing.filter(pl.col("state") == "listed")["person_id"].implode()).alias("is_listed"),
            is_person.is_in(listed_by["priority"]).alias("by_priority"),
            is_person.is_in(listed_by["risk_part"]).alias("by_risk"),
        )
    )
    found = [(dimension, value, *_figures(free, is_in)) for dimension, value, is_in in _members(free)]
    return pl.DataFrame(found, schema=EQUITY_SCHEMA, orient="row")


def _figures(free: pl.DataFrame, is_in: pl.Series) -> tuple[object, ...]:
    mine = free.filter(is_in)
    met, listed = int(mine["competes"].sum()), int(mine["is_listed"].sum())
    all_met, all_listed = int(free["competes"].sum()), int(free["is_listed"].sum())
    need = _share(float(mine["risk"].sum()), float(free["risk"].sum()))
    of_rule = _share(met, all_met)
    up = mine.filter(pl.col("by_priority") & ~pl.col("by_risk")).height
    down = mine.filter(~pl.col("by_priority") & pl.col("by_risk")).height
    return (
        mine.height,
        met,
        listed,
        _share(mine.height, free.height),
        need,
        of_rule,
        _share(listed, all_listed),
        _lies_below(listed, met, _share(all_listed, all_met)),
        _lies_below(listed, all_listed, need),
        up,
        down,
        _lies_below(up, up + down, 0.5),
        _places(of_rule, all_listed, listed),
        _places(need, all_listed, listed),
    )


def _members(people: pl.DataFrame) -> Iterator[tuple[str, str, pl.Series]]:
    """Yield each dimension's groups, with who is in them; a dimension the snapshot has not is not there."""
    if "imd_decile" in people.columns:
        fifth = people.select(((pl.col("imd_decile") + 1) // 2).fill_null(0)).to_series()
        for number, words in {**_FIFTHS, 0: "not known"}.items():
            yield "deprivation", words, fifth == number
    if "ethnic_category" in people.columns:
        known = pl.col("ethnic_category").replace_strict(ethnic_groups(), default="Not known", return_dtype=pl.String)
        group = people.select(known.fill_null("Not known")).to_series()
        for name in dict.fromkeys([*ethnic_groups().values(), "Not known"]):
            yield "ethnicity", name, group == name
    for column, words in _FLAGS.items():
        if column in people.columns:
            yield words, "recorded", people.select((pl.col(column) == 1).fill_null(value=False)).to_series()


def _share(part: float, whole: float) -> float | None:
    return round(part / whole, 6) if whole else None


def _lies_below(part: int, whole: int, bound: float | None) -> bool:
    """Whether the whole interval of a share lies below a bound."""
    return bool(whole) and bound is not None and wilson(part, whole)[1] < bound


def _places(share: float | None, all_listed: int, listed: int) -> int:
    return 0 if share is None else max(0, round(share * all_listed - listed))
