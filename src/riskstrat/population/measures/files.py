"""The files of the measures: tidy CSV, and what the page and the workbook stand on, one row per area or per month."""

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from riskstrat.population.counting.areas import WORDS
from riskstrat.population.figures.cohorts import EMPTY_MEANS, REVISED_FROM, revised_in_words
from riskstrat.population.measures.definitions import Measure
from riskstrat.population.measures.figures import (
    COUNTS,
    DENOMINATOR,
    EXPECTED,
    FIGURE_WORDS,
    FUNNEL_95,
    FUNNEL_998,
    FUNNEL_SIZE,
    MEASURES_CSV,
    NUMERATOR,
    OF_EXPECTED,
    PROCESS_LIMITS,
    RATE,
    STANDARDISED,
)
from riskstrat.sheets import SheetTable, write_csv

_REVISED = {NUMERATOR: "counted", DENOMINATOR: "of", RATE: "figure"}


def write_measures(folder: Path, figures: pl.DataFrame) -> None:
    """Write every figure of every measure as tidy CSV: counts whole, all else with one decimal."""
    is_count = pl.col("figure").is_in([*COUNTS, EXPECTED, FUNNEL_SIZE])

    def as_text(column: str) -> pl.Expr:
        decimal = pl.col(column).map_elements(lambda value: f"{value:.1f}", return_dtype=pl.String)
        whole = pl.col(column).round(0).cast(pl.Int64).cast(pl.String)
        return pl.when(is_count).then(whole).otherwise(decimal).alias(column)

    numbers = ("value", "lower", "upper", REVISED_FROM)
    write_csv(folder / MEASURES_CSV, figures.with_columns(as_text(name) for name in numbers))


def of_window(figures: pl.DataFrame, measure: Measure) -> pl.DataFrame:
    """Return one row per area of a measure's whole window: its counts, its figure, and how that compares."""
    own = figures.filter((pl.col("measure") == measure.id) & (pl.col("months").str.len_chars() != len("2026-03")))
    shown = (NUMERATOR, DENOMINATOR, RATE, STANDARDISED, FUNNEL_SIZE, FUNNEL_95, FUNNEL_998, EXPECTED, OF_EXPECTED)
    return _side_by_side(own, ("months", "area_type", "area_code", "area_name"), shown)


def of_months(figures: pl.DataFrame, measure: Measure) -> pl.DataFrame:
    """Return one row per month of the board: its counts and figure, the limits, and the rules that it is part of."""
    own = figures.filter((pl.col("measure") == measure.id) & (pl.col("months").str.len_chars() == len("2026-03")))
    return _side_by_side(own, ("months",), (NUMERATOR, DENOMINATOR, RATE, PROCESS_LIMITS))


def _side_by_side(own: pl.DataFrame, keys: Sequence[str], shown: Sequence[str]) -> pl.DataFrame:
    """Return one row per ``keys``, in order, with each figure ``shown`` in columns of its own, null where it is not."""
    parts = ("value", "lower", "upper", "note", REVISED_FROM)
    return own.group_by(keys, maintain_order=True).agg(
        pl.col(part).filter(pl.col("figure") == figure).first().alias(f"{figure}_{part}")
        for figure in shown
        for part in parts
    )


def measures_sheets(figures: pl.DataFrame, measures: Sequence[Measure]) -> list[SheetTable]:
    """Return the measures as sheets of the workbook: every area over the whole window, and the board by month."""
    areas = [_named(of_window(figures, measure), measure) for measure in measures]
    months = [_named(of_months(figures, measure), measure) for measure in measures]
    return [_areas_sheet(pl.concat(areas)), _months_sheet(pl.concat(months)), _what_sheet(measures)]


def _named(frame: pl.DataFrame, measure: Measure) -> pl.DataFrame:
    return frame.with_columns(pl.lit(measure.title).alias("measure"), pl.lit(measure.unit).alias("unit"))


def _areas_sheet(areas: pl.DataFrame) -> SheetTable:
    whole = [pl.col(f"{name}_value").cast(pl.Int64).alias(name) for name in COUNTS]
    limits = [pl.col(f"{name}_{what}") for name in (RATE, STANDARDISED) for what in ("value", "lower", "upper")]
    expected = [
        pl.col(f"{EXPECTED}_value").cast(pl.Int64).alias(EXPECTED),
        *(pl.col(f"{OF_EXPECTED}_{what}") for what in ("value", "lower", "upper")),
    ]
    funnels = [
        pl.col(f"{FUNNEL_SIZE}_value").cast(pl.Int64).alias(FUNNEL_SIZE),
        *(pl.col(f"{name}_{what}") for name in (FUNNEL_95, FUNNEL_998) for what in ("lower", "upper")),
    ]
    notes = [pl.col(f"{name}_note").replace("", None) for name in (STANDARDISED, RATE, NUMERATOR)]
    shown = areas.select(
        "measure", "unit", "months", pl.col("area_type").replace_strict(WORDS), "area_code", "area_name",
        *whole, *limits, *expected, *funnels, pl.coalesce(notes).fill_null("").alias("note"),
        revised_in_words(_REVISED | {STANDARDISED: "standardised"}),
    )  # fmt: skip
    return SheetTable(
        name="Measures",
        title="Measures of programmes by area, over whole months",
        notes=[f"{words}." for words in FIGURE_WORDS.values()],
        empty_means=f"{EMPTY_MEANS} Funnel limits are of areas that are held against the board; expected people, of "
        "one measure and where the board's settings name rates.",
        frame=shown,
        headings={
            "measure": "Measure", "unit": "Unit", "months": "Months", "area_type": "Kind", "area_code": "Code",
            "area_name": "Area", NUMERATOR: "Counted", DENOMINATOR: "Of", f"{RATE}_value": "Figure",
            f"{RATE}_lower": "Lower", f"{RATE}_upper": "Upper", f"{STANDARDISED}_value": "Standardised",
            f"{STANDARDISED}_lower": "Standardised: lower", f"{STANDARDISED}_upper": "Standardised: upper",
            EXPECTED: "Expected", f"{OF_EXPECTED}_value": "% of expected",
            f"{OF_EXPECTED}_lower": "% of expected: lower", f"{OF_EXPECTED}_upper": "% of expected: upper",
            FUNNEL_SIZE: "Size in the funnel",
            f"{FUNNEL_95}_lower": "Funnel 95%: lower", f"{FUNNEL_95}_upper": "Funnel 95%: upper",
            f"{FUNNEL_998}_lower": "Funnel 99.8%: lower", f"{FUNNEL_998}_upper": "Funnel 99.8%: upper", "note": "Note",
            "revised": "Revised",
        },
        number_formats={name: "0.0" for name in shown.columns if name.endswith(("_value", "_lower", "_upper"))},
        keep_left=1,
    )  # fmt: skip


def _months_sheet(months: pl.DataFrame) -> SheetTable:
    whole = [pl.col(f"{name}_value").cast(pl.Int64).alias(name) for name in COUNTS]
    limits = [pl.col(f"{RATE}_value"), *(pl.col(f"{PROCESS_LIMITS}_{what}") for what in ("value", "lower", "upper"))]
    notes = [pl.col(f"{name}_note").replace("", None) for name in (PROCESS_LIMITS, RATE)]
    shown = months.select(
        "measure", "unit", "months", *whole, *limits, pl.coalesce(notes).fill_null("").alias("note"),
        revised_in_words(_REVISED),
    )  # fmt: skip
    return SheetTable(
        name="Measures by month",
        title="Measures of programmes at the board by month, with process limits",
        notes=[f"{FIGURE_WORDS[PROCESS_LIMITS]}."],
        empty_means=f"{EMPTY_MEANS} Limits are empty where a month of the measure has no figure, where too few months "
        "are known, and in the first year of what has a season.",
        frame=shown,
        headings={
            "measure": "Measure", "unit": "Unit", "months": "Month", NUMERATOR: "Counted", DENOMINATOR: "Of",
            f"{RATE}_value": "Figure", f"{PROCESS_LIMITS}_value": "Mean, or year before",
            f"{PROCESS_LIMITS}_lower": "Lower limit", f"{PROCESS_LIMITS}_upper": "Upper limit", "note": "Note",
            "revised": "Revised",
        },
        number_formats={name: "0.0" for name in shown.columns if name.endswith(("_value", "_lower", "_upper"))},
        keep_left=1,
    )  # fmt: skip


def _what_sheet(measures: Sequence[Measure]) -> SheetTable:
    names = ("id", "title", "unit", "counts", "of", "definition", "source")
    frame = pl.DataFrame({name: [getattr(measure, name) for measure in measures] for name in names})
    return SheetTable(
        name="Measures defined",
        title="What each measure is, and how it differs from the indicator it is named after",
        empty_means="Empty: a rate of everybody registered, and a share of nothing else.",
        frame=frame,
        headings={
            "id": "Id", "title": "Measure", "unit": "Unit", "counts": "What is counted", "of": "Is a share of",
            "definition": "Definition", "source": "Source, and what differs",
        },
    )  # fmt: skip
