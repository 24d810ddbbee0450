"""Error rates by group against fairlearn, who is in which group, and what is too few to show."""

import numpy as np
import polars as pl
import pytest
from fairlearn.metrics import (
    MetricFrame,
    false_negative_rate,
    false_positive_rate,
    selection_rate,
    true_positive_rate,
)
from sklearn.metrics import precision_score

from riskstrat.modelling.evaluation.bootstrap import draws_of
from riskstrat.modelling.evaluation.groups import Counts, Judged, Members, group_rows, groups_of
from riskstrat.modelling.evaluation.listing import GATED_SHARE, on_the_list
from riskstrat.modelling.training.calibration import expit

PEOPLE = 6000


@pytest.fixture(scope="module")
def crowd():
    random = np.random.default_rng(21)
    group = random.choice(["a", "b", "c"], PEOPLE, p=[0.5, 0.3, 0.2])
    log_odds = random.normal(-1.5, 1.2, PEOPLE) + np.where(group == "c", 0.4, 0.0)
    risk = expit(log_odds)
    outcome = (random.random(PEOPLE) < risk).astype(float)
    return risk, outcome, group


def judged_of(risk, outcome, listed=None, draws=60):
    weights = draws_of(np.arange(len(risk)), draws, 1)
    return Judged(outcome, risk, np.arange(len(risk)), on_the_list(risk) if listed is None else listed, weights, 1)


def members_of(group, factor="letter"):
    return [Members(factor, str(name), np.flatnonzero(group == name)) for name in np.unique(group)]


def test_rates_and_differences_agree_with_fairlearn(crowd):
    risk, outcome, group = crowd
    listed = on_the_list(risk, GATED_SHARE)
    assert set(np.unique(listed)) == {0.0, 1.0}
    rows, differences = group_rows(judged_of(risk, outcome), members_of(group), ())
    theirs = MetricFrame(
        metrics={
            "false_negative_rate": false_negative_rate,
            "false_positive_rate": false_positive_rate,
            "true_positive_rate": true_positive_rate,
            "ppv": precision_score,
            "share_listed": selection_rate,
        },
        y_true=outcome,
        y_pred=listed,
        sensitive_features=group,
    )
    for row in rows:
        by_group = theirs.by_group.loc[row["group"]]
        for name in ("false_negative_rate", "false_positive_rate", "ppv", "share_listed"):
            assert row["listed"][name]["value"] == pytest.approx(by_group[name], abs=5e-5), name
    between = theirs.difference(method="between_groups")
    for name in ("true_positive_rate", "false_positive_rate"):
        found = differences[0][f"{name}_difference"]
        assert found["value"] == pytest.approx(between[name], abs=5e-5)
        assert found["highest"] == theirs.by_group[name].idxmax()
        assert found["lowest"] == theirs.by_group[name].idxmin()


def test_every_draw_counts_people_as_often_as_they_were_drawn(crowd):
    risk, outcome, _ = crowd
    listed, weights = on_the_list(risk), draws_of(np.arange(PEOPLE), 3, 9)
    counts = Counts.of(outcome, listed, weights)
    for k, times in enumerate(weights):
        again = np.repeat(np.arange(PEOPLE), times)
        assert counts.true_positive_rate[k] == pytest.approx(true_positive_rate(outcome[again], listed[again]))
        assert counts.false_positive_rate[k] == pytest.approx(false_positive_rate(outcome[again], listed[again]))


def test_an_interval_covers_the_rate_of_a_group_that_is_listed_by_chance():
    random = np.random.default_rng(3)
    outcome = np.r_[np.ones(400), np.zeros(3600)]
    covered = 0
    for seed in range(100):
        listed = (np.random.default_rng(seed).random(4000) < 0.3).astype(float)
        rows, _ = group_rows(
            judged_of(random.random(4000), outcome, listed), [Members("all", "everyone", np.arange(4000))], ()
        )
        found = rows[0]["listed"]["false_negative_rate"]
        covered += found["low"] <= 0.7 <= found["high"]
    assert covered >= 87


def test_a_rate_on_too_few_people_is_withheld_with_the_reason():
    outcome = np.r_[np.ones(60), np.zeros(600)]
    listed = np.zeros(660)
    listed[:5] = 1  # five found
    listed[60:90] = 1
    rows, _ = group_rows(judged_of(np.linspace(0.9, 0.1, 660), outcome, listed), members_of(np.full(660, "x")), ())
    found = rows[0]["listed"]
    assert (rows[0]["found"], rows[0]["listed_without"]) == (5, 30)
    for name in ("false_negative_rate", "ppv", "share_listed"):
        assert found[name]["value"] is None, name
        assert "fewer than 10" in found[name]["why"]
    assert found["false_positive_rate"]["value"] == pytest.approx(0.05)


def test_a_group_with_too_few_events_has_no_figures_and_says_why(crowd):
    risk, outcome, _ = crowd
    few = np.r_[np.flatnonzero(outcome)[:27], np.flatnonzero(outcome == 0)[:300]]
    rows, differences = group_rows(judged_of(risk, outcome), [Members("letter", "z", few)], ())
    assert rows[0]["figures"] is rows[0]["listed"] is None
    assert "fewer than 30" in rows[0]["why"]
    assert (rows[0]["people"], rows[0]["events"]) == (327, 27)
    assert differences == []


def test_one_group_has_no_other_to_differ_from(crowd):
    risk, outcome, _ = crowd
    _, differences = group_rows(judged_of(risk, outcome), [Members("all", "everyone", np.arange(PEOPLE))], ())
    assert differences[0]["true_positive_rate_difference"]["value"] is None


def test_a_practice_has_an_interval_also_where_practices_are_drawn_whole():
    random = np.random.default_rng(5)
    practice = np.repeat([f"Z{k:02d}" for k in range(45)], 100)
    risk = random.uniform(0.2, 0.7, 4500)
    outcome = (random.random(4500) < risk).astype(float)
    weights = draws_of(practice, 40, 1)
    judged = Judged(outcome, risk, np.arange(4500), on_the_list(risk), weights, 1)
    rows, differences = group_rows(judged, members_of(practice, "practice"), ())
    auroc = rows[0]["figures"]["auroc"]
    assert auroc["low"] < auroc["value"] < auroc["high"]
    assert differences == []


def test_who_is_in_which_group():
    people = pl.DataFrame(
        {
            "age": [18, 39, 40, 65, 75, 85, None],
            "sex": ["1", "2", "9", "2", "2", "1", None],
            "ethnic_category": ["A", "H", "Z", None, "A", "A", "A"],
            "imd_decile": [1, 2, 3, 10, None, 5, 6],
            "in_care_home": [0, 0, 0, 0, 1, 1, 0],
            "has_dementia": [0, None, 0, 0, 0, 1, 1],
            "practice_code": ["Z1"] * 7,
        }
    )
    found = {(m.factor, m.name): m.rows.tolist() for m in groups_of(people)}
    assert found["age band", "18 to 39"] == [0, 1]
    assert found["age band", "85 and over"] == [5]
    assert found["age band", "not known"] == [6]
    assert found["sex", "not known"] == [2, 6]
    assert found["ethnic group", "Not known"] == [3]
    assert found["deprivation fifth", "1 of 5 (1 most deprived)"] == [0, 1]
    assert found["care home", "living in one"] == [4, 5]
    assert found["dementia", "recorded"] == [5, 6]
    assert found["dementia", "not known"] == [1]
    assert not [factor for factor, _ in found if factor == "learning disability"]  # the rows have no such column
    for factor in {factor for factor, _ in found}:  # everybody is in one group of every factor
        assert sorted(k for (f, _), rows in found.items() if f == factor for k in rows) == list(range(7))
