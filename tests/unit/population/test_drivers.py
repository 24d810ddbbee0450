"""Drivers of risk as published: true, rounded, of nobody in particular, and without what may not be printed."""

import csv
import math
import re
from datetime import date
from itertools import pairwise

import openpyxl
import polars as pl
import pytest

from riskstrat.modelling.explanation.factors import read_factors
from riskstrat.population import publish
from riskstrat.population.figures import drivers as module
from riskstrat.population.figures.drivers import COHORT_STEP, LEAST_GROUP, STEPS, TOO_FEW
from riskstrat.population.report import drivers as page
from riskstrat.population.report.drivers import drivers_section
from support.made_board import write_board

NOW = date(2026, 11, 1)
OPTED_OUT = range(100, 140)
TITLES = {"age": "age", "emergency_admissions": "emergency admissions", "medicines": "medicines"}


@pytest.fixture(scope="module")
def board(tmp_path_factory):
    """A board of 5 practices and contributions to two models, in which 40 people opted out."""
    root = tmp_path_factory.mktemp("drivers")
    return write_board(root, people=3500, practices=5, contributed=(NOW,), opted_out=OPTED_OUT)


@pytest.fixture(scope="module")
def folder(board, tmp_path_factory):
    return publish(board, NOW, "2026-11-01.1", tmp_path_factory.mktemp("release") / "population").folder


@pytest.fixture(scope="module")
def rows(folder):
    with (folder / "drivers.csv").open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def permitted(board):
    """Return the scored people who may be counted, with what the store holds of them."""
    contributions = pl.read_parquet(board.part("contributions", NOW)).filter(
        pl.col("model") == "emergency_admission_12m"
    )
    practices = pl.read_parquet(board.part("features", NOW)).select("person_id", "practice_code")
    return contributions.join(practices, on="person_id").filter(~pl.col("person_id").is_in(list(OPTED_OUT)))


def members_of(board, row):
    people = permitted(board)
    if row["group_type"] == "practice":
        return people.filter(pl.col("practice_code") == row["group_code"])
    hits = pl.read_parquet(board.part("rule_hits", NOW))
    ids = hits.filter((pl.col("rule_id") == row["group_code"]) & pl.col("left_off_by").is_null())["person_id"]
    return people.filter(pl.col("person_id").is_in(ids.cast(pl.Int64).to_list()))


def test_every_figure_is_the_groups_mean_against_the_boards_rounded(board, rows):
    everyone = permitted(board)
    checked = set()
    for row in rows:
        factor = next((name for name, title in TITLES.items() if title == row["factor"]), None)
        if factor is None or row["model"] != "emergency_admission_12m":
            continue
        own = members_of(board, row)[factor].cast(pl.Float64)
        difference = own.mean() - everyone[factor].cast(pl.Float64).mean()
        step = float(row["rounded_to"])
        figure = round(difference / step) * step
        assert float(row["odds_multiplied_by"]) == pytest.approx(math.exp(figure), abs=0.0051), row
        least = 1.959963984540054 * own.std(ddof=0) / len(own) ** 0.5
        is_similar = abs(difference) <= least or figure == 0
        words = "similar to" if is_similar else "higher than" if difference > 0 else "lower than"
        assert row["note"] == f"{words} the board"
        checked.add((row["group_type"], row["note"]))
    assert len(checked) >= 5


def test_no_few_people_decide_a_figure_and_no_finer_rounding_is_given_than_that_allows(board, rows):
    """The largest of what the 7 highest or 7 lowest people of a group do to any of its means is within the rounding."""
    said = [factor.id for factor in read_factors().factors if factor.print == "always" and (factor.up or factor.down)]
    steps = set()
    for code in {(row["group_type"], row["group_code"]): row for row in rows}.values():
        own = members_of(board, code)
        moved = []
        for values in (own[name].cast(pl.Float64).sort() for name in said if own[name].null_count() < len(own)):
            for others in (values.head(-7), values.tail(-7)):
                if len(others):
                    moved.append(abs(values.mean() - others.mean()))
        steps_of_its_kind = STEPS if code["group_type"] == "practice" else (COHORT_STEP,)
        step = next((one for one in steps_of_its_kind if moved and max(moved) <= one), None)
        is_shown = step is not None and len(own) >= LEAST_GROUP
        figures = {
            row["rounded_to"]
            for row in rows
            if (row["group_type"], row["group_code"]) == (code["group_type"], code["group_code"])
            and row["model"] == "emergency_admission_12m"
            and row["factor"]
        }
        if not is_shown:
            assert not figures, code
        elif figures:
            assert figures == {str(step)}, code
        steps |= figures
    assert len(steps) > 1


def test_a_group_of_few_has_no_figure_and_says_so(board, rows, folder):
    counts = {
        (row["area_type"], row["area_code"], row["cohort"]): row["value"]
        for row in csv.DictReader((folder / "population.csv").open(encoding="utf-8"))
        if row["measure"] == "people" and row["period"] == str(NOW)
    }
    small = 0
    for row in rows:
        key = (
            ("practice", row["group_code"], "registered")
            if row["group_type"] == "practice"
            else ("icb", "QZZ", row["group_code"])
        )
        if not counts[key] or int(counts[key]) < LEAST_GROUP:
            small += 1
            assert (row["factor"], row["odds_multiplied_by"]) == ("", "")
            assert row["note"] == TOO_FEW or row["note"].startswith("no figure: ")
    assert small > 5


def test_practices_of_one_name_are_told_apart_by_their_codes():
    rows = pl.DataFrame(
        {"group_type": ["practice"] * 3, "group_code": ["A1", "A2", "A3"], "group_name": ["The Surgery"] * 2 + ["Elm"]}
    )
    assert page._told_apart(rows)["group_name"].to_list() == ["The Surgery (A1)", "The Surgery (A2)", "Elm"]


def test_cohorts_that_hold_one_another_share_one_rounding():
    """A finer one for the cohort without the few would bound what the coarser one hides."""
    found = pl.DataFrame(
        {"model": "m", "group": ["board", "cohort:a", "cohort:b", "cohort:c"], "people": [5000, 400, 401, 60]}
        | {"factor": "age", "title": "age", "mean": [0.0, 0.2, 0.21, 0.3], "standard_error": 0.01}
        | {"few_move": [0.0, 0.001, 0.03, 0.06], "says_up": True, "says_down": True}
    )
    assert module._against(found, "board")["rounded_to"].to_list() == [COHORT_STEP, COHORT_STEP, None]


@pytest.mark.parametrize(
    ("outlier", "people", "rounded_to"), [(0.0, 60, 0.01), (30.0, 60, None), (30.0, 400, 0.1), (3.0, 400, 0.01)]
)
def test_one_person_unlike_all_others_makes_figures_coarse_or_none(outlier, people, rounded_to):
    """30 / 60 is a half, beyond any rounding; 30 / 400 is 0.075; 3 / 400 is 0.0075."""
    values = pl.Series([outlier] + [0.0] * (people - 1))
    few = values.sort(descending=True).head(7)
    found = pl.DataFrame(
        {
            "model": ["m", "m"],
            "group": ["board", "g"],
            "people": [5000, people],
            "factor": ["age", "age"],
            "title": ["age", "age"],
            "mean": [0.0, values.mean()],
            "standard_error": [0.0, values.std(ddof=0) / people**0.5],
            "few_move": [0.0, few.sum() / people],
            "says_up": [True, True],
            "says_down": [True, True],
        }
    )
    assert module._against(found, "board")["rounded_to"].to_list() == [rounded_to]


@pytest.mark.parametrize(("shown", "has_figure"), [(None, False), (45, False), (50, True)])
def test_a_group_whose_count_is_not_published_or_too_small_has_no_figure_however_many_it_is(shown, has_figure):
    """A count of any size may be suppressed to protect another: a figure would say that it is 50 or more."""
    groups = pl.DataFrame(
        [(0, "g", "cohort", "c", "A cohort", shown, None)],
        schema=dict.fromkeys(
            ("place", "group", "group_type", "group_code", "group_name", "shown", "why_not"), pl.String
        )
        | {"place": pl.UInt32, "shown": pl.Int64},
        orient="row",
    )
    found = pl.DataFrame(
        {
            "model": ["m"],
            "group": ["g"],
            "factor": ["age"],
            "title": ["age"],
            "figure": [0.1],
            "rounded_to": [0.05],
            "compared": ["higher than the board"],
        }
    )
    row = module._as_published(found, groups, NOW).row(0, named=True)
    assert (row["odds_multiplied_by"], row["note"]) == (
        (1.11, "higher than the board") if has_figure else (None, TOO_FEW)
    )


def test_what_lowers_an_estimate_is_not_said_where_no_person_is_told_it(rows):
    """The made model lowers estimates by eGFR as people are older; a measurement is never said to lower one."""
    by_factor = {}
    for row in rows:
        if row["factor"]:
            by_factor.setdefault(row["factor"], set()).add(row["note"])
    assert "lower than the board" in by_factor["medicines"]
    assert "lower than the board" not in by_factor["eGFR"]
    assert min(float(row["odds_multiplied_by"]) for row in rows if row["factor"] == "eGFR") >= 1


def test_what_may_not_be_printed_is_nowhere_and_there_is_no_total_that_would_hint_at_it(rows, folder):
    """The made contributions of alcohol are by far the largest, and differ by practice."""
    always = {factor.title for factor in read_factors().factors if factor.print == "always"}
    assert {row["factor"] for row in rows} - {""} <= always
    assert len({row["factor"] for row in rows}) > 4
    for file in ("drivers.csv", "drivers.csv-metadata.json", "population.html"):
        assert "alcohol" not in (folder / file).read_text(encoding="utf-8").lower()
    sheet = openpyxl.load_workbook(folder / "population.xlsx")["Drivers"]
    assert not [cell for line in sheet.iter_rows(values_only=True) for cell in line if "alcohol" in str(cell).lower()]
    assert not [row for row in rows if re.search("total|other|all factors", row["factor"])]


def test_nobody_who_opted_out_moves_a_figure(board, rows, tmp_path):
    path = board.part("contributions", NOW)
    before = path.read_bytes()
    is_out = pl.col("person_id").is_in(list(OPTED_OUT))
    table = pl.read_parquet(path)
    try:
        table.with_columns(age=pl.when(is_out).then(99.0).otherwise("age").cast(pl.Float32)).write_parquet(path)
        again = publish(board, NOW, "2026-11-01.1", tmp_path / "population").folder / "drivers.csv"
        assert list(csv.DictReader(again.open(encoding="utf-8", newline=""))) == rows
    finally:
        path.write_bytes(before)


def test_the_page_the_workbook_and_the_description_hold_them(folder, rows):
    page = (folder / "population.html").read_text(encoding="utf-8")
    section = page.partition('<section id="drivers">')[2].partition("</section>")[0]
    assert section.count("<svg") == 2
    assert "It is not a cause" in section
    for word in ("because", "caused", "due to", "leads to", "reduces"):
        assert word not in re.sub("<[^>]+>", " ", section).lower()
    sheet = openpyxl.load_workbook(folder / "population.xlsx")["Drivers"]
    told = [row for row in rows if row["note"] in ("higher than the board", "lower than the board")]
    assert sheet.max_row - 5 == len(told)
    described = (folder / "drivers.csv-metadata.json").read_text(encoding="utf-8")
    assert all(f'"name": "{name}"' in described for name in rows[0])


def test_in_words_the_largest_come_first_and_at_most_three_each_way(board, rows):
    frame = pl.DataFrame(rows).with_columns(pl.col("odds_multiplied_by").replace("", None).cast(pl.Float64))
    section = drivers_section(frame, ())
    assert [part["title"] for part in section["models"]] == [
        "Emergency admission within 12 months",
        "Emergency admission within 30 days",
    ]
    for line in section["models"][0]["groups"]:
        for way, sign in (("higher", 1), ("lower", -1)):
            sizes = [sign * math.log(value) for _, value in line[way]]
            assert len(sizes) <= 3
            assert all(one >= other > 0 for one, other in pairwise([*sizes, 1e-9])), line


def test_a_board_without_contributions_has_a_report_without_drivers(tmp_path):
    workspace = write_board(tmp_path / "board", people=600)
    folder = publish(workspace, NOW, "2026-11-01.1", tmp_path / "population").folder
    assert not [file for file in folder.iterdir() if "drivers" in file.name]
    assert 'id="drivers"' not in (folder / "population.html").read_text(encoding="utf-8")
