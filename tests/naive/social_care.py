"""Social care services and assessments: what is open, and what changed."""

from datetime import date
from typing import Any

from naive.person import Person, Row

SOURCES = ("social_care_service",)
CARE_HOMES = ("residential_care", "nursing_care")
MEANT_TO_END = ("assessment", "equipment", "reablement")


def social_care(person: Person) -> dict[str, Any]:
    """Return the family's columns for one person."""
    services = person.known("social_care_service")
    open_kinds = {row["service_type"] for row in services if row["end_date"] is None}

    def begun(kind: str) -> int:
        return person.count_within([row["start_date"] for row in services if row["service_type"] == kind], 365)

    ended = [row["end_date"] for row in services if row["end_date"] and row["service_type"] not in MEANT_TO_END]
    return {
        "home_care_open": int("home_care" in open_kinds),
        "day_care_open": int("day_care" in open_kinds),
        "social_care_services_open": len(open_kinds - {"assessment"}),
        "social_care_assessments_365d": begun("assessment"),
        "reablement_365d": begun("reablement"),
        "in_care_home": int(not open_kinds.isdisjoint(CARE_HOMES)),
        "in_nursing_home": int("nursing_care" in open_kinds),
        "care_home_entered_365d": int(any(person.is_within(day, 365) for day in entries(services))),
        "home_care_started_365d": int(begun("home_care") > 0),
        "direct_payment_open": int("direct_payment" in open_kinds),
        "equipment_365d": begun("equipment"),
        "social_care_services_ended_365d": person.count_within(ended, 365),
        "days_since_social_care_change": person.days_since(changes(services)),
    }


def entries(services: list[Row]) -> list[date]:
    """Return the days on which the person came into a care home from elsewhere, and not from another care home."""
    homes = [row for row in services if row["service_type"] in CARE_HOMES]
    found = []
    for home in homes:
        earlier = [other["end_date"] for other in homes if other["start_date"] < home["start_date"]]
        if all(end is not None and (home["start_date"] - end).days > 1 for end in earlier):
            found.append(home["start_date"])
    return found


def changes(services: list[Row]) -> list[date]:
    """Return the days on which a service began or ended, assessments left out."""
    real = [row for row in services if row["service_type"] != "assessment"]
    return [day for row in real for day in (row["start_date"], row["end_date"]) if day is not None]
