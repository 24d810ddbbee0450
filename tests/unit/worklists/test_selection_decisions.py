"""What a recorded status does to the months that follow."""

import re
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from riskstrat.worklists.returning.decisions import FOREVER, STATUSES, decisions_in_force, ends_on, months_after
from riskstrat.worklists.returning.memory import RECORD_SCHEMA

OCTOBER, NOVEMBER, DECEMBER = date(2026, 10, 1), date(2026, 11, 1), date(2026, 12, 1)


def records(*rows):
    names = ("index_date", "status", "status_date", "until", "owner", "note")
    made = [
        {"sequence": n, "release": f"{row[0]}.1", "practice_code": "A", "row_key": "0" * 16, "person_id": 1}
        | dict(zip(names, row, strict=False))
        for n, row in enumerate(rows, 1)
    ]
    return pl.DataFrame(made, schema=RECORD_SCHEMA)


def stands(index_date, *rows):
    found = decisions_in_force(records(*rows), index_date, {}).to_dicts()
    return found[0] if found else None


def test_the_statuses_are_the_contracts():
    said = (
        "to review, reviewed - no action, reviewed - plan made, on caseload, declined, not suitable, already managed, "
        "in hospital, moved away, died, data wrong, patient objects, snoozed"
    )
    assert list(STATUSES) == said.split(", ")


@pytest.mark.parametrize(
    ("status", "ends"),
    [
        ("reviewed - no action", date(2027, 1, 15)),
        ("reviewed - plan made", date(2027, 4, 15)),
        ("declined", date(2027, 10, 15)),
        ("in hospital", date(2026, 11, 15)),
        ("died", FOREVER),
        ("patient objects", FOREVER),
    ],
)
def test_how_long_it_stands(status, ends):
    assert ends_on(status, date(2026, 10, 15), None) == ends


def test_a_date_in_until_replaces_the_period_but_not_a_final_status():
    assert ends_on("declined", date(2026, 10, 15), date(2026, 11, 1)) == date(2026, 11, 1)
    assert ends_on("died", date(2026, 10, 15), date(2026, 11, 1)) == FOREVER


def test_months_end_where_the_month_does():
    assert months_after(date(2026, 11, 30), 3) == date(2027, 2, 28)
    assert months_after(date(2026, 1, 31), 1) == date(2026, 2, 28)
    assert months_after(date(2026, 10, 15), 12) == date(2027, 10, 15)


def test_the_latest_list_decides_then_the_latest_day():
    assert stands(DECEMBER, (OCTOBER, "declined"), (NOVEMBER, "snoozed", None, DECEMBER))["decided_status"] == "snoozed"
    day = stands(DECEMBER, (OCTOBER, "declined", date(2026, 10, 9)), (OCTOBER, "not suitable", date(2026, 10, 20)))
    assert (day["decided_status"], day["decided_on"]) == ("not suitable", date(2026, 10, 20))


def test_only_lists_before_count():
    assert stands(OCTOBER, (OCTOBER, "declined")) is None
    assert stands(NOVEMBER, (OCTOBER, "declined"))["decided_status"] == "declined"


@pytest.mark.parametrize("final", ["died", "patient objects"])
def test_who_died_or_objects_is_off_a_month_that_is_made_again_too(final):
    assert stands(OCTOBER, (OCTOBER, final))["decided_status"] == final
    assert stands(OCTOBER, (NOVEMBER, final))["decided_status"] == final
    assert stands(OCTOBER, (OCTOBER, final), (OCTOBER, "to review", date(2026, 10, 28))) is None


def test_the_latest_day_decides_whichever_list_it_was_written_on():
    late = stands(
        DECEMBER, (NOVEMBER, "reviewed - no action", date(2026, 11, 3)), (OCTOBER, "declined", date(2026, 11, 9))
    )
    assert late["decided_status"] == "declined"


def test_to_review_with_a_date_takes_an_earlier_decision_back():
    assert stands(DECEMBER, (OCTOBER, "to review")) is None
    assert stands(DECEMBER, (OCTOBER, "declined", date(2026, 10, 5)), (OCTOBER, "to review", date(2026, 10, 6))) is None


def test_a_note_alone_is_carried_and_takes_nothing_back():
    noted = (NOVEMBER, "to review", None, None, None, "rang twice")
    assert stands(DECEMBER, noted)["last_note"] == "rang twice"
    assert stands(DECEMBER, noted)["decided_status"] is None
    found = stands(DECEMBER, (OCTOBER, "declined", date(2026, 10, 5)), noted)
    assert (found["decided_status"], found["last_note"], found["disagreement"]) == ("declined", "rang twice", None)


def test_a_note_says_who_first_wrote_it_and_when_however_often_the_list_came_back_with_it():
    written = (OCTOBER, "declined", date(2026, 10, 5), None, "Dr A", "rang twice")
    sent_back = (NOVEMBER, "to review", None, None, None, "rang twice")
    assert stands(DECEMBER, written)["last_note_from"] == "Dr A, 5 October 2026"
    assert stands(DECEMBER, written, sent_back)["last_note_from"] == "Dr A, 5 October 2026"
    newer = (NOVEMBER, "to review", None, None, None, "seen at home")
    assert stands(DECEMBER, written, newer)["last_note_from"] == "on the list of 1 November 2026"
    again = (DECEMBER, "declined", date(2026, 12, 4), None, "Dr B", "rang twice")
    found = stands(date(2027, 1, 1), written, newer, again)
    assert (found["last_note"], found["last_note_from"]) == ("rang twice", "Dr B, 4 December 2026")
    assert stands(DECEMBER, (OCTOBER, "declined", date(2026, 10, 5)))["last_note_from"] is None


@pytest.mark.parametrize("final", ["died", "patient objects"])
def test_a_final_status_recorded_by_mistake_can_be_taken_back_and_not_by_a_slip(final):
    said = (OCTOBER, final, date(2026, 10, 5))
    for slip in ((NOVEMBER, "to review", None, None, None, "note"), (OCTOBER, "to review", date(2026, 10, 4))):
        assert stands(DECEMBER, said, slip)["decided_status"] == final
    assert stands(DECEMBER, said, (OCTOBER, "to review", date(2026, 10, 6))) is None
    later = (NOVEMBER, "declined", date(2026, 11, 2))
    assert stands(DECEMBER, (OCTOBER, "to review", date(2026, 10, 4)), said, later)["decided_status"] == final
    again = (said, (OCTOBER, "to review", date(2026, 10, 6)), (NOVEMBER, final, date(2026, 11, 2)))
    assert stands(DECEMBER, *again)["decided_status"] == final


def test_what_another_recorded_before_on_the_same_list_is_shown_and_the_later_stands():
    first = (OCTOBER, "on caseload", date(2026, 10, 5), None, "Nurse Ng")
    found = stands(DECEMBER, first, (OCTOBER, "declined", date(2026, 10, 9), None, "Dr Shah"))
    assert found["decided_status"] == "declined"
    assert found["disagreement"] == "recorded differently before: on caseload (Nurse Ng, 5 October 2026)"
    for follows in (
        (OCTOBER, "declined", date(2026, 10, 9), None, "Nurse Ng"),
        (NOVEMBER, "declined", None, None, "X"),
    ):
        assert stands(DECEMBER, first, follows)["disagreement"] is None


def test_the_same_status_until_two_days_is_a_disagreement():
    found = stands(DECEMBER, (OCTOBER, "snoozed", None, DECEMBER), (OCTOBER, "snoozed", None, date(2027, 1, 1), "Dr X"))
    assert found["disagreement"] == (
        "recorded differently: snoozed until 1 December 2026; snoozed until 1 January 2027 (Dr X)"
    )


def test_one_day_two_statuses_decides_nothing_and_says_so():
    found = stands(DECEMBER, (OCTOBER, "declined"), (OCTOBER, "not suitable"))
    assert (found["decided_status"], found["decided_until"]) == (None, None)
    assert found["disagreement"] == "recorded differently: declined; not suitable"


def test_a_final_status_stands_against_any_other():
    found = stands(DECEMBER, (OCTOBER, "patient objects"), (NOVEMBER, "declined"))
    assert (found["decided_status"], found["disagreement"]) == ("patient objects", None)


def test_a_merger_carries_decisions_to_the_successor():
    found = decisions_in_force(records((OCTOBER, "declined")), DECEMBER, {"A": "B"})
    assert found["practice_code"].to_list() == ["B"]


def test_the_how_to_page_says_the_same():
    page = (Path(__file__).parents[3] / "docs/how-to/record-what-was-decided.md").read_text(encoding="utf-8")
    told = dict(re.findall(r"^\| ([a-z -]+) \| .* \| (yes|no|\u2013) \|$", page, flags=re.MULTILINE))
    assert told == {
        status: "yes" if effect.breakable else "\u2013" if status == "to review" else "no"
        for status, effect in STATUSES.items()
    }
    for status, effect in STATUSES.items():
        (line,) = [line for line in page.splitlines() if line.startswith(f"| {status} |")]
        if effect.months is None:
            assert "| ever" in line
        elif effect.months:
            assert f"| for {effect.months} month" in line
