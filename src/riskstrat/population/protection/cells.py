"""Every published count of people as one system of cells, made of tables, that is protected and attacked together.

**To publish another table of counts** nothing of the protection or the attack is touched:

1. Return it as a ``Table``: its true counts under keys (period, what is counted, where), and every sum, inclusion or
   exclusion its reader knows of, among its own cells and to those of other tables (everybody registered, above all).
   ``by_area`` makes the table of one thing counted in every area, with the people who are *not* in it.
2. Add it to the tables of ``riskstrat.population.protection.tables.cells_of``.
3. Print it from the ``figures`` of ``Protected`` alone, as rows of ``population.csv`` of which cohort and measure say
   what is counted (``what_is_counted``); everything else is derived from those rows.

The written rows are read back and attacked. A row that is neither a cell of the system nor declared to be derived
(``riskstrat.population.figures.cohorts.COUNTS`` and ``MEASURE_WORDS``) stops the report.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from riskstrat.disclosure import Figure, Rule
from riskstrat.population.counting.areas import AREA_TYPES, Geography
from riskstrat.population.protection.attack import Key, Relation, sum_of
from riskstrat.population.protection.suppression import Protected, protect

PEOPLE = "people"
"""The measure of a row that counts the people of a cohort."""


@dataclass(frozen=True)
class Table:
    """One table of counts of one index date as they are, and what its reader knows of them beyond its figures.

    ``relations`` may name cells of other tables. ``worked_out`` are cells that no table prints and that follow from
    printed ones, such as complements; ``kept`` are those that others are divided by, suppressed for another's sake only
    if nothing else helps. ``layers`` are parts that are left out whole, first one first, where no ``*`` could protect a
    small count of the table; without any the table is left out whole.
    """

    counts: Mapping[Key, int] = field(default_factory=dict)
    relations: tuple[Relation, ...] = ()
    worked_out: frozenset[Key] = frozenset()
    kept: frozenset[Key] = frozenset()
    layers: tuple[frozenset[Key], ...] = ()


@dataclass(frozen=True)
class Cells:
    """Every table of one index date, none of whose cells another table has."""

    tables: tuple[Table, ...]

    @cached_property
    def counts(self) -> dict[Key, int]:
        """The true count of every cell."""
        return {key: count for table in self.tables for key, count in table.counts.items()}

    @cached_property
    def relations(self) -> tuple[Relation, ...]:
        """Everything that ties the cells."""
        return tuple(relation for table in self.tables for relation in table.relations)

    @cached_property
    def _table_of(self) -> dict[Key, Table]:
        return {key: table for table in self.tables for key in table.counts}

    def protected(self, rule: Rule, printed_before: Mapping[Key, Figure]) -> Protected:
        """Return the cells as they may be published; ``printed_before`` is what readers were already told of them.

        Where no other cell could protect a small one, the next layer of its table is not printed at all: seven
        stars in seven practices under a star would otherwise be seven people, one in each.
        """
        told = {key: one for key, one in printed_before.items() if key in self.counts}
        worked_out = {key for table in self.tables for key in table.worked_out}
        kept = {key for table in self.tables for key in table.kept}
        left_out: set[Key] = set()

        def found(given_up: Iterable[Key] = ()) -> Protected:
            return protect(
                self.counts,
                self.relations,
                rule,
                worked_out=worked_out | left_out,
                kept=kept - left_out,
                already_published=told,
                given_up=frozenset(given_up),
            )

        while exposed := (protected := found()).exposed:
            more = {key for one in exposed for key in self._next_layer(one, left_out)}
            if not more:
                return found(given_up=exposed)
            left_out |= more
        return protected

    def _next_layer(self, exposed: Key, left_out: set[Key]) -> frozenset[Key]:
        """Return the part of an exposed cell's table that is left out next; nothing where all of it is."""
        table = self._table_of[exposed]
        for layer in table.layers or (frozenset(table.counts) - table.worked_out,):
            if not layer <= left_out:
                return layer
        return frozenset()


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


def together(tables: Sequence[Table]) -> Cells:
    """Return the tables of one index date as one system; ``ValueError`` where two have a cell of one name."""
    cells = Cells(tuple(tables))
    if len(cells.counts) != sum(len(table.counts) for table in tables):
        raise ValueError("two tables name a cell alike")
    return cells
