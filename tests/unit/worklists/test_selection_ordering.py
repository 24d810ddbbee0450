"""The cut: held against a slow, obvious one written in plain Python, and against what it promises."""

import math
import random

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riskstrat.worklists.ordering import cut, with_priority


def obvious(candidates, capacities, share):
    """The same promise, one person at a time."""
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


@st.composite
def made_candidates(draw):
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
                "is_kept": draw(st.booleans()),
            }
        )
    capacities = {"A": draw(st.integers(0, 12)), "B": draw(st.integers(0, 12))}
    return rows, capacities, draw(st.sampled_from([0.0, 0.2, 0.5, 1.0]))


SCHEMA = {
    "person_id": pl.Int32, "practice_code": pl.String, "row_key": pl.String, "urgency": pl.Int32,
    "priority": pl.Float64, "is_rising": pl.Boolean, "is_kept": pl.Boolean,
}  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(made_candidates(), st.randoms(use_true_random=False))
def test_agrees_with_the_obvious_cut_whatever_the_order_of_the_rows(made, shuffler):
    rows, capacities, share = made
    expected = obvious(rows, capacities, share)
    shuffler.shuffle(rows)
    found = cut(pl.DataFrame(rows, schema=SCHEMA), capacities, share)
    assert dict(found.select("person_id", "rank").rows()) == expected
    for practice, capacity in capacities.items():
        there = sum(row["practice_code"] == practice for row in rows)
        assert found.filter(pl.col("practice_code") == practice).height == min(capacity, there)


def candidates(*rows):
    names = ("person_id", "urgency", "priority", "is_rising", "is_kept")
    return pl.DataFrame(
        [dict(zip(names, row, strict=True)) | {"practice_code": "A", "row_key": f"{row[0]:016x}"} for row in rows],
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
    found = cut(candidates(*typed), {"A": capacity}, share)
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
    first = cut(candidates(*rows), {"A": 10}, 0.2)
    random.Random(4).shuffle(rows)
    assert cut(candidates(*rows), {"A": 10}, 0.2).equals(first)
