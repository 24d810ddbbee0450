"""Every file that a commissioner is given is one of which somebody has said what protects it."""

import ast
import csv
import json
import math
import shutil
from datetime import date
from pathlib import Path

import openpyxl
import pytest

import riskstrat
from riskstrat.population import publish
from riskstrat.population.figures.cohorts import COUNTS, DERIVED, MEASURE_WORDS
from support.made_board import equity_group, write_board, write_equity

NOW = date(2026, 11, 1)
ATTACKED, ATTACKED_TOO = "population.csv", {"measures.csv", "worklist-equity.csv"}
ROWS_OF_IT = {"attrition.csv", "cohort-sizes.csv", "comparison.csv", "trend.csv"}
FIGURES_OF_IT = {"overlap.csv", "population.html", "population.xlsx", "segments.csv", "summary.html"}
BY_RULES_OF_THEIR_OWN = {"activity-and-cost.csv", "drivers.csv"}
NO_FIGURES = {"areas.csv"}
KNOWN = {ATTACKED} | ATTACKED_TOO | ROWS_OF_IT | FIGURES_OF_IT | BY_RULES_OF_THEIR_OWN | NO_FIGURES


@pytest.fixture(scope="module")
def everything(tmp_path_factory):
    """The folder of a report with everything in it that there can be."""
    root = tmp_path_factory.mktemp("everything")
    board = write_board(root / "board", people=1500, practices=4, contributed=[NOW])
    write_equity(board, NOW, [equity_group("deprivation", "most deprived fifth", 402, 41)])
    folder = publish(board, NOW, "2026-11-01.1", root / "population").folder
    shutil.rmtree(board.root)
    return folder


def test_a_new_file_fails_here_until_somebody_says_what_protects_it(everything):
    tables = {path.name for path in everything.iterdir() if not path.name.endswith("-metadata.json")}
    assert tables == KNOWN


def test_every_csv_is_described_beside_it_column_by_column_and_its_key_is_one(everything):
    for path in everything.glob("*.csv"):
        described = json.loads((everything / f"{path.name}-metadata.json").read_text(encoding="utf-8"))
        with path.open(encoding="utf-8", newline="") as file:
            headings, *rows = csv.reader(file)
        columns = described["tableSchema"]["columns"]
        assert (described["url"], [one["name"] for one in columns]) == (path.name, headings)
        at = [headings.index(name) for name in described["tableSchema"]["primaryKey"]]
        assert rows, path.name
        assert len({tuple(row[n] for n in at) for row in rows}) == len(rows), path.name
        for n, column in enumerate(columns):
            nulls, held = {"", *column.get("null", [])}, {row[n] for row in rows}
            assert not (column["required"] and held & nulls), (path.name, column["name"])
            if column["datatype"] == "number":
                assert all(math.isfinite(float(value)) for value in held - nulls), (path.name, column["name"])


def test_the_document_says_of_each_file_who_reads_it_and_what_protects_it():
    path = Path(__file__).parents[3] / "docs" / "explanation" / "disclosure-control.md"
    text = path.read_text(encoding="utf-8")
    rows = text[text.index("## Every published figure about people") :].split("\n## ")[0]
    for name in KNOWN:
        assert f"{name}`" in rows, name


def test_the_csv_files_of_the_pictures_hold_rows_of_what_is_attacked_and_nothing_else(everything):
    with (everything / ATTACKED).open(encoding="utf-8", newline="") as file:
        attacked = {tuple(row) for row in csv.reader(file)}
    for name in ROWS_OF_IT:
        with (everything / name).open(encoding="utf-8", newline="") as file:
            assert {tuple(row) for row in csv.reader(file)} <= attacked, name


def test_a_measure_counts_people_or_is_declared_to_be_derived():
    assert set(MEASURE_WORDS) == COUNTS | DERIVED
    assert not COUNTS & DERIVED


def test_the_workbook_has_one_table_a_sheet_and_says_nothing_by_colour(everything):
    book = openpyxl.load_workbook(everything / "population.xlsx")
    cover, *sheets = book.worksheets
    assert not cover.tables
    assert len(sheets) > 8
    for sheet in sheets:
        (table,) = sheet.tables.values()
        first = int(table.ref.split(":")[0].removeprefix("A"))
        rules = [rule for area in sheet.conditional_formatting for rule in area.rules]
        assert all(rule.dxf is None or rule.dxf.fill is None for rule in rules), sheet.title
        body = [cell for row in sheet.iter_rows(min_row=first + 1) for cell in row]
        assert {cell.fill.fill_type for cell in body} <= {None}, sheet.title
        columns = [[cell.value for cell in column] for column in zip(*sheet[table.ref], strict=True)]
        assert all(any(column[1:]) for column in columns), f"{sheet.title}: a column without a value"
        if None in {value for column in columns for value in column}:
            notes = [str(sheet.cell(row, 1).value) for row in range(2, first)]
            assert any("mpty" in note for note in notes), f"{sheet.title} does not say what an empty cell is"


RECKON_WITH_THE_RULE = {
    "disclosure/__init__.py": "the rule",
    "impact/counts.py": "how many people a figure of the board stands on",
    "population/protection/remembered.py": "how near two figures of one cohort lie",
}


def test_whoever_reckons_with_the_rule_outside_its_module_fails_here_until_it_is_said_why():
    """Who compares with ``suppress_to`` or ``round_to`` decides by himself what is small; others ask the rule."""
    source = Path(riskstrat.__file__).parent
    found = {
        path.relative_to(source).as_posix()
        for path in source.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Compare | ast.BinOp)
        and any(isinstance(one, ast.Attribute) and one.attr in ("suppress_to", "round_to") for one in ast.walk(node))
    }
    assert found == set(RECKON_WITH_THE_RULE)


LONE_COUNTS = {
    "impact/counts.py": "how many people a figure of the board stands on",
    "modelling/evaluation/beyond.py": "samples, of sizes that the software sets, and people scored at two dates",
    "modelling/evaluation/evaluate.py": "practices or people that draws are made of",
    "modelling/evaluation/listing.py": "places on lists of the whole board, which are shares of it",
    "modelling/evaluation/stability.py": "lists, and people with the outcome, of other index dates than the test's",
    "modelling/monitoring/reference.py": "everyone at the test date whom a version is for, and bins of ten or more",
}
"""Who publishes a count by the rule alone, outside the system of cells: tied to no other that is printed."""


def test_whoever_publishes_a_count_outside_the_one_system_fails_here_until_it_is_said_why():
    source = Path(riskstrat.__file__).parent
    found = {
        path.relative_to(source).as_posix()
        for path in source.rglob("*.py")
        if not path.is_relative_to(source / "disclosure")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom)
        and node.module == "riskstrat.disclosure"
        and "publishable" in {one.name for one in node.names}
    }
    assert found == set(LONE_COUNTS)
