"""Frailty as a clinician coded it."""

from typing import Any

from naive.gp_record import days_coded
from naive.person import Person

SOURCES = ("gp_event",)


def frailty_coded(person: Person) -> dict[str, Any]:
    """Return the family's columns for one person."""
    categories = ("mild", "moderate", "severe")
    recorded = [(day, place) for place, name in enumerate(categories) for day in days_coded(person, f"frailty_{name}")]
    if not recorded:
        return {"frailty_coded": None, "days_since_frailty_coded": None}
    day, place = max(recorded)
    return {"frailty_coded": categories[place], "days_since_frailty_coded": (person.index_date - day).days}
