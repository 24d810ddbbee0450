"""Each source left out: what the model, as it is, would make of a month in which that feed had stopped.

The columns that a snapshot cannot fill without the source are made unknown at scoring, by the rule that snapshots
follow (``riskstrat.features.visibility``), and the same people are scored again. Nobody retrains: this is the month in
which nobody has noticed yet, and the trees may send "unknown" where "none" went. What a model trained without the
source reaches is another question, and costs a training each: ``worth``. Registrations are not among the sources:
without them there is no population.
"""

from collections.abc import Callable
from datetime import date
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from riskstrat.contract import TABLES
from riskstrat.features.assemble import unseen_columns
from riskstrat.features.catalogue import families
from riskstrat.features.visibility import Source
from riskstrat.modelling.datasets.feature_contract import FeatureContract
from riskstrat.modelling.evaluation.bootstrap import Z
from riskstrat.modelling.evaluation.closed_form import auroc, auroc_difference
from riskstrat.modelling.evaluation.gates import ratio_interval
from riskstrat.modelling.evaluation.metrics import Ranking
from riskstrat.modelling.evaluation.shown import LEAST_CELL
from riskstrat.modelling.evaluation.stability import as_shown
from riskstrat.modelling.training.calibration import Floats
from riskstrat.pages import SOURCE_WORDS

Matrix = npt.NDArray[np.float32]


@cache
def columns_without(source: str) -> frozenset[str]:
    """Return the snapshot columns that are unknown for everyone while ``source`` is absent and all others are there."""
    day = date(2000, 1, 1)  # any: a source that is there is complete to the day itself, and began before every window
    held = {name: Source(name, name != source, 0, day if name != source else None, None) for name in TABLES}
    return frozenset(unseen_columns(families(), held, day))


def left_out_one_by_one(
    contract: FeatureContract, matrix: Matrix, outcome: Floats, risk_of: Callable[[Matrix], Floats]
) -> list[dict[str, Any]]:
    """Return one row per source that feeds a column of the model: figures without it, and what is lost in AUROC.

    The first row is the model with every source. Figures are left out below 10 people with the outcome or without.
    """
    events = int(outcome.sum())
    is_shown = min(events, len(outcome) - events) >= LEAST_CELL
    whole = risk_of(matrix)
    rows = [{"source": None, "title": "Every source", "columns": len(contract.names)}]
    rows[0] |= _figures(whole, whole, outcome) if is_shown else {}
    for source, title in SOURCE_WORDS.items():
        places = [n for n, name in enumerate(contract.names) if name in columns_without(source)]
        if places:
            without = matrix.copy()
            without[:, places] = np.nan
            row: dict[str, Any] = {"source": source, "title": title, "columns": len(places)}
            rows.append(row | (_figures(risk_of(without), whole, outcome) if is_shown else {}))
    return rows


def _figures(risk: Floats, whole: Floats, outcome: Floats) -> dict[str, Any]:
    """Return AUROC, its paired change against the whole model, observed over expected and sensitivity."""
    found, lost = auroc(risk, outcome), auroc_difference(risk, whole, outcome)
    sensitivity, _ = Ranking(risk, outcome, np.ones((1, len(outcome)))).top(0.05)
    caught = float(sensitivity[0]) * float(outcome.sum())
    is_shown = min(caught, 0.05 * len(outcome) - caught) >= LEAST_CELL
    return {
        "auroc": as_shown(found.value, found.low, found.high),
        "auroc_change": as_shown(lost.value, lost.low, lost.high),
        "calibration_ratio": as_shown(*ratio_interval(outcome, risk, Z)),
        "sensitivity_top_5_percent": round(float(sensitivity[0]), 3) if is_shown else None,
    }
