"""What the inputs and the estimates of a model looked like when it was tested, small enough to travel in its bundle.

A column is kept as bins: at each value where it has at most ten of them, else at the tenths of its people, with people
of unknown value as a bin of their own. A bin of fewer than ``LEAST_BIN`` people is put together with its neighbour, and
shares are made from counts rounded as published counts are, so that nobody can be found in them.

How far a month lies from that is the population stability index, the sum over bins of (q - p) log(q / p), which is
Jeffreys' divergence of the two distributions (Yurdakul 2018, Statistical Properties of Population Stability Index,
Western Michigan University dissertation 3208; du Pisanie et al. 2023, arXiv 2303.01227).
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from riskstrat.disclosure import publishable
from riskstrat.modelling.training.calibration import Floats

LEAST_BIN = 10
MOST_VALUES = 10
"""Distinct values up to which a column has a bin at each; beyond, a bin for each tenth of its people."""
LEAST_SHARE = 0.001
"""What an empty bin counts as: an index is infinite where a bin was empty and is not, or was not and is."""


def reference_of(matrix: npt.NDArray[np.float32], names: Sequence[str], risk: Floats) -> dict[str, Any]:
    """Return the bins and shares of each column of ``matrix`` (nan where unknown) and of the estimates.

    ``{"people": n, "columns": {name: {"edges": [...], "shares": [...]}}, "estimates": {...}}``; a bin ends with its
    edge, the one before last has no end, and the last share is of people whose value is unknown.
    """
    return {
        "people": publishable(len(matrix)),
        "columns": {name: _binned(matrix[:, place]) for place, name in enumerate(names)},
        "estimates": _binned(risk),
    }


def shares_in(values: Floats, edges: Sequence[float]) -> Floats:
    """Return the share of people in each bin of ``edges``, with those of unknown value last."""
    known = values[~np.isnan(values)]
    bins = _bins(known, None, np.asarray(edges, dtype=np.float64))
    return np.append(bins, len(values) - len(known)) / max(1, len(values))


def stability_index(reference: Mapping[str, Any], values: Floats) -> float:
    """Return the population stability index of ``values`` against a column's reference; 0 where nothing changed."""
    before = np.maximum(np.asarray(reference["shares"], dtype=np.float64), LEAST_SHARE)
    now = np.maximum(shares_in(values, reference["edges"]), LEAST_SHARE)
    return float(((now - before) * np.log(now / before)).sum())


def _binned(values: npt.NDArray[np.floating]) -> dict[str, list[float]]:
    known = values[~np.isnan(values)]
    distinct, people = np.unique(known, return_counts=True)  # sorted once; all else is of the values that there are
    distinct = distinct.astype(np.float64)
    edges = _edges(distinct, people)
    bins = _bins(distinct, people, edges)
    while len(edges) and bins.min() < LEAST_BIN:
        place = int(bins.argmin())
        edges = np.delete(edges, min(place, len(edges) - 1))
        bins = _bins(distinct, people, edges)
    counts = (*bins, len(values) - len(known))
    rounded = np.array([publishable(int(n)) or 0 for n in counts], dtype=np.float64)
    total = rounded.sum() or 1.0
    return {"edges": [float(edge) for edge in edges], "shares": [round(float(n / total), 4) for n in rounded]}


def _edges(distinct: Floats, people: npt.NDArray[np.intp]) -> Floats:
    """Return where bins end: every value but the greatest, or the tenths of people below it."""
    if len(distinct) <= MOST_VALUES:
        return distinct[:-1]
    ranks = people.sum() * (np.arange(1, 10) / 10) - 1
    tenths = np.unique(distinct[np.searchsorted(np.cumsum(people), np.ceil(ranks), side="right")])
    below = tenths[tenths < distinct[-1]]
    return below if len(below) else distinct[-2:-1]


def _bins(values: Floats, people: npt.NDArray[np.intp] | None, edges: Floats) -> npt.NDArray[np.int64]:
    """Return how many people have a value in each bin; ``people`` have each, or one."""
    return np.bincount(np.searchsorted(edges, values, side="left"), people, len(edges) + 1).astype(np.int64)
