"""Bad input to the report: what is said, with which code the command ends, and the report that still comes out."""

import csv
import shutil
from dataclasses import replace
from datetime import date

import openpyxl
import polars as pl
import pytest

from riskstrat.errors import UsageFault
from riskstrat.intake.catalogue import table_file
from riskstrat.population import publish
from riskstrat.population.counted import count
from riskstrat.population.counting.areas import geography
from riskstrat.population.counting.cohorts import read_cohorts, read_practices
from riskstrat.project import resource
from riskstrat.rules import definitions
from support.commands import run_riskstrat
from support.made_board import write_board

NOW, BEFORE = date(2026, 11, 1), date(2026, 8, 1)
FORMULA = "=cmd|'/c calc'!A1<script>alert(1)</script>"
COHORT = """[[cohort]]
id         = "{id}"
title      = "A cohort of {id}"
theme      = "Ours"
definition = "Whoever meets it"
who        = "{who}"
needs      = {needs}
evidence   = "none: a test"
version    = 1
"""


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """Three practices of 200 people, of one of which nobody may be counted, and one practice of nobody."""
    third = [n + 1 for n in range(600) if n % 3 == 2]
    workspace = write_board(
        tmp_path_factory.mktemp("wrong") / "board",
        people=600,
        practices=3,
        scored=(),
        index_dates=(BEFORE, NOW),
        opted_out=third,
    )
    path = table_file(workspace, "practice", 1)
    held = pl.read_parquet(path)
    empty = held.head(1).with_columns(practice_code=pl.lit("Z00099"), practice_name=pl.lit("Nobody's practice"))
    pl.concat([held, empty]).write_parquet(path)
    return workspace


@pytest.fixture(scope="module")
def odd(small, tmp_path_factory):
    """The report of that board with two odd cohorts, and without admissions in August; its folder and its figures."""
    root = tmp_path_factory.mktemp("odd")
    shutil.copytree(resource("sql/rules"), root / "rules")
    blocks = [
        COHORT.format(id="drifting", who="efi_years_since_falls <= 2", needs='["gp_event"]'),
        COHORT.format(id="nobody", who="age > 150", needs="[]"),
        COHORT.format(id="ours", who="age >= 60", needs="[]").replace("A cohort of ours", FORMULA),
    ]
    (root / "rules" / "ours.toml").write_text("\n".join(blocks), encoding="utf-8")
    path = small.part("sources", BEFORE)
    absent = pl.col("table_name") == "apc_episode"
    pl.read_parquet(path).with_columns(is_present=pl.col("is_present") & ~absent).write_parquet(path)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(definitions, "resource", lambda name: root / "rules" if name == "sql/rules" else resource(name))
        definitions._shipped.cache_clear()
        result = publish(small, NOW, "r", root / "out")
    definitions._shipped.cache_clear()
    assert result.withheld_because is None
    return result.folder, pl.read_csv(result.folder / "population.csv", infer_schema=False)


def test_an_unknown_kind_of_area_ends_the_command_with_what_to_choose(small):
    done = run_riskstrat(small.root, "cohorts", "--by", "ward", "--index-date", str(NOW))
    assert done.returncode == 2
    assert "ward" in done.stderr
    assert "practice, pcn, place, icb" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_column_that_no_snapshot_has_is_refused_with_file_line_and_the_nearest_name(tmp_path):
    block = COHORT.format(id="falls", who="fals_admissions_365d >= 1", needs="[]")
    (tmp_path / "ours.toml").write_text(block, encoding="utf-8")
    with pytest.raises(UsageFault) as fault:
        definitions.read_rules("cohort", folder=tmp_path)
    assert "ours.toml, line 6" in str(fault.value)
    assert "falls_admissions_365d" in "\n".join([str(fault.value), *fault.value.help_lines])


def test_a_column_that_this_snapshot_lacks_leaves_one_cohort_without_a_figure(odd):
    folder, frame = odd
    rows = frame.filter(pl.col("cohort") == "drifting")
    assert set(rows["note"]) == {"no figure: the snapshot has no column efi_years_since_falls"}
    assert "A cohort of drifting: the snapshot has no column" in (folder / "population.html").read_text(
        encoding="utf-8"
    )
    assert frame.filter((pl.col("cohort") == "diabetes") & (pl.col("area_type") == "icb"))["value"].null_count() == 0


def test_a_cohort_of_nobody_is_zero_and_not_missing(odd):
    folder, frame = odd
    people = frame.filter((pl.col("cohort") == "nobody") & (pl.col("measure") == "people"))
    assert people.height > 4
    assert set(people["value"]) == {"0"}
    assert "A cohort of nobody" in (folder / "population.html").read_text(encoding="utf-8")


def test_a_title_of_markup_or_a_formula_stays_words(odd):
    """A spreadsheet would run it, and a browser too."""
    folder, _ = odd
    page = (folder / "population.html").read_text(encoding="utf-8")
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page
    found = set()
    for sheet in openpyxl.load_workbook(folder / "population.xlsx"):
        found |= {
            (cell.value, cell.data_type) for row in sheet.iter_rows() for cell in row if FORMULA in str(cell.value)
        }
    assert found
    assert {kind for _, kind in found} == {"s"}
    for path in folder.glob("*.csv"):
        with path.open(encoding="utf-8") as file:
            assert not [cell for row in csv.reader(file) for cell in row if cell.startswith(("=", "+", "@"))], path.name


def test_a_practice_of_nobody_is_no_area_and_stops_nothing(odd):
    _, frame = odd
    assert set(frame.filter(pl.col("area_type") == "practice")["area_code"]) == {"Z00001", "Z00002"}


def test_a_feed_that_one_month_lacks_leaves_that_month_without_a_figure(odd):
    _, frame = odd
    own = frame.filter(pl.col("cohort").is_in(["emergency-admissions-3", "segment-generally-well"]))
    people = own.filter((pl.col("measure") == "people") & (pl.col("area_type") == "icb"))
    assert people.height == 4
    for row in people.iter_rows(named=True):
        if row["period"] == str(BEFORE):
            assert row["note"] == "no figure: needs apc_episode, which is not held"
        else:
            assert row["value"] is not None or row["note"] == "*"


def test_a_board_of_whom_nobody_may_be_counted_gets_a_report_of_noughts(tmp_path):
    workspace = write_board(tmp_path / "b", people=60, practices=2, scored=(), index_dates=(NOW,), opted_out=range(61))
    result = publish(workspace, NOW, "r", tmp_path / "out")
    assert result.withheld_because is None
    frame = pl.read_csv(result.folder / "population.csv", infer_schema=False)
    people = frame.filter((pl.col("measure") == "people") & ~pl.col("cohort").is_in(["left-out", "attrition"]))
    assert {(area, value) for area, value in people.select("area_type", "value").iter_rows() if value} == {("icb", "0")}
    rates = pl.read_csv(result.folder / "measures.csv", infer_schema=False).filter(pl.col("figure") == "rate")
    assert set(rates["value"]) <= {None, ""}


def test_a_practice_moved_between_networks_by_mistake_and_back_is_counted_where_it_is(tmp_path):
    """The network that only the mistaken release printed is a cell of protection, and an area of nothing else."""
    workspace = write_board(tmp_path / "b", people=160, practices=4, scored=(), index_dates=(NOW,))
    path = table_file(workspace, "practice", 1)
    right = pl.read_parquet(path)
    is_moved = pl.col("practice_code") == "Z00001"
    wrong = pl.when(is_moved).then(pl.lit("U00001")).otherwise("pcn_code").alias("pcn_code")
    right.with_columns(wrong).write_parquet(path)
    first = publish(workspace, NOW, "1", tmp_path / "1")
    right.write_parquet(path)
    second = publish(workspace, NOW, "2", tmp_path / "2", previous=(first.folder,))
    assert second.withheld_because is None
    areas = pl.read_csv(second.folder / "areas.csv", infer_schema=False)
    networks = pl.read_csv(second.folder / "population.csv", infer_schema=False).filter(pl.col("area_type") == "pcn")
    assert set(networks["area_code"]) == {"U00000", "U00001"}
    assert set(areas["area_code"]) == {"QZZ", "P0", "U00000", "U00001", *right["practice_code"]}


@pytest.mark.parametrize(
    ("change", "area", "found"),
    [
        ({"pcn_code": None, "place_code": None}, ("practice", "Z00001"), "in no network"),
        ({"place_code": "P9", "place_name": "Elsewhere"}, ("pcn", "U00000"), "network across two places"),
        ({"practice_code": " z00001 "}, ("practice", "Z00001"), "a code that is not the registrations'"),
        ({"practice_name": "Practice B"}, ("practice", "Z00001"), "two practices of one name"),
    ],
)
def test_whatever_the_practices_table_says_areas_are_nested_and_hold_everybody_once(small, change, area, found):
    practices = read_practices(small)
    is_first = pl.col("practice_code") == "Z00001"
    practices = practices.with_columns(
        pl.when(is_first).then(pl.lit(value, pl.String)).otherwise(name).alias(name) for name, value in change.items()
    )
    areas = geography(practices, ["Z00001", "Z00002", "Z00003"], "Board")
    own = {one.key: one for one in areas.areas}
    assert f"{area[0]}:{area[1]}" in own, found
    assert len({one.name for one in areas.areas}) == len(areas.areas)
    for whole, parts in areas.parts.items():
        assert sorted(code for part in parts for code in own[part].practices) == sorted(own[whole].practices)


def test_markup_and_formulas_in_names_are_inert_on_paper_in_csv_and_in_the_workbook(tmp_path):
    workspace = write_board(tmp_path / "b", people=160, practices=2, scored=(), index_dates=(NOW,))
    path = table_file(workspace, "practice", 1)
    names = {
        "practice_name": "<script>alert(1)</script>",
        "pcn_name": "=cmd|' /C calc'!A0",
        "place_name": "@SUM(1)\"'><img src=x onerror=alert(1)>",
    }
    pl.read_parquet(path).with_columns(pl.lit(value).alias(name) for name, value in names.items()).write_parquet(path)
    folder = publish(workspace, NOW, "r", tmp_path / "out").folder
    page = (folder / "population.html").read_text(encoding="utf-8")
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    for file in folder.glob("*.csv"):
        with file.open(encoding="utf-8", newline="") as lines:
            assert not [cell for row in csv.reader(lines) for cell in row if cell.startswith(("=", "@"))], file.name
    for sheet in openpyxl.load_workbook(folder / "population.xlsx"):
        assert not [cell for row in sheet.iter_rows() for cell in row if cell.data_type == "f"], sheet.title


@pytest.mark.parametrize(
    "taken",
    ["registered", "registered-65", "left-out", "attrition", "combination", "group", "structured-medication-reviews"],
)
def test_a_cohort_may_not_be_called_as_another_table_is(taken, board, monkeypatch):
    named = (replace(read_cohorts()[0], id=taken), *read_cohorts()[1:])
    monkeypatch.setattr("riskstrat.population.counted.read_cohorts", lambda: named)
    with pytest.raises(UsageFault, match=f"'{taken}'.*is called so"):
        count(board, (BEFORE, NOW), [])
