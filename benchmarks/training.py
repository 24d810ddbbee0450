"""What training one outcome and scoring a board cost: CPU seconds and peak memory on a made matrix.

python benchmarks/training.py [--rows 1000000] [--columns 200] [--threads 1] [--write]

The matrix has a snapshot's shape: skewed counts, flags, days since something that most people never had (missing),
measurements that a third of people have, float32 throughout; about 9 in 100 have the outcome, and the columns tell it
about as well as real ones do. ``fit`` is the product's, with the parameters of the shipped 12-month model and a fifth
as many rows again to stop on. Scoring is what a month does: a snapshot as a table through the feature contract, the
trees and the calibration line. Training and scoring each run in a process of their own; CPU seconds are user and system
time of the work alone (all threads), without making the data; memory is the peak of the whole process, data included.
"""

import argparse
import os
import resource
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

from riskstrat.modelling.datasets.feature_contract import Feature, FeatureContract
from riskstrat.modelling.datasets.rows import Dataset, Rows
from riskstrat.modelling.evaluation.metrics import Ranking
from riskstrat.modelling.spec import read_specs
from riskstrat.modelling.training.booster import Trees, fit
from riskstrat.modelling.training.calibration import Calibrator

MODEL = "emergency_admission_12m"
MONOTONE = 5


@dataclass(frozen=True)
class Cost:
    """CPU and wall seconds of a step, the process's peak memory in MB, and what is worth saying of the result."""

    cpu: float
    wall: float
    megabytes: float
    said: str


def made(rows: int, columns: int, seed: int) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float64]]:
    """Return a matrix like a snapshot's and outcomes that a fifth of its columns tell something of."""
    random = np.random.default_rng(seed)
    need = random.normal(size=rows).astype(np.float32)
    matrix = np.empty((rows, columns), dtype=np.float32, order="F")
    for k in range(columns):
        weight = 0.8 if k % 5 == 0 else 0.1
        level = np.exp(weight * need - 1.5 + 2.0 * (k % 3))
        if k % 4 == 0:  # a count in a window
            matrix[:, k] = random.poisson(np.minimum(level, 40))
        elif k % 4 == 1:  # days since something
            days = random.integers(1, 1500, rows).astype(np.float32)
            matrix[:, k] = np.where(random.random(rows) < np.minimum(0.2 * level, 0.9), days, np.nan)
        elif k % 4 == 2:  # a flag
            matrix[:, k] = random.random(rows) < np.minimum(0.05 * level, 0.9)
        else:  # a measurement
            value = np.round(random.normal(70, 15, rows) + 5 * weight * need, 1)
            matrix[:, k] = np.where(random.random(rows) < 0.35, value, np.nan)
    log_odds = -3.0 + 0.9 * need + 0.15 * np.minimum(matrix[:, 0], 8) + 0.3 * need * matrix[:, 2]
    return matrix, (random.random(rows) < 1 / (1 + np.exp(-log_odds))).astype(np.float64)


def contract_of(columns: int) -> FeatureContract:
    """Return the contract of a made matrix; its first count columns may only raise the estimate."""
    counts = range(0, 4 * MONOTONE, 4)
    return FeatureContract(tuple(Feature(f"c{k:03}", "measure", (), int(k in counts)) for k in range(columns)))


def training(rows: int, columns: int, threads: int) -> tuple[Cost, str]:
    """Return what fitting one model costs, and its text."""

    def side(count: int, seed: int) -> Rows:
        matrix, outcome = made(count, columns, seed)
        when = np.full(count, np.datetime64(date(2025, 9, 1)))
        return Rows(np.arange(count), when, np.ascontiguousarray(matrix), outcome, pl.DataFrame())

    dataset = Dataset(contract_of(columns), {"train": side(rows, 1), "stop": side(rows // 5, 2)})
    spec = read_specs([MODEL])[0]
    began, cpu = time.perf_counter(), time.process_time()
    text, rounds = fit(spec, dataset, threads)
    spent = time.process_time() - cpu, time.perf_counter() - began
    return Cost(*spent, _peak(), f"{rounds} rounds of at most {spec.training.most_rounds}"), text


def scoring(rows: int, columns: int, threads: int, text: str) -> Cost:
    """Return what scoring a snapshot of ``rows`` people costs, from the table to the calibrated risk."""
    matrix, outcome = made(rows, columns, 3)
    contract = contract_of(columns)
    snapshot = pl.from_numpy(matrix, schema=contract.names).fill_nan(None)
    del matrix
    trees = Trees(text, contract.names, threads)
    began, cpu = time.perf_counter(), time.process_time()
    encoded, _ = contract.encode(snapshot)
    risk = Calibrator(0.0, 1.0).apply(trees.raw(encoded))
    spent = time.process_time() - cpu, time.perf_counter() - began
    auroc = float(Ranking(risk, outcome, np.ones((1, rows))).auroc()[0])
    return Cost(*spent, _peak(), f"AUROC {auroc:.3f}, {100 * outcome.mean():.1f} % have the outcome")


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """Measure, print, and with ``--write`` add to ``results.md``."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--columns", type=int, default=200)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--write", action="store_true", help="add the figures to results.md")
    asked = parser.parse_args()
    size = asked.rows, asked.columns, asked.threads
    load = os.getloadavg()[0]
    with ProcessPoolExecutor(1, mp_context=get_context("spawn"), max_tasks_per_child=1) as apart:
        trained, text = apart.submit(training, *size).result()
        scored = apart.submit(scoring, *size, text).result()
    lines = [
        f"| {step} | {cost.cpu:.1f} | {cost.wall:.0f} | {cost.megabytes:,.0f} | {cost.said} |"
        for step, cost in {"training": trained, "scoring": scored}.items()
    ]
    print("\n".join(lines))
    if asked.write:
        day = datetime.now(tz=UTC).date()
        head = (
            f"\n## Training and scoring, {asked.rows:,} rows and {asked.columns} columns, {day}\n\n"
            f"`python benchmarks/training.py --rows {asked.rows} --columns {asked.columns} --threads {asked.threads}`; "
            f"load before {load:.1f}, {os.cpu_count()} cores.\n\n"
            "| step | CPU, s | wall, s | peak memory, MB | |\n| --- | --- | --- | --- | --- |\n"
        )
        with (Path(__file__).parent / "results.md").open("a", encoding="utf-8") as results:
            results.write(head + "\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
