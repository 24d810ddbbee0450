"""Segments as they are published: everybody in exactly one, as counts and shares by area, with one picture."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import altair as alt
import polars as pl
from markupsafe import Markup

from riskstrat.pages import chart
from riskstrat.population.counting.areas import WORDS
from riskstrat.population.counting.cells import PEOPLE
from riskstrat.population.counting.cohorts import Cohort
from riskstrat.population.figures.cohorts import EMPTY_MEANS, RATE, REVISED_FROM, revised_in_words
from riskstrat.sheets import SheetTable, write_csv

SEGMENTS_CSV = "segments.csv"
HEADINGS = {
    "period": "Index date: the figures are as at the start of this day",
    "area_type": "icb (the board), place, pcn (primary care network) or practice",
    "area_code": "Code of the area",
    "area_name": "Name of the area",
    "segment": "Id of the segment; everybody is in exactly one",
    "title": "Name of the segment",
    "people": "People in the segment; empty where there is no figure, and then the note says why",
    "registered": "People registered in the area who may be counted",
    "per_cent": "Share of the people registered, from the two rounded counts",
    "lower": "Lower 95% limit of the share (Wilson)",
    "upper": "Upper 95% limit of the share (Wilson)",
    "note": "Why there is no figure",
    f"people_{REVISED_FROM}": "Where the people are revised: what the latest earlier release printed of the same date, "
    "area and segment; empty where they are not",
    f"registered_{REVISED_FROM}": "The same of the people registered",
    f"per_cent_{REVISED_FROM}": "The same of the share",
}
_SHEET = {
    "area_code": "Code",
    "area_name": "Area",
    "kind": "Kind of area",
    "title": "Segment",
    "people": "People",
    "registered": "Registered",
    "per_cent": "% of registered",
    "lower": "%: lower",
    "upper": "%: upper",
    "note": "Note",
    "revised": "Revised",
}


def segment_figures(wide: pl.DataFrame, cohorts: Sequence[Cohort]) -> pl.DataFrame:
    """Return the segments' published figures with the columns of ``HEADINGS``; ``wide`` as ``side_by_side`` makes it.

    Empty where the rules have no segments.
    """
    order = {kind: place for place, kind in enumerate(WORDS)}
    place = {cohort.id: n for n, cohort in enumerate(cohorts) if cohort.is_segment}
    per_cent = [
        (pl.col(f"{RATE}_{end}") / 10).round(2).alias(name)
        for end, name in (
            ("value", "per_cent"),
            ("lower", "lower"),
            ("upper", "upper"),
            (REVISED_FROM, f"per_cent_{REVISED_FROM}"),
        )
    ]
    return (
        wide.filter(pl.col("cohort").is_in(list(place)))
        .with_columns(
            _kind=pl.col("area_type").replace_strict(order, return_dtype=pl.Int32),
            _place=pl.col("cohort").replace_strict(place, return_dtype=pl.Int32),
        )
        .sort("period", "_kind", "area_code", "_place")
        .select(
            *("period", "area_type", "area_code", "area_name"),
            pl.col("cohort").alias("segment"),
            "title",
            pl.col(f"{PEOPLE}_value").alias("people"),
            "registered",
            *per_cent[:3],
            pl.col(f"{PEOPLE}_note").alias("note"),
            *(pl.col(f"{name}_{REVISED_FROM}").cast(pl.Int64) for name in (PEOPLE, "registered")),
            per_cent[3],
        )
    )


def write_segments(folder: Path, figures: pl.DataFrame) -> None:
    """Write the segments by area and index date as CSV; nothing where there are none."""
    if figures.is_empty():
        return
    shares = [
        pl.col(name).map_elements(lambda value: f"{value:.2f}", return_dtype=pl.String)
        for name in ("per_cent", "lower", "upper", f"per_cent_{REVISED_FROM}")
    ]
    write_csv(folder / SEGMENTS_CSV, figures.with_columns(shares))


def segments_sheet(now: pl.DataFrame) -> SheetTable:
    """Return the segments of the month of the report as a sheet of the workbook."""
    names = {"people": "people", "registered": "registered", "per_cent": "%"}
    kind = pl.col("area_type").replace_strict(dict(WORDS)).alias("kind")
    shown = now.with_columns(kind, revised_in_words(names)).select(*_SHEET)
    return SheetTable(
        name="Segments",
        title="Segments by area: everybody registered is in exactly one",
        notes=[
            "Tried in the order shown; a person is in the first that they meet. What was folded: sheet Definitions.",
            "Figures are rounded and so need not add up.",
        ],
        empty_means=EMPTY_MEANS,
        frame=shown,
        headings=_SHEET,
        number_formats=dict.fromkeys(("per_cent", "lower", "upper"), "0.0"),
        keep_left=3,
    )


def segments_section(now: pl.DataFrame, cohorts: Sequence[Cohort]) -> dict[str, Any] | None:
    """Return what the page says of the segments of the month, or ``None`` where the rules have none or none ran.

    Areas under the board are those of the finest kind of which there are few enough to read side by side.
    """
    board = now.filter(pl.col("area_type") == "icb")
    if board["people"].drop_nulls().is_empty():
        return None
    kinds = [kind for kind in ("practice", "pcn", "place") if _count(now, kind) in range(2, _MOST_COLUMNS + 1)]
    kind = kinds[0] if kinds else "icb"
    kind_words = next(words for one, words in WORDS.items() if one == kind).lower()
    areas = now.filter(pl.col("area_type") == kind)
    names = areas["area_name"].unique(maintain_order=True).to_list()
    shares = {(row["area_name"], row["segment"]): row for row in areas.iter_rows(named=True)}
    definitions = {cohort.id: cohort.definition for cohort in cohorts}
    return {
        "file": SEGMENTS_CSV,
        "kind": kind_words,
        "chart": _picture(board, areas, kind_words),
        "board": [row | {"definition": definitions[row["segment"]]} for row in board.iter_rows(named=True)],
        "names": names,
        "rows": [
            (row["title"], [shares[name, row["segment"]] for name in names]) for row in board.iter_rows(named=True)
        ],
    }


_MOST_COLUMNS = 12
"""Areas that a table shows side by side."""


def _count(now: pl.DataFrame, kind: str) -> int:
    return now.filter(pl.col("area_type") == kind)["area_code"].n_unique()


def _picture(board: pl.DataFrame, areas: pl.DataFrame, kind: str) -> Markup:
    """Return a bar per segment for the board with a tick for each area, in the segments' order."""
    order = board["title"].to_list()
    y = alt.Y("title:N", sort=order, title=None, axis=alt.Axis(labelLimit=320, ticks=False, domain=False))
    x = alt.X("per_cent:Q", title="% of people registered", axis=alt.Axis(tickCount=7))
    shown, ticks = (
        {"values": frame.drop_nulls("per_cent").select("title", "per_cent").to_dicts()} for frame in (board, areas)
    )
    bars = alt.Chart(shown).mark_bar(height=16, color="#aeb7bd").encode(x=x, y=y)
    marks = alt.Chart(ticks).mark_tick(thickness=2, size=16, color="#003087", opacity=1).encode(x=x, y=y)
    drawn = alt.layer(bars, marks).properties(width=560, height=27 * len(order))
    said = "; ".join(f"{row['title']} {row['per_cent']:.1f}%" for row in board.drop_nulls("per_cent").to_dicts())
    return chart(
        drawn,
        title="Share of people registered in each segment",
        description=f"A bar for the board and a tick for each {kind}. The board: {said}.",
    )
