"""Prescriptions: repeat medicines that follow conditions, and short courses that follow visits."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from riskstrat.synthetic.arrival import arrived, lagged
from riskstrat.synthetic.draws import DAYS_PER_YEAR, Floats, Ints, by_key, dates, spread
from riskstrat.synthetic.lives import World


@dataclass(frozen=True)
class Regimens:
    """Repeat medicines: who takes which (a row of ``medicines.csv``), from when until when."""

    person: Ints
    medicine: Ints
    start: Ints
    stop: Ints


def regimens(world: World) -> Regimens:
    """Draw repeat medicines from conditions; a chemical a person already takes is not begun twice."""
    rng = world.rng("regimens")
    people, count = world.people, world.people.count
    table = world.parameters.table("medicines")
    codes = table["bnf_code"].to_list()
    last = np.minimum(people.last_day(), world.calendar.end_day)
    parts: list[tuple[Ints, Ints, Ints, Ints]] = []
    for row, (condition, share) in enumerate(table.select("condition", "value").iter_rows()):
        onset = world.onset[world.conditions.index(condition), :count]
        drawn = rng.random(count) < float(share)
        begins = people.birth_day[:count] + np.where(np.isfinite(onset), onset, 0) * DAYS_PER_YEAR
        begins = begins + rng.exponential(150.0, count)
        lasts = rng.exponential(1.0 / world.parameters.values["medicine_stop_per_year"], count) * DAYS_PER_YEAR
        start = np.maximum(begins, np.maximum(people.entry_day[:count], world.calendar.first_day))
        stop = np.minimum(begins + lasts, last)
        taking = np.flatnonzero(drawn & np.isfinite(onset) & (start < stop))
        chemical = np.full(len(taking), codes.index(codes[row]), dtype=np.int32)
        parts.append((taking.astype(np.int32), chemical, start[taking].astype(np.int32), stop[taking].astype(np.int32)))
    person, medicine, start, stop = (np.concatenate([part[n] for part in parts]) for n in range(4))
    order = np.lexsort((start, medicine, person))
    person, medicine, start, stop = person[order], medicine[order], start[order], stop[order]
    first = np.ones(len(person), dtype=np.bool_)
    first[1:] = (person[1:] != person[:-1]) | (medicine[1:] != medicine[:-1])
    return Regimens(person[first], medicine[first], start[first], stop[first])


def burden(world: World, taken: Regimens) -> Floats:
    """Return how many repeat medicines each person ever took at once, roughly: those not stopped early."""
    return np.bincount(taken.person, minlength=world.people.count).astype(np.float64)


def prescription_table(world: World, taken: Regimens, visits: tuple[Ints, Ints], numbers: pl.Series) -> pl.DataFrame:
    """Return ``gp_prescription``: issues of each repeat medicine, with some missed, and courses of antibacterials."""
    rng = world.rng("prescriptions")
    values = world.parameters.values
    every = int(values["medicine_interval_days"])
    first = taken.start + rng.integers(0, every, len(taken.start))
    counts = np.maximum(0, (taken.stop - first + every - 1) // every).astype(np.int32)
    row, nth = spread(counts)
    kept = rng.random(len(row), dtype=np.float32) >= values["medicine_gap_share"]
    row, nth = row[kept], nth[kept]
    days = first[row] + nth * every
    days = np.minimum(days + rng.integers(0, 5, len(days), dtype=np.int32), taken.stop[row])
    course = rng.random(len(visits[0]), dtype=np.float32) < values["acute_medicine_per_contact"]
    medicines = world.parameters.table("medicines")["bnf_code"]
    acute = world.parameters.table("acute_medicines")["bnf_code"]
    who = np.concatenate([taken.person[row], visits[0][course]])
    when = np.concatenate([days, visits[1][course]]).astype(np.int32)
    chosen = medicines.len() + rng.integers(0, acute.len(), int(course.sum()), dtype=np.int32)
    which = np.concatenate([taken.medicine[row], chosen]).astype(np.int32)
    quantity = np.where(which >= medicines.len(), 21.0, np.where(which % 2 == 0, float(every), every * 2.0))
    inside = when < world.calendar.end_day
    order = by_key(who, when, which)
    order = order[inside[order]]
    same = (np.diff(who[order]) == 0) & (np.diff(when[order]) == 0) & (np.diff(which[order]) == 0)
    order = order[np.append(True, ~same)] if len(order) else order
    who, when, which, quantity = who[order], when[order], which[order], quantity[order]
    table = pl.DataFrame(
        {
            "nhs_number": numbers.gather(who),
            "issue_date": dates(when),
            "bnf_code": pl.concat([medicines, acute]).gather(which),
            "dmd_code": pl.Series([None], dtype=pl.String).new_from_index(0, len(who)),
            "quantity": pl.Series(quantity),
            "available_date": dates(lagged(world, "gp_prescription", when)),
        }
    )
    return arrived(world, table)
