"""The worklist in Chromium: no complaint, no request, no axe violation, usable narrow, on A4 and in grey."""

import re
from dataclasses import replace
from datetime import date
from types import SimpleNamespace

import polars as pl
import pytest

from riskstrat.worklists import Explanation
from riskstrat.worklists.showing import explanation_page
from riskstrat.worklists.showing.answers import Point, RuleAnswer
from riskstrat.worklists.showing.documents import write_documents
from support.worklist_pages import HOSTILE_NAME, made_page

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


def sheets(pdf):
    """Return the size of the paper in points and how many sheets there are."""
    width, height = (float(size) for size in re.search(rb"/MediaBox ?\[0 0 ([0-9.]+) ([0-9.]+)\]", pdf).groups())
    return round(width), round(height), len(re.findall(rb"/Type ?/Page\b", pdf))


def test_it_prints_on_a4_landscape_the_list_first_and_then_four_people_a_sheet(worklist, tmp_path):
    width, height, pages = sheets(worklist.print_to(tmp_path / "list.pdf").read_bytes())
    assert (width, height) == (842, 595)
    assert 6 <= pages <= 8  # the list, 20 people, who is not shown, and the words


SMALL_TYPE = """[...document.querySelectorAll('body *')].filter(e => e.getClientRects().length
    && [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()) && !e.closest('.nhsuk-u-visually-hidden')
    && parseFloat(getComputedStyle(e).fontSize) < 11.99 && !e.matches('.wl-way')).map(e => e.outerHTML)"""
SPLIT = "[...document.querySelectorAll('.wl-person')].every(e => getComputedStyle(e).breakInside === 'avoid')"


def test_on_paper_no_type_is_smaller_than_nine_points_and_nobody_is_on_two_sheets(worklist):
    worklist.page.emulate_media(media="print")
    assert worklist.evaluate(SMALL_TYPE) == []
    assert worklist.evaluate(SPLIT)
    assert worklist.evaluate("getComputedStyle(document.querySelector('.wl-who .wl-needs')).display") != "none"


def test_the_note_of_last_month_is_on_paper_and_runs_nothing(tmp_path, open_page):
    page = made_page(2)
    recorded = replace(page.people[0].recorded, note=HOSTILE_NAME, note_from="Dr A, 6 October 2026")
    people = (replace(page.people[0], recorded=recorded), page.people[1])
    shown = open_page(write_documents(replace(page, people=people), tmp_path)[0])
    assert (shown.complaints, shown.requests, shown.violations()) == ([], [], [])
    shown.page.emulate_media(media="print")
    note = "document.querySelector('#person-1 .wl-note')"
    assert shown.evaluate(f"{note}.getClientRects().length > 0")
    assert HOSTILE_NAME in shown.evaluate(f"{note}.textContent")
    assert shown.evaluate(f"{note}.querySelectorAll('script, a').length") == 0


def test_the_first_column_of_the_list_leads_to_each_person(worklist):
    links = "[...document.querySelectorAll('.wl-glance a')].map(a => document.querySelector(a.hash)?.className)"
    assert worklist.evaluate(links) == ["wl-person"] * 20


ANSWER = Explanation(
    "Z00001",
    date(2026, 11, 1),
    "below_cut",
    ("Not on the list: below the cut, 31 of 265 who compete for a place this month.",),
    rules=tuple(
        RuleAnswer(
            f"rule-{n}", f"Rule number {n}", "", n % 9 != 8, "its source is late", n % 5 == 0, None,
            tuple(Point(((f"what the rule reads, part {k}", "47.5"),), "at least 48", n % 5 == 0) for k in range(5)),
        )
        for n in range(23)
    ),
    gaps=("no care plan known to 29 October 2026", "last kidney function test known: 8 September 2025"),
    risk=0.31,
    reasons_up=("frailty index moderate (12 of 36 deficits)", "6 long-term conditions recorded"),
    reasons_down=("no A&E attendance known in 12 months (A&E data complete to 20 September 2026)",),
)  # fmt: skip


def test_the_answer_about_one_person_is_one_quiet_accessible_sheet(tmp_path, open_page, monkeypatch):
    known = pl.DataFrame([{"nhs_number": "9990001018", "family_name": HOSTILE_NAME, "given_name": "Margaret",
                           "usual_gp": "Dr A Shah", "needs": "Interpreter (Igbo)"}])  # fmt: skip
    monkeypatch.setattr(explanation_page, "lookup", lambda *_: 1)
    monkeypatch.setattr(explanation_page, "identities", lambda *_: known)
    board = SimpleNamespace(name="Example Integrated Care Board", demonstration=True)
    workspace = SimpleNamespace(settings=SimpleNamespace(board=board))
    path = tmp_path / "answer.html"
    path.write_text(explanation_page.explanation_html(workspace, "9990001018", ANSWER), encoding="utf-8")
    shown = open_page(path)
    assert (shown.complaints, shown.requests, shown.violations()) == ([], [], [])
    assert [shown.overflow(width) for width in (320, 640, 1280)] == [0, 0, 0]
    assert sheets(shown.print_to(tmp_path / "answer.pdf").read_bytes()) == (595, 842, 1)
    shown.page.emulate_media(media="print")
    assert shown.evaluate(SMALL_TYPE) == []


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
