"""Each person's true risk of an emergency admission in the next 12 months, from the generator's own process.

From the state at the index date the process is run forward many times for the monthly state; along each path the
chance of no admission so far, and of being alive, are carried as numbers rather than drawn, so few paths are enough.
Conditions that have not begun are not looked up: their expected effect on the hazard is added month by month.
"""

from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import polars as pl

from riskstrat.synthetic.draws import Floats, dates, day, months_before
from riskstrat.synthetic.hazards import View
from riskstrat.synthetic.lives import World, winter

MONTHS_BEFORE_END = 14
PATHS = 24
HORIZON_MONTHS = 12


@dataclass(frozen=True)
class Seen:
    """People and their state on an index date, before anything of that month happens."""

    index_date: date
    view: View


def index_date(end: date) -> date:
    """Return the latest first of a month whose 12-month outcome is complete in a drop that ends at ``end``."""
    return months_before(end, MONTHS_BEFORE_END)


def true_risk_table(world: World, seen: list[Seen], numbers: pl.Series) -> pl.DataFrame:
    """Return one row per person and index date: the true risk, and whether an emergency admission followed."""
    return pl.concat([_at(world, one, numbers) for one in seen]).sort("index_date", "nhs_number")


def _at(world: World, seen: Seen, numbers: pl.Series) -> pl.DataFrame:
    who = seen.view.who
    begin, until = day(seen.index_date), day(months_before(seen.index_date, -HORIZON_MONTHS))
    happened = np.zeros(world.people.count, dtype=np.bool_)
    for log in ("emergency", "fatal"):
        person, days = world.events(log)
        happened[person[(days >= begin) & (days < until)]] = True
    return pl.DataFrame(
        {
            "nhs_number": numbers.gather(who),
            "index_date": dates(np.full(len(who), begin, dtype=np.int32)),
            "true_12m_emergency_admission_risk": _risk(world, seen),
            "emergency_admission_within_12m": happened[who],
        }
    )


def _growth(world: World, view: View) -> Floats:
    """Return by how much a year's new conditions raise each person's hazard on average, as a share of it."""
    growth = np.zeros(len(view.who))
    traits = world.people.traits(view.who)
    left = np.exp(-view.admission_log / world.parameters.values["morbidity_ceiling"])
    for which, effect in enumerate(world.conditions.admission):
        if effect:
            free = world.onset[which][view.who] > view.age
            growth += free * world.conditions.yearly_hazard(which, view.age, traits) * np.expm1(effect * left)
    return np.minimum(growth, 1.5)


def _risk(world: World, seen: Seen) -> Floats:
    values, rng = world.parameters.values, world.rng("true risk")
    memory = values["instability_memory"]
    growth = _growth(world, seen.view)
    total = np.zeros(len(seen.view.who))
    for _ in range(PATHS):
        now = replace(seen.view)
        free: Floats = np.ones(len(total))
        ill: Floats = now.terminal.astype(np.float64)
        alive: Floats = np.ones(len(total))
        for month in range(HORIZON_MONTHS):
            season = winter((seen.index_date.month - 1 + month) % 12 + 1)
            shock = rng.standard_normal(len(total), dtype=np.float32)
            now.instability = memory * now.instability + np.float32(np.sqrt(1 - memory**2)) * shock
            free, alive, ill = _step(world, now, season, growth * (month + 0.5) / 12, (free, alive, ill))
            now.recent = now.recent * values["recent_admission_memory"]
        total += 1.0 - free
    return total / PATHS


def _step(
    world: World, now: View, season: float, growth: Floats, state: tuple[Floats, Floats, Floats]
) -> tuple[Floats, Floats, Floats]:
    """Carry on one month: the chance of no admission yet, of being alive, and of being terminally ill if alive."""
    free, alive, ill = state
    hazards, in_hospital = world.hazards, world.parameters.values["death_in_hospital_share"]
    well_view, ill_view = (
        replace(now, terminal=np.zeros(len(free), np.bool_)),
        replace(now, terminal=np.ones(len(free), np.bool_)),
    )
    chance = np.zeros(len(free))
    dying = np.zeros(len(free))
    for part, share in ((well_view, 1 - ill), (ill_view, ill)):
        dies = hazards.death(part, season)
        admitted = -np.expm1(-hazards.emergency(part, season) * (1 + growth))
        chance += share * (1 - (1 - admitted) * (1 - dies * in_hospital))
        dying += share * dies
    free = free * (1 - alive * chance)
    onset = hazards.terminal_onset(well_view)
    left_ill = ill * (1 - hazards.death(ill_view, season)) + (1 - ill) * onset
    return free, alive * (1 - dying), np.clip(left_ill / np.maximum(1 - dying, 1e-9), 0, 1)
