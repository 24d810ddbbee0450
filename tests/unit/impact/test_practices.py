"""Figures by practice: counted by hand, and published so that nothing left out can be worked out."""

import csv
import io
from datetime import date

import numpy as np
import polars as pl
import pytest

from riskstrat.disclosure import Rule, publishable
from riskstrat.impact.past_lists.practice_counts import counts_by_practice
from riskstrat.impact.past_lists.practices import BEHIND, COLUMNS, COUNTS, PARTS, RETURNED, as_csv, published, write_csv

JANUARY, FEBRUARY, MARCH = (date(2025, month, 1) for month in (1, 2, 3))
ROW = {
    "listed": 50, "admitted": 20, "listed_most": 50, "admitted_most": 10, "admissions": 200, "admissions_listed": 25,
    "no_programme": 30, "no_admission_730d": 20, "reviewed": 30, "acted_on": 10, "places": 100, "stayed": 40,
    "people_admissions_listed": 20, "people_admissions_others": 100, "people_stayed": 20, "people_places_others": 40,
    "median_days": 90.4,
}  # fmt: skip


def counts(**changed):
    """Return four practices alike but for the changes, which name a practice: ``A={"admitted": 5}``."""
    return pl.DataFrame([{"practice_code": code, **ROW, **changed.get(code, {})} for code in "ABCD"])


def by_code(found):
    return {one.practice_code: one for one in found}


def test_counts_are_of_people_once_and_places_and_admissions_once_a_list():
    listed = pl.DataFrame(
        [  # person, practice, list, recorded, acted on, no programme
            (1, "A", JANUARY, True, True, True), (1, "A", FEBRUARY, False, None, True),
            (2, "A", JANUARY, False, None, False), (3, "A", FEBRUARY, True, False, True),
            (3, "A", MARCH, False, None, True), (4, "B", FEBRUARY, False, None, True),
            (5, "A", MARCH, False, None, True),
        ],
        schema=["person_id", "practice_code", "sent", "reviewed", "acted_on", "no_programme"], orient="row",
    )  # fmt: skip
    judged = pl.DataFrame(
        [  # of January and February; 6 was never listed, 3 only later than January, 7 has half a place
            (1, "A", JANUARY, True, 1, date(2025, 1, 11), 1.0), (2, "A", JANUARY, True, 0, None, 0.0),
            (3, "A", JANUARY, False, 1, date(2025, 1, 5), 0.0), (6, "A", JANUARY, False, 1, date(2025, 6, 1), 0.5),
            (7, "A", JANUARY, False, 0, None, 0.5),
            (1, "A", FEBRUARY, True, 1, date(2025, 3, 1), 1.0), (3, "A", FEBRUARY, True, 1, date(2025, 2, 21), 1.0),
            (6, "A", FEBRUARY, False, 1, date(2025, 6, 1), 0.0), (4, "B", FEBRUARY, True, 0, None, 1.0),
        ],
        schema=["person_id", "practice_code", "sent", "is_listed", "outcome", "event_date", "place_most"], orient="row",
    )  # fmt: skip
    a, b = counts_by_practice(listed, judged).rows(named=True)
    assert (a["listed"], a["admitted"], a["reviewed"], a["acted_on"], a["no_programme"]) == (3, 2, 2, 1, 2)
    assert a["median_days"] == 15  # 10 days of person 1 from January, 20 of person 3 from February
    assert (a["admissions"], a["admissions_listed"]) == (6, 3)
    assert (a["people_admissions_listed"], a["people_admissions_others"]) == (2, 2)
    assert (a["places"], a["stayed"], a["people_stayed"], a["people_places_others"]) == (4, 2, 2, 2)
    assert (a["listed_most"], a["admitted_most"]) == (3, 2)  # 1 and 3 whole, half of 6 (admitted) and half of 7 (not)
    assert (b["listed"], b["admitted"], b["admissions"], b["stayed"], b["median_days"]) == (1, 0, 0, 0, None)


def hidden(found, name):
    return [one.practice_code for one in found if one.counts[name] is None]


def test_a_small_part_is_a_star_and_so_is_every_share_made_from_it():
    found = published(counts(A={"admitted": 5}, C={"reviewed": 45}), Rule())
    assert hidden(found, "admitted") == ["A"], "the others were made from 54 to 66: of 65 any small number may be left"
    a, b, c, _ = found
    assert (a.shares["ppv"], a.ppv_interval, a.counts["listed"]) == (None, None, 50)
    assert b.shares["ppv"] == pytest.approx(0.4)
    assert b.shares["ppv_most_admissions"] == pytest.approx(0.2)
    assert c.counts["reviewed"] == 45, "the five left of 50 may be any number from 1 to 9"


def test_it_takes_another_practice_with_it_where_the_total_would_give_it_away():
    """70 were admitted, and 23 of each other practice are shown as 25, which is 23 at least."""
    others = {code: {"admitted": 23} for code in "BCD"}
    assert hidden(published(counts(A={"admitted": 1}, **others), Rule()), "admitted") == ["A", "B"]


def test_counts_once_a_list_are_left_out_where_few_people_are_behind_them():
    assert hidden(published(counts(B={"people_stayed": 3}), Rule()), "stayed") == ["B"]
    found = published(counts(C={"people_admissions_others": 2}), Rule())
    assert hidden(found, "admissions_listed") == ["C"]
    assert [one.practice_code for one in found if one.shares["sensitivity"] is None] == ["C"]


def test_many_events_of_a_few_people_are_not_told_by_the_total_either():
    """Eight stayed at one practice, of three people; of 44 at each other one, shown as 45, there may be 43."""
    eight, one = {"stayed": 8, "people_stayed": 3}, {"stayed": 1, "people_stayed": 1}
    of_44, of_43 = ({code: {"stayed": each, "places": 143} for code in "ACD"} for each in (44, 43))
    assert hidden(published(counts(B=eight, **of_44), Rule()), "stayed") == ["B"], "140 would leave 8 to 13"
    assert len(hidden(published(counts(B=eight, **of_43), Rule()), "stayed")) == 2, "135 would leave 8 at most"
    assert len(hidden(published(counts(B=one, **of_43), Rule()), "stayed")) == 2, "which would leave 1 of 130"


def test_the_rule_of_the_workspace_is_the_one_that_counts():
    mild, strict = (by_code(published(counts(A={"admitted": 9}), rule)) for rule in (Rule(), Rule(10, 10)))
    assert (mild["A"].counts["admitted"], strict["A"].counts["admitted"]) == (10, None)
    assert strict["C"].counts["places"] == 100
    assert all(value % 10 == 0 for one in strict.values() for value in one.counts.values() if value is not None)


def stands_for(shown, count, total):
    if shown is None:
        return range(1, 8) if count <= 7 else range(1, total + 1)
    return [n for n in range(total + 3) if publishable(n) == shown]


def sums(ranges, most):
    found = {0}
    for one in ranges:
        found = {a + b for a in found for b in one if a + b <= most}
    return found


def test_nobody_who_knows_the_totals_and_subtracts_finds_a_small_count():
    """Random lists: every way of filling in what is hidden is tried, for each count and for what is left of a whole."""
    random = np.random.default_rng(4)
    stars = 0
    for _ in range(60):
        drawn = {code: {name: int(random.integers(0, 40)) for name in ROW if name != "median_days"} for code in "ABCD"}
        frame = counts(**drawn)
        for part, whole in PARTS.values():
            frame = frame.with_columns(pl.min_horizontal(part, whole).alias(part))
        found, rows = published(frame, Rule()), frame.rows(named=True)
        shown = {name: [one.counts[name] for one in found] for name in COUNTS}
        for name in RETURNED[:2]:  # that no list came back says that nobody was reviewed
            shown[name] = [n if one.has_returned else 0 for n, one in zip(shown[name], found, strict=True)]
        for name in COUNTS:
            true = [row[name] for row in rows]
            ranges = [stands_for(value, n, sum(true)) for value, n in zip(shown[name], true, strict=True)]
            for k, n in enumerate(true):
                if shown[name][k] is None and 1 <= n <= 7:
                    stars += 1
                    others = sums(ranges[:k] + ranges[k + 1 :], sum(true))
                    assert len([m for m in range(1, 8) if sum(true) - m in others]) > 1, (name, true, shown[name])
        for part, whole in PARTS.values():
            for k, row in enumerate(rows):
                few = [row[name] for name in BEHIND.get(part, ()) if 1 <= row[name] <= 7]
                assert not few or not shown[part][k]
                if 1 <= row[whole] - row[part] <= 7:
                    wholes, parts = (stands_for(shown[name][k], row[name], 60) for name in (whole, part))
                    assert len({a - b for a in wholes for b in parts if a >= b}) > 1
    assert stars > 100


def test_a_practice_that_sent_nothing_back_has_no_figure_of_reviews_and_no_zero():
    nothing = {"reviewed": 0, "acted_on": 0}
    found = by_code(published(counts(A=nothing), Rule()))
    assert [code for code in "ABCD" if not found[code].has_returned] == ["A"]
    for name in ("reviewed", "acted_on"):
        assert found["A"].counts[name] is found["A"].shares[f"share_{name}"] is None
        assert found["B"].counts[name] is not None
    # a 0 says that nobody is meant, beside another practice's star too
    few = {"reviewed": 3, "acted_on": 3}
    both = published(counts(A=nothing, B=few).head(2), Rule())
    assert [(one.counts["reviewed"], one.has_returned) for one in both] == [(None, False), (None, True)]


def test_days_are_told_where_thirty_were_admitted():
    found = by_code(published(counts(A={"admitted": 31}, B={"admitted": 27}), Rule()))
    assert found["A"].median_days == 90
    assert found["B"].median_days is None


def test_the_table_has_a_row_for_each_practice_and_measure_and_says_why_a_value_is_missing(tmp_path):
    found = published(counts(A={"admitted": 5}, B={"reviewed": 0, "acted_on": 0}), Rule())
    write_csv(found, (JANUARY, FEBRUARY), tmp_path / "out" / "practices.csv")
    text = (tmp_path / "out" / "practices.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert tuple(rows[0]) == COLUMNS
    cells = {(row["practice_code"], row["measure"]): row for row in rows}
    assert len(cells) == len(rows) == 4 * (len(COUNTS) + len(PARTS) + 1)
    assert {row["period"] for row in rows} == {"2025-01-01/2025-02-01"}
    hidden = cells["A", "ppv"]
    assert (hidden["value"], hidden["lower"], hidden["note"]) == ("", "", "*")
    assert (cells["C", "ppv"]["value"], cells["C", "ppv"]["note"]) == ("0.4", "")
    assert float(cells["C", "ppv"]["lower"]) < 0.4 < float(cells["C", "ppv"]["upper"])
    for measure in ("reviewed", "acted_on", "share_reviewed", "share_acted_on"):
        assert (cells["B", measure]["value"], cells["B", measure]["note"]) == ("", "no list came back")
        assert cells["C", measure]["note"] == ""
    assert cells["C", "median_days_to_admission"]["note"] == "fewer than 30 people admitted"
    assert cells["A", "median_days_to_admission"]["note"] == "*"
    assert as_csv(found, (JANUARY, FEBRUARY)) == text.replace("\n", "\r\n")


@pytest.mark.parametrize(
    ("whole", "behind"),
    [
        ("places", {"places": 12, "stayed": 12, "people_stayed": 3, "people_places_others": 0}),
        ("admissions", {"admissions_listed": 12, "people_admissions_listed": 3, "people_admissions_others": 0}),
    ],
)
def test_what_counts_a_few_people_once_a_list_is_left_out_as_they_are(whole, behind):
    few = {"listed": 3, "admitted": 3, "admissions": 12, **behind}
    found = by_code(published(counts(A=few), Rule()))
    assert found["A"].counts["listed"] is None
    assert found["A"].counts[whole] is None
    assert [code for code in "BCD" if found[code].counts[whole] is None] == []
