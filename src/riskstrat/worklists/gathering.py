"""From the tables of a month to the pages of its practices.

Everything is read once for the board, names and numbers too, and only of people who are on some page; each is joined on
the page of that person's own practice and on no other. Who may be shown is asked again here, by everything held now:
whoever may not is dropped.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import polars as pl

from riskstrat import modelling
from riskstrat.errors import UsageFault
from riskstrat.intake import identities, open_store
from riskstrat.pages import SOURCE_WORDS, long_date, short_date
from riskstrat.project import Workspace, add_months
from riskstrat.rules import Rule, groups_met, people_expected_of, read_rules, read_sources
from riskstrat.worklists.answers import RulesAsked
from riskstrat.worklists.decisions import FOREVER, final_statuses
from riskstrat.worklists.follow_up import FOLLOW_UP
from riskstrat.worklists.how_cut import capacity_words, how_cut
from riskstrat.worklists.page import (
    BELOW_CUT_ON_PAPER,
    Freshness,
    ListedPerson,
    PersonNotShown,
    Recorded,
    RuleOnPage,
    RuleTold,
    Suggestion,
    WorklistPage,
)
from riskstrat.worklists.rises import MODEL
from riskstrat.worklists.standing import DIED, LEFT, NOT_PERMITTED, read_standing, who_may_be_shown
from riskstrat.worklists.support import SAID_COLUMNS, frailty_words, last_contact_words, supported_by
from riskstrat.worklists.words import SEX_WORDS, fewer_than_8, priority_words

HISTORY_MONTHS: Final = (6, 5, 4, 3, 2, 1, 0)
"""Index dates before this one, in months, whose estimates make the trend."""

MOST_DOWN: Final = 2
"""Reasons shown that move an estimate down; three that move it up."""

_SCORE_SCHEMA = {"person_id": pl.Int32, "model_version": pl.String, "risk": pl.Float64, "band": pl.String}
_TAKEN_OFF = (NOT_PERMITTED, DIED, LEFT)
RECORDED_AS_FINAL = "recorded by the practice as having died or as objecting"
_ROW_COLUMNS = (
    "person_id practice_code row_key state rank change rules gaps held_by held_since decided_status decided_on "
    "decided_until last_note disagreement came_back months_listed previous_index_date urgency priority risk_part "
    "rise_part gaps_part is_rising has_no_recent_admission minutes"
).split()


@dataclass(frozen=True)
class Month:
    """What the pages of one index date are made from, read once. Frames hold only people who may be shown now."""

    workspace: Workspace
    index_date: date
    release_name: str
    practices: tuple[str, ...]
    practice_names: dict[str, str]
    rows: pl.DataFrame
    people: dict[int, dict[str, Any]]
    history: dict[int, tuple[tuple[date, float], ...]]
    identities: dict[int, dict[str, Any]]
    bands: dict[int, str]
    reasons: dict[int, tuple[tuple[str, ...], tuple[str, ...]]]
    asked: RulesAsked
    practice_risks: dict[str, float]
    counts: dict[tuple[str, str], int]
    left: pl.DataFrame
    rules: dict[str, Rule]
    groups: dict[tuple[int, str], list[str]]
    expected: dict[tuple[str, str], str]
    rule_status: dict[str, str | None]
    freshness: tuple[Freshness, ...]
    cautions: tuple[modelling.Caution, ...]


def read_month(workspace: Workspace, index_date: date, release_name: str) -> Month:
    """Read a month that was selected; raises ``UsageFault`` where it was not."""
    file = workspace.part("worklists", index_date)
    if not file.is_file():
        raise UsageFault(f"no worklists were selected at {index_date}", "run the month in order:  riskstrat run")
    shown = who_may_be_shown(workspace, index_date, read_standing(workspace, index_date))
    here = shown.people.select("person_id", "practice_code")
    rows = pl.read_parquet(file).select(_ROW_COLUMNS).join(here, on=["person_id", "practice_code"], how="semi")
    listed = rows.filter(pl.col("state") == "listed")["person_id"].to_list()
    births, names = _births_and_practices(workspace, listed)
    scores = _scores(workspace, index_date)
    return Month(
        workspace=workspace,
        index_date=index_date,
        release_name=release_name,
        practices=tuple(here["practice_code"].unique().sort()),
        practice_names=names,
        rows=rows,
        people=_people(workspace, index_date, rows, births),
        identities={row["person_id"]: row for row in identities(workspace, rows["person_id"].to_list()).to_dicts()},
        history=_history(workspace, index_date, listed, scores),
        bands=dict(scores.filter(pl.col("person_id").is_in(listed)).select("person_id", "band").rows()),
        reasons=_reasons(workspace, index_date, listed, scores),
        asked=RulesAsked(workspace, index_date, _on_paper(rows)),
        practice_risks=dict(
            here.join(scores, on="person_id").group_by("practice_code").agg(pl.col("risk").mean()).rows()
        ),
        counts=_counts(workspace, index_date, shown.counts),
        left=_read(workspace, "worklist_left", index_date),
        rules={rule.id: rule for rule in (FOLLOW_UP, *read_rules("worklist"))},
        groups=groups_met(workspace, index_date),
        expected=_expected(workspace, index_date, here),
        rule_status=_rule_status(workspace, index_date),
        freshness=_freshness(workspace, index_date),
        cautions=tuple(modelling.cautions(workspace, index_date)),
    )


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
        name=_name(identity),
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


def _expected(workspace: Workspace, index_date: date, here: pl.DataFrame) -> dict[tuple[str, str], str]:
    """Return, by practice and rule, how many one would expect of the people whom its list may show."""
    rules = {rule.id: rule.expected for rule in read_rules("worklist")}
    told = people_expected_of(workspace, index_date, read_rules("worklist")).join(here, on="person_id")
    counts = told.group_by("practice_code", "rule_id").agg(pl.len(), pl.col("is_recorded").sum().alias("recorded"))
    return {
        (practice, rule_id): expected.said(people, recorded)
        for practice, rule_id, people, recorded in counts.rows()
        if (expected := rules[rule_id]) is not None
    }


def _rules_told(month: Month, person_id: int) -> tuple[RuleTold, ...]:
    """Return every rule that ran as it stands for the person; what did not run stands once on the page."""
    return tuple(
        RuleTold(
            answer.title,
            answer.verdict,
            "; ".join(
                f"{point.what}: {point.value}" + ("" if point.is_met else f" (asks for {point.asks})")
                for point in answer.points
            ),
        )
        for answer in month.asked.of(person_id)
        if answer.ran
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
    if row["decided_status"] is None:
        return Recorded(note=row["last_note"])
    return Recorded(row["decided_status"], row["decided_on"], None, row["last_note"], None)


def _not_shown(month: Month, row: dict[str, Any]) -> PersonNotShown:
    person = month.people[row["person_id"]]
    identity = month.identities.get(row["person_id"], {})
    until = row["decided_until"] if row["state"] == "decided" and row["decided_until"] != FOREVER else None
    return PersonNotShown(
        nhs_number=identity.get("nhs_number") or "",
        name=_name(identity),
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


def _name(identity: dict[str, Any]) -> str:
    """Return the name as it was sent, family name first; a sender's token stands alone."""
    return ", ".join(filter(None, (identity.get("family_name"), identity.get("given_name")))) or "name not held"


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


def _births_and_practices(workspace: Workspace, listed: list[int]) -> tuple[dict[int, date], dict[str, str]]:
    """Return the birth dates of the people listed, and the names of all practices."""
    with open_store(workspace) as warehouse:
        warehouse.register("worklists.wanted", pl.DataFrame({"person_id": listed}, schema={"person_id": pl.Int32}))
        births = warehouse.frame("FROM intake.person SEMI JOIN worklists.wanted USING (person_id)")
        names = warehouse.frame("FROM intake.practice")
    latest = ("available_date", "delivery")  # a dict keeps the last of two versions
    return (
        dict(births.sort(latest, nulls_last=False).select("person_id", "birth_date").rows()),
        dict(names.sort(latest, nulls_last=False).select("practice_code", "practice_name").rows()),
    )


def _people(
    workspace: Workspace, index_date: date, rows: pl.DataFrame, births: dict[int, date]
) -> dict[int, dict[str, Any]]:
    """Return what a page says of each person out of the snapshot, with the date of birth of those listed."""
    snapshot = pl.scan_parquet(workspace.part("features", index_date))
    held = snapshot.collect_schema().names()
    columns = [name for name in ("person_id", "age", "sex", *SAID_COLUMNS) if name in held]
    wanted = rows.lazy().select("person_id").unique()
    people = snapshot.select(columns).join(wanted, on="person_id", how="semi").collect()
    return {row["person_id"]: row | {"birth_date": births.get(row["person_id"])} for row in people.to_dicts()}


def _scores(workspace: Workspace, day: date) -> pl.DataFrame:
    file = workspace.part("scores", day)
    if not file.is_file():
        return pl.DataFrame(schema=_SCORE_SCHEMA)
    return pl.scan_parquet(file).filter(pl.col("model") == MODEL).select(*_SCORE_SCHEMA).collect()


def _history(
    workspace: Workspace, index_date: date, listed: list[int], now: pl.DataFrame
) -> dict[int, tuple[tuple[date, float], ...]]:
    """Return each listed person's estimates of six months, oldest first, as far as the same model made them."""
    if now.is_empty():
        return {}
    history: dict[int, list[tuple[date, float]]] = {}
    version = now["model_version"].first()
    for months in HISTORY_MONTHS:
        day = add_months(index_date, -months)
        scores = now if months == 0 else _scores(workspace, day)
        mine = scores.filter(pl.col("person_id").is_in(listed) & (pl.col("model_version") == version))
        for person_id, risk in mine.select("person_id", "risk").rows():
            history.setdefault(person_id, []).append((day, risk))
    return {person_id: tuple(points) for person_id, points in history.items() if points[-1][0] == index_date}


def _on_paper(rows: pl.DataFrame) -> list[int]:
    """Return whom pages name: all but those below the cut whom the workbook alone holds."""
    place = pl.int_range(pl.len()).over("practice_code", "state")
    printed = rows.filter((pl.col("state") != "below_cut") | (place < BELOW_CUT_ON_PAPER))
    return printed["person_id"].to_list()


def _reasons(
    workspace: Workspace, index_date: date, listed: list[int], scores: pl.DataFrame
) -> dict[int, tuple[tuple[str, ...], tuple[str, ...]]]:
    """Return up and down sentences per listed person; none where the estimates' model is no longer champion."""
    scored = sorted(set(scores["person_id"].to_list()) & set(listed))
    if not scored or MODEL not in {champion.model for champion in modelling.champions(workspace)}:
        return {}
    said = modelling.reason_sentences(workspace, index_date, MODEL, scored, view="paper")
    return {row["person_id"]: (tuple(row["up"]), tuple(row["down"][:MOST_DOWN])) for row in said.rows(named=True)}


def _counts(workspace: Workspace, index_date: date, now: pl.DataFrame) -> dict[tuple[str, str], int]:
    """Return people by practice and step: as selected, and by what is held now where that says more."""
    selected = _read(workspace, "worklist_counts", index_date)
    counts = (
        {}
        if selected.is_empty()
        else {(p, s): n for p, s, n in selected.select("practice_code", "step", "people").rows()}
    )
    return counts | {(practice, step): people for practice, step, people in now.rows()}


def _rule_status(workspace: Workspace, index_date: date) -> dict[str, str | None]:
    frame = _read(workspace, "rule_status", index_date)
    if frame.is_empty():
        return {}
    rows = frame.select("rule_id", "ran", "why_not").rows()
    return {rule_id: None if ran else _in_words(why or "not known why") for rule_id, ran, why in rows}


def _in_words(why_not: str) -> str:
    """Return why a rule did not run with sources and dates as the page calls them."""
    for table, words in SOURCE_WORDS.items():
        why_not = why_not.replace(table, words if words[0:2].isupper() else words[0].lower() + words[1:])
    return re.sub(r"\d{4}-\d{2}-\d{2}", lambda found: long_date(found[0]), why_not)


def _freshness(workspace: Workspace, index_date: date) -> tuple[Freshness, ...]:
    """Return how far each source reaches: its *complete to* date is the first day that it may not hold whole."""
    sources = read_sources(workspace, index_date)
    known = []
    for table, words in SOURCE_WORDS.items():
        source = sources.get(table)
        complete = source.complete_to if source is not None and source.is_present else None
        why = _in_words(source.note.partition(": ")[2]) if source is not None and source.note else None
        known.append(Freshness(words, complete, why))
    return tuple(known)


def _read(workspace: Workspace, layer: str, day: date) -> pl.DataFrame:
    file = workspace.part(layer, day)
    return pl.read_parquet(file) if file.is_file() else pl.DataFrame(schema={"practice_code": pl.String})
