"""From a month that was read to the page of each practice: who is listed, who is not and why, and what changed."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import polars as pl

from riskstrat.pages import long_date, short_date
from riskstrat.worklists.decisions import FOREVER, final_statuses
from riskstrat.worklists.gathering import Month
from riskstrat.worklists.how_cut import capacity_words, how_cut
from riskstrat.worklists.page import (
    ListedPerson,
    PersonNotShown,
    Recorded,
    RuleOnPage,
    RuleTold,
    Suggestion,
    WorklistPage,
)
from riskstrat.worklists.standing import DIED, LEFT, NOT_PERMITTED
from riskstrat.worklists.support import frailty_words, last_contact_words, supported_by
from riskstrat.worklists.words import SEX_WORDS, fewer_than_8, name_words, priority_words

_TAKEN_OFF = (NOT_PERMITTED, DIED, LEFT)
RECORDED_AS_FINAL = "recorded by the practice as having died or as objecting"


def pages_of(month: Month) -> Iterator[WorklistPage]:
    """Yield a page per practice with people, in order of practice code."""
    board, settings = month.workspace.settings.board, month.workspace.settings.worklist
    by_practice = month.rows.partition_by("practice_code", as_dict=True)
    for practice in month.practices:
        rows = by_practice.get((practice,), month.rows.clear())
        listed = rows.filter(pl.col("state") == "listed").sort("rank")
        is_final = pl.col("decided_status").is_in(final_statuses()).fill_null(False)
        others = rows.filter(~pl.col("state").is_in(["listed", "held_out"]) & ~is_final)
        final = rows.filter((pl.col("state") != "listed") & is_final).height
        yield WorklistPage(
            practice_code=practice,
            practice_name=month.practice_names.get(practice, practice),
            index_date=month.index_date,
            release_name=month.release_name,
            board_name=board.name,
            demonstration=board.demonstration,
            capacity=capacity_words(settings, practice),
            practice_risk=month.practice_risks.get(practice),
            people=tuple(_listed_person(month, row) for row in listed.rows(named=True)),
            not_shown=tuple(_not_shown(month, row) for row in others.rows(named=True)),
            changes=_changes(month, practice, listed),
            freshness=month.freshness,
            removed=(
                *((reason, fewer_than_8(month.counts.get((practice, reason), 0))) for reason in _TAKEN_OFF),
                (RECORDED_AS_FINAL, fewer_than_8(final)),
            ),
            rules=tuple(
                RuleOnPage(
                    rule.title,
                    rule.definition,
                    rule.evidence,
                    month.rule_status.get(rule.id),
                    month.expected.get((practice, rule.id), ""),
                )
                for rule in month.rules.values()
            ),
            how_cut=how_cut(rows, settings, practice, month.index_date, {r.id: r.title for r in month.rules.values()}),
            cautions=month.cautions,
        )


def _listed_person(month: Month, row: dict[str, Any]) -> ListedPerson:
    person = month.people[row["person_id"]]
    said = _rules_said(month, row)
    up, down = month.reasons.get(row["person_id"], ((), ()))
    identity = month.identities.get(row["person_id"], {})
    return ListedPerson(
        rank=row["rank"],
        change=row["change"],
        row_key=row["row_key"],
        nhs_number=identity.get("nhs_number") or "",
        name=name_words(identity),
        birth_date=person["birth_date"],
        age=person["age"],
        sex=SEX_WORDS.get(person["sex"], "not known"),
        usual_gp=identity.get("usual_gp") or "",
        needs=identity.get("needs") or "",
        risk_history=month.history.get(row["person_id"], ()),
        band=month.bands.get(row["person_id"], ""),
        frailty=frailty_words(person),
        reasons_up=up,
        reasons_down=down,
        gaps=tuple(row["gaps"].split(" · ")) if row["gaps"] else (),
        suggestions=_suggestions(month, row, said),
        supported_by=supported_by(person),
        rules=said,
        last_contact=last_contact_words(person, month.index_date, month.freshness),
        recorded=_recorded(row),
        remark=". ".join(filter(None, (row["came_back"], row["disagreement"]))),
        rules_told=_rules_told(month, row["person_id"]),
        priority=priority_words(row, month.workspace.settings.worklist.priority),
    )


def _rules_said(month: Month, row: dict[str, Any]) -> tuple[str, ...]:
    """Return the titles of the rules a person meets, each with the groups they are in."""
    met = row["rules"].split("; ")
    return tuple(month.rules[rule_id].said(month.groups.get((row["person_id"], rule_id), ())) for rule_id in met)


def _rules_told(month: Month, person_id: int) -> tuple[RuleTold, ...]:
    """Return every rule that ran as it stands for the person; what did not run stands once on the page."""
    return tuple(
        RuleTold(answer.title, answer.verdict, answer.values) for answer in month.asked.of(person_id) if answer.ran
    )


def _rules_met(month: Month, person_id: int) -> tuple[RuleTold, ...]:
    """Return the rules that list the person, each with the values that meet it."""
    return tuple(RuleTold(one.title, one.verdict, one.met_by) for one in month.asked.met(person_id))


def _suggestions(month: Month, row: dict[str, Any], said: tuple[str, ...]) -> tuple[Suggestion, ...]:
    """Return the rules' actions, each once, under the first rule that suggests it, in the words that name the rule.

    What a rule is made of groups says by which of them: its values would be those of all of them.
    """
    met_by = {answer.rule_id: "" if answer.groups else answer.met_by for answer in month.asked.met(row["person_id"])}
    made: dict[str, Suggestion] = {}
    for rule_id, title in zip(row["rules"].split("; "), said, strict=True):
        rule = month.rules[rule_id]
        for action in rule.actions:
            made.setdefault(action, Suggestion(action, title, rule.due, rule.owner, met_by.get(rule_id, "")))
    return tuple(made.values())


def _recorded(row: dict[str, Any]) -> Recorded:
    recorded = Recorded(note=row["last_note"], note_from=row["last_note_from"] or "")
    if row["decided_status"] is None:
        return recorded
    return replace(recorded, status=row["decided_status"], status_date=row["decided_on"])


def _not_shown(month: Month, row: dict[str, Any]) -> PersonNotShown:
    person = month.people[row["person_id"]]
    identity = month.identities.get(row["person_id"], {})
    until = row["decided_until"] if row["state"] == "decided" and row["decided_until"] != FOREVER else None
    return PersonNotShown(
        nhs_number=identity.get("nhs_number") or "",
        name=name_words(identity),
        age=person["age"],
        sex=SEX_WORDS.get(person["sex"], "not known"),
        rules=_rules_said(month, row),
        why=_why_not_shown(row),
        until=until,
        below_cut=row["state"] == "below_cut",
        row_key=row["row_key"],
        rules_met=_rules_met(month, row["person_id"]),
    )


def _why_not_shown(row: dict[str, Any]) -> str:
    if row["state"] == "held":
        since = f" since {long_date(row['held_since'])}" if row["held_since"] else ""
        why = f"already supported by {row['held_by']}{since}"
    elif row["state"] == "decided":
        why = f"recorded: {row['decided_status']}, {long_date(row['decided_on'])}"
    else:
        why = "below the cut: others came first this month"
    return ". ".join(filter(None, (why, row["came_back"], row["disagreement"])))


def _changes(month: Month, practice: str, listed: pl.DataFrame) -> tuple[str, ...]:
    """Return what changed since the last list, a sentence each."""
    left = month.left.filter(pl.col("practice_code") == practice)
    off = month.counts.get((practice, "on the last list, and since taken off (died, moved or no longer permitted)"), 0)
    last = listed["previous_index_date"].drop_nulls()
    if last.is_empty() and left.is_empty():
        return ("There is no earlier list of this practice to compare with.",)
    fresh = listed.filter(pl.col("change") == "NEW").height
    back = listed.filter(pl.col("change") == "BACK").height
    stay = listed.height - fresh - back
    lines = [f"New to the list: {fresh}. Back on it: {back}."]
    long = listed.filter(pl.col("months_listed") >= 3).height
    lines.append(f"Still on it: {stay}" + (f", of whom {long} for three months or more." if long else "."))
    reasons = left.group_by("reason").len().sort(["len", "reason"], descending=[True, False]).rows()
    if reasons:
        lines.append(f"No longer on it: {left.height} ({', '.join(f'{n} {reason}' for reason, n in reasons)}).")
    if off:
        lines.append(f"Taken off as died, moved or no longer permitted: {fewer_than_8(off)}.")
    if not last.is_empty():
        lines.append(f"The last list was of {short_date(last[0])}.")
    return tuple(lines)
