"""What a recorded status does to the months that follow. One table, signed off like a rule.

==========================  =====================================================================
status                      the person is not listed again
==========================  =====================================================================
to review                   (stays: nothing was decided; with a date it takes back what was recorded before)
reviewed - no action        for 3 months
reviewed - plan made        for 6 months, then comes back to be followed up
on caseload                 for 12 months, as held
declined                    for 12 months
not suitable                for 12 months
already managed             for 6 months
in hospital                 for 1 month
moved away                  for 3 months, until the registration shows it
died                        ever, until taken back
data wrong                  for 3 months, while the record is put right
patient objects             ever, until taken back; the objection itself belongs in the opt-out table
snoozed                     until the date given
==========================  =====================================================================

A date in ``until`` replaces the period. A large rise in risk brings back those marked *breakable*: at least
``LARGE_RISE`` more, and at least ``LARGE_RATIO`` times the risk on the list the decision was made on. The periods and
the size of a large rise are this software's own and have no published source.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby, takewhile
from types import MappingProxyType
from typing import Any

import polars as pl

from riskstrat.pages import long_date
from riskstrat.project import add_months

LARGE_RISE = 0.10
LARGE_RATIO = 1.5
LONGEST_MONTHS = 24
FOREVER = date(9999, 12, 31)
DISAGREEMENT = "recorded differently"
UNDECIDED = "to review"

Record = dict[str, Any]
"""One record of the feedback store, with ``on``: its day, the list's own where none was given."""


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
    "last_note_from": pl.String,
    "disagreement": pl.String,
    "decided_index_date": pl.Date,
}


def ends_on(status: str, decided_on: date, until: date | None) -> date:
    """Return the first day on which the person may be listed again (``FOREVER``: not by itself)."""
    effect = STATUSES[status]
    if effect.months is None:
        return FOREVER
    if until is not None and status != UNDECIDED:
        return until
    return months_after(decided_on, effect.months)


def months_after(day: date, months: int) -> date:
    """Return the day that many calendar months later; the last of the month where there is no such day."""
    first = add_months(day, months)
    return min(first + timedelta(days=day.day - 1), add_months(first, 1) - timedelta(days=1))


def decisions_in_force(records: pl.DataFrame, index_date: date, successors: dict[str, str]) -> pl.DataFrame:
    """Return what stands for each person and practice at ``index_date`` (``DECISION_SCHEMA``).

    ``records`` is the feedback store. Only what was recorded on lists before ``index_date`` counts, but a final status
    on whatever list, for a month made again lists nobody who is known by now to have died or to object. The latest day
    decides. Two different statuses of that day decide nothing and are shown as a disagreement; where the last day's
    status follows another person's on the same list, it stands and that is shown too. A final status (died, patient
    objects) stands against every other, until ``to review`` with a later date takes it back. ``to review`` with a date
    takes back what was recorded before it; without one it is only a note, which is carried and decides nothing.
    """
    is_final = pl.col("status").is_in(final_statuses())
    takes_back = (pl.col("status") == UNDECIDED) & pl.col("status_date").is_not_null()
    earlier = records.filter((pl.col("index_date") < index_date) | is_final | takes_back).with_columns(
        pl.col("practice_code").replace(successors),
        pl.col("status_date").fill_null(pl.col("index_date")).alias("on"),
    )
    ordered = earlier.sort("person_id", "practice_code", "on", "index_date", "sequence").to_dicts()
    groups = groupby(ordered, key=lambda record: (record["person_id"], record["practice_code"]))
    rows = [row for _, group in groups if (row := _what_stands(list(group))) is not None]
    return pl.DataFrame(rows, schema=DECISION_SCHEMA, orient="row")


def differences(records: Sequence[Record]) -> tuple[Record, ...]:
    """Return the last of each status by each person that differs from the last record, and was not meant to follow it.

    ``records`` are of one person, in the order of their days. What somebody recorded on an earlier day follows from
    their own change of mind, or from a correction; what another recorded, or anybody on the same day, does not.
    """
    last = records[-1]
    found: dict[tuple[object, object], Record] = {}
    for record in records[:-1]:
        is_same_day = record["on"] == last["on"]
        is_others = record["release"] == last["release"] and record["owner"] and record["owner"] != last["owner"]
        if recorded_words(record) != recorded_words(last) and (is_same_day or is_others):
            found[recorded_words(record), record["owner"]] = record
    return tuple(found.values())


def recorded_words(record: Record) -> str:
    """Return what a record says: its status, and until when where a day was given."""
    return f"{record['status']} until {long_date(record['until'])}" if record["until"] else str(record["status"])


def _what_stands(records: list[Record]) -> tuple[object, ...] | None:
    notes = [record for record in records if record["note"]]
    said = [record for record in records if record["status"] != UNDECIDED or record["status_date"] is not None]
    final = [record for record in said if STATUSES[str(record["status"])].is_final and not _is_taken_back(record, said)]
    last = (final or said or records)[-1]
    others = differences(said) if said and not final else ()
    is_open = any(record["on"] == last["on"] for record in others)
    is_decided = bool(said) and not is_open and last["status"] != UNDECIDED
    if not (is_decided or others or notes):
        return None
    return (
        last["person_id"],
        last["practice_code"],
        last["status"] if is_decided else None,
        last["on"],
        ends_on(str(last["status"]), last["on"], last["until"]) if is_decided else None,
        last["release"],
        notes[-1]["note"] if notes else None,
        _noted(notes) if notes else None,
        _told(last, others, is_open=is_open) if others else None,
        last["index_date"],
    )


def _noted(notes: Sequence[Record]) -> str:
    """Return who wrote the last note, and when: a list sent back with it unchanged did not write it again."""
    same = takewhile(lambda record: record["note"] == notes[-1]["note"], reversed(notes))
    first = list(same)[-1]
    on = first["status_date"]
    when = long_date(on) if isinstance(on, date) else f"on the list of {long_date(first['index_date'])}"
    return ", ".join(filter(None, (str(first["owner"] or ""), when)))


def _is_taken_back(final: Record, said: Sequence[Record]) -> bool:
    return any(record["status"] == UNDECIDED and record["on"] > final["on"] for record in said)


def _told(last: Record, others: Sequence[Record], *, is_open: bool) -> str:
    """Return who recorded what: of one day with nobody preferred, of several days in their order."""
    if is_open:
        both = sorted(_signed(record) for record in (*others, last))
        return f"{DISAGREEMENT}: {'; '.join(both)}"
    return f"{DISAGREEMENT} before: {'; '.join(_signed(record, with_day=True) for record in others)}"


def _signed(record: Record, *, with_day: bool = False) -> str:
    by = [str(record["owner"])] if record["owner"] else []
    by += [long_date(record["on"])] if with_day else []
    return f"{recorded_words(record)} ({', '.join(by)})" if by else recorded_words(record)


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
