"""How a model did on people whom no worklist had named, and on those it had, on the test date's rows.

Intervals need no drawing (``closed_form``). Counts are rounded, and a group's figures need ``LEAST_GROUP_EVENTS``
people with the outcome and as many without. Nothing is shown of a group where so few are left beside it that their
number with the outcome could be worked out, nor of a test date with fewer than eight with the outcome, or without (the
rules of ``guarded``).
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from riskstrat.disclosure import publishable
from riskstrat.modelling.datasets.rows import Rows
from riskstrat.modelling.evaluation.bootstrap import Z
from riskstrat.modelling.evaluation.closed_form import auroc
from riskstrat.modelling.evaluation.gates import ratio_interval
from riskstrat.modelling.evaluation.guarded import FOR_ANOTHER, LEAST_LEFT, TOO_FEW
from riskstrat.modelling.evaluation.shown import LEAST_GROUP_EVENTS
from riskstrat.modelling.evaluation.stability import as_shown
from riskstrat.modelling.training.calibration import Floats

_LEAST_IN_ALL = 8
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
    if any(0 < count < LEAST_LEFT for count in (left[0], left[1] - left[0])):
        return row | {"people": None, "events": None, "why": FOR_ANOTHER}
    if min(events, people - events) >= LEAST_GROUP_EVENTS:
        found = auroc(risk[mask], outcome)
        row["figures"] = {
            "auroc": as_shown(found.value, found.low, found.high),
            "calibration_ratio": as_shown(*ratio_interval(outcome, risk[mask], Z)),
        }
    return row
