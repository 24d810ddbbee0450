"""What may be claimed, and how it is said."""

from dataclasses import replace
from datetime import date

import pytest

from riskstrat.impact.effect import BeforeAndAfter, Effect
from riskstrat.impact.effect_words import effect_as_text
from riskstrat.impact.randomised import HoldOut
from riskstrat.impact.reading import Outcomes
from riskstrat.modelling.evaluation.bootstrap import Figure

TWELVE = Outcomes(
    "emergency_admission_12m", (date(2025, 1, 1), date(2025, 2, 1)), ((date(2025, 3, 1), date(2026, 3, 1)),)
)
NOTHING = Figure(0.01, -0.02, 0.04, 0.015)


def interval(low, high):
    return Figure((low + high) / 2, low, high, (high - low) / 3.92)


def held_out(difference, p=0.01):
    return HoldOut(interval(0.2, 0.3), interval(0.25, 0.35), difference, p, 400, 200, 12)


@pytest.mark.parametrize(
    ("difference", "p", "placebo", "verdict"),
    [
        (interval(-0.08, -0.02), 0.01, NOTHING, "fewer"),
        (interval(0.02, 0.08), 0.01, NOTHING, "more"),
        (interval(-0.08, 0.02), 0.3, NOTHING, "cannot tell"),
        (interval(-0.08, -0.001), 0.06, NOTHING, "cannot tell"),
        (interval(-0.08, -0.02), 0.01, interval(0.01, 0.05), "not to be relied on"),
    ],
    ids=["fewer", "more", "the interval holds none", "the exact test does", "the placebo finds something"],
)
def test_an_effect_is_claimed_only_where_everything_agrees(difference, p, placebo, verdict):
    assert Effect(TWELVE, "hold-out", hold_out=held_out(difference, p), placebo=placebo).verdict == verdict


def test_without_a_placebo_comparable_people_show_no_effect(monkeypatch):
    found = Effect(TWELVE, "comparable people", comparison=None, why_none="no")
    assert found.verdict == "no comparison"
    monkeypatch.setattr(Effect, "difference", property(lambda _: interval(-0.08, -0.02)))
    assert found.verdict == "cannot tell"
    assert replace(found, placebo=NOTHING).verdict == "fewer"


def test_a_before_and_after_comparison_is_never_without_regression_to_the_mean():
    found = Effect(
        TWELVE,
        "hold-out",
        hold_out=held_out(interval(-0.08, 0.02), 0.3),
        placebo=NOTHING,
        before_and_after=BeforeAndAfter(0.62, 0.38, 0.40),
    )
    text = effect_as_text([found])
    said = " ".join(text.split())
    assert "62.0% admitted in the year before, 38.0% in the year after, a change of -24.0 points" in said
    assert "the same people would have shown -22.0 points with no list (regression to the mean)" in said
    assert "No effect can be told from chance." in said
    assert "Not complete, and left out: 1 list; the first, of 1 March 2025" in said
    assert "What this cannot tell" in said
    assert max(map(len, text.splitlines())) <= 100
    shown = found.as_dict()["before_and_after"]
    assert shown["change_before_to_after"] == pytest.approx(-0.24)
    assert shown["change_by_regression_to_the_mean"] == pytest.approx(-0.22)


def test_counts_for_machines_are_rounded_as_published_ones_are():
    shown = Effect(TWELVE, "hold-out", hold_out=held_out(NOTHING), placebo=NOTHING).as_dict()
    assert shown["people_listed"] == 400
    small = replace(held_out(NOTHING), people_kept_off=6)
    assert Effect(TWELVE, "hold-out", hold_out=small, placebo=NOTHING).as_dict()["people_kept_off"] is None
