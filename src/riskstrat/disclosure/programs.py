"""The programs that decide what a cell can be: some cells, their bounds and the ties among them, asked of a solver."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_matrix, hstack

from riskstrat.disclosure.bounds import Contradiction

Floats = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

_NO_BOUND = 10_000_000  # people: more than any board has
_IDLE_TURNS = 2
"""How often on end a search for another population may free no cell before the cells left are asked one by one."""
_FEW = 12
"""Cells left to the third step that are asked one by one, with fractions of people, rather than together."""
_SLACK = 1e-5  # of the solver's arithmetic, in people
_SEED = 20_180_901  # any fixed number: the same tables are attacked in the same way


@dataclass(frozen=True)
class Problem:
    """Some cells (places in the system), their bounds, and the ties among them."""

    cells: Whole
    bounds: Floats
    ties: csr_matrix
    tie_bounds: Floats

    def pinned(self, guarded: Flags, fitting: Whole | None = None) -> Iterator[tuple[int, int]]:
        """Yield the guarded cells of one value, with it; ``fitting`` is a population known to fit.

        Populations with fractions of people are asked first, as they are found far sooner: a cell of which they leave
        one whole number is pinned. Where many are left, most are free, and what shows that for all at once goes before.
        """
        left = np.flatnonzero(guarded)
        if len(left) > _FEW:
            left = self.undecided(guarded, fitting, few=_FEW)
        several = []
        for cell in left:
            low, high = self.extremes(int(cell), whole=False)
            if low == high:
                yield int(cell), low
            else:
                several.append(int(cell))
        if not several:
            return
        known = self._solve(np.zeros(len(self.cells))) if fitting is None else fitting
        while several:
            other = self._with_another(several[0], int(known[several[0]]))
            if other is None:
                yield several[0], int(known[several[0]])
                several = several[1:]
            else:
                several = [cell for cell in several if other[cell] == known[cell]]

    def undecided(self, guarded: Flags, fitting: Whole | None = None, *, few: int = 0, worth: float = 0.0) -> Whole:
        """Return the guarded cells not yet shown to be free; ``fitting`` is a population known to fit.

        Two whole-number populations that fit the figures and differ in a cell prove that the cell is not pinned. Pulled
        apart in fixed pseudo-random directions, as long as that frees any, they free nearly every cell without a
        program of its own: where two people only may be placed among sixty cells, each turn frees a cell or two. No
        more are looked for where no more than ``few`` cells are left, or where turns on end free no more than a share
        of ``worth`` of them.
        """
        left = np.flatnonzero(guarded)
        random = np.random.default_rng(_SEED)
        turn = idle = 0
        while len(left) > few and idle < _IDLE_TURNS:
            pull = np.zeros(len(self.cells))
            pull[left] = (-1.0) ** turn if turn < 2 else random.choice([-1.0, 1.0], len(left))
            found = self._solve(pull)
            if fitting is None:
                fitting = found
            still = left[found[left] == fitting[left]]
            idle = idle + 1 if len(still) >= (1 - worth) * len(left) else 0
            left, turn = still, turn + 1
        return left

    def extremes(self, cell: int, *, whole: bool = True) -> tuple[int, int | None]:
        """Return the smallest and largest whole number of one cell, ``None`` for no upper bound.

        Unless ``whole``, those between which it lies in populations that may have fractions of people.
        """
        pull = np.zeros(len(self.cells))
        pull[cell] = 1.0
        least, most = self._answer(pull, whole=whole)[cell], self._answer(-pull, whole=whole)[cell]
        low, high = math.ceil(least - _SLACK), math.floor(most + _SLACK)
        return low, None if high >= _NO_BOUND else high

    def least_moved(self, cell: int, value: int, wide: Floats, costs: Floats, *, whole: bool) -> Whole | None:
        """Return the cells that leave their bounds where ``cell`` is not ``value``, at the least cost.

        ``None`` where it can be nothing else. ``wide`` are the bounds that cells may go to, ``costs`` what a person
        beyond the bounds costs; a cell without a cost stays within them. Unless ``whole``, populations may have
        fractions of people.
        """
        may_leave = np.flatnonzero(costs)
        low, high = self.bounds.T
        cheapest, least = None, np.inf
        for one, other in ((max(low[cell], value + 1), high[cell]), (low[cell], min(high[cell], value - 1))):
            if one > other:
                continue
            own = self.bounds.copy()
            own[cell] = one, other
            above, below = wide[may_leave, 1] - high[may_leave], low[may_leave] - wide[may_leave, 0]
            found = milp(
                np.concatenate([np.zeros(len(self.cells)), costs[may_leave], costs[may_leave]]),
                integrality=int(whole),
                bounds=Bounds(
                    np.concatenate([own[:, 0], np.zeros(2 * len(may_leave))]),
                    np.minimum(np.concatenate([own[:, 1], above, below]), _NO_BOUND),
                ),
                constraints=LinearConstraint(
                    hstack([self.ties, self.ties[:, may_leave], -self.ties[:, may_leave]], "csr"),
                    self.tie_bounds[:, 0],
                    self.tie_bounds[:, 1],
                ),
                options={"mip_rel_gap": 0.0},
            )
            if found.x is not None and found.fun < least:
                beyond = found.x[len(self.cells) :].reshape(2, -1).sum(axis=0)
                cheapest, least = may_leave[beyond > _SLACK], found.fun
        return cheapest

    def _with_another(self, cell: int, value: int) -> Whole | None:
        """Return any population in which a cell has another value; ``None`` where there is none."""
        low, high = self.bounds[cell]
        for ends in ((max(low, value + 1), high), (low, min(high, value - 1))):
            if ends[0] <= ends[1]:
                bounds = self.bounds.copy()
                bounds[cell] = ends
                found = replace(self, bounds=bounds)._found(np.zeros(len(self.cells)), whole=True)
                if found is not None:
                    return _as_whole(found)
        return None

    def _solve(self, objective: Floats) -> Whole:
        """Return the population that makes the objective least."""
        return _as_whole(self._answer(objective, whole=True))

    def _answer(self, objective: Floats, *, whole: bool) -> Floats:
        found = self._found(objective, whole=whole)
        if found is None:
            raise Contradiction("the published figures cannot all be true of one population")
        return found

    def _found(self, objective: Floats, *, whole: bool) -> Floats | None:
        answer = milp(
            objective,
            integrality=np.full(len(self.cells), int(whole)),
            bounds=Bounds(self.bounds[:, 0], np.minimum(self.bounds[:, 1], _NO_BOUND)),
            constraints=LinearConstraint(self.ties, self.tie_bounds[:, 0], self.tie_bounds[:, 1]),
            options={"mip_rel_gap": 0.0},
        )
        found: Floats | None = answer.x
        return found


def _as_whole(found: Floats) -> Whole:
    people: Whole = np.rint(found).astype(np.int64)
    return people
