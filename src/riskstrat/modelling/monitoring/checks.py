"""What each check of a champion finds, against the bound of its spec, in words for people.

``fine``: within the bound. ``breach``: outside it, with evidence (where a figure has an interval, all of it lies
outside). ``not judged``: too few people or events, nothing to compare with, or not mature.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any, Literal

import numpy as np
import polars as pl

from riskstrat.features.catalogue import families
from riskstrat.modelling.evaluation.bootstrap import Z
from riskstrat.modelling.evaluation.gates import ratio_interval
from riskstrat.modelling.evaluation.reliability import wilson
from riskstrat.modelling.monitoring.reference import stability_index
from riskstrat.modelling.registry.bundle import Bundle
from riskstrat.modelling.training.calibration import Floats
from riskstrat.pages import SOURCE_WORDS, counted, long_date, percent

Result = Literal["fine", "breach", "not judged"]
TOP_BANDS = ("very high", "high")
"""Bands that together are the top 5 % of the board's adults by risk."""

MEANS = {
    "inputs": "Estimates may be too high or too low, and the figures of performance may no longer hold.",
    "estimates": "Estimates may be too high or too low, and the figures of performance may no longer hold.",
    "calibration": "The order of people stands; the size of each estimate is off by about as much.",
    "list": "Lists changed more than people's health does in a month: who left one need not be better.",
    "sources": "What a model cannot see looks like good health: some estimates may be too low.",
}
"""What a breach of each check means to somebody who reads an estimate."""


@dataclass(frozen=True)
class Check:
    """One check of one champion: its result, its figure with a 95 % interval where it has one, and words."""

    check: str
    result: Result
    words: str
    value: float | None = None
    low: float | None = None
    high: float | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return the check as plain values."""
        return asdict(self)


def used_columns(bundle: Bundle) -> dict[str, float]:
    """Return the columns that the trees use, with each one's share of the fit, in the contract's order."""
    gain = bundle.training["gain"]
    return {name: float(gain[name]) for name in bundle.contract.names if gain.get(name, 0) > 0}


def moved_columns(bundle: Bundle, people: pl.DataFrame) -> pl.DataFrame:
    """Return ``column, share_of_gain, stability_index`` of each column used, those that moved most first.

    Raises ``InputRefused`` where the snapshot's columns are not the model's.
    """
    kept = bundle.evaluation["reference"]["columns"]
    used = {name: gain for name, gain in used_columns(bundle).items() if name in kept}
    matrix, _ = bundle.contract.only(used).encode(people)
    rows = [
        (name, gain, round(stability_index(kept[name], matrix[:, place].astype(np.float64)), 4))
        for place, (name, gain) in enumerate(used.items())
    ]
    schema = {"column": pl.String, "share_of_gain": pl.Float64, "stability_index": pl.Float64}
    return pl.DataFrame(rows, schema=schema, orient="row").sort("stability_index", "column", descending=[True, False])


def check_inputs(bundle: Bundle, moved: pl.DataFrame, people: int) -> Check:
    """Judge how much of what the trees use lies elsewhere than when the version was tested."""
    bounds = bundle.spec.monitoring
    if people < bounds.least_people:
        return Check("inputs", "not judged", f"fewer than {bounds.least_people} people are scored")
    far = moved.filter(pl.col("stability_index") > bounds.feature_psi)
    share = round(float(far["share_of_gain"].sum()), 4)
    result = _beyond(share, bounds.drifted_share_of_gain)
    lead = "what it reads has changed" if result == "breach" else "little of what it reads has changed"
    words = (
        f"{lead} since it was tested: {far.height} of {counted(moved.height, 'column')}, which carry "
        f"{percent(share, 1)} of its fit, beyond a stability index of {bounds.feature_psi:g}; "
        f"the bound is {percent(bounds.drifted_share_of_gain)} of the fit"
    )
    return Check("inputs", result, words, share)


def check_estimates(bundle: Bundle, risk: Floats) -> Check:
    """Judge how far the estimates as a whole lie from those of the people it was tested on."""
    bounds = bundle.spec.monitoring
    if len(risk) < bounds.least_people:
        return Check("estimates", "not judged", f"fewer than {bounds.least_people} people are scored")
    index = round(stability_index(bundle.evaluation["reference"]["estimates"], risk), 4)
    result = _beyond(index, bounds.estimates_psi)
    lead = "are spread otherwise than" if result == "breach" else "are spread as"
    words = (
        f"its estimates {lead} those of the people it was tested on: stability index {index:.3f}; "
        f"the bound is {bounds.estimates_psi:g}"
    )
    return Check("estimates", result, words, index)


def check_calibration(bundle: Bundle, mature: date, risk: Floats, outcome: Floats) -> Check:
    """Judge expected against observed events at an index date whose outcomes are complete."""
    low_bound, high_bound = bundle.spec.monitoring.calibration_ratio
    least = bundle.spec.gates.least_events
    if outcome.sum() < least:
        return Check("calibration", "not judged", f"fewer than {least} had the outcome after {long_date(mature)}")
    ratio, low, high = (round(figure, 3) for figure in ratio_interval(outcome, risk, Z))
    words = (
        f"of people scored again at {long_date(mature)}, whose outcomes are complete, observed over expected is "
        f"{ratio:.2f} ({low:.2f} to {high:.2f}); the bounds are {low_bound:g} to {high_bound:g}"
    )
    return Check("calibration", "breach" if low > high_bound or high < low_bound else "fine", words, ratio, low, high)


def check_list(bundle: Bundle, earlier: pl.DataFrame, now: pl.DataFrame, months: int) -> Check:
    """Judge how many of those who were in the top 5 % some months ago still are; both as stored scores of one model.

    Only people scored at both dates count: who died or moved did not leave by a whim of the model. More than one
    month apart, a low share is no breach.
    """
    bounds = bundle.spec.monitoring
    both = earlier.join(now, on="person_id", suffix="_now").filter(pl.col("band").is_in(TOP_BANDS))
    if both.height < bounds.least_listed:
        return Check("list", "not judged", f"fewer than {bounds.least_listed} people were in the top 5%")
    stay = int(both["band_now"].is_in(TOP_BANDS).sum())
    low, high = (round(limit, 2) for limit in wilson(stay, both.height))
    kept = round(stay / both.height, 2)
    before, after = str(earlier["model_version"].first()), str(now["model_version"].first())
    changed = "" if before == after else f", the model having changed from version {before} to {after}"
    words = (
        f"{percent(kept)} ({percent(low)} to {percent(high)}) of those in the top 5% "
        f"{counted(months, 'month')} ago still are{changed}; the bound is {percent(bounds.list_kept)} over a month"
    )
    if high >= bounds.list_kept:
        return Check("list", "fine", words, kept, low, high)
    return Check("list", "breach" if months == 1 else "not judged", words, kept, low, high)


def check_sources(bundle: Bundle, sources: pl.DataFrame, index_date: date) -> Check:
    """Judge whether the sources whose columns the trees use are there, and in time."""
    bounds = bundle.spec.monitoring
    had = set(bundle.evaluation["reference"]["sources"])
    carried = _gain_by_source(used_columns(bundle))
    watched = [name for name in sorted(had) if carried.get(name, 0.0) >= bounds.least_share_of_gain]
    rows = {row["table_name"]: row for row in sources.iter_rows(named=True)}
    asked = [_why_late(rows.get(name), name, index_date, bounds.source_days_late) for name in watched]
    late = [words for words in asked if words]
    if not late:
        whole = f"all {len(watched)} sources it stands on are there, none over {bounds.source_days_late} days late"
        return Check("sources", "fine", whole, 0.0)
    return Check("sources", "breach", "; ".join(late), float(len(late)))


def _gain_by_source(used: Mapping[str, float]) -> dict[str, float]:
    """Return the share of the fit that columns made from each landing table carry; a column counts for each of its."""
    shares: dict[str, float] = {}
    for family in families():
        carried = sum(used.get(column.name, 0.0) for column in family.statement.columns)
        for source in family.sources:
            shares[source] = shares.get(source, 0.0) + carried
    return shares


def _why_late(row: Mapping[str, Any] | None, name: str, index_date: date, bound: int) -> str | None:
    words = SOURCE_WORDS.get(name, name.replace("_", " "))
    if row is None or not row["is_present"] or row["complete_to"] is None:
        return f"{words}: not held, and held when it was tested"
    usual = index_date - timedelta(days=row["lag_days"])
    days = (usual - row["complete_to"]).days
    if days <= bound:
        return None
    return f"{words}: complete only to {long_date(row['complete_to'])}, {days} days before what is usual"


def _beyond(value: float, bound: float) -> Result:
    return "breach" if value > bound else "fine"
