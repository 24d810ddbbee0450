"""From everyone in the data received to everyone counted: how many stop at each step, and why, as a reader is told it.

The steps are those of ``store/attrition``, which the features room counts; the people left out after them by an
opt-out, objection or restriction are counted with the cohorts.
"""

from collections.abc import Mapping
from datetime import date

import polars as pl

from riskstrat.project import Workspace

EVERYONE = "everyone in the data received"
SNAPSHOT = "alive and registered with a practice at the index date"
_WORDS: Mapping[str, str] = {
    "everyone in the drop": EVERYONE,
    "no person record known at the index date": "nothing about the person had arrived by the index date",
    "no registration known at the index date": "no registration with a practice had arrived by the index date",
    "not registered at the index date": "no longer on a list at the index date: moved, left, or taken off after death",
    "not a regular registration": "not a regular patient: temporary, prison or defence registration",
    "died": "died, and still on a list",
}


def read_attrition(workspace: Workspace, index_date: date) -> tuple[tuple[str, int], ...]:
    """Return the steps in order, each with its words and how many people stop there.

    The first is everyone, the last is who remains: what lies between adds up to the difference. Empty where the store
    holds no attrition of that index date.
    """
    path = workspace.part("attrition", index_date)
    if not path.is_file():
        return ()
    steps = pl.read_parquet(path).sort("step")
    told = [
        (_WORDS.get(reason, reason), int(people)) for reason, people in steps.select("reason", "people").iter_rows()
    ]
    return (*told, (SNAPSHOT, int(steps["remaining"][-1])))
