"""Reading what practices send back: a worklist as xlsx or CSV, into plain rows.

What a file holds is data, never instructions. Columns are found by their heading, wherever they stand; rows are read
whether sorted, filtered or hidden. Refused whole: files that are too large, and files that do not hold exactly one list
with the columns that say which row is whose.
"""

import csv
import io
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from riskstrat.errors import InputRefused
from riskstrat.sheets import unguarded
from riskstrat.worklists.returning.workbooks import MOST_ROWS, sheets

LARGEST_FILE = 10_000_000
KEYS = ("release", "practice_code", "row_key")
_HEADER_WITHIN = 20
_DELIMITERS = ",;\t"
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_BRITISH = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4}|\d{2})(?: 0?0:00(?::00)?)?")
_WORDED = re.compile(r"(\d{1,2})[ -]([a-z]{3,9})[ -](\d{4}|\d{2})", re.IGNORECASE)
_EPOCH = date(1899, 12, 30)
_SERIALS = range(30_000, 80_000)
"""Days since ``_EPOCH`` that are taken for a date where a cell lost its format: 1982 to 2119."""


@dataclass(frozen=True)
class ReturnedRow:
    """One row of a returned list as it was written: where it stands, its keys, and what was recorded."""

    file: str
    row: int
    values: dict[str, Any]

    @property
    def place(self) -> str:
        """File and row, for messages."""
        return f"{self.file}, row {self.row}"

    def text(self, column: str) -> str:
        """Return a cell as clean text: control and formatting characters removed, spaces trimmed; empty if absent."""
        value = self.values.get(column)
        if value is None:
            return ""
        if isinstance(value, datetime | date):
            return value.isoformat()[:10]
        return clean_text(str(value))

    def digits(self, column: str) -> str:
        """Return the digits of a number that a spreadsheet may have taken for one: zeros it dropped in front again."""
        value = self.values.get(column)
        if isinstance(value, int | float):
            return f"{value:010.0f}"
        found = re.sub(r"\D", "", self.text(column))
        return found.rjust(10, "0") if len(found) == 9 else found

    def day(self, column: str) -> date | None:
        """Return a cell as a date: a date cell, the number of one, ISO, day/month/year, or as "21 Nov 2026".

        Raises ``ValueError`` for anything else.
        """
        value = self.values.get(column)
        if isinstance(value, datetime):
            return value.date()
        if isinstance(value, date):
            return value
        if isinstance(value, int | float) and not isinstance(value, bool):
            if int(value) not in _SERIALS:
                raise ValueError("a number that is no date")
            return _EPOCH + timedelta(days=int(value))
        return _day_of(self.text(column))


def _day_of(text: str) -> date | None:
    if not text:
        return None
    if british := _BRITISH.fullmatch(text):
        return date(_year(british[3]), int(british[2]), int(british[1]))
    if worded := _WORDED.fullmatch(text):
        return date(_year(worded[3]), _MONTHS.index(worded[2][:3].lower()) + 1, int(worded[1]))
    return date.fromisoformat(text[:10] if text[10:] in ("", " 00:00:00", "T00:00:00") else text)


def _year(written: str) -> int:
    return int(written) + (2000 if len(written) == 2 else 0)


def clean_text(text: str) -> str:
    """Return text without control, formatting or private characters; line breaks and tabs become spaces."""
    spaced = re.sub(r"[\t\r\n\v\f\u2028\u2029]+", " ", unicodedata.normalize("NFC", text))
    return "".join(c for c in spaced if unicodedata.category(c) not in ("Cc", "Cf", "Co", "Cs", "Cn")).strip()


def read_returned(path: Path, name: str | None = None) -> list[ReturnedRow]:
    """Return the rows of one returned file in their order; raises ``InputRefused`` where the file cannot be taken.

    ``name`` is what messages call the file: its own name, unless two of one name came.
    """
    name = name or path.name
    if not path.is_file():
        raise InputRefused(f"{name} is not there, or is not a file")
    if path.stat().st_size > LARGEST_FILE:
        raise InputRefused(f"{name} is larger than {LARGEST_FILE // 1_000_000} MB", "a returned list is far smaller")
    kind = path.suffix.lower()
    if kind == ".csv":
        tables: Iterator[list[tuple[Any, ...]]] = iter([list(_csv_rows(path, name))])
    elif kind == ".xlsx":
        tables = sheets(path, name)
    else:
        raise InputRefused(f"{name} is neither .xlsx nor .csv", "send the list back in the form it came in")
    found = [rows for table in tables if (rows := _rows_of(name, table)) is not None]
    if not found:
        raise InputRefused(
            f"{name} has no list in it", f"its columns must include {', '.join((*KEYS, 'status'))}, unchanged"
        )
    if len(found) > 1:
        raise InputRefused(f"{name} holds more than one list", "send one list in one file")
    return found[0]


def _rows_of(name: str, table: list[tuple[Any, ...]]) -> list[ReturnedRow] | None:
    for place, cells in enumerate(table[:_HEADER_WITHIN]):
        header = [re.sub(r"[^a-z0-9]+", "_", str(cell or "").strip().lower()).strip("_") for cell in cells]
        if not {*KEYS, "status"} <= set(header):
            continue
        repeated = sorted({column for column in header if column and header.count(column) > 1})
        if repeated:
            raise InputRefused(f"{name} has the column {repeated[0]} twice")
        rows = []
        for offset, values in enumerate(table[place + 1 :], start=place + 2):
            if any(value not in (None, "") for value in values):
                rows.append(ReturnedRow(name, offset, dict(zip(header, values, strict=False))))
        return rows
    return None


def _csv_rows(path: Path, name: str) -> Iterator[tuple[Any, ...]]:
    text = _decoded(path.read_bytes())
    try:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
        for number, row in enumerate(reader, start=1):
            if number > MOST_ROWS:
                raise InputRefused(f"{name} has more than {MOST_ROWS} rows")
            yield tuple(unguarded(cell) for cell in row)
    except csv.Error as fault:
        raise InputRefused(f"{name} is not a CSV file that can be read", str(fault)) from None


def _decoded(content: bytes) -> str:
    """Return text in UTF-8, in UTF-16 where it begins with its mark, or else as spreadsheets on Windows save "CSV"."""
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return content.decode("utf-16", errors="replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def _delimiter(text: str) -> str:
    """Return what stands between the headings: where a comma is the decimal mark, spreadsheets save semicolons."""
    for line in text.splitlines()[:_HEADER_WITHIN]:
        if all(key in line.lower() for key in KEYS):
            return max(_DELIMITERS, key=line.count)
    return ","
