"""The shared look: what every page carries, and what it never does."""

import re
from datetime import date

import jinja2
import pytest

from riskstrat import pages

PAGE = {
    "title": "Worklist",
    "subtitle": "November 2026",
    "board_name": "Example board",
    "demonstration": False,
    "release_name": "2026-11-01.1",
}
LINE = {
    "data": {"values": [{"month": "Sep", "people": 3}, {"month": "Oct", "people": 5}]},
    "mark": {"type": "line", "clip": True},
    "encoding": {"x": {"field": "month", "type": "ordinal"}, "y": {"field": "people", "type": "quantitative"}},
}


def test_the_intended_use_is_printed_on_every_page():
    assert pages.INTENDED_USE in pages.render("base.html", **PAGE)
    assert pages.INTENDED_USE.startswith("Decision support for reviewing who might benefit from proactive care.")


def test_a_demonstration_says_that_nobody_is_real():
    assert "Nobody on this page is real" in pages.render("base.html", **{**PAGE, "demonstration": True})
    assert "Nobody on this page is real" not in pages.render("base.html", **PAGE)


def test_a_page_names_no_other_address():
    page = pages.render("base.html", **PAGE)
    assert not re.findall(r"(?:https?:)?//[a-z][^\s\"')]+", re.sub(r"/\*.*?\*/", "", page, flags=re.S))
    assert "url(" not in page
    assert "frutiger" not in page.lower()


def test_markup_in_a_name_is_inert():
    page = pages.render("base.html", **{**PAGE, "subtitle": "<script>alert(1)</script>"})
    assert "<script" not in page
    assert "&lt;script&gt;" in page


def test_a_forgotten_name_is_an_error():
    with pytest.raises(jinja2.UndefinedError, match="board_name"):
        pages.render("base.html", **{name: value for name, value in PAGE.items() if name != "board_name"})


def test_a_chart_is_the_same_text_however_many_were_drawn_before_it():
    drawn = [pages.chart(LINE, title="People", description="Three, then five") for _ in range(2)]
    assert drawn[0] == drawn[1]
    assert 'role="img"' in drawn[0]
    assert "<desc" in drawn[0]
    assert "Three, then five" in drawn[0]


def test_charts_on_one_page_share_no_identifier():
    first = pages.chart(LINE, title="People", description="Three, then five")
    other = pages.chart(LINE, title="People < all", description="Three, then five")
    identifiers = [set(re.findall(r'\bid="([^"]+)"', drawn)) for drawn in (first, other)]
    assert len(identifiers[0]) >= 3
    assert not identifiers[0] & identifiers[1]
    assert set(re.findall(r"url\(#([^)]+)\)", first)) <= identifiers[0]
    assert "People &lt; all" in other


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (pages.long_date(date(2026, 9, 12)), "12 September 2026"),
        (pages.long_date("2026-09-12"), "12 September 2026"),
        (pages.long_date(None), "not known"),
        (pages.short_date(date(2026, 9, 2)), "2 Sep 2026"),
        (pages.month(date(2026, 11, 1)), "November 2026"),
        (pages.thousands(1234567), "1,234,567"),
        (pages.thousands(1234.56, 1), "1,234.6"),
        (pages.percent(0.384), "38%"),
        (pages.percent(0.384, 1), "38.4%"),
        (pages.percent(None), "not known"),
        (pages.spaced_nhs_number("9990001234"), "999&nbsp;000&nbsp;1234"),
        (pages.spaced_nhs_number("TOKEN-1"), "TOKEN-1"),
        (pages.counted(1, "person", "people"), "1 person"),
        (pages.counted(1200, "person", "people"), "1,200 people"),
    ],
)
def test_figures_and_dates_read_as_people_say_them(made, expected):
    assert made == expected
