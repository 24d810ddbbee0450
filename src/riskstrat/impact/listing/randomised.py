"""Listed people against people kept unlisted by chance: the hold-out.

Within each stratum in which it was drawn the two sides differ by chance alone. Where people were drawn the difference
in shares is Mantel and Haenszel's, with the variance of Sato (Biometrics 1989;45:1323), which holds for few large
strata and for many small ones; beside it stands the exact conditional test of no effect in any stratum. Where practices
were drawn it is the same difference, with people of a practice summed before the variance is taken.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.stats import t as student

from riskstrat.impact.listing.comparable import LEAST_CLUSTERS, TooFew, clustered_error
from riskstrat.impact.trials import Flags, Floats
from riskstrat.modelling.evaluation.bootstrap import Figure, Z
from riskstrat.modelling.evaluation.reliability import wilson


@dataclass(frozen=True)
class HoldOut:
    """What the listed had and what those kept off had; the difference by stratum; the exact probability of no effect.

    ``strata`` are those with people on both sides: no other tells anything of the difference. ``practices`` is how many
    were drawn, ``None`` where people were; there is then no exact probability.
    """

    listed: Figure
    kept_off: Figure
    difference: Figure
    p_exact: float | None
    people_listed: int
    people_kept_off: int
    strata: int
    practices: int | None = None


def by_stratum(listed: Flags, outcome: Floats, stratum: npt.NDArray[Any]) -> HoldOut:
    """Return the difference that listing made (``HoldOut``): one row per person, ``outcome`` 0 or 1.

    ``TooFew`` where no stratum has people on both sides.
    """
    _, member = np.unique(stratum, return_inverse=True)
    n1, n0, x1, x0 = (
        np.bincount(member, weights=counted).astype(np.float64)
        for counted in (listed, ~listed, listed * outcome, ~listed * outcome)
    )
    both = (n1 > 0) & (n0 > 0)
    if not both.any():
        raise TooFew("no stratum has people on both sides")
    n1, n0, x1, x0 = n1[both], n0[both], x1[both], x0[both]
    return HoldOut(
        _share(x1.sum(), n1.sum()),
        _share(x0.sum(), n0.sum()),
        mantel_haenszel(x1, n1, x0, n0),
        exact_probability(x1, n1, x0, n0),
        int(n1.sum()),
        int(n0.sum()),
        int(both.sum()),
    )


def by_practice(listed: Flags, outcome: Floats, stratum: npt.NDArray[Any], practice: npt.NDArray[Any]) -> HoldOut:
    """Return the difference that listing made where whole practices were drawn (``HoldOut``): one row per person.

    The coefficient of ``listed`` beside strata by least squares, which is Mantel and Haenszel's difference, with the
    clustered variance and a t distribution on practices less strata less one. ``TooFew`` where no stratum has
    people on both sides, or there are fewer than ``LEAST_CLUSTERS`` practices
    or too few for their strata.
    """
    whole = by_stratum(listed, outcome, stratum)
    _, member = np.unique(stratum, return_inverse=True)
    people = np.bincount(member)
    treated = listed - (np.bincount(member, weights=listed) / people)[member]
    within = outcome - (np.bincount(member, weights=outcome) / people)[member]
    value, scale = whole.difference.value, float((treated**2).sum())
    _, cluster = np.unique(practice, return_inverse=True)
    used = np.unique(cluster[treated != 0])
    if len(used) < max(LEAST_CLUSTERS, whole.strata + 2):  # or nothing is left to tell how practices differ
        raise TooFew(f"fewer than {LEAST_CLUSTERS} practices, or too few in each stratum, were drawn")
    error, _ = clustered_error((treated * (within - value * treated) / scale)[treated != 0], cluster[treated != 0])
    times = float(student.ppf(0.975, len(used) - whole.strata - 1))
    difference = Figure(value, value - times * error, value + times * error, error)
    return replace(whole, difference=difference, p_exact=None, practices=len(used))


def mantel_haenszel(x1: Floats, n1: Floats, x0: Floats, n0: Floats) -> Figure:
    """Return the common difference in shares x1/n1 - x0/n0 over strata, with its 95 % interval."""
    n = n1 + n0
    scale = (n1 * n0 / n).sum()
    value = ((x1 * n0 - x0 * n1) / n).sum() / scale
    p = (n1**2 * x0 - n0**2 * x1 + n1 * n0 * (n0 - n1) / 2) / n**2
    q = (x1 * (n0 - x0) + x0 * (n1 - x1)) / (2 * n)
    error = float(np.sqrt(max(value * p.sum() + q.sum(), 0.0)) / scale)
    return Figure(float(value), max(-1.0, float(value) - Z * error), min(1.0, float(value) + Z * error), error)


def exact_probability(x1: Floats, n1: Floats, x0: Floats, n0: Floats) -> float:
    """Return the two-sided exact probability of a total of ``x1`` as unlikely as this, were listing without effect.

    Given each stratum's people and outcomes the number on the listed side is hypergeometric; the total is their sum.
    """
    from scipy.stats import hypergeom

    total = np.ones(1)
    least = 0
    for a, listed, c, others in zip(x1, n1, x0, n0, strict=True):
        events, people = int(a + c), int(listed + others)
        low, high = max(0, events - int(others)), min(events, int(listed))
        total = np.convolve(total, hypergeom.pmf(np.arange(low, high + 1), people, events, int(listed)))
        least += low
    seen = total[int(x1.sum()) - least]
    return float(min(1.0, total[total <= seen * (1 + 1e-9)].sum()))


def _share(events: float, people: float) -> Figure:
    low, high = wilson(events, people)
    return Figure(float(events / people), low, high, float("nan"))
