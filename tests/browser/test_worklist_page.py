"""The worklist in Chromium: no complaint, no request, no axe violation, usable narrow, on A4 and in grey."""

import re

import pytest

from riskstrat.worklists.documents import write_documents
from support.worklist_pages import made_page

pytestmark = pytest.mark.browser


@pytest.fixture
def worklist(tmp_path, open_page):
    return open_page(write_documents(made_page(20), tmp_path)[0])


def test_it_loads_without_a_complaint_and_asks_nobody_for_anything(worklist):
    assert worklist.complaints == []
    assert worklist.requests == []


def test_axe_finds_nothing_against_wcag_22_aa(worklist):
    assert worklist.violations() == []


def test_every_rule_opens_quietly_without_a_violation_and_is_not_printed(worklist, tmp_path):
    assert worklist.evaluate("document.querySelectorAll('details.wl-all').length") > 20
    assert worklist.evaluate("document.querySelectorAll('details.wl-all[open]').length") == 0
    closed = worklist.print_to(tmp_path / "closed.pdf").stat().st_size
    worklist.evaluate("document.querySelectorAll('details.wl-all').forEach(d => d.open = true); 0")
    assert worklist.violations() == []
    assert [worklist.overflow(width) for width in (320, 640, 1280)] == [0, 0, 0]
    assert abs(worklist.print_to(tmp_path / "open.pdf").stat().st_size - closed) < 0.02 * closed


def test_it_needs_no_sideways_scrolling_at_320_pixels_or_at_twice_the_size(worklist):
    assert [worklist.overflow(width) for width in (320, 640, 1280)] == [0, 0, 0]


def test_it_prints_on_a4_landscape_with_three_people_a_page(worklist, tmp_path):
    pdf = worklist.print_to(tmp_path / "list.pdf").read_bytes()
    width, height = (float(size) for size in re.search(rb"/MediaBox ?\[0 0 ([0-9.]+) ([0-9.]+)\]", pdf).groups())
    assert (round(width), round(height)) == (842, 595)
    pages = len(re.findall(rb"/Type ?/Page\b", pdf))
    assert 8 <= pages <= 11  # 20 people, who is not shown, and the words: ten pages, not one a person


def test_nothing_is_said_by_colour_alone(worklist):
    """Every mark drawn in colour stands beside words that say the same."""
    said = worklist.evaluate(
        "[...document.querySelectorAll('.wl-risk')].filter(e => e.querySelector('svg'))"
        ".every(e => /in 100 people like this/.test(e.textContent) && /Trend/.test(e.textContent))"
    )
    assert said
    ways = worklist.evaluate(
        "[...document.querySelectorAll('.wl-moves li')].every(e => /(up|down): /.test(e.textContent))"
    )
    assert ways
