"""Funnel limits against published ones, scipy, and the intervals they are the other side of."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom, chi2, norm

from riskstrat.population.measures.charts import _apart
from riskstrat.population.methods.funnel import Funnel, of_proportion, of_rate
from riskstrat.population.methods.rates import count_limits, crude_rate

# github.com/ukhsa-collaboration/PHEindicatormethods, tests/testthat/testdata_funnel_prop_outputs.csv: people, then the
# lower and upper 95 % and the lower and upper 99.8 % limits of a proportion of 80.642448 %
PUBLISHED_PROPORTION = (
    (1, 3.204264, 100, 0, 100),
    (18, 62.390093, 98.894803, 51.864359, 100),
    (41, 68.548635, 92.73626, 61.574398, 99.710497),
    (1008, 78.203374, 83.081521, 76.796814, 84.488082),
    (110000, 80.408963, 80.875933, 80.274317, 81.010578),
)
# testdata_funnel_rate_outputs_3.csv: events, then for each of the four limits the people a year (of three years) at
# which that count lies on it, and the rate there; a rate of 95.60285106 per 100,000
PUBLISHED_RATE = (
    (286, (111970.3773, 85.14156661), (88494.9416, 107.727438), (119317.6437, 79.89877305), (82485.29064, 115.5761622)),
    (
        601,
        (226990.8073, 88.2561438),
        (193127.0377, 103.7313758),
        (237328.7673, 84.41173636),
        (184123.6476, 108.8036958),
    ),
    (1119, (413702.6663, 90.161372), (367628.0403, 101.461249), (427558.6565, 87.239492), (355104.4927, 105.039505)),
)


@pytest.mark.parametrize(("people", "lower", "upper", "outer_lower", "outer_upper"), PUBLISHED_PROPORTION)
def test_limits_of_a_proportion_as_published(people, lower, upper, outer_lower, outer_upper):
    # the published board's proportion has six decimals
    limits = of_proportion(0.80642448, people, per=100)
    assert (limits.lower_95, limits.upper_95) == pytest.approx((lower, upper), abs=1e-6)
    assert (limits.lower_998, limits.upper_998) == pytest.approx((outer_lower, outer_upper), abs=1e-6)


@pytest.mark.parametrize(("events", "lower", "upper", "outer_lower", "outer_upper"), PUBLISHED_RATE)
def test_limits_of_a_rate_as_published(events, lower, upper, outer_lower, outer_upper):
    # the published search for a limit stops at 1e-7, and ten figures are printed
    places = zip(
        ("lower_95", "upper_95", "lower_998", "upper_998"), (lower, upper, outer_lower, outer_upper), strict=True
    )
    for name, (people, rate) in places:
        limits = of_rate(95.60285106, round(3 * people))
        assert getattr(limits, name) == pytest.approx(rate, rel=1e-5)
        assert getattr(limits, name) * 3 * people / 100_000 == pytest.approx(events, rel=1e-5)


@given(st.integers(1, 3000))
def test_a_count_on_a_limit_of_the_rate_has_an_exact_interval_that_ends_at_the_board(events):
    """The funnel and the exact interval of Garwood are two sides of one thing, to 1e-9."""
    people = 10**9
    for tail, upper, lower in ((0.025, "upper_95", "lower_95"), (0.001, "upper_998", "lower_998")):
        least, most = chi2.ppf(tail, 2 * events) / 2, chi2.isf(tail, 2 * events + 2) / 2
        assert getattr(of_rate(least, people, per=people), upper) == pytest.approx(events, rel=1e-9)
        assert getattr(of_rate(most, people, per=people), lower) == pytest.approx(events, rel=1e-9)


@given(st.floats(0, 1), st.integers(1, 10**6))
def test_limits_of_a_proportion_are_the_normal_ones_inside_nought_and_one(board, people):
    limits = of_proportion(board, people)
    own = norm(board, max(1e-300, (board * (1 - board) / people) ** 0.5))
    for limit, reached in zip((limits.lower_95, limits.upper_95), (own.ppf(0.025), own.ppf(0.975)), strict=True):
        assert limit == pytest.approx(min(1, max(0, reached)), abs=1e-9)
    assert 0 <= limits.lower_998 <= limits.lower_95 <= board <= limits.upper_95 <= limits.upper_998 <= 1


@given(st.floats(0.1, 20_000), st.integers(50, 10**6))
def test_limits_of_a_rate_hold_the_board_and_close_in_on_it(board, people):
    limits = of_rate(board, people)
    wider = limits.upper_95 - limits.lower_95
    assert 0 <= limits.lower_998 <= limits.lower_95 <= board <= limits.upper_95 <= limits.upper_998
    larger = of_rate(board, 4 * people)
    assert larger.upper_95 - larger.lower_95 < wider


def test_how_often_chance_alone_leaves_the_funnel():
    """Of practices with the board's own proportion one in twenty lies beyond 95 %, two in a thousand beyond 99.8 %."""
    limits, own = of_proportion(0.3, 8000), binom(8000, 0.3)
    assert own.cdf(8000 * limits.lower_95) + own.sf(8000 * limits.upper_95) == pytest.approx(0.05, abs=0.003)
    assert own.cdf(8000 * limits.lower_998) + own.sf(8000 * limits.upper_998) == pytest.approx(0.002, abs=0.0003)


def test_a_figure_is_placed_by_the_farther_limit_it_passes():
    limits = Funnel(1, 2, 8, 9)
    said = [limits.position(value) for value in (0.9, 1, 1.9, 2, 5, 8, 8.1, 9, 9.1)]
    assert said == [
        "below 99.8 %", "below 95 %", "below 95 %", "within", "within", "within", "above 95 %", "above 95 %",
        "above 99.8 %",
    ]  # fmt: skip


def test_beyond_95_is_what_the_exact_interval_calls_different():
    board, people = 20.0, 1000
    for events in range(10):
        lower, upper = count_limits(events)
        is_within = lower <= board * people / 1000 <= upper
        rate = crude_rate(events, people, per=1000).value
        assert (of_rate(board, people, per=1000).position(rate) == "within") == is_within


def test_nobody_and_no_rate_are_refused():
    assert of_rate(0, 10) == Funnel(0, 0, 0, 0)
    assert of_rate(1, 1, per=1000).upper_95 == 1000  # a thousandth is expected: one event is beyond no other limit
    for make, board, people in ((of_rate, -1, 10), (of_rate, 1, 0), (of_proportion, 1.1, 10), (of_proportion, 0.5, 0)):
        with pytest.raises(ValueError, match="need"):
            make(board, people)


def test_names_in_a_funnel_are_written_a_line_apart_highest_first():
    named = pl.DataFrame({"area_name": ["C", "A", "B", "D"], "value": [10.0, 50.0, 10.0, 9.0]})
    assert _apart(named, 3.0).select("area_name", "written_at").rows() == [
        ("A", 50.0),
        ("B", 10.0),
        ("C", 7.0),
        ("D", 4.0),
    ]
    assert _apart(named.clear(), 3.0).is_empty()
