"""The hold-out: by hand, against OLS, Fisher's test and every possible draw."""

from itertools import combinations, product

import numpy as np
import pytest
import statsmodels.api as sm
from scipy.stats import fisher_exact

from riskstrat.impact.listing.randomised import by_practice, by_stratum, exact_probability, mantel_haenszel
from riskstrat.modelling.evaluation.bootstrap import Z


def made(seed=1, people=400, strata=8):
    random = np.random.default_rng(seed)
    stratum = random.integers(0, strata, people)
    listed = random.random(people) < 0.7
    outcome = (random.random(people) < 0.2 + 0.04 * stratum - 0.05 * listed).astype(float)
    return listed, outcome, stratum


def test_in_one_stratum_it_is_the_plain_difference_with_its_textbook_error():
    # 30 of 100 listed and 20 of 50 kept off admitted: 0.30 - 0.40, variance .3*.7/100 + .4*.6/50 = 0.0069
    found = mantel_haenszel(*map(np.array, ([30.0], [100.0], [20.0], [50.0])))
    assert found.value == pytest.approx(-0.10)
    balanced = mantel_haenszel(*map(np.array, ([30.0], [100.0], [40.0], [100.0])))
    assert balanced.error**2 == pytest.approx(0.3 * 0.7 / 100 + 0.4 * 0.6 / 100)
    assert (balanced.low, balanced.high) == pytest.approx((-0.1 - Z * balanced.error, -0.1 + Z * balanced.error))


def test_two_strata_by_hand():
    # weights n1 n0 / n: 60*40/100 = 24 and 10*30/40 = 7.5; differences 0.1 and -0.2
    found = mantel_haenszel(*map(np.array, ([12.0, 1.0], [60.0, 10.0], [4.0, 9.0], [40.0, 30.0])))
    assert found.value == pytest.approx((24 * 0.1 + 7.5 * -0.2) / 31.5)


def test_it_is_the_coefficient_of_listed_beside_strata():
    listed, outcome, stratum = made()
    found = by_stratum(listed, outcome, stratum)
    design = np.column_stack([listed, np.eye(8)[stratum]]).astype(float)
    assert found.difference.value == pytest.approx(sm.OLS(outcome, design).fit().params[0])
    assert found.people_listed + found.people_kept_off == 400
    assert found.strata == 8


def test_its_error_holds_in_pairs_where_large_strata_formulas_fail():
    random = np.random.default_rng(5)
    values, errors = [], []
    for _ in range(400):
        level = random.random(150)
        x1, x0 = (random.random(150) < level - 0.1).astype(float), (random.random(150) < level).astype(float)
        found = mantel_haenszel(x1, np.ones(150), x0, np.ones(150))
        values.append(found.value)
        errors.append(found.error)
    assert np.mean(errors) == pytest.approx(np.std(values), rel=0.1)


def test_the_exact_probability_of_one_stratum_is_fishers():
    table = [[3, 17], [9, 11]]
    found = exact_probability(*map(np.array, ([3.0], [20.0], [9.0], [20.0])))
    assert found == pytest.approx(fisher_exact(table).pvalue)


def test_the_exact_probability_of_two_strata_is_the_share_of_draws_as_unlikely():
    outcomes = [np.array([1, 1, 0, 0, 1]), np.array([1, 0, 0, 1])]
    listed = [2, 2]
    draws = product(*(combinations(range(len(y)), n) for y, n in zip(outcomes, listed, strict=True)))
    totals = np.array([sum(y[list(who)].sum() for y, who in zip(outcomes, one, strict=True)) for one in draws])
    chance = {total: np.mean(totals == total) for total in np.unique(totals)}
    expected = sum(p for p in chance.values() if p <= chance[4] + 1e-12)
    found = exact_probability(*map(np.array, ([2.0, 2.0], [2.0, 2.0], [1.0, 0.0], [3.0, 2.0])))
    assert found == pytest.approx(expected)


def test_a_stratum_with_one_side_only_tells_nothing():
    listed, outcome, stratum = made()
    alone = by_stratum(np.append(listed, [True] * 50), np.append(outcome, np.ones(50)), np.append(stratum, [99] * 50))
    assert alone.difference == by_stratum(listed, outcome, stratum).difference
    assert alone.people_listed == by_stratum(listed, outcome, stratum).people_listed
    with pytest.raises(ValueError, match="both sides"):
        by_stratum(np.array([True, False]), np.zeros(2), np.array([1, 2]))


def test_where_practices_were_drawn_it_is_clustered_least_squares_beside_strata():
    random = np.random.default_rng(8)
    practice = np.repeat(np.arange(24), 30)
    stratum = practice % 3
    listed = (practice // 3) % 4 > 0
    outcome = (random.random(720) < 0.2 + 0.2 * random.random(24)[practice]).astype(float)
    found = by_practice(listed, outcome, stratum, practice)
    design = np.column_stack([listed, np.eye(3)[stratum]]).astype(float)
    fit = sm.OLS(outcome, design).fit(cov_type="cluster", cov_kwds={"groups": practice})
    assert found.difference.value == pytest.approx(fit.params[0])
    assert found.difference.error == pytest.approx(fit.bse[0] / np.sqrt(719 / 716))
    assert found.difference.high == pytest.approx(found.difference.value + 2.08596 * found.difference.error, abs=1e-6)
    assert found.practices == 24
    assert found.p_exact is None
    with pytest.raises(ValueError, match="fewer than 10 practices"):
        by_practice(listed, outcome, stratum, practice // 3)
