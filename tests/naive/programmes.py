"""Programmes that hold a person."""

from typing import Any

from naive.person import Person

SOURCES = ("programme",)


def programmes(person: Person) -> dict[str, Any]:
    """Return the family's columns for one person."""
    held = {row["programme"] for row in person.known("programme") if row["end_date"] is None}
    return {
        "on_case_management": int("case_management" in held),
        "on_end_of_life_register": int("end_of_life_register" in held),
        "on_virtual_ward": int("virtual_ward" in held),
        "programmes_held": len(held),
    }
