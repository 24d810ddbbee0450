"""Who lives here: age, sex, ethnicity, neighbourhood and latent traits of the first people and of newcomers."""

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import polars as pl

from riskstrat.synthetic.conditions import Traits
from riskstrat.synthetic.draws import DAYS_PER_YEAR, NEVER, Calendar, Flags, Floats, Ints, choose, stream
from riskstrat.synthetic.parameters import Parameters
from riskstrat.synthetic.places import Places

HISTORY_YEARS = 60


@dataclass
class People:
    """Everybody who was ever here, one entry each; only the first ``count`` are in use. Days are since 1970."""

    birth_day: Ints
    sex: Ints
    ethnicity: Ints
    practice: Ints
    lsoa: Ints
    decile: Ints
    smoker: Flags
    frailty: Floats
    unseen: Floats
    registered_day: Ints
    entry_day: Ints
    exit_day: Ints
    death_day: Ints
    born_here: Flags
    temporary: Flags
    count: int = 0

    @classmethod
    def empty(cls, capacity: int) -> "People":
        """Return room for so many people."""
        kinds = {
            "frailty": np.float32,
            "unseen": np.float32,
            "smoker": np.bool_,
            "born_here": np.bool_,
            "temporary": np.bool_,
        }
        arrays: dict[str, Any] = {
            field.name: np.zeros(capacity, dtype=kinds.get(field.name, np.int32))
            for field in fields(cls)
            if field.name != "count"
        }
        arrays["exit_day"][:] = NEVER
        arrays["death_day"][:] = NEVER
        return cls(**arrays)

    def traits(self, who: Ints | slice) -> Traits:
        """Return what sets these people's hazards apart."""
        return Traits(
            frailty=self.frailty[who],
            deprivation=5.5 - self.decile[who],
            smoker=self.smoker[who].astype(np.float32),
            female=(self.sex[who] == 2).astype(np.float32),
        )

    def age(self, who: Ints | slice, on: int) -> Floats:
        """Return exact ages in years on a day."""
        return ((on - self.birth_day[who]) / DAYS_PER_YEAR).astype(np.float32)

    def last_day(self) -> Ints:
        """Return the last day each person could be seen here: the day of death or of leaving."""
        return np.minimum(self.exit_day[: self.count], self.death_day[: self.count])

    def here(self, on: int) -> Ints:
        """Return the people registered and alive on a day."""
        used = slice(0, self.count)
        return np.flatnonzero((self.entry_day[used] <= on) & (self.last_day() > on)).astype(np.int32)


class Newcomers:
    """Draws people as they come: at the start, by birth, and by joining from elsewhere."""

    def __init__(self, parameters: Parameters, calendar: Calendar, places: Places, seed: int) -> None:
        """Read the age structure and the shares that newcomers are drawn from."""
        self.values = parameters.values
        self.calendar = calendar
        self.places = places
        self.rng = stream(seed, "newcomers")
        bands = parameters.table("age_structure")
        self.from_age = bands["from_age"].to_numpy().astype(np.float64)
        self.share = bands["value"].cast(pl.Float64).to_numpy() / 100.0
        self.female = bands["share_female"].cast(pl.Float64).to_numpy()
        groups = parameters.table("ethnicity")
        self.white = groups["value"].cast(pl.Float64).to_numpy()
        self.other = groups["share_of_other"].cast(pl.Float64).to_numpy()

    def settle_first(self, people: People, size: int) -> Ints:
        """Fill the population present on the first day; registered some time before, never before birth."""
        on = self.calendar.first_day
        who = self._place(people, size, on, choose(self.rng, self.share, size))
        years = self.rng.exponential(self.values["mean_years_registered_before"], size)
        since = on - 1 - (np.minimum(years, HISTORY_YEARS) * DAYS_PER_YEAR).astype(np.int32)
        people.registered_day[who] = np.maximum(since, people.birth_day[who])
        people.entry_day[who] = people.registered_day[who]
        return who

    def join(self, people: People, size: int, month: int) -> Ints:
        """Add people from elsewhere in a month, of the ages the population is short of."""
        on = int(self.calendar.starts[month])
        here = people.here(on)
        band = np.searchsorted(self.from_age, people.age(here, on), side="right") - 1
        short = self.share * (len(here) + size) - np.bincount(np.clip(band, 0, None), minlength=len(self.share))
        movers = self.share * np.where((self.from_age >= 20) & (self.from_age < 40), 2.5, 1.0)
        weights = np.clip(short, 0, None) / max(1.0, np.clip(short, 0, None).sum()) + 0.5 * movers / movers.sum()
        who = self._place(people, size, on, choose(self.rng, weights, size))
        days = self._days(month, size)
        people.registered_day[who] = np.maximum(days, people.birth_day[who])
        people.entry_day[who] = people.registered_day[who]
        people.temporary[who] = self.rng.random(size) < self.values["temporary_registration_share"]
        short_stay = self.rng.integers(20, 90, size)
        people.exit_day[who] = np.where(people.temporary[who], people.registered_day[who] + short_stay, NEVER)
        return who

    def be_born(self, people: People, mothers: Ints, month: int) -> Ints:
        """Add one newborn per mother, at the mother's home and her practice, or its successor if it has closed."""
        size = len(mothers)
        who = self._place(people, size, int(self.calendar.starts[month]), np.zeros(size, dtype=np.int32))
        people.birth_day[who] = self._days(month, size)
        for name in ("practice", "lsoa", "decile", "ethnicity"):
            values = getattr(people, name)
            values[who] = values[mothers]
        closed = (people.practice[who] == self.places.closed) & (people.birth_day[who] >= self.places.close_day)
        people.practice[who] = np.where(closed, self.places.successor, people.practice[who])
        people.registered_day[who] = people.birth_day[who]
        people.entry_day[who] = people.birth_day[who]
        people.born_here[who] = True
        people.smoker[who] = False
        return who

    def rehouse(self, people: People, who: Ints, on: int) -> None:
        """Move people to a practice and home drawn anew; it may be the same practice again."""
        self._house(people, who, choose(self.rng, self.places.open_to_joiners(on), len(who)))

    def _days(self, month: int, size: int) -> Ints:
        first, last = int(self.calendar.starts[month]), int(self.calendar.starts[month + 1])
        return self.rng.integers(first, last, size).astype(np.int32)

    def _place(self, people: People, size: int, on: int, band: Ints) -> Ints:
        """Add people of given age bands with everything but their dates of coming."""
        rng = self.rng
        who = np.arange(people.count, people.count + size, dtype=np.int32)
        people.count += size
        width = np.where(self.from_age[band] >= 95, 6.0, 5.0)
        age = self.from_age[band] + rng.random(size) * width
        people.birth_day[who] = on - 1 - (age * DAYS_PER_YEAR).astype(np.int32)
        sex = np.where(rng.random(size) < self.female[band], 2, 1)
        people.sex[who] = np.where(rng.random(size) < self.values["sex_indeterminate_share"], 9, sex)
        practice = choose(rng, self.places.open_to_joiners(on), size)
        self._house(people, who, practice)
        people.ethnicity[who] = self._ethnicity(age)
        odds = np.log(self.values["smoker_share"] / (1 - self.values["smoker_share"]))
        odds = odds + self.values["smoker_deprivation_log"] * (5.5 - people.decile[who])
        people.smoker[who] = (rng.random(size) < 1 / (1 + np.exp(-odds))) & (age >= 16)
        people.frailty[who] = rng.normal(0.0, self.values["frailty_sd"], size)
        people.unseen[who] = rng.normal(0.0, self.values["unseen_sd"], size)
        return who

    def _house(self, people: People, who: Ints, practice: Ints) -> None:
        homes = len(self.places.lsoa_practice) // self.places.practices
        people.practice[who] = practice
        people.lsoa[who] = practice * homes + self.rng.integers(0, homes, len(who))
        people.decile[who] = self.places.lsoa_decile[people.lsoa[who]]

    def _ethnicity(self, age: Floats) -> Ints:
        """Draw positions in ``ethnicity.csv``; one past the last is "not stated"."""
        size = len(age)
        young, old = self.values["white_share_under_25"], self.values["white_share_65plus"]
        white = self.rng.random(size) < np.interp(age, [25, 70], [young, old])
        drawn = np.where(white, choose(self.rng, self.white, size), choose(self.rng, self.other, size))
        unknown = self.rng.random(size) < self.values["ethnicity_not_known_share"]
        return np.where(unknown, len(self.white), drawn).astype(np.int32)
