"""From a month that was read to the page of each practice: who is listed, who is not and why, and what changed."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import polars as pl

from riskstrat.pages import long_date, short_date
from riskstrat.worklists.returning.decisions import FOREVER, final_statuses
from riskstrat.worklists.selecting.standing import DIED, LEFT, NOT_PERMITTED
from riskstrat.worklists.showing.columns import NOT_SHOWN_COLUMNS
from riskstrat.worklists.showing.gathering import Month
from riskstrat.worklists.showing.how_cut import capacity_words, how_cut
from riskstrat.worklists.showing.page import (
    ListedPerson,
    PersonNotShown,
    Recorded,
    RuleOnPage,
    RuleTold,
    Suggestion,
    WorklistPage,
)
from riskstrat.worklists.showing.support import frailty_words, last_contact_words, supported_by
from riskstrat.worklists.showing.words import fewer_than_8, priority_words

_TAKEN_OFF = (NOT_PERMITTED, DIED, LEFT)
RECORDED_AS_FINAL = "recorded by the practice as having died or as objecting"


def pages_of(month: Month) -> Iterator[WorklistPage]:
    """Yield a page per practice with people, in order of practice code."""
    board, settings = month.workspace.settings.board, month.workspace.settings.worklist
    is_final = pl.col("decided_status").is_in(final_statuses()).fill_null(False)
    others = month.rows.filter(~pl.col("state").is_in(["listed", "held_out"]) & ~is_final)
    others = others.with_columns(_why_not_shown(), _until())
    by_practice = month.rows.partition_by("practice_code", as_dict=True)
    not_shown = others.partition_by("practice_code", as_dict=True)
    for practice in month.practices:
        rows = by_practice.get((practice,), month.rows.clear())
        listed = rows.filter(pl.col("state") == "listed").sort("rank")
        unlisted = not_shown.get((practice,), others.clear())
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
            not_shown=_named_on_page(month, unlisted),
            not_shown_sheet=_sheet(unlisted),
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
    said = tuple(row["rules_said"])
    up, down = month.reasons.get(row["person_id"], ((), ()))
    return ListedPerson(
        rank=row["rank"],
        change=row["change"],
        row_key=row["row_key"],
        nhs_number=row["nhs_number"] or "",
        name=row["name"],
        birth_date=row["birth_date"],
        age=row["age"],
        sex=row["sex"],
        usual_gp=row["usual_gp"] or "",
        needs=row["needs"] or "",
        risk_history=month.history.get(row["person_id"], ()),
        band=row["band"] or "",
        frailty=frailty_words(row),
        reasons_up=up,
        reasons_down=down,
        gaps=tuple(row["gaps"].split(" · ")) if row["gaps"] else (),
        suggestions=_suggestions(month, row, said),
        supported_by=supported_by(row),
        rules=said,
        last_contact=last_contact_words(row, month.index_date, month.freshness),
        recorded=_recorded(row),
        remark=". ".join(filter(None, (row["came_back"], row["disagreement"]))),
        rules_told=_rules_told(month, row["person_id"]),
        priority=priority_words(row, month.workspace.settings.worklist.priority),
    )


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


def _named_on_page(month: Month, unlisted: pl.DataFrame) -> tuple[PersonNotShown, ...]:
    """Return those whom the page names, people below the cut last."""
    named = unlisted.filter("is_on_page").sort(pl.col("state") == "below_cut", maintain_order=True)
    return tuple(
        PersonNotShown(
            nhs_number=row["nhs_number"] or "",
            name=row["name"],
            age=row["age"],
            sex=row["sex"],
            rules=tuple(row["rules_said"]),
            why=row["not_shown_because"],
            until=row["until"],
            below_cut=row["state"] == "below_cut",
            row_key=row["row_key"],
            rules_met=_rules_met(month, row["person_id"]),
        )
        for row in named.rows(named=True)
    )


def _sheet(unlisted: pl.DataFrame) -> pl.DataFrame:
    rules = pl.col("rules_said").list.join("; ").alias("rules")
    return unlisted.with_columns(rules).select(pl.col(name).cast(kind) for name, kind in NOT_SHOWN_COLUMNS.items())


def _why_not_shown() -> pl.Expr:
    """Return why somebody is not on the list, in words, with what stands against it."""
    state = pl.col("state")
    since = pl.concat_str(pl.lit(" since "), _long_date("held_since")).fill_null("")
    held = pl.concat_str(pl.lit("already supported by "), "held_by", since)
    on = _long_date("decided_on").fill_null(long_date(None))
    decided = pl.concat_str(pl.lit("recorded: "), "decided_status", pl.lit(", "), on)
    why = pl.when(state == "held").then(held).when(state == "decided").then(decided)
    return pl.concat_str(
        why.otherwise(pl.lit("below the cut: others came first this month")),
        *(pl.when(pl.col(name) != "").then(name) for name in ("came_back", "disagreement")),
        separator=". ",
        ignore_nulls=True,
    ).alias("not_shown_because")


def _until() -> pl.Expr:
    """Return the day until which a decision keeps somebody off, where it ends by itself."""
    ends = (pl.col("state") == "decided") & (pl.col("decided_until") != FOREVER)
    return pl.when(ends).then("decided_until").alias("until")


def _long_date(column: str) -> pl.Expr:
    """Return ``long_date`` of a column's days; null where there is none."""
    return pl.col(column).dt.to_string("%-d %B %Y")


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
