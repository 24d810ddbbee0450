"""How a model did on people whom no worklist had named, and on those it had, on the test date's rows.

Intervals need no drawing: Hanley and McNeil's standard error for the AUROC, the residuals' for observed over expected.
Counts are rounded, and a group's figures need 30 people with the outcome and 30 without. Nothing is shown of a group
where so few are left beside it that their number with the outcome could be worked out, nor of a test date with fewer
than eight with the outcome, or without (the rules of ``guarded``).
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from riskstrat.disclosure import publishable
from riskstrat.modelling.datasets.rows import Rows
from riskstrat.modelling.evaluation.gates import ratio_interval
from riskstrat.modelling.evaluation.guarded import FOR_ANOTHER, TOO_FEW
from riskstrat.modelling.evaluation.leaks import auroc_of, error_at
from riskstrat.modelling.training.calibration import Floats

_LEAST = 30
_LEAST_IN_ALL = 8
_LEAST_LEFT = 15
_Z = 1.959964
_NOTE = (
    "People never listed are chosen by what came afterwards: a list names those whose year goes badly, so that fewer "
    "of the never listed have the outcome than was estimated even where lists change nothing. People of practices that "
    "had been sent no list are not chosen so."
)


def exposure_report(rows: Rows, risk: Floats) -> dict[str, Any]:
    """Return discrimination and calibration by exposure to past worklists, and what they can and cannot say.

    ``groups`` is empty where no list had been sent to anybody's practice before the horizon ended.
    """
    people = rows.people
    before, within = (people[name].to_numpy() for name in ("listed_before", "listed_in_horizon"))
    members = {
        "never listed": ~(before | within),
        "listed before the index date": before,
        "listed within the horizon": within,
        "listed within the horizon, a decision recorded": people["reviewed_in_horizon"].to_numpy(),
        "practice sent no list": ~people["list_sent"].to_numpy(),
    }
    any_list = bool(people["list_sent"].any() or before.any() or within.any())
    if not any_list:
        return {"groups": [], "note": "No worklist had been sent before the horizon ended."}
    if min(rows.outcome.sum(), (1 - rows.outcome).sum()) < _LEAST_IN_ALL:
        return {"groups": [], "note": TOO_FEW}
    return {"groups": [_row(name, mask, rows.outcome, risk) for name, mask in members.items()], "note": _NOTE}


def _row(name: str, mask: npt.NDArray[np.bool_], everyone: Floats, risk: Floats) -> dict[str, Any]:
    outcome = everyone[mask]
    events, people = int(outcome.sum()), len(outcome)
    row: dict[str, Any] = {"group": name, "people": publishable(people), "events": publishable(events), "figures": None}
    left = int(everyone.sum()) - events, len(everyone) - people
    if any(0 < count < _LEAST_LEFT for count in (left[0], left[1] - left[0])):
        return row | {"people": None, "events": None, "why": FOR_ANOTHER}
    if min(events, people - events) >= _LEAST:
        auroc = auroc_of(risk[mask], outcome)
        error = _Z * error_at(auroc, events, people - events)
        row["figures"] = {
            "auroc": _figure(auroc, max(0.0, auroc - error), min(1.0, auroc + error)),
            "calibration_ratio": _figure(*ratio_interval(outcome, risk[mask], _Z)),
        }
    return row


def _figure(value: float, low: float, high: float) -> dict[str, float]:
    return {"value": round(value, 4), "low": round(low, 4), "high": round(high, 4)}
