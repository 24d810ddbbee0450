"""One month's population report: counted, protected, written, read back, attacked, and only then left in place."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import polars as pl

from riskstrat import modelling
from riskstrat.disclosure import Rule
from riskstrat.disclosure.attack import Key
from riskstrat.errors import NotPermitted, UsageFault
from riskstrat.garbage import uncollected
from riskstrat.population.counted import Counted, count, protected, rule_of, with_equity, with_measures
from riskstrat.population.counting.amounts import Amounts, read_amounts
from riskstrat.population.counting.areas import AREA_TYPES
from riskstrat.population.counting.cells import PEOPLE, what_is_counted
from riskstrat.population.counting.cohorts import (
    WHOLE_DIMENSIONS,
    index_dates_held,
    read_members,
)
from riskstrat.population.figures.amounts import amount_figures, amounts_sheet, write_amounts
from riskstrat.population.figures.cohorts import (
    DERIVED,
    RATE,
    STANDARDISED,
    Row,
    as_frame,
    figures_of_month,
    once_a_month,
)
from riskstrat.population.figures.drivers import drivers_of_groups, drivers_sheet, write_drivers
from riskstrat.population.figures.equity import equity_sheet, read_lists, write_equity
from riskstrat.population.figures.segments import segment_figures, segments_sheet, write_segments
from riskstrat.population.figures.standardised import standardised_rates
from riskstrat.population.measures.activity import read_activity
from riskstrat.population.measures.definitions import read_measures
from riskstrat.population.measures.expected import rates_named
from riskstrat.population.measures.figures import SCHEMA as MEASURES_SCHEMA
from riskstrat.population.measures.figures import measure_figures
from riskstrat.population.measures.files import measures_sheets, write_measures
from riskstrat.population.protection.earlier import (
    CSV_NAME,
    measure_counts,
    read_counts,
    read_measure_counts,
    write_areas,
)
from riskstrat.population.protection.equity import read_equity_counts, told_by_findings
from riskstrat.population.protection.tables import attack_published, check_published
from riskstrat.population.report.contents import Report
from riskstrat.population.report.files import side_by_side, write_sheets, write_tidy
from riskstrat.population.report.metadata import write_metadata
from riskstrat.population.report.overlap import overlap_figures, overlap_sheets, write_overlap
from riskstrat.population.report.page import write_page
from riskstrat.population.report.shapes import shapes_named
from riskstrat.population.report.summary import write_summary
from riskstrat.population.report.withheld import why_withheld, withhold
from riskstrat.project import Progress, Workspace
from riskstrat.sheets import SheetTable


@dataclass(frozen=True)
class PublishResult:
    """What was written. ``withheld_because`` names the tables that could be worked out, never a value; else ``None``.

    ``suppressed`` and ``suppressed_for_others`` are how many printed counts are a ``*``, and how many of those only to
    protect another.
    """

    folder: Path
    cohorts: int
    index_dates: tuple[date, ...]
    suppressed: int
    suppressed_for_others: int
    withheld_because: str | None = None


@uncollected()
def publish(
    workspace: Workspace,
    index_date: date,
    release_name: str,
    folder: Path,
    *,
    previous: Sequence[Path] = (),
    progress: Progress | None = None,
) -> PublishResult:
    """Write the population report of one month into ``folder``: page, tidy CSVs with CSVW metadata, workbook.

    Every figure passes through one disclosure control. The files are then read back and attacked together with those
    of the releases whose population folders are ``previous``, of any month and in any order; if a count of 1 to 7
    could be pinned, nothing but a page and a CSV that say so is left.
    Raises ``UsageFault`` where there is no snapshot at the index date.
    """
    tell = progress or (lambda _: None)
    rule = rule_of(workspace)
    rates, shapes = rates_named(workspace), shapes_named(workspace)  # their faults are told before anything is counted
    counts = count(workspace, index_dates_held(workspace, index_date), previous)
    if shapes is not None:
        shapes.kind_in(counts.geography)
    tell("protecting small numbers")
    with ThreadPoolExecutor(1) as meanwhile:  # it reads the store, by an engine that works outside Python
        measured = meanwhile.submit(read_activity, workspace, index_date, read_measures())
        counted = replace(protected(counts, rule, previous), rates=rates, shapes=shapes)
        tell("counting the measures")
        of_groups = meanwhile.submit(_of_groups, workspace, counted, rule)
        counted = with_measures(counted, measured.result(), rule, previous)
        counted = with_equity(counted, read_lists(workspace, index_date), rule, previous)
        tidy = _tidy(counted)
        report = _report(workspace, release_name, counted, tidy, rule, *of_groups.result())
    folder.mkdir(parents=True, exist_ok=True)
    _write(folder, report, tidy)
    tell("attacking the population tables as they were written")
    pinned = _attack(folder, counted, rule)
    because = why_withheld(pinned, counted.cohorts) if pinned else None
    if because is not None:
        withhold(folder, report, because)
    return PublishResult(
        folder, len(counted.cohorts), report.index_dates, report.suppressed, report.suppressed_for_others, because
    )


def cohorts(workspace: Workspace, index_date: date, by: str, *, previous: Sequence[Path] = ()) -> pl.DataFrame:
    """Return cohort sizes and rates of one index date by ``practice``, ``pcn``, ``place`` or ``icb``, as published.

    One row per area and cohort; a suppressed figure is null and its note ``*``. All areas are protected together,
    whichever are asked for, with the earlier dates of the report's trend, and beside the releases whose population
    folders are ``previous``. Raises ``UsageFault`` for another ``by``, or where there is no snapshot, and
    ``NotPermitted`` where a small count could be worked out.
    """
    if by not in AREA_TYPES:
        raise UsageFault(f"cohorts cannot be shown by '{by}'", f"choose one of {', '.join(reversed(AREA_TYPES))}")
    dates = index_dates_held(workspace, index_date)
    counted = protected(count(workspace, dates, previous), rule_of(workspace), previous)
    if counted.exposed:
        raise NotPermitted(
            f"the cohort sizes of {index_date} are withheld: {why_withheld(counted.exposed, counted.cohorts)}",
            "a cohort or an area that is very small may have to be joined with another or left out",
        )
    is_asked = (pl.col("area_type") == by) & (pl.col("period") == str(index_date))
    wide = side_by_side(_tidy(counted).filter(is_asked), counted.cohorts)
    return wide.select(
        "area_code",
        "area_name",
        "cohort",
        "title",
        pl.col(f"{PEOPLE}_value").alias("people"),
        "registered",
        pl.col(f"{RATE}_value").alias("per_1000"),
        pl.col(f"{RATE}_lower").alias("lower"),
        pl.col(f"{RATE}_upper").alias("upper"),
        pl.col(f"{STANDARDISED}_value").alias("standardised_per_1000"),
        pl.when(pl.col(f"{PEOPLE}_note") != "")
        .then(pl.col(f"{PEOPLE}_note"))
        .otherwise(pl.col(f"{STANDARDISED}_note"))
        .alias("note"),
    )


def _attack(folder: Path, counted: Counted, rule: Rule) -> tuple[Key, ...]:
    """Read the written counts back, hold each against its true count, and attack them; return what can be pinned."""
    now, board = str(counted.now.index_date), counted.geography.board.key
    shown = read_counts(folder / CSV_NAME) | read_measure_counts(folder) | read_equity_counts(folder, now, board)
    told = told_by_findings(folder, counted.equity.lists, now, board, rule, counted.told_before)
    earlier = [str(month.index_date) for month in counted.months[:-1]]
    return attack_published(check_published(shown, counted.cells, rule), counted.cells, told, counted.others, earlier)


def _tidy(counted: Counted) -> pl.DataFrame:
    """Return every figure that is printed: all areas at the index date, board and places at the dates before it."""
    geography_, now = counted.geography, counted.now
    upper = [area for area in geography_.areas if area.type in {"icb", "place"}]
    rows: list[Row] = []
    for month in counted.months:
        areas = geography_.areas if month is now else upper
        rows += figures_of_month(month, counted.figures, counted.cohorts, areas)
    rows += standardised_rates(now, counted.figures, counted.cohorts, geography_, counted.cells.relations)
    rows += once_a_month(now, counted.figures, geography_)
    place = {kind: n for n, kind in enumerate(AREA_TYPES)}
    order = {cohort.id: n for n, cohort in enumerate(counted.cohorts)}
    rows.sort(key=lambda row: (row.period, place[row.area.type], row.area.code, order.get(row.cohort, -1)))
    return counted.former.marked(as_frame(rows))


def _of_groups(workspace: Workspace, counted: Counted, rule: Rule) -> tuple[Amounts, pl.DataFrame]:
    """Return the amounts and the drivers of risk of groups of people."""
    now, cohorts = counted.now, counted.cohorts
    members = read_members(workspace, now.index_date, cohorts)
    compared = [cohort for cohort in cohorts if cohort.dimension not in WHOLE_DIMENSIONS]
    return (
        read_amounts(workspace, now.index_date, members, cohorts, counted.holders),
        drivers_of_groups(workspace, now, members, compared, counted.geography, counted.figures, rule),
    )


def _report(
    workspace: Workspace,
    release_name: str,
    counted: Counted,
    tidy: pl.DataFrame,
    rule: Rule,
    amounts: Amounts,
    drivers: pl.DataFrame,
) -> Report:
    shown = tidy.filter((pl.col("note") == "*") & ~pl.col("measure").is_in(DERIVED))
    keys: list[Key] = [
        (
            row["period"],
            what_is_counted(row["cohort"], row["measure"]),
            f"{row['area_type']}:{row['area_code']}",
        )
        for row in shown.iter_rows(named=True)
    ]
    measures = _measures(counted)
    keys += [key for key, value in measure_counts(measures).items() if value is None and key not in keys]
    keys += [key for key, one in counted.equity.figures.items() if one.is_suppressed]
    return Report(
        board_name=workspace.settings.board.name,
        demonstration=workspace.settings.board.demonstration,
        release_name=release_name,
        index_dates=tuple(month.index_date for month in counted.months),
        rule=rule,
        geography=counted.geography,
        boundaries=counted.boundaries,
        cohorts=counted.cohorts,
        not_run=counted.now.not_run,
        sources=pl.read_parquet(workspace.part("sources", counted.now.index_date)).sort("table_name"),
        suppressed=len(keys),
        suppressed_for_others=sum(not counted.figures[key].is_guarded for key in keys),
        cautions=tuple(modelling.cautions(workspace, counted.now.index_date)),
        drivers=drivers,
        equity=counted.equity.lines,
        measures=measures,
        amounts=counted.former.marked_amounts(
            amount_figures(amounts, counted.now.index_date, counted.geography, counted.cohorts, counted.figures, rule)
        ),
        shapes=counted.shapes,
    )


def _measures(counted: Counted) -> pl.DataFrame:
    if counted.activity is None:
        return counted.former.marked_measures(pl.DataFrame(schema=MEASURES_SCHEMA))
    activity = counted.activity
    return counted.former.marked_measures(
        measure_figures(
            activity, read_measures(), counted.figures, counted.now, counted.geography, counted.changes, counted.rates
        )
    )


def _write(folder: Path, report: Report, tidy: pl.DataFrame) -> None:
    now = tidy.filter(pl.col("period") == str(report.index_date))
    segments, overlap = segment_figures(side_by_side(tidy, report.cohorts), report.cohorts), overlap_figures(now)
    write_tidy(folder / CSV_NAME, tidy)
    write_areas(folder, report.geography)
    write_measures(folder, report.measures)
    write_amounts(folder, report.amounts)
    write_segments(folder, segments)
    write_overlap(folder, overlap)
    write_drivers(folder, report.drivers)
    write_equity(folder, report.equity, report.index_date)
    further = _further_sheets(report, segments.filter(pl.col("period") == str(report.index_date)), overlap)
    with ThreadPoolExecutor(1) as meanwhile:  # pages and workbook are made of the same figures, one beside the other
        sheets = meanwhile.submit(write_sheets, folder, report, tidy, further)
        write_page(folder, report, tidy)
        write_summary(folder, report, tidy)
        sheets.result()
    write_metadata(folder, report)


def _further_sheets(report: Report, segments: pl.DataFrame, overlap: pl.DataFrame) -> list[SheetTable]:
    return [
        *([] if segments.is_empty() else [segments_sheet(segments)]),
        *overlap_sheets(overlap, report.cohorts),
        *measures_sheets(report.measures, read_measures()),
        amounts_sheet(report.amounts),
        *([] if report.drivers.is_empty() else [drivers_sheet(report.drivers)]),
        *([equity_sheet(report.equity)] if report.equity else []),
    ]
