"""Cells that are one count: where a tie says that two cells are equal, what is asked of one is asked of both.

Twelve months in which a small count has not changed are twelve cells and one number. Programs over the numbers are a
fraction of the size of those over the cells, and a few ties reach as far as many did.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_matrix, csc_matrix, csr_matrix
from scipy.sparse.csgraph import connected_components

from riskstrat.disclosure.bounds import Contradiction, Floats

Whole = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

_SLACK = 1e-6
_HUB = 12
"""Cells of more ties than this, such as everybody registered in a practice, lead everywhere."""


class Counts:
    """The counts that cells show, each once, and what ties them.

    ``of`` says which count each cell shows, ``first`` which cell of a count comes first. ``ties`` has a row per tie of
    different counts and a column per count, ``tie_bounds`` what its sum lies between.
    """

    def __init__(self, ties: csr_matrix, tie_bounds: Floats) -> None:
        """``ties`` has a column per cell."""
        self.of = _one_number(ties, tie_bounds)
        _, self.first = np.unique(self.of, return_index=True)
        cells = ties.shape[1]
        among = csr_matrix((np.ones(cells), (np.arange(cells), self.of)), shape=(cells, len(self.first)))
        merged = (ties @ among).tocsr()
        merged.eliminate_zeros()
        says = np.diff(merged.indptr) > 0
        self.ties, self.tie_bounds = merged[says], tie_bounds[says]
        self._is_untrue = bool(np.any((tie_bounds[~says, 0] > 0) | (tie_bounds[~says, 1] < 0)))
        self.is_hub = self.has(np.bincount(ties[says].indices, minlength=cells) > _HUB)

    def has(self, flags: Flags) -> Flags:
        """Return whether any cell of a count is flagged."""
        found = np.zeros(len(self.first), dtype=bool)
        found[self.of[flags]] = True
        return found

    def within(self, bounds: Floats) -> Floats:
        """Return between what each count lies where its cells lie within these bounds.

        Raises ``Contradiction`` where that leaves none.
        """
        held = np.tile([-np.inf, np.inf], (len(self.first), 1))
        np.maximum.at(held[:, 0], self.of, bounds[:, 0])
        np.minimum.at(held[:, 1], self.of, bounds[:, 1])
        if self._is_untrue or np.any(held[:, 0] > held[:, 1]):
            raise Contradiction("the published figures cannot all be true of one population")
        return held

    def moved_by(self, others: Sequence[Mapping[int, int]], truth: Whole, bounds: Floats) -> Flags:
        """Return which counts differ from the ``truth`` in one of the populations that fits bounds and ties.

        ``others`` say what each population has in the counts in which it may differ.
        """
        at = [(count, n, value) for n, other in enumerate(others) for count, value in other.items()]
        counts, numbers, values = np.array(at, dtype=np.int64).reshape(-1, 3).T
        moves = csc_matrix((values - truth[counts], (counts, numbers)), shape=(len(truth), len(others)))
        beyond = (values < bounds[counts, 0]) | (values > bounds[counts, 1])
        fits = np.bincount(numbers[beyond], minlength=len(others)) == 0
        changed = (self.ties @ moves).tocoo()
        sums = (self.ties @ truth)[changed.row] + changed.data
        low, high = self.tie_bounds[changed.row].T
        fits[changed.col[(sums < low - _SLACK) | (sums > high + _SLACK)]] = False
        moved = np.zeros(len(truth), dtype=bool)
        moved[moves[:, fits].nonzero()[0]] = True
        return moved


def _one_number(ties: csr_matrix, tie_bounds: Floats) -> npt.NDArray[np.int32]:
    """Return for each cell the number of its count: cells whose difference is nothing have one."""
    pairs = np.flatnonzero((np.diff(ties.indptr) == 2) & (tie_bounds == 0.0).all(axis=1))
    cells, weights = (part[ties.indptr[pairs][:, None] + [0, 1]] for part in (ties.indices, ties.data))
    equal = cells[weights.sum(axis=1) == 0]
    joined = coo_matrix((np.ones(len(equal)), (equal[:, 0], equal[:, 1])), shape=(ties.shape[1],) * 2)
    numbers: npt.NDArray[np.int32] = connected_components(joined, directed=False)[1]
    return numbers
