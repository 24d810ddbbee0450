"""Taking back what practices recorded: matched by release, practice and row key, checked, kept for ever.

A row that cannot be taken is refused with its file and row, a file that cannot be trusted is refused whole; the rest is
taken in one step, so that nothing is ever half taken. The same file again changes nothing. What two people record
differently is kept twice, reported, and shown on the next list, and nobody's word is silently preferred.
"""

import re
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from datetime import date, timedelta
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import polars as pl

from riskstrat import audit
from riskstrat.errors import InputRefused
from riskstrat.intake.identity import identities
from riskstrat.project import Workspace, add_months
from riskstrat.worklists.returning.decisions import LONGEST_MONTHS, STATUSES, UNDECIDED, differences, recorded_words
from riskstrat.worklists.returning.memory import RECORD_SCHEMA, append_records, read_records, read_sent
from riskstrat.worklists.returning.receipt import Conflict, FeedbackResult, Refusal
from riskstrat.worklists.returning.reported import report_what_practices_say
from riskstrat.worklists.returning.returned import KEYS, ReturnedRow, clean_text, read_returned

LONGEST_NOTE = 2000
LONGEST_OWNER = 100
_RELEASE = re.compile(r"(\d{4}-\d{2}-01)\.[1-9]\d{0,3}")
_ROW_KEY = re.compile(r"[0-9a-z]{16}")
_RECORDED = ("status", "status_date", "owner", "note", "until")
_IDENTITY = ("release", "row_key", *_RECORDED)


class _RowFault(ValueError):
    """One row cannot be taken; the message says why, without repeating what was written in it."""


def take_feedback(workspace: Workspace, files: Sequence[Path], *, practice: str | None = None) -> FeedbackResult:
    """Take back returned lists into ``store/feedback`` in one step, and return what was taken and what was not.

    A row is refused for an edited key, an unknown status, a date that cannot be, or because the file says something
    else of the same person; a file for what it holds beside a list, for rows of more than one practice, and for rows
    whose keys and people do not belong together. With ``practice``, which says by whose hand the files came, a file of
    any other is refused.
    """
    held = read_records(workspace)
    lists = _Lists(workspace, held)
    rows: list[ReturnedRow] = []
    refused: list[Refusal] = []
    for path, name in _named(files):
        try:
            mine = [row for row in read_returned(path, name) if not _is_remark(row)]
            matched = lists.matched(mine)
            _refuse_strangers(name, [row for row, _ in matched], practice)
            lists.refuse_other_people(name, matched)
        except InputRefused as fault:
            refused.append(Refusal(name, None, str(fault.args[0]), fault.help_lines))
            continue
        rows += mine
    contradicted = _contradicted(rows)
    records: list[dict[str, Any]] = []
    blank = 0
    for row in rows:
        try:
            if row.place in contradicted:
                raise _RowFault(f"the same person stands in row {contradicted[row.place]} with something else recorded")
            record = lists.record(row)
        except _RowFault as fault:
            refused.append(Refusal(row.file, row.row, str(fault)))
            continue
        blank += record is None
        records += [] if record is None else [record]
    fresh = _new_records(records, held)
    counted = Counter(fresh["status"].to_list())
    result = FeedbackResult(
        files=len(files),
        rows_read=len(rows),
        taken=fresh.height,
        unchanged=len(records) - fresh.height,
        blank=blank,
        by_status={status: counted[status] for status in STATUSES if counted[status]},
        conflicts=_conflicts(pl.concat([held, fresh]), fresh),
        refused=tuple(refused),
    )
    audit.record(workspace, "feedback taken", **result.as_audit())  # before: nothing is held that the log does not know
    if fresh.height:
        append_records(workspace, fresh)
    report_what_practices_say(workspace)
    return result


def _named(files: Sequence[Path]) -> list[tuple[Path, str]]:
    """Return each file with what messages call it: its name, or all of its path where two have one name."""
    names = Counter(path.name for path in set(files))
    return [(path, clean_text(path.name if names[path.name] == 1 else str(path))) for path in files]


def _is_remark(row: ReturnedRow) -> bool:
    """Whether a row stands below or beside the list: it has no key, and nothing in the columns to be filled in."""
    return not any(row.text(column) for column in (*KEYS, *_RECORDED))


def _refuse_strangers(name: str, rows: Sequence[ReturnedRow], practice: str | None) -> None:
    codes = sorted({row.text("practice_code") for row in rows})
    if len(codes) > 1:
        raise InputRefused(
            f"{name} holds rows of {len(codes)} practices", "send every practice's list on its own, as it came"
        )
    if practice is not None and codes not in ([], [practice]):
        raise InputRefused(
            f"{name} is not a list of practice {practice}",
            "a practice may send back its own list only; after a merger, name the practice as the list does",
        )


class _Lists:
    """The published lists that returned rows are matched with, read as they are asked for."""

    def __init__(self, workspace: Workspace, held: pl.DataFrame) -> None:
        self.workspace = workspace
        on = pl.col("status_date").fill_null(pl.col("index_date"))
        self.held = set(held.select("person_id", "status", on).rows())
        self.notes = set(held.select("person_id", "index_date", pl.col("note").fill_null("")).rows())
        self.known: dict[str, dict[tuple[str, str], int]] = {}

    def record(self, row: ReturnedRow) -> dict[str, Any] | None:
        """Return what a row records, ``None`` if nothing; raises ``_RowFault``."""
        release, practice, key = (row.text(name) for name in KEYS)
        index_date, person_id = self._person(release, practice, key)
        status, owner, note = _status(row), row.text("owner"), row.text("note")
        if len(note) > LONGEST_NOTE or len(owner) > LONGEST_OWNER:
            raise _RowFault(f"a note is at most {LONGEST_NOTE} characters long, an owner at most {LONGEST_OWNER}")
        if self._is_shown_again(row, person_id, status, index_date):
            on, until, status, owner = None, None, UNDECIDED, ""
        else:
            on, until = _dates(row, status, index_date)
        if status == UNDECIDED and not (on or until or owner or self._is_new_note(person_id, index_date, note)):
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

    def matched(self, rows: Sequence[ReturnedRow]) -> list[tuple[ReturnedRow, int]]:
        """Return the rows that are of a published list, each with its person; the others are refused in their turn."""
        found = []
        for row in rows:
            with suppress(_RowFault):
                found.append((row, self._person(*(row.text(key) for key in KEYS))[1]))
        return found

    def refuse_other_people(self, name: str, matched: Sequence[tuple[ReturnedRow, int]]) -> None:
        """Refuse a file with an NHS number that is not that of the person its row was made for: sorted in part."""
        found = [(person, row, row.digits("nhs_number")) for row, person in matched]
        found = [(person, row, number) for person, row, number in found if len(number) == 10]
        if not found:
            return
        held = identities(self.workspace, sorted({person_id for person_id, _, _ in found}))
        numbers = dict(held.select("person_id", "nhs_number").rows())
        wrong = [row.row for person_id, row, number in found if numbers.get(person_id, number) not in (None, number)]
        if wrong:
            raise InputRefused(
                f"{name}: {len(wrong)} rows carry the key of one person and the NHS number of another (row {wrong[0]})",
                "columns were sorted or pasted apart from each other: start again from the list as it was sent",
            )

    def _is_shown_again(self, row: ReturnedRow, person_id: int, status: str, index_date: date) -> bool:
        """Whether a row only repeats what an earlier list recorded and this one showed."""
        try:
            on = row.day("status_date")
        except ValueError:
            return False
        return on is not None and on < index_date and (person_id, status, on) in self.held

    def _is_new_note(self, person_id: int, index_date: date, note: str) -> bool:
        """Whether a note was not already there when the list was sent."""
        return bool(note) and not any(
            held == person_id and day < index_date and text == note for held, day, text in self.notes
        )

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
    status = re.sub(r"\s+", " ", written).strip() or UNDECIDED
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


def _contradicted(rows: Sequence[ReturnedRow]) -> dict[str, int]:
    """Return the places of rows whose file says something else of the same person, each with the row that does."""
    by_person: dict[tuple[str, str, str], list[ReturnedRow]] = {}
    for row in rows:
        by_person.setdefault((row.file, row.text("release"), row.text("row_key")), []).append(row)
    found: dict[str, int] = {}
    for mine in by_person.values():
        first, *others = mine
        for row in others:
            if any(first.text(column) != row.text(column) for column in _RECORDED):
                found |= {row.place: first.row, first.place: found.get(first.place, row.row)}
    return found


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
    """Return the people of ``fresh`` of whom one list holds what differs, in order of practice and row key."""
    here = ["practice_code", "release", "row_key"]
    touched = everything.join(fresh.select(here).unique(), on=here, how="semi").with_columns(
        pl.col("status_date").fill_null(pl.col("index_date")).alias("on")
    )
    touched = touched.filter((pl.col("status") != UNDECIDED) | pl.col("status_date").is_not_null())
    found = []
    for key, records in touched.sort(*here, "on", "sequence").group_by(here, maintain_order=True):
        said = records.to_dicts()
        if others := differences(said):
            statuses = sorted({recorded_words(record) for record in (*others, said[-1])})
            is_open = any(record["on"] == said[-1]["on"] for record in others)
            found.append(Conflict(str(key[1]), str(key[0]), str(key[2]), tuple(statuses), is_open))
    return tuple(found)
