"""Whether being listed changed anything: against a hold-out where there is one, else against people like them.

Both sides begin on the same day, the index date of the list; death and leaving are taken as everywhere here
(``modelling.evaluation.incidence``: who died first did not have the outcome, who left counts as what was seen until
then). A before-and-after comparison never stands alone: beside it is the fall that the same people would have shown
with no list. A claim is made only where the interval leaves out no effect *and* the same method finds nothing where
there was nothing to find (the placebo).
"""

from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import polars as pl

from riskstrat.disclosure import publishable
from riskstrat.errors import InputRefused
from riskstrat.impact.comparable import LEAST_A_SIDE, Comparison, TooFew, compare, worst_balance
from riskstrat.impact.randomised import HoldOut, by_practice, by_stratum
from riskstrat.impact.reading import LABELS, Outcomes, PastLists, make_outcomes, read_past_lists
from riskstrat.impact.rows import (
    HoldOutRows,
    admitted_before,
    could_be_listed,
    hold_out_rows,
    never_sent,
    trials_of,
)
from riskstrat.impact.trials import Floats
from riskstrat.modelling.evaluation.bootstrap import Figure
from riskstrat.modelling.evaluation.shown import LEAST_CELL, shown
from riskstrat.project import Progress, Workspace

Verdict = Literal["fewer", "more", "cannot tell", "not to be relied on", "no comparison"]
MONTHS_12 = "emergency_admission_12m"


@dataclass(frozen=True)
class BeforeAndAfter:
    """Of the listed people compared: the share admitted in the year before, in the year after, and expected unlisted.

    ``expected - before`` is the fall (or rise) that would have come with no list at all: regression to the mean.
    """

    before: float
    after: float
    expected: float


@dataclass(frozen=True)
class Effect:
    """What one horizon tells: by which design, what was found, the placebo, and what it cannot tell.

    ``why_none`` says why there is no comparison; the other fields are then ``None``.
    """

    outcomes: Outcomes
    design: Literal["hold-out", "comparable people", "none"]
    hold_out: HoldOut | None = None
    comparison: Comparison | None = None
    placebo: Figure | None = None
    why_no_placebo: str | None = None
    before_and_after: BeforeAndAfter | None = None
    why_none: str | None = None

    @property
    def difference(self) -> Figure | None:
        """The difference in shares admitted, listed less not listed."""
        found = self.hold_out or self.comparison
        return None if found is None else found.difference

    @property
    def verdict(self) -> Verdict:
        """What may be said: an effect only with an interval that leaves out none and a placebo that finds none."""
        found = self.difference
        if found is None:
            return "no comparison"
        if self.placebo is not None and (self.placebo.low > 0 or self.placebo.high < 0):
            return "not to be relied on"
        leaves_out_none = found.low > 0 or found.high < 0
        if self.hold_out is not None and self.hold_out.p_exact is not None:
            leaves_out_none &= self.hold_out.p_exact <= 0.05
        if not leaves_out_none or (self.placebo is None and self.hold_out is None):
            return "cannot tell"
        return "fewer" if found.value < 0 else "more"

    def as_dict(self) -> dict[str, Any]:
        """Return it for machines: shares of people, counts rounded as published ones are."""
        found: dict[str, Any] = {
            "label": self.outcomes.label,
            "horizon": self.outcomes.horizon,
            "lists": [str(day) for day in self.outcomes.complete],
            "not_complete": [{"list": str(day), "complete_from": str(end)} for day, end in self.outcomes.waiting],
            "design": self.design,
            "verdict": self.verdict,
            "why_none": self.why_none,
        }
        if self.hold_out is not None:
            found |= _of_hold_out(self.hold_out)
        if self.comparison is not None:
            found |= _of_comparison(self.comparison)
        if self.difference is not None:
            found["placebo"] = shown(self.placebo) if self.placebo else {"value": None, "why": self.why_no_placebo}
            found["before_and_after"] = None if self.before_and_after is None else _rounded(self.before_and_after)
        return found


def effect(workspace: Workspace, progress: Progress | None = None) -> tuple[Effect, ...]:
    """Return what each horizon tells of the lists sent so far, the longer one first.

    Makes labels that are missing. Raises ``UsageFault`` where no list was ever sent, ``InputRefused`` where no horizon
    of any list is complete, ``NotPermitted`` where the data may not be used for planning.
    """
    lists = read_past_lists(workspace)
    candidates = could_be_listed(lists)
    found = [_of_label(lists, candidates, label, progress) for label in LABELS]
    if not any(one.outcomes.complete for one in found):
        raise InputRefused(
            "no list is old enough to say what happened to the people on it",
            *(f"within {one.outcomes.horizon}: {_why_not_yet(one.outcomes)}" for one in found),
            "take a later drop, or ask again then",
        )
    return tuple(found)


def _of_label(lists: PastLists, candidates: pl.DataFrame, label: str, tell: Progress | None) -> Effect:
    outcomes = make_outcomes(lists.workspace, label, lists.dates, tell)
    if not outcomes.complete or candidates.is_empty():
        return Effect(outcomes, "none", why_none=_why_not_yet(outcomes))
    told = {day: lists.outcomes(label, day) for day in outcomes.complete}
    held = hold_out_rows(lists, told)
    try:
        if held is not None:
            return _against_hold_out(outcomes, held)
        return _against_comparable(lists, candidates, outcomes, told, tell)
    except (TooFew, ValueError) as fault:
        return Effect(outcomes, "none", why_none=str(fault))


def _difference(held: HoldOutRows, outcome: Floats) -> HoldOut:
    if held.is_by_practice:
        return by_practice(held.listed, outcome, held.stratum, held.practice)
    return by_stratum(held.listed, outcome, held.stratum)


def _against_hold_out(outcomes: Outcomes, held: HoldOutRows) -> Effect:
    found = _difference(held, held.outcome)
    people = ((found.listed, found.people_listed), (found.kept_off, found.people_kept_off))
    if any(min(share.value, 1 - share.value) * n < LEAST_CELL for share, n in people):
        raise TooFew(f"fewer than {LEAST_CELL} people with the outcome, or without it, on one side of the hold-out")
    before = _difference(held, held.admitted_before)
    changed = None
    if outcomes.label == MONTHS_12:
        changed = BeforeAndAfter(before.listed.value, found.listed.value, found.listed.value - found.difference.value)
    return Effect(outcomes, "hold-out", hold_out=found, placebo=before.difference, before_and_after=changed)


def _against_comparable(
    lists: PastLists,
    candidates: pl.DataFrame,
    outcomes: Outcomes,
    told: dict[date, pl.DataFrame],
    tell: Progress | None,
) -> Effect:
    trials = trials_of(candidates, told)
    found = compare(trials)
    placebo, why = _placebo(lists, candidates.filter(pl.col("day").is_in(list(told))), outcomes.label, tell)
    changed = None
    if outcomes.label == MONTHS_12:
        before = float(admitted_before(candidates, trials)[found.is_compared].mean())
        changed = BeforeAndAfter(before, found.observed.value, found.expected.value)
    return Effect(
        outcomes,
        "comparable people",
        comparison=found,
        placebo=placebo,
        why_no_placebo=why,
        before_and_after=changed,
    )


def _placebo(
    lists: PastLists, candidates: pl.DataFrame, label: str, tell: Progress | None
) -> tuple[Figure | None, str | None]:
    """Return what the method finds of lists that nobody was sent, a year before; or why it could not be tried."""
    rows = never_sent(lists, candidates)
    if rows.is_empty():
        return None, "the store holds no snapshot, rules and scores of a year before the lists"
    outcomes = make_outcomes(lists.workspace, label, rows["day"].unique().to_list(), tell)
    told = {day: lists.outcomes(label, day) for day in outcomes.complete}
    try:
        return compare(trials_of(rows, told)).difference, None
    except TooFew as fault:
        return None, str(fault)


def _why_not_yet(outcomes: Outcomes) -> str:
    if outcomes.waiting:
        day, end = outcomes.waiting[0]
        return f"the list of {day} can be judged once admissions complete to {end} are held"
    return outcomes.why_none or f"fewer than {LEAST_A_SIDE} people a side"


def _of_hold_out(found: HoldOut) -> dict[str, Any]:
    return {
        "listed_admitted": shown(found.listed),
        "kept_off_admitted": shown(found.kept_off),
        "difference": shown(found.difference),
        "exact_probability_of_no_effect": None if found.p_exact is None else round(found.p_exact, 4),
        "people_listed": publishable(found.people_listed),
        "people_kept_off": publishable(found.people_kept_off),
        "strata": found.strata,
        "practices_drawn": found.practices,
    }


def _of_comparison(found: Comparison) -> dict[str, Any]:
    worst = worst_balance(found.balance)
    return {
        "listed_admitted": shown(found.observed),
        "expected_unlisted": shown(found.expected),
        "difference": shown(found.difference),
        "ratio": shown(found.ratio),
        "listed_now_rather_than_later": shown(found.as_begun),
        "people_first_listed": publishable(found.listed),
        "people_with_somebody_alike": publishable(found.compared),
        "unlisted_people": publishable(found.controls),
        "effective_unlisted_people": round(found.effective_controls),
        "unlisted_listed_later": round(found.listed_later, 3),
        "interval_by": found.clusters,
        "furthest_from_balance": {"what": worst.name, "standardised_difference": round(worst.after, 3)},
        "balance": [
            {"what": one.name, "before": round(one.before, 3), "after": round(one.after, 3)} for one in found.balance
        ],
    }


def _rounded(found: BeforeAndAfter) -> dict[str, float]:
    return {
        "admitted_in_the_year_before": round(found.before, 4),
        "admitted_in_the_year_after": round(found.after, 4),
        "expected_in_the_year_after_with_no_list": round(found.expected, 4),
        "change_before_to_after": round(found.after - found.before, 4),
        "change_by_regression_to_the_mean": round(found.expected - found.before, 4),
    }
