"""Figures that an earlier release printed otherwise are marked as revised, with what stood there."""

import json
import shutil
from datetime import date

import polars as pl
import pytest
from openpyxl import load_workbook

from riskstrat.disclosure import Rule
from riskstrat.population import publish
from riskstrat.population.counting.areas import geography
from riskstrat.population.figures.cohorts import SCHEMA
from riskstrat.population.measures.figures import MEASURES_CSV
from riskstrat.population.measures.figures import SCHEMA as MEASURES_SCHEMA
from riskstrat.population.protection.earlier import CSV_NAME, write_areas
from riskstrat.population.report.files import write_tidy
from riskstrat.population.report.revisions import Former
from riskstrat.sheets import write_csv

NOW = date(2026, 11, 1)
RULE = Rule()
NETWORKS = {"A": "U1", "B": "U1", "C": "U2"}


def areas(networks):
    rows = [{"practice_code": code, "pcn_code": network} for code, network in networks.items()]
    return geography(pl.DataFrame(rows), networks, "Board")


def cohort_rows(values):
    """Rows of one cohort's people: ``{(period, area_type, area_code): value}``."""
    rows = [
        (period, kind, code, code, "falls", "people", value, None, None, "*" if value is None else "")
        for (period, kind, code), value in values.items()
    ]
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def measure_rows(values, period):
    """Rows of the board's emergency admissions as known at ``period``: ``{(months, figure): value}``."""
    rows = [
        (period, months, "icb", "board", "Board", "emergency-admissions", figure, value, None, None, "")
        for (months, figure), value in values.items()
    ]
    return pl.DataFrame(rows, schema=MEASURES_SCHEMA, orient="row")


def release(folder, name, values, networks=NETWORKS, rule=RULE, measures=None):
    folder.mkdir()
    write_tidy(folder / CSV_NAME, cohort_rows(values))
    write_areas(folder, areas(networks))
    if measures is not None:
        write_csv(folder / MEASURES_CSV, measure_rows(measures, name.rpartition(".")[0]))
    note = {"suppress_to": rule.suppress_to, "round_to": rule.round_to}
    described = {"dc:identifier": name, "notes": [note]}
    (folder / f"{CSV_NAME}-metadata.json").write_text(json.dumps(described), encoding="utf-8")
    return folder


def revised(folders, values, networks=NETWORKS, successors=None):
    """Return what was printed before of each figure that is revised."""
    marked = Former(folders, areas(networks), successors or {}, RULE).marked(cohort_rows(values))
    return {
        (period, kind, code): was
        for period, kind, code, was in marked.select("period", "area_type", "area_code", "revised_from").iter_rows()
        if was is not None
    }


AUGUST, BOARD, U1, U2 = "2026-08-01", ("icb", "board"), ("pcn", "U1"), ("pcn", "U2")


def board_code():
    return areas(NETWORKS).board.code


def test_a_figure_printed_otherwise_for_the_same_date_is_revised_and_says_what_it_was(tmp_path):
    before = release(tmp_path / "a", "2026-08-01.1", {(AUGUST, *U1): 140, (AUGUST, *U2): 60})
    assert revised([before], {(AUGUST, *U1): 145, (AUGUST, *U2): 60, (str(NOW), *U2): 65}) == {(AUGUST, *U1): 140}


def test_a_board_with_no_earlier_release_revises_nothing(tmp_path):
    assert revised([], {(AUGUST, *U1): 145}) == {}
    assert revised([tmp_path / "withheld"], {(AUGUST, *U1): 145}) == {}


def test_a_star_is_no_figure_and_neither_revises_nor_is_revised(tmp_path):
    before = release(tmp_path / "a", "2026-08-01.1", {(AUGUST, *U1): None, (AUGUST, *U2): 10})
    assert revised([before], {(AUGUST, *U1): 10, (AUGUST, *U2): None}) == {}


def test_of_several_releases_the_latest_counts_in_whatever_order_they_are_given(tmp_path):
    one = release(tmp_path / "a", "2026-08-01.9", {(AUGUST, *U1): 130})
    two = release(tmp_path / "b", "2026-08-01.10", {(AUGUST, *U1): 135})
    three = release(tmp_path / "c", "2026-10-01.1", {(AUGUST, *U2): 60})  # says nothing of U1 in August
    assert revised([three, two, one], {(AUGUST, *U1): 140}) == {(AUGUST, *U1): 135}
    assert revised([one, three, two], {(AUGUST, *U1): 135}) == {}


def test_an_area_is_its_people_and_not_its_code(tmp_path):
    """U1 gave B to U2: neither is what it was; the board is. Where B is taken over by A, U1 is what it was."""
    figures = {(AUGUST, *U1): 140, (AUGUST, *U2): 60, (AUGUST, "icb", board_code()): 200}
    now = {where: value + 5 for where, value in figures.items()}
    before = release(tmp_path / "a", "2026-08-01.1", figures)
    moved = {"A": "U1", "B": "U2", "C": "U2"}
    assert revised([before], now, moved) == {(AUGUST, "icb", board_code()): 200}
    assert revised([before], now, {"A": "U1", "C": "U2"}, {"B": "A"}) == figures


def test_figures_made_by_another_rule_differ_for_that_alone(tmp_path):
    before = release(tmp_path / "a", "2026-08-01.1", {(AUGUST, *U1): 143}, rule=Rule(round_to=1))
    assert revised([before], {(AUGUST, *U1): 145}) == {}


def test_a_month_of_a_measure_is_compared_with_every_release_and_a_rate_of_a_window_with_its_own_date(tmp_path):
    window, month = "2025-09/2026-08", "2026-07"
    printed = {(month, "rate"): 90.0, (month, "process_limits"): 99.0, (window, "rate"): 100.0}
    printed |= {(window, "numerator"): 1800.0, (window, "denominator"): 18000.0}
    code = board_code()
    before = release(tmp_path / "a", "2026-10-01.1", {(AUGUST, "icb", code): 200}, measures=printed)
    now = measure_rows({what: value + 5 for what, value in printed.items()}, "2026-11-01")
    marked = Former([before], areas(NETWORKS), {}, RULE).marked_measures(now.with_columns(area_code=pl.lit(code)))
    found = marked.drop_nulls("revised_from").select("months", "figure", "revised_from").rows()
    assert found == [(month, "rate", 90.0), (window, "numerator", 1800.0)]


@pytest.fixture(scope="module")
def again(board, report, tmp_path_factory):
    """The month made again after a release that printed 5 people fewer in a cohort of August, and another March."""
    root = tmp_path_factory.mktemp("again")
    before = root / "before"
    shutil.copytree(report.folder, before)
    path = before / CSV_NAME
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    place = next(
        n for n, line in enumerate(lines) if line.startswith("2026-08-01,icb,QZZ,Made Board,multimorbidity-2,peo")
    )
    cells = lines[place].split(",")
    was = int(cells[6]) - 5
    lines[place] = ",".join([*cells[:6], str(was), *cells[7:]])
    path.write_text("".join(lines), encoding="utf-8", newline="")
    return publish(board, NOW, "2026-11-01.2", root / "population", previous=[before]).folder, was


def test_the_files_and_the_page_mark_what_is_revised_and_nothing_else(again, report):
    folder, was = again
    marked = pl.read_csv(folder / CSV_NAME, schema_overrides={"revised_from": pl.Float64}).drop_nulls("revised_from")
    assert marked.select("period", "area_type", "cohort", "measure", "revised_from").rows() == [
        ("2026-08-01", "icb", "multimorbidity-2", "people", was)
    ]
    sheet = load_workbook(folder / "population.xlsx")["Trend"]
    said = [cell.value for row in sheet.iter_rows() for cell in row if str(cell.value).startswith("revised: ")]
    assert said == [f"revised: people from {was}"]
    page = (folder / "population.html").read_text(encoding="utf-8")
    assert f'<td class="rs-number">{was + 5:,}</td><td class="rs-number">{was:,}</td>' in page
    assert "1 figure of earlier releases is" in (folder / "summary.html").read_text(encoding="utf-8")
    assert "No figure of this report is." in (report.folder / "population.html").read_text(encoding="utf-8")
    described = json.loads((folder / f"{CSV_NAME}-metadata.json").read_text(encoding="utf-8"))
    assert [column["name"] for column in described["tableSchema"]["columns"]][-1] == "revised_from"
