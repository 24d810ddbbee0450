"""A model of any tidy table: fitted, calibrated and judged by the code that trains the models of the snapshot.

There is no workspace and no registry here: the caller keeps the files, and can write and read them as a bundle.
"""

from dataclasses import dataclass
from typing import Any

import polars as pl

from riskstrat.modelling.datasets.tidy import gather_table
from riskstrat.modelling.evaluation.evaluate import Tested, evaluate, rows_of_test_date
from riskstrat.modelling.registry.bundle import ModelFiles
from riskstrat.modelling.spec import ModelSpec
from riskstrat.modelling.training.baselines import baseline_scores
from riskstrat.modelling.training.fitted import fit_and_calibrate
from riskstrat.modelling.training.record import record_of_fit


@dataclass(frozen=True)
class TableModel:
    """A model of a table: its files, and the report of its one look at the test rows, gates included."""

    files: ModelFiles
    report: dict[str, Any]


def train_on_table(spec: ModelSpec, frame: pl.DataFrame, *, threads: int = 1) -> TableModel:
    """Train on a table that ``spec`` describes, and test; the order of the rows changes nothing.

    Raises ``InputRefused`` where the table cannot be used (``riskstrat.modelling.datasets.tidy``).
    """
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    dataset = gather_table(spec, frame)
    with threadpool_limits(1, user_api="blas"):  # sums in one order, so that figures are the same everywhere
        fitted = fit_and_calibrate(spec, dataset, threads)
        rows = rows_of_test_date(dataset.rows)
        risk = fitted.risk(rows.matrix)
        baselines = baseline_scores(dataset, rows, spec.training.seed)
        report, gates = evaluate(spec, Tested(rows, risk, baselines, columns=dataset.contract.names))
    record = record_of_fit(spec, dataset, fitted.rounds, fitted.trees)
    files = ModelFiles(spec.name, spec.text, fitted.text, fitted.calibrator, dataset.contract, record)
    return TableModel(files, report | {"gates": [gate.as_json() for gate in gates]})
