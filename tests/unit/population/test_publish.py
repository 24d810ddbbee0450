"""The report as published: true, rounded, without anybody in it, the same every time, and withheld when it must be."""

import csv
import json
from datetime import date
from html import escape
from pathlib import Path

import openpyxl
import polars as pl
import pytest

from riskstrat.disclosure import publishable
from riskstrat.errors import UsageFault
from riskstrat.population import cohorts, publish, read_cohorts
from riskstrat.population.counting.cohorts import read_members, read_months
from riskstrat.population.figures.standardised import KEPT_BACK
from riskstrat.population.methods.rates import proportion
from support.made_board import write_board
from support.published import FILES, Tables, counted_by_hand

NOW, BEFORE = date(2026, 11, 1), date(2026, 8, 1)


def test_every_count_is_the_true_one_as_the_rule_shows_it(board, tidy):
    truth = counted_by_hand(board, NOW)
    now = tidy.filter((pl.col("period") == str(NOW)) & (pl.col("measure") == "people"))
    shown = {
        (row["area_type"], row["area_code"], row["cohort"]): (row["value"], row["note"])
        for row in now.iter_rows(named=True)
        if row["cohort"] != "left-out" and not (row["note"] or "").startswith("no figure")
    }
    assert set(shown) == {key for key in truth if key in shown}
    assert len(shown) > 300
    stars = 0
    for key, (value, note) in shown.items():
        if value is None:
            assert note == "*"
            assert truth[key] >= 1
            stars += truth[key] <= 7
        else:
            assert value == publishable(truth[key])
    assert stars == sum(1 <= truth[key] <= 7 for key in shown)
    assert stars > 0


def test_a_cohort_is_inside_another_if_everybody_in_it_is(board):
    """Against sets of people; only one person in many is looked at before a pair is ruled out."""
    cohorts_ = read_cohorts()
    month = next(read_months(board, [NOW], cohorts_))
    members = read_members(board, NOW, cohorts_).of_cohorts
    people = {name: set(own["person_id"]) for (name,), own in members.group_by("cohort_id")}
    inside = {(a, b) for a in people for b in people if a != b and people[a] <= people[b]}
    assert set(month.inclusions) == inside
    assert len(inside) > 5


def test_nobody_who_opted_out_is_counted(tidy):
    board_now = tidy.filter((pl.col("period") == str(NOW)) & (pl.col("area_type") == "icb"))
    people = {row["cohort"]: row["value"] for row in board_now.iter_rows(named=True) if row["measure"] == "people"}
    assert people["registered"] == 4160
    assert people["left-out"] == 40


def test_rates_follow_from_the_published_counts_alone(tidy):
    keys = ["period", "area_type", "area_code"]
    counts = {tuple(row[k] for k in [*keys, "cohort"]): row["value"] for row in people_rows(tidy)}
    checked = 0
    for row in tidy.filter(pl.col("measure") == "rate_per_1000").iter_rows(named=True):
        place = tuple(row[k] for k in keys)
        size, base = counts[(*place, row["cohort"])], counts[(*place, "registered")]
        if row["value"] is None:
            assert size is None
        else:
            made = proportion(int(size), int(base), per=1000)
            assert (row["value"], row["lower"], row["upper"]) == pytest.approx(
                (made.value, made.lower, made.upper), abs=0.051
            )
            checked += 1
    assert checked > 300


def people_rows(tidy):
    return tidy.filter(pl.col("measure") == "people").iter_rows(named=True)


def test_a_standardised_rate_is_given_by_published_figures_alone(tidy):
    """A rate must not be given for a true 10 and not for a true 9: both are published as 10."""
    keys = ["area_type", "area_code", "cohort"]
    now = tidy.filter(pl.col("period") == str(NOW))
    counts = {tuple(row[k] for k in keys): row["value"] for row in people_rows(now)}
    for row in now.filter(pl.col("measure") == "standardised_rate_per_1000").iter_rows(named=True):
        size = counts[tuple(row[k] for k in keys)]
        may_have_one = size is not None and size >= 15 and row["note"] != KEPT_BACK
        assert (row["value"] is not None) == may_have_one


def test_small_practices_are_shown_and_not_compared(tidy):
    rates = tidy.filter((pl.col("measure") == "standardised_rate_per_1000") & pl.col("value").is_not_null())
    notes = set(rates.filter(pl.col("area_type") == "practice")["note"])
    assert notes == {"fewer than 750 people registered: not compared"}
    assert set(rates.filter(pl.col("area_type") == "place")["note"]) <= {
        "higher than the board",
        "similar to the board",
        "lower than the board",
    }


def test_without_scores_a_risk_cohort_has_no_figure_which_is_not_zero(tidy):
    before = tidy.filter((pl.col("period") == str(BEFORE)) & pl.col("cohort").str.contains("^risk-"))
    assert before.height > 0
    assert before["value"].null_count() == before.height
    assert before["note"].str.starts_with("no figure: ").all()


def test_earlier_dates_are_printed_for_board_and_places_only(tidy):
    assert set(tidy.filter(pl.col("period") == str(BEFORE))["area_type"]) == {"icb", "place"}


WHOLE = {
    "everyone in the data received",
    "alive and registered with a practice at the index date",
    "counted in this report",
}
STEPS = [
    ("everyone in the data received", "4,295"),
    ("nothing about the person had arrived by the index date", "0"),
    ("no registration with a practice had arrived by the index date", "*"),
    ("no longer on a list at the index date: moved, left, or taken off after death", "65"),
    ("not a regular patient: temporary, prison or defence registration", "*"),
    ("died, and still on a list", "20"),
    ("alive and registered with a practice at the index date", "4,200"),
    ("kept out of this report by an opt-out, an objection or a restriction", "40"),
    ("counted in this report", "4,160"),
]


def test_the_attrition_is_on_the_page_in_the_workbook_and_in_files_of_its_own(report, tidy):
    page = (report.folder / "population.html").read_text(encoding="utf-8")
    reader = Tables()
    reader.feed(page)
    (table,) = (table for table in reader.tables if table[0] == ["Step", "People"])
    assert [tuple(row) for row in table[1:]] == [
        (words[0].upper() + words[1:] if words in WHOLE else words, n) for words, n in STEPS
    ]
    book = openpyxl.load_workbook(report.folder / "population.xlsx")["Who is counted"]
    (ref,) = (one.ref for one in book.tables.values())
    rows = [[cell.value for cell in row] for row in book[ref]]
    assert [(row[0], row[2] or f"{row[1]:,}") for row in rows[1:]] == STEPS
    with (report.folder / "attrition.csv").open(encoding="utf-8") as file:
        in_file = {(row["cohort"], row["measure"]): row["value"] or row["note"] for row in csv.DictReader(file)}
    shown = tidy.filter(pl.col("cohort") == "attrition")
    assert shown["measure"].to_list() == [words for words, _ in STEPS[:-2]]
    assert {words: in_file[("attrition", words)] for words, _ in STEPS[:-2]} == {
        w: n.replace(",", "") for w, n in STEPS[:-2]
    }
    assert in_file[("left-out", "people")] == "40"
    assert in_file[("registered", "people")] == "4160"


def test_everybody_is_once_in_the_overlap(tidy):
    rows = tidy.filter(pl.col("cohort") == "overlap")
    values = {row["measure"]: row["value"] for row in rows.iter_rows(named=True)}
    assert values["everybody registered, all"] == 4160
    for programme in ("held by a programme", "in no programme", "all"):
        parts = [values[f"in {held}, {programme}"] for held in ("no group", "at least one group")]
        whole = values[f"everybody registered, {programme}"]
        if None not in (*parts, whole):
            assert abs(sum(parts) - whole) <= 7.5


def test_the_same_store_gives_the_same_bytes(board, report, tmp_path):
    again = publish(board, NOW, "2026-11-01.1", tmp_path / "again")
    for name in FILES:
        assert (again.folder / name).read_bytes() == (report.folder / name).read_bytes(), name


def test_the_metadata_describe_the_csv(report):
    described = json.loads((report.folder / "population.csv-metadata.json").read_text(encoding="utf-8"))
    with (report.folder / described["url"]).open(encoding="utf-8", newline="") as file:
        header = next(csv.reader(file))
    assert [column["name"] for column in described["tableSchema"]["columns"]] == header
    assert set(described["tableSchema"]["primaryKey"]) <= set(header)
    about = {note["about"] for note in described["notes"]}
    assert {f"cohort {cohort.id}" for cohort in read_cohorts()} <= about
    assert {"intended use", "source apc_episode"} <= about


def test_the_page_says_whose_figures_these_are_and_what_they_are_for(report):
    page = (report.folder / "population.html").read_text(encoding="utf-8")
    assert "say nothing about real people" in page
    assert "A clinician decides about each person" in page
    assert "complete to 20 September 2026" in page
    for cohort in read_cohorts():
        assert escape(cohort.title) in page


def test_a_feed_that_fell_short_is_said_on_the_page_in_the_workbook_and_beside_the_table(tmp_path):
    workspace = write_board(tmp_path / "board", people=600, practices=2, scored=())
    path = workspace.store / "sources" / f"index_date={NOW}" / "part.parquet"
    note = "gp_prescription: 12 % of its usual volume in the 28 days before 2026-10-02; taken as complete to 2026-07-10"
    said = pl.when(pl.col("table_name") == "gp_prescription").then(pl.lit(note))
    pl.read_parquet(path).with_columns(note=said).write_parquet(path)
    result = publish(workspace, NOW, "r", tmp_path / "out")
    words = "it had 12 % of its usual volume in the 28 days before 2 October 2026"
    assert words in (result.folder / "population.html").read_text(encoding="utf-8")
    assert words in (result.folder / "population.csv-metadata.json").read_text(encoding="utf-8")
    book = openpyxl.load_workbook(result.folder / "population.xlsx")
    assert any(cell.value == note for row in book["Data"].iter_rows() for cell in row)


def test_a_missing_feed_gives_no_figure(tmp_path):
    workspace = write_board(tmp_path / "board", people=600, practices=2, scored=())
    path = workspace.store / "sources" / f"index_date={NOW}" / "part.parquet"
    absent = pl.col("table_name") == "gp_prescription"
    pl.read_parquet(path).with_columns(is_present=pl.col("is_present") & ~absent).write_parquet(path)
    result = publish(workspace, NOW, "r", tmp_path / "out")
    frame = pl.read_csv(result.folder / "population.csv", infer_schema=False)
    rows = frame.filter(pl.col("cohort") == "polypharmacy-10")
    assert rows.height > 0
    assert rows["value"].null_count() == rows.height
    assert rows["note"].str.starts_with("no figure: ").all()
    page = (result.folder / "population.html").read_text(encoding="utf-8")
    assert "No figure is not zero" in page


def test_the_command_line_sees_what_the_report_shows(board, tidy):
    shown = cohorts(board, NOW, "pcn")
    published = tidy.filter(
        (pl.col("period") == str(NOW)) & (pl.col("area_type") == "pcn") & (pl.col("measure") == "people")
    )
    both = shown.join(published, on=["area_code", "cohort"])
    assert both.height == shown.height > 0
    assert both["people"].cast(pl.Float64).equals(both["value"], null_equal=True)
    json.dumps(shown.to_dicts())


def test_an_unknown_area_or_date_is_a_usage_fault(board, tmp_path):
    with pytest.raises(UsageFault, match="cannot be shown by 'ward'"):
        cohorts(board, NOW, "ward")
    with pytest.raises(UsageFault, match="no snapshot"):
        cohorts(board, date(2026, 12, 1), "icb")
    with pytest.raises(UsageFault, match="no snapshot"):
        publish(board, date(2026, 12, 1), "r", Path(tmp_path) / "out")
