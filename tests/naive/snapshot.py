"""One row per person of the population: who is in it, what their sources can show, and what each family says of them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from importlib import import_module
from typing import Any

from naive.definitions import Definition, definitions
from naive.person import LONG_AGO, Held, Person, Row

GENERAL_PRACTICE = {"gp_event", "gp_prescription", "gp_appointment"}
REASONS = (
    "everyone in the drop",
    "no person record known at the index date",
    "no registration known at the index date",
    "not registered at the index date",
    "not a regular registration",
    "died",
)
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


def population(held: Held) -> list[Person]:
    """Return the people of the snapshot: known, alive, with a regular registration open at the index date."""
    return [person for person in everyone(held) if stops_at(person) is None]


def everyone(held: Held) -> list[Person]:
    """Return everyone of whom a person row is held, known yet or not."""
    return [Person(held, found) for found in sorted({row["person"] for row in held.everything("person")})]


def stops_at(person: Person) -> int | None:
    """Return the step of the attrition table that takes a person off; ``None`` for those in the snapshot."""
    known = person.known("registration")
    if not person.known("person"):
        return 1
    if not known:
        return 2
    if not any(row["end_date"] is None for row in known):
        return 3
    if registration_in_force(person) is None:
        return 4
    return 5 if person.record["death_date"] is not None else None


def attrition(held: Held) -> list[tuple[int, str, int, int]]:
    """Return ``step, reason, people, remaining``: how everyone held comes down to the population."""
    stops = [stops_at(person) for person in everyone(held)]
    rows = [(0, REASONS[0], len(stops), len(stops))]
    for step in range(1, 6):
        people = stops.count(step)
        rows.append((step, REASONS[step], people, rows[-1][3] - people))
    return rows


def registration_in_force(person: Person) -> Row | None:
    """Return the regular registration that is open; of two the later start, of two on one day the last practice code."""
    kept = [row for row in person.known("registration") if row["end_date"] is None and is_regular(row)]
    return max(kept, key=lambda row: (row["start_date"], row["practice_code"]), default=None)


def is_regular(registration: Row) -> bool:
    """Whether a registration is a regular one, as it is where it does not say."""
    kind = registration.get("registration_type")
    return kind is None or kind.strip().lower() == "regular"


def practice_of(person: Person) -> str:
    """Return the practice that holds a person of the population: that of the registration, or who took it over."""
    registration = registration_in_force(person)
    assert registration is not None
    known = {row["practice_code"]: row for row in person.held.known("practice")}
    code = str(registration["practice_code"])
    for _ in range(20):
        practice = known.get(code)
        closed = practice["close_date"] if practice else None
        if practice is None or closed is None or closed > person.index_date or practice["successor_code"] is None:
            break
        code = practice["successor_code"]
    return code


def withheld_people(held: Held) -> set[Any]:
    """Return the people whose type 1 objection is in force on the day after the last day held, by everything held.

    Of several versions of one objection the last to become available counts, then the last delivered; a version that
    does not say when it became available comes before those that do. One that begins later already counts.
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


def _opt_out_order(row: Row) -> tuple[date, int]:
    return row["available_date"] or LONG_AGO, row["delivery"]
