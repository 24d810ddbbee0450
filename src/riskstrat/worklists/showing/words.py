"""How risks, trends and expectations are worded for people: frequencies, never bare probabilities."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

import numpy as np

from riskstrat.pages import month, short_month
from riskstrat.project import add_months
from riskstrat.settings import PrioritySettings

RISING_POINTS: Final = 0.02
RISING_RATIO: Final = 1.2
LARGE_POINTS: Final = 0.05
"""A trend is called rising (or falling) where the risk moved by two in 100 or more *and* by a fifth or more, and
wherever it moved by five in 100, as the rule on rising risk has it: one page may not say both rising and steady."""

SEX_WORDS: Final = {"1": "male", "2": "female", "9": "indeterminate"}
"""``person.sex`` in words (NHS Data Dictionary, PERSON PHENOTYPIC SEX); anything else is "not known"."""


def name_words(identity: Mapping[str, Any]) -> str:
    """Return the name as it was sent, family name first; a sender's token stands alone."""
    return ", ".join(filter(None, (identity.get("family_name"), identity.get("given_name")))) or "name not held"


def in_100(risk: float) -> str:
    """Return a risk (0 to 1) as a frequency: "about 38 in 100", "fewer than 1 in 100", "more than 99 in 100"."""
    if risk < 0.01:
        return "fewer than 1 in 100"
    if risk > 0.99:
        return "more than 99 in 100"
    return f"about {round(100 * risk)} in 100"


def risk_words(risk: float) -> str:
    """Return "about 38 in 100 people like this"."""
    return f"{in_100(risk)} people like this"


def risk_percent(risk: float) -> int:
    """Return a risk (0 to 1) as whole per cent."""
    return round(100 * risk)


def per_cent_words(risk: float) -> str:
    """Return a risk (0 to 1) as "38%", and where whole per cent would claim certainty "under 1%" or "over 99%"."""
    if risk < 0.01:
        return "under 1%"
    return "over 99%" if risk > 0.99 else f"{risk_percent(risk)}%"


def trend(history: Sequence[tuple[date, float]]) -> str:
    """Return the trend of a person's risk in words.

    ``history`` is (index date, risk), oldest first, the last being now. It is compared with the estimate of three
    months before, as the rule on rising risk does; where there is none, with the last one earlier, else the first held.
    """
    if len(history) < 2:
        return "not known: no earlier estimate"
    now = history[-1][1]
    then, before = _three_months_before(history)
    moved = now - before
    is_small = abs(moved) < RISING_POINTS or max(now, before) < RISING_RATIO * min(now, before)
    if is_small and abs(moved) < LARGE_POINTS:
        return f"steady since {month(then)}"
    return f"{'rising' if moved > 0 else 'falling'}, from {risk_percent(before)} in 100 in {month(then)}"


def _three_months_before(history: Sequence[tuple[date, float]]) -> tuple[date, float]:
    then = add_months(history[-1][0], -3)
    return next((point for point in reversed(history) if point[0] <= then), history[0])


def history_words(history: Sequence[tuple[date, float]]) -> str:
    """Return a person's estimates month by month, "18, 33 in May, Nov"; "" where there is but one."""
    if len(history) < 2:
        return ""
    figures = ", ".join(str(risk_percent(risk)) for _, risk in history)
    months = ", ".join(short_month(day) for day, _ in history)
    return f"{figures} in {months}"


def expected_range(risks: Sequence[float], coverage: float = 0.95) -> tuple[int, int]:
    """Return the least and greatest number of people of whom an event is to be expected, both inclusive.

    The central interval of the Poisson-binomial distribution of ``risks``, exact, for independent people whose
    risks are right. At least ``coverage`` of the probability lies in it.
    """
    chances = np.ones(1)
    for risk in risks:
        chances = np.convolve(chances, (1 - risk, risk))
    below = np.cumsum(chances)
    tail = (1 - coverage) / 2
    low = int(np.searchsorted(below, tail, side="right"))
    high = int(np.searchsorted(below, 1 - tail, side="left"))
    return low, min(high, len(risks))


def expectation(risks: Sequence[float]) -> str:
    """Return what to expect of the people listed, in words with its range; "" for nobody."""
    if not risks:
        return ""
    low, high = expected_range(risks)
    if len(risks) == 1:
        return f"{in_100(risks[0]).capitalize()} people like this one are admitted as an emergency within a year."
    range_words = f"between {low} and {high}" if low != high else f"about {low}"
    return f"Of {len(risks)} people like these, {range_words} are admitted as an emergency within a year."


def priority_words(row: Mapping[str, Any], weights: PrioritySettings) -> str:
    """Return the priority with the weighted parts that add up to it: "0.44 (estimate 0.19, its rise 0.05, ...)"."""
    parts = (weights.risk * row["risk_part"], weights.rise * row["rise_part"], weights.gaps * row["gaps_part"])
    risk, rise, gaps = (f"{part:.2f}" for part in parts)
    return f"{sum(parts):.2f} (estimate {risk}, its rise {rise}, to look at {gaps})"


def fewer_than_8(count: int) -> str:
    """Return a count as it may stand where a small one might identify someone: "none", "fewer than 8" or the number."""
    if count == 0:
        return "none"
    return "fewer than 8" if count < 8 else f"{count:,}"
