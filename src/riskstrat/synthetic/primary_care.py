"""The GP record: appointments, diagnoses, measurements, and what practices code about people and their care."""

import numpy as np
import polars as pl

from riskstrat.synthetic.admissions import Stays
from riskstrat.synthetic.arrival import arrived, lagged
from riskstrat.synthetic.conditions import deficit_groups
from riskstrat.synthetic.draws import DAYS_PER_YEAR, Floats, Ints, by_key, dates
from riskstrat.synthetic.lives import World
from riskstrat.synthetic.measurements import measurements, units
from riskstrat.synthetic.record import Record, add_quiet_conditions, add_resolutions, add_reviews

FRAILTY_CODED_FROM = 7
"""Deficits from which a practice may code frailty: mild from 7, moderate from 9, severe from 13."""
_INJURY_CAUSES = ("fall", "hip_fracture")


def appointment_table(world: World, numbers: pl.Series) -> tuple[pl.DataFrame, tuple[Ints, Ints]]:
    """Return ``gp_appointment``, and who attended when."""
    rng = world.rng("appointments")
    who, days = world.events("gp_appointment")
    status = world.mix(rng, "gp_status", len(who))
    staff = world.mix(rng, "gp_staff", len(who))
    table = pl.DataFrame(
        {
            "nhs_number": numbers.gather(who),
            "appointment_date": dates(days),
            "status": status,
            "mode": world.mix(rng, "gp_mode", len(who)),
            "staff_role": staff,
            "available_date": dates(lagged(world, "gp_appointment", days)),
        }
    )
    attended = (status == "attended").to_numpy()
    return arrived(world, table), (who[attended], days[attended])


def event_table(world: World, found: Stays, repeat_medicines: Floats, numbers: pl.Series) -> pl.DataFrame:
    """Return ``gp_event``: onsets (also those before the data began), statuses, care given, and measurements."""
    record = Record(world)
    _add_onsets(record)
    _add_statuses(record)
    _add_frailty(record)
    _add_care(record, repeat_medicines)
    _add_injuries(record, found)
    add_quiet_conditions(record)
    add_resolutions(record)
    add_reviews(record, repeat_medicines)
    who, days, which = (np.concatenate(part) for part in (record.who, record.day, record.code))
    measured, when, codes, of, values = measurements(world)
    person = np.concatenate([who, measured]).astype(np.int32)
    day = np.concatenate([days, when]).astype(np.int32)
    code = np.concatenate([which, len(record.codes) + of]).astype(np.int32)
    value = np.concatenate([np.full(len(who), np.nan), values])
    unit = np.concatenate([np.zeros(len(who), dtype=np.int32), of + 1]).astype(np.int32)
    last = np.minimum(world.people.last_day(), world.calendar.end_day - 1)
    inside = (day <= last[person]) & (day >= world.people.birth_day[person])
    order = by_key(person, day, code)
    order = order[inside[order]]
    person, day, code, value, unit = person[order], day[order], code[order], value[order], unit[order]
    repeated = (np.diff(person) == 0) & (np.diff(day) == 0) & (np.diff(code) == 0)
    once = np.append(True, ~repeated)
    person, day, code, value, unit = person[once], day[once], code[once], value[once], unit[once]
    reached = np.maximum(lagged(world, "gp_event", day), world.people.registered_day[person] + 2)
    table = pl.DataFrame(
        {
            "nhs_number": numbers.gather(person),
            "event_date": dates(day),
            "snomed_code": pl.Series([*record.codes, *codes]).gather(code),
            "value": pl.Series(value).fill_nan(None),
            "unit": pl.Series([None, *units(world).to_list()]).gather(unit),
            "available_date": dates(reached),
        }
    )
    return arrived(world, table)


def _add_onsets(record: Record) -> None:
    """Code each condition when it began; falls, dizziness and the like may be coded again."""
    world = record.world
    count = world.people.count
    for which, name in enumerate(world.conditions.code_lists):
        onset = world.onset[which, :count]
        who = np.flatnonzero(np.isfinite(onset) & (onset < 115))
        day = world.people.birth_day[who] + np.ceil(onset[who] * DAYS_PER_YEAR).astype(np.int32)
        record.add(who, day, world.parameters.snomed[name])


def _add_statuses(record: Record) -> None:
    """Code smoking, care homes, terminal illness and what was agreed about it."""
    world, rng = record.world, record.world.rng("statuses")
    snomed, values, people = world.parameters.snomed, world.parameters.values, world.people
    count = people.count
    smokers = np.flatnonzero(people.smoker[:count])
    adult = people.birth_day[smokers] + np.int32(18 * DAYS_PER_YEAR)
    since = np.maximum(adult, people.registered_day[smokers])
    record.add(smokers, since + rng.integers(0, 700, len(smokers)), snomed["smoking_current"])
    resident, moved = world.events("care_home")
    record.add(resident, moved + rng.integers(0, 21, len(resident)), snomed["care_home_resident"])
    dying, known = world.events("terminal")
    listed = rng.random(len(dying)) < values["end_of_life_register_share"]
    record.add(dying[listed], known[listed] + rng.integers(3, 40, int(listed.sum())), snomed["end_of_life_register"])
    record.add(dying, known + rng.integers(3, 90, len(dying)), snomed["palliative_care"])
    both, when = np.concatenate([dying, resident]), np.concatenate([known, moved])
    planned = rng.random(len(both)) < values["care_plan_share"]
    record.add(both[planned], when[planned] + rng.integers(10, 120, int(planned.sum())), snomed["care_plan_agreed"])
    decided = rng.random(len(both)) < values["care_plan_share"]
    record.add(both[decided], when[decided] + rng.integers(10, 150, int(decided.sum())), snomed["dnacpr"])


def _add_frailty(record: Record) -> None:
    """Code mild, moderate and severe frailty some time after the deficits reach each degree, at 65 and over."""
    world, rng = record.world, record.world.rng("frailty codes")
    count = world.people.count
    ages = np.stack([world.onset[group, :count].min(axis=0) for group in deficit_groups(world.conditions)])
    ages.sort(axis=0)
    coded = rng.random(count) < world.parameters.values["frailty_coded_share"]
    for name, deficits in (("frailty_mild", FRAILTY_CODED_FROM), ("frailty_moderate", 9), ("frailty_severe", 13)):
        reached = np.maximum(ages[deficits - 1], 65.0)
        who = np.flatnonzero(coded & np.isfinite(reached) & (reached < 115))
        day = world.people.birth_day[who] + np.ceil(reached[who] * DAYS_PER_YEAR).astype(np.int32)
        day = np.maximum(day + rng.integers(20, 500, len(who)), world.calendar.first_day - 700)
        record.add(who, day, world.parameters.snomed[name])


def _add_care(record: Record, repeat_medicines: Floats) -> None:
    """Code flu vaccination each autumn, and structured medication reviews of people on many medicines."""
    world, rng = record.world, record.world.rng("care given")
    snomed, values, people = world.parameters.snomed, world.parameters.values, world.people
    count = people.count
    chronic = [n for n, counts in enumerate(world.conditions.long_term) if counts]
    for month in range(world.calendar.months):
        if (world.calendar.end.month - 1 + month) % 12 + 1 != 9:
            continue
        begins = int(world.calendar.starts[month])
        here = people.here(begins)
        age = people.age(here, begins)
        at_risk = (world.onset[chronic][:, here] <= age).any(axis=0) & (age >= 18)
        chance = np.where(
            age >= 65,
            values["flu_uptake_65plus"],
            np.where(at_risk, values["flu_uptake_at_risk"], values["flu_uptake_others"]),
        )
        given = here[rng.random(len(here)) < chance]
        record.add(given, begins + rng.integers(5, 100, len(given)), snomed["flu_vaccination"])
    home = np.zeros(count, dtype=np.bool_)
    home[world.events("care_home")[0]] = True
    due = np.flatnonzero((repeat_medicines >= 8) | home)
    begin = np.maximum(people.entry_day[due], world.calendar.first_day)
    span = np.clip(np.minimum(people.last_day()[due], world.calendar.end_day) - begin, 0, None)
    reviewed = np.repeat(np.arange(len(due)), rng.poisson(values["smr_per_year"] * span / DAYS_PER_YEAR))
    day = begin[reviewed] + (rng.random(len(reviewed)) * span[reviewed]).astype(np.int32)
    record.add(due[reviewed], day, snomed["structured_medication_review"][:1])


def _add_injuries(record: Record, found: Stays) -> None:
    """Code a fall in the GP record after a stay that a fall caused."""
    world = record.world
    names = world.parameters.table("emergency_causes")["cause"].to_list()
    fell = found.only(np.isin(found.cause, [names.index(cause) for cause in _INJURY_CAUSES]))
    record.add(fell.person, fell.discharged + 2, world.parameters.snomed["fall"][:1])
