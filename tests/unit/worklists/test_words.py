"""How risks are said: frequencies, trends and what to expect of a list."""

from datetime import date
from itertools import product
from math import prod

import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskstrat.worklists.showing.words import (
    expectation,
    expected_range,
    fewer_than_8,
    history_words,
    risk_words,
    trend,
)

AUGUST, NOVEMBER = date(2026, 8, 1), date(2026, 11, 1)


@pytest.mark.parametrize(
    ("risk", "said"),
    [
        (0.384, "about 38 in 100 people like this"),
        (0.01, "about 1 in 100 people like this"),
        (0.004, "fewer than 1 in 100 people like this"),
        (0.999, "more than 99 in 100 people like this"),
    ],
)
def test_a_risk_is_said_as_a_frequency(risk, said):
    assert risk_words(risk) == said


@pytest.mark.parametrize(
    ("before", "now", "said"),
    [
        (0.27, 0.38, "rising, from 27 in 100 in August 2026"),
        (0.38, 0.27, "falling, from 38 in 100 in August 2026"),
        (0.50, 0.56, "rising, from 50 in 100 in August 2026"),  # as the rule on rising risk says of the same person
        (0.27, 0.30, "steady since August 2026"),  # by 3 in 100, but not by a fifth
        (0.010, 0.025, "steady since August 2026"),  # by half again and more, but not by 2 in 100
    ],
)
def test_a_trend_needs_both_a_difference_and_a_ratio(before, now, said):
    assert trend(((AUGUST, before), (NOVEMBER, now))) == said


def test_a_trend_looks_back_three_months_whatever_lies_between():
    monthly = tuple((date(2026, n, 1), risk) for n, risk in ((6, 0.1), (7, 0.1), (8, 0.27), (9, 0.3), (10, 0.4)))
    assert trend((*monthly, (NOVEMBER, 0.38))) == "rising, from 27 in 100 in August 2026"
    assert trend((monthly[0], (NOVEMBER, 0.38))) == "rising, from 10 in 100 in June 2026"
    assert trend((monthly[-1], (NOVEMBER, 0.38))) == "steady since October 2026"  # nothing older is held


def test_the_small_line_is_also_said_in_figures():
    assert history_words(((AUGUST, 0.27), (NOVEMBER, 0.384))) == "27, 38 in Aug, Nov"
    assert history_words(((NOVEMBER, 0.384),)) == ""


def test_one_estimate_has_no_trend():
    assert trend(((NOVEMBER, 0.3),)) == "not known: no earlier estimate"
    assert trend(()) == "not known: no earlier estimate"


def enumerated(risks):
    """Probability of each number of events, by listing every outcome."""
    chances = [0.0] * (len(risks) + 1)
    for outcome in product((0, 1), repeat=len(risks)):
        chances[sum(outcome)] += prod(r if o else 1 - r for r, o in zip(risks, outcome, strict=True))
    return chances


@given(st.lists(st.floats(0.001, 0.999), min_size=1, max_size=8))
def test_the_range_is_the_central_interval_of_every_outcome_listed(risks):
    chances = enumerated(risks)
    low, high = expected_range(risks)
    assert sum(chances[low : high + 1]) >= 0.95 - 1e-9
    assert sum(chances[:low]) <= 0.025 + 1e-9
    assert sum(chances[high + 1 :]) <= 0.025 + 1e-9


def test_what_to_expect_is_said_with_its_range():
    assert (
        expectation([0.4] * 20)
        == "Of 20 people like these, between 4 and 12 are admitted as an emergency within a year."
    )
    assert expectation([0.38]) == "About 38 in 100 people like this one are admitted as an emergency within a year."
    assert expectation([]) == ""


def test_a_small_count_of_people_removed_is_not_a_number():
    assert [fewer_than_8(n) for n in (0, 1, 7, 8, 1200)] == ["none", "fewer than 8", "fewer than 8", "8", "1,200"]
