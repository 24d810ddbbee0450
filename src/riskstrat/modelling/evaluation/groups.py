"""Figures by group of people: how well the model does in each, and whom its list passes by.

Groups are compared on one list, the top of everyone tested (``listing.GATED_SHARE``): the share of a group's people
with the outcome who are not on it (false negatives), and the share of those without who are (false positives). Who is
on that list does not vary between draws. Counts are given as they are; ``guarded`` says how they are published,
and works a group's rates out again from those.
"""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from riskstrat.modelling.evaluation.bootstrap import (
    Places,
    Weights,
    draws_of,
    figure,
    figure_that_chance_raises,
    places_by_name,
    sums,
)
from riskstrat.modelling.evaluation.gates import Group
from riskstrat.modelling.evaluation.listing import GATED_SHARE
from riskstrat.modelling.evaluation.metrics import all_figures, percent
from riskstrat.modelling.evaluation.shown import (
    FEW_IN_CELL,
    FEW_IN_GROUP,
    LEAST_CELL,
    LEAST_GROUP_EVENTS,
    is_enough,
    shown,
    shown_figures,
    withheld,
)
from riskstrat.modelling.evaluation.tally import ratio
from riskstrat.modelling.spec import Table
from riskstrat.modelling.training.calibration import Floats
from riskstrat.project import resource

_AGE_BANDS = ((18, 39), (40, 64), (65, 74), (75, 84), (85, 130))
_FLAGS = {
    "in_care_home": ("care home", "living in one", "not living in one"),
    "has_learning_disability": ("learning disability", "recorded", "not recorded"),
    "has_smi": ("severe mental illness", "recorded", "not recorded"),
    "has_dementia": ("dementia", "recorded", "not recorded"),
}
"""Columns of the snapshot that name people whom lists may pass by: the factor, and its groups where 1 and where 0."""
PRACTICE = "practice"


@dataclass(frozen=True)
class Members:
    """Where the people of one group are among the rows."""

    factor: str
    name: str
    rows: Places


def groups_of(people: pl.DataFrame, table: Table | None = None) -> list[Members]:
    """Return every group of every factor: of a snapshot's people, or by the columns that a table's spec names."""
    keyed = _of_snapshot(people) if table is None else people.select(pl.col(table.shown_by).cast(pl.String))
    found = []
    for factor in keyed.columns:
        places = places_by_name(keyed[factor].fill_null("not known"))
        found += [Members(factor, name, rows) for name, rows in places.items()]
    return found


def _of_snapshot(people: pl.DataFrame) -> pl.DataFrame:
    """Return each person's age band, sex, ethnic group, deprivation fifth, needs and practice."""
    return people.select(
        _age_band().alias("age band"),
        pl.col("sex").cast(pl.String).replace_strict({"1": "male", "2": "female"}, default="not known").alias("sex"),
        _optional(people, "ethnic_category")
        .cast(pl.String)
        .replace_strict(ethnic_groups(), default="Not known", return_dtype=pl.String)
        .fill_null("Not known")
        .alias("ethnic group"),
        _deprivation_fifth(people).alias("deprivation fifth"),
        *[_flag(column).alias(words[0]) for column, words in _FLAGS.items() if column in people.columns],
        pl.col("practice_code").alias(PRACTICE),
    )


@cache
def ethnic_groups() -> dict[str, str]:
    """Return the ethnic group of each category code (``sql/seeds/ethnic_category.csv``, which names its source)."""
    with (resource("sql/seeds") / "ethnic_category.csv").open(encoding="utf-8", newline="") as opened:
        return {row["code"]: row["ethnic_group"] for row in csv.DictReader(opened)}


def _age_band() -> pl.Expr:
    age = pl.col("age")
    band: Any = pl.when(age < _AGE_BANDS[0][0]).then(pl.lit("under 18"))
    for low, high in _AGE_BANDS:
        name = f"{low} to {high}" if high < 120 else f"{low} and over"
        band = band.when(age <= high).then(pl.lit(name))
    named: pl.Expr = band.otherwise(pl.lit("not known"))
    return named


def _deprivation_fifth(people: pl.DataFrame) -> pl.Expr:
    if "imd_decile" not in people.columns:
        return pl.lit("not known")
    decile = pl.col("imd_decile").cast(pl.Int64, strict=False)
    fifth = pl.concat_str(((decile + 1) // 2).cast(pl.String), pl.lit(" of 5 (1 most deprived)"))
    return pl.when(decile.is_null()).then(pl.lit("not known")).otherwise(fifth)


def _flag(column: str) -> pl.Expr:
    _, where_one, where_zero = _FLAGS[column]
    value = pl.col(column)
    return (
        pl.when(value == 1)
        .then(pl.lit(where_one))
        .when(value == 0)
        .then(pl.lit(where_zero))
        .otherwise(pl.lit("not known"))
    )


def _optional(people: pl.DataFrame, name: str) -> pl.Expr:
    return pl.col(name) if name in people.columns else pl.lit(None, dtype=pl.String)


@dataclass(frozen=True)
class Counts:
    """People by whether they have the outcome and are on the list, of every draw: the parts of every rate."""

    found: Floats
    missed: Floats
    listed_without: Floats
    not_listed_without: Floats

    @classmethod
    def of(cls, outcome: Floats, listed: Floats, weights: Weights) -> "Counts":
        """Count with the weights of every draw; ``listed`` is 0 to 1, between them where places are shared."""
        with_it, without = outcome, 1 - outcome
        columns = [with_it * listed, with_it * (1 - listed), without * listed, without * (1 - listed)]
        return cls(*sums(columns, weights).T)

    @property
    def true_positive_rate(self) -> Floats:
        """Share of those with the outcome who are on the list."""
        return ratio(self.found, self.found + self.missed)

    @property
    def false_positive_rate(self) -> Floats:
        """Share of those without the outcome who are on the list."""
        return ratio(self.listed_without, self.listed_without + self.not_listed_without)

    @property
    def has_positive_rate(self) -> bool:
        """Whether enough people stand on both sides of the true positive rate to show it."""
        return is_enough(LEAST_CELL, self.found[0], self.missed[0])

    @property
    def has_negative_rate(self) -> bool:
        """Whether enough people stand on both sides of the false positive rate to show it."""
        return is_enough(LEAST_CELL, self.listed_without[0], self.not_listed_without[0])

    def on_the_list(self) -> dict[str, int]:
        """Return how many of the list have the outcome and have not, in whole people: who are tied share its end."""
        return {part: round(float(getattr(self, part)[0])) for part in ("found", "listed_without")}


@dataclass(frozen=True)
class Judged:
    """Everyone tested: outcomes, risks, who is on the list that groups are compared by, and the draws."""

    outcome: Floats
    risk: Floats
    person: npt.NDArray[Any]
    listed: Floats
    weights: Weights
    seed: int

    def draws_of_group(self, factor: str, rows: Places) -> Weights:
        """Return the draws of a group's rows.

        Where practices are drawn, a practice of its own does not vary, so that its figures take draws of its people.
        """
        if factor == PRACTICE:
            return draws_of(self.person[rows], len(self.weights) - 1, self.seed)
        return self.weights[:, rows]


def group_rows(
    judged: Judged, members: Sequence[Members], thresholds: Sequence[float]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return a row per group, and a row per factor with the largest difference between its groups.

    Counts are as they are, to be published by ``guarded`` alone.
    Practices are compared by their funnel (``practices``) and not here.
    """
    rows, counted = [], dict[str, list[tuple[str, Counts]]]()
    for group in members:
        outcome, listed = judged.outcome[group.rows], judged.listed[group.rows]
        weights = judged.draws_of_group(group.factor, group.rows)
        counts = Counts.of(outcome, listed, weights)
        rows.append(_row(group, outcome, judged.risk[group.rows], weights, thresholds, counts))
        if rows[-1]["figures"] is not None and group.factor != PRACTICE:
            counted.setdefault(group.factor, []).append((group.name, counts))
    return rows, [_between(factor, found) for factor, found in counted.items()]


def _row(
    group: Members,
    outcome: Floats,
    risk: Floats,
    weights: Weights,
    thresholds: Sequence[float],
    counts: Counts,
) -> dict[str, Any]:
    events = int(outcome.sum())
    row: dict[str, Any] = {
        "factor": group.factor,
        "group": group.name,
        "people": len(outcome),
        "events": events,
        **counts.on_the_list(),
        "figures": None,
        "listed": None,
    }
    if not is_enough(LEAST_GROUP_EVENTS, events, len(outcome) - events):
        return row | {"why": FEW_IN_GROUP}
    figures = all_figures(risk, outcome, weights, thresholds=thresholds)
    row["figures"] = shown_figures({name: f for name, f in figures.items() if "_top_" not in name}, events)
    row["listed"] = _listed(counts)
    return row


def _listed(counts: Counts) -> dict[str, Any]:
    """Return a group's rates on the list; a rate on too few people is withheld."""
    found, has = counts, (counts.has_positive_rate, counts.has_negative_rate)
    listed = found.found + found.listed_without
    rates = {
        "false_negative_rate": (1 - found.true_positive_rate, has[0]),
        "false_positive_rate": (found.false_positive_rate, has[1]),
        "ppv": (ratio(found.found, listed), is_enough(LEAST_CELL, found.found[0], found.listed_without[0])),
        # with one of its parts withheld, the share of the group would give that part away
        "share_listed": (ratio(listed, listed + found.missed + found.not_listed_without), all(has)),
    }
    figures = {
        name: shown(figure(draws)) if enough else withheld(FEW_IN_CELL) for name, (draws, enough) in rates.items()
    }
    return {"list": f"top_{percent(GATED_SHARE)}", **figures}


def _between(factor: str, counted: Sequence[tuple[str, Counts]]) -> dict[str, Any]:
    """Return the largest difference between groups of a factor, of those whose rates are shown."""
    row: dict[str, Any] = {"factor": factor, "list": f"top_{percent(GATED_SHARE)}"}
    for name, enough in (("true_positive_rate", "has_positive_rate"), ("false_positive_rate", "has_negative_rate")):
        rates = {group: getattr(counts, name) for group, counts in counted if getattr(counts, enough)}
        if len(rates) < 2:
            row[f"{name}_difference"] = withheld("fewer than two groups have enough people")
            continue
        of_all = np.array(list(rates.values()))
        row[f"{name}_difference"] = shown(figure_that_chance_raises(of_all.max(axis=0) - of_all.min(axis=0))) | {
            "highest": max(rates, key=lambda group: rates[group][0]),
            "lowest": min(rates, key=lambda group: rates[group][0]),
        }
    return row


def gated_groups(judged: Judged, members: Sequence[Members]) -> list[Group]:
    """Return the groups as gates judge them."""
    return [Group(m.factor, m.name, judged.outcome[m.rows], judged.risk[m.rows]) for m in members]
