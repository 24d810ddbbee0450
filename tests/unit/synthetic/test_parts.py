"""The small tools the generator draws with, and the solving of prevalences."""

from datetime import date

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskstrat.errors import UsageFault
from riskstrat.synthetic import conditions, draws
from riskstrat.synthetic.parameters import Parameters, load


@given(st.lists(st.integers(0, 6), max_size=30))
def test_spread_repeats_each_row_and_numbers_its_repeats(counts):
    rows, nth = draws.spread(np.array(counts, dtype=np.int32))
    expected = [(row, n) for row, count in enumerate(counts) for n in range(count)]
    assert list(zip(rows.tolist(), nth.tolist(), strict=True)) == expected


@given(st.integers(1900, 2100), st.integers(1, 12), st.integers(-200, 600))
def test_months_before_and_back_again_is_where_one_began(year, month, months):
    start = date(year, month, 1)
    assert draws.months_before(draws.months_before(start, months), -months) == start


@given(st.lists(st.tuples(st.integers(0, 900_000), st.integers(0, 90_000), st.integers(0, 511)), max_size=60))
def test_by_key_sorts_as_a_tuple_would(rows):
    first, second, third = (np.array([row[n] for row in rows], dtype=np.int64) for n in range(3))
    order = draws.by_key(first, second, third)
    assert order.tolist() == sorted(range(len(rows)), key=lambda n: rows[n])


def test_choose_follows_its_weights_and_never_draws_what_has_none():
    drawn = draws.choose(np.random.default_rng(1), np.array([1.0, 0.0, 3.0]), 20_000)
    share = np.bincount(drawn, minlength=3) / 20_000
    assert share[1] == 0
    assert share[2] == pytest.approx(0.75, abs=0.015)


def test_a_day_that_never_comes_is_a_missing_date():
    days = np.array([draws.day(date(2026, 11, 1)), draws.NEVER], dtype=np.int32)
    assert draws.dates(days).to_list() == [date(2026, 11, 1), None]


def test_a_calendar_has_every_month_once():
    months = draws.calendar(date(2026, 11, 1))
    assert months.months == 84
    assert months.first_day == draws.day(date(2019, 11, 1))
    assert set(np.diff(months.starts)) <= {28, 29, 30, 31}


def test_streams_of_different_parts_are_independent_of_each_other():
    one, other = draws.stream(1, "lives").random(50), draws.stream(1, "admissions").random(50)
    assert not np.array_equal(one, other)
    assert np.array_equal(one, draws.stream(1, "lives").random(50))


def test_prevalence_is_solved_and_drawn():
    rng = np.random.default_rng(2)
    size = 40_000
    ages = rng.uniform(0, 95, size)
    traits = conditions.Traits(
        frailty=rng.normal(0, 1, size),
        deprivation=rng.uniform(-4.5, 4.5, size),
        smoker=(rng.random(size) < 0.15).astype(float),
        female=(rng.random(size) < 0.5).astype(float),
    )
    solved = conditions.solve(load(), ages, traits)
    onset = solved.onset_ages(np.random.default_rng(3), traits)
    for which, name in enumerate(solved.names):
        counted = ages >= solved.from_age[which]
        made = (onset[which] <= ages)[counted].mean()
        target = solved.prevalence[which]
        assert made == pytest.approx(target, rel=0.12, abs=0.006), name
        assert (onset[which] >= solved.onset_from[which]).all(), name


def test_yearly_hazard_is_the_rate_at_which_onsets_come():
    size = 200_000
    traits = conditions.Traits(np.zeros(size), np.zeros(size), np.zeros(size), np.zeros(size))
    solved = conditions.solve(load(), np.linspace(0, 90, size), traits)
    which = solved.index("hypertension")
    onset = solved.onset_ages(np.random.default_rng(4), traits)[which]
    free = onset > 60
    came = (free & (onset <= 60.5)).sum() / free.sum() / 0.5
    assert came == pytest.approx(solved.yearly_hazard(which, np.full(1, 60.25), _first(traits))[0], rel=0.1)


def _first(traits):
    return conditions.Traits(traits.frailty[:1], traits.deprivation[:1], traits.smoker[:1], traits.female[:1])


def test_missing_parameters_are_named(tmp_path):
    with pytest.raises(UsageFault, match=r"conditions\.csv"):
        Parameters(tmp_path).table("conditions")
    with pytest.raises(KeyError, match="no mix"):
        load().shares("nothing of the kind")


def test_shares_of_every_mix_sum_to_one():
    sums = load().table("mixes").group_by("mix").agg(pl.col("value").sum())
    assert all(value == pytest.approx(1.0) for value in sums["value"])
