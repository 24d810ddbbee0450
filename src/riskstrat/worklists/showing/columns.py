"""The worklist's columns (CONTRACT section 4), in order: what the CSV file and the list sheet hold."""

from typing import Any, Final

import polars as pl

from riskstrat.worklists.returning import decisions
from riskstrat.worklists.showing.page import ListedPerson, WorklistPage, suggested_words

STATUSES: Final = tuple(decisions.STATUSES)
"""What a practice can record, and nothing else (CONTRACT section 4)."""

WRITABLE: Final = ("status", "status_date", "owner", "note", "until")
"""Columns that a practice fills in; all others are locked in the workbook."""

COLUMNS: Final[dict[str, Any]] = {
    "rank": pl.Int32,
    "change": pl.String,
    "nhs_number": pl.String,
    "name": pl.String,
    "birth_date": pl.Date,
    "age": pl.Int32,
    "sex": pl.String,
    "usual_gp": pl.String,
    "risk_percent": pl.Int32,
    "risk_words": pl.String,
    "band": pl.String,
    "trend": pl.String,
    "frailty": pl.String,
    "reasons": pl.String,
    "gaps": pl.String,
    "suggested_actions": pl.String,
    "already_supported_by": pl.String,
    "data_as_at": pl.String,
    "status": pl.String,
    "status_date": pl.Date,
    "owner": pl.String,
    "note": pl.String,
    "until": pl.Date,
    "rules": pl.String,
    "last_contact": pl.String,
    "needs": pl.String,
    "release": pl.String,
    "practice_code": pl.String,
    "row_key": pl.String,
}
"""Every column and its type, in the contract's order."""

NOT_SHOWN_COLUMNS: Final[dict[str, Any]] = {
    "nhs_number": pl.String,
    "name": pl.String,
    "age": pl.Int32,
    "sex": pl.String,
    "rules": pl.String,
    "not_shown_because": pl.String,
    "until": pl.Date,
}
"""Columns of the sheet of those who met a rule and are not on the list."""


def list_frame(page: WorklistPage) -> pl.DataFrame:
    """Return the list as a table: a row per person, the contract's columns in order."""
    return pl.DataFrame([_row(page, person) for person in page.people], schema=COLUMNS)


def _row(page: WorklistPage, person: ListedPerson) -> dict[str, Any]:
    recorded = person.recorded
    return {
        "rank": person.rank,
        "change": person.change,
        "nhs_number": person.nhs_number or None,
        "name": person.name,
        "birth_date": person.birth_date,
        "age": person.age,
        "sex": person.sex,
        "usual_gp": person.usual_gp or None,
        "risk_percent": person.risk_percent,
        "risk_words": person.risk_words,
        "band": person.band or None,
        "trend": person.trend,
        "frailty": person.frailty or None,
        "reasons": _reasons(person) or None,
        "gaps": "; ".join(person.gaps) or None,
        "suggested_actions": "; ".join(suggested_words(person.suggestions)) or None,
        "already_supported_by": "; ".join(person.supported_by) or None,
        "data_as_at": page.data_as_at,
        "status": recorded.status,
        "status_date": recorded.status_date,
        "owner": recorded.owner,
        "note": recorded.note,
        "until": recorded.until,
        "rules": "; ".join(person.rules),
        "last_contact": person.last_contact,
        "needs": person.needs or None,
        "release": page.release_name,
        "practice_code": page.practice_code,
        "row_key": person.row_key,
    }


def _reasons(person: ListedPerson) -> str:
    up = f"Up: {'; '.join(person.reasons_up)}" if person.reasons_up else ""
    down = f"Down: {'; '.join(person.reasons_down)}" if person.reasons_down else ""
    remark = person.remark[:1].upper() + person.remark[1:]
    return ". ".join(part for part in (remark, up, down) if part)
