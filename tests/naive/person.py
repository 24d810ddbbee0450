"""Everything held, and one person's view of it at an index date: what had happened and was known (CONTRACT section 2).

A row is a dict of landing column to typed value (``date``, ``int``, ``float``, ``bool``, ``str`` or ``None``), with
every column of its table. Rows about people carry ``person``; every row carries ``delivery``.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from riskstrat.contract import TABLES

Row = dict[str, Any]
SENTINELS = {date(1582, 10, 15), date(1800, 1, 1), date(1801, 1, 1), date(1900, 1, 1), date(9999, 12, 31)}
ENDS = {"end_date", "episode_end_date", "discharge_date", "discharged_on", "death_date"}
LONG_AGO = date(1, 1, 1)


@dataclass(frozen=True)
class Source:
    """What is held of one landing table: whether any, from when to when, whether a manifest says so, and the lag."""

    is_present: bool = True
    period_start: date | None = None
    period_end: date | None = None
    period_is_stated: bool = True
    lag_days: int = 0


@dataclass(eq=False)
class Held:
    """All landed rows by table, what each source says of itself, and the index date they are looked at from."""

    tables: dict[str, list[Row]]
    sources: dict[str, Source]
    index_date: date
    _known: dict[str, list[Row]] = field(default_factory=dict, init=False, repr=False)
    _known_of: dict[str, dict[Any, list[Row]]] = field(default_factory=dict, init=False, repr=False)

    def known(self, table: str) -> list[Row]:
        """Return the rows of a table known at the index date, of each key the latest version, by event date."""
        if table not in self._known:
            self._known[table] = self._find_known(table)
        return self._known[table]

    def known_of(self, table: str, person: Any) -> list[Row]:
        """Return one person's rows among them."""
        if table not in self._known_of:
            by_person: dict[Any, list[Row]] = {}
            for row in self.known(table):
                by_person.setdefault(row["person"], []).append(row)
            self._known_of[table] = by_person
        return self._known_of[table].get(person, [])

    def everything(self, table: str) -> list[Row]:
        """Return every row and version held of a table, whenever known, with sentinel dates missing."""
        return [_without_sentinels(row) for row in self.tables.get(table, [])]

    def complete_to(self, table: str) -> date | None:
        """Return the first day of a source that may be incomplete; ``None`` where it is absent.

        The earlier of the index date and the day after the stated period, less the lag.
        """
        source = self.sources[table]
        if not source.is_present:
            return None
        end = self.index_date
        if source.period_is_stated and source.period_end is not None:
            end = min(end, source.period_end + timedelta(days=1))
        return end - timedelta(days=source.lag_days)

    def told_apart_by(self, table: str, row: Row) -> Any:
        """Return what a row can be told from another by: of facts everything they say, of versions day and delivery."""
        if not TABLES[table].key:
            return tuple(value for name, value in sorted(row.items()) if name != "delivery")
        clean = _without_sentinels(row)
        return _key(table, clean, 0), self._known_from(table, clean), row["delivery"]

    def _find_known(self, table: str) -> list[Row]:
        versions: dict[Any, list[Row]] = {}
        for number, row in enumerate(self.everything(table)):
            day = self._known_from(table, row)
            if day is not None and day < self.index_date:
                versions.setdefault(_key(table, row, number), []).append(row)
        return sorted(
            (self._as_seen(self._latest(table, rows)) for rows in versions.values()),
            key=lambda row: event_date(table, row) or LONG_AGO,
        )

    def _known_from(self, table: str, row: Row) -> date | None:
        """The day from which a row can be known (at an index date after it); ``None`` without an event date."""
        happened = event_date(table, row)
        arrived = row.get("available_date")
        if TABLES[table].event_date is None:  # people and practices describe rather than happen
            return max(happened or LONG_AGO, arrived or LONG_AGO)
        if happened is None:
            return None
        if arrived is None:
            finished = row.get("discharge_date") or row.get("episode_end_date") or row.get("discharged_on") or happened
            arrived = finished + timedelta(days=self.sources[table].lag_days)
        return max(happened, arrived)

    def _latest(self, table: str, versions: list[Row]) -> Row:
        """The version that became known last; of several that did on one day, the later delivery."""

        def order(row: Row) -> tuple[date, int]:
            day = self._known_from(table, row)
            assert day is not None
            return day, row["delivery"]

        last = max(versions, key=order)
        if any(row != last and order(row) == order(last) for row in versions):
            raise ValueError(f"two versions in one delivery of {table} that no definition tells apart")
        return last

    def _as_seen(self, row: Row) -> Row:
        """An end, discharge or death on or after the index date is read as missing."""
        return {
            name: None if name in ENDS and value is not None and value >= self.index_date else value
            for name, value in row.items()
        }


@dataclass(frozen=True)
class Person:
    """One person's view of everything held."""

    held: Held
    id: Any

    @property
    def index_date(self) -> date:
        """The day the snapshot is as at."""
        return self.held.index_date

    def known(self, table: str) -> list[Row]:
        """Return the person's known rows of a table, of each key the latest version, by event date."""
        return self.held.known_of(table, self.id)

    def everything(self, table: str) -> list[Row]:
        """Return every row and version held about the person, whenever known."""
        return [row for row in self.held.everything(table) if row["person"] == self.id]

    def complete_to(self, table: str) -> date | None:
        """Return the first day of a source that may be incomplete; ``None`` where it is absent."""
        return self.held.complete_to(table)

    @property
    def record(self) -> Row:
        """The person's own row (birth, sex, area), as known; all missing where none is."""
        rows = self.known("person")
        return rows[0] if rows else dict.fromkeys((column.name for column in TABLES["person"].columns), None)

    def age_on(self, day: date) -> int | None:
        """Return completed years; born on 29 February, a year older on 1 March in a common year."""
        born = self.record["birth_date"]
        if born is None:
            return None
        return day.year - born.year - ((day.month, day.day) < (born.month, born.day))

    def is_within(self, day: date, days: int) -> bool:
        """Whether a day lies in the ``days`` before the index date: ``[index - days, index)``."""
        return self.index_date - timedelta(days=days) <= day < self.index_date

    def count_within(self, happened: list[date], days: int) -> int:
        """How many of the days lie in the ``days`` before the index date."""
        return sum(self.is_within(day, days) for day in happened)

    def days_since(self, happened: list[date]) -> int | None:
        """Whole days from the last of the days to the index date; ``None`` if there is none."""
        return (self.index_date - max(happened)).days if happened else None

    def trend(self, happened: list[date], table: str) -> float:
        """Events per 90 days in the part of the last 90 days that the source sees whole, less those of the year before.

        Zero where the source sees nothing of the last 90 days, for the column is then null anyway.
        """
        begins = self.index_date - timedelta(days=90)
        complete_to = self.complete_to(table)
        if complete_to is None or complete_to <= begins:
            return 0.0
        recent = sum(begins <= day < complete_to for day in happened)
        before = sum(begins - timedelta(days=365) <= day < begins for day in happened)
        return recent / (complete_to - begins).days * 90 - before / 365 * 90


def event_date(table: str, row: Row) -> date | None:
    """Return when a row happened; a person happens at birth, a practice never."""
    name = "birth_date" if table == "person" else TABLES[table].event_date
    return None if name is None else row.get(name)


def _key(table: str, row: Row, number: int) -> Any:
    """What a row is a version of; a table without a key holds facts, each for itself."""
    names = TABLES[table].key
    if not names:
        return number
    values = [row.get("person" if name == "nhs_number" else name) for name in names]
    return tuple("" if value is None else value for value in values)


def _without_sentinels(row: Row) -> Row:
    return {name: None if isinstance(value, date) and value in SENTINELS else value for name, value in row.items()}
