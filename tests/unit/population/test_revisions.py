"""Figures that an earlier release printed otherwise are marked as revised, with what stood there."""

import json
import shutil
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from openpyxl import load_workbook

from riskstrat.disclosure import Rule
from riskstrat.errors import IntegrityFault
from riskstrat.population import publish
from riskstrat.population.counting.areas import geography
from riskstrat.population.figures.amounts import AMOUNTS_CSV
from riskstrat.population.figures.amounts import FIGURE_WORDS as AMOUNT_WORDS
from riskstrat.population.figures.amounts import SCHEMA as AMOUNTS_SCHEMA
from riskstrat.population.figures.cohorts import MEASURE_WORDS, SCHEMA
from riskstrat.population.measures.figures import FIGURE_WORDS, MEASURES_CSV
from riskstrat.population.measures.figures import SCHEMA as MEASURES_SCHEMA
from riskstrat.population.protection.earlier import CSV_NAME, is_held, write_areas
from riskstrat.population.report.files import write_tidy
from riskstrat.population.report.revisions import Former
from riskstrat.sheets import write_csv

NOW = date(2026, 11, 1)
RULE = Rule()
METHODS = {f"figure {name}": said for name, said in {**FIGURE_WORDS, **AMOUNT_WORDS}.items()}
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


def release(folder, name, values, networks=NETWORKS, rule=RULE, measures=None, methods=None):
    folder.mkdir()
    write_tidy(folder / CSV_NAME, cohort_rows(values))
    write_areas(folder, areas(networks))
    if measures is not None:
        write_csv(folder / MEASURES_CSV, measure_rows(measures, name.rpartition(".")[0]))
    note = {"about": "disclosure control", "suppress_to": rule.suppress_to, "round_to": rule.round_to}
    words = {**{f"measure {name}": said for name, said in MEASURE_WORDS.items()}, **METHODS, **(methods or {})}
    described = {"dc:identifier": name, "notes": [note, *({"about": k, "text": v} for k, v in words.items())]}
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


def test_limits_are_drawn_anew_by_every_release_and_are_no_revised_figures(tmp_path):
    window, code = "2025-09/2026-08", board_code()
    printed = {(window, "rate"): 100.0, (window, "funnel_95"): 99.0, (window, "funnel_998"): 98.0}
    before = release(tmp_path / "a", "2026-11-01.1", {(AUGUST, "icb", code): 200}, measures=printed)
    now = measure_rows({what: value + 5 for what, value in printed.items()}, "2026-11-01")
    marked = Former([before], areas(NETWORKS), {}, RULE).marked_measures(now.with_columns(area_code=pl.lit(code)))
    assert marked.drop_nulls("revised_from")["figure"].to_list() == ["rate"]


def rate_rows(values, kind):
    rows = [(AUGUST, "pcn", code, code, "falls", kind, value, None, None, "") for code, value in values.items()]
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


@pytest.mark.parametrize("kind", ["rate_per_1000", "standardised_rate_per_1000"])
def test_a_rate_is_compared_only_with_releases_that_describe_its_method_in_todays_words(tmp_path, kind):
    same = release(tmp_path / "a", "2026-08-01.1", {(AUGUST, *U1): 140})
    other = release(tmp_path / "b", "2026-09-01.1", {(AUGUST, *U1): 135}, methods={f"measure {kind}": "As it was"})
    for folder, value in ((same, 14.1), (other, 14.7)):
        frames = [cohort_rows({(AUGUST, *U1): 140 if folder == same else 135}), rate_rows({"U1": value}, kind)]
        write_tidy(folder / CSV_NAME, pl.concat(frames))
    now = pl.concat([rate_rows({"U1": 15.2}, kind), cohort_rows({(AUGUST, *U1): 150})])
    marked = Former([other, same], areas(NETWORKS), {}, RULE).marked(now)
    assert marked.select("measure", "revised_from").rows() == [(kind, 14.1), ("people", 135.0)]
    (same / f"{CSV_NAME}-metadata.json").unlink()  # which says nothing of its methods
    assert Former([same], areas(NETWORKS), {}, RULE).marked(now)["revised_from"].to_list() == [None, 140.0]


def test_standardised_measures_are_compared_only_where_their_method_is_the_same(tmp_path):
    window, code = "2025-09/2026-08", board_code()
    printed = {(window, "standardised_rate"): 100.0, (window, "numerator"): 1800.0}
    where = {(AUGUST, "icb", code): 200}
    same = release(tmp_path / "a", "2026-11-01.1", where, measures=printed)
    other = {"figure standardised_rate": "Directly age-standardised, of the exact count"}
    before = release(tmp_path / "b", "2026-11-01.1", where, measures=printed, methods=other)
    now = measure_rows({what: value + 5 for what, value in printed.items()}, "2026-11-01")
    now = now.with_columns(area_code=pl.lit(code))
    found = [
        Former([one], areas(NETWORKS), {}, RULE).marked_measures(now)["revised_from"].to_list()
        for one in (same, before)
    ]
    assert found == [[100.0, 1800.0], [None, 1800.0]]


def test_totals_and_means_are_revised_by_area_and_segment(tmp_path):
    groups = [("icb", board_code()), ("pcn", "U1"), ("segment", "dying")]

    def figures(more):
        rows = [
            (AUGUST, kind, code, code, "ae-cost", figure, value + more, None, None, "")
            for kind, code in groups
            for figure, value in (("total", 9000.0), ("mean", 4.5))
        ]
        return pl.DataFrame(rows, schema=AMOUNTS_SCHEMA, orient="row")

    before = release(tmp_path / "a", "2026-08-01.1", {(AUGUST, *U1): 140})
    write_csv(before / AMOUNTS_CSV, figures(0))
    former = Former([before], areas({**NETWORKS, "B": "U2"}), {}, RULE)
    marked = former.marked_amounts(figures(0.01))
    assert marked.drop_nulls("revised_from").select("group_type", "figure", "revised_from").rows() == [
        (kind, figure, value) for kind in ("icb", "segment") for figure, value in (("total", 9000.0), ("mean", 4.5))
    ]
    assert former.marked_amounts(figures(0))["revised_from"].null_count() == 6


@pytest.mark.parametrize(
    ("name", "damage"),
    [
        (CSV_NAME, lambda held: b""),
        (CSV_NAME, lambda held: held[: len(held) - 9]),
        (CSV_NAME, lambda held: held[: held.rindex(b",falls")] + b"\r\n"),
        (CSV_NAME, lambda held: held.decode().replace("falls", "f\u00e4lls").encode("latin-1")),
        (CSV_NAME, lambda held: held.decode().encode("utf-16")),
        (CSV_NAME, lambda held: held.replace(b"140", b"NaN")),
        (CSV_NAME, lambda held: held.replace(b"140", b"many")),
        ("areas.csv", lambda held: held.replace(b"practice_code", b"practice")),
        ("areas.csv", lambda held: b""),
        (f"{CSV_NAME}-metadata.json", lambda held: held[:-5]),
        (f"{CSV_NAME}-metadata.json", lambda held: b"[]"),
        (f"{CSV_NAME}-metadata.json", lambda held: held.replace(b'"notes"', b'"said"')),
    ],
)
def test_an_earlier_release_that_is_damaged_is_named_with_the_file_and_what_to_do(tmp_path, name, damage):
    folder = release(tmp_path / "2026-08-01.1", "2026-08-01.1", {(AUGUST, *U1): 140})
    folder = folder.rename(folder.with_name("population"))
    held = (folder / name).read_bytes()
    assert damage(held) != held
    (folder / name).write_bytes(damage(held))
    with pytest.raises(IntegrityFault) as fault:
        Former([folder], areas(NETWORKS), {}, RULE).marked(cohort_rows({(AUGUST, *U1): 145}))
    assert str(fault.value).startswith(f"{name} of an earlier release cannot be read (")
    assert f"riskstrat verify {tmp_path.name}" in str(fault.value)


@pytest.mark.parametrize("named", [None, b'"dc:identifier": "august"', b'"named": "2026-08-01.9"'])
def test_an_earlier_release_that_does_not_say_its_name_is_of_its_last_date_and_before_others_of_it(tmp_path, named):
    one = release(tmp_path / "a", "2026-08-01.1", {(AUGUST, *U1): 130, (AUGUST, *U2): 65})
    bare = release(tmp_path / "b", "2026-08-01.9", {(AUGUST, *U1): 135, ("2026-05-01", *U1): 120})
    described = bare / f"{CSV_NAME}-metadata.json"
    held = described.read_bytes()
    described.write_bytes(held.replace(b'"dc:identifier": "2026-08-01.9"', named)) if named else described.unlink()
    now = {(AUGUST, *U1): 140, ("2026-05-01", *U1): 125}
    assert revised([bare, one], now) == {(AUGUST, *U1): 130, ("2026-05-01", *U1): 120}


def test_a_link_in_an_earlier_release_is_refused(tmp_path):
    folder = release(tmp_path / "a", "2026-08-01.1", {(AUGUST, *U1): 140})
    elsewhere = (folder / CSV_NAME).rename(tmp_path / "elsewhere.csv")
    (folder / CSV_NAME).symlink_to(elsewhere)
    with pytest.raises(IntegrityFault, match="is a link"):
        revised([folder], {(AUGUST, *U1): 145})


def test_a_folder_that_may_not_be_looked_into_is_named(tmp_path, monkeypatch):
    folder = release(tmp_path / "a", "2026-08-01.1", {(AUGUST, *U1): 140})

    def refused(path):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "is_file", refused)  # whoever runs the tests as root may look everywhere
    with pytest.raises(IntegrityFault, match="PermissionError"):
        is_held(folder / CSV_NAME)


SAID_OTHERWISE = {
    "2026-08-01,icb,QZZ,Made Board,multimorbidity-2,people,": -5,
    "2026-11-01,icb,QZZ,Made Board,segment-generally-well,people,": -10,
    '2026-11-01,icb,QZZ,Made Board,overlap,"in at least one group, all",': +5,
}


@pytest.fixture(scope="module")
def again(board, report, tmp_path_factory):
    """The month made again after a release that printed a few figures otherwise; and what that printed of each."""
    root = tmp_path_factory.mktemp("again")
    before = root / "before"
    shutil.copytree(report.folder, before)
    path = before / CSV_NAME
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    was = {}
    for start, more in SAID_OTHERWISE.items():
        place = next(n for n, line in enumerate(lines) if line.startswith(start))
        value, _, rest = lines[place].removeprefix(start).partition(",")
        was[start] = int(value) + more
        lines[place] = f"{start}{was[start]},{rest}"
    path.write_text("".join(lines), encoding="utf-8", newline="")
    return publish(board, NOW, "2026-11-01.2", root / "population", previous=[before]).folder, [*was.values()]


def test_every_file_and_the_page_mark_what_is_revised_and_nothing_else(again, report):
    folder, (trend, segment, overlap) = again
    kinds = {"revised_from": pl.Float64}
    marked = pl.read_csv(folder / CSV_NAME, schema_overrides=kinds).drop_nulls("revised_from")
    assert sorted(marked.select("period", "cohort", "revised_from").rows()) == [
        ("2026-08-01", "multimorbidity-2", trend),
        ("2026-11-01", "overlap", overlap),
        ("2026-11-01", "segment-generally-well", segment),
    ]
    segments = pl.read_csv(folder / "segments.csv", infer_schema=False)
    assert segments["people_revised_from"].drop_nulls().to_list() == [str(segment)]
    assert segments["registered_revised_from"].null_count() == segments.height
    overlaps = pl.read_csv(folder / "overlap.csv", infer_schema=False).drop_nulls("revised_from")
    assert overlaps.select("groups", "revised_from").rows() == [("in at least one group", str(overlap))]
    book = load_workbook(folder / "population.xlsx")
    said = {
        (sheet.title, cell.value)
        for sheet in book
        for row in sheet.iter_rows()
        for cell in row
        if str(cell.value).startswith("revised: ")
    }
    of_sheets = {"Board": [segment], "Trend": [trend, segment], "Segments": [segment], "Overlap": [overlap]}
    assert said == {(title, f"revised: people from {value}") for title, values in of_sheets.items() for value in values}
    page = (folder / "population.html").read_text(encoding="utf-8")
    assert f'<td class="rs-number">{trend + 5:,}</td><td class="rs-number">{trend:,}</td>' in page
    for words in (f"revised, was {segment:,}", f"revised, was {overlap:,}"):
        assert words in page
    assert "3 figures of earlier releases are" in (folder / "summary.html").read_text(encoding="utf-8")
    assert "No figure of this report is." in (report.folder / "population.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", [CSV_NAME, MEASURES_CSV, AMOUNTS_CSV, "overlap.csv", "segments.csv"])
def test_the_description_of_each_file_names_its_columns_and_those_of_revised_figures(report, name):
    described = json.loads((report.folder / f"{name}-metadata.json").read_text(encoding="utf-8"))
    columns = [column["name"] for column in described["tableSchema"]["columns"]]
    assert columns == (report.folder / name).read_text(encoding="utf-8").splitlines()[0].split(",")
    assert any(column.endswith("revised_from") for column in columns)
