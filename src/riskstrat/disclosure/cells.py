"""Every count published together as one system of cells, made of tables, that is protected and attacked together.

A table says its true counts and what any reader knows of them; ``Cells.protected`` says how each may be printed. What
is printed is taken from its ``figures`` alone, and everything else (rates, shares, differences) is derived from those.
``riskstrat.population.protection.tables`` says how a table is added to the population report.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import pairwise

from riskstrat.disclosure import (
    Figure,
    Rule,
    figure,
    is_small,
    possible_counts,
    suppressed_as_of_few,
    suppressed_for_another,
    unprinted,
)
from riskstrat.disclosure.attack import Key, Other, Relation, System, same_count
from riskstrat.disclosure.suppression import Protected, protect


@dataclass(frozen=True)
class Table:
    """One table of counts of one index date as they are, and what its reader knows of them beyond its figures.

    ``relations`` may name cells of other tables. ``worked_out`` are cells that no table prints and that follow from
    printed ones, such as complements; ``kept`` are those that others are divided by, suppressed for another's sake only
    if nothing else helps; ``of_few`` are counts of events of a few people, suppressed however large. ``layers`` are
    parts that are left out whole, first one first, where no ``*`` could protect a small count of the table; without any
    the table is left out whole.
    """

    counts: Mapping[Key, int] = field(default_factory=dict)
    relations: tuple[Relation, ...] = ()
    worked_out: frozenset[Key] = frozenset()
    kept: frozenset[Key] = frozenset()
    of_few: frozenset[Key] = frozenset()
    layers: tuple[frozenset[Key], ...] = ()

    @property
    def left_out_in_turn(self) -> tuple[frozenset[Key], ...]:
        """Its layers; all of it that is printed where it has none."""
        return self.layers or (frozenset(self.counts) - self.worked_out,)


@dataclass(frozen=True)
class Cells:
    """Every table of one system, none of whose cells another table has.

    ``series`` are cells of one count at several dates, in their order: where it did not change between two at which its
    table is shown, now or before, a reader is taken to know that.
    """

    tables: tuple[Table, ...]
    series: tuple[tuple[Key, ...], ...] = ()

    @cached_property
    def counts(self) -> dict[Key, int]:
        """The true count of every cell."""
        return {key: count for table in self.tables for key, count in table.counts.items()}

    @cached_property
    def relations(self) -> tuple[Relation, ...]:
        """Everything that ties the cells of tables."""
        return tuple(relation for table in self.tables for relation in table.relations)

    def ties(self, shown: Collection[Key]) -> tuple[Relation, ...]:
        """Return everything that a reader to whom these cells were shown ties the cells by."""
        tables = {self._table_of[key] for key in shown if key in self._table_of}
        unchanged = (
            same_count(before, after)
            for series in self.series
            for before, after in pairwise(key for key in series if self._table_of[key] in tables)
            if self.counts[before] == self.counts[after]
        )
        return (*self.relations, *unchanged)

    @cached_property
    def of_few(self) -> frozenset[Key]:
        """The cells that are suppressed however large, since few people are behind them."""
        return frozenset(key for table in self.tables for key in table.of_few)

    @cached_property
    def _table_of(self) -> dict[Key, int]:
        return {key: number for number, table in enumerate(self.tables) for key in table.counts}

    def protected(
        self,
        rule: Rule,
        printed_before: Mapping[Key, Figure],
        stays: Set[Key] = frozenset(),
        elsewhere: Set[Key] = frozenset(),
    ) -> Protected:
        """Return the cells as they may be published; ``printed_before`` is what readers were already told of them.

        ``stays`` are cells that stay suppressed, whatever they hide. ``elsewhere`` are cells that this table need not
        print: one that is given away though nothing at all is printed now is left out with its layer, and is none of
        those exposed, as nothing that is done here would take it back.

        Where no other cell could protect a small one, the next layer of its table is not printed at all: seven
        stars in seven practices under a star would otherwise be seven people, one in each.
        """
        told = {key: one for key, one in printed_before.items() if key in self.counts}
        worked_out = {key for table in self.tables for key in table.worked_out}
        kept = {key for table in self.tables for key in table.kept}
        left_out: set[Key] = set()

        def found(given_up: Iterable[Key] = (), before: Protected | None = None) -> Protected:
            return protect(
                self.counts,
                self.ties((self.counts.keys() - worked_out - left_out) | told.keys()),
                rule,
                worked_out=worked_out | left_out,
                kept=kept - left_out,
                of_few=self.of_few,
                already_published=told,
                stays=stays,
                given_up=frozenset(given_up),
                before=before,
            )

        protected, given_up, known = found(), set[Key](), set[Key]()
        while exposed := set(protected.exposed) - given_up:
            if exposed & elsewhere:
                known |= exposed & elsewhere & self._told_without(protected, told, rule)
            own = {key for one in exposed & known for key in self._layer_of(one)} - left_out
            more = own | {key for one in exposed - known for key in self._next_layer(one, left_out)}
            left_out |= more
            given_up |= exposed & known if more else exposed
            protected = found(given_up, protected)
        return replace(protected, exposed=tuple(key for key in protected.exposed if key not in known))

    def _told_without(self, protected: Protected, told: Mapping[Key, Figure], rule: Rule) -> set[Key]:
        """Return the cells that are given away though nothing is printed now."""
        nothing = {key: unprinted(n, rule) for key, n in self.counts.items()}
        nothing |= {key: nothing[key].with_knowledge(one) for key, one in told.items()}
        return set(System(nothing, self.ties(told), self.counts).pinned(protected.others))

    def _layer_of(self, key: Key) -> frozenset[Key]:
        """Return the part of its table that a cell is left out with; nothing for one that no table prints."""
        return next((layer for layer in self.tables[self._table_of[key]].left_out_in_turn if key in layer), frozenset())

    def _next_layer(self, exposed: Key, left_out: set[Key]) -> frozenset[Key]:
        """Return the part of an exposed cell's table that is left out next; nothing where all of it is."""
        for layer in self.tables[self._table_of[exposed]].left_out_in_turn:
            if not layer <= left_out:
                return layer
        return frozenset()


def told_truly(tables: Iterable[Table]) -> list[Table]:
    """Return the tables without ties that are not so of the true counts: what is not so tells a reader nothing.

    For counts that are made apart from one another and should agree; of others an untrue tie is a mistake, which the
    attack refuses.
    """
    tables = list(tables)
    counts = {key: count for table in tables for key, count in table.counts.items()}

    def is_so(tie: Relation) -> bool:
        return tie.low <= sum(weight * counts[key] for key, weight in tie.weights) <= tie.high

    return [replace(table, relations=tuple(filter(is_so, table.relations))) for table in tables]


def together(tables: Sequence[Table], series: tuple[tuple[Key, ...], ...] = ()) -> Cells:
    """Return the tables as one system; ``ValueError`` where two have a cell of one name."""
    cells = Cells(tuple(tables), series)
    if len(cells.counts) != sum(len(table.counts) for table in tables):
        raise ValueError("two tables name a cell alike")
    return cells


def as_read(shown: Mapping[Key, int | None], cells: Cells, rule: Rule) -> dict[Key, Figure]:
    """Return what a reader of what was written knows of each cell.

    ``shown`` is what was read back: a figure, or ``None`` for a ``*``; other cells are printed nowhere. The truth tells
    the reader one thing only: which ``*`` hide a small count. Raises ``ValueError`` naming a cell whose printed figure
    is not the figure of its count.
    """
    figures = {key: _as_read(key, count, shown, rule) for key, count in cells.counts.items()}
    few = {key for key in cells.of_few if figures[key].is_suppressed}
    return figures | {key: suppressed_as_of_few(cells.counts[key], rule) for key in few}


def attacked(
    read: Mapping[Key, Figure], cells: Cells, known: Mapping[Key, Figure], others: Sequence[Other] = ()
) -> set[Key]:
    """Return the cells that a reader can pin to one value; none is what is wanted.

    ``read`` is what was written tells (``as_read``), ``known`` what the reader was told elsewhere. ``others`` are
    populations that may fit: one that does, as it is held against what was written, need not be looked for.
    """
    figures = {key: one.with_knowledge(known[key]) if key in known else one for key, one in read.items()}
    shown = {key for key, one in read.items() if one.is_printed} | known.keys()
    return set(System(figures, cells.ties(shown), cells.counts).pinned(others))


def _as_read(key: Key, count: int, shown: Mapping[Key, int | None], rule: Rule) -> Figure:
    if key not in shown:
        return unprinted(count, rule)
    value = shown[key]
    if value is None:
        return figure(count, rule) if is_small(count, rule) else suppressed_for_another(count, rule)
    low, high = possible_counts(value, rule)
    if not low <= count <= high:
        raise ValueError(f"the published figure of {' / '.join(key)} is not the figure of its count")
    return Figure(value, low, high)
