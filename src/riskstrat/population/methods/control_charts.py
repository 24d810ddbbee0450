"""XmR charts: a series of months with its process limits, and which of its points are more than the usual variation.

Limits and rules are those of NHS England's Making Data Count, as the NHS-R community's package NHSRplotthedots computes
them (github.com/nhs-r-community/NHSRplotthedots, ``ptd_spc_standard`` and ``ptd_calculate_point_type``): the mean and
2.66 mean moving ranges either side of it, moving ranges above 3.267 times their mean being left out of it; a point
beyond a limit; seven points in a row on one side of the mean; seven points each above, or each below, the one before;
two of three points in a row close to one limit. Points say "high" and "low", never good or bad. Pure.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

LIMIT = 2.66
"""Mean moving ranges from the mean to a process limit: three standard deviations, 3 / 1.128."""
OUTLYING_RANGE = 3.267
"""A moving range beyond this many mean moving ranges is an outlier and is left out of the mean."""
RUN = 7
"""Points in a row that make a shift (one side of the mean) or a trend (all rising or all falling)."""
LEAST_POINTS = 12
"""With fewer points limits are on trial: "trial limits" of NHSRplotthedots, number of points required."""

SIGNALS = BEYOND, TREND, CLOSE, SHIFT = "beyond a limit", "a trend", "two of three close to a limit", "a shift"


@dataclass(frozen=True)
class Limits:
    """The centre line and process limits of one stretch of a series; ``on_trial`` below 12 points."""

    mean: float
    lower: float
    upper: float
    on_trial: bool


@dataclass(frozen=True)
class Point:
    """One month: its value, the limits of its stretch, and the rules it is part of (none is the usual variation)."""

    value: float
    limits: Limits
    signals: tuple[str, ...]


def xmr(values: Sequence[float], new_limits_at: Iterable[int] = ()) -> list[Point]:
    """Return the points of a series in order of time.

    ``new_limits_at`` are the places in the series at which what is counted changed (a feed, code list, rule or model):
    from each on, limits are made anew, and no rule reaches across. A stretch of one point has no range and its limits
    are the point. ``ValueError`` for a place outside the series.
    """
    starts = sorted({0, *new_limits_at}) if values else []
    if any(not 0 <= place < len(values) for place in starts):
        raise ValueError("new limits begin at a place in the series")
    points: list[Point] = []
    for first, after in pairwise([*starts, len(values)]):
        stretch = values[first:after]
        limits = process_limits(stretch)
        found = _signals(stretch, limits)
        points += [Point(value, limits, rules) for value, rules in zip(stretch, found, strict=True)]
    return points


def process_limits(values: Sequence[float]) -> Limits:
    """Return the mean and the process limits of one stretch; ``ValueError`` without a value."""
    if not values:
        raise ValueError("limits need a value")
    centre = sum(values) / len(values)
    ranges = [abs(later - earlier) for earlier, later in pairwise(values)]
    usual = OUTLYING_RANGE * _mean(ranges)
    spread = _mean([one for one in ranges if one < usual])
    return Limits(centre, centre - LIMIT * spread, centre + LIMIT * spread, on_trial=len(values) < LEAST_POINTS)


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0


def _signals(values: Sequence[float], limits: Limits) -> list[tuple[str, ...]]:
    """Return the rules that each point of one stretch is part of."""
    count = len(values)
    sides = [(value > limits.mean) - (value < limits.mean) for value in values]
    steps = [(later > earlier) - (later < earlier) for earlier, later in pairwise(values)]
    is_beyond = [value > limits.upper or value < limits.lower for value in values]
    near = 2 * (limits.upper - limits.mean) / 3
    is_close = [not beyond and abs(value - limits.mean) > near for value, beyond in zip(values, is_beyond, strict=True)]
    in_shift, in_trend, in_close = ([False] * count for _ in range(3))
    for first in range(count - RUN + 1):
        run = range(first, first + RUN)
        if abs(sum(sides[first : first + RUN])) == RUN:
            _mark(in_shift, run)
        if abs(sum(steps[first : first + RUN - 1])) == RUN - 1:
            _mark(in_trend, run)
    for first in range(count - 2):
        three = range(first, first + 3)
        close = [place for place in three if is_close[place]]
        if len(close) >= 2 and abs(sum(sides[place] for place in three)) == 3:
            _mark(in_close, close)
    named = ((BEYOND, is_beyond), (TREND, in_trend), (CLOSE, in_close), (SHIFT, in_shift))
    return [tuple(name for name, marks in named if marks[place]) for place in range(count)]


def _mark(marks: list[bool], places: Iterable[int]) -> None:
    for place in places:
        marks[place] = True
