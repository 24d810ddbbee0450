"""What a year would hold without an intervention and with it: arrays in, draws out; it knows no workspace.

Without it: people chosen in the same way on a date whose year is over had so many admissions for their estimated risk.
That ratio (admissions to the sum of risks) carries today's risks over: it mends what is wrong with their level, and
turns the probability of any admission into a number of admissions. It is drawn again with those people, practices
whole where there are enough of them. A year's count then varies by chance, as much as those people's did.

With it: each draw takes a ratio from the stated distribution of the effect. Below 1 every admission is averted with
the same probability; above 1 as many are added. Harm is a possible answer.
"""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from riskstrat.impact.forecasting.interventions import Intervention
from riskstrat.impact.trials import Floats
from riskstrat.modelling.evaluation.bootstrap import draws_of, sums
from riskstrat.modelling.evaluation.tally import ratio

DRAWS = 4000


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
    """A year that is over, of people chosen in the same way: a value per person.

    ``risk`` estimated on the day they were chosen; then in the 12 months after: emergency ``admissions``, their
    ``nights``, how many say a cost (``costed``) and what those cost (``pounds``). ``cluster`` is what is drawn whole.
    """

    risk: Floats
    admissions: Floats
    nights: Floats
    costed: Floats
    pounds: Floats
    cluster: npt.NDArray[Any]

    @property
    def dispersion(self) -> float:
        """How far counts spread about what the risk says, as a multiple of Poisson's; at least 1."""
        expected = self.risk * self.admissions.sum() / self.risk.sum()
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


def year_without(risk: Floats, past: PastYear, seed: int) -> Without:
    """Return draws of a year of people with these risks, without the intervention."""
    times = draws_of(past.cluster, DRAWS, seed)
    columns = (past.risk, past.admissions, past.nights, past.costed, past.pounds)
    risks, admissions, nights, costed, pounds = sums(columns, times)[1:].T
    expected = ratio(admissions, risks) * risk.sum()
    random = np.random.default_rng([seed, 1])
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
