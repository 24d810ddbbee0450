"""The files beside the page: tidy CSV with CSVW metadata, and a workbook with one table per sheet."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from riskstrat.disclosure import SHORTHAND, Rule
from riskstrat.modelling import READ_WITH_CARE
from riskstrat.pages import long_date
from riskstrat.population.counting.areas import WORDS, AreaType
from riskstrat.population.counting.cells import ATTRITION, LEFT_OUT, PEOPLE, REGISTERED
from riskstrat.population.counting.cohorts import Cohort
from riskstrat.population.figures.cohorts import (
    COMPARED_WORDS,
    EMPTY_MEANS,
    MEASURE_WORDS,
    RATE,
    REVISED_FROM,
    STANDARDISED,
    revised_in_words,
)
from riskstrat.population.report.contents import Report
from riskstrat.sheets import SheetTable, write_csv, write_workbook

ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
WORKBOOK_NAME = "population.xlsx"
REVISION_POLICY = (
    "A figure is marked as revised where an earlier release printed another one for the same date, area, and cohort or "
    "measure."
)
"""What is marked, in one sentence; ``docs/how-to/read-the-population-report.md`` says it whole."""


def write_tidy(path: Path, frame: pl.DataFrame) -> None:
    """Write tidy figures as CSV: counts as whole numbers, rates with one decimal, an empty field for no figure."""
    is_rate = pl.col("measure").is_in([RATE, STANDARDISED])

    def as_text(column: str) -> pl.Expr:
        rate = pl.col(column).map_elements(lambda value: f"{value:.1f}", return_dtype=pl.String)
        whole = pl.col(column).round(0).cast(pl.Int64).cast(pl.String)
        return pl.when(is_rate).then(rate).otherwise(whole).alias(column)

    numbers = [name for name in ("value", "lower", "upper", REVISED_FROM) if name in frame.columns]
    write_csv(path, frame.with_columns(as_text(name) for name in numbers))


def rule_in_words(rule: Rule) -> str:
    """Return the disclosure rule as a sentence for readers."""
    return (
        f"Counts of 1 to {rule.suppress_to} people are shown as {SHORTHAND}, as is a second count where the first "
        f"could otherwise be worked out. Other counts are rounded to the nearest {rule.round_to}; 0 means nobody. "
        "Rates are made from the rounded counts; age-standardised rates need at least 10 people."
    )


def complete_to(source: Mapping[str, Any]) -> str:
    """Return how far one source can be trusted, in words; ``source`` is a row of ``store/sources``."""
    if not source["is_present"]:
        return "absent: nothing that needs it has a figure"
    reached = f"complete to {long_date(source['complete_to'])}"
    if not source["note"]:
        return reached
    share = source["note"].partition(": ")[2].partition(";")[0]
    return f"{reached}: it had {ISO_DAY.sub(lambda day: long_date(day[0]), share)}"


def write_sheets(folder: Path, report: Report, frame: pl.DataFrame, further: Sequence[SheetTable]) -> None:
    """Write the workbook: sheets of areas, trend, ``further``, who is counted, definitions and data completeness."""
    cohorts, day = report.cohorts, long_date(report.index_date)
    now = frame.filter(pl.col("period") == str(report.index_date))
    synthetic = "Demonstration: synthetic people. These figures say nothing about real people."
    about = [
        f"As at {day}, {report.board_name}.",
        *([synthetic] if report.demonstration else []),
        *(f"{READ_WITH_CARE} {caution.as_text()}" for caution in report.cautions),
        rule_in_words(report.rule),
    ]
    areas: tuple[AreaType, ...] = ("icb", "place", "pcn", "practice")
    tables = [_area_sheet(now, kind, cohorts) for kind in areas]
    tables += [_trend_sheet(frame, cohorts, report.boundaries), *further, _attrition_sheet(now)]
    tables += [_definitions_sheet(cohorts), _sources_sheet(report.sources)]
    write_workbook(
        folder / WORKBOOK_NAME,
        title=f"Cohort sizes and rates, {report.board_name}, {day}",
        about=about,
        tables=[table.without_empty_columns() for table in tables],
    )


def side_by_side(frame: pl.DataFrame, cohorts: Sequence[Cohort]) -> pl.DataFrame:
    """Return tidy rows with one row per period, area and cohort: people, registered, both rates and their notes."""
    by = ["period", "area_type", "area_code", "area_name"]
    order = pl.DataFrame(
        {
            "cohort": [cohort.id for cohort in cohorts],
            "title": [cohort.title for cohort in cohorts],
            "place": range(len(cohorts)),
        },
        schema={"cohort": pl.String, "title": pl.String, "place": pl.Int32},
    )

    def measure(name: str, *limits: str) -> pl.DataFrame:
        columns = ["value", *limits, "note", REVISED_FROM]
        renamed = [pl.col(column).alias(f"{name}_{column}") for column in columns]
        return frame.filter(pl.col("measure") == name).select(*by, "cohort", *renamed)

    registered = frame.filter((pl.col("cohort") == REGISTERED) & (pl.col("measure") == PEOPLE))
    return (
        measure(PEOPLE)
        .join(order, on="cohort")
        .join(
            registered.select(
                *by, pl.col("value").alias("registered"), pl.col(REVISED_FROM).alias(f"registered_{REVISED_FROM}")
            ),
            on=by,
            how="left",
        )
        .join(measure(RATE, "lower", "upper"), on=[*by, "cohort"], how="left")
        .join(measure(STANDARDISED, "lower", "upper"), on=[*by, "cohort"], how="left")
        .with_columns(pl.col(f"{PEOPLE}_value", "registered").cast(pl.Int64))
        .sort("period", "area_type", "area_code", "place")
    )


_FIGURES = {
    f"{PEOPLE}_value": "People",
    "registered": "Registered",
    f"{RATE}_value": "Per 1,000",
    f"{RATE}_lower": "Per 1,000: lower",
    f"{RATE}_upper": "Per 1,000: upper",
}
_REVISED = {PEOPLE: "people", "registered": "registered", RATE: "per 1,000"}
_STANDARDISED = {
    f"{STANDARDISED}_value": "Standardised rate",
    f"{STANDARDISED}_lower": "Standardised: lower",
    f"{STANDARDISED}_upper": "Standardised: upper",
    "compared": "Compared with the board",
}


def _area_sheet(now: pl.DataFrame, kind: AreaType, cohorts: Sequence[Cohort]) -> SheetTable:
    wide = side_by_side(now.filter(pl.col("area_type") == kind), cohorts)
    shown = wide.select(
        "area_code",
        "area_name",
        "title",
        *_FIGURES,
        *(name for name in _STANDARDISED if name != "compared"),
        pl.when(pl.col(f"{STANDARDISED}_note").is_in(COMPARED_WORDS))
        .then(pl.col(f"{STANDARDISED}_note"))
        .otherwise(pl.lit(""))
        .alias("compared"),
        pl.when(pl.col(f"{PEOPLE}_note") != "")
        .then(pl.col(f"{PEOPLE}_note"))
        .when(pl.col(f"{STANDARDISED}_note").is_in(COMPARED_WORDS))
        .then(pl.lit(""))
        .otherwise(pl.col(f"{STANDARDISED}_note"))
        .alias("note"),
        revised_in_words(_REVISED | {STANDARDISED: "standardised rate"}),
    )
    headings = {"area_code": "Code", "area_name": "Area", "title": "Cohort", "note": "Note", "revised": "Revised"}
    headings |= _FIGURES | _STANDARDISED
    return SheetTable(
        name={"icb": "Board", "place": "Places", "pcn": "Networks", "practice": "Practices"}[kind],
        title=f"{WORDS[kind]}: people in each cohort and rates per 1,000",
        notes=[MEASURE_WORDS[RATE] + ".", MEASURE_WORDS[STANDARDISED] + "."],
        empty_means=EMPTY_MEANS,
        frame=shown,
        headings=headings,
        number_formats={name: "0.0" for name in shown.columns if name.startswith((RATE, STANDARDISED))},
        keep_left=3,
    )


def _trend_sheet(frame: pl.DataFrame, cohorts: Sequence[Cohort], boundaries: Sequence[str]) -> SheetTable:
    wide = side_by_side(frame.filter(pl.col("area_type").is_in(["icb", "place"])), cohorts)
    shown = wide.sort("area_type", "area_code", "place", "period").select(
        pl.col("period").str.to_date().alias("period"),
        "area_name",
        "title",
        *_FIGURES,
        f"{PEOPLE}_note",
        revised_in_words(_REVISED),
    )
    headings = {"period": "Index date", "area_name": "Area", "title": "Cohort", f"{PEOPLE}_note": "Note"} | _FIGURES
    return SheetTable(
        name="Trend",
        title="Board and places: people in each cohort by index date",
        notes=[
            "Each date is counted from that date's own snapshot, by today's definitions and today's permissions.",
            f"{REVISION_POLICY} The column Revised says which, and what stood there.",
            *boundaries,
        ],
        empty_means=EMPTY_MEANS,
        frame=shown,
        headings=headings | {"revised": "Revised"},
        number_formats={name: "0.0" for name in shown.columns if name.startswith(RATE)},
        keep_left=3,
    )


def attrition_steps(now: pl.DataFrame) -> pl.DataFrame:
    """Return ``step, people, note, revised_from`` from everyone in the data received to everyone counted, in order.

    ``now`` are the tidy rows of one index date.
    """
    board = now.filter(pl.col("area_type") == "icb")
    last = {
        LEFT_OUT: "kept out of this report by an opt-out, an objection or a restriction",
        REGISTERED: "counted in this report",
    }
    steps = [
        board.filter(pl.col("cohort") == ATTRITION).select(
            pl.col("measure").alias("step"), "value", "note", REVISED_FROM
        ),
        *(
            board.filter((pl.col("cohort") == cohort) & (pl.col("measure") == PEOPLE)).select(
                pl.lit(words).alias("step"), "value", "note", REVISED_FROM
            )
            for cohort, words in last.items()
        ),
    ]
    return pl.concat(steps).select("step", pl.col("value").cast(pl.Int64).alias("people"), "note", REVISED_FROM)


def _attrition_sheet(now: pl.DataFrame) -> SheetTable:
    return SheetTable(
        name="Who is counted",
        title="From everyone in the data received to everyone counted",
        notes=["Each person stops at the first step that applies. Figures are rounded and so need not add up."],
        empty_means=EMPTY_MEANS,
        frame=attrition_steps(now)
        .with_columns(pl.col(REVISED_FROM).alias(f"people_{REVISED_FROM}"))
        .select("step", "people", "note", revised_in_words({"people": "people"})),
        headings={"step": "Step", "people": "People", "note": "Note", "revised": "Revised"},
    )


def _definitions_sheet(cohorts: Sequence[Cohort]) -> SheetTable:
    shown = pl.DataFrame(
        {
            "id": [cohort.id for cohort in cohorts],
            "title": [cohort.title for cohort in cohorts],
            "theme": [cohort.theme for cohort in cohorts],
            "definition": [cohort.definition for cohort in cohorts],
            "dimension": [cohort.dimension for cohort in cohorts],
            "overlap_group": [cohort.overlap_group for cohort in cohorts],
            "evidence": [cohort.evidence for cohort in cohorts],
            "version": [cohort.version for cohort in cohorts],
        }
    )
    return SheetTable(
        name="Definitions",
        title="What each cohort is",
        empty_means="Empty: the cohort is in no such group, and may share people with any other.",
        frame=shown,
        headings={
            "id": "Id",
            "title": "Cohort",
            "theme": "Theme",
            "definition": "Definition",
            "dimension": "Nobody is in two of",
            "overlap_group": "Group in the overlap",
            "evidence": "Evidence",
            "version": "Rule version",
        },
    )


def _sources_sheet(sources: pl.DataFrame) -> SheetTable:
    shown = sources.select("table_name", "is_present", "complete_to", "lag_days", "last_event_date", "note")
    return SheetTable(
        name="Data",
        title="How far each source of data is complete",
        empty_means="Empty: nothing is known of a source that is not present; a note is empty where all is usual.",
        frame=shown,
        headings={
            "table_name": "Source",
            "is_present": "Present",
            "complete_to": "Complete to",
            "lag_days": "Usual delay in days",
            "last_event_date": "Last event known",
            "note": "Note",
        },
    )
