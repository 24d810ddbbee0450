"""A recalibration-only refresh: the champion's trees, byte for byte, with a new intercept and slope.

Inputs move every month and trees need not (``docs/explanation/models.md`` says on what evidence), and what moves first
is the level. The refreshed model is a version of its own, tested at the latest complete index date and gated like any
challenger.

The line is fitted on the calibrating folds of the champion's own split at today's dates. A person's fold is a hash of
the person and the spec's salt, so whoever is in a training fold today may have trained the trees and is on no side
that calibrates or tests, whatever practice they are with now; whoever stopped the training early is left out too,
because they chose the number of rounds. Nobody who calibrates tests.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np

from riskstrat.errors import InputRefused, UsageFault
from riskstrat.modelling.datasets.rows import Dataset, Shelf, gather
from riskstrat.modelling.registry.bundle import Bundle
from riskstrat.modelling.registry.versions import ModelVersion, Registry
from riskstrat.modelling.spec import ModelSpec
from riskstrat.modelling.training.fitted import Fitted, calibrator_of
from riskstrat.modelling.training.judge import TrainingResult, register_and_judge
from riskstrat.modelling.training.record import training_record
from riskstrat.modelling.training.train import train_all
from riskstrat.project import Progress, Workspace

OF_THE_TREES = ("training_dates", "rounds", "parameters", "gain")
"""What a refreshed model's record says of its trees, kept from the version whose trees they are."""


def recalibrate(
    workspace: Workspace, models: Sequence[str] | None = None, *, progress: Progress | None = None
) -> list[TrainingResult]:
    """Refresh the calibration of the named models' champions, or of every champion, by the spec each was trained by.

    A champion that is calibrated on the latest complete dates already comes back as ``unchanged``; one whose columns
    today's snapshots lack as ``not trained``. Raises ``UsageFault`` where a named model, or every model, has no
    champion; otherwise as ``train``.
    """
    specs = [bundle.spec for _, bundle in _champions(Registry(workspace), models)]
    return train_all(workspace, specs, refresh_one, progress=progress)


def _champions(registry: Registry, models: Sequence[str] | None) -> list[tuple[ModelVersion, Bundle]]:
    found = [(name, registry.champion(name)) for name in sorted(set(models or registry.names()))]
    without = [name for name, champion in found if champion is None]
    champions = [(champion, registry.bundle(champion)) for _, champion in found if champion is not None]
    if (models and without) or not champions:
        raise UsageFault(
            f"there is no champion to refresh{': ' + ', '.join(without) if without else ''}",
            "train it first: riskstrat train",
        )
    return champions


def refresh_one(spec: ModelSpec, shelf: Shelf, registry: Registry, latest: date) -> TrainingResult:
    """Refresh one champion's calibration, and register and judge the version that it makes."""
    [(champion, bundle)] = _champions(registry, [spec.name])
    if str(spec.split.calibration_date(latest)) <= bundle.training["calibration_date"]:
        return _unchanged(spec, champion, bundle)
    dataset = gather(spec, shelf, latest, trees_of=bundle.contract)
    _refuse_where_every_row_is_exposed(spec, dataset, latest)
    fitted = Fitted(
        bundle.texts["model.txt"],
        int(bundle.training["rounds"]),
        bundle.trees,
        calibrator_of(spec, dataset, bundle.trees),
    )
    record = _record(spec, dataset, shelf.workspace, latest, champion, bundle)
    return register_and_judge(spec, shelf, registry, dataset, fitted, record)


def _refuse_where_every_row_is_exposed(spec: ModelSpec, dataset: Dataset, latest: date) -> None:
    newest = spec.split.calibration_date(latest)
    if not (dataset.rows["calibrate"].index_date == np.datetime64(newest)).any():
        raise InputRefused(
            f"{spec.name}: at {newest} every practice had been sent a list, so that there is nobody to calibrate on "
            "but people whom the lists may have helped",
            "the champion stays as it is; or state in the spec that such rows are kept ([exposure])",
        )


def _unchanged(spec: ModelSpec, champion: ModelVersion, bundle: Bundle) -> TrainingResult:
    calibrated, evaluation = bundle.training["calibration_date"], bundle.evaluation
    return TrainingResult(
        name=spec.name,
        title=spec.title,
        status="unchanged",
        version=champion.version,
        test_date=date.fromisoformat(evaluation["test_date"]),
        people=evaluation["people"],
        reasons=(f"it is calibrated at {calibrated}, and no later date is complete",),
        figures={name: found for name, found in evaluation["figures"].items() if found is not None},
    )


def _record(
    spec: ModelSpec, dataset: Dataset, workspace: Workspace, latest: date, champion: ModelVersion, bundle: Bundle
) -> dict[str, Any]:
    """Return the training record: today's dates and counts, with the trees' own, and what was refreshed from what."""
    before = bundle.training
    record = training_record(spec, dataset, workspace, latest, int(before["rounds"]), bundle.trees)
    record |= {name: before[name] for name in OF_THE_TREES}
    for counts in ("rows", "events"):  # the sides that made the trees; today's are only the baselines'
        record[counts] |= {side: before[counts][side] for side in ("train", "stop")}
    return record | {
        "refreshed_from": {
            "version": champion.version,
            "bundle_sha256": champion.bundle_sha256,
            "latest_complete_index_date": before["latest_complete_index_date"],
            "calibration_date": before["calibration_date"],
            "test_date": before["test_date"],
            "calibration_index_dates": [str(day) for day in spec.split.dates_before_the_test(latest)],
        }
    }
