"""Who is counted and in which cohort: one month's counts by practice and age band, never a row about a person.

A cohort is a rule of kind ``cohort`` or ``segment`` (``sql/rules``). Members are those of ``store/rule_hits``, so that
cohorts and worklists stand on the same people.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from threading import Lock

import polars as pl

from riskstrat import intake, rules
from riskstrat.errors import UsageFault
from riskstrat.population.counting.attrition import read_attrition
from riskstrat.population.counting.membership import BAND, OLDEST, ON_PROGRAMMES, Membership, membership_of
from riskstrat.project import Workspace, add_months
from riskstrat.rules import SEGMENT

TREND_MONTHS_BEFORE = (12, 9, 6, 3)
"""The earlier index dates of the trend. Fixed: a report does not depend on what else the store happens to hold."""
RISK_MODEL = "emergency_admission_12m"
PROGRAMMES = "Programmes"
"""The theme of cohorts whose people a programme supports."""
THEMES_OF_NO_NEED = ("Recorded conditions", "Groups who may be missed", "Ethnic group", "Lower risk", PROGRAMMES)
"""Registers, equity views, lower risk and programmes: counted and compared, but no sign of need by themselves."""
WHOLE_DIMENSIONS = (SEGMENT, "Ethnic group")
"""Dimensions of which everybody is in one cohort: what is said of all but one of those is said of that one too."""


@dataclass(frozen=True)
class Cohort:
    """One cohort or segment: who it is about, and why.

    Nobody is in two of one ``dimension``. ``overlap_group`` is the group of need in which its people count where
    combinations are counted. ``is_main`` marks groups by need, use and risk: they come first and are drawn.
    """

    id: str
    title: str
    definition: str
    theme: str
    evidence: str
    version: int = 1
    is_main: bool = True
    dimension: str = ""
    overlap_group: str = ""

    @property
    def is_segment(self) -> bool:
        """Whether it is one of those of which everybody is in exactly one."""
        return self.dimension == SEGMENT

    @property
    def is_programme(self) -> bool:
        """Whether it is one of those whose people a programme supports."""
        return self.theme == PROGRAMMES


@dataclass(frozen=True)
class Month:
    """What one index date's snapshot holds, as counts of people who may be counted for planning.

    ``registered`` and ``sizes`` are by practice and five-year age band (``practice_code, age_from, people``, the latter
    with ``cohort_id``); ``combinations`` has ``combination, in_programme, people``, where the first adds up the powers
    of two that stand for ``groups`` in their order; ``held`` has ``cohort_id, in_programme, people``;
    ``on_programmes`` has ``cohort_id, programme_id, people``, who of a cohort is in each cohort that is a programme.
    ``not_run`` says why a cohort has no figure. ``inclusions`` are pairs of which the first lies inside the second.
    ``left_out`` is how many people of the snapshot an opt-out, objection or restriction keeps out; ``attrition`` leads
    from everyone held to the snapshot (``riskstrat.population.counting.attrition``).
    """

    index_date: date
    registered: pl.DataFrame
    sizes: pl.DataFrame
    groups: tuple[str, ...]
    combinations: pl.DataFrame
    held: pl.DataFrame
    inclusions: tuple[tuple[str, str], ...]
    not_run: Mapping[str, str]
    left_out: int
    attrition: tuple[tuple[str, int], ...] = ()
    on_programmes: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=ON_PROGRAMMES))


@dataclass(frozen=True)
class Members:
    """Who is in which practice and in which cohort at one index date, for figures about a group that are not counts.

    ``of_practices`` has ``person_id, practice_code``, ``of_cohorts`` ``person_id, cohort_id``. Never written anywhere.
    """

    of_practices: pl.DataFrame
    of_cohorts: pl.DataFrame


@dataclass(frozen=True)
class _Store:
    """The store with who of it may not be counted; two do not evaluate its rules at a time."""

    workspace: Workspace
    barred: pl.DataFrame
    evaluating: Lock = field(default_factory=Lock)


def read_cohorts() -> tuple[Cohort, ...]:
    """Return every cohort: groups by need, use and risk as they are written, then all others, then the segments.

    The long list of recorded conditions comes last of the cohorts.
    """
    read = tuple(
        Cohort(
            rule.id,
            rule.title,
            rule.definition,
            rule.theme or "Segments",
            rule.evidence,
            rule.version,
            is_main=rule.kind == "cohort" and rule.theme not in THEMES_OF_NO_NEED,
            dimension=rule.dimension,
            overlap_group=rule.overlap,
        )
        for rule in (*rules.read_rules("cohort"), *rules.read_rules("segment"))
    )

    def place(cohort: Cohort) -> int:
        return 0 if cohort.is_main else 3 if cohort.is_segment else 1 + (cohort.theme == THEMES_OF_NO_NEED[0])

    return tuple(sorted(read, key=place))


def overlap_groups(cohorts: Sequence[Cohort], not_run: Collection[str]) -> tuple[str, ...]:
    """Return the groups of need, in the order of their cohorts; one of which a cohort did not run is left out whole."""
    unknown = {cohort.overlap_group for cohort in cohorts if cohort.id in not_run}
    named = dict.fromkeys(cohort.overlap_group for cohort in cohorts)
    return tuple(name for name in named if name and name not in unknown)


def index_dates_held(workspace: Workspace, until: date) -> tuple[date, ...]:
    """Return ``until`` and those of the trend's earlier index dates that have a snapshot in the store, in order.

    Raises ``UsageFault`` where there is none at ``until``.
    """
    wanted = [*(add_months(until, -months) for months in TREND_MONTHS_BEFORE), until]
    held = tuple(day for day in wanted if workspace.part("features", day).is_file())
    if until not in held:
        raise UsageFault(
            f"there is no snapshot for {until}", f"run  riskstrat features --index-date {until}  before the report"
        )
    return held


def read_months(workspace: Workspace, index_dates: Sequence[date], cohorts: Sequence[Cohort]) -> Iterator[Month]:
    """Count index dates in order. Evaluates the cohort rules at one first if the store does not hold their hits.

    Who may be counted is asked once for all of them. Two are counted at a time: one is read from the disk while the
    other is counted. Raises ``UsageFault`` where somebody is in two cohorts of one dimension.
    """
    store = _permitted(workspace)
    with ThreadPoolExecutor(2) as both:
        yield from both.map(lambda index_date: _counted(store, index_date, cohorts), index_dates)


def _counted(store: _Store, index_date: date, cohorts: Sequence[Cohort]) -> Month:
    of, not_run, left_out = _membership(store, index_date, cohorts)
    _refuse_in_two(of, [cohort for cohort in cohorts if cohort.id not in not_run])
    groups = overlap_groups(cohorts, not_run)
    weight_of = {name: 2**place for place, name in enumerate(groups)}
    return Month(
        index_date,
        of.registered(),
        of.sizes(),
        groups,
        of.combinations({cohort.id: weight_of.get(cohort.overlap_group, 0) for cohort in cohorts}),
        of.held(),
        of.inclusions(),
        not_run,
        left_out,
        read_attrition(store.workspace, index_date),
        of.on_programmes([cohort.id for cohort in cohorts if cohort.is_programme and cohort.id not in not_run]),
    )


def _refuse_in_two(of: Membership, cohorts: Sequence[Cohort]) -> None:
    for dimension in sorted({cohort.dimension for cohort in cohorts} - {""}):
        if of.has_somebody_in_two([cohort.id for cohort in cohorts if cohort.dimension == dimension]):
            raise UsageFault(
                f"cohorts of the dimension '{dimension}' should exclude each other, and somebody is in two of them",
                "change their conditions or leave the dimension out of their blocks in sql/rules",
            )


def read_members(workspace: Workspace, index_date: date, cohorts: Sequence[Cohort]) -> Members:
    """Return who is in which practice and who in which cohort, among the people who may be counted for planning."""
    of, _, _ = _membership(_permitted(workspace), index_date, cohorts)
    return Members(of.people.select("person_id", "practice_code"), of.members())


def _permitted(workspace: Workspace) -> _Store:
    with intake.open_store(workspace) as warehouse:
        intake.bar_people(warehouse, workspace, "planning")
        return _Store(workspace, warehouse.frame("SELECT DISTINCT person_id FROM permission.barred"))


def _membership(store: _Store, index_date: date, cohorts: Sequence[Cohort]) -> tuple[Membership, dict[str, str], int]:
    """Return who is in which cohort there, the cohorts without figures with why, and how many people are barred."""
    hits, not_run = _hits(store, index_date, cohorts)
    everybody = _registered(store.workspace, index_date)
    people = everybody.join(store.barred, on="person_id", how="anti", maintain_order="left")
    return membership_of(people, hits, _in_order(cohorts)), not_run, everybody.height - people.height


def _registered(workspace: Workspace, index_date: date) -> pl.DataFrame:
    """Return ``person_id, practice_code, age_from, in_programme`` of a snapshot, a row per person.

    ``age_from`` is the first year of the five-year age band, 90 for 90 and over; ``in_programme`` is 1 if any programme
    holds the person, 0 if none, null where programmes are not known.
    """
    return (
        pl.scan_parquet(workspace.part("features", index_date))
        .select(
            "person_id",
            "practice_code",
            (pl.col("age") - pl.col("age") % BAND).clip(upper_bound=OLDEST).cast(pl.Int32).alias("age_from"),
            (pl.col("programmes_held") > 0).cast(pl.Int32).alias("in_programme"),
        )
        .collect()
    )


def read_practices(workspace: Workspace) -> pl.DataFrame:
    """Return ``intake.practice``: practices with their network, place and board, the latest version of each last."""
    with intake.open_store(workspace) as warehouse:
        return warehouse.frame("FROM intake.practice ORDER BY practice_code, available_date NULLS FIRST, delivery")


def _hits(store: _Store, index_date: date, cohorts: Sequence[Cohort]) -> tuple[pl.DataFrame, dict[str, str]]:
    """Return who is in which cohort, and the cohorts without figures with why.

    Evaluates the rules first where the store lacks one of the cohorts' or holds another version of it.
    """
    path = store.workspace.part("rule_status", index_date)
    if not _is_of_these(path, cohorts):
        with store.evaluating:
            rules.evaluate(store.workspace, index_date)
    met = _met(store.workspace, index_date, cohorts)
    known = {row["rule_id"]: row for row in pl.read_parquet(path).iter_rows(named=True)}
    not_run = {
        cohort.id: (known[cohort.id]["why_not"] or "the rule did not run")
        if cohort.id in known
        else "the rule was not evaluated"
        for cohort in cohorts
        if cohort.id not in known or not known[cohort.id]["ran"]
    }
    return met.filter("is_kept").select("person_id", "cohort_id"), not_run  # nobody has met a rule that did not run


def _met(workspace: Workspace, index_date: date, cohorts: Sequence[Cohort]) -> pl.DataFrame:
    """Return ``person_id, cohort_id, is_kept``, a row per person and cohort whose rule they met."""
    ids = pl.Enum(_in_order(cohorts))
    return (
        pl.scan_parquet(workspace.part("rule_hits", index_date))
        .select(
            "person_id",
            pl.col("rule_id").cast(ids, strict=False).alias("cohort_id"),
            pl.col("left_off_by").is_null().alias("is_kept"),
        )
        .filter(pl.col("cohort_id").is_not_null())
        .collect(engine="streaming")
    )


def _is_of_these(status: Path, cohorts: Sequence[Cohort]) -> bool:
    """Return whether the rules were evaluated with these cohorts in these versions, also of cohorts of nobody."""
    if not status.is_file():
        return False
    held = pl.read_parquet(status)
    if "rule_version" not in held.columns:  # evaluated before versions were kept
        return False
    versions = dict(held.select("rule_id", "rule_version").iter_rows())
    return all(versions.get(cohort.id) == cohort.version for cohort in cohorts)


def _in_order(cohorts: Sequence[Cohort]) -> list[str]:
    return sorted(cohort.id for cohort in cohorts)
