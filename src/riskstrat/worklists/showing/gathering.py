"""What the pages of a month are made from.

Everything is read once for the board, names and numbers too, and only of people who are on some page; each is joined on
the page of that person's own practice and on no other. Who may be shown is asked again here, by everything held now:
whoever may not is dropped.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

import polars as pl

from riskstrat import modelling
from riskstrat.errors import UsageFault
from riskstrat.intake import identities, open_store
from riskstrat.pages import SOURCE_WORDS
from riskstrat.project import Workspace, add_months
from riskstrat.rules import BETWEEN_GROUPS, Rule, groups_met, people_expected_of, read_rules, read_sources
from riskstrat.worklists.selecting.follow_up import FOLLOW_UP
from riskstrat.worklists.selecting.keys import keys_sent
from riskstrat.worklists.selecting.rises import MODEL
from riskstrat.worklists.selecting.standing import read_standing, who_may_be_shown
from riskstrat.worklists.showing.answers import RulesAsked, plain_words
from riskstrat.worklists.showing.page import (
    BELOW_CUT_ON_PAPER,
    Freshness,
)
from riskstrat.worklists.showing.support import SAID_COLUMNS
from riskstrat.worklists.showing.words import SEX_WORDS

HISTORY_MONTHS: Final = (6, 5, 4, 3, 2, 1, 0)
"""Index dates before this one, in months, whose estimates make the trend."""

MOST_DOWN: Final = 2
"""Reasons shown that move an estimate down; three that move it up."""

_SCORE_SCHEMA = {"person_id": pl.Int32, "model_version": pl.String, "risk": pl.Float64, "band": pl.String}
_VERSIONS: Final = ("available_date", "delivery")
_NAME: Final = (
    pl.concat_str(
        [pl.when(pl.col(part) != "").then(pl.col(part)) for part in ("family_name", "given_name")],
        separator=", ",
        ignore_nulls=True,
    )
    .replace("", None)
    .alias("name")
)
"""A name as it was sent, family name first; a sender's token stands alone."""
_ROW_COLUMNS = (
    "person_id practice_code row_key state rank change rules gaps held_by held_since decided_status decided_on "
    "decided_until last_note last_note_from disagreement came_back months_listed previous_index_date urgency priority "
    "risk_part rise_part gaps_part is_rising has_no_recent_admission minutes"
).split()


@dataclass(frozen=True)
class Month:
    """What the pages of one index date are made from, read once. Frames hold only people who may be shown now.

    ``rows`` are the selection's, with what the sheets say of everyone on them: ``rules_said`` (titles), ``age``,
    ``sex`` (in words), the columns of the snapshot that are put in words, ``birth_date`` (of those listed), ``band``,
    ``nhs_number``, ``name``, ``usual_gp`` and ``needs``; ``is_on_page`` is false of those whom the workbook alone
    names. What only a page says (estimates by month, reasons, rules asked) is held of those on a page.
    """

    workspace: Workspace
    index_date: date
    release_name: str
    practices: tuple[str, ...]
    practice_names: dict[str, str]
    rows: pl.DataFrame
    history: dict[int, tuple[tuple[date, float], ...]]
    reasons: dict[int, tuple[tuple[str, ...], tuple[str, ...]]]
    asked: RulesAsked
    practice_risks: dict[str, float]
    counts: dict[tuple[str, str], int]
    left: pl.DataFrame
    rules: dict[str, Rule]
    expected: dict[tuple[str, str], str]
    rule_status: dict[str, str | None]
    freshness: tuple[Freshness, ...]
    cautions: tuple[modelling.Caution, ...]

    def of(self, practices: Sequence[str]) -> "Month":
        """Return what the pages of some practices are made from, and nothing about other practices' people."""
        rows = self.rows.filter(pl.col("practice_code").is_in(practices))
        named = rows.filter("is_on_page")["person_id"]
        return replace(
            self,
            practices=tuple(practices),
            rows=rows,
            history={person: self.history[person] for person in named if person in self.history},
            reasons={person: self.reasons[person] for person in named if person in self.reasons},
            asked=self.asked.of_these(named),
            left=self.left.filter(pl.col("practice_code").is_in(practices)),
        )


def read_month(workspace: Workspace, index_date: date, release_name: str) -> Month:
    """Read a month that was selected; raises ``UsageFault`` where it was not."""
    file = workspace.part("worklists", index_date)
    if not file.is_file():
        raise UsageFault(f"no worklists were selected at {index_date}", "run the month in order:  riskstrat run")
    shown = who_may_be_shown(workspace, index_date, read_standing(workspace, index_date))
    here = shown.people.select("person_id", "practice_code")
    rules = {rule.id: rule for rule in (FOLLOW_UP, *read_rules("worklist"))}
    scores = _scores(workspace, index_date)
    rows = pl.read_parquet(file).select(_ROW_COLUMNS).join(here, on=["person_id", "practice_code"], how="semi")
    rows = _keyed(rows, workspace.key(), release_name)
    rows = _with_rules_said(rows.with_columns(_is_on_page()), groups_met(workspace, index_date), rules)
    rows = _with_person(workspace, index_date, rows, scores)
    listed = rows.filter(pl.col("state") == "listed")["person_id"].to_list()
    return Month(
        workspace=workspace,
        index_date=index_date,
        release_name=release_name,
        practices=tuple(here["practice_code"].unique().sort()),
        practice_names=_practice_names(workspace),
        rows=rows,
        history=_history(workspace, index_date, listed, scores),
        reasons=_reasons(workspace, index_date, listed, scores),
        asked=RulesAsked(workspace, index_date, rows.filter("is_on_page")["person_id"].to_list()),
        practice_risks=dict(
            here.join(scores, on="person_id").group_by("practice_code").agg(pl.col("risk").mean()).rows()
        ),
        counts=_counts(workspace, index_date, shown.counts),
        left=_read(workspace, "worklist_left", index_date),
        rules=rules,
        expected=_expected(workspace, index_date, here),
        rule_status=_rule_status(workspace, index_date),
        freshness=_freshness(workspace, index_date),
        cautions=tuple(modelling.cautions(workspace, index_date)),
    )


def _keyed(rows: pl.DataFrame, key: bytes, release_name: str) -> pl.DataFrame:
    """Give the rows of the lists the keys that they are sent under; the others are on no list that comes back."""
    listed = rows.filter(pl.col("state") == "listed").select("row_key")
    sent = listed.with_columns(keys_sent(key, release_name, listed["row_key"]).alias("sent"))
    return (
        rows.join(sent, on="row_key", how="left", maintain_order="left")
        .with_columns(pl.coalesce("sent", "row_key").alias("row_key"))
        .drop("sent")
    )


def _is_on_page() -> pl.Expr:
    """Return whom pages name: all but those below the cut whom the workbook alone holds."""
    place = pl.int_range(pl.len()).over("practice_code", "state")
    return ((pl.col("state") != "below_cut") | (place < BELOW_CUT_ON_PAPER)).alias("is_on_page")


def _with_rules_said(rows: pl.DataFrame, groups: pl.DataFrame, rules: Mapping[str, Rule]) -> pl.DataFrame:
    """Add ``rules_said``: the titles of the rules a person meets, each with the groups they are in."""
    met = rows.select("person_id", pl.col("rules").str.split("; ").alias("rule_id")).explode("rule_id")
    met = met.join(groups, on=["person_id", "rule_id"], how="left", maintain_order="left")
    met = met.with_columns(pl.col("groups").fill_null(""))
    kinds = met.select("rule_id", "groups").unique()
    said = [rules[rule_id].said(names.split(BETWEEN_GROUPS)) for rule_id, names in kinds.rows()]
    titles = kinds.with_columns(pl.Series("rules_said", said, dtype=pl.String))
    in_words = met.join(titles, on=["rule_id", "groups"], maintain_order="left")
    by_person = in_words.group_by("person_id", maintain_order=True).agg("rules_said")
    return rows.join(by_person, on="person_id", how="left", maintain_order="left")


def _with_person(workspace: Workspace, index_date: date, rows: pl.DataFrame, scores: pl.DataFrame) -> pl.DataFrame:
    """Add what the snapshot, the last estimate and the identity vault say of each person."""
    people = rows.select("person_id")
    listed = rows.filter(pl.col("state") == "listed").select("person_id")
    snapshot = pl.scan_parquet(workspace.part("features", index_date))
    held = snapshot.collect_schema().names()
    said = snapshot.select("person_id", *(name for name in ("age", "sex", *SAID_COLUMNS) if name in held))
    sex = pl.col("sex").replace_strict(SEX_WORDS, default="not known", return_dtype=pl.String)
    known = (
        said.join(people.lazy(), on="person_id", how="semi").collect().with_columns(sex),
        _births(workspace, listed),
        scores.join(listed, on="person_id", how="semi").select("person_id", "band"),
        identities(workspace, people["person_id"].to_list()).select(
            "person_id", "nhs_number", _NAME, "usual_gp", "needs"
        ),
    )
    for frame in known:
        rows = rows.join(frame, on="person_id", how="left", maintain_order="left")
    return rows.with_columns(pl.col("name").fill_null("name not held"))


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


def _births(workspace: Workspace, people: pl.DataFrame) -> pl.DataFrame:
    """Return ``person_id, birth_date`` of these people, by the last version of each."""
    with open_store(workspace) as warehouse:
        warehouse.register("worklists.wanted", people)
        births = warehouse.frame("FROM intake.person SEMI JOIN worklists.wanted USING (person_id)")
    return (
        births.sort(_VERSIONS, nulls_last=False)
        .group_by("person_id", maintain_order=True)
        .agg(pl.col("birth_date").last())
    )


def _practice_names(workspace: Workspace) -> dict[str, str]:
    with open_store(workspace) as warehouse:
        names = warehouse.frame("FROM intake.practice")
    # A dict keeps the last of two versions.
    return dict(names.sort(_VERSIONS, nulls_last=False).select("practice_code", "practice_name").rows())


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
    return {rule_id: None if ran else plain_words(why or "not known why") for rule_id, ran, why in rows}


def _freshness(workspace: Workspace, index_date: date) -> tuple[Freshness, ...]:
    """Return how far each source reaches: its *complete to* date is the first day that it may not hold whole."""
    sources = read_sources(workspace, index_date)
    known = []
    for table, words in SOURCE_WORDS.items():
        source = sources.get(table)
        complete = source.complete_to if source is not None and source.is_present else None
        why = plain_words(source.note.partition(": ")[2]) if source is not None and source.note else None
        known.append(Freshness(words, complete, why))
    return tuple(known)


def _read(workspace: Workspace, layer: str, day: date) -> pl.DataFrame:
    file = workspace.part(layer, day)
    return pl.read_parquet(file) if file.is_file() else pl.DataFrame(schema={"practice_code": pl.String})
