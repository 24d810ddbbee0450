"""Whatever the people, practices, dates and split: nobody is on two sides, and a side is the person's alone."""

import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from riskstrat.modelling.datasets.splits import held_out_practices, person_fold, sides_of_people
from riskstrat.modelling.spec import Split

SPLIT = Split(
    train_months_before=(24,), early_stopping_and_calibration_months_before=12, test_months_before=0, person_folds=10
)

registrations = st.lists(
    st.tuples(st.integers(1, 10**9), st.sampled_from([f"Z{k:05}" for k in range(12)])), min_size=1, max_size=200
)


@settings(max_examples=50, deadline=None)
@given(registrations, st.randoms(use_true_random=False))
def test_a_person_has_one_side_whatever_the_order_and_number_of_rows(rows, random):
    frame = pl.DataFrame(rows, schema=["person_id", "practice_code"], orient="row")
    sides = sides_of_people(frame, SPLIT)
    assert sides["person_id"].is_unique().all()
    shuffled = list(rows) * 2
    random.shuffle(shuffled)
    again = sides_of_people(pl.DataFrame(shuffled, schema=["person_id", "practice_code"], orient="row"), SPLIT)
    assert sides.equals(again)


@settings(max_examples=50, deadline=None)
@given(registrations)
def test_everyone_who_was_ever_with_a_held_out_practice_only_tests(rows):
    frame = pl.DataFrame(rows, schema=["person_id", "practice_code"], orient="row")
    held = held_out_practices([code for _, code in rows], SPLIT.held_out_practices, SPLIT.salt)
    there = {person for person, code in rows if code in held}
    sides = dict(sides_of_people(frame, SPLIT).iter_rows())
    assert {person for person, side in sides.items() if side == "test_practice"} == there


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(1, 2**40), min_size=1, max_size=50), st.integers(2, 100))
def test_a_fold_depends_on_the_person_and_the_salt_alone(people, folds):
    array = np.array(people)
    together = person_fold(array, folds, "salt")
    assert together.tolist() == [int(person_fold(np.array([p]), folds, "salt")[0]) for p in people]
    assert ((together >= 0) & (together < folds)).all()


def test_folds_are_even_and_sides_have_the_shares_that_the_spec_says():
    fold = person_fold(np.arange(1, 100_001), 10, "salt")
    counts = np.bincount(fold, minlength=10)
    assert counts.min() > 9_600
    assert counts.max() < 10_400
    frame = pl.DataFrame({"person_id": np.arange(1, 20_001), "practice_code": ["Z1"] * 20_000})
    shares = sides_of_people(frame, SPLIT)["side"].cast(pl.String).value_counts()
    found = {side: n / 20_000 for side, n in shares.iter_rows()}
    assert {side: round(share, 1) for side, share in found.items()} == {
        "train": 0.5,
        "stop": 0.1,
        "calibrate": 0.2,
        "test": 0.2,
    }


def test_few_practices_are_not_held_out_and_many_are_by_their_share():
    assert held_out_practices(["Z1", "Z2", "Z3", "Z4"], 0.1, "s") == []
    assert len(held_out_practices([f"Z{k}" for k in range(30)], 0.1, "s")) == 3
