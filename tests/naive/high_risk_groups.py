"""Frailty beside many medicines or being housebound, and how many high-risk groups a person is in."""

from typing import Any

from naive.condition_combinations import condition_combinations
from naive.efi import efi
from naive.medicines import medicines
from naive.person import Person
from naive.status import status

SOURCES = ("gp_event", "gp_prescription")


def high_risk_groups(person: Person) -> dict[str, Any]:
    """Return the family's columns for one person."""
    is_frail = efi(person)["efi_band"] in ("moderate", "severe")
    on_many = is_frail and medicines(person)["medicines_365d"] >= 10
    at_home = is_frail and status(person)["housebound"] == 1
    return {
        "frailty_with_10_medicines": int(on_many),
        "housebound_with_frailty": int(at_home),
        "high_risk_groups": on_many + at_home + sum(condition_combinations(person).values()),
    }
