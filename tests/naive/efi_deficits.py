"""The electronic Frailty Index, deficit by deficit."""

from typing import Any

from naive.conditions import years_since
from naive.efi import first_record
from naive.person import Person
from naive.seeds import seed

SOURCES = ("gp_event",)


def efi_deficits(person: Person) -> dict[str, Any]:
    """Return the family's columns for one person."""
    columns: dict[str, Any] = {}
    for line in seed("efi_deficit"):
        if line["list_id"]:
            day = first_record(person, line)
            columns[f"efi_years_since_{line['deficit']}"] = None if day is None else years_since(person, day)
    return columns
