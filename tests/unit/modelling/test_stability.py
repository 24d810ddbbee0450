"""Who stays on a list, worked out by hand; AUROCs by formula against pairs counted one by one and a bootstrap."""

import itertools

import numpy as np
import pytest
from scipy.stats import spearmanr

from riskstrat.modelling.evaluation.bootstrap import draws_of
from riskstrat.modelling.evaluation.closed_form import auroc, auroc_difference, aurocs
from riskstrat.modelling.evaluation.metrics import Ranking
from riskstrat.modelling.evaluation.stability import Ranked, agreements, performance, rank_correlation
from riskstrat.modelling.evaluation.stability import agreement as agreement_of


def agreement(before, after, share):
    both = np.intersect1d(before.person_id, after.person_id)
    return agreement_of(before.listed(share), after.listed(share), both)


def ranked(**risk_of):
    people = sorted(risk_of)
    return Ranked(np.array([ord(p) for p in people]), np.array([risk_of[p] for p in people]))


AUGUST = ranked(A=0.9, B=0.8, C=0.7, D=0.6, E=0.5, F=0.4, G=0.3, H=0.2, J=0.1, K=0.05)
SEPTEMBER = ranked(A=0.9, B=0.1, C=0.7, D=0.6, E=0.8, F=0.4, G=0.3, H=0.2, L=0.95, M=0.05)
"""A, B, C, D are the top four in August. In September L has come and leads, J and K are gone, E rose and B fell."""


def test_who_is_still_listed_by_hand():
    found = agreement(AUGUST, SEPTEMBER, 0.4)
    # August: A B C D. September: L A E C. Both dates: A to H. Of A B C D, A and C are still there.
    assert (found.listed, found.still, found.share) == (4, 2, 0.5)
    assert found.by_chance == 3 / 8  # of the eight who were there at both dates, A, C and E are on the later list


def test_somebody_who_left_is_no_news_about_the_list():
    gone = agreement(ranked(A=0.9, B=0.8, C=0.1, D=0.1), ranked(B=0.8, C=0.7, D=0.1, E=0.1), 0.5)
    assert (gone.listed, gone.still) == (1, 1)  # A is not there to be listed; B still is


def test_the_same_month_twice_agrees_wholly_and_equal_risks_are_cut_the_same_way():
    flat = Ranked(np.arange(10), np.full(10, 0.2))
    assert agreement(flat, Ranked(flat.person_id[::-1].copy(), flat.risk), 0.3).share == 1
    assert flat.listed(0.3).tolist() == [0, 1, 2]
    assert len(flat.listed(0.001)) == 1  # a list holds somebody


def test_small_counts_of_leavers_and_stayers_are_not_shown():
    person = np.arange(1000)
    before, after = Ranked(person, person / 1000), Ranked(person, np.where(person >= 991, 0.0, person / 1000))
    (row,) = agreements(before, after, [0.1])
    assert row["listed"] == 100
    assert row["still_listed"] is None  # nine left the list: fewer than ten
    (row,) = agreements(before, Ranked(person, np.where(person >= 990, 0.0, person / 1000)), [0.1])
    assert row["still_listed"] == 0.9


def test_practices_list_their_own_people_to_their_own_capacity():
    board = Ranked(np.arange(1, 9), np.array([0.9, 0.8, 0.2, 0.1, 0.7, 0.6, 0.5, 0.4]), np.array(["A"] * 4 + ["B"] * 4))
    depth = {"A": 0.25, "B": 0.5}.get
    assert sorted(board.listed_at_capacity(depth)) == [1, 5, 6]  # one of A's four and two of B's, 0.8 of A not
    assert board.listed_at_capacity(lambda _: 0.0).tolist() == []
    later = Ranked(board.person_id, board.risk[::-1].copy(), board.practice)
    *_, row = agreements(board, later, [0.5], [depth, depth])
    assert (row["list"], row["share"], row["by_chance"]) == ("at_capacity", None, 3 / 8)


def test_the_order_of_people_at_both_dates_is_compared_by_rank():
    assert rank_correlation(AUGUST, SEPTEMBER) is None  # eight people at both: fewer than ten
    random = np.random.default_rng(2)
    one, two = np.round(random.random(90), 1), np.round(random.random(90), 1)  # with ties
    before, after = Ranked(np.arange(90), one), Ranked(np.arange(10, 90), two[10:])
    assert rank_correlation(before, after) == pytest.approx(spearmanr(one[10:], two[10:])[0], abs=6e-4)
    assert rank_correlation(before, before) == 1
    assert rank_correlation(before, Ranked(np.arange(90), np.full(90, 0.1))) is None


SCORES = [np.array([0.9, 0.8, 0.7, 0.7, 0.3, 0.2]), np.array([0.1, 0.8, 0.2, 0.7, 0.3, 0.2])]
OUTCOME = np.array([1, 1, 0, 1, 0, 0], dtype=float)


def test_the_auroc_is_the_share_of_pairs_in_the_right_order():
    for score, value in zip(SCORES, aurocs(SCORES, OUTCOME)[0], strict=True):
        pairs = itertools.product(score[OUTCOME == 1], score[OUTCOME == 0])
        assert value == pytest.approx(np.mean([1.0 if a > b else 0.5 if a == b else 0.0 for a, b in pairs]))


def test_errors_by_formula_agree_with_a_bootstrap():
    random = np.random.default_rng(3)
    outcome = (random.random(4000) < 0.12).astype(float)
    one = random.normal(size=4000) + 1.1 * outcome
    two = one + random.normal(scale=0.7, size=4000)
    weights = draws_of(np.arange(4000), 400, 1)
    drawn = [Ranking(score, outcome, weights).auroc()[1:] for score in (one, two)]
    assert auroc(one, outcome).error == pytest.approx(drawn[0].std(), rel=0.12)
    difference = auroc_difference(one, two, outcome)
    assert difference.error == pytest.approx((drawn[0] - drawn[1]).std(), rel=0.12)
    assert difference.error < 0.8 * auroc(one, outcome).error  # the pairing is used: unpaired it would be larger


def test_a_score_less_itself_is_nothing_without_doubt():
    same = auroc_difference(SCORES[0], SCORES[0], OUTCOME)
    assert (same.value, same.low, same.high) == (0, 0, 0)


def test_an_error_of_one_event_is_refused_and_few_events_have_no_figures():
    with pytest.raises(ValueError, match="two people"):
        aurocs(SCORES, np.array([1.0, 0, 0, 0, 0, 0]))
    few = performance(np.linspace(0.01, 0.5, 300), (np.arange(300) >= 291).astype(float))
    assert few == {"people": 300, "events": 10, "auroc": None, "calibration_ratio": None}
    some = performance(np.linspace(0.01, 0.5, 300), (np.arange(300) >= 290).astype(float))
    assert some["auroc"]["value"] == 1
    assert some["calibration_ratio"]["low"] < some["calibration_ratio"]["value"] < some["calibration_ratio"]["high"]
