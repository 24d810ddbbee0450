"""Importance: how far each clinical factor moves the estimates of people who did not train, on average.

A person's contribution of a factor is the sum of the exact (Shapley) contributions of its columns, so that columns that
say the same thing twice share one place; its size, averaged over people, is the factor's importance. It says what the
model uses, not what causes the outcome.
"""

from typing import Any

import numpy as np

from riskstrat.modelling.explanation.factors import read_factors, summed_by_factor
from riskstrat.modelling.training.calibration import Floats


def by_factor(contributions: Floats, names: list[str]) -> list[dict[str, Any]]:
    """Return factors by mean size of contribution (log odds), the largest first, each with its share of all.

    ``contributions`` has a row per person and a column per feature, in the order of ``names``, then the base value. A
    column of no factor stands for itself. Factors that move nobody are left out.
    """
    by_id = read_factors().by_id()
    sizes = {key: float(np.abs(moved).mean()) for key, moved in summed_by_factor(contributions, names).items()}
    total = sum(sizes.values()) or 1.0
    ordered = sorted(sizes.items(), key=lambda item: (-item[1], item[0]))
    return [
        {
            "factor": key,
            "title": by_id[key].title if key in by_id else key.removeprefix("column "),
            "log_odds": round(size, 4),
            "share": round(size / total, 4),
        }
        for key, size in ordered
        if size > 0
    ]
