"""Medicines prescribed in general practice."""

from typing import Any

from naive.person import Person
from naive.seeds import codes, seed

SOURCES = ("gp_prescription",)
SUBSTANCE, PARAGRAPH = 9, 6
COUNTED_GROUPS = ("error_prone", "dependence_forming")


def medicines(person: Person) -> dict[str, Any]:
    """Return the family's columns for one person."""
    issued = substances(person, 0, 365)
    counted = {code for code in issued if is_medicine(code)}
    columns: dict[str, Any] = {
        "medicines_90d": len({code for code in substances(person, 0, 90) if is_medicine(code)}),
        "medicines_365d": len(counted),
        "bnf_paragraphs_365d": len({code[:PARAGRAPH] for code in counted}),
    }
    for group in sorted({line["medicine_group"] for line in seed("medicine_group")}):
        if group in COUNTED_GROUPS:
            columns[f"{group}_medicines_365d"] = sum(is_of_group(code, group) for code in counted)
        else:
            columns[f"{group}_365d"] = int(any(is_of_group(code, group) for code in issued))
    return columns


def substances(person: Person, since: int, until: int) -> set[str]:
    """Return the substances (or shorter codes) issued up to ``until`` days before and not in the last ``since``."""
    return {
        row["bnf_code"].strip().upper()[:SUBSTANCE]
        for row in person.known("gp_prescription")
        if row["bnf_code"]
        and person.is_within(row["issue_date"], until)
        and not person.is_within(row["issue_date"], since)
    }


def is_medicine(code: str) -> bool:
    """Whether a code names a chemical substance of a chapter that is a medicine's."""
    return len(code) == SUBSTANCE and not any(code.startswith(prefix) for prefix in codes("not_a_medicine"))


def is_of_group(code: str, group: str) -> bool:
    """Whether a code begins like one of the lists of a group."""
    lists = [line["list_id"] for line in seed("medicine_group") if line["medicine_group"] == group]
    return any(code.startswith(prefix) for list_id in lists for prefix in codes(list_id))
