"""Reading what practices send back: a worklist as xlsx or CSV, into plain rows.

What a file holds is data, never instructions. Refused whole: files that are too large, workbooks with macros, external
links or entity declarations, and files without the columns that say which row is whose.
"""

import csv
import io
import re
import unicodedata
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from riskstrat.errors import InputRefused
from riskstrat.sheets import unguarded

LARGEST_FILE = 10_000_000
LARGEST_UNPACKED = 60_000_000
MOST_ROWS = 20_000
MOST_COLUMNS = 64
MOST_CELLS = 1_500_000
KEYS = ("release", "practice_code", "row_key")
_HEADER_WITHIN = 20
_BRITISH = re.compile(r"(\d{1,2})[/.](\d{1,2})[/.](\d{4})")


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

    def day(self, column: str) -> date | None:
        """Return a cell as a date (a date cell, ISO, or day/month/year); raises ``ValueError`` for anything else."""
        value = self.values.get(column)
        if isinstance(value, datetime):
            return value.date()
        if isinstance(value, date):
            return value
        text = self.text(column)
        if not text:
            return None
        british = _BRITISH.fullmatch(text)
        if british:
            return date(int(british[3]), int(british[2]), int(british[1]))
        return date.fromisoformat(text[:10] if text[10:] in ("", " 00:00:00", "T00:00:00") else text)


def clean_text(text: str) -> str:
    """Return text without control, formatting or private characters; line breaks and tabs become spaces."""
    spaced = re.sub(r"[\t\r\n\v\f\u2028\u2029]+", " ", unicodedata.normalize("NFC", text))
    return "".join(c for c in spaced if unicodedata.category(c) not in ("Cc", "Cf", "Co", "Cs", "Cn")).strip()


def read_returned(path: Path) -> list[ReturnedRow]:
    """Return the rows of one returned file in their order; raises ``InputRefused`` where the file cannot be taken."""
    if not path.is_file():
        raise InputRefused(f"{path.name} is not there, or is not a file")
    if path.stat().st_size > LARGEST_FILE:
        raise InputRefused(
            f"{path.name} is larger than {LARGEST_FILE // 1_000_000} MB", "a returned list is far smaller"
        )
    kind = path.suffix.lower()
    if kind == ".csv":
        tables: Iterator[list[tuple[Any, ...]]] = iter([list(_csv_rows(path))])
    elif kind == ".xlsx":
        tables = _sheets(path)
    else:
        raise InputRefused(f"{path.name} is neither .xlsx nor .csv", "send the list back in the form it came in")
    found = [rows for table in tables if (rows := _rows_of(path.name, table)) is not None]
    if not found:
        raise InputRefused(
            f"{path.name} has no list in it", f"its columns must include {', '.join((*KEYS, 'status'))}, unchanged"
        )
    if len(found) > 1:
        raise InputRefused(f"{path.name} holds more than one list", "send one list in one file")
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


def _csv_rows(path: Path) -> Iterator[tuple[Any, ...]]:
    content = path.read_bytes()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        # Spreadsheet programs on Windows save "CSV" in this encoding unless told otherwise.
        text = content.decode("cp1252", errors="replace")
    try:
        for number, row in enumerate(csv.reader(io.StringIO(text, newline=""), strict=True), start=1):
            if number > MOST_ROWS:
                raise InputRefused(f"{path.name} has more than {MOST_ROWS} rows")
            yield tuple(unguarded(cell) for cell in row)
    except csv.Error as fault:
        raise InputRefused(f"{path.name} is not a CSV file that can be read", str(fault)) from None


def _sheets(path: Path) -> Iterator[list[tuple[Any, ...]]]:
    import openpyxl

    _refuse_active_content(path)
    try:
        workbook = openpyxl.load_workbook(path, read_only=True, data_only=False, keep_links=False)
        for sheet in workbook.worksheets:
            sheet.reset_dimensions()
            rows = list(sheet.iter_rows(values_only=True, max_row=MOST_ROWS + 1, max_col=MOST_COLUMNS))
            if len(rows) > MOST_ROWS:
                raise InputRefused(f"{path.name} has more than {MOST_ROWS} rows")
            yield rows
    except InputRefused:
        raise
    except Exception as fault:
        # The reader raises many kinds of error for a damaged workbook; none of them is the reader's to explain.
        raise InputRefused(
            f"{path.name} cannot be read as a workbook ({type(fault).__name__})", "save it again"
        ) from None


def _refuse_active_content(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
            if sum(part.file_size for part in parts) > LARGEST_UNPACKED:
                raise InputRefused(f"{path.name} unpacks to more than {LARGEST_UNPACKED // 1_000_000} MB")
            for part in parts:
                lower = part.filename.lower()
                if "vbaproject" in lower or "macrosheets" in lower or "activex" in lower:
                    raise InputRefused(f"{path.name} holds macros", "send the list back as it came, without macros")
                if "externallinks" in lower or "embeddings" in lower:
                    raise InputRefused(f"{path.name} holds links to other files", "send the list back without them")
                if lower.endswith((".xml", ".rels")):
                    _refuse_hostile_text(path.name, archive, part)
    except zipfile.BadZipFile:
        raise InputRefused(f"{path.name} is not a workbook, or is damaged", "save it again as .xlsx") from None


def _refuse_hostile_text(name: str, archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> None:
    """Refuse a part that declares entities anywhere, is not in UTF-8, or has more cells than any list.

    A declaration may stand behind any amount of white space, and hides from a search in a wider encoding; cells cost
    far more memory than bytes on disk.
    """
    cells, kept = 0, b""
    with archive.open(part) as opened:
        while block := opened.read(1 << 20):
            text = kept + block
            if b"\0" in block or b"<!DOCTYPE" in text or b"<!ENTITY" in text:
                raise InputRefused(f"{name} declares entities or is not in UTF-8, which a list never does")
            cells += text.count(b"<c ") + text.count(b"<c>") + text.count(b"<c/")
            kept = text[-8:]
            cells -= kept.count(b"<c ") + kept.count(b"<c>") + kept.count(b"<c/")  # counted again with the next block
            if cells > MOST_CELLS:
                raise InputRefused(f"{name} has more cells than any list", "send the list back as it came")
