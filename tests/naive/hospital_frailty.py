"""Hospital Frailty Risk Score, of two years' stays."""

from typing import Any

from naive.person import Person
from naive.seeds import seed
from naive.stays import stays

SOURCES = ("apc_episode",)


def hospital_frailty(person: Person) -> dict[str, Any]:
    """Return the family's columns for one person."""
    recent = [stay for stay in stays(person) if person.is_within(stay.admitted, 730)]
    if not recent:
        return {"hfrs": None, "hfrs_band": None}
    weights = {line["icd10"]: float(line["weight"]) for line in seed("hfrs_weight")}
    three = {code[:3] for stay in recent for code in stay.diagnoses}
    score = sum(weights.get(code, 0.0) for code in sorted(three))
    age = person.age_on(person.index_date)
    band = "low" if score < 5 - 1e-9 else "intermediate" if score <= 15 + 1e-9 else "high"
    return {"hfrs": score, "hfrs_band": band if age is not None and age >= 65 else None}
