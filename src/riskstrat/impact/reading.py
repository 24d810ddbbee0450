"""Past lists, what was known of people then, and what happened to them: read from the store's tables.

Lists are those that were sent (``store/worklists_sent``), whatever release of an index date sent them. Who could have
been listed is in ``store/worklists``. Nobody is read who may not be used for planning: an effect is a figure about the
board. Practices are today's, mergers applied.

A list leaves off whoever is known to have died or moved when it is made. Made in time that is nobody to speak of; made
months later it names survivors, and figures of survivors are no figures of those it would have named. Lists made more
than ``LATEST_DAYS`` after their index date are therefore left out of everything here, and counted.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

import polars as pl

from riskstrat import features
from riskstrat.errors import InputRefused, UsageFault
from riskstrat.features.horizons import horizon_end, horizon_of, read_reach
from riskstrat.intake import bar_people, last_successors, open_store
from riskstrat.modelling.datasets.exposure import read_sent_lists
from riskstrat.modelling.datasets.inputs import practice_successors
from riskstrat.project import Progress, Workspace
from riskstrat.rules.definitions import read_rules

LABELS = ("emergency_admission_12m", "emergency_admission_30d")
"""What lists are measured by, the longer horizon first."""
MODEL = "emergency_admission_12m"
ADULT = 18
LATEST_DAYS = 14
"""A list is in time whose data reached at most so many days beyond its index date (our own number)."""
COVARIATES = {
    "age": "age",
    "imd_decile": "deprivation decile",
    "emergency_admissions_90d": "emergency admissions, 3 months before",
    "emergency_admissions_365d": "emergency admissions, year before",
    "emergency_admissions_730d": "emergency admissions, two years before",
    "emergency_bed_days_365d": "emergency bed days, year before",
    "ae_attendances_365d": "A&E attendances, year before",
    "gp_appointments_attended_365d": "GP appointments, year before",
    "medicines_365d": "different medicines, year before",
    "long_term_conditions": "long-term conditions",
    "efi": "electronic frailty index",
    "in_care_home": "lives in a care home",
}
"""Columns of the snapshot that listed and unlisted people are made alike in, beside risk, gaps, urgency and rules."""


@dataclass(frozen=True)
class Outcomes:
    """One label: the index dates of lists whose horizon is complete, and when the first that is not will be.

    ``complete`` may be empty; ``why_none`` then says what is missing. ``waiting``: index date and the day to which
    admissions must be complete, of dates whose horizon is not.
    """

    label: str
    complete: tuple[date, ...]
    waiting: tuple[tuple[date, date], ...]
    why_none: str | None = None

    @property
    def horizon(self) -> str:
        """The horizon in words, such as ``12 months``."""
        return horizon_of(self.label)


@dataclass(frozen=True)
class PastLists:
    """Every list sent in time, and how to read what belongs to it.

    ``sent``: ``person_id, practice_code, sent``. ``made_late``: index dates with a list that was not made in time;
    ``store/worklists`` may then be of that one, even where another was sent in time.
    """

    workspace: Workspace
    sent: pl.DataFrame
    made_late: tuple[date, ...]
    barred: pl.Series
    successors: Mapping[str, str]

    @cached_property
    def dates(self) -> tuple[date, ...]:
        """Index dates of lists sent, earliest first."""
        return tuple(self.sent["sent"].unique().sort())

    @cached_property
    def selected_in_time(self) -> tuple[date, ...]:
        """Those of ``dates`` at which it is held who could have been listed, as it stood then."""
        return tuple(
            day for day in self.dates if day not in self.made_late and self.workspace.part("worklists", day).is_file()
        )

    def listed(self, day: date) -> pl.DataFrame:
        """Return who was listed at an index date: ``person_id, practice_code``, one row per person."""
        return self.sent.filter(pl.col("sent") == day).select("person_id", "practice_code")

    def first_listed(self) -> pl.DataFrame:
        """Return when each person was first listed: ``person_id, first_listed``."""
        return self.sent.group_by("person_id").agg(pl.col("sent").min().alias("first_listed")).sort("person_id")

    def snapshot(self, day: date, columns: Sequence[str]) -> pl.DataFrame:
        """Return ``person_id, practice_code`` and those of ``columns`` that the snapshot has, of adults."""
        lazy = pl.scan_parquet(self.workspace.part("features", day))
        held = lazy.collect_schema().names()
        wanted = [name for name in dict.fromkeys(columns) if name in held and name != "practice_code"]
        people = lazy.filter(pl.col("age") >= ADULT).select("person_id", "practice_code", *wanted).collect()
        return self._usable(people)

    def worklist(self, day: date) -> pl.DataFrame:
        """Return ``person_id, practice_code`` and the other columns of ``store/worklists`` at an index date.

        ``practice_then`` is the practice at the time, before any merger since.
        """
        month = pl.read_parquet(self.workspace.part("worklists", day))
        return self._usable(month.with_columns(pl.col("practice_code").alias("practice_then")))

    def outcomes(self, label: str, day: date) -> pl.DataFrame:
        """Return each person's outcome at an index date: ``person_id, outcome, event_date, ended``.

        ``ended`` is the day that settled it: the outcome, death, leaving, or the first day after the horizon. Labels
        must have been made.
        """
        end = horizon_end(day, horizon_of(label))
        settled = pl.min_horizontal("event_date", "death_date", "left_date", pl.lit(end))
        rows = features.read_labels(self.workspace, label, day)
        return rows.select(
            pl.col("person_id").cast(pl.Int64),
            "outcome",
            "event_date",
            "death_date",
            "left_date",
            settled.alias("ended"),
        )

    def known(self, day: date) -> pl.DataFrame:
        """Return what was known at an index date of everyone who met a worklist rule that did not leave them off.

        ``person_id, practice_code, urgency`` (of the most urgent rule met), ``is_rising``, ``rules_met``, ``risk``,
        ``gap_weight`` and ``COVARIATES``. Raises ``InputRefused`` where the rules were not run at that date.
        """
        people = self.snapshot(day, tuple(COVARIATES))
        return (
            people.join(self._rules(day), on="person_id")
            .join(self._risk(day), on="person_id", how="left")
            .join(self._gaps(day), on="person_id", how="left")
            .with_columns(pl.col("gap_weight").fill_null(0.0))
            .sort("person_id")
        )

    def can_know(self, day: date) -> bool:
        """Return whether snapshot, rules and scores of an index date are in the store."""
        return all(self.workspace.part(layer, day).is_file() for layer in ("features", "rule_hits", "scores"))

    def _rules(self, day: date) -> pl.DataFrame:
        rules = pl.DataFrame(
            [(rule.id, rule.urgency, rule.rising) for rule in read_rules("worklist")],
            schema={"rule_id": pl.String, "urgency": pl.Int32, "is_rising": pl.Boolean},
            orient="row",
        )
        if not self.workspace.part("rule_hits", day).is_file():
            raise InputRefused(f"the rules have not been run at {day}", f"run  riskstrat run --index-date {day}")
        hits = pl.read_parquet(self.workspace.part("rule_hits", day)).filter(pl.col("left_off_by").is_null())
        return (
            hits.join(rules, on="rule_id")
            .group_by(pl.col("person_id").cast(pl.Int64))
            .agg(pl.col("urgency").min(), pl.col("is_rising").any(), pl.len().cast(pl.Int32).alias("rules_met"))
        )

    def _risk(self, day: date) -> pl.DataFrame:
        path = self.workspace.part("scores", day)
        if not path.is_file():
            return pl.DataFrame(schema={"person_id": pl.Int64, "risk": pl.Float64})
        scores = pl.read_parquet(path).filter(pl.col("model") == MODEL)
        return scores.select(pl.col("person_id").cast(pl.Int64), "risk")

    def _gaps(self, day: date) -> pl.DataFrame:
        path = self.workspace.part("gap_hits", day)
        if not path.is_file():
            return pl.DataFrame(schema={"person_id": pl.Int64, "gap_weight": pl.Float64})
        return pl.read_parquet(path).group_by(pl.col("person_id").cast(pl.Int64)).agg(gap_weight=pl.col("weight").sum())

    def _usable(self, people: pl.DataFrame) -> pl.DataFrame:
        """Return rows with today's practice of those who may be used for planning."""
        return people.with_columns(
            pl.col("person_id").cast(pl.Int64), pl.col("practice_code").replace(dict(self.successors))
        ).filter(~pl.col("person_id").is_in(self.barred.implode()))


def read_past_lists(workspace: Workspace) -> PastLists:
    """Return every list sent in time.

    Raises ``UsageFault`` where none was sent, ``InputRefused`` where none was in time, ``NotPermitted`` where planning
    is not allowed.
    """
    sent = read_sent_lists(workspace)
    if sent.is_empty():
        raise UsageFault(
            "no worklist has been published yet", "publish a month:  riskstrat run --index-date YYYY-MM-01"
        )
    is_late = (pl.col("held_to") > pl.col("sent") + timedelta(days=LATEST_DAYS)).fill_null(value=True)
    made_late = tuple(sent.filter(is_late)["sent"].unique().sort())
    sent = sent.filter(~is_late).drop("held_to")
    if sent.is_empty():
        raise InputRefused(
            f"no list was made within {LATEST_DAYS} days of its index date, as far as is known",
            "a list made later leaves off whoever has died or moved since: figures of it would be of survivors",
            "publish past months in order, each from the data as they stood then",
        )
    with open_store(workspace) as warehouse:
        bar_people(warehouse, workspace, "planning")
        barred = warehouse.frame(
            "SELECT DISTINCT CAST(person_id AS BIGINT) AS person_id FROM permission.barred ORDER BY 1"
        )
    successors = last_successors(practice_successors(workspace))
    sent = (
        sent.with_columns(pl.col("practice_code").replace(successors))
        .filter(~pl.col("person_id").is_in(barred["person_id"].implode()))
        .unique(["person_id", "sent"], keep="first", maintain_order=True)
        .sort("sent", "practice_code", "person_id")
    )
    return PastLists(workspace, sent, made_late, barred["person_id"], successors)


def make_outcomes(workspace: Workspace, label: str, days: Sequence[date], tell: Progress | None = None) -> Outcomes:
    """Make the labels of those index dates whose horizon is complete, and say which are not (``Outcomes``)."""
    days = sorted(day for day in set(days) if workspace.part("features", day).is_file())
    with open_store(workspace) as warehouse:
        reach = read_reach(warehouse)
    try:
        latest = reach.latest_index_date(label)
    except InputRefused as fault:
        return Outcomes(label, (), (), str(fault.args[0]))
    complete, waiting = [], []
    for day in days:
        try:
            reach.refuse_incomplete(label, day)
        except InputRefused:
            waiting.append((day, horizon_end(day, horizon_of(label))))
        else:
            complete.append(day)
    if complete:
        features.build_labels(workspace, {label: complete}, progress=tell)
    why = None if complete else f"complete only for index dates up to {latest}"
    return Outcomes(label, tuple(complete), tuple(waiting), why)
