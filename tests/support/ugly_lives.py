"""Ugly drops made at random, life by life, with typed values, for ``tests/property/test_every_column_agrees.py``.

A life hangs together as real ones do (a transfer follows a discharge, a version follows a version), and is then spoilt:
dates on the very edge of every window, rows that arrive late, early or undated, sentinel dates, open and overlapping
spells, codes in every spelling. Codes come from ``sql/seeds``. What intake would refuse is not made.
"""

import random
from collections.abc import Iterable
from datetime import date, timedelta

from naive.person import Held, Row, Source
from riskstrat.contract import TABLES
from support.ugly_care import CareLives
from support.ugly_chance import EDGES, FAR_EDGES, INDEX_DATES, SENTINELS
from support.ugly_hospital import HospitalLives

__all__ = ["INDEX_DATES", "LANDED", "only", "size", "ugly_held"]
PRACTICES = ("P1", "P2", "P3", "P4", "P5", "P6")
LANDED = tuple(name for name, table in TABLES.items() if not table.vault_only)


def ugly_held(seed_number: int, index_date: date, people: int = 30) -> Held:
    """Return a drop of some people as it is held, and what its sources say of themselves."""
    chance = random.Random(seed_number)
    maker = Maker(chance, index_date)
    rows: dict[str, list[Row]] = {name: [] for name in LANDED}
    maker.practices(rows)
    for number in range(people):
        maker.life(rows, f"person {number:02}")
    maker.silence(rows)
    sources = maker.sources(rows)
    for name, source in sources.items():
        if not source.is_present:
            rows[name] = []
    return without_ties(Held(rows, sources, index_date))


def without_ties(held: Held) -> Held:
    """Leave out rows that no definition tells apart: exact duplicates of facts (intake drops them) and of versions."""
    kept: dict[str, list[Row]] = {}
    for name, rows in held.tables.items():
        seen = set()
        kept[name] = []
        for row in rows:
            mark = held.told_apart_by(name, row)
            if mark not in seen:
                seen.add(mark)
                kept[name].append(row)
    return Held(kept, held.sources, held.index_date)


class Maker(HospitalLives, CareLives):
    """Makes lives around one index date from one stream of chance."""

    def silence(self, rows: dict[str, list[Row]]) -> None:
        """Leave out of everybody's rows some of the columns that a sender may leave out."""
        for name in sorted(set(LANDED) - {"person", "registration", "practice"}):
            table = TABLES[name]
            for column in table.columns:
                is_needed = column.required or column.name in (*table.key, *table.one_of) or column.type == "DATE"
                if not is_needed and self.maybe(0.1):
                    for row in rows[name]:
                        row[column.name] = None

    def practices(self, rows: dict[str, list[Row]]) -> None:
        """Practices, some closed with successors in a chain or a ring, some known late; P6 is never described."""
        for code in PRACTICES[:5]:
            closed = self.day(900) if self.maybe(0.4) else None
            row = self.row(
                "practice",
                None,
                practice_code=code,
                practice_name=f"Practice {code}",
                close_date=None if closed is None else self.spoilt(closed, 0.1),
                successor_code=self.chance.choice((*PRACTICES, None)) if self.maybe(0.7) else None,
                available_date=self.arrival(self.before_index(500)) if self.maybe(0.4) else None,
            )
            rows["practice"].append(row)
            if self.maybe(0.3):
                rows["practice"].append(self.again(row, close_date=self.day(300), successor_code=self.pick(*PRACTICES)))

    def life(self, rows: dict[str, list[Row]], person: str) -> None:
        """One person: who it is, where registered, and everything that happened."""
        born = self._birth()
        self._person(rows, person, born)
        self._registrations(rows, person)
        if self.maybe(0.3):
            self._opt_out(rows, person)
        for make in (
            self._stays,
            self._attendances,
            self._outpatients,
            self._gp_events,
            self._prescriptions,
            self._appointments,
            self._contacts,
            self._services,
            self._calls,
            self._programmes,
            self._notices,
        ):
            if self.maybe(0.85):
                make(rows, person)

    def _birth(self) -> date:
        kind = self.chance.random()
        if kind < 0.15:  # a leap day
            return date(self.pick(1932, 1940, 1948, 1956, 1960, 2004, 2008, 2012, 2020, 2024), 2, 29)
        if kind < 0.35:  # an age at which something begins, to the day
            years = self.pick(0, 1, 16, 16, 17, 18, 18, 65, 65, 65, 65, 75, 80, 85)
            day = self.index_date + timedelta(days=self.pick(-1, 0, 1, self.chance.randint(-400, 400)))
            return date(day.year - years, day.month, min(day.day, 28))
        if kind < 0.4:
            return self.day(90)
        return self.before_index(
            self.chance.randint(0, 105 * 365) if self.maybe(0.4) else self.chance.randint(23000, 34000)
        )

    def _person(self, rows: dict[str, list[Row]], person: str, born: date) -> None:
        row = self.row(
            "person",
            person,
            birth_date=self.spoilt(born, 0.04),
            sex=self.pick("1", "1", "2", "2", "2", "9", "0", "X"),
            ethnic_category=self.pick("A", "H", "M", "Z", None),
            imd_decile=self.pick(1, 2, 5, 10, None),
            death_date=self.spoilt(self.later(born, 20), 0.3) if self.maybe(0.05) else None,
            restricted=self.pick(True, False, None),
            care_home=self.pick(True, False, None),
            available_date=self.pick(None, None, None, self.spoilt(self.day(900), 0.1)),
        )
        rows["person"].append(row)
        if self.maybe(0.15):  # a death is told, and sometimes taken back
            died = self.again(row, death_date=max(self.day(200), born))
            rows["person"].append(died)
            if self.maybe(0.5):
                rows["person"].append(self.again(died, death_date=None))
        if self.maybe(0.1):
            rows["person"].append(self.again(row, sex=self.pick("1", "2"), imd_decile=self.pick(3, None)))

    def _registrations(self, rows: dict[str, list[Row]], person: str) -> None:
        if self.maybe(0.03):
            return
        made = []
        for _ in range(self.pick(1, 1, 1, 2, 3, 4)):
            start = self.day(1500) if self.maybe(0.6) else self.before_index(self.chance.randint(1000, 12000))
            row = self.row(
                "registration",
                person,
                practice_code=self.chance.choice(PRACTICES),
                start_date=self.spoilt(start, 0.03),
                end_date=self.spoilt(self.later(start, 900), 0.2) if self.maybe(0.35) else None,
                registration_type=self.pick(None, None, None, "regular", "Regular ", "temporary", "prison"),
                available_date=self.arrival(start) if self.maybe(0.5) else None,
            )
            made.append(row)
            if self.maybe(0.3):
                made.append(self.again(row, end_date=self.later(start, 600) if self.maybe(0.6) else None))
        if self.maybe(0.2):  # two practices on one day
            made.append({**made[0], "practice_code": self.chance.choice(PRACTICES), "registration_type": None})
        rows["registration"] += made

    def _opt_out(self, rows: dict[str, list[Row]], person: str) -> None:
        start = self.day(2000)
        row = self.row(
            "opt_out",
            person,
            kind=self.pick("type_1", "type_1", "national", "objection"),
            start_date=start,
            end_date=self.spoilt(self.later(start, 900), 0.2) if self.maybe(0.4) else None,
            available_date=self.arrival(start),
        )
        if row["available_date"] in SENTINELS:  # intake has read it as missing, and permission is not read twice
            row["available_date"] = None
        rows["opt_out"].append(row)
        if self.maybe(0.4):
            rows["opt_out"].append(self.again(row, end_date=self.later(start, 900) if self.maybe(0.6) else None))

    def sources(self, rows: dict[str, list[Row]]) -> dict[str, Source]:
        """What each source says: mostly all in order; sometimes a few absent, short, late, slow or silent."""
        spoil = self.pick(0.0, 0.0, 0.15, 0.4)
        described = {name: self._source(name, rows[name], spoil) for name in LANDED}
        for name in ("person", "registration", "practice"):
            described[name] = Source(True, date(1990, 1, 1), self.before_index(1), True, TABLES[name].lag_days)
        return described

    def _source(self, name: str, rows: list[Row], spoil: float) -> Source:
        lag = TABLES[name].lag_days
        begins, ends, is_stated = date(1990, 1, 1), self.before_index(1), True
        if lag > 30 and self.maybe(0.2):  # a feed that shows even the last month
            lag = self.pick(5, 29)
        if self.maybe(spoil):
            kind = self.pick("absent", "short", "late", "slow", "silent", "future")
            if kind == "absent":
                return Source(False, None, None, False, lag)
            if kind == "short":
                begins = self.before_index(self.chance.choice((*EDGES, *FAR_EDGES)))
            elif kind == "late":
                ends = max(begins, self.before_index(self.chance.choice((*EDGES, *FAR_EDGES)) + 1))
            elif kind == "slow":
                lag = self.pick(0, 1, 29, 30, 31, 89, 90, 91, 400)
            elif kind == "future":
                ends = self.index_date + timedelta(days=self.chance.randint(0, 90))
            elif kind == "silent":
                event = TABLES[name].event_date
                days = sorted(row[event] for row in rows if event and row[event] and row[event] not in SENTINELS)
                begins, ends, is_stated = days[0] if days else None, days[-1] if days else None, False
        return Source(True, begins, ends, is_stated, lag)


def size(held: Held) -> int:
    """Return how many rows a drop holds."""
    return sum(len(rows) for rows in held.tables.values())


def only(held: Held, people: Iterable[str]) -> Held:
    """Return the drop of these people alone."""
    kept = set(people)
    tables = {
        name: [row for row in rows if row.get("person") in kept or name == "practice"]
        for name, rows in held.tables.items()
    }
    return Held(tables, held.sources, held.index_date)
