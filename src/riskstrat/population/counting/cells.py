"""Counts as cells of the system that is protected: how they are named, and the table of one thing in every area."""

from collections.abc import Iterable, Mapping

from riskstrat.disclosure.attack import Key, Relation, sum_of
from riskstrat.disclosure.cells import Table
from riskstrat.population.counting.areas import AREA_TYPES, Geography

PEOPLE = "people"
"""The measure of a row that counts the people of a cohort."""
REGISTERED = "registered"
"""What the denominator counts: people registered who may be counted."""
LEFT_OUT = "left-out"
"""What is counted of the people an opt-out, objection or restriction keeps out of every other figure."""
ATTRITION = "attrition"
"""What the table of attrition counts; the rest of such a cell's name is the words of its step."""


def by_area(
    period: str, what: str, by_practice: Mapping[str, int], geography: Geography, *, base: Table | None = None
) -> Table:
    """Return the table of one thing counted in every area: nested, and left out by kind of area, practices first.

    ``base`` is the table of those it is a part of, made by this function too: the rest of them is then worked out in
    every area, as any reader can.
    """
    counts: dict[Key, int] = {
        (period, what, area.key): sum(by_practice.get(code, 0) for code in area.practices) for area in geography.areas
    }
    relations = list(nested(period, what, geography))
    layers = tuple(frozenset(key for key in counts if key[2].startswith(f"{kind}:")) for kind in reversed(AREA_TYPES))
    layers = tuple(layer for layer in layers if layer)
    if base is None:
        return Table(counts, tuple(relations), kept=frozenset(counts), layers=layers)
    rest: dict[Key, int] = {}
    for whole, people in base.counts.items():
        inside, outside = (period, what, whole[2]), (period, f"not {what}", whole[2])
        rest[outside] = people - counts[inside]
        relations.append(sum_of(whole, [inside, outside]))
    return Table(counts | rest, tuple(relations), worked_out=frozenset(rest), layers=layers)


def nested(period: str, what: str, geography: Geography) -> Iterable[Relation]:
    """Yield the ties of one thing counted in every area: each area is the sum of the areas that make it up."""
    for whole, parts in geography.parts.items():
        yield sum_of((period, what, whole), [(period, what, part) for part in parts])


def what_is_counted(cohort: str, measure: str) -> str:
    """Return what a cell of these two columns of ``population.csv`` counts: the middle of its key."""
    return cohort if measure == PEOPLE else f"{cohort}: {measure}"


def attrition_cell(words: str) -> str:
    """Return what a cell of the table of attrition counts."""
    return what_is_counted(ATTRITION, words)
