"""Calibration: a straight line on the logit scale, monotone by construction.

Fitted on people who neither trained nor test the model. A booster fitted by log loss is nearly calibrated as it is, so
the line has a normal prior around no change: with thousands of events the prior is nothing, with few it keeps noise
from bending a model that is nearly right.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

_LEAST, _MOST = 1e-6, 1 - 1e-6
_LEAST_SLOPE = 0.05


def logit(probability: Floats) -> Floats:
    """Return log odds; probabilities are kept a millionth away from 0 and 1."""
    clipped = np.clip(probability, _LEAST, _MOST)
    return np.log(clipped) - np.log1p(-clipped)


def expit(log_odds: Floats) -> Floats:
    """Return probabilities, without overflow."""
    return np.exp(-np.logaddexp(0.0, -log_odds))


@dataclass(frozen=True)
class Calibrator:
    """``calibrated log odds = intercept + slope * raw log odds``; the slope is above 0, so order never changes."""

    intercept: float
    slope: float

    def apply(self, raw_log_odds: Floats) -> Floats:
        """Return calibrated probabilities of raw log odds."""
        return expit(self.intercept + self.slope * raw_log_odds)


def fit_calibrator(
    raw_log_odds: Floats, outcome: Floats, is_latest: Flags, *, slope_prior_sd: float, intercept_prior_sd: float
) -> Calibrator:
    """Fit the slope on every row, then the level on the rows of the latest date, starting from the level of them all.

    Rates move with the years and slopes hardly do: the slope needs all the events there are, the level the newest.
    Without both an event and a non-event there is nothing to fit, and the identity is returned.
    """
    if len(np.unique(outcome)) < 2:
        return Calibrator(0.0, 1.0)
    whole = _line(raw_log_odds, outcome, slope_prior_sd, intercept_prior_sd)
    level = whole.intercept + whole.slope * raw_log_odds[is_latest]
    newest = _line(level, outcome[is_latest], 1e-6, intercept_prior_sd)
    return Calibrator(whole.intercept + newest.intercept, whole.slope)


def _line(raw_log_odds: Floats, outcome: Floats, slope_prior_sd: float, intercept_prior_sd: float) -> Calibrator:
    """Fit ``raw + shift + (slope - 1) * (raw - its mean)`` by Newton's method, with normal priors on shift and slope.

    The mean is weighted as the likelihood weighs people, so that the shift is the calibration in the large.
    """
    weight = expit(raw_log_odds) * (1 - expit(raw_log_odds))
    middle = float(np.average(raw_log_odds, weights=weight))
    design = np.column_stack([np.ones_like(raw_log_odds), raw_log_odds - middle])
    precision = np.array([1.0 / intercept_prior_sd**2, 1.0 / slope_prior_sd**2])
    change = np.zeros(2)
    for _ in range(50):
        p = expit(raw_log_odds + design @ change)
        gradient = design.T @ (outcome - p) - precision * change
        hessian = (design * (p * (1 - p))[:, None]).T @ design + np.diag(precision)
        step = np.linalg.solve(hessian, gradient)
        change = change + np.clip(step, -2.0, 2.0)
        if np.abs(step).max() < 1e-10:
            break
    slope = max(1.0 + float(change[1]), _LEAST_SLOPE)
    return Calibrator(float(change[0]) + (1.0 - slope) * middle, slope)
