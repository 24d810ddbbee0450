"""Rows that are put in afterwards are the cells that XlsxWriter would have written."""

import zipfile
from datetime import date

import openpyxl
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riskstrat import long_sheets
from riskstrat.sheets import SheetTable, write_workbook

PLAIN = ['=HYPERLINK("http://x")', "<script>&amp;", "O'Brien  ", "\tTab\nline", "+1", "ž日", ""]
BY_CODE = ["_x0041_", "\x01\x0b\x1f", "a\rb"]


def workbook(path, frame, many_rows, monkeypatch):
    monkeypatch.setattr(long_sheets, "MANY_ROWS", many_rows)
    table = SheetTable(
        "people", "People", frame, notes=("A note.",), choices={"text": ["a", "b"]}, editable=("text",), keep_left=1
    )
    write_workbook(path, title="T", about=["x"], tables=(table,))
    return openpyxl.load_workbook(path)


def table_of(rows):
    schema = {"text": pl.String, "number": pl.Int64, "share": pl.Float64, "day": pl.Date, "is_so": pl.Boolean}
    return pl.DataFrame(rows, schema=schema, orient="row")


def said(book):
    return [
        [(cell.value, cell.data_type, cell.number_format, cell.font.b, cell.protection.locked, cell.border.bottom.style)
         for cell in row]
        for row in book["people"].iter_rows()
    ]  # fmt: skip


ROWS = st.lists(
    st.tuples(
        st.none() | st.sampled_from(PLAIN + BY_CODE) | st.text(max_size=12),
        st.none() | st.integers(-10_000, 10_000),
        st.none() | st.floats(allow_nan=True, width=16),
        st.none() | st.dates(date(1901, 1, 1), date(2100, 1, 1)),
        st.none() | st.booleans(),
    ),
    min_size=2,
    max_size=12,
)


@settings(max_examples=15, deadline=None)
@given(ROWS)
def test_every_cell_is_the_same_either_way(tmp_path_factory, rows):
    folder = tmp_path_factory.mktemp("sheets")
    with pytest.MonkeyPatch.context() as patched:
        by_cell = workbook(folder / "cell.xlsx", table_of(rows), 1000, patched)
        by_column = workbook(folder / "column.xlsx", table_of(rows), 1, patched)
    assert said(by_column) == said(by_cell)
    one, other = by_column["people"], by_cell["people"]
    assert one.dimensions == other.dimensions
    assert [t.ref for t in one.tables.values()] == [t.ref for t in other.tables.values()]
    assert one.freeze_panes == other.freeze_panes == "B4"


def test_a_long_table_holds_no_formula_and_the_same_content_is_the_same_bytes(tmp_path, monkeypatch):
    frame = table_of([(PLAIN[n % len(PLAIN)], n, n / 7, date(2026, 1, 1), n % 2 == 0) for n in range(500)])
    for name in ("one", "two"):
        workbook(tmp_path / f"{name}.xlsx", frame, long_sheets.MANY_ROWS, monkeypatch)
    assert (tmp_path / "one.xlsx").read_bytes() == (tmp_path / "two.xlsx").read_bytes()
    with zipfile.ZipFile(tmp_path / "one.xlsx") as package:
        assert package.testzip() is None
        sheet = package.read("xl/worksheets/sheet2.xml").decode()
    assert sheet.count("<row ") == 3 + 500
    assert "<f>" not in sheet
    assert "<script" not in sheet


@pytest.mark.parametrize("text", BY_CODE)
def test_text_that_is_written_by_code_is_left_to_the_library(text):
    rows = [("plain", n, 0.5, None, None) for n in range(200)]
    assert long_sheets.is_long(table_of(rows))
    assert not long_sheets.is_long(table_of([*rows, (text, 1, 0.5, None, None)]))
