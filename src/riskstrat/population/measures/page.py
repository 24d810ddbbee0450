"""What the report says of the measures that programmes live by: a table, a few pictures, and every area."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np
import polars as pl

from riskstrat.disclosure import SHORTHAND
from riskstrat.pages import long_date, short_month
from riskstrat.population.figures.cohorts import COMPARED_WORDS, REVISED_FROM, TABLE_NOT_SHOWN
from riskstrat.population.measures import charts as measure_charts
from riskstrat.population.measures.definitions import Measure
from riskstrat.population.measures.figures import (
    DENOMINATOR,
    FIGURE_WORDS,
    FUNNEL_95,
    FUNNEL_998,
    FUNNEL_SIZE,
    MEASURES_CSV,
    NUMERATOR,
    PROCESS_LIMITS,
    RATE,
    STANDARDISED,
)
from riskstrat.population.measures.files import of_months, of_window
from riskstrat.population.methods import funnel
from riskstrat.population.methods.control_charts import FALLING, HIGH, LOW, RISING, SIGNALS, WAYS, Signal

MOST_PICTURES = 3
"""Measures that are drawn: of each theme the first of which most practices can be compared, or else its months."""
RECENT_MONTHS = 3
"""Months at the end of a series of which the table says whether they are more than the usual variation."""
_DRAWN = ("month", "value", "mean", "lower", "upper", "sign")
_CURVE = 60  # points a limit is drawn through


def months_in_words(months: str) -> str:
    """Return a published period as a reader says it: "Sep 2025 to Aug 2026", "Mar 2026", or one day."""
    if not months:
        return "–"
    if len(months) == len("2026-11-01"):
        return f"at {long_date(months)}"
    first, _, last = months.partition("/")
    days = [date.fromisoformat(f"{one}-01") for one in (first, last) if one]
    return " to ".join(dict.fromkeys(f"{short_month(day)} {day.year}" for day in days))


def measures_section(figures: pl.DataFrame, measures: Sequence[Measure], board_name: str) -> dict[str, Any] | None:
    """Return what the section shows; ``None`` where no measure has a figure and nothing needs to be said of it."""
    lines = [measure_line(figures, measure) for measure in measures]
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


def measure_line(figures: pl.DataFrame, measure: Measure) -> dict[str, Any]:
    """Return one measure's line: the board's figure, how the practices compare, and its last months.

    ``trend`` is what is said of the last months, empty where ``untold`` says why nothing is.
    """
    areas = of_window(figures, measure)
    board = areas.filter(pl.col("area_type") == "icb").to_dicts()
    note = f"{board[0][f'{RATE}_note'] or ''}" if board else "no figure"
    if note.startswith("no figure"):
        return {"measure": measure, "why_not": note.removeprefix("no figure: "), "months": "", "trend": ""}
    compared_by = STANDARDISED if measure.is_rate else RATE
    practices = areas.filter(pl.col("area_type") == "practice")
    counts = [practices.filter(pl.col(f"{compared_by}_note") == word).height for word in COMPARED_WORDS]
    beyond = practices.filter(pl.col(f"{FUNNEL_998}_note").str.ends_with("99.8 %")).height
    months = of_months(figures, measure)
    untold = why_untold(months)
    return {
        "measure": measure,
        "why_not": "",
        "months": months_in_words(board[0]["months"]),
        "board": board[0],
        "compared": counts if any(counts) else [None] * len(counts),
        "beyond": beyond if any(counts) else None,
        "trend": "" if untold else recently(months),
        "untold": untold,
    }


def with_limits(months: pl.DataFrame) -> pl.DataFrame:
    """Return the months of a chart; none where no month of it has limits."""
    held = months[f"{PROCESS_LIMITS}_value"].is_not_null()
    return months.filter(pl.lit(bool(held.any())))


def why_untold(months: pl.DataFrame) -> str:
    """Return why nothing is said of the last months of a series (``of_months``); empty where something is.

    A state of one day has no series. One with a month that has no figure has no limits, nor one that is short, nor the
    months after a change of what is counted.
    """
    if months.is_empty():
        return "no series"
    without = months.filter(pl.col(f"{RATE}_value").is_null())[f"{RATE}_note"].to_list()
    if without:
        is_small = all(note in (SHORTHAND, TABLE_NOT_SHOWN) for note in without)
        return "too few a month to say" if is_small else "months without a figure"
    limits = months[f"{PROCESS_LIMITS}_value"]
    if limits.null_count() == len(limits):
        return "too few months"
    return "too few months since a change" if limits.tail(RECENT_MONTHS).null_count() == RECENT_MONTHS else ""


def recently(months: pl.DataFrame) -> str:
    """Return whether the last months of a series with limits are part of a rule, in words."""
    notes = months[f"{PROCESS_LIMITS}_note"].tail(RECENT_MONTHS)
    return "; ".join(dict.fromkeys(one.words for note in notes for one in _signals(note))) or "usual variation"


def _signals(note: str | None) -> list[Signal]:
    """Return the rules that a note of process limits names, with their way."""
    said = (note or "").split("; ")
    return [one for one in (Signal(rule, way) for rule in SIGNALS for way in WAYS) if one.words in said]


def _sign(note: str, value: float, middle: float | None) -> str:
    """Return how a month is marked: by its side; by its way where it is part of a trend alone, but for a turn."""
    ways = {one.way for one in _signals(note)}
    if not ways or middle is None:
        return measure_charts.USUAL
    if {RISING, FALLING} <= ways and not {HIGH, LOW} & ways:
        return measure_charts.HIGH if value > middle else measure_charts.LOW
    return measure_charts.HIGH if HIGH in ways or (LOW not in ways and RISING in ways) else measure_charts.LOW


def _pictures(figures: pl.DataFrame, measure: Measure, board_name: str) -> dict[str, Any] | None:
    """Return a measure's funnel of practices, where most can be compared, and its months; ``None`` with neither."""
    areas = of_window(figures, measure)
    practices = areas.filter(pl.col("area_type") == "practice")
    placed = practices.filter(pl.col(f"{FUNNEL_95}_note").is_in(list(_PLACES)))
    months = with_limits(of_months(figures, measure))
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
    shown = placed.select(
        "area_name",
        "area_code",
        pl.col(f"{FUNNEL_SIZE}_value").alias("size"),
        *(pl.col(f"{figure}_{name}").alias(name) for name in ("value", "lower", "upper")),
        *(
            pl.col(f"{limit}_{name}").alias(f"{limit}_{name}")
            for limit in (FUNNEL_95, FUNNEL_998)
            for name in ("lower", "upper")
        ),
        pl.col(f"{figure}_{REVISED_FROM}").alias("was"),
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
    shown = months.select(
        (pl.col("months") + "-01").alias("month"),
        pl.col(f"{RATE}_value").alias("value"),
        pl.col(f"{PROCESS_LIMITS}_value").alias("mean"),
        pl.col(f"{PROCESS_LIMITS}_lower").alias("lower"),
        pl.col(f"{PROCESS_LIMITS}_upper").alias("upper"),
        pl.col(f"{NUMERATOR}_value").alias("numerator"),
        pl.col(f"{DENOMINATOR}_value").alias("denominator"),
        pl.col(f"{RATE}_{REVISED_FROM}").alias("was"),
        pl.col(f"{NUMERATOR}_{REVISED_FROM}").alias("numerator_was"),
        pl.col(f"{DENOMINATOR}_{REVISED_FROM}").alias("denominator_was"),
        pl.col(f"{PROCESS_LIMITS}_note").fill_null("").alias("note"),
    )
    signs = [_sign(*month) for month in shown.select("note", "value", "mean").iter_rows()]
    shown = shown.with_columns(sign=pl.Series(signs, dtype=pl.String))
    title = f"{measure.title}: months of {board_name}"
    return {
        "chart": measure_charts.control_chart(shown.select(*_DRAWN), measure.unit, title),
        "rows": [{**row, "words": months_in_words(row["month"][:7])} for row in shown.iter_rows(named=True)],
    }
