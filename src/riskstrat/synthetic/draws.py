"""Random numbers, calendars and NHS numbers: the small tools every part of the generator draws with."""

import zlib
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from riskstrat.errors import UsageFault

Ints = NDArray[np.integer[Any]]
Floats = NDArray[np.floating[Any]]
Flags = NDArray[np.bool_]

NEVER = np.int32(2**30)
"""A day that does not come: no end, no death."""
DAYS_PER_YEAR = 365.2425
YEARS_OF_DATA = 7


def stream(seed: int, name: str) -> np.random.Generator:
    """Return the random stream of one part, so that a change in one part does not disturb another's draws."""
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, zlib.crc32(name.encode())])))


def choose(rng: np.random.Generator, weights: Floats, size: int) -> Ints:
    """Draw ``size`` positions with the given weights."""
    cumulative = np.cumsum(np.asarray(weights, dtype=np.float64))
    positions = np.searchsorted(cumulative, rng.random(size) * cumulative[-1], side="right")
    drawn: Ints = np.minimum(positions, len(cumulative) - 1).astype(np.int32)
    return drawn


def spread(counts: Ints) -> tuple[Ints, Ints]:
    """Return, for counts per row, the row each repeat belongs to and its position (0, 1, …) within the row."""
    rows = np.repeat(np.arange(len(counts), dtype=np.int32), counts)
    starts = np.cumsum(counts) - counts
    return rows, (np.arange(len(rows), dtype=np.int64) - np.repeat(starts, counts)).astype(np.int32)


def triangular(rng: np.random.Generator, shape: tuple[float, float, float], size: int) -> Ints:
    """Draw whole days between a shortest and a longest with one most usual."""
    low, mode, high = shape
    drawn = rng.triangular(low, mode, high, size) if high > low else np.full(size, low)
    return np.rint(drawn).astype(np.int32)


def day(of: date) -> int:
    """Return a date as days since 1970."""
    return of.toordinal() - date(1970, 1, 1).toordinal()


def dates(days: Ints) -> pl.Series:
    """Return days since 1970 as dates; ``NEVER`` and beyond become missing."""
    series = pl.Series(np.asarray(days, dtype=np.int32))
    return series.to_frame("d").select(pl.when(pl.col("d") < int(NEVER)).then(pl.col("d")).cast(pl.Date)).to_series()


def by_key(first: Ints, second: Ints, third: Ints | None = None) -> Ints:
    """Return the stable order by two or three whole numbers, packed into one key.

    The second spans fewer than 2^17 values (days), the third lies in 0 … 511 (codes), the first fits what is left.
    """
    low = int(second.min(initial=0))
    key = first.astype(np.int64) << 17 | (second.astype(np.int64) - low)
    if third is not None:
        key = key << 9 | third.astype(np.int64)
    order: Ints = np.argsort(key, kind="stable")
    return order


@dataclass(frozen=True)
class Calendar:
    """The months simulated. ``starts`` holds the first day of each month and, last, ``end`` itself."""

    end: date
    starts: Ints

    @property
    def first_day(self) -> int:
        """The first day of the data."""
        return int(self.starts[0])

    @property
    def end_day(self) -> int:
        """The day after the last day of the data."""
        return int(self.starts[-1])

    @property
    def months(self) -> int:
        """How many months there are."""
        return len(self.starts) - 1


def months_before(end: date, months: int) -> date:
    """Return the first of the month so many months before another first of a month."""
    count = end.year * 12 + end.month - 1 - months
    return date(count // 12, count % 12 + 1, 1)


def calendar(end: date, years: int = YEARS_OF_DATA) -> Calendar:
    """Return the calendar of the ``years`` before ``end``, which must be the first of a month."""
    if end.day != 1:
        raise UsageFault(f"the end of a synthetic population is the first of a month, not {end}")
    starts = [day(months_before(end, years * 12 - n)) for n in range(years * 12 + 1)]
    return Calendar(end, np.asarray(starts, dtype=np.int32))


def nhs_numbers(rng: np.random.Generator, size: int) -> pl.Series:
    """Return so many different valid NHS numbers of the 999 range, which is kept for tests and never issued.

    The tenth digit is the modulus 11 check; numbers whose check would be 10 do not exist. Raises ``UsageFault`` where
    the range has too few.
    """
    body = rng.permutation(1_000_000).astype(np.int64)
    digits = [9, 9, 9] + [(body // 10**place) % 10 for place in range(5, -1, -1)]
    total = sum(digit * weight for digit, weight in zip(digits, range(10, 1, -1), strict=True))
    check = (11 - total % 11) % 11
    whole = 9_990_000_000 + body * 10 + check
    whole = whole[(check < 10) & (body != 999_999)]
    if size > len(whole):
        raise UsageFault(
            f"the NHS numbers kept for tests (999 …) are {len(whole):,}; {size:,} people were asked for",
            "ask for fewer people",
        )
    return pl.Series("nhs_number", whole[:size]).cast(pl.String)
