"""How settled the person is with a practice."""

from itertools import pairwise
from typing import Any

from naive.person import Person
from naive.population import held_by, is_regular, registration_in_force

SOURCES = ("registration",)


def registration(person: Person) -> dict[str, Any]:
    """Return the family's columns for one person."""
    in_force = registration_in_force(person)
    regular = sorted(
        (row for row in person.known("registration") if is_regular(row)),
        key=lambda row: (row["start_date"], row["practice_code"]),
    )
    moved = [
        after["start_date"]
        for before, after in pairwise(regular)
        if held_by(person.held, before["practice_code"]) != held_by(person.held, after["practice_code"])
    ]
    return {
        "days_registered": None if in_force is None else person.days_since([in_force["start_date"]]),
        "practice_moves_730d": person.count_within(moved, 730),
    }
