"""The cut: held against a slow, obvious one written in plain Python, and against what it promises."""

import math
import random

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riskstrat.worklists.selecting.ordering import cut, with_priority

NO_SHARE = {"is_rising": 0.0, "has_no_recent_admission": 0.0}


def obvious(candidates, capacities, share):
    """The same promise of places for rising risk, one person at a time, told as giving way from the end."""
    listed = {}
    for practice in sorted({c["practice_code"] for c in candidates}):
        capacity = capacities.get(practice, 0)
        order = sorted(
            (c for c in candidates if c["practice_code"] == practice),
            key=lambda c: (c["urgency"], not c["is_kept"], -c["priority"], c["row_key"]),
        )
        chosen, waiting = order[:capacity], [c for c in order[capacity:] if c["is_rising"]]
        while waiting and sum(c["is_rising"] for c in chosen) < math.floor(capacity * share + 0.5):
            gives_way = [c for c in chosen if not c["is_rising"] and c["urgency"] > 1]
            if not gives_way:
                break
            chosen.remove(gives_way[-1])
            chosen.append(waiting.pop(0))
        chosen.sort(key=lambda c: (c["urgency"], -c["priority"], c["row_key"]))
        listed |= {c["person_id"]: place for place, c in enumerate(chosen, 1)}
    return listed


def let_in(people, chosen, limit, capacity, counted):
    """Let people in, in order, until one does not fit into the limit of those counted or into the whole."""
    for person in people:
        if person in chosen:
            continue
        used = sum(c["cost"] for c in chosen)
        of_them = sum(c["cost"] for c in chosen if counted(c))
        if of_them + person["cost"] > limit or used + person["cost"] > capacity:
            return
        chosen.append(person)


def seat_by_seat(candidates, capacities, kept):
    """The same promise in any unit and with several kept shares, told as who is let in next."""
    listed = {}
    for practice, capacity in capacities.items():
        order = sorted(
            (c for c in candidates if c["practice_code"] == practice),
            key=lambda c: (c["urgency"], not c["is_kept"], -c["priority"], c["row_key"]),
        )
        chosen = []
        urgent = [c for c in order if c["urgency"] == 1]
        let_in(urgent, chosen, capacity, capacity, lambda c: True)
        if len(chosen) == len(urgent):
            for flag, share in kept.items():
                of_kind = [c for c in order if c[flag]]
                limit = math.floor(capacity * share + 0.5)
                let_in(of_kind, chosen, limit, capacity, lambda c, flag=flag: c[flag])
        let_in(order, chosen, capacity, capacity, lambda c: True)
        chosen.sort(key=lambda c: (c["urgency"], -c["priority"], c["row_key"]))
        listed |= {c["person_id"]: place for place, c in enumerate(chosen, 1)}
    return listed


@st.composite
def made_candidates(draw, costs=(1,), most=12):
    rows = []
    for person_id in range(1, draw(st.integers(0, 40)) + 1):
        rows.append(
            {
                "person_id": person_id,
                "practice_code": draw(st.sampled_from(["A", "B"])),
                "row_key": f"{draw(st.integers(0, 10**9)):09}{person_id:03}",
                "urgency": draw(st.integers(1, 3)),
                "priority": draw(st.integers(0, 5)) / 5,
                "is_rising": draw(st.booleans()),
                "has_no_recent_admission": draw(st.booleans()),
                "is_kept": draw(st.booleans()),
                "cost": draw(st.sampled_from(costs)),
            }
        )
    capacities = {"A": draw(st.integers(0, most)), "B": draw(st.integers(0, most))}
    return rows, capacities, draw(st.sampled_from([0.0, 0.2, 0.5, 1.0]))


SCHEMA = {
    "person_id": pl.Int32, "practice_code": pl.String, "row_key": pl.String, "urgency": pl.Int32,
    "priority": pl.Float64, "is_rising": pl.Boolean, "has_no_recent_admission": pl.Boolean, "is_kept": pl.Boolean,
    "cost": pl.Int32,
}  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(made_candidates(), st.randoms(use_true_random=False))
def test_agrees_with_the_obvious_cut_whatever_the_order_of_the_rows(made, shuffler):
    rows, capacities, share = made
    expected = obvious(rows, capacities, share)
    shuffler.shuffle(rows)
    found = cut(pl.DataFrame(rows, schema=SCHEMA), capacities, {"is_rising": share})
    assert dict(found.select("person_id", "rank").rows()) == expected
    for practice, capacity in capacities.items():
        there = sum(row["practice_code"] == practice for row in rows)
        assert found.filter(pl.col("practice_code") == practice).height == min(capacity, there)


@settings(max_examples=150, deadline=None)
@given(made_candidates(costs=(10, 15, 30), most=200), st.randoms(use_true_random=False))
def test_hours_are_added_up_and_never_overrun_whatever_the_order_of_the_rows(made, shuffler):
    rows, capacities, share = made
    kept = {"is_rising": share / 2, "has_no_recent_admission": share / 2}
    expected = seat_by_seat(rows, capacities, kept)
    shuffler.shuffle(rows)
    found = cut(pl.DataFrame(rows, schema=SCHEMA), capacities, kept)
    assert dict(found.select("person_id", "rank").rows()) == expected
    minutes = {row["person_id"]: row["cost"] for row in rows}
    for practice, capacity in capacities.items():
        listed = found.filter(pl.col("practice_code") == practice)["person_id"]
        assert sum(minutes[person] for person in listed) <= capacity


@settings(max_examples=100, deadline=None)
@given(made_candidates())
def test_people_of_another_practice_change_nothing(made):
    rows, capacities, share = made
    kept = {"is_rising": share / 2, "has_no_recent_admission": share / 2}
    alone = [row for row in rows if row["practice_code"] == "A"]
    together = cut(pl.DataFrame(rows, schema=SCHEMA), capacities, kept).filter(pl.col("practice_code") == "A")
    assert cut(pl.DataFrame(alone, schema=SCHEMA), {"A": capacities["A"]}, kept).equals(together)


@settings(max_examples=100, deadline=None)
@given(made_candidates(), st.data())
def test_who_stands_aside_pushes_nobody_else_off_the_list(made, data):
    rows, capacities, share = made
    kept = {"is_rising": share / 2, "has_no_recent_admission": share / 2}
    listed = set(cut(pl.DataFrame(rows, schema=SCHEMA), capacities, kept)["person_id"])
    aside = data.draw(st.sets(st.sampled_from(sorted(listed)))) if listed else set()
    others = [row for row in rows if row["person_id"] not in aside]
    again = set(cut(pl.DataFrame(others, schema=SCHEMA), capacities, kept)["person_id"])
    assert listed - aside <= again


def candidates(*rows):
    names = ("person_id", "urgency", "priority", "is_rising", "has_no_recent_admission", "is_kept", "cost")
    filled = [row if len(row) == len(names) else (*row[:4], False, row[4], 1) for row in rows]
    return pl.DataFrame(
        [dict(zip(names, row, strict=True)) | {"practice_code": "A", "row_key": f"{row[0]:016x}"} for row in filled],
        schema=SCHEMA,
    )


@pytest.mark.parametrize(
    ("rows", "capacity", "share", "listed"),
    [
        pytest.param([(1, 3, 0.9, 0, 0), (2, 1, 0.1, 0, 0), (3, 3, 0.5, 0, 0)], 2, 0, [2, 1], id="urgency first"),
        pytest.param([(1, 3, 0.5, 0, 0), (2, 3, 0.5, 0, 0)], 1, 0, [1], id="ties by row key"),
        pytest.param([(1, 3, 0.2, 0, 1), (2, 3, 0.9, 0, 0)], 1, 0, [1], id="last month's place is kept"),
        pytest.param([(1, 3, 0.2, 0, 1), (2, 2, 0.1, 0, 0)], 1, 0, [2], id="but not against the more urgent"),
        pytest.param([(1, 3, 0.9, 0, 0), (2, 3, 0.8, 0, 0), (3, 3, 0.1, 1, 0)], 2, 0.5, [1, 3], id="rising share"),
        pytest.param(
            [(1, 1, 0.9, 0, 0), (2, 1, 0.8, 0, 0), (3, 3, 0.1, 1, 0)], 2, 0.5, [1, 2], id="never before urgency 1"
        ),
        pytest.param([(1, 3, 0.9, 0, 0)], 0, 0.2, [], id="no time, no list"),
    ],
)
def test_worked_examples(rows, capacity, share, listed):
    typed = [(p, u, s, bool(r), bool(k)) for p, u, s, r, k in rows]
    found = cut(candidates(*typed), {"A": capacity}, {"is_rising": share})
    assert found.sort("rank")["person_id"].to_list() == listed


def test_priority_is_the_weighted_sum_of_parts_that_lie_between_0_and_1():
    people = pl.DataFrame(
        {
            "person_id": [1, 2, 3],
            "risk": [0.5, None, 0.9],
            "rise": [0.1, None, -0.3],
            "gap_weight": [2.0, None, 9.0],
        }
    )
    found = with_priority(people, risk=0.5, rise=0.2, gaps=0.3)
    assert found.select("risk_part", "rise_part", "gaps_part", "priority").rows() == [
        (0.5, 0.5, 0.5, 0.5),
        (0.0, 0.0, 0.0, 0.0),
        (0.9, 0.0, 1.0, 0.75),
    ]


def test_shuffled_ties_are_broken_the_same_way():
    rows = [(n, 3, 0.5, False, False) for n in range(1, 60)]
    first = cut(candidates(*rows), {"A": 10}, {"is_rising": 0.2})
    random.Random(4).shuffle(rows)
    assert cut(candidates(*rows), {"A": 10}, {"is_rising": 0.2}).equals(first)


def test_a_share_is_kept_for_people_with_no_recent_admission():
    rows = [(n, 3, 1 - n / 10, False, n >= 4, False, 1) for n in range(1, 7)]
    kept = {"is_rising": 0.25, "has_no_recent_admission": 0.5}
    assert cut(candidates(*rows), {"A": 4}, kept)["person_id"].to_list() == [1, 2, 4, 5]


def test_hours_end_the_list_at_the_first_review_that_does_not_fit():
    rows = [(n, 3, 1 - n / 10, False, False, False, minutes) for n, minutes in enumerate((30, 15, 30, 10), 1)]
    assert cut(candidates(*rows), {"A": 60}, NO_SHARE)["person_id"].to_list() == [1, 2]


def test_an_urgent_person_who_does_not_fit_lets_nobody_less_urgent_pass():
    rows = [
        (1, 1, 0.9, False, False, False, 30),
        (2, 1, 0.8, False, False, False, 40),
        (3, 3, 0.9, True, True, False, 10),
    ]
    assert cut(candidates(*rows), {"A": 60}, {"is_rising": 0.5, "has_no_recent_admission": 0.5})[
        "person_id"
    ].to_list() == [1]
