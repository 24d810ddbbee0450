"""The last measurements of general practice: value, age, change, and whether out of range."""

import math
from datetime import timedelta
from typing import Any

from naive.gp_record import Measured, measured
from naive.person import Person
from naive.seeds import seed

SOURCES = ("gp_event",)
MEASURES = (
    *("systolic_bp", "diastolic_bp", "bmi", "hba1c", "egfr", "haemoglobin", "total_cholesterol"),
    *("acr", "oxygen_saturation", "weight"),
)
GROWN_UP = 18


def measurements(person: Person) -> dict[str, Any]:
    """Return the family's columns for one person."""
    columns: dict[str, Any] = {}
    for measure in MEASURES:
        values = measured(person, measure)
        last = values[-1] if values else None
        columns[measure] = last.value if last else None
        columns[f"{measure}_age_days"] = (person.index_date - last.day).days if last else None
        earlier = before(values, last) if last else None
        if measure == "weight":
            change = rounded(100 * (last.value - earlier.value) / earlier.value) if last and earlier else None
            columns["weight_change_percent"] = change
        else:
            columns[f"{measure}_change"] = rounded(last.value - earlier.value) if last and earlier else None
            columns[f"{measure}_out_of_range"] = is_out_of_range(person, measure, last.value) if last else None
    return columns


def rounded(change: float) -> float:
    """Return a change to two decimals, half away from zero as SQL rounds; Python's ``round`` would go to the even."""
    return math.copysign(math.floor(100 * abs(change) + 0.5) / 100, change)


def before(values: list[Measured], last: Measured) -> Measured | None:
    """Return the last value measured 90 to 730 days before the last one; ``None`` if there is none."""
    earlier = [value for value in values if timedelta(days=90) <= last.day - value.day <= timedelta(days=730)]
    return earlier[-1] if earlier else None


def is_out_of_range(person: Person, measure: str, value: float) -> int | None:
    """Whether a value lies outside the range for age and sex; ``None`` for whom there is no range."""
    age = person.age_on(person.index_date)
    if age is None or age < GROWN_UP:
        return None
    for line in seed("measurement_range"):
        is_of_age = int(line["age_from"]) <= age <= int(line["age_to"])
        if line["measure"] == measure and is_of_age and line["sex"] in ("", person.record["sex"]):
            is_low = line["below"] != "" and value < float(line["below"])
            is_high = line["above"] != "" and value > float(line["above"])
            return int(is_low or is_high)
    return None
