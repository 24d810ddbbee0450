"""Files as spreadsheet programs save them and as an attacker makes them: what is read, and what is refused whole."""

import csv
import re
import zipfile
from datetime import date

import openpyxl
import openpyxl.chart
import pytest

from riskstrat.worklists import take_feedback
from riskstrat.worklists.returning.memory import read_records
from riskstrat.worklists.returning.returned import read_returned
from riskstrat.worklists.returning.workbooks import MOST_COLUMNS, MOST_ROWS, sheets
from support.returned_lists import COLUMNS, FILLED, recorded, write_csv, write_xlsx


@pytest.mark.parametrize(
    ("part_name", "content", "says"),
    [
        ("xl/vbaProject.bin", b"x", "holds macros"),
        ("xl/macrosheets/sheet1.xml", b"<x/>", "holds macros"),
        ("xl/connections.xml", b"<x/>", "holds links to other files or to data"),
        ("xl/externalLinks/externalLink1.xml", b"<x/>", "holds links to other files"),
        ("xl/extra.xml", b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "declares entities"),
        (
            "xl/late.xml",
            b"<?xml version='1.0'?>" + b" " * 1_048_570 + b'<!DOCTYPE a [<!ENTITY b "c">]><a/>',
            "entities",
        ),
        ("xl/wide.xml", '<?xml version="1.0"?><!DOCTYPE a><a/>'.encode("utf-16"), "entities or is not in UTF-8"),
        ("xl/worksheets/sheet9.xml", b"<row>" + b"<x:c/>" * 1_100_000 + b"</row>", "more cells than any list"),
        ("xl/big.bin", b"\0" * 61_000_000, "unpacks to more than"),
    ],
)
def test_workbooks_that_can_act_are_refused(published, tmp_path, part_name, content, says):
    workspace, sent = published
    file = write_xlsx(tmp_path / "a.xlsx", sent)
    with zipfile.ZipFile(file, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(part_name, content)
    (refusal,) = take_feedback(workspace, [file]).refused
    assert refusal.row is None
    assert re.search(says, refusal.reason)


def test_cells_far_to_the_right_are_not_read(tmp_path):
    book = openpyxl.Workbook()
    book.active.append(COLUMNS)
    book.active.append(["x"] * len(COLUMNS))
    book.active["XFD2"] = "x"
    book.save(tmp_path / "a.xlsx")
    (row,) = read_returned(tmp_path / "a.xlsx")
    assert row.text("status") == "x"
    assert all(len(cells) <= MOST_COLUMNS for cells in next(sheets(tmp_path / "a.xlsx", "a.xlsx")))


def test_files_that_are_no_list_are_refused(published, tmp_path):
    workspace, sent = published
    (tmp_path / "a.txt").write_text("x", encoding="utf-8")
    (tmp_path / "damaged.xlsx").write_bytes(b"PK\x03\x04 not a workbook")
    (tmp_path / "other.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    (tmp_path / "quote.csv").write_text('a,"b\n1,2\n', encoding="utf-8")
    twice = write_csv(tmp_path / "twice.csv", sent)
    twice.write_text(twice.read_text(encoding="utf-8").replace("name,status", "status,status"), encoding="utf-8")
    for name, says in (
        ("a.txt", "neither .xlsx nor .csv"),
        ("absent.csv", "is not there"),
        ("damaged.xlsx", "not a workbook"),
        ("other.csv", "has no list in it"),
        ("quote.csv", "cannot be read|not a CSV"),
        ("twice.csv", "the column status twice"),
    ):
        (refusal,) = take_feedback(workspace, [tmp_path / name]).refused
        assert re.search(says, refusal.reason), name
        assert refusal.reason.startswith(name)


def test_a_truncated_workbook_is_refused(published, tmp_path):
    workspace, sent = published
    file = write_xlsx(tmp_path / "a.xlsx", sent)
    file.write_bytes(file.read_bytes()[:2000])
    assert take_feedback(workspace, [file]).refused[0].row is None
    assert read_records(workspace).is_empty()


def as_text(path, rows, delimiter=",", encoding="utf-8", first_lines=()):
    """A list as a spreadsheet program saves the sheet "list" of the workbook: its title above it."""
    with path.open("w", newline="", encoding=encoding) as file:
        writer = csv.writer(file, delimiter=delimiter)
        for line in (*first_lines, ["People to review, in order"], ["An empty cell means not known."], COLUMNS):
            writer.writerow(line)
        writer.writerows([row.get(column, "") for column in COLUMNS] for row in rows)
    return path


SAVED = {
    "commas, the sheet's title above": {},
    "semicolons, where the comma is the decimal mark": {"delimiter": ";"},
    "a line that names the delimiter": {"delimiter": ";", "first_lines": (["sep=;"],)},
    "tabs, and two bytes a letter": {"delimiter": "\t", "encoding": "utf-16"},
    "the encoding of Windows": {"encoding": "cp1252"},
    "a mark at the start": {"encoding": "utf-8-sig"},
}


@pytest.mark.parametrize("saved", SAVED)
@pytest.mark.parametrize(
    "days",
    [
        ("20/11/2026", "21/11/2026", "01/02/2027"),
        ("20 Nov 2026", "21-Nov-26", "1 February 2027"),
        ("20.11.26", "21.11.26 00:00", "2027-02-01"),
    ],
)
def test_a_csv_is_read_however_a_spreadsheet_saved_it(published, tmp_path, saved, days):
    workspace, sent = published
    declined, snoozed, until = days
    rows = recorded(
        sent,
        r1={"status": "declined", "status_date": declined, "note": "caf\u00e9; at 5, not 6"},
        r2={"status": "snoozed", "status_date": snoozed, "until": until},
    )
    for row in rows:
        row["nhs_number"] = row["nhs_number"].lstrip("0")
    result = take_feedback(workspace, [as_text(tmp_path / "a.csv", rows, **SAVED[saved])])
    assert (result.rows_read, result.taken, result.refused) == (20, 2, ())
    assert read_records(workspace).select("status_date", "note", "until").rows() == [
        (date(2026, 11, 20), "caf\u00e9; at 5, not 6", None),
        (date(2026, 11, 21), None, date(2027, 2, 1)),
    ]


def test_a_workbook_that_was_worked_with_says_the_same(published, tmp_path):
    """Sorted, filtered with rows hidden, a column put in, one moved, rows left out, sheets added, dates as numbers."""
    workspace, sent = published
    rows = recorded(sent, **FILLED)
    rows[0]["status_date"] = 46346  # 20 November 2026, as a cell shows it that lost its format
    rows[1]["until"] = date(2027, 2, 1)
    rows = sorted(rows, key=lambda row: row["row_key"])[2:] + sorted(rows, key=lambda row: row["row_key"])[:2]
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "my copy"
    columns = ["seen by", *COLUMNS[::-1], ""]
    sheet.append(columns)
    for row in rows:
        sheet.append([row.get(column) for column in columns])
        sheet.row_dimensions[sheet.max_row].hidden = row["status"] == "declined"
    sheet.auto_filter.ref = sheet.dimensions
    sheet.append([])
    sheet.append(["checked by Anne on Friday"])
    sheet["A2"].hyperlink = "mailto:someone@example.org"
    book.create_sheet("totals")["A1"] = "=COUNTA(C:C)"
    chart = openpyxl.chart.BarChart()
    chart.add_data(openpyxl.chart.Reference(sheet, min_col=1, min_row=1, max_row=3))
    book.create_chartsheet("picture").add_chart(chart)
    book.save(tmp_path / "Z00001 (2) final.xlsx")
    result = take_feedback(workspace, [tmp_path / "Z00001 (2) final.xlsx"])
    assert (result.rows_read, result.taken, result.blank, result.refused) == (20, 3, 17, ())
    assert take_feedback(workspace, [write_csv(tmp_path / "a.csv", recorded(sent, **FILLED))]).unchanged == 3


def test_a_row_that_lost_its_keys_is_refused_only_where_something_is_recorded_in_it(published, tmp_path):
    workspace, sent = published
    lost = {"release": "", "practice_code": "", "row_key": "", "nhs_number": ""}
    rows = [*recorded(sent, **FILLED), lost | {"name": "a remark"}, lost | {"status": "declined"}]
    result = take_feedback(workspace, [write_xlsx(tmp_path / "a.xlsx", rows)])
    assert [refusal.row for refusal in result.refused] == [25]
    assert result.taken == 3


def test_formulas_are_text_and_never_worked_out(published, tmp_path):
    workspace, sent = published
    rows = recorded(sent, r1={"status": "declined", "note": "=1+1"}, r2={"status": "=A1"})
    book = openpyxl.load_workbook(write_xlsx(tmp_path / "a.xlsx", rows))
    sheet = book["list"]
    sheet["G6"] = openpyxl.worksheet.formula.ArrayFormula("G6", "=SUM(A1:A2)")
    sheet["D6"] = "not suitable"
    book.save(tmp_path / "a.xlsx")
    result = take_feedback(workspace, [tmp_path / "a.xlsx"])
    assert [refusal.row for refusal in result.refused] == [5]
    assert read_records(workspace)["note"].to_list() == ["=1+1", "=SUM(A1:A2)"]


def test_what_is_protected_says_so(tmp_path, published):
    (tmp_path / "a.xlsx").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600)
    (refusal,) = take_feedback(published[0], [tmp_path / "a.xlsx"]).refused
    assert "protected by a password" in refusal.reason
    assert "without a password" in refusal.as_text()


def test_a_sheet_kept_where_nobody_looks_is_refused(published, tmp_path):
    workspace, sent = published
    file = write_xlsx(tmp_path / "a.xlsx", recorded(sent, **FILLED))
    with zipfile.ZipFile(file) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    moved = {
        name.replace("sheet2.xml", "sheet2.bin"): content.replace(b"sheet2.xml", b"sheet2.bin")
        for name, content in parts.items()
    }
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in moved.items():
            archive.writestr(name, content)
    assert "under names that no spreadsheet program" in take_feedback(workspace, [file]).refused[0].reason


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_more_rows_than_any_list_are_refused(published, tmp_path, kind):
    rows = [{"status": "declined"}] * (MOST_ROWS + 1)
    write = write_csv if kind == "csv" else write_xlsx
    (refusal,) = take_feedback(published[0], [write(tmp_path / f"a.{kind}", rows)]).refused
    assert f"more than {MOST_ROWS} rows" in refusal.reason


def test_a_file_of_more_than_ten_megabytes_is_not_opened(published, tmp_path):
    with (tmp_path / "a.xlsx").open("wb") as file:
        file.truncate(10_000_001)
    assert "larger than 10 MB" in take_feedback(published[0], [tmp_path / "a.xlsx"]).refused[0].reason
