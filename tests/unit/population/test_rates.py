"""Rates and intervals against published values, scipy, and figures worked by hand."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest, chi2, norm, poisson
from statsmodels.stats.proportion import proportion_confint
from statsmodels.stats.rates import confint_poisson
from statsmodels.stats.weightstats import DescrStatsW

from riskstrat.population.figures.standardised import read_standard_population
from riskstrat.population.methods.rates import (
    count_limits,
    crude_rate,
    mean,
    proportion,
    standardised,
    total_of,
)


@given(st.integers(0, 400), st.integers(1, 400))
def test_proportions_have_the_interval_that_scipy_gives(part, whole):
    part = min(part, whole)
    ours = proportion(part, whole)
    theirs = binomtest(part, whole).proportion_ci(method="wilson")
    assert ours.value == part / whole
    assert ours.lower == pytest.approx(theirs.low, abs=1e-9)
    assert ours.upper == pytest.approx(theirs.high, abs=1e-9)


@given(st.integers(0, 400), st.integers(1, 400))
def test_proportions_have_the_interval_that_statsmodels_gives(part, whole):
    part = min(part, whole)
    theirs = proportion_confint(part, whole, method="wilson")
    assert (proportion(part, whole).lower, proportion(part, whole).upper) == pytest.approx(theirs, abs=1e-9)


def test_a_proportion_worked_by_hand():
    # 20 of 100, z = 1.96: (2*20 + 3.8415 -/+ 1.96*sqrt(3.8415 + 4*20*0.8)) / (2*(100 + 3.8415))
    rate = proportion(20, 100, per=1000)
    assert (round(rate.value), round(rate.lower, 1), round(rate.upper, 1)) == (200, 133.4, 288.8)


@pytest.mark.parametrize(("part", "whole"), [(1, 0), (5, 4), (-1, 4)])
def test_a_proportion_needs_its_part_in_a_whole(part, whole):
    with pytest.raises(ValueError, match="a proportion needs"):
        proportion(part, whole)


def test_count_limits_are_exact_below_ten():
    assert count_limits(0) == (0.0, pytest.approx(-math.log(0.025), abs=1e-9))
    # Garwood's table: 3 events, 0.6187 to 8.7673
    lower, upper = count_limits(3)
    assert (round(lower, 4), round(upper, 4)) == (0.6187, 8.7673)


@given(st.integers(0, 9))
def test_count_limits_below_ten_are_those_of_statsmodels(events):
    assert count_limits(events) == pytest.approx(confint_poisson(events, 1, method="exact-c"), abs=1e-9)


def test_byar_is_that_of_the_public_health_methods():
    # dhsc-govuk, the Python version of PHEindicatormethods, its own test: byars_lower(100)
    assert count_limits(100)[0] == pytest.approx(81.36210549052788, abs=1e-9)


# The first Python version's own tests: 19 age bands with their events and people, by the European Standard Population.
# Its upper limits are left out: they divide by 9n + 1 where the R package, its source, has 9(n + 1).
EVENTS = (50, 55, 55, 55, 60, 60, 65, 70, 70, 70, 70, 65, 60, 55, 50, 40, 25, 15, 10)
PEOPLE = (509, 559, 559, 559, 609, 609, 659, 709, 709, 709, 709, 659, 609, 559, 509, 409, 259, 159, 109)


def test_rates_shares_and_standardised_rates_are_those_of_the_public_health_methods():
    made = standardised(EVENTS, PEOPLE, list(read_standard_population().values()), per=100_000)
    assert (made.value, made.lower) == pytest.approx((9832.763039564017, 9232.668299548477), abs=1e-9)
    rate = crude_rate(100, 10_000)
    assert (rate.value, rate.lower) == pytest.approx((1000.0, 813.6210549052789), abs=1e-9)
    for whole, limits in (
        (10_000, (0.8229336148148417, 1.2146982255114647)),
        (1000, (8.29094435930957, 12.01519631953484)),
    ):
        share = proportion(100, whole, per=100)
        assert (share.lower, share.upper) == pytest.approx(limits, abs=1e-9)


bands = st.lists(st.tuples(st.integers(0, 60), st.integers(1, 5000), st.floats(1, 9000)), min_size=1, max_size=19)


@given(bands)
def test_a_standardised_rate_is_byars_interval_scaled_by_dobson(made):
    """Recomputed with exact fractions and scipy's normal: Dobson et al 1991, as in APHO technical briefing 3."""
    events, people, weights = zip(*made, strict=True)
    ours, total = standardised(events, people, weights, per=1), sum(events)
    if total < 10:
        assert ours is None
        return
    whole = sum(map(Fraction, weights))
    rate = sum(Fraction(w) * x / n for x, n, w in made) / whole
    variance = sum(Fraction(w) ** 2 * x / n**2 for x, n, w in made) / whole**2
    z, scale = norm.ppf(0.975), math.sqrt(variance / total)
    lower = total * (1 - 1 / (9 * total) - z / (3 * math.sqrt(total))) ** 3
    upper = (total + 1) * (1 - 1 / (9 * (total + 1)) + z / (3 * math.sqrt(total + 1))) ** 3
    assert ours.value == pytest.approx(float(rate), rel=1e-9)
    assert ours.lower == pytest.approx(max(0.0, float(rate) + scale * (lower - total)), rel=1e-9, abs=1e-12)
    assert ours.upper == pytest.approx(float(rate) + scale * (upper - total), rel=1e-9)


@given(st.integers(0, 9))
def test_an_exact_interval_leaves_out_one_in_forty_on_either_side(events):
    """By the Poisson distribution itself: at its ends the count seen, or one further out, has a chance of 2.5 %."""
    lower, upper = count_limits(events)
    assert poisson.cdf(events, upper) == pytest.approx(0.025, abs=1e-9)
    assert lower == 0 if events == 0 else poisson.sf(events - 1, lower) == pytest.approx(0.025, abs=1e-9)


def test_a_crude_rate_is_its_count_over_the_people():
    rate = crude_rate(65, 100)  # PHEindicatormethods, ?phe_rate: 65 in 100, per 100,000
    lower, upper = count_limits(65)
    assert rate.value == 65_000
    assert (rate.lower, rate.upper) == (pytest.approx(1000 * lower, abs=1e-9), pytest.approx(1000 * upper, abs=1e-9))
    assert crude_rate(300, 200).value == 150_000  # events, not people: more than one each is no fault
    for events, people in ((1, 0), (-1, 10)):
        with pytest.raises(ValueError, match=r"somebody|negative"):
            crude_rate(events, people)


@given(st.integers(0, 20_000), st.integers(1, 10**6))
def test_the_limits_of_a_rate_contain_it_and_close_in_on_it(events, people):
    rate = crude_rate(events, people)
    assert rate.lower <= rate.value <= rate.upper
    ten_times = crude_rate(10 * events, 10 * people)
    assert ten_times.value == pytest.approx(rate.value)
    assert ten_times.upper - ten_times.lower <= rate.upper - rate.lower


@given(st.lists(st.integers(0, 3000), min_size=2, max_size=60))
def test_a_mean_has_the_interval_that_statsmodels_gives(amounts):
    ours = mean(len(amounts), float(sum(amounts)), float(sum(one**2 for one in amounts)))
    lower, upper = (
        DescrStatsW(np.array(amounts, dtype=float)).tconfint_mean()
        if len(set(amounts)) > 1
        else (
            float(amounts[0]),
            float(amounts[0]),
        )
    )
    assert ours.value == pytest.approx(np.mean(amounts), abs=1e-9)
    assert (ours.lower, ours.upper) == (pytest.approx(lower, abs=1e-9), pytest.approx(upper, abs=1e-9))
    whole = total_of(ours, len(amounts))
    assert whole.value == pytest.approx(sum(amounts), abs=1e-6)
    assert whole.lower == pytest.approx(ours.lower * len(amounts))


def test_a_mean_worked_by_hand():
    # 2, 4, 9: mean 5, variance (9 + 1 + 16) / 2 = 13, t(2) = 4.302653, error sqrt(13 / 3) = 2.081666
    ours, reach = mean(3, 15, 101), 4.302652729911275 * math.sqrt(13 / 3)
    assert (ours.lower, ours.upper) == pytest.approx((5 - reach, 5 + reach), abs=1e-9)
    for people, total, squares in ((1, 5, 25), (3, 15, 70)):
        with pytest.raises(ValueError, match=r"two people|no amounts"):
            mean(people, total, squares)


def test_count_limits_by_byar_worked_by_hand():
    # lower: 100 times the cube of (1 - 1/900 - 1.96/30); upper: 101 times that of (1 - 1/909 + 1.96/30.15)
    lower, upper = count_limits(100)
    assert (round(lower, 2), round(upper, 2)) == (81.36, 121.63)


@given(st.integers(10, 5000))
def test_byar_lies_near_the_exact_limits(events):
    lower, upper = count_limits(events)
    assert lower == pytest.approx(chi2.ppf(0.025, 2 * events) / 2, rel=0.003)
    assert upper == pytest.approx(chi2.ppf(0.975, 2 * events + 2) / 2, rel=0.003)


def test_a_standardised_rate_worked_by_hand():
    # rate = (60*10/100 + 40*40/200) / 100 = 0.14; variance = (60^2*10/100^2 + 40^2*40/200^2) / 100^2 = 0.00052
    # Byar at 50: 50*(1 - 1/450 - 1.959964/(3*sqrt(50)))^3 = 37.1096; 51*(1 - 1/459 + 1.959964/(3*sqrt(51)))^3 = 65.9196
    rate = standardised([10, 40], [100, 200], [60, 40], per=1)
    assert rate.value == pytest.approx(0.14)
    scale = math.sqrt(0.00052 / 50)
    assert rate.lower == pytest.approx(0.14 + scale * (37.1096 - 50), abs=1e-5)
    assert rate.upper == pytest.approx(0.14 + scale * (65.9196 - 50), abs=1e-5)


def test_a_population_shaped_like_the_standard_has_its_crude_rate():
    weights = [30.0, 50.0, 20.0]
    rate = standardised([3, 10, 12], [300, 500, 200], weights)
    assert rate.value == pytest.approx(1000 * 25 / 1000)
    lower, upper = count_limits(25)
    assert (rate.lower, rate.upper) == (pytest.approx(lower), pytest.approx(upper))


def test_a_lower_limit_is_never_below_nought():
    # one person of two in a band that weighs half: the variance is far above a count's of the same size
    rate = standardised([1, 9], [2, 900], [50, 50])
    assert rate.lower == 0.0
    assert rate.value == pytest.approx(255)


def test_below_ten_events_there_is_no_standardised_rate():
    assert standardised([4, 5], [100, 100], [1, 1]) is None
    assert standardised([4, 6], [100, 100], [1, 1]) is not None
    assert standardised([], [], []) is None


def test_a_band_with_nobody_is_joined_to_the_next_younger():
    joined = standardised([5, 20, 0], [100, 100, 0], [1, 1, 1])
    assert joined == standardised([5, 20], [100, 100], [1, 2])
    assert standardised([0, 5, 20], [0, 100, 100], [1, 1, 1]) == standardised([5, 20], [100, 100], [2, 1])


def test_events_of_a_band_that_nobody_is_left_in_are_kept_with_the_band_it_joins():
    assert standardised([5, 20, 3], [100, 100, 0], [1, 1, 1]) == standardised([5, 23], [100, 100], [1, 2])
    assert standardised([2, 5, 20], [0, 100, 100], [1, 1, 1]) == standardised([7, 20], [100, 100], [2, 1])


def test_people_may_have_several_events():
    assert standardised([30], [10], [1], per=1).value == pytest.approx(3)


def test_the_standard_population_is_whole():
    weights = read_standard_population()
    assert sum(weights.values()) == 100_000
    assert list(weights) == list(range(0, 95, 5))
    assert weights[0] == 5000
    assert weights[90] == 1000
