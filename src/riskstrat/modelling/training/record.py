"""What another person needs to make the same model again: kept with it, and counts of people are rounded."""

from datetime import date
from typing import Any

from riskstrat import __version__
from riskstrat.disclosure import publishable
from riskstrat.features import seeds_sha256
from riskstrat.files import tree_sha256
from riskstrat.modelling.datasets.rows import Dataset
from riskstrat.modelling.spec import ModelSpec
from riskstrat.modelling.training.booster import Trees, parameters
from riskstrat.project import Workspace, resource


def record_of_fit(spec: ModelSpec, dataset: Dataset, rounds: int, trees: Trees) -> dict[str, Any]:
    """Return what a fit was made with and from, whatever table its rows came from."""
    return {
        "software": f"riskstrat {__version__}",
        "rounds": rounds,
        "parameters": parameters(spec, dataset),
        "attrition": [
            {key: publishable(n) if isinstance(n, int) else n for key, n in row.items()} for row in dataset.attrition
        ],
        "rows": {side: publishable(len(rows)) for side, rows in dataset.rows.items()},
        "events": {side: publishable(int(rows.outcome.sum())) for side, rows in dataset.rows.items()},
        "held_out_practices": dataset.held_out_practices,
        "data_sha256": dict(sorted(dataset.hashes.items())),
        "gain": {name: round(gain, 5) for name, gain in sorted(trees.gains().items(), key=lambda g: (-g[1], g[0]))},
    }


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
