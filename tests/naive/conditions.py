"""Conditions recorded in general practice."""

from typing import Any

from naive.gp_record import days_coded
from naive.person import Person
from naive.seeds import seed

SOURCES = ("gp_event",)
DAYS_PER_YEAR = 365.25


def conditions(person: Person) -> dict[str, Any]:
    """Return the family's columns for one person."""
    columns: dict[str, Any] = {}
    long_term = 0
    for name in sorted({line["condition"] for line in seed("condition")}):
        lines = [line for line in seed("condition") if line["condition"] == name]
        recorded = days_coded(person, *(line["list_id"] for line in lines))
        columns[f"has_{name}"] = int(bool(recorded))
        columns[f"years_since_{name}"] = (person.index_date - recorded[0]).days / DAYS_PER_YEAR if recorded else None
        long_term += bool(recorded) and lines[0]["is_long_term"] == "true"
    return {**columns, "long_term_conditions": long_term}
