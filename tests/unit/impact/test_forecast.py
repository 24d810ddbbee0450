"""The forecast against closed forms: what is known exactly where nothing is uncertain."""

import math
from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from riskstrat.impact.forecasting.forecast import (
    DRAWS,
    Interval,
    PastYear,
    between_years,
    year_with,
    year_without,
)
from riskstrat.impact.forecasting.worth import target_of
from riskstrat.impact.listing.realised import share_averted
from riskstrat.modelling.evaluation.bootstrap import Figure
from unit.impact.test_interventions import estimate, intervention

RISK = np.linspace(0.6, 0.2, 200)
DAY = date(2025, 1, 1)
STEADY = np.zeros(DRAWS)
"""Years that do not differ."""


def fixed(ratio, **fields):
    return intervention(estimate(ratio=ratio, low=ratio, high=ratio), **fields)


def certain_year(risk=RISK, each=2.0):
    """Return a year in which everybody's admissions are ``each`` times their risk: drawing again changes nothing."""
    people = np.arange(len(risk)).astype(str)
    return PastYear(DAY, risk, each * risk, 10 * each * risk, each * risk, 2500 * each * risk, people)


def chance_year(seed=1, people=400):
    """Return a year like one that happens: counts that vary more than Poisson's."""
    random = np.random.default_rng(seed)
    risk = np.sort(random.beta(2, 4, people))[::-1]
    counts = random.poisson(1.5 * risk * random.gamma(0.8, 1 / 0.8, people)).astype(float)
    return PastYear(DAY, risk, counts, 7 * counts, counts, 3000 * counts, np.arange(people).astype(str))


def test_with_nothing_uncertain_admissions_are_the_sum_of_risks_times_last_years_ratio():
    now = RISK[:50]
    found = year_without(now, certain_year(), STEADY, 1)
    assert found.expected == pytest.approx(np.full(4000, 2 * now.sum()))
    assert found.nights_each == pytest.approx(np.full(4000, 10))
    assert found.pounds_each == pytest.approx(np.full(4000, 2500))
    assert found.admissions.mean() == pytest.approx(2 * now.sum(), rel=0.01)
    assert found.admissions.var() == pytest.approx(2 * now.sum(), rel=0.1)  # Poisson: nothing else varies


def test_the_worked_example_of_the_how_to():
    then, now = np.full(100, 0.4), np.full(120, 44 / 120)
    past = PastYear(DAY, then, 1.5 * then, 7.5 * then, 1.5 * then, 4500 * then, np.arange(100).astype(str))
    without = year_without(now, past, STEADY, 9)
    told = without.expected[0], without.nights_each[0], without.pounds_each[0]
    assert told == pytest.approx((66, 5, 3000))
    trial = intervention(estimate(ratio=0.90, low=0.75, high=1.08))
    averted = [66 * (1 - ratio) for ratio in trial.estimate[0].ratio_at(66 / 120)]
    assert averted == pytest.approx([6.6, 16.5, -5.28])
    assert year_with(without, fixed(0.9), 9).averted.mean() == pytest.approx(6.6, rel=0.03)
    assert target_of(10, now, without, year_with(without, trial, 9), trial).ratio.middle == pytest.approx(
        0.85, abs=0.005
    )


@pytest.mark.parametrize("reach", [1.0, 0.5])
def test_with_a_known_ratio_averted_is_expected_times_one_less_the_ratio(reach):
    without = year_without(RISK, certain_year(), STEADY, 1)
    averted = year_with(without, fixed(0.8, reach=reach), 1).averted
    assert averted.mean() == pytest.approx(2 * RISK.sum() * 0.2 * reach, rel=0.02)
    added = -year_with(without, fixed(1.2, reach=reach), 1).averted
    assert added.mean() == pytest.approx(2 * RISK.sum() * 0.2 * reach, rel=0.02)
    assert not year_with(without, fixed(1.0, reach=reach), 1).averted.any()


def test_counts_spread_as_those_of_the_year_that_is_over_did():
    past = chance_year()
    assert past.dispersion > 1.3
    found = year_without(past.risk, past, STEADY, 2)
    spread = found.admissions.var() - found.expected.var()
    assert spread == pytest.approx(past.dispersion * found.expected.mean(), rel=0.1)


def years(changes, admissions=2000):
    """Return years whose ratio of admissions to risk changes by these shares, one after the other."""
    found, ratio = [], 1.0
    for n, change in enumerate((0.0, *changes)):
        ratio *= 1 + change
        risk = np.array([admissions / 1.0])
        found.append(PastYear(date(2020 + n, 1, 1), risk, ratio * risk, risk, risk, risk, np.array(["A"])))
    return found


def test_one_year_alone_tells_nothing_of_years_and_the_interval_is_as_wide_as_is_stated():
    spread = between_years(years(()), 1)
    z = np.random.default_rng(2).standard_normal(len(spread))
    low, high = np.percentile(np.exp(spread * z), [2.5, 97.5])
    assert (low, high) == pytest.approx((0.64, 1.57), abs=0.05)
    assert (spread == between_years(years(()), 1)).all()


def test_how_far_years_differ_is_read_from_those_that_are_over():
    medians = {
        name: float(np.median(between_years(years(changes), 1)))
        for name, changes in {
            "steady": (0.0, 0.0, 0.0, 0.0),
            "drifting": (-0.09, -0.09, -0.09, -0.09),
            "swinging": (0.3, -0.25, 0.3, -0.25),
        }.items()
    }
    assert medians["steady"] < 0.03
    assert medians["drifting"] == pytest.approx(0.09, abs=0.025)
    assert medians["swinging"] == pytest.approx(0.27, abs=0.07)
    mixed = years((0.3, -0.25))
    assert (between_years(mixed, 3) == between_years(mixed[::-1], 3)).all()


def test_a_change_that_chance_explains_or_that_took_years_says_less():
    change = (0.3,)
    many, few = (np.median(between_years(years(change, n), 1)) for n in (4000, 30))
    assert few < 0.8 * many
    slow = years(change, 4000)
    slow[0] = replace(slow[0], day=date(2017, 1, 1))
    assert np.median(between_years(slow, 1)) < 0.8 * many


@pytest.mark.parametrize("spread", [0.0, 0.05, 0.1, 0.15])
def test_next_year_is_held_where_years_differ_as_the_past_ones_did(spread):
    random = np.random.default_rng([4, int(100 * spread)])
    held = 0
    for n in range(200):
        *past, change = np.expm1(random.normal(0, spread, 4))
        draws = between_years(years(past), n)
        low, high = np.percentile(draws * random.standard_normal(len(draws)), [2.5, 97.5])
        held += low <= math.log1p(change) <= high
    assert held >= 184


def test_years_that_differ_widen_the_year_without_and_leave_its_middle():
    past = chance_year()
    steady, other = (year_without(RISK, past, spread, 2) for spread in (STEADY, np.full(DRAWS, 0.15)))
    assert np.median(other.expected) == pytest.approx(np.median(steady.expected), rel=0.02)
    assert np.log(other.expected).std() == pytest.approx(math.hypot(np.log(steady.expected).std(), 0.15), rel=0.05)


def test_more_capacity_is_never_fewer_expected_admissions_of_the_same_year():
    past = chance_year()
    expected = [np.median(year_without(RISK[:n], past, STEADY, 3).expected) for n in (30, 60, 120, 200)]
    assert expected == sorted(expected)


def test_no_effect_on_average_gives_an_interval_that_holds_none_and_wider_evidence_a_wider_one():
    without = year_without(RISK, chance_year(), STEADY, 4)
    narrow, wide = (
        Interval.of(year_with(without, intervention(estimate(ratio=1.0, low=1 / by, high=by)), 4).averted)
        for by in (1.1, 1.8)
    )
    assert narrow.low < 0 < narrow.high
    assert wide.low < narrow.low < narrow.high < wide.high


def test_the_same_seed_gives_the_same_draws():
    draws = [year_with(year_without(RISK, chance_year(), STEADY, 5), fixed(0.9), 5).averted for _ in range(2)]
    assert (draws[0] == draws[1]).all()


def test_no_admission_that_says_a_cost_gives_no_cost():
    past = chance_year()
    bare = PastYear(past.day, past.risk, past.admissions, past.nights, 0 * past.costed, 0 * past.pounds, past.cluster)
    assert year_without(RISK, bare, STEADY, 6).pounds_each is None


def test_what_a_target_needs_is_worked_back_from_the_year_without():
    without = year_without(RISK, certain_year(), STEADY, 7)
    expected = 2 * RISK.sum()
    about = fixed(0.9, reach=0.5)
    found = target_of(7, RISK, without, year_with(without, about, 7), about)
    assert found.ratio.middle == pytest.approx(1 - 7 / (0.5 * expected))
    assert found.beyond == "some estimates"
    assert found.reviews == 1 + np.flatnonzero(np.cumsum(2 * RISK) * 0.5 * 0.1 >= 7)[0]
    larger = target_of(20, RISK, without, year_with(without, about, 7), about)
    assert (larger.beyond, larger.reviews) == ("all intervals", None)
    assert larger.chance < 0.05 < 0.3 < found.chance
    assert target_of(500, RISK, without, year_with(without, about, 7), about).ratio is None
    harm = fixed(1.1)
    assert target_of(1, RISK, without, year_with(without, harm, 7), harm).reviews is None


def test_a_target_inside_an_interval_and_beyond_every_estimate_is_said_so():
    about = intervention(estimate(ratio=0.95, low=0.7, high=1.29))
    without = year_without(RISK, certain_year(), STEADY, 8)
    found = target_of(20, RISK, without, year_with(without, about, 8), about)
    assert 0.7 < found.ratio.middle < 0.95
    assert found.beyond == "all estimates"


def test_the_share_averted_is_that_of_admissions_and_not_of_people_admitted():
    rate = 1.2
    unlisted, listed = 1 - math.exp(-rate), 1 - math.exp(-0.9 * rate)
    difference = listed - unlisted
    found = share_averted(Figure(unlisted, 0, 1, 0.1), Figure(difference, difference - 0.02, difference + 0.02, 0.01))
    assert found.value == pytest.approx(0.10)
    assert found.low < 0.10 < found.high
    assert share_averted(Figure(unlisted, 0, 1, 0.1), Figure(0.0, -0.1, 0.1, 0.05)).value == pytest.approx(0.0)
