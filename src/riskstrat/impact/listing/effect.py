"""Whether being listed changed anything: against a hold-out where there is one, else against people like them.

Both sides begin on the same day, the index date of the list; death and leaving are taken as everywhere here
(``modelling.evaluation.incidence``: who died first did not have the outcome, who left counts as what was seen until
then). A before-and-after comparison never stands alone: beside it is the fall that the same people would have shown
with no list, and where the comparison that says so fails its test, or had none, there is neither. A claim is made only
where the interval leaves out no effect *and* the same method finds nothing where there was nothing to find (the
placebo).
"""

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import polars as pl

from riskstrat.disclosure import Rule
from riskstrat.errors import InputRefused
from riskstrat.impact.counts import least_cell, rule_of, shown_count
from riskstrat.impact.listing.answer import Design, Verdict, sentence
from riskstrat.impact.listing.comparable import Comparison, TooFew, compare, worst_balance
from riskstrat.impact.listing.randomised import HoldOut, by_practice, by_stratum
from riskstrat.impact.listing.realised import share_averted
from riskstrat.impact.listing.rows import (
    HoldOutRows,
    admitted_before,
    could_be_listed,
    hold_out_rows,
    never_sent,
    trials_of,
)
from riskstrat.impact.reading import LABELS, Outcomes, PastLists, make_outcomes, read_past_lists
from riskstrat.impact.trials import Floats
from riskstrat.modelling.evaluation.bootstrap import Figure
from riskstrat.modelling.evaluation.shown import shown
from riskstrat.project import Progress, Workspace

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

    ``why_none`` says why there is no comparison; what was found is then ``None``. ``rule``: how counts may be shown.
    ``made_late``: index dates left out because a list was not made in time (``impact.reading``).
    """

    outcomes: Outcomes
    design: Design
    rule: Rule
    made_late: tuple[date, ...] = ()
    hold_out: HoldOut | None = None
    comparison: Comparison | None = None
    placebo: Figure | None = None
    why_no_placebo: str | None = None
    changed: BeforeAndAfter | None = None
    why_none: str | None = None

    @property
    def difference(self) -> Figure | None:
        """The difference in shares admitted, listed less not listed."""
        found = self.hold_out or self.comparison
        return None if found is None else found.difference

    @property
    def averted(self) -> Figure | None:
        """The share of emergency admissions averted, which a forecast of ``worth`` is held against."""
        found, unlisted = self.difference, None
        if self.hold_out is not None:
            unlisted = self.hold_out.kept_off
        elif self.comparison is not None:
            unlisted = self.comparison.expected
        if found is None or unlisted is None or self.verdict == "not to be relied on":
            return None
        return share_averted(unlisted, found)

    @property
    def before_and_after(self) -> BeforeAndAfter | None:
        """The change, where what would have come with no list stands on a comparison that passed its test."""
        return None if self.placebo is None or self.verdict == "not to be relied on" else self.changed

    @property
    def answer(self) -> str:
        """The answer in one sentence, as it may be quoted."""
        return sentence(
            self.outcomes.horizon,
            self.verdict,
            self.design,
            self.difference,
            is_tested=self.placebo is not None,
            why_none=self.why_none,
        )

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
        if not leaves_out_none or self.placebo is None:
            return "cannot tell"
        return "fewer" if found.value < 0 else "more"

    def as_dict(self) -> dict[str, Any]:
        """Return it for machines: shares of people, counts rounded as published ones are."""
        found: dict[str, Any] = {
            "answer": self.answer,
            "label": self.outcomes.label,
            "horizon": self.outcomes.horizon,
            "lists": [str(day) for day in self.outcomes.complete],
            "not_complete": [{"list": str(day), "complete_from": str(end)} for day, end in self.outcomes.waiting],
            "made_late": [str(day) for day in self.made_late],
            "design": self.design,
            "verdict": self.verdict,
            "why_none": self.why_none,
        }
        if self.hold_out is not None:
            found |= _of_hold_out(self.hold_out, self.rule)
        if self.comparison is not None:
            found |= _of_comparison(self.comparison, self.rule)
        if self.difference is not None:
            found["placebo"] = shown(self.placebo) if self.placebo else {"value": None, "why": self.why_no_placebo}
            found["share_of_admissions_averted"] = None if self.averted is None else shown(self.averted)
            found["before_and_after"] = None if self.before_and_after is None else _rounded(self.before_and_after)
        return found


def effect(workspace: Workspace, progress: Progress | None = None) -> tuple[Effect, ...]:
    """Return what each horizon tells of the lists sent so far, the longer one first.

    Makes labels that are missing. Raises ``UsageFault`` where no list was ever sent, ``InputRefused`` where none was
    made in time or no horizon of any is complete, ``NotPermitted`` where the data may not be used for planning.
    """
    lists = read_past_lists(workspace)
    if not lists.selected_in_time:
        raise InputRefused(
            "who could have been listed is held of no month as it stood then",
            "every month that was listed in time has been made again since, from data that tell who died or moved",
        )
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
    outcomes = make_outcomes(lists.workspace, label, lists.selected_in_time, tell)
    of_lists = Effect(outcomes, "none", rule_of(lists.workspace), lists.made_late)
    if not outcomes.complete:
        return replace(of_lists, why_none=_why_not_yet(outcomes))
    if candidates.is_empty():
        return replace(of_lists, why_none="the store holds no snapshot, rules and scores of any list")
    told = {day: lists.outcomes(label, day) for day in outcomes.complete}
    held = hold_out_rows(lists, told)
    try:
        if held is not None:
            return _against_hold_out(of_lists, held)
        return _against_comparable(of_lists, lists, candidates, told, tell)
    except TooFew as fault:
        return replace(of_lists, why_none=str(fault))


def _difference(held: HoldOutRows, outcome: Floats) -> HoldOut:
    if held.is_by_practice:
        return by_practice(held.listed, outcome, held.stratum, held.practice)
    return by_stratum(held.listed, outcome, held.stratum)


def _against_hold_out(of_lists: Effect, held: HoldOutRows) -> Effect:
    found = _difference(held, held.outcome)
    people = ((found.listed, found.people_listed), (found.kept_off, found.people_kept_off))
    least = least_cell(of_lists.rule)
    if any(min(share.value, 1 - share.value) * n < least for share, n in people):
        raise TooFew(f"fewer than {least} people with the outcome, or without it, on one side of the hold-out")
    before = _difference(held, held.admitted_before)
    changed = None
    if of_lists.outcomes.label == MONTHS_12:
        changed = BeforeAndAfter(before.listed.value, found.listed.value, found.listed.value - found.difference.value)
    return replace(of_lists, design="hold-out", hold_out=found, placebo=before.difference, changed=changed)


def _against_comparable(
    of_lists: Effect,
    lists: PastLists,
    candidates: pl.DataFrame,
    told: dict[date, pl.DataFrame],
    tell: Progress | None,
) -> Effect:
    trials = trials_of(candidates, told)
    found = compare(trials)
    label = of_lists.outcomes.label
    placebo, why = _placebo(lists, candidates.filter(pl.col("day").is_in(list(told))), label, tell)
    changed = None
    if label == MONTHS_12:
        before = float(admitted_before(candidates, trials)[found.is_compared].mean())
        changed = BeforeAndAfter(before, found.observed.value, found.expected.value)
    return replace(
        of_lists,
        design="comparable people",
        comparison=found,
        placebo=placebo,
        why_no_placebo=why,
        changed=changed,
    )


def _placebo(
    lists: PastLists, candidates: pl.DataFrame, label: str, tell: Progress | None
) -> tuple[Figure | None, str | None]:
    """Return what the method finds of lists that nobody was sent, a year before; or why it could not be tried."""
    rows = never_sent(lists, candidates)
    if rows.is_empty():
        return None, "the store holds no snapshot, rules and scores of a year before the lists"
    outcomes = make_outcomes(lists.workspace, label, rows["day"].unique().to_list(), tell)
    if not outcomes.complete:
        return None, "what happened in the year before the lists is not wholly held"
    told = {day: lists.outcomes(label, day) for day in outcomes.complete}
    try:
        return compare(trials_of(rows, told)).difference, None
    except TooFew as fault:
        return None, str(fault)


def _why_not_yet(outcomes: Outcomes) -> str:
    if outcomes.waiting:
        day, end = outcomes.waiting[0]
        return f"the list of {day} can be judged once admissions complete to {end} are held"
    return outcomes.why_none or "no list's horizon is complete"


def _of_hold_out(found: HoldOut, rule: Rule) -> dict[str, Any]:
    return {
        "listed_admitted": shown(found.listed),
        "kept_off_admitted": shown(found.kept_off),
        "difference": shown(found.difference),
        "exact_probability_of_no_effect": None if found.p_exact is None else round(found.p_exact, 4),
        "people_listed": shown_count(found.people_listed, rule),
        "people_kept_off": shown_count(found.people_kept_off, rule),
        "strata": found.strata,
        "practices_drawn": found.practices,
    }


def _of_comparison(found: Comparison, rule: Rule) -> dict[str, Any]:
    worst = worst_balance(found.balance)
    return {
        "listed_admitted": shown(found.observed),
        "expected_unlisted": shown(found.expected),
        "difference": shown(found.difference),
        "ratio": shown(found.ratio),
        "listed_now_rather_than_later": shown(found.as_begun),
        "people_first_listed": shown_count(found.listed, rule),
        "people_with_somebody_alike": shown_count(found.compared, rule),
        "unlisted_people": shown_count(found.controls, rule),
        "effective_unlisted_people": round(found.effective_controls),
        "unlisted_listed_later": round(found.listed_later, 3),
        "interval_by": found.clusters,
        "furthest_from_balance": {"what": worst.name, "standardised_difference": round(worst.after, 3)},
        "balance": [
            {"what": one.name, "before": round(one.before, 3), "after": round(one.after, 3)} for one in found.balance
        ],
    }


def _rounded(found: BeforeAndAfter) -> dict[str, Any]:
    return {
        "shows": "no effect: the change that would have come with no list is the one by regression to the mean",
        "admitted_in_the_year_before": round(found.before, 4),
        "admitted_in_the_year_after": round(found.after, 4),
        "expected_in_the_year_after_with_no_list": round(found.expected, 4),
        "change_before_to_after": round(found.after - found.before, 4),
        "change_by_regression_to_the_mean": round(found.expected - found.before, 4),
    }
