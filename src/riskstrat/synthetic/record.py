"""Coded entries of the GP record, and those that follow conditions: their ends, their reviews, and repeats."""

import numpy as np

from riskstrat.synthetic.draws import DAYS_PER_YEAR, Floats, Ints
from riskstrat.synthetic.lives import World


class Record:
    """Gathers coded entries of the GP record."""

    def __init__(self, world: World) -> None:
        """Begin an empty record for the world's people."""
        self.world = world
        self.codes: list[str] = []
        self.who: list[Ints] = []
        self.day: list[Ints] = []
        self.code: list[Ints] = []

    def add(self, who: Ints, days: Ints, codes: list[str], pick: Ints | None = None) -> None:
        """Add entries, each with the code picked; by default one of them per person, always the same."""
        start = len(self.codes)
        self.codes.extend(codes)
        chosen = who % len(codes) if pick is None else pick
        self.who.append(np.asarray(who, dtype=np.int32))
        self.day.append(np.asarray(days, dtype=np.int32))
        self.code.append((start + chosen).astype(np.int32))


def add_quiet_conditions(record: Record) -> None:
    """Code conditions that move no hazard (``gp_conditions.csv``) when they began, and some of them again later."""
    world, rng = record.world, record.world.rng("quiet conditions")
    people, count = world.people, world.people.count
    for row in world.parameters.table("gp_conditions").iter_rows(named=True):
        age = float(row["onset_from_age"]) + rng.exponential(float(row["mean_years"]), count)
        has = (rng.random(count) < float(row["value"]) / 100.0) & (age < 110)
        who = np.flatnonzero(has).astype(np.int32)
        began = people.birth_day[who] + np.ceil(age[who] * DAYS_PER_YEAR).astype(np.int32)
        codes = world.parameters.snomed[row["code_list"]]
        record.add(who, began, codes)
        _add_repeatedly(record, rng, who, began, float(row["again_per_year"]), codes)


def add_resolutions(record: Record) -> None:
    """Code some conditions as resolved (``resolutions.csv``), and some of those as there again."""
    world, rng = record.world, record.world.rng("resolutions")
    people, count = world.people, world.people.count
    for row in world.parameters.table("resolutions").iter_rows(named=True):
        which = world.conditions.index(row["condition"])
        onset = world.onset[which, :count]
        who = np.flatnonzero((onset < 115) & (rng.random(count) < float(row["value"]))).astype(np.int32)
        began = people.birth_day[who] + np.ceil(onset[who] * DAYS_PER_YEAR).astype(np.int32)
        ended = began + 30 + (rng.exponential(float(row["mean_years"]), len(who)) * DAYS_PER_YEAR).astype(np.int32)
        record.add(who, ended, world.parameters.snomed[row["code_list"]])
        again = rng.random(len(who)) < float(row["again_share"])
        later = ended[again] + 30 + (rng.exponential(3.0, int(again.sum())) * DAYS_PER_YEAR).astype(np.int32)
        record.add(who[again], later, world.parameters.snomed[world.conditions.code_lists[which]])


def add_reviews(record: Record, repeat_medicines: Floats) -> None:
    """Code reviews of conditions (``reviews.csv``), other medication reviews, and people found not to be frail."""
    world, rng = record.world, record.world.rng("reviews")
    people, count = world.people, world.people.count
    for row in world.parameters.table("reviews").iter_rows(named=True):
        onset = world.onset[world.conditions.index(row["condition"]), :count]
        who = np.flatnonzero(onset < 115).astype(np.int32)
        began = people.birth_day[who] + np.ceil(onset[who] * DAYS_PER_YEAR).astype(np.int32)
        codes = world.parameters.snomed[row["code_list"]]
        _add_repeatedly(record, rng, who, began, float(row["value"]), codes)
    values = world.parameters.values
    taking = np.flatnonzero(repeat_medicines >= 4).astype(np.int32)
    codes = world.parameters.snomed["medication_review_other"]
    since = people.entry_day[taking]
    _add_repeatedly(record, rng, taking, since, values["other_medication_review_per_year"], codes)
    everybody = np.arange(count, dtype=np.int32)
    since = people.birth_day[:count] + np.int32(65 * DAYS_PER_YEAR)
    codes = world.parameters.snomed["frailty_assessed_not_frail"]
    _add_repeatedly(record, rng, everybody, since, values["not_frail_assessment_per_year"], codes)


def _add_repeatedly(
    record: Record, rng: np.random.Generator, who: Ints, since: Ints, per_year: float, codes: list[str]
) -> None:
    """Add entries at a rate per year, from a day on, while people are here and the data last."""
    world, people = record.world, record.world.people
    begin = np.maximum(np.maximum(people.entry_day[who], world.calendar.first_day), since)
    span = np.clip(np.minimum(people.last_day()[who], world.calendar.end_day) - begin, 0, None)
    position = np.repeat(np.arange(len(who)), rng.poisson(per_year * span / DAYS_PER_YEAR))
    day = begin[position] + (rng.random(len(position)) * span[position]).astype(np.int32)
    record.add(who[position], day, codes)
