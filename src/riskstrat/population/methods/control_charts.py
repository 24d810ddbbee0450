"""XmR charts: a series of months with its process limits, and which of its points are more than the usual variation.

Limits and rules are those of NHS England's Making Data Count, as the NHS-R community's package NHSRplotthedots computes
them (github.com/nhs-r-community/NHSRplotthedots, ``ptd_spc_standard`` and ``ptd_calculate_point_type``): the mean and
2.66 mean moving ranges either side of it, moving ranges above 3.267 times their mean being left out of it; a point
beyond a limit; seven points in a row on one side of the mean; seven points each above, or each below, the one before;
two of three points in a row close to one limit. Points say "high" and "low", never good or bad.

They know nothing of winter: a series whose only pattern is a yearly swing has "trends" and "shifts" in it every year.
What has a season is therefore held against the same month a year before (``against_year_before``), by the same limits
and rules, but for the trend: growth is a shift there. Comparing so is our own choice among ways to take a season out:
month averages over two years would spread a change of the second into the first. Pure.
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
LEAST_STRETCH = 6
"""With fewer points there are none: "as few as five or six" (Wheeler, Understanding Variation, quoted there)."""
YEAR = 12

SIGNALS = BEYOND, TREND, CLOSE, SHIFT = "beyond a limit", "a trend", "two of three close to a limit", "a shift"
WAYS = HIGH, LOW, RISING, FALLING = "high", "low", "rising", "falling"
"""A trend rises or falls; every other rule is about one side of the centre line."""


@dataclass(frozen=True)
class Limits:
    """The centre line and process limits of one stretch of a series; ``on_trial`` below 12 points."""

    mean: float
    lower: float
    upper: float
    on_trial: bool


@dataclass(frozen=True)
class Signal:
    """One rule that a month is part of, and which way: the values decide it, which may be printed alike."""

    rule: str
    way: str

    @property
    def words(self) -> str:
        """The rule and its way as they are published: "a shift, low"."""
        return f"{self.rule}, {self.way}"


@dataclass(frozen=True)
class Point:
    """One month: its value, the limits of its stretch, and the rules it is part of (none is the usual variation).

    No limits, and so no rules, where its stretch is too short, or where a year before there is nothing to compare with.
    """

    value: float
    limits: Limits | None
    signals: tuple[Signal, ...]


def xmr(values: Sequence[float], new_limits_at: Iterable[int] = (), blur: float = 0.0) -> list[Point]:
    """Return the points of a series in order of time.

    ``new_limits_at`` are the places in the series at which what is counted changed (a feed, code list, rule or model):
    from each on, limits are made anew from at least six points, and no rule reaches across. ``blur`` is how far apart
    rounding alone can set two values: nothing nearer to the mean than rounding could have put it is a sign.
    ``ValueError`` for a place outside the series.
    """
    points: list[Point] = []
    for first, after in _stretches(values, new_limits_at):
        stretch = values[first:after]
        if len(stretch) < LEAST_STRETCH:
            points += [Point(value, None, ()) for value in stretch]
            continue
        limits = process_limits(stretch, blur=blur)
        found = _signals(stretch, limits, blur)
        points += [Point(value, limits, signals) for value, signals in zip(stretch, found, strict=True)]
    return points


def against_year_before(values: Sequence[float], blur: float = 0.0) -> list[Point]:
    """Return the points of a series with a yearly swing, each held against the same month a year before.

    The limits of a month lie about the value a year before: 2.66 mean moving ranges of the yearly differences either
    side. The first year has none. ``blur`` as for ``xmr``.
    """
    points = [Point(value, None, ()) for value in values]
    changes = [later - before for before, later in zip(values, values[YEAR:], strict=False)]
    if len(changes) < LEAST_STRETCH:
        return points
    about_no_change = process_limits(changes, centre=0.0, blur=2 * blur)
    for place, signals in enumerate(_signals(changes, about_no_change, 2 * blur), start=YEAR):
        before = values[place - YEAR]
        lower, upper = before + about_no_change.lower, before + about_no_change.upper
        limits = Limits(before, lower, upper, about_no_change.on_trial)
        points[place] = Point(values[place], limits, tuple(one for one in signals if one.rule != TREND))
    return points


def process_limits(values: Sequence[float], centre: float | None = None, blur: float = 0.0) -> Limits:
    """Return the mean, or the centre that is given, and the process limits; ``ValueError`` without a value.

    They lie at least one and a half ``blur`` away, so that neither they nor two thirds of the way to them is reached by
    rounding alone.
    """
    if not values:
        raise ValueError("limits need a value")
    middle = sum(values) / len(values) if centre is None else centre
    ranges = [abs(later - earlier) for earlier, later in pairwise(values)]
    usual = OUTLYING_RANGE * _mean(ranges)
    reach = max(LIMIT * _mean([one for one in ranges if one < usual]), 1.5 * blur)
    return Limits(middle, middle - reach, middle + reach, on_trial=len(values) < LEAST_POINTS)


def _stretches(values: Sequence[float], new_limits_at: Iterable[int]) -> list[tuple[int, int]]:
    """Return from where to before where the stretches of a series reach."""
    starts = sorted({0, *new_limits_at}) if values else []
    if any(not 0 <= place < len(values) for place in starts):
        raise ValueError("new limits begin at a place in the series")
    return list(pairwise([*starts, len(values)]))


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0


def _signals(values: Sequence[float], limits: Limits, blur: float) -> list[tuple[Signal, ...]]:
    """Return the rules that each point of one stretch is part of, with their way."""
    half = blur / 2
    sides = [(value > limits.mean + half) - (value < limits.mean - half) for value in values]
    steps = [(later > earlier) - (later < earlier) for earlier, later in pairwise(values)]
    is_beyond = [value > limits.upper or value < limits.lower for value in values]
    near = 2 * (limits.upper - limits.mean) / 3
    is_close = [not beyond and abs(value - limits.mean) > near for value, beyond in zip(values, is_beyond, strict=True)]
    found: list[dict[str, set[str]]] = [{rule: set() for rule in SIGNALS} for _ in values]
    for place, beyond in enumerate(is_beyond):
        if beyond:
            found[place][BEYOND].add(HIGH if values[place] > limits.upper else LOW)
    for first in range(len(values) - RUN + 1):
        run = range(first, first + RUN)
        side, way = sum(sides[first : first + RUN]), sum(steps[first : first + RUN - 1])
        for place in run:
            if abs(side) == RUN:
                found[place][SHIFT].add(HIGH if side > 0 else LOW)
            if abs(way) == RUN - 1:
                found[place][TREND].add(RISING if way > 0 else FALLING)
    for first in range(len(values) - 2):
        three = range(first, first + 3)
        close = [place for place in three if is_close[place]]
        side = sum(sides[place] for place in three)
        if len(close) >= 2 and abs(side) == 3:
            for place in close:
                found[place][CLOSE].add(HIGH if side > 0 else LOW)
    return [tuple(Signal(rule, way) for rule in SIGNALS for way in WAYS if way in marks[rule]) for marks in found]
