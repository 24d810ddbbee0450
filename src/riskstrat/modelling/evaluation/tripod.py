"""TRIPOD+AI item by item, answered from a bundle; the items and the wording of the answers are ``tripod_ai.toml``."""

import tomllib
from collections.abc import Mapping
from functools import cache
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from riskstrat.modelling.evaluation.sources import columns_without
from riskstrat.modelling.evaluation.words import (
    answer_in_one_sentence,
    count_words,
    figure_words,
    gates_in_one_sentence,
    intervals_in_words,
    practices_in_words,
)
from riskstrat.modelling.registry.bundle import Bundle
from riskstrat.pages import SOURCE_WORDS, counted, long_date, percent
from riskstrat.project import resource


class Item(BaseModel):
    """One item of the statement: its number, what it asks, and the answer with ``{words}`` of a bundle to be filled."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    number: str = Field(pattern=r"[0-9]{1,2}[a-g]?")
    section: str
    topic: str
    applies: Literal["both", "development", "evaluation"]
    asks: str
    state: Literal["answered", "does not apply", "board"]
    answer: str


class Checklist(BaseModel):
    """The statement's items in its order, and where it was published."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    source: str
    item: tuple[Item, ...]


@cache
def read_checklist() -> Checklist:
    """Read ``reports/tripod_ai.toml``; raises ``ValidationError`` where it is not a list of items."""
    text = (resource("reports") / "tripod_ai.toml").read_text(encoding="utf-8")
    return Checklist.model_validate(tomllib.loads(text))


def answered(bundle: Bundle) -> list[dict[str, str]]:
    """Return every item with its answer for this bundle, in order; raises ``KeyError`` for a word nobody fills."""
    words = words_of(bundle)
    return [item.model_dump() | {"answer": item.answer.format_map(words)} for item in read_checklist().item]


def words_of(bundle: Bundle) -> Mapping[str, str]:
    """Return what answers may say of a bundle, by word."""
    spec, training, evaluation = bundle.spec, bundle.training, bundle.evaluation
    figures = evaluation["figures"]
    held_out = training["held_out_practices"]
    low, high = spec.gates.subgroup_calibration_ratio
    return {
        "answer": answer_in_one_sentence(spec, evaluation),
        "auroc": figure_words(figures["auroc"]),
        "baselines": "; ".join(row["title"] for row in evaluation["baselines"]) or "none could be had",
        "bundle": bundle.sha256[:12],
        "calibration_date": long_date(training["calibration_date"]),
        "depth": str(spec.training.depth),
        "features": str(len(bundle.contract.features)),
        "gates": gates_in_one_sentence(evaluation["gates"]),
        "held_out": f"{counted(held_out, 'practice')} only test" if held_out else "too few practices to hold any out",
        "held_out_sentence": (
            "Whole practices were held out of training and only test." if held_out else "No practice was held out."
        ),
        "intended_use": " ".join(spec.intended_use.split()),
        "interval_words": intervals_in_words(evaluation),
        "label": spec.label,
        "least_events": str(spec.gates.least_events),
        "left_out": ", ".join(spec.features.leave_out) or "none",
        "monotone": ", ".join(spec.monotone.up) or "nothing",
        "months_between": _months_between(evaluation),
        "name": spec.name,
        "output": _output(bundle),
        "population": f"«{spec.population}»",
        "practice_words": practices_in_words(evaluation),
        "practices": f"{counted(held_out, 'practice')} held out whole, the others on both sides of the split by person",
        "rate": percent(evaluation["rate"], 1),
        "ratio": figure_words(figures["calibration_ratio"]),
        "refreshed": _refreshed(training),
        "rounds": str(training["rounds"]),
        "slope": figure_words(figures["calibration_slope"]),
        "small_words": _small_words(bundle),
        "software": training["software"],
        "sources": ", ".join(_sources(bundle)) or "registrations only",
        "subgroup_bounds": f"{low:g} to {high:g}",
        "test_date": long_date(evaluation["test_date"]),
        "test_events": count_words(evaluation["events"]),
        "test_people": count_words(evaluation["people"]),
        "thresholds": ", ".join(percent(threshold) for threshold in spec.evaluation.thresholds),
        "title": spec.title,
        "training_dates": ", ".join(long_date(day) for day in training["training_dates"]),
        "why": spec.features.why,
        **{f"{side}_rows": count_words(training["rows"][side]) for side in ("train", "stop", "calibrate")},
        **{f"{side}_events": count_words(training["events"][side]) for side in ("train", "stop", "calibrate")},
    }


def _months_between(evaluation: Mapping[str, Any]) -> str:
    tested = [row for row in evaluation["stability"]["performance"] if row["use"] == "test date"]
    return str(tested[0]["months_since_training"]) if tested else "some"


def _refreshed(training: Mapping[str, Any]) -> str:
    source = training.get("refreshed_from")
    if source is None:
        return ""
    return f" This version is one: the trees of version {source['version']} with a calibration line fitted anew."


def _output(bundle: Bundle) -> str:
    if bundle.spec.figure == "never printed":
        return "A probability, which is printed nowhere; lists have no quota of it. No threshold was chosen."
    return (
        "A probability, said as a frequency. No threshold classifies anyone: a practice's list is as long as its "
        "time for reviews, and the bands of the page are places in the board's order."
    )


def _small_words(bundle: Bundle) -> str:
    events = bundle.evaluation["events"]
    if events is None or events < bundle.spec.gates.least_events:
        return "The test has few outcomes: its figures are unsure, and most gates could not be judged on it."
    return "Small groups have wide intervals; below 30 outcomes nothing is shown of them."


def _sources(bundle: Bundle) -> list[str]:
    names = set(bundle.contract.names)
    return [title for source, title in SOURCE_WORDS.items() if names & columns_without(source)]
