"""Tables drawn in text, as people write them: into frames for a test's data, and back for comparing results.

``-`` is a missing value, ``#`` begins a comment, a line of dashes is decoration::

    person | admitted   | method
    -------+------------+-------
      A    | 2026-09-12 | 21      # by ambulance
"""

from datetime import date, datetime
from typing import Any

import polars as pl

MISSING = "-"


def rows_of(drawn: str) -> list[dict[str, str | None]]:
    """Return the rows of a drawn table as text by column name; ``-`` is ``None``."""
    lines = [line.split("#", 1)[0].strip() for line in drawn.splitlines()]
    lines = [line for line in lines if line and set(line) - set("-+| ")]
    if not lines:
        return []
    names = [cell.strip() for cell in lines[0].split("|")]
    rows = []
    for line in lines[1:]:
        cells = [cell.strip() for cell in line.split("|")]
        if len(cells) != len(names):
            raise ValueError(f"{len(cells)} cells under {len(names)} headings: {line}")
        rows.append({name: None if cell in ("", MISSING) else cell for name, cell in zip(names, cells, strict=True)})
    return rows


def remarks_of(drawn: str) -> list[str]:
    """Return what stands after ``#`` beside each row of a drawn table, empty where nothing does."""
    lines = [(said.strip(), remark.strip()) for said, _, remark in (line.partition("#") for line in drawn.splitlines())]
    return [remark for said, remark in lines if said and set(said) - set("-+| ")][1:]


def written(value: Any) -> str:
    """Return a value as it is drawn in a table."""
    if value is None:
        return MISSING
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float):
        return f"{value:.4f}".rstrip("0").rstrip(".")
    return str(value)


def draw(names: list[str], rows: list[list[str]]) -> str:
    """Return a table drawn with its columns aligned."""
    widths = [max(len(row[i]) for row in [names, *rows]) for i in range(len(names))]
    line = " | ".join
    drawn = [
        line(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in [names, *rows]
    ]
    return "\n".join([drawn[0], "-+-".join("-" * width for width in widths), *drawn[1:]])


class Expected:
    """A frame that compares with a drawn table: the columns that are drawn, all rows, in any order."""

    __hash__ = None  # type: ignore[assignment]

    def __init__(self, frame: pl.DataFrame) -> None:
        self.frame = frame

    def __eq__(self, drawn: object) -> bool:
        expected = rows_of(str(drawn))
        if not expected:
            raise AssertionError("the drawn table has no rows")
        names = list(expected[0])
        unknown = [name for name in names if name not in self.frame.columns]
        if unknown:
            raise AssertionError(f"no column {unknown}; there are {self.frame.columns}")
        wanted = sorted([MISSING if row[name] is None else str(row[name]) for name in names] for row in expected)
        got = sorted([written(value) for value in row] for row in self.frame.select(names).rows())
        if got != wanted:
            raise AssertionError(f"expected\n{draw(names, wanted)}\n\ngot\n{draw(names, got)}")
        return True


def expect(frame: pl.DataFrame) -> Expected:
    """Wrap a result so that ``expect(result) == drawn`` fails, showing both tables, where they differ."""
    return Expected(frame)
