"""What an intervention could be worth for a cohort, before anybody does it: a forecast, never a saving.

Whoever would be reviewed is chosen today (``worth_people``); what their next year holds without it comes from a year
that is over (``forecast``), not from their own last year: people come to the top of a list after a bad year, and a
better one follows whatever is done. What it could avert is drawn from the published estimates of its effect, no effect
and harm among them.
"""

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from itertools import pairwise
from typing import Any

import numpy as np
import polars as pl

from riskstrat.disclosure import Rule
from riskstrat.errors import InputRefused
from riskstrat.impact.counts import least_cell, rule_of, shown_count
from riskstrat.impact.forecasting.forecast import (
    DAYS_A_YEAR,
    Interval,
    PastYear,
    With,
    Without,
    another_year,
    between_years,
    year_with,
    year_without,
)
from riskstrat.impact.forecasting.interventions import Intervention, intervention_of
from riskstrat.impact.forecasting.past import PastChoice, past_years
from riskstrat.impact.forecasting.people import (
    MODEL,
    Chosen,
    Published,
    choose,
    read_barred,
    refuse_unpublished,
    rises_across_versions,
)
from riskstrat.modelling.registry.versions import champions
from riskstrat.project import Progress, Workspace

MONTHS = 12
"""Months for which people are reviewed, at so many a month; each is followed for 12 months from the index date."""
LEAST_PEOPLE = 30


@dataclass(frozen=True)
class RegressionToTheMean:
    """Emergency admissions of people chosen the same way, in the year before they were chosen and in the year after.

    ``past`` of those ``past_people`` chosen on a date whose year is over, with nothing new done for them;
    ``now_before`` of those chosen today. ``None`` where the year before is not known, or too few were admitted.
    ``programmes_known``: whether those on a programme then could be left out. ``learnt_from``: the model was fitted to
    that year, so that only people it never saw are among them.
    """

    past_day: date
    past_people: int | None
    programmes_known: bool
    learnt_from: bool
    past_before: int | None
    past_after: int
    now_before: int | None


@dataclass(frozen=True)
class YearToYear:
    """How far years differ in admissions to a unit of estimated risk, of people chosen the same way.

    ``changes``: from one index date to the next, as a share, latest last; ``next_year``: what a yearly change is taken
    to be after them, or before any where there is none. ``learnt_from``: dates whose year the model was fitted to,
    where only people it never saw are read; ``left_out``: dates that could not be set beside the others, and why.
    """

    changes: tuple[tuple[date, date, float], ...]
    next_year: Interval
    learnt_from: tuple[date, ...] = ()
    left_out: tuple[tuple[date, str], ...] = ()


@dataclass(frozen=True)
class Target:
    """What would have to be true for so many admissions to be averted.

    ``ratio`` of admissions that it needs of those it reaches, at this capacity; ``None`` where even a ratio of 0 would
    not do. ``chance`` of reaching it by the stated distribution. ``reviews`` needed if the effect is the middle of the
    distribution; ``None`` where nobody, or not the whole cohort, would do. ``beyond`` says how the ratio stands beside
    the estimates: ``all intervals``, ``all estimates`` or ``some estimates``.
    """

    admissions: int
    ratio: Interval | None
    chance: float
    reviews: int | None
    beyond: str


@dataclass(frozen=True)
class Who:
    """Whom it would be offered to; counts of people are as published ones are, ``None`` where suppressed.

    ``capacity`` in reviews a month. ``held`` members are on a programme, ``unscored`` have no estimate; ``reviewed`` of
    the others, who are all of them if ``is_everyone``. ``rises_across_versions``: the published cohort sets estimates
    of one version of the model against those of another.
    """

    day: date
    cohort: str
    title: str
    capacity: int
    members: int
    held: int | None
    programmes_known: bool
    unscored: int | None
    reviewed: int
    is_everyone: bool
    rises_across_versions: bool


@dataclass(frozen=True)
class Use:
    """Emergency admissions in a year, their bed days and cost (``None`` where no admission says one)."""

    admissions: Interval
    bed_days: Interval
    pounds: Interval | None


@dataclass(frozen=True)
class Reviews:
    """Reviews needed for each admission averted, at best, in the middle and at worst; ``None`` where none is.

    An interval that includes no effect has no middle: beside it the number runs to infinity.
    """

    best: float | None
    middle: float | None
    worst: float | None


@dataclass(frozen=True)
class Worth:
    """The forecast for one cohort, capacity and intervention.

    ``ratio`` of admissions with it to those without, of the people it reaches; ``averted`` is below 0 where admissions
    are added; ``averts_any`` and ``adds_any`` are the shares of draws with at least one averted, and one added: in the
    rest it changes none. ``published``: each estimate's name and its ratio with interval, as found where it was made.
    """

    who: Who
    intervention: Intervention
    without: Use
    regression: RegressionToTheMean
    year_to_year: YearToYear
    ratio: Interval
    averts_any: float
    adds_any: float
    averted: Use
    published: tuple[tuple[str, float, float, float], ...]
    target: Target | None

    @property
    def reviews_per_admission(self) -> Reviews:
        """Reviews needed for each admission averted, at both ends of the interval and at its middle."""
        averted, reviewed = self.averted.admissions, self.who.reviewed
        best, middle, worst = (
            reviewed / end if round(end) > 0 else None for end in (averted.high, averted.middle, averted.low)
        )
        return Reviews(best, None if worst is None else middle, worst)

    @property
    def pounds_of_reviews(self) -> float | None:
        """What the reviews cost, where somebody says what one does."""
        each = self.intervention.pounds_per_review
        return None if each is None else each * self.who.reviewed

    def as_dict(self) -> dict[str, Any]:
        """Return it for machines."""
        plain = asdict(self) | {"intervention": self.intervention.model_dump(exclude_none=True)}
        plain["who"]["day"] = str(self.who.day)
        plain["regression"]["past_day"] = str(self.regression.past_day)
        plain["year_to_year"] |= {
            "changes": [
                {"from": str(before), "to": str(after), "change": change}
                for before, after, change in self.year_to_year.changes
            ],
            "learnt_from": [str(day) for day in self.year_to_year.learnt_from],
            "left_out": [{"day": str(day), "why": why} for day, why in self.year_to_year.left_out],
        }
        plain["reviews_per_admission_averted"] = asdict(self.reviews_per_admission)
        plain["pounds_of_reviews"] = self.pounds_of_reviews
        names = ("estimate", "ratio", "low", "high")
        plain["published"] = [dict(zip(names, line, strict=True)) for line in self.published]
        return {name: _rounded(value) for name, value in plain.items()}


def worth(
    workspace: Workspace,
    day: date,
    cohort: str,
    intervention: str,
    capacity: int,
    *,
    target: int | None = None,
    published: Mapping[str, Published],
    progress: Progress | None = None,
) -> Worth:
    """Return what an intervention could be worth for a cohort, at ``capacity`` reviews a month for a year.

    ``published``: each cohort as ``cohorts`` publishes it, which this must not say more than. Makes labels that are
    missing. Raises ``UsageFault`` for a cohort or intervention that there is not, ``InputRefused``
    where the cohort is suppressed or too small, or no year is over, ``NotPermitted`` where the data may not be used so.
    """
    about = intervention_of(intervention)
    rule = rule_of(workspace)
    least = max(LEAST_PEOPLE, 2 * least_cell(rule))
    named = refuse_unpublished(cohort, day, published)
    barred = read_barred(workspace)
    _refuse_other_scores(workspace, day)
    now = choose(workspace, day, cohort, barred)
    reviewed = now.free.head(MONTHS * capacity)
    if reviewed.height < least:
        raise InputRefused(
            f"fewer than {least} people of {cohort} would be reviewed: of so few nothing can be said",
            "take a larger capacity, or a larger cohort",
        )
    past = past_years(workspace, cohort, barred, reviewed.height, least_cell(rule), progress)
    year = past.latest.year
    years = [year, *(one.year for one in past.earlier)]
    seed = int.from_bytes(hashlib.sha256(f"{day} {cohort} {intervention}".encode()).digest()[:4], "big")
    yearly = between_years(years, seed)
    spread = yearly * math.sqrt((day - year.day).days / DAYS_A_YEAR)
    without = year_without(reviewed["risk"].to_numpy(), year, spread, seed)
    with_it = year_with(without, about, seed)
    rate = float(np.median(without.expected)) / without.people
    return Worth(
        _who(now, cohort, named, capacity, reviewed.height, rule, rises_across_versions(workspace, day, cohort)),
        about,
        _use(without.admissions, without),
        _regression(past.latest, reviewed, MONTHS * capacity, rule),
        YearToYear(
            _changes(years),
            Interval.of(another_year(yearly, seed) - 1),
            tuple(one.year.day for one in past.earlier if one.learnt_from),
            past.left_out,
        ),
        Interval.of(with_it.ratio),
        float((with_it.averted > 0).mean()),
        float((with_it.averted < 0).mean()),
        _use(with_it.averted, without),
        tuple((one.name, *one.ratio_at(rate)) for one in about.estimate),
        None if target is None else target_of(target, now.free["risk"].to_numpy(), without, with_it, about),
    )


def target_of(
    admissions: int, risk: np.ndarray[Any, Any], without: Without, with_it: With, intervention: Intervention
) -> Target:
    """Return what it would take to avert so many; ``risk`` of everyone who could be reviewed, highest first."""
    reach, expected = intervention.reach, without.expected
    needed = Interval.of(1 - admissions / (reach * expected))
    middle = float(np.median(with_it.ratio))
    each = float(np.median(expected)) / risk[: without.people].sum() * reach * (1 - middle)
    enough = np.flatnonzero(np.cumsum(risk) * max(each, 0.0) >= admissions)
    told = [one.ratio_at(float(np.median(expected)) / without.people) for one in intervention.estimate]
    beyond = "some estimates"
    if needed.middle < min(ratio for ratio, _, _ in told):
        beyond = "all estimates"
    if needed.middle < min(low for _, low, _ in told):
        beyond = "all intervals"
    return Target(
        admissions,
        needed if needed.middle >= 0 else None,
        float((with_it.averted >= admissions).mean()),
        int(enough[0]) + 1 if len(enough) else None,
        beyond,
    )


def _regression(past: PastChoice, reviewed: pl.DataFrame, asked: int, rule: Rule) -> RegressionToTheMean:
    """Return the admissions of both groups as they may be shown; as many people as ``asked`` for are nobody's count."""
    people = past.people.height
    return RegressionToTheMean(
        past.year.day,
        people if people == asked else shown_count(people, rule),
        past.programmes_known,
        past.learnt_from,
        _before(past.people, rule),
        shown_count(int(past.year.admissions.sum()), rule) or 0,
        _before(reviewed, rule),
    )


def _before(people: pl.DataFrame, rule: Rule) -> int | None:
    """Return the admissions of people in the year before they were chosen as may be shown; ``None`` if not known."""
    known = people["before"].drop_nulls()
    return None if known.is_empty() else shown_count(int(known.sum()), rule)


def _who(
    now: Chosen, cohort: str, named: Published, capacity: int, reviewed: int, rule: Rule, across_versions: bool
) -> Who:
    is_everyone = reviewed < MONTHS * capacity
    return Who(
        now.day,
        cohort,
        named.title,
        capacity,
        named.people or 0,
        shown_count(now.held, rule),
        now.programmes_known,
        shown_count(now.unscored, rule),
        (shown_count(reviewed, rule) or 0) if is_everyone else reviewed,  # as many as were asked for: nobody's count
        is_everyone,
        across_versions,
    )


def _changes(years: Sequence[PastYear]) -> tuple[tuple[date, date, float], ...]:
    """Return changes of the ratio in whole per cents: finer, and with the risks known, they would tell exact counts."""
    ordered = sorted(years, key=lambda year: year.day)
    return tuple(
        (before.day, after.day, round(after.ratio / before.ratio - 1, 2)) for before, after in pairwise(ordered)
    )


def _use(admissions: np.ndarray[Any, Any], without: Without) -> Use:
    each = without.pounds_each
    return Use(
        Interval.of(admissions),
        Interval.of(admissions * without.nights_each),
        None if each is None else Interval.of(admissions * each),
    )


def _refuse_other_scores(workspace: Workspace, day: date) -> None:
    """Refuse where the cohorts of that day stand on another version's scores than the champion's."""
    path = workspace.part("scores", day)
    scored = pl.read_parquet(path).filter(pl.col("model") == MODEL)["model_version"] if path.is_file() else pl.Series()
    versions = {one.version for one in champions(workspace) if one.model == MODEL}
    if versions and set(scored) - versions:
        raise InputRefused(
            f"the scores of {day} are of another version of {MODEL} than the champion", "run the month again"
        )


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, 3)
    if isinstance(value, dict):
        return {name: _rounded(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(one) for one in value]
    return value
