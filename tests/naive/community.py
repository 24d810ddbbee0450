"""Contacts with community services."""

from typing import Any

from naive.person import Person, Row
from naive.words import has_word

SOURCES = ("community_contact",)
ATTENDED = ("5", "6", None)
NOT_ATTENDED = ("3", "7")
SERVICES = {
    "urgent_response": "urgent_community_response_contacts_365d",
    "nursing": "community_nursing_contacts_365d",
    "therapy": "community_therapy_contacts_365d",
}
"""Groups of services, the first that a service has a word of first, and the column of each."""


def community(person: Person) -> dict[str, Any]:
    """Return the family's columns for one person."""
    contacts = person.known("community_contact")
    attended = [row for row in contacts if row["attendance_status"] in ATTENDED]
    days = dates(attended)
    columns: dict[str, Any] = {
        **{f"community_contacts_attended_{window}d": person.count_within(days, window) for window in (90, 365, 730)},
        "days_since_community_contact": person.days_since(days),
        "community_contacts_not_attended_365d": missed_in_a_year(person, "community_contact"),
        "community_contacts_attended_trend": person.trend(days, "community_contact"),
    }
    for group, column in SERVICES.items():
        columns[column] = person.count_within(dates([row for row in attended if service_of(row) == group]), 365)
    return columns


def dates(contacts: list[Row]) -> list[Any]:
    """Return the days of contacts."""
    return [row["contact_date"] for row in contacts]


def service_of(contact: Row) -> str | None:
    """Return the first group of services that the type of service has a word of; ``None`` for any other."""
    said = contact["service_type"]
    return next((group for group in SERVICES if has_word("community_service", group, said)), None)


def missed_in_a_year(person: Person, table: str) -> int | None:
    """Return contacts not attended in 365 days; ``None`` where no contact known of anyone gives a status."""
    if not any(row["attendance_status"] for row in person.held.known(table)):
        return None
    return person.count_within(dates([r for r in person.known(table) if r["attendance_status"] in NOT_ATTENDED]), 365)
