"""Who meets what at an index date: rules and gaps over the snapshot and the scores.

Writes, each at ``index_date=D/part.parquet``:

* ``store/rule_hits``: ``person_id, rule_id, rule_version, is_met, left_off_by, groups``, a row per person and rule met;
* ``store/rule_status``: ``rule_id, rule_version, ran, why_not, note``, a row per rule;
* ``store/gap_hits``: ``person_id, gap_id, weight, words``, a row per person and gap;
* ``store/gap_status``: as ``rule_status``.
"""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from pathlib import Path

import polars as pl

from riskstrat.errors import UsageFault
from riskstrat.pages import long_date
from riskstrat.project import Progress, Workspace, add_months
from riskstrat.rules.definitions import read_gaps, read_rules
from riskstrat.rules.readiness import Held, Source, why_not, without
from riskstrat.rules.rule import Gap, Rule
from riskstrat.rules.vocabulary import MODELS, MONTHS_BACK, shipped_vocabulary
from riskstrat.warehouse import Warehouse, quoted

PERSON = "rules.person"
Status = tuple[bool, str | None, str | None]
"""Whether a rule runs, why not, and what it runs without."""
_STATUS = {"rule_id": pl.String, "rule_version": pl.Int32, "ran": pl.Boolean, "why_not": pl.String, "note": pl.String}
_NOBODY = (
    "SELECT 0 AS person_id, '' AS rule_id, 0 AS rule_version, TRUE AS is_met, '' AS left_off_by, '' AS groups "
    "WHERE FALSE"
)
BETWEEN_GROUPS = "; "


def evaluate(
    workspace: Workspace,
    index_date: date,
    *,
    rules: Sequence[Rule] | None = None,
    gaps: Sequence[Gap] | None = None,
    progress: Progress | None = None,
) -> Path:
    """Write who meets each rule, which rules ran, and what could be looked at; returns the path of ``rule_hits``.

    A predicate that is null for a person (something is not known) is not met. Someone who meets ``who`` and an
    exclusion is kept, with ``left_off_by`` naming the first exclusion that applies; an exclusion that is null for
    them does not apply. ``groups`` are the names of a rule's groups that the person is in, joined by ``; ``.
    Raises ``UsageFault`` where there is no snapshot.
    """
    chosen = read_rules() if rules is None else tuple(rules)
    looked_at = read_gaps() if gaps is None else tuple(gaps)
    with Warehouse.of(workspace) as warehouse:
        wanted = _columns_of(chosen, looked_at)
        held = put_people(warehouse, workspace, index_date, wanted)
        statuses = {rule.id: status_of(rule, held) for rule in chosen}
        running = [rule for rule in chosen if statuses[rule.id][0]]
        if progress is not None:
            progress(f"rules: {len(running)} of {len(chosen)} can run at {index_date}")
        hits = workspace.part("rule_hits", index_date)
        warehouse.write_parquet(hits_of(running), hits)
        _write_status(warehouse, chosen, statuses, workspace.part("rule_status", index_date))
        _write_gaps(warehouse, workspace, looked_at, held)
    return hits


def put_people(
    warehouse: Warehouse,
    workspace: Workspace,
    index_date: date,
    wanted: Iterable[str],
    *,
    people: Sequence[int] | None = None,
    scores: "ScoreColumns | None" = None,
) -> Held:
    """Make ``rules.person`` (person_id and every wanted column there is) and return what the store holds.

    ``people`` keeps those alone, and then no column is said to be empty. ``scores`` take the place of those that the
    store holds of that date. Raises ``UsageFault`` where there is no snapshot at the index date.
    """
    snapshot_file = workspace.part("features", index_date)
    if not snapshot_file.is_file():
        raise UsageFault(
            f"there is no snapshot at {index_date}", f"run  riskstrat features --index-date {index_date}  first"
        )
    snapshot = pl.scan_parquet(snapshot_file)
    there = snapshot.collect_schema().names()
    columns = ["person_id", *sorted(name for name in set(wanted) if name in there)]
    chosen = snapshot.select(columns)
    if people is not None:
        chosen = chosen.filter(pl.col("person_id").is_in(list(people)))
    if scores is None:
        scores = score_columns(workspace, index_date, set(wanted), people=people)
    everyone = chosen.collect().join(scores.frame, on="person_id", how="left").sort("person_id")
    warehouse.register(PERSON, everyone)
    empty = () if people is not None else (c for c in everyone.columns if everyone[c].null_count() == everyone.height)
    return Held(
        index_date,
        frozenset(there),
        frozenset(empty),
        read_sources(workspace, index_date),
        scores.models,
        scores.models_3m_ago,
    )


class ScoreColumns:
    """One row per person with the score columns that rules ask for, and the models that have scores."""

    def __init__(self, frame: pl.DataFrame, models: frozenset[str], models_3m_ago: frozenset[str]) -> None:
        """Keep the frame and which models have scores at the index date and three months earlier."""
        self.frame = frame
        self.models = models
        self.models_3m_ago = models_3m_ago


def score_columns(
    workspace: Workspace, index_date: date, wanted: set[str], *, people: Sequence[int] | None = None
) -> ScoreColumns:
    """Return ``risk_, percentile_, band_, risk_..._3m_ago`` and ``rise_`` of every scored model, as far as wanted.

    A row for each person whom a wanted model scored; ``people`` keeps those alone.
    """
    now, earlier = (_scores(workspace, day, people) for day in (index_date, add_months(index_date, -MONTHS_BACK)))
    return columns_of_scores(now, earlier, wanted)


def columns_of_scores(now: pl.LazyFrame, earlier: pl.LazyFrame, wanted: set[str]) -> ScoreColumns:
    """Return the columns that ``score_columns`` returns, from rows of ``store/scores`` now and three months earlier."""
    frame = pl.LazyFrame(schema={"person_id": pl.Int32})
    for model in MODELS:
        names = {"risk": f"risk_{model}", "percentile": f"percentile_{model}", "band": f"band_{model}"}
        before, rise = f"risk_{model}_3m_ago", f"rise_{model}"
        kept = [name for name in (*names.values(), before, rise) if name in wanted]
        if not kept:
            continue  # a board has a row a person and model: what nobody asks for is not read
        mine = now.filter(pl.col("model") == model).select("person_id", *names).rename(names)
        then = earlier.filter(pl.col("model") == model).select("person_id", pl.col("risk").alias(before))
        both = mine.join(then, on="person_id", how="left")
        both = both.with_columns((pl.col(names["risk"]) - pl.col(before)).alias(rise)).select("person_id", *kept)
        frame = frame.join(both, on="person_id", how="full", coalesce=True)
    models = (scores.select(pl.col("model").unique()).collect()["model"] for scores in (now, earlier))
    return ScoreColumns(frame.collect(), *map(frozenset, models))


SCORES = {"person_id": pl.Int32, "model": pl.String, "risk": pl.Float64, "percentile": pl.Float64, "band": pl.String}
"""What of ``store/scores`` a rule's columns are made from."""


def _scores(workspace: Workspace, index_date: date, people: Sequence[int] | None) -> pl.LazyFrame:
    file = workspace.part("scores", index_date)
    if not file.is_file():
        return pl.LazyFrame(schema=SCORES)
    scores = pl.scan_parquet(file).select(pl.col(name).cast(kind) for name, kind in SCORES.items())
    return scores if people is None else scores.filter(pl.col("person_id").is_in(list(people)))


def read_sources(workspace: Workspace, index_date: date) -> dict[str, Source]:
    """Return ``store/sources`` at an index date by table name; empty where there is none."""
    file = workspace.part("sources", index_date)
    if not file.is_file():
        return {}
    held = pl.read_parquet(file)
    if "note" not in held.columns:  # made before sources said how fresh they were; explain reads what was published
        held = held.with_columns(note=pl.lit(None, pl.String))
    rows = held.select("table_name", "is_present", "lag_days", "complete_to", "note").rows()
    return {name: Source(bool(present), int(lag or 0), reached, note) for name, present, lag, reached, note in rows}


def _columns_of(rules: Iterable[Rule], gaps: Iterable[Gap]) -> set[str]:
    wanted: set[str] = set()
    for rule in rules:
        wanted |= rule.columns
    for gap in gaps:
        wanted |= set(gap.who.columns) | ({gap.since} if gap.since else set())
    return wanted


def status_of(rule: Rule, held: Held) -> Status:
    """Return whether a rule runs on what is held, why not if it does not, and what it runs without if it does."""
    return _status(rule.columns, rule.needs, rule.bears_lag_days, held)


def _status(columns: frozenset[str], needs: tuple[str, ...], bears_lag_days: int, held: Held) -> Status:
    vocabulary = shipped_vocabulary()
    reason = why_not(columns, needs, bears_lag_days, held, vocabulary)
    return reason is None, reason, without(columns, needs, held, vocabulary) if reason is None else None


def _write_status(
    warehouse: Warehouse, asked: Sequence[Rule] | Sequence[Gap], statuses: dict[str, Status], path: Path
) -> None:
    rows = [(one.id, one.version, *statuses[one.id]) for one in asked]
    warehouse.register("rules.status", pl.DataFrame(rows, schema=_STATUS, orient="row"))
    warehouse.write_parquet("FROM rules.status ORDER BY rule_id", path)


def groups_met(workspace: Workspace, index_date: date) -> pl.DataFrame:
    """Return ``person_id, rule_id, groups``: the groups of the rule that the person is in; rules of no groups left out.

    ``groups`` are names joined by ``BETWEEN_GROUPS``.
    """
    file = workspace.part("rule_hits", index_date)
    if not file.is_file() or "groups" not in pl.scan_parquet(file).collect_schema():
        return pl.DataFrame(schema={"person_id": pl.Int32, "rule_id": pl.String, "groups": pl.String})
    held = pl.scan_parquet(file).filter(pl.col("groups").is_not_null())
    return held.select(pl.col("person_id").cast(pl.Int32), "rule_id", "groups").collect()


def hits_of(rules: Sequence[Rule]) -> str:
    """Return the query over ``rules.person`` that finds who meets these rules: the rows of ``store/rule_hits``."""
    return f"FROM ({' UNION ALL '.join(map(_hits_of, rules)) or _NOBODY}) ORDER BY person_id, rule_id"


def _hits_of(rule: Rule) -> str:
    """Return the SELECT of one rule's hits; its predicates were written by ``predicates`` from checked trees."""
    nobody = "CAST(NULL AS VARCHAR)"
    whens = " ".join(f"WHEN {exclusion.who.sql} THEN '{exclusion.name}'" for exclusion in rule.unless)
    left_off = f"CASE {whens} END" if whens else nobody
    names = ", ".join(f"CASE WHEN {group.who.sql} THEN '{group.name}' END" for group in rule.groups)
    groups = f"CONCAT_WS('{BETWEEN_GROUPS}', {names})" if names else nobody
    return (
        f"SELECT person_id, '{rule.id}' AS rule_id, {rule.version} AS rule_version, TRUE AS is_met, "
        f"{left_off} AS left_off_by, {groups} AS groups FROM {PERSON} WHERE {rule.who.sql}"
    )


def _write_gaps(warehouse: Warehouse, workspace: Workspace, gaps: Sequence[Gap], held: Held) -> None:
    statuses = {}
    found = [
        pl.DataFrame(schema={"person_id": pl.Int32, "gap_id": pl.String, "weight": pl.Float64, "words": pl.String})
    ]
    for gap in gaps:
        columns = frozenset(gap.who.columns) | ({gap.since} if gap.since else set())
        statuses[gap.id] = _status(columns, gap.needs, gap.bears_lag_days, held)
        if statuses[gap.id][0]:
            found.append(_gaps_of(warehouse, gap, held))
    warehouse.register("rules.gap", pl.concat(found))
    path = workspace.part("gap_hits", held.index_date)
    warehouse.write_parquet("FROM rules.gap ORDER BY person_id, gap_id", path)
    _write_status(warehouse, gaps, statuses, workspace.part("gap_status", held.index_date))


def _gaps_of(warehouse: Warehouse, gap: Gap, held: Held) -> pl.DataFrame:
    """Return one gap's people with its sentence: what was last recorded when, or that none is known to a date."""
    since = quoted(gap.since) if gap.since else "CAST(NULL AS INTEGER)"
    people = warehouse.frame(f"SELECT person_id, {since} AS since FROM {PERSON} WHERE {gap.who.sql}")
    known_to = min(day for name in gap.needs if (day := held.sources[name].complete_to) is not None)
    none = gap.words.format(known_to=long_date(known_to))
    days = [int(value) for value in people["since"].drop_nulls().unique().sort()]
    sentences = pl.DataFrame(
        {
            "since": days,
            "words": [(gap.words_since or "").format(on=long_date(held.index_date - timedelta(days=d))) for d in days],
        },
        schema={"since": pl.Int64, "words": pl.String},
    )
    return (
        people.with_columns(pl.col("since").cast(pl.Int64), pl.col("person_id").cast(pl.Int32))
        .join(sentences, on="since", how="left")
        .select(
            "person_id",
            pl.lit(gap.id).alias("gap_id"),
            pl.lit(gap.weight, dtype=pl.Float64).alias("weight"),
            pl.col("words").fill_null(none),
        )
    )
