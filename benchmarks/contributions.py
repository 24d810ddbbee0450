"""What exact contributions cost, by LightGBM's pred_contrib and by ours: CPU microseconds a person, on the same model.

python benchmarks/contributions.py [--trees 500] [--people 20000] [--write]

Makes people of a snapshot's shape (250 columns: counts, flags, days since that are missing for many, measures) with a
made outcome, and trains two models of 31 leaves a tree: one with paths of any length, one with at most 6 splits a path,
the most that a spec allows. Then, on one thread and in one process, in turn three times: LightGBM explains 400 people
and ours all of them; the least CPU (user and system) of each is taken. The first call of ours, which compiles, is
counted apart. The last column is the largest difference between the two, over the 400 people.
"""

import argparse
import os
import time
from datetime import UTC, datetime
from pathlib import Path

import lightgbm
import numpy as np

from riskstrat.modelling.explanation.contributions import contributions
from riskstrat.modelling.explanation.forest import read_forest

COLUMNS = 250
EXPLAINED_BY_LIGHTGBM = 400


def made_people(people):
    """Return a matrix of a snapshot's shape, nan where unknown, and an outcome that one in eight or so has."""
    random = np.random.default_rng(1)
    matrix = np.empty((people, COLUMNS), dtype=np.float32, order="F")
    for column in range(COLUMNS):
        made = [
            lambda: random.poisson(0.4, people),
            lambda: random.random(people) < 0.1,
            lambda: np.where(random.random(people) < 0.4, np.nan, random.exponential(300, people)),
            lambda: random.normal(0, 1, people),
            lambda: random.poisson(5, people),
        ]
        matrix[:, column] = made[column % len(made)]()
    standard = np.nan_to_num((matrix - np.nanmean(matrix, axis=0)) / np.nanstd(matrix, axis=0))
    odds = standard @ random.normal(0, 0.06, COLUMNS) + 0.3 * standard[:, 0] * standard[:, 3] - 2.3
    return matrix, (random.random(people) < 1 / (1 + np.exp(-odds))).astype(int)


def trained(matrix, outcome, trees, depth):
    """Return the text of a model with so many trees of 31 leaves; a depth of -1 is any."""
    settings = {
        "objective": "binary", "num_leaves": 31, "max_depth": depth, "learning_rate": 0.05, "min_data_in_leaf": 50,
        "max_bin": 63, "feature_fraction": 0.5, "seed": 1, "deterministic": True, "force_row_wise": True,
        "num_threads": 2, "verbosity": -1,
    }  # fmt: skip
    return lightgbm.train(settings, lightgbm.Dataset(matrix, outcome), trees).model_to_string()


def seconds(call):
    """Return the CPU seconds of a call, and what it returned."""
    before = time.process_time()
    result = call()
    return time.process_time() - before, result


def measure(text, matrix):
    """Return CPU microseconds a person of LightGBM and of ours, seconds of reading and of compiling, the difference."""
    booster = lightgbm.Booster(model_str=text)
    some = matrix[:EXPLAINED_BY_LIGHTGBM]
    reading, forest = seconds(lambda: read_forest(text))
    first, _ = seconds(lambda: contributions(forest, matrix, 1))
    theirs, ours = [], []
    for _ in range(3):
        cost, by_lightgbm = seconds(lambda: booster.predict(some, pred_contrib=True, num_threads=1))
        theirs.append(cost / len(some) * 1e6)
        cost, by_us = seconds(lambda: contributions(forest, matrix, 1))
        ours.append(cost / len(matrix) * 1e6)
    compiling = first - min(ours) * len(matrix) / 1e6
    return min(theirs), min(ours), reading, compiling, float(np.abs(by_us[: len(some)] - by_lightgbm).max())


def main():
    """Train, measure, print, and with ``--write`` add to ``results.md``."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--trees", type=int, default=500)
    parser.add_argument("--people", type=int, default=20_000)
    parser.add_argument("--write", action="store_true", help="add the figures to results.md")
    asked = parser.parse_args()
    load = os.getloadavg()[0]
    matrix, outcome = made_people(asked.people)
    lines = [
        f"\n### Exact contributions, {datetime.now(tz=UTC).date()}\n",
        f"`python benchmarks/contributions.py --trees {asked.trees} --people {asked.people}`; load before {load:.1f}, "
        f"{os.cpu_count()} cores, one thread each.\n",
        "| paths | pred_contrib, CPU µs a person | ours, CPU µs a person | times cheaper | reading the text, s "
        "| numba and compiling, once a process, s | largest difference |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for words, depth in (("of any length", -1), ("of at most 6 splits", 6)):
        theirs, ours, reading, compiling, difference = measure(trained(matrix, outcome, asked.trees, depth), matrix)
        compiled = f"{compiling:.1f}" if depth == -1 else ""
        lines.append(
            f"| {words} | {theirs:,.0f} | {ours:.0f} | {theirs / ours:.0f} | {reading:.2f} | {compiled} "
            f"| {difference:.0e} |"
        )
    print("\n".join(lines))
    if asked.write:
        with (Path(__file__).parent / "results.md").open("a", encoding="utf-8") as results:
            results.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
