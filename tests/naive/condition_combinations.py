"""Pairs of conditions, and of condition and circumstance, that complicate each other."""

from typing import Any

from naive.conditions import has_condition
from naive.gp_record import days_coded
from naive.person import Person

SOURCES = ("gp_event",)


def condition_combinations(person: Person) -> dict[str, Any]:
    """Return the family's columns for one person."""

    def has(*names: str) -> bool:
        return all(has_condition(person, name) for name in names)

    return {
        "heart_failure_with_ckd": int(has("heart_failure", "ckd")),
        "copd_with_heart_failure": int(has("copd", "heart_failure")),
        "diabetes_with_ckd": int(has("diabetes", "ckd")),
        "smi_with_diabetes": int(has("smi", "diabetes")),
        "dementia_living_alone": int(has("dementia") and bool(days_coded(person, "lives_alone"))),
    }
