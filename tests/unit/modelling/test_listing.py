"""Lists at each practice's capacity, by hand; what they cost in reviews."""

import numpy as np
import polars as pl
import pytest

from riskstrat.modelling.evaluation.bootstrap import Draws, draws_of
from riskstrat.modelling.evaluation.listing import (
    Board,
    PracticeLists,
    on_the_list,
    reviews_per_person_found,
    workload,
)

ONCE = np.ones((1, 8), dtype=np.uint8)
PRACTICE = pl.Series(["A"] * 4 + ["B"] * 4)
SCORE = np.array([0.9, 0.8, 0.2, 0.1, 0.7, 0.6, 0.5, 0.4])
OUTCOME = np.array([1.0, 0, 0, 0, 1, 1, 0, 0])


def at_capacity(board, *, weights=ONCE, score=SCORE, outcome=OUTCOME, practice=PRACTICE):
    found = PracticeLists(practice, weights, board).draws(score, outcome)
    return found["sensitivity_at_capacity"], found["ppv_at_capacity"]


def test_each_practice_reviews_its_own_people_and_not_the_highest_of_the_board():
    # A reviews 2 of its 4 people (0.9, 0.8: one has the outcome), B 1 of 4 (0.7: has it)
    sensitivity, ppv = at_capacity(Board(10, {"A": 4, "B": 4}, {"A": 2, "B": 1}))
    assert (sensitivity[0], ppv[0]) == pytest.approx((2 / 3, 2 / 3))


def test_where_some_of_a_practice_are_tested_its_list_goes_as_deep_as_it_would_among_all():
    # the four of A stand for 40: 10 places are a quarter of them, one of the four
    sensitivity, ppv = at_capacity(Board(100, {"A": 40, "B": 4}, {"A": 10, "B": 0}))
    assert (sensitivity[0], ppv[0]) == pytest.approx((1 / 3, 1.0))


def test_a_practice_without_places_finds_nobody_and_one_with_too_many_reviews_everybody():
    sensitivity, ppv = at_capacity(Board(8, {"A": 4, "B": 4}, {"B": 99}))
    assert (sensitivity[0], ppv[0]) == pytest.approx((2 / 3, 0.5))
    assert Board(8, {"A": 4, "B": 4}, {"B": 99}).places == 4
    assert Board(8, {"A": 4}, {"A": 2, "C": 9}).depth("C") == 0  # nobody there to whom the model applies


def test_a_practice_drawn_whole_has_its_list_as_often_as_it_was_drawn():
    weights = np.array([[1] * 8, [2] * 4 + [0] * 4, [0] * 4 + [3] * 4], dtype=np.uint8)
    board = Board(10, {"A": 4, "B": 4}, {"A": 2, "B": 1})
    of_clusters = Draws(weights[:, [0, 4]], np.arange(8) // 4)
    for drawn in (weights, of_clusters):
        sensitivity, ppv = at_capacity(board, weights=drawn)
        assert sensitivity == pytest.approx([2 / 3, 1, 1 / 2])
        assert ppv == pytest.approx([2 / 3, 1 / 2, 1])


def test_lists_of_drawn_people_are_those_of_writing_each_person_down_as_often_as_drawn():
    random = np.random.default_rng(3)
    practice = pl.Series(random.choice(["A", "B", "C"], 240))
    score, outcome = random.random(240), (random.random(240) < 0.3).astype(float)
    board = Board(500, {"A": 100, "B": 90, "C": 50}, {"A": 20, "B": 9, "C": 40})
    weights = draws_of(np.arange(240), 5, 4)
    sensitivity, ppv = at_capacity(board, weights=weights, score=score, outcome=outcome, practice=practice)
    for k, times in enumerate(weights):
        again = np.repeat(np.arange(240), times)
        there = at_capacity(
            board,
            weights=np.ones((1, len(again)), dtype=np.uint8),
            score=score[again],
            outcome=outcome[again],
            practice=practice[again],
        )
        assert (sensitivity[k], ppv[k]) == pytest.approx((there[0][0], there[1][0]))


def test_reviews_for_each_person_found_are_one_over_the_share_that_has_the_outcome():
    draws = {"ppv_top_1_percent": np.array([0.25, 0.2, 0.5, 0.0])}
    found = reviews_per_person_found(draws)["number_needed_to_review_top_1_percent"]
    assert found.value == 4
    assert 2 < found.low < found.high < 5  # a draw that found nobody has no number


def test_the_workload_is_of_the_whole_board_and_not_of_the_people_tested():
    board = Board(20_000, {"A": 10_000, "B": 6_000}, {"A": 20, "B": 30})
    figures = {name: {"value": 0.5} for name in ("ppv_top_0_5_percent", "ppv_top_1_percent", "ppv_at_capacity")}
    figures |= {f"ppv_top_{n}_percent": {"value": None} for n in (2, 5, 10)}
    rows = {row["list"]: row for row in workload(board, 3000, figures)}
    assert rows["top_1_percent"]["people_listed"] == 160
    assert rows["top_1_percent"]["listed_per_1000_registered"] == 8
    assert rows["top_1_percent"]["people_found"] == 80
    assert rows["at_capacity"]["people_listed"] == 50
    assert rows["at_capacity"]["people_found"] == 25
    assert rows["top_2_percent"]["people_found"] is None


def test_without_a_board_or_without_places_there_is_no_list_at_capacity():
    figures = {f"ppv_top_{name}_percent": {"value": 0.5} for name in ("0_5", "1", "2", "5", "10")}
    assert "at_capacity" not in [row["list"] for row in workload(None, 1000, figures)]
    none = Board(1000, {"A": 900}, {"A": 0})
    assert "at_capacity" not in [row["list"] for row in workload(none, 1000, figures)]


def test_people_tied_at_the_cut_share_the_places_left():
    assert on_the_list(np.array([0.9, 0.5, 0.5, 0.5, 0.1]), 0.4).tolist() == pytest.approx([1, 1 / 3, 1 / 3, 1 / 3, 0])
    assert on_the_list(np.full(20, 0.3), 0.05).sum() == pytest.approx(1)
