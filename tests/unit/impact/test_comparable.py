"""Comparable people: double robustness in closed form, errors against statsmodels, and boards with a known truth."""

import importlib.util
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import statsmodels.api as sm

from riskstrat.impact.listing.comparable import TooFew, augmented, compare, curved
from riskstrat.impact.trials import Trials, listed_later

BENCHMARK = Path(__file__).parents[3] / "benchmarks" / "effect.py"


@pytest.fixture(scope="module")
def boards():
    spec = importlib.util.spec_from_file_location("effect_benchmark", BENCHMARK)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def two_groups():
    """Of low risk 1 in 10 listed, of high risk half; without a list 20 % and 60 % admitted, with it 10 % and 50 %."""
    cells = [  # high risk, listed, admitted, people
        (0, 1, 1, 10), (0, 1, 0, 90), (0, 0, 1, 180), (0, 0, 0, 720),
        (1, 1, 1, 100), (1, 1, 0, 100), (1, 0, 1, 120), (1, 0, 0, 80),
    ]  # fmt: skip
    rows = np.repeat(np.array([cell[:3] for cell in cells]), [cell[3] for cell in cells], axis=0)
    return rows[:, 0], rows[:, 1] == 1, rows[:, 2].astype(float)


RIGHT_RISK, RIGHT_ODDS = np.array([0.2, 0.6]), np.array([100 / 900, 200 / 200])


@pytest.mark.parametrize(
    ("risk", "odds"),
    [(RIGHT_RISK, RIGHT_ODDS), (RIGHT_RISK, np.array([0.7, 0.3])), (np.array([0.9, 0.1]), RIGHT_ODDS)],
    ids=["both right", "weights wrong", "outcome model wrong"],
)
def test_either_model_being_right_is_enough(risk, odds):
    high, listed, outcome = two_groups()
    weights = np.where(listed, 0.0, odds[high])
    no = np.zeros(len(high), dtype=bool)
    found = augmented(outcome, listed, weights, risk[high], no, np.arange(len(high)))
    assert found["observed"].value == pytest.approx(110 / 300)
    assert found["expected"].value == pytest.approx((100 * 0.2 + 200 * 0.6) / 300)
    assert found["difference"].value == pytest.approx(-0.10)
    assert found["ratio"].value == pytest.approx(110 / 140)


def test_with_both_models_wrong_it_is_wrong():
    high, listed, outcome = two_groups()
    weights = np.where(listed, 0.0, 1.0)
    no = np.zeros(len(high), dtype=bool)
    found = augmented(outcome, listed, weights, np.full(len(high), 0.3), no, np.arange(len(high)))
    assert found["difference"].value > 0.05


def test_errors_are_those_of_clustered_least_squares():
    random = np.random.default_rng(3)
    cluster = np.repeat(np.arange(25), 40)
    listed = random.random(1000) < 0.4
    outcome = (random.random(1000) < 0.2 + 0.2 * random.random(25)[cluster]).astype(float)
    found = augmented(outcome, listed, (~listed).astype(float), np.zeros(1000), np.zeros(1000, dtype=bool), cluster)
    fit = sm.OLS(outcome, sm.add_constant(listed.astype(float))).fit(
        cov_type="cluster", cov_kwds={"groups": cluster, "use_correction": True}
    )
    of_people = 999 / 998  # statsmodels' further factor (n - 1) / (n - k)
    assert found["difference"].value == pytest.approx(fit.params[1])
    assert found["difference"].error == pytest.approx(fit.bse[1] / np.sqrt(of_people))
    assert found["difference"].high - found["difference"].value == pytest.approx(
        2.0639 * found["difference"].error, rel=1e-4
    )


def test_admissions_that_came_once_they_were_listed_too_are_made_up_for():
    high, listed, outcome = two_groups()
    later = ~listed & (outcome == 1) & (np.arange(len(high)) % 2 == 0)
    weights = np.where(listed, 0.0, RIGHT_ODDS[high])
    found = augmented(outcome, listed, weights, RIGHT_RISK[high], later, np.arange(len(high)))
    share = weights @ (later * outcome) / (weights @ outcome)
    assert found["as_begun"].value == pytest.approx(-0.10)
    assert found["difference"].value == pytest.approx(-0.10 / (1 - share))
    assert found["difference"].error > found["as_begun"].error


def test_listed_later_is_before_the_outcome_and_never_on_its_day():
    trials = Trials(
        person=np.array([1, 1, 1, 2, 2, 3]),
        practice=np.array(["A"] * 6),
        day=np.array([0, 30, 60, 0, 30, 0]),
        listed=np.array([False, False, True, False, True, False]),
        covariates=np.zeros((6, 1)),
        names=("none",),
        outcome=np.array([1.0, 1, 1, 1, 1, 0]),
        ended=np.array([61, 60, 70, 25, 40, 365]),
    )
    assert listed_later(trials).tolist() == [True, False, False, False, False, False]
    with pytest.raises(ValueError, match="first time twice"):
        replace(trials, listed=np.array([False, True, True, False, True, False]))
    with pytest.raises(ValueError, match="two rows"):
        replace(trials, day=np.array([0, 0, 60, 0, 30, 0]))


def test_a_curve_is_straight_beyond_its_outer_knots():
    column = np.linspace(0, 1, 2001)
    basis = np.stack(curved(column), axis=1)
    assert basis.shape[1] == 3
    for outer in (basis[column < 0.05], basis[column > 0.95]):
        assert np.abs(np.diff(outer, n=2, axis=0)).max() < 1e-9
    assert curved(np.array([0.0] * 9 + [1.0]))[1:] == []


def test_too_few_are_said_and_not_estimated(boards):
    board = boards.Board(np.random.default_rng(1), 2, 0.0, 0.0)
    with pytest.raises(TooFew):
        compare(board.trials(board.rows, boards.HISTORY))


def one_month(listed, outcome, covariate, *, person=None):
    """Return trials of one index date, of people of twelve practices."""
    people = len(listed)
    return Trials(
        person=np.arange(people) if person is None else person,
        practice=(np.arange(people) % 12).astype(str),
        day=np.arange(people) if person is not None else np.zeros(people, dtype=np.int64),
        listed=listed,
        covariates=covariate[:, None],
        names=("need",),
        outcome=outcome.astype(float),
        ended=np.full(people, 10_000),
    )


def test_where_nobody_listed_has_anybody_like_them_it_cannot_be_told():
    """A sharp cut with nothing else to it: above it everybody is listed, below it nobody."""
    random = np.random.default_rng(6)
    need = np.concatenate([random.normal(8, 0.1, 400), random.normal(0, 0.1, 400)])
    with pytest.raises(TooFew, match="have anybody like them"):
        compare(one_month(need > 4, random.random(800) < 0.4, need))


def test_thirty_rows_of_few_people_are_few_people():
    random = np.random.default_rng(7)
    listed = np.arange(800) < 400
    person = np.where(listed, np.arange(800), 1000 + np.arange(800) % 20)  # the unlisted are 20 people of 20 months
    with pytest.raises(TooFew):
        compare(one_month(listed, random.random(800) < 0.4, random.normal(size=800), person=person))


def test_where_the_unlisted_came_to_more_than_everybody_it_cannot_be_told():
    high, listed, outcome = two_groups()
    no = np.zeros(len(high), dtype=bool)
    with pytest.raises(TooFew, match="lies outside what can be"):
        augmented(outcome, listed, (~listed).astype(float), np.where(listed, 1.5, 0.0), no, np.arange(len(high)))


def test_who_every_practice_would_have_listed_is_left_out():
    random = np.random.default_rng(2)
    people = 4000
    need = random.normal(size=people)
    is_sure = need > 1.5
    trials = Trials(
        person=np.arange(people),
        practice=(np.arange(people) % 12).astype(str),
        day=np.zeros(people, dtype=np.int64),
        listed=is_sure | (random.random(people) < 0.3),
        covariates=need[:, None],
        names=("need",),
        outcome=(random.random(people) < 1 / (1 + np.exp(1 - need))).astype(float),
        ended=np.full(people, 365),
    )
    found = compare(trials)
    assert found.listed == trials.listed.sum()
    assert found.compared == found.is_compared.sum()
    assert not found.is_compared[is_sure & (need > 1.6)].any()
    assert found.is_compared[trials.listed & (need < 1)].all()
    assert found.difference.low <= 0 <= found.difference.high
    assert abs(found.balance[0].after) < 0.05


def test_a_sample_of_the_unlisted_moves_nothing_but_the_interval(boards):
    board = boards.Board(np.random.default_rng([4, 0]), 20, 0.0, 0.0)
    whole = board.trials(board.rows, boards.HISTORY)
    kept = whole.listed | (whole.person % 2 == 0)
    rows = {
        name: getattr(whole, name)[kept]
        for name in ("person", "practice", "day", "listed", "covariates", "outcome", "ended")
    }
    half = compare(replace(whole, **rows, unlisted_share=0.5))
    all_of_them = compare(whole)
    assert half.compared == pytest.approx(all_of_them.compared, rel=0.2)
    assert abs(half.as_begun.value - all_of_them.as_begun.value) < all_of_them.as_begun.error
    assert half.effective_controls < all_of_them.effective_controls


@pytest.mark.parametrize("reduction", [0.0, 0.15])
def test_made_boards_with_a_known_truth_are_covered(boards, reduction):
    """A few of the boards of benchmarks/effect.py: selection on risk, regression to the mean, practices that differ."""
    for seed in (1, 2):
        difference, truth, placebo, change = boards.matched(seed, 20, reduction)
        assert difference.low <= truth <= difference.high
        assert placebo.low <= 0 <= placebo.high
        assert change < -0.25  # a quarter of the listed "stop being admitted", whatever the list does
        difference, truth, _, _ = boards.held_out(seed, 20, reduction)
        assert difference.low <= truth <= difference.high


def test_without_alikeness_the_same_board_shows_harm(boards):
    """Listed against unlisted people as they come: the listed are sicker, and a list would seem to harm."""
    board = boards.Board(np.random.default_rng([1, 0]), 20, 0.0, 0.0)
    trials = board.trials(board.rows, boards.HISTORY)
    seen = trials.is_followed
    crude = trials.outcome[seen & trials.listed].mean() - trials.outcome[seen & ~trials.listed].mean()
    found = compare(trials)
    assert crude > 0.05
    assert abs(found.as_begun.value) < crude
    assert all(abs(one.after) < abs(one.before) for one in found.balance if abs(one.before) > 0.4)
