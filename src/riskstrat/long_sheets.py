"""The rows of long tables, put into a workbook after it was written.

XlsxWriter takes a cell at a time: right for most sheets, and most of the cost of a board's worklists, whose "not shown"
sheets have a million cells. It writes everything but the rows after the first of a long table; these are written here,
column by column, in the same form (SpreadsheetML, ECMA-376: typed cells, text as inline strings, never a formula) and
with the styles of that first row.
"""

import io
import re
import zipfile
from collections.abc import Mapping
from datetime import date
from typing import Final

import polars as pl

MANY_ROWS: Final = 100
"""Rows from which a table is long."""

_EPOCH: Final = date(1899, 12, 30)
"""Day nought of a sheet, for days from March 1900 on: before, spreadsheets count a leap day that never was."""

_ESCAPED: Final = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_BY_CODE: Final = r"[\x00-\x08\x0b-\x1f\x{FFFE}\x{FFFF}]|_x[0-9a-fA-F]{4}_"
"""Characters that are written by their code, and text that looks so: readers of inline strings differ on them."""

_CELL: Final = re.compile(r'<c r="([A-Z]+)\d+" s="(\d+)"')


def is_long(cells: pl.DataFrame) -> bool:
    """Whether a table's rows can and should be put in afterwards: many, and all text as it stands."""
    text = cells.select(pl.col(pl.String).str.contains(_BY_CODE).any())
    return cells.height > MANY_ROWS and not any(text.row(0))


def with_rows(workbook: bytes, added: Mapping[int, tuple[int, pl.DataFrame]]) -> bytes:
    """Return the workbook with rows added to sheets, by the sheet's number (the first is 1).

    For each sheet: the number of the row whose styles they take (the last one written), and a frame of typed cells with
    a column for each of its cells: text, numbers or dates.
    """
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook)) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        for item in old.infolist():
            number = re.fullmatch(r"xl/worksheets/sheet(\d+)\.xml", item.filename)
            content = old.read(item)
            if number and int(number[1]) in added:
                content = _filled(content.decode(), *added[int(number[1])]).encode()
            new.writestr(item, content, zipfile.ZIP_DEFLATED)
    return made.getvalue()


def _filled(sheet: str, like: int, rows: pl.DataFrame) -> str:
    start = sheet.index(f'<row r="{like}"')
    end = sheet.index("</sheetData>")
    cells = _CELL.findall(sheet, start, end)
    if len(cells) != rows.width:
        raise ValueError(f"row {like} has {len(cells)} cells with a style and the table {rows.width} columns")
    numbered = rows.with_row_index("row number", offset=like + 1)
    written = numbered.select(
        pl.concat_str(
            pl.format('<row r="{}">', pl.col("row number")),
            *(
                _cell(pl.col(name), kind, letter, style)
                for (name, kind), (letter, style) in zip(rows.schema.items(), cells, strict=True)
            ),
            pl.lit("</row>"),
        ).str.join("")
    ).item()
    last = f'<dimension ref="A1:{cells[-1][0]}{like + rows.height}"/>'
    return re.sub(r'<dimension ref="[^"]*"/>', last, f"{sheet[:end]}{written}{sheet[end:]}", count=1)


def _cell(value: pl.Expr, kind: pl.DataType, letter: str, style: str) -> pl.Expr:
    head = f'<c r="{letter}{{}}" s="{style}"'
    row = pl.col("row number")
    if kind == pl.String:
        text = value.str.replace_many(_ESCAPED)
        full = pl.format(f'{head} t="inlineStr"><is><t xml:space="preserve">{{}}</t></is></c>', row, text)
    elif kind == pl.Date:
        full = pl.format(f"{head}><v>{{}}</v></c>", row, (value - pl.lit(_EPOCH)).dt.total_days())
    else:
        full = pl.format(f"{head}><v>{{}}</v></c>", row, value)
    return pl.when(value.is_null()).then(pl.format(f"{head}/>", row)).otherwise(full)
