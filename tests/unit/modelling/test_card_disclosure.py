"""A reader who subtracts: whether a small count can be worked out from the figures that stand beside it."""

import json

import numpy as np
import polars as pl
import pytest

from riskstrat.modelling.datasets.rows import Rows
from riskstrat.modelling.evaluation import evaluate as room
from riskstrat.modelling.evaluation.evaluate import evaluate
from riskstrat.modelling.evaluation.gates import Group
from riskstrat.modelling.evaluation.guarded import FOR_ANOTHER, TOO_FEW, guarded
from riskstrat.modelling.evaluation.practices import practice_funnel
from riskstrat.modelling.training.calibration import expit

PARTS = ("found", "missed", "listed_without", "not_listed_without")


def made(seed, *, people=3000, rate=-2.8):
    """Return people of whom few live in a care home, have a learning disability or are of some practices."""
    random = np.random.default_rng(seed)
    log_odds = rate + random.normal(0, 1.2, people)
    outcome = (random.random(people) < expit(log_odds)).astype(float)
    frame = pl.DataFrame(
        {
            "practice_code": random.choice([f"Z{k}" for k in range(6)], people, p=[0.4, 0.2, 0.15, 0.12, 0.1, 0.03]),
            "age": random.integers(18, 100, people),
            "sex": random.choice(["1", "2"], people),
            "ethnic_category": random.choice(list("AHMRZ"), people, p=[0.8, 0.1, 0.05, 0.02, 0.03]),
            "imd_decile": random.integers(1, 11, people),
            "in_care_home": (random.random(people) < 0.01).astype(int),
            "has_learning_disability": (random.random(people) < 0.02).astype(int),
            "emergency_admissions_730d": (random.random(people) < 0.2).astype(int),
            "event_date": np.where(outcome == 1, np.datetime64("2025-12-01", "D"), np.datetime64("NaT", "D")),
            "left_date": pl.Series([None] * people, dtype=pl.Date),
            "death_date": pl.Series([None] * people, dtype=pl.Date),
        }
    )
    rows = Rows(np.arange(people), np.full(people, "2025-09-01", "M8[D]"), np.zeros((people, 0)), outcome, frame)
    return room.Tested(rows, expit(log_odds), {"efi": np.round(log_odds, 1)})


def span(shown, most):
    """Return the numbers that a published count may stand for; a star may hide a larger number for another's sake."""
    if shown is None:
        return range(1, most + 1)
    return range(1) if shown == 0 else range(max(8, shown - 2), shown + 3)


def possible(row, most):
    """Return the numbers with the outcome that everything printed of a row allows."""
    numbers = set(span(row["events"], most))
    uncertainty = ((row["figures"] or {}).get("brier_uncertainty") or {}).get("value")
    if row.get("rate") is not None:
        numbers = {k for k in numbers for n in span(row["people"], most) if round(k / n, 4) == row["rate"]}
    if uncertainty is not None:
        people = span(row["people"], most)
        numbers = {k for k in numbers for n in people if round(k / n * (1 - k / n), 6) == uncertainty}
    return numbers


def sums(sets):
    found = {0}
    for one in sets:
        found = {a + b for a in found for b in one}
    return found


def worked_out(report):
    """Return the suppressed numbers of groups that subtraction from everyone leaves one value for."""
    total, found = possible(report, report["people"]), []
    for factor in {row["factor"] for row in report["groups"]}:
        rows = [row for row in report["groups"] if row["factor"] == factor]
        for row in (row for row in rows if row["events"] is None and row.get("why") != FOR_ANOTHER):
            others = sums(possible(other, report["people"]) for other in rows if other is not row)
            left = {k for k in range(1, 8) if any(t - k in others for t in total)}
            if len(left) < 2:
                found.append((factor, row["group"], left))
    return found


@pytest.fixture(scope="module")
def reports(quick_spec):
    spec = quick_spec("emergency_admission_12m")
    return [evaluate(spec, made(seed))[0] for seed in range(6)]


def test_no_suppressed_number_with_the_outcome_can_be_worked_out(reports):
    small = [row for report in reports for row in report["groups"] if row["events"] is None]
    assert len(small) > 10
    assert [worked_out(report) for report in reports] == [[]] * len(reports)


def test_the_reader_would_succeed_without_the_guard(quick_spec, monkeypatch):
    monkeypatch.setattr(room, "guarded", lambda report: report)
    spec = quick_spec("emergency_admission_12m")
    assert any(worked_out(evaluate(spec, made(seed))[0]) for seed in range(6))


def test_where_one_count_is_hidden_so_is_another_that_is_not_small(reports):
    for report in reports:
        for factor in {row["factor"] for row in report["groups"]}:
            rows = [row for row in report["groups"] if row["factor"] == factor]
            hidden = [row for row in rows if row["events"] is None]
            assert not hidden or any(row.get("why") == FOR_ANOTHER for row in hidden)
            assert all(row["figures"] is None and row["listed"] is None for row in hidden)
            for pair in (PARTS[:2], PARTS[2:]):
                unknown = [row for row in rows if not row["listed"] or row["listed"]["counts"][pair[0]] is None]
                assert len(unknown) != 1


def test_a_groups_shares_say_no_more_than_its_rounded_counts(reports):
    figures = [row["figures"] for report in reports for row in report["groups"] if row["figures"]]
    assert not [name for found in figures for name in found if name.startswith("brier_")]
    shown = [row["listed"] for report in reports for row in report["groups"] if row["listed"]]
    rates = [listed for listed in shown if listed["false_negative_rate"]["value"] is not None]
    assert rates
    for listed in rates:
        counts, rate = listed["counts"], listed["false_negative_rate"]
        assert rate["value"] == round(counts["missed"] / (counts["found"] + counts["missed"]), 3)
        assert rate["low"] <= rate["value"] <= rate["high"]
        assert not {name for name in listed if name.endswith("_minus_everyone")}
    for listed in shown:
        assert (listed["counts"]["found"] is None) == (listed["counts"]["missed"] is None)
        assert listed["counts"]["found"] is not None or listed["false_negative_rate"]["value"] is None


def test_no_groups_figure_is_its_rate_said_otherwise(reports):
    """At a threshold below everybody's risk the net benefit is the rate less a constant."""
    shown = [row["figures"] for report in reports for row in report["groups"] if row["figures"]]
    assert shown
    assert not {name for figures in shown for name in figures if name.startswith(("net_benefit_", "brier_"))}


def test_practices_expected_numbers_are_no_finer_than_the_rounded_ones(reports):
    for report in reports:
        rows = report["practices"]["rows"]
        hidden = [row for row in rows if row.get("ratio") is None]
        assert len(rows) - len(hidden) >= 2
        assert len(hidden) != 1
        for row in (row for row in rows if row.get("ratio") is not None):
            assert row["expected"] % 5 == 0
            could_be = {round(row["ratio"] * (row["expected"] + off / 10)) for off in range(-25, 26)}
            assert len(could_be) > 2


def test_limits_of_a_practice_do_not_tell_what_its_expected_number_was(reports):
    """The curve says which limit goes with which expected number: a practice's own would be read back from it."""
    outcome, risk = np.repeat([1.0, 0.0], [13, 87]), np.full(100, 0.12)
    practices = practice_funnel([Group("practice", name, outcome, risk) for name in "ABCDE"])
    rows = guarded(reports[0] | {"practices": practices})["practices"]["rows"]
    assert [row["ratio"] for row in rows] == [1.083] * 5
    assert not {name for row in rows for name in row if name.startswith(("low_", "high_"))}


@pytest.mark.parametrize("rate", [-6.9, 6.9])
def test_of_a_test_with_fewer_than_eight_outcomes_no_figure_is_shown(quick_spec, rate):
    tested = made(1, people=2000, rate=rate)
    few = min(tested.rows.outcome.sum(), (1 - tested.rows.outcome).sum())
    assert 1 <= few <= 7
    report, gates = evaluate(quick_spec("emergency_admission_12m"), tested)
    assert {found["value"] for found in report["figures"].values()} == {None}
    assert {gate.words for gate in gates} == {TOO_FEW}
    assert report["rate"] is None
    assert not any(report["net_benefit_of_treating_all"].values())
    assert report["baselines"] == report["curve"] == []
    text = json.dumps({key: value for key, value in report.items() if key not in ("groups", "lists", "practices")})
    assert f'"events": {int(tested.rows.outcome.sum())}' not in text


def test_people_without_recent_admission_are_not_shown_where_few_are_left(quick_spec):
    tested = made(2)
    people = tested.rows.people.with_columns(
        emergency_admissions_730d=pl.when(pl.int_range(pl.len()) < 60).then(1).otherwise(0)
    )
    assert 1 <= tested.rows.outcome[:60].sum() <= 7
    rows = Rows(tested.rows.person_id, tested.rows.index_date, tested.rows.matrix, tested.rows.outcome, people)
    report, _ = evaluate(quick_spec("emergency_admission_12m"), room.Tested(rows, tested.risk, tested.baselines))
    assert report["without_recent_admission"]["why"] == FOR_ANOTHER


def test_same_day_admissions_are_not_left_over_from_overnight_ones(reports):
    small = reports[0] | {"same_day": {"same_day_only": None, "overnight": 450, "auroc_overnight": None}}
    assert guarded(small)["same_day"] == {"same_day_only": None, "overnight": None, "auroc_overnight": None}
    large = reports[0] | {"same_day": {"same_day_only": 120, "overnight": 330, "auroc_overnight": None}}
    assert guarded(large)["same_day"] == large["same_day"]
