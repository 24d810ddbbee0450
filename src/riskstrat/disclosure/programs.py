"""Which other populations fit a set of published cells: programs over whole people, and over fractions of them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import bmat, csr_matrix, hstack, identity

from riskstrat.disclosure.bounds import Contradiction
from riskstrat.disclosure.counts import Flags, Whole
from riskstrat.disclosure.linear import Floats, Program, Undecided

_NO_BOUND = 10_000_000  # people: more than any board has
_SLACK = 1e-5  # of the solver's arithmetic, in people
_AROUND = (1, 2)
"""How many ties away from the cells that fractions of people moved a population of whole ones is looked for."""
_TIMES = (1, 2)
"""Fractions of people are mostly halves: the same way twice as far is one of whole people, where there is room."""


@dataclass(frozen=True)
class Suppressible:
    """Figures that may be suppressed: of which cell of a problem each is, and its bounds as it is shown and as a ``*``.

    ``costs`` are those of a person by whom the count leaves what is shown.
    """

    cells: Whole
    shown: Floats
    hidden: Floats
    costs: Floats


@dataclass(frozen=True)
class Problem:
    """Some cells (their places in the system), their bounds, and the ties among them.

    A cell stands for all that show one count (``counts``). Those that lead everywhere (``is_hub``) are not come by when
    a population is looked for near another.
    """

    cells: Whole
    bounds: Floats
    ties: csr_matrix
    tie_bounds: Floats
    is_hub: Flags

    def among(self, places: Whole, fitting: Whole) -> "Problem":
        """Return the problem of these of its cells; the others stay as they are in the population ``fitting``."""
        columns = self.ties[:, places]
        used = np.flatnonzero(np.diff(columns.indptr))
        held = fitting.copy()
        held[places] = 0
        rest = self.tie_bounds[used] - (self.ties[used] @ held)[:, None]
        return Problem(self.cells[places], self.bounds[places], columns[used], rest, self.is_hub[places])

    def pinned(self, guarded: Flags, fitting: Whole | None = None) -> tuple[dict[int, int], list[Whole]]:
        """Return the guarded cells of one value, with it, and populations that show the others to be free.

        ``fitting`` is a population known to fit. A cell of which the solver cannot tell is taken to be of one value:
        nobody has shown that it is free.
        """
        known = self._solve(np.zeros(len(self.cells))) if fitting is None else fitting
        others = self.nearest(guarded, known)
        left, only = the_same_in(others, guarded, known), dict[int, int]()
        while len(left):
            try:
                other = self.with_another(int(left[0]), int(known[left[0]]))
            except Undecided:
                other = None
            if other is None:
                only[int(left[0])] = int(known[left[0]])
                left = left[1:]
            else:
                others.append(other)
                left = left[other[left] == known[left]]
        return only, others

    def nearest(self, guarded: Flags, fitting: Whole) -> list[Whole]:
        """Return populations that free guarded cells, each found as the one that differs least in one of them.

        A population of whole numbers that fits the figures and differs from ``fitting`` in a cell proves that the cell
        is not pinned. The one that differs least moves a few people round a few ties, is found without preparing the
        whole program, frees whatever else it moves, and is mostly of whole numbers.
        """
        nearest, found = _Nearest(self, fitting), list[Whole]()
        left = np.flatnonzero(guarded)
        while len(left):
            other = nearest.with_another(int(left[0]))
            if other is not None:
                found.append(other)
                left = left[other[left] == fitting[left]]
            else:
                left = left[1:]
        return found

    def extremes(self, cell: int) -> tuple[int, int | None]:
        """Return the smallest and largest whole number of one cell, ``None`` for no upper bound."""
        pull = np.zeros(len(self.cells))
        pull[cell] = 1.0
        low, high = (int(self._solve(way * pull)[cell]) for way in (1, -1))
        return low, None if high >= _NO_BOUND else high

    def least_moved(self, cell: int, value: int, stars: Suppressible, *, whole: bool) -> Whole | None:
        """Return which of the ``stars`` leave what they show where ``cell`` is not ``value``, at the least cost.

        ``None`` where it can be nothing else. The bounds of the problem are those of all ``stars`` suppressed. Unless
        ``whole``, populations may have fractions of people.
        """
        people, one = len(self.cells), identity(len(stars.costs), format="csr")
        shows = identity(people, format="csr")[stars.cells]
        shown, hidden = _bounded(stars.shown), _bounded(stars.hidden)
        room = np.concatenate([shown[:, 0] - hidden[:, 0], hidden[:, 1] - shown[:, 1]])  # below, and above
        program = Program(
            np.concatenate([np.zeros(people), stars.costs, stars.costs]),
            np.concatenate([_bounded(self.bounds), np.stack([np.zeros(len(room)), room], axis=1)]),
            bmat([[self.ties, None, None], [shows, one, -one]], "csr"),
            np.concatenate([self.tie_bounds, shown]),
            whole=whole,
        )
        cheapest, least = None, np.inf
        for ends in self._other_values(cell, value):
            program.bound(cell, *ends)
            try:
                found = program.least()
            except Undecided:  # another way may be found, and if not the cell is said to be exposed
                continue
            if found is not None:
                left = found[people:].reshape(2, -1).sum(axis=0)
                if (cost := float(left @ stars.costs)) < least:
                    cheapest, least = np.flatnonzero(left > _SLACK), cost
        return cheapest

    def with_another(self, cell: int, value: int) -> Whole | None:
        """Return any population in which a cell has another value; ``None`` where there is none.

        Raises ``Undecided`` where the solver cannot tell.
        """
        program = self._program(np.zeros(len(self.cells)))
        for ends in self._other_values(cell, value):
            program.bound(cell, *ends)
            found = program.least()
            if found is not None:
                other = _as_whole(found)
                if not self.fits(other):
                    raise Undecided("the solver's population does not fit when its people are whole")
                return other
        return None

    def fits(self, population: Whole) -> bool:
        """Whether a population of whole people is within all bounds and ties."""
        sums = self.ties @ population
        return bool(
            np.all((self.bounds[:, 0] <= population) & (population <= self.bounds[:, 1]))
            and np.all((self.tie_bounds[:, 0] - _SLACK <= sums) & (sums <= self.tie_bounds[:, 1] + _SLACK))
        )

    def _other_values(self, cell: int, value: int) -> Iterator[tuple[float, float]]:
        low, high = _bounded(self.bounds)[cell]
        for least, most in ((max(low, value + 1), high), (low, min(high, value - 1))):
            if least <= most:
                yield least, most

    def _solve(self, objective: Floats) -> Whole:
        """Return the population that makes the objective least."""
        found = self._program(objective).least()
        if found is None:
            raise Contradiction("the published figures cannot all be true of one population")
        return _as_whole(found)

    def _program(self, objective: Floats) -> Program:
        return Program(objective, _bounded(self.bounds), self.ties, self.tie_bounds, whole=True)


class _Nearest:
    """The populations that fit a problem and differ from one that does by the fewest people."""

    def __init__(self, problem: Problem, fitting: Whole) -> None:
        self._problem, self._fitting = problem, fitting
        self._links = problem.ties.astype(bool).astype(np.int32)
        room = np.abs(_bounded(problem.bounds) - fitting[:, None])
        self._more, self._fewer = room[:, 1], room[:, 0]
        most = np.concatenate([self._more, self._fewer])
        self._program = Program(
            np.ones(len(most)),
            np.stack([np.zeros(len(most)), most], axis=1),
            hstack([problem.ties, -problem.ties], "csr"),
            problem.tie_bounds - (problem.ties @ fitting)[:, None],
            whole=False,
            near=True,
        )

    def with_another(self, cell: int) -> Whole | None:
        """Return a population in which a cell has another value; ``None`` where none was found, as there may be one."""
        for more in (True, False):
            try:
                moved = self._moved(cell, more=more)
                other = None if moved is None else self._of_whole_people(cell, moved)
            except Undecided:  # what the solver cannot tell here it is asked again of everything tied to the cell
                continue
            if other is not None:
                return other
        return None

    def _of_whole_people(self, cell: int, moved: Floats) -> Whole | None:
        """Return the population itself where it is one of whole people, or one that differs near where it does."""
        for times in _TIMES:
            other: Whole = self._fitting + _as_whole(times * moved)
            if np.all(np.abs(times * moved - _as_whole(times * moved)) < _SLACK) and self._problem.fits(other):
                return other
        for reach in _AROUND:
            near = self._around(np.flatnonzero(np.abs(moved) > _SLACK), reach)
            at, part = int(np.searchsorted(near, cell)), self._problem.among(near, self._fitting)
            found = part.with_another(at, int(self._fitting[cell]))
            if found is not None:
                other = self._fitting.copy()
                other[near] = found
                return other if self._problem.fits(other) else None
        return None

    def _moved(self, cell: int, *, more: bool) -> Floats | None:
        """Return by how many people, or parts of one, each cell differs where this one has at least one more or less.

        ``None`` where it cannot.
        """
        up, down = cell, len(self._fitting) + cell
        there, back = (up, down) if more else (down, up)
        room = self._more[cell] if more else self._fewer[cell]
        if room < 1:
            return None
        self._program.bound(there, 1.0, room)
        self._program.bound(back, 0.0, 0.0)
        try:
            found = self._program.least()
        finally:
            self._program.bound(up, 0.0, self._more[cell])
            self._program.bound(down, 0.0, self._fewer[cell])
        return None if found is None else found[: len(self._fitting)] - found[len(self._fitting) :]

    def _around(self, cells: Whole, reach: int) -> Whole:
        reached = np.zeros(len(self._fitting), dtype=bool)
        reached[cells] = True
        for _ in range(reach):
            ties = (self._links @ reached.astype(np.int32)) > 0
            reached |= ((self._links.T @ ties.astype(np.int32)) > 0) & ~self._problem.is_hub
        return np.flatnonzero(reached)


def the_same_in(others: Sequence[Whole], guarded: Flags, known: Whole) -> Whole:
    """Return the guarded cells that have in all other populations what they have in the one known."""
    same = guarded.copy()
    for other in others:
        same &= other == known
    return np.flatnonzero(same)


def _bounded(bounds: Floats) -> Floats:
    return np.minimum(bounds, _NO_BOUND)


def _as_whole(found: Floats) -> Whole:
    people: Whole = np.rint(found).astype(np.int64)
    return people
