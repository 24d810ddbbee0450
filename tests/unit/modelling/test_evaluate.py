"""One evaluation whole: what it says of a model that is right, that knows nothing, and of too few people."""

import json

import numpy as np
import polars as pl
import pytest

from riskstrat.modelling.datasets.rows import Rows
from riskstrat.modelling.evaluation import evaluate as evaluation
from riskstrat.modelling.evaluation.evaluate import evaluate
from riskstrat.modelling.evaluation.listing import Board
from riskstrat.modelling.spec import read_specs
from riskstrat.modelling.training.calibration import expit

PEOPLE = 3000


@pytest.fixture(scope="module")
def spec():
    found = read_specs(["emergency_admission_12m"])[0]
    return found.model_copy(update={"evaluation": found.evaluation.model_copy(update={"bootstrap_draws": 60})})


def made(people=PEOPLE, seed=1, practices=6, risk=None, champion=True, rate=-2.0):
    """A test date: ages and admissions drive the risk; ``risk`` makes what the model says of the true log odds."""
    random = np.random.default_rng(seed)
    age = random.integers(18, 95, people)
    admitted = random.poisson(0.15, people)
    log_odds = rate + 0.02 * (age - 50) + 0.8 * admitted + random.normal(0, 0.7, people)
    outcome = (random.random(people) < expit(log_odds)).astype(float)
    practice = np.array([f"Z{k}" for k in range(practices)])[random.integers(0, practices, people)]
    frame = pl.DataFrame(
        {
            "practice_code": practice,
            "age": age,
            "sex": random.choice(["1", "2"], people),
            "in_care_home": (random.random(people) < 0.1).astype(int),
            "emergency_admissions_730d": admitted,
            "event_date": np.where(outcome == 1, np.datetime64("2025-12-01", "D"), np.datetime64("NaT", "D")),
            "left_date": pl.Series([None] * people, dtype=pl.Date),
            "death_date": pl.Series([None] * people, dtype=pl.Date),
        }
    )
    rows = Rows(np.arange(people) * 3, np.full(people, "2025-09-01", "M8[D]"), np.zeros((people, 0)), outcome, frame)
    said = expit(log_odds) if risk is None else risk(log_odds, outcome)
    codes = sorted(set(practice))
    return evaluation.Tested(
        rows=rows,
        risk=said,
        baselines={"prior_year_admissions": admitted.astype(float), "age_and_sex": age.astype(float)},
        champion_version="4" if champion else None,
        champion_risk=expit(log_odds + random.normal(0, 1, people)) if champion else None,
        board=Board(10 * people, dict.fromkeys(codes, 8 * people // len(codes)), dict.fromkeys(codes, 400)),
    )


@pytest.fixture(scope="module")
def report(spec):
    return evaluate(spec, made())[0]


def shuffled(tested, seed=9):
    order = np.random.default_rng(seed).permutation(len(tested.risk))
    rows = tested.rows
    moved = Rows(
        rows.person_id[order], rows.index_date[order], rows.matrix[order], rows.outcome[order], rows.people[order]
    )
    return evaluation.Tested(
        rows=moved,
        risk=tested.risk[order],
        baselines={name: score[order] for name, score in tested.baselines.items()},
        champion_version=tested.champion_version,
        champion_risk=None if tested.champion_risk is None else tested.champion_risk[order],
        board=tested.board,
    )


def test_the_order_of_the_rows_changes_nothing(spec, report):
    assert evaluate(spec, shuffled(made()))[0] == report


def test_the_same_again_is_the_same(spec, report):
    assert evaluate(spec, made())[0] == report


def test_it_is_plain_values_and_every_figure_has_an_interval_or_a_reason(report):
    def figures_in(value):
        if isinstance(value, dict):
            if "value" in value:
                yield value
            for inner in value.values():
                yield from figures_in(inner)
        elif isinstance(value, list):
            for inner in value:
                yield from figures_in(inner)

    assert json.loads(json.dumps(report, allow_nan=False)) == report
    found = list(figures_in(report))
    assert len(found) > 300
    for one in found:
        if one["value"] is None:
            assert one["why"], one
        else:
            assert one["low"] is not None, one
            assert one["high"] is not None, one


def test_counts_are_rounded_and_small_ones_left_out(report):
    def counts_in(value):
        if isinstance(value, dict):
            for name, inner in value.items():
                if name in {"people", "events", "observed", "people_listed", "people_found", "clusters"}:
                    yield inner
                elif name == "counts":
                    yield from inner.values()
                elif name != "curve":  # rates, of 8 people and more
                    yield from counts_in(inner)
        elif isinstance(value, list):
            for inner in value:
                yield from counts_in(inner)

    found = list(counts_in(report))
    assert len(found) > 60
    assert all(n is None or n % 5 == 0 for n in found)


def test_a_model_that_says_the_true_risk_is_calibrated_and_beats_what_it_is_compared_with(report):
    figures = report["figures"]
    assert figures["calibration_slope"]["low"] < 1 < figures["calibration_slope"]["high"]
    assert figures["calibration_intercept"]["low"] < 0 < figures["calibration_intercept"]["high"]
    assert figures["expected_calibration_error"]["low"] == 0
    assert report["baselines"][0]["baseline"] == "champion"
    assert report["baselines"][0]["title"] == "Champion: version 4"
    assert report["auroc_minus_champion"]["low"] > 0
    for row in report["baselines"]:
        assert row["model_auroc_minus_baseline"]["low"] > 0
        assert row["lift"]["top_10_percent"]["more_found_per_1000_listed"]["value"] > 0


def test_lift_is_what_the_two_lists_find(report):
    for row in report["baselines"]:
        for name, lift in row["lift"].items():
            if lift["times_as_many_found"]["value"] is not None:
                own, other = report["figures"][f"ppv_{name}"]["value"], row[f"ppv_{name}"]["value"]
                assert lift["more_found_per_1000_listed"]["value"] == pytest.approx(1000 * (own - other), abs=0.2)
                assert lift["times_as_many_found"]["value"] == pytest.approx(own / other, abs=0.002)


def test_a_model_against_itself_finds_exactly_as_many(spec):
    tested = made()
    twin = evaluation.Tested(tested.rows, tested.risk, {"efi": tested.risk}, None, None, tested.board)
    row = evaluate(spec, twin)[0]["baselines"][0]
    for lift in row["lift"].values():
        more = lift["more_found_per_1000_listed"]
        assert more == {"value": 0, "low": 0, "high": 0} or "fewer than 10" in more["why"]
    assert row["model_auroc_minus_baseline"] == {"value": 0, "low": 0, "high": 0}


def test_people_without_a_recent_admission_have_a_report_of_their_own(report):
    apart = report["without_recent_admission"]
    assert apart["people"] < report["people"]
    assert apart["figures"]["auroc"]["value"] < report["figures"]["auroc"]["value"]
    by_name = {row["baseline"]: row for row in apart["baselines"]}
    assert by_name["prior_year_admissions"]["auroc"]["value"] == 0.5  # it says nothing of them
    assert by_name["prior_year_admissions"]["lift"]["top_10_percent"]["more_found_per_1000_listed"]["low"] > 0
    assert "lift" in by_name["champion"]


def test_who_had_a_recent_admission_that_is_not_known_is_not_counted_as_without(spec):
    tested = made()
    known = pl.int_range(pl.len()) % 2 == 0
    tested.rows.people = tested.rows.people.with_columns(pl.when(known).then(pl.col("emergency_admissions_730d")))
    without = int((tested.rows.people["emergency_admissions_730d"] == 0).sum())
    assert evaluate(spec, tested)[0]["without_recent_admission"]["people"] == pytest.approx(without, abs=2.5)


def test_a_model_that_knows_everything(spec):
    found = evaluate(spec, made(risk=lambda _, outcome: np.where(outcome == 1, 0.999, 0.001)))[0]["figures"]
    assert found["auroc"]["value"] == found["auprc"]["value"] == 1
    assert found["ppv_top_5_percent"]["value"] is None  # nobody without the outcome is on the list: not shown
    assert found["brier_resolution"]["value"] == pytest.approx(found["brier_uncertainty"]["value"], abs=1e-6)


def test_a_model_that_says_the_same_of_everybody(spec):
    report, gates = evaluate(spec, made(risk=lambda log_odds, outcome: np.full(len(outcome), outcome.mean())))
    figures = report["figures"]
    assert figures["auroc"] == {"value": 0.5, "low": 0.5, "high": 0.5}
    assert figures["ppv_top_5_percent"]["value"] == pytest.approx(report["rate"], abs=1e-4)
    assert figures["calibration_slope"]["value"] is None
    assert figures["calibration_slope"]["why"]
    assert figures["brier_resolution"]["value"] == 0
    assert report["groups_of_risk"] == 1
    assert next(g for g in gates if g.gate == "auroc_interval_above").holds is False


def test_lists_at_capacity_stand_beside_the_shares_and_cost_what_practices_said(report):
    rows = {row["list"]: row for row in report["lists"]}
    assert rows["at_capacity"]["people_listed"] == 2400
    assert rows["at_capacity"]["listed_per_1000_registered"] == 80.0
    needed, ppv = (report["figures"][f"{name}_at_capacity"] for name in ("number_needed_to_review", "ppv"))
    assert needed["value"] == pytest.approx(1 / ppv["value"], rel=1e-3)
    assert needed["low"] == pytest.approx(1 / ppv["high"], rel=0.02)


def test_few_events_leave_most_figures_out_with_the_reason(spec):
    report = evaluate(spec, made(people=400, rate=-4.5))[0]
    assert report["figures"]["ppv_top_1_percent"]["value"] is None
    assert "fewer than 10" in report["figures"]["ppv_top_1_percent"]["why"]
    assert all(row["figures"] is None for row in report["groups"])
    assert report["without_recent_admission"]["figures"] is None
    assert report["group_differences"] == []


def test_intervals_say_what_was_drawn(spec, report):
    assert report["intervals"] == {"level": 0.95, "draws": 60, "drawn": "people", "clusters": PEOPLE}
    many = evaluate(spec, made(practices=50))[0]
    assert many["intervals"] == {"level": 0.95, "draws": 60, "drawn": "practices", "clusters": 50}
