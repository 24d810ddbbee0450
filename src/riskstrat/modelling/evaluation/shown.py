"""What of an evaluation may be shown: plain values, or nothing and the reason.

A figure needs ``LEAST_CELL`` people on either side in what it is made from, a group's figures ``LEAST_GROUP_EVENTS``
with the outcome and as many without. These two are local rules of this room, about figures; how the counts themselves
are published is decided for all of them together (``guarded``).
"""

import math
from typing import Any

from riskstrat.disclosure import Rule, figure
from riskstrat.modelling.evaluation.bootstrap import Figure
from riskstrat.modelling.evaluation.metrics import TOP_SHARES, percent
from riskstrat.modelling.evaluation.reliability import calibration_curve
from riskstrat.modelling.training.calibration import Floats

LEAST_GROUP_EVENTS = 30
LEAST_CELL = 10
LISTS = {f"top_{percent(share)}": f"Top {100 * share:g} %" for share in TOP_SHARES} | {
    "at_capacity": "Each practice at its capacity"
}
"""Lists by the name that ends their figures, with their titles."""

FEW_ON_LIST = f"fewer than {LEAST_CELL} people with the outcome, or without it, on the list"
FEW_IN_GROUP = f"fewer than {LEAST_GROUP_EVENTS} people with the outcome, or without it"
FEW_IN_CELL = f"fewer than {LEAST_CELL} people in a count that the figure is made from"
RULE = Rule()
"""The rule by which counts of people are published in what is said of a model."""
NO_VALUE = "it has no value for these people"


def shown(found: Figure, places: int = 4) -> dict[str, Any]:
    """Return a figure as plain values; one that cannot be had says so."""
    value = rounded(found.value, places)
    if value is None:
        return withheld(NO_VALUE)
    return {"value": value, "low": rounded(found.low, places), "high": rounded(found.high, places)}


def is_enough(least: int, *counts: float) -> bool:
    """Return whether counts as they would be published reach a number: a figure's being there tells no more than they.

    A count of 28 is published as 30, and so has the figures that need 30.
    """
    return all((figure(round(count), RULE).shown or 0) >= least for count in counts)


def withheld(why: str) -> dict[str, Any]:
    """Return a figure that is not shown, with the reason."""
    return {"value": None, "low": None, "high": None, "why": why}


def rounded(number: float, places: int) -> float | None:
    """Return a number as it is written, or nothing where it is none."""
    return round(number, places) if math.isfinite(number) else None


def shown_figures(figures: dict[str, Figure], events: float) -> dict[str, Any]:
    """Return figures as plain values; those of lists that stand on too few people are withheld."""
    few = {name for name in LISTS if f"ppv_{name}" in figures and is_too_few(figures, name, events)}
    return {
        name: withheld(FEW_ON_LIST)
        if any(name.endswith(f"_{one}") for one in few)
        else shown(found, 6 if name.startswith("brier_") else 4)
        for name, found in figures.items()
    }


def is_too_few(figures: dict[str, Figure], name: str, events: float) -> bool:
    """Return whether a list holds too few people with the outcome, or too few without, to show its figures."""
    found, ppv = figures[f"sensitivity_{name}"].value * events, figures[f"ppv_{name}"].value
    return not (math.isfinite(ppv) and ppv > 0 and min(found, found / ppv - found) >= LEAST_CELL)


def shown_curve(risk: Floats, outcome: Floats) -> list[dict[str, Any]]:
    """Return the calibration curve in tenths of equal size, or fewer, so that each holds 8 events and 8 others."""
    for parts in (10, 5, 4, 3, 2, 1):
        curve = calibration_curve(risk, outcome, parts)
        if all(min(p["events"], p["people"] - p["events"]) >= 8 for p in curve):
            return [{name: rounded(p[name], 4) for name in ("expected", "observed", "low", "high")} for p in curve]
    return []
