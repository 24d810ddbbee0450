"""What may be said of figures made of rounded counts: only what every true count that they allow would have said.

A printed 35 stands for 33 to 37, and 35 of 35 for any share from 33 in 37 to all. Methods take their counts as exact,
so that a word ("higher", "above 95 %") that they find for the printed counts may be the rounding's doing. Here a word
is given only where it holds for every pair of true counts, the part no more than the whole; otherwise none is. The
rule is our own: no published method was found for it. Pure.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from riskstrat.disclosure import Figure
from riskstrat.population.methods import funnel
from riskstrat.population.methods.rates import Estimate, count_limits, proportion

Comparison = Literal["higher", "similar", "lower"]
_Ends = tuple[float, float]


@dataclass(frozen=True)
class Possible:
    """The least and the greatest that a figure and each of its limits can be, over all true counts."""

    value: _Ends
    lower: _Ends
    upper: _Ends


def possible_proportion(part: Figure, whole: Figure, per: float = 1.0) -> Possible:
    """Return what ``part`` / ``whole`` with Wilson's interval can be, times ``per``; both are printed figures.

    The share and both its limits rise with the part and fall with the whole, so that two pairs are the ends.
    """
    (part_low, part_high), (whole_low, whole_high) = _counts(part), _counts(whole)
    least = proportion(part_low, whole_high, per)
    # where the part may be as large as the whole, everybody of the largest such whole lies furthest up
    highest = min(part_high, whole_high)
    greatest = proportion(highest, max(whole_low, highest), per)
    return Possible((least.value, greatest.value), (least.lower, greatest.lower), (least.upper, greatest.upper))


def possible_standardised(rate: Estimate, events: Figure) -> Possible:
    """Return what the limits of a standardised rate can be, whose interval was made for the events as printed.

    The rate itself is exact. Byar's limits lie the further off, in standard errors, the fewer the events.
    """
    if not events.shown:
        raise ValueError("a standardised rate needs events that are printed")
    scale = (rate.upper - rate.value) / (count_limits(events.shown)[1] - events.shown)
    low, high = _counts(events)
    limits = []
    for count in range(low, high + 1):
        own = scale * math.sqrt(events.shown / count)
        lower, upper = count_limits(count)
        limits.append((max(0.0, rate.value + own * (lower - count)), rate.value + own * (upper - count)))
    lowers, uppers = zip(*limits, strict=True)
    return Possible((rate.value, rate.value), (min(lowers), max(lowers)), (min(uppers), max(uppers)))


def compared(area: Possible, board: Possible) -> Comparison | None:
    """Return how an area's interval lies to the board's value: never good or bad, only higher, similar or lower.

    ``None`` where that differs between counts that the printed figures allow.
    """
    if area.lower[0] > board.value[1]:
        return "higher"
    if area.upper[1] < board.value[0]:
        return "lower"
    if area.lower[1] <= board.value[0] and area.upper[0] >= board.value[1]:
        return "similar"
    return None


def place_of_proportion(part: Figure, whole: Figure, board: Possible, per: float = 1.0) -> funnel.Position | None:
    """Return where a share lies in the funnel of proportions, ``None`` where rounding leaves that open."""
    (part_low, part_high), (whole_low, whole_high) = _counts(part), _counts(whole)
    return _common(
        funnel.of_proportion(middle / per, people, per).position(per * min(count, people) / people)
        for people in range(max(whole_low, part_low), whole_high + 1)
        for count in (part_low, part_high)
        for middle in board.value
    )


def place_of_rate(rate: Estimate, events: Figure, board: Possible, per: float = 100_000.0) -> funnel.Position | None:
    """Return where a standardised rate lies in the funnel of rates, ``None`` where rounding leaves that open.

    The size of an area is the people who would have its events at its rate, as in PHEindicatormethods.
    """
    low, high = _counts(events)
    return _common(
        funnel.of_rate(board.value[0], size_of_rate(rate, count, per), per).position(rate.value)
        for count in range(low, high + 1)
    )


def size_of_rate(rate: Estimate, events: int, per: float) -> int:
    """Return how many people would have so many events at the rate."""
    return max(1, round(per * events / rate.value))


def apart_by_rounding(part: Figure, whole: Figure, per: float) -> float:
    """Return how far apart rounding alone can set two figures ``part`` / ``whole``, times ``per``.

    Counts that differ by one can be printed a whole step of rounding apart.
    """
    (part_low, part_high), (whole_low, whole_high) = _counts(part), _counts(whole)
    step = part_high + 1 if part_high > part_low else part_high
    return per * (step / whole_low - part_low / whole_high)


def _counts(one: Figure) -> tuple[int, int]:
    return one.low, int(one.high)


_ORDER: tuple[funnel.Position, ...] = ("below 99.8 %", "below 95 %", "within", "above 95 %", "above 99.8 %")
_WITHIN = _ORDER.index("within")


def _common(places: Iterable[funnel.Position]) -> funnel.Position | None:
    """Return the farthest limit that all lie beyond, "within" where all do, else nothing."""
    found = [_ORDER.index(place) - _WITHIN for place in places]
    nearest, farthest = min(found), max(found)
    if nearest <= 0 <= farthest and nearest != farthest:
        return None
    return _ORDER[_WITHIN + (nearest if nearest >= 0 else farthest)]
