"""Figures with their 95 % intervals: a bootstrap that draws clusters whole, the same from the same seed.

A cluster is what rows have in common. At a test date a person has one row, and a practice holds many people: its
coding, its access and its hospital are the same for all of them. Where there are ``LEAST_PRACTICES`` practices or more
they are drawn whole, with everybody in them, so that an interval speaks of practices like these; drawing the clusters
alone did best of three schemes where data are clustered (Bouwmeester et al., Am J Epidemiol 2013;177:1209). With few
clusters intervals of that kind are too narrow (five to thirty: Cameron, Gelbach and Miller, Rev Econ Stat 2008;90:414),
so that below that number practices are taken as they are, people are drawn, and the interval speaks of other people of
the same practices. Rows of one person are never drawn apart.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from riskstrat.modelling.datasets.rows import Rows
from riskstrat.modelling.training.calibration import Floats

Weights = npt.NDArray[np.uint8]
"""How often each row was drawn: one line per draw. The first line is ones: the figure itself."""

Z = 1.959964
"""Standard errors either side of a 95 % interval, where one is worked out and not drawn."""
LEAST_PRACTICES = 40
_AT_ONCE = 4_000_000
"""Row times draws worked on at once: enough for arithmetic in bulk, little enough for memory."""


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
    if len(np.unique(practice)) >= LEAST_PRACTICES:
        return "practices", practice
    return "people", rows.person_id


def practices_of(rows: Rows) -> npt.NDArray[Any]:
    """Return each row's practice."""
    return rows.people["practice_code"].fill_null("not known").to_numpy()


def draws_of(cluster: npt.NDArray[Any], draws: int, seed: int) -> Weights:
    """Return bootstrap weights of rows: a first line of ones, then ``draws`` lines of how often each was drawn.

    Clusters are drawn with replacement, in order of their names: the order of the rows changes nothing.
    """
    names, member = np.unique(cluster, return_inverse=True)
    random = np.random.default_rng(seed)
    weights = np.ones((draws + 1, len(cluster)), dtype=np.uint8)
    for k in range(1, draws + 1):
        times = np.bincount(random.integers(0, len(names), len(names)), minlength=len(names)).astype(np.uint8)
        weights[k] = times[member]
    return weights


def in_blocks(weights: Weights, figures: Callable[[Floats], dict[str, Floats]]) -> dict[str, Floats]:
    """Return what ``figures`` makes of the draws, some lines of weights at a time, put together again."""
    step = max(1, _AT_ONCE // max(1, weights.shape[1]))
    parts = [figures(weights[k : k + step].astype(np.float64)) for k in range(0, len(weights), step)]
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


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
