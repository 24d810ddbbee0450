"""Outpatient appointments."""

from typing import Any

from naive.person import Person, Row

SOURCES = ("outpatient_appointment",)


def outpatients(person: Person) -> dict[str, Any]:
    """Return the family's columns for one person."""
    appointments = person.known("outpatient_appointment")
    attended = [row["appointment_date"] for row in appointments if _is_attended(row)]
    missed = [row["appointment_date"] for row in appointments if row["attendance_status"] in ("3", "7")]
    first = [
        row["appointment_date"] for row in appointments if _is_attended(row) and row["first_attendance"] in ("1", "3")
    ]
    return {
        **{f"outpatient_attended_{days}d": person.count_within(attended, days) for days in (90, 365, 730)},
        "outpatient_not_attended_365d": person.count_within(missed, 365),
        "outpatient_first_attendances_365d": person.count_within(first, 365),
    }


def _is_attended(row: Row) -> bool:
    return row["attendance_status"] in ("5", "6")
