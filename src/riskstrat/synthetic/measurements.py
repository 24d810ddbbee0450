"""Measurements in the GP record: blood pressure, weight, blood tests; values agree with people's conditions."""

import numpy as np
import polars as pl

from riskstrat.synthetic.draws import DAYS_PER_YEAR, Floats, Ints, spread
from riskstrat.synthetic.lives import World

MORE_WITH_PER_YEAR_CAP = 6.0


def measurements(world: World) -> tuple[Ints, Ints, list[str], Ints, Floats]:
    """Return who, when, the codes used, which code and the value, for all measurements since the data began."""
    rng = world.rng("measurements")
    people, count = world.people, world.people.count
    begin = np.maximum(people.entry_day[:count], world.calendar.first_day)
    end = np.minimum(people.last_day(), world.calendar.end_day)
    years = np.clip(end - begin, 0, None) / DAYS_PER_YEAR
    age_at_end = (end - people.birth_day[:count]) / DAYS_PER_YEAR
    who, when, which, values = [], [], [], []
    codes: list[str] = []
    for number, row in enumerate(world.parameters.table("measurements").iter_rows(named=True)):
        rate = float(row["per_year_40plus"]) * (age_at_end >= 40)
        rate = rate + float(row["value"]) * _has(world, row["more_with"], age_at_end)
        if row["also_with"]:
            rate = rate + float(row["value"]) * 0.5 * _has(world, row["also_with"], age_at_end)
        person, _ = spread(rng.poisson(np.minimum(rate, MORE_WITH_PER_YEAR_CAP) * years))
        day = (begin[person] + rng.random(len(person)) * (end - begin)[person]).astype(np.int32)
        own = rng.normal(0.0, float(row["sd_between"]), count)[person]
        value: Floats = float(row["mean"]) + own + rng.normal(0.0, float(row["sd_within"]), len(person))
        age = (day - people.birth_day[person]) / DAYS_PER_YEAR
        ill = world.onset[world.conditions.index(row["shift_with"])][person] <= age
        value = value + float(row["shift"]) * ill
        value = _bounded(row["measure"], value, age, ill, people.sex[person] == 2)
        who.append(person)
        when.append(day)
        which.append(np.full(len(person), number, dtype=np.int32))
        values.append(np.round(np.clip(value, float(row["lowest"]), float(row["highest"])), 1))
        codes.append(world.parameters.snomed[row["measure"]][0])
    return np.concatenate(who), np.concatenate(when), codes, np.concatenate(which), np.concatenate(values)


def _has(world: World, condition: str, age: Floats) -> Floats:
    return (world.onset[world.conditions.index(condition), : world.people.count] <= age).astype(np.float64)


def _bounded(measure: str, value: Floats, age: Floats, ill: Ints, female: Ints) -> Floats:
    """Keep values that are eFI deficits in themselves with the people who have the condition."""
    if measure == "egfr":
        return np.where(ill, np.minimum(value, 59.0), np.maximum(value - 0.35 * np.clip(age - 40, 0, None), 61.0))
    if measure == "haemoglobin":
        return np.where(ill, np.minimum(value, 114.0), np.maximum(value - 8.0 * female, np.where(female, 116.0, 131.0)))
    if measure == "acr":
        return np.where(ill, value, np.minimum(value, 2.9))
    return value


def units(world: World) -> pl.Series:
    """Return the unit of each measurement, in the order of ``measurements.csv``."""
    of = {row["list_id"]: row["unit"] for row in world.parameters.codes_table("codes").iter_rows(named=True)}
    return pl.Series([of[name] for name in world.parameters.table("measurements")["measure"].to_list()])
