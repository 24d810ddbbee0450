"""Who is counted and in which cohort: one month's counts by practice and age band, never a row about a person.

A cohort is a rule of kind ``cohort`` (``sql/rules``), or a band of the risk of emergency admission within 12 months.
Members are those of ``store/rule_hits`` and ``store/scores``, so that cohorts and worklists stand on the same people.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

import polars as pl

from riskstrat import intake, rules
from riskstrat.errors import UsageFault
from riskstrat.population.attrition import read_attrition
from riskstrat.project import Workspace, add_months
from riskstrat.warehouse import Warehouse, needed_for, read_layer

TREND_MONTHS_BEFORE = (12, 9, 6, 3)
"""The earlier index dates of the trend. Fixed: a report does not depend on what else the store happens to hold."""
RISK_MODEL = "emergency_admission_12m"
RISK_BANDS = ("very high", "high", "moderate", "low")
"""Bands of ``store/scores``, highest first."""
_SHARES = ("the 0.5 % of adults", "the next 4.5 % of adults", "the next 15 % of adults", "all other adults")
THEMES_OUT_OF_OVERLAP = ("Recorded conditions", "Groups who may be missed", "Programmes")
"""Registers, equity views and programmes: counted and compared, but no sign of need that one person has several of."""
_HIT: Final = pl.Schema({"person_id": pl.Int32, "cohort_id": pl.String, "is_main": pl.Boolean})


@dataclass(frozen=True)
class Cohort:
    """One cohort: who it is about, and why.

    ``is_band`` marks the risk bands, which exclude each other. ``is_main`` marks what is counted in the overlap table:
    groups by need, use and risk, of which a person can be in several.
    """

    id: str
    title: str
    definition: str
    theme: str
    evidence: str
    version: int = 1
    is_main: bool = True
    is_band: bool = False


@dataclass(frozen=True)
class Month:
    """What one index date's snapshot holds, as counts of people who may be counted for planning.

    ``registered`` and ``sizes`` are by practice and five-year age band (``practice_code, age_from, people``, the latter
    with ``cohort_id``); ``overlap`` has ``cohorts_held, in_programme, people``. ``not_run`` says why a cohort has no
    figure. ``inclusions`` are pairs of cohorts of which the first lies inside the second. ``left_out`` is how many
    people of the snapshot an opt-out, objection or restriction keeps out; ``attrition`` leads from everyone held to the
    snapshot (``riskstrat.population.attrition``).
    """

    index_date: date
    registered: pl.DataFrame
    sizes: pl.DataFrame
    overlap: pl.DataFrame
    inclusions: tuple[tuple[str, str], ...]
    not_run: Mapping[str, str]
    left_out: int
    attrition: tuple[tuple[str, int], ...] = ()


def read_cohorts() -> tuple[Cohort, ...]:
    """Return every cohort: groups by need, use and risk as they are written, the risk bands, then all others.

    The long list of recorded conditions comes last.
    """
    of_rules = tuple(
        Cohort(
            rule.id,
            rule.title,
            rule.definition,
            rule.theme,
            rule.evidence,
            rule.version,
            is_main=rule.theme not in THEMES_OUT_OF_OVERLAP,
        )
        for rule in rules.read_rules("cohort")
    )
    bands = tuple(
        Cohort(
            band_cohort(band),
            f"Risk band: {band}",
            f"{share[0].upper()}{share[1:]} of the board by estimated risk of an emergency admission within 12 months.",
            "Risk bands",
            "The champion model of the outcome; see its model card.",
            is_main=False,
            is_band=True,
        )
        for band, share in zip(RISK_BANDS, _SHARES, strict=True)
    )
    main = tuple(cohort for cohort in of_rules if cohort.is_main)
    others = [cohort for cohort in of_rules if not cohort.is_main]
    return (*main, *bands, *sorted(others, key=lambda cohort: cohort.theme == THEMES_OUT_OF_OVERLAP[0]))


def band_cohort(band: str) -> str:
    """Return the id of a risk band's cohort."""
    return f"risk-band-{band.replace(' ', '-')}"


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


def read_month(workspace: Workspace, index_date: date, cohorts: Sequence[Cohort]) -> Month:
    """Count one index date. Evaluates the cohort rules there first if the store does not hold their hits."""
    return next(read_months(workspace, [index_date], cohorts))


def read_months(workspace: Workspace, index_dates: Sequence[date], cohorts: Sequence[Cohort]) -> Iterator[Month]:
    """Count index dates one after another, as ``read_month``; who may be counted is asked once for all of them."""
    wanted = [f"population.{name}" for name in ("registered", "cohort_size", "overlap", "inclusion")]
    statements = needed_for(wanted, read_layer("population"))
    with _permitted(workspace) as warehouse:
        for index_date in index_dates:
            not_run = _attach(warehouse, workspace, index_date, cohorts)
            warehouse.build(statements)
            yield Month(
                index_date,
                warehouse.frame("FROM population.registered ORDER BY practice_code, age_from"),
                warehouse.frame("FROM population.cohort_size ORDER BY cohort_id, practice_code, age_from"),
                warehouse.frame("FROM population.overlap ORDER BY cohorts_held, in_programme"),
                tuple(
                    (inner, outer)
                    for inner, outer in warehouse.rows("FROM population.inclusion ORDER BY inner_cohort, outer_cohort")
                ),
                not_run,
                int(warehouse.value("SELECT COUNT(*) FROM population.scope WHERE is_barred")),
                read_attrition(workspace, index_date),
            )


def read_members(
    workspace: Workspace, index_date: date, cohorts: Sequence[Cohort]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return who is in which practice and who in which cohort, among the people who may be counted for planning.

    The first has ``person_id, practice_code``, the second ``person_id, cohort_id``. For figures about a group's people
    that are not counts: nothing of it is ever written.
    """
    with _permitted(workspace) as warehouse:
        _attach(warehouse, workspace, index_date, cohorts)
        warehouse.build(needed_for(["population.scope", "population.member"], read_layer("population")))
        return (
            warehouse.frame("SELECT person_id, practice_code FROM population.scope WHERE NOT is_barred"),
            warehouse.frame("SELECT person_id, cohort_id FROM population.member"),
        )


@contextmanager
def _permitted(workspace: Workspace) -> Iterator[Warehouse]:
    """Open the store with who is barred from planning."""
    with intake.open_store(workspace) as warehouse:
        intake.bar_people(warehouse, workspace, "planning")
        yield warehouse


def _attach(warehouse: Warehouse, workspace: Workspace, index_date: date, cohorts: Sequence[Cohort]) -> dict[str, str]:
    """Make one index date's snapshot, and who meets a cohort there, what the statements read; give what did not run."""
    status = _rule_status(workspace, index_date, cohorts)
    hits, not_run = _hits(workspace, index_date, cohorts, status)
    warehouse.attach_parquet("population.snapshot", [workspace.part("features", index_date)])
    warehouse.register("population.hit", hits)
    return not_run


def read_practices(workspace: Workspace) -> pl.DataFrame:
    """Return ``intake.practice``: practices with their network, place and board, the latest version of each last."""
    with intake.open_store(workspace) as warehouse:
        return warehouse.frame("FROM intake.practice ORDER BY practice_code, available_date NULLS FIRST, delivery")


def _rule_status(workspace: Workspace, index_date: date, cohorts: Sequence[Cohort]) -> pl.DataFrame:
    """Return which rules ran there, evaluating them first where the store lacks one or holds another version of it."""
    path = workspace.part("rule_status", index_date)
    versions = {cohort.id: cohort.version for cohort in cohorts if not cohort.is_band}
    is_whole = path.is_file() and versions.keys() <= set(pl.read_parquet(path)["rule_id"])
    if not is_whole or _holds_other_versions(workspace.part("rule_hits", index_date), versions):
        rules.evaluate(workspace, index_date)
    return pl.read_parquet(path)


def _holds_other_versions(hits: Path, versions: Mapping[str, int]) -> bool:
    held = pl.scan_parquet(hits).select("rule_id", "rule_version").unique().collect()
    return any(versions.get(rule_id, version) != version for rule_id, version in held.iter_rows())


def _hits(
    workspace: Workspace, index_date: date, cohorts: Sequence[Cohort], status: pl.DataFrame
) -> tuple[pl.DataFrame, dict[str, str]]:
    """Return who is in which cohort, and the cohorts without figures with why."""
    known = {row["rule_id"]: row for row in status.iter_rows(named=True)}
    of_rules_ids = [cohort.id for cohort in cohorts if not cohort.is_band]
    not_run = {
        name: (known[name]["why_not"] or "the rule did not run") if name in known else "the rule was not evaluated"
        for name in of_rules_ids
        if name not in known or not known[name]["ran"]
    }
    main = [cohort.id for cohort in cohorts if cohort.is_main]
    of_rules = (
        pl.scan_parquet(workspace.part("rule_hits", index_date))
        .filter(
            pl.col("rule_id").is_in([name for name in of_rules_ids if name not in not_run])
            & pl.col("left_off_by").is_null()
        )
        .select("person_id", pl.col("rule_id").alias("cohort_id"), pl.col("rule_id").is_in(main).alias("is_main"))
        .collect()
    )
    bands = [cohort.id for cohort in cohorts if cohort.is_band]
    scores = workspace.part("scores", index_date)
    banded = pl.DataFrame(schema=_HIT)
    if scores.is_file():
        banded = (
            pl.scan_parquet(scores)
            .filter((pl.col("model") == RISK_MODEL) & pl.col("band").is_not_null())
            .select(
                "person_id",
                pl.concat_str(pl.lit("risk-band-"), pl.col("band").str.replace_all(" ", "-")).alias("cohort_id"),
                pl.lit(False).alias("is_main"),
            )
            .collect()
        )
    if banded.is_empty():
        not_run |= dict.fromkeys(bands, "nobody was scored at this index date")
    return pl.concat([of_rules.cast(_HIT), banded.cast(_HIT)]), not_run  # the engine puts counts in order, not people
