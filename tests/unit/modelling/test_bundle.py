"""Hash first, then parse: nothing that was changed is ever opened."""

import json

import numpy as np
import pytest

from riskstrat.errors import IntegrityFault
from riskstrat.modelling.datasets.feature_contract import Feature, FeatureContract
from riskstrat.modelling.registry.bundle import FILES, ModelFiles, read_bundle, write_bundle
from riskstrat.modelling.spec import spec_path
from riskstrat.modelling.training.calibration import Calibrator


@pytest.fixture(scope="module")
def model():
    import lightgbm

    random = np.random.default_rng(1)
    matrix = random.normal(size=(400, 2))
    outcome = (matrix[:, 0] + random.normal(size=400) > 0).astype(int)
    booster = lightgbm.train(
        {"objective": "binary", "verbosity": -1, "num_threads": 1},
        lightgbm.Dataset(matrix, outcome, feature_name=["age", "efi"]),
        num_boost_round=5,
    )
    return ModelFiles(
        "death_12m",
        spec_path("death_12m").read_text(encoding="utf-8"),
        booster.model_to_string(),
        Calibrator(-0.1, 0.9),
        FeatureContract((Feature("age", "whole"), Feature("efi", "measure"))),
        {"rounds": 5},
    )


@pytest.fixture
def written(model, tmp_path):
    return tmp_path, write_bundle(tmp_path, model, {"figures": {}})


def test_it_is_read_back_as_it_was(written, model):
    folder, sha256 = written
    bundle = read_bundle(folder, model="death_12m", sha256=sha256)
    assert bundle.contract == model.contract
    assert bundle.calibrator == model.calibrator
    raw = bundle.trees.raw(np.array([[1.0, 0.0], [-1.0, 0.0]], dtype=np.float32))
    assert bundle.risk(np.array([[1.0, 0.0]], dtype=np.float32))[0] == pytest.approx(
        1 / (1 + np.exp(0.1 - 0.9 * raw[0]))
    )


def test_the_same_model_gives_the_same_hash_whatever_its_evaluation(model, tmp_path):
    one = write_bundle(tmp_path / "1", model, {"figures": {}})
    assert write_bundle(tmp_path / "2", model, {"figures": {}}) == one
    assert write_bundle(tmp_path / "3", model, {"figures": {"auroc": 1}}) != one


@pytest.mark.parametrize("file", FILES)
def test_a_flipped_byte_in_any_file_is_an_integrity_fault_with_exit_6(written, file):
    folder, sha256 = written
    content = bytearray((folder / file).read_bytes())
    content[len(content) // 2] ^= 1
    (folder / file).write_bytes(bytes(content))
    with pytest.raises(IntegrityFault, match=file) as caught:
        read_bundle(folder, model="death_12m", sha256=sha256)
    assert caught.value.exit_code == 6


def test_a_truncated_model_text_never_reaches_the_parser(written):
    folder, sha256 = written
    content = (folder / "model.txt").read_bytes()
    (folder / "model.txt").write_bytes(content[: len(content) // 2])
    with pytest.raises(IntegrityFault, match="not opened"):
        read_bundle(folder, model="death_12m", sha256=sha256)


def test_a_manifest_that_was_changed_to_fit_is_refused_by_the_registry_hash(written):
    folder, sha256 = written
    manifest = json.loads((folder / "bundle.json").read_text())
    manifest["files"]["model.txt"] = "0" * 64
    (folder / "bundle.json").write_text(json.dumps(manifest))
    with pytest.raises(IntegrityFault, match="not the one that was registered"):
        read_bundle(folder, model="death_12m", sha256=sha256)


def test_a_missing_file_and_another_models_bundle_are_refused(written):
    folder, sha256 = written
    with pytest.raises(IntegrityFault, match="format"):
        read_bundle(folder, model="frailty_12m", sha256=sha256)
    (folder / "calibrator.json").unlink()
    with pytest.raises(IntegrityFault, match=r"no calibrator\.json"):
        read_bundle(folder, model="death_12m", sha256=sha256)


def test_a_contract_that_names_other_columns_than_the_trees_is_refused(model, tmp_path):
    other = ModelFiles(
        model.name,
        model.spec_text,
        model.model_text,
        model.calibrator,
        FeatureContract((Feature("efi", "measure"), Feature("age", "whole"))),
        model.training,
    )
    sha256 = write_bundle(tmp_path, other, {})
    with pytest.raises(IntegrityFault, match="name other columns"):
        read_bundle(tmp_path, model="death_12m", sha256=sha256).trees.gains()
