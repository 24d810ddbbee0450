"""Who the person is."""

from typing import Any

from naive.person import Person

SOURCES = ()


def demography(person: Person) -> dict[str, Any]:
    """Return the family's columns for one person."""
    said = ("sex", "imd_decile", "ethnic_category")
    return {"age": person.age_on(person.index_date), **{name: person.record[name] for name in said}}
