"""What the bounds of cells tell of one another, carried along the ties until nothing moves any more."""

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix

Floats = npt.NDArray[np.float64]

_MOST_ROUNDS = 50
"""Bounds are sound after any number of rounds: ties in a ring may narrow them one person at a time for ever."""
_SLACK = 1e-6


class Contradiction(ValueError):
    """The published figures cannot all be true of one population."""


def narrowed(ties: csr_matrix, tie_bounds: Floats, bounds: Floats) -> Floats:
    """Return each cell's least and greatest whole number, by rows, as far as single ties tell.

    ``ties`` has a row per tie and a column per cell, ``tie_bounds`` and ``bounds`` a row per tie and per cell with what
    its sum or value lies between. No population that fits is lost. Raises ``Contradiction`` where bounds cross.
    """
    held = bounds.copy()
    entries = ties.tocoo()
    row, cell, weight = entries.row, entries.col, entries.data
    order = np.argsort(cell, kind="stable")
    row, cell, weight = row[order], cell[order], weight[order]
    starts = np.flatnonzero(np.diff(cell, prepend=-1))
    for _ in range(_MOST_ROUNDS):
        if np.any(held[:, 0] > held[:, 1]):
            raise Contradiction("the published figures cannot all be true of one population")
        if not len(cell):
            return held
        low, high = _as_ties_tell(row, cell, weight, tie_bounds, held)
        before = held.copy()
        at = cell[starts]
        held[at, 0] = np.maximum(held[at, 0], np.ceil(np.maximum.reduceat(low, starts) - _SLACK))
        held[at, 1] = np.minimum(held[at, 1], np.floor(np.minimum.reduceat(high, starts) + _SLACK))
        if np.array_equal(before, held):
            break
    if np.any(held[:, 0] > held[:, 1]):
        raise Contradiction("the published figures cannot all be true of one population")
    return held


def _as_ties_tell(
    row: npt.NDArray[np.int32], cell: npt.NDArray[np.int32], weight: Floats, tie_bounds: Floats, held: Floats
) -> tuple[Floats, Floats]:
    """Return for each entry what its tie leaves for its cell, the others being where they may be."""
    ends = weight[:, None] * held[cell]
    least, most = ends.min(axis=1), ends.max(axis=1)
    over = tie_bounds[row, 1] - _of_the_others(row, least, len(tie_bounds))
    under = tie_bounds[row, 0] - _of_the_others(row, most, len(tie_bounds))
    one, other = under / weight, over / weight
    return np.minimum(one, other), np.maximum(one, other)


def _of_the_others(row: npt.NDArray[np.int32], ends: Floats, ties: int) -> Floats:
    """Return for each entry the sum of the other entries of its tie; one of them unbounded leaves it unbounded."""
    is_open = np.isinf(ends)
    finite = np.where(is_open, 0.0, ends)
    others = np.bincount(row, finite, ties)[row] - finite
    opened = np.bincount(row, is_open, ties)[row] - is_open
    unbounded = ends[is_open][0] if is_open.any() else 0.0  # least ends are open downwards only, greatest upwards
    result: Floats = np.where(opened > 0, unbounded, others)
    return result
