"""Who the worklists pass by, as a commissioner reads it: rounded, suppressed where it must be, and in words."""

import csv
import re
import shutil
from dataclasses import replace
from datetime import date

import numpy as np
import openpyxl
import pytest

from riskstrat import rules
from riskstrat.disclosure import Rule, figure, publishable
from riskstrat.disclosure.attack import System
from riskstrat.disclosure.cells import Cells, Table
from riskstrat.errors import IntegrityFault
from riskstrat.modelling.evaluation.groups import ethnic_groups
from riskstrat.population import publish
from riskstrat.population.figures.equity import BELOW_NEED, COUNTS, MET, PASSED_BY, Group, Lists, read_lists
from riskstrat.population.figures.equity import write_equity as write_table
from riskstrat.population.protection.equity import COHORTS, protected_equity, read_equity_counts, told_by_findings
from riskstrat.population.protection.tables import attack_published, check_published
from riskstrat.project import Workspace
from support.made_board import equity_group as group
from support.made_board import write_equity

NOW = date(2026, 11, 1)
FIFTHS = [
    group("deprivation", "most deprived fifth", 402, 41),
    group("deprivation", "second fifth", 311, 58),
    group("deprivation", "third fifth", 200, 41),
    group("deprivation", "fourth fifth", 99, 24),
    group("deprivation", "least deprived fifth", 64, 5),
    group("deprivation", "not known", 0, 0),
]
DISABILITY = [group("learning disability", "recorded", 31, 9, need=None, is_pushed_down=True)]
BOARD = "icb:QXX"
DAY = str(NOW)


def held(root, *groups):
    workspace = Workspace(root)
    write_equity(workspace, NOW, groups)
    return workspace


def lists_of(*groups):
    return Lists(
        tuple(
            Group(g["dimension"], g["value"], g["adults"], g["met_a_rule"], g["listed"], g["share_of_need"],
                  g["is_pushed_down"])
            for g in groups
        )
    )  # fmt: skip


def protect(*groups, cohorts=None, previous=()):
    """The table of these groups beside cohorts of these sizes, which are as many people as they are."""
    sizes = Cells((Table({(DAY, name, BOARD): people for name, people in (cohorts or {}).items()}),))
    figures = {key: figure(people, Rule()) for key, people in sizes.counts.items()}
    return protected_equity(lists_of(*groups), DAY, BOARD, sizes, figures, previous, Rule())


def read(*groups, **others):
    return {(line.dimension, line.group): line for line in protect(*groups, **others).lines}


def listed(*counts, met=90):
    return [
        group("ethnicity", name, met, n) for name, n in zip(("White", "Asian", "Black", "Mixed"), counts, strict=False)
    ]


def test_counts_are_rounded_and_everything_else_follows_from_them():
    found = read(*FIFTHS, *DISABILITY)
    most = found["deprivation", "most deprived fifth"]
    assert (most.met_a_rule, most.listed) == (400, 40)
    assert (most.share_of_rule, most.share_of_list, most.share_of_need) == (37, 24, 20)
    assert most.finding == "listed less often than others who met a rule: about 23 more of the places would restore it"
    assert found["deprivation", "third fifth"].finding == "no difference beyond chance"
    assert found["learning disability", "recorded"].finding.startswith("the priority puts it behind what the estimate")


def test_a_group_of_whom_nobody_met_a_rule_is_set_against_its_need():
    """40 adults, a tenth of the admissions expected, and none of 169 places: a tenth of them would be 17."""
    none = group("dementia", "recorded", 0, 0, need=0.1)
    line = read(*FIFTHS, none)["dementia", "recorded"]
    assert line.finding == "below its share of expected admissions: about 17 more of the places would restore it"


def test_two_tables_of_the_same_figures_say_the_same():
    """8 to 12 people listed are all 10: what is said of them is made of 10."""
    said = {
        read(*listed(70 - n, n, 30, 40), group("dementia", "recorded", 60, 30))["ethnicity", "Asian"].finding
        for n in range(8, 13)
    }
    assert len(said) == 1


def test_a_small_count_is_a_star_alone_where_the_others_leave_it_free():
    """169 places, and the printed ones were made from 157 to 173: the star can be anything from 1 to 7."""
    found = read(*FIFTHS)
    shown = {group: line.listed for (_, group), line in found.items()}
    assert shown == {
        "most deprived fifth": 40, "second fifth": 60, "third fifth": 40, "fourth fifth": 25,
        "least deprived fifth": None, "not known": 0,
    }  # fmt: skip
    hidden = found["deprivation", "least deprived fifth"]
    assert (hidden.share_of_list, hidden.share_of_need) == (None, None)


def test_one_small_count_takes_another_with_it_where_the_total_would_give_it_away():
    """72 places: 18, 53 and 1 are 20, 55 and a star, of which the printed ones are 71 at least."""
    assert [line.listed for line in read(*listed(18, 53, 1)).values()] == [None, 55, None]


def test_whoever_knows_the_places_of_a_practice_cannot_work_a_small_count_out():
    """20 places: White 18 is published as 20, made from 18 to 22, which leaves 2 for two stars: one each."""
    found = read(*listed(18, 1, 1))
    assert [line.listed for line in found.values()] == [None, None, None]


def test_a_dimension_in_which_no_star_protects_is_left_out():
    """14 places for two groups of 7: a star each under a total of 14 is 7 each."""
    assert read(*listed(7, 7, 0)) == {}


def test_where_the_places_of_the_whole_board_are_a_small_number_there_is_no_table():
    assert read(*listed(4, 2, 0)) == {}


def test_everybody_else_is_protected_beside_a_group_that_stands_alone():
    """18 of 19 listed have dementia and 88 of 97 who met a rule: 20 of 19 places would leave nobody or one."""
    found = protect(*listed(10, 9), group("dementia", "recorded", 88, 18))
    others = (DAY, "listed: everybody else, dementia", BOARD)
    ties = [tie for table in found.tables for tie in table.relations]
    low, high = System(found.figures, ties).possible(others)
    assert low < high


def test_a_table_attacked_by_somebody_who_knows_nothing_of_it_gives_no_small_count_away():
    """Random lists: every population of the printed figures and totals is asked for by programs of their own."""
    random, asked = np.random.default_rng(3), 0
    for _ in range(25):
        met = random.integers(0, 60, 4)
        found = protect(
            *(group("ethnicity", f"{n}", int(m), int(random.integers(0, m + 1))) for n, m in enumerate(met))
        )
        for name in COUNTS:
            counts = [getattr(one, "met" if name == MET else "listed") for one in found.lists.groups]
            shown = [getattr(line, name) for line in found.lines]
            for n, value in enumerate(shown):
                if value is None and 1 <= counts[n] <= 7:
                    asked += 1
                    assert len(values_of(n, shown, counts)) > 1, (counts, shown)
    assert asked > 10


def values_of(at, shown, counts):
    """The values that one hidden count can have, given the exact total and the ranges of all the others."""
    ranges = []
    for value, count in zip(shown, counts, strict=True):
        if value is None:
            ranges.append(range(1, 8) if count <= 7 else range(1, sum(counts) + 1))
        else:
            ranges.append([n for n in range(sum(counts) + 3) if publishable(n) == value])
    sums = {0}
    for n, one in enumerate(ranges):
        if n != at:
            sums = {total + value for total in sums for value in one if total + value <= sum(counts)}
    return {value for value in ranges[at] if sum(counts) - value in sums}


@pytest.mark.parametrize(
    ("met", "few", "need", "finding"),
    [
        pytest.param(145, 4, None, PASSED_BY, id="said without a figure: 1 to 7 would all be said so"),
        pytest.param(40, 1, None, "too few to say", id="only 1 would be said so"),
        pytest.param(40, 2, None, "too few to say", id="not to say it of 1 alone would tell that it is 1"),
        pytest.param(6, 1, None, "too few to say", id="six met a rule"),
        pytest.param(20, 2, None, "no difference beyond chance", id="all small counts are like it"),
        pytest.param(145, 4, 0.045, f"{PASSED_BY}; {BELOW_NEED}", id="up to 4 are below their need, 5 to 7 are not"),
    ],
)  # fmt: skip
def test_a_small_group_passed_by_is_said_unless_that_gives_its_count_away(met, few, need, finding):
    others = [group("ethnicity", "White", 900, 130), group("ethnicity", "Black", 500, 90)]
    asian = group("ethnicity", "Asian", met, few, need=need)
    mixed = group("ethnicity", "Mixed", 30, 6)
    line = read(*others, asian, mixed)["ethnicity", "Asian"]
    assert (line.listed, line.finding) == (None, finding)


def test_a_written_table_is_attacked_as_its_reader_would(tmp_path):
    """The protection hides 18 beside the star of 1; a file that prints them is found out, naming the cell."""
    found = protect(*listed(18, 53, 1))
    cells, known = Cells(found.tables), {}

    def attacked(lines):
        write_table(tmp_path, lines, NOW)
        shown = read_equity_counts(tmp_path, DAY, BOARD)
        told = told_by_findings(tmp_path, found.lists, DAY, BOARD, Rule(), known)
        return attack_published(check_published(shown, cells, Rule()), cells, told)

    assert attacked(found.lines) == ()
    (hidden,) = [line for line in found.lines if line.group == "White"]
    leaking = [replace(line, listed=20) if line is hidden else line for line in found.lines]
    assert attacked(leaking) == ((DAY, "listed: Black, ethnicity", BOARD),)
    with pytest.raises(ValueError, match="listed: White, ethnicity"):
        attacked([replace(line, listed=25) if line is hidden else line for line in found.lines])


def test_the_findings_are_read_back_and_known_to_whoever_attacks_the_table(tmp_path):
    others = [group("ethnicity", "White", 900, 130), group("ethnicity", "Black", 500, 96)]
    found = protect(*others, group("ethnicity", "Asian", 145, 4, need=0.045))
    write_table(tmp_path, found.lines, NOW)
    told = told_by_findings(tmp_path, found.lists, DAY, BOARD, Rule(), {})
    asian = told[DAY, "listed: Asian, ethnicity", BOARD]
    assert (asian.low, asian.high) == (1, 4), "of 230 places 4 lie below 4.5 %, and 5 do not"


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda held: held.replace(b",20,", b",about 20,"), "a count is neither a number nor suppressed"),
        (lambda held: held.replace(b",20,", b",-20,"), "a count is neither a number nor suppressed"),
        (lambda held: held.replace(b",20,", b",,"), "a row does not say what it is of"),
        (lambda held: held.replace(b"listed", b"chosen"), "a column is missing, or it is no CSV"),
        (lambda held: held[:-40], "it ends within a row"),
        (lambda held: held.replace(b"White", b"Wh\xffte"), "it is no CSV"),
        (lambda held: b"", "it is no CSV"),
    ],
    ids=["a word", "less than nobody", "nothing", "another header", "cut off", "no text", "empty"],
)
def test_an_earlier_table_that_was_damaged_is_said_with_its_release(tmp_path, change, why):
    folder = tmp_path / "2026-10-01.1" / "population"
    folder.mkdir(parents=True)
    write_table(folder, protect(*listed(18, 20, 20)).lines, NOW)
    path = folder / "worklist-equity.csv"
    held = path.read_bytes()
    assert b",20," in held
    path.write_bytes(change(held))
    with pytest.raises(IntegrityFault, match=r"of an earlier release cannot be read \(2026-10-01.1: ") as fault:
        read_equity_counts(folder, DAY, BOARD)
    assert str(fault.value).startswith("worklist-equity.csv")
    assert why in str(fault.value)


def test_a_few_adults_have_no_share_of_expected_admissions():
    few = group("dementia", "recorded", 0, 0, need=0.09) | {"adults": 7}
    line = read(*FIFTHS, few)["dementia", "recorded"]
    assert (line.share_of_need, line.finding) == (None, "too few to say")


def test_a_group_that_stands_alone_is_suppressed_alone():
    found = read(*FIFTHS, group("dementia", "recorded", 40, 7))
    assert found["dementia", "recorded"].listed is None
    assert found["dementia", "recorded"].met_a_rule == 40


def test_who_is_listed_is_inside_the_cohort_of_the_same_people():
    """One person has dementia, so the star of those who met a rule is one: nothing of dementia can be printed."""
    beside = {"dementia": 8, "learning-disability": 400}
    found = protect(*FIFTHS, group("dementia", "recorded", 8, 3) | {"adults": 8}, cohorts=beside)
    ties = [tie for table in found.tables for tie in table.relations if (DAY, "dementia", BOARD) in tie.keys]
    assert len(ties) == 1
    assert (DAY, "adults: recorded, dementia", BOARD) in ties[0].keys
    assert (DAY, "dementia", BOARD) not in found.figures, "the cohorts' figures are not this table's"


def test_the_cohorts_are_those_of_the_same_columns():
    """Each group's cohort asks the column that the worklists room groups by, for the same values."""
    who = {rule.id: rule.who.text for rule in rules.read_rules("cohort")}
    groups = ethnic_groups()
    codes = {name: {code for code, own in groups.items() if own == name} for name in groups.values()}
    for cohort, members in COHORTS.items():
        dimension, names = members[0][0], [name for _, name in members]
        if dimension == "ethnicity" and "Not known" not in names:
            assert set(re.findall(r"'(\w+)'", who[cohort])) == codes[names[0]], cohort
        elif dimension == "ethnicity":
            known = set(re.findall(r"'(\w+)'", who[cohort]))
            assert {code for name in names for code in codes[name]} == set(groups) - known
        elif dimension == "deprivation":
            assert who[cohort] == "imd_decile IN (1, 2)"
        else:
            assert {"has_learning_disability": "learning disability", "has_smi": "severe mental illness",
                    "has_dementia": "dementia"}[who[cohort]] == dimension  # fmt: skip


def test_what_an_earlier_release_printed_is_known_and_cannot_protect(tmp_path):
    """The 18 were printed in an earlier month, when there was nothing to protect: the 53 go in their place."""
    write_table(tmp_path, protect(*listed(18, 31, 9)).lines, NOW)
    found = read(*listed(18, 53, 1), previous=[tmp_path])
    assert [line.listed for line in found.values()] == [20, None, None]


def test_nothing_is_published_where_lists_show_people_who_may_not_be_counted(tmp_path):
    workspace = held(tmp_path, *FIFTHS)
    assert read_lists(workspace, NOW) == lists_of(*FIFTHS)
    opened = '[opt_out.national]\ncase_finding = { allow = "Board, 3 June 2026" }\n'
    (tmp_path / "riskstrat.toml").write_text(opened, encoding="utf-8")
    assert read_lists(Workspace(tmp_path), NOW) == Lists()
    (tmp_path / "riskstrat.toml").write_text(opened + 'planning = { allow = "Board, 3 June 2026" }\n', encoding="utf-8")
    assert read_lists(Workspace(tmp_path), NOW) == lists_of(*FIFTHS)


def test_where_no_lists_were_made_there_is_no_table(tmp_path, report):
    assert read_lists(Workspace(tmp_path), NOW) == Lists()
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
