"""The electronic Frailty Index: 36 deficits, 35 of them of the record and one of prescriptions."""

from datetime import date, timedelta
from typing import Any

from naive.gp_record import days_coded, measured
from naive.medicines import issued, only_medicines
from naive.person import Person
from naive.seeds import Seed, seed

SOURCES = ("gp_event", "gp_prescription")
DEFICITS = 36
MANY_MEDICINES = 5
BANDED_FROM = 65


def efi(person: Person) -> dict[str, Any]:
    """Return the family's columns for one person."""
    first = {line["deficit"]: first_record(person, line) for line in seed("efi_deficit") if line["list_id"]}
    year_ago = person.index_date - timedelta(days=365)
    now = sum(day is not None for day in first.values()) + is_on_many(person, 0, 365)
    then = sum(day is not None and day < year_ago for day in first.values()) + is_on_many(person, 365, 730)
    return {
        "efi_deficits": now,
        "efi": now / DEFICITS,
        "efi_band": band(now / DEFICITS, person.age_on(person.index_date)),
        "efi_change_365d": (now - then) / DEFICITS,
    }


def first_record(person: Person, deficit: dict[str, str]) -> date | None:
    """Return the day a deficit was first recorded, by a code of its list or a value that its rules name."""
    days = days_coded(person, deficit["list_id"])
    for rule in value_rules(deficit["deficit"]):
        if rule["sex"] in ("", person.record["sex"]):
            days += [
                found.day
                for found in measured(person, rule["measure"])
                if rule["code"] in ("", found.code)
                and (rule["below"] == "" or found.value < float(rule["below"]))
                and (rule["above"] == "" or found.value > float(rule["above"]))
            ]
    return min(days, default=None)


def value_rules(deficit: str) -> Seed:
    """Return the value rules of a deficit."""
    return tuple(rule for rule in seed("efi_value_rule") if rule["deficit"] == deficit)


def is_on_many(person: Person, since: int, until: int) -> bool:
    """Whether five or more medicines were issued between so many days before the index date."""
    return len(only_medicines(issued(person, since, until))) >= MANY_MEDICINES


def band(index: float, age: int | None) -> str | None:
    """Return the published category; nobody under 65 has one."""
    if age is None or age < BANDED_FROM:
        return None
    return "fit" if index <= 0.12 else "mild" if index <= 0.24 else "moderate" if index <= 0.36 else "severe"
