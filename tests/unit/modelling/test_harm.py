"""A challenger that harms a group, or that turns the list over, is refused; a better one is not."""

import numpy as np
import pytest

from riskstrat.modelling.evaluation.bootstrap import draws_of
from riskstrat.modelling.evaluation.gates import Group, may_be_champion
from riskstrat.modelling.evaluation.groups import PRACTICE, Judged
from riskstrat.modelling.evaluation.harm import against_champion
from riskstrat.modelling.evaluation.listing import on_the_list
from riskstrat.modelling.spec import Gates
from riskstrat.modelling.training.calibration import expit

GATES = Gates()
PEOPLE = 20_000
WEIGHTS = draws_of(np.arange(PEOPLE), 60, 1)


@pytest.fixture(scope="module")
def board():
    """Return true risks, outcomes drawn from them, and five equal groups."""
    random = np.random.default_rng(3)
    truth = expit(random.normal(-2.6, 1.2, PEOPLE))
    return truth, (random.random(PEOPLE) < truth).astype(float), np.arange(PEOPLE) % 5


def results(board, risk, champion_risk, groups=5, gates=GATES):
    _, outcome, fifth = board
    masks = [fifth % groups == k for k in range(groups)]
    paired = [(Group("fifth", str(k), outcome[mask], risk[mask]), np.flatnonzero(mask)) for k, mask in enumerate(masks)]
    return against_champion(gates, "1", outcome, risk, champion_risk, paired, WEIGHTS)


def result(found, gate):
    return next(one for one in found if one.gate.startswith(gate))


def test_the_champion_itself_and_a_better_challenger_break_nothing(board):
    truth, _, _ = board
    noisy = expit(np.log(truth / (1 - truth)) + np.random.default_rng(4).normal(0, 0.5, PEOPLE))
    assert may_be_champion(results(board, truth, truth))
    assert may_be_champion(results(board, truth, noisy))
    assert result(results(board, truth, truth), "list_agreement").words.startswith("1.000")


def test_a_group_that_a_calibrated_challenger_is_blind_in_is_harmed_and_named(board):
    truth, outcome, fifth = board
    blind = np.where(fifth == 2, truth[fifth == 2].mean(), truth)
    found = results(board, blind, truth)
    broken = [gate.gate for gate in found if gate.holds is False]
    assert broken == ["subgroup_sensitivity_not_below_champion_by: fifth 2"]
    harmed = result(found, broken[0])
    on_both = [np.argsort(-risk, kind="stable")[: PEOPLE // 20] for risk in (blind, truth)]
    mine = outcome * (fifth == 2)
    expected = (mine[on_both[0]].sum() - mine[on_both[1]].sum()) / mine.sum()
    assert f"minus version 1's, {expected:+.3f}" in harmed.words


def test_a_group_told_half_its_risk_is_harmed_where_the_champion_said_it_rightly(board):
    truth, _, fifth = board
    low = np.where(fifth == 1, truth / 2, truth)
    found = results(board, low, truth)
    assert result(found, "subgroup_calibration_not_beyond_champion_by: fifth 1").holds is False
    assert result(found, "subgroup_calibration_not_beyond_champion_by: fifth 3").holds is True
    rescued = results(board, truth, low)  # the other way round nobody is worse off
    assert result(rescued, "subgroup_calibration_not_beyond_champion_by: fifth 1").holds is True


def test_a_list_that_turns_over_is_refused_though_it_is_no_worse(board):
    truth, _, _ = board
    random = np.random.default_rng(5)
    two = [expit(np.log(truth / (1 - truth)) + random.normal(0, 1.5, PEOPLE)) for _ in range(2)]
    found = result(results(board, *two), "list_agreement_with_champion")
    assert found.holds is False
    assert "not below 0.5" in found.words
    lenient = GATES.model_copy(update={"list_agreement_with_champion": 0.1})
    assert result(results(board, *two, gates=lenient), "list_agreement_with_champion").holds is True


def test_a_practice_is_judged_by_draws_of_its_people_for_where_practices_are_drawn_it_does_not_vary():
    # 250 of a practice's 500 people have the outcome; the challenger lists 16 fewer: 0.064, within chance of 0.05
    practice = np.arange(PEOPLE) // 500
    outcome = np.zeros(PEOPLE)
    outcome[:250] = 1
    risk, champion_risk = np.full(PEOPLE, 0.05), np.full(PEOPLE, 0.05)
    champion_risk[:1000], risk[16:1016] = 0.5, 0.5
    mine = np.arange(500)
    groups = [(Group(PRACTICE, "Z1", outcome[mine], risk[mine]), mine)]
    weights = draws_of(practice, 200, 1)
    judged = Judged(outcome, risk, np.arange(PEOPLE), on_the_list(risk), weights, 1)
    gate = "subgroup_sensitivity_not_below_champion_by"

    def judge(draws_of_group):
        found = against_champion(GATES, "1", outcome, risk, champion_risk, groups, weights, draws_of_group)
        return result(found, gate)

    assert judge(judged.draws_of_group).holds is True
    assert judge(None).holds is False  # drawn whole it is the same each time: an interval of no width
    assert "-0.064 (-0.064 to -0.064)" in judge(None).words


def test_groups_with_too_few_events_are_not_judged(board):
    truth, outcome, _ = board
    few = np.zeros(PEOPLE, dtype=bool)
    few[np.flatnonzero(outcome)[:199]] = True
    paired = [(Group("practice", "Z1", outcome[few], truth[few]), np.flatnonzero(few))]
    blind = np.where(few, 0.0001, truth)
    found = against_champion(GATES, "1", outcome, blind, truth, paired, WEIGHTS)
    assert may_be_champion(found)
    assert "no group has 200 events or more" in result(found, "subgroup_sensitivity").words
    none = against_champion(GATES, "1", outcome * 0, truth, truth, [], WEIGHTS)
    assert result(none, "list_agreement").holds is None


def test_intervals_widen_with_how_many_groups_there_are(board):
    truth, outcome, fifth = board
    rows = [np.flatnonzero(fifth == k) for k in range(5)]
    paired = [(Group("fifth", str(k), outcome[mine], truth[mine]), mine) for k, mine in enumerate(rows)]
    lows = []
    for groups in (paired[:1], paired):
        found = against_champion(GATES, "1", outcome, truth, np.random.default_rng(6).permuted(truth), groups, WEIGHTS)
        words = result(found, "subgroup_sensitivity_not_below_champion_by: fifth 0").words
        lows.append(float(words.split("(")[1].split(" to ")[0]))
    assert lows[1] < lows[0]
