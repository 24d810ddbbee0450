"""What a recorded status does to the months that follow. One table, signed off like a rule.

==========================  =====================================================================
status                      the person is not listed again
==========================  =====================================================================
to review                   (stays: nothing was decided)
reviewed - no action        for 3 months
reviewed - plan made        for 6 months, then comes back to be followed up
on caseload                 for 12 months, as held
declined                    for 12 months
not suitable                for 12 months
already managed             for 6 months
in hospital                 for 1 month
moved away                  for 3 months, until the registration shows it
died                        ever
data wrong                  for 3 months, while the record is put right
patient objects             ever; the objection itself belongs in the opt-out table
snoozed                     until the date given
==========================  =====================================================================

A date in ``until`` replaces the period. A large rise in risk brings back those marked *breakable*: at least
``LARGE_RISE`` more, and at least ``LARGE_RATIO`` times the risk on the list the decision was made on. The periods and
the size of a large rise are this software's own and have no published source.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from types import MappingProxyType

import polars as pl

from riskstrat.project import add_months

LARGE_RISE = 0.10
LARGE_RATIO = 1.5
LONGEST_MONTHS = 24
FOREVER = date(9999, 12, 31)
DISAGREEMENT = "recorded differently"


@dataclass(frozen=True)
class Effect:
    """What a status does: months off the list (``None``: ever; 0: none), and what can end that early."""

    months: int | None
    breakable: bool = False
    needs_until: bool = False
    is_held: bool = False
    is_final: bool = False


STATUSES = MappingProxyType(
    {
        "to review": Effect(0),
        "reviewed - no action": Effect(3, breakable=True),
        "reviewed - plan made": Effect(6, breakable=True),
        "on caseload": Effect(12, is_held=True),
        "declined": Effect(12, breakable=True),
        "not suitable": Effect(12, breakable=True),
        "already managed": Effect(6, breakable=True),
        "in hospital": Effect(1),
        "moved away": Effect(3),
        "died": Effect(None, is_final=True),
        "data wrong": Effect(3),
        "patient objects": Effect(None, is_final=True),
        "snoozed": Effect(0, breakable=True, needs_until=True),
    }
)
"""The closed list of CONTRACT section 4 and what each status does."""

DECISION_SCHEMA = {
    "person_id": pl.Int32,
    "practice_code": pl.String,
    "decided_status": pl.String,
    "decided_on": pl.Date,
    "decided_until": pl.Date,
    "decided_release": pl.String,
    "last_note": pl.String,
    "disagreement": pl.String,
    "decided_index_date": pl.Date,
}


def ends_on(status: str, decided_on: date, until: date | None) -> date:
    """Return the first day on which the person may be listed again (``FOREVER``: not by itself)."""
    effect = STATUSES[status]
    if effect.months is None:
        return FOREVER
    if until is not None and status != "to review":
        return until
    return months_after(decided_on, effect.months)


def months_after(day: date, months: int) -> date:
    """Return the day that many calendar months later; the last of the month where there is no such day."""
    first = add_months(day, months)
    return min(first + timedelta(days=day.day - 1), add_months(first, 1) - timedelta(days=1))


def decisions_in_force(records: pl.DataFrame, index_date: date, successors: dict[str, str]) -> pl.DataFrame:
    """Return the decision that stands for each person and practice at ``index_date`` (``DECISION_SCHEMA``).

    ``records`` is the feedback store. Only what was recorded on lists before ``index_date`` counts. The latest list
    decides, and on it the latest status date; two different statuses of that same day are shown as a disagreement and
    decide nothing, unless one of them is final (died, patient objects): that one stands. ``to review`` decides nothing.
    """
    earlier = records.filter(pl.col("index_date") < index_date).with_columns(
        pl.col("practice_code").replace(successors),
        pl.col("status_date").fill_null(pl.col("index_date")).alias("on"),
    )
    ordered = earlier.sort("person_id", "practice_code", "index_date", "on", "sequence").to_dicts()
    groups = groupby(ordered, key=lambda record: (record["person_id"], record["practice_code"]))
    decided = (_standing_decision(list(group)) for _, group in groups)
    rows = [decision for decision in decided if decision is not None]
    return pl.DataFrame(rows, schema=DECISION_SCHEMA, orient="row")


def _standing_decision(records: list[dict[str, object]]) -> tuple[object, ...] | None:
    final = [record for record in records if STATUSES[str(record["status"])].is_final]
    last = records[-1]
    latest = [r for r in records if (r["index_date"], r["on"]) == (last["index_date"], last["on"])]
    statuses = sorted({str(record["status"]) for record in latest})
    disagreement = None
    if final:
        last = final[-1]
    elif len(statuses) > 1:
        disagreement = f"{DISAGREEMENT}: {'; '.join(statuses)}"
    status, on, until = str(last["status"]), last["on"], last["until"]
    if status == "to review" and disagreement is None:
        return None
    if not isinstance(on, date):
        raise TypeError("a feedback record without a date")
    ends = ends_on(status, on, until if isinstance(until, date) else None)
    return (
        last["person_id"],
        last["practice_code"],
        None if disagreement else status,
        on,
        None if disagreement else ends,
        last["release"],
        last["note"],
        disagreement,
        last["index_date"],
    )


def broke(risk_now: pl.Expr, risk_then: pl.Expr) -> pl.Expr:
    """Return whether risk has risen so much that a breakable decision no longer stands."""
    return ((risk_now - risk_then) >= LARGE_RISE) & (risk_now >= LARGE_RATIO * risk_then)


def breakable() -> list[str]:
    """Return the statuses that a large rise in risk ends."""
    return [status for status, effect in STATUSES.items() if effect.breakable]


def final_statuses() -> list[str]:
    """Return the statuses that stand for ever: who died or objects is counted from then on, and never named."""
    return [status for status, effect in STATUSES.items() if effect.is_final]


def held_statuses() -> list[str]:
    """Return the statuses that say a programme holds the person."""
    return [status for status, effect in STATUSES.items() if effect.is_held]
