"""The pictures of a model card: Vega-Lite from an evaluation's plain values, each with its meaning in words."""

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from riskstrat.pages import chart

_SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"
_RULE = {"type": "line", "strokeDash": [6, 3], "color": "#4c6272", "strokeWidth": 1.5}
_FACTORS_SHOWN = 15


def _axis(title: str, field: str, *, domain: Sequence[float] | None = None, form: str | None = None) -> dict[str, Any]:
    scale: dict[str, Any] = {"zero": False} if domain is None else {"domain": list(domain)}
    axis = {} if form is None else {"axis": {"format": form}}
    return {"field": field, "type": "quantitative", "title": title, "scale": scale, **axis}


def _drawn(title: str, words: str, spec: Mapping[str, Any]) -> Markup:
    return chart({"$schema": _SCHEMA, **spec}, title=title, description=words)


def calibration_curve(points: Sequence[Mapping[str, float]]) -> Markup | None:
    """Return risk said against rate seen in groups of equal size, or nothing where there are not two large enough."""
    if len(points) < 2:
        return None
    most = round(max(max(p["expected"], p["high"]) for p in points) * 1.05, 4)
    form = ".0%" if most > 0.1 else ".1%"
    x = _axis("Risk said", "expected", domain=(0, most), form=form)
    y = _axis("Rate seen", "observed", domain=(0, most), form=form)
    first, last = points[0], points[-1]
    words = (
        f"In the lowest of {len(points)} groups {100 * first['expected']:.1f} % was said and "
        f"{100 * first['observed']:.1f} % seen; in the highest {100 * last['expected']:.1f} % and "
        f"{100 * last['observed']:.1f} %."
    )
    diagonal = [{"expected": 0, "observed": 0}, {"expected": most, "observed": most}]
    layers = [
        {"data": {"values": diagonal}, "mark": _RULE, "encoding": {"x": x, "y": y}},
        {"mark": "rule", "encoding": {"x": x, "y": {**y, "field": "low"}, "y2": {"field": "high"}}},
        {"mark": {"type": "line", "point": True}, "encoding": {"x": x, "y": y}},
    ]
    spec = {"width": 420, "height": 320, "data": {"values": list(points)}, "layer": layers}
    return _drawn("Calibration curve", words, spec)


def groups(rows: Sequence[Mapping[str, Any]], bounds: tuple[float, float]) -> Markup | None:
    """Return observed over expected events by group with intervals, over the band that the gate allows."""
    values: list[dict[str, Any]] = [
        {"group": f"{row['factor']}: {row['group']}", **_interval(row["figures"]["calibration_ratio"])}
        for row in rows
        if row["figures"] is not None and row["figures"]["calibration_ratio"]["value"] is not None
    ]
    if not values:
        return None
    y = {"field": "group", "type": "nominal", "title": None, "sort": None, "axis": {"labelLimit": 330}}
    ends = [v[end] for v in values for end in ("low", "high")]
    x = _axis("Observed over expected", "value", domain=(min(*ends, bounds[0]) - 0.05, max(*ends, bounds[1]) + 0.05))
    band = {"type": "rect", "color": "#e8edee"}
    layers = [
        {
            "data": {"values": [{"from": bounds[0], "to": bounds[1]}]},
            "mark": band,
            "encoding": {"x": {**x, "field": "from"}, "x2": {"field": "to"}},
        },
        {"data": {"values": [{"value": 1}]}, "mark": {**_RULE, "type": "rule"}, "encoding": {"x": x}},
        {"mark": "rule", "encoding": {"y": y, "x": {**x, "field": "low"}, "x2": {"field": "high"}}},
        {"mark": "point", "encoding": {"y": y, "x": x}},
    ]
    least, most = min(values, key=lambda v: v["value"]), max(values, key=lambda v: v["value"])
    words = (
        f"{len(values)} groups. Lowest: {least['group']}, {least['value']:.2f} times as many had the outcome as was "
        f"said. Highest: {most['group']}, {most['value']:.2f} times. The band is what the gate allows, "
        f"{bounds[0]:g} to {bounds[1]:g}."
    )
    spec = {"width": 420, "height": {"step": 22}, "data": {"values": values}, "layer": layers}
    return _drawn("Calibration by group", words, spec)


def _interval(figure: Mapping[str, float]) -> dict[str, float]:
    return {name: figure[name] for name in ("value", "low", "high")}


def funnel(practices: Mapping[str, Any]) -> Markup | None:
    """Return observed over expected by practice against its size, within the limits that chance alone gives."""
    points = [
        {"expected": row["expected"], "ratio": row["ratio"], "practice": row["practice"]}
        for row in practices["rows"]
        if row.get("ratio") is not None
    ]
    if not points:
        return None
    x, y = _axis("Expected with the outcome", "expected"), _axis("Observed over expected", "ratio")
    lines = []
    for limit, dash in (("95", [6, 3]), ("99_8", [2, 2])):
        for side in ("low", "high"):
            mark = {"type": "line", "strokeDash": dash, "color": "#4c6272", "strokeWidth": 1.5}
            encoding = {"x": x, "y": {**y, "field": f"{side}_{limit}"}}
            lines.append({"data": {"values": practices["limits"]}, "mark": mark, "encoding": encoding})
    one = {"data": {"values": [{"ratio": 1}]}, "mark": {"type": "rule"}, "encoding": {"y": y}}
    outside = sum(row["outside"] is not None for row in practices["rows"] if row.get("ratio") is not None)
    words = (
        f"{len(points)} practices; {outside} outside the limits within which 95 of 100 would lie by chance, were the "
        f"model right in each."
    )
    mark = {"type": "point", "filled": True, "size": 60}
    layers = [one, *lines, {"data": {"values": points}, "mark": mark, "encoding": {"x": x, "y": y}}]
    return _drawn("Funnel of practices", words, {"width": 520, "height": 300, "layer": layers})


def months(rows: Sequence[Mapping[str, Any]]) -> Markup | None:
    """Return AUROC and observed over expected by months since training, side by side, or nothing below two dates."""
    shown = [row for row in rows if row["auroc"] is not None]
    if len(shown) < 2:
        return None
    first, last = shown[0], shown[-1]
    words = (
        f"AUROC {first['auroc']['value']:.3f} at {first['months_since_training']} months and "
        f"{last['auroc']['value']:.3f} at {last['months_since_training']}; observed over expected "
        f"{first['calibration_ratio']['value']:.2f} and {last['calibration_ratio']['value']:.2f}."
    )
    panels = []
    for name, title in (("auroc", "AUROC"), ("calibration_ratio", "Observed over expected")):
        values = [{"months": row["months_since_training"], **_interval(row[name])} for row in shown]
        x = {**_axis("Months since the last date that trained", "months"), "axis": {"tickMinStep": 1}}
        x["scale"] = {"zero": True, "nice": False, "padding": 12}
        y = _axis(title, "value")
        layers: list[dict[str, Any]] = [
            {"mark": {"type": "line", "point": True}, "encoding": {"x": x, "y": y}},
            {"mark": "rule", "encoding": {"x": x, "y": {**y, "field": "low"}, "y2": {"field": "high"}}},
        ]
        if name == "calibration_ratio":
            one = {"data": {"values": [{"value": 1}]}, "mark": {**_RULE, "type": "rule"}, "encoding": {"y": y}}
            layers.insert(0, one)
        panels.append({"width": 330, "height": 220, "data": {"values": values}, "layer": layers})
    return _drawn("Performance by months since training", words, {"hconcat": panels, "spacing": 40})


def importance(factors: Sequence[Mapping[str, Any]]) -> Markup | None:
    """Return the clinical factors that move estimates most, as shares of all movement."""
    shown = [{"factor": _capital(f["title"]), "share": f["share"]} for f in factors[:_FACTORS_SHOWN]]
    if not shown:
        return None
    y = {"field": "factor", "type": "nominal", "title": None, "sort": None, "axis": {"labelLimit": 260}}
    x = {**_axis("Share of all movement of estimates", "share", form=".0%"), "scale": {"zero": True}}
    words = "The first three: " + ", ".join(f"{f['factor']} {100 * f['share']:.0f} %" for f in shown[:3]) + "."
    spec = {
        "width": 420,
        "height": {"step": 22},
        "data": {"values": shown},
        "mark": "bar",
        "encoding": {"x": x, "y": y},
    }
    return _drawn("What moves the estimates", words, spec)


def _capital(title: str) -> str:
    """Return a title with a capital, unless it has one inside its first word, as eGFR does."""
    first = title.split(" ", maxsplit=1)[0]
    return title if first != first.lower() else title[:1].upper() + title[1:]
