"""Rates and their intervals, each by the method named beside it.

Methods as in Public Health England's technical guide to confidence intervals (APHO technical briefing 3) and its R
package PHEindicatormethods: Wilson for proportions, Byar for counts and crude rates (exact Poisson below 10), Student's
t for means, and for directly standardised rates Byar's limits with Dobson's adjustment, none below 10 events. Pure: no
engine, no files.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from scipy.special import gammaincinv, stdtrit

Z_95 = 1.959963984540054
"""The 97.5 % point of the standard normal distribution."""
LEAST_EVENTS = 10
"""No standardised rate is made from fewer events."""


@dataclass(frozen=True)
class Estimate:
    """A value with its 95 % interval, in the value's own unit."""

    value: float
    lower: float
    upper: float


def proportion(part: int, whole: int, per: float = 1.0) -> Estimate:
    """Return ``part`` / ``whole`` with Wilson's score interval, times ``per``.

    ``ValueError`` unless 0 <= part <= whole and there is somebody in the whole.
    """
    if not 0 <= part <= whole or whole == 0:
        raise ValueError("a proportion needs 0 <= part <= whole and somebody in the whole")
    share, z2 = part / whole, Z_95**2
    middle = 2 * part + z2
    spread = Z_95 * math.sqrt(z2 + 4 * part * (1 - share))
    lower, upper = (middle - spread) / (2 * (whole + z2)), (middle + spread) / (2 * (whole + z2))
    return Estimate(per * share, per * max(0.0, lower), per * min(1.0, upper))


def count_limits(events: float) -> tuple[float, float]:
    """Return the 95 % limits of a Poisson count: Byar's approximation, exact (chi-square) below 10 events."""
    if events < 0:
        raise ValueError("events cannot be negative")
    if events < LEAST_EVENTS:
        lower = 0.0 if events == 0 else float(gammaincinv(events, 0.025))
        return lower, float(gammaincinv(events + 1, 0.975))
    above = events + 1
    return (
        events * (1 - 1 / (9 * events) - Z_95 / (3 * math.sqrt(events))) ** 3,
        above * (1 - 1 / (9 * above) + Z_95 / (3 * math.sqrt(above))) ** 3,
    )


def crude_rate(events: int, people: int, per: float = 100_000.0) -> Estimate:
    """Return events per ``per`` people with the limits of the count (``count_limits``), the people being known exactly.

    ``ValueError`` for negative events, or with nobody to have them.
    """
    if people <= 0:
        raise ValueError("a rate needs somebody")
    lower, upper = count_limits(events)
    return Estimate(per * events / people, per * lower / people, per * upper / people)


def mean(people: int, total: float, sum_of_squares: float) -> Estimate:
    """Return activity or cost a head, ``total`` / ``people``, with Student's t interval.

    ``sum_of_squares`` is that of the people's own amounts, those without any counting as 0. The interval is that of
    PHEindicatormethods for a mean; activity is skewed, and with few people it is too narrow above. ``ValueError`` below
    two people, or where no amounts have these sums.
    """
    if people < 2:
        raise ValueError("the interval of a mean needs two people")
    # multiplied out, the difference of two nearly equal sums is exact for whole amounts
    squares_about_mean = (people * sum_of_squares - total**2) / people
    if squares_about_mean < -1e-9 * max(1.0, sum_of_squares):
        raise ValueError("no amounts have this total and this sum of squares")
    value = total / people
    error = math.sqrt(max(0.0, squares_about_mean) / (people - 1) / people)
    reach = float(stdtrit(people - 1, 0.975)) * error
    return Estimate(value, value - reach, value + reach)


def total_of(a_head: Estimate, people: int) -> Estimate:
    """Return the total of everybody's activity or cost: the mean a head and its limits, times the people."""
    return Estimate(a_head.value * people, a_head.lower * people, a_head.upper * people)


def standardised(
    events: Sequence[float], people: Sequence[int], weights: Sequence[float], per: float = 1000.0
) -> Estimate | None:
    """Return the directly standardised rate per ``per`` people, with Byar's limits and Dobson's adjustment.

    One entry per age band, youngest first. A band with nobody in it is joined to the next younger one that has
    somebody (the youngest, to the next older), with its events: who had them may be gone by the day people are counted.
    Events may exceed people, who can have several, and need not be whole (``rounded.standardised_as_printed``).
    ``None`` below 10 events or with nobody at all.
    """
    bands = _without_empty_bands(events, people, weights)
    total = sum(events)
    if total < LEAST_EVENTS or not bands:
        return None
    weight_sum = sum(weight for _, _, weight in bands)
    rate = sum(weight * x / n for x, n, weight in bands) / weight_sum
    variance = sum(weight**2 * x / n**2 for x, n, weight in bands) / weight_sum**2
    scale = math.sqrt(variance / total)
    lower, upper = count_limits(total)
    # Where one thin band weighs much, the adjusted limit can fall below nought, which no rate can.
    bottom = max(0.0, rate + scale * (lower - total))
    return Estimate(per * rate, per * bottom, per * (rate + scale * (upper - total)))


def _without_empty_bands(
    events: Sequence[float], people: Sequence[int], weights: Sequence[float]
) -> list[tuple[float, int, float]]:
    bands: list[tuple[float, int, float]] = []
    early, waiting = 0.0, 0.0
    for x, n, weight in zip(events, people, weights, strict=True):
        if n:
            bands.append((x + early, n, weight + waiting))
            early, waiting = 0, 0.0
        elif bands:
            x_before, n_before, weight_before = bands[-1]
            bands[-1] = (x_before + x, n_before, weight_before + weight)
        else:
            early, waiting = early + x, waiting + weight
    return bands
