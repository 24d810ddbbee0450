"""Figures that add up: none that is left out follows from those that are printed, held against exact elimination."""

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from riskstrat.disclosure.attack import at_most, sum_of
from riskstrat.disclosure.subtraction import following, kept_back

PARTS = 2


def nested(networks):
    """Return the ties of a board of so many networks of two practices each, for two groups that are everybody."""
    ties = []
    for group in ("old", "young", "all"):
        ties.append(sum_of((group, "board"), [(group, f"N{n}") for n in range(networks)]))
        ties += [sum_of((group, f"N{n}"), [(group, f"N{n}-{part}") for part in range(PARTS)]) for n in range(networks)]
    places = sorted({key[1] for tie in ties for key in tie.keys})
    return [*ties, *(sum_of(("all", place), [("old", place), ("young", place)]) for place in places)]


def by_elimination(unknown, ties):
    """Return the unknown cells of one value in every solution: rows of one cell in reduced echelon form, exactly."""
    names = sorted(unknown)
    rows = [[Fraction(dict(tie.weights).get(name, 0)) for name in names] for tie in ties]
    done = 0
    for column in range(len(names)):
        pivot = next((n for n in range(done, len(rows)) if rows[n][column]), None)
        if pivot is None:
            continue
        rows[done], rows[pivot] = rows[pivot], rows[done]
        rows[done] = [value / rows[done][column] for value in rows[done]]
        for n, row in enumerate(rows):
            if n != done and row[column]:
                rows[n] = [a - row[column] * b for a, b in zip(row, rows[done], strict=True)]
        done += 1
    return {names[row.index(1)] for row in rows if sum(map(bool, row)) == 1}


def cells(ties):
    return sorted({key for tie in ties for key in tie.keys})


@given(st.data())
def test_what_follows_is_what_elimination_finds(data):
    ties = nested(data.draw(st.integers(1, 2)))
    unknown = set(data.draw(st.lists(st.sampled_from(cells(ties)), unique=True, max_size=14)))
    assert following(unknown, ties) == by_elimination(unknown, ties)


@given(st.data())
def test_no_guarded_figure_follows_from_those_that_stay(data):
    ties = nested(data.draw(st.integers(1, 2)))
    every = [key for key in cells(ties) if key[0] != "all"]
    missing = set(data.draw(st.lists(st.sampled_from(every), unique=True, max_size=6)))
    printed = {key: data.draw(st.integers(10, 90)) for key in every if key not in missing}
    gone = kept_back(missing, missing, printed, ties)
    assert gone <= printed.keys()
    assert not by_elimination(missing | gone, ties) & missing
    assert gone or not by_elimination(missing, ties) & missing


def test_the_smallest_beside_it_goes_and_the_whole_stays():
    """Practices of 7, 35 and 40 in a network of 82: the one of 35 goes, and nothing else."""
    tie = sum_of(("N",), [("A",), ("B",), ("C",)])
    printed = {("A",): 40, ("B",): 35, ("N",): 80}
    assert kept_back({("C",)}, {("C",)}, printed, [tie]) == {("B",)}
    assert kept_back({("C",), ("B",)}, {("C",)}, {("A",): 40, ("N",): 80}, [tie]) == set()
    assert kept_back({("C",)}, set(), printed, [tie]) == set()
    assert kept_back({("C",)}, {("C",)}, printed, [at_most(("N",), [("A",), ("B",), ("C",)])]) == set()


def test_where_nothing_is_beside_it_nothing_can_be_done():
    assert kept_back({("C",)}, {("C",)}, {}, [sum_of(("N",), [("C",)])]) == set()
