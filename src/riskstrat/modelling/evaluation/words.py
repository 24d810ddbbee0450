"""What an evaluation says in words: the one sentence at the head of the card, gates, intervals, practices."""

from collections.abc import Mapping, Sequence
from typing import Any

from riskstrat.modelling.evaluation.shown import LISTS
from riskstrat.modelling.spec import ModelSpec
from riskstrat.pages import counted, thousands

_LISTS_FOR_THE_HEAD = ("top_5_percent", "top_10_percent", "top_2_percent", "top_1_percent")
"""Lists that may stand at the head of the card, the first with enough people."""

GATE_TITLES = {
    "auroc_interval_above": "It ranks people better than chance",
    "calibration_slope": "Its risks are neither too extreme nor too alike",
    "calibration_ratio": "Its risks are right on average, over everyone",
    "subgroup_calibration_ratio": "Its risks are right on average, in this group",
    "auroc_not_below_champion_by": "It ranks people no worse than the champion",
    "auroc_plausible_to": "It is not too good to be true",
    "list_agreement_with_champion": "Its list is not another than the champion's",
    "subgroup_sensitivity_not_below_champion_by": "It finds no fewer than the champion, in this group",
    "subgroup_calibration_not_beyond_champion_by": "Its risks are no further off than the champion's, in this group",
}
"""What a gate asks, in words; a gate that is not here is called by its own name."""


def count_words(number: int | None) -> str:
    """Return a published count; a star stands for 1 to 7."""
    return "*" if number is None else thousands(number)


def figure_words(figure: Mapping[str, Any] | None, digits: int = 2) -> str:
    """Return a figure with its interval, "0.77 (0.75 to 0.80)", or "too few people to say"."""
    if figure is None or figure["value"] is None:
        return "too few people to say"
    if figure["low"] is None:
        return f"{figure['value']:.{digits}f}"
    return f"{figure['value']:.{digits}f} ({figure['low']:.{digits}f} to {figure['high']:.{digits}f})"


def answer_in_one_sentence(spec: ModelSpec, evaluation: Mapping[str, Any]) -> str:
    """Return what the model is worth in one sentence of whole people, for somebody who reads nothing else."""
    figures = evaluation["figures"]
    found = next((one for one in _LISTS_FOR_THE_HEAD if _value(figures, f"ppv_{one}") is not None), None)
    if spec.figure == "never printed" or found is None:
        return _of_pairs(spec, figures)
    listed, by_lot = figures[f"ppv_{found}"], evaluation["rate"]
    return (
        f"Of 1,000 people like those it puts first (the {LISTS[found].lower()} by risk), about "
        f"{1000 * listed['value']:.0f} ({1000 * listed['low']:.0f} to {1000 * listed['high']:.0f}) {spec.frequency}; "
        f"of 1,000 drawn by lot, about {1000 * by_lot:.0f}."
    )


def _of_pairs(spec: ModelSpec, figures: Mapping[str, Any]) -> str:
    auroc = figures["auroc"]
    lead = "No list is made from it, and no person's figure is printed. " if spec.figure == "never printed" else ""
    if _value(figures, "auroc") is None:
        return f"{lead}Too few people tested had the outcome to say how well it ranks them."
    return (
        f"{lead}Of 100 pairs of people, of whom one is among those who {spec.frequency} and the other is not, it ranks "
        f"the right one higher in about {100 * auroc['value']:.0f} ({100 * auroc['low']:.0f} to "
        f"{100 * auroc['high']:.0f}); guessing would in 50."
    )


def _value(figures: Mapping[str, Any], name: str) -> float | None:
    found = figures.get(name)
    return None if found is None else found["value"]


def gate_title(gate: str) -> str:
    """Return what a gate asks, in words, with the group it asks it of."""
    name, _, group = gate.partition(": ")
    title = GATE_TITLES.get(name, name.replace("_", " ").capitalize())
    return f"{title}: {group}" if group else title


def gates_in_one_sentence(gates: Sequence[Mapping[str, Any]]) -> str:
    """Return how many gates hold, are broken and could not be judged."""
    held, broken, open_ = (sum(gate["holds"] is state for gate in gates) for state in (True, False, None))
    said = [f"{counted(broken, 'gate is', 'gates are')} broken: it may not become champion"] if broken else []
    said.append(f"{counted(held, 'gate holds', 'gates hold')}")
    if open_:
        said.append(f"{open_} could not be judged, which bars nothing: read the figures")
    return "; ".join(said) + "."


def intervals_in_words(evaluation: Mapping[str, Any]) -> str:
    """Return how the intervals were made."""
    made = evaluation["intervals"]
    drawn = "practices, each with everybody in it" if made["drawn"] == "practices" else "people"
    return f"Intervals are 95 %, from {made['draws']} samples of the test date that draw {drawn}."


def practices_in_words(evaluation: Mapping[str, Any]) -> str:
    """Return whether practices differ by more than chance gives."""
    rows = evaluation["practices"]["rows"]
    if not rows:
        return "There are too few practices to compare."
    shown = [row for row in rows if row.get("ratio") is not None]
    far = [row["practice"] for row in shown if row["outside"] == "99_8"]
    near = [row["practice"] for row in shown if row["outside"] == "95"]
    said = [f"Of {counted(len(shown), 'practice')} with enough people to show"]
    said.append(
        f"{counted(len(far), 'lies', 'lie')} outside the limits of chance of 998 in 1,000"
        + (f" ({', '.join(far)})" if far else "")
    )
    said.append(f"{len(near)} more outside those of 95 in 100" + (f" ({', '.join(near)})" if near else ""))
    return f"{said[0]}, {said[1]} and {said[2]}."


def feeds_in_words(rows: Sequence[Mapping[str, Any]]) -> str | None:
    """Return which source, once it stopped, would leave risks furthest too low and which would cost most in rank."""
    shown = [row for row in rows if row["source"] is not None and "auroc" in row]
    sure = [row for row in shown if row["calibration_ratio"]["low"] > 1 and row["auroc_change"]["value"]]
    lost = [row for row in shown if row["auroc_change"]["high"] < 0]
    said = []
    if sure:
        worst = max(sure, key=lambda row: row["calibration_ratio"]["value"])
        ratio = worst["calibration_ratio"]["value"]
        said.append(f"Risks would be furthest too low without {worst['title']}: {ratio:.2f} times as many as it says")
    if lost:
        worst = min(lost, key=lambda row: row["auroc_change"]["value"])
        change = -worst["auroc_change"]["value"]
        said.append(f"Most would be lost in rank without {worst['title']}: {change:.3f} of AUROC")
    return ". ".join(said) + "." if said else None


def worth_in_words(rows: Sequence[Mapping[str, Any]]) -> str | None:
    """Return which source adds most to the AUROC, and of which it cannot be told from chance that they add any.

    A source adds where its whole interval lies above 0, and above what another seed alone moves the figure by.
    """
    sources = [row for row in rows if row["source"] is not None]
    if not sources:
        return None
    by_luck = max((abs(_added(row)["value"]) for row in rows if row["source"] is None), default=0.0)
    sure = [row for row in sources if _added(row)["low"] > by_luck]
    unsure = [row["title"] for row in sources if row not in sure]
    said = []
    if sure:
        most = max(sure, key=lambda row: _added(row)["value"])
        said.append(f"{most['title']} adds most: {figure_words(_added(most), 3)} of AUROC.")
    if unsure:
        lead = (
            "What these add cannot be told from chance" if sure else "What any source adds cannot be told from chance"
        )
        said.append(f"{lead}: {', '.join(unsure)}." if sure else f"{lead}.")
    return " ".join(said)


def _added(row: Mapping[str, Any]) -> Mapping[str, float]:
    figure: Mapping[str, float] = row["model_auroc_minus_baseline"]
    return figure
