"""Taking back what practices recorded: matched by release, practice and row key, checked whole, kept for ever.

Either every file is taken or none: one bad row refuses all, with its file and row. The same file again changes nothing.
A record with a later status date follows an earlier one; two people who record different things on one day are both
kept, reported, and shown on the next list, and nobody's word is silently preferred.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import polars as pl

from riskstrat.errors import InputRefused
from riskstrat.intake.identity import identities
from riskstrat.project import Workspace, add_months
from riskstrat.worklists.decisions import LONGEST_MONTHS, STATUSES
from riskstrat.worklists.memory import RECORD_SCHEMA, append_records, read_records, read_sent
from riskstrat.worklists.returned import ReturnedRow, read_returned

LONGEST_NOTE = 2000
LONGEST_OWNER = 100
_RELEASE = re.compile(r"(\d{4}-\d{2}-01)\.[1-9]\d{0,3}")
_ROW_KEY = re.compile(r"[0-9a-f]{16}")
_MOST_SHOWN = 20
_IDENTITY = ("release", "row_key", "status", "status_date", "owner", "note", "until")


@dataclass(frozen=True)
class Conflict:
    """One person of one list for whom different statuses were recorded on the same day."""

    release: str
    practice_code: str
    row_key: str
    statuses: tuple[str, ...]


@dataclass(frozen=True)
class FeedbackResult:
    """What was taken: rows read, records new to the store, rows already held, rows with nothing recorded, conflicts."""

    files: int
    rows_read: int
    taken: int
    unchanged: int
    blank: int
    by_status: dict[str, int]
    conflicts: tuple[Conflict, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return counts and conflicts for machines; no note and nobody's name is in it."""
        return {
            "files": self.files,
            "rows_read": self.rows_read,
            "taken": self.taken,
            "unchanged": self.unchanged,
            "blank": self.blank,
            "by_status": dict(self.by_status),
            "conflicts": [
                {
                    "release": c.release,
                    "practice_code": c.practice_code,
                    "row_key": c.row_key,
                    "statuses": list(c.statuses),
                }
                for c in self.conflicts
            ],
        }

    def as_audit(self) -> dict[str, Any]:
        """Return what the audit log keeps: counts, and no row of anybody."""
        return {**self.as_dict(), "conflicts": len(self.conflicts)}

    def as_text(self) -> str:
        """Return the result as a person reads it."""
        told = [
            f"{self.rows_read} rows read from {self.files} file{'s' if self.files != 1 else ''}: {self.taken} taken, "
            f"{self.unchanged} already held, {self.blank} with nothing recorded"
        ]
        told += [f"{status}: {count}" for status, count in self.by_status.items()]
        told += [
            f"recorded differently on one day: practice {conflict.practice_code}, list {conflict.release}, "
            f"row {conflict.row_key}: {' / '.join(conflict.statuses)}; both are kept and the next list asks"
            for conflict in self.conflicts
        ]
        return "\n".join(told)


class _RowFault(ValueError):
    """One row cannot be taken; the message says why, without repeating what was written in it."""


def take_feedback(workspace: Workspace, files: Sequence[Path]) -> FeedbackResult:
    """Take back returned lists into ``store/feedback``; all of them or none.

    Raises ``InputRefused`` naming each file and row that cannot be taken: edited keys, another practice, an unknown
    status, a date that cannot be, a person who is not the one the row was made for.
    """
    rows = [row for path in files for row in read_returned(path)]
    held = read_records(workspace)
    lists = _Lists(workspace, held)
    records: list[dict[str, Any]] = []
    faults: list[str] = []
    blank = 0
    for row in rows:
        try:
            record = lists.record(row)
        except _RowFault as fault:
            faults.append(f"{row.place}: {fault}")
            continue
        blank += record is None
        records += [] if record is None else [record]
    faults += _twice_in_one_file(rows)
    if faults:
        more = [f"and {len(faults) - _MOST_SHOWN} more"] if len(faults) > _MOST_SHOWN else []
        raise InputRefused(
            f"{len(faults)} of {len(rows)} returned rows cannot be taken; nothing was taken",
            *faults[:_MOST_SHOWN],
            *more,
        )
    lists.refuse_other_people(rows)
    fresh = _new_records(records, held)
    if fresh.height:
        append_records(workspace, fresh)
    counted = Counter(fresh["status"].to_list())
    return FeedbackResult(
        files=len(files),
        rows_read=len(rows),
        taken=fresh.height,
        unchanged=len(records) - fresh.height,
        blank=blank,
        by_status={status: counted[status] for status in STATUSES if counted[status]},
        conflicts=_conflicts(pl.concat([held, fresh]), fresh),
    )


class _Lists:
    """The published lists that returned rows are matched with, read as they are asked for."""

    def __init__(self, workspace: Workspace, held: pl.DataFrame) -> None:
        self.workspace = workspace
        on = pl.col("status_date").fill_null(pl.col("index_date"))
        self.held = set(held.select("person_id", "status", on, pl.col("note").fill_null("")).rows())
        self.known: dict[str, dict[tuple[str, str], int]] = {}

    def record(self, row: ReturnedRow) -> dict[str, Any] | None:
        """Return what a row records, ``None`` if nothing; raises ``_RowFault``."""
        release, practice, key = row.text("release"), row.text("practice_code"), row.text("row_key")
        index_date, person_id = self._person(release, practice, key)
        status, owner, note = _status(row), row.text("owner"), row.text("note")
        if len(note) > LONGEST_NOTE or len(owner) > LONGEST_OWNER:
            raise _RowFault(f"a note is at most {LONGEST_NOTE} characters long, an owner at most {LONGEST_OWNER}")
        if self._is_shown_again(row, person_id, status, index_date):
            return None
        on, until = _dates(row, status, index_date)
        if status == "to review" and not (on or until or owner or note):
            return None
        return {
            "release": release,
            "index_date": index_date,
            "practice_code": practice,
            "row_key": key,
            "person_id": person_id,
            "status": status,
            "status_date": on,
            "owner": owner or None,
            "note": note or None,
            "until": until,
        }

    def refuse_other_people(self, rows: Sequence[ReturnedRow]) -> None:
        """Refuse rows whose NHS number is not that of the person the key was made for: a sheet sorted in part."""
        asked = [(row, re.sub(r"\D", "", row.text("nhs_number"))) for row in rows]
        people = {row.place: self._person(*(row.text(name) for name in ("release", "practice_code", "row_key")))[1]
                  for row, number in asked if len(number) == 10}  # fmt: skip
        if not people:
            return
        held = identities(self.workspace, sorted(set(people.values())))
        numbers = dict(held.select("person_id", "nhs_number").rows())
        wrong = [
            row.place
            for row, number in asked
            if row.place in people and numbers.get(people[row.place], number) not in (None, number)
        ]
        if wrong:
            raise InputRefused(
                f"{len(wrong)} rows carry the key of one person and the NHS number of another; nothing was taken",
                *wrong[:_MOST_SHOWN],
                "columns were sorted or pasted apart from each other: start again from the list as it was sent",
            )

    def _is_shown_again(self, row: ReturnedRow, person_id: int, status: str, index_date: date) -> bool:
        """Whether a row only repeats what an earlier list recorded and this one showed."""
        try:
            on = row.day("status_date")
        except ValueError:
            return False
        return on is not None and on < index_date and (person_id, status, on, row.text("note")) in self.held

    def _person(self, release: str, practice: str, key: str) -> tuple[date, int]:
        form = _RELEASE.fullmatch(release)
        if form is None or not (self.workspace.releases / release).is_dir():
            raise _RowFault("the release is not one that was published here: that column may not be edited")
        if not _ROW_KEY.fullmatch(key):
            raise _RowFault("the row key is not whole: that column may not be edited")
        index_date = date.fromisoformat(form[1])
        if release not in self.known:
            self.known[release] = self._read(release, index_date)
        person_id = self.known[release].get((practice, key))
        if person_id is None:
            raise _RowFault(
                "no such row is on that practice's list: release, practice_code and row_key may not be edited"
            )
        return index_date, person_id

    def _read(self, release: str, index_date: date) -> dict[tuple[str, str], int]:
        file = self.workspace.part("worklists", index_date)
        listed = read_sent(self.workspace, release)
        if listed is None and not file.is_file():
            return {}
        if listed is None:
            listed = pl.read_parquet(file).filter(pl.col("state") == "listed")
        return {(practice, key): person for practice, key, person in
                listed.select("practice_code", "row_key", "person_id").rows()}  # fmt: skip


def _status(row: ReturnedRow) -> str:
    written = re.sub(r"\s*[-\u2010-\u2014]\s*", " - ", row.text("status").lower())
    status = re.sub(r"\s+", " ", written).strip() or "to review"
    if status not in STATUSES:
        near = get_close_matches(status, STATUSES, n=1, cutoff=0.7)
        raise _RowFault("the status is not one of the list" + (f": is '{near[0]}' meant?" if near else ""))
    return status


def _dates(row: ReturnedRow, status: str, index_date: date) -> tuple[date | None, date | None]:
    days: list[date | None] = []
    for column in ("status_date", "until"):
        try:
            days.append(row.day(column))
        except ValueError:
            raise _RowFault(f"{column} is not a date: write it as YYYY-MM-DD") from None
    on, until = days
    if on is not None and not index_date <= on <= index_date + timedelta(days=366):
        raise _RowFault(f"status_date must lie in the year that begins with the list's own date, {index_date}")
    if until is None and STATUSES[status].needs_until:
        raise _RowFault(f"'{status}' needs a date in until")
    if until is not None and not (on or index_date) < until <= add_months(index_date, LONGEST_MONTHS):
        raise _RowFault(f"until must be after the status date and within {LONGEST_MONTHS} months of the list")
    return on, until


def _twice_in_one_file(rows: Sequence[ReturnedRow]) -> list[str]:
    """Return a fault for each row that repeats another of its file and says something else."""
    seen: dict[tuple[str, str, str], ReturnedRow] = {}
    faults = []
    for row in rows:
        key = (row.file, row.text("release"), row.text("row_key"))
        first = seen.setdefault(key, row)
        if first is not row and any(first.text(c) != row.text(c) for c in ("status", "status_date", "note", "until")):
            faults.append(f"{row.place}: the same person stands in row {first.row} with something else recorded")
    return faults


def _new_records(records: Sequence[dict[str, Any]], held: pl.DataFrame) -> pl.DataFrame:
    """Return the records that the store does not hold, each once, numbered on from the last one held."""
    known = set(held.select(_IDENTITY).rows())
    last = held["sequence"].max() if held.height else 0
    fresh = []
    for record in records:
        identity = tuple(record[name] for name in _IDENTITY)
        if identity not in known:
            known.add(identity)
            fresh.append(record)
    numbered = [{"sequence": int(str(last)) + place, **record} for place, record in enumerate(fresh, start=1)]
    return pl.DataFrame(numbered, schema=RECORD_SCHEMA)


def _conflicts(everything: pl.DataFrame, fresh: pl.DataFrame) -> tuple[Conflict, ...]:
    """Return the people of ``fresh`` for whom one day holds different statuses, in order of practice and row key."""
    touched = everything.join(fresh.select("release", "row_key").unique(), on=["release", "row_key"], how="semi")
    by_day = (
        touched.with_columns(pl.col("status_date").fill_null(pl.col("index_date")))
        .group_by("release", "practice_code", "row_key", "status_date")
        .agg(pl.col("status").unique().sort())
        .filter(pl.col("status").list.len() > 1)
        .sort("practice_code", "release", "row_key", "status_date")
    )
    return tuple(Conflict(r, p, k, tuple(statuses)) for r, p, k, _, statuses in by_day.rows())
