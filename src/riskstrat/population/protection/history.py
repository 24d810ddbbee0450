"""The other months that readers hold, as part of the system in which this one is protected and attacked.

One month tells a range of a small count; if the count has not changed while others have, the next month tells another
range, and the two together may leave one value. So the cells of the months printed before, and of the earlier dates of
this report's own trend, stand beside this month's with the figures that are printed of them, and every count that is
truly the same in two of them on end is one count: as if a reader knew of every practice and cohort when nobody joined
or left. A month made late has later ones beside it.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import pairwise
from pathlib import Path

from riskstrat.disclosure.attack import Key, same_count
from riskstrat.disclosure.cells import Cells, Table
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


def beside(now: Cells, period: str, others: Mapping[str, Cells]) -> Cells:
    """Return one month's cells with those of the ``others``, before it or after.

    Where a ``*`` of this month cannot protect a count of those months, this month's own table of it is left out.
    """
    months = {**others, period: now}
    layers = {what: table.left_out_in_turn for table in now.tables for _, what, _ in table.counts}
    tables = [
        Table(
            table.counts,
            table.relations,
            worked_out=frozenset(table.counts),
            layers=next((layers[what] for _, what, _ in table.counts if what in layers), ()),
        )
        for cells in others.values()
        for table in cells.tables
    ]
    ties = [
        same_count((one, *rest), (other, *rest))
        for one, other in pairwise(sorted(months))
        for _, *rest in months[one].counts
        if months[other].counts.get((other, *rest)) == months[one].counts[one, *rest]
    ]
    return Cells((*now.tables, *tables, Table(relations=tuple(ties))))


def is_printed_of_earlier_dates(key: Key) -> bool:
    """Return whether a report prints a cell of the index dates before its own: cohorts, at the board and its places."""
    _, what, area = key
    return area.partition(":")[0] in ("icb", "place") and ": " not in what and not what.startswith("not ")
