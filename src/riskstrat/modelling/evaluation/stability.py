"""Stability: who stays on the list from one month to the next, and how the model does as months pass since training.

A list that turns over without news from the people on it costs practices their trust; a model that drifts costs them
their time. Both are told from index dates that the spec names, so that the same inputs give the same figures.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from riskstrat.disclosure import publishable
from riskstrat.modelling.evaluation.bootstrap import Z, places_by_name
from riskstrat.modelling.evaluation.closed_form import auroc
from riskstrat.modelling.evaluation.gates import ratio_interval
from riskstrat.modelling.evaluation.metrics import percent
from riskstrat.modelling.evaluation.shown import LEAST_CELL
from riskstrat.modelling.training.calibration import Floats

People = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Ranked:
    """Everyone scored at one index date: each person once, with a calibrated risk, and their practice where known."""

    person_id: People
    risk: Floats
    practice: npt.NDArray[Any] | None = None

    def listed(self, share: float) -> People:
        """Return the people of the top ``share`` by risk, at least one; equal risks go by person, as they must."""
        size = max(1, round(share * len(self.person_id)))
        return self.person_id[self._falling()[:size]]

    def listed_at_capacity(self, depth: Callable[[str], float]) -> People:
        """Return the people whom practices would review, each its own with the highest risk, to its own share."""
        falling = self._falling()
        places = [np.zeros(0, dtype=np.intp)]
        for code, mine in places_by_name(pl.Series(np.asarray(self.practice)[falling], dtype=pl.String)).items():
            places.append(falling[mine[: round(depth(code) * len(mine))]])
        return self.person_id[np.concatenate(places)]

    def _falling(self) -> npt.NDArray[np.intp]:
        return np.lexsort((self.person_id, -self.risk))


@dataclass(frozen=True)
class Agreement:
    """How far two lists of one size agree, among people scored at both dates.

    ``still`` of the ``listed`` (of the earlier list) are on the later list too. ``by_chance`` is the share that a list
    drawn by lot would keep: that of everyone scored at both dates who is on the later list.
    """

    listed: int
    still: int
    by_chance: float

    @property
    def share(self) -> float:
        """The share of the earlier list that is on the later one."""
        return self.still / self.listed if self.listed else float("nan")


def agreement(earlier: People, later: People, both: People) -> Agreement:
    """Return how far two lists agree, each cut among everyone of its own date, of people scored at ``both``."""
    earlier, later = np.intersect1d(earlier, both), np.intersect1d(later, both)
    still = np.intersect1d(earlier, later)
    return Agreement(len(earlier), len(still), len(later) / len(both) if len(both) else float("nan"))


def agreements(
    before: Ranked, after: Ranked, shares: Sequence[float], depths: Sequence[Callable[[str], float]] = ()
) -> list[dict[str, Any]]:
    """Return one row per list: of each size, and with ``depths`` (earlier, later) at each practice's capacity.

    ``still_listed`` is left out where fewer than 10 people stayed or fewer left.
    """
    both = np.intersect1d(before.person_id, after.person_id)
    lists: list[tuple[str, float | None, People, People]] = [
        (f"top_{percent(share)}", share, before.listed(share), after.listed(share)) for share in shares
    ]
    if depths:
        earlier, later = (one.listed_at_capacity(depth) for one, depth in zip((before, after), depths, strict=True))
        lists.append(("at_capacity", None, earlier, later))
    rows = []
    for name, share, earlier, later in lists:
        found = agreement(earlier, later, both)
        is_shown = min(found.still, found.listed - found.still) >= LEAST_CELL
        rows.append(
            {
                "list": name,
                "share": share,
                "listed": publishable(found.listed),
                "still_listed": round(found.share, 3) if is_shown else None,
                "by_chance": round(found.by_chance, 4),
            }
        )
    return rows


def rank_correlation(before: Ranked, after: Ranked) -> float | None:
    """Return Spearman's correlation of the risks of everyone scored at both dates; none where either never varies."""
    from scipy.stats import rankdata

    _, earlier, later = np.intersect1d(before.person_id, after.person_id, return_indices=True)
    ranks = [rankdata(before.risk[earlier]), rankdata(after.risk[later])]
    if len(earlier) < LEAST_CELL or any(np.ptp(rank) == 0 for rank in ranks):
        return None
    return round(float(np.corrcoef(*ranks)[0, 1]), 3)


def performance(risk: Floats, outcome: Floats) -> dict[str, Any]:
    """Return people, events, AUROC and observed over expected at one index date, with 95 % intervals from a formula.

    Figures are left out below 10 people with the outcome or without.
    """
    events = int(outcome.sum())
    row: dict[str, Any] = {
        "people": publishable(len(outcome)),
        "events": publishable(events),
        "auroc": None,
        "calibration_ratio": None,
    }
    if min(events, len(outcome) - events) >= LEAST_CELL:
        found = auroc(risk, outcome)
        row["auroc"] = as_shown(found.value, found.low, found.high)
        row["calibration_ratio"] = as_shown(*ratio_interval(outcome, risk, Z))
    return row


def as_shown(value: float, low: float, high: float) -> dict[str, float]:
    """Return a figure with its interval as plain values, rounded as every figure of the report."""
    return {"value": round(value, 4), "low": round(low, 4), "high": round(high, 4)}
