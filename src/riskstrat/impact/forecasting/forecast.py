"""What a year would hold without an intervention and with it: arrays in, draws out; it knows no workspace.

Without it: people chosen in the same way on a date whose year is over had so many admissions for their estimated risk.
That ratio (admissions to the sum of risks) carries today's risks over: it mends what is wrong with their level, and
turns the probability of any admission into a number of admissions. It is drawn again with those people, practices
whole where there are enough of them. A year's count then varies by chance, as much as those people's did.

Years differ besides: winters, wards, coding, who is left of the sickest. How far is read from the ratios of the years
that are over (``between_years``), one after the other; where few are, it is as wide as is thought before any is seen.

With it: each draw takes a ratio from the stated distribution of the effect. Below 1 every admission is averted with
the same probability; above 1 as many are added. Harm is a possible answer.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from riskstrat.impact.forecasting.interventions import Intervention
from riskstrat.impact.trials import Floats
from riskstrat.modelling.evaluation.bootstrap import draws_of, sums
from riskstrat.modelling.evaluation.tally import ratio

DRAWS = 4000
DAYS_A_YEAR = 365.25
BETWEEN_YEARS = 0.15
"""What is thought of the yearly change of the ratio before a year is read: its standard deviation (of the logarithm) is
half-t with 4 degrees of freedom and this scale, so that 95 of 100 next years lie between 0.64 and 1.57 of the last. Our
own, wide enough that boards whose years differ by up to 0.15 are held as often as is said (``benchmarks/worth.py``).
Beside it: emergency admissions in England rose by 3.2 % a year from 2006/07 to 2017/18 (Health Foundation, Emergency
hospital admissions in England: which may be avoidable and how?, 2018), and A&E attendances fell by 30.3 % in 2020/21
(NHS Digital)."""
_FREEDOM = 4
_GRID = np.linspace(0.0, 2.0, 2001)


@dataclass(frozen=True)
class Interval:
    """The middle of draws and the interval that holds 95 of 100 of them."""

    middle: float
    low: float
    high: float

    @classmethod
    def of(cls, draws: npt.NDArray[Any]) -> Self:
        """Return that of draws."""
        low, middle, high = np.percentile(draws, [2.5, 50, 97.5])
        return cls(float(middle), float(low), float(high))


@dataclass(frozen=True)
class PastYear:
    """A year that is over, of people chosen in the same way on ``day``: a value per person.

    ``risk`` estimated on the day they were chosen; then in the 12 months after: emergency ``admissions``, their
    ``nights``, how many say a cost (``costed``) and what those cost (``pounds``). ``cluster`` is what is drawn whole.
    """

    day: date
    risk: Floats
    admissions: Floats
    nights: Floats
    costed: Floats
    pounds: Floats
    cluster: npt.NDArray[Any]

    @property
    def ratio(self) -> float:
        """Admissions to a unit of estimated risk."""
        return float(self.admissions.sum() / self.risk.sum())

    @property
    def dispersion(self) -> float:
        """How far counts spread about what the risk says, as a multiple of Poisson's; at least 1."""
        expected = self.risk * self.ratio
        return max(1.0, float(((self.admissions - expected) ** 2).sum() / expected.sum()))


@dataclass(frozen=True)
class Without:
    """Draws of a year without the intervention.

    ``expected`` is the mean number of admissions of these people, ``admissions`` the number a year would show;
    ``nights_each`` and ``pounds_each`` are of an admission, the latter ``None`` where no admission says a cost.
    """

    people: int
    expected: Floats
    admissions: npt.NDArray[np.int64]
    nights_each: Floats
    pounds_each: Floats | None


@dataclass(frozen=True)
class With:
    """Draws of the year with it: the ``ratio`` of admissions of those it reaches, and how many it averts.

    ``averted`` is below 0 where it adds admissions. ``per_risk`` of these draws and ``reach`` are in ``Without`` and
    the intervention.
    """

    ratio: Floats
    averted: npt.NDArray[np.int64]


def between_years(years: Sequence[PastYear], seed: int) -> Floats:
    """Return draws of the standard deviation, of the logarithm, by which the ratio changes from year to year.

    ``years`` are over, in any order, of the same choice. Changes are taken about none, so that a steady drift widens
    the interval as a swing does, and of a change no more is put down to chance than counts of admissions vary by at
    least (Poisson). The posterior on a grid; with one year alone, the distribution that ``BETWEEN_YEARS`` states.
    """
    log_weight = -(_FREEDOM + 1) / 2 * np.log1p((_GRID / BETWEEN_YEARS) ** 2 / _FREEDOM)
    for change, apart, chance in _changes(years):
        variance = _GRID**2 * apart + chance
        log_weight -= 0.5 * (np.log(variance) + change**2 / variance)
    weight = np.exp(log_weight - log_weight.max())
    drawn: Floats = np.random.default_rng([seed, 3]).choice(_GRID, size=DRAWS, p=weight / weight.sum())
    return drawn


def another_year(spread: Floats, seed: int) -> Floats:
    """Return draws of another year's ratio to the past one's."""
    drawn: Floats = np.exp(spread * np.random.default_rng([seed, 4]).standard_normal(len(spread)))
    return drawn


def _changes(years: Sequence[PastYear]) -> list[tuple[float, float, float]]:
    """Return each change of the logarithm of the ratio, over how many years, and its variance by chance alone."""
    ordered = sorted(years, key=lambda year: year.day)
    return [
        (
            float(np.log(after.ratio / before.ratio)),
            (after.day - before.day).days / DAYS_A_YEAR,
            float(1 / before.admissions.sum() + 1 / after.admissions.sum()),
        )
        for before, after in pairwise(ordered)
    ]


def year_without(risk: Floats, past: PastYear, spread: Floats, seed: int) -> Without:
    """Return draws of a year of people with these risks, without the intervention.

    ``spread`` draws the standard deviation, of the logarithm, by which that year's ratio differs from the past one's.
    """
    times = draws_of(past.cluster, DRAWS, seed)
    columns = (past.risk, past.admissions, past.nights, past.costed, past.pounds)
    risks, admissions, nights, costed, pounds = sums(columns, times)[1:].T
    random = np.random.default_rng([seed, 1])
    expected = ratio(admissions, risks) * risk.sum() * another_year(spread, seed)
    return Without(
        len(risk),
        expected,
        _counts(random, expected, past.dispersion),
        ratio(nights, admissions),
        ratio(pounds, costed) if costed.min() > 0 else None,
    )


def year_with(without: Without, intervention: Intervention, seed: int) -> With:
    """Return draws of the same year with the intervention, admission for admission."""
    random = np.random.default_rng([seed, 2])
    effect = intervention.ratio_draws(random, without.expected / without.people)
    change = intervention.reach * (effect - 1)
    averted = random.binomial(without.admissions, np.clip(-change, 0, 1))
    added = random.poisson(without.admissions * np.maximum(change, 0))
    return With(effect, averted - added)


def _counts(random: np.random.Generator, expected: Floats, dispersion: float) -> npt.NDArray[np.int64]:
    """Return a year's counts with those means and ``dispersion`` times their variance (gamma-Poisson)."""
    if dispersion > 1:
        expected = random.gamma(expected / (dispersion - 1), dispersion - 1)
    return random.poisson(expected)
