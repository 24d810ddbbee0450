"""What a practice reads of a person on paper: the first sheet, the note it wrote, the per cent, no name too many."""

import re
from dataclasses import replace
from datetime import date
from html import escape

import pytest

from riskstrat.worklists.showing.documents import worklist_html
from riskstrat.worklists.showing.page import ListedPerson
from riskstrat.worklists.showing.words import per_cent_words
from support.worklist_pages import HOSTILE_NAME, MARGARET, made_page

GLANCE = '<table class="rs-table wl-glance">'


def with_note(note, note_from="Dr L Whitehead, 6 October 2026"):
    page = made_page(1)
    recorded = replace(page.people[0].recorded, note=note, note_from=note_from)
    return worklist_html(replace(page, people=(replace(page.people[0], recorded=recorded),)))


def text_of(html):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", "", re.sub(r"</t[dh]>", " ", html)))


def test_the_note_of_last_month_stands_with_the_person_and_who_wrote_it_when():
    html = with_note("Rang the daughter; call again after the scan")
    assert "Your note (Dr L Whitehead, 6 October 2026): Rang the daughter; call again after the scan" in text_of(html)
    assert html.index('id="person-1"') < html.index("Rang the daughter") < html.index("Not shown, because")


def test_a_note_of_nobody_known_is_not_said_to_be_anybodys_and_no_note_says_nothing():
    assert "Your note: seen" in text_of(with_note("seen", ""))
    assert "Your note" not in text_of(with_note(None))


@pytest.mark.parametrize("note", [HOSTILE_NAME, '"><img src=x onerror=alert(1)>', "=1+1", "a\nb"])
def test_a_hostile_note_is_inert(note):
    html = with_note(note, note)
    assert "<script" not in html
    assert "<img" not in html
    assert "onerror=alert(1)>" not in html


def test_the_list_at_a_glance_has_a_line_a_person_before_anybody_is_told_of_in_full():
    html = worklist_html(made_page(20))
    rows = re.findall(r'<tr><td>(\d+)</td><th scope="row"><a href="#person-(\d+)">', html)
    assert rows == [(str(n), str(n)) for n in range(1, 21)]
    assert html.index(GLANCE) < html.index('id="person-1"')
    first = text_of(html[html.index(GLANCE) : html.index("#person-2")])
    for words in (
        "OKONKWO, Margaret",
        "up 3",
        "about 38 (38%)",
        "Rising and high risk of emergency admission",
        "home care",
    ):
        assert words in first, words


def test_who_supports_a_person_is_told_in_few_words_at_a_glance_and_in_full_below():
    told = replace(MARGARET, supported_by=("home care", "community services (3 contacts known in 90 days)"))
    assert told.supported_in_short == ("home care", "community services")


def test_the_first_rule_is_named_in_full_at_a_glance_and_the_next_in_few_words():
    rules = (
        "Left hospital in the last 14 days: no follow-up known",
        "Proactive care: moderate or severe frailty at home",
        "Structured medication review (lives in a care home)",
    )
    assert replace(MARGARET, rules=rules).rules_in_short == f"{rules[0]}; Proactive care"
    assert replace(MARGARET, rules=(rules[1], rules[2])).rules_in_short == f"{rules[1]}; Structured medication review"
    assert replace(MARGARET, rules=rules[:1]).rules_in_short == rules[0]
    assert replace(MARGARET, rules=()).rules_in_short == ""


def test_a_person_without_an_estimate_or_suggestion_still_has_a_line():
    page = made_page(1)
    bare = replace(page.people[0], risk_history=(), suggestions=(), supported_by=())
    html = worklist_html(replace(page, people=(bare,)))
    line = text_of(html[html.index(GLANCE) : html.index('<ol class="wl-people">')])
    assert "no estimate Rising and high risk of emergency admission; " in line
    assert "nothing known" in line
    assert "To begin with" not in line


def test_what_a_rule_suggests_first_is_said_once_however_many_met_it():
    page = made_page(20)
    html = worklist_html(page)
    glance = text_of(html[html.index(GLANCE) : html.index('<ol class="wl-people">')])
    assert len(page.first_suggestions) < len(page.people)
    for rule, action in page.first_suggestions:
        assert glance.count(escape(action)) == 1
        assert glance.count(escape(f"{rule}: {action}")) == 1


@pytest.mark.parametrize(
    ("risk", "said"), [(0.004, "under 1%"), (0.01, "1%"), (0.38, "38%"), (0.99, "99%"), (0.996, "over 99%")]
)
def test_a_risk_in_per_cent_never_claims_certainty(risk, said):
    assert per_cent_words(risk) == said
    person = replace(MARGARET, risk_history=((date(2026, 11, 1), risk),))
    assert person.per_cent_words == said
    assert said in person.risk_in_100


def test_the_page_says_how_to_ask_about_anybody_and_where_the_others_below_the_cut_are():
    page = made_page(3)
    text = text_of(worklist_html(page))
    assert "For anyone registered with the practice, on this page or not" in text
    assert "riskstrat explain - --practice Z00001 --page answer.html" in text
    more = page.not_shown_sheet.height - len(page.not_shown)
    assert f"And {more} more people below the cut, named with the rules they met on the sheet" in text


def test_paper_defines_the_rules_that_stand_on_it_and_those_that_did_not_run():
    page = made_page(3)
    assert page.titles_on_paper == {"Rising and high risk of emergency admission"}
    with_groups = replace(page.people[0], rules=("Rising and high risk of emergency admission (a group)",))
    assert replace(page, people=(with_groups,)).titles_on_paper == page.titles_on_paper
    assert replace(page, people=(), not_shown=()).titles_on_paper == frozenset()
    html = worklist_html(replace(page, people=(), not_shown=()))
    assert "1 rule that ran and that nobody named on this paper met" in html
    assert '<div class="rs-screen-only">\n<dt>Rising and high risk' in html
    assert "Did not run this month" in html


def test_nobody_is_named_who_is_neither_listed_nor_not_shown():
    page = made_page(5)
    named = {person.name for person in (*page.people, *page.not_shown)}
    further = set(page.not_shown_sheet["name"]) - named
    assert len(further) == 15
    html = worklist_html(page)
    assert not any(name in html for name in further)
    assert all(isinstance(person, ListedPerson) for person in page.people)
