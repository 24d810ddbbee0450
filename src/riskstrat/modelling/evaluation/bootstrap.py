"""Figures with their 95 % intervals: a bootstrap that draws clusters whole, the same from the same seed.

A cluster is what rows have in common. At a test date a person has one row, and a practice holds many people: its
coding, its access and its hospital are the same for all of them. Where there are ``LEAST_PRACTICES`` practices or more
they are drawn whole, with everybody in them, so that an interval speaks of practices like these; drawing the clusters
alone did best of three schemes where data are clustered (Bouwmeester et al., Am J Epidemiol 2013;177:1209). With few
clusters intervals of that kind are too narrow (five to thirty: Cameron, Gelbach and Miller, Rev Econ Stat 2008;90:414),
so that below that number practices are taken as they are, people are drawn, and the interval speaks of other people of
the same practices. Rows of one person are never drawn apart.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from riskstrat.modelling.datasets.rows import Rows
from riskstrat.modelling.training.calibration import Floats

Places = npt.NDArray[np.intp]

Z = 1.959964
"""Standard errors either side of a 95 % interval, where one is worked out and not drawn."""
LEAST_PRACTICES = 40
_AT_ONCE = 4_000_000
"""Clusters times draws worked on at once: enough for arithmetic in bulk, little enough for memory."""


@dataclass(frozen=True)
class Draws:
    """Draws of clusters: how often each cluster was drawn, a line per draw, and the cluster of each row.

    It stands for the matrix with a line per draw and a column per row, and is sliced as one; a million rows of 150
    practices need 150 columns. The first line of ``draws_of`` is ones: the figure itself.
    """

    times: npt.NDArray[np.uint8]
    member: Places

    def __len__(self) -> int:
        """Return how many lines there are."""
        return len(self.times)

    def __getitem__(self, key: slice | tuple[slice, Any]) -> "Draws":
        """Return some lines, of all rows or of some."""
        lines, rows = key if isinstance(key, tuple) else (key, slice(None))
        times, member = self.times[lines], self.member[rows]
        if len(member) < times.shape[1]:  # never more clusters than rows, so that few rows are cheap
            used, member = np.unique(member, return_inverse=True)
            times = times[:, used]
        return Draws(times, member)

    def __iter__(self) -> Iterator[npt.NDArray[np.uint8]]:
        """Yield how often each row was drawn, draw by draw."""
        return (line[self.member] for line in self.times)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> npt.NDArray[Any]:
        """Return the matrix."""
        return self.times[:, self.member].astype(dtype or np.uint8)


Weights = Draws | npt.NDArray[np.uint8] | Floats
"""How often each row was drawn: draws of clusters, or any matrix with a line per draw and a column per row."""


@dataclass(frozen=True)
class Figure:
    """A figure with its 95 % interval, and its standard error over the draws."""

    value: float
    low: float
    high: float
    error: float


def clusters_of(rows: Rows) -> tuple[str, npt.NDArray[Any]]:
    """Return what is drawn, ``practices`` or ``people``, and each row's one."""
    practice = practices_of(rows)
    if practice.n_unique() >= LEAST_PRACTICES:
        return "practices", _codes(practice)
    return "people", rows.person_id


def practices_of(rows: Rows) -> pl.Series:
    """Return each row's practice."""
    return rows.people["practice_code"].fill_null("not known")


def places_by_name(names: pl.Series) -> dict[str, Places]:
    """Return where each name stands among the rows, in order of the names."""
    codes = _codes(names)
    ordered = np.argsort(codes, kind="stable")
    ends = np.cumsum(np.bincount(codes))[:-1]
    return dict(zip(names.unique().sort().to_list(), np.split(ordered, ends), strict=True)) if len(names) else {}


def _codes(names: pl.Series) -> Places:
    """Return each name's place in the order of names."""
    return names.cast(pl.Enum(names.unique().sort())).to_physical().to_numpy().astype(np.intp)


def draws_of(cluster: npt.NDArray[Any], draws: int, seed: int) -> Draws:
    """Return bootstrap draws of rows: a first line of ones, then ``draws`` lines of how often each was drawn.

    Clusters are drawn with replacement, in order of their names: the order of the rows changes nothing.
    """
    names, member = np.unique(cluster, return_inverse=True)
    random = np.random.default_rng(seed)
    times = np.ones((draws + 1, len(names)), dtype=np.uint8)
    for k in range(1, draws + 1):
        times[k] = np.bincount(random.integers(0, len(names), len(names)), minlength=len(names)).astype(np.uint8)
    return Draws(times, member)


def sums(columns: Sequence[npt.NDArray[Any]], weights: Weights) -> Floats:
    """Return the sum of each column over the rows drawn: a line per draw, a column per column."""
    if isinstance(weights, Draws):
        lines, clusters = weights.times, weights.times.shape[1]
        by = [np.bincount(weights.member, weights=column, minlength=clusters) for column in columns]
    else:
        lines, by = np.asarray(weights), [np.asarray(column) for column in columns]
    each = np.column_stack(by).astype(np.float64)
    step = max(1, _AT_ONCE // max(1, lines.shape[1]))
    return np.concatenate([lines[k : k + step].astype(np.float64) @ each for k in range(0, len(lines), step)])


def figure(draws: Floats) -> Figure:
    """Return the first draw as the figure and the rest as its interval; draws that have no value are left out."""
    rest = draws[1:][np.isfinite(draws[1:])]
    if not np.isfinite(draws[0]) or len(rest) < 2:
        return Figure(float(draws[0]), float("nan"), float("nan"), float("nan"))
    low, high = np.percentile(rest, [2.5, 97.5])
    return Figure(float(draws[0]), float(low), float(high), float(rest.std(ddof=1)))


def figure_that_chance_raises(draws: Floats) -> Figure:
    """Return a figure that cannot be negative and that noise alone makes larger, such as a calibration error.

    Drawing again adds the noise once more, so that draws lie above the figure as the figure lies above the truth: the
    interval is turned about the figure (basic bootstrap, Davison and Hinkley 1997, section 5.2) and cut at 0.
    """
    found = figure(draws)
    return Figure(
        found.value, max(0.0, 2 * found.value - found.high), max(0.0, 2 * found.value - found.low), found.error
    )
