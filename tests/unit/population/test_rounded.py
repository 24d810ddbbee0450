"""Words about figures made of rounded counts, against the enumeration of every pair of counts that prints so."""

import math
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chi2, norm
from statsmodels.stats.proportion import proportion_confint

from riskstrat.disclosure import Rule, figure, publishable
from riskstrat.population.methods.rates import Estimate
from riskstrat.population.methods.rounded import (
    Possible,
    apart_by_rounding,
    compared,
    place_of_proportion,
    place_of_rate,
    possible_proportion,
    possible_standardised,
    standardised_as_printed,
    thinned,
)

RULE = Rule()


def printed(count, rule=RULE):
    return figure(count, rule)


def all_pairs(part, whole, rule=RULE):
    """Every pair of counts, the part no more than the whole, that is published as these two are: by trying them all."""
    shown = [publishable(one, rule.suppress_to, rule.round_to) for one in (part, whole)]
    near = 3 * rule.round_to
    pairs = [
        (p, w)
        for w in range(max(1, whole - near), whole + near)
        for p in range(max(0, part - near), min(w, part + near) + 1)
        if [publishable(one, rule.suppress_to, rule.round_to) for one in (p, w)] == shown
    ]
    return np.array(pairs, dtype=float).T


def word(lower, upper, boards):
    """The word that each area has beside each board, if it is one and the same."""
    is_higher, is_lower = lower[:, None] > boards[None, :], upper[:, None] < boards[None, :]
    if is_higher.all():
        return "higher"
    if is_lower.all():
        return "lower"
    return None if is_higher.any() or is_lower.any() else "similar"


def test_thirty_five_of_thirty_five_is_not_said_to_be_higher():
    share = possible_proportion(printed(35), printed(35))
    assert share.value == (33 / 37, 1.0)
    exact = possible_proportion(printed(9_000), printed(10_000))
    assert exact.value == (pytest.approx(8_998 / 10_002), pytest.approx(9_002 / 9_998))
    assert compared(share, exact) is None  # 37 of 37 would be higher than 90 %, 33 of 37 not
    assert compared(share, possible_proportion(printed(6_500), printed(10_000))) == "higher"


@given(st.integers(8, 140), st.integers(0, 100), st.integers(8, 3_000), st.integers(0, 100), st.sampled_from([5, 10]))
def test_a_share_has_a_word_exactly_where_every_pair_of_true_counts_has_it(whole, share, board, board_share, step):
    rule = Rule(7, step)
    part, board_part = (round(n * s / 100) for n, s in ((whole, share), (board, board_share)))
    if any(1 <= n <= 7 for n in (part, board_part)):
        return
    p, w = all_pairs(part, whole, rule)
    bp, bw = all_pairs(board_part, board, rule)
    lower, upper = proportion_confint(p, w, method="wilson")
    ours = [
        possible_proportion(printed(one, rule), printed(of, rule)) for one, of in ((part, whole), (board_part, board))
    ]
    assert ours[0].value == pytest.approx((min(p / w), max(p / w)), abs=1e-9)
    assert ours[0].lower == pytest.approx((min(lower), max(lower)), abs=1e-9)
    assert ours[0].upper == pytest.approx((min(upper), max(upper)), abs=1e-9)
    found = compared(*ours)
    slack = 1e-9  # limits that meet to the last digit may be told either way
    if word(lower - slack, upper + slack, bp / bw) == word(lower + slack, upper - slack, bp / bw):
        assert found == word(lower, upper, bp / bw)


@given(st.integers(8, 400), st.integers(0, 100), st.integers(100, 5_000), st.integers(3, 97))
def test_a_share_has_a_place_in_the_funnel_exactly_where_every_pair_has_it(whole, share, board, board_share):
    part, board_part = (round(n * s / 100) for n, s in ((whole, share), (board, board_share)))
    if any(1 <= n <= 7 for n in (part, board_part)):
        return
    p, w = all_pairs(part, whole)
    bp, bw = all_pairs(board_part, board)
    middles = np.array([min(bp / bw), max(bp / bw)])
    far = (p / w)[:, None] - middles[None, :]
    deviation = np.sqrt(middles * (1 - middles))[None, :] / np.sqrt(w)[:, None]
    beyond = [
        np.sign(far)
        * ((np.abs(far) > norm.isf(0.025) * deviation).astype(int) + (np.abs(far) > norm.isf(0.001) * deviation))
    ][0]
    # a limit at nought or at one is one that nothing lies beyond
    found = place_of_proportion(printed(part), printed(whole), possible_proportion(printed(board_part), printed(board)))
    names = {-2: "below 99.8 %", -1: "below 95 %", 0: "within", 1: "above 95 %", 2: "above 99.8 %"}
    least, most = int(beyond.min()), int(beyond.max())
    said = names[least] if least > 0 or most == least == 0 else names[most] if most < 0 else None
    assert found == said


def byar(events):
    if events < 10:
        return chi2.ppf(0.025, 2 * events) / 2, chi2.ppf(0.975, 2 * events + 2) / 2
    lower = events * (1 - 1 / (9 * events) - norm.ppf(0.975) / (3 * math.sqrt(events))) ** 3
    upper = (events + 1) * (1 - 1 / (9 * (events + 1)) + norm.ppf(0.975) / (3 * math.sqrt(events + 1))) ** 3
    return lower, upper


@given(st.integers(10, 60), st.floats(0.5, 2.0))
def test_a_standardised_rate_has_a_word_exactly_where_every_count_has_it(events, board):
    weights, people = [30.0, 50.0, 20.0], [300, 500, 150]
    split = [events // 3, events // 3, events - 2 * (events // 3)]
    shown = printed(events)
    rate = standardised_as_printed(split, people, weights, shown)
    counts = np.array([n for n in range(1, 100) if publishable(n) == publishable(events)])
    ages = np.array(thinned(split, shown.low)) / shown.low
    aged, each = counts[:, None] * ages, np.array(weights) / np.array(people) * 10
    values, deviation = aged @ each, np.sqrt(aged @ each**2)
    limits = np.array([byar(n) for n in counts]) - counts[:, None]
    lower, upper = (values + (deviation / np.sqrt(counts)) * limit for limit in limits.T)
    lower, middle = np.maximum(0, lower), board * rate.value
    slack = 1e-9 * middle  # limits that meet to the last digit may be told either way
    said = {word(lower + off, upper - off, np.array([middle])) for off in (slack, -slack)}
    ours = possible_standardised(rate, shown)
    assert ours.value == pytest.approx((values.min(), values.max()), rel=1e-9)
    assert ours.lower == pytest.approx((lower.min(), lower.max()), rel=1e-9)
    assert ours.upper == pytest.approx((upper.min(), upper.max()), rel=1e-9)
    assert compared(ours, Possible((middle,) * 2, (0, 0), (0, 0))) in said


@pytest.mark.parametrize(
    ("shown", "people", "weights"),
    [
        (15, [400, 350, 120], [5500, 5000, 4000]),
        (15, [500, 600, 600], [500, 600, 600]),  # shaped like the standard: the exact rate is the count itself
        (20, [61, 23, 17], [7000, 6500, 1000]),
    ],
)
def test_no_standardised_rate_nor_its_limits_narrow_the_number_printed_beside_it(shown, people, weights):
    """The reader knows the people of every band and tries all counts by band that print so: none of the sums goes."""
    counts = {n for n in range(1, 100) if publishable(n) == shown}
    told = {}
    for events in product(range(max(counts) + 1), repeat=3):
        if sum(events) in counts:
            rate = standardised_as_printed(events, people, weights, printed(sum(events)), per=100_000)
            told.setdefault(tuple(round(one, 1) for one in (rate.value, rate.lower, rate.upper)), set()).add(
                sum(events)
            )
    assert all(possible == counts for possible in told.values())


def test_the_ages_of_a_standardised_rate_are_those_of_the_events():
    # 17 of 15: 13 are left, without those at the places 2, 6, 10 and 14 (counted from 0) in the order of age
    assert thinned([6, 8, 3], 13) == [5, 6, 2]
    assert thinned([6, 8, 3], 17) == [6, 8, 3]
    assert thinned([3001, 0, 1001], 4000) == [3000, 0, 1000]
    rate = standardised_as_printed([6, 8, 3], [100, 100, 100], [50, 30, 20], printed(17), per=1)
    assert rate.value == pytest.approx((0.5 * 5 + 0.3 * 6 + 0.2 * 2) / 100 * 15 / 13)
    with pytest.raises(ValueError, match="fewer events"):
        thinned([5, 5], 13)


def test_a_standardised_rate_is_of_the_events_that_are_printed_beside_it():
    for one in (printed(30), printed(5)):
        with pytest.raises(ValueError, match="figure printed of its own events"):
            standardised_as_printed([6, 6, 5], [100, 100, 100], [1, 1, 1], one)


@given(st.integers(10, 80), st.floats(0.4, 2.5))
def test_a_standardised_rate_has_a_place_in_the_funnel_where_every_count_has_it(events, times):
    """An exact Poisson interval of each count, wider or narrower, leaves out what would be expected, or does not."""
    shown, rate = printed(events), Estimate(12.0 * times, 0.0, 99.0)
    board = Possible((12.0,) * 2, (0, 0), (0, 0))
    codes = set()
    for count in [n for n in range(1, 120) if publishable(n) == publishable(events)]:
        size = round(1000 * shown.shown / rate.value)
        expected = 12.0 * size / 1000
        own = rate.value * count / shown.shown * size / 1000
        code = 0
        for tail in (0.025, 0.001):
            code += int(chi2.ppf(tail, 2 * own) / 2 > expected) - int(chi2.isf(tail, 2 * own + 2) / 2 < expected)
        codes.add(code)
    names = {-2: "below 99.8 %", -1: "below 95 %", 0: "within", 1: "above 95 %", 2: "above 99.8 %"}
    least, most = min(codes), max(codes)
    said = names[least] if least > 0 or most == least == 0 else names[most] if most < 0 else None
    assert place_of_rate(rate, shown, board, per=1000) == said


def test_an_area_is_higher_or_lower_only_with_its_whole_interval():
    area = Possible((5, 5), (4, 4), (6, 6))
    said = {middle: compared(area, Possible((middle, middle), (0, 0), (9, 9))) for middle in (3.9, 4.0, 6.0, 6.1)}
    assert said == {3.9: "higher", 4.0: "similar", 6.0: "similar", 6.1: "lower"}
    assert compared(area, Possible((3.9, 4.1), (0, 0), (9, 9))) is None


def test_how_far_apart_rounding_sets_two_figures():
    assert apart_by_rounding(printed(0), figure(500, Rule(7, 1)), 100) == 0
    assert apart_by_rounding(printed(20), printed(100), 100) == pytest.approx(100 * (23 / 98 - 18 / 102), abs=1e-9)


def test_a_rate_without_printed_events_has_no_limits_to_speak_of():
    with pytest.raises(ValueError, match="events that are printed"):
        possible_standardised(Estimate(1, 0, 2), printed(3))
    with pytest.raises(ValueError, match="events that are printed"):
        place_of_rate(Estimate(1, 0, 2), printed(3), Possible((1, 1), (0, 0), (2, 2)))
