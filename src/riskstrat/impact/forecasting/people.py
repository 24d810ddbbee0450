"""Whom an intervention would be offered to: a cohort at one index date, highest risk first, nobody on a programme.

The same choice is made today and on a date whose year is over. Nobody is read who may not be used for planning.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date
from difflib import get_close_matches
from typing import Self

import numpy as np
import polars as pl

from riskstrat import features
from riskstrat.disclosure import SHORTHAND
from riskstrat.errors import InputRefused, UsageFault
from riskstrat.features.horizons import read_reach
from riskstrat.impact.forecasting.forecast import PastYear
from riskstrat.intake import bar_people, open_store
from riskstrat.modelling.evaluation.bootstrap import LEAST_PRACTICES
from riskstrat.modelling.scoring import champion_scores
from riskstrat.project import Progress, Workspace, add_months
from riskstrat.rules.definitions import read_rules
from riskstrat.rules.evaluation import PERSON, hits_of, put_people, status_of
from riskstrat.rules.rule import Rule
from riskstrat.rules.vocabulary import shipped_vocabulary
from riskstrat.warehouse import Warehouse

MODEL = LABEL = "emergency_admission_12m"
BEFORE = "emergency_admissions_365d"
MOST_YEARS = 5
"""Years that are over, the latest with those it is set against: more would be of another health service."""


@dataclass(frozen=True)
class Published:
    """A cohort as ``cohorts`` publishes it: its title and people, ``None`` where suppressed or not known, and why."""

    title: str
    people: int | None
    note: str = ""

    @classmethod
    def by_cohort(cls, rows: pl.DataFrame) -> dict[str, Self]:
        """Return the cohorts of ``cohorts --by icb`` by id; of several boards in one workspace, all together."""
        found = {}
        for cohort, areas in rows.group_by("cohort", maintain_order=True):
            people = None if areas["people"].null_count() else int(areas["people"].sum())
            notes = [note for note in areas["note"] if note]
            found[str(cohort[0])] = cls(areas["title"][0], people, notes[0] if notes and people is None else "")
        return found


def refuse_unpublished(cohort: str, day: date, published: Mapping[str, Published]) -> Published:
    """Return the cohort as published.

    Raises ``UsageFault`` for one that there is not, ``InputRefused`` where it is nobody, suppressed or has no figure.
    """
    if cohort not in published:
        near = get_close_matches(cohort, published, n=1, cutoff=0.6)
        raise UsageFault(
            f"there is no cohort '{cohort}'" + (f": is '{near[0]}' meant?" if near else ""),
            f"there are: {', '.join(sorted(published))}",
        )
    found = published[cohort]
    if found.people == 0:
        raise InputRefused(
            f"nobody is in the cohort {cohort} at {day}",
            "name another:  riskstrat cohorts  lists them with their sizes",
        )
    if found.people is None and found.note in ("", SHORTHAND):
        raise InputRefused(
            f"the people in {cohort} are too few to be published, so that nothing is worked out for them",
            "name a larger cohort:  riskstrat cohorts  lists them with their sizes",
        )
    if found.people is None:
        raise InputRefused(
            f"the cohort {cohort} cannot be counted at {day}: {found.note.removeprefix('no figure: ')}",
            f"where scores are missing, make them:  riskstrat score --index-date {day}",
        )
    return found


@dataclass(frozen=True)
class Chosen:
    """A cohort at an index date: who of it could be reviewed, highest risk first.

    ``free``: ``person_id, practice_code, risk, before`` (emergency admissions known in the year before), a row for each
    member with an estimate whom no programme holds. ``held`` members are left out as a programme has them, ``unscored``
    as there is no estimate of them; ``programmes_known`` is false where nothing is known of programmes.
    """

    day: date
    members: int
    held: int
    unscored: int
    programmes_known: bool
    free: pl.DataFrame


def read_barred(workspace: Workspace) -> pl.Series:
    """Return who may not be used for planning; raises ``NotPermitted`` where planning is not allowed."""
    with open_store(workspace) as warehouse:
        bar_people(warehouse, workspace, "planning")
        return warehouse.frame("SELECT DISTINCT CAST(person_id AS BIGINT) AS person_id FROM permission.barred")[
            "person_id"
        ]


def choose(workspace: Workspace, day: date, cohort: str, barred: pl.Series) -> Chosen:
    """Return whom of a cohort could be reviewed at an index date.

    Estimates are the champion's, whether or not the store holds them. Raises ``InputRefused`` where there is no
    snapshot or champion, or where the cohort's rule cannot run at that date.
    """
    scores = champion_scores(workspace, day, MODEL)
    if scores is None:
        raise InputRefused(f"no version of {MODEL} is champion, so nobody has an estimate", "train one, or promote one")
    met = _members(workspace, day, next(one for one in read_rules() if one.id == cohort), scores)
    columns = ("programmes_held", BEFORE)
    lazy = pl.scan_parquet(workspace.part("features", day))
    there = [name for name in columns if name in lazy.collect_schema().names()]
    people = lazy.select(pl.col("person_id").cast(pl.Int64), "practice_code", *there).collect()
    people = people.with_columns(pl.lit(None, pl.Int32).alias(name) for name in columns if name not in there)
    rows = (
        people.filter(~pl.col("person_id").is_in(barred.implode()))
        .join(met, on="person_id", how="semi")
        .join(scores.select("person_id", "risk"), on="person_id", how="left")
    )
    is_held = pl.col("programmes_held").fill_null(0) > 0
    free = rows.filter(~is_held & pl.col("risk").is_not_null()).sort("risk", "person_id", descending=[True, False])
    return Chosen(
        day,
        rows.height,
        rows.filter(is_held).height,
        rows.filter(~is_held & pl.col("risk").is_null()).height,
        rows["programmes_held"].null_count() < max(rows.height, 1),
        free.select("person_id", "practice_code", "risk", pl.col(BEFORE).alias("before")),
    )


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


def earlier_years(
    workspace: Workspace,
    days: Sequence[date],
    cohort: str,
    barred: pl.Series,
    people: int,
    least: int,
    tell: Progress | None,
) -> list[PastYear]:
    """Return the years after those dates of as many people chosen the same way, where that choice can be made."""
    found = []
    for day in days:
        with suppress(
            InputRefused
        ):  # a feed or score that it needs did not reach so far back, or too few were admitted
            chosen = choose(workspace, day, cohort, barred).free.head(people)
            found.append(past_year(workspace, chosen, day, least, tell))
    return found


def past_year(workspace: Workspace, chosen: pl.DataFrame, day: date, least: int, tell: Progress | None) -> PastYear:
    """Return what the 12 months after an index date held for people chosen then; makes the labels if need be.

    Raises ``InputRefused`` where fewer than ``least`` of them were admitted, or were not.
    """
    features.build_labels(workspace, {LABEL: [day]}, progress=tell)
    told = ("admissions", "nights", "costed_admissions", "cost_pounds")
    labels = features.read_labels(workspace, LABEL, day).select(pl.col("person_id").cast(pl.Int64), *told)
    rows = chosen.join(labels, on="person_id", maintain_order="left")
    admitted = rows.filter(pl.col("admissions") > 0).height
    if min(admitted, rows.height - admitted) < least:
        raise InputRefused(
            f"fewer than {least} of the people whom the same choice would have named on {day} were admitted in "
            "the year after, or were not",
            "take a larger cohort or capacity: of so few nothing can be said",
        )
    cluster = "practice_code" if rows["practice_code"].n_unique() >= LEAST_PRACTICES else "person_id"
    values = {name: rows[name].cast(pl.Float64).to_numpy() for name in ("risk", *told)}
    return PastYear(
        day,
        values["risk"],
        values["admissions"],
        values["nights"],
        values["costed_admissions"],
        values["cost_pounds"],
        rows[cluster].to_numpy().astype(str),
    )


def _members(workspace: Workspace, day: date, rule: Rule, scores: pl.DataFrame) -> pl.DataFrame:
    """Return who meets a cohort's rule at an index date, by the query that fills ``store/rule_hits``."""
    back = max((shipped_vocabulary()[name].months_back for name in rule.columns), default=0)
    with Warehouse.of(workspace) as warehouse:
        held = put_people(warehouse, workspace, day, rule.columns)
        if MODEL not in held.models or (back and MODEL not in held.models_3m_ago):  # not published then
            earlier = _scores_then(workspace, add_months(day, -back)) if back else None
            own = _columns_of(scores, earlier)
            people = warehouse.frame(f"FROM {PERSON}").drop(own.columns[1:], strict=False)
            warehouse.register(PERSON, people.join(own, on="person_id", how="left"))
            before = held.models_3m_ago if earlier is None else held.models_3m_ago | {MODEL}
            held = replace(held, models=held.models | {MODEL}, models_3m_ago=before)
        runs, why_not, _ = status_of(rule, held)
        if not runs:
            raise InputRefused(
                f"the cohort {rule.id} cannot be made at {day}: {why_not}",
                "it was needed to see what became of such people; where an estimate of some months before is missing:",
                f"riskstrat features --index-date {add_months(day, -back)}",
            )
        hits = warehouse.frame(hits_of([rule]))
    return hits.select(pl.col("person_id").cast(pl.Int64))


def _scores_then(workspace: Workspace, day: date) -> pl.DataFrame | None:
    """Return the champion's scores at an earlier date, ``None`` where there is no snapshot."""
    return champion_scores(workspace, day, MODEL) if workspace.part("features", day).is_file() else None


def _columns_of(scores: pl.DataFrame, earlier: pl.DataFrame | None) -> pl.DataFrame:
    """Return the score columns that a rule may name, a row per person; the rise only where ``earlier`` is known."""
    named = {kind: f"{kind}_{MODEL}" for kind in ("risk", "percentile", "band")}
    own = scores.rename(named).select(pl.col("person_id").cast(pl.Int32), *named.values())
    if earlier is None:
        return own
    before = earlier.select(pl.col("person_id").cast(pl.Int32), pl.col("risk").alias(f"risk_{MODEL}_3m_ago"))
    rise = (pl.col(named["risk"]) - pl.col(f"risk_{MODEL}_3m_ago")).alias(f"rise_{MODEL}")
    return own.join(before, on="person_id", how="left").with_columns(rise)


def summed(frame: pl.DataFrame, column: str) -> int | None:
    """Return the sum of a column of counts; ``None`` where it is not known of anybody."""
    values = frame[column]
    return None if values.null_count() == len(values) else int(np.nansum(values.cast(pl.Float64).to_numpy()))
