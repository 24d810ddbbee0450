"""Discrimination and calibration with intervals from a formula, for the many looks beyond the one on the test date.

The headline figures are bootstrapped; a dozen more looks at as many people would cost a dozen bootstraps. AUROC:
DeLong, DeLong and Clarke-Pearson, Biometrics 1988;44:837-845, whose covariance also pairs scores of the same people.
Observed over expected events: ``riskstrat.modelling.evaluation.gates.ratio_interval``.
"""

from collections.abc import Sequence

import numpy as np

from riskstrat.modelling.evaluation.bootstrap import Figure, Z
from riskstrat.modelling.training.calibration import Floats


def aurocs(scores: Sequence[Floats], outcome: Floats) -> tuple[Floats, Floats]:
    """Return the AUROC of every score of the same people, and the covariance of the AUROCs (scores x scores).

    Ties count half. ``ValueError`` without at least two people with the outcome and two without.
    """
    from scipy.stats import rankdata

    has = outcome == 1
    events, others = int(has.sum()), int((~has).sum())
    if min(events, others) < 2:
        raise ValueError("an AUROC's error needs two people with the outcome and two without")
    of_events, of_others = np.empty((len(scores), events)), np.empty((len(scores), others))
    for k, score in enumerate(scores):
        ranks = rankdata(score)
        of_events[k] = (ranks[has] - rankdata(score[has])) / others
        of_others[k] = 1 - (ranks[~has] - rankdata(score[~has])) / events
    covariance = np.atleast_2d(np.cov(of_events)) / events + np.atleast_2d(np.cov(of_others)) / others
    return of_events.mean(axis=1), covariance


def auroc(score: Floats, outcome: Floats) -> Figure:
    """Return the AUROC with its 95 % interval, which is kept within 0 and 1."""
    values, covariance = aurocs([score], outcome)
    value, error = float(values[0]), float(np.sqrt(covariance[0, 0]))
    return Figure(value, max(0.0, value - Z * error), min(1.0, value + Z * error), error)


def auroc_difference(score: Floats, other: Floats, outcome: Floats) -> Figure:
    """Return the AUROC of ``score`` less that of ``other`` on the same people, with its 95 % interval."""
    values, covariance = aurocs([score, other], outcome)
    value = float(values[0] - values[1])
    variance = float(covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1])
    error = float(np.sqrt(max(variance, 0.0)))
    return Figure(value, value - Z * error, value + Z * error, error)
