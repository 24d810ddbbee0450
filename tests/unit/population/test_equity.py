"""Who the worklists pass by, as a commissioner reads it: rounded, suppressed where it must be, and in words."""

import csv
import re
import shutil
from datetime import date

import openpyxl
import pytest

from riskstrat.disclosure import Rule
from riskstrat.population import publish
from riskstrat.population.figures.equity import read_equity
from riskstrat.project import Workspace
from support.made_board import equity_group as group
from support.made_board import write_equity

NOW = date(2026, 11, 1)
FLAGS = ("is_passed_by", "is_below_need", "is_pushed_down")


FIFTHS = [
    group("deprivation", "most deprived fifth", 402, 41, flags=["is_passed_by", "is_below_need"], places=23),
    group("deprivation", "second fifth", 311, 48),
    group("deprivation", "third fifth", 200, 30),
    group("deprivation", "fourth fifth", 99, 12),
    group("deprivation", "least deprived fifth", 64, 5),
    group("deprivation", "not known", 0, 0),
]
DISABILITY = [group("learning disability", "recorded", 31, 9, flags=["is_pushed_down"])]


def held(root, *groups):
    workspace = Workspace(root)
    write_equity(workspace, NOW, groups)
    return workspace


def read(root, *groups):
    lines = read_equity(held(root, *groups), NOW, Rule())
    return {(line.dimension, line.group): line for line in lines}


def test_counts_are_rounded_shares_follow_from_them_and_findings_are_words(tmp_path):
    found = read(tmp_path, *FIFTHS, *DISABILITY)
    most = found["deprivation", "most deprived fifth"]
    assert (most.met_a_rule, most.listed) == (400, 40)
    assert (most.share_of_rule, most.share_of_list, most.share_of_need) == (37, 30, 20)
    assert most.finding == (
        "listed less often than others who met a rule: about 25 more of the places would restore it; "
        "below its share of expected admissions: about 25 more of the places would restore it"
    )
    assert found["deprivation", "second fifth"].finding == "no difference beyond chance"
    assert found["learning disability", "recorded"].finding.startswith("the priority puts it behind what the estimate")


def test_one_small_count_takes_another_with_it_where_the_total_would_give_it_away(tmp_path):
    found = read(tmp_path, *FIFTHS)
    listed = {group: line.listed for (_, group), line in found.items()}
    assert listed["least deprived fifth"] is None, "5 people"
    assert listed["fourth fifth"] is None, "the smallest of the others"
    assert listed["third fifth"] == 30
    assert listed["not known"] == 0
    hidden = found["deprivation", "least deprived fifth"]
    assert (hidden.share_of_list, hidden.share_of_need) == (None, None)


@pytest.mark.parametrize(
    ("met", "listed", "flags", "finding"),
    [
        pytest.param(145, 4, FLAGS[:2], "listed less often than others who met a rule; below its share of expected "
                     "admissions", id="said without a figure: 1 to 4 would all be said so"),
        pytest.param(45, 1, FLAGS[:1], "too few to say", id="only 1 would be said so"),
        pytest.param(6, 1, (), "too few to say", id="six met a rule"),
        pytest.param(20, 2, (), "no difference beyond chance", id="most small counts are like it"),
    ],
)  # fmt: skip
def test_a_small_group_passed_by_is_said_unless_that_gives_its_count_away(tmp_path, met, listed, flags, finding):
    groups = [
        group("deprivation", "most deprived fifth", 1000, 160),
        group("deprivation", "second fifth", 500, 60),
        group("ethnicity", "Asian or Asian British", met, listed, flags=flags, need=0.06 if len(flags) > 1 else None),
    ]
    line = read(tmp_path, *groups)["ethnicity", "Asian or Asian British"]
    assert (line.listed, line.finding) == (None, finding)


def test_a_small_count_beside_nobody_else_hides_the_whole_column(tmp_path):
    found = read(tmp_path, group("ethnicity", "White", 50, 4), group("ethnicity", "Mixed", 20, 0))
    assert [line.listed for line in found.values()] == [None, None]


def test_whoever_knows_the_places_of_a_practice_cannot_work_a_small_count_out(tmp_path):
    """20 places: White 18 is published as 20, made from 18 to 22, which leaves 2 for two stars: one each."""
    found = read(
        tmp_path, *(group("ethnicity", *row) for row in (("White", 90, 18), ("Asian", 30, 1), ("Black", 30, 1)))
    )
    assert [line.listed for line in found.values()] == [None, None, None]


def test_a_few_adults_have_no_share_of_expected_admissions(tmp_path):
    few = group("dementia", "recorded", 0, 0, need=0.09, flags=["is_below_need"]) | {"adults": 7}
    line = read(tmp_path, *FIFTHS, few)["dementia", "recorded"]
    assert (line.share_of_need, line.finding) == (None, "too few to say")


def test_a_group_that_stands_alone_is_suppressed_alone(tmp_path):
    found = read(tmp_path, *FIFTHS, group("dementia", "recorded", 40, 7))
    assert found["dementia", "recorded"].listed is None
    assert found["dementia", "recorded"].met_a_rule == 40


def test_nothing_is_published_where_lists_show_people_who_may_not_be_counted(tmp_path):
    workspace = held(tmp_path, *FIFTHS)
    assert read_equity(workspace, NOW, Rule())
    opened = '[opt_out.national]\ncase_finding = { allow = "Board, 3 June 2026" }\n'
    (tmp_path / "riskstrat.toml").write_text(opened, encoding="utf-8")
    assert read_equity(Workspace(tmp_path), NOW, Rule()) == ()
    (tmp_path / "riskstrat.toml").write_text(opened + 'planning = { allow = "Board, 3 June 2026" }\n', encoding="utf-8")
    assert read_equity(Workspace(tmp_path), NOW, Rule())


def test_where_no_lists_were_made_there_is_no_table(tmp_path, report):
    assert read_equity(Workspace(tmp_path), NOW, Rule()) == ()
    assert "Do the worklists pass anyone by?" not in (report.folder / "population.html").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def published(board, tmp_path_factory):
    root = tmp_path_factory.mktemp("equity")
    shutil.copytree(board.root, root / "board")
    workspace = held(root / "board", *FIFTHS, *DISABILITY)
    return publish(workspace, NOW, "2026-11-01.1", root / "population").folder


def test_page_workbook_and_csv_say_the_same_and_no_small_count(published):
    with (published / "worklist-equity.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 7
    page = (published / "population.html").read_text(encoding="utf-8")
    section = page[page.index("Do the worklists pass anyone by?") :].split("</section>")[0]
    section = section[section.index("Every group") :]
    cells = [re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", row) for row in section.split("<tr>")[2:]]
    assert [(c[1], c[2], c[3]) for c in cells] == [(r["group"], r["met_a_rule"], r["listed"]) for r in rows]
    sheet = openpyxl.load_workbook(published / "population.xlsx")["Worklists by group"]
    written = [[cell.value for cell in row[:4]] for row in sheet.iter_rows()]
    assert ["deprivation", "least deprived fifth", 65, None] in written
    for row in rows:
        for name in ("met_a_rule", "listed"):
            assert row[name] == "*" or int(row[name]) % 5 == 0
