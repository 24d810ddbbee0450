"""The last measurements of general practice."""

from typing import Any

from naive.gp_record import measured
from naive.person import Person

SOURCES = ("gp_event",)
MEASURES = ("systolic_bp", "diastolic_bp", "bmi", "hba1c", "egfr", "haemoglobin", "total_cholesterol")


def measurements(person: Person) -> dict[str, Any]:
    """Return the family's columns for one person."""
    columns: dict[str, Any] = {}
    for measure in MEASURES:
        values = measured(person, measure)
        columns[measure] = values[-1].value if values else None
        columns[f"{measure}_age_days"] = (person.index_date - values[-1].day).days if values else None
    return columns
