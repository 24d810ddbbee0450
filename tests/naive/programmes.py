"""Programmes that hold a person, and those that ended."""

from typing import Any

from naive.person import Person

SOURCES = ("programme",)


def programmes(person: Person) -> dict[str, Any]:
    """Return the family's columns for one person."""
    entries = person.known("programme")
    held = {row["programme"] for row in entries if row["end_date"] is None}
    began = [r["start_date"] for r in entries if r["programme"] == "case_management" and r["end_date"] is None]
    ended = [row["end_date"] for row in entries if row["end_date"] is not None]
    return {
        "on_case_management": int("case_management" in held),
        "on_end_of_life_register": int("end_of_life_register" in held),
        "on_virtual_ward": int("virtual_ward" in held),
        "programmes_held": len(held),
        "days_on_case_management": (person.index_date - min(began)).days if began else None,
        "programmes_ended_90d": person.count_within(ended, 90),
        "programmes_ended_365d": person.count_within(ended, 365),
    }
