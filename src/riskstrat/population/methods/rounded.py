"""What may be said of figures made of rounded counts: only what every true count that they allow would have said.

A printed 35 stands for 33 to 37, and 35 of 35 for any share from 33 in 37 to all. Methods take their counts as exact,
so that a word ("higher", "above 95 %") that they find for the printed counts may be the rounding's doing. Here a word
is given only where it holds for every pair of true counts, the part no more than the whole; otherwise none is. The
rule is our own: no published method was found for it. Pure.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Literal

from riskstrat.disclosure import Figure
from riskstrat.population.methods import funnel
from riskstrat.population.methods.rates import Estimate, count_limits, proportion, standardised

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


def standardised_as_printed(
    events: Sequence[int], people: Sequence[int], weights: Sequence[float], printed: Figure, per: float = 1000.0
) -> Estimate | None:
    """Return the standardised rate of as many events as are printed, of the ages of the events there were.

    The exact rate would narrow the printed number to who knows the people by age. So the events are first thinned to
    the fewest that are printed so, whatever their number, and those stand for the printed number: every number printed
    so has events that thin to the same, and the rate, its limits and all that is said of them are the same for each.
    ``None`` as ``rates.standardised``. ``ValueError`` unless ``printed`` is the events' own figure.
    """
    low, high = _counts(printed)
    if not printed.shown or not low <= sum(events) <= high:
        raise ValueError("a standardised rate needs the figure printed of its own events")
    return standardised([printed.shown / low * count for count in thinned(events, low)], people, weights, per)


def thinned(events: Sequence[int], to: int) -> list[int]:
    """Return ``to`` of the events, youngest band first, without those at evenly spaced places in the order of age.

    Places depend on the number of events alone: putting one in at each, as old as the one beside it, undoes it.
    ``ValueError`` where there are fewer.
    """
    total = sum(events)
    surplus = total - to
    if surplus < 0:
        raise ValueError("there are fewer events than are to be left")
    left, ends = list(events), list(accumulate(events))
    for nth in range(surplus):
        left[bisect_right(ends, (2 * nth + 1) * total // (2 * surplus))] -= 1
    return left


def possible_standardised(rate: Estimate, events: Figure) -> Possible:
    """Return what a standardised rate and its limits can be, made for the events as printed, of events of such ages.

    The rate and its variance are in proportion to the events, so that one event is as much of the rate for any count.
    """
    if not events.shown:
        raise ValueError("a standardised rate needs events that are printed")
    scale = (rate.upper - rate.value) / (count_limits(events.shown)[1] - events.shown)
    low, high = _counts(events)
    limits = []
    for count in range(low, high + 1):
        lower, upper = count_limits(count)
        value = rate.value * count / events.shown
        limits.append((max(0.0, value + scale * (lower - count)), value + scale * (upper - count)))
    lowers, uppers = zip(*limits, strict=True)
    value_ends = (rate.value * low / events.shown, rate.value * high / events.shown)
    return Possible(value_ends, (min(lowers), max(lowers)), (min(uppers), max(uppers)))


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

    The rate is that of the events as printed. The size of an area is the people who would have its events at its rate,
    as in PHEindicatormethods: the same for any count, as the rate is in proportion to it.
    """
    if not events.shown:
        raise ValueError("a standardised rate needs events that are printed")
    printed, (low, high) = events.shown, _counts(events)
    return _common(
        funnel.of_rate(middle, size_of_rate(rate, printed, per), per).position(rate.value * count / printed)
        for count in range(low, high + 1)
        for middle in board.value
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
