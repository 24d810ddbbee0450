"""Attendances at accident and emergency departments."""

from collections.abc import Callable
from typing import Any

from naive.person import Person, Row
from naive.seeds import codes, seed
from naive.stays import pounds

SOURCES = ("ecds_attendance",)


def ae_attendances(person: Person) -> dict[str, Any]:
    """Return the family's columns for one person."""
    attendances = person.known("ecds_attendance")
    every = [row["arrival_date"] for row in attendances]

    def days(counts: Callable[[Row], bool]) -> list[Any]:
        return [row["arrival_date"] for row in attendances if counts(row)]

    unplanned = days(_is_unplanned)
    return {
        **{f"ae_attendances_{window}d": person.count_within(every, window) for window in (30, 90, 182, 365, 730, 1095)},
        "ae_attendances_trend": person.trend(every, "ecds_attendance"),
        **{f"ae_unplanned_attendances_{window}d": person.count_within(unplanned, window) for window in (90, 365, 730)},
        "ae_major_attendances_365d": person.count_within(days(lambda row: _department(row) == "01"), 365),
        "ae_minor_attendances_365d": person.count_within(days(lambda row: _department(row) in ("03", "04")), 365),
        "same_day_emergency_care_365d": person.count_within(days(lambda row: _department(row) == "05"), 365),
        "days_since_ae_attendance": person.days_since(every),
        **_optional(person, attendances),
    }


def _optional(person: Person, attendances: list[Row]) -> dict[str, Any]:
    """What departments need not send: null for all where nobody's attendance of that year says it."""
    in_a_year = [row for row in attendances if person.is_within(row["arrival_date"], 365)]
    of_anyone = [row for row in person.held.known("ecds_attendance") if person.is_within(row["arrival_date"], 365)]

    def counted(says: Callable[[Row], bool | None]) -> int | None:
        is_given = any(says(row) is not None for row in of_anyone)
        return sum(says(row) is True for row in in_a_year) if is_given else None

    says_cost = any(row["cost"] is not None for row in of_anyone)
    return {
        "ae_attendances_by_ambulance_365d": counted(_is_by_ambulance),
        "ae_high_acuity_attendances_365d": counted(_is_high_acuity),
        "ae_left_before_treatment_365d": counted(_left_before_treatment),
        "ae_fall_attendances_365d": counted(_is_fall),
        "ae_cost_pounds_365d": pounds(row["cost"] for row in in_a_year) if says_cost else None,
    }


def _department(row: Row) -> str:
    return str(row["department_type"]).strip().zfill(2)


def _is_unplanned(row: Row) -> bool:
    category = (row["attendance_category"] or "1").strip()
    return _department(row) in ("01", "02", "03", "04") and category in ("1", "2", "3")


def _is_high_acuity(row: Row) -> bool | None:
    return {line["code"]: line["is_high"] == "true" for line in seed("ae_acuity")}.get(row["acuity"])


def _is_by_ambulance(row: Row) -> bool | None:
    known = {line["code"]: line["is_ambulance"] == "true" for line in seed("ae_arrival_mode")}
    return known.get(row["arrival_mode"])


def _left_before_treatment(row: Row) -> bool | None:
    known = {line["code"]: line["is_left_before_treatment"] == "true" for line in seed("ae_discharge_status")}
    return known.get(row["discharge_status"])


def _is_fall(row: Row) -> bool | None:
    said = [row["chief_complaint"], row["diagnosis_01"], row["diagnosis_02"], row["diagnosis_03"]]
    given = [code for code in said if code is not None]
    return any(code in codes("fall") for code in given) if given else None
