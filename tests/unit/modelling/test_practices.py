"""The funnel of practices and the estimates that lean on each other: against statsmodels, and by hand."""

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.meta_analysis import combine_effects

from riskstrat.modelling.evaluation.gates import Group
from riskstrat.modelling.evaluation.practices import funnel_limits, practice_funnel, shrink


def practice(name, people, events, risk=0.1):
    return Group("practice", name, np.r_[np.ones(events), np.zeros(people - events)], np.full(people, risk))


def test_with_many_practices_it_is_a_random_effects_meta_analysis():
    random = np.random.default_rng(4)
    variance = random.uniform(0.002, 0.02, 800)
    estimate = random.normal(1, 0.1, 800) + random.normal(0, np.sqrt(variance))
    found = shrink(estimate, variance)
    theirs = combine_effects(estimate, variance, method_re="dl")
    assert found.between == pytest.approx(np.sqrt(theirs.tau2), rel=0.03)
    assert found.mean == pytest.approx(theirs.mean_effect_re, abs=1e-3)
    share = theirs.tau2 / (theirs.tau2 + variance)
    assert found.value == pytest.approx(share * estimate + (1 - share) * theirs.mean_effect_re, abs=0.01)


def test_with_few_it_is_the_mean_over_everything_that_mean_and_deviation_may_be():
    estimate, variance = np.array([1.1, 0.8, 1.0, 1.3, 0.9]), np.array([0.01, 0.02, 0.01, 0.03, 0.005])
    found = shrink(estimate, variance)
    between = 4 * np.std(estimate, ddof=1) * (np.arange(600) + 0.5)[:, None] / 600  # midpoints, mean beside deviation
    mean = np.linspace(-0.5, 2.5, 1201)[None, :]
    density = np.ones((600, 1201))
    for y, v in zip(estimate, variance, strict=True):
        density *= stats.norm.pdf(y, mean, np.sqrt(v + between**2))
    density /= density.sum()
    assert found.mean == pytest.approx((density * mean).sum(), abs=1e-3)
    assert found.between == pytest.approx((density * between).sum(), abs=1e-3)
    for k, (y, v) in enumerate(zip(estimate, variance, strict=True)):
        given = (y / v + mean / between**2) / (1 / v + 1 / between**2)
        value = (density * given).sum()
        error = np.sqrt((density * ((given - value) ** 2 + 1 / (1 / v + 1 / between**2))).sum())
        assert (found.value[k], found.high[k]) == pytest.approx((value, value + 1.96 * error), abs=2e-3)


def test_practices_that_differ_by_less_than_chance_gives_are_told_nearly_the_same():
    found = shrink(np.array([1.0, 1.02, 0.98, 1.01, 0.99, 1.0, 1.03, 0.97]), np.full(8, 0.01))
    assert np.ptp(found.value) < 0.03
    assert found.between < 0.06


def test_a_small_practice_is_drawn_in_further_than_a_large_one_with_the_same_ratio():
    found = shrink(np.array([1.3, 1.3, 0.8, 0.9, 1.0]), np.array([0.1, 0.001, 0.001, 0.001, 0.001]))
    assert found.value[0] < found.value[1] < 1.3


@pytest.mark.parametrize("expected", [12, 40, 150])
def test_limits_are_close_to_the_exact_ones_of_a_poisson_count(expected):
    limits = funnel_limits(np.array([float(expected)]), 1.0)
    for name, tail in (("95", 0.025), ("99_8", 0.001)):
        low, high = stats.poisson.ppf([tail, 1 - tail], expected) / expected
        assert limits[f"low_{name}"][0] == pytest.approx(low, abs=1 / expected)
        assert limits[f"high_{name}"][0] == pytest.approx(high, abs=1.5 / expected)


def test_about_one_practice_in_twenty_lies_outside_95_percent_by_chance_and_hardly_one_outside_998():
    random = np.random.default_rng(6)
    groups = []
    for k in range(2000):
        risk = random.uniform(0.05, 0.5, 120)
        groups.append(Group("practice", f"Z{k}", (random.random(120) < risk).astype(float), risk))
    rows = practice_funnel(groups)["rows"]
    outside = [row["outside"] for row in rows]
    assert 0.04 <= np.mean([o is not None for o in outside]) <= 0.065
    assert np.mean([o == "99_8" for o in outside]) <= 0.005


def test_the_funnel_by_hand():
    found = practice_funnel(
        [
            practice("A", 400, 40),
            practice("B", 400, 40),
            practice("C", 400, 76),
            practice("D", 60, 3),
            practice("E", 400, 38),
        ]
    )
    a, _, c, d, _ = found["rows"]
    assert (a["expected"], a["observed"], a["ratio"], a["outside"]) == (40.0, 40, 1.0, None)
    error = np.sqrt(0.9 / (4 * 40))  # people with the outcome once each: variance 0.9 of the expected number
    assert (a["low_95"], a["high_95"]) == pytest.approx(((1 - 1.96 * error) ** 2, (1 + 1.96 * error) ** 2), abs=1e-3)
    assert (c["ratio"], c["outside"]) == (1.9, "99_8")
    assert 1 < c["shrunken"]["value"] < 1.9
    assert d == {"practice": "D", "people": 60, "observed": 3, "expected": None, "why": d["why"]}
    assert [found["limits"][k]["expected"] for k in (0, -1)] == [35.0, 45.0]  # no nearer than rows are printed to


def test_four_practices_are_too_few_to_pool():
    found = practice_funnel([practice(name, 400, 40) for name in "ABCD"])
    assert found["rows"] == []
    assert "fewer than 5" in found["why"]
