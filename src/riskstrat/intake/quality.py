"""The quality report of a delivery: for people as a page, for machines as JSON; never with an identifier in it."""

import json
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from riskstrat.contract import TABLES
from riskstrat.files import replace_text
from riskstrat.intake.catalogue import Delivery
from riskstrat.intake.result import TableQuality
from riskstrat.project import Workspace, add_months

PERCENTILES = (10, 50, 90, 99)
_MONTHS_SHOWN = 13
_MONTHS_DRAWN = 48


def write_quality(
    workspace: Workspace,
    delivery: Delivery,
    tables: dict[str, TableQuality],
    warnings: Sequence[str],
    assumptions: Sequence[str],
    found: dict[str, int],
    fresh: Sequence[dict[str, Any]],
) -> Path:
    """Write ``quality/<delivery>.html`` and the same as ``.json``; return the page's path."""
    workspace.quality.mkdir(parents=True, exist_ok=True)
    report = quality_report(delivery, tables, warnings, assumptions, found, fresh)
    replace_text(
        workspace.quality / f"{delivery.number:06}.json", json.dumps(report, indent=1, ensure_ascii=False) + "\n"
    )
    path = workspace.quality / f"{delivery.number:06}.html"
    replace_text(path, _page(workspace, report))
    return path


def _page(workspace: Workspace, report: dict[str, Any]) -> str:
    from riskstrat import pages  # jinja2 and the charts' renderer are loaded where a page is made

    tables = report["tables"]
    board = workspace.settings.board
    late = [
        {"table": name, "lag": workspace.settings.lag_days(name), **table["lateness_days"]}
        for name, table in tables.items()
        if table["lateness_days"]
    ]
    months = _calendar(tables, report["as_of"])
    return pages.render(
        "quality.html",
        title=f"Quality of delivery {report['delivery']}",
        subtitle="Internal: counts are not rounded. No row about a person is on this page",
        board_name=board.name,
        demonstration=board.demonstration,
        release_name=f"of delivery {report['delivery']}",
        **{
            name: sum(table[name] for table in tables.values())
            for name in ("rows_in", "taken", "duplicates", "dropped")
        },
        quarantined=sum(sum(table["quarantined"].values()) for table in tables.values()),
        **{key: report[key] for key in _AS_THEY_ARE},
        lateness=late,
        lateness_chart=pages.chart(
            _lateness_chart(late), title="How late each source arrives", description=_in_words(late)
        )
        if late
        else None,
        months=months[-_MONTHS_SHOWN:],
        month_chart=pages.chart(
            _month_chart(tables, months),
            title="Rows taken by month of the event",
            description="One small chart per table; the last months are in the table below.",
        )
        if months
        else None,
    )


_AS_THEY_ARE = (
    "as_of",
    "is_pseudonymised",
    "warnings",
    "assumptions",
    "restatements",
    "accepted_restatement",
    "exceptions",
    "freshness",
    "tables",
)


def _calendar(tables: dict[str, Any], as_of: str | None) -> list[str]:
    """Return the months to show, none left out, up to the last one that the drop covers."""
    known = sorted({month for table in tables.values() for month in table["months"]})
    known = [month for month in known if as_of is None or month <= as_of[:7]]
    if not known:
        return []
    last = date.fromisoformat(f"{known[-1]}-01")
    months = [add_months(last, -back).isoformat()[:7] for back in range(_MONTHS_DRAWN - 1, -1, -1)]
    return [month for month in months if month >= known[0]]


def _lateness_chart(late: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return a Vega-Lite picture: a bar from the 10th to the 90th percentile, the half and the setting marked."""
    place = {"field": "table", "type": "nominal", "title": None, "sort": None}
    axis = {
        "type": "quantitative",
        "title": "Days from event to arrival (bar 10 to 90 %, line half, rhomb lag in settings)",
    }
    return {
        "data": {"values": list(late)},
        "width": 520,
        "encoding": {"y": place},
        "layer": [
            {
                "mark": {"type": "bar", "height": 12, "color": "#b0c8e0"},
                "encoding": {"x": {"field": "p10", **axis}, "x2": {"field": "p90"}},
            },
            {"mark": {"type": "tick", "thickness": 3, "color": "#003087"}, "encoding": {"x": {"field": "p50", **axis}}},
            {
                "mark": {"type": "point", "shape": "diamond", "filled": False, "color": "#212b32", "size": 90},
                "encoding": {"x": {"field": "lag", **axis}},
            },
        ],
    }


def _in_words(late: Sequence[dict[str, Any]]) -> str:
    said = [f"{row['table']}: half within {row['p50']} days, 90% within {row['p90']}" for row in late]
    return "; ".join(said) + "."


def _month_chart(tables: dict[str, Any], months: Sequence[str]) -> dict[str, Any]:
    values = [
        {"table": name, "month": f"{month}-01", "rows": table["months"].get(month, {"taken": 0})["taken"]}
        for name, table in tables.items()
        if table["months"] and TABLES[name].event_date is not None
        for month in months
    ]
    return {
        "data": {"values": values},
        "facet": {"field": "table", "type": "nominal", "title": None, "sort": None},
        "columns": 3,
        "spec": {
            "width": 190,
            "height": 70,
            "mark": {"type": "area", "line": True, "color": "#b0c8e0", "interpolate": "step-after"},
            "encoding": {
                "x": {
                    "field": "month",
                    "type": "temporal",
                    "scale": {"type": "utc"},  # the machine's own time zone would move every month by hours
                    "title": None,
                    "axis": {"tickCount": 3, "format": "%b %Y"},
                },
                "y": {"field": "rows", "type": "quantitative", "title": None, "axis": {"tickCount": 3}},
            },
        },
        "resolve": {"scale": {"y": "independent"}},
    }


def quality_report(
    delivery: Delivery,
    tables: dict[str, TableQuality],
    warnings: Sequence[str],
    assumptions: Sequence[str],
    found: dict[str, int],
    fresh: Sequence[dict[str, Any]],
) -> dict[str, Any]:
    """Return the report as plain data: one entry per table with its counts, months and lateness.

    ``found`` says how many exceptions each assertion of ``sql/checks/`` found in everything held, ``fresh`` how fresh
    each source held is (``assertions.freshness``).
    """
    return {
        "delivery": delivery.number,
        "as_of": delivery.as_of,
        "adapter": delivery.adapter,
        "is_pseudonymised": delivery.is_pseudonymised,
        "warnings": list(warnings),
        "assumptions": list(assumptions),
        "restatements": list(delivery.restatements),
        "accepted_restatement": delivery.accepted_restatement,
        "exceptions": found,
        "freshness": [_fresh(source) for source in fresh],
        "tables": {name: _table_report(quality) for name, quality in tables.items()},
    }


def _fresh(source: dict[str, Any]) -> dict[str, Any]:
    days = ("complete_to", "last_event_date", "last_available_date")
    said = {name: None if source[name] is None else source[name].isoformat() for name in days}
    share = source["share_of_usual_volume"]
    shown = None if share is None else round(share, 3)
    return {"table": source["table_name"], **said, "share_of_usual_volume": shown, "note": source["note"]}


def _table_report(quality: TableQuality) -> dict[str, Any]:
    return {
        "rows_in": quality.rows_in,
        "taken": quality.taken,
        "quarantined": dict(sorted(quality.quarantined.items())),
        "duplicates": quality.duplicates,
        "dropped": quality.dropped,
        "blanked_codes": quality.blanked_codes,
        "conflicts": quality.conflicts,
        "before_event": sum(rows for days, rows in quality.lateness.items() if days < 0),
        "files": quality.files,
        "months": {month: {"taken": t, "quarantined": q} for month, (t, q) in quality.months.items()},
        "lateness_days": {f"p{p}": quality.lateness_percentile(p) for p in PERCENTILES} if quality.lateness else None,
    }
