"""Contacts with community services."""

from typing import Any

from naive.person import Person

SOURCES = ("community_contact",)
ATTENDED = ("5", "6", None)


def community(person: Person) -> dict[str, Any]:
    """Return the family's columns for one person."""
    attended = [
        row["contact_date"] for row in person.known("community_contact") if row["attendance_status"] in ATTENDED
    ]
    return {
        **{f"community_contacts_attended_{days}d": person.count_within(attended, days) for days in (90, 365, 730)},
        "days_since_community_contact": person.days_since(attended),
    }
