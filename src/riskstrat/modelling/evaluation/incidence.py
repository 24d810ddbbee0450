"""Dying and leaving: the share seen to have the outcome, beside what competing risks and censoring make of it.

Every other figure counts the share seen: who died first did not have the outcome, who left counts as seen until then.
Where people leave, some outcomes are not seen, and the share seen is too low. The Aalen-Johansen estimate (Aalen and
Johansen, Scand J Stat 1978;5:141) takes leaving as censoring and death as a competing event: it is the share who have
the outcome, had nobody left. One less the Kaplan-Meier estimate takes death as censoring too: the share who would have
it if nobody died first, which no patient lives, and which is shown because it is often reported by mistake. For both
and for calibration with them see van Geloven et al., BMJ 2022;377:e069249.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from riskstrat.modelling.datasets.rows import Rows
from riskstrat.modelling.evaluation.bootstrap import Weights, figure, sums
from riskstrat.modelling.evaluation.reliability import groups_by_risk
from riskstrat.modelling.evaluation.shown import (
    LEAST_GROUP_EVENTS,
    is_enough,
    rounded,
    shown,
)
from riskstrat.modelling.evaluation.tally import ratio, tally
from riskstrat.modelling.training.calibration import Floats

LEFT, OUTCOME, DIED = 0, 1, 2
"""How a person's time under observation ended; who was seen to the horizon's end is censored there, as if leaving."""

RULE = (
    "Nobody is dropped. Dying without the outcome counts as not having it. Someone who leaves counts as what was seen "
    "until then; the cumulative incidence takes leaving as censoring and death as a competing event."
)


@dataclass(frozen=True)
class Ends:
    """How and when each person's time under observation ended: days from the index date, and one of three ways."""

    day: npt.NDArray[np.int64]
    way: npt.NDArray[np.int64]

    def of(self, rows: npt.NDArray[Any]) -> "Ends":
        """Return those of some of the people."""
        return Ends(self.day[rows], self.way[rows])


def ends_of(rows: Rows) -> Ends:
    """Return how each person's time ended: the outcome, else death, else leaving, else the end of the horizon.

    Of two on the same day the outcome comes first, then death. What happened after someone left was not followed.
    """
    never = np.iinfo(np.int64).max
    days = {name: _days(rows, name, never) for name in ("event_date", "death_date", "left_date")}
    first = np.minimum.reduce(list(days.values()))
    last = int(max(day[day < never].max(initial=0) for day in days.values())) + 1
    way = np.where(days["death_date"] == first, DIED, LEFT)
    way = np.where(days["event_date"] == first, OUTCOME, way)
    return Ends(np.minimum(first, last), np.where(first == never, LEFT, way))


def incidence_draws(ends: Ends, weights: Weights) -> dict[str, Floats]:
    """Return the estimates at the end of the horizon, of every draw.

    ``cumulative_incidence`` of the outcome and ``died_first`` of death without it (Aalen-Johansen),
    ``one_minus_kaplan_meier`` of the outcome. On one day outcomes and deaths come before leaving.
    """
    days = int(ends.day.max(initial=0)) + 1
    code = 3 * ends.day + ends.way
    counts = tally(code, weights, 3 * days).reshape(-1, days, 3)
    gone = np.cumsum(counts.sum(axis=2), axis=1)
    at_risk = gone[:, -1:] - np.concatenate([np.zeros((len(weights), 1)), gone[:, :-1]], axis=1)
    hazard = np.divide(counts, at_risk[:, :, None], out=np.zeros_like(counts), where=at_risk[:, :, None] > 0)
    free = np.cumprod(1 - hazard[:, :, OUTCOME] - hazard[:, :, DIED], axis=1)
    free_before = np.concatenate([np.ones((len(weights), 1)), free[:, :-1]], axis=1)
    return {
        "cumulative_incidence": (free_before * hazard[:, :, OUTCOME]).sum(axis=1),
        "died_first": (free_before * hazard[:, :, DIED]).sum(axis=1),
        "one_minus_kaplan_meier": 1 - np.prod(1 - hazard[:, :, OUTCOME], axis=1),
    }


def leaving_and_dying(rows: Rows, risk: Floats, weights: Weights) -> dict[str, Any]:
    """Return the section of the evaluation: who left and died, the estimates beside the share seen, and by risk.

    Counts are as they are: ``guarded`` publishes them, and withholds the estimates where one is a ``*``.
    """
    ends = ends_of(rows)
    seen = rows.outcome
    people = rows.people
    left = int(people["left_date"].is_not_null().sum())
    died = int((people["death_date"].is_not_null().to_numpy() & (seen == 0)).sum())
    is_death = bool(people["event_date"].eq_missing(people["death_date"]).all())
    draws = incidence_draws(ends, weights)
    incidence = draws["cumulative_incidence"]
    figures = {
        "share_seen": shown(figure(_mean(seen, weights))),
        "cumulative_incidence": shown(figure(incidence)),
        "cumulative_incidence_over_expected": shown(figure(incidence / _mean(risk, weights))),
    }
    if not is_death:
        figures |= {name: shown(figure(draws[name])) for name in ("died_first", "one_minus_kaplan_meier")}
    return {
        "left_in_horizon": left,
        "died_in_horizon": int(people["death_date"].is_not_null().sum()),
        "died_without_the_outcome": None if is_death else died,
        "figures": figures,
        "by_risk": _by_risk(ends, risk, seen, weights),
        "rule": RULE,
    }


def _by_risk(ends: Ends, risk: Floats, seen: Floats, weights: Weights) -> list[dict[str, Any]]:
    """Return a row per tenth of risk, or per larger part, so that each has enough people with the outcome."""
    for parts in (10, 5, 4, 3, 2):
        group = groups_by_risk(risk, parts)
        members = [np.flatnonzero(group == k) for k in range(int(group.max()) + 1)]
        if all(is_enough(LEAST_GROUP_EVENTS, seen[m].sum(), (1 - seen[m]).sum()) for m in members):
            return [_part(ends, risk, seen, weights, m) for m in members]
    return []


def _part(ends: Ends, risk: Floats, seen: Floats, weights: Weights, members: npt.NDArray[np.intp]) -> dict[str, Any]:
    found = incidence_draws(ends.of(members), weights[:, members])["cumulative_incidence"]
    return {
        "expected": rounded(float(risk[members].mean()), 4),
        "share_seen": rounded(float(seen[members].mean()), 4),
        "cumulative_incidence": shown(figure(found)),
    }


def _mean(values: Floats, weights: Weights) -> Floats:
    """Return the mean of every draw."""
    total, people = sums([values, np.ones_like(values)], weights).T
    return ratio(total, people)


def _days(rows: Rows, column: str, never: int) -> npt.NDArray[np.int64]:
    """Return a date as days from the index date; ``never`` where there is none."""
    when = rows.people[column].to_numpy().astype("datetime64[D]")
    days = (when - rows.index_date.astype("datetime64[D]")).astype(np.int64)
    return np.where(np.isnat(when), never, np.maximum(days, 0))
