"""The modelling room on real patients: readmission within 30 days, beside other learners, and what a leak looks like.

python benchmarks/readmission [--data FOLDER] [--write]

One run, one split, patients never on two sides; intervals draw patients whole. ``--write`` adds the tables to
``benchmarks/results.md``. The data are found beside the checkout, at ``../shared/data/diabetes130``.
"""

import argparse
import os
import platform
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from competitors import Scored, competitors, require_xgboost
from encounters import BESIDE_THE_CHECKOUT, OUTCOME, read_encounters, read_spec, with_later_encounters
from threadpoolctl import threadpool_limits

from riskstrat.errors import RiskstratError
from riskstrat.modelling.datasets.rows import Dataset
from riskstrat.modelling.datasets.tidy import gather_table
from riskstrat.modelling.evaluation.evaluate import Tested, evaluate, rows_of_test_date
from riskstrat.modelling.evaluation.leaks import too_good_to_be_true
from riskstrat.modelling.spec import ModelSpec
from riskstrat.modelling.training.calibration import Floats, expit, fit_calibrator
from riskstrat.modelling.training.fitted import fit_and_calibrate

RESULTS = Path(__file__).parents[1] / "results.md"
OURS = "**LightGBM, this room**"


def ours(spec: ModelSpec, dataset: Dataset) -> Scored:
    """Fit the room's booster and score with it."""
    before = time.process_time()
    fitted = fit_and_calibrate(spec, dataset, 1)
    raw = [fitted.trees.raw(rows.matrix) for rows in (dataset.rows["calibrate"], rows_of_test_date(dataset.rows))]
    return Scored(OURS, *raw, time.process_time() - before)


def calibrated(spec: ModelSpec, dataset: Dataset, scored: Scored) -> Floats:
    """Return the tested rows' risks after the room's line, fitted on the calibrating side."""
    held = dataset.rows["calibrate"]
    everyone = np.ones(len(held), dtype=bool)
    line = fit_calibrator(scored.calibrating, held.outcome, everyone, **spec.calibration.model_dump())
    return line.apply(scored.tested)


def judged(spec: ModelSpec, dataset: Dataset, risk: Floats, against: Floats | None = None) -> dict[str, Any]:
    """Return the report of risks on the tested rows, beside ours where they are another model's."""
    version = None if against is None else OURS
    tested = Tested(rows_of_test_date(dataset.rows), risk, {}, champion_version=version, champion_risk=against)
    return evaluate(spec, tested)[0]


def compared(spec: ModelSpec, dataset: Dataset) -> tuple[list[str], dict[str, Any]]:
    """Return the table of all models, best first, and the report of ours."""
    room = ours(spec, dataset)
    own = calibrated(spec, dataset, room)
    report = judged(spec, dataset, own)
    found = [(report["figures"]["auroc"]["value"], _line(room, judged(spec, dataset, expit(room.tested)), report))]
    for other in competitors(dataset, rows_of_test_date(dataset.rows), spec.training.seed):
        after = judged(spec, dataset, calibrated(spec, dataset, other), own)
        before = judged(spec, dataset, expit(other.tested))
        found.append((after["figures"]["auroc"]["value"], _line(other, before, after)))
    head = [
        "| model | AUROC | less ours, same draws | AUPRC | Brier | slope as it came | slope | intercept | CPU, s |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    return head + [line for _, line in sorted(found, reverse=True)], report


def _line(scored: Scored, before: dict[str, Any], after: dict[str, Any]) -> str:
    figures = after["figures"]
    difference = after.get("auroc_minus_champion")
    cells = [
        scored.name,
        _in_words(figures["auroc"]),
        "" if difference is None else _in_words(difference, sign="+"),
        _in_words(figures["auprc"]),
        f"{figures['brier']['value']:.4f}",
        f"{before['figures']['calibration_slope']['value']:.2f}",
        _in_words(figures["calibration_slope"], places=2),
        _in_words(figures["calibration_intercept"], places=2, sign="+"),
        f"{scored.seconds:.1f}",
    ]
    return f"| {' | '.join(cells)} |"


def groups(report: dict[str, Any]) -> list[str]:
    """Return the table of groups; those with few events have no figures."""
    lines = [
        "| by | group | encounters | readmitted | AUROC | observed over expected |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for row in report["groups"]:
        figures = row["figures"]
        shown = [_in_words(figures[name]) for name in ("auroc", "calibration_ratio")] if figures else ["too few"] * 2
        counts = ["1 to 7" if row[name] is None else f"{row[name]:,}" for name in ("people", "events")]
        lines.append(f"| {' | '.join([row['factor'], row['group'], *counts, *shown])} |")
    return lines


def leaks(table: pl.DataFrame) -> list[str]:
    """Return what the same model reaches where something is wrong on purpose."""
    population = next(line for line in read_spec().text.splitlines() if line.startswith("population"))
    wrong = {
        "one column more: how many later encounters the patient has": (read_spec(), with_later_encounters(table)),
        "encounters dealt to the sides, not patients": (
            read_spec({'group    = "patient_nbr"': 'group    = "encounter_id"'}),
            table,
        ),
        "those who died or went to a hospice left in": (read_spec({population: 'population = "TRUE"'}), table),
        "outcomes shuffled": (read_spec(), table.with_columns(pl.col(OUTCOME).shuffle(seed=1))),
    }
    lines = ["| what is wrong | AUROC | AUPRC | the gate on what is too good to be true |", "| --- | --- | --- | --- |"]
    for words, (spec, frame) in wrong.items():
        dataset = gather_table(spec, frame)
        risk = calibrated(spec, dataset, ours(spec, dataset))
        figures = judged(spec, dataset, risk)["figures"]
        gate = too_good_to_be_true(spec.gates, rows_of_test_date(dataset.rows), risk, dataset.contract.names)
        found = "holds" if gate.holds else f"broken{gate.words[gate.words.index(';') :]}"
        lines.append(f"| {words} | {_in_words(figures['auroc'])} | {_in_words(figures['auprc'])} | {found} |")
    return lines


def _in_words(found: dict[str, Any], *, places: int = 3, sign: str = "") -> str:
    if found["value"] is None:
        return "too few"
    value, low, high = (f"{found[key]:{sign}.{places}f}" for key in ("value", "low", "high"))
    return f"{value} ({low} to {high})"


def cohort(table: pl.DataFrame, dataset: Dataset) -> str:
    """Return who is in it and on which side, counted."""
    row = dataset.attrition[0]
    sides = [f"{side} {len(r):,} ({int(r.outcome.sum()):,})" for side, r in dataset.rows.items() if len(r)]
    return (
        f"{len(table):,} encounters of {table['patient_nbr'].n_unique():,} patients; {row['outside_population']:,} "
        f"ended in death or at a hospice and are left out; {row['used']:,} stay, {row['events']:,} of them readmitted "
        f"within 30 days. Encounters (readmitted) by side: {', '.join(sides)}."
    )


def main() -> None:
    """Run, print, and with ``--write`` add to ``results.md``."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--data", type=Path, default=BESIDE_THE_CHECKOUT, help="the folder of the data")
    asked.add_argument("--write", action="store_true", help="add the tables to benchmarks/results.md")
    options = asked.parse_args()
    if not options.data.is_dir():
        sys.exit(f"there is no {options.data}: name the folder of the data with --data (benchmarks/README.md)")
    load = os.getloadavg()[0]
    version = require_xgboost()
    spec, table = read_spec(), read_encounters(options.data)
    with threadpool_limits(1):
        dataset = gather_table(spec, table)
        models, report = compared(spec, dataset)
        wrong = leaks(table)
    text = "\n".join(
        [
            f"\n## Readmission within 30 days, real encounters, {datetime.now(UTC):%Y-%m-%d}\n",
            f"`python benchmarks/readmission`; one thread, CPython {platform.python_version()}, xgboost {version}, "
            f"load before {load:.1f}. {cohort(table, dataset)}\n",
            *models,
            "",
            *groups(report),
            "",
            *wrong,
        ]
    )
    print(text)
    if options.write:
        RESULTS.write_text(f"{RESULTS.read_text(encoding='utf-8').rstrip()}\n{text}\n", encoding="utf-8")


if __name__ == "__main__":
    try:
        main()
    except RiskstratError as fault:
        sys.exit(str(fault))
