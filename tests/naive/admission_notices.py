"""Admissions and discharges as notices tell them."""

from typing import Any

from naive.person import Person, Row
from naive.seeds import seed

SOURCES = ("admission_notice",)


def admission_notices(person: Person) -> dict[str, Any]:
    """Return the family's columns for one person."""
    notices = person.known("admission_notice")
    left = [row["discharged_on"] for row in notices if not _is_planned(row) and _nights(row) > 0]
    last = notices[-1] if notices else None
    is_in = last is not None and last["discharged_on"] is None and person.is_within(last["admitted_on"], 90)
    return {"days_since_discharge_notice": person.days_since(left), "in_hospital_by_notice": int(is_in)}


def _is_planned(row: Row) -> bool:
    others = {line["code"] for line in seed("admission_method") if line["is_emergency"] == "false"}
    return (row["method"] or "").strip().upper() in others


def _nights(row: Row) -> int:
    return 0 if row["discharged_on"] is None else (row["discharged_on"] - row["admitted_on"]).days
