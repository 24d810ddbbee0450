"""Charlson comorbidity index with the weights of the Summary Hospital-level Mortality Indicator."""

from typing import Any

from naive.person import Person
from naive.seeds import seed
from naive.stays import stays

SOURCES = ("apc_episode",)


def charlson(person: Person) -> dict[str, Any]:
    """Return the family's columns for one person."""
    recent = [stay for stay in stays(person) if person.is_within(stay.admitted, 730)]
    if not recent:
        return {"charlson": None}
    codes = {code for stay in recent for code in stay.diagnoses}
    found = {
        line["condition"]: line
        for line in seed("charlson_weight")
        if any(code.startswith(line["icd10"]) for code in codes)
    }
    return {
        "charlson": max(0, sum(int(line["weight"]) for line in found.values() if line["superseded_by"] not in found))
    }
