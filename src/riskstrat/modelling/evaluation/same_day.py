"""Same-day admissions apart: same-day emergency care is moving between data sets, overnight admissions are not.

A board whose trusts record same-day emergency care as attendances has fewer admissions and nobody healthier. How many
of the outcomes were of that kind, and how well the model finds the others, says how much of it moves.
"""

from typing import Any

import numpy as np

from riskstrat.modelling.datasets.rows import OVERNIGHT, Rows
from riskstrat.modelling.evaluation.bootstrap import Weights, figure
from riskstrat.modelling.evaluation.metrics import rank_draws
from riskstrat.modelling.evaluation.shown import FEW_IN_GROUP, LEAST_GROUP_EVENTS, is_enough, shown
from riskstrat.modelling.training.calibration import Floats


def overnight_apart(rows: Rows, risk: Floats, weights: Weights) -> dict[str, Any] | None:
    """Return how many had a same-day admission only, and the AUROC for an admission of a night or more.

    Counts are as they are, to be published by ``guarded``. ``None`` where the label does not tell them apart. Nobody is
    dropped: a same-day admission alone counts here as not having been admitted.
    """
    if OVERNIGHT not in rows.people.columns:
        return None
    overnight = rows.people[OVERNIGHT].is_not_null().to_numpy().astype(np.float64)
    same_day = int(rows.outcome.sum() - overnight.sum())
    report: dict[str, Any] = {"same_day_only": same_day, "overnight": int(overnight.sum())}
    if not is_enough(LEAST_GROUP_EVENTS, overnight.sum(), len(overnight) - overnight.sum()):
        return report | {"auroc_overnight": None, "why": FEW_IN_GROUP}
    return report | {"auroc_overnight": shown(figure(rank_draws(risk, overnight, weights)["auroc"]))}
