"""Interventions as people sign for them: TOML in ``sql/interventions``, each with its evidence and what it leaves open.

An effect is never one number. Each estimate is a published one with its 95 % interval: a ratio of emergency admissions
(log-normal), or a difference in admissions per person and year (normal). Both say what was found where it was found; at
another place the effect is another one, by a stated standard deviation of the log of the ratio (``between_places``: the
predictive distribution of Higgins, Thompson and Spiegelhalter, J R Stat Soc A 2009;172:137). Several estimates are a
mixture, each as likely as its weight.
"""

import math
import tomllib
from functools import cache
from pathlib import Path
from typing import Self

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from scipy.stats import norm, qmc

from riskstrat.errors import UsageFault, each_fault
from riskstrat.impact.trials import Floats
from riskstrat.modelling.evaluation.bootstrap import Z
from riskstrat.project import resource
from riskstrat.settings import LEAST_SIGNATURE

ID = r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$"
LEAST_ADMISSIONS = 0.01
"""Admissions a person and year below which a difference is told as a ratio no further."""


class _Block(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Estimate(_Block):
    """One published estimate: a ``ratio`` of emergency admissions, or a ``difference`` per person and year.

    ``said`` is what the source says and how it was read; ``between_places`` the standard deviation of the log of the
    ratio between places, with the reason for it.
    """

    name: str = Field(min_length=3, max_length=60)
    source: str = Field(min_length=10)
    address: str = Field(pattern=r"^https?://\S+$")
    said: str = Field(min_length=10)
    ratio: float | None = Field(None, gt=0)
    difference: float | None = None
    low: float
    high: float
    between_places: float = Field(ge=0, le=2)
    between_places_why: str = Field(min_length=10)
    weight: float = Field(1.0, gt=0)

    @model_validator(mode="after")
    def _is_one_estimate(self) -> Self:
        if (self.ratio is None) == (self.difference is None):
            raise ValueError("give either ratio or difference")
        middle = self.difference if self.ratio is None else self.ratio
        if middle is None or not self.low <= middle <= self.high:
            raise ValueError("low and high are the 95 % interval, with the estimate between them")
        if self.ratio is not None and self.low <= 0:
            raise ValueError("the interval of a ratio is above 0")
        return self

    @property
    def error(self) -> float:
        """The standard error that the interval says: of the log of the ratio, or of the difference."""
        width = self.high - self.low if self.ratio is None else math.log(self.high / self.low)
        return width / (2 * Z)

    def draws(self, random: np.random.Generator, rate: Floats) -> Floats:
        """Return draws of the ratio at another place, one for each of ``rate`` (admissions a person and year without).

        A difference that would take away more than all admissions takes away all. Draws are spread evenly over
        both distributions (a scrambled Halton sequence): a middle near no effect hangs on the evidence, not on chance.
        """
        found, place = norm.ppf(qmc.Halton(2, rng=random).random(len(rate)).T)
        if self.ratio is None:
            change = (self.difference or 0.0) + self.error * found
            ratio = np.maximum(1 + change / np.maximum(rate, LEAST_ADMISSIONS), 0.0)
        else:
            ratio = self.ratio * np.exp(self.error * found)
        drawn: Floats = ratio * np.exp(self.between_places * place)
        return drawn

    def ratio_at(self, rate: float) -> tuple[float, float, float]:
        """Return the estimate with its interval as a ratio among people of that rate, places left out."""
        if self.ratio is not None:
            return self.ratio, self.low, self.high
        low, middle, high = (
            max(0.0, 1 + change / max(rate, LEAST_ADMISSIONS))
            for change in (self.low, self.difference or 0.0, self.high)
        )
        return middle, low, high


class Intervention(_Block):
    """Something that could be done for people on a list, and what is known of its effect on emergency admissions.

    ``reach`` is the share of the people reviewed to whom the estimates apply. ``pounds_per_review`` is the board's own
    figure or a source's, with ``pounds_why``; without it no cost of reviews is told. ``signed_by``: who of the board
    agreed that this may be planned with; empty where nobody did.
    """

    id: str = Field(pattern=ID, max_length=60)
    title: str = Field(min_length=3, max_length=120)
    for_whom: str = Field(min_length=3)
    review: str = Field(min_length=3)
    reach: float = Field(gt=0, le=1)
    reach_why: str = Field(min_length=10)
    pounds_per_review: float | None = Field(None, gt=0)
    pounds_why: str = ""
    signed_by: str = ""
    version: int = Field(ge=1)
    estimate: tuple[Estimate, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _is_answered_for(self) -> Self:
        if (self.pounds_per_review is None) != (not self.pounds_why.strip()):
            raise ValueError("pounds_per_review and pounds_why (whose figure it is) go together")
        if any(one.weight != 1 for one in self.estimate) and len(self.signed_by.strip()) < LEAST_SIGNATURE:
            raise ValueError("estimates that do not count alike need signed_by: who agreed the weights, and when")
        return self

    def ratio_draws(self, random: np.random.Generator, rate: Floats) -> Floats:
        """Return draws of the ratio of emergency admissions with it to those without, one for each of ``rate``."""
        weights = np.array([one.weight for one in self.estimate])
        chosen = random.choice(len(weights), size=len(rate), p=weights / weights.sum())
        each = np.stack([one.draws(random, rate) for one in self.estimate])
        drawn: Floats = each[chosen, np.arange(len(rate))]
        return drawn


def read_interventions(folder: Path | None = None) -> tuple[Intervention, ...]:
    """Return the interventions in order of id; ``folder`` is one in place of ``sql/interventions``.

    Raises ``UsageFault`` with file and field where one cannot be used.
    """
    return _shipped() if folder is None else _read(folder)


def intervention_of(name: str) -> Intervention:
    """Return the intervention of that id; raises ``UsageFault`` with those there are."""
    known = {one.id: one for one in read_interventions()}
    if name not in known:
        raise UsageFault(
            f"there is no intervention '{name}'",
            f"there are: {', '.join(known)}",
            "write your own:  docs/how-to/what-would-it-be-worth.md",
        )
    return known[name]


@cache
def _shipped() -> tuple[Intervention, ...]:
    return _read(resource("sql/interventions"))


def _read(folder: Path) -> tuple[Intervention, ...]:
    found = sorted((_one(path) for path in folder.glob("*.toml")), key=lambda one: one.id)
    ids = [one.id for one in found]
    twice = sorted({name for name in ids if ids.count(name) > 1})
    if twice:
        raise UsageFault(f"two interventions have one id: {', '.join(twice)}")
    return tuple(found)


def _one(path: Path) -> Intervention:
    try:
        return Intervention.model_validate(_one_line(tomllib.loads(path.read_text(encoding="utf-8"))))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        raise UsageFault(f"{path.name} is not valid TOML: {fault}") from None
    except ValidationError as fault:
        raise UsageFault(f"{path.name}: the intervention is not whole", *each_fault(fault)) from None


def _one_line(value: object) -> object:
    """Return what was written with each text on one line, however it was broken over lines."""
    if isinstance(value, str):
        return " ".join(value.split())
    if isinstance(value, list):
        return [_one_line(item) for item in value]
    return {key: _one_line(item) for key, item in value.items()} if isinstance(value, dict) else value
