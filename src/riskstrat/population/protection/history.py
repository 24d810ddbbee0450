"""The other months that readers hold, as part of the system in which this one is protected and attacked.

One month tells a range of a small count; if the count has not changed while others have, the next month tells another
range, and the two together may leave one value. So the cells of the months printed before, and of the earlier dates of
this report's own trend, stand beside this month's with the figures that are printed of them, and every count that is
truly the same in two of them on end, of those at which it is shown in some area, is one count: as if a reader knew of
every practice and cohort when nobody joined or left. A month made late has later ones beside it.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path

from riskstrat.disclosure.attack import Key
from riskstrat.disclosure.cells import Cells, Table
from riskstrat.population.counting.cells import LEFT_OUT
from riskstrat.population.protection.earlier import periods_printed
from riskstrat.project import Workspace, add_months

MONTHS = 12
"""Months before this one, and after it, that are tied to it."""


def dates_beside(workspace: Workspace, previous: Sequence[Path], index_dates: Sequence[date]) -> tuple[date, ...]:
    """Return the dates that stand beside the last of ``index_dates``, which are those that its report prints, in order.

    They are the others of the report, and every date of a year before or after of which a release whose population
    folder is among ``previous`` prints a count, as far as the store holds its snapshot.
    """
    printed = periods_printed(previous)
    days = [add_months(index_dates[-1], months) for months in range(-MONTHS, MONTHS + 1) if months]
    held = [day for day in days if str(day) in printed and workspace.part("features", day).is_file()]
    return tuple(sorted({*index_dates[:-1], *held}))


def beside(now: Cells, period: str, others: Mapping[str, Cells], printed_again: Collection[str] = ()) -> Cells:
    """Return one month's cells with those of the ``others``, before it or after.

    Of those that are ``printed_again``, earlier dates of this report's own trend, the board and its places are cells of
    the report; of any other nothing is printed now. Where no ``*`` can protect a count of those dates, the trend of
    what it counts is left out, and then this month's own table of it.
    """
    months = {**others, period: now}
    layers: dict[str, tuple[frozenset[Key], ...]] = {}
    for table in now.tables:  # areas as they once were come last, and are printed nowhere
        for _, what, _ in table.counts:
            layers.setdefault(what, table.left_out_in_turn)
    trend: dict[str, set[Key]] = {}
    for other in printed_again:
        for key in filter(_is_of_a_trend, others[other].counts):
            trend.setdefault(key[1], set()).add(key)
    tables = []
    for table in (table for cells in others.values() for table in cells.tables):
        names = {what for _, what, _ in table.counts}
        own = frozenset(key for what in names for key in trend.get(what, ()))
        tables.append(
            Table(
                table.counts,
                table.relations,
                worked_out=frozenset(table.counts) - own,
                kept=table.kept & own,
                layers=(*([own] if own else []), *next((layers[what] for what in sorted(names) if what in layers), ())),
            )
        )
    return Cells((*now.tables, *tables), _series([months[one] for one in sorted(months)]))


def _series(months: Iterable[Cells]) -> tuple[tuple[Key, ...], ...]:
    """Return the cells of every count that is one of two months or more, in their order."""
    series: dict[Key, list[Key]] = {}
    for month in months:
        for key in month.counts:
            series.setdefault(key[1:], []).append(key)
    return tuple(tuple(keys) for keys in series.values() if len(keys) > 1)


def _is_of_a_trend(key: Key) -> bool:
    """Return whether a report prints a cell of the index dates before its own: cohorts, at the board and its places."""
    _, what, area = key
    is_cohort = ": " not in what and not what.startswith("not ") and what != LEFT_OUT
    return is_cohort and area.partition(":")[0] in ("icb", "place")
