"""Observed over expected by practice: a funnel to see what chance gives, and estimates that lean on each other.

Observed are people with the outcome, expected the sum of their risks; the ratio is worked on its square root, whose
variance hardly depends on it: phi / (4 expected), phi being the variance of the outcomes over their expected number
(1 for Poisson counts; below 1 here, because people have the outcome once).

The funnel's limits are where 95 and 99.8 % of practices would lie were the model right in each and chance all there is
(Spiegelhalter, Stat Med 2005;24:1185). The shrunken ratio is the empirical Bayes estimate of a normal model with one
variance between practices (DerSimonian and Laird's, Control Clin Trials 1986;7:177): each practice's own ratio and that
of all, weighted by how sure each is, so that a small practice is not called extreme for being small (Morris, J Am Stat
Assoc 1983;78:47). Every practice counts in what is common to them, those too small to be shown too.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from riskstrat.disclosure import publishable
from riskstrat.modelling.evaluation.gates import Group
from riskstrat.modelling.evaluation.shown import FEW_IN_CELL, LEAST_CELL, rounded
from riskstrat.modelling.training.calibration import Floats

METHOD = "empirical Bayes on the square root of observed over expected, normal between practices"
SOURCES = (
    "funnel: Spiegelhalter, Stat Med 2005;24:1185-1202",
    "shrunken: Morris, J Am Stat Assoc 1983;78:47-55, variance between practices after DerSimonian and Laird 1986",
)
_LIMITS = {"95": 1.959964, "99_8": 3.090232}
_POINTS = 25


@dataclass(frozen=True)
class Shrunken:
    """Partly pooled estimates with their 95 % intervals, and what is common to all: mean and variance between."""

    value: Floats
    low: Floats
    high: Floats
    mean: float
    between: float


def shrink(estimate: Floats, variance: Floats) -> Shrunken:
    """Return empirical Bayes estimates of a normal model: each estimate drawn to the mean by how unsure it is.

    The interval holds the uncertainty of the estimate and of the mean, not that of the variance between.
    """
    weight = 1 / variance
    fixed = float((weight * estimate).sum() / weight.sum())
    spread = float((weight * (estimate - fixed) ** 2).sum()) - (len(estimate) - 1)
    scale = float(weight.sum() - (weight**2).sum() / weight.sum())
    between = max(0.0, spread / scale) if scale > 0 else 0.0
    weight = 1 / (variance + between)
    mean = float((weight * estimate).sum() / weight.sum())
    own = between / (between + variance)
    value = own * estimate + (1 - own) * mean
    error = np.sqrt(own * variance + (1 - own) ** 2 / weight.sum())
    return Shrunken(value, value - _LIMITS["95"] * error, value + _LIMITS["95"] * error, mean, between)


def funnel_limits(expected: Floats, phi: float) -> dict[str, Floats]:
    """Return the lower and upper limits of observed over expected that chance alone gives, by name."""
    error = np.sqrt(phi / (4 * expected))
    limits = {}
    for name, z in _LIMITS.items():
        limits[f"low_{name}"] = np.maximum(0.0, 1 - z * error) ** 2
        limits[f"high_{name}"] = (1 + z * error) ** 2
    return limits


def practice_funnel(practices: Sequence[Group]) -> dict[str, Any]:
    """Return the funnel of practices: a row each, the limits as curves, and the variation between practices.

    ``between_practices`` is the standard deviation of the square root of the ratio between practices beyond chance;
    twice it is about that of the ratio. With fewer than three practices there is nothing to pool.
    """
    held = [group for group in practices if group.risk.sum() > 0]
    if len(held) < 3:
        return {"rows": [], "why": "fewer than three practices"}
    observed = np.array([float(group.outcome.sum()) for group in held])
    expected = np.array([float(group.risk.sum()) for group in held])
    phi = float(sum((group.risk * (1 - group.risk)).sum() for group in held) / expected.sum())
    pooled = shrink(np.sqrt(observed / expected), phi / (4 * expected))
    limits = funnel_limits(expected, phi)
    rows = []
    for k, group in enumerate(held):
        row: dict[str, Any] = {
            "practice": group.name,
            "people": publishable(len(group.outcome)),
            "observed": publishable(group.events),
            "expected": None,
        }
        if min(observed[k], len(group.outcome) - observed[k]) < LEAST_CELL:
            rows.append(row | {"why": FEW_IN_CELL})
            continue
        own = float(observed[k] / expected[k])
        row |= {
            "expected": rounded(float(expected[k]), 1),
            "ratio": rounded(own, 3),
            **{name: rounded(float(limit[k]), 3) for name, limit in limits.items()},
            "outside": next(
                (z for z in ("99_8", "95") if not limits[f"low_{z}"][k] <= own <= limits[f"high_{z}"][k]), None
            ),
            "shrunken": {
                "value": rounded(float(pooled.value[k] ** 2), 3),
                "low": rounded(float(max(0.0, pooled.low[k]) ** 2), 3),
                "high": rounded(float(pooled.high[k] ** 2), 3),
            },
        }
        rows.append(row)
    return {
        "method": METHOD,
        "sources": list(SOURCES),
        "all_practices": rounded(pooled.mean**2, 3),
        "between_practices": rounded(float(np.sqrt(pooled.between)), 4),
        "rows": rows,
        "limits": _curve([row["expected"] for row in rows if row["expected"] is not None], phi),
    }


def _curve(expected: Sequence[float], phi: float) -> list[dict[str, float | None]]:
    if not expected:
        return []
    at = np.geomspace(min(expected) * 0.9, max(expected) * 1.1, _POINTS)
    limits = funnel_limits(at, phi)
    return [
        {"expected": rounded(float(x), 1), **{name: rounded(float(limit[k]), 3) for name, limit in limits.items()}}
        for k, x in enumerate(at)
    ]
