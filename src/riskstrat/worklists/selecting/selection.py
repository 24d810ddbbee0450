"""Who is on each practice's list this month, and why everyone else who met a rule is not.

The order is fixed: who may be shown, who meets a rule, who is held or recently decided, the order, the cut and, where
one was approved, the hold-out. Each step is counted. Nobody who may not be shown is in any table written here.
"""

from datetime import date
from pathlib import Path

import polars as pl

from riskstrat import audit
from riskstrat.errors import UsageFault
from riskstrat.files import replacing
from riskstrat.project import Progress, Workspace
from riskstrat.rules.definitions import read_rules
from riskstrat.rules.evaluation import score_columns
from riskstrat.rules.rule import Rule
from riskstrat.worklists.returning.decisions import (
    breakable,
    broke,
    decisions_in_force,
    held_statuses,
)
from riskstrat.worklists.returning.memory import read_records
from riskstrat.worklists.selecting.equity import equity_of
from riskstrat.worklists.selecting.follow_up import PLAN_MADE, with_plans_due
from riskstrat.worklists.selecting.history import Before, read_before, who_left, with_change
from riskstrat.worklists.selecting.holding_out import (
    HELD_OUT_LOGGED,
    KEPT_UNLISTED,
    TRIAL_SCHEMA,
    Trial,
    read_trial,
    refuse_unapproved,
)
from riskstrat.worklists.selecting.keys import row_keys
from riskstrat.worklists.selecting.ordering import with_priority
from riskstrat.worklists.selecting.placing import NO_RECENT_ADMISSION, placed
from riskstrat.worklists.selecting.rises import MODEL, with_risk_then
from riskstrat.worklists.selecting.standing import Shown, Standing, read_standing, who_may_be_shown

WORKLIST_SCHEMA = {
    "person_id": pl.Int32,
    "practice_code": pl.String,
    "row_key": pl.String,
    "state": pl.String,
    "rank": pl.Int32,
    "change": pl.String,
    "urgency": pl.Int32,
    "priority": pl.Float64,
    "risk_part": pl.Float64,
    "rise_part": pl.Float64,
    "gaps_part": pl.Float64,
    "rules": pl.String,
    "is_rising": pl.Boolean,
    NO_RECENT_ADMISSION: pl.Boolean,
    "minutes": pl.Int32,
    "gaps": pl.String,
    "held_by": pl.String,
    "held_since": pl.Date,
    "decided_status": pl.String,
    "decided_on": pl.Date,
    "decided_until": pl.Date,
    "last_note": pl.String,
    "last_note_from": pl.String,
    "disagreement": pl.String,
    "came_back": pl.String,
    "months_listed": pl.Int32,
    "previous_rank": pl.Int32,
    "previous_index_date": pl.Date,
    **TRIAL_SCHEMA,
}
"""``store/worklists``: one row per person who met a rule and may be shown. ``rules`` are joined by ``; ``,
``gaps`` by `` · ``."""

STATES = ("listed", "below_cut", "held", "decided", "held_out")
"""What can be of somebody who met a rule and may be shown, those listed first."""


def check_settings(workspace: Workspace) -> None:
    """Refuse, before anything is made, settings that lists may not be made with.

    ``NotPermitted`` for a hold-out that nobody approved, ``UsageFault`` for one not stated whole and for minutes of a
    rule that there is not.
    """
    settings, rules = workspace.settings.worklist, read_rules("worklist")
    unknown = sorted(set(settings.minutes) - {rule.id for rule in rules})
    if unknown:
        raise UsageFault(f"worklist.minutes names no worklist rule: {', '.join(unknown)}")
    refuse_unapproved(settings.hold_out, rules)


def select(workspace: Workspace, index_date: date, *, progress: Progress | None = None) -> Path:
    """Choose every practice's list and return the path of ``store/worklists/index_date=D/part.parquet``.

    Also writes, at the same index date, ``store/worklist_counts`` (``practice_code, position, step, people``),
    ``store/worklist_left`` (who left the list, and why) and ``store/worklist_equity``. Raises ``UsageFault`` where the
    rules have not been evaluated at that date, and what ``check_settings`` refuses. A hold-out that runs is entered in
    the audit log.
    """
    check_settings(workspace)
    hits_file = workspace.part("rule_hits", index_date)
    if not hits_file.is_file():
        raise UsageFault(f"the rules have not been run at {index_date}", "run the month in order:  riskstrat run")
    standing = read_standing(workspace, index_date)
    shown = who_may_be_shown(workspace, index_date, standing)
    rules = read_rules("worklist")
    hits = pl.scan_parquet(hits_file).filter(pl.col("rule_id").is_in([rule.id for rule in rules])).collect()
    met, left_off = rules_met(hits, rules, shown.people)
    decided = decisions_in_force(read_records(workspace), index_date, standing.successors)
    met = with_plans_due(met, decided, shown.people, index_date)
    left_off = left_off.join(met.select("person_id"), on="person_id", how="anti")
    before = read_before(workspace, index_date, standing.successors)
    trial = read_trial(workspace, index_date, rules)
    scores = _scores(workspace, index_date)
    rows = _with_everything(workspace, index_date, met, standing, before, scores, shown.people, decided)
    rows = _in_order(placed(rows, workspace.settings.worklist, before, trial), before)
    if trial is not None:
        _log(workspace, trial, rows)
    _tell(progress, f"worklists: {rows.filter(pl.col('state') == 'listed').height:,} people listed at {index_date}")
    path = _write(
        rows.select(pl.col(name).cast(kind) for name, kind in WORKLIST_SCHEMA.items()),
        workspace,
        "worklists",
        index_date,
    )
    _write(_counts(shown, left_off, rows, before), workspace, "worklist_counts", index_date)
    _write(who_left(rows, left_off, shown.people, before), workspace, "worklist_left", index_date)
    equity = equity_of(rows, shown.people, scores, workspace.settings.worklist)
    _write(equity, workspace, "worklist_equity", index_date)
    passed_by = equity.filter(pl.any_horizontal("is_passed_by", "is_below_need", "is_pushed_down"))
    for dimension, value in passed_by.select("dimension", "value").rows():
        _tell(progress, f"worklists: {dimension}, {value}: fewer are listed than need would have; see worklist_equity")
    return path


def rules_met(hits: pl.DataFrame, rules: tuple[Rule, ...], people: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return who meets a worklist rule, and who met rules only to be left off all of them.

    First frame: ``person_id, practice_code, rules`` (ids by urgency, joined by ``; ``), ``urgency`` (of the most
    urgent), ``is_rising``. Second: ``person_id, practice_code, exclusions``.
    """
    known = pl.DataFrame(
        [(rule.id, place, rule.urgency, rule.rising) for place, rule in enumerate(rules)],
        schema={"rule_id": pl.String, "place": pl.Int32, "urgency": pl.Int32, "is_rising": pl.Boolean},
        orient="row",
    )
    mine = (
        hits.join(known, on="rule_id", how="inner")
        .join(people.select("person_id", "practice_code"), on="person_id", how="inner")
        .sort("person_id", "place")
    )
    by = ["person_id", "practice_code"]
    met = (
        mine.filter(pl.col("left_off_by").is_null())
        .group_by(by, maintain_order=True)
        .agg(pl.col("rule_id").str.join("; ").alias("rules"), pl.col("urgency").min(), pl.col("is_rising").any())
    )
    left_off = (
        mine.join(met.select("person_id"), on="person_id", how="anti")
        .group_by(by, maintain_order=True)
        .agg(pl.col("left_off_by").unique(maintain_order=True).str.join("; ").alias("exclusions"))
    )
    return met, left_off


def _scores(workspace: Workspace, index_date: date) -> pl.DataFrame:
    """Return ``person_id, risk, rise, band`` of everyone scored; no estimate is null."""
    wanted = {f"risk_{MODEL}": "risk", f"rise_{MODEL}": "rise", f"band_{MODEL}": "band"}
    return score_columns(workspace, index_date, set(wanted)).frame.rename(wanted)


def _with_everything(
    workspace: Workspace,
    index_date: date,
    met: pl.DataFrame,
    standing: Standing,
    before: Before,
    scores: pl.DataFrame,
    people: pl.DataFrame,
    decided: pl.DataFrame,
) -> pl.DataFrame:
    """Add key, scores, gaps, programmes, decisions and last month to everyone who meets a rule."""
    weights = workspace.settings.worklist.priority
    rows = (
        met.with_columns(row_keys(workspace.key(), met))
        .join(scores, on="person_id", how="left")
        .join(_gaps(workspace, index_date), on="person_id", how="left")
        .join(people.select("person_id", NO_RECENT_ADMISSION), on="person_id", how="left")
    )
    rows = with_priority(rows, risk=weights.risk, rise=weights.rise, gaps=weights.gaps)
    rows = rows.join(standing.programmes, on="person_id", how="left")
    here = ["person_id", "practice_code"]
    rows = rows.join(with_risk_then(workspace, decided, index_date), on=here, how="left").join(
        before.last, on=here, how="left"
    )
    return _with_state(rows, index_date).with_columns(pl.lit(before.last_date, pl.Date).alias("previous_index_date"))


def _gaps(workspace: Workspace, index_date: date) -> pl.DataFrame:
    file = workspace.part("gap_hits", index_date)
    if not file.is_file():
        return pl.DataFrame(schema={"person_id": pl.Int32, "gaps": pl.String, "gap_weight": pl.Float64})
    return (
        pl.read_parquet(file)
        .sort("person_id", "gap_id")
        .group_by("person_id", maintain_order=True)
        .agg(pl.col("words").str.join(" · ").alias("gaps"), pl.col("weight").sum().alias("gap_weight"))
    )


def _with_state(rows: pl.DataFrame, index_date: date) -> pl.DataFrame:
    """Settle who is held and who was decided; the others are candidates (``state`` null)."""
    is_in_force = pl.col("decided_status").is_not_null() & (pl.col("decided_until") > index_date)
    is_broken = is_in_force & pl.col("decided_status").is_in(breakable()) & broke(pl.col("risk"), pl.col("risk_then"))
    says_held = is_in_force & pl.col("decided_status").is_in(held_statuses())
    came_back = (
        pl.when(is_broken)
        .then(
            pl.format("recorded earlier: {}; the estimated risk has risen a great deal since", pl.col("decided_status"))
        )
        .when((pl.col("decided_status") == PLAN_MADE) & ~is_in_force)
        .then(pl.lit("a plan was made; due to be followed up"))
        .when((pl.col("decided_status") == "snoozed") & ~is_in_force)
        .then(pl.lit("snoozed until now"))
    )
    return rows.with_columns(
        pl.when(pl.col("held_by").is_null() & says_held)
        .then(pl.lit("the practice's own caseload"))
        .otherwise(pl.col("held_by"))
        .alias("held_by"),
        pl.when(pl.col("held_by").is_null() & says_held)
        .then(pl.col("decided_on"))
        .otherwise(pl.col("held_since"))
        .alias("held_since"),
        pl.when(pl.col("held_by").is_not_null() | says_held)
        .then(pl.lit("held"))
        .when(is_in_force & ~is_broken.fill_null(value=False))
        .then(pl.lit("decided"))
        .alias("state"),
        came_back.alias("came_back"),
    )


def _in_order(rows: pl.DataFrame, before: Before) -> pl.DataFrame:
    """Say what changed since the last list, and put each practice's rows in order."""
    state_order = pl.col("state").replace_strict({name: place for place, name in enumerate(STATES)})
    return with_change(rows, before).sort(
        "practice_code", state_order, "rank", "urgency", -pl.col("priority"), "row_key"
    )


def _counts(shown: Shown, left_off: pl.DataFrame, rows: pl.DataFrame, before: Before) -> pl.DataFrame:
    """Return how many people each practice had at each step: ``practice_code, position, step, people``."""
    gone = before.last.join(shown.people, on=["person_id", "practice_code"], how="anti")
    later = (
        ("meet a rule but are left off by its exclusions", left_off),
        ("meet a rule", rows),
        *((words, rows.filter(pl.col("state") == state)) for state, words in _STATE_WORDS.items()),
        ("on the last list, and since taken off (died, moved or no longer permitted)", gone),
    )
    frames = [shown.counts]
    for step, people in later:
        counted = people.group_by("practice_code").agg(pl.len().cast(pl.Int64).alias("people"))
        frames.append(counted.select("practice_code", pl.lit(step).alias("step"), "people"))
    order = pl.DataFrame({"step": [*shown.steps, *(step for step, _ in later)]}).with_row_index("position", offset=1)
    practices = pl.concat(frames).select("practice_code").unique()
    return (
        practices.join(order, how="cross")
        .join(pl.concat(frames), on=["practice_code", "step"], how="left")
        .select("practice_code", pl.col("position").cast(pl.Int32), "step", pl.col("people").fill_null(0))
        .sort("practice_code", "position")
    )


_STATE_WORDS = {
    "held": "already supported by a programme",
    "decided": "decided earlier, and that still stands",
    "listed": "on the list",
    "below_cut": "below the cut: more people than the practice has time for",
    "held_out": "kept unlisted by an evaluation",
}


def _log(workspace: Workspace, trial: Trial, rows: pl.DataFrame) -> None:
    enrolled_now = rows.filter(pl.col("enrolled_on") == trial.index_date)
    audit.record(
        workspace,
        HELD_OUT_LOGGED,
        trial=trial.settings.trial,
        approval=trial.settings.approval,
        index_date=str(trial.index_date),
        share=trial.settings.share,
        by=trial.settings.by,
        until=str(trial.ends),
        enrolled=enrolled_now.height,
        drawn=enrolled_now.filter(pl.col("arm") == KEPT_UNLISTED).height,
        kept_unlisted=rows.filter(pl.col("state") == "held_out").height,
    )


def _write(frame: pl.DataFrame, workspace: Workspace, layer: str, index_date: date) -> Path:
    path = workspace.part(layer, index_date)
    with replacing(path) as half:
        frame.write_parquet(half, compression="zstd")
    return path


def _tell(progress: Progress | None, message: str) -> None:
    if progress is not None:
        progress(message)
