"""What the report says of the measures that programmes live by: a table, a few pictures, every area, and the files."""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from riskstrat.pages import long_date, short_month
from riskstrat.population import funnel, measure_charts
from riskstrat.population.areas import WORDS
from riskstrat.population.control_charts import SIGNALS, TREND
from riskstrat.population.earlier import MEASURES_CSV
from riskstrat.population.measure_definitions import Measure
from riskstrat.population.measure_figures import (
    COUNTS,
    DENOMINATOR,
    FIGURE_WORDS,
    FUNNEL_95,
    FUNNEL_998,
    NUMERATOR,
    PROCESS_LIMITS,
    RATE,
    STANDARDISED,
)
from riskstrat.population.measures import COMPARED_WORDS
from riskstrat.sheets import SheetTable, write_csv

MOST_PICTURES = 3
"""Measures that are drawn: of each theme the first of which most practices can be compared, or else its months."""
RECENT_MONTHS = 3
"""Months at the end of a series of which the table says whether they are more than the usual variation."""
_CURVE = 60  # points a limit is drawn through


def write_measures(folder: Path, figures: pl.DataFrame) -> None:
    """Write every figure of every measure as tidy CSV: counts whole, all else with one decimal."""
    is_count = pl.col("figure").is_in(COUNTS)

    def as_text(column: str) -> pl.Expr:
        decimal = pl.col(column).map_elements(lambda value: f"{value:.1f}", return_dtype=pl.String)
        whole = pl.col(column).round(0).cast(pl.Int64).cast(pl.String)
        return pl.when(is_count).then(whole).otherwise(decimal).alias(column)

    write_csv(folder / MEASURES_CSV, figures.with_columns(as_text(name) for name in ("value", "lower", "upper")))


def months_in_words(months: str) -> str:
    """Return a published period as a reader says it: "Sep 2025 to Aug 2026", "Mar 2026", or one day."""
    if not months:
        return "–"
    if len(months) == len("2026-11-01"):
        return f"at {long_date(months)}"
    first, _, last = months.partition("/")
    days = [date.fromisoformat(f"{one}-01") for one in (first, last) if one]
    return " to ".join(dict.fromkeys(f"{short_month(day)} {day.year}" for day in days))


def of_window(figures: pl.DataFrame, measure: Measure) -> pl.DataFrame:
    """Return one row per area of a measure's whole window: its counts, its figure, and how that compares."""
    own = figures.filter((pl.col("measure") == measure.id) & (pl.col("months").str.len_chars() != len("2026-03")))
    areas = own.select("months", "area_type", "area_code", "area_name").unique(maintain_order=True)
    for figure in (NUMERATOR, DENOMINATOR, RATE, STANDARDISED, FUNNEL_95, FUNNEL_998):
        found = own.filter(pl.col("figure") == figure)
        columns = [pl.col(name).alias(f"{figure}_{name}") for name in ("value", "lower", "upper", "note")]
        areas = areas.join(found.select("area_type", "area_code", *columns), on=["area_type", "area_code"], how="left")
    return areas


def of_months(figures: pl.DataFrame, measure: Measure) -> pl.DataFrame:
    """Return one row per month of the board: its counts and figure, the limits, and the rules that it is part of."""
    own = figures.filter((pl.col("measure") == measure.id) & (pl.col("months").str.len_chars() == len("2026-03")))
    months = own.select("months").unique(maintain_order=True)
    for figure in (NUMERATOR, DENOMINATOR, RATE, PROCESS_LIMITS):
        found = own.filter(pl.col("figure") == figure)
        columns = [pl.col(name).alias(f"{figure}_{name}") for name in ("value", "lower", "upper", "note")]
        months = months.join(found.select("months", *columns), on="months", how="left")
    return months


def measures_section(figures: pl.DataFrame, measures: Sequence[Measure], board_name: str) -> dict[str, Any] | None:
    """Return what the section shows; ``None`` where no measure has a figure and nothing needs to be said of it."""
    lines = [_line(figures, measure) for measure in measures]
    if all(line["why_not"] for line in lines):
        return None
    drawn: dict[str, dict[str, Any]] = {}
    for measure, line in zip(measures, lines, strict=True):
        if not line["why_not"] and measure.theme not in drawn and len(drawn) < MOST_PICTURES:
            picture = _pictures(figures, measure, board_name)
            if picture is not None:
                drawn[measure.theme] = picture
    themes: dict[str, list[dict[str, Any]]] = {}
    for line in lines:
        themes.setdefault(line["measure"].theme, []).append(line)
    return {
        "themes": [{"name": name, "lines": own} for name, own in themes.items()],
        "pictures": list(drawn.values()),
        "details": [
            {"measure": measure, "rows": of_window(figures, measure).to_dicts(), "months": line["months"]}
            for measure, line in zip(measures, lines, strict=True)
            if not line["why_not"]
        ],
        "figure_words": FIGURE_WORDS,
        "recent": RECENT_MONTHS,
        "file": MEASURES_CSV,
    }


def _line(figures: pl.DataFrame, measure: Measure) -> dict[str, Any]:
    """Return one measure's line: the board's figure, how the practices compare, and its last months."""
    areas = of_window(figures, measure)
    board = areas.filter(pl.col("area_type") == "icb").to_dicts()
    note = f"{board[0][f'{RATE}_note'] or ''}" if board else "no figure"
    if note.startswith("no figure"):
        return {"measure": measure, "why_not": note.removeprefix("no figure: "), "months": ""}
    compared_by = STANDARDISED if measure.is_rate else RATE
    practices = areas.filter(pl.col("area_type") == "practice")
    counts = [practices.filter(pl.col(f"{compared_by}_note") == word).height for word in COMPARED_WORDS]
    beyond = practices.filter(pl.col(f"{FUNNEL_998}_note").str.ends_with("99.8 %")).height
    months = of_months(figures, measure).filter(pl.col(f"{PROCESS_LIMITS}_value").is_not_null())
    return {
        "measure": measure,
        "why_not": "",
        "months": months_in_words(board[0]["months"]),
        "board": board[0],
        "compared": counts if any(counts) else [None] * len(counts),
        "beyond": beyond if any(counts) else None,
        "trend": recently(months),
    }


def recently(months: pl.DataFrame) -> str:
    """Return whether the last months are part of a rule, in words."""
    if months.is_empty():
        return "–"
    values, means = (months[f"{name}_value"].to_list() for name in (RATE, PROCESS_LIMITS))
    rules = [_rules(note) for note in months[f"{PROCESS_LIMITS}_note"]]
    said: dict[str, None] = {}
    for place in range(max(0, len(values) - RECENT_MONTHS), len(values)):
        side = "high" if values[place] > means[place] else "low"
        for rule in rules[place]:
            if rule == TREND:
                # the first month of a trend tells its way by the next, every other one by the one before
                later = place + (place == 0 or TREND not in rules[place - 1])
                side_or_way = "rising" if values[later] > values[later - 1] else "falling"
            else:
                side_or_way = side
            said[f"{rule}, {side_or_way}"] = None
    return "; ".join(said) or "usual variation"


def _rules(note: str | None) -> list[str]:
    """Return the rules that a note of process limits names."""
    return [rule for rule in SIGNALS if rule in (note or "").split("; ")]


def _pictures(figures: pl.DataFrame, measure: Measure, board_name: str) -> dict[str, Any] | None:
    """Return a measure's funnel of practices, where most can be compared, and its months; ``None`` with neither."""
    areas = of_window(figures, measure)
    practices = areas.filter(pl.col("area_type") == "practice")
    placed = practices.filter(pl.col(f"{FUNNEL_95}_note").is_not_null())
    months = of_months(figures, measure).filter(pl.col(f"{PROCESS_LIMITS}_value").is_not_null())
    has_funnel = 2 * placed.height >= max(1, practices.height)
    if not has_funnel and months.is_empty():
        return None
    return {
        "measure": measure,
        "period": months_in_words(areas["months"][0]),
        "funnel": _funnel(measure, areas, placed) if has_funnel else None,
        "left_out": practices.height - placed.height,
        "series": _series(measure, months, board_name) if not months.is_empty() else None,
    }


def _funnel(measure: Measure, areas: pl.DataFrame, placed: pl.DataFrame) -> dict[str, Any]:
    """Return the funnel of the practices that are compared, and its figures as a table."""
    figure = STANDARDISED if measure.is_rate else RATE
    board = areas.filter(pl.col("area_type") == "icb")[f"{figure}_value"].item()
    size = pl.col(f"{NUMERATOR}_value") * measure.per / pl.col(f"{figure}_value")
    shown = placed.select(
        "area_name",
        "area_code",
        (size if measure.is_rate else pl.col(f"{DENOMINATOR}_value")).round(0).alias("size"),
        *(pl.col(f"{figure}_{name}").alias(name) for name in ("value", "lower", "upper")),
        *(
            pl.col(f"{limit}_{name}").alias(f"{limit}_{name}")
            for limit in (FUNNEL_95, FUNNEL_998)
            for name in ("lower", "upper")
        ),
        pl.col(f"{FUNNEL_95}_note").alias("position"),
        place=pl.col(f"{FUNNEL_95}_note").replace_strict(_PLACES),
    )
    held = shown["size"].to_list()
    sizes = np.linspace(0.8 * min(held), 1.05 * max(held), _CURVE)
    limits = pl.DataFrame([{"size": float(one), **_limits(measure, board, round(one)).__dict__} for one in sizes])
    return {
        "chart": measure_charts.funnel(
            shown.select("area_name", "size", "value", "place"),
            limits,
            board,
            _unit(measure),
            "People, as many as would have these admissions at the rate"
            if measure.is_rate
            else measure.of.capitalize(),
            f"{measure.title}: practices within funnel limits",
        ),
        "rows": shown.sort("area_code").to_dicts(),
        "board": board,
    }


_PLACES: Mapping[str, str] = {
    "above 99.8 %": measure_charts.BEYOND_998,
    "below 99.8 %": measure_charts.BEYOND_998,
    "above 95 %": measure_charts.BEYOND_95,
    "below 95 %": measure_charts.BEYOND_95,
    "within": measure_charts.WITHIN,
}


def _limits(measure: Measure, board: float, size: int) -> funnel.Funnel:
    if measure.is_rate:
        return funnel.of_rate(board, max(1, size), measure.per)
    return funnel.of_proportion(board / measure.per, max(1, size), measure.per)


def _unit(measure: Measure) -> str:
    return f"{measure.unit}{', age-standardised' if measure.is_rate else ''}".replace(" people", "")


def _series(measure: Measure, months: pl.DataFrame, board_name: str) -> dict[str, Any]:
    """Return the board's months as a control chart, and as a table."""
    is_odd = pl.Series([bool(_rules(note)) for note in months[f"{PROCESS_LIMITS}_note"]])
    high = (
        pl.when(pl.col("value") > pl.col("mean"))
        .then(pl.lit(measure_charts.HIGH))
        .otherwise(pl.lit(measure_charts.LOW))
    )
    shown = months.select(
        (pl.col("months") + "-01").alias("month"),
        pl.col(f"{RATE}_value").alias("value"),
        pl.col(f"{PROCESS_LIMITS}_value").alias("mean"),
        pl.col(f"{PROCESS_LIMITS}_lower").alias("lower"),
        pl.col(f"{PROCESS_LIMITS}_upper").alias("upper"),
        pl.col(f"{NUMERATOR}_value").alias("numerator"),
        pl.col(f"{DENOMINATOR}_value").alias("denominator"),
        pl.col(f"{PROCESS_LIMITS}_note").fill_null("").alias("note"),
    ).with_columns(sign=pl.when(is_odd).then(high).otherwise(pl.lit(measure_charts.USUAL)))
    title = f"{measure.title}: months of {board_name}"
    return {
        "chart": measure_charts.control_chart(shown.drop("numerator", "denominator", "note"), measure.unit, title),
        "rows": [{**row, "words": months_in_words(row["month"][:7])} for row in shown.iter_rows(named=True)],
    }


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
    funnels = [pl.col(f"{name}_{what}") for name in (FUNNEL_95, FUNNEL_998) for what in ("lower", "upper")]
    notes = [pl.col(f"{name}_note").replace("", None) for name in (STANDARDISED, RATE, NUMERATOR)]
    shown = areas.select(
        "measure", "unit", "months", pl.col("area_type").replace_strict(WORDS), "area_code", "area_name",
        *whole, *limits, *funnels, pl.coalesce(notes).fill_null("").alias("note"),
    )  # fmt: skip
    return SheetTable(
        name="Measures",
        title="Measures of programmes by area, over whole months",
        notes=[f"{words}." for words in FIGURE_WORDS.values()],
        frame=shown,
        headings={
            "measure": "Measure", "unit": "Unit", "months": "Months", "area_type": "Kind", "area_code": "Code",
            "area_name": "Area", NUMERATOR: "Counted", DENOMINATOR: "Of", f"{RATE}_value": "Figure",
            f"{RATE}_lower": "Lower", f"{RATE}_upper": "Upper", f"{STANDARDISED}_value": "Standardised",
            f"{STANDARDISED}_lower": "Standardised: lower", f"{STANDARDISED}_upper": "Standardised: upper",
            f"{FUNNEL_95}_lower": "Funnel 95%: lower", f"{FUNNEL_95}_upper": "Funnel 95%: upper",
            f"{FUNNEL_998}_lower": "Funnel 99.8%: lower", f"{FUNNEL_998}_upper": "Funnel 99.8%: upper", "note": "Note",
        },
        number_formats={name: "0.0" for name in shown.columns if name.endswith(("_value", "_lower", "_upper"))},
        keep_left=1,
    )  # fmt: skip


def _months_sheet(months: pl.DataFrame) -> SheetTable:
    whole = [pl.col(f"{name}_value").cast(pl.Int64).alias(name) for name in COUNTS]
    limits = [pl.col(f"{RATE}_value"), *(pl.col(f"{PROCESS_LIMITS}_{what}") for what in ("value", "lower", "upper"))]
    notes = [pl.col(f"{name}_note").replace("", None) for name in (PROCESS_LIMITS, RATE)]
    shown = months.select("measure", "unit", "months", *whole, *limits, pl.coalesce(notes).fill_null("").alias("note"))
    return SheetTable(
        name="Measures by month",
        title="Measures of programmes at the board by month, with process limits",
        notes=[f"{FIGURE_WORDS[PROCESS_LIMITS]}."],
        frame=shown,
        headings={
            "measure": "Measure", "unit": "Unit", "months": "Month", NUMERATOR: "Counted", DENOMINATOR: "Of",
            f"{RATE}_value": "Figure", f"{PROCESS_LIMITS}_value": "Mean", f"{PROCESS_LIMITS}_lower": "Lower limit",
            f"{PROCESS_LIMITS}_upper": "Upper limit", "note": "Note",
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
        frame=frame,
        headings={
            "id": "Id", "title": "Measure", "unit": "Unit", "counts": "What is counted", "of": "Is a share of",
            "definition": "Definition", "source": "Source, and what differs",
        },
    )  # fmt: skip
