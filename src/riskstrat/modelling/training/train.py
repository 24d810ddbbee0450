"""Training: every model of ``models/`` from snapshots and labels to a registered, evaluated, gated version."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial

from riskstrat.errors import InputRefused
from riskstrat.modelling.datasets.rows import Shelf, gather
from riskstrat.modelling.explanation.factors import read_factors
from riskstrat.modelling.registry.versions import Registry
from riskstrat.modelling.spec import ModelSpec, read_specs
from riskstrat.modelling.training.fitted import fit_and_calibrate
from riskstrat.modelling.training.judge import TrainingResult, register_and_judge
from riskstrat.modelling.training.record import training_record
from riskstrat.modelling.training.refits import refits_without_each_source
from riskstrat.modelling.training.search import find_optuna, search, training_table
from riskstrat.project import Progress, Workspace


def train(
    workspace: Workspace,
    models: Sequence[str] | None = None,
    *,
    search_minutes: float | None = None,
    without_each_source: bool = False,
    progress: Progress | None = None,
) -> list[TrainingResult]:
    """Train, evaluate, register and gate the named models, or all; builds missing snapshots and labels.

    With ``search_minutes`` each model's parameters are first searched for that long (``training.search``). With
    ``without_each_source`` each is also trained once more per source, to say what that adds (``training.refits``). A
    model whose data cannot be had (no complete horizon, no social care source) comes back as ``not trained`` with the
    reason. Raises ``InputRefused`` if that is so of every model asked for.
    """
    if search_minutes is not None:
        find_optuna()
    extras = Extras(search_minutes, without_each_source, progress or (lambda _: None))
    make = partial(train_one, extras=extras)
    return train_all(workspace, read_specs(models), make, progress=progress)


@dataclass(frozen=True)
class Extras:
    """What costs more than a training, and is done where it is asked for."""

    search_minutes: float | None = None
    without_each_source: bool = False
    progress: Progress = lambda _: None


Make = Callable[[ModelSpec, Shelf, Registry, date], TrainingResult]
"""Makes one model at its latest complete index date and says what became of it."""


def train_all(
    workspace: Workspace, specs: Sequence[ModelSpec], make: Make, *, progress: Progress | None = None
) -> list[TrainingResult]:
    """Build what the specs need and is missing, make each model, and return the results in the specs' order.

    Raises ``InputRefused`` if none of them could be made.
    """
    from riskstrat.modelling.datasets.inputs import (
        barred_from_training,
        latest_dates,
        make_ready,
        practice_successors,
        within_reach,
    )

    tell = progress or (lambda _: None)
    ready: list[tuple[ModelSpec, date]] = []
    latest, refused = latest_dates(workspace, specs)
    for spec in specs:
        if spec.name in latest:
            try:
                ready.append(within_reach(workspace, spec, latest[spec.name], tell))
            except InputRefused as fault:
                refused[spec.name] = str(fault)
    results = {s.name: _not_trained(s, refused[s.name]) for s in specs if s.name in refused}
    if ready:
        make_ready(workspace, ready, tell)
        trained = train_specs(
            workspace,
            ready,
            make,
            barred=barred_from_training(workspace),
            successors=practice_successors(workspace),
            progress=tell,
        )
        results |= {result.name: result for result in trained}
    if all(result.status == "not trained" for result in results.values()):
        raise InputRefused(
            "no model could be trained", *[f"{r.name}: {'; '.join(r.reasons)}" for r in results.values()]
        )
    return [results[spec.name] for spec in specs]


def train_specs(
    workspace: Workspace,
    ready: Sequence[tuple[ModelSpec, date]],
    make: Make | None = None,
    *,
    barred: Sequence[int] = (),
    successors: Mapping[str, str] | None = None,
    progress: Progress | None = None,
) -> list[TrainingResult]:
    """Make models (``train_one``) from what is in the store; each spec comes with its latest complete date."""
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    tell = progress or (lambda _: None)
    shelf = Shelf(workspace, barred, successors)
    tell("opening the model registry")
    registry = Registry(workspace)
    results = []
    for spec, latest in ready:
        tell(f"training {spec.name}")
        try:
            with threadpool_limits(1, user_api="blas"):  # sums in one order, so that figures are the same everywhere
                results.append((make or train_one)(spec, shelf, registry, latest))
        except InputRefused as fault:
            results.append(_not_trained(spec, str(fault)))
    return results


def _not_trained(spec: ModelSpec, why: str) -> TrainingResult:
    return TrainingResult(spec.name, spec.title, "not trained", reasons=(why,))


def train_one(
    spec: ModelSpec, shelf: Shelf, registry: Registry, latest: date, extras: Extras | None = None
) -> TrainingResult:
    """Fit one model, its calibration and its baselines, and register and judge it."""
    extras = extras or Extras()
    threads = shelf.workspace.settings.engine.threads
    worded = read_factors().columns
    wordless = [column for column in shelf.snapshot(spec.split.test_date(latest)).columns if column not in worded]
    dataset = gather(spec, shelf, latest, wordless=wordless)
    searched = None
    if extras.search_minutes is not None:
        spec, searched = search(spec, dataset, threads, extras.search_minutes)
    fitted = fit_and_calibrate(spec, dataset, threads)
    record = training_record(spec, dataset, shelf.workspace, latest, fitted.rounds, fitted.trees)
    refits = None
    if extras.without_each_source:
        refits = partial(refits_without_each_source, spec, dataset, threads, extras.progress)
    if searched is None:
        return register_and_judge(spec, shelf, registry, dataset, fitted, record, refits)
    result = register_and_judge(spec, shelf, registry, dataset, fitted, record | {"search": searched}, refits)
    return replace(result, training_table=training_table(spec.training))
