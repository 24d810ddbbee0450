"""The attack on our own tables: what could a reader work out about the counts that were suppressed?

Everything published together is one system: each cell is a whole number between the bounds its figure tells, and the
cells are tied by sums (practices to networks to places to the board; a cohort and its complement to the people
registered), by inclusions, and by the same count printed in two releases. Linear programming over whole numbers
then gives the smallest and the largest value a cell can have; where they are equal the count is given away. For one
cohort's nested areas with their complement the system is a network, so that linear and whole-number answers agree; for
everything together only the whole-number answer is exact, and it is what is computed.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_matrix, csr_matrix
from scipy.sparse.csgraph import connected_components

from riskstrat.disclosure import Figure

Key = tuple[str, ...]
"""The name of a cell: period, cohort and area, or whatever a table is cut by."""

_NO_BOUND = 10_000_000  # people: more than any board has
_ROUNDS = 6
_SEED = 20_180_901  # any fixed number: the same tables are attacked in the same way


class Contradiction(ValueError):
    """The published figures cannot all be true of one population."""


@dataclass(frozen=True)
class Relation:
    """What a reader knows of several cells at once: ``low`` <= sum of weight x cell <= ``high``."""

    weights: tuple[tuple[Key, float], ...]
    low: float = 0.0
    high: float = 0.0

    @property
    def keys(self) -> tuple[Key, ...]:
        """The cells it ties."""
        return tuple(key for key, _ in self.weights)


def sum_of(total: Key, parts: Iterable[Key]) -> Relation:
    """Return the relation: ``total`` is the sum of ``parts``."""
    return Relation(((total, 1.0), *((part, -1.0) for part in parts)))


def at_most(total: Key, parts: Iterable[Key]) -> Relation:
    """Return the relation: ``parts`` together are no more than ``total``."""
    return Relation(((total, 1.0), *((part, -1.0) for part in parts)), high=np.inf)


def same_count(one: Key, other: Key) -> Relation:
    """Return the relation: the same count printed twice."""
    return sum_of(one, [other])


def share_of(part: Key, base: Key, low: float, high: float) -> tuple[Relation, Relation]:
    """Return the relations of a share made from *unrounded* counts: ``part`` / ``base`` lies in [``low``, ``high``].

    A share made from the rounded figures tells nothing beyond them and needs no relation.
    """
    return (
        Relation(((part, 1.0), (base, -low)), high=np.inf),
        Relation(((base, high), (part, -1.0)), high=np.inf),
    )


class System:
    """All published cells and what ties them, cut into the pieces that have nothing to do with each other."""

    def __init__(self, figures: Mapping[Key, Figure], relations: Sequence[Relation]) -> None:
        """Every key of ``relations`` must be in ``figures``; ``KeyError`` otherwise."""
        self._figures = figures
        self._keys = sorted(figures)
        place = {key: n for n, key in enumerate(self._keys)}
        entries = [(row, place[key], weight) for row, tie in enumerate(relations) for key, weight in tie.weights]
        rows, columns, weights = (list(part) for part in zip(*entries, strict=True)) if entries else ([], [], [])
        self._matrix = csr_matrix(coo_matrix((weights, (rows, columns)), shape=(len(relations), len(self._keys))))
        self._relation_bounds = np.array([[tie.low, tie.high] for tie in relations]).reshape(-1, 2)
        links = self._matrix.astype(bool).astype(np.int8)
        _, self._piece_of = connected_components(links.T @ links, directed=False)

    def pinned(self) -> dict[Key, int]:
        """Return the guarded cells that can have one value only, with that value.

        Raises ``Contradiction`` where no population fits the figures.
        """
        found: dict[Key, int] = {}
        guarded = np.array([self._figures[key].is_guarded for key in self._keys], dtype=bool)
        for piece in np.unique(self._piece_of[guarded]):
            problem = self._problem(np.flatnonzero(self._piece_of == piece))
            for cell in problem.undecided(guarded[problem.cells]):
                low, high = problem.extremes(cell)
                if low == high:
                    found[self._keys[problem.cells[cell]]] = low
        return found

    def possible(self, key: Key) -> tuple[int, int | None]:
        """Return the smallest and largest value the cell can have; ``None`` where nothing bounds it from above.

        Raises ``Contradiction`` where no population fits the figures.
        """
        at = self._keys.index(key)
        problem = self._problem(np.flatnonzero(self._piece_of == self._piece_of[at]))
        return problem.extremes(int(np.searchsorted(problem.cells, at)))

    def _problem(self, cells: np.ndarray) -> "_Problem":
        figures = [self._figures[self._keys[cell]] for cell in cells]
        columns = self._matrix[:, cells]
        used = np.flatnonzero(np.diff(columns.indptr))
        return _Problem(
            cells,
            np.array([[one.low, one.high] for one in figures], dtype=float),
            columns[used],
            self._relation_bounds[used],
        )


@dataclass(frozen=True)
class _Problem:
    """One connected piece: its cells (places in the system), their bounds, and the ties among them."""

    cells: np.ndarray
    bounds: np.ndarray
    ties: csr_matrix
    tie_bounds: np.ndarray

    def undecided(self, guarded: np.ndarray) -> list[int]:
        """Return the guarded cells not yet shown to be free.

        Two whole-number populations that fit the figures and differ in a cell prove that the cell is not pinned. A few
        pairs, pulled apart in fixed pseudo-random directions, free nearly every cell without a program of its own.
        """
        left = np.flatnonzero(guarded)
        random = np.random.default_rng(_SEED)
        for turn in range(_ROUNDS):
            if not len(left):
                break
            pull = np.zeros(len(self.cells))
            pull[left] = 1.0 if turn == 0 else random.choice([-1.0, 1.0], len(left))
            one, other = self._solve(pull), self._solve(-pull)
            left = left[one[left] == other[left]]
        return [int(cell) for cell in left]

    def extremes(self, cell: int) -> tuple[int, int | None]:
        """Return the smallest and largest value of one cell, ``None`` for no upper bound."""
        pull = np.zeros(len(self.cells))
        pull[cell] = 1.0
        low, high = int(self._solve(pull)[cell]), int(self._solve(-pull)[cell])
        return low, None if high >= _NO_BOUND else high

    def _solve(self, objective: np.ndarray) -> np.ndarray:
        """Return the population that makes the objective least."""
        answer = milp(
            objective,
            integrality=np.ones(len(self.cells)),
            bounds=Bounds(self.bounds[:, 0], np.minimum(self.bounds[:, 1], _NO_BOUND)),
            constraints=LinearConstraint(self.ties, self.tie_bounds[:, 0], self.tie_bounds[:, 1]),
            options={"mip_rel_gap": 0.0},
        )
        if answer.x is None:
            raise Contradiction("the published figures cannot all be true of one population")
        solution: np.ndarray = np.rint(answer.x).astype(np.int64)
        return solution
