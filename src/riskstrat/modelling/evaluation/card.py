"""The model card: what a version is for, how it was made and how it did, as a page and as JSON.

Headings follow TRIPOD+AI (Collins et al., BMJ 2024;385:e078378) as far as one evaluation can answer it. The card
depends on the bundle and, in a release, on the month's look at it, so the same version and month give the same bytes.
"""

from datetime import date
from pathlib import Path
from typing import Any

from markupsafe import Markup

from riskstrat.modelling.evaluation.evaluate import LEAST_GROUP_EVENTS
from riskstrat.modelling.evaluation.metrics import TOP_SHARES
from riskstrat.modelling.explanation.factors import read_factors
from riskstrat.modelling.monitoring.checks import MEANS
from riskstrat.modelling.monitoring.watch import read_monitoring, read_moved
from riskstrat.modelling.registry.bundle import Bundle, as_json
from riskstrat.modelling.registry.versions import Registry
from riskstrat.pages import chart, render
from riskstrat.project import Workspace

MOST_MOVED = 10
"""Columns on the card that lie furthest from where they were when the version was tested."""

_SIDES = {
    "train": "Train (all training dates)",
    "stop": "Stop training early",
    "calibrate": "Calibrate",
    "test": "Test: test folds",
    "test_practice": "Test: practices held out whole",
}


def write_card(
    workspace: Workspace,
    name: str,
    version: str,
    folder: Path,
    *,
    release_name: str = "none (registry)",
    index_date: date | None = None,
) -> list[Path]:
    """Write ``<name>.html`` and ``<name>.json`` into ``folder`` and return both paths; no wall clock enters them.

    With an index date at which the version was watched as champion, the card also says how it is doing then.

    Raises ``UsageFault`` for an unknown version, ``IntegrityFault`` where its bundle was changed.
    """
    registry = Registry(workspace)
    found = registry.version(name, version)
    bundle = registry.bundle(found)
    folder.mkdir(parents=True, exist_ok=True)
    page, data = folder / f"{name}.html", folder / f"{name}.json"
    context = card_context(bundle)
    board = workspace.settings.board
    watched = _watched(workspace, name, found.version, index_date)
    page.write_text(
        render(
            "model_card.html",
            title=f"Model card: {bundle.spec.title}",
            subtitle=f"Version {found.version}, tested at index date {bundle.evaluation['test_date']}",
            board_name=board.name,
            demonstration=board.demonstration,
            release_name=release_name,
            watched=watched,
            **context,
        ),
        encoding="utf-8",
    )
    record = {
        "model": name,
        "version": found.version,
        "bundle_sha256": found.bundle_sha256,
        "spec": bundle.spec.model_dump(mode="json"),
        "training": bundle.training,
        "evaluation": bundle.evaluation,
        "monitoring": watched,
        "synthetic": board.demonstration,
    }
    data.write_text(as_json(record), encoding="utf-8")
    return [page, data]


def _watched(workspace: Workspace, name: str, version: str, index_date: date | None) -> dict[str, Any] | None:
    """Return the checks of a version at an index date, and the columns that moved most; nothing if nobody looked."""
    checks = [] if index_date is None else read_monitoring(workspace, index_date, name)
    if index_date is None or not checks or checks[0]["model_version"] != version:
        return None
    factors = read_factors()
    titles = {column: factors.by_id()[factor].title for column, factor in factors.columns.items()}
    moved = read_moved(workspace, index_date, name)
    wanted = ("check", "result", "words", "value", "low", "high")
    return {
        "index_date": str(index_date),
        "checks": [{key: check[key] for key in wanted} for check in checks],
        "cautions": [MEANS[check["check"]] for check in checks if check["result"] == "breach"],
        "moved": [{**row, "factor": titles.get(row["column"], "")} for row in moved[:MOST_MOVED]],
    }


def card_context(bundle: Bundle) -> dict[str, Any]:
    """Return what the card's template needs from a bundle."""
    evaluation = bundle.evaluation
    figures = evaluation["figures"]
    return {
        "spec": bundle.spec,
        "training": bundle.training,
        "evaluation": evaluation,
        "figures": figures,
        "features": len(bundle.contract.features),
        "factors": gain_by_factor(bundle.training["gain"])[:15],
        "sides": _SIDES,
        "lists": {f"{100 * s:g}_percent".replace(".", "_"): f"Top {100 * s:g} %" for s in TOP_SHARES},
        "net_benefit": [
            {
                "threshold": float(threshold),
                "model": figures[f"net_benefit_{100 * float(threshold):g}_percent".replace(".", "_")]["value"],
                "all": everyone,
            }
            for threshold, everyone in sorted(evaluation["net_benefit_of_treating_all"].items(), key=_by_number)
        ],
        "least_events": LEAST_GROUP_EVENTS,
        "curve": _curve(evaluation["curve"]),
        "bundle_sha256": bundle.sha256,
    }


def gain_by_factor(gain: dict[str, float]) -> list[dict[str, Any]]:
    """Return each clinical factor's share of the fit, the largest first; factors with none are left out."""
    factors = read_factors()
    factor_of, by_id = factors.columns, factors.by_id()
    shares: dict[str, float] = {}
    for column, share in gain.items():
        title = by_id[factor_of[column]].title if column in factor_of else column
        shares[title] = shares.get(title, 0.0) + share
    ordered = sorted(shares.items(), key=lambda item: (-item[1], item[0]))
    return [{"title": title, "share": share} for title, share in ordered if share > 0]


def _by_number(item: tuple[str, float]) -> float:
    return float(item[0])


def _curve(points: list[dict[str, float]]) -> Markup | None:
    """Return the calibration curve as a picture, or nothing where no group is large enough."""
    if not points:
        return None
    most = max(max(p["expected"], p["high"]) for p in points)
    axis = {"type": "quantitative", "scale": {"domain": [0, round(most * 1.05, 4)]}}
    expected = {**axis, "field": "expected", "title": "Risk said", "axis": {"format": ".0%"}}
    observed = {**axis, "field": "observed", "title": "Rate seen", "axis": {"format": ".0%"}}
    spec = {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "width": 420,
        "height": 320,
        "layer": [
            {
                "data": {"values": [{"expected": 0, "observed": 0}, {"expected": most, "observed": most}]},
                "mark": {"type": "line", "strokeDash": [6, 3], "color": "#4c6272", "strokeWidth": 1.5},
                "encoding": {"x": expected, "y": observed},
            },
            {
                "data": {"values": points},
                "mark": {"type": "rule"},
                "encoding": {"x": expected, "y": {**observed, "field": "low"}, "y2": {"field": "high"}},
            },
            {
                "data": {"values": points},
                "mark": {"type": "line", "point": True},
                "encoding": {"x": expected, "y": observed},
            },
        ],
    }
    first, last = points[0], points[-1]
    words = (
        f"In the lowest of {len(points)} groups {100 * first['expected']:.1f} % was said and "
        f"{100 * first['observed']:.1f} % seen; in the highest {100 * last['expected']:.1f} % and "
        f"{100 * last['observed']:.1f} %."
    )
    return chart(spec, title="Calibration curve", description=words)
