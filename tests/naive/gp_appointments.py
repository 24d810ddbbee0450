"""Appointments in general practice."""

from typing import Any

from naive.person import Person

SOURCES = ("gp_appointment",)


def gp_appointments(person: Person) -> dict[str, Any]:
    """Return the family's columns for one person."""
    appointments = person.known("gp_appointment")
    attended = [row["appointment_date"] for row in appointments if row["status"] == "attended"]
    missed = [row["appointment_date"] for row in appointments if row["status"] == "did_not_attend"]
    return {
        **{f"gp_appointments_attended_{days}d": person.count_within(attended, days) for days in (30, 90, 365, 730)},
        "gp_appointments_not_attended_365d": person.count_within(missed, 365),
        "days_since_gp_appointment": person.days_since(attended),
    }
