"""Conditions and eFI deficits: who gets each of them, and at what age.

Each person carries a latent frailty. A condition's onset age is drawn once per person from a hazard that grows with
age and is multiplied by frailty, deprivation, smoking and sex; the hazard's level is solved so that the population
drawn has the prevalence of ``conditions.csv``. Onset ages being given, no course of illness is stored month by month.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from riskstrat.synthetic.draws import Floats, Ints
from riskstrat.synthetic.parameters import Parameters

_SOLVE_ON = 20_000
_STEPS = 40


@dataclass(frozen=True)
class Conditions:
    """The rows of ``conditions.csv`` as arrays, one entry per condition, with the solved level of each hazard."""

    names: tuple[str, ...]
    deficits: tuple[str, ...]
    code_lists: tuple[str, ...]
    icd10: tuple[tuple[str, ...], ...]
    long_term: tuple[bool, ...]
    onset_from: Floats
    growth: Floats
    female: Floats
    frailty: Floats
    deprivation: Floats
    smoking: Floats
    admission: Floats
    death: Floats
    prevalence: Floats
    from_age: Floats
    level: Floats

    def index(self, name: str) -> int:
        """Return the position of a condition."""
        return self.names.index(name)

    def multiplier(self, which: int, traits: "Traits") -> Floats:
        """Return each person's hazard ratio for one condition."""
        log_ratio = (
            self.female[which] * traits.female
            + self.frailty[which] * traits.frailty
            + self.deprivation[which] * traits.deprivation
            + self.smoking[which] * traits.smoker
        )
        ratio: Floats = np.exp(np.asarray(log_ratio, dtype=np.float64))
        return ratio

    def exposure(self, which: int, age: Floats) -> Floats:
        """Return the cumulative hazard up to an age at level 1."""
        years = np.clip(age - self.onset_from[which], 0.0, None)
        growth = self.growth[which]
        grown: Floats = np.expm1(growth * years) / growth if growth else years
        return grown

    def onset_ages(self, rng: np.random.Generator, traits: "Traits") -> Floats:
        """Draw onset ages: one row per condition, one column per person; infinite where it never comes."""
        ages = np.empty((len(self.names), len(traits.frailty)), dtype=np.float32)
        for which in range(len(self.names)):
            needed = rng.exponential(size=len(traits.frailty)) / (self.level[which] * self.multiplier(which, traits))
            growth = self.growth[which]
            with np.errstate(invalid="ignore", divide="ignore"):
                years = np.log1p(np.maximum(growth * needed, -1.0)) / growth if growth else needed
            ages[which] = self.onset_from[which] + np.where(np.isfinite(years) & (years >= 0), years, np.inf)
        return ages

    def yearly_hazard(self, which: int, age: Floats, traits: "Traits") -> Floats:
        """Return each person's present hazard of one condition per year."""
        years = age - self.onset_from[which]
        rate = self.level[which] * np.exp(self.growth[which] * np.clip(years, 0.0, None))
        return np.where(years > 0, rate, 0.0) * self.multiplier(which, traits)


@dataclass(frozen=True)
class Traits:
    """What sets people's hazards apart: latent frailty (sd 1), deprivation (deciles below 5.5), smoking, sex."""

    frailty: Floats
    deprivation: Floats
    smoker: Floats
    female: Floats


def _text(table: pl.DataFrame, column: str) -> list[str]:
    return [value or "" for value in table[column].cast(pl.String).to_list()]


def solve(parameters: Parameters, ages: Floats, traits: Traits) -> Conditions:
    """Read the conditions and solve each hazard's level on the people given (at most 20,000 of them are used)."""
    table = parameters.table("conditions")

    def numbers(column: str) -> Floats:
        return table[column].cast(pl.Float64).to_numpy()

    conditions = Conditions(
        names=tuple(table["condition"].to_list()),
        deficits=tuple(_text(table, "deficit")),
        code_lists=tuple(_text(table, "code_list")),
        icd10=tuple(tuple(filter(None, codes.split("|"))) for codes in _text(table, "icd10")),
        long_term=tuple(bool(value) for value in table["long_term"].to_list()),
        onset_from=numbers("onset_from_age"),
        growth=numbers("growth_per_year"),
        female=numbers("female_log_ratio"),
        frailty=numbers("frailty_loading"),
        deprivation=numbers("deprivation_loading"),
        smoking=numbers("smoking_log_ratio"),
        admission=numbers("admission_log_ratio"),
        death=numbers("death_log_ratio"),
        prevalence=numbers("value") / 100.0 * numbers("drawn_over_target"),
        from_age=numbers("from_age"),
        level=np.ones(table.height),
    )
    some = slice(None, None, -(-len(ages) // _SOLVE_ON))
    sample = Traits(traits.frailty[some], traits.deprivation[some], traits.smoker[some], traits.female[some])
    for which in range(len(conditions.names)):
        counted = ages[some] >= conditions.from_age[which]
        weight = (conditions.multiplier(which, sample) * conditions.exposure(which, ages[some]))[counted]
        conditions.level[which] = _level(weight, conditions.prevalence[which])
    return conditions


def _level(weight: Floats, prevalence: float) -> float:
    """Solve mean(1 - exp(-level * weight)) = prevalence by halving on the log scale."""
    low, high = -40.0, 5.0
    for _ in range(_STEPS):
        middle = (low + high) / 2
        if float(np.mean(-np.expm1(-np.exp(middle) * weight))) < prevalence:
            low = middle
        else:
            high = middle
    return float(np.exp((low + high) / 2))


def deficit_groups(conditions: Conditions) -> list[Ints]:
    """Return, for each eFI deficit, the positions of the conditions that count towards it."""
    names = sorted({deficit for deficit in conditions.deficits if deficit})
    return [np.flatnonzero(np.array([d == name for d in conditions.deficits])) for name in names]
