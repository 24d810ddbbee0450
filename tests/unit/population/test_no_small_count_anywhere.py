"""No count of 1 to 7 and no row about a person stands in any file of a report."""

import csv
import re

import openpyxl

from support.published import FILES, Tables

COUNT_HEADINGS = ("People", "Registered", "Counted", "Of", "held by a programme", "in no programme", "all")


def counts_on_the_page(page):
    reader = Tables()
    reader.feed(page)
    for headings, *rows in reader.tables:
        at = [n for n, words in enumerate(headings) if words in COUNT_HEADINGS and (n or words != "People")]
        for row in rows:
            if len(row) == len(headings):
                yield from (row[n] for n in at)


def counts_in_the_workbook(path):
    book = openpyxl.load_workbook(path)
    for sheet in book.worksheets[1:]:
        ref = next(iter(sheet.tables.values())).ref
        headings, *rows = [[cell.value for cell in row] for row in sheet[ref]]
        at = [n for n, words in enumerate(headings) if words in COUNT_HEADINGS]
        for row in rows:
            yield from (row[n] for n in at)


def is_count(row):
    if "figure" in row:
        return row["figure"] in ("numerator", "denominator")
    return row.get("measure", "people") == "people" or row.get("cohort") == "overlap"


def test_no_count_of_one_to_seven_stands_anywhere(report):
    page = (report.folder / "population.html").read_text(encoding="utf-8")
    on_page = list(counts_on_the_page(page))
    in_book = [value for value in counts_in_the_workbook(report.folder / "population.xlsx") if value is not None]
    in_csv = []
    for path in sorted(report.folder.glob("*.csv")):
        with path.open(encoding="utf-8") as file:
            for row in csv.DictReader(file):
                counts = ("value", "people", "registered") if is_count(row) else ()
                in_csv += [row[name] for name in counts if row.get(name)]
    for where in (on_page, in_book, in_csv):
        assert len(where) > 100
        for value in where:
            if value not in ("*", "–"):
                assert int(str(value).replace(",", "")) % 5 == 0


def test_no_row_about_a_person_leaves_the_room(report, board):
    assert {path.name for path in report.folder.iterdir()} == FILES
    with (report.folder / "population.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == [
        "period", "area_type", "area_code", "area_name", "cohort", "measure", "value", "lower", "upper", "note",
        "revised_from",
    ]  # fmt: skip
    keys = [tuple(row[k] for k in ("period", "area_type", "area_code", "cohort", "measure")) for row in rows]
    assert len(set(keys)) == len(keys)
    for path in report.folder.iterdir():
        text = path.read_bytes().decode("utf-8", errors="ignore") if path.suffix != ".xlsx" else text_of(path)
        for word in ("person_id", "nhs_number", "row_key", "birth_date"):
            assert word not in text
        assert not re.search(r"\b9\d{2} ?\d{3} ?\d{4}\b", text)


def text_of(path):
    book = openpyxl.load_workbook(path)
    cells = [str(cell.value) for sheet in book.worksheets for row in sheet.iter_rows() for cell in row]
    return "\n".join(cells)
