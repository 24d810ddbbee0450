"""The feature dictionary, as it is read by people: generated from the comments of the ``.sql`` files, never written."""

import json
import textwrap
from dataclasses import asdict, dataclass

from riskstrat.features.catalogue import Family, families

KEYS = (
    ("person_id", "the person, a number that means nothing outside the store"),
    ("index_date", "the day the snapshot is as at: everything in it happened and was known before it"),
    ("practice_code", "practice that holds the person at the index date, successors of closed ones followed"),
)
"""The columns that every snapshot begins with, and what they mean."""

_WIDTH = 80
_PREFACE = (
    "One row per person of the population at an index date. Under each column stand its meaning and [unit; lookback "
    "window; what a person without a row gets]. '0 if none' is zero only where every source is there, reaches back to "
    "the start of the window and is complete past it; otherwise the column is null. 'Null if never given' is "
    "null for everybody where the sender gives that detail of nobody. Worked examples of every column "
    "are not installed with the package: they are in docs/reference/features.md of the source, and run from tests/spec."
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
    """Return the dictionary as text of 80 columns for a terminal, or as JSON: a list of the fields of ``Entry``."""
    if as_json:
        return json.dumps([asdict(entry) for entry in dictionary()], indent=2)
    lines = [*_filled(_PREFACE, ""), ""]
    for name, meaning in KEYS:
        lines += [f"  {name}", *_filled(meaning, "      ")]
    for family in families():
        lines += ["", f"{family.name.upper()}", *_filled(family.statement.title, "  ")]
        lines += _filled(f"made from {', '.join(family.sources) or 'person'}", "  ")
        lines += _filled(f"source: {family.statement.header.get('source', 'none stated')}", "  ")
        for entry in _entries(family):
            lines += [f"  {entry.name}", *_filled(entry.meaning, "      ")]
            lines += _filled(f"[{entry.unit}; {entry.window}; {entry.missing}]", "      ")
    return "\n".join(lines)


def _filled(text: str, indent: str) -> list[str]:
    return textwrap.wrap(
        text, _WIDTH, initial_indent=indent, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )


def _entries(family: Family) -> list[Entry]:
    source = family.statement.header.get("source", "")
    return [
        Entry(
            column.name, family.name, column.meaning, column.unit, column.window, column.missing, family.sources, source
        )
        for column in family.statement.columns
    ]
