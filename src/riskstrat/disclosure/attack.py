"""The attack on our own tables: what could a reader work out about the counts that were suppressed?

Everything published together is one system: each cell is a whole number between the bounds its figure tells, and the
cells are tied by sums (practices to networks to places to the board; a cohort and its complement to the people
registered), by inclusions, and by the same count printed in two releases. A cell is given away where every population
of whole numbers that fits the figures has the same value in it. Cells that are one count, such as those of two months
in which it has not changed, are asked as one (``disclosure.counts``). Three steps decide for each, dearest last:

1. Bounds are carried along the ties until nothing moves. A cell whose bounds meet is given away.
2. One population that fits is known, the true one. Another that fits and differs in a cell proves the cell free. For
   each cell the one that differs by the fewest people is asked for (``disclosure.programs``): first among those that
   differ about one cohort alone, in all areas, which are small programs whatever the board, then among all.
3. For what is left, a program of everything tied to the cell asks for a population of whole numbers in which the cell
   is another one. There is none: it is given away. Fractions of people, which the second step looks for first, would
   not do, as only for one cohort's nested areas are they whole numbers.
"""

import copy
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_matrix, csr_matrix
from scipy.sparse.csgraph import connected_components

from riskstrat.disclosure import Figure
from riskstrat.disclosure.bounds import Contradiction, narrowed
from riskstrat.disclosure.counts import Counts
from riskstrat.disclosure.programs import Problem, Suppressible, the_same_in

Key = tuple[str, ...]
"""The name of a cell: period, what is counted, and where."""
Other = Mapping[Key, int]
"""Another population than the true one: what it has in the cells in which it differs."""


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
    """All published cells and what ties them."""

    def __init__(
        self, figures: Mapping[Key, Figure], relations: Sequence[Relation], truth: Mapping[Key, int] | None = None
    ) -> None:
        """Every key of ``relations`` must be in ``figures``; ``KeyError`` otherwise.

        ``truth`` are the true counts of all cells: they change no answer, and make it far cheaper.
        """
        self._keys = sorted(figures)
        self._place = {key: n for n, key in enumerate(self._keys)}
        entries = [(row, self._place[key], weight) for row, tie in enumerate(relations) for key, weight in tie.weights]
        rows, columns, weights = (list(part) for part in zip(*entries, strict=True)) if entries else ([], [], [])
        ties = csr_matrix(coo_matrix((weights, (rows, columns)), shape=(len(relations), len(self._keys))))
        ties.eliminate_zeros()
        self._counts = Counts(ties, np.array([[tie.low, tie.high] for tie in relations], dtype=float).reshape(-1, 2))
        self._bounds = np.array([[figures[key].low, figures[key].high] for key in self._keys], dtype=float).reshape(
            -1, 2
        )
        self._guarded = np.array([figures[key].is_guarded for key in self._keys], dtype=bool)
        of_cells = None if truth is None else np.array([truth[key] for key in self._keys], dtype=np.int64)
        self._truth = None if of_cells is None else of_cells[self._counts.first]
        if of_cells is not None and self._truth is not None and np.any(self._truth[self._counts.of] != of_cells):
            raise Contradiction("the true counts do not fit what ties them")
        alike = {what: n for n, what in enumerate(sorted({_what_of(key) for key in self._keys}))}
        self._what = np.array([alike[_what_of(self._keys[cell])] for cell in self._counts.first], dtype=np.int32)
        self._piece_of: npt.NDArray[np.int32] | None = None
        self._free = np.zeros(len(self._counts.first), dtype=bool)
        self.others: list[Other] = []

    def told(self, figures: Mapping[Key, Figure]) -> Self:
        """Return the system in which these cells are shown otherwise than before.

        Where that tells no more of any of them, what was free is free still, and is not asked again. Both note what
        they find in one list of ``others``.
        """
        other = copy.copy(self)
        other._bounds, other._guarded = self._bounds.copy(), self._guarded.copy()
        for key, one in figures.items():
            other._bounds[self._place[key]] = one.low, one.high
            other._guarded[self._place[key]] = one.is_guarded
        tells_no_more = np.all(other._bounds[:, 0] <= self._bounds[:, 0]) and np.all(
            self._bounds[:, 1] <= other._bounds[:, 1]
        )
        other._free = self._free.copy() if tells_no_more else np.zeros_like(self._free)
        return other

    def pinned(self, others: Sequence[Other] = ()) -> dict[Key, int]:
        """Return the guarded cells that can have one value only, with that value.

        ``others`` may fit: those that do show at once which cells are free. What else is found is noted in ``others``
        of the system, where the true counts are known.

        Raises ``Contradiction`` where no population fits the figures.
        """
        bounds = narrowed(self._counts.ties, self._counts.tie_bounds, self._counts.within(self._bounds))
        guarded = self._counts.has(self._guarded)
        met = guarded & (bounds[:, 0] == bounds[:, 1])
        only = {int(count): int(bounds[count, 0]) for count in np.flatnonzero(met)}
        if self._truth is not None:
            self._refuse_untrue(self._truth, bounds)
            self._free |= self._counts.moved_by(self._as_counts(others), self._truth, bounds)
        left = np.flatnonzero(guarded & ~met & ~self._free)
        if self._truth is not None:
            left = self._not_freed_among_alike(left, self._truth, bounds)
        for piece in np.unique(self._pieces()[left]):
            problem = self._problem(np.flatnonzero(self._pieces() == piece), bounds)
            fitting = None if self._truth is None else self._truth[problem.cells]
            pinned, found = problem.pinned(np.isin(problem.cells, left), fitting)
            only |= {int(problem.cells[count]): value for count, value in pinned.items()}
            self._note(problem, found)
        self._free |= guarded
        self._free[list(only)] = False
        shown_by = self._counts.of[self._guarded].tolist()
        cells = np.flatnonzero(self._guarded)
        return {self._keys[cell]: only[count] for cell, count in zip(cells, shown_by, strict=True) if count in only}

    def possible(self, key: Key) -> tuple[int, int | None]:
        """Return the smallest and largest value the cell can have; ``None`` where nothing bounds it from above.

        Raises ``Contradiction`` where no population fits the figures.
        """
        at = self._counts.of[self._place[key]]
        problem = self._problem(np.flatnonzero(self._pieces() == self._pieces()[at]), self._counts.within(self._bounds))
        return problem.extremes(int(np.searchsorted(problem.cells, at)))

    def freeing(self, key: Key, stars: Mapping[Key, Figure], costs: Mapping[Key, float], *, whole: bool) -> set[Key]:
        """Return the cells that it costs least to suppress so that ``key`` can have another value than its true one.

        ``stars`` are the cells that may be suppressed, as they would then be known, ``costs`` what each loses a person.
        None where nothing helps, or where nothing is needed any more. Unless ``whole``, populations may have fractions
        of people. Raises ``ValueError`` without the true counts.
        """
        if self._truth is None:
            raise ValueError("what frees a cell is asked with the true counts")
        at = self._counts.of[self._place[key]]
        among = np.flatnonzero(self._pieces() == self._pieces()[at])
        names = [one for one in stars if self._pieces()[self._counts.of[self._place[one]]] == self._pieces()[at]]
        cells = np.array([self._place[name] for name in names], dtype=np.int64)
        wide = self._bounds.copy()
        wide[cells] = np.array([(stars[name].low, stars[name].high) for name in names]).reshape(-1, 2)
        problem = self._problem(among, self._counts.within(wide))
        beyond = Suppressible(
            np.searchsorted(among, self._counts.of[cells]),
            self._bounds[cells],
            wide[cells],
            np.array([costs[name] for name in names]),
        )
        found = problem.least_moved(int(np.searchsorted(among, at)), int(self._truth[at]), beyond, whole=whole)
        return set() if found is None else {names[place] for place in found}

    def _refuse_untrue(self, truth: npt.NDArray[np.int64], bounds: npt.NDArray[np.float64]) -> None:
        sums, tie_bounds = self._counts.ties @ truth, self._counts.tie_bounds
        if not (
            np.all((bounds[:, 0] <= truth) & (truth <= bounds[:, 1]))
            and np.all((tie_bounds[:, 0] - 1e-6 <= sums) & (sums <= tie_bounds[:, 1] + 1e-6))
        ):
            raise Contradiction("the true counts do not fit the published figures")

    def _pieces(self) -> npt.NDArray[np.int32]:
        """Return for each count the number of the piece, tied to no other, that it is in."""
        if self._piece_of is None:
            entries = self._counts.ties.tocoo()
            rows, counts = entries.shape
            joined = coo_matrix((np.ones(entries.nnz), (entries.row, rows + entries.col)), shape=(rows + counts,) * 2)
            self._piece_of = connected_components(joined, directed=False)[1][rows:]
        return self._piece_of

    def _not_freed_among_alike(
        self, left: npt.NDArray[np.int64], truth: npt.NDArray[np.int64], bounds: npt.NDArray[np.float64]
    ) -> npt.NDArray[np.int64]:
        """Return those of ``left`` that no population frees that fits and differs about the same cohort alone."""
        held = [left[:0]]
        for what in np.unique(self._what[left]):
            problem = self._problem(np.flatnonzero(self._what == what), bounds)
            asked, known = np.isin(problem.cells, left), truth[problem.cells]
            found = problem.nearest(asked, known)
            self._note(problem, found)
            held.append(problem.cells[the_same_in(found, asked, known)])
        return np.sort(np.concatenate(held))

    def _note(self, problem: Problem, found: Iterable[npt.NDArray[np.int64]]) -> None:
        """Keep the populations by the names of the cells in which they differ from the true one."""
        if self._truth is None:
            return
        known = self._truth[problem.cells]
        for other in found:
            moved = dict(zip(problem.cells[other != known].tolist(), other[other != known].tolist(), strict=True))
            cells = np.flatnonzero(np.isin(self._counts.of, list(moved)))
            shown_by = self._counts.of[cells].tolist()
            self.others.append({self._keys[cell]: moved[at] for cell, at in zip(cells, shown_by, strict=True)})

    def _as_counts(self, others: Sequence[Other]) -> list[dict[int, int]]:
        """Return what each population has in the counts of this system in which it differs."""
        return [
            {int(self._counts.of[self._place[key]]): value for key, value in other.items() if key in self._place}
            for other in others
        ]

    def _problem(self, counts: npt.NDArray[np.int64], bounds: npt.NDArray[np.float64]) -> Problem:
        """Return the program of these counts; whatever they are tied to beyond them stays at its true value."""
        all_ = self._counts
        whole = Problem(np.arange(len(all_.first)), bounds, all_.ties, all_.tie_bounds, all_.is_hub)
        return whole.among(counts, np.zeros(len(all_.first), dtype=np.int64) if self._truth is None else self._truth)


def _what_of(key: Key) -> str:
    """Return the cohort by which a cell is put together with others when populations are looked for.

    A cell ``(period, what, area)`` counts in ``what`` one of these:

    - ``falls`` or ``not falls``, who is in a cohort or is not: it is of ``falls``;
    - ``in-no-programme: falls`` or ``not in-no-programme: falls``: of ``falls``;
    - ``on-programme: falls, virtual-ward``, who is in both: of the second, ``virtual-ward``;
    - any other table and its words, ``overlap: in one group, all``: of the words after the last comma, ``all``.

    Which cells are put together decides how fast the attack is, not what it finds.
    """
    return "".join(key[1:2]).rpartition(": ")[2].removeprefix("not ").rpartition(", ")[2]
