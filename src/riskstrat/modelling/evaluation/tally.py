"""How often every score was drawn: people counted by score and outcome, for all draws of a bootstrap at once.

Figures are made from these counts and not from the rows, which makes 200 draws of 200,000 people cheap. People of one
score are always counted together, so that order within a tie never matters. Where there are more than ``MOST_STEPS``
different scores, neighbours in rank are counted together too, but for the highest, where lists are cut: that moves a
draw by a few hundredths of an interval's width at most.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from riskstrat.modelling.evaluation.bootstrap import Draws, Places, Weights
from riskstrat.modelling.training.calibration import Floats

MOST_STEPS = 4096
Steps = Places
_CELLS_PER_ROW = 8
"""Cells by cluster up to this many times the rows are counted once and weighted; more cost more than counting anew."""


def falling_order(score: Floats) -> Places:
    """Return the places of scores, the highest first; equal ones in the order given."""
    return np.argsort(-score, kind="stable")


def steps_by_score(
    score: Floats,
    *,
    at: npt.ArrayLike = (),
    scale: Floats | None = None,
    most: int = MOST_STEPS,
    order: Places | None = None,
) -> tuple[Steps, Floats]:
    """Return each row's step, 0 for the highest score, and the highest score of each step.

    ``order`` is that of ``falling_order``, where it is known. A step ends wherever a score of ``at`` is passed. With a
    ``scale`` (rising with the score) it ends where the scale passes a whole number, instead of where ``most`` steps of
    equal size do.
    """
    order = falling_order(score) if order is None else order
    falling = score[order]
    is_new = np.append(True, np.diff(falling) != 0)
    starts = np.flatnonzero(is_new)
    if scale is not None:
        block = np.floor(scale[order][starts])
    else:
        block = _of_equal_size(starts, len(score), most) if len(starts) > most else starts
    keeps = np.append(True, np.diff(block) != 0)
    passed = np.searchsorted(-falling, -np.asarray(at, dtype=np.float64), side="right")
    keeps |= np.isin(starts, passed)
    is_start = np.zeros(len(score), dtype=np.intp)
    is_start[starts[keeps]] = 1
    step = np.empty(len(score), dtype=np.intp)
    step[order] = np.cumsum(is_start) - 1
    return step, falling[starts[keeps]]


def _of_equal_size(starts: Steps, rows: int, most: int) -> Steps:
    """Return the step of each place: half the steps for the highest places, one each, the rest of equal size."""
    own = most // 2
    size = -(-(rows - own) // (most - own))
    return np.where(starts < own, starts, own + (starts - own) // size)


def tally(cell: Steps, weights: Weights, cells: int) -> Floats:
    """Return how often each cell was drawn: a line per draw.

    Where clusters are few their rows are counted by cell once, and a draw is a weighted sum of clusters: whole numbers,
    so that it is the same to the last digit.
    """
    if isinstance(weights, Draws):
        clusters = weights.times.shape[1]
        if clusters * cells <= _CELLS_PER_ROW * len(cell):
            counts = np.bincount(weights.member * cells + cell, minlength=clusters * cells).astype(np.float64)
            counted: Floats = weights.times.astype(np.float64) @ counts.reshape(clusters, cells)
            return counted
    return np.stack([np.bincount(cell, weights=line, minlength=cells) for line in weights])


def tally_by_outcome(step: Steps, outcome: Floats, weights: Weights) -> tuple[Floats, Floats]:
    """Return how many without and how many with the outcome were drawn in each step: a line per draw."""
    steps = int(step.max()) + 1
    cells = tally(2 * step + outcome.astype(np.intp), weights, 2 * steps)
    return np.ascontiguousarray(cells[:, ::2]), np.ascontiguousarray(cells[:, 1::2])


def ratio(numerator: Any, denominator: Any) -> Floats:
    """Return a quotient, and not a number where there is nothing to divide by."""
    found: Floats = np.divide(numerator, denominator, out=np.full_like(denominator, np.nan), where=denominator != 0)
    return found
