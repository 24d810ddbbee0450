"""What general practice recorded of a person: coded events and measured values, as known."""

from dataclasses import dataclass
from datetime import date, timedelta

from naive.person import Person
from naive.seeds import codes, seed

GRAMS_PER_DECILITRE_BELOW = 30
"""A haemoglobin below this is in g/dL, whatever the unit says (seeds.measurement)."""


@dataclass(frozen=True)
class Measured:
    """One plausible value in the measure's own unit: when it was measured, and from when it could be known."""

    day: date
    known_from: date
    value: float
    code: str


def days_coded(person: Person, *list_ids: str) -> list[date]:
    """Return the days on which a code of any of the lists is recorded, in order; a day may come twice."""
    wanted = frozenset().union(*(codes(list_id) for list_id in list_ids))
    return [row["event_date"] for row in person.known("gp_event") if row["snomed_code"] in wanted]


def measured(person: Person, measure: str) -> list[Measured]:
    """Return every plausible value known of a measure, by day; of one day, by the day it was known, then the value."""
    line = next(line for line in seed("measurement") if line["measure"] == measure)
    wanted = codes(line["list_id"])
    found = []
    for row in person.known("gp_event"):
        if row["snomed_code"] in wanted and row["value"] is not None:
            value = in_own_unit(measure, row["value"], row["unit"])
            if value is not None and float(line["minimum"]) <= value <= float(line["maximum"]):
                lag = timedelta(days=person.held.sources["gp_event"].lag_days)
                arrived = row["available_date"] or row["event_date"] + lag
                found.append(Measured(row["event_date"], max(row["event_date"], arrived), value, row["snomed_code"]))
    return sorted(found, key=lambda m: (m.day, m.known_from, m.value))


def in_own_unit(measure: str, value: float, unit: str | None) -> float | None:
    """Return a value in the measure's own unit; ``None`` for a unit that is not one of its spellings.

    A unit that is not said is the measure's own; case and spaces in a unit say nothing.
    """
    spelt = (unit or "").lower().replace(" ", "")
    spellings = {
        line["unit_as_sent"]: float(line["factor"]) for line in seed("measurement_unit") if line["measure"] == measure
    }
    if spelt and spelt not in spellings:
        return None
    if measure == "haemoglobin" and value < GRAMS_PER_DECILITRE_BELOW:
        return value * 10
    return value * spellings.get(spelt, 1.0)
