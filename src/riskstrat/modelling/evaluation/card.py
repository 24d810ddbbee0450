"""The model card: one report per version, as a page that a clinical safety officer reads and as JSON.

It depends on the bundle and, in a release, on the month's look at it, so that the same version and month give the same
bytes, and it follows TRIPOD+AI item by item.
"""

from datetime import date
from pathlib import Path
from typing import Any

from riskstrat.modelling.evaluation import pictures, words
from riskstrat.modelling.evaluation.groups import PRACTICE
from riskstrat.modelling.evaluation.shown import LEAST_GROUP_EVENTS, LISTS
from riskstrat.modelling.evaluation.tripod import answered, read_checklist
from riskstrat.modelling.evaluation.worth import WITHOUT_EACH_SOURCE
from riskstrat.modelling.explanation.factors import read_factors
from riskstrat.modelling.monitoring.checks import MEANS
from riskstrat.modelling.monitoring.watch import read_monitoring, read_moved
from riskstrat.modelling.registry.bundle import Bundle, as_json
from riskstrat.modelling.registry.comparison import FIGURE_TITLES
from riskstrat.modelling.registry.versions import Registry
from riskstrat.pages import render
from riskstrat.project import Workspace

MOST_MOVED = 10
"""Columns on the card that lie furthest from where they were when the version was tested."""

SECTIONS = (
    "curve",
    "group_differences",
    "importance",
    "intervals",
    "lists",
    "practices",
    "sources",
    "stability",
    "without_recent_admission",
)
"""Parts of an evaluation that the whole card stands on; one made by earlier software may lack them."""
_KEPT_OF_EARLIER = ("test_date", "people", "events", "rate", "figures", "gates", "champion_compared_with")

_SIDES = {
    "train": "Train (all training dates)",
    "stop": "Stop training early",
    "calibrate": "Calibrate",
    "test": "Test: people of the test folds",
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

    With an index date at which the version was watched as champion, the card also says how it is doing then. A version
    that was tested by earlier software has a short card of what was kept, so that a champion never stops a release.

    Raises ``UsageFault`` for an unknown version, ``IntegrityFault`` where its bundle was changed.
    """
    registry = Registry(workspace)
    found = registry.version(name, version)
    bundle = registry.bundle(found)
    folder.mkdir(parents=True, exist_ok=True)
    page, data = folder / f"{name}.html", folder / f"{name}.json"
    board = workspace.settings.board
    watched = _watched(workspace, name, found.version, index_date)
    is_whole = all(section in bundle.evaluation for section in SECTIONS)
    page.write_text(
        render(
            "model_card.html" if is_whole else "model_card_earlier.html",
            title=f"Model card: {bundle.spec.title}",
            subtitle=f"Version {found.version}, tested at index date {bundle.evaluation['test_date']}",
            board_name=board.name,
            demonstration=board.demonstration,
            release_name=release_name,
            **(card_context if is_whole else earlier_context)(bundle, watched),
        ),
        encoding="utf-8",
    )
    kept = bundle.evaluation if is_whole else {key: bundle.evaluation.get(key) for key in _KEPT_OF_EARLIER}
    record = {
        "model": name,
        "version": found.version,
        "bundle_sha256": found.bundle_sha256,
        "spec": bundle.spec.model_dump(mode="json"),
        "training": bundle.training,
        # The rest of an earlier test was kept before groups were guarded against subtraction. What later months are
        # watched against stays in the bundle: an edge of a bin is one person's value.
        "evaluation": {key: value for key, value in kept.items() if key != "reference"},
        "monitoring": watched,
        "tripod_ai": {"source": read_checklist().source, "items": answered(bundle) if is_whole else []},
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


def earlier_context(bundle: Bundle, watched: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return what every card's template needs from a bundle, whichever software tested it, and from a month's look."""
    spec, evaluation = bundle.spec, bundle.evaluation
    return {
        "spec": spec,
        "training": bundle.training,
        "evaluation": evaluation,
        "figures": evaluation["figures"],
        "titles": FIGURE_TITLES,
        "features": len(bundle.contract.features),
        "bundle_sha256": bundle.sha256,
        "watched": watched,
        "answer": words.answer_in_one_sentence(spec, evaluation),
        "gates": _gates(evaluation["gates"]),
        "gates_sentence": words.gates_in_one_sentence(evaluation["gates"]),
    }


def card_context(bundle: Bundle, watched: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return what the whole card's template needs from a bundle, and from a month's look at it."""
    spec, evaluation = bundle.spec, bundle.evaluation
    groups = [row for row in evaluation["groups"] if row["factor"] != PRACTICE]
    return earlier_context(bundle, watched) | {
        "intervals": words.intervals_in_words(evaluation),
        "practices_sentence": words.practices_in_words(evaluation),
        "feeds_sentence": words.feeds_in_words(evaluation["sources"]["rows"]),
        "worth_sentence": words.worth_in_words(evaluation.get(WITHOUT_EACH_SOURCE, {}).get("rows", [])),
        # Earlier software looked at pairs one month apart only, and at less of them.
        "pairs": [pair for pair in evaluation["stability"]["lists"] if "months_apart" in pair],
        "sides": _SIDES,
        "lists": [(row["list"], LISTS[row["list"]], row) for row in evaluation["lists"]],
        "net_benefit": _net_benefit(evaluation),
        "groups": _by(groups, "factor"),
        "least_events": LEAST_GROUP_EVENTS,
        "tripod": _by(answered(bundle), "section"),
        "tripod_source": read_checklist().source,
        "pictures": {
            "calibration": pictures.calibration_curve(evaluation["curve"]),
            "groups": pictures.groups(groups, spec.gates.subgroup_calibration_ratio),
            "funnel": pictures.funnel(evaluation["practices"]),
            "months": pictures.months(evaluation["stability"]["performance"]),
            "importance": pictures.importance(evaluation["importance"]["factors"]),
        },
    }


def _by(rows: list[dict[str, Any]], name: str) -> dict[str, list[dict[str, Any]]]:
    """Return rows by what they hold under a name, both in the order they came in."""
    found: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        found.setdefault(row[name], []).append(row)
    return found


def _gates(gates: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the gates in words, those broken first, then those that could not be judged."""
    order = {False: 0, None: 1, True: 2}
    said = {False: "broken", None: "not judged", True: "holds"}
    rows = [{**gate, "title": words.gate_title(gate["gate"]), "result": said[gate["holds"]]} for gate in gates]
    return sorted(rows, key=lambda gate: order[gate["holds"]])


def _net_benefit(evaluation: dict[str, Any]) -> list[dict[str, Any]]:
    """Return net benefit by threshold, lowest first, beside that of reviewing everyone."""
    everyone = evaluation["net_benefit_of_treating_all"]
    return [
        {
            "threshold": float(threshold),
            "model": evaluation["figures"][f"net_benefit_{100 * float(threshold):g}_percent".replace(".", "_")],
            "all": everyone[threshold],
        }
        for threshold in sorted(everyone, key=float)
    ]
