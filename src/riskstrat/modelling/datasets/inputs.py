"""What training asks of the rooms before it: the latest complete date, missing tables, and who is barred."""

from collections.abc import Sequence
from datetime import date

from riskstrat import features
from riskstrat.errors import InputRefused
from riskstrat.features.horizons import labels as label_horizons
from riskstrat.features.horizons import read_reach
from riskstrat.intake import bar_people, open_store
from riskstrat.modelling.spec import ModelSpec
from riskstrat.project import Progress, Workspace, add_months


def latest_dates(workspace: Workspace, specs: Sequence[ModelSpec]) -> tuple[dict[str, date], dict[str, str]]:
    """Return each model's latest index date with a complete horizon, and why a model has none.

    Models of one horizon share the earliest of theirs: sources end within weeks of each other, and one set of snapshots
    serves them all.
    """
    own: dict[str, date] = {}
    refused: dict[str, str] = {}
    with open_store(workspace) as warehouse:
        reach = read_reach(warehouse)
    for spec in specs:
        try:
            own[spec.name] = reach.latest_index_date(spec.label)
        except InputRefused as fault:
            refused[spec.name] = str(fault)
    horizon_of = label_horizons()
    horizons = {spec.name: horizon_of[spec.label] for spec in specs if spec.name in own}
    shared = {h: min(own[name] for name in horizons if horizons[name] == h) for h in sorted(set(horizons.values()))}
    return {name: shared[horizon] for name, horizon in horizons.items()}, refused


def within_reach(workspace: Workspace, spec: ModelSpec, latest: date, tell: Progress) -> tuple[ModelSpec, date]:
    """Return the spec with the training dates that the data reach; those left out are said.

    Raises ``InputRefused`` where the data reach none of the training dates, the calibration date or the test date.
    """
    reached = set(features.usable_dates(workspace, spec.split.dates(latest)))
    needed = {spec.split.calibration_date(latest), spec.split.test_date(latest)}
    split = spec.split
    months = tuple(m for m in split.train_months_before if add_months(latest, -m) in reached)
    if not months or not needed <= reached:
        raise InputRefused(
            f"{spec.name}: the data do not reach back to the index dates it needs",
            f"latest complete index date: {latest}; earliest needed: {min(split.dates(latest))}",
        )
    if len(months) < len(split.train_months_before):
        tell(f"{spec.name}: {len(split.train_months_before) - len(months)} training dates lie before the data")
    return spec.model_copy(update={"split": split.model_copy(update={"train_months_before": months})}), latest


def make_ready(workspace: Workspace, ready: Sequence[tuple[ModelSpec, date]], tell: Progress) -> None:
    """Build the snapshots and labels that the specs need; those made from the same inputs are kept.

    A date that is only looked at is left out where the data do not reach it.
    """
    further = {day for spec, latest in ready for day in spec.further_dates(latest)}
    reached = set(features.usable_dates(workspace, sorted(further)))
    days = [{*spec.split.dates(latest), *reached.intersection(spec.further_dates(latest))} for spec, latest in ready]
    features.build_snapshots(workspace, sorted(set().union(*days)), progress=tell)
    wanted: dict[str, set[date]] = {}
    for (spec, _), needed in zip(ready, days, strict=True):
        wanted.setdefault(spec.label, set()).update(needed)
    features.build_labels(workspace, {label: sorted(days) for label, days in wanted.items()}, progress=tell)


def barred_from_training(workspace: Workspace) -> list[int]:
    """Return the people who may not be used for training, by every opt-out and objection held."""
    with open_store(workspace) as warehouse:
        bar_people(warehouse, workspace, "training")
        return [int(row[0]) for row in warehouse.rows("SELECT DISTINCT person_id FROM permission.barred ORDER BY 1")]


def practice_successors(workspace: Workspace) -> dict[str, str]:
    """Return closed practices with the one that took each over."""
    with open_store(workspace) as warehouse:
        rows = warehouse.rows("SELECT practice_code, successor_code FROM intake.practice ORDER BY 1")
    return {str(code): str(successor) for code, successor in rows if successor is not None}
