"""What breaks a gate, what does not, and what is not judged."""

import numpy as np
import pytest

from riskstrat.modelling.evaluation.bootstrap import Figure, draws_of, figure
from riskstrat.modelling.evaluation.gates import (
    Group,
    error_by_chance,
    judge,
    may_be_champion,
    ratio_interval,
    reasons_against,
)
from riskstrat.modelling.evaluation.metrics import Ranking
from riskstrat.modelling.spec import Gates
from riskstrat.modelling.training.calibration import expit

GATES = Gates()


def group(factor="all", name="everyone", *, people=5000, risk=0.1, rate=0.1):
    outcome = np.zeros(people)
    outcome[: round(people * rate)] = 1
    return Group(factor, name, outcome, np.full(people, risk))


def figures(auroc=(0.75, 0.73, 0.77), slope=(1.0, 0.93, 1.07)):
    return {
        "auroc": Figure(*auroc, 0.01),
        "calibration_slope": Figure(*slope, 0.035),
    }


def result(results, gate):
    return next(found for found in results if found.gate.startswith(gate))


def test_a_good_first_model_breaks_nothing():
    results = judge(GATES, figures(), group(), [group("sex", "female")])
    assert may_be_champion(results)
    assert reasons_against(results) == []


def test_a_champion_that_cannot_be_compared_with_is_said():
    found = result(judge(GATES, figures(), group(), [], champion_version="3"), "auroc_not_below_champion_by")
    assert found.holds is None
    assert "version 3, the champion, cannot read" in found.words


@pytest.mark.parametrize(
    ("slope", "holds"),
    [
        ((1.2, 1.11, 1.3), False),  # the whole interval above 1.1
        ((1.2, 1.09, 1.3), True),  # the interval reaches inside
        ((0.8, 0.7, 0.89), False),
        ((0.8, 0.7, 0.90), True),
    ],
)
def test_a_slope_is_broken_only_where_its_whole_interval_lies_outside(slope, holds):
    results = judge(GATES, figures(slope=slope), group(), [])
    assert result(results, "calibration_slope").holds is holds


def test_an_auroc_whose_interval_reaches_a_half_is_never_promoted_however_few_the_events():
    results = judge(GATES, figures(auroc=(0.6, 0.49, 0.7)), group(people=100), [])
    assert result(results, "auroc_interval_above").holds is False
    assert not may_be_champion(results)


@pytest.mark.parametrize("events", [1, 2, 3, 5])
def test_a_score_that_knows_nothing_is_not_promoted_on_a_handful_of_events(events):
    outcome = np.r_[np.ones(events), np.zeros(600 - events)]
    passed = 0
    for seed in range(100):
        score = np.random.default_rng(seed).random(600)
        auroc = figure(Ranking(score, outcome, draws_of(np.arange(600), 50, seed)).auroc())
        overall = Group("all", "everyone", outcome, score)
        passed += result(judge(GATES, {**figures(), "auroc": auroc}, overall, []), "auroc_interval_above").holds
    assert passed <= 6


def test_a_dozen_events_well_ranked_are_evidence_enough():
    assert error_by_chance(12, 1188) == pytest.approx(0.0837, abs=0.0001)  # sqrt(1201 / (12 * 12 * 1188))
    found = judge(GATES, figures(auroc=(0.8, 0.7, 0.9)), group(people=1200, rate=0.01), [])
    assert result(found, "auroc_interval_above").holds is True
    found = judge(GATES, figures(auroc=(0.8, 0.7, 0.9)), group(people=300, rate=0.01), [])
    assert result(found, "auroc_interval_above").holds is False
    assert "by chance" in result(found, "auroc_interval_above").words


def test_below_200_events_calibration_is_shown_and_not_judged():
    results = judge(GATES, figures(slope=(2, 1.9, 2.1)), group(people=1990), [group("sex", "male", people=1990)])
    assert result(results, "calibration_slope").holds is None
    assert "not judged" in result(results, "calibration_slope").words
    assert result(results, "subgroup").holds is None
    assert may_be_champion(results)


def test_a_large_group_that_is_told_half_its_risk_breaks_its_gate_and_a_small_one_does_not():
    harmed = group("ethnic group", "Asian or Asian British", risk=0.05, rate=0.1)
    small = group("practice", "Z00001", people=500, risk=0.05, rate=0.1)
    results = judge(GATES, figures(), group(), [harmed, small])
    assert reasons_against(results) == [
        "subgroup_calibration_ratio: ethnic group Asian or Asian British: "
        + result(results, "subgroup_calibration_ratio").words
    ]


def test_intervals_of_subgroups_widen_with_how_many_they_are():
    border = group("sex", "female", people=3000, risk=0.1, rate=0.14)
    alone = judge(GATES, figures(), group(), [border])
    among_thirty = judge(GATES, figures(), group(), [border, *[group("practice", f"Z{k}") for k in range(29)]])
    assert result(alone, "subgroup").holds is False
    assert result(among_thirty, "subgroup").holds is True


def test_the_interval_of_a_ratio_by_hand():
    ratio, low, high = ratio_interval(np.r_[np.ones(400), np.zeros(3600)], np.full(4000, 0.1), 1.96)
    error = np.sqrt(4000 * 0.1 * 0.9) / 400  # binomial error of 400, over 400
    assert (ratio, low, high) == pytest.approx((1, np.exp(-1.96 * error), np.exp(1.96 * error)))


@pytest.mark.parametrize(
    ("difference", "holds"),
    [
        ((-0.02, -0.03, -0.006), False),
        ((-0.02, -0.03, -0.004), True),
        ((0.01, 0.0, 0.02), True),
    ],
)
def test_a_challenger_is_refused_only_where_it_is_surely_worse_than_the_champion(difference, holds):
    results = judge(GATES, figures(), group(), [], champion_version="3", difference=Figure(*difference, 0.005))
    assert result(results, "auroc_not_below_champion_by").holds is holds
    assert "version 3" in result(results, "auroc_not_below_champion_by").words


def test_a_perfect_model_passes_over_many_groups_and_one_that_says_half_is_caught():
    passed = caught = 0
    for seed in range(60):
        random = np.random.default_rng(seed)
        truth = expit(random.normal(-2.3, 0.9, 4000))
        outcome = (random.random(4000) < truth).astype(float)
        codes = [random.integers(0, k, 4000) for k in (2, 2, 2, 2, 2, 2, 2, 2)]
        for said in (truth, truth / 2):
            overall = Group("all", "everyone", outcome, said)
            groups = [Group("g", str(c), outcome[f == c], said[f == c]) for f in codes for c in (0, 1)]
            holds = may_be_champion(judge(GATES, figures(), overall, groups))
            passed += holds and said is truth
            caught += not holds and said is not truth
    assert passed >= 59
    assert caught == 60
