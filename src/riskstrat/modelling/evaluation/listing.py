"""Lists of the sizes that people use: whom they reach, what they cost in reviews, and where each practice cuts.

A list of a share is the top of everyone tested. A list at capacity is what practices would work: each reviews its own
people with the highest risk, as many a month as its settings say (``[worklist] reviews_per_month``). The people tested
are some of a practice's people, so that its list is taken to the same depth: capacity over all its people to whom the
model applies. It is the order of the model alone; a worklist also follows rules, programmes and what was recorded.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from riskstrat.disclosure import publishable
from riskstrat.modelling.evaluation.bootstrap import Draws, Figure, Places, Weights, figure, places_by_name
from riskstrat.modelling.evaluation.metrics import TOP_SHARES, Ranking, percent, rank_draws
from riskstrat.modelling.evaluation.shown import LISTS
from riskstrat.modelling.evaluation.tally import ratio, tally
from riskstrat.modelling.training.calibration import Floats

GATED_SHARE = 0.05
"""The list by which groups are compared, and gates on them judged: the top 5 % of everyone tested."""


@dataclass(frozen=True)
class Board:
    """What a list is made for, at the test date: who is registered, to whom the model applies, what can be reviewed.

    ``registered`` counts everybody in the snapshot; ``applies_to`` people of the model's population and
    ``reviews_per_month`` places, both by practice. A practice without places works no list.
    """

    registered: int
    applies_to: Mapping[str, int]
    reviews_per_month: Mapping[str, int]

    def depth(self, practice: str) -> float:
        """Return the share of a practice's people whom it can review in a month, at most 1."""
        people = self.applies_to.get(practice, 0)
        return min(1.0, self.reviews_per_month.get(practice, 0) / people) if people else 0.0

    @property
    def places(self) -> int:
        """How many people all practices together would review in a month."""
        return sum(min(n, self.reviews_per_month.get(practice, 0)) for practice, n in self.applies_to.items())


class PracticeLists:
    """Every practice's list at its capacity, for any score, of every draw."""

    def __init__(self, practice: pl.Series, weights: Weights, board: Board) -> None:
        """Keep where each practice's people are and how often they were drawn.

        Where a practice was drawn whole its list is the same one, as often as it was drawn.
        """
        self._weights = weights
        self._practices: list[tuple[Places, float, Weights, Any]] = []
        for code, mine in places_by_name(practice).items():
            depth = board.depth(code)
            if depth > 0:
                own = weights[:, mine]
                times = _drawn_whole(own)
                once = (own, 1.0) if times is None else (np.ones((1, len(mine))), times)
                self._practices.append((mine, depth, *once))

    def draws(self, score: Floats, outcome: Floats) -> dict[str, Floats]:
        """Return sensitivity and PPV of all the lists together, of every draw."""
        listed, found = np.zeros(len(self._weights)), np.zeros(len(self._weights))
        for mine, depth, weights, times in self._practices:
            size, caught = Ranking(score[mine], outcome[mine], weights).found(depth)
            listed, found = listed + size * times, found + caught * times
        events = tally(outcome.astype(np.intp), self._weights, 2)[:, 1]
        return {"sensitivity_at_capacity": ratio(found, events), "ppv_at_capacity": ratio(found, listed)}


def _drawn_whole(weights: Weights) -> Floats | None:
    """Return how often the rows were drawn, where all of them were always drawn together."""
    lines = weights.times[:, np.unique(weights.member)] if isinstance(weights, Draws) else np.asarray(weights)
    return lines[:, 0].astype(np.float64) if bool((lines == lines[:, :1]).all()) else None


def list_draws(
    score: Floats,
    outcome: Floats,
    weights: Weights,
    practices: PracticeLists | None = None,
    *,
    thresholds: Sequence[float] = (),
) -> dict[str, Floats]:
    """Return figures of rank, of every list and of net benefit, of every draw."""
    draws = rank_draws(score, outcome, weights, thresholds=thresholds)
    return draws if practices is None else draws | practices.draws(score, outcome)


def reviews_per_person_found(draws: Mapping[str, Floats]) -> dict[str, Figure]:
    """Return the number needed to review of every list: reviews for each person with the outcome, 1 / PPV."""
    return {
        f"number_needed_to_review_{name}": figure(ratio(np.ones_like(draws[f"ppv_{name}"]), draws[f"ppv_{name}"]))
        for name in LISTS
        if f"ppv_{name}" in draws
    }


def workload(board: Board | None, tested: int, figures: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return a row per list: how many people it holds in the whole board, and of every 1,000 who are registered.

    ``figures`` are those of the evaluation as shown. Without a board the people tested are everybody there is.
    """
    people = tested if board is None else sum(board.applies_to.values())
    registered = tested if board is None else board.registered
    sizes = {f"top_{percent(share)}": share * people for share in TOP_SHARES}
    if board is not None and board.places:
        sizes["at_capacity"] = board.places
    rows = []
    for name, size in sizes.items():
        ppv = figures[f"ppv_{name}"]["value"]
        rows.append(
            {
                "list": name,
                "title": LISTS[name],
                "people_listed": publishable(round(size)),
                "listed_per_1000_registered": round(1000 * size / registered, 2),
                "people_found": None if ppv is None else publishable(round(ppv * size)),
            }
        )
    return rows


def on_the_list(score: Floats, share: float = GATED_SHARE) -> Floats:
    """Return who is on the list of that share, 0 or 1; people tied at the cut share the places left."""
    size = share * len(score)
    values, counts = np.unique(-score, return_counts=True)
    above = np.concatenate([[0.0], np.cumsum(counts)[:-1]])
    places = np.clip((size - above) / counts, 0.0, 1.0)
    flags: Floats = places[np.searchsorted(values, -score)]
    return flags
