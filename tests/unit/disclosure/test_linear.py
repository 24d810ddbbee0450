"""Programs as the solver answers them: worked by hand, and the same whatever was asked before."""

import highspy
import numpy as np
import pytest
from scipy.sparse import csr_matrix

from riskstrat.disclosure.linear import Program, Undecided


def program(*, whole=False, near=False):
    """Two columns of 0 to 4 at costs 3 and 2, twice their sum being 5 to 20."""
    return Program(
        np.array([3.0, 2.0]),
        np.array([[0.0, 4.0], [0.0, 4.0]]),
        csr_matrix([[2.0, 2.0]]),
        np.array([[5.0, 20.0]]),
        whole=whole,
        near=near,
    )


@pytest.mark.parametrize("near", [False, True])
def test_the_cheapest_column_carries_all_and_as_a_whole_number_more(near):
    assert program(near=near).least() == pytest.approx([0, 2.5])
    assert program(whole=True, near=near).least() == pytest.approx([0, 3])


@pytest.mark.parametrize("near", [False, True])
def test_other_bounds_have_another_answer_and_the_first_ones_the_first_again(near):
    asked = program(near=near)
    asked.bound(1, 0, 1)
    assert asked.least() == pytest.approx([1.5, 1])
    asked.bound(0, 0, 1)
    assert asked.least() is None
    asked.bound(0, 0, 4)
    asked.bound(1, 0, 4)
    assert asked.least() == pytest.approx([0, 2.5])


def test_a_program_that_branches_without_end_is_left_undecided(monkeypatch):
    """Twelve sums of sixty yes-or-no numbers, weighed at random, are to come out exactly: one way is hard to find."""
    monkeypatch.setattr("riskstrat.disclosure.linear._MOST_NODES", 2)
    random = np.random.default_rng(1)
    weights = random.integers(1, 99, (12, 60)) * random.integers(0, 2, (12, 60))
    sums = weights @ random.integers(0, 2, 60)
    either = np.tile([0.0, 1.0], (60, 1))
    exactly = np.stack([sums, sums], axis=1).astype(float)
    with pytest.raises(Undecided, match="kSolutionLimit"):
        Program(np.zeros(60), either, csr_matrix(weights.astype(float)), exactly, whole=True).least()


def test_a_program_that_was_not_decided_is_an_error_and_not_taken_for_one_that_nothing_fits(monkeypatch):
    asked = program()
    monkeypatch.setattr(asked._solver, "getModelStatus", lambda: highspy.HighsModelStatus.kTimeLimit)
    with pytest.raises(Undecided, match="ended as 'kTimeLimit'"):
        asked.least()
