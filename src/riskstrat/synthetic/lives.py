"""The population month by month: births, deaths, moves, terminal illness, care homes, contacts with services."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
import polars as pl

from riskstrat.synthetic.conditions import Conditions, solve
from riskstrat.synthetic.contacts import SERVICES, ContactRates
from riskstrat.synthetic.draws import NEVER, Calendar, Flags, Floats, Ints, choose, spread, stream
from riskstrat.synthetic.hazards import Hazards, View, view
from riskstrat.synthetic.parameters import Parameters
from riskstrat.synthetic.people import Newcomers, People
from riskstrat.synthetic.places import Places

CAPACITY_PER_PERSON = 1.4
SPARE = 600
BURN_IN_MONTHS = 24
_DAYS_LOOKED_BACK = 40_000
_SPAN = np.int64(2**20)


def room_for(people: int) -> int:
    """Return how many people there is room for over the years, where so many are present at the end."""
    return int(people * CAPACITY_PER_PERSON) + SPARE


class Log:
    """Events as they happen: who and on which day, gathered month by month."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._who: list[Ints] = []
        self._day: list[Ints] = []

    def add(self, who: Ints, days: Ints) -> None:
        """Keep events of one month."""
        self._who.append(np.asarray(who, dtype=np.int32))
        self._day.append(np.asarray(days, dtype=np.int32))

    def arrays(self) -> tuple[Ints, Ints]:
        """Return everybody and every day, in the order they were added."""
        if not self._who:
            return np.empty(0, dtype=np.int32), np.empty(0, dtype=np.int32)
        return np.concatenate(self._who), np.concatenate(self._day)


@dataclass
class World:
    """All that the tables are written from: the people, their conditions, and what happened to them."""

    parameters: Parameters
    calendar: Calendar
    places: Places
    seed: int
    people: People
    conditions: Conditions
    onset: Floats
    hazards: Hazards
    states: dict[str, Floats]
    logs: dict[str, Log] = field(default_factory=dict)
    moves: list[tuple[Ints, Ints, Ints, Ints]] = field(default_factory=list)

    def events(self, name: str) -> tuple[Ints, Ints]:
        """Return one kind of event by person and day, one a day, none before they came or after they left."""
        who, days = self.logs[name].arrays()
        kept = (days >= self.people.entry_day[who]) & (days <= self.people.last_day()[who])
        first_day = np.int64(self.calendar.first_day) - _DAYS_LOOKED_BACK
        keys = np.sort(who[kept].astype(np.int64) * _SPAN + (days[kept] - first_day))
        keys = keys[np.append(True, keys[1:] != keys[:-1])] if len(keys) else keys
        return (keys // _SPAN).astype(np.int32), (keys % _SPAN + first_day).astype(np.int32)

    def mix(self, rng: np.random.Generator, name: str, size: int) -> pl.Series:
        """Draw categories of one mix of ``mixes.csv``."""
        categories, shares = self.parameters.shares(name)
        return categories.gather(choose(rng, shares, size))

    def rng(self, name: str) -> np.random.Generator:
        """Return the random stream of one part."""
        return stream(self.seed, name)


def winter(on_month: int) -> float:
    """Return the season from -1 in July to 1 in January, for calendar months 1 to 12."""
    return float(np.cos(2 * np.pi * (on_month - 1) / 12))


class Simulation:
    """Runs the months. After ``run`` the ``world`` holds everything that happened.

    Set ``watch`` to month numbers before ``run`` to keep, in ``watched``, everybody's state as those months began.
    """

    def __init__(self, parameters: Parameters, calendar: Calendar, places: Places, people: int, seed: int) -> None:
        """Settle the first population, draw their conditions and solve the hazards' levels."""
        capacity = room_for(people)
        everybody = People.empty(capacity)
        self.target = people
        self.rates = ContactRates(parameters)
        self.watch: tuple[int, ...] = ()
        self.watched: dict[int, View] = {}
        self.newcomers = Newcomers(parameters, calendar, places, seed)
        first = self.newcomers.settle_first(everybody, round(people * parameters.values["start_size_share"]))
        conditions = solve(parameters, everybody.age(first, calendar.first_day), everybody.traits(first))
        names = ("instability", "recent", "care_home", "home_care", "terminal", "case_management")
        states = {name: np.zeros(capacity, dtype=np.float32) for name in names}
        onset = np.full((len(conditions.names), capacity), np.inf, dtype=np.float32)
        self.world = World(
            parameters, calendar, places, seed, everybody, conditions, onset, Hazards(parameters), states
        )
        logs = (*SERVICES, "emergency", "fatal", "terminal", "care_home", "home_care", "home_care_end", "maternity")
        self.world.logs = {name: Log() for name in (*logs, "case_management", "case_management_end")}
        self.rng = {name: stream(seed, name) for name in ("conditions", "lives", "admissions", *SERVICES)}
        self._begin(first)

    def _begin(self, who: Ints) -> None:
        """Give newcomers their conditions and a state."""
        world = self.world
        world.onset[:, who] = world.conditions.onset_ages(self.rng["conditions"], world.people.traits(who))
        world.states["instability"][who] = self.rng["lives"].standard_normal(len(who))

    def _view(self, month: int) -> View:
        world = self.world
        on = int(world.calendar.starts[month])
        return view(world.people, world.conditions, world.onset, world.states, world.people.here(on), on)

    def run(self, progress: Callable[[str], None] | None = None) -> World:
        """Run the burn-in and every month; returns the world."""
        self._burn_in()
        for month in range(self.world.calendar.months):
            self._month(month)
            if progress and month % 12 == 11:
                progress(f"year {month // 12 + 1} of {self.world.calendar.months // 12} lived")
        return self.world

    def _burn_in(self) -> None:
        """Let care homes, recent admissions and home care fill before the first month; nobody dies or moves in it."""
        states, rng = self.world.states, self.rng["lives"]
        now = self._view(0)
        self.world.hazards.settle(now)
        for _ in range(BURN_IN_MONTHS):
            now.recent = states["recent"][now.who]
            now.care_home = states["care_home"][now.who] > 0
            self._calm(now)
            admitted = rng.poisson(self.world.hazards.emergency(now, 0.0))
            self._remember(now.who, admitted)
            self._enter(now, self.world.hazards.care_home_entry(now), "care_home", None)
            receiving = states["home_care"][now.who] > 0
            self._enter(now, self.world.hazards.home_care_entry(now, receiving), "home_care", None)

    def _calm(self, now: View) -> None:
        """Move everybody's monthly state on by one month."""
        memory = self.world.parameters.values["instability_memory"]
        shock = self.rng["lives"].standard_normal(len(now.who), dtype=np.float32)
        moved = memory * now.instability + np.float32(np.sqrt(1 - memory**2)) * shock
        self.world.states["instability"][now.who] = moved
        now.instability = moved

    def _remember(self, who: Ints, admitted: Ints) -> None:
        values, recent = self.world.parameters.values, self.world.states["recent"]
        kept = recent[who] * values["recent_admission_memory"] + admitted
        recent[who] = np.minimum(kept, values["recent_admission_cap"])

    def _days(self, rng: np.random.Generator, month: int | None, size: int) -> Ints:
        starts = self.world.calendar.starts
        if month is None:
            return np.asarray(starts[0] - rng.integers(20, 900, size), dtype=np.int32)
        return rng.integers(int(starts[month]), int(starts[month + 1]), size).astype(np.int32)

    def _enter(self, now: View, chance: Floats, state: str, month: int | None) -> Ints:
        """Draw who enters a state; the state holds the day plus one, the log keeps who and when."""
        rng = self.rng["lives"]
        entered = now.who[rng.random(len(now.who)) < chance]
        days = self._days(rng, month, len(entered))
        days = np.maximum(days, self.world.people.entry_day[entered])
        self.world.states[state][entered] = 1.0
        self.world.logs[state].add(entered, days)
        return entered

    def _leave(self, now: View, chance: Floats | float, state: str, month: int) -> None:
        rng, held = self.rng["lives"], self.world.states[state]
        inside = now.who[held[now.who] > 0]
        left = inside[rng.random(len(inside)) < chance]
        held[left] = 0.0
        self.world.logs[f"{state}_end"].add(left, self._days(rng, month, len(left)))

    def _month(self, month: int) -> None:
        world = self.world
        season = winter((world.calendar.end.month - 1 + month) % 12 + 1)
        now = self._view(month)
        if month in self.watch:
            self.watched[month] = replace(now)
        self._calm(now)
        self._visits(now, month)
        self._admissions(now, month, season)
        self._decline(now, month)
        self._deaths(now, month, season)
        self._moves(now, month)
        self._renew(now, month)

    def _visits(self, now: View, month: int) -> None:
        rates = self.rates.monthly(now)
        for name, rate in rates.items():
            rng = self.rng[name]
            rows, _ = spread(rng.poisson(rate))
            self.world.logs[name].add(now.who[rows], self._days(rng, month, len(rows)))

    def _admissions(self, now: View, month: int, season: float) -> None:
        rng = self.rng["admissions"]
        admitted = np.minimum(rng.poisson(self.world.hazards.emergency(now, season)), 3)
        rows, _ = spread(admitted)
        self.world.logs["emergency"].add(now.who[rows], self._days(rng, month, len(rows)))
        self._remember(now.who, admitted)

    def _decline(self, now: View, month: int) -> None:
        """Terminal illness, care homes, home care and the caseload of case managers."""
        world, values = self.world, self.world.parameters.values
        self._enter(now, world.hazards.terminal_onset(now), "terminal", month)
        self._leave(now, values["home_care_end_per_month"], "home_care", month)
        receiving = world.states["home_care"][now.who] > 0
        self._enter(now, world.hazards.home_care_entry(now, receiving), "home_care", month)
        moved_in = self._enter(now, world.hazards.care_home_entry(now), "care_home", month)
        ending = moved_in[world.states["home_care"][moved_in] > 0]
        world.states["home_care"][ending] = 0.0
        world.logs["home_care_end"].add(ending, self._days(self.rng["lives"], month, len(ending)))
        self._leave(now, values["case_management_end_per_month"], "case_management", month)
        held = world.states["case_management"][now.who] > 0
        log_chance = (
            values["case_management_log"]
            + values["case_management_deficit_log"] * now.deficits
            + values["case_management_recent_log"] * now.recent
        )
        chance = np.where((now.age >= 18) & ~held, np.clip(np.exp(log_chance), 0, 0.3), 0.0)
        self._enter(now, chance, "case_management", month)

    def _deaths(self, now: View, month: int, season: float) -> None:
        rng, people = self.rng["lives"], self.world.people
        dead = now.who[rng.random(len(now.who)) < self.world.hazards.death(now, season)]
        days = self._days(rng, month, len(dead))
        people.death_day[dead] = np.maximum(days, people.entry_day[dead])
        in_hospital = rng.random(len(dead)) < self.world.parameters.values["death_in_hospital_share"]
        before = rng.integers(0, 14, len(dead))
        admitted = np.maximum(people.death_day[dead] - before, people.entry_day[dead])
        admitted = np.maximum(admitted, self.world.calendar.first_day)
        self.world.logs["fatal"].add(dead[in_hospital], admitted[in_hospital])

    def _moves(self, now: View, month: int) -> None:
        """Some leave the board's area; some change practice and home within it."""
        world, rng, values = self.world, self.rng["lives"], self.world.parameters.values
        alive: Flags = (world.people.death_day[now.who] == NEVER) & (world.people.exit_day[now.who] == NEVER)
        mobile = world.parameters.curve("mobility", now.age)
        drawn = rng.random(len(now.who))
        leaves = alive & (drawn < values["leave_board_per_year"] / 12 * mobile)
        leavers = now.who[leaves]
        world.people.exit_day[leavers] = self._days(rng, month, len(leavers))
        moving = alive & ~leaves & (drawn > 1 - values["move_practice_per_year"] / 12 * mobile)
        movers = now.who[moving & ~world.people.temporary[now.who]]
        days = self._days(rng, month, len(movers))
        movers, days = (
            movers[days > world.people.registered_day[movers]],
            days[days > world.people.registered_day[movers]],
        )
        old_practice, old_lsoa = world.people.practice[movers].copy(), world.people.lsoa[movers].copy()
        self.newcomers.rehouse(world.people, movers, int(world.calendar.starts[month]))
        same = world.people.practice[movers] == old_practice
        world.moves.append((movers[~same], days[~same], old_practice[~same], old_lsoa[~same]))
        world.people.lsoa[movers[same]] = old_lsoa[same]
        world.people.decile[movers] = world.places.lsoa_decile[world.people.lsoa[movers]]

    def _renew(self, now: View, month: int) -> None:
        """Births, then people who join, so that the population keeps to its size."""
        world, rng = self.world, self.rng["lives"]
        mothers = now.who[now.female & (now.age >= 18) & (now.age < 43) & (world.people.death_day[now.who] == NEVER)]
        births = min(int(rng.poisson(self.target * world.parameters.values["births_per_1000"] / 12000)), len(mothers))
        mothers = np.sort(rng.choice(mothers, births, replace=False)) if births else mothers[:0]
        children = self.newcomers.be_born(world.people, mothers, month)
        self._begin(children)
        world.logs["maternity"].add(mothers, world.people.birth_day[children])
        share = world.parameters.values["start_size_share"]
        wanted = self.target * (share + (1 - share) * (month + 1) / world.calendar.months)
        present = len(world.people.here(int(world.calendar.starts[month + 1])))
        size = max(0, round(wanted) - present)
        self._begin(self.newcomers.join(world.people, size, month))
