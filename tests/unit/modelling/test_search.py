"""The optional search: what it may look at, what it writes down, and what is said where Optuna is missing."""

import sys
from itertools import count

import numpy as np
import pytest

from riskstrat.errors import UsageFault
from riskstrat.modelling.datasets.rows import Shelf, gather
from riskstrat.modelling.registry.versions import Registry
from riskstrat.modelling.spec import parse_spec
from riskstrat.modelling.training import train as train_module
from riskstrat.modelling.training.search import search, stopping_loss, training_table, with_training
from riskstrat.modelling.training.train import Extras, train_one, train_specs
from support.snapshots import HISTORY, write_store

NAME = "emergency_admission_12m"
LATEST = HISTORY[-1]
FEW = {"most_rounds = 400": "most_rounds = 20"}


def ticking(seconds):
    """Return a clock that moves on by so many seconds each time it is read."""
    ticks = count(0, seconds)
    return lambda: float(next(ticks))


@pytest.fixture
def dataset(made, quick_spec):
    return gather(quick_spec(NAME), Shelf(made, []), LATEST)


def test_it_never_looks_at_the_calibrating_or_testing_side_and_is_never_worse_on_the_stopping_side(quick_spec, dataset):
    pytest.importorskip("optuna")
    spec = quick_spec(NAME, **FEW)
    found, record = search(spec, dataset, 1, minutes=0.1, clock=ticking(1))
    assert record["trials"] == 6
    assert record["stopping_log_loss_found"] <= record["stopping_log_loss_before"]
    assert record["stopping_log_loss_found"] == pytest.approx(stopping_loss(found, dataset, 1), abs=1e-6)
    for side in ("calibrate", "test", "test_practice"):
        dataset.rows[side].matrix[:] = np.nan
        dataset.rows[side].outcome[:] = 0
    assert search(spec, dataset, 1, minutes=0.1, clock=ticking(1)) == (found, record)


def test_the_specs_own_parameters_are_tried_as_they_stand_wherever_the_search_would_look(quick_spec, dataset):
    pytest.importorskip("optuna")
    outside = {"l2": 0.0, "learning_rate": 0.33333, "depth": 1}
    spec = quick_spec(NAME, **FEW)
    spec = with_training(spec, outside)
    found, record = search(spec, dataset, 1, minutes=0.0, clock=ticking(1))
    assert found.training == spec.training
    assert record["stopping_log_loss_before"] == pytest.approx(stopping_loss(spec, dataset, 1), abs=1e-6)


def test_what_was_found_is_in_the_spec_that_results_and_gives_the_same_model_without_a_search(
    tmp_path, quick_spec, monkeypatch
):
    pytest.importorskip("optuna")
    spec = quick_spec(NAME, **FEW)
    workspace = write_store(tmp_path, people=2000, index_dates=HISTORY, seed=5)
    monkeypatch.setattr(train_module, "search", lambda *given: search(*given[:3], minutes=0.1, clock=ticking(1)))

    def searching(*given):
        return train_one(*given, Extras(search_minutes=5))

    result = train_specs(workspace, [(spec, LATEST)], searching)[0]
    registry = Registry(workspace)
    first = registry.bundle(registry.version(NAME, "1"))
    assert first.training["search"]["trials"] == 6
    for name, value in first.training["search"]["found"].items():
        assert getattr(first.spec.training, name) == value
    assert first.training["search"]["found"]["leaves"] == first.training["parameters"]["num_leaves"]
    assert f"leaves = {first.spec.training.leaves}" in result.as_text()

    pasted = parse_spec(NAME, first.texts["spec.toml"])
    again = train_specs(workspace, [(pasted, LATEST)])[0]
    assert registry.bundle(registry.version(NAME, again.version)).texts["model.txt"] == first.texts["model.txt"]


def test_only_the_training_table_of_a_spec_changes(quick_spec):
    spec = quick_spec(NAME)
    other = with_training(spec, {"leaves": 9, "l2": 0.123})
    assert other.training == spec.training.model_copy(update={"leaves": 9, "l2": 0.123})
    assert other.model_copy(update={"training": spec.training, "text": spec.text}) == spec
    assert other.text.count("[training]") == 1
    assert training_table(other.training) in other.text
    without = parse_spec(NAME, spec.text.replace("[training]", "[calibration]", 1).split("[calibration]")[0])
    assert with_training(without, {"leaves": 9}).training.leaves == 9


def test_without_optuna_it_says_how_to_install_it_before_anything_is_built(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "optuna", None)
    with pytest.raises(UsageFault, match="Optuna") as refused:
        train_module.train(write_store(tmp_path, people=50), [NAME], search_minutes=1)
    assert "riskstrat[search]" in str(refused.value)
    assert not (tmp_path / "mlflow.db").exists()
