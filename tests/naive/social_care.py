"""Social care services and assessments."""

from typing import Any

from naive.person import Person

SOURCES = ("social_care_service",)


def social_care(person: Person) -> dict[str, Any]:
    """Return the family's columns for one person."""
    services = person.known("social_care_service")
    open_kinds = {row["service_type"] for row in services if row["end_date"] is None}
    assessed = [row["start_date"] for row in services if row["service_type"] == "assessment"]
    reabled = [row["start_date"] for row in services if row["service_type"] == "reablement"]
    return {
        "home_care_open": int("home_care" in open_kinds),
        "day_care_open": int("day_care" in open_kinds),
        "social_care_services_open": len(open_kinds - {"assessment"}),
        "social_care_assessments_365d": person.count_within(assessed, 365),
        "reablement_365d": person.count_within(reabled, 365),
        "in_care_home": int(bool(open_kinds & {"residential_care", "nursing_care"})),
    }
