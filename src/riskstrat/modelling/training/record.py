"""What another person needs to make the same model again: kept with it, its counts of people published together."""

from datetime import date
from typing import Any

from riskstrat import __version__
from riskstrat.disclosure.attack import Key, Relation, sum_of
from riskstrat.disclosure.cells import Cells, Table
from riskstrat.features import seeds_sha256
from riskstrat.files import tree_sha256
from riskstrat.modelling.datasets.rows import Dataset
from riskstrat.modelling.evaluation.shown import RULE
from riskstrat.modelling.spec import ModelSpec
from riskstrat.modelling.training.booster import Trees, parameters
from riskstrat.project import Workspace, resource


def record_of_fit(spec: ModelSpec, dataset: Dataset, rounds: int, trees: Trees) -> dict[str, Any]:
    """Return what a fit was made with and from, whatever table its rows came from."""
    return {
        "software": f"riskstrat {__version__}",
        "rounds": rounds,
        "parameters": parameters(spec, dataset),
        **published_counts(dataset),
        "held_out_practices": dataset.held_out_practices,
        "data_sha256": dict(sorted(dataset.hashes.items())),
        "gain": {name: round(gain, 5) for name, gain in sorted(trees.gains().items(), key=lambda g: (-g[1], g[0]))},
    }


def published_counts(dataset: Dataset) -> dict[str, Any]:
    """Return attrition by date, and rows and people with the outcome by side, as they may be published.

    They are one system: the reasons of a date and who was used add up to its snapshot, and the evaluation tells how
    many were tested, and how many of them had the outcome, exactly.
    """
    cells = _cells(dataset)
    figures = cells.protected(RULE, {}).figures
    rows = [
        {name: figures[_of_date(place, name)].shown if isinstance(n, int) else n for name, n in row.items()}
        for place, row in enumerate(dataset.attrition)
    ]
    by_side = {what: {side: figures[what, side].shown for side in dataset.rows} for what in _BY_SIDE}
    return {"attrition": rows, **by_side}


_BY_SIDE = ("rows", "events")
_REASONS = ("barred_from_training", "outside_population", "outcome_does_not_apply", "left_out_as_exposed", "used")
"""What becomes of the rows of a date, by the first reason that holds; a table of one's own has fewer of them."""


def _of_date(place: int, name: str) -> Key:
    return "attrition", str(place), name


def _cells(dataset: Dataset) -> Cells:
    tables = []
    for place, row in enumerate(dataset.attrition):
        counts = {_of_date(place, name): n for name, n in row.items() if isinstance(n, int)}
        whole, parts = _of_date(place, "in_snapshot"), [_of_date(place, name) for name in _REASONS if name in row]
        adds_up = counts.get(whole) == sum(counts[part] for part in parts)
        ties = (sum_of(whole, parts),) if adds_up else ()
        tables.append(Table(counts, ties))
    sides: dict[Key, int] = {("rows", side): len(rows) for side, rows in dataset.rows.items()}
    sides |= {("events", side): int(rows.outcome.sum()) for side, rows in dataset.rows.items()}
    tested = [side for side in ("test", "test_practice") if side in dataset.rows]
    totals = {what: sum(sides[what, side] for side in tested) for what in _BY_SIDE}
    known = [
        Relation(tuple(((what, side), 1.0) for side in tested), total, total) for what, total in totals.items() if total
    ]
    return Cells((*tables, Table(sides, tuple(known))))


def training_record(
    spec: ModelSpec, dataset: Dataset, workspace: Workspace, latest: date, rounds: int, trees: Trees
) -> dict[str, Any]:
    """Return the record of a fit on snapshots: its index dates, and the code lists and statements behind them."""
    split = spec.split
    return record_of_fit(spec, dataset, rounds, trees) | {
        "latest_complete_index_date": str(latest),
        "training_dates": [str(day) for day in split.training_dates(latest)],
        "calibration_date": str(split.calibration_date(latest)),
        "test_date": str(split.test_date(latest)),
        "calibration_level_from": str(dataset.rows["calibrate"].index_date.max().astype("datetime64[D]")),
        "code_lists_sha256": seeds_sha256(workspace),
        "sql_sha256": {layer: tree_sha256(resource(f"sql/{layer}")) for layer in ("staging", "features", "labels")},
    }
