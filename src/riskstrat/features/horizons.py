"""Horizons: which labels there are, how long each looks ahead, and whether the data held reach that far.

A file of ``sql/labels`` with ``horizon:`` in its header is a label.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

from riskstrat.contract import TABLES
from riskstrat.errors import InputRefused, UsageFault
from riskstrat.features.catalogue import statements
from riskstrat.features.layers import SOURCES_KNOWN, set_index_date
from riskstrat.project import add_months
from riskstrat.warehouse import Statement, Warehouse, needed_for, read_layer

AFTER_EVERYTHING = date(9999, 1, 1)
"""The index date at which everything held is known; earlier than the sentinel 9999-12-31."""
_HORIZON = re.compile(r"(?P<count>[0-9]+) (?P<unit>months?|days?)")


@cache
def label_statements() -> tuple[Statement, ...]:
    """Return the statements of ``sql/labels``, by name: the labels and what only labels stand on."""
    return tuple(read_layer("labels"))


def labels() -> dict[str, str]:
    """Return the labels by name, each with its horizon (``12 months``, ``30 days``)."""
    return {s.name: s.header["horizon"] for s in label_statements() if "horizon" in s.header}


def horizon_of(label: str) -> str:
    """Return a label's horizon in words; raises ``UsageFault`` for an unknown label."""
    known = labels()
    if label not in known:
        raise UsageFault(f"unknown label {label}", f"there are {', '.join(sorted(known))}")
    return known[label]


def horizon_end(index_date: date, horizon: str) -> date:
    """Return the first day after a horizon that begins on the index date; whole calendar months or days.

    Raises ``ValueError`` where the words are not ``<n> months`` or ``<n> days``.
    """
    said = _HORIZON.fullmatch(horizon)
    if said is None:
        raise ValueError(f"a horizon is '<n> months' or '<n> days', not '{horizon}'")
    count = int(said["count"])
    return add_months(index_date, count) if said["unit"].startswith("month") else index_date + timedelta(days=count)


def needed_by(chosen: Iterable[str]) -> list[Statement]:
    """Return, in order, the statements that these labels stand on, themselves included."""
    return needed_for([f"labels.{label}" for label in chosen], [*statements(), *label_statements()])


def sources_of_labels(chosen: Iterable[str]) -> tuple[str, ...]:
    """Return the landing tables that these labels stand on, their population aside, in order of name."""
    named = {table for statement in needed_by(chosen) for table in statement.named_tables}
    landed = (table.removeprefix("intake.") for table in named if table.startswith("intake."))
    return tuple(sorted(name for name in landed if name in TABLES))


@dataclass(frozen=True)
class Reach:
    """From when to when each source held can be taken as complete.

    ``ends`` has the last day of each source that is there; ``begins`` the first day of those whose manifests state one
    and whose rows are events.
    """

    ends: dict[str, date]
    begins: dict[str, date]

    def ends_for(self, label: str) -> dict[str, date]:
        """Return the ends of the sources that a label reads; raises ``InputRefused`` where one is absent."""
        sources = sources_of_labels([label])
        for name in sources:
            if name not in self.ends:
                raise InputRefused(f"{label} needs {name}, which no drop held", "send it, or do not train this outcome")
        return {name: self.ends[name] for name in sources}

    def latest_index_date(self, label: str) -> date:
        """Return the latest first of a month whose horizon ends before the end of every source the label reads.

        Raises ``InputRefused`` where a source is absent.
        """
        horizon, last = horizon_of(label), min(self.ends_for(label).values())
        index_date = last.replace(day=1)
        while horizon_end(index_date, horizon) > last:
            index_date = add_months(index_date, -1)
        return index_date

    def refuse_incomplete(self, label: str, index_date: date) -> None:
        """Raise ``InputRefused`` where a source the label reads is absent, begins after the index date, or ends early.

        A source ends early that ends before the horizon does.
        """
        horizon = horizon_of(label)
        end = horizon_end(index_date, horizon)
        ends = self.ends_for(label)
        early = {name: last for name, last in ends.items() if last < end}
        if early:
            raise InputRefused(
                f"{label} at {index_date} is not complete: its horizon of {horizon} ends on {end}",
                *(f"{name} is complete only to {last}" for name, last in sorted(early.items())),
                "choose an earlier index date, or take a later drop",
            )
        for name in ends:
            if name in self.begins and self.begins[name] > index_date:
                raise InputRefused(
                    f"{label} at {index_date} is not complete: {name} begins on {self.begins[name]}",
                    "choose a later index date",
                )


def read_reach(warehouse: Warehouse) -> Reach:
    """Return how far each source held reaches, everything held being known.

    The end is that of ``intake.source``, or an earlier one where the feed stopped or halved before it
    (``features.population_source``): an outcome that no row could tell of is not "none". People have no event date of
    their own; they end with the latest period held.
    """
    set_index_date(warehouse, AFTER_EVERYTHING)
    warehouse.build(statement for statement in statements() if statement.table == SOURCES_KNOWN)
    rows = warehouse.rows(
        "SELECT s.table_name, LEAST(s.data_end, CASE WHEN f.note IS NOT NULL THEN f.complete_to - 1 END), "
        "CASE WHEN s.period_is_stated THEN s.period_start END, s.period_end "
        f"FROM intake.source AS s LEFT JOIN {SOURCES_KNOWN} AS f ON f.table_name = s.table_name "
        "WHERE s.is_present ORDER BY s.table_name"
    )
    latest = max((period_end for *_, period_end in rows if period_end is not None), default=None)
    ends, begins = {}, {}
    for name, data_end, begun, _ in rows:
        is_event = TABLES[name].event_date is not None
        end = data_end if is_event else latest
        if end is not None:
            ends[name] = end
        if is_event and begun is not None:
            begins[name] = begun
    return Reach(ends, begins)
