"""Stays in hospital: who, when, why, for how long, and how they ended; one entry per stay, none overlapping another."""

from dataclasses import dataclass, fields

import numpy as np
import polars as pl

from riskstrat.synthetic.draws import DAYS_PER_YEAR, NEVER, Flags, Floats, Ints
from riskstrat.synthetic.lives import World

EMERGENCY, ELECTIVE, DAY_CASE, REGULAR, MATERNITY, BIRTH = range(6)
AGE_BANDS = ("ages_0_4", "ages_5_17", "ages_18_44", "ages_45_64", "ages_65_79", "ages_80")
_AGE_EDGES = np.array([5, 18, 45, 65, 80])
LONGEST_NIGHTS = 120


@dataclass
class Stays:
    """One entry per provider's stay, by person and admission. ``cause`` is a row of ``emergency_causes.csv`` or -1."""

    person: Ints
    admitted: Ints
    discharged: Ints
    kind: Ints
    cause: Ints
    died: Flags
    provider: Ints
    transfer: Ints
    transferred_out: Flags

    def __len__(self) -> int:
        """Return how many stays there are."""
        return len(self.person)

    def only(self, which: Ints | Flags) -> "Stays":
        """Return some of the stays."""
        return Stays(*(getattr(self, field.name)[which] for field in fields(self)))


def _stays(world: World, person: Ints, admitted: Ints, nights: Ints, kind: int, cause: Ints | None = None) -> Stays:
    size = len(person)
    return Stays(
        person=person.astype(np.int32),
        admitted=admitted.astype(np.int32),
        discharged=(admitted + nights).astype(np.int32),
        kind=np.full(size, kind, dtype=np.int32),
        cause=np.full(size, -1, dtype=np.int32) if cause is None else cause,
        died=np.zeros(size, dtype=np.bool_),
        provider=world.places.place[world.people.practice[person]].astype(np.int32),
        transfer=np.zeros(size, dtype=np.int32),
        transferred_out=np.zeros(size, dtype=np.bool_),
    )


def join(parts: list[Stays]) -> Stays:
    """Return the stays of all parts together."""
    return Stays(*(np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(Stays)))


def stays(world: World) -> Stays:
    """Return every stay: emergencies, electives, regular attendances, births and the mothers' stays."""
    parts = [_emergencies(world, "emergency"), _emergencies(world, "fatal"), *_electives(world), *_maternity(world)]
    together = join(parts)
    death = world.people.death_day[together.person]
    overstays = together.discharged >= death
    together.died |= overstays
    together.discharged = np.where(overstays, death, together.discharged).astype(np.int32)
    apart = _without_overlaps(together)
    return _with_transfers(world, apart)


def _emergencies(world: World, log: str) -> Stays:
    person, admitted = world.events(log)
    rng = world.rng(f"stays {log}")
    cause = causes(world, person, admitted, rng)
    values = world.parameters.values
    table = world.parameters.table("emergency_causes")
    factor = table["nights_factor"].cast(pl.Float64).to_numpy()[cause]
    age = (admitted - world.people.birth_day[person]) / 365.25
    home_same_day = rng.random(len(person)) < world.parameters.curve("emergency_same_day_discharge", age) / factor
    middle = np.log(world.parameters.curve("emergency_nights", age) * factor)
    middle = middle + values["emergency_nights_frailty"] * world.people.frailty[person]
    nights = np.ceil(rng.lognormal(middle, values["emergency_nights_spread"])).astype(np.int32)
    found = _stays(
        world, person, admitted, np.where(home_same_day, 0, np.minimum(nights, LONGEST_NIGHTS)), EMERGENCY, cause
    )
    if log == "fatal":
        found.discharged = world.people.death_day[person].astype(np.int32)
    return found


def causes(world: World, person: Ints, admitted: Ints, rng: np.random.Generator) -> Ints:
    """Draw the cause of each emergency admission by age, and by the conditions known on the day."""
    table = world.parameters.table("emergency_causes")
    by_age = np.column_stack([table[band].cast(pl.Float64).to_numpy() for band in AGE_BANDS])
    age = (admitted - world.people.birth_day[person]) / 365.25
    weights = by_age[:, np.searchsorted(_AGE_EDGES, age, side="right")].T.copy()
    for row, (names, times) in enumerate(table.select("more_likely_with", "times_more_likely").iter_rows()):
        if names:
            has = np.zeros(len(person), dtype=np.bool_)
            for name in names.split("|"):
                has |= world.onset[world.conditions.index(name)][person] <= age
            weights[:, row] *= np.where(has, float(times), 1.0)
    cumulative = np.cumsum(weights, axis=1)
    drawn = rng.random(len(person)) * cumulative[:, -1]
    found: Ints = (cumulative <= drawn[:, None]).sum(axis=1).astype(np.int32)
    return found


def _electives(world: World) -> list[Stays]:
    person, admitted = world.events("elective")
    rng = world.rng("stays elective")
    values = world.parameters.values
    age = (admitted - world.people.birth_day[person]) / 365.25
    cancer = world.onset[world.conditions.index("cancer")][person] <= age
    regular = rng.random(len(person)) < np.where(
        cancer, values["regular_attender_share_cancer"], values["regular_attender_share"]
    )
    day_case = ~regular & (rng.random(len(person)) < values["day_case_share"])
    overnight = ~regular & ~day_case
    nights = np.ceil(
        rng.lognormal(values["elective_nights_log"], values["elective_nights_spread"], len(person))
    ).astype(np.int32)
    none = np.zeros(len(person), dtype=np.int32)
    parts = [_stays(world, person[overnight], admitted[overnight], nights[overnight], ELECTIVE)]
    parts.append(_stays(world, person[day_case], admitted[day_case], none[day_case], DAY_CASE))
    courses = np.flatnonzero(regular)
    sessions = rng.integers(3, 9, len(courses))
    who = np.repeat(courses, sessions)
    nth = np.arange(len(who)) - np.repeat(np.cumsum(sessions) - sessions, sessions)
    when = admitted[who] + 14 * nth
    inside = (when <= world.people.last_day()[person[who]]) & (when < world.calendar.end_day)
    parts.append(_stays(world, person[who][inside], when[inside], none[: int(inside.sum())], REGULAR))
    return parts


def _maternity(world: World) -> list[Stays]:
    mothers, born = world.events("maternity")
    rng = world.rng("stays maternity")
    nights = rng.integers(0, 4, len(mothers)).astype(np.int32)
    early = rng.integers(0, 2, len(mothers)).astype(np.int32)
    early = np.minimum(early, born - world.people.entry_day[mothers])
    stay = _stays(world, mothers, born - early, nights + early, MATERNITY)
    babies = np.flatnonzero(world.people.born_here[: world.people.count]).astype(np.int32)
    lengths = rng.integers(0, 4, len(babies)).astype(np.int32)
    return [stay, _stays(world, babies, world.people.birth_day[babies], lengths, BIRTH)]


def _without_overlaps(found: Stays) -> Stays:
    """Sort by person and admission and drop a stay that begins before an earlier one of the person has ended."""
    order = np.lexsort((found.kind, found.admitted, found.person))
    found = found.only(order)
    base = int(found.admitted.min(initial=0)) - 1
    span = np.int64(2**20)
    shifted = found.person.astype(np.int64) * span
    until = np.maximum.accumulate(shifted + found.discharged - base)
    free = np.ones(len(found), dtype=np.bool_)
    free[1:] = (shifted + found.admitted - base)[1:] > until[:-1]
    return found.only(free)


def _with_transfers(world: World, found: Stays) -> Stays:
    """Split some longer emergency stays in two: the second begins at another provider within a day."""
    rng = world.rng("transfers")
    nights = found.discharged - found.admitted
    eligible = (found.kind == EMERGENCY) & (nights >= 3)
    moved = eligible & (rng.random(len(found)) < world.parameters.values["transfer_share"])
    second = found.only(moved)
    first_ends = second.admitted + np.maximum(1, nights[moved] // 2)
    gap = np.minimum(rng.integers(0, 2, len(second)), second.discharged - first_ends)
    found.discharged[moved] = first_ends
    found.died[moved] = False
    found.transferred_out[moved] = True
    second.admitted = (first_ends + gap).astype(np.int32)
    second.provider = (second.provider + 1) % max(2, int(world.places.place.max()) + 1)
    second.transfer = np.ones(len(second), dtype=np.int32)
    together = join([found, second])
    return together.only(np.lexsort((together.admitted, together.person)))


def admission_methods(world: World, found: Stays) -> pl.Series:
    """Return each stay's ADMIMETH code."""
    rng = world.rng("admission methods")
    size, kind = len(found), found.kind
    drawn = world.mix(rng, "elective_method", size)
    for name, which in (
        ("emergency", (kind == EMERGENCY) & (found.transfer == 0)),
        ("maternity", kind == MATERNITY),
        ("birth", kind == BIRTH),
        ("transfer", found.transfer > 0),
    ):
        drawn = world.mix(rng, f"{name}_method", size).zip_with(pl.Series(which), drawn)
    drawn = pl.Series(["13"]).new_from_index(0, size).zip_with(pl.Series(kind == REGULAR), drawn)
    crisis = world.parameters.table("emergency_causes")["cause"].to_list().index("mental_health_crisis")
    team = rng.random(size) < world.parameters.values["mental_health_crisis_by_crisis_team"]
    by_team = pl.Series((found.cause == crisis) & (found.transfer == 0) & team)
    return pl.Series(["25"]).new_from_index(0, size).zip_with(by_team, drawn)


def in_care_home(world: World, person: Ints, on: Ints) -> Flags:
    """Return who lived in a care home on a day."""
    since = np.full(world.people.count, NEVER, dtype=np.int32)
    who, days = world.events("care_home")
    since[who] = days
    return since[person] <= on


def years_old(world: World, person: Ints, on: Ints) -> Floats:
    """Return exact ages on each day."""
    age: Floats = (on - world.people.birth_day[person]) / DAYS_PER_YEAR
    return age
