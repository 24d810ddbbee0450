"""Person, name, registration and opt-out rows, with the versions that moves, deaths and endings make."""

import numpy as np
import polars as pl

from riskstrat.synthetic.arrival import arrived, interval_versions, lagged
from riskstrat.synthetic.draws import NEVER, Ints, dates
from riskstrat.synthetic.lives import World


def moves(world: World) -> tuple[Ints, Ints, Ints, Ints]:
    """Return who moved practice, when, and the practice and home they left, by person and day."""
    columns = [np.concatenate(part) for part in zip(*world.moves, strict=True)]
    order = np.lexsort((columns[1], columns[0]))
    who, days, practice, lsoa = (column[order] for column in columns)
    kept = days < world.people.last_day()[who]
    return who[kept], days[kept], practice[kept], lsoa[kept]


def person_table(world: World, numbers: pl.Series) -> pl.DataFrame:
    """Return ``person``: a version at registration, one at each move, and one when a death is known."""
    people, count = world.people, world.people.count
    rng = world.rng("identity")
    movers, moved, _, left = moves(world)
    who = np.concatenate([np.arange(count, dtype=np.int32), movers])
    since = np.concatenate([people.registered_day[:count], moved])
    home = _homes(people.lsoa[:count], movers, left)
    dead = np.flatnonzero((people.death_day[:count] < NEVER) & (people.exit_day[:count] > people.death_day[:count]))
    rows = np.concatenate([who, dead.astype(np.int32)])
    lsoa = np.concatenate([home, people.lsoa[dead]])
    death = np.concatenate([np.full(len(who), NEVER, dtype=np.int32), people.death_day[dead]])
    when = np.concatenate([lagged(world, "person", since), lagged(world, "person_death", people.death_day[dead])])
    in_care_home = (world.states["care_home"][:count] > 0) & (people.death_day[:count] >= NEVER)
    restricted = rng.random(count) < world.parameters.values["restricted_share"]
    codes = [*world.parameters.table("ethnicity")["ethnic_category"].to_list(), "Z"]
    sex = pl.Series([{1: "1", 2: "2", 9: "9"}[value] for value in (1, 2, 9)])
    table = pl.DataFrame(
        {
            "nhs_number": numbers.gather(rows),
            "birth_date": dates(people.birth_day[rows]),
            "sex": sex.gather(np.searchsorted(np.array([1, 2, 9]), people.sex[rows])),
            "ethnic_category": pl.Series(codes).gather(people.ethnicity[rows]),
            "lsoa_code": world.places.lsoa_codes().gather(lsoa),
            "imd_decile": pl.Series(world.places.lsoa_decile[lsoa].astype(np.int32)),
            "death_date": dates(death),
            "restricted": pl.Series(restricted[rows]),
            "care_home": pl.Series(in_care_home[rows]),
            "available_date": dates(when),
        }
    )
    return arrived(world, table).unique(["nhs_number", "available_date"], keep="last", maintain_order=True)


def _homes(current: Ints, movers: Ints, left: Ints) -> Ints:
    """Return each person's first home, then the home moved to at each move (moves are sorted by person and day)."""
    first = current.copy()
    first[movers[::-1]] = left[::-1]
    to = np.empty(len(movers), dtype=np.int32)
    if len(movers):
        last = np.append(movers[1:] != movers[:-1], True)
        to[:-1] = left[1:]
        to[last] = current[movers[last]]
    return np.concatenate([first, to]).astype(np.int32)


def registration_table(world: World, numbers: pl.Series) -> pl.DataFrame:
    """Return ``registration``: one interval per practice, a second version when it ended."""
    people, count = world.people, world.people.count
    movers, moved, left, _ = moves(world)
    both = _homes(people.practice[:count], movers, left)
    who = np.concatenate([np.arange(count, dtype=np.int32), movers])
    start = np.concatenate([people.registered_day[:count], moved])
    order = np.lexsort((start, who))
    who, start, practice = who[order], start[order], both[order]
    last = np.append(who[1:] != who[:-1], True)
    end = np.empty(len(who), dtype=np.int32)
    end[:-1] = start[1:]
    end[last] = people.last_day()[who[last]]
    rows, ends, available = interval_versions(world, "registration", start, end)
    kind = pl.Series(["regular", "temporary"]).gather(people.temporary[who[rows]].astype(np.int32))
    table = pl.DataFrame(
        {
            "nhs_number": numbers.gather(who[rows]),
            "practice_code": world.places.codes().gather(practice[rows]),
            "start_date": dates(start[rows]),
            "end_date": dates(ends),
            "registration_type": kind,
            "available_date": dates(available),
        }
    )
    return arrived(world, table)


def name_table(world: World, numbers: pl.Series) -> pl.DataFrame:
    """Return ``person_name``: made-up names, a usual GP, and for a few people what they need."""
    people, count = world.people, world.people.count
    rng = world.rng("names")
    names = world.parameters.table("names")
    given = names.filter(pl.col("part") == "given")["name"]
    family = names.filter(pl.col("part") == "family")["name"]
    doctors = pl.Series([f"Dr {family[n % family.len()]} (fictitious)" for n in range(world.places.practices * 4)])
    doctor = people.practice[:count] * 4 + rng.integers(0, 4, count)
    needs = world.mix(rng, "need", count)
    available = lagged(world, "person_name", people.registered_day[:count])
    table = pl.DataFrame(
        {
            "nhs_number": numbers.head(count),
            "family_name": family.gather(rng.integers(0, family.len(), count)),
            "given_name": given.gather(rng.integers(0, given.len(), count)),
            "usual_gp": doctors.gather(doctor),
            "needs": needs,
            "available_date": dates(available),
        }
    )
    return arrived(world, table)


def opt_out_table(world: World, numbers: pl.Series) -> pl.DataFrame:
    """Return ``opt_out``: type 1, national and objections, some of them ended."""
    people, count, values = world.people, world.people.count, world.parameters.values
    rng = world.rng("opt outs")
    who, kinds = [], []
    names = ("type_1", "national", "objection")
    for kind, name in enumerate(("type_1_opt_out_share", "national_opt_out_share", "objection_share")):
        opted = np.flatnonzero(rng.random(count) < values[name])
        who.append(opted.astype(np.int32))
        kinds.append(np.full(len(opted), kind, dtype=np.int32))
    person, kind_of = np.concatenate(who), np.concatenate(kinds)
    earliest = np.maximum(people.registered_day[person], world.calendar.first_day - 900)
    latest = np.minimum(people.last_day()[person], world.calendar.end_day)
    start = (earliest + rng.random(len(person)) * np.maximum(latest - earliest - 1, 0)).astype(np.int32)
    ended = (rng.random(len(person)) < values["opt_out_ended_share"]) & (start + 200 < latest)
    end = np.where(ended, start + 100 + (rng.random(len(person)) * 100).astype(np.int32), NEVER).astype(np.int32)
    rows, ends, available = interval_versions(world, "opt_out", start, end)
    table = pl.DataFrame(
        {
            "nhs_number": numbers.gather(person[rows]),
            "kind": pl.Series(names).gather(kind_of[rows]),
            "start_date": dates(start[rows]),
            "end_date": dates(ends),
            "available_date": dates(available),
        }
    )
    return arrived(world, table)
