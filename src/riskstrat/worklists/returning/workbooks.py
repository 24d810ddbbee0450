"""Opening a workbook that came from outside: looked through before it is read, and read without running anything.

Refused: macros, links to other files and data connections, entity declarations, passwords, and archives or sheets that
unpack to far more than any list. Sizes are those the archive declares; more than it declares is never unpacked.
"""

import re
import zipfile
from collections.abc import Iterator
from datetime import date, time, timedelta
from pathlib import Path
from typing import Any

from riskstrat.errors import InputRefused

LARGEST_UNPACKED = 60_000_000
MOST_PARTS = 1_000
MOST_ROWS = 20_000
MOST_COLUMNS = 64
MOST_TAGS = 1_000_000
_BLOCK = 1 << 20
_ACTIVE = ("vbaproject", "macrosheets", "dialogsheets", "activex")
_LINKED = ("externallinks", "embeddings", "connections.xml", "querytables", "xl/model/")
_TEXT = (".xml", ".rels", ".vml")
_COMPOUND_FILE = b"\xd0\xcf\x11\xe0"
"""How a workbook begins that is of the old form or protected by a password: no archive."""


def sheets(path: Path, name: str) -> Iterator[list[tuple[Any, ...]]]:
    """Yield the cells of each sheet, row by row; raises ``InputRefused`` where the workbook cannot be taken."""
    import openpyxl

    _refuse_active_content(path, name)
    try:
        workbook = openpyxl.load_workbook(path, read_only=True, data_only=False, keep_links=False)
        for sheet in workbook.worksheets:
            sheet.reset_dimensions()
            rows = list(sheet.iter_rows(values_only=True, max_row=MOST_ROWS + 1, max_col=MOST_COLUMNS))
            if len(rows) > MOST_ROWS:
                raise InputRefused(f"{name} has more than {MOST_ROWS} rows")
            yield [tuple(_plain(value) for value in row) for row in rows]
    except InputRefused:
        raise
    except Exception as fault:
        # The reader raises many kinds of error for a damaged workbook; none of them is the reader's to explain.
        raise InputRefused(f"{name} cannot be read as a workbook ({type(fault).__name__})", "save it again") from None


LARGEST_NUMBER = 1e15
"""Beyond it, and beyond every NHS number and date, a cell is no number that anybody typed here."""


def _plain(value: Any) -> Any:
    """Return a cell's value; of a formula its text, which is never worked out, and of a number beyond all use too."""
    if isinstance(value, int | float) and not abs(value) < LARGEST_NUMBER:
        return "a number too large"
    if value is None or isinstance(value, str | int | float | date | time | timedelta):
        return value
    return str(getattr(value, "text", None) or "formula")


def _refuse_active_content(path: Path, name: str) -> None:
    with path.open("rb") as opened:
        if opened.read(4) == _COMPOUND_FILE:
            raise InputRefused(
                f"{name} is protected by a password or of the old .xls form", "save it as .xlsx, without a password"
            )
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
            if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > LARGEST_UNPACKED:
                raise InputRefused(
                    f"{name} unpacks to more than {LARGEST_UNPACKED // 1_000_000} MB or {MOST_PARTS} parts"
                )
            tags = sum(_tags_of(name, archive, part) for part in parts)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError):
        raise InputRefused(f"{name} is not a workbook, or is damaged", "save it again as .xlsx") from None
    if tags > MOST_TAGS:
        raise InputRefused(f"{name} has more cells than any list", "send the list back as it came")


def _tags_of(name: str, archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> int:
    """Return how many tags a part has: cells cost far more memory than bytes on disk; refuse what can act."""
    lower = part.filename.lower().replace("\\", "/")
    if any(word in lower for word in _ACTIVE):
        raise InputRefused(f"{name} holds macros", "send the list back as it came, without macros")
    if any(word in lower for word in _LINKED):
        raise InputRefused(f"{name} holds links to other files or to data", "send the list back without them")
    tags, kept = 0, b""
    with archive.open(part) as opened:
        while block := opened.read(_BLOCK):
            text = kept + block
            # A declaration may stand behind any amount of white space, and hides from a search in a wider encoding.
            is_wide = b"\0" in block and lower.endswith(_TEXT)
            if is_wide or b"<!DOCTYPE" in text or b"<!ENTITY" in text:
                raise InputRefused(f"{name} declares entities or is not in UTF-8, which a list never does")
            tags += block.count(b"<")
            kept = text[-8:]
    if lower == "xl/_rels/workbook.xml.rels":
        _refuse_hidden_parts(name, archive.read(part))
    return tags


def _refuse_hidden_parts(name: str, relations: bytes) -> None:
    """Refuse a workbook whose sheets or texts lie in parts that do not say they are text, and were not read as such."""
    targets = re.findall(rb"""Target\s*=\s*["']([^"']*)["']""", relations)
    if not all(target.lower().endswith(b".xml") for target in targets):
        raise InputRefused(f"{name} keeps sheets under names that no spreadsheet program gives them", "save it again")
