"""Contacts with mental health services."""

from typing import Any

from naive.community import ATTENDED
from naive.person import Person

SOURCES = ("mental_health_contact",)


def mental_health(person: Person) -> dict[str, Any]:
    """Return the family's columns for one person."""
    contacts = person.known("mental_health_contact")
    attended = [row["contact_date"] for row in contacts if row["attendance_status"] in ATTENDED]
    return {f"mental_health_contacts_attended_{days}d": person.count_within(attended, days) for days in (90, 365)}
