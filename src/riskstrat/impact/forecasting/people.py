"""Whom an intervention would be offered to: a cohort at one index date, highest risk first, nobody on a programme.

The same choice is made today and on a date whose year is over (``past``). Nobody is read who may not be used for
planning.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from typing import Self

import polars as pl

from riskstrat.disclosure import SHORTHAND
from riskstrat.errors import InputRefused, UsageFault
from riskstrat.intake import bar_people, open_store
from riskstrat.modelling.scoring import champion_scores
from riskstrat.project import Workspace, add_months
from riskstrat.rules.definitions import read_rules
from riskstrat.rules.evaluation import (
    SCORES,
    ScoreColumns,
    columns_of_scores,
    hits_of,
    put_people,
    status_of,
)
from riskstrat.rules.rule import Rule
from riskstrat.rules.vocabulary import MODELS, MONTHS_BACK, shipped_vocabulary
from riskstrat.warehouse import Warehouse

MODEL = "emergency_admission_12m"
BEFORE, HELD = "emergency_admissions_365d", "programmes_held"


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
    as there is no estimate of them; ``programmes_known`` is false where nobody on the board is known to be on one.
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


def choose(workspace: Workspace, day: date, cohort: str, barred: pl.Series, *, anew: bool = False) -> Chosen:
    """Return whom of a cohort could be reviewed at an index date, by today's rule.

    The order is by the champion's estimates, whether or not the store holds them. The cohort is the published one; with
    ``anew`` every score that its rule names is today's champions' as well, whatever was published of that date: for
    the past, where another version's scores would be another cohort. Raises ``InputRefused`` where there is no snapshot
    or champion, or where the cohort's rule cannot run at that date.
    """
    rule = next(one for one in read_rules() if one.id == cohort)
    scores = champion_scores(workspace, day, MODEL)
    if scores is None:
        raise InputRefused(f"no version of {MODEL} is champion, so nobody has an estimate", "train one, or promote one")
    met = _members(workspace, day, rule, scores if anew else None)
    columns = (HELD, BEFORE)
    lazy = pl.scan_parquet(workspace.part("features", day))
    there = [name for name in columns if name in lazy.collect_schema().names()]
    people = lazy.select(pl.col("person_id").cast(pl.Int64), "practice_code", *there).collect()
    people = people.with_columns(pl.lit(None, pl.Int32).alias(name) for name in columns if name not in there)
    rows = (
        people.filter(~pl.col("person_id").is_in(barred.implode()))
        .join(met, on="person_id", how="semi")
        .join(scores.select("person_id", "risk"), on="person_id", how="left")
    )
    is_held = pl.col(HELD).fill_null(0) > 0
    free = rows.filter(~is_held & pl.col("risk").is_not_null()).sort("risk", "person_id", descending=[True, False])
    return Chosen(
        day,
        rows.height,
        rows.filter(is_held).height,
        rows.filter(~is_held & pl.col("risk").is_null()).height,
        not people.filter(is_held).is_empty(),
        free.select("person_id", "practice_code", "risk", pl.col(BEFORE).alias("before")),
    )


def rises_across_versions(workspace: Workspace, day: date, cohort: str) -> bool:
    """Return whether the published cohort sets a score against an earlier one that another version made."""
    vocabulary = shipped_vocabulary()
    rule = next(one for one in read_rules() if one.id == cohort)
    models = {vocabulary[name].model for name in rule.columns if vocabulary[name].months_back}
    files = [workspace.part("scores", when) for when in (day, add_months(day, -MONTHS_BACK))]
    if not models or not all(file.is_file() for file in files):
        return False
    made = pl.concat(pl.scan_parquet(file).select("model", "model_version").unique() for file in files).unique()
    return made.filter(pl.col("model").is_in(models)).collect().height > len(models)


def _members(workspace: Workspace, day: date, rule: Rule, anew: pl.DataFrame | None) -> pl.DataFrame:
    """Return who meets a cohort's rule at an index date, by the query that fills ``store/rule_hits``.

    ``anew`` are the champion's scores where the rule is to run on those of today's champions.
    """
    with Warehouse.of(workspace) as warehouse:
        scores = None if anew is None else _scores_anew(workspace, day, rule, anew)
        held = put_people(warehouse, workspace, day, rule.columns, scores=scores)
        runs, why_not, _ = status_of(rule, held)
        if not runs:
            mend = f"riskstrat features --index-date {add_months(day, -MONTHS_BACK)}"
            raise InputRefused(
                f"the cohort {rule.id} cannot be made at {day}: {why_not}",
                "it was needed to see what became of such people; where an estimate of some months before is missing:",
                mend,
            )
        hits = warehouse.frame(hits_of([rule]))
    return hits.select(pl.col("person_id").cast(pl.Int64))


def _scores_anew(workspace: Workspace, day: date, rule: Rule, own: pl.DataFrame) -> ScoreColumns:
    """Return the score columns of a rule as today's champions make them; ``own`` are the rows of ``MODEL`` that day."""
    vocabulary = shipped_vocabulary()
    named = {vocabulary[name].model for name in rule.columns} - {None}
    risen = {vocabulary[name].model for name in rule.columns if vocabulary[name].months_back}
    before = add_months(day, -MONTHS_BACK)
    is_known = workspace.part("features", before).is_file()
    now = [own if model == MODEL else champion_scores(workspace, day, model) for model in MODELS if model in named]
    then = [champion_scores(workspace, before, model) for model in MODELS if model in risen and is_known]
    return columns_of_scores(_together(now), _together(then), set(rule.columns))


def _together(scores: Sequence[pl.DataFrame | None]) -> pl.LazyFrame:
    """Return scores of several models as one table of ``store/scores`` would hold them."""
    parts = [one.select(pl.col(name).cast(kind) for name, kind in SCORES.items()) for one in scores if one is not None]
    return pl.concat([pl.DataFrame(schema=SCORES), *parts]).lazy()
