"""Other populations that fit: found where there are any, by hand and against every population that there is."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_matrix

from riskstrat.disclosure.bounds import Contradiction
from riskstrat.disclosure.linear import Program, Undecided
from riskstrat.disclosure.programs import Problem, Suppressible, the_same_in


def problem(bounds, ties, tie_bounds):
    return Problem(
        np.arange(len(bounds)),
        np.array(bounds, dtype=float),
        csr_matrix(np.array(ties, dtype=float).reshape(-1, len(bounds))),
        np.array(tie_bounds, dtype=float).reshape(-1, 2),
        np.zeros(len(bounds), dtype=bool),
    )


def fitting(bounds, ties, tie_bounds):
    """Return every population that fits, by trying all."""
    return [
        one
        for one in product(*(range(low, high + 1) for low, high in bounds))
        if all(
            low <= sum(w * n for w, n in zip(tie, one, strict=True)) <= high
            for tie, (low, high) in zip(ties, tie_bounds, strict=True)
        )
    ]


@st.composite
def small_problems(draw):
    """Up to five cells of 0 to 4 with up to four ties, odd rings and weights of two among them, and one that fits."""
    cells = draw(st.integers(2, 5))
    bounds = [(0, draw(st.integers(0, 4))) for _ in range(cells)]
    population = [draw(st.integers(low, high)) for low, high in bounds]
    weights = st.lists(st.sampled_from([-1, 0, 0, 1, 1, 2]), min_size=cells, max_size=cells)
    ties = draw(st.lists(weights, max_size=4))
    sums = [sum(w * n for w, n in zip(tie, population, strict=True)) for tie in ties]
    slack = [draw(st.sampled_from([0, 0, 1])) for _ in ties]
    return bounds, ties, [(s - k, s + k) for s, k in zip(sums, slack, strict=True)], population


@settings(max_examples=150, deadline=None)
@given(small_problems())
def test_what_is_pinned_is_what_every_population_that_fits_has_alike(made):
    bounds, ties, tie_bounds, population = made
    alike = {
        (cell, values.pop())
        for cell, values in enumerate(map(set, zip(*fitting(bounds, ties, tie_bounds), strict=True)))
        if len(values) == 1
    }
    asked = problem(bounds, ties, tie_bounds)
    everything = np.ones(len(bounds), dtype=bool)
    assert set(asked.pinned(everything, np.array(population))[0].items()) == alike
    assert set(asked.pinned(everything)[0].items()) == alike
    found = asked.nearest(everything, np.array(population))
    assert all(asked.fits(one) for one in found)
    assert {cell for cell, _ in alike} <= set(the_same_in(found, everything, np.array(population)))


def test_three_cells_in_a_ring_move_by_halves_only_and_stay():
    """Each two add up to two or three: one and a half each would fit, yet one more here is one less there."""
    ring = ([(0, 3)] * 3, [[1, 1, 0], [0, 1, 1], [1, 0, 1]], [(2, 2)] * 3)
    assert fitting(*ring) == [(1, 1, 1)]
    assert problem(*ring).pinned(np.ones(3, dtype=bool))[0] == {0: 1, 1: 1, 2: 1}


def test_where_the_nearest_population_has_halves_a_whole_one_near_it_is_found():
    """The first cell is twice each of two others' sum with a third: it moves by a whole one if they move by halves."""
    bounds, ties, tie_bounds = [(0, 4)] * 4, [[1, -1, -1, 0], [0, 1, -1, 0], [0, 0, 1, -1]], [(0, 0), (0, 0), (0, 1)]
    asked = problem(bounds, ties, tie_bounds)
    whole = {one[0] for one in fitting(bounds, ties, tie_bounds)}
    assert whole == {0, 2, 4}
    (other,) = asked.nearest(np.array([True, False, False, False]), np.array([2, 1, 1, 1]))
    assert other[0] != 2
    assert asked.fits(other)


def test_where_the_nearest_population_cannot_be_told_the_whole_program_decides(monkeypatch):
    asked, least = problem([(0, 4), (0, 4), (2, 2)], [[1, 1, 1]], [(4, 4)]), Program.least

    def only_in_whole_numbers(program):
        if not program.is_whole:
            raise Undecided("as if the arithmetic had failed")
        return least(program)

    monkeypatch.setattr(Program, "least", only_in_whole_numbers)
    everything, known = np.ones(3, dtype=bool), np.array([1, 1, 2])
    assert asked.nearest(everything, known) == []
    assert asked.pinned(everything, known)[0] == {2: 2}


def test_a_cell_of_which_the_solver_cannot_tell_is_taken_to_be_given_away(monkeypatch):
    asked = problem([(0, 4), (0, 4), (2, 2)], [[1, 1, 1]], [(4, 4)])

    def cannot_tell(program):
        raise Undecided("as if the arithmetic had failed")

    monkeypatch.setattr(Program, "least", cannot_tell)
    everything, known = np.ones(3, dtype=bool), np.array([1, 1, 2])
    assert asked.pinned(everything, known)[0] == {0: 1, 1: 1, 2: 2}
    stars = Suppressible(np.arange(3), asked.bounds, np.array([[0.0, 9.0]] * 3), np.ones(3))
    assert asked.least_moved(0, 1, stars, whole=True) is None


def test_a_population_that_fits_in_fractions_only_frees_nobody(monkeypatch):
    """Two cells add up to one; the solver's answer is off by more than its arithmetic may be."""
    asked = problem([(0, 4), (0, 4)], [[1, 1]], [(1, 1)])
    monkeypatch.setattr(Program, "least", lambda program: np.array([0.6, 0.6]))
    assert not asked.fits(np.array([1, 1]))
    with pytest.raises(Undecided, match="does not fit"):
        asked.with_another(0, 0)


def test_a_part_holds_the_others_at_the_population_known():
    bounds, ties, tie_bounds = [(0, 9)] * 3, [[1, 1, 1]], [(9, 9)]
    part = problem(bounds, ties, tie_bounds).among(np.array([0, 2]), np.array([2, 3, 4]))
    assert part.extremes(0) == (0, 6)
    assert list(part.cells) == [0, 2]


def test_figures_that_no_population_fits_are_a_contradiction():
    asked = problem([(0, 1), (0, 1)], [[1, 1]], [(3, 3)])
    with pytest.raises(Contradiction, match="cannot all be true"):
        asked.extremes(0)
    with pytest.raises(Contradiction, match="cannot all be true"):
        asked.pinned(np.ones(2, dtype=bool))
