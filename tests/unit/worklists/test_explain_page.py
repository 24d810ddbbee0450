"""The answer of ``explain`` as a page: the same answer, with whose it is, in one file that this account alone reads."""

import re
from dataclasses import replace
from datetime import date
from html import unescape
from types import SimpleNamespace

import polars as pl
import pytest

from riskstrat.errors import UsageFault
from riskstrat.settings import IdentitySettings
from riskstrat.worklists import Explanation, write_page
from riskstrat.worklists.showing import explanation_page
from riskstrat.worklists.showing.answers import Point, RuleAnswer
from riskstrat.worklists.showing.explanation import SHOWN
from support.worklist_pages import HOSTILE_NAME

NUMBER = "9990001018"
MET = RuleAnswer(
    "falls", "Falls at 65 and over", "", True, None, True, None,
    (Point((("age", "86"),), "at least 65", True), Point((("falls in 12 months", "0"),), "at least 2", False)),
)  # fmt: skip
NOT_MET = RuleAnswer(
    "af", "Anticoagulant", "", True, None, False, None, (Point((("age", "86"),), "at least 18", True),) * 2
)
NOT_RUN = RuleAnswer("soon", "Left hospital", "", False, "needs hospital admissions", False, None, ())
ANSWER = Explanation(
    "Z00001",
    date(2026, 11, 1),
    "listed",
    ("On the list, at rank 2 (NEW).",),
    rules=(NOT_RUN, NOT_MET, MET),
    gaps=("no care plan known to 29 October 2026",),
    risk=0.38,
    reasons_up=("2 emergency admissions in 12 months",),
    reasons_down=("no A&E attendance known",),
    cautions=("Emergency admission: GP records: late.",),
)


@pytest.fixture
def workspace(tmp_path, monkeypatch):
    """A place with settings, and one person whom ``lookup`` and ``identities`` know."""
    known = {"nhs_number": NUMBER, "family_name": "OKONKWO", "given_name": "Margaret", "usual_gp": "Dr A Shah",
             "needs": "Interpreter (Igbo)"}  # fmt: skip
    monkeypatch.setattr(explanation_page, "lookup", lambda _, number: 7 if number == NUMBER else None)
    monkeypatch.setattr(explanation_page, "identities", lambda _, people: pl.DataFrame([known] * len(people)))
    from riskstrat.project import Workspace

    made = Workspace(tmp_path / "w")
    for folder in (made.store, made.releases):
        folder.mkdir(parents=True)
    board = SimpleNamespace(name="Example Board", demonstration=False)
    monkeypatch.setattr(Workspace, "settings", SimpleNamespace(board=board, identity=IdentitySettings()))
    return SimpleNamespace(root=made, known=known)


def text_of(html):
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]*>", "", re.sub(r"</d[td]>", " ", html))))


def test_the_page_says_all_that_the_answer_says_and_whose_it_is(workspace):
    text = text_of(explanation_page.explanation_html(workspace.root, NUMBER, ANSWER))
    places = [
        text.index(words)
        for words in (
            "OKONKWO, Margaret",
            "Practice Z00001, list of 1 November 2026",
            "999 000 1018",
            "Needs Interpreter (Igbo)",
            "On the list, at rank 2 (NEW).",
            "About 38 in 100 people like this (38%) are admitted as an emergency within a year.",
            "Read the estimate with more care this month. Emergency admission: GP records: late.",
            "up: 2 emergency admissions in 12 months",
            "down: no A&E attendance known",
            "no care plan known to 29 October 2026",
            "Falls at 65 and over met. age: 86; falls in 12 months: 0 (asks for at least 2)",
            "Anticoagulant not met. age: 86 Left hospital did not run: needs hospital admissions.",
        )
    ]
    assert places == sorted(places)


@pytest.mark.parametrize("state", ["not available", "not considered", "a state that nobody thought of"])
def test_who_may_not_be_shown_is_not_named_either(workspace, state):
    told = Explanation("Z00001", date(2026, 11, 1), state, ("Nothing can be shown for this person.",))
    html = explanation_page.explanation_html(workspace.root, NUMBER, told)
    assert "Nothing can be shown for this person." in html
    assert not any(value in html for value in ("OKONKWO", "Margaret", NUMBER, "999&nbsp;000", "Dr A Shah", "Igbo"))
    assert "Every rule" not in html


@pytest.mark.parametrize("state", SHOWN)
def test_whoever_has_a_state_of_the_worklist_is_named(workspace, state):
    html = explanation_page.explanation_html(workspace.root, NUMBER, replace(ANSWER, state=state))
    assert "OKONKWO" in html


def test_a_comparison_with_nothing_never_asks_for_what_is_not_known():
    """What is null is said in words that are true of it, on the page and on the screen."""
    review = (("days since a review", "none known"),)
    points = (Point(review, "at least 456", None), Point(review, "none known", True), Point(review, "known", False))
    rule = RuleAnswer("review", "Yearly review", "", True, None, True, None, points)
    assert rule.values == (
        "days since a review: none known (asks for at least 456); days since a review: none known; "
        "days since a review: none known (counts where one is known)"
    )
    text = replace(ANSWER, rules=(rule,)).as_text()
    assert "days since a review: none known (asks for at least 456: not known)" in text
    assert "days since a review: none known (counts where none is known: met)" in text
    assert "asks for none" not in text
    assert "asks for not known" not in text


def test_a_hostile_name_is_inert(workspace):
    workspace.known |= {"family_name": HOSTILE_NAME, "needs": HOSTILE_NAME}
    html = explanation_page.explanation_html(workspace.root, NUMBER, replace(ANSWER, gaps=(HOSTILE_NAME,)))
    assert "<script" not in html
    assert "&lt;script&gt;" in html


def test_the_page_is_this_accounts_alone_and_nothing_is_written_over(workspace, tmp_path):
    path = tmp_path / "answer.html"
    write_page(workspace.root, path, NUMBER, ANSWER)
    assert path.stat().st_mode & 0o777 == 0o600
    before = path.read_bytes()
    with pytest.raises(UsageFault, match=r"answer\.html is there already"):
        write_page(workspace.root, path, NUMBER, ANSWER)
    assert path.read_bytes() == before
    write_page(workspace.root, tmp_path / "again.html", NUMBER, ANSWER)
    assert (tmp_path / "again.html").read_bytes() == before
