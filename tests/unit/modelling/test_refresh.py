"""A recalibration-only refresh: the same trees, and a line from people who neither trained them nor test it."""

import json
import shutil

import numpy as np
import polars as pl
import pytest

from riskstrat.errors import UsageFault
from riskstrat.modelling import recalibrate
from riskstrat.modelling.datasets.rows import Shelf, gather
from riskstrat.modelling.datasets.splits import held_out_practices, person_fold
from riskstrat.modelling.evaluation.evaluate import rows_of_test_date
from riskstrat.modelling.registry.versions import CHALLENGER, Registry
from riskstrat.modelling.training.refresh import refresh_one
from riskstrat.modelling.training.train import train_specs
from riskstrat.project import Workspace, add_months
from support.snapshots import HISTORY, write_store

NAME = "emergency_admission_12m"
LATEST = HISTORY[-1]
LATER = add_months(LATEST, 6)
LATER_HISTORY = tuple(add_months(day, 6) for day in HISTORY)


@pytest.fixture(scope="module")
def trained_then_moved_on(tmp_path_factory, quick_spec):
    """A champion trained at ``LATEST``; six months on, twice as many people have the outcome."""
    dates = sorted({*HISTORY, *LATER_HISTORY})
    workspace = write_store(tmp_path_factory.mktemp("refresh"), people=3000, index_dates=dates, seed=5)
    assert train_specs(workspace, [(quick_spec(NAME), LATEST)])[0].status == "champion"
    for day in LATER_HISTORY[-2:]:
        path = workspace.part(f"labels/{NAME}", day)
        label = pl.read_parquet(path)
        more = pl.Series(np.random.default_rng(day.toordinal()).random(len(label)) < label["outcome"].mean())
        label.with_columns(outcome=(pl.col("outcome").cast(pl.Boolean) | more).cast(pl.Int32)).write_parquet(path)
    return workspace


@pytest.fixture
def workspace(trained_then_moved_on, tmp_path):
    return Workspace(shutil.copytree(trained_then_moved_on.root, tmp_path / "workspace"))


def refresh(workspace, latest=LATER):
    registry = Registry(workspace)
    spec = registry.bundle(registry.version(NAME, "1")).spec
    return train_specs(workspace, [(spec, latest)], refresh_one)[0]


def test_the_trees_are_the_same_bytes_and_the_line_is_another(workspace):
    result = refresh(workspace)
    registry = Registry(workspace)
    before, after = (registry.bundle(registry.version(NAME, version)) for version in ("1", "2"))
    assert (result.version, result.test_date) == ("2", LATER)
    for file in ("model.txt", "feature_contract.json", "spec.toml"):
        assert after.texts[file] == before.texts[file]
    assert after.calibrator.intercept > before.calibrator.intercept + 0.2  # more people have the outcome
    assert after.evaluation["test_date"] == str(LATER)
    assert after.evaluation["champion_compared_with"] == "1"

    tested = rows_of_test_date(gather(after.spec, Shelf(workspace, []), LATER, trees_of=after.contract).rows)
    off = [abs(np.log(tested.outcome.sum() / bundle.risk(tested.matrix).sum())) for bundle in (before, after)]
    assert off[1] < off[0] / 2  # a prior keeps a few hundred events from moving it all the way


def test_the_record_says_what_was_refreshed_from_what_and_keeps_what_the_trees_were_made_from(workspace):
    refresh(workspace)
    registry = Registry(workspace)
    before, after = (registry.bundle(registry.version(NAME, version)).training for version in ("1", "2"))
    assert after["refreshed_from"] == {
        "version": "1",
        "bundle_sha256": registry.version(NAME, "1").bundle_sha256,
        "latest_complete_index_date": str(LATEST),
        "calibration_date": str(HISTORY[-2]),
        "test_date": str(LATEST),
        "calibration_index_dates": [str(day) for day in LATER_HISTORY[:4]],
    }
    for kept in ("training_dates", "rounds", "parameters", "gain"):
        assert after[kept] == before[kept]
    assert after["calibration_date"] == str(LATER_HISTORY[-2])
    assert after["rows"]["train"] == before["rows"]["train"]
    assert {key.rsplit("/", 1)[1] for key in after["data_sha256"]} == {str(day) for day in LATER_HISTORY}


def test_nobody_who_may_have_trained_or_stopped_the_trees_calibrates_or_tests(workspace, quick_spec):
    spec, shelf = quick_spec(NAME), Shelf(workspace, [])
    trained = gather(spec, shelf, LATEST)
    [held] = held_out_practices([f"Z{n:05}" for n in range(1, 7)], 0.1, spec.split.salt)
    for day in LATER_HISTORY:  # that practice closes, so that another is held out, whose people trained the trees
        path = workspace.part("features", day)
        frame = pl.read_parquet(path)
        frame.with_columns(practice_code=pl.col("practice_code").replace(held, "Z00007")).write_parquet(path)
    today = gather(spec, Shelf(workspace, []), LATER, trees_of=trained.contract)
    trainers = {person for side in ("train", "stop") for person in trained.rows[side].person_id.tolist()}
    first_free = spec.split.training_folds + spec.split.early_stopping_folds
    naive = gather(spec, Shelf(workspace, []), LATER)
    assert trainers & set(naive.rows["test_practice"].person_id.tolist())  # what this guards against does happen
    for side in ("calibrate", "test", "test_practice"):
        people = today.rows[side].person_id
        assert len(people)
        assert not trainers & set(people.tolist())
        assert (person_fold(people, spec.split.person_folds, spec.split.salt) >= first_free).all()


def test_it_is_gated_like_any_challenger(workspace):
    registry = Registry(workspace)
    found = registry.version(NAME, "1")
    folder = workspace.root / "mlartifacts" / found.run_id / "artifacts" / "bundle"
    from riskstrat.modelling.registry.bundle import ModelFiles, write_bundle

    old = registry.bundle(found)
    text = old.texts["spec.toml"].replace("auroc_interval_above = 0.5 ", "auroc_interval_above = 0.99 ")
    strict = ModelFiles(NAME, text, old.texts["model.txt"], old.calibrator, old.contract, old.training)
    sha256 = write_bundle(folder, strict, old.evaluation)
    registry._client.set_model_version_tag(NAME, "1", "bundle_sha256", sha256)
    result = refresh(workspace)
    assert result.status == "challenger"
    assert "must lie above 0.99" in result.reasons[0]
    assert Registry(workspace).version(NAME, "2").aliases == (CHALLENGER,)


def test_a_champion_calibrated_on_the_latest_dates_is_left_alone(workspace):
    result = refresh(workspace, LATEST)
    assert (result.status, result.version) == ("unchanged", "1")
    assert "no later date is complete" in result.as_text()
    assert [v.version for v in Registry(workspace).versions(NAME)] == ["1"]


def test_a_column_that_the_trees_read_and_today_lacks_is_refused_by_name(workspace):
    path = workspace.part("features", LATER)
    pl.read_parquet(path).drop("hfrs").write_parquet(path)
    result = refresh(workspace)
    assert result.status == "not trained"
    assert "hfrs" in result.reasons[0]


def test_a_pattern_of_the_spec_that_no_column_of_today_is_called_by_is_not_asked_for(workspace, quick_spec):
    spec = quick_spec(NAME)
    contract = gather(spec, Shelf(workspace, []), LATEST).contract
    gone = spec.model_copy(update={"features": spec.features.model_copy(update={"leave_out": ("gone_*",)})})
    assert gather(gone, Shelf(workspace, []), LATER, trees_of=contract).contract == contract


def test_without_a_champion_there_is_nothing_to_refresh(tmp_path):
    with pytest.raises(UsageFault, match="no champion to refresh"):
        recalibrate(write_store(tmp_path, people=50))


def test_a_refresh_of_a_refresh_still_says_what_the_trees_were_made_from(workspace):
    refresh(workspace)
    registry = Registry(workspace)
    registry.set_champion(NAME, "2")
    shutil.copytree(workspace.store / "features" / f"index_date={LATER}", workspace.root / "kept")
    last = add_months(LATER, 1)
    source = write_store(
        workspace.root / "more", people=3000, index_dates=[add_months(day, 1) for day in LATER_HISTORY], seed=5
    )
    for layer in ("features", "sources", f"labels/{NAME}"):
        shutil.copytree(source.store / layer, workspace.store / layer, dirs_exist_ok=True)
    assert refresh(workspace, last).version == "3"
    bundles = [registry.bundle(registry.version(NAME, version)) for version in ("1", "3")]
    assert bundles[1].training["refreshed_from"]["version"] == "2"
    assert bundles[1].training["training_dates"] == bundles[0].training["training_dates"]
    json.dumps(bundles[1].training)
