"""The share of admissions averted, as ``effect`` found it: what a forecast of ``worth`` is held against."""

import math

from riskstrat.modelling.evaluation.bootstrap import Figure


def share_averted(unlisted: Figure, difference: Figure) -> Figure:
    """Return the share of emergency admissions that were averted, from shares of people admitted at least once.

    ``unlisted`` is the share admitted without the list, ``difference`` listed less unlisted. If each admission is
    averted with one probability, the ratio of admissions is the ratio of the logarithms of the shares not admitted.
    People differ in rate, which draws it a little towards none. The interval is that of the difference.
    """
    without = math.log1p(-unlisted.value)

    def share(change: float) -> float:
        admitted = min(max(unlisted.value + change, 0.0), 1 - 1e-9)
        return 1 - math.log1p(-admitted) / without

    low, high = share(difference.high), share(difference.low)
    return Figure(share(difference.value), low, high, (high - low) / 3.92)
