"""Looks beyond the one test date: other months, feeds that stop, and what the model leans on.

All of it is part of the evaluation, so that the card needs the bundle and nothing else. What it costs is bounded: a
large board is looked at through an even part of its people, and the report says how many.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any

import numpy as np
import polars as pl

from riskstrat.disclosure import publishable
from riskstrat.modelling.datasets.rows import Dataset, Rows, Shelf, tested_people_at
from riskstrat.modelling.evaluation.importance import by_factor
from riskstrat.modelling.evaluation.listing import Board
from riskstrat.modelling.evaluation.metrics import TOP_SHARES
from riskstrat.modelling.evaluation.sources import Matrix, left_out_one_by_one
from riskstrat.modelling.evaluation.stability import Ranked, agreements, performance, rank_correlation
from riskstrat.modelling.spec import ModelSpec
from riskstrat.modelling.training.calibration import Flags, Floats

MOST_LISTED = 100_000
MOST_TESTED = 50_000
MOST_LEFT_OUT = 20_000
MOST_EXPLAINED = 5_000
"""People looked at, at most: for the list of one month, the figures of one date, those without one source, and for
contributions. A million people are then scored 0.6 million times more, a twentieth of a list being 5,000 people."""


@dataclass(frozen=True)
class Judged:
    """One model that is being judged: its rows of the test date, and what gives risks and contributions."""

    spec: ModelSpec
    shelf: Shelf
    dataset: Dataset
    latest: date
    rows: Rows
    risk: Floats
    risk_of: Callable[[Matrix], Floats]
    contributions_of: Callable[[Matrix], Floats]


def beyond_the_test_date(judged: Judged) -> dict[str, Any]:
    """Return ``stability`` (lists and performance), ``sources`` and ``importance``, as plain values."""
    some = _evenly(len(judged.rows), MOST_LEFT_OUT)
    few = _evenly(len(judged.rows), MOST_EXPLAINED)
    contract = judged.dataset.contract
    matrix, outcome = judged.rows.matrix[some], judged.rows.outcome[some]
    contributions = judged.contributions_of(judged.rows.matrix[few])
    return {
        "stability": {"lists": _lists(judged), "performance": _over_time(judged)},
        "sources": {
            "people": publishable(len(some)),
            "rows": left_out_one_by_one(contract, matrix, outcome, judged.risk_of),
        },
        "importance": {"people": publishable(len(few)), "factors": by_factor(contributions, contract.names)},
    }


def _lists(judged: Judged) -> list[dict[str, Any]]:
    """Return how far lists agree from each date that the spec names to the next, a row per pair."""
    days = _days(judged)
    is_for = {day: judged.shelf.is_for(judged.spec.population, day).to_numpy() for day in days}
    # The same people at every date, by what they are called and not by where they stand: one step for all dates.
    step = max(1, -(-max((int(mask.sum()) for mask in is_for.values()), default=0) // MOST_LISTED))
    ranked = {day: _ranked(judged, day, is_for[day], step) for day in days}
    return [
        {
            "from": str(before),
            "to": str(after),
            "months_apart": _months(before, after),
            "use_from": _use(judged, before),
            "use_to": _use(judged, after),
            "people": publishable(len(np.intersect1d(ranked[before].person_id, ranked[after].person_id))),
            "rank_correlation": rank_correlation(ranked[before], ranked[after]),
            "sizes": agreements(
                ranked[before],
                ranked[after],
                TOP_SHARES,
                [_depth(judged, day, is_for[day]) for day in (before, after)],
            ),
        }
        for before, after in pairwise(days)
    ]


def _ranked(judged: Judged, day: date, is_for: Flags, step: int) -> Ranked:
    """Return everyone whom the model may score and the evaluation may use, trained on or not: lists hold them all."""
    snapshot = judged.shelf.snapshot(day)
    person = snapshot["person_id"].cast(pl.Int64).to_numpy()
    kept = np.flatnonzero(is_for & (person % step == 0))
    risk = judged.risk_of(judged.shelf.matrix(day, judged.dataset.contract, kept))
    return Ranked(person[kept], risk, snapshot["practice_code"].fill_null("not known")[kept].to_numpy())


def _depth(judged: Judged, day: date, is_for: Flags) -> Callable[[str], float]:
    """Return the share of its people whom each practice could review at a date."""
    people = judged.shelf.snapshot(day)["practice_code"].filter(pl.Series(is_for)).drop_nulls().value_counts().rows()
    capacity = judged.shelf.workspace.settings.worklist.capacity
    return Board(0, dict(people), {code: capacity(code).reviews for code, _ in people}).depth


def _over_time(judged: Judged) -> list[dict[str, Any]]:
    """Return figures of the test people by index date, from the last date that trained to the test date."""
    split, latest = judged.spec.split, judged.latest
    trained, test = split.training_dates(latest)[-1], split.test_date(latest)
    rows = []
    for day in (day for day in _days(judged) if day >= trained):
        if day == test:
            risk, outcome = judged.risk, judged.rows.outcome
        elif judged.shelf.has(judged.spec.outcome, day):
            there = tested_people_at(judged.spec, judged.shelf, judged.dataset, day)
            some = _evenly(len(there), MOST_TESTED)
            risk, outcome = judged.risk_of(there.matrix[some]), there.outcome[some]
        else:
            continue
        rows.append(
            {
                "index_date": str(day),
                "months_since_training": _months(trained, day),
                "use": "last training date" if day == trained else _use(judged, day),
                **performance(risk, outcome),
            }
        )
    return rows


def _days(judged: Judged) -> list[date]:
    """Return the index dates that the spec names and the store holds, in order."""
    named = {*judged.spec.split.dates(judged.latest), *judged.spec.further_dates(judged.latest)}
    return sorted(day for day in named if judged.shelf.has("features", day))


def _use(judged: Judged, day: date) -> str:
    """Return what an index date was used for: a model knows what became of those who trained it at a training date."""
    split, latest = judged.spec.split, judged.latest
    use = dict.fromkeys(split.training_dates(latest), "training date")
    use |= {split.calibration_date(latest): "calibration date", split.test_date(latest): "test date"}
    return use.get(day, "looked at only")


def _months(before: date, after: date) -> int:
    return 12 * (after.year - before.year) + after.month - before.month


def _evenly(people: int, most: int) -> np.ndarray:
    """Return places of at most ``most`` of the people, evenly spread over the order of persons."""
    return np.arange(0, people, max(1, -(-people // most)))
