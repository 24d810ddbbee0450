"""Spreadsheets and CSV files, read back with another library than wrote them."""

import csv
from datetime import date, datetime

import openpyxl
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskstrat.pages import INTENDED_USE
from riskstrat.sheets import SheetTable, guarded, unguarded, write_csv, write_workbook

HOSTILE = ['=HYPERLINK("http://x")', "+1", "-1", "@a", "\tx", "http://example.org", "007", "1e5", "O'Brien", "Zoë"]
FRAME = pl.DataFrame(
    {
        "name": HOSTILE,
        "born": [date(1931, 2, 28), *[None] * 9],
        "age": [95, *range(9)],
        "share": [0.25, float("nan"), *[0.5] * 8],
        "status": [None] * 10,
        "seen": [True, False, *[None] * 8],
    },
    schema_overrides={"status": pl.String},
)
TABLE = SheetTable(
    "list",
    "People",
    FRAME,
    notes=("Two notes,", "one a row."),
    headings={"name": "Name"},
    choices={"status": ["to review", "declined"]},
    editable={"status"},
)


@pytest.fixture
def book(tmp_path):
    write_workbook(tmp_path / "a.xlsx", title="Title", about=["About it."], tables=[TABLE])
    return openpyxl.load_workbook(tmp_path / "a.xlsx")


def test_the_cover_comes_first_and_says_what_the_workbook_is_for(book):
    cover = book.worksheets[0]
    assert (book.sheetnames, book.active.title) == (["Cover", "list"], "Cover")
    lines = [row[0].value for row in cover.iter_rows()]
    assert lines[:3] == ["Title", "About it.", INTENDED_USE]


def test_one_table_a_sheet_with_its_title_in_a1_and_nothing_merged(book):
    sheet = book["list"]
    assert sheet["A1"].value == "People"
    assert [table.ref for table in sheet.tables.values()] == ["A4:F14"]
    assert not sheet.merged_cells.ranges
    assert [cell.value for cell in sheet[4]] == ["Name", "born", "age", "share", "status", "seen"]
    assert sheet.freeze_panes == "A5"
    assert sheet.print_title_rows == "$4:$4"
    assert sheet.page_setup.orientation == "landscape"
    assert {cell.font.name for row in sheet.iter_rows() for cell in row if cell.value} == {"Arial"}


def test_text_stays_text_whatever_it_looks_like(book):
    cells = [row[0] for row in book["list"].iter_rows(min_row=5)]
    assert [cell.value for cell in cells] == HOSTILE
    assert {cell.data_type for cell in cells} == {"s"}
    assert not any(cell.hyperlink for cell in cells)


def test_numbers_and_dates_are_typed_and_unknown_is_empty(book):
    sheet = book["list"]
    assert sheet["B5"].value == datetime(1931, 2, 28)  # noqa: DTZ001
    assert (sheet["C5"].value, sheet["D5"].value, sheet["D6"].value) == (95, 0.25, None)
    assert (sheet["F5"].value, sheet["F6"].value, sheet["F7"].value) == ("yes", "no", None)


def test_only_the_columns_to_write_in_are_open_and_offer_their_words(book):
    sheet = book["list"]
    assert sheet.protection.sheet
    assert not sheet.protection.password
    assert {cell.column_letter for cell in sheet[5] if not cell.protection.locked} == {"E"}
    (offer,) = sheet.data_validations.dataValidation
    assert (str(offer.sqref), offer.formula1) == ("E5:E14", '"to review,declined"')


def test_every_cell_wraps_from_the_top_and_every_row_ends_in_a_line(book):
    sheet = book["list"]
    below = [cell for row in sheet.iter_rows(min_row=5) for cell in row]
    assert {(c.alignment.vertical, c.alignment.wrap_text) for c in below if c.value is not None} == {("top", True)}
    lined = {str(area.sqref): area.rules[0].dxf.border.bottom.style for area in sheet.conditional_formatting}
    assert lined == {f"{column}5:{column}14": "thin" for column in "ABCDF"}
    assert {cell.border.bottom.style for cell in below if cell.column_letter == "E"} == {"thin"}


def test_the_cover_leads_to_every_sheet(book):
    cover = book["Cover"]
    links = [cell for row in cover.iter_rows() for cell in row if cell.hyperlink]
    assert [(cell.value, cell.hyperlink.location) for cell in links] == [("Sheet list: People", "'list'!A1")]


def test_what_an_empty_cell_means_is_said_where_there_is_one(tmp_path):
    said = "Empty: not known."
    full, holed = pl.DataFrame({"a": ["x"], "b": [1.0]}), pl.DataFrame({"a": ["x", "y"], "b": [1.0, float("nan")]})
    tables = [SheetTable("full", "T", full, empty_means=said), SheetTable("holed", "T", holed, empty_means=said)]
    write_workbook(tmp_path / "a.xlsx", title="T", about=[], tables=tables)
    book = openpyxl.load_workbook(tmp_path / "a.xlsx")
    assert (book["full"]["A2"].value, book["holed"]["A2"].value) == ("a", said)


def test_columns_without_a_value_can_be_left_out_and_a_table_without_rows_keeps_them():
    frame = pl.DataFrame({"a": ["x"], "b": [""], "c": [float("nan")], "d": [None]}, schema_overrides={"d": pl.Int64})
    of_all = dict.fromkeys("abcd", "0")
    table = SheetTable("s", "T", frame, headings={"b": "B"}, number_formats=of_all, choices={"d": ["1"]})
    left = table.without_empty_columns()
    assert (left.frame.columns, left.headings, left.number_formats, left.choices) == (["a"], {}, {"a": "0"}, {})
    assert SheetTable("s", "T", frame.clear()).without_empty_columns().frame.width == 4


def test_the_same_content_gives_the_same_bytes(tmp_path):
    for name in ("a.xlsx", "b.xlsx"):
        write_workbook(tmp_path / name, title="Title", about=[], tables=[TABLE])
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()


def test_a_table_without_rows_says_none(tmp_path):
    write_workbook(tmp_path / "a.xlsx", title="T", about=[], tables=[SheetTable("list", "L", FRAME.clear())])
    assert openpyxl.load_workbook(tmp_path / "a.xlsx")["list"]["A3"].value == "none"


def test_text_longer_than_a_cell_is_cut_and_not_lost(tmp_path):
    long = pl.DataFrame({"text": ["x" * 40_000]})
    write_workbook(tmp_path / "a.xlsx", title="T", about=[], tables=[SheetTable("list", "L", long)])
    kept = openpyxl.load_workbook(tmp_path / "a.xlsx")["list"]["A3"].value
    assert (len(kept), kept[-1]) == (32_767, "…")


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "a" * 31},
        {"name": "a/b"},
        {"headings": {"name": "age"}},
        {"editable": {"nobody"}},
        {"choices": {"status": ["a" * 256]}},
    ],
)
def test_a_sheet_that_a_program_would_mend_is_refused(wrong):
    with pytest.raises(ValueError, match=r"sheet|tab"):
        SheetTable(**{"name": "list", "title": "L", "frame": FRAME, **wrong})


def test_two_sheets_of_one_name_are_refused(tmp_path):
    with pytest.raises(ValueError, match="same name"):
        write_workbook(tmp_path / "a.xlsx", title="T", about=[], tables=[TABLE, TABLE])


def test_a_csv_guards_its_text_and_leaves_numbers_and_dates(tmp_path):
    write_csv(tmp_path / "a.csv", FRAME.with_columns(less=pl.lit(-1)))
    raw = (tmp_path / "a.csv").read_bytes()
    assert raw.count(b"\r\n") == 11
    rows = list(csv.DictReader(raw.decode("utf-8").splitlines()))
    assert [row["name"] for row in rows] == [guarded(text) for text in HOSTILE]
    assert [row["name"][0] for row in rows[:5]] == ["'"] * 5
    assert (rows[0]["born"], rows[0]["less"], rows[1]["born"]) == ("1931-02-28", "-1", "")


@given(st.text())
def test_a_guarded_text_comes_back_unchanged_and_never_starts_a_formula(text):
    assert unguarded(guarded(text)) == text
    assert not guarded(text).startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
