"""Chance about an index date: days on the edges of windows, arrivals of every kind, rows and their versions."""

import random
from datetime import date, timedelta
from functools import cache
from typing import Any

from naive.person import Row
from naive.seeds import seed
from riskstrat.contract import TABLES

INDEX_DATES = (
    *(date(2026, 11, 1), date(2026, 3, 1), date(2024, 2, 28), date(2024, 2, 29)),
    *(date(2024, 3, 1), date(2025, 2, 28), date(2025, 3, 1), date(2028, 3, 1)),
)
MAIN_EDGES = (30, 31, 89, 90, 91, 364, 365, 366, 729, 730, 731)
EDGES = (0, 1, 2, 14, 29, 30, 31, 41, 42, 43, 45, 46, 89, 90, 91, 92, 181, 182, 183, 364, 365, 366, 367)
FAR_EDGES = (454, 455, 456, 729, 730, 731, 732, 1094, 1095, 1096, 1825, 1826, 1827, 1828)
SENTINELS = (date(1900, 1, 1), date(9999, 12, 31), date(1800, 1, 1))


@cache
def snomed_lists() -> tuple[tuple[str, tuple[str, ...]], ...]:
    """SNOMED CT lists with their codes."""
    lists: dict[str, list[str]] = {}
    for line in seed("code_list_snomed_ct"):
        lists.setdefault(line["list_id"], []).append(line["code"])
    return tuple((name, tuple(codes)) for name, codes in sorted(lists.items()))


@cache
def codes_of(seed_name: str) -> tuple[str, ...]:
    """Return the codes of a reference table."""
    return tuple(line["code"] for line in seed(seed_name))


class Chance:
    """What is random in a life: one stream of chance about one index date."""

    def __init__(self, chance: random.Random, index_date: date) -> None:
        self.chance = chance
        self.index_date = index_date
        self.spell_count = 0
        self.has_no_words = self.maybe(0.1)  # a drop in which optional words and statuses are never given

    def maybe(self, share: float) -> bool:
        return self.chance.random() < share

    def pick(self, *values: Any) -> Any:
        return self.chance.choice(values)

    def before_index(self, days: int) -> date:
        return self.index_date - timedelta(days=days)

    def day(self, furthest: int = 1200) -> date:
        """A day when something happened: on an edge, or anywhere, a little of it after the index date."""
        kind = self.chance.random()
        if kind < 0.15:
            return self.before_index(self.chance.choice(MAIN_EDGES))
        if kind < 0.4:
            return self.before_index(self.chance.choice(EDGES))
        if kind < 0.5:
            return self.before_index(self.chance.choice(FAR_EDGES))
        return self.before_index(self.chance.randint(-30, furthest))

    def spoilt(self, day: date | None, share: float = 0.02) -> date | None:
        """Mostly the day itself; sometimes a date that means "not known"."""
        return self.chance.choice(SENTINELS) if self.maybe(share) else day

    def arrival(self, happened: date) -> date | None:
        """When a row arrived: not said, soon, late, on the very index date, before it happened, or a sentinel."""
        kind = self.chance.random()
        if kind < 0.25:
            return None
        if kind < 0.75:
            return happened + timedelta(days=self.chance.randint(0, 60))
        if kind < 0.85:
            return self.before_index(self.chance.choice((-1, 0, 1, 2)))
        if kind < 0.93:
            return happened + timedelta(days=self.chance.randint(60, 500))
        return self.spoilt(happened - timedelta(days=self.chance.randint(0, 20)), 0.4)

    def later(self, day: date, longest: int) -> date:
        """A day on or after another: soon, some time, or just about the index date or a window's edge."""
        edge = self.before_index(self.pick(-1, 0, 1, 90, 365, 366))
        if edge >= day and self.maybe(0.25):
            return edge
        return day + timedelta(days=self.chance.choice((0, 0, 1, 2, 3, self.chance.randint(0, longest))))

    def row(self, table: str, person: str | None, **said: Any) -> Row:
        """A row with every column of its table, those not said missing."""
        row: Row = {column.name: None for column in TABLES[table].columns if column.name != "nhs_number"}
        if person is not None:
            row["person"] = person
        unknown = set(said) - set(row)
        if unknown:
            raise KeyError(f"{table} has no column {unknown}")
        return {**row, "delivery": self.chance.randint(1, 3), **said}

    def again(self, row: Row, **said: Any) -> Row:
        """The same thing sent again, with something changed, mostly later."""
        available = row["available_date"]
        if available is None or available in SENTINELS:
            available = self.day(400)
        available += timedelta(days=self.chance.choice((0, 1, 7, 30, self.chance.randint(-30, 200))))
        later = self.chance.choice((available, available, available, None))
        return {**row, "available_date": later, "delivery": self.chance.randint(1, 3), **said}

    def snomed(self) -> str:
        """A code of any list."""
        return self.chance.choice(self.chance.choice(snomed_lists())[1])
