"""What one report costs: CPU seconds by part, and memory, by people tested.

People, practices, groups, outcomes and eight scores are drawn at random, with a snapshot's columns as in
``benchmarks/training.py``; the booster is the product's, fitted to 50,000 rows. Timed: the figures of the test date
(``evaluate``); the looks beyond it, at the test date and the month before (everyone in both snapshots is tested); what
later months are watched against; the card, page and JSON. Not timed: making the data, fitting, and the baselines'
scores, which are training. A model of 1,000,000 training rows tests about 200,000 people.

python benchmarks/evaluation.py [PEOPLE [PRACTICES [COLUMNS]]]
"""

import os
import resource
import sys
import tempfile
import time
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
from threadpoolctl import threadpool_limits
from training import contract_of
from training import made as made_columns

from riskstrat.modelling import write_card
from riskstrat.modelling.datasets.rows import Dataset, Rows, Shelf
from riskstrat.modelling.evaluation.beyond import Judged, beyond_the_test_date
from riskstrat.modelling.evaluation.evaluate import Tested, evaluate
from riskstrat.modelling.evaluation.listing import Board
from riskstrat.modelling.monitoring.reference import reference_of
from riskstrat.modelling.registry.bundle import ModelFiles, write_bundle
from riskstrat.modelling.registry.versions import Registry
from riskstrat.modelling.spec import read_specs
from riskstrat.modelling.training.baselines import BASELINE_TITLES
from riskstrat.modelling.training.calibration import expit
from riskstrat.modelling.training.fitted import fit_and_calibrate
from riskstrat.modelling.training.record import record_of_fit
from riskstrat.project import Workspace

BEFORE, TEST = date(2025, 8, 1), date(2025, 9, 1)
EXPOSURE = {"groups": [], "note": "No worklist had been sent before the horizon ended."}


def _days(mask, random):
    """Return a day within the year for those of the mask, and none for others."""
    days = np.datetime64("2025-09-01", "D") + random.integers(0, 365, len(mask))
    return np.where(mask, days, np.datetime64("NaT", "D"))


def made_test_date(people, practices, outcome):
    """Return rows, risks and scores as a test date has them, with a champion and every baseline."""
    random = np.random.default_rng(1)
    age = np.clip(random.normal(50, 19, people), 18, 100).astype(int)
    log_odds = -2.8 + 0.03 * (age - 50) + random.normal(0, 0.8, people)
    codes = np.array([f"Z{k:05d}" for k in range(practices)])
    practice = codes[random.integers(0, practices, people)]
    frame = pl.DataFrame(
        {
            "practice_code": practice,
            "age": age,
            "sex": random.choice(["1", "2"], people),
            "ethnic_category": random.choice(list("ACHMRZ"), people, p=[0.7, 0.1, 0.08, 0.05, 0.02, 0.05]),
            "imd_decile": random.integers(1, 11, people),
            "in_care_home": (random.random(people) < 0.01).astype(int),
            "has_learning_disability": (random.random(people) < 0.01).astype(int),
            "has_smi": (random.random(people) < 0.01).astype(int),
            "has_dementia": (random.random(people) < 0.02).astype(int),
            "emergency_admissions_730d": (random.random(people) < 0.13).astype(int),
            "event_date": _days(outcome == 1, random),
            "overnight_date": _days((outcome == 1) & (random.random(people) < 0.7), random),
            "left_date": _days(random.random(people) < 0.04, random),
            "death_date": _days(random.random(people) < 0.01, random),
        }
    )
    rows = Rows(np.arange(people), np.full(people, "2025-09-01", "M8[D]"), np.zeros((people, 0)), outcome, frame)
    scores = {name: np.round(log_odds + random.normal(0, 1.5, people), 2) for name in BASELINE_TITLES}
    return Tested(
        rows=rows,
        risk=expit(log_odds),
        baselines=scores,
        champion_version="1",
        champion_risk=expit(log_odds + random.normal(0, 0.2, people)),
        board=Board(5 * people, dict.fromkeys(codes, 5 * people // practices), dict.fromkeys(codes, 20)),
    )


def made_store(root, made, matrix, names):
    """Write both dates' snapshots and labels; the month before is the test date with a tenth of the values redrawn."""
    workspace, random = Workspace(root), np.random.default_rng(2)
    rows = made.rows.people
    keys = pl.DataFrame({"person_id": made.rows.person_id}).with_columns(rows["practice_code"], rows["age"])
    for day in (BEFORE, TEST):
        now = matrix if day == TEST else np.where(random.random(matrix.shape, dtype=np.float32) < 0.1, 0, matrix)
        frame = keys.with_columns(pl.lit(day).alias("index_date")).hstack(pl.from_numpy(now, schema=names))
        ends = rows.select("event_date", "death_date", "left_date", "overnight_date")
        label = (
            frame.select("person_id", "index_date").with_columns(pl.Series("outcome", made.rows.outcome)).hstack(ends)
        )
        for layer, table in (("features", frame.fill_nan(None)), ("labels/emergency_admission_12m", label)):
            workspace.part(layer, day).parent.mkdir(parents=True)
            table.write_parquet(workspace.part(layer, day))
        workspace.part("sources", day).parent.mkdir(parents=True)
        sources = {"table_name": ["gp_event"], "is_present": [True]}
        pl.DataFrame(sources).write_parquet(workspace.part("sources", day))
    return workspace


def fitted_to_some(spec, columns):
    """Return the product's booster with a line, fitted to made rows, and its contract."""
    sides = {}
    for seed, side in enumerate(("train", "stop", "calibrate")):
        matrix, outcome = made_columns(50_000 if side == "train" else 10_000, columns, seed + 11)
        when = np.full(len(outcome), np.datetime64(TEST))
        sides[side] = Rows(np.arange(len(outcome)), when, np.ascontiguousarray(matrix), outcome, pl.DataFrame())
    dataset = Dataset(contract_of(columns), sides)
    return fit_and_calibrate(spec, dataset, 1), dataset


def timed(parts, name, work):
    """Do one part, keep its CPU seconds and return what it made."""
    start = time.process_time()
    made = work()
    parts[name] = time.process_time() - start
    return made


def report(people, practices, columns, root):
    """Return CPU seconds by part, and the report's size in characters."""
    spec = read_specs(["emergency_admission_12m"])[0]
    parts = {}
    fitted, dataset = fitted_to_some(spec, columns)
    matrix, outcome = made_columns(people, columns, 3)
    matrix = np.ascontiguousarray(matrix)
    made = made_test_date(people, practices, outcome)
    made.rows.matrix = matrix
    made = replace(made, risk=fitted.risk(matrix), columns=dataset.contract.names)
    workspace = made_store(root, made, matrix, dataset.contract.names)
    dataset.sides = pl.DataFrame({"person_id": made.rows.person_id}).with_columns(pl.lit("test").alias("side"))
    shelf = Shelf(workspace, [])
    shelf.snapshot(TEST)
    record = record_of(spec, dataset, fitted)
    with threadpool_limits(1, user_api="blas"):
        found, gates = timed(parts, "figures", lambda: evaluate(spec, made))
        judged = Judged(spec, shelf, dataset, TEST, made.rows, made.risk, fitted.risk, fitted.trees.contributions)
        found |= timed(parts, "beyond", lambda: beyond_the_test_date(judged))
        found |= {"test_date": str(TEST), "gates": [gate.as_json() for gate in gates], "exposure": EXPOSURE}
        reading = lambda: reference_of(matrix, dataset.contract.names, made.risk)  # noqa: E731
        found["reference"] = timed(parts, "reference", reading)
    model = ModelFiles(spec.name, spec.text, fitted.text, fitted.calibrator, dataset.contract, record)
    sha256 = write_bundle(root / "bundle", model, found)
    Registry(workspace).register(model, root / "bundle", sha256, parameters={}, figures={})
    page, _ = timed(parts, "card", lambda: write_card(workspace, spec.name, "1", root / "card"))
    return parts, len(page.read_text(encoding="utf-8"))


def record_of(spec, dataset, fitted):
    """Return a training record such as the card reads; dates are those of the made store."""
    sides = {**dataset.rows, "test": dataset.rows["stop"], "test_practice": dataset.rows["stop"]}
    record = record_of_fit(spec, replace(dataset, rows=sides), fitted.rounds, fitted.trees)
    dates = {"training_dates": [], "calibration_date": str(BEFORE), "test_date": str(TEST)}
    return record | dates | {"code_lists_sha256": "", "sql_sha256": {}}


def main():
    """Print people, practices, columns and draws, CPU seconds by part and together, and the peak of memory."""
    people, practices, columns = (int(n) for n in (*sys.argv[1:], *("200000", "150", "200")[len(sys.argv) - 1 :]))
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as root:
        parts, characters = report(people, practices, columns, Path(root))
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    said = ", ".join(f"{name} {seconds:.1f}" for name, seconds in parts.items())
    print(
        f"{people:,} people x {columns} columns, {practices} practices: {sum(parts.values()):.1f} CPU seconds "
        f"({said}), {characters:,} characters, peak memory {most / 1024:,.0f} MB, load before {load:.1f}"
    )


if __name__ == "__main__":
    main()
