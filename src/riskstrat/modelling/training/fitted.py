"""A booster with its calibration line: what is fitted before anybody looks at the test rows."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from riskstrat.modelling.datasets.rows import Dataset
from riskstrat.modelling.spec import ModelSpec
from riskstrat.modelling.training.booster import Trees, fit
from riskstrat.modelling.training.calibration import Calibrator, Floats, fit_calibrator


@dataclass(frozen=True)
class Fitted:
    """The booster's text, its rounds, the trees read back from the text, and the calibration line."""

    text: str
    rounds: int
    trees: Trees
    calibrator: Calibrator

    def risk(self, matrix: npt.NDArray[np.float32]) -> Floats:
        """Return calibrated probabilities of an encoded matrix."""
        return self.calibrator.apply(self.trees.raw(matrix))


def fit_and_calibrate(spec: ModelSpec, dataset: Dataset, threads: int) -> Fitted:
    """Fit the booster on the training side and the line on the calibrating side, its level on that side's last date."""
    text, rounds = fit(spec, dataset, threads)
    trees = Trees(text, dataset.contract.names, threads)
    return Fitted(text, rounds, trees, calibrator_of(spec, dataset, trees))


def calibrator_of(spec: ModelSpec, dataset: Dataset, trees: Trees) -> Calibrator:
    """Return the line fitted on the calibrating side, its level on that side's last date."""
    held = dataset.rows["calibrate"]
    is_latest = held.index_date == held.index_date.max()
    return fit_calibrator(trees.raw(held.matrix), held.outcome, is_latest, **spec.calibration.model_dump())
