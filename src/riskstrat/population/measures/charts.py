"""The pictures of measures: a funnel of areas, and an XmR chart of the board's months; from published figures only."""

from typing import Any

import altair as alt
import polars as pl
from markupsafe import Markup

from riskstrat.pages import chart

INK, BLUE, QUIET = "#212b32", "#003087", "#4c6272"
BEYOND_998, BEYOND_95, WITHIN = "beyond the 99.8% limits", "beyond the 95% limits", "within the limits"
USUAL, HIGH, LOW = "usual variation", "more than the usual variation, high", "more than the usual variation, low"
_MONTH_WIDTH, _HEIGHT = 430, 210
_LINE = 13
"""Height of a name in a picture."""


def funnel(areas: pl.DataFrame, limits: pl.DataFrame, board: float, unit: str, size: str, title: str) -> Markup:
    """Return a dot per area by size, within the limits that chance keeps to.

    ``areas`` has ``area_name, size, value, place`` (one of the three words of this module), ``limits`` the curves as
    ``size, lower_998, lower_95, upper_95, upper_998``. Areas beyond the outer limits are named in the picture.
    """
    x = alt.X("size:Q", title=size, scale=alt.Scale(zero=False, nice=True), axis=alt.Axis(tickCount=5, format=",.0f"))
    curves = alt.Chart(_data(limits)).encode(x=x)
    inner = [
        curves.mark_line(strokeDash=[5, 4], strokeWidth=1.5, color=QUIET).encode(y=alt.Y(f"{name}:Q", title=unit))
        for name in ("lower_95", "upper_95")
    ]
    outer = [curves.mark_line(strokeWidth=1.5, color=INK).encode(y=f"{name}:Q") for name in ("lower_998", "upper_998")]
    middle = alt.Chart({"values": [{"board": board}]}).mark_rule(strokeWidth=1, color=QUIET).encode(y="board:Q")
    words = [BEYOND_998, BEYOND_95, WITHIN]
    base = alt.Chart(_data(areas)).encode(x=x, y=alt.Y("value:Q", title=unit, scale=alt.Scale(zero=False)))
    dots = base.mark_point(size=75, filled=True, opacity=1).encode(
        shape=alt.Shape(
            "place:N", scale=alt.Scale(domain=words, range=["triangle-up", "diamond", "circle"]), legend=None
        ),
        color=alt.value(BLUE),
    )
    sizes = limits["size"].to_list()
    middle_size = (sizes[0] + sizes[-1]) / 2  # names are written towards it
    ends = [*areas["value"], *limits["lower_998"], *limits["upper_998"]]
    named = _apart(areas.filter(pl.col("place") == BEYOND_998), (max(ends) - min(ends)) * _LINE / _HEIGHT)
    names = [
        alt.Chart(_data(named.filter((pl.col("size") > middle_size) == is_right)))
        .mark_text(align="right" if is_right else "left", dx=-8 if is_right else 8, fontSize=12, color=INK)
        .encode(x=x, y=alt.Y("written_at:Q", title=unit), text="area_name:N")
        for is_right in (False, True)
    ]
    drawn = alt.layer(*inner, *outer, middle, dots, *names).properties(width=_MONTH_WIDTH, height=_HEIGHT)
    counted = {word: areas.filter(pl.col("place") == word).height for word in words}
    said = ", ".join(f"{number} {word}" for word, number in counted.items() if number)
    return chart(
        drawn, title=title, description=f"A dot for each of {len(areas)} areas; the board: {board:.1f}. {said}."
    )


def _apart(named: pl.DataFrame, line: float) -> pl.DataFrame:
    """Return areas with where their names are written (``written_at``): at their value, or a line below another's."""
    places: list[float] = []
    ordered = named.sort("value", "area_name", descending=[True, False])
    for value in ordered["value"]:
        places.append(min(value, places[-1] - line) if places else value)
    return ordered.with_columns(written_at=pl.Series(places, dtype=pl.Float64))


def control_chart(months: pl.DataFrame, unit: str, title: str) -> Markup:
    """Return the months as a line with their middle (the mean, or the month a year before) and process limits.

    ``months`` has ``month`` (its first day as text), ``value, mean, lower, upper, sign``, the last one of the three
    words of this module; months without limits have none of the three in between. Shape tells them apart; the axis need
    not start at zero, for it is change that is looked for.
    """
    shapes = {USUAL: "circle", HIGH: "triangle-up", LOW: "triangle-down"}
    base = alt.Chart(_data(months)).encode(
        x=alt.X("utcyearmonthdate(month):T", title=None, axis=alt.Axis(format="%b %Y", tickCount=6, labelAngle=0))
    )
    y: dict[str, Any] = {"title": unit, "scale": alt.Scale(zero=False, nice=True)}
    limits = [
        base.mark_line(strokeDash=[5, 4], strokeWidth=1.5, color=QUIET, interpolate="step-after").encode(
            y=alt.Y(f"{name}:Q", **y)
        )
        for name in ("lower", "upper")
    ]
    mean = base.mark_line(strokeWidth=1.5, color=QUIET, interpolate="step-after").encode(y=alt.Y("mean:Q", **y))
    line = base.mark_line(strokeWidth=1.5, color=BLUE).encode(y=alt.Y("value:Q", **y))
    dots = base.mark_point(size=60, filled=True, opacity=1, color=BLUE).encode(
        y=alt.Y("value:Q", **y),
        shape=alt.Shape("sign:N", scale=alt.Scale(domain=list(shapes), range=list(shapes.values())), legend=None),
    )
    drawn = alt.layer(*limits, mean, line, dots).properties(width=_MONTH_WIDTH, height=_HEIGHT)
    first, last = months.row(0, named=True), months.row(-1, named=True)
    odd = months.filter(pl.col("sign") != USUAL).height
    said = f"{first['value']:.1f} in {first['month'][:7]}, {last['value']:.1f} in {last['month'][:7]}"
    return chart(
        drawn, title=title, description=f"{said}; {odd} of {len(months)} months are more than the usual variation."
    )


def _data(frame: pl.DataFrame) -> dict[str, Any]:
    return {"values": frame.to_dicts()}
