"""XmR charts: limits worked by hand, each rule at its edge, and limits made anew where what is counted changed."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskstrat.population.counting.areas import Area
from riskstrat.population.counting.cohorts import TREND_MONTHS_BEFORE
from riskstrat.population.measures.definitions import read_measures
from riskstrat.population.measures.figures import PROCESS_LIMITS, MeasureRow
from riskstrat.population.measures.figures import _limits as process_limits_row
from riskstrat.population.methods.control_charts import (
    BEYOND,
    CLOSE,
    LEAST_STRETCH,
    LIMIT,
    OUTLYING_RANGE,
    SHIFT,
    TREND,
    Limits,
    Point,
    against_year_before,
    process_limits,
    xmr,
)
from riskstrat.project import resource


def signals(values, **more):
    return [tuple(one.rule for one in point.signals) for point in xmr(values, **more)]


def ways(values, rule):
    return [[one.way for one in point.signals if one.rule == rule] for point in xmr(values)]


def test_limits_worked_by_hand():
    # mean (10 + 12 + 8 + 9 + 12) / 5; ranges 2, 4, 1, 3, their mean 2.5
    limits = process_limits([10, 12, 8, 9, 12])
    assert limits.mean == pytest.approx(10.2, abs=1e-9)
    assert (limits.lower, limits.upper) == pytest.approx((10.2 - 2.66 * 2.5, 10.2 + 2.66 * 2.5), abs=1e-9)
    assert limits.on_trial


def test_the_constants_are_those_of_ranges_of_two_normal_values():
    """d2, the mean of the range of two, and d3, its standard deviation: 3 / d2, and D4 = 1 + 3 d3 / d2."""
    d2, d3 = 2 / np.sqrt(np.pi), np.sqrt(2 - 4 / np.pi)
    assert round(3 / d2, 2) == LIMIT
    assert round(1 + 3 * d3 / d2, 3) == OUTLYING_RANGE


def test_one_outlying_range_is_left_out_of_the_mean_range():
    # ranges: nine of 1 and one of 30, mean 3.9; 30 > 3.267 * 3.9, so that the mean range is 1
    values = [0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 31]
    limits = process_limits(values)
    assert limits.upper - limits.mean == pytest.approx(2.66, abs=1e-9)


def test_twelve_points_are_no_longer_on_trial():
    assert process_limits([1.0, 2.0] * 5 + [1.0]).on_trial
    assert not process_limits([1.0, 2.0] * 6).on_trial


def test_a_point_beyond_a_limit():
    found = signals([10, 12] * 8 + [20])
    assert found[-1] == (BEYOND,)
    assert not any(found[:-1])


def test_seven_on_one_side_are_a_shift_and_six_are_not():
    base = [4.0, 6.0] * 10
    high = [5.6, 5.4, 5.5, 5.4, 5.6, 5.5, 5.4]
    for count, is_shift in ((6, False), (7, True)):
        values = [*base, 4.0, *high[:count], 4.0, 4.0, 6.0, 4.0]
        found = signals(values)
        assert [SHIFT in one for one in found] == [
            21 <= place < 21 + count and is_shift for place in range(len(values))
        ]


def test_seven_each_above_the_last_are_a_trend_and_six_are_not():
    base = [0.0, 9.0] * 8
    for count, is_trend in ((6, False), (7, True)):
        values = [*base, *(2.0 + n for n in range(count)), 2.0]
        found = signals(values)
        assert [TREND in one for one in found] == [
            16 <= place < 16 + count and is_trend for place in range(len(values))
        ]
    falling = signals([*base, 9.0, *(8.0 - n for n in range(6)), 9.0])
    assert sum(TREND in one for one in falling) == 7


def test_every_sign_says_which_way_however_little():
    """A shift of four hundredths is printed as none: 62.34 and 62.30 are both 62.3."""
    low, high = [62.30, 62.31] * 8, [62.34] * 7
    assert ways([*low, *high], SHIFT)[-7:] == [["high"]] * 7
    assert ways([*high, *low], SHIFT)[-7:] == [["low"]] * 7
    assert ways([10, 12] * 8 + [20], BEYOND)[-1] == ["high"]
    assert ways([10, 12] * 8 + [2], BEYOND)[-1] == ["low"]
    rise_and_fall = [0.0, 9.0] * 8 + [2.0 + n for n in range(7)] + [7.0 - n for n in range(6)]
    assert ways(rise_and_fall, TREND)[16:] == [["rising"]] * 6 + [["rising", "falling"]] + [["falling"]] * 6
    one_side = [4.0, 6.0] * 12 + [10.0, 5.5, 10.2, 4.0]
    assert [way for way in ways(one_side, CLOSE) if way] == [["high"], ["high"]]
    assert [way for way in ways([10.0 - one for one in one_side], CLOSE) if way] == [["low"], ["low"]]


def test_two_of_three_close_to_one_limit_and_not_to_two():
    base = [4.0, 6.0] * 12  # with what follows: mean about 5.3, mean range about 2.4, close beyond about 9.7
    one_side = [*base, 10.0, 5.5, 10.2, 4.0]
    assert [place for place, one in enumerate(signals(one_side)) if CLOSE in one] == [24, 26]
    both_sides = [*base, 10.0, 5.5, 0.2, 4.0]
    assert not any(CLOSE in one for one in signals(both_sides))
    middle_below = [*base, 10.0, 4.5, 10.2, 4.0]  # of the three one lies on the other side of the mean
    assert not any(CLOSE in one for one in signals(middle_below))


def test_limits_are_made_anew_where_what_is_counted_changed():
    values = [10.0, 11, 10, 11, 10, 11, 10, 20, 21, 20, 21, 20, 21, 20]
    whole, anew = xmr(values), xmr(values, new_limits_at=[7])
    assert any(point.signals for point in whole)
    assert not any(point.signals for point in anew)
    assert {point.limits for point in anew[:7]} == {process_limits(values[:7])}
    assert {point.limits for point in anew[7:]} == {process_limits(values[7:])}


def test_no_series_is_no_points_and_places_lie_in_the_series():
    assert xmr([]) == [] == against_year_before([])
    with pytest.raises(ValueError, match="a place in the series"):
        xmr([1.0, 2.0], new_limits_at=[2])
    with pytest.raises(ValueError, match="need a value"):
        process_limits([])


def test_a_stretch_has_limits_from_six_points_on():
    steady = [10.0, 11, 10, 11, 10, 11]
    assert all(point.limits is None and not point.signals for point in xmr(steady[:5]))
    assert all(point.limits for point in xmr(steady))
    after = xmr([*steady, 20.0, 21, 20, 21, 20], new_limits_at=[6])
    assert [point.limits is None for point in after] == [False] * 6 + [True] * 5


def test_limits_about_the_year_before_worked_by_hand():
    # differences 2, -2, 4, 0, 2, -2, 4, 0, 2, -2, 4, 0: ranges 4, 6, 4, 2 and again, eleven of them, mean 46 / 11
    before = [100.0, 90, 80, 70, 60, 50, 50, 60, 70, 80, 90, 100]
    changes = [2.0, -2, 4, 0] * 3
    points = against_year_before([*before, *(one + change for one, change in zip(before, changes, strict=True))])
    assert all(point.limits is None for point in points[:12])
    for point, middle in zip(points[12:], before, strict=True):
        assert point.limits.mean == middle
        assert (middle - point.limits.lower, point.limits.upper - middle) == pytest.approx(
            (2.66 * 46 / 11,) * 2, abs=1e-9
        )
        assert not point.limits.on_trial
        assert point.signals == ()


def test_a_year_and_less_than_half_of_the_next_have_no_limits():
    assert all(point.limits is None for point in against_year_before([float(n % 3) for n in range(17)]))
    points = against_year_before([float(n % 3) for n in range(18)])
    assert [place for place, point in enumerate(points) if point.limits] == list(range(12, 18))


def yearly_swing(random, months=24, step=0.0, since=24):
    """Months of a rate of 100 that swings by 10 either way with the year, with noise of 1.5; a step from a month on."""
    month = np.arange(months)
    made = 100 + 10 * np.cos(2 * np.pi * (month + random.integers(12)) / 12) + random.normal(0, 1.5, months)
    return (made + step * (month >= since)).tolist()


def share_with_signs(chart, **more):
    random = np.random.default_rng(20_261_122)
    return np.mean([any(point.signals for point in chart(yearly_swing(random, **more))) for _ in range(400)])


def test_a_yearly_swing_is_no_trend():
    """Of 400 series whose only pattern is winter the plain chart marks every one; held to the year before, few are."""
    assert share_with_signs(xmr) > 0.99
    trends = [
        point.signals
        for seed in range(200)
        for point in against_year_before(yearly_swing(np.random.default_rng(seed)))
        if TREND in {one.rule for one in point.signals}
    ]
    assert trends == []
    assert share_with_signs(against_year_before) < 0.15  # what twelve points of chance alone have


def test_a_real_step_is_seen_through_a_yearly_swing():
    assert share_with_signs(against_year_before, step=6.0, since=16) > 0.9
    assert share_with_signs(against_year_before, step=-6.0, since=12) > 0.9


@given(st.lists(st.booleans(), min_size=6, max_size=24), st.integers(0, 23))
def test_counts_that_rounding_alone_sets_apart_are_no_sign(is_up, change):
    """12 and 13 are printed as 10 and 15: a series of those two says nothing, whatever their order."""
    printed = [15.0 if up else 10.0 for up in is_up]
    assert not any(point.signals for point in xmr(printed, [change] if change < len(printed) else [], blur=5.0))
    two_years = [*printed, *printed[::-1], *printed]
    assert not any(point.signals for point in against_year_before(two_years, blur=5.0))


values = st.lists(st.integers(-1000, 1000).map(float), min_size=6, max_size=40)


@given(values)
def test_limits_hold_the_mean_and_move_with_the_values(series):
    limits = process_limits(series)
    assert limits.lower <= limits.mean <= limits.upper
    moved = process_limits([3 * value + 7 for value in series])
    assert moved.mean == pytest.approx(3 * limits.mean + 7, abs=1e-6)
    assert moved.upper - moved.lower == pytest.approx(3 * (limits.upper - limits.lower), abs=1e-6)


@given(values)
def test_a_series_turned_over_signals_at_the_same_points(series):
    assert signals(series) == signals([-value for value in series])


def test_chance_alone_seldom_signals():
    """Of 300 normal series of 24 months few points lie beyond a limit: of the order of three in a thousand."""
    random = np.random.default_rng(20_261_101)
    beyond = [BEYOND in one for _ in range(300) for one in signals(random.normal(100, 10, 24).tolist())]
    assert 0 < np.mean(beyond) < 0.01


@pytest.mark.parametrize(("measure", "most"), [("worklist-reviewed", 100.0), ("emergency-admissions", 140.0)])
def test_a_share_has_no_limit_beyond_all_and_a_rate_none_below_nothing(measure, most):
    """Months of 90 % with ranges of 19 have limits of 40 and 140 by the formula: nobody can review more than all."""
    of = next(one for one in read_measures() if one.id == measure)
    board = Area("icb", "ZZZ", "Board", ())
    row = MeasureRow("2026-11-01", "2026-10", board, measure, PROCESS_LIMITS)
    found = process_limits_row(row, of, Point(90.0, Limits(90.0, 40.0, 140.0, on_trial=False), ()), "")
    assert (found.value, found.lower, found.upper) == (90.0, 40.0, most)
    found = process_limits_row(row, of, Point(90.0, Limits(20.0, -30.0, 70.0, on_trial=False), ()), "")
    assert (found.lower, found.upper) == (0.0, 70.0)


def test_the_dates_of_a_cohort_are_too_few_for_limits():
    """And the page says so beside them."""
    assert len(TREND_MONTHS_BEFORE) + 1 < LEAST_STRETCH
    assert "too few dates to tell the usual variation" in resource("reports/population_compared.html").read_text()
