"""Training on a made store: who is on which side, what is read, and the same model from the same data."""

import shutil
from datetime import date

import numpy as np
import polars as pl
import pytest

from riskstrat.errors import InputRefused
from riskstrat.modelling.datasets.rows import Rows, Shelf, gather
from riskstrat.modelling.datasets.splits import assert_one_side_each
from riskstrat.modelling.registry.versions import Registry
from riskstrat.modelling.training import booster
from riskstrat.modelling.training.booster import Trees, fit
from riskstrat.project import Workspace
from support.snapshots import HISTORY, write_store

LATEST = HISTORY[-1]
NOVEMBER = date(2026, 11, 1)


@pytest.fixture
def dataset(made, quick_spec):
    return gather(quick_spec("emergency_admission_12m"), Shelf(made, []), LATEST)


def test_nobody_is_on_two_sides_and_every_side_has_its_own_dates(dataset):
    people = {side: set(rows.person_id.tolist()) for side, rows in dataset.rows.items()}
    sides = list(people)
    for k, side in enumerate(sides):
        assert people[side]
        for other in sides[k + 1 :]:
            assert not people[side] & people[other]
    dates = {side: set(rows.index_date.astype("datetime64[D]").tolist()) for side, rows in dataset.rows.items()}
    assert dates["train"] == set(HISTORY[:3])
    assert dates["stop"] == dates["calibrate"] == set(HISTORY[:4])
    assert dates["test"] == dates["test_practice"] == {LATEST}


def test_the_practices_held_out_are_counted_not_those_their_people_moved_to(tmp_path, quick_spec, dataset):
    held = dataset.rows["test_practice"].people["practice_code"].unique()
    assert len(held) == dataset.held_out_practices == 1
    workspace = write_store(tmp_path, people=3000, index_dates=HISTORY, seed=5)
    path = workspace.part("features", LATEST)
    moved = pl.col("practice_code").is_in(held.implode()) & (pl.col("age") >= 60)
    elsewhere = pl.when(moved).then(pl.lit("Z00002" if "Z00002" not in held else "Z00003"))
    pl.read_parquet(path).with_columns(elsewhere.otherwise("practice_code").alias("practice_code")).write_parquet(path)
    after = gather(quick_spec("emergency_admission_12m"), Shelf(workspace, []), LATEST)
    assert after.rows["test_practice"].people["practice_code"].n_unique() == 2
    assert after.held_out_practices == 1


def test_a_person_on_two_sides_stops_everything():
    with pytest.raises(AssertionError, match="two sides of the split: train and test"):
        assert_one_side_each({"train": np.array([1, 2]), "test": np.array([2, 3])})


def test_rows_are_in_order_and_match_the_snapshot_and_label_they_came_from(made, dataset):
    rows: Rows = dataset.rows["train"]
    order = np.lexsort((rows.index_date, rows.person_id))
    assert np.array_equal(order, np.arange(len(rows)))
    when = rows.index_date[5].astype(object)
    snapshot = pl.read_parquet(made.part("features", when))
    label = pl.read_parquet(made.part("labels/emergency_admission_12m", when))
    person = int(rows.person_id[5])
    age = snapshot.filter(pl.col("person_id") == person)["age"].item()
    assert rows.matrix[5][dataset.contract.names.index("age")] == age
    assert rows.outcome[5] == label.filter(pl.col("person_id") == person)["outcome"].item()


def test_no_label_identifier_or_left_out_column_is_a_feature(dataset):
    forbidden = {"person_id", "index_date", "practice_code", "outcome", "event_date", "death_date", "left_date"}
    assert not forbidden & set(dataset.contract.names)
    assert not {"ethnic_category", "imd_decile"} & set(dataset.contract.names)


def test_people_barred_from_training_are_removed_and_counted(made, quick_spec, dataset):
    barred = sorted({int(rows.person_id[0]) for rows in dataset.rows.values()})
    without = gather(quick_spec("emergency_admission_12m"), Shelf(made, barred), LATEST)
    assert not {p for rows in without.rows.values() for p in rows.person_id.tolist()} & set(barred)
    assert [row["barred_from_training"] for row in without.attrition] == [len(barred)] * 5
    for row in without.attrition:
        lost = ("barred_from_training", "outside_population", "outcome_does_not_apply")
        assert row["in_snapshot"] == row["used"] + sum(row[key] for key in lost)


def test_the_population_of_the_spec_is_kept_to(made, quick_spec):
    frail = gather(quick_spec("frailty_12m"), Shelf(made, []), LATEST)
    place = frail.contract.names.index("in_care_home")
    for rows in frail.rows.values():
        assert rows.people["age"].min() >= 65
        assert not rows.matrix[:, place].any()


def test_the_same_data_give_the_same_model_text_and_another_seed_another(made, quick_spec, dataset):
    spec = quick_spec("emergency_admission_12m")
    text, rounds = fit(spec, dataset, threads=2)
    assert fit(spec, gather(spec, Shelf(made, []), LATEST), threads=2) == (text, rounds)
    other = quick_spec("emergency_admission_12m", **{"seed = 20261122": "seed = 7"})
    assert fit(other, dataset, threads=2)[0] != text


def test_any_number_of_threads_and_any_order_of_rows_give_the_same_model_text(
    made, tmp_path, quick_spec, dataset, monkeypatch
):
    spec = quick_spec("emergency_admission_12m")
    text = fit(spec, dataset, threads=1)[0]
    monkeypatch.setattr(booster, "_VALUES_PER_THREAD", 1)  # else so small a matrix is never worth a second thread
    assert fit(spec, dataset, threads=2)[0] == text
    monkeypatch.undo()
    shuffled = Workspace(shutil.copytree(made.root, tmp_path / "shuffled"))
    for seed, path in enumerate(sorted(shuffled.store.rglob("part.parquet"))):
        frame = pl.read_parquet(path)
        frame.sample(fraction=1.0, shuffle=True, seed=seed).write_parquet(path)
    assert fit(spec, gather(spec, Shelf(shuffled, []), LATEST), threads=1)[0] == text


def test_the_estimate_never_falls_as_a_column_of_the_spec_rises(quick_spec, dataset):
    spec = quick_spec("emergency_admission_12m")
    trees = Trees(fit(spec, dataset, threads=2)[0], dataset.contract.names, 2)
    for column in spec.monotone.up:
        place = dataset.contract.names.index(column)
        people = dataset.rows["test"].matrix[:200].copy()
        before = None
        for value in range(12):
            people[:, place] = value
            now = trees.raw(people)
            assert before is None or (now >= before - 1e-12).all(), column
            before = now


def test_a_label_of_another_index_date_is_refused(tmp_path, quick_spec):
    workspace = write_store(tmp_path, people=300, index_dates=HISTORY, seed=1)
    path = workspace.part("labels/emergency_admission_12m", LATEST)
    pl.read_parquet(path).with_columns(index_date=pl.lit(date(2025, 8, 1))).write_parquet(path)
    with pytest.raises(InputRefused, match="rows of other index dates"):
        gather(quick_spec("emergency_admission_12m"), Shelf(workspace, []), LATEST)


def test_a_missing_snapshot_is_refused_by_date(tmp_path, quick_spec):
    workspace = write_store(tmp_path, people=300, index_dates=HISTORY[:-1], seed=1)
    with pytest.raises(InputRefused, match="2025-09-01"):
        gather(quick_spec("emergency_admission_12m"), Shelf(workspace, []), LATEST)


def test_what_was_trained_says_how_it_did_and_from_what(trained):
    registry = Registry(trained)
    bundle = registry.bundle(registry.champion("emergency_admission_12m"))
    assert 0.6 < bundle.evaluation["figures"]["auroc"]["value"] < 0.95
    assert bundle.training["training_dates"] == [str(day) for day in HISTORY[:3]]
    assert len(bundle.training["data_sha256"]) == 10
    assert {row["baseline"] for row in bundle.evaluation["baselines"]} == {
        "prior_year_admissions",
        "age_and_sex",
        "efi",
        "hfrs",
        "charlson",
        "cambridge",
        "logistic_regression",
    }
    assert {row["factor"] for row in bundle.evaluation["groups"]} == {
        "age band",
        "sex",
        "ethnic group",
        "deprivation fifth",
        "care home",
        "learning disability",
        "severe mental illness",
        "dementia",
        "practice",
    }
    assert "2026" not in str(bundle.training.get("made_at", ""))


def test_counts_on_record_are_rounded_and_small_ones_left_out(trained):
    registry = Registry(trained)
    for name in ("emergency_admission_12m", "death_12m"):
        bundle = registry.bundle(registry.champion(name) or registry.versions(name)[0])
        counts = [row[key] for row in bundle.evaluation["groups"] for key in ("people", "events")] + [
            n for row in bundle.training["attrition"] for n in row.values() if isinstance(n, int)
        ]
        assert all(n is None or n % 5 == 0 for n in counts)
        assert all(row["figures"] is None or row["events"] >= 30 for row in bundle.evaluation["groups"])


def test_with_outcomes_shuffled_nothing_is_promoted(tmp_path, quick_spec):
    from riskstrat.modelling.training.train import train_specs

    workspace = write_store(tmp_path, people=2000, index_dates=HISTORY, seed=3)
    for k, day in enumerate(HISTORY):
        path = workspace.part("labels/emergency_admission_12m", day)
        frame = pl.read_parquet(path)
        frame.with_columns(outcome=frame["outcome"].shuffle(seed=k)).write_parquet(path)
    result = train_specs(workspace, [(quick_spec("emergency_admission_12m"), LATEST)])[0]
    assert result.status == "challenger"
    assert result.reasons[0].startswith("auroc_interval_above")
    auroc = result.figures["auroc"]
    error = (auroc["high"] - auroc["low"]) / 3.92
    assert abs(auroc["value"] - 0.5) < 3 * error
