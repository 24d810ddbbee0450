"""What the snapshot says of a person's frailty, last contact and present support, in plain words."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Final

from riskstrat.pages import counted, long_date
from riskstrat.worklists.showing.page import Freshness

_SUPPORT: Final = (
    ("on_case_management", "case management"),
    ("on_virtual_ward", "virtual ward"),
    ("on_end_of_life_register", "palliative and supportive care programme"),
    ("in_care_home", "care home"),
    ("home_care_open", "home care"),
    ("day_care_open", "day care"),
)
SAID_COLUMNS: Final = (
    *(column for column, _ in _SUPPORT),
    "efi_band",
    "efi_deficits",
    "frailty_coded",
    "community_contacts_attended_90d",
    "days_since_gp_appointment",
)
"""Columns of the snapshot that the functions here read, as far as a snapshot has them."""


def frailty_words(person: Mapping[str, Any]) -> str:
    """Return the frailty index and what the practice coded: "index moderate (11 of 36 deficits); coded mild".

    Empty where there is no band (under 65, or GP data withheld) and nothing coded.
    """
    parts = []
    if person.get("efi_band"):
        parts.append(f"index {person['efi_band']} ({person['efi_deficits']} of 36 deficits)")
    if person.get("frailty_coded"):
        parts.append(f"coded {person['frailty_coded']}")
    return "; ".join(parts)


def supported_by(person: Mapping[str, Any]) -> tuple[str, ...]:
    """Return who is known to support the person, from services open and contacts in the last 90 days."""
    known = [words for column, words in _SUPPORT if person.get(column) == 1]
    contacts = person.get("community_contacts_attended_90d")
    if contacts:
        known.append(f"community services ({counted(contacts, 'contact')} known in 90 days)")
    return tuple(known)


def last_contact_words(person: Mapping[str, Any], index_date: date, freshness: Sequence[Freshness]) -> str:
    """Return the last GP appointment attended, or that none is known and to which date."""
    days = person.get("days_since_gp_appointment")
    if days is not None:
        return f"GP appointment, {long_date(index_date - timedelta(days=int(days)))}"
    known_to = next((f.complete_to for f in freshness if f.source == "GP appointments"), None)
    return f"none known to {long_date(known_to)}" if known_to else "not known: no appointment data"
