"""Looks beyond the test date on a made store: which dates, which people, and what an absent month leaves out."""

import itertools
from datetime import date

import pytest

from riskstrat.modelling.datasets import inputs
from riskstrat.modelling.evaluation import beyond
from riskstrat.modelling.registry.versions import Registry
from riskstrat.modelling.training.train import train_specs
from riskstrat.project import Workspace, add_months
from support.snapshots import HISTORY, write_store

NAME = "emergency_admission_12m"
LATEST = HISTORY[-1]
BEFORE = add_months(LATEST, -1)
BARRED = range(1, 301)


def evaluated(root, spec, dates, barred=()):
    workspace = write_store(root, people=2000, index_dates=dates, seed=5)
    result = train_specs(workspace, [(spec, LATEST)], barred=list(barred))[0]
    registry = Registry(workspace)
    version = registry.version(NAME, result.version)
    bundle = registry.bundle(version)
    return version.model_sha256, bundle.evaluation, bundle.training


@pytest.fixture(scope="module")
def with_month(tmp_path_factory, quick_spec):
    return evaluated(tmp_path_factory.mktemp("month"), quick_spec(NAME), [*HISTORY, BEFORE])


@pytest.fixture(scope="module")
def without_month(tmp_path_factory, quick_spec):
    return evaluated(tmp_path_factory.mktemp("none"), quick_spec(NAME), HISTORY)


def test_lists_of_successive_dates_are_compared_and_say_what_each_date_was_used_for(with_month, without_month):
    pairs = with_month[1]["stability"]["lists"]
    days = [str(day) for day in sorted([*HISTORY, BEFORE])]
    assert [(pair["from"], pair["to"]) for pair in pairs] == list(itertools.pairwise(days))
    used = ["training date", "training date", "training date", "calibration date", "looked at only", "test date"]
    assert [(pair["use_from"], pair["use_to"]) for pair in pairs] == list(itertools.pairwise(used))
    assert [pair["months_apart"] for pair in pairs] == [6, 6, 12, 11, 1]
    assert [pair["months_apart"] for pair in without_month[1]["stability"]["lists"]] == [6, 6, 12, 12]
    for pair in pairs:
        assert [row["share"] for row in pair["sizes"]] == [0.005, 0.01, 0.02, 0.05, 0.1, None]
        tenth, practices = pair["sizes"][-2:]
        assert tenth["by_chance"] == pytest.approx(0.1, abs=0.005)
        assert tenth["still_listed"] > 3 * tenth["by_chance"]
        assert practices["list"] == "at_capacity"
        assert practices["listed"] == 6 * 20  # six practices of twenty places each
        assert 0.3 < pair["rank_correlation"] < 1


def test_the_same_people_are_compared_at_every_date_of_a_large_board(monkeypatch, tmp_path, quick_spec):
    monkeypatch.setattr(beyond, "MOST_LISTED", 500)
    _, evaluation, _ = evaluated(tmp_path, quick_spec(NAME), [*HISTORY, BEFORE])
    for pair in evaluation["stability"]["lists"]:
        assert 350 < pair["people"] <= 500
        assert pair["sizes"][-1]["listed"] == pytest.approx(6 * 20 * pair["people"] / 1570, rel=0.2)


def test_performance_is_told_from_the_last_training_date_on_and_of_people_who_only_test(with_month):
    _, evaluation, training = with_month
    rows = evaluation["stability"]["performance"]
    assert [row["use"] for row in rows] == ["last training date", "calibration date", "looked at only", "test date"]
    assert [row["months_since_training"] for row in rows] == [0, 12, 23, 24]
    tested = training["rows"]["test"] + training["rows"]["test_practice"]
    assert all(abs(row["people"] - tested) <= 5 for row in rows)  # the made store has the same people at every date
    assert rows[-1]["auroc"]["value"] == evaluation["figures"]["auroc"]["value"]


def test_a_month_that_is_only_looked_at_changes_nothing_else(with_month, without_month):
    sha256, evaluation, training = without_month
    assert sha256 == with_month[0]
    assert training == with_month[2]
    assert evaluation["stability"]["lists"][:3] == with_month[1]["stability"]["lists"][:3]
    for name in ("figures", "groups", "gates", "sources", "importance"):
        assert evaluation[name] == with_month[1][name]


def test_people_barred_from_training_are_in_no_list_that_is_compared(tmp_path, quick_spec, with_month):
    _, evaluation, _ = evaluated(tmp_path, quick_spec(NAME), [*HISTORY, BEFORE], barred=BARRED)
    people, fewer = (found["stability"]["lists"][0]["people"] for found in (with_month[1], evaluation))
    assert 200 < people - fewer <= len(BARRED)


def test_the_months_to_look_at_are_made_ready_where_the_data_reach_them(tmp_path, quick_spec, monkeypatch):
    made = {}
    monkeypatch.setattr(inputs.features, "usable_dates", lambda _, days: [d for d in days if d >= date(2025, 1, 1)])
    monkeypatch.setattr(inputs.features, "build_snapshots", lambda _, days, progress: made.update(features=days))
    monkeypatch.setattr(inputs.features, "build_labels", lambda _, wanted, progress: made.update(wanted))
    spec = quick_spec(NAME, **{"further_months_before = [1]": "further_months_before = [1, 99]"})
    inputs.make_ready(Workspace(tmp_path), [(spec, LATEST)], lambda _: None)
    assert made["features"] == made[NAME] == sorted([*spec.split.dates(LATEST), BEFORE])
