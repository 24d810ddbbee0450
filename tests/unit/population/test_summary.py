"""The sheet for a board: published figures and no others, what differs and changes in words, what is not known."""

import re
from datetime import date

import polars as pl
import pytest

from riskstrat.population.report.answers import completeness
from riskstrat.population.report.lines import CohortLine

NUMBER = re.compile(r"[\d,]+(?:\.\d+)?")


@pytest.fixture(scope="module")
def summary(report):
    return (report.folder / "summary.html").read_text(encoding="utf-8")


def test_every_figure_on_it_is_one_that_the_report_publishes(report, summary):
    printed = set()
    for name in ("population.csv", "measures.csv"):
        rows = pl.read_csv(report.folder / name, infer_schema=False).select("value", "lower", "upper")
        printed |= {value for column in rows.iter_columns() for value in column.drop_nulls()}
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


def test_it_judges_nothing(summary):
    words = re.sub(r"<style>.*?</style>|<[^>]*>", " ", summary, flags=re.S).lower()
    assert re.findall(r"\b(?:better|worse|worst|best|improv\w*|poor\w*|fail\w*)\b", words) == []
    assert "neither is good or bad" in words


@pytest.mark.parametrize(
    ("now", "then", "said"),
    [
        ((20.0, 18.0, 22.0), (15.0, 13.0, 17.9), "higher"),
        ((20.0, 18.0, 22.0), (24.5, 22.1, 27.0), "lower"),
        ((20.0, 18.0, 22.0), (24.5, 22.0, 27.0), "similar"),
        ((20.0, 18.0, 22.0), (None, None, None), None),
        ((None, None, None), (24.5, 22.0, 27.0), None),
    ],
)
def test_a_cohort_has_changed_only_where_the_two_intervals_do_not_meet(now, then, said):
    columns = ("rate_per_1000_value", "rate_per_1000_lower", "rate_per_1000_upper")
    row, before = (dict(zip(columns, figures, strict=True)) for figures in (now, then))
    assert CohortLine(None, row, before, (), None, None).change == said
    assert CohortLine(None, row, None, (), None, None).change is None


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
