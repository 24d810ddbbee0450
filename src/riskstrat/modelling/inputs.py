"""What training asks of the rooms before it: the latest complete date, missing tables, and who is barred."""

from collections.abc import Callable, Sequence
from datetime import date

from riskstrat import features
from riskstrat.errors import InputRefused
from riskstrat.features.snapshots import open_store
from riskstrat.intake import bar_people
from riskstrat.modelling.spec import ModelSpec
from riskstrat.project import Workspace, add_months

Progress = Callable[[str], None]


def within_reach(workspace: Workspace, spec: ModelSpec, tell: Progress) -> tuple[ModelSpec, date]:
    """Return the spec and the latest index date whose horizon is complete.

    Training dates that the data do not reach are left out, and said. Raises ``InputRefused`` where a source is absent,
    or the data reach none of the training dates, the calibration date or the test date.
    """
    latest = features.latest_complete_index_date(workspace, spec.label)
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
    """Build the snapshots and labels that the specs need; those made from the same inputs are kept."""
    features.build_snapshots(
        workspace, sorted({day for spec, latest in ready for day in spec.split.dates(latest)}), progress=tell
    )
    for spec, latest in ready:
        features.build_labels(workspace, spec.label, spec.split.dates(latest), progress=tell)


def barred_from_training(workspace: Workspace) -> list[int]:
    """Return the people who may not be used for training, by every opt-out and objection held."""
    with open_store(workspace) as warehouse:
        bar_people(warehouse, workspace, "training")
        return [int(row[0]) for row in warehouse.rows("SELECT DISTINCT person_id FROM permission.barred ORDER BY 1")]
