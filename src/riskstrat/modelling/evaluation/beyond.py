"""Looks beyond the one test date: other months, feeds that stop, and what the model leans on.

All of it is part of the evaluation, so that the card needs the bundle and nothing else. What it costs is bounded: a
large board is looked at through an even part of its people, and the report says how many.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import polars as pl

from riskstrat.disclosure import publishable
from riskstrat.modelling.datasets.rows import Dataset, Rows, Shelf, tested_people_at
from riskstrat.modelling.evaluation.importance import by_factor
from riskstrat.modelling.evaluation.metrics import TOP_SHARES
from riskstrat.modelling.evaluation.sources import Matrix, left_out_one_by_one
from riskstrat.modelling.evaluation.stability import Ranked, agreements, performance
from riskstrat.modelling.spec import ModelSpec
from riskstrat.modelling.training.calibration import Floats
from riskstrat.project import add_months

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
    """Return how far the lists of successive months agree, a row per pair of months that the spec names."""
    days = _days(judged)
    pairs = [(day, add_months(day, 1)) for day in days if add_months(day, 1) in days]
    ranked = {day: _ranked(judged, day) for day in sorted({day for pair in pairs for day in pair})}
    return [
        {
            "from": str(before),
            "to": str(after),
            "people": publishable(len(np.intersect1d(ranked[before].person_id, ranked[after].person_id))),
            "sizes": agreements(ranked[before], ranked[after], TOP_SHARES),
        }
        for before, after in pairs
    ]


def _ranked(judged: Judged, day: date) -> Ranked:
    """Return everyone whom the model may score and the evaluation may use, trained on or not: lists hold them all."""
    snapshot = judged.shelf.snapshot(day)
    place = np.flatnonzero(judged.shelf.is_for(judged.spec.population, day).to_numpy())
    person = snapshot["person_id"].cast(pl.Int64).to_numpy()[place]
    # The same people at every date: by what they are called, not by where they stand in a snapshot.
    kept = person % max(1, -(-len(person) // MOST_LISTED)) == 0
    matrix = judged.shelf.matrix(day, judged.dataset.contract)[place[kept]]
    return Ranked(person[kept], judged.risk_of(matrix))


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
        use = {trained: "last training date", split.calibration_date(latest): "calibration date", test: "test date"}
        rows.append(
            {
                "index_date": str(day),
                "months_since_training": 12 * (day.year - trained.year) + day.month - trained.month,
                "use": use.get(day, "looked at only"),
                **performance(risk, outcome),
            }
        )
    return rows


def _days(judged: Judged) -> list[date]:
    """Return the index dates that the spec names and the store holds, in order."""
    named = {*judged.spec.split.dates(judged.latest), *judged.spec.further_dates(judged.latest)}
    return sorted(day for day in named if judged.shelf.has("features", day))


def _evenly(people: int, most: int) -> np.ndarray:
    """Return places of at most ``most`` of the people, evenly spread over the order of persons."""
    return np.arange(0, people, max(1, -(-people // most)))
