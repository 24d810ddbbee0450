"""Calibration by groups of risk: worked by hand, and what must hold of any model."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import brier_score_loss

from riskstrat.modelling.evaluation.bootstrap import draws_of
from riskstrat.modelling.evaluation.metrics import risk_figures
from riskstrat.modelling.evaluation.reliability import (
    RiskTally,
    calibration_curve,
    error_of_a_perfect_model,
    groups_by_risk,
)


def parts_of(risk, outcome, weights=None):
    counted = RiskTally(risk, outcome, np.ones((1, len(risk))) if weights is None else weights)
    return {name: found[0] for name, found in counted.brier_and_parts().items()}


def test_the_parts_of_the_brier_score_by_hand():
    # ten people, two risks: of five told 0.2 one has the outcome (as said), of five told 0.4 three have it
    risk = np.repeat([0.2, 0.4], 5)
    outcome = np.array([1.0, 0, 0, 0, 0, 1, 1, 1, 0, 0])
    found = parts_of(risk, outcome)
    assert found["brier_reliability"] == pytest.approx(0.5 * (0.4 - 0.6) ** 2)
    assert found["brier_resolution"] == pytest.approx(0.5 * (0.2 - 0.4) ** 2 + 0.5 * (0.6 - 0.4) ** 2)
    assert found["brier_uncertainty"] == pytest.approx(0.4 * 0.6)
    assert found["brier_within_group_variance"] == pytest.approx(0)
    assert found["brier_within_group_covariance"] == pytest.approx(0)
    assert found["brier"] == pytest.approx(0.02 - 0.04 + 0.24)
    assert found["expected_calibration_error"] == pytest.approx(0.5 * 0.2)


def test_the_terms_within_a_group_by_hand():
    # one group of two people told 0.1 and 0.5, of whom the second has the outcome
    risk, outcome = np.array([0.1, 0.5]), np.array([0.0, 1.0])
    counted = RiskTally(risk, outcome, np.ones((1, 2)))
    counted._group_starts = np.array([0])
    found = {name: draws[0] for name, draws in counted.brier_and_parts().items()}
    assert found["brier_within_group_variance"] == pytest.approx(0.2**2)  # both are 0.2 from their mean of 0.3
    assert found["brier_within_group_covariance"] == pytest.approx(2 * (0.2 * 0.5 + 0.2 * 0.5) / 2)
    assert found["brier"] == pytest.approx((0.1**2 + 0.5**2) / 2)


people = st.lists(
    st.tuples(st.sampled_from([0.01, 0.02, 0.05, 0.1, 0.11, 0.3, 0.31, 0.6, 0.9]), st.booleans()),
    min_size=2,
    max_size=90,
)


@given(people, st.integers(0, 5))
def test_the_parts_add_up_to_the_score_in_every_draw(rows, seed):
    risk, outcome = np.array([r for r, _ in rows]), np.array([float(y) for _, y in rows])
    weights = draws_of(np.arange(len(rows)), 4, seed)
    found = RiskTally(risk, outcome, weights).brier_and_parts()
    added = (
        found["brier_reliability"]
        - found["brier_resolution"]
        + found["brier_uncertainty"]
        + found["brier_within_group_variance"]
        - found["brier_within_group_covariance"]
    )
    assert added == pytest.approx(found["brier"], abs=1e-12)
    for k, weight in enumerate(weights):
        theirs = brier_score_loss(outcome, risk, sample_weight=weight, pos_label=1)
        assert found["brier"][k] == pytest.approx(theirs, abs=1e-5)


@given(people, st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(rows, random):
    before = parts_of(np.array([r for r, _ in rows]), np.array([float(y) for _, y in rows]))
    random.shuffle(rows)
    after = parts_of(np.array([r for r, _ in rows]), np.array([float(y) for _, y in rows]))
    assert after == pytest.approx(before, abs=1e-12)


def test_every_part_is_that_of_the_rows_group_by_group():
    random = np.random.default_rng(8)
    risk = np.round(random.beta(1.2, 9, 2000), 3).clip(0.001, 0.999)
    outcome = (random.random(2000) < risk).astype(float)
    weights = draws_of(np.arange(2000), 3, 1)
    found = RiskTally(risk, outcome, weights).brier_and_parts()
    cuts = np.sort(risk)[np.arange(200, 2000, 200)]  # tenths; who has the risk of a cut is above it
    members = [(risk >= low) & (risk < high) for low, high in zip([0, *cuts], [*cuts, 1], strict=True)]
    for k, w in enumerate(np.asarray(weights, dtype=float)):
        rate = np.average(outcome, weights=w)
        parts = dict.fromkeys(found, 0.0)
        for m in members:
            share, said, seen = (
                w[m].sum() / 2000,
                np.average(risk[m], weights=w[m]),
                np.average(outcome[m], weights=w[m]),
            )
            parts["brier_reliability"] += share * (said - seen) ** 2
            parts["brier_resolution"] += share * (seen - rate) ** 2
            parts["brier_within_group_variance"] += share * np.average((risk[m] - said) ** 2, weights=w[m])
            product = (risk[m] - said) * (outcome[m] - seen)
            parts["brier_within_group_covariance"] += 2 * share * np.average(product, weights=w[m])
            parts["expected_calibration_error"] += share * abs(said - seen)
        for name in set(found) - {"brier", "brier_uncertainty"}:
            assert found[name][k] == pytest.approx(parts[name], abs=1e-5 if k else 1e-12), name


def test_a_model_that_knows_everything_has_no_error_and_resolves_all_there_is():
    outcome = np.r_[np.ones(20), np.zeros(80)]
    found = parts_of(outcome, outcome)
    assert found["brier"] == found["expected_calibration_error"] == found["brier_reliability"] == 0
    assert found["brier_resolution"] == pytest.approx(found["brier_uncertainty"]) == pytest.approx(0.16)


def test_a_model_that_says_the_rate_of_everybody_has_one_group_and_resolves_nothing():
    risk, outcome = np.full(100, 0.2), np.r_[np.ones(20), np.zeros(80)]
    assert groups_by_risk(risk).tolist() == [0] * 100
    found = parts_of(risk, outcome)
    assert (found["brier_resolution"], found["brier_reliability"]) == pytest.approx((0, 0), abs=1e-15)
    assert found["brier"] == pytest.approx(found["brier_uncertainty"])
    assert len(calibration_curve(risk, outcome)) == 1


def test_people_of_one_risk_are_in_one_group():
    risk = np.r_[np.full(55, 0.1), np.linspace(0.2, 0.9, 45)]
    group = groups_by_risk(risk)
    assert len(set(group[:55])) == 1
    assert sorted(set(group)) == list(range(group.max() + 1))


def test_a_perfect_model_shows_the_error_that_chance_alone_gives():
    random = np.random.default_rng(5)
    risk = random.uniform(0.02, 0.4, 3000)
    expected, most = error_of_a_perfect_model(risk)
    seen = [
        parts_of(risk, (random.random(3000) < risk).astype(float))["expected_calibration_error"] for _ in range(300)
    ]
    assert np.mean(seen) == pytest.approx(expected, rel=0.05)
    assert 0.02 <= np.mean(np.array(seen) > most) <= 0.09


def test_the_interval_of_a_calibration_error_reaches_nought_for_a_model_that_is_right_and_not_for_a_wrong_one():
    reached = {1.0: 0, 0.7: 0}
    for seed in range(40):
        random = np.random.default_rng(seed)
        risk = random.uniform(0.02, 0.3, 3000)
        outcome = (random.random(3000) < risk).astype(float)
        for times in reached:
            figures = risk_figures(times * risk, outcome, draws_of(np.arange(3000), 100, seed))
            reached[times] += figures["expected_calibration_error"].low == 0
    assert reached[1.0] >= 36
    assert reached[0.7] == 0


def test_a_line_without_events_has_no_slope_and_the_others_keep_theirs():
    risk = np.array([0.1, 0.2, 0.3, 0.2, 0.1, 0.4])
    outcome = np.array([0.0, 1, 1, 0, 0, 0])
    weights = np.array([[1, 1, 1, 1, 1, 1], [2, 0, 0, 1, 2, 1]])
    slope, intercept = RiskTally(risk, outcome, weights).calibration_line()
    assert np.isfinite([slope[0], intercept[0]]).all()
    assert np.isnan([slope[1], intercept[1]]).all()
