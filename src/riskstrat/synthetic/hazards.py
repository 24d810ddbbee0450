"""Hazards of emergency admission, death, care home and home care, as functions of a person's state in a month."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from riskstrat.synthetic.conditions import Conditions, deficit_groups
from riskstrat.synthetic.draws import Flags, Floats, Ints
from riskstrat.synthetic.parameters import Parameters
from riskstrat.synthetic.people import People

NAMED = (
    "severe_mental_illness",
    "depression",
    "dementia",
    "cancer",
    "ckd_3_5",
    "copd",
    "housebound",
    "skin_ulcer",
    "falls",
)
_HALF_WINDOW = 5.0
_MOST_ADMISSIONS_A_MONTH = 1.5


@dataclass
class View:
    """People present in one month, as arrays of equal length; ``who`` are their positions."""

    who: Ints
    age: Floats
    female: Flags
    deprivation: Floats
    smoker: Flags
    frailty: Floats
    unseen: Floats
    instability: Floats
    recent: Floats
    care_home: Flags
    terminal: Flags
    admission_log: Floats
    death_log: Floats
    deficits: Floats
    has: dict[str, Flags]


def view(people: People, conditions: Conditions, onset: Floats, states: dict[str, Floats], who: Ints, on: int) -> View:
    """Return what the hazards need to know of the people given, on a day.

    Numbers are float64 wherever an exponential is taken of them: in float32 the last digit differs between processors,
    and with it, once in ten million draws, who is admitted.
    """
    age = people.age(who, on).astype(np.float64)
    admission_log = np.zeros(len(who))
    death_log = np.zeros(len(who))
    deficits = np.zeros(len(who))
    has: dict[str, Flags] = {}
    present = {}
    for which, name in enumerate(conditions.names):
        now = onset[which][who] <= age
        admission_log += conditions.admission[which] * now
        death_log += conditions.death[which] * now
        present[which] = now
        if name in NAMED:
            has[name] = now
    for group in deficit_groups(conditions):
        counted = present[int(group[0])]
        for other in group[1:]:
            counted = counted | present[int(other)]
        deficits += counted
    traits = people.traits(who)
    return View(
        who=who,
        age=age,
        female=people.sex[who] == 2,
        deprivation=traits.deprivation,
        smoker=people.smoker[who],
        frailty=traits.frailty.astype(np.float64),
        unseen=people.unseen[who].astype(np.float64),
        instability=states["instability"][who].astype(np.float64),
        recent=states["recent"][who].astype(np.float64),
        care_home=states["care_home"][who] > 0,
        terminal=states["terminal"][who] > 0,
        admission_log=admission_log,
        death_log=death_log,
        deficits=deficits,
        has=has,
    )


class Hazards:
    """Monthly hazards. The emergency curve by age is met on average once ``settle`` has seen the first population."""

    def __init__(self, parameters: Parameters) -> None:
        """Read the curve of emergency admissions by age and the effects around it."""
        self.values = parameters.values
        rates = parameters.table("emergency_rates")
        self.knots = rates["age"].cast(pl.Float64).to_numpy()
        yearly = rates["value"].cast(pl.Float64).to_numpy() / 1000.0 * rates["multiplier"].cast(pl.Float64).to_numpy()
        self.curve = np.log(yearly / 12.0)

    def settle(self, first: View) -> None:
        """Subtract from the age curve what the effects add on average near each age, so that the curve is the mean."""
        weight = np.exp(self._effects(first))
        for position, knot in enumerate(self.knots):
            near = np.abs(first.age - knot) <= _HALF_WINDOW
            if near.any():
                self.curve[position] -= np.log(weight[near].mean())

    def morbidity(self, now: View) -> Floats:
        """Return the log hazard that people's conditions add together: each further one adds less, up to a ceiling."""
        ceiling = self.values["morbidity_ceiling"]
        added: Floats = -ceiling * np.expm1(-now.admission_log / ceiling)
        return added

    def _effects(self, now: View) -> Floats:
        values = self.values
        effects: Floats = (
            self.morbidity(now)
            + values["deprivation_admission_log"] * now.deprivation
            + values["smoking_admission_log"] * now.smoker
            + values["frailty_admission_log"] * now.frailty
            + now.unseen
            + values["instability_on_admission"] * values["instability_sd"] * now.instability
            + values["care_home_admission_log"] * now.care_home
        )
        return effects

    def emergency(self, now: View, winter: float) -> Floats:
        """Return the monthly hazard of an emergency admission; ``winter`` runs from -1 in July to 1 in January."""
        values = self.values
        log_hazard = (
            np.interp(now.age, self.knots, self.curve)
            + self._effects(now)
            + values["recent_admission_log"] * now.recent
            + values["terminal_admission_log"] * now.terminal
            + values["winter_log"] * winter
        )
        hazard: Floats = np.minimum(np.exp(log_hazard), _MOST_ADMISSIONS_A_MONTH)
        return hazard

    def _mortality(self, now: View, level: str) -> Floats:
        values = self.values
        log_hazard = (
            values[level]
            + values["mortality_growth"] * now.age
            + values["male_death_log"] * ~now.female
            + values["deprivation_death_log"] * now.deprivation
            + now.death_log
            + values["care_home_death_log"] * now.care_home
        )
        hazard: Floats = np.exp(log_hazard)
        return hazard

    def death(self, now: View, winter: float) -> Floats:
        """Return the monthly probability of death: sudden, in the first year of life, or of a terminal illness."""
        values = self.values
        sudden = self._mortality(now, "sudden_death_log") * np.exp(values["winter_log"] * winter)
        sudden = sudden + (now.age < 1) * values["infant_death_per_year"] / 12.0
        return np.clip(np.where(now.terminal, values["terminal_death_per_month"], sudden), 0.0, 0.9)

    def terminal_onset(self, now: View) -> Floats:
        """Return the monthly probability that a terminal illness begins."""
        return np.where(now.terminal, 0.0, np.clip(self._mortality(now, "terminal_onset_log"), 0.0, 0.5))

    def care_home_entry(self, now: View) -> Floats:
        """Return the monthly probability of moving into a care home, at 65 and over."""
        values = self.values
        log_hazard = (
            values["care_home_entry_log"]
            + values["care_home_entry_growth"] * (now.age - 65)
            + values["care_home_entry_deficit_log"] * now.deficits
            + values["care_home_entry_dementia_log"] * now.has["dementia"]
            + values["care_home_entry_recent_log"] * now.recent
        )
        return np.where((now.age >= 65) & ~now.care_home, np.clip(np.exp(log_hazard), 0.0, 0.3), 0.0)

    def home_care_entry(self, now: View, receiving: Flags) -> Floats:
        """Return the monthly probability that home care begins, at 65 and over."""
        values = self.values
        log_hazard = (
            values["home_care_entry_log"]
            + values["home_care_entry_growth"] * (now.age - 65)
            + values["home_care_entry_deficit_log"] * now.deficits
            + values["home_care_after_admission_log"] * (now.recent >= 0.6)
        )
        eligible = (now.age >= 65) & ~now.care_home & ~receiving
        return np.where(eligible, np.clip(np.exp(log_hazard), 0.0, 0.3), 0.0)
