"""One evaluation of one model on its test date: figures with intervals, baselines, groups and gates.

How people who die or leave count, in every figure: nobody is dropped. Someone who dies without the outcome did not
have it (death competes; the risk is the share who will have the outcome, not the share who would if nobody died).
Someone who leaves is counted as what was seen until then; how many left is reported, with calibration among those who
stayed.

Counts are rounded to the nearest 5 and those under 8 left out; a figure needs 10 events and 10 others in what it is
made from, a group row 30 events. These are local rules of this room, stricter than published counts need.
"""

import csv
import math
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import polars as pl

from riskstrat.disclosure import publishable
from riskstrat.modelling.datasets.rows import Rows, together
from riskstrat.modelling.evaluation.gates import GateResult, Group, judge
from riskstrat.modelling.evaluation.harm import against_champion
from riskstrat.modelling.evaluation.metrics import (
    TOP_SHARES,
    Figure,
    Ranking,
    all_figures,
    calibration_curve,
    draws_of,
    figure,
)
from riskstrat.modelling.spec import ModelSpec
from riskstrat.modelling.training.baselines import BASELINE_TITLES
from riskstrat.modelling.training.calibration import Floats
from riskstrat.project import resource

LEAST_GROUP_EVENTS = 30
LEAST_CELL = 10
_GROUP_FIGURES = ("auroc", "brier", "calibration_slope", "calibration_intercept", "calibration_ratio")
_AGE_BANDS = ((18, 39), (40, 64), (65, 74), (75, 84), (85, 130))


@dataclass(frozen=True)
class Tested:
    """What was judged: the rows, the calibrated risks, and the scores it is compared with."""

    rows: Rows
    risk: Floats
    baselines: dict[str, Floats]
    champion_version: str | None = None
    champion_risk: Floats | None = None


def evaluate(spec: ModelSpec, tested: Tested) -> tuple[dict[str, Any], list[GateResult]]:
    """Return the evaluation as plain values, and every gate's result."""
    outcome, risk = tested.rows.outcome, tested.risk
    weights = draws_of(len(outcome), spec.evaluation.bootstrap_draws, spec.training.seed)
    figures = all_figures(risk, outcome, weights, thresholds=spec.evaluation.thresholds)
    masks = groups_of(tested.rows.people)
    groups = [Group(factor, name, outcome[mask], risk[mask]) for factor, name, mask in masks]
    difference = None
    if tested.champion_risk is not None:
        own = Ranking(risk, outcome, weights).auroc()
        difference = figure(own - Ranking(tested.champion_risk, outcome, weights).auroc())
    results = judge(
        spec.gates,
        figures,
        Group("all", "everyone", outcome, risk),
        groups,
        champion_version=tested.champion_version,
        difference=difference,
    )
    if tested.champion_risk is not None and tested.champion_version is not None:
        paired = [(group, mask) for group, (_, _, mask) in zip(groups, masks, strict=True)]
        results += against_champion(
            spec.gates, tested.champion_version, outcome, risk, tested.champion_risk, paired, weights
        )
    report = {
        "people": publishable(len(outcome)),
        "events": publishable(int(outcome.sum())),
        "rate": _round(float(outcome.mean()), 4),
        "figures": _shown(figures, outcome, len(outcome)),
        "net_benefit_of_treating_all": {
            f"{t:g}": _round(float(outcome.mean() - (1 - outcome.mean()) * t / (1 - t)), 4)
            for t in spec.evaluation.thresholds
        },
        "curve": _shown_curve(risk, outcome),
        "baselines": _baselines(tested, outcome, risk, weights),
        "groups": [_group_row(group, weights[:, mask]) for group, (_, _, mask) in zip(groups, masks, strict=True)],
        "leaving_and_dying": _leaving_and_dying(tested, spec),
        "champion_compared_with": tested.champion_version,
    }
    if difference is not None:
        report["auroc_minus_champion"] = _figure(difference)
    return report, results


def groups_of(people: pl.DataFrame) -> list[tuple[str, str, np.ndarray]]:
    """Return factor, group and who is in it, for age band, sex, ethnic group, deprivation fifth, practice and split."""
    ethnic = ethnic_groups()
    decile = pl.col("imd_decile").cast(pl.Int64, strict=False)
    keyed = people.select(
        _age_band().alias("age band"),
        pl.col("sex").cast(pl.String).replace_strict({"1": "male", "2": "female"}, default="not known").alias("sex"),
        _optional(people, "ethnic_category")
        .cast(pl.String)
        .replace_strict(ethnic, default="Not known", return_dtype=pl.String)
        .fill_null("Not known")
        .alias("ethnic group"),
        (
            pl.when(decile.is_null())
            .then(pl.lit("not known"))
            .otherwise(pl.concat_str(((decile + 1) // 2).cast(pl.String), pl.lit(" of 5 (1 most deprived)")))
            if "imd_decile" in people.columns
            else pl.lit("not known")
        ).alias("deprivation fifth"),
        pl.col("practice_code").alias("practice"),
    )
    found = []
    for factor in keyed.columns:
        column = keyed[factor].fill_null("not known")
        found += [(factor, name, (column == name).to_numpy()) for name in sorted(column.unique().to_list())]
    return found


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


def _optional(people: pl.DataFrame, name: str) -> pl.Expr:
    return pl.col(name) if name in people.columns else pl.lit(None, dtype=pl.String)


def _baselines(tested: Tested, outcome: Floats, risk: Floats, weights: Floats) -> list[dict[str, Any]]:
    own = Ranking(risk, outcome, weights)
    auroc, (sensitivity, ppv) = own.auroc(), own.top(0.05)
    rows = []
    for name, score in tested.baselines.items():
        ranking = Ranking(score, outcome, weights)
        caught, right = ranking.top(0.05)
        rows.append(
            {
                "baseline": name,
                "title": BASELINE_TITLES[name],
                "auroc": _figure(figure(ranking.auroc())),
                "auprc": _figure(figure(ranking.auprc())),
                "sensitivity_top_5_percent": _figure(figure(caught)),
                "ppv_top_5_percent": _figure(figure(right)),
                "model_auroc_minus_baseline": _figure(figure(auroc - ranking.auroc())),
                "model_sensitivity_minus_baseline": _figure(figure(sensitivity - caught)),
                "model_ppv_minus_baseline": _figure(figure(ppv - right)),
            }
        )
    return sorted(rows, key=lambda row: -row["auroc"]["value"])


def _group_row(group: Group, weights: Floats) -> dict[str, Any]:
    others = len(group.outcome) - group.events
    row: dict[str, Any] = {
        "factor": group.factor,
        "group": group.name,
        "people": publishable(len(group.outcome)),
        "events": publishable(group.events),
        "figures": None,
    }
    if min(group.events, others) >= LEAST_GROUP_EVENTS:
        figures = all_figures(group.risk, group.outcome, weights)
        wanted = {name: figures[name] for name in _GROUP_FIGURES}
        wanted |= {name: f for name, f in figures.items() if name.endswith("top_5_percent")}
        row["figures"] = _shown(wanted, group.outcome, len(group.outcome))
    return row


def _leaving_and_dying(tested: Tested, spec: ModelSpec) -> dict[str, Any]:
    people = tested.rows.people
    left = people["left_date"].is_not_null().to_numpy()
    died = people["death_date"].is_not_null().to_numpy()
    no_outcome = tested.rows.outcome == 0
    stayed = ~left
    expected = float(tested.risk[stayed].sum())
    naive = float(tested.rows.outcome[stayed].sum()) / expected if expected else math.nan
    without = int((died & no_outcome).sum())
    return {
        "left_in_horizon": publishable(int(left.sum())),
        "died_in_horizon": publishable(int(died.sum())),
        "died_without_the_outcome": None if spec.label.startswith("death") else publishable(without),
        "calibration_ratio_among_those_who_stayed": _round(naive, 3),
        "rule": (
            "Nobody is dropped. Dying without the outcome counts as not having it. Someone who leaves counts as what "
            "was seen until then."
        ),
    }


def _shown(figures: dict[str, Figure], outcome: Floats, people: int) -> dict[str, Any]:
    """Return figures as plain values; list sizes that stand on too few people are left empty."""
    shown: dict[str, Any] = {}
    events = float(outcome.sum())
    for name, found in figures.items():
        shown[name] = _figure(found)
    for share in TOP_SHARES:
        label = f"{100 * share:g}_percent".replace(".", "_")
        if f"ppv_top_{label}" not in figures:
            continue
        listed = share * people
        right = figures[f"sensitivity_top_{label}"].value * events
        if min(right, listed - right) < LEAST_CELL:
            shown[f"ppv_top_{label}"] = shown[f"sensitivity_top_{label}"] = None
    return shown


def _shown_curve(risk: Floats, outcome: Floats) -> list[dict[str, Any]]:
    """Return the curve in tenths of equal size, or fewer, so that each holds 8 events and 8 others."""
    for parts in (10, 5, 4, 3, 2, 1):
        curve = calibration_curve(risk, outcome, parts)
        if all(min(p["events"], p["people"] - p["events"]) >= 8 for p in curve):
            return [
                {
                    "expected": _round(p["expected"], 4),
                    "observed": _round(p["observed"], 4),
                    "low": _round(p["low"], 4),
                    "high": _round(p["high"], 4),
                }
                for p in curve
            ]
    return []


def _figure(found: Figure) -> dict[str, float | None]:
    return {"value": _round(found.value, 4), "low": _round(found.low, 4), "high": _round(found.high, 4)}


def _round(number: float, places: int) -> float | None:
    return round(number, places) if math.isfinite(number) else None


def headline(report: dict[str, Any]) -> dict[str, float]:
    """Return the figures that have a value, by name, for experiment records."""
    return {name: f["value"] for name, f in report["figures"].items() if f is not None and f["value"] is not None}


def rows_of_test_date(rows: dict[str, Rows]) -> Rows:
    """Return the rows of both kinds of test people together."""
    return together([rows[side] for side in ("test", "test_practice") if len(rows[side])])
