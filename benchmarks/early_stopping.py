"""Whom early stopping should look at: the stopping fold at the later date alone, or at every date before the test.

python benchmarks/early_stopping.py WORKSPACE [--deals 12]

WORKSPACE holds the snapshots and labels of a demonstration (``riskstrat demo``); nothing in it is changed. People are
dealt to their sides anew DEALS times (another salt); each deal is trained both ways, and both models are calibrated
and tested on the same people. Printed per outcome: rounds and events on the stopping side (later date alone against
every date), and the difference (later date alone minus every date) in AUROC and log loss on the test date, with the
standard error over deals.
"""

import argparse
from pathlib import Path

import numpy as np
from sklearn.metrics import log_loss, roc_auc_score

from riskstrat.modelling.datasets.inputs import latest_dates
from riskstrat.modelling.datasets.rows import Dataset, Shelf, gather, part_of
from riskstrat.modelling.explanation.factors import read_factors
from riskstrat.modelling.spec import ModelSpec, read_specs
from riskstrat.modelling.training.fitted import fit_and_calibrate
from riskstrat.project import Workspace

MODELS = ("emergency_admission_12m", "emergency_admission_30d", "frailty_12m")


def tried(spec: ModelSpec, dataset: Dataset) -> tuple[float, float, float, float]:
    """Return rounds, events on the stopping side, and AUROC and log loss on the test folds."""
    fitted = fit_and_calibrate(spec, dataset, 1)
    test = dataset.rows["test"]
    risk = fitted.risk(test.matrix)
    events = dataset.rows["stop"].outcome.sum()
    return fitted.rounds, events, roc_auc_score(test.outcome, risk), log_loss(test.outcome, risk)


def main() -> None:
    """Try every deal both ways and print a row per outcome."""
    parser = argparse.ArgumentParser()
    parser.add_argument("workspace", type=Path)
    parser.add_argument("--deals", type=int, default=12)
    asked = parser.parse_args()
    workspace = Workspace(asked.workspace)
    shelf = Shelf(workspace, [])
    specs = read_specs(list(MODELS))
    latest, _ = latest_dates(workspace, specs)
    print("| outcome | rounds | events on the stopping side | AUROC | log loss |\n| --- | --- | --- | --- | --- |")
    for shipped in specs:
        both = []
        for deal in range(asked.deals):
            split = shipped.split.model_copy(update={"salt": f"deal {deal}"})
            spec, day = shipped.model_copy(update={"split": split}), latest[shipped.name]
            worded = read_factors().columns
            dataset = gather(spec, shelf, day, [c for c in shelf.snapshot(day).columns if c not in worded])
            every = tried(spec, dataset)
            stop = dataset.rows["stop"]
            dataset.rows["stop"] = part_of(stop, stop.index_date == np.datetime64(split.calibration_date(day)))
            both.append((every, tried(spec, dataset)))
        every, later = np.array(both).transpose(1, 0, 2)
        mean, error = (later - every).mean(axis=0), (later - every).std(axis=0, ddof=1) / np.sqrt(len(both))
        counts = [f"{later[:, k].mean():.0f} against {every[:, k].mean():.0f}" for k in (0, 1)]
        figures = [f"{mean[k]:+.4f} (standard error {error[k]:.4f})" for k in (2, 3)]
        print(f"| {shipped.name} | {' | '.join(counts + figures)} |", flush=True)


if __name__ == "__main__":
    main()
