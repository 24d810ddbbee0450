"""Contacts with mental health services."""

from typing import Any

from naive.community import ATTENDED, dates, missed_in_a_year
from naive.person import Person
from naive.words import has_word

SOURCES = ("mental_health_contact",)


def mental_health(person: Person) -> dict[str, Any]:
    """Return the family's columns for one person."""
    attended = [row for row in person.known("mental_health_contact") if row["attendance_status"] in ATTENDED]
    days = dates(attended)
    crises = [row for row in attended if has_word("mental_health_service", "crisis", row["service_type"])]
    return {
        **{
            f"mental_health_contacts_attended_{window}d": person.count_within(days, window) for window in (90, 365, 730)
        },
        "mental_health_crisis_contacts_365d": person.count_within(dates(crises), 365),
        "mental_health_contacts_not_attended_365d": missed_in_a_year(person, "mental_health_contact"),
        "days_since_mental_health_contact": person.days_since(days),
    }
