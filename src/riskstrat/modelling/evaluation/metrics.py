"""Figures of a model with intervals by bootstrap over people, all draws at once.

Every function takes a matrix of weights, one row per draw: how often each person was drawn. A row of ones gives the
figure itself. Scores are sorted once; tied scores count as one threshold, so that order within a tie never matters.

How people who die or leave count is for ``riskstrat.modelling.evaluation.evaluate`` to say: here an outcome is 0 or 1.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from riskstrat.modelling.training.calibration import Floats, expit, logit

TOP_SHARES = (0.005, 0.01, 0.02, 0.05)
"""Sizes of lists that people use, as shares of everyone scored."""


@dataclass(frozen=True)
class Figure:
    """A figure with its 95 % interval, and its standard error over the draws."""

    value: float
    low: float
    high: float
    error: float


def draws_of(people: int, draws: int, seed: int) -> Floats:
    """Return bootstrap weights: a first row of ones, then ``draws`` rows of how often each person was drawn."""
    random = np.random.default_rng(seed)
    weights = np.empty((draws + 1, people), dtype=np.float64)
    weights[0] = 1.0
    for k in range(1, draws + 1):
        weights[k] = np.bincount(random.integers(0, people, people), minlength=people)
    return weights


class Ranking:
    """Outcomes and weights by descending score, with ties put together: what the figures of rank are made from."""

    def __init__(self, score: Floats, outcome: Floats, weights: Floats) -> None:
        """Sort once and add up weights of events and of others at each distinct score."""
        order = np.argsort(-score, kind="stable")
        starts = np.flatnonzero(np.concatenate([[True], np.diff(score[order]) != 0]))
        ordered = weights[:, order]
        self.events = np.add.reduceat(ordered * outcome[order], starts, axis=1)
        self.others = np.add.reduceat(ordered * (1 - outcome[order]), starts, axis=1)
        self.thresholds = score[order][starts]

    def auroc(self) -> Floats:
        """Return the chance that a person with the event scores above one without; ties count half."""
        above = np.cumsum(self.events, axis=1) - 0.5 * self.events
        pairs = self.events.sum(axis=1) * self.others.sum(axis=1)
        return _ratio((above * self.others).sum(axis=1), pairs)

    def auprc(self) -> Floats:
        """Return average precision: precision at each threshold, weighted by the events it adds."""
        caught = np.cumsum(self.events, axis=1)
        listed = caught + np.cumsum(self.others, axis=1)
        precision = np.divide(caught, listed, out=np.zeros_like(caught), where=listed > 0)
        return _ratio((precision * self.events).sum(axis=1), caught[:, -1])

    def top(self, share: float) -> tuple[Floats, Floats]:
        """Return sensitivity and PPV of a list of that share; a tie at the cut is shared out evenly."""
        empty = ((0, 0), (1, 0))  # a list of nobody catches nobody
        caught = np.cumsum(np.pad(self.events, empty), axis=1)
        listed = caught + np.cumsum(np.pad(self.others, empty), axis=1)
        size = share * listed[:, -1]
        found = np.array([np.interp(size[k], listed[k], caught[k]) for k in range(len(caught))])
        return _ratio(found, caught[:, -1]), _ratio(found, size)

    def net_benefit(self, threshold: float) -> Floats:
        """Return net benefit of acting on everyone at or above the threshold (Vickers and Elkin 2006), per person."""
        taken = self.thresholds >= threshold
        people = self.events.sum(axis=1) + self.others.sum(axis=1)
        gained = self.events[:, taken].sum(axis=1)
        lost = self.others[:, taken].sum(axis=1) * threshold / (1 - threshold)
        return _ratio(gained - lost, people)


def brier(risk: Floats, outcome: Floats, weights: Floats) -> Floats:
    """Return the mean squared difference between risk and outcome."""
    return _ratio(weights @ (risk - outcome) ** 2, weights.sum(axis=1))


def calibration_ratio(risk: Floats, outcome: Floats, weights: Floats) -> Floats:
    """Return observed over expected events."""
    return _ratio(weights @ outcome, weights @ risk)


def calibration_line(risk: Floats, outcome: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """Return calibration slope (Cox) and intercept (calibration in the large, slope held at 1), by Newton's method."""
    if len(np.unique(outcome)) < 2:
        return np.full(len(weights), np.nan), np.full(len(weights), np.nan)
    x = logit(risk)
    intercept = np.zeros(len(weights))
    for _ in range(30):
        p = expit(x[None, :] + intercept[:, None])
        gain = (weights * (outcome - p)).sum(axis=1)
        step = _ratio(gain, (weights * p * (1 - p)).sum(axis=1))
        intercept = intercept + np.clip(step, -2, 2)
        if np.nanmax(np.abs(step), initial=0.0) < 1e-9:
            break
    return _slope(x, outcome, weights), intercept


def _slope(x: Floats, outcome: Floats, weights: Floats) -> Floats:
    base = np.zeros(len(weights))
    slope = np.ones(len(weights))
    for _ in range(50):
        p = expit(base[:, None] + slope[:, None] * x[None, :])
        difference = weights * (outcome - p)
        information = weights * p * (1 - p)
        g0, g1 = difference.sum(axis=1), difference @ x
        h00, h01, h11 = information.sum(axis=1), information @ x, information @ (x * x)
        determinant = h00 * h11 - h01**2
        step0 = _ratio(h11 * g0 - h01 * g1, determinant)
        step1 = _ratio(h00 * g1 - h01 * g0, determinant)
        base, slope = base + np.clip(step0, -2, 2), slope + np.clip(step1, -1, 1)
        if max(np.nanmax(np.abs(step0), initial=0.0), np.nanmax(np.abs(step1), initial=0.0)) < 1e-9:
            break
    return slope


def calibration_curve(risk: Floats, outcome: Floats, groups: int = 10) -> list[dict[str, float]]:
    """Return mean risk, observed rate and its 95 % Wilson interval in groups of equal size by risk."""
    order = np.argsort(risk, kind="stable")
    curve = []
    for part in np.array_split(order, min(groups, max(1, len(order)))):
        n, seen = len(part), float(outcome[part].sum())
        low, high = wilson(seen, n)
        curve.append(
            {
                "expected": float(risk[part].mean()),
                "observed": seen / n,
                "low": low,
                "high": high,
                "people": n,
                "events": seen,
            }
        )
    return curve


def wilson(seen: float, people: float, z: float = 1.959964) -> tuple[float, float]:
    """Return Wilson's interval of a share."""
    share = seen / people
    middle = (share + z * z / (2 * people)) / (1 + z * z / people)
    half = z / (1 + z * z / people) * np.sqrt(share * (1 - share) / people + z * z / (4 * people**2))
    return float(max(0.0, middle - half)), float(min(1.0, middle + half))


def figure(draws: Floats) -> Figure:
    """Return the first draw as the figure and the rest as its interval; draws that have no value are left out."""
    rest = draws[1:][np.isfinite(draws[1:])]
    if not np.isfinite(draws[0]) or len(rest) < 2:
        return Figure(float(draws[0]), float("nan"), float("nan"), float("nan"))
    low, high = np.percentile(rest, [2.5, 97.5])
    return Figure(float(draws[0]), float(low), float(high), float(rest.std(ddof=1)))


def all_figures(
    risk: Floats, outcome: Floats, weights: Floats, *, thresholds: Sequence[float] = ()
) -> dict[str, Figure]:
    """Return every figure of a model that gives probabilities, by name."""
    ranking = Ranking(risk, outcome, weights)
    slope, intercept = calibration_line(risk, outcome, weights)
    named = {
        "auroc": ranking.auroc(),
        "auprc": ranking.auprc(),
        "brier": brier(risk, outcome, weights),
        "calibration_slope": slope,
        "calibration_intercept": intercept,
        "calibration_ratio": calibration_ratio(risk, outcome, weights),
    }
    for share in TOP_SHARES:
        sensitivity, ppv = ranking.top(share)
        named[f"sensitivity_top_{_percent(share)}"] = sensitivity
        named[f"ppv_top_{_percent(share)}"] = ppv
    for threshold in thresholds:
        named[f"net_benefit_{_percent(threshold)}"] = ranking.net_benefit(threshold)
    return {name: figure(draws) for name, draws in named.items()}


def _percent(share: float) -> str:
    return f"{100 * share:g}_percent".replace(".", "_")


def _ratio(numerator: Floats, denominator: Floats) -> Floats:
    return np.divide(numerator, denominator, out=np.full_like(denominator, np.nan), where=denominator != 0)
