"""The feature dictionary, as it is read by people: generated from the comments of the ``.sql`` files, never written."""

import json
from dataclasses import asdict, dataclass

from riskstrat.features.catalogue import Family, families

_KEYS = (
    ("person_id", "the person, a number that means nothing outside the store"),
    ("index_date", "the day the snapshot is as at: everything in it happened and was known before it"),
    ("practice_code", "practice that holds the person at the index date, successors of closed ones followed"),
)


@dataclass(frozen=True)
class Entry:
    """One line of the feature dictionary: a snapshot column and what its file says of it.

    ``unit`` is the unit or kind of value, ``window`` the lookback window, ``missing`` what a person without a row gets,
    ``sources`` the landing tables it is made from, ``source`` the definition it follows.
    """

    name: str
    family: str
    meaning: str
    unit: str
    window: str
    missing: str
    sources: tuple[str, ...]
    source: str


def dictionary() -> list[Entry]:
    """Return the feature dictionary: every snapshot column in order, after person_id, index_date and practice_code."""
    return [entry for family in families() for entry in _entries(family)]


def describe(*, as_json: bool = False) -> str:
    """Return the dictionary as text for a terminal, or as JSON: a list of the fields of ``Entry``."""
    if as_json:
        return json.dumps([asdict(entry) for entry in dictionary()], indent=2)
    lines = []
    for family in families():
        made_from = ", ".join(family.sources) or "person"
        lines += ["", f"{family.name}: {family.statement.title}", f"  made from {made_from}"]
        lines += [f"  {e.name}\n      {e.meaning} [{e.unit}; {e.window}; {e.missing}]" for e in _entries(family)]
    return "\n".join(lines).lstrip("\n")


def reference_page() -> str:
    """Return ``docs/reference/features.md``."""
    lines = [
        "# Feature dictionary",
        "",
        "One row per person of the population at an index date (`store/features/index_date=…/part.parquet`). This page",
        "is generated from the comments of `sql/features/*.sql` by `riskstrat.features.reference_page()`; a test holds",
        "it to them. To change it, change the comments.",
        "",
        "*0 if none* is zero only where every source of the family is there, reaches back to the start of the column's",
        "window, is complete past that start, and is not withheld for the person; otherwise the column is null, as it",
        "is where it says *null if none*. Code lists, weights and rules are starters that nobody reviewed clinically.",
        "",
        "| column | meaning |",
        "| --- | --- |",
        *(f"| `{name}` | {meaning} |" for name, meaning in _KEYS),
    ]
    for family in families():
        header = family.statement.header
        made_from = ", ".join(f"`{name}`" for name in family.sources) or "`person`"
        lines += [
            "",
            f"## {family.name}",
            "",
            f"{family.statement.title} Made from {made_from}. Source: {header.get('source', 'none stated')}.",
            "",
            "| column | meaning | unit | window | without a row |",
            "| --- | --- | --- | --- | --- |",
            *(f"| `{e.name}` | {_cell(e.meaning)} | {e.unit} | {e.window} | {e.missing} |" for e in _entries(family)),
        ]
    return "\n".join(lines) + "\n"


def _entries(family: Family) -> list[Entry]:
    source = family.statement.header.get("source", "")
    return [
        Entry(
            column.name, family.name, column.meaning, column.unit, column.window, column.missing, family.sources, source
        )
        for column in family.statement.columns
    ]


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
