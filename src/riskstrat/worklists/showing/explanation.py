"""Why a person is, or is not, on the list: the answer a practice gets about its own people, and no other.

For a number nobody here has, and for someone registered elsewhere, the answer is the same refusal. For someone who may
not be shown it says that nothing can be shown, and not why.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

import polars as pl

from riskstrat.errors import InputRefused, NotPermitted
from riskstrat.intake import lookup
from riskstrat.modelling import READ_WITH_CARE, cautions
from riskstrat.pages import long_date
from riskstrat.project import Workspace
from riskstrat.settings import PrioritySettings
from riskstrat.worklists.selecting.follow_up import FOLLOW_UP
from riskstrat.worklists.selecting.rises import MODEL
from riskstrat.worklists.selecting.selection import STATES
from riskstrat.worklists.selecting.standing import ADULT, Standing, read_standing
from riskstrat.worklists.showing.answers import TOLD, RuleAnswer, RulesAsked
from riskstrat.worklists.showing.how_cut import NO_CARE_WITHHELD
from riskstrat.worklists.showing.words import priority_words

_COMPETE = ("listed", "below_cut", "held_out")
MEETS_NO_RULE, LEFT_OFF = "meets no rule", "left off"
SHOWN = (*STATES, MEETS_NO_RULE, LEFT_OFF)
"""States of an answer that says something of the person, and may therefore say who they are; no other state may."""
Reasons = Callable[[int], tuple[tuple[str, ...], tuple[str, ...]]]
"""From a person to what moves the estimate up and down, in sentences."""


@dataclass(frozen=True)
class Explanation:
    """The whole answer. ``state`` is one of ``SHOWN``, or ``not available`` or ``not considered``.

    ``summary`` is the answer in sentences; the rest says how it came about; ``cautions`` say of the estimate's model
    what every page says. It names nobody.
    """

    practice_code: str
    index_date: date
    state: str
    summary: tuple[str, ...]
    rank: int | None = None
    change: str | None = None
    rules: tuple[RuleAnswer, ...] = ()
    gaps: tuple[str, ...] = ()
    risk: float | None = None
    reasons_up: tuple[str, ...] = ()
    reasons_down: tuple[str, ...] = ()
    cautions: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Return the answer for machines."""
        return asdict(self) | {"index_date": str(self.index_date)}

    def as_text(self) -> str:
        """Return the answer as it is read on a screen."""
        lines = [f"Practice {self.practice_code}, list of {long_date(self.index_date)}", *self.summary]
        if self.risk is not None:
            lines.append(
                f"About {round(100 * self.risk)} in 100 people like this are admitted as an emergency in a year."
            )
        lines += [f"  {READ_WITH_CARE} {caution}" for caution in self.cautions]
        lines += [f"  moves the estimate up: {reason}" for reason in self.reasons_up]
        lines += [f"  moves it down: {reason}" for reason in self.reasons_down]
        lines += [f"Could be looked at: {gap}" for gap in self.gaps]
        for rule in self.rules:
            lines.append(f"{rule.title}: {rule.verdict}")
            lines += [f"  {p.what}: {p.value} ({p.asked}: {TOLD[p.is_met]})" for p in rule.points]
        return "\n".join(lines)


def explain(
    workspace: Workspace, nhs_number: str, practice_code: str, index_date: date, *, reasons: Reasons | None = None
) -> Explanation:
    """Say why a person is, or is not, on a practice's list of an index date.

    ``reasons`` gives the score's reasons; by default the champion's, as far as they may be printed. Raises
    ``NotPermitted`` unless the person is registered at that practice today (the same words for a number nobody has),
    ``UsageFault`` for what is no NHS number.
    """
    person_id = lookup(workspace, nhs_number)
    standing = read_standing(workspace, index_date)
    practice = standing.successors.get(practice_code, practice_code)
    if person_id is None or not _is_registered(standing, person_id, practice):
        raise NotPermitted(
            f"practice {practice_code} may not ask about this number",
            "a practice may ask about people registered with it today, and nobody else",
        )
    if person_id in standing.barred["person_id"]:
        return Explanation(practice, index_date, "not available", ("Nothing can be shown for this person.",))
    if person_id in standing.dead["person_id"]:
        return Explanation(practice, index_date, "not considered", ("Recorded as having died; no list shows them.",))
    snapshot = pl.scan_parquet(workspace.part("features", index_date))
    mine = snapshot.filter(pl.col("person_id") == person_id).select("practice_code", "age").collect()
    if mine.is_empty() or standing.successors.get(mine["practice_code"][0], mine["practice_code"][0]) != practice:
        told = f"Not registered here on {long_date(index_date)}, the date this list stands on; the next list will look."
        return Explanation(practice, index_date, "not considered", (told,))
    if mine["age"][0] < ADULT:
        return Explanation(practice, index_date, "not considered", (f"Lists show people of {ADULT} and over.",))
    return _explained(workspace, person_id, practice, index_date, reasons or _champion_reasons(workspace, index_date))


def _is_registered(standing: Standing, person_id: int, practice: str) -> bool:
    here = standing.registered.filter((pl.col("person_id") == person_id) & (pl.col("practice_today") == practice))
    return not here.is_empty()


def _explained(workspace: Workspace, person_id: int, practice: str, index_date: date, reasons: Reasons) -> Explanation:
    asked = RulesAsked(workspace, index_date, [person_id])
    answers, risk = asked.of(person_id), asked.risk(person_id)
    row = _row(workspace, "worklists", index_date, person_id)
    gaps = _rows(workspace, "gap_hits", index_date, person_id)
    up, down = reasons(person_id) if risk is not None else ((), ())
    state = str(row["state"]) if row else MEETS_NO_RULE
    if row is None and any(answer.is_met for answer in answers):
        state = LEFT_OFF
    return Explanation(
        practice,
        index_date,
        state,
        _summary(state, row, answers, _place(workspace, index_date, row), workspace.settings.worklist.priority),
        rank=row["rank"] if row else None,
        change=row["change"] if row else None,
        rules=answers,
        gaps=tuple(str(gap["words"]) for gap in gaps),
        risk=risk,
        reasons_up=up,
        reasons_down=down,
        cautions=() if risk is None else tuple(caution.as_text() for caution in cautions(workspace, index_date)),
    )


def _summary(
    state: str,
    row: dict[str, Any] | None,
    answers: tuple[RuleAnswer, ...],
    place: tuple[int, int] | None,
    weights: PrioritySettings,
) -> tuple[str, ...]:
    met = [answer.title for answer in answers if answer.is_met and not answer.left_off_by]
    if row is not None and FOLLOW_UP.id in row["rules"].split("; "):
        met = [FOLLOW_UP.title, *met]
    told = []
    if row is None:
        told.append(f"Not on the list: {state}.")
        told += [f"{a.title}: {a.left_off_by}" for a in answers if a.is_met and a.left_off_by]
        return tuple(told)
    if state == "listed":
        told.append(f"On the list, at rank {row['rank']} ({row['change']}).")
    elif state == "held":
        since = f" since {long_date(row['held_since'])}" if row["held_since"] else ""
        told.append(f"Not on the list: already supported by {row['held_by']}{since}.")
    elif state == "decided":
        ends = row["decided_until"]
        until = f", which stands until {long_date(ends)}" if ends and ends.year < 9999 else ""
        told.append(f"Not on the list: recorded on {long_date(row['decided_on'])}: {row['decided_status']}{until}.")
    elif state == "held_out":
        told += [f"Would be on the list. {_unlisted(row)}", f"{NO_CARE_WITHHELD}."]
    elif place is not None:
        told.append(f"Not on the list: below the cut, {place[0]} of {place[1]} who compete for a place this month.")
        told += [f"Besides: {_unlisted(row)}", f"{NO_CARE_WITHHELD}."] if row.get("unlisted_until") else []
    told.append(f"Rules met: {', '.join(met)}.")
    told += [f"Priority within its urgency: {priority_words(row, weights)}."] if state in _COMPETE else []
    told += [str(row[name]) for name in ("came_back", "disagreement") if row[name]]
    return tuple(told)


def _unlisted(row: dict[str, Any]) -> str:
    return (
        f"Kept unlisted at random until {long_date(row['unlisted_until'])} by an evaluation of whether being listed "
        f"helps (approval: {row['approval']})."
    )


def _place(workspace: Workspace, index_date: date, row: dict[str, Any] | None) -> tuple[int, int] | None:
    """Return a candidate's place in the practice's order, and how many compete."""
    if row is None or row["state"] not in ("listed", "below_cut"):
        return None
    competing = (
        pl.scan_parquet(workspace.part("worklists", index_date))
        .filter((pl.col("practice_code") == row["practice_code"]) & pl.col("state").is_in(["listed", "below_cut"]))
        .sort("state", "urgency", "priority", "row_key", descending=[True, False, True, False])
        .select("row_key")
        .collect()
    )
    keys = competing["row_key"].to_list()
    return keys.index(row["row_key"]) + 1, len(keys)


def _row(workspace: Workspace, layer: str, index_date: date, person_id: int) -> dict[str, Any] | None:
    rows = _rows(workspace, layer, index_date, person_id)
    return rows[0] if rows else None


def _rows(workspace: Workspace, layer: str, index_date: date, person_id: int | None) -> list[dict[str, Any]]:
    file = workspace.part(layer, index_date)
    if not file.is_file():
        return []
    table = pl.scan_parquet(file)
    return (table if person_id is None else table.filter(pl.col("person_id") == person_id)).collect().to_dicts()


def _champion_reasons(workspace: Workspace, index_date: date) -> Reasons:
    """Return the champion's reasons as far as they may be printed; none where there is no champion."""

    def of(person_id: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
        from riskstrat.modelling import reason_sentences

        try:
            said = reason_sentences(workspace, index_date, MODEL, [person_id])
        except InputRefused:
            return (), ()
        return tuple(said["up"][0]), tuple(said["down"][0])

    return of
