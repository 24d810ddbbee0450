"""Too good to be true: a model that foresees more than anybody can is reading its outcome, and must not be promoted.

The gate asks for evidence: the AUROC must lie above the spec's bound by more than chance takes a model that is exactly
at the bound, for as many events as there are (standard error of Hanley and McNeil, Radiology 1982;143:29-36, which is
wide where events are few). With a handful of events there is no such evidence and the gate holds. When it breaks it
names the columns that tell most of the outcome by themselves: the likeliest place of the leak.

What it cannot see is a leak that helps a little. That is what the metamorphic tests of the features are for
(``tests/property/test_no_leak.py``): whatever happens or arrives at or after the index date changes no feature.
"""

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from riskstrat.modelling.datasets.rows import Rows
from riskstrat.modelling.evaluation.bootstrap import Z
from riskstrat.modelling.evaluation.closed_form import aurocs
from riskstrat.modelling.evaluation.gates import GateResult
from riskstrat.modelling.spec import Gates
from riskstrat.modelling.training.calibration import Floats

_NAMED = 3


def too_good_to_be_true(gates: Gates, rows: Rows, risk: Floats, names: Sequence[str]) -> GateResult:
    """Return the gate's result for the test rows; ``names`` are the columns of their matrix."""
    bound = gates.auroc_plausible_to
    found = auroc_of(risk, rows.outcome)
    events = int(rows.outcome.sum())
    certain = found - Z * error_at(bound, events, len(rows.outcome) - events) > bound
    words = f"AUROC {found:.3f}; a model that knows only what came before the index date is taken to reach {bound:g}"
    if certain:
        told = {name: auroc_of(rows.matrix[:, k], rows.outcome) for k, name in enumerate(names)}
        best = sorted(told.items(), key=lambda item: (-abs(item[1] - 0.5), item[0]))[:_NAMED]
        words += "; look for the outcome in what it reads, first in " + ", ".join(
            f"{name} (AUROC {max(auroc, 1 - auroc):.3f} alone)" for name, auroc in best
        )
    return GateResult("auroc_plausible_to", not certain, words)


def auroc_of(score: npt.NDArray[np.floating], outcome: Floats) -> float:
    """Return the AUROC of a score; what is not known ranks below everything. 0.5 without two of either outcome."""
    if min(outcome.sum(), len(outcome) - outcome.sum()) < 2:
        return 0.5
    return float(aurocs([np.where(np.isnan(score), -np.inf, score)], outcome)[0][0])


def error_at(auroc: float, events: int, others: int) -> float:
    """Return the standard error of an AUROC whose true value is ``auroc`` (Hanley and McNeil); inf without both."""
    if not events or not others:
        return math.inf
    one = auroc / (2 - auroc)
    two = 2 * auroc**2 / (1 + auroc)
    variance = auroc * (1 - auroc) + (events - 1) * (one - auroc**2) + (others - 1) * (two - auroc**2)
    return math.sqrt(variance / (events * others))
