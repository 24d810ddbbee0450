"""How a model did on people whom no worklist had named, and on those it had, on the test date's rows.

Intervals need no drawing (``closed_form``). A group's figures need ``LEAST_GROUP_EVENTS`` people with the outcome and
as many without, and more than a few who are not in the group. Counts are cells of one system, with those of everybody
who is not in a group; how many there are and how many have the outcome is taken to be known exactly, as the evaluation
tells it. Nothing is shown where a count could be worked out all the same, nor of a test date with fewer than eight with
the outcome, or without.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from riskstrat.disclosure import Figure
from riskstrat.disclosure.attack import Key, Relation, at_most
from riskstrat.disclosure.cells import Cells, Table, as_read, attacked, together
from riskstrat.modelling.datasets.rows import Rows
from riskstrat.modelling.evaluation.bootstrap import Z
from riskstrat.modelling.evaluation.cells import (
    EVENTS,
    PEOPLE,
    WITHOUT,
    everyone_table,
    has_few,
    key_of,
    leaves_few,
    rest_of,
    with_rest,
)
from riskstrat.modelling.evaluation.closed_form import auroc
from riskstrat.modelling.evaluation.gates import ratio_interval
from riskstrat.modelling.evaluation.guarded import FOR_ANOTHER, LEFT_OUT, TOO_FEW
from riskstrat.modelling.evaluation.shown import LEAST_GROUP_EVENTS, RULE, is_enough
from riskstrat.modelling.evaluation.stability import as_shown
from riskstrat.modelling.training.calibration import Floats

_FACTOR = "past worklists"
NEVER, BEFORE, WITHIN, REVIEWED, NO_LIST = (
    "never listed",
    "listed before the index date",
    "listed within the horizon",
    "listed within the horizon, a decision recorded",
    "practice sent no list",
)
_NOTE = (
    "People never listed are chosen by what came afterwards: a list names those whose year goes badly, so that fewer "
    "of the never listed have the outcome than was estimated even where lists change nothing. People of practices that "
    "had been sent no list are not chosen so."
)


def exposure_report(rows: Rows, risk: Floats) -> dict[str, Any]:
    """Return discrimination and calibration by exposure to past worklists, and what they can and cannot say.

    ``groups`` is empty where no list had been sent to anybody's practice before the horizon ended.
    """
    people = rows.people
    before, within = (people[name].to_numpy() for name in ("listed_before", "listed_in_horizon"))
    members = {
        NEVER: ~(before | within),
        BEFORE: before,
        WITHIN: within,
        REVIEWED: people["reviewed_in_horizon"].to_numpy(),
        NO_LIST: ~people["list_sent"].to_numpy(),
    }
    any_list = bool(people["list_sent"].any() or before.any() or within.any())
    if not any_list:
        return {"groups": [], "note": "No worklist had been sent before the horizon ended."}
    if has_few({PEOPLE: len(rows), EVENTS: int(rows.outcome.sum())}):
        return {"groups": [], "note": TOO_FEW}
    cells, known = _cells(members, rows.outcome)
    figures = cells.protected(RULE, known).figures
    found = [_row(name, mask, rows.outcome, risk, figures) for name, mask in members.items()]
    shown = {key_of(_FACTOR, row["group"], name): row[name] for row in found for name in (PEOPLE, EVENTS)}
    printed = {key: value for key, value in shown.items() if figures[key].is_printed}
    if attacked(as_read(printed, cells, RULE), cells, known):
        return {"groups": [], "note": LEFT_OUT}
    return {"groups": found, "note": _NOTE}


def _cells(members: Mapping[str, npt.NDArray[np.bool_]], outcome: Floats) -> tuple[Cells, dict[Key, Figure]]:
    """Return the counts of each group and of everybody else, and what any reader knows of them."""
    whole = {PEOPLE: len(outcome), EVENTS: int(outcome.sum())}
    everyone, known = everyone_table(whole[PEOPLE], whole[EVENTS])
    whole[WITHOUT] = whole[PEOPLE] - whole[EVENTS]
    tables = [
        with_rest(_FACTOR, name, int(mask.sum()), int(outcome[mask].sum()), whole) for name, mask in members.items()
    ]
    ties: list[Relation] = []
    for count in (PEOPLE, EVENTS, WITHOUT):
        ever, before, within = (key_of(_FACTOR, name, count) for name in (rest_of(NEVER), BEFORE, WITHIN))
        ties += [at_most(ever, [before]), at_most(ever, [within])]
        ties.append(Relation(((before, 1.0), (within, 1.0), (ever, -1.0)), high=np.inf))
        if np.all(members[WITHIN] | ~members[REVIEWED]):
            ties.append(at_most(within, [key_of(_FACTOR, REVIEWED, count)]))
    return together([everyone, *tables, Table(relations=tuple(ties))]), known


def _row(
    name: str, mask: npt.NDArray[np.bool_], everyone: Floats, risk: Floats, figures: Mapping[Key, Figure]
) -> dict[str, Any]:
    own = {count: figures[key_of(_FACTOR, name, count)] for count in (PEOPLE, EVENTS)}
    row: dict[str, Any] = {"group": name, **{count: one.shown for count, one in own.items()}, "figures": None}
    if None in (row[PEOPLE], row[EVENTS]):
        return row if any(one.is_guarded for one in own.values()) else row | {"why": FOR_ANOTHER}
    outcome = everyone[mask]
    events, people = int(outcome.sum()), len(outcome)
    if leaves_few({PEOPLE: len(everyone), EVENTS: int(everyone.sum())}, {PEOPLE: people, EVENTS: events}):
        return row | {"why": FOR_ANOTHER}
    if is_enough(LEAST_GROUP_EVENTS, events, people - events):
        found = auroc(risk[mask], outcome)
        row["figures"] = {
            "auroc": as_shown(found.value, found.low, found.high),
            "calibration_ratio": as_shown(*ratio_interval(outcome, risk[mask], Z)),
        }
    return row
