"""Figures of a model, and of whatever gives people an order, for every draw of a bootstrap at once.

Every function takes a matrix of weights, one line per draw (``bootstrap.draws_of``): how often each person was drawn.
A line of ones gives the figure itself, which is worked from every score; its draws are worked in steps (``tally``).

How people who die or leave count is for ``riskstrat.modelling.evaluation.evaluate`` to say: here an outcome is 0 or 1.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from riskstrat.modelling.evaluation.bootstrap import Figure, Places, Weights, figure, figure_that_chance_raises
from riskstrat.modelling.evaluation.reliability import CHANCE_RAISES, RiskTally, error_of_a_perfect_model
from riskstrat.modelling.evaluation.tally import MOST_STEPS, falling_order, ratio, steps_by_score, tally_by_outcome
from riskstrat.modelling.training.calibration import Floats

TOP_SHARES = (0.005, 0.01, 0.02, 0.05, 0.1)
"""Sizes of lists that people use, as shares of everyone scored."""


class Ranking:
    """People by descending score, ties put together: how many are listed and caught down to each step."""

    def __init__(
        self,
        score: Floats,
        outcome: Floats,
        weights: Weights,
        *,
        thresholds: Sequence[float] = (),
        most: int = MOST_STEPS,
        order: Places | None = None,
    ) -> None:
        """Count once; the first column is the empty list. ``thresholds`` are those asked of ``net_benefit``."""
        step, self.highest = steps_by_score(score, at=thresholds, most=most, order=order)
        others, events = tally_by_outcome(step, outcome, weights)
        empty = ((0, 0), (1, 0))
        self.caught = np.pad(np.cumsum(events, axis=1), empty)
        self.listed = self.caught + np.pad(np.cumsum(others, axis=1), empty)

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
        last = self.listed.shape[1] - 1
        whole = (self.listed <= size[:, None]).sum(axis=1) - 1  # the last step that is on the list whole
        part = np.minimum(whole + 1, last)
        line = np.arange(len(size))
        before, caught = self.listed[line, whole], self.caught[line, whole]
        rate = ratio(self.caught[line, part] - caught, self.listed[line, part] - before)
        return size, caught + np.where(part > whole, rate, 0.0) * (size - before)

    def top(self, share: float) -> tuple[Floats, Floats]:
        """Return sensitivity and PPV of a list of that share."""
        size, found = self.found(share)
        return ratio(found, self.caught[:, -1]), ratio(found, size)

    def net_benefit(self, threshold: float) -> Floats:
        """Return net benefit of acting on everyone at or above the threshold (Vickers and Elkin 2006), per person."""
        taken = int((self.highest >= threshold).sum())
        gained, people = self.caught[:, taken], self.listed[:, taken]
        return ratio(gained - (people - gained) * threshold / (1 - threshold), self.listed[:, -1])


def rank_draws(
    score: Floats, outcome: Floats, weights: Weights, *, thresholds: Sequence[float] = ()
) -> dict[str, Floats]:
    """Return the figures that need an order alone, and net benefit, of every draw, by name."""
    order = falling_order(score)
    every = Ranking(score, outcome, weights[:1], thresholds=thresholds, most=len(score), order=order)
    some = Ranking(score, outcome, weights[1:], thresholds=thresholds, order=order)
    exact, drawn = _of_order(every, thresholds), _of_order(some, thresholds)
    return {name: np.concatenate([exact[name], drawn[name]]) for name in exact}


def _of_order(ranking: Ranking, thresholds: Sequence[float]) -> dict[str, Floats]:
    named = {"auroc": ranking.auroc(), "auprc": ranking.auprc()}
    for share in TOP_SHARES:
        sensitivity, ppv = ranking.top(share)
        named[f"sensitivity_top_{percent(share)}"] = sensitivity
        named[f"ppv_top_{percent(share)}"] = ppv
    return named | {f"net_benefit_{percent(t)}": ranking.net_benefit(t) for t in thresholds}


def risk_figures(risk: Floats, outcome: Floats, weights: Weights) -> dict[str, Figure]:
    """Return the figures that need probabilities, by name.

    The interval of the expected calibration error reaches 0 where a perfect model would show as much in 5 of 100 tests.
    """
    counted = RiskTally(risk, outcome, weights)
    slope, intercept = counted.calibration_line()
    draws = counted.brier_and_parts() | {
        "calibration_slope": slope,
        "calibration_intercept": intercept,
        "calibration_ratio": counted.calibration_ratio(),
    }
    figures = {name: figure(found) for name, found in draws.items()}
    for name in CHANCE_RAISES:
        figures[name] = figure_that_chance_raises(draws[name])
    error = figures["expected_calibration_error"]
    if error.value <= error_of_a_perfect_model(risk)[1]:
        figures["expected_calibration_error"] = replace(error, low=0.0)
    return figures


def all_figures(
    risk: Floats, outcome: Floats, weights: Weights, *, thresholds: Sequence[float] = ()
) -> dict[str, Figure]:
    """Return every figure of a model that gives probabilities, by name."""
    ranked = rank_draws(risk, outcome, weights, thresholds=thresholds)
    return {name: figure(draws) for name, draws in ranked.items()} | risk_figures(risk, outcome, weights)


def percent(share: float) -> str:
    """Return a share as it stands in names: ``0_5_percent``."""
    return f"{100 * share:g}_percent".replace(".", "_")
