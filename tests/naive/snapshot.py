"""One row per person of the population: what the sources can show, and what each family says of the person."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from importlib import import_module
from typing import Any

from naive.definitions import Definition, definitions
from naive.person import LONG_AGO, Held, Person, Row
from naive.population import population, practice_of

GENERAL_PRACTICE = {"gp_event", "gp_prescription", "gp_appointment"}
Family = Callable[[Person], dict[str, Any]]


@dataclass(frozen=True)
class NaiveFamily:
    """A module ``naive.<family>``: its function, and the landing tables with events that its columns stand on."""

    columns_of: Family
    sources: tuple[str, ...]


def naive_family(name: str) -> NaiveFamily | None:
    """Return the naive family of that name; ``None`` where nobody has written it."""
    try:
        module = import_module(f"naive.{name}")
    except ModuleNotFoundError:
        return None
    return NaiveFamily(getattr(module, name), module.SOURCES)


def snapshot(held: Held, *, is_withheld: bool = True) -> dict[Any, Row]:
    """Return a row for each person of the population, by person: practice, and every column of every naive family."""
    by_family: dict[str, list[Definition]] = {}
    for definition in definitions():
        by_family.setdefault(definition.family, []).append(definition)
    withheld = withheld_people(held) if is_withheld else set()
    rows = {}
    for person in population(held):
        row: Row = {"index_date": held.index_date, "practice_code": practice_of(person)}
        for name, columns in by_family.items():
            family = naive_family(name)
            if family is not None:
                said = family.columns_of(person)
                is_barred = person.id in withheld and not GENERAL_PRACTICE.isdisjoint(family.sources)
                row |= {
                    column.name: said[column.name] if is_seen(held, column, family.sources) and not is_barred else None
                    for column in columns
                    if column.name in said
                }
        rows[person.id] = row
    return rows


def is_seen(held: Held, column: Definition, sources: tuple[str, ...]) -> bool:
    """Whether every source of a column is there and, where its window must be seen whole, sees it.

    A source sees a window whole where it reaches back to the window's start and is complete past it. Of a trend's two
    windows, the recent one must be seen in part and the one before it from its start.
    """
    for name in sources:
        source = held.sources[name]
        complete_to = held.complete_to(name)
        begins = source.period_start if source.period_is_stated else None
        if complete_to is None or (begins is not None and begins >= held.index_date):
            return False
        if column.whole_window is not None:
            recent, whole = column.whole_window
            if complete_to <= held.index_date - timedelta(days=recent):
                return False
            if begins is not None and begins > held.index_date - timedelta(days=whole):
                return False
    return True


def withheld_people(held: Held) -> set[Any]:
    """Return the people whose type 1 objection is in force on the day after the last day held, by everything held.

    Of several versions of one objection the last to become available counts, then the last delivered, then the one that
    protects longest; one that does not say when it became available comes before those that do. One that begins later
    already counts.
    """
    ends = [source.period_end for source in held.sources.values() if source.is_present and source.period_end]
    today = max(ends) + timedelta(days=1) if ends else date.max
    last: dict[Any, Row] = {}
    for row in held.everything("opt_out"):
        if row["kind"] == "type_1":
            key = (row["person"], row["start_date"])
            if key not in last or _opt_out_order(row) > _opt_out_order(last[key]):
                last[key] = row
    return {row["person"] for row in last.values() if row["end_date"] is None or not ends or row["end_date"] >= today}


def _opt_out_order(row: Row) -> tuple[date, int, date]:
    return row["available_date"] or LONG_AGO, row["delivery"], row["end_date"] or date.max
