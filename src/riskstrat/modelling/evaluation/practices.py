"""Observed over expected by practice: a funnel to see what chance gives, and estimates that lean on each other.

Observed are people with the outcome, expected the sum of their risks; the ratio is worked on its square root, whose
variance hardly depends on it: phi / (4 expected), phi being the variance of the outcomes over their expected number
(1 for Poisson counts; below 1 here, because people have the outcome once).

The funnel's limits are where 95 and 99.8 % of practices would lie were the model right in each and chance all there is
(Spiegelhalter, Stat Med 2005;24:1185). The shrunken ratio is partial pooling: the estimate of a normal model in which
practices vary about a mean, so that each is drawn to the mean by how unsure it is, and a small practice is not called
extreme for being small. A dozen practices do not tell how much practices vary: it is not plugged in as one number,
which makes intervals too narrow, but averaged over, with a flat prior for its standard deviation (Gelman et al.,
Bayesian Data Analysis, section 5.4; Gelman, Bayesian Analysis 2006;1:515). Every practice counts in what is common to
them, those too small to be shown too.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from riskstrat.modelling.evaluation.gates import Group
from riskstrat.modelling.evaluation.shown import FEW_IN_CELL, LEAST_CELL, is_enough, rounded
from riskstrat.modelling.training.calibration import Floats

METHOD = "partial pooling of the square root of observed over expected: normal between practices, flat prior"
SOURCES = (
    "funnel: Spiegelhalter, Stat Med 2005;24:1185-1202",
    "shrunken: Gelman et al., Bayesian Data Analysis, section 5.4; Gelman, Bayesian Analysis 2006;1:515-534",
)
LEAST_PRACTICES = 5
_LIMITS = {"95": 1.959964, "99_8": 3.090232}
_POINTS = 25
_GRID = 400


@dataclass(frozen=True)
class Shrunken:
    """Partly pooled estimates with their 95 % intervals, and what is common to all: mean, and deviation between."""

    value: Floats
    low: Floats
    high: Floats
    mean: float
    between: float


def shrink(estimate: Floats, variance: Floats) -> Shrunken:
    """Return each estimate's mean and 95 % interval given all of them, over what the deviation between them may be."""
    most = 4 * max(float(estimate.std(ddof=1)), float(np.sqrt(np.median(variance))))
    between = np.linspace(0.0, most, _GRID)[:, None]
    precision = 1 / (variance + between**2)
    mean_variance = 1 / precision.sum(axis=1, keepdims=True)
    mean = (precision * estimate).sum(axis=1, keepdims=True) * mean_variance
    fit = np.log(precision) - precision * (estimate - mean) ** 2
    log_weight = 0.5 * (fit.sum(axis=1) + np.log(mean_variance[:, 0]))
    weight = np.exp(log_weight - log_weight.max())
    weight /= weight.sum()
    own = between**2 * precision
    values = own * estimate + (1 - own) * mean
    value = weight @ values
    spread = own * variance + (1 - own) ** 2 * mean_variance + (values - value) ** 2
    error = _LIMITS["95"] * np.sqrt(weight @ spread)
    return Shrunken(value, value - error, value + error, float(weight @ mean[:, 0]), float(weight @ between[:, 0]))


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

    Counts are as they are, to be published by ``guarded``.
    ``between_practices`` is the standard deviation of the square root of the ratio between practices beyond chance;
    twice it is about that of the ratio. Fewer than ``LEAST_PRACTICES`` say too little of what is common to practices.
    """
    held = [group for group in practices if group.risk.sum() > 0]
    if len(held) < LEAST_PRACTICES:
        return {"rows": [], "why": f"fewer than {LEAST_PRACTICES} practices"}
    observed = np.array([float(group.outcome.sum()) for group in held])
    expected = np.array([float(group.risk.sum()) for group in held])
    phi = float(sum((group.risk * (1 - group.risk)).sum() for group in held) / expected.sum())
    pooled = shrink(np.sqrt(observed / expected), phi / (4 * expected))
    limits = funnel_limits(expected, phi)
    rows = []
    for k, group in enumerate(held):
        row: dict[str, Any] = {
            "practice": group.name,
            "people": len(group.outcome),
            "observed": group.events,
            "expected": None,
        }
        if not is_enough(LEAST_CELL, observed[k], len(group.outcome) - observed[k]):
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
        "between_practices": rounded(pooled.between, 4),
        "rows": rows,
        "limits": _curve([row["expected"] for row in rows if row["expected"] is not None], phi),
    }


def _curve(expected: Sequence[float], phi: float) -> list[dict[str, float | None]]:
    if not expected:
        return []
    # Ends to whole fives: nearer they would tell what the smallest practice was expected to have, shown or hidden.
    at = np.geomspace(max(1.0, 5 * np.ceil(min(expected) / 5 - 1)), 5 * np.floor(max(expected) / 5 + 1), _POINTS)
    limits = funnel_limits(at, phi)
    return [
        {"expected": rounded(float(x), 1), **{name: rounded(float(limit[k]), 3) for name, limit in limits.items()}}
        for k, x in enumerate(at)
    ]
