"""Versions as people read them at a terminal: one on its own, or two side by side with what differs between them.

Everything is read from bundles. A difference between two versions is paired where one was tested against the other, on
the same people of the same test date; without that a difference may be the people's and not the model's, and the text
says so.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from riskstrat.modelling.registry.bundle import Bundle
from riskstrat.modelling.registry.versions import NOT_KEPT, ModelVersion, Registry, in_words, opened
from riskstrat.project import Workspace

FIGURE_TITLES = {
    "auroc": "AUROC",
    "auprc": "AUPRC",
    "brier": "Brier score",
    "calibration_slope": "calibration slope",
    "calibration_intercept": "calibration intercept",
    "calibration_ratio": "observed over expected",
    "ppv_top_5_percent": "PPV, top 5 %",
    "sensitivity_top_5_percent": "sensitivity, top 5 %",
    "number_needed_to_review_top_5_percent": "reviews to find one, top 5 %",
    "ppv_at_capacity": "PPV at each practice's capacity",
}
"""Figures that a terminal shows; ``--json`` has all of them."""

_WIDEST = 60
_STATES = {True: "holds", False: "broken", None: "not judged"}
_MADE_FROM = (
    "software",
    "training_dates",
    "calibration_date",
    "test_date",
    "rounds",
    "code_lists_sha256",
    "sql_sha256",
)


def show_model(workspace: Workspace, name: str, version: str | int | None = None) -> dict[str, Any]:
    """Return what is known of a version (the champion, else the newest, if none is named), as plain values."""
    registry, found = opened(workspace, name, version)
    return _described(registry, found)


def compare_models(workspace: Workspace, name: str, first: str | int, second: str | int) -> dict[str, Any]:
    """Return both versions' figures and gates, the paired difference where there is one, and what differs.

    ``paired`` is the second's AUROC less the first's on the same people, ``None`` with ``why_not_paired`` where neither
    was tested against the other. ``differs`` has a row per entry of the spec, and per thing the model was made from,
    that is not the same in both.
    """
    registry, one = opened(workspace, name, first)
    two = registry.version(name, str(second))
    bundles = [registry.bundle(found) for found in (one, two)]
    paired, why_not = _paired((one, two), bundles)
    evaluations = [bundle.evaluation for bundle in bundles]
    names = dict.fromkeys([figure for evaluation in evaluations for figure in evaluation["figures"]])
    return {
        "model": name,
        "versions": [_heading(found, bundle) for found, bundle in zip((one, two), bundles, strict=True)],
        "figures": [{"figure": f, "values": [e["figures"].get(f, NOT_KEPT) for e in evaluations]} for f in names],
        "paired": paired,
        "why_not_paired": why_not,
        "gates": _gates(evaluations),
        "differs": _differences(bundles),
    }


def shown_as_text(shown: Mapping[str, Any]) -> str:
    """Return ``show_model``'s answer for a terminal."""
    evaluation, training = shown["evaluation"], shown["training"]
    aliases = ", ".join(shown["aliases"]) or "neither champion nor challenger"
    lines = [
        f"{shown['name']} version {shown['version']} ({aliases}): {shown['title']}",
        shown["answer"],
        "",
        f"tested at {evaluation['test_date']} on {_count(evaluation['people'])} people, {_count(evaluation['events'])} "
        f"with the outcome; trained at {', '.join(training['training_dates'])}; calibrated at "
        f"{training['calibration_date']}",
        f"{shown['features']} columns, {training['rounds']} trees, {training['software']}, bundle "
        f"{shown['bundle_sha256'][:12]}",
        "",
        *_aligned([[title, in_words(evaluation["figures"].get(f, NOT_KEPT))] for f, title in FIGURE_TITLES.items()]),
        "",
        *_aligned([["gate", "result", "figure"], *[_gate_row(gate) for gate in evaluation["gates"]]]),
        "",
        "everything, group by group:  --json",
    ]
    return "\n".join(lines)


def comparison_as_text(compared: Mapping[str, Any]) -> str:
    """Return ``compare_models``'s answer for a terminal."""
    heads = compared["versions"]
    names = [
        f"version {head['version']}" + (f" ({', '.join(head['aliases'])})" if head["aliases"] else "") for head in heads
    ]
    values = {row["figure"]: row["values"] for row in compared["figures"]}
    rows = [
        ["", *names],
        ["tested at", *[head["test_date"] for head in heads]],
        ["people", *[_count(head["people"]) for head in heads]],
        ["with the outcome", *[_count(head["events"]) for head in heads]],
        *[[title, *[in_words(v) for v in values[f]]] for f, title in FIGURE_TITLES.items() if f in values],
    ]
    gates = [["gate", *names], *[[row["gate"], *row["results"]] for row in compared["gates"]]]
    differs = [["differs", *names], *[[row["entry"], *map(_shortened, row["values"])] for row in compared["differs"]]]
    return "\n".join(
        [
            compared["model"],
            *_aligned(rows),
            "",
            _paired_in_words(compared),
            "",
            *_aligned(gates),
            "",
            *(
                _aligned(differs)
                if compared["differs"]
                else ["nothing differs in the spec or in what they were made from"]
            ),
        ]
    )


def _described(registry: Registry, found: ModelVersion) -> dict[str, Any]:
    from riskstrat.modelling.evaluation.words import answer_in_one_sentence

    bundle = registry.bundle(found)
    return {
        "name": found.name,
        "version": found.version,
        "aliases": list(found.aliases),
        "title": bundle.spec.title,
        "answer": answer_in_one_sentence(bundle.spec, bundle.evaluation),
        "bundle_sha256": found.bundle_sha256,
        "features": len(bundle.contract.features),
        "training": bundle.training,
        "evaluation": bundle.evaluation,
    }


def _heading(found: ModelVersion, bundle: Bundle) -> dict[str, Any]:
    evaluation = bundle.evaluation
    return {
        "version": found.version,
        "aliases": list(found.aliases),
        **{name: evaluation[name] for name in ("test_date", "people", "events")},
    }


def _paired(
    versions: Sequence[ModelVersion], bundles: Sequence[Bundle]
) -> tuple[dict[str, float | None] | None, str | None]:
    """Return the second's AUROC less the first's, from the evaluation in which one met the other, or why not."""
    (one, two), (first, second) = versions, [bundle.evaluation for bundle in bundles]
    if first["test_date"] != second["test_date"]:
        return None, "their test dates differ, so that a difference may be the people's and not the model's"
    for version, evaluation, sign in ((one, second, 1), (two, first, -1)):
        found = evaluation.get("auroc_minus_champion")
        if evaluation["champion_compared_with"] == version.version and found and found["value"] is not None:
            ends = sorted(sign * found[end] for end in ("low", "high"))
            return {"value": sign * found["value"], "low": ends[0], "high": ends[1]}, None
    return None, "neither was tested against the other while that one was champion"


def _paired_in_words(compared: Mapping[str, Any]) -> str:
    one, two = (head["version"] for head in compared["versions"])
    found = compared["paired"]
    if found is None:
        return f"not paired: {compared['why_not_paired']}"
    return (
        f"paired, on the same people: AUROC of version {two} less version {one}'s {found['value']:+.4f} "
        f"({found['low']:+.4f} to {found['high']:+.4f})"
    )


def _gates(evaluations: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    results = [{gate["gate"]: _STATES[gate["holds"]] for gate in evaluation["gates"]} for evaluation in evaluations]
    names = dict.fromkeys([name for of_version in results for name in of_version])
    return [{"gate": name, "results": [of_version.get(name, "not asked") for of_version in results]} for name in names]


def _gate_row(gate: Mapping[str, Any]) -> list[str]:
    return [gate["gate"], _STATES[gate["holds"]], gate["words"]]


def _differences(bundles: Sequence[Bundle]) -> list[dict[str, Any]]:
    """Return what is not the same in the specs, the columns read, and what the models were made from."""
    first, second = [_entries(bundle) for bundle in bundles]
    rows = [
        {"entry": entry, "values": [first.get(entry, "–"), second.get(entry, "–")]}
        for entry in dict.fromkeys([*first, *second])
        if first.get(entry) != second.get(entry)
    ]
    columns = [set(bundle.contract.names) for bundle in bundles]
    if columns[0] != columns[1]:
        only = [", ".join(sorted(a - b)) or "none" for a, b in (columns, columns[::-1])]
        rows.append({"entry": "columns only this one reads", "values": only})
    return rows


def _entries(bundle: Bundle) -> dict[str, str]:
    """Return a bundle's spec and origin as flat entries, each as text."""
    spec = bundle.spec.model_dump(mode="json", exclude={"name"})
    training = {name: bundle.training.get(name) for name in _MADE_FROM}
    data = {"data": ", ".join(sorted(sha256[:8] for sha256 in bundle.training["data_sha256"].values()))}
    return {name: _text(value) for name, value in (*_flat(spec), *_flat(training), *data.items())}


def _flat(values: Mapping[str, Any], before: str = "") -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for name, value in values.items():
        found += _flat(value, f"{before}{name}.") if isinstance(value, Mapping) else [(before + name, value)]
    return found


def _text(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(_text(one) for one in value) or "none"
    text = " ".join(str(value).split())
    return text[:12] if len(text) == 64 and text.isalnum() else text


def _shortened(text: str) -> str:
    return text if len(text) <= _WIDEST else text[: _WIDEST - 1] + "…"


def _count(number: int | None) -> str:
    return "*" if number is None else f"{number:,}"


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
