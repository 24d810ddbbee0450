"""Years that are over, of people chosen as today's are: by today's rule, and by today's champions' scores.

A year that the champion's trees were fitted to is no year like the next: the trees know what became of the people they
were fitted to, so that these look better sorted than tomorrow's will be, and more admissions come to the top of the
list than will. At a date whose year overlaps one of those only people are read whom the trees never saw: the folds of
the split that neither trained nor stopped the training. The line that calibrates is one for all years: it moves none
against another.
"""

from dataclasses import dataclass
from datetime import date

import polars as pl

from riskstrat import features
from riskstrat.errors import InputRefused
from riskstrat.features.horizons import read_reach
from riskstrat.impact.forecasting.forecast import PastYear
from riskstrat.impact.forecasting.people import MODEL, Chosen, choose
from riskstrat.intake import open_store
from riskstrat.modelling.datasets.splits import makes_trees, person_fold
from riskstrat.modelling.evaluation.bootstrap import LEAST_PRACTICES
from riskstrat.modelling.registry.versions import champion_bundle
from riskstrat.modelling.spec import Split
from riskstrat.project import Progress, Workspace, add_months

LABEL = MODEL
MOST_YEARS = 5
"""Years that are over, the latest with those it is set against: more would be of another health service."""
_TOLD = ("admissions", "nights", "costed_admissions", "cost_pounds")


@dataclass(frozen=True)
class Learnt:
    """What the champion's trees were fitted to: the index dates, and the split that says who trained."""

    dates: tuple[date, ...]
    split: Split

    def overlaps(self, day: date) -> bool:
        """Return whether the 12 months after a date overlap 12 months that the trees were fitted to."""
        return any(add_months(day, -12) < trained < add_months(day, 12) for trained in self.dates)

    def unseen(self, people: pl.DataFrame) -> pl.DataFrame:
        """Return the rows of people whom the trees were never fitted to."""
        fold = person_fold(people["person_id"].to_numpy(), self.split.person_folds, self.split.salt)
        return people.filter(pl.Series(~makes_trees(fold, self.split)))


@dataclass(frozen=True)
class PastChoice:
    """Whom the same choice names on a date whose year is over, and what that year held for them.

    ``people``: the rows of ``Chosen.free`` that were chosen. ``learnt_from``: the trees were fitted to that year, so
    that only people they never saw are among them.
    """

    people: pl.DataFrame
    year: PastYear
    programmes_known: bool
    learnt_from: bool


def years_over(workspace: Workspace) -> list[date]:
    """Return index dates with a snapshot whose 12 months are complete, latest first, no two within 12 months.

    At most ``MOST_YEARS``; ``InputRefused`` without one.
    """
    with open_store(workspace) as warehouse:
        reach = read_reach(warehouse)
    latest = reach.latest_index_date(LABEL)
    found: list[date] = []
    for day in sorted((day for day in workspace.index_dates("features") if day <= latest), reverse=True):
        if len(found) < MOST_YEARS and (not found or add_months(day, 12) <= found[-1]):
            found.append(day)
    if not found:
        raise InputRefused(
            "no snapshot is old enough to say what a year holds without the intervention",
            f"make one:  riskstrat features --index-date {latest}",
        )
    return found


@dataclass(frozen=True)
class PastYears:
    """The same choice on the latest date whose year is over, on earlier ones, and the dates left out with why."""

    latest: PastChoice
    earlier: tuple[PastChoice, ...]
    left_out: tuple[tuple[date, str], ...]


def past_years(
    workspace: Workspace, cohort: str, barred: pl.Series, people: int, least: int, tell: Progress | None
) -> PastYears:
    """Return what the years that are over held for as many people, chosen in the same way at the head of each.

    Earlier years are left out of which the choice cannot be made (a feed did not reach so far back, too few were
    admitted), or not in the same way, as it is not known who was on a programme. Makes labels that are missing; raises
    ``InputRefused`` where no year is over, or the choice cannot be made at the head of the latest.
    """
    learnt = _read_learnt(workspace)

    def of(day: date) -> PastChoice:
        return _past_choice(workspace, choose(workspace, day, cohort, barred, anew=True), people, least, learnt, tell)

    first, *others = years_over(workspace)
    latest = of(first)
    earlier, left_out = [], []
    for day in others:
        try:
            found = of(day)
        except InputRefused as fault:
            left_out.append((day, str(fault.args[0])))
            continue
        if found.programmes_known == latest.programmes_known:
            earlier.append(found)
        else:
            known = "not known, as it is" if latest.programmes_known else "known, as it is not"
            left_out.append((day, f"who was on a programme is {known} at {first}"))
    return PastYears(latest, tuple(earlier), tuple(left_out))


def _read_learnt(workspace: Workspace) -> Learnt | None:
    """Return what the champion's trees were fitted to, ``None`` where there is no champion."""
    champion = champion_bundle(workspace, MODEL)
    if champion is None:
        return None
    _, bundle = champion
    return Learnt(tuple(date.fromisoformat(day) for day in bundle.training["training_dates"]), bundle.spec.split)


def _past_choice(
    workspace: Workspace, chosen: Chosen, people: int, least: int, learnt: Learnt | None, tell: Progress | None
) -> PastChoice:
    """Return the choice with its year: of people the trees never saw, where they were fitted to it, the same share."""
    is_learnt_from = learnt is not None and learnt.overlaps(chosen.day)
    rows = chosen.free.head(people)
    if learnt is not None and is_learnt_from:
        unseen = learnt.unseen(chosen.free)
        rows = unseen.head(round(rows.height * unseen.height / max(chosen.free.height, 1)))
    rows, year = past_year(workspace, rows, chosen.day, least, tell)
    return PastChoice(rows, year, chosen.programmes_known, is_learnt_from)


def past_year(
    workspace: Workspace, chosen: pl.DataFrame, day: date, least: int, tell: Progress | None
) -> tuple[pl.DataFrame, PastYear]:
    """Return what the 12 months after an index date held for people chosen then, and whose year is known.

    Makes the labels if need be. Whoever has no row there, as the snapshot knew them and what is held today does not,
    is left out of both. Raises ``InputRefused`` where fewer than ``least`` of them were admitted, or were not.
    """
    features.build_labels(workspace, {LABEL: [day]}, progress=tell)
    labels = features.read_labels(workspace, LABEL, day).select(pl.col("person_id").cast(pl.Int64), *_TOLD)
    rows = chosen.join(labels.drop_nulls(), on="person_id", how="inner", maintain_order="left")
    admitted = rows.filter(pl.col("admissions") > 0).height
    if min(admitted, rows.height - admitted) < least:
        raise InputRefused(
            f"of the people of the same choice on {day} who can be read fewer than {least} were admitted in the year "
            "after, or were not",
            "take a larger cohort or capacity: of so few nothing can be said",
        )
    cluster = "practice_code" if rows["practice_code"].n_unique() >= LEAST_PRACTICES else "person_id"
    values = {name: rows[name].cast(pl.Float64).to_numpy() for name in ("risk", *_TOLD)}
    year = PastYear(
        day,
        values["risk"],
        values["admissions"],
        values["nights"],
        values["costed_admissions"],
        values["cost_pounds"],
        rows[cluster].to_numpy().astype(str),
    )
    return rows.select(chosen.columns), year
