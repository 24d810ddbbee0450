"""Outpatient appointments."""

from collections.abc import Callable
from typing import Any

from naive.person import Person, Row
from naive.seeds import seed
from naive.stays import pounds

SOURCES = ("outpatient_appointment",)
GROUPS = ("surgical", "medical", "older_people", "cancer", "mental_health", "therapy")


def outpatients(person: Person) -> dict[str, Any]:
    """Return the family's columns for one person."""
    appointments = person.known("outpatient_appointment")

    def days(counts: Callable[[Row], bool]) -> list[Any]:
        return [row["appointment_date"] for row in appointments if counts(row)]

    attended = days(_is_attended)
    return {
        **{f"outpatient_attended_{window}d": person.count_within(attended, window) for window in (90, 365, 730)},
        "outpatient_attended_trend": person.trend(attended, "outpatient_appointment"),
        "outpatient_not_attended_365d": person.count_within(days(_has_status("3", "7")), 365),
        "outpatient_cancelled_365d": person.count_within(days(_has_status("2", "4")), 365),
        "days_since_outpatient_attendance": person.days_since(attended),
        **_optional(person, appointments),
    }


def _optional(person: Person, appointments: list[Row]) -> dict[str, Any]:
    """What hospitals need not send: null for all where nobody's appointment of that year says it."""
    everyones = person.held.known("outpatient_appointment")
    of_anyone = [row for row in everyones if person.is_within(row["appointment_date"], 365)]
    in_a_year = [row for row in appointments if person.is_within(row["appointment_date"], 365)]
    attended = [row for row in in_a_year if _is_attended(row)]
    says_first = any(row["first_attendance"] in ("1", "2", "3", "4") for row in of_anyone)
    says_function = any(_is_attended(row) and _function(row) for row in of_anyone)
    says_cost = any(row["cost"] is not None for row in of_anyone)
    first = sum(row["first_attendance"] in ("1", "3") for row in attended)
    follow_ups = sum(row["first_attendance"] in ("2", "4") for row in attended)
    functions = [_function(row) for row in attended if _function(row)]
    return {
        "outpatient_first_attendances_365d": first if says_first else None,
        "outpatient_follow_ups_365d": follow_ups if says_first else None,
        "outpatient_specialties_365d": len(set(functions)) if says_function else None,
        **{
            f"outpatient_{group}_365d": sum(_groups()[code] == group for code in functions) if says_function else None
            for group in GROUPS
        },
        "outpatient_cost_pounds_365d": pounds(row["cost"] for row in in_a_year) if says_cost else None,
    }


def _groups() -> dict[Any, str]:
    return {line["code"]: line["specialty_group"] for line in seed("treatment_function_group")}


def _function(row: Row) -> str | None:
    """The treatment function, of those in the list."""
    code = row["treatment_function_code"]
    return code if code in _groups() else None


def _has_status(*codes: str) -> Callable[[Row], bool]:
    return lambda row: row["attendance_status"] in codes


def _is_attended(row: Row) -> bool:
    return row["attendance_status"] in ("5", "6")
