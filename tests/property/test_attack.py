"""The attack on our own tables: against trying every population, on planted leaks, and on what may and may not fit."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_matrix

from riskstrat.disclosure import Figure, Rule, figure, suppressed_for_another, unprinted
from riskstrat.disclosure.attack import Relation, System, at_most, same_count, share_of, sum_of
from riskstrat.disclosure.bounds import Contradiction, narrowed
from riskstrat.disclosure.linear import Program

RULE = Rule()


@st.composite
def small_systems(draw):
    """A few cells of random counts, shown in any of the ways there are, tied by random sums, inclusions and shares."""
    counts = [draw(st.integers(0, 11)) for _ in range(draw(st.integers(2, 4)))]
    names = [("cell", str(n)) for n in range(len(counts))]
    truth = dict(zip(names, counts, strict=True))
    ties = []
    for n in range(draw(st.integers(1, 3))):
        parts = sorted(draw(st.sets(st.sampled_from(names), min_size=1, max_size=len(names))))
        total, kind = ("total", str(n)), draw(st.sampled_from(["sum", "at most", "share"]))
        whole = sum(truth[part] for part in parts)
        if kind == "sum":
            truth[total] = whole
            ties.append(sum_of(total, parts))
        elif kind == "at most":
            truth[total] = whole + draw(st.integers(0, 3))
            ties.append(at_most(total, parts))
        else:
            truth[total] = max(1, whole + draw(st.integers(0, 3)))
            share = truth[parts[0]] / truth[total]
            ties += share_of(parts[0], total, max(0.0, share - 0.03), share + 0.03)
    figures = {key: draw(st.sampled_from(shown_in_any_way(key, count))) for key, count in truth.items()}
    return truth, figures, ties


def shown_in_any_way(key, count):
    """A cell is as the rule has it, exact, hidden for another, or unprinted; parts stay bounded, to be enumerated."""
    ways = [figure(count, RULE), Figure(count, count, count, is_guarded=1 <= count <= RULE.suppress_to)]
    if count > RULE.suppress_to:
        ways.append(Figure(None, 1, max(14, count)))
    return ways if key[0] == "cell" else [*ways, unprinted(count, RULE)]


def every_population(truth, figures, ties):
    """Return all whole-number populations that fit, one per row, and their cells: no program, only trying them all.

    Totals reach no further than every cell at its greatest, and three more.
    """
    keys = sorted(truth)
    most = 3 + sum(int(one.high) for key, one in figures.items() if key[0] == "cell")
    tried = np.zeros((1, 0), dtype=int)
    for n, key in enumerate(keys):
        values = np.arange(figures[key].low, int(min(figures[key].high, most)) + 1)
        tried = np.column_stack([np.repeat(tried, len(values), axis=0), np.tile(values, len(tried))])
        for tie in ties:
            if max(keys.index(other) for other in tie.keys) == n:
                sums = sum(weight * tried[:, keys.index(other)] for other, weight in tie.weights)
                tried = tried[(tie.low - 1e-9 <= sums) & (sums <= tie.high + 1e-9)]
    return keys, tried


@settings(max_examples=60, deadline=None)
@given(small_systems())
def test_the_attack_pins_what_trying_every_population_pins_and_nothing_else(made):
    truth, figures, ties = made
    keys, fitting = every_population(truth, figures, ties)
    assert len(fitting)
    pinned = {
        key: int(fitting[0, n])
        for n, key in enumerate(keys)
        if figures[key].is_guarded and len(np.unique(fitting[:, n])) == 1
    }
    assert System(figures, ties).pinned() == pinned
    assert System(figures, ties, truth).pinned() == pinned
    for n, key in enumerate(keys):
        if key[0] == "cell":
            assert System(figures, ties).possible(key) == (fitting[:, n].min(), fitting[:, n].max())


@settings(max_examples=100, deadline=None)
@given(small_systems(), st.data())
def test_what_was_asked_before_changes_no_answer_whether_more_is_told_since_or_less(made, data):
    truth, figures, ties = made
    now = {key: data.draw(st.sampled_from(shown_in_any_way(key, truth[key]))) for key in sorted(truth)}
    asked = System(figures, ties, truth)
    asked.pinned()
    assert asked.told(now).pinned() == System(now, ties, truth).pinned()


@settings(max_examples=100, deadline=None)
@given(small_systems(), st.data())
def test_a_count_that_several_cells_show_is_pinned_by_what_all_of_them_tell(made, data):
    """As that of a month and of the next; the last cell may be tied to the first through others alone."""
    truth, figures, ties = made
    once = data.draw(st.sampled_from(sorted(truth)))
    shows = [once, *((f"cell of month {month}", *once[1:]) for month in range(data.draw(st.integers(1, 2))))]
    truth = truth | dict.fromkeys(shows, truth[once])
    figures = figures | {key: data.draw(st.sampled_from(shown_in_any_way(key, truth[key]))) for key in shows[1:]}
    ties = [*ties, *(same_count(one, other) for one, other in pairwise(data.draw(st.permutations(shows))))]
    keys, fitting = every_population(truth, figures, ties)
    of_one_value = {key: int(fitting[0, n]) for n, key in enumerate(keys) if len(np.unique(fitting[:, n])) == 1}
    pinned = {key: value for key, value in of_one_value.items() if figures[key].is_guarded}
    assert System(figures, ties).pinned() == pinned
    assert System(figures, ties, truth).pinned() == pinned
    if once[0] == "cell":
        values = fitting[:, keys.index(once)]
        assert System(figures, ties, truth).possible(once) == (values.min(), values.max())


@settings(max_examples=100, deadline=None)
@given(small_systems(), st.data())
def test_populations_that_may_fit_change_no_answer(made, data):
    """Those that were found where more was told or less, any numbers at all, and cells that this system has not."""
    truth, figures, ties = made
    elsewhere = {key: data.draw(st.sampled_from(shown_in_any_way(key, truth[key]))) for key in sorted(truth)}
    asked = System(elsewhere, ties, truth)
    asked.pinned()
    some = st.dictionaries(st.sampled_from([*sorted(truth), ("another",)]), st.integers(-3, 20))
    others = [*asked.others, *data.draw(st.lists(some, max_size=8))]
    assert System(figures, ties, truth).pinned(others) == System(figures, ties, truth).pinned()


def test_what_was_found_to_be_free_is_not_looked_for_again(monkeypatch):
    truth = {("a",): 3, ("b",): 9, ("total",): 12}
    figures = {("a",): figure(3, RULE), ("b",): suppressed_for_another(9, RULE), ("total",): exact(12)}
    ties = [sum_of(("total",), [("a",), ("b",)])]
    asked = System(figures, ties, truth)
    assert asked.pinned() == {}
    monkeypatch.setattr(Program, "least", lambda _: pytest.fail("nothing is left to look for"))
    assert System(figures, ties, truth).pinned(asked.others) == {}


@settings(max_examples=60, deadline=None)
@given(small_systems())
def test_carried_bounds_lose_no_population(made):
    truth, figures, ties = made
    keys, fitting = every_population(truth, figures, ties)
    matrix = np.zeros((len(ties), len(keys)))
    for row, tie in enumerate(ties):
        for key, weight in tie.weights:
            matrix[row, keys.index(key)] = weight
    bounds = np.array([[figures[key].low, figures[key].high] for key in keys], dtype=float)
    held = narrowed(csr_matrix(matrix), np.array([[tie.low, tie.high] for tie in ties]), bounds)
    assert (held[:, 0] <= fitting.min(axis=0)).all()
    assert (fitting.max(axis=0) <= held[:, 1]).all()
    assert (bounds[:, 0] <= held[:, 0]).all()


def exact(count):
    """A figure printed without rounding."""
    return Figure(count, count, count)


STAR = figure(3, RULE)
PLANTED = {
    "an exact margin": (
        {("a",): STAR, ("b",): exact(40), ("total",): exact(43)},
        [sum_of(("total",), [("a",), ("b",)])],
        ("a",),
    ),
    "a margin in spite of rounding": (  # 8 + 8 + 1 = 17, shown as 10 + 10 + * = 15
        {("a",): STAR, ("b",): figure(8, RULE), ("c",): figure(8, RULE), ("total",): figure(17, RULE)},
        [sum_of(("total",), [("a",), ("b",), ("c",)])],
        ("a",),
    ),
    "four stars under a rounded total": (  # 7 + 7 + 7 + 7 = 28, shown as 30
        {(x,): STAR for x in "abcd"} | {("total",): figure(28, RULE)},
        [sum_of(("total",), [(x,) for x in "abcd"])],
        ("a",),
    ),
    "a complement": (
        {("in",): exact(96), ("out",): unprinted(3, RULE), ("all",): exact(99)},
        [sum_of(("all",), [("in",), ("out",)])],
        ("out",),
    ),
    "a percentage of a known base": (
        {("in",): STAR, ("all",): exact(143)},
        [*share_of(("in",), ("all",), 0.0205, 0.0215)],
        ("in",),
    ),
    "a nested area": (
        {("practice",): STAR, ("network",): figure(3, RULE), ("place",): exact(53), ("rest",): exact(50)},
        [sum_of(("network",), [("practice",)]), sum_of(("place",), [("network",), ("rest",)])],
        ("practice",),
    ),
    "two releases": (
        {("now",): STAR, ("b",): figure(20, RULE), ("then",): exact(3), ("total",): figure(23, RULE)},
        [sum_of(("total",), [("now",), ("b",)]), same_count(("now",), ("then",))],
        ("now",),
    ),
    "a cohort inside another": (
        {("inner",): STAR, ("outer",): exact(1)},
        [at_most(("outer",), [("inner",)])],
        ("inner",),
    ),
}


@pytest.mark.parametrize("name", PLANTED)
def test_the_attack_finds_a_planted_leak(name):
    figures, ties, leaking = PLANTED[name]
    assert leaking in System(figures, ties).pinned()


def three_pairs():
    """Three cells whose pairs come to 5, 5 and 4: no single tie tells one of them, all three together tell each."""
    truth = {("cell", "a"): 2, ("cell", "b"): 3, ("cell", "c"): 2}
    ties = []
    for one, other in ("ab", "bc", "ac"):
        truth["total", one + other] = truth["cell", one] + truth["cell", other]
        ties.append(sum_of(("total", one + other), [("cell", one), ("cell", other)]))
    return truth, ties


@pytest.mark.parametrize(
    "other",
    [
        {("cell", "a"): 3},  # ties that are not so
        {("cell", "a"): 3, ("total", "ab"): 6, ("total", "ac"): 5},  # totals that are printed otherwise
        {("cell", "a"): 3, ("cell", "b"): 2, ("cell", "c"): 1, ("total", "bc"): 3},
    ],
)
def test_a_population_that_does_not_fit_frees_nobody(other):
    truth, ties = three_pairs()
    figures = {key: exact(n) if key[0] == "total" else figure(n, RULE) for key, n in truth.items()}
    assert System(figures, ties, truth).pinned([other]) == {key: n for key, n in truth.items() if key[0] == "cell"}


def test_a_cell_that_was_free_is_asked_again_when_more_is_told():
    truth, ties = three_pairs()
    hidden = {key: Figure(None, 1, 20, is_guarded=key[0] == "cell") for key in truth}
    asked = System(hidden, ties, truth)
    assert asked.pinned() == {}
    told = asked.told({key: exact(count) for key, count in truth.items() if key[0] == "total"})
    assert told.pinned() == {key: count for key, count in truth.items() if key[0] == "cell"}
    assert told.told({("total", "ab"): hidden["total", "ab"]}).pinned() == {}


def test_figures_that_no_population_fits_are_a_contradiction():
    figures = {("a",): exact(5), ("b",): STAR, ("total",): exact(4)}
    with pytest.raises(Contradiction):
        System(figures, [sum_of(("total",), [("a",), ("b",)])]).pinned()
    one_more = Relation(((("a",), 1.0), (("b",), -1.0)), 1.0, 1.0)
    with pytest.raises(Contradiction):
        System({("a",): STAR, ("b",): STAR}, [same_count(("a",), ("b",)), one_more]).pinned()


def test_a_cell_nothing_bounds_has_no_upper_end():
    figures = {("a",): suppressed_for_another(9, RULE), ("total",): unprinted(20, RULE)}
    assert System(figures, [sum_of(("total",), [("a",)])]).possible(("a",)) == (8, None)
