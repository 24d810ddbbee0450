"""What may be claimed, and how it is said."""

import math
from dataclasses import replace
from datetime import date

import pytest

from riskstrat.disclosure import Rule
from riskstrat.impact.listing.effect import BeforeAndAfter, Effect
from riskstrat.impact.listing.randomised import HoldOut
from riskstrat.impact.listing.words import effect_as_text
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
    found = Effect(TWELVE, "hold-out", Rule(), hold_out=held_out(difference, p), placebo=placebo)
    assert found.verdict == verdict
    assert effect_as_text([found]).startswith(found.answer[:90])
    assert found.as_dict()["answer"] == found.answer
    assert ("cannot be told" in found.answer) == (verdict not in ("fewer", "more"))
    assert "people kept unlisted by chance" in found.answer
    assert "placebo" in found.answer


def test_a_claim_says_how_sure_it_is_and_what_is_not_ruled_out():
    found = Effect(TWELVE, "hold-out", Rule(), hold_out=held_out(interval(-0.08, -0.02)), placebo=NOTHING)
    assert found.answer == (
        "Fewer of the people listed were admitted as an emergency within 12 months than of people kept unlisted by "
        "chance: 5.0 fewer of every 100 listed (95% interval from 2.0 fewer to 8.0 fewer); in the year before, the two "
        "sides did not differ (the placebo)."
    )
    harm = replace(found, hold_out=held_out(interval(0.02, 0.08)))
    assert harm.answer.startswith("MORE of the people listed")
    assert "5.0 more of every 100 listed (95% interval from 2.0 more to 8.0 more)" in harm.answer


def test_where_it_cannot_be_told_no_estimate_can_be_quoted():
    """The interval alone, on both sides of none; where the comparison fails its test not even that."""
    found = Effect(TWELVE, "hold-out", Rule(), hold_out=held_out(interval(-0.08, 0.02), 0.3), placebo=NOTHING)
    assert "cannot be told" in found.answer
    assert "it could be anything from 8.0 fewer to 2.0 more admitted of every 100 listed" in found.answer
    assert "3.0" not in found.answer
    fails = replace(found, hold_out=held_out(interval(-0.08, -0.02)), placebo=interval(-0.06, -0.01))
    disagree = replace(found, hold_out=held_out(interval(-0.08, -0.001), 0.06))
    for one in (fails, disagree):
        assert "cannot be told" in one.answer
        assert "fewer" not in one.answer
    assert "Difference, not to be relied on: -5.0 points" in effect_as_text([fails])
    none = Effect(TWELVE, "none", Rule(), why_none="too few people were listed")
    assert none.answer.endswith("cannot be told: too few people were listed.")


def test_without_a_placebo_comparable_people_show_no_effect(monkeypatch):
    found = Effect(TWELVE, "comparable people", Rule(), comparison=None, why_none="no")
    assert found.verdict == "no comparison"
    monkeypatch.setattr(Effect, "difference", property(lambda _: interval(-0.08, -0.02)))
    assert found.verdict == "cannot tell"
    assert "nothing is claimed without that" in found.answer
    assert "fewer" not in found.answer
    claimed = replace(found, placebo=NOTHING)
    assert claimed.verdict == "fewer"
    assert "differences that no column holds are not ruled out" in claimed.answer


def test_a_before_and_after_comparison_is_never_without_regression_to_the_mean():
    found = Effect(
        TWELVE,
        "hold-out",
        Rule(),
        hold_out=held_out(interval(-0.08, 0.02), 0.3),
        placebo=NOTHING,
        changed=BeforeAndAfter(0.62, 0.38, 0.40),
    )
    text = effect_as_text([found])
    said = " ".join(text.split())
    assert (
        "a change of -22.0 points would have come with no list (regression to the mean), and -24.0 points came" in said
    )
    assert "from 62.0% admitted in the year before to 38.0% in the year after" in said
    assert "No effect can be told from chance." in said
    assert "Not complete, and left out: 1 list; the first, of 1 March 2025" in said
    assert "What this cannot tell" in said
    assert max(map(len, text.splitlines())) <= 100
    shown = found.as_dict()["before_and_after"]
    assert shown["change_before_to_after"] == pytest.approx(-0.24)
    assert shown["change_by_regression_to_the_mean"] == pytest.approx(-0.22)
    assert shown["shows"].startswith("no effect")


@pytest.mark.parametrize("placebo", [None, interval(0.01, 0.05)], ids=["no placebo", "the placebo fails"])
def test_where_what_would_have_come_is_not_to_be_relied_on_there_is_no_before_and_after(placebo):
    found = Effect(
        TWELVE,
        "hold-out",
        Rule(),
        hold_out=held_out(interval(-0.08, -0.02)),
        placebo=placebo,
        why_no_placebo="it could not be",
        changed=BeforeAndAfter(0.62, 0.38, 0.40),
    )
    assert found.as_dict()["before_and_after"] is None
    text = effect_as_text([found])
    assert "Before and after" not in text
    assert "62.0%" not in text


def test_the_share_of_admissions_averted_is_told_where_the_comparison_may_be_relied_on():
    found = Effect(TWELVE, "hold-out", Rule(), hold_out=held_out(interval(-0.08, 0.02), 0.3), placebo=NOTHING)
    share = 1 - math.log(1 - 0.27) / math.log(1 - 0.30)
    assert found.as_dict()["share_of_admissions_averted"]["value"] == pytest.approx(share, abs=1e-4)
    assert f"As a share of emergency admissions: {share:.1%} (" in " ".join(effect_as_text([found]).split())
    failed = replace(found, placebo=interval(0.01, 0.05))
    assert failed.as_dict()["share_of_admissions_averted"] is None
    assert "As a share" not in effect_as_text([failed])


def test_counts_are_shown_by_the_rule_of_the_workspace():
    found = Effect(TWELVE, "hold-out", Rule(), hold_out=held_out(NOTHING), placebo=NOTHING)
    assert found.as_dict()["people_listed"] == 400
    few = replace(found, hold_out=replace(held_out(NOTHING), people_kept_off=23))
    assert few.as_dict()["people_kept_off"] == 25
    assert "25 kept unlisted" in " ".join(effect_as_text([few]).split())
    strict = replace(few, rule=Rule(suppress_to=30, round_to=10))
    assert strict.as_dict()["people_kept_off"] is None
    assert "* kept unlisted" in " ".join(effect_as_text([strict]).split())


def test_lists_made_late_are_said_to_be_left_out():
    found = Effect(TWELVE, "none", Rule(), made_late=(date(2024, 12, 1),), why_none="no")
    assert "Left out: 1 list, the first of 1 December 2024" in " ".join(effect_as_text([found]).split())
    assert found.as_dict()["made_late"] == ["2024-12-01"]
