"""Funnel limits: how far from the board's figure chance alone takes an area of a given size.

As Spiegelhalter (Statistics in Medicine 2005; 24: 1185-1202) and APHO technical briefing 2 draw them, and computed as
PHEindicatormethods does (``calculate_funnel_limits``): for proportions the normal limits of the board's proportion, for
rates the exact Poisson limits. 95 and 99.8 % of areas that differ by chance only lie within them. Pure.
"""

import math
from dataclasses import dataclass
from typing import Literal

from scipy.special import ndtri, pdtrik

TAILS = (0.025, 0.001)
"""What lies beyond each of the two limits on one side by chance: of 95 %, and of 99.8 %."""
_DEVIATIONS = tuple(float(-ndtri(tail)) for tail in TAILS)

Position = Literal["above 99.8 %", "above 95 %", "within", "below 95 %", "below 99.8 %"]


@dataclass(frozen=True)
class Funnel:
    """The limits for one size of area, in the unit of the figure: 95 % inside 99.8 %."""

    lower_998: float
    lower_95: float
    upper_95: float
    upper_998: float

    def position(self, value: float) -> Position:
        """Return where a figure lies; on a limit is within it."""
        if value > self.upper_998:
            return "above 99.8 %"
        if value < self.lower_998:
            return "below 99.8 %"
        if value > self.upper_95:
            return "above 95 %"
        return "below 95 %" if value < self.lower_95 else "within"


def of_proportion(board: float, people: int, per: float = 1.0) -> Funnel:
    """Return the limits for an area of ``people`` where the board's proportion is ``board`` (0 to 1), times ``per``.

    ``ValueError`` for no proportion, or for nobody.
    """
    if not 0 <= board <= 1 or people <= 0:
        raise ValueError("funnel limits need a proportion and somebody")
    spread = math.sqrt(board * (1 - board) / people)
    inner, outer = (deviation * spread for deviation in _DEVIATIONS)
    limits = (board - outer, board - inner, board + inner, board + outer)
    return Funnel(*(per * min(1.0, max(0.0, limit)) for limit in limits))


def of_rate(board: float, people: int, per: float = 100_000.0) -> Funnel:
    """Return the limits for an area of ``people`` where the board has ``board`` events per ``per`` people.

    A count lies beyond a limit where its own exact Poisson interval leaves out what the area would have at the board's
    rate. ``ValueError`` for a negative rate, or for nobody.
    """
    if board < 0 or people <= 0:
        raise ValueError("funnel limits need a rate and somebody")
    expected = board * people / per
    inner, outer = (_poisson(expected, tail) for tail in TAILS)
    return Funnel(*(per * events / people for events in (outer[0], inner[0], inner[1], outer[1])))


def _poisson(expected: float, tail: float) -> tuple[float, float]:
    """Return the counts, between whole ones too, whose exact one-sided limit of ``tail`` is what is expected."""
    if expected == 0:
        return 0.0, 0.0
    # pdtrik(p, m) is the k at which the Poisson distribution of mean m reaches p: none below its mass at nought
    lower = 0.0 if math.exp(-expected) >= tail else float(pdtrik(tail, expected))
    upper = 1.0 if math.exp(-expected) >= 1 - tail else float(pdtrik(1 - tail, expected)) + 1
    return lower, upper
