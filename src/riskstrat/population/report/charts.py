"""The report's pictures: drawn from published figures only, told apart by shape and words as well as by colour."""

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import polars as pl
from markupsafe import Markup

from riskstrat.pages import DASHES, PALETTE, chart
from riskstrat.population.figures.cohorts import COMPARED_WORDS

MOST_ROWS = 40
"""Areas in one picture; beyond it the picture is of networks, and the table beneath holds every practice."""

_RATIO_TICKS = (
    (0.9, 0.92, 0.94, 0.96, 0.98, 1, 1.02, 1.04, 1.06, 1.08, 1.1),
    (0.8, 0.85, 0.9, 0.95, 1, 1.05, 1.1, 1.15, 1.2, 1.25),
    (0.7, 0.8, 0.9, 1, 1.1, 1.25, 1.4),
    (0.5, 0.67, 0.8, 1, 1.25, 1.5, 2),
    (0.25, 0.5, 1, 2, 4),
    (0.1, 1, 10),
)
"""Marks of a scale of ratios, finest first: the first of which ``_MOST_TICKS`` or fewer lie in the picture is drawn."""
_MOST_TICKS = 3
_ROOM = 1.015
"""By what the scale of ratios reaches beyond its figures."""


def comparison(areas: pl.DataFrame, board_rate: float, title: str) -> Markup:
    """Return a dot with its 95 % interval for each area's standardised rate, and a line at the board's.

    ``areas`` has ``area_name, value, lower, upper, compared``. Shape says how an area compares; the page explains it.
    """
    shown = areas.sort("value", "area_name", descending=[True, False])
    words = [*COMPARED_WORDS, "not compared"]
    base = alt.Chart(_data(shown)).encode(
        y=alt.Y(
            "area_name:N", sort=shown["area_name"].to_list(), title=None, axis=alt.Axis(labelLimit=285, ticks=False)
        )
    )
    limits = base.mark_rule(strokeWidth=2).encode(
        x=alt.X("lower:Q", title="Age-standardised rate per 1,000", scale=alt.Scale(zero=False, nice=True)),
        x2="upper:Q",
    )
    dots = base.mark_point(size=80, filled=True, opacity=1).encode(
        x="value:Q",
        shape=alt.Shape(
            "compared:N",
            scale=alt.Scale(domain=words, range=["triangle-up", "circle", "triangle-down", "cross"]),
            legend=None,
        ),
        color=alt.value("#003087"),
    )
    line = alt.Chart({"values": [{"rate": board_rate}]}).mark_rule(strokeDash=[5, 4], strokeWidth=2, color="#212b32")
    drawn = alt.layer(limits, line.encode(x="rate:Q"), dots).properties(width=245, height=22 * max(1, len(shown)))
    counted = {word: shown.filter(pl.col("compared") == word).height for word in words}
    said = ", ".join(f"{number} {word}" for word, number in counted.items() if number)
    return chart(
        drawn,
        title=title,
        description=f"A dot with its interval for each of {len(shown)} areas; the board: {board_rate:.1f}. {said}.",
    )


def drivers(figures: pl.DataFrame, title: str) -> Markup:
    """Return a panel per factor with a dot per group: what the factor multiplies the odds by, and a line at 1.

    ``figures`` has ``group_name, factor, odds_multiplied_by, compared``, groups and factors in the order drawn. Shape
    says how a figure compares with the board, as in ``comparison``. The scale is of ratios: a half is as far as double.
    """
    groups = figures["group_name"].unique(maintain_order=True).to_list()
    factors = figures["factor"].unique(maintain_order=True).to_list()
    panels = {factor: "\n".join(textwrap.wrap(factor, 17)) for factor in factors}
    ratios = figures["odds_multiplied_by"].to_list()
    low, high = min(0.98, *ratios) / _ROOM, max(1.02, *ratios) * _ROOM
    ticks = next(one for one in _RATIO_TICKS if sum(low <= tick <= high for tick in one) <= _MOST_TICKS)
    base = alt.Chart(_data(figures.with_columns(pl.col("factor").replace_strict(panels))))
    dots = base.mark_point(size=62, filled=True, opacity=1).encode(
        x=alt.X(
            "odds_multiplied_by:Q",
            title=None,
            scale=alt.Scale(type="log", domain=[low, high], nice=False),
            axis=alt.Axis(values=[tick for tick in ticks if low <= tick <= high], format="~r"),
        ),
        y=alt.Y("group_name:N", sort=groups, title=None, axis=alt.Axis(labelLimit=300, ticks=False, grid=True)),
        shape=alt.Shape(
            "compared:N",
            scale=alt.Scale(domain=list(COMPARED_WORDS), range=["triangle-up", "circle", "triangle-down"]),
            legend=None,
        ),
        color=alt.value("#003087"),
    )
    line = base.mark_rule(strokeDash=[5, 4], strokeWidth=1.5, color="#212b32").encode(x=alt.datum(1))
    drawn = (
        alt.layer(line, dots)
        .properties(width=116, height=21 * max(1, len(groups)))
        .facet(
            column=alt.Column(
                "factor:N",
                title=None,
                sort=list(panels.values()),
                header=alt.Header(labelExpr="split(datum.value, '\\n')", labelAnchor="start", labelLimit=130),
            ),
            spacing=26,
        )
    )
    largest = figures.sort((pl.col("odds_multiplied_by").log()).abs(), descending=True, maintain_order=True).head(3)
    said = "; ".join(
        f"{row['group_name']}, {row['factor']} {row['odds_multiplied_by']:.2f}" for row in largest.iter_rows(named=True)
    )
    return chart(
        drawn,
        title=title,
        description=f"A dot for each of {len(groups)} groups and {len(factors)} headings, with a line at 1, the board. "
        f"The farthest from it: {said}.",
    )


def trend(lines: pl.DataFrame, title: str) -> Markup:
    """Return one line per area of crude rates by index date; ``lines`` has ``period, area_name, rate``.

    Lines differ in dash and marker as well as in colour. The axis starts at zero, so that a small change looks small.
    """
    names = lines["area_name"].unique(maintain_order=True).to_list()
    styles: Mapping[str, Sequence[Any]] = {
        "color": [PALETTE[n % len(PALETTE)] for n in range(len(names))],
        "dash": [list(DASHES[n % len(DASHES)]) for n in range(len(names))],
        "shape": [("circle", "square", "triangle-up", "diamond", "cross")[n % 5] for n in range(len(names))],
    }
    legend = alt.Legend(title=None, orient="top", columns=2, labelLimit=210, symbolSize=70)
    base = alt.Chart(_data(lines)).encode(
        x=alt.X(
            "utcyearmonthdate(period):T",
            title=None,
            scale=alt.Scale(type="utc"),
            axis=alt.Axis(format="%b %Y", values=_days(lines), labelOverlap=True, labelAngle=0),
        ),
        y=alt.Y("rate:Q", title="Per 1,000 registered", scale=alt.Scale(zero=True)),
        color=alt.Color("area_name:N", scale=alt.Scale(domain=names, range=styles["color"]), legend=legend),
    )
    drawn = alt.layer(
        base.mark_line().encode(
            strokeDash=alt.StrokeDash("area_name:N", scale=alt.Scale(domain=names, range=styles["dash"]), legend=None)
        ),
        base.mark_point(size=55, filled=True, opacity=1).encode(
            shape=alt.Shape("area_name:N", scale=alt.Scale(domain=names, range=styles["shape"]), legend=legend)
        ),
    ).properties(width=420, height=190)
    board = lines.filter(pl.col("area_name") == names[0]).sort("period")
    first, last = board.row(0, named=True), board.row(-1, named=True)
    said = f"{first['rate']:.1f} per 1,000 at {first['period']}, {last['rate']:.1f} at {last['period']}"
    return chart(drawn, title=title, description=f"{names[0]}: {said}.")


def _days(lines: pl.DataFrame) -> list[dict[str, Any]]:
    """Return the index dates as Vega-Lite wants dates, in UTC, so that no machine's time zone moves a label."""
    days = lines["period"].unique().sort().str.to_date()
    return [{"year": day.year, "month": day.month, "date": day.day, "utc": True} for day in days]


def _data(frame: pl.DataFrame) -> dict[str, Any]:
    return {"values": frame.to_dicts()}
