"""A small board for forecasts: three index dates of which two have years that are over, and what happened in them."""

import shutil
from datetime import date, timedelta

import numpy as np
import polars as pl

from riskstrat.impact.forecasting.people import Published
from riskstrat.impact.forecasting.worth import worth
from support.worklist_store import write_intake, write_worklist_store

PEOPLE, PRACTICES = 1500, 3
EARLIER, PAST, NOW, UNTIL = date(2024, 1, 1), date(2025, 1, 1), date(2026, 6, 1), date(2026, 8, 1)
OBJECTS = (1, 2, 3)
COHORT = "risk-moderate"


def episode(person, number, day, nights, cost):
    return {
        "person_id": int(person),
        "provider_code": "R0A",
        "spell_id": f"{person}-{number}",
        "episode_number": 1,
        "admission_date": day,
        "admission_method": "21",
        "episode_start_date": day,
        "episode_end_date": day + timedelta(days=nights),
        "discharge_date": day + timedelta(days=nights),
        "cost": cost,
    }


def tables():
    """Everybody registered; one in three admitted once, twice or three times in 2025, two nights and £1,000 each.

    In the year before that one in four was.
    """
    random = np.random.default_rng(5)
    before = np.flatnonzero(np.random.default_rng(6).random(PEOPLE) < 0.25) + 1
    admitted = [episode(person, "before", EARLIER + timedelta(days=100), 2, 1000.0) for person in before]
    for person in np.flatnonzero(random.random(PEOPLE) < 0.34) + 1:
        for number in range(int(random.integers(1, 4))):
            day = PAST + timedelta(days=100 * number + int(random.integers(0, 90)))
            admitted.append(episode(person, number, day, 2, 1000.0))
    people = range(1, PEOPLE + 1)
    return {
        "person": [{"person_id": n, "birth_date": date(1950, 1, 1), "sex": "1"} for n in people],
        "registration": [
            {"person_id": n, "practice_code": f"Z{1 + (n - 1) % PRACTICES:05}", "start_date": date(2010, 1, 1)}
            for n in people
        ],
        "practice": [{"practice_code": f"Z{n + 1:05}", "practice_name": "Practice"} for n in range(PRACTICES)],
        "opt_out": [{"person_id": n, "kind": "objection", "start_date": date(2020, 1, 1)} for n in OBJECTS],
        "apc_episode": admitted,
    }


def write_worth_store(folder):
    """Write the board's store and return its workspace."""
    made = write_worklist_store(folder, people=PEOPLE, index_dates=(EARLIER, PAST, NOW), practices=PRACTICES)
    shutil.rmtree(made.part("labels/emergency_admission_12m", PAST).parents[1], ignore_errors=True)
    write_intake(made, tables(), UNTIL)
    return made


def stored_scores(workspace, day, model):
    """Let the scores of the store be the champion's."""
    rows = pl.read_parquet(workspace.part("scores", day)).filter(pl.col("model") == model)
    return rows.with_columns(pl.col("person_id").cast(pl.Int64))


def ask(workspace, cohort=COHORT, intervention="medication-review", capacity=10, published=300, note="", **more):
    """Ask for the forecast of a cohort published as of so many people."""
    named = {cohort: Published("Moderate risk of emergency admission", published, note)}
    return worth(workspace, NOW, cohort, intervention, capacity, published=named, **more)
