"""Plans that a practice made and that are due to be followed up: on the list by that alone, whatever else they meet.

A plan is the practice's own promise. Whoever it was made for comes back when it is due, first in the order, even where
no rule is met any more and however many others compete, and stays for ``DUE_MONTHS`` lists or until something is
recorded. Programmes, deaths, moves and permission take people off as ever.
"""

from datetime import date

import polars as pl

from riskstrat.project import add_months
from riskstrat.rules import Predicate, Rule

DUE_MONTHS = 3
"""Lists on which a plan that is due holds a place; our own choice. After that the person competes like everyone."""

PLAN_MADE = "reviewed - plan made"
FOLLOW_UP = Rule(
    id="plan-due",
    title="Plan made, due to be followed up",
    kind="worklist",
    definition="The practice recorded that a plan was made, and the time it gave, or six months, has passed.",
    who=Predicate("", "", (), ()),
    unless=(),
    needs=(),
    bears_lag_days=0,
    evidence="What the practice itself recorded; no published source.",
    version=1,
    actions=("See what was planned and whether it was done, and record what follows",),
    due="30 days",
    owner="whoever made the plan",
    urgency=1,
)
"""What the page says of them, in the form in which it says it of rules; nothing of it is evaluated."""


def with_plans_due(met: pl.DataFrame, decided: pl.DataFrame, people: pl.DataFrame, index_date: date) -> pl.DataFrame:
    """Add whoever has a plan that is due to those who meet a rule, and put them first.

    ``met`` is ``selection.rules_met``'s, ``decided`` what stands (``decisions.DECISION_SCHEMA``), ``people`` who may be
    shown. Returns the columns of ``met``; ``rules`` begins with ``plan-due`` for those added or found.
    """
    here = ["person_id", "practice_code"]
    since = pl.lit(add_months(index_date, -DUE_MONTHS), dtype=pl.Date)
    is_due = (pl.col("decided_status") == PLAN_MADE) & pl.col("decided_until").is_between(
        since, pl.lit(index_date), closed="right"
    )
    due = (
        decided.filter(is_due)
        .join(people.select(here), on=here, how="semi")
        .select(*here, pl.lit(FOLLOW_UP.id).alias("due"))
    )
    joined = met.join(due, on=here, how="full", coalesce=True)
    return joined.select(
        *here,
        pl.concat_str("due", "rules", separator="; ", ignore_nulls=True).alias("rules"),
        pl.when(pl.col("due").is_not_null()).then(FOLLOW_UP.urgency).otherwise(pl.col("urgency"))
        .cast(met.schema["urgency"]).alias("urgency"),
        pl.col("is_rising").fill_null(value=False),
    ).sort(here)  # fmt: skip
