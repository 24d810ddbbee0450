"""Dying and leaving: worked by hand, against another implementation, and where nobody left."""

from datetime import date, timedelta

import lifelines
import numpy as np
import polars as pl
import pytest

from riskstrat.modelling.datasets.rows import Rows
from riskstrat.modelling.evaluation.bootstrap import draws_of
from riskstrat.modelling.evaluation.incidence import (
    DIED,
    LEFT,
    OUTCOME,
    Ends,
    ends_of,
    incidence_draws,
    leaving_and_dying,
)
from riskstrat.modelling.evaluation.same_day import overnight_apart

INDEX = date(2025, 9, 1)


def once(people):
    return np.ones((1, people), dtype=np.uint8)


def rows_of(events, deaths, left, outcome=None, overnight=None):
    """Rows of one index date, from days after it; ``None`` where nothing happened."""

    def dates(days):
        return pl.Series([None if n is None else INDEX + timedelta(days=n) for n in days], dtype=pl.Date)

    people = pl.DataFrame({"event_date": dates(events), "death_date": dates(deaths), "left_date": dates(left)})
    if overnight is not None:
        people = people.with_columns(overnight_date=dates(overnight))
    seen = np.array([float(n is not None) for n in events]) if outcome is None else np.array(outcome, dtype=float)
    count = len(events)
    return Rows(np.arange(count), np.full(count, np.datetime64(INDEX)), np.zeros((count, 1), np.float32), seen, people)


def test_five_people_worked_by_hand():
    """Of five: an outcome on day 1 (1/5), a death on day 2 (1/4), one leaves on day 3, an outcome on day 4 (1/2)."""
    ends = Ends(np.array([1, 2, 3, 4, 10]), np.array([OUTCOME, DIED, LEFT, OUTCOME, LEFT]))
    found = {name: draws[0] for name, draws in incidence_draws(ends, once(5)).items()}
    assert found == pytest.approx(
        {
            "cumulative_incidence": 1 / 5 + 4 / 5 * 3 / 4 * 1 / 2,
            "died_first": 4 / 5 * 1 / 4,
            "one_minus_kaplan_meier": 1 - 4 / 5 * 1 / 2,
        }
    )


def test_how_a_time_ended():
    rows = rows_of(
        events=[5, 5, 9, None, None, 0],
        deaths=[None, 5, 7, 3, None, None],
        left=[None, None, None, 2, None, 0],
    )
    ends = ends_of(rows)
    assert ends.way.tolist() == [OUTCOME, OUTCOME, DIED, LEFT, LEFT, OUTCOME]
    assert ends.day.tolist() == [5, 5, 7, 2, 10, 0]


def test_where_nobody_left_the_incidence_is_the_share_seen():
    random = np.random.default_rng(3)
    ends = Ends(random.integers(0, 365, 500), random.choice([OUTCOME, DIED], 500))
    weights = draws_of(np.arange(500), 20, 1)
    found = incidence_draws(ends, weights)
    share = [np.average(ends.way == OUTCOME, weights=line) for line in weights]
    np.testing.assert_allclose(found["cumulative_incidence"], share, atol=1e-12)
    np.testing.assert_allclose(found["cumulative_incidence"] + found["died_first"], 1, atol=1e-12)


def test_a_draw_is_the_people_it_drew():
    """Weights say how often each was drawn: the same as having them that often."""
    random = np.random.default_rng(4)
    ends = Ends(random.integers(0, 30, 80), random.integers(0, 3, 80))
    weights = draws_of(np.arange(80), 5, 2)
    found = incidence_draws(ends, weights)
    for line, weight in enumerate(weights):
        drawn = np.repeat(np.arange(80), weight)
        own = incidence_draws(ends.of(drawn), once(len(drawn)))
        for name in own:
            assert own[name][0] == pytest.approx(found[name][line])


def test_another_implementation_agrees():
    random = np.random.default_rng(5)
    day, way = np.arange(1, 401) / 1.0, random.choice([LEFT, OUTCOME, DIED], 400, p=[0.5, 0.3, 0.2])
    found = incidence_draws(Ends(day.astype(int), way), once(400))
    aalen = lifelines.AalenJohansenFitter(calculate_variance=False).fit(day, way, event_of_interest=OUTCOME)
    kaplan = lifelines.KaplanMeierFitter().fit(day, way == OUTCOME)
    assert found["cumulative_incidence"][0] == pytest.approx(float(aalen.cumulative_density_.iloc[-1, 0]))
    assert found["one_minus_kaplan_meier"][0] == pytest.approx(1 - float(kaplan.survival_function_.iloc[-1, 0]))


def test_who_left_and_who_died_first_are_counted_beside_the_estimates():
    def report(leavers, deaths):
        events = [10] * 50 + [None] * 150
        gone = [None] * 50 + [5] * leavers + [None] * (150 - leavers)
        died = [None] * 60 + [30] * deaths + [None] * (140 - deaths)
        rows = rows_of(events, died, [None if d else g for g, d in zip(gone, died, strict=True)])
        return leaving_and_dying(rows, np.full(200, 0.25), once(200).repeat(3, axis=0))

    assert report(9, 9)["figures"]["cumulative_incidence"]["value"] > 0.25
    assert report(0, 0)["figures"]["one_minus_kaplan_meier"]["value"] == pytest.approx(0.25)
    counts = ("left_in_horizon", "died_in_horizon", "died_without_the_outcome")
    assert [report(3, 9)[name] for name in counts] == [3, 9, 9]


def test_same_day_admissions_are_told_apart():
    events = [3] * 60 + [None] * 140
    overnight = [5] * 40 + [None] * 160
    risk, nobody = np.linspace(1, 0, 200), [None] * 200
    report = overnight_apart(
        rows_of(events, [None] * 200, [None] * 200, overnight=overnight), risk, once(200).repeat(3, axis=0)
    )
    assert (report["same_day_only"], report["overnight"]) == (20, 40)
    assert report["auroc_overnight"]["value"] == 1.0
    assert overnight_apart(rows_of(events, nobody, nobody), risk, once(200)) is None
