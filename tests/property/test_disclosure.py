"""Disclosure control: no suppressed count can be worked out, whatever the tables, and little is hidden for it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from riskstrat.disclosure import (
    Rule,
    figure,
    possible_counts,
    publishable,
    suppressed_for_another,
)
from riskstrat.disclosure.attack import System, at_most, sum_of
from riskstrat.disclosure.suppression import protect

RULE = Rule()
rules = st.builds(Rule, st.integers(1, 15), st.integers(1, 15))
often_leaking = st.sampled_from([1, 8, 7, 8, 0, 8, 13])  # counts that rounding alone often does not protect


@given(st.integers(0, 5000), rules)
def test_a_count_is_shown_as_zero_star_or_a_multiple_near_it(count, rule):
    shown = publishable(count, rule.suppress_to, rule.round_to)
    if count == 0:
        assert shown == 0
    elif count <= rule.suppress_to:
        assert shown is None
    else:
        assert shown > 0
        assert shown % rule.round_to == 0
        assert abs(shown - count) <= rule.round_to / 2 or shown == rule.round_to > count


@given(rules)
def test_what_a_figure_tells_is_exactly_the_counts_that_are_shown_so(rule):
    shown_as = {}
    for count in range(120):
        shown_as.setdefault(publishable(count, rule.suppress_to, rule.round_to), []).append(count)
    for shown, counts in shown_as.items():
        if shown is not None and shown < 100:
            assert possible_counts(shown, rule) == (counts[0], counts[-1])
            assert counts == list(range(counts[0], counts[-1] + 1))


@pytest.mark.parametrize(("count", "shown"), [(0, 0), (1, None), (7, None), (8, 10), (12, 10), (13, 15), (1437, 1435)])
def test_the_rule_of_the_hospital_statistics(count, shown):
    assert publishable(count) == shown


def test_a_negative_count_and_a_figure_no_rounding_gives_are_refused():
    with pytest.raises(ValueError, match="negative"):
        publishable(-1)
    for shown in (-5, 3, 12):
        with pytest.raises(ValueError, match="not a figure"):
            possible_counts(shown, RULE)
    with pytest.raises(ValueError, match="sake of another"):
        suppressed_for_another(7, RULE)


@st.composite
def nested_areas(draw):
    """Practices in networks in places in a board, with a cohort's count and the people registered in each practice."""
    shape = draw(st.lists(st.lists(st.integers(1, 4), min_size=1, max_size=3), min_size=1, max_size=2))
    practices = sum(sum(place) for place in shape)
    sizes = draw(st.lists(often_leaking, min_size=practices, max_size=practices))
    others = draw(st.lists(often_leaking, min_size=practices, max_size=practices))
    return shape, sizes, [size + other for size, other in zip(sizes, others, strict=True)]


def tree(shape):
    """Return each area with its practices, and the parts of each area above a practice."""
    inside, parts, n = {}, {}, 0
    for p, place in enumerate(shape):
        networks = []
        for q, size in enumerate(place):
            codes = [f"practice {n + k}" for k in range(size)]
            inside |= {code: [n + k] for k, code in enumerate(codes)}
            parts[f"network {p}.{q}"] = codes
            inside[f"network {p}.{q}"] = list(range(n, n + size))
            networks.append(f"network {p}.{q}")
            n += size
        parts[f"place {p}"] = networks
        inside[f"place {p}"] = [k for name in networks for k in inside[name]]
    parts["board"] = [f"place {p}" for p in range(len(shape))]
    inside["board"] = list(range(n))
    return inside, parts


def published(shape, sizes, registered):
    """Protect one cohort's nested tables with their complement, as the report does."""
    inside, parts = tree(shape)
    counts, ties, hidden, kept = {}, [], set(), set()
    for area, practices in inside.items():
        size, base = sum(sizes[k] for k in practices), sum(registered[k] for k in practices)
        counts |= {("in", area): size, ("out", area): base - size, ("all", area): base}
        ties.append(sum_of(("all", area), [("in", area), ("out", area)]))
        hidden.add(("out", area))
        kept.add(("all", area))
    for whole, own in parts.items():
        ties += [sum_of((what, whole), [(what, part) for part in own]) for what in ("in", "all")]
    return inside, counts, protect(counts, ties, RULE, worked_out=hidden, kept=kept)


def bounds_by_another_way(inside, figures, cell):
    """Return the least and most a cell can be: a linear program over practices only, written without the room's code.

    Variables are the cohort's size and the complement in each practice; every printed figure is two inequalities.
    """
    practices = 1 + max(k for own in inside.values() for k in own)

    def weights(what, area):
        row = np.zeros(2 * practices)
        row[inside[area]] = what in ("in", "all")
        row[[practices + k for k in inside[area]]] = what in ("out", "all")
        return row

    left, right = [], []
    for (what, area), one in figures.items():
        left.append(-weights(what, area))
        right.append(-one.low)
        if np.isfinite(one.high):
            left.append(weights(what, area))
            right.append(one.high)
    ends = []
    for sign in (1, -1):
        found = linprog(sign * weights(*cell), A_ub=np.array(left), b_ub=right, bounds=(0, 100_000), method="highs")
        assert found.status == 0, found.message
        ends.append(sign * found.fun)
    return int(np.ceil(ends[0] - 1e-6)), int(np.floor(ends[1] + 1e-6))


@settings(max_examples=25, deadline=None)
@given(nested_areas())
def test_no_small_count_in_nested_tables_can_be_worked_out(made):
    inside, counts, protected = published(*made)
    for key, count in counts.items():
        if not 1 <= count <= RULE.suppress_to:
            continue
        if key in protected.exposed:
            continue
        low, high = bounds_by_another_way(inside, protected.figures, key)
        assert low <= count <= high
        assert low < high, f"{key} can only be {low}"


@settings(max_examples=25, deadline=None)
@given(nested_areas())
def test_what_is_shown_stays_true(made):
    _, counts, protected = published(*made)
    for key, one in protected.figures.items():
        assert one.low <= counts[key] <= one.high
        if one.shown is not None:
            assert one.shown == publishable(counts[key])
        if counts[key] == 0 and one.is_printed:
            assert one.shown == 0


@settings(max_examples=10, deadline=None)
@given(nested_areas())
def test_protection_is_the_same_every_time(made):
    assert published(*made)[2] == published(*made)[2]


def test_what_is_suppressed_for_another_helps_and_does_not_merely_lie_beside_it():
    beside = {(f"at least as many {n}",): 8 + n for n in range(10)}
    counts = {("a",): 3, ("b",): 400, ("total",): 403} | beside
    ties = [sum_of(("total",), [("a",), ("b",)]), *(at_most(one, [("a",)]) for one in beside)]
    protected = protect(counts, ties, Rule(round_to=1))
    assert [key for key, one in protected.figures.items() if one.is_suppressed] == [("a",), ("b",)]


def test_the_second_cell_suppressed_is_the_smallest_beside_the_first():
    counts = {("a",): 3, ("b",): 9, ("c",): 9, ("total",): 21}
    ties = [sum_of(("total",), [("a",), ("b",), ("c",)])]
    protected = protect(counts, ties, Rule(round_to=1))
    assert [key for key, one in protected.figures.items() if one.is_suppressed] == [("a",), ("b",)]
    assert protected.secondary == 1


def test_a_reader_who_knows_which_stars_are_for_another_pins_nothing_by_it():
    """A practice of 1 beside one of 8, in a board shown as 15: two stars, of which one is known to be 8 or more."""
    counts = {("a",): 1, ("b",): 8, ("network",): 9, ("other",): 8, ("board",): 17}
    ties = [sum_of(("network",), [("a",), ("b",)]), sum_of(("board",), [("network",), ("other",)])]
    by_the_rule = {key: figure(count, RULE) for key, count in counts.items()}
    beside = by_the_rule | {("b",): suppressed_for_another(8, RULE)}
    assert System(beside, ties).pinned() == {("a",): 1}
    protected = protect(counts, ties, RULE)
    assert protected.exposed == ()
    for_another = {key for key, one in protected.figures.items() if one.is_suppressed and counts[key] > 7}
    known = {key: suppressed_for_another(counts[key], RULE) for key in for_another}
    assert System(by_the_rule | known, ties).possible(("a",)) != (1, 1)


def test_a_total_over_stars_alone_is_suppressed_when_it_would_give_them_away():
    counts = {(x,): 7 for x in "abcd"} | {("total",): 28}
    protected = protect(counts, [sum_of(("total",), [(x,) for x in "abcd"])], RULE)
    assert protected.figures[("total",)].is_suppressed
    assert protected.exposed == ()


def test_what_an_earlier_release_printed_cannot_be_taken_back():
    counts = {("a",): 1, ("b",): 8, ("c",): 8, ("total",): 17}
    ties = [sum_of(("total",), [("a",), ("b",), ("c",)])]
    before = {key: figure(counts[key], RULE) for key in (("b",), ("c",), ("total",))}
    assert protect(counts, ties, RULE, already_published=before).exposed == (("a",),)


def test_denominators_stay_while_another_cell_will_do():
    counts = {("a",): 3, ("b",): 9, ("c",): 9, ("total",): 21}
    ties = [sum_of(("total",), [("a",), ("b",), ("c",)])]
    protected = protect(counts, ties, Rule(round_to=1), kept={("b",), ("total",)})
    assert protected.figures[("c",)].is_suppressed
    assert protected.figures[("b",)].shown == 9


def test_a_report_without_a_count_is_protected_too():
    """As that of measures none of which has its feed."""
    assert protect({}, [], Rule()).figures == {}


def test_a_cell_that_no_star_protects_costs_no_other_cohort_a_star():
    """Seven practices of one person under a place of seven; a larger cohort holds theirs."""
    places = [f"practice:{n}" for n in range(7)]
    counts = {("t", "small", "place"): 7, ("t", "large", "place"): 700}
    counts |= {("t", what, place): n for what, n in (("small", 1), ("large", 100)) for place in places}
    ties = [sum_of(("t", what, "place"), [("t", what, place) for place in places]) for what in ("small", "large")]
    ties += [at_most(("t", "large", place), [("t", "small", place)]) for place in places]
    found = protect(counts, ties, Rule())
    assert {key[1] for key in found.exposed} == {"small"}
    assert len(found.exposed) == 8
    assert all(figure.shown for key, figure in found.figures.items() if key[1] == "large")
