"""A reader who subtracts: whether a small count can be worked out from the figures that stand beside it."""

import json

import numpy as np
import polars as pl
import pytest

from riskstrat.disclosure import Rule, figure, publishable, unprinted
from riskstrat.disclosure.attack import at_most, same_count
from riskstrat.disclosure.cells import Cells, Table, together, told_truly
from riskstrat.disclosure.suppression import Protected
from riskstrat.modelling.datasets.rows import Dataset, Rows
from riskstrat.modelling.evaluation import evaluate as room
from riskstrat.modelling.evaluation import guarded as guard
from riskstrat.modelling.evaluation.cells import cells_of_test
from riskstrat.modelling.evaluation.evaluate import evaluate
from riskstrat.modelling.evaluation.guarded import FOR_ANOTHER, LEFT_OUT, TOO_FEW, guarded
from riskstrat.modelling.training.calibration import expit
from riskstrat.modelling.training.record import published_counts

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


def left_open(report, raw, name):
    """Return the values that each hidden small count of groups can have, to who knows exactly what they add up to.

    ``raw`` is the same report with its counts as they are. Every way of filling in the hidden counts is tried.
    """
    found = {}
    for factor in {row["factor"] for row in report["groups"]}:
        pairs = [
            (count_in(row, name), parts_of(own)[name])
            for row, own in zip(report["groups"], raw["groups"], strict=True)
            if row["factor"] == factor
        ]
        total = sum(count for _, count in pairs)
        ranges = [spanned(shown, count, total) for shown, count in pairs]
        for k, (shown, count) in enumerate(pairs):
            if shown is None and 1 <= count <= 7:
                others = sums(one for n, one in enumerate(ranges) if n != k)
                found[factor, k, name] = {value for value in range(1, 8) if total - value in others}
    return found


def spanned(shown, count, total):
    """Return what a shown count stands for; not shown, it is small, or anything, or (of no list) nothing too."""
    if shown == "not printed":
        return range(total + 1)
    if shown is None:
        return range(1, 8) if count <= 7 else range(1, total + 1)
    return span(shown, total)


def count_in(row, name):
    if name in PARTS:
        return row["listed"]["counts"][name] if row["listed"] else "not printed"
    return row[name]


def parts_of(row):
    missed, others = row["events"] - row["found"], row["people"] - row["events"]
    return row | {"missed": missed, "not_listed_without": others - row["listed_without"]}


def naive(raw):
    """Return the report with each count published as the rule has it, and nothing else done."""
    rows = []
    for row in raw["groups"]:
        counts = {part: publishable(parts_of(row)[part]) for part in PARTS}
        listed = row["listed"] and row["listed"] | {"counts": counts}
        rows.append(row | {name: publishable(row[name]) for name in ("people", "events")} | {"listed": listed})
    return raw | {"groups": rows} | {name: publishable(raw[name]) for name in ("people", "events")}


@pytest.fixture(scope="module")
def raws(quick_spec):
    """Six evaluations with their counts as they are."""
    spec = quick_spec("emergency_admission_12m")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(room, "guarded", lambda report: report)
        return [evaluate(spec, made(seed))[0] for seed in range(6)]


@pytest.fixture(scope="module")
def reports(raws):
    return [guarded(raw) for raw in raws]


def test_no_suppressed_number_with_the_outcome_can_be_worked_out(reports):
    small = [row for report in reports for row in report["groups"] if row["events"] is None]
    assert len(small) > 10
    assert [worked_out(report) for report in reports] == [[]] * len(reports)


def test_nor_by_who_knows_exactly_how_many_there_are_and_how_many_are_found(reports, raws):
    values = {}
    for n, (report, raw) in enumerate(zip(reports, raws, strict=True)):
        for name in ("people", "events", *PARTS):
            values |= {(n, *where): left for where, left in left_open(report, raw, name).items()}
    assert len(values) > 20
    assert {where: left for where, left in values.items() if len(left) < 2} == {}


def test_the_reader_would_succeed_without_the_guard(raws):
    assert any(worked_out(naive(raw)) for raw in raws)


def test_every_count_of_the_report_is_published_and_none_is_left_as_it_was(reports):
    """Whole numbers of people anywhere in a report are counts as published; a new one fails here."""
    not_people = {"draws", "groups_of_risk", "columns"}

    def numbers(value, name=""):
        if isinstance(value, dict):
            return [one for key, inner in value.items() for one in numbers(inner, key)]
        if isinstance(value, list):
            return [one for inner in value for one in numbers(inner, name)]
        return [(name, value)] if type(value) is int and name not in not_people else []

    for report in reports:
        found = numbers(report)
        assert len(found) > 50
        assert [one for one in found if one[1] != 0 and publishable(one[1]) != one[1]] == []


@pytest.fixture(scope="module")
def of_two(raws):
    """A report of two groups: 104 have the outcome, 1 of them of the smaller group; 103 are shown as 105."""
    rows = [row for row in raws[0]["groups"] if row["factor"] == "sex"]
    counts = ({"people": raws[0]["people"] - 8, "events": 103}, {"people": 8, "events": 1})
    none = {"found": 0, "listed_without": 0, "listed": None, "figures": None}
    nothing = {"practices": {"rows": []}, "leaving_and_dying": None, "without_recent_admission": {"figures": None}}
    groups = [row | own | none for row, own in zip(rows, counts, strict=True)]
    return raws[0] | {"events": 104, "found": 0, "listed_without": 0, "groups": groups} | nothing


def test_a_single_star_that_the_exact_total_gives_away_takes_another_with_it(of_two):
    assert left_open(naive(of_two), of_two, "events") == {("sex", 1, "events"): {1}}
    found = guarded(of_two)
    assert [row["events"] for row in found["groups"]] == [None, None]
    assert left_open(found, of_two, "events") == {("sex", 1, "events"): set(range(1, 8))}


def test_a_report_that_gives_a_count_away_leaves_the_factor_out(of_two, monkeypatch):
    """The protection is made to do nothing: what is written is attacked all the same."""

    class Unprotected(Cells):
        def protected(self, rule, printed_before):
            worked_out = {key for table in self.tables for key in table.worked_out}
            figures = {k: unprinted(n, rule) if k in worked_out else figure(n, rule) for k, n in self.counts.items()}
            return Protected(figures)

    def unprotected(raw):
        cells, known = cells_of_test(raw)
        return Unprotected(cells.tables), known

    monkeypatch.setattr(guard, "cells_of_test", unprotected)
    found = guarded(of_two)["groups"]
    assert {row["why"] for row in found} == {LEFT_OUT}
    assert {row["events"] for row in found} == {None}


def test_where_one_count_is_hidden_the_figures_of_another_group_are_left_out(reports):
    for report in reports:
        for factor in {row["factor"] for row in report["groups"]}:
            rows = [row for row in report["groups"] if row["factor"] == factor]
            hidden = [row for row in rows if row["events"] is None]
            assert not hidden or any(row.get("why") == FOR_ANOTHER for row in rows)
            assert all(row["figures"] is None and row["listed"] is None for row in hidden)


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
        assert (
            None not in (listed["counts"]["found"], listed["counts"]["missed"])
            or listed["false_negative_rate"]["value"] is None
        )


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


def test_limits_of_a_practice_do_not_tell_what_its_expected_number_was(raws):
    """The curve says which limit goes with which expected number: a practice's own would be read back from it."""
    before = {row["practice"]: row for row in raws[0]["practices"]["rows"]}
    assert [name for row in before.values() for name in row if name.startswith(("low_", "high_"))]
    rows = guarded(raws[0])["practices"]["rows"]
    shown = [row for row in rows if row.get("ratio") is not None]
    assert [row["ratio"] for row in shown] == [before[row["practice"]]["ratio"] for row in shown]
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


@pytest.mark.parametrize("same_day", [1, 4, 7, 60])
def test_same_day_admissions_are_not_left_over_from_overnight_ones(raws, same_day):
    events = raws[0]["events"]
    kinds = {"same_day_only": same_day, "overnight": events - same_day, "auroc_overnight": None}
    found = guarded(raws[0] | {"same_day": kinds})["same_day"]
    left = [n for n in range(1, 8) if found["overnight"] is None or publishable(events - n) == found["overnight"]]
    assert found["same_day_only"] == publishable(same_day)
    assert same_day > 7 or len(left) > 1


@pytest.mark.parametrize(("left", "died"), [(3, 90), (90, 3)])
def test_what_rests_on_a_few_who_left_or_died_is_withheld(raws, left, died):
    figures = {name: {"value": 0.1, "low": 0.1, "high": 0.1} for name in ("share_seen", "cumulative_incidence")}
    leaving = {"left_in_horizon": left, "died_in_horizon": died + 40, "died_without_the_outcome": died}
    raw = raws[0] | {"leaving_and_dying": leaving | {"figures": figures, "by_risk": [{}], "rule": ""}}
    found = guarded(raw)["leaving_and_dying"]
    assert [name for name, one in found["figures"].items() if one["value"] is not None] == ["share_seen"]
    assert found["by_risk"] == []


@pytest.mark.parametrize("held_out", [1, 2, 7, 40])
def test_the_record_of_a_fit_does_not_tell_a_small_number_tested_by_subtraction(held_out):
    """98 and 1 with the outcome would be 100 and a star, and the evaluation tells that they are 99."""

    def side(events):
        return Rows(*[np.arange(400)] * 2, np.zeros((400, 0)), np.repeat([1.0, 0.0], [events, 400 - events]), None)

    dataset = Dataset(None, {"train": side(200), "test": side(98), "test_practice": side(held_out)})
    events = published_counts(dataset)["events"]
    assert events["test_practice"] == publishable(held_out)
    left = [n for n in range(1, 8) if events["test"] is None or publishable(98 + held_out - n) == events["test"]]
    assert held_out > 7 or len(left) > 1
    assert events["train"] == 200


def test_the_reasons_of_a_date_and_who_was_used_are_told_together():
    """1,032 in the snapshot (1,030: 1,032 at most), 1,023 used (1,025: 1,023 at least), 8 outside (10: 8 at least)."""
    row = {"index_date": "2025-09-01", "in_snapshot": 1032, "barred_from_training": 1, "outside_population": 8,
           "outcome_does_not_apply": 0, "left_out_as_exposed": 0, "used": 1023}  # fmt: skip
    (found,) = published_counts(Dataset(None, {}, [row]))["attrition"]
    assert found["barred_from_training"] is None
    assert None in (found["in_snapshot"], found["outside_population"], found["used"])
    assert found["index_date"] == "2025-09-01"


def test_counts_that_should_agree_and_do_not_stop_no_report():
    """Deaths counted by the horizon and outcomes of a model of death come from two tables of the store."""
    one, other = ("tested", "a"), ("tested", "b")
    tables = [Table({one: 12}), Table({other: 14}, (same_count(one, other), at_most(other, [one])))]
    cells = together(told_truly(tables))
    assert cells.relations == (at_most(other, [one]),)
    assert cells.protected(Rule(), {}).exposed == ()
