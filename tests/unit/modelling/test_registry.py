"""Promotion through gates, refusal, rollback and integrity, on a real MLflow registry in SQLite."""

import json
import shutil

import pytest

from riskstrat.errors import IntegrityFault, NotPermitted, UsageFault
from riskstrat.modelling import (
    champions,
    compare_models,
    comparison_as_text,
    list_models,
    promote,
    rollback,
    score,
    show_model,
    shown_as_text,
)
from riskstrat.modelling.registry.versions import CHALLENGER, CHAMPION, Registry, champion_bundle
from riskstrat.modelling.training.train import train_specs
from riskstrat.project import Workspace
from support.snapshots import HISTORY, write_store

LATEST = HISTORY[-1]
NAME = "emergency_admission_12m"


def train_with(workspace, quick_spec, **changes):
    return train_specs(workspace, [(quick_spec(NAME, **changes), LATEST)])[0]


def alias(workspace, version):
    return Registry(workspace).version(NAME, version).aliases


def test_a_year_in_the_life_of_a_registry(tmp_path, quick_spec):
    workspace = write_store(tmp_path / "ws", people=2000, index_dates=HISTORY, seed=5)
    assert champions(workspace) == []
    assert list_models(workspace) == []

    first = train_with(workspace, quick_spec)
    assert (first.status, first.version) == ("champion", "1")
    same = train_with(workspace, quick_spec)  # the same data, spec and code: the same model, no new version
    assert (same.status, same.version) == ("unchanged", "1")

    second = train_with(workspace, quick_spec, **{"seed = 20261122": "seed = 7"})
    assert (second.status, second.version) == ("champion", "2")
    assert alias(workspace, "1") == ()

    broken = {"seed = 20261122": "seed = 8", "auroc_interval_above = 0.5 ": "auroc_interval_above = 0.99 "}
    third = train_with(workspace, quick_spec, **broken)
    assert (third.status, third.version) == ("challenger", "3")
    assert alias(workspace, "3") == (CHALLENGER,)
    with pytest.raises(NotPermitted, match=r"must lie above 0\.99") as refused:
        promote(workspace, NAME, 3)
    assert refused.value.exit_code == 4

    assert rollback(workspace, NAME) == "1"
    assert alias(workspace, "1") == (CHAMPION,)
    assert alias(workspace, "2") == (CHALLENGER,)
    with pytest.raises(UsageFault, match="none before it"):
        rollback(workspace, NAME)
    again = train_with(workspace, quick_spec, **{"seed = 20261122": "seed = 7"})
    assert again.status == "challenger"  # what was rolled back stays back until somebody promotes it
    promote(workspace, NAME, "2")
    assert [c.version for c in champions(workspace)] == ["2"]
    assert rollback(workspace, NAME) == "1"

    compared = compare_models(workspace, NAME, 1, 2)
    assert [head["version"] for head in compared["versions"]] == ["1", "2"]
    assert {"entry": "training.seed", "values": ["20261122", "7"]} in compared["differs"]
    assert {row["entry"] for row in compared["differs"]} <= {"training.seed", "rounds"}
    back = compare_models(workspace, NAME, 2, 1)["paired"]  # the same people, either way round
    assert [back["value"], back["low"]] == [-compared["paired"]["value"], -compared["paired"]["high"]]
    assert compare_models(workspace, NAME, 1, 3)["why_not_paired"].startswith("neither was tested against the other")
    text = comparison_as_text(compared)
    for words in ("version 1 (champion)", "AUROC of version 2 less version 1's", "observed over expected", "differs"):
        assert words in text
    assert "calibration slope" in shown_as_text(show_model(workspace, NAME, 2))
    assert [row["version"] for row in list_models(workspace)] == ["1", "2", "3"]
    assert show_model(workspace, NAME, 3)["evaluation"]["champion_compared_with"] == "2"
    with pytest.raises(NotPermitted, match="champion is version 1 now"):
        promote(workspace, NAME, 3)
    Registry(workspace)._client.set_registered_model_alias(NAME, CHAMPION, "3")  # a click on MLflow's own page
    with pytest.raises(IntegrityFault, match="version 3 was made champion without riskstrat"):
        champion_bundle(workspace, NAME)
    assert rollback(workspace, NAME) == "1"
    assert champion_bundle(workspace, NAME)[0].version == "1"
    Registry(workspace)._client.set_registered_model_tag(NAME, "champions", "[]")  # as if nothing had ever passed
    with pytest.raises(IntegrityFault, match="without riskstrat"):
        train_with(workspace, quick_spec)
    assert rollback(workspace, NAME) is None
    assert champions(workspace) == []
    with pytest.raises(UsageFault, match="known versions: 1, 2, 3"):
        show_model(workspace, NAME, 9)
    with pytest.raises(UsageFault, match="no version"):
        show_model(workspace, "x' OR name LIKE '%")


def test_a_promotion_cut_short_before_the_alias_moved_changes_nothing(trained, tmp_path):
    copy = Workspace(shutil.copytree(trained.root, tmp_path / "copy"))
    registry = Registry(copy)
    registry._client.set_registered_model_tag(NAME, "champions", json.dumps(["1", "2"]))
    assert registry.champion(NAME).version == "1"
    with pytest.raises(UsageFault, match="first champion"):
        rollback(copy, NAME)


def test_a_moved_workspace_keeps_its_models_and_a_flipped_byte_stops_scoring(trained, tmp_path):
    moved = Workspace(shutil.copytree(trained.root, tmp_path / "moved"))
    version, bundle = champion_bundle(moved, NAME)
    assert version.version == "1"
    path = moved.root / "mlartifacts" / version.run_id / "artifacts" / "bundle" / "model.txt"
    content = bytearray(path.read_bytes())
    content[1000] ^= 1
    path.write_bytes(bytes(content))
    from datetime import date

    with pytest.raises(IntegrityFault, match=r"model\.txt"):
        score(moved, date(2026, 11, 1))
    assert bundle.contract.names


def test_a_copied_workspace_trains_into_itself_and_leaves_the_original_alone(trained, tmp_path, quick_spec):
    before = sorted(path.name for path in (trained.root / "mlartifacts").iterdir())
    copy = Workspace(shutil.copytree(trained.root, tmp_path / "copy"))
    result = train_with(copy, quick_spec, **{"seed = 20261122": "seed = 7"})
    assert Registry(copy).bundle(Registry(copy).version(NAME, result.version)).evaluation["figures"]
    assert Registry(copy).bundle(Registry(copy).version(NAME, "1")).evaluation["figures"]
    assert sorted(path.name for path in (trained.root / "mlartifacts").iterdir()) == before


def test_mlflow_shows_the_run_with_its_signature_and_nothing_is_pickled(trained):
    from mlflow.models import Model

    found = Registry(trained).champion(NAME)
    folder = trained.root / "mlartifacts" / found.run_id / "artifacts" / "bundle"
    signature = Model.load(str(folder)).signature
    assert signature is not None
    assert {str(column.type) for column in signature.inputs.inputs} == {"DataType.double"}
    assert {path.suffix for path in folder.iterdir()} == {".txt", ".json", ".toml", ""}
    run = Registry(trained)._client.get_run(found.run_id)
    assert run.data.metrics["auroc"] > 0.5
    assert run.data.params["depth"] == "5"
