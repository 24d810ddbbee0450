"""Who is in which cohort at one index date, and what is counted of it, on arrays.

A board has millions of memberships a month and a report up to two years of months. Joined and grouped by name they cost
five times what they do as whole numbers: a person is a place in one array, a cohort a place in another.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

import numpy as np
import numpy.typing as npt
import polars as pl

Whole = npt.NDArray[np.intp]
BAND = 5
OLDEST = 90
"""Five-year age bands from 0, the last of 90 and over."""
_BANDS = OLDEST // BAND + 1
_PROGRAMMES = (0, 1, None)
"""Whether a programme holds a person: none, any, not known."""

_FIRST = 1 << 12  # bytes of eight people

PART = 1 << 16
"""Rows of a long frame that are looked at together: what is made of them stays near the processor."""

ON_PROGRAMMES = pl.Schema({"cohort_id": pl.String, "programme_id": pl.String, "people": pl.Int64})


@dataclass(frozen=True)
class Membership:
    """People who may be counted, and each cohort that one of them is in.

    ``people`` has ``person_id, practice_code, age_from, in_programme``, a row per person. ``cohorts`` are ids in order;
    ``is_in`` says whether a person (column) is in a cohort (row).
    """

    people: pl.DataFrame
    cohorts: tuple[str, ...]
    is_in: npt.NDArray[np.bool_]

    def members(self) -> pl.DataFrame:
        """Return ``person_id, cohort_id``: a row per membership."""
        of_cohort, of_person = np.nonzero(self.is_in)
        cohorts = pl.Series(self.cohorts, dtype=pl.Enum(self.cohorts))
        return pl.DataFrame(
            {"person_id": self.people["person_id"].gather(of_person), "cohort_id": cohorts.gather(of_cohort)}
        )

    def registered(self) -> pl.DataFrame:
        """Return ``practice_code, age_from, people``: a row per practice and age band with somebody."""
        counts = np.bincount(self._cell_of, minlength=self._cells)
        counts = counts.reshape(len(self._practices), _BANDS, len(_PROGRAMMES))
        return self._table(counts.sum(axis=2), ("practice_code", "age_from"))

    def sizes(self) -> pl.DataFrame:
        """Return ``cohort_id, practice_code, age_from, people``: a row per cohort, practice and band with somebody."""
        return self._table(self._counts.sum(axis=3), ("cohort_id", "practice_code", "age_from"))

    def held(self) -> pl.DataFrame:
        """Return ``cohort_id, in_programme, people``: a row per cohort and answer with somebody."""
        return self._table(self._counts.sum(axis=(1, 2)), ("cohort_id", "in_programme"))

    def on_programmes(self, programmes: Collection[str]) -> pl.DataFrame:
        """Return ``cohort_id, programme_id, people``: a row per cohort and another one that is a programme."""
        rows = [
            (cohort, programme, int(people))
            for programme in programmes
            for cohort, people in zip(self.cohorts, self._people_in_both(programme), strict=True)
            if cohort != programme
        ]
        return pl.DataFrame(rows, schema=ON_PROGRAMMES, orient="row")

    def combinations(self, weights: Mapping[str, int]) -> pl.DataFrame:
        """Return ``combination, in_programme, people``: a row per combination of groups and answer with somebody.

        ``weights`` are the powers of two of the groups, by cohort; a person's are added up, each group once.
        """
        combination = np.zeros(self.people.height, dtype=np.int32)
        for place, cohort in enumerate(self.cohorts):
            if weights.get(cohort):
                combination |= self.is_in[place] * np.int32(weights[cohort])
        programme = self._cell_of % len(_PROGRAMMES)
        counts = np.bincount(combination * len(_PROGRAMMES) + programme, minlength=len(_PROGRAMMES))
        counts.resize(-(-len(counts) // len(_PROGRAMMES)), len(_PROGRAMMES), refcheck=False)
        return self._table(counts, ("combination", "in_programme"))

    def inclusions(self) -> tuple[tuple[str, str], ...]:
        """Return the pairs of cohorts of which everybody in the first, and there is somebody, is in the second."""
        sizes = self._counts.sum(axis=(1, 2, 3))
        somebody, others = np.flatnonzero(sizes), ~self._bits

        def lies_inside(inner: np.intp, outer: np.intp) -> bool:
            if inner == outer or sizes[inner] > sizes[outer]:
                return False
            first, whole = slice(_FIRST), slice(None)  # most are told apart by the first people
            return not any(np.any(self._bits[inner, part] & others[outer, part]) for part in (first, whole))

        return tuple(
            (self.cohorts[inner], self.cohorts[outer])
            for inner in somebody
            for outer in somebody
            if lies_inside(inner, outer)
        )

    def has_somebody_in_two(self, cohorts: Collection[str]) -> bool:
        """Return whether somebody is in two of these cohorts."""
        chosen = [self._bits[self.cohorts.index(cohort)] for cohort in cohorts]
        return any(np.any(one & other) for one, other in combinations(chosen, 2))

    def _people_in_both(self, cohort: str) -> Whole:
        """Return for each cohort how many of its people are in this one too."""
        both = self._bits & self._bits[self.cohorts.index(cohort)]
        people: Whole = np.bitwise_count(both).sum(axis=1, dtype=np.intp)
        return people

    @cached_property
    def _bits(self) -> npt.NDArray[np.uint8]:
        """Who is in which cohort, eight people to a byte."""
        return np.packbits(self.is_in, axis=1)

    @cached_property
    def _practices(self) -> pl.Series:
        return self.people["practice_code"].unique().sort()

    @property
    def _cells(self) -> int:
        return len(self._practices) * _BANDS * len(_PROGRAMMES)

    @cached_property
    def _cell_of(self) -> Whole:
        """Of each person the practice, age band and whether a programme holds them, as one number."""
        practice = self.people["practice_code"].cast(pl.Enum(self._practices)).to_physical().to_numpy()
        programme = self.people["in_programme"].fill_null(_PROGRAMMES.index(None)).to_numpy()
        band = self.people["age_from"].to_numpy() // BAND
        cell: Whole = (practice.astype(np.intp) * _BANDS + band) * len(_PROGRAMMES) + programme
        return cell

    @cached_property
    def _counts(self) -> Whole:
        """People by cohort, practice, age band and whether a programme holds them."""
        counts = [np.bincount(self._cell_of[np.flatnonzero(row)], minlength=self._cells) for row in self.is_in]
        return np.reshape(counts, (len(self.cohorts), len(self._practices), _BANDS, len(_PROGRAMMES))).astype(np.intp)

    def _table(self, counts: Whole, names: Sequence[str]) -> pl.DataFrame:
        """Return the counts that are not 0 as rows in order, each axis under its name."""
        at = np.nonzero(counts)
        words = {"cohort_id": pl.Series(self.cohorts, dtype=pl.String), "practice_code": self._practices}
        columns = {}
        for name, places in zip(names, at, strict=True):
            if name in words:
                columns[name] = words[name].gather(places)
            elif name == "in_programme":
                columns[name] = pl.Series(_PROGRAMMES, dtype=pl.Int32).gather(places)
            else:
                columns[name] = pl.Series(places * (BAND if name == "age_from" else 1), dtype=pl.Int32)
        return pl.DataFrame({**columns, "people": pl.Series(counts[at], dtype=pl.Int64)})


def membership_of(people: pl.DataFrame, hits: pl.DataFrame, cohorts: Sequence[str]) -> Membership:
    """Return the membership of ``people``; hits of anybody else are left out.

    ``hits`` has ``person_id, cohort_id``, the latter an ``Enum`` of ``cohorts``, which are in order.
    """
    ids = people["person_id"].to_numpy()
    last = max(found.select(pl.max("person_id")).item() or 0 for found in (people, hits))
    width = len(ids) + 1  # the hits of anybody else go behind the last of the people
    place_of = np.full(last + 1, len(ids), dtype=np.intp)  # ids are dense
    place_of[ids] = np.arange(len(ids))
    is_in = np.zeros(len(cohorts) * width, dtype=np.bool_)
    for part in hits.iter_slices(PART):
        cohort = part["cohort_id"].to_physical().to_numpy().astype(np.intp)
        is_in[cohort * width + place_of[part["person_id"].to_numpy()]] = True
    return Membership(people, tuple(cohorts), is_in.reshape(len(cohorts), width)[:, : len(ids)])
