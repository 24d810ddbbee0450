"""The sheet for a board: published figures and no others, what differs and changes in words, what is not known."""

import re
from dataclasses import replace
from datetime import date
from itertools import product

import polars as pl
import pytest

from riskstrat.disclosure import Rule, possible_counts, unprinted
from riskstrat.pages import _environment
from riskstrat.population.counting.areas import Area
from riskstrat.population.counting.cohorts import read_cohorts
from riskstrat.population.figures.cohorts import NOT_DIVIDED, TABLE_NOT_SHOWN, why_not
from riskstrat.population.measures.definitions import read_measures
from riskstrat.population.methods.rates import proportion
from riskstrat.population.report.answers import completeness
from riskstrat.population.report.lines import CohortLine, changed
from riskstrat.population.report.summary import _cohort, _fitting, _who_differs

NUMBER = re.compile(r"[\d,]+(?:\.\d+)?")


@pytest.fixture(scope="module")
def summary(report):
    return (report.folder / "summary.html").read_text(encoding="utf-8")


def test_every_figure_on_it_is_one_that_the_report_publishes(report, summary):
    printed = set()
    for name in ("population.csv", "measures.csv", "activity-and-cost.csv"):
        rows = pl.read_csv(report.folder / name, infer_schema=False).select("value", "lower", "upper")
        printed |= {value for column in rows.iter_columns() for value in column.drop_nulls()}
        if name.startswith("activity"):  # a cost a person, in whole pounds on the sheet
            printed |= {f"{float(value):.0f}" for column in rows.iter_columns() for value in column.drop_nulls()}
    cells = re.findall(r'<td class="rs-number">(.*?)</td>', summary) + re.findall(r"<dd>(.*?)</dd>", summary)
    shown = [number.replace(",", "") for cell in cells for number in NUMBER.findall(re.sub(r"<[^>]*>", " ", cell))]
    assert len(shown) > 30
    assert set(shown) <= printed


def test_it_leads_to_a_definition_of_every_line_in_the_report(report, summary):
    page = (report.folder / "population.html").read_text(encoding="utf-8")
    links = re.findall(r'href="population\.html#([^"]+)"', summary)
    assert len(links) > 10
    for link in links:
        assert f'id="{link}"' in page, link


def test_a_feed_that_is_missing_is_said_and_is_no_zero(summary):
    assert "social_care_service is absent" in summary
    assert "other reason" in summary


def test_of_each_measure_it_is_said_what_its_last_months_do_or_why_nothing_can_be(summary):
    counted = re.search(r"Nothing can be said of the last months of (\d+) measures: ([^.]+)\.", summary)
    reasons = re.findall(r"(\d+) ([a-z ]+)", counted[2])
    assert {"no figure", "too few a month to say"} <= {words for _, words in reasons}
    assert sum(int(number) for number, _ in reasons) == int(counted[1])
    assert "0" not in {number for number, _ in reasons}
    told = re.search(r"(\d+) measures? shows? no more than usual", summary)
    assert (int(told[1]) if told else 0) + int(counted[1]) <= len(read_measures())


def test_it_judges_nothing(summary):
    words = re.sub(r"<style>.*?</style>|<[^>]*>", " ", summary, flags=re.S).lower()
    assert re.findall(r"\b(?:better|worse|worst|best|improv\w*|poor\w*|fail\w*)\b", words) == []
    assert "neither is good or bad" in words


@pytest.mark.parametrize(
    ("now", "then", "said"),
    [
        ((2000, 10000), (1500, 10000), "higher"),
        ((1500, 10000), (2000, 10000), "lower"),
        ((2000, 10000), (2010, 10000), "similar"),
        ((35, 100), (15, 100), "left open"),  # 37 of 98 lies apart from 13 of 102, 33 of 102 not from 17 of 98
        ((50, 100), (15, 100), "higher"),
        ((0, 100), (0, 100), "similar"),
        ((None, 10000), (2000, 10000), None),
        ((2000, 10000), (2000, None), None),
    ],
)
def test_a_cohort_has_changed_only_where_the_two_intervals_do_not_meet(now, then, said):
    columns = ("people_value", "registered")
    row, before = (dict(zip(columns, figures, strict=True)) for figures in (now, then))
    assert changed(row, before, Rule()) == said
    assert changed(row, None, Rule()) is None


def test_a_change_is_said_only_where_every_count_that_is_printed_so_says_it():
    """By enumeration: whoever the counts behind the rounded ones are, the plain comparison of intervals agrees."""
    rule = Rule()
    for now, then in product((10, 15, 20, 25, 30, 35, 40), repeat=2):
        rows = [{"people_value": people, "registered": 60} for people in (now, then)]
        pairs = [
            [proportion(part, whole) for part in held for whole in range(58, 63)]
            for held in (range(low, high + 1) for low, high in (possible_counts(one, rule) for one in (now, then)))
        ]
        plain = {
            "higher" if one.lower > other.upper else "lower" if one.upper < other.lower else "similar"
            for one, other in product(*pairs)
        }
        assert changed(*rows, rule) == (plain.pop() if len(plain) == 1 else "left open"), (now, then)


def line(higher=(), similar=(), lower=()):
    return CohortLine(None, {}, None, (higher, similar, lower), None, None)


@pytest.mark.parametrize(
    ("one", "said"),
    [
        (line(), "not compared"),
        (line(similar=("A", "B")), "none of 2 compared"),
        (line(("A",), ("B", "C"), ("D",)), "higher: A; lower: D (of 4 compared)"),
        (line(tuple(f"Practice {n}" for n in range(9)), ("X",)), "9 higher, 0 lower of 10 compared"),
    ],
)
def test_practices_that_differ_are_named_with_how_many_could_be_compared(one, said):
    assert _who_differs(one) == said


def test_a_table_of_the_board_that_is_left_out_is_not_said_to_be_divided_among_areas():
    left_out = unprinted(3, Rule())
    words = [why_not(Area(kind, "X", "X", ()), left_out) for kind in ("icb", "practice")]
    assert words == [TABLE_NOT_SHOWN, NOT_DIVIDED]


def test_a_long_title_is_cut_at_a_word_for_the_sheet():
    cohort = read_cohorts()[0]
    long = replace(line(), cohort=replace(cohort, title="People who " + "meet every part of it " * 5))
    assert _cohort(long)["title"] == "People who meet every part of it meet every part of it …"
    assert _cohort(replace(line(), cohort=cohort))["title"] == cohort.title


def test_cohorts_stand_on_the_sheet_as_far_as_its_lines_reach():
    one, two = {"title": "Short", "differ": "none"}, {"title": "Short", "differ": "a name of a practice " * 2}
    assert _fitting([one, two, one], 4) == [one, two, one]
    assert _fitting([one, two, one], 3) == [one, two]
    assert _fitting([two, one], 1) == []


def test_what_is_not_printed_is_no_star():
    macros = _environment().get_template("macros/published.html").make_module({"shorthand": "*", "is_sheet": True})
    rows = [(1200.0, "", None), (None, "*", None), (None, TABLE_NOT_SHOWN, None), (1200.0, "", 1250.0)]
    said = [macros.stated(dict(zip(("people", "note", "revised_from"), row, strict=True))) for row in rows]
    assert [re.sub("<[^>]+>", "", one) for one in said] == ["1,200", "*", "not shown", "1,200 was 1,250"]


def test_sources_stand_under_the_day_they_are_complete_to_and_absent_ones_apart():
    sources = pl.DataFrame(
        {
            "table_name": ["apc_episode", "gp_event", "ecds_attendance", "social_care_service"],
            "is_present": [True, True, True, False],
            "complete_to": [date(2026, 9, 20), date(2026, 10, 29), date(2026, 9, 20), None],
            "note": ["", "fell short: 40% of what is usual; x", "", ""],
        }
    )
    assert completeness(sources) == {
        "complete": [("29 Oct 2026", ["GP records"]), ("20 Sep 2026", ["Hospital admissions", "A&E attendances"])],
        "short": ["GP records"],
        "absent": ["Social care"],
    }
