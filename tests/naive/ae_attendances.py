"""Attendances at accident and emergency departments."""

from typing import Any

from naive.person import Person, Row

SOURCES = ("ecds_attendance",)


def ae_attendances(person: Person) -> dict[str, Any]:
    """Return the family's columns for one person."""
    attendances = person.known("ecds_attendance")
    every = [row["arrival_date"] for row in attendances]
    unplanned = [row["arrival_date"] for row in attendances if _is_unplanned(row)]
    same_day = [row["arrival_date"] for row in attendances if _department(row) == "05"]
    by_ambulance = [row["arrival_date"] for row in attendances if row["arrival_mode"] == "1"]
    return {
        **{f"ae_attendances_{days}d": person.count_within(every, days) for days in (30, 90, 365, 730)},
        **{f"ae_unplanned_attendances_{days}d": person.count_within(unplanned, days) for days in (90, 365, 730)},
        "same_day_emergency_care_365d": person.count_within(same_day, 365),
        "ae_attendances_by_ambulance_365d": person.count_within(by_ambulance, 365),
        "days_since_ae_attendance": person.days_since(every),
    }


def _department(row: Row) -> str:
    return str(row["department_type"]).strip().zfill(2)


def _is_unplanned(row: Row) -> bool:
    category = (row["attendance_category"] or "1").strip()
    return _department(row) in ("01", "02", "03", "04") and category in ("1", "2", "3")
