"""A made board whose lists of three months were sent in time, with what then happened, and nothing else."""

import shutil
from datetime import date, timedelta

import numpy as np
import polars as pl

from riskstrat.project import Workspace
from riskstrat.rules import evaluate
from riskstrat.rules.definitions import read_rules
from riskstrat.worklists.selecting.holding_out import _never_waits
from riskstrat.worklists.selecting.selection import select
from support.worklist_store import keep_sent, write_intake, write_worklist_store

PEOPLE, PRACTICES = 1500, 3
LISTS = (date(2025, 1, 1), date(2025, 2, 1), date(2025, 3, 1))
YEAR_BEFORE = tuple(day.replace(year=2024) for day in LISTS)
DIED = date(2025, 10, 1)
CAPACITY = "[worklist]\nreviews_per_month = 60\n"
HOLD_OUT = f"""
[worklist.hold_out]
share = 0.5
approval = "board of 3 June 2024"
trial = "made"
rules = {[rule.id for rule in read_rules("worklist") if _never_waits(rule) is None]}
starts = 2025-01-01
ends = 2026-01-01
"""


def tables(objects=(), dead=(), closed=()):
    """Return landing tables: all registered; two in three admitted on a day of their own in each year; some object.

    ``dead`` have died by 1 October 2025; ``closed`` are practices that the first practice took over on 1 July 2025.
    """
    random = np.random.default_rng(3)
    admitted = []
    for year in (2024, 2025):
        for person in np.flatnonzero(random.random(PEOPLE) < 0.66) + 1:
            day = date(year, 1, 1) + timedelta(days=int(random.integers(0, 360)))
            admitted.append(
                {
                    "person_id": int(person),
                    "provider_code": "R0A",
                    "spell_id": f"{year}-{person}",
                    "episode_number": 1,
                    "admission_date": day,
                    "admission_method": "21",
                    "episode_start_date": day,
                    "episode_end_date": day,
                    "discharge_date": day,
                }
            )
    people = range(1, PEOPLE + 1)
    return {
        "person": [
            {"person_id": n, "birth_date": date(1950, 1, 1), "sex": "1", "death_date": DIED if n in dead else None}
            for n in people
        ],
        "registration": [
            {"person_id": n, "practice_code": f"Z{1 + (n - 1) % PRACTICES:05}", "start_date": date(2010, 1, 1)}
            for n in people
        ],
        "practice": [
            {"practice_code": code, "practice_name": "Practice"}
            | ({"close_date": date(2025, 7, 1), "successor_code": "Z00001"} if code in closed else {})
            for code in (f"Z{n + 1:05}" for n in range(PRACTICES))
        ],
        "opt_out": [{"person_id": n, "kind": "objection", "start_date": date(2020, 1, 1)} for n in objects],
        "apc_episode": admitted,
    }


def sent(root, settings="", until=date(2026, 9, 1), objects=(), by_lot=False):
    """Return a made workspace of three lists sent in time: as selected, or drawn of all who could be."""
    workspace = write_worklist_store(root, people=PEOPLE, index_dates=(*YEAR_BEFORE, *LISTS), practices=PRACTICES)
    shutil.rmtree(workspace.store / "labels")
    (root / "riskstrat.toml").write_text(CAPACITY + settings, encoding="utf-8")
    workspace = Workspace(root)
    for day in (*YEAR_BEFORE, *LISTS):
        evaluate(workspace, day)
    for day in LISTS:
        write_intake(workspace, tables(objects), day)
        rows = pl.read_parquet(select(workspace, day))
        listed = rows.filter(pl.col("state") == "listed")
        if by_lot:
            could_be = rows.filter(pl.col("state").is_in(["listed", "below_cut"]))
            listed = could_be.filter(np.random.default_rng(day.toordinal()).random(could_be.height) < 0.2)
        keep_sent(workspace, f"{day}.1", listed)
    write_intake(workspace, tables(objects), until)
    return workspace
