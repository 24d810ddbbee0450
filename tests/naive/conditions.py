"""Conditions recorded in general practice, and not since recorded as resolved."""

from datetime import date
from typing import Any

from naive.gp_record import days_coded
from naive.person import Person
from naive.seeds import seed

SOURCES = ("gp_event",)
DAYS_PER_YEAR = 365.25
OF_THE_MIND = {"dementia", "depression", "learning_disability", "smi", "anxiety"}


def conditions(person: Person) -> dict[str, Any]:
    """Return the family's columns for one person."""
    first = {name: first_record(person, name) for name in sorted({line["condition"] for line in seed("condition")})}
    if first["diabetes"] is not None:
        first["non_diabetic_hyperglycaemia"] = None
    has = {name for name, day in first.items() if day is not None}
    long_term = {name: first[name] for name in sorted(has) if is_long_term(name)}
    columns: dict[str, Any] = {}
    for name, day in first.items():
        columns[f"has_{name}"] = int(day is not None)
        columns[f"years_since_{name}"] = None if day is None else years_since(person, day)
    return columns | {
        "long_term_conditions": len(long_term),
        "long_term_conditions_added_365d": sum(
            day is not None and person.is_within(day, 365) for day in long_term.values()
        ),
        "mental_and_physical_conditions": int(
            not has.isdisjoint(OF_THE_MIND) and not OF_THE_MIND.issuperset(long_term)
        ),
    }


def first_record(person: Person, condition: str) -> date | None:
    """Return the first record of a condition after the last resolution of it; ``None`` for one a person has not."""
    lines = [line for line in seed("condition") if line["condition"] == condition]
    recorded = days_coded(person, *(line["list_id"] for line in lines))
    endings = {line["resolved_list_id"] for line in lines} - {""}
    resolved = max(days_coded(person, *sorted(endings)), default=date.min) if endings else date.min
    return min((day for day in recorded if day > resolved), default=None)


def has_condition(person: Person, condition: str) -> bool:
    """Whether a person has a condition."""
    return first_record(person, condition) is not None


def is_long_term(condition: str) -> bool:
    """Whether a condition counts among the long-term ones."""
    return all(line["is_long_term"] == "true" for line in seed("condition") if line["condition"] == condition)


def years_since(person: Person, day: date) -> float:
    """Return years from a day to the index date."""
    return (person.index_date - day).days / DAYS_PER_YEAR
