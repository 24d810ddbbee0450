"""Figures of rank, of calibration in line, and of use, for every draw of a bootstrap at once.

Every function takes a matrix of weights, one line per draw (``bootstrap.draws_of``): how often each person was drawn.
A line of ones gives the figure itself. Scores are sorted once; tied scores count as one threshold, so that order
within a tie never matters. ``reliability`` has the calibration figures that need groups of risk.

How people who die or leave count is for ``riskstrat.modelling.evaluation.evaluate`` to say: here an outcome is 0 or 1.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from riskstrat.modelling.evaluation.bootstrap import Figure, Weights, figure, figure_that_chance_raises, in_blocks
from riskstrat.modelling.evaluation.reliability import CHANCE_RAISES, brier_parts, groups_by_risk
from riskstrat.modelling.training.calibration import Floats, expit, logit

TOP_SHARES = (0.005, 0.01, 0.02, 0.05, 0.1)
"""Sizes of lists that people use, as shares of everyone scored."""
_STEPS = 512
"""Rows whose log odds fall in the same one of so many steps a unit are put together for the calibration line."""

AnyWeights = Floats | Weights


class Ranking:
    """People by descending score, ties put together: how many are listed and caught down to each distinct score."""

    def __init__(self, score: Floats, outcome: Floats, weights: AnyWeights) -> None:
        """Sort once and add up weights of everyone and of events; the first column is the empty list."""
        order = np.argsort(-score, kind="stable")
        ends = np.flatnonzero(np.append(np.diff(score[order]) != 0, True))
        ordered = weights[:, order].astype(np.float64, copy=False)
        self.listed = _down_to(ordered, ends)
        self.caught = _down_to(ordered * outcome[order], ends)
        self.thresholds = score[order][ends]

    def auroc(self) -> Floats:
        """Return the chance that a person with the event scores above one without; ties count half."""
        others = np.diff(self.listed) - np.diff(self.caught)
        above = (self.caught[:, 1:] + self.caught[:, :-1]) / 2
        return ratio((above * others).sum(axis=1), self.caught[:, -1] * others.sum(axis=1))

    def auprc(self) -> Floats:
        """Return average precision: precision at each threshold, weighted by the events it adds."""
        caught, listed = self.caught[:, 1:], self.listed[:, 1:]
        precision = np.divide(caught, listed, out=np.zeros_like(caught), where=listed > 0)
        return ratio((precision * np.diff(self.caught)).sum(axis=1), self.caught[:, -1])

    def found(self, share: float) -> tuple[Floats, Floats]:
        """Return how many are on a list of that share, and how many of them have the event.

        A tie at the cut is shared out evenly.
        """
        size = share * self.listed[:, -1]
        found = [np.interp(size[k], self.listed[k], self.caught[k]) for k in range(len(size))]
        return size, np.array(found)

    def top(self, share: float) -> tuple[Floats, Floats]:
        """Return sensitivity and PPV of a list of that share."""
        size, found = self.found(share)
        return ratio(found, self.caught[:, -1]), ratio(found, size)

    def net_benefit(self, threshold: float) -> Floats:
        """Return net benefit of acting on everyone at or above the threshold (Vickers and Elkin 2006), per person."""
        taken = int((self.thresholds >= threshold).sum())
        gained, people = self.caught[:, taken], self.listed[:, taken]
        return ratio(gained - (people - gained) * threshold / (1 - threshold), self.listed[:, -1])


def _down_to(ordered: Floats, ends: npt.NDArray[np.intp]) -> Floats:
    return np.pad(np.cumsum(ordered, axis=1)[:, ends], ((0, 0), (1, 0)))


def rank_draws(
    score: Floats, outcome: Floats, weights: Weights, *, thresholds: Sequence[float] = ()
) -> dict[str, Floats]:
    """Return the figures that need an order alone, and net benefit, of every draw, by name."""
    order = np.argsort(-score, kind="stable")
    score, outcome, weights = score[order], outcome[order], weights[:, order]

    def of_block(block: Floats) -> dict[str, Floats]:
        ranking = Ranking(score, outcome, block)
        named = {"auroc": ranking.auroc(), "auprc": ranking.auprc()}
        for share in TOP_SHARES:
            sensitivity, ppv = ranking.top(share)
            named[f"sensitivity_top_{percent(share)}"] = sensitivity
            named[f"ppv_top_{percent(share)}"] = ppv
        named |= {f"net_benefit_{percent(t)}": ranking.net_benefit(t) for t in thresholds}
        return named

    return in_blocks(weights, of_block)


def brier(risk: Floats, outcome: Floats, weights: AnyWeights) -> Floats:
    """Return the mean squared difference between risk and outcome."""
    return ratio(weights @ (risk - outcome) ** 2, weights.sum(axis=1, dtype=np.float64))


def calibration_ratio(risk: Floats, outcome: Floats, weights: AnyWeights) -> Floats:
    """Return observed over expected events."""
    return ratio(weights @ outcome, weights @ risk)


def calibration_line(risk: Floats, outcome: Floats, weights: AnyWeights) -> tuple[Floats, Floats]:
    """Return calibration slope (Cox) and intercept (calibration in the large, slope held at 1), by Newton's method.

    Rows within 1/512 of log odds of one another are put together, which moves neither by 0.00001.
    """
    if len(np.unique(outcome)) < 2:
        return np.full(len(weights), np.nan), np.full(len(weights), np.nan)
    log_odds = logit(risk)
    order = np.argsort(log_odds, kind="stable")
    starts = np.flatnonzero(np.append(True, np.diff(np.rint(log_odds[order] * _STEPS)) != 0))
    x = np.add.reduceat(log_odds[order], starts) / np.diff(np.append(starts, len(order)))
    ordered = weights[:, order].astype(np.float64, copy=False)
    people = np.add.reduceat(ordered, starts, axis=1)
    events = np.add.reduceat(ordered * outcome[order], starts, axis=1)
    return _slope(x, events, people), _intercept(x, events, people)


def _intercept(x: Floats, events: Floats, people: Floats) -> Floats:
    intercept = np.zeros(len(people))
    for _ in range(30):
        p = expit(x[None, :] + intercept[:, None])
        step = ratio((events - people * p).sum(axis=1), (people * p * (1 - p)).sum(axis=1))
        intercept = intercept + np.clip(step, -2, 2)
        if np.nanmax(np.abs(step), initial=0.0) < 1e-9:
            break
    return intercept


def _slope(x: Floats, events: Floats, people: Floats) -> Floats:
    base = np.zeros(len(people))
    slope = np.ones(len(people))
    for _ in range(50):
        p = expit(base[:, None] + slope[:, None] * x[None, :])
        difference = events - people * p
        information = people * p * (1 - p)
        g0, g1 = difference.sum(axis=1), difference @ x
        h00, h01, h11 = information.sum(axis=1), information @ x, information @ (x * x)
        determinant = h00 * h11 - h01**2
        step0 = ratio(h11 * g0 - h01 * g1, determinant)
        step1 = ratio(h00 * g1 - h01 * g0, determinant)
        base, slope = base + np.clip(step0, -2, 2), slope + np.clip(step1, -1, 1)
        if max(np.nanmax(np.abs(step0), initial=0.0), np.nanmax(np.abs(step1), initial=0.0)) < 1e-9:
            break
    return slope


def risk_draws(risk: Floats, outcome: Floats, weights: Weights) -> dict[str, Floats]:
    """Return the figures that need probabilities, of every draw, by name."""
    group = groups_by_risk(risk)

    def of_block(block: Floats) -> dict[str, Floats]:
        slope, intercept = calibration_line(risk, outcome, block)
        return {
            "brier": brier(risk, outcome, block),
            **brier_parts(risk, outcome, block, group),
            "calibration_slope": slope,
            "calibration_intercept": intercept,
            "calibration_ratio": calibration_ratio(risk, outcome, block),
        }

    return in_blocks(weights, of_block)


def all_figures(
    risk: Floats, outcome: Floats, weights: Weights, *, thresholds: Sequence[float] = ()
) -> dict[str, Figure]:
    """Return every figure of a model that gives probabilities, by name."""
    draws = {**rank_draws(risk, outcome, weights, thresholds=thresholds), **risk_draws(risk, outcome, weights)}
    return {name: named_figure(name, found) for name, found in draws.items()}


def named_figure(name: str, draws: Floats) -> Figure:
    """Return the figure of that name from its draws, with the interval that suits it."""
    return figure_that_chance_raises(draws) if name in CHANCE_RAISES else figure(draws)


def percent(share: float) -> str:
    """Return a share as it stands in names: ``0_5_percent``."""
    return f"{100 * share:g}_percent".replace(".", "_")


def ratio(numerator: Any, denominator: Any) -> Floats:
    """Return a quotient, and not a number where there is nothing to divide by."""
    found: Floats = np.divide(numerator, denominator, out=np.full_like(denominator, np.nan), where=denominator != 0)
    return found
