"""What measures count at one index date: by practice, age band and month, of people who may be counted for planning.

The SELECTs of ``sql/measures`` run over what was known at the index date, a range of people at a time; what they list
is placed with the practice and the age of the day it happened and added up. Nothing about a person is kept.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import polars as pl

from riskstrat import features, intake
from riskstrat.population.measures.definitions import WORKLISTS, Measure, Span, span_of
from riskstrat.project import Workspace
from riskstrat.warehouse import Statement, Warehouse, needed_for, read_layer

_COUNTED = pl.Schema(
    {
        "measure_id": pl.String,
        "practice_code": pl.String,
        "age_from": pl.Int32,
        "month": pl.Date,
        "numerator": pl.Int64,
        "denominator": pl.Int64,
    }
)
_BY_SEX = pl.Schema(
    {
        "measure_id": pl.String,
        "practice_code": pl.String,
        "sex": pl.String,
        "age_from": pl.Int32,
        "people": pl.Int64,
    }
)
_REGISTERED = pl.Schema({"month": pl.Date, "practice_code": pl.String, "age_from": pl.Int32, "people": pl.Int64})
_HIT = pl.Schema({"person_id": pl.Int32, "rule_id": pl.String})
_LISTED = pl.Schema({"index_date": pl.Date, "person_id": pl.Int32})
_RECORDED = pl.Schema({"index_date": pl.Date, "practice_code": pl.String, "person_id": pl.Int32, "status": pl.String})


@dataclass(frozen=True)
class Activity:
    """What one index date's measures count.

    ``counted`` has ``measure_id, practice_code, age_from, month, numerator, denominator``; ``registered`` has
    ``month, practice_code, age_from, people``, those of its first day; ``by_sex`` whom measures with an expected number
    count among (``measure_id, practice_code, sex, age_from, people``). ``spans`` says over which days each measure
    counts, ``not_run`` why one has no figure: every measure is in one of the two.
    """

    index_date: date
    counted: pl.DataFrame
    registered: pl.DataFrame
    spans: Mapping[str, Span]
    not_run: Mapping[str, str]
    by_sex: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=_BY_SEX))


def read_activity(workspace: Workspace, index_date: date, measures: Sequence[Measure]) -> Activity:
    """Count every measure that has what it needs at the index date; needs the snapshot there."""
    with intake.open_store(workspace) as warehouse:
        intake.bar_people(warehouse, workspace, "planning")
        recorded = _recorded(workspace)
        listed = _listed(workspace, index_date, recorded)
        sources = features.read_known_sources(warehouse, index_date)
        if not listed.is_empty():
            sources[WORKLISTS] = features.Source(WORKLISTS, True, 0, index_date, listed["index_date"].to_list()[0])
        spans, not_run = _spans(workspace, index_date, measures, sources)
        running = [measure for measure in measures if measure.id in spans]
        counted, registered = [pl.DataFrame(schema=_COUNTED)], [pl.DataFrame(schema=_REGISTERED)]
        by_sex = [pl.DataFrame(schema=_BY_SEX)]
        if running:
            _attach(warehouse, workspace, index_date, listed, recorded)
            for one, people, sexes in _each_range(warehouse, workspace, index_date, running, spans):
                counted.append(one.cast(_COUNTED))
                registered.append(people.cast(_REGISTERED))
                by_sex.append(sexes.cast(_BY_SEX))
    keys = ["measure_id", "practice_code", "age_from", "month"]
    return Activity(
        index_date,
        pl.concat(counted).group_by(keys).agg(pl.col("numerator", "denominator").sum()).sort(keys),
        pl.concat(registered).group_by(pl.exclude("people")).agg(pl.col("people").sum()).sort(pl.all()),
        spans,
        not_run,
        pl.concat(by_sex).group_by(pl.exclude("people")).agg(pl.col("people").sum()).sort(pl.all()),
    )


def _spans(
    workspace: Workspace, index_date: date, measures: Sequence[Measure], sources: Mapping[str, features.Source]
) -> tuple[dict[str, Span], dict[str, str]]:
    status = workspace.part("rule_status", index_date)
    ran = pl.read_parquet(status).filter("ran")["rule_id"].to_list() if status.is_file() else []
    spans: dict[str, Span] = {}
    not_run: dict[str, str] = {}
    for measure in measures:
        idle = [rule for rule in measure.rules if rule not in ran]
        found = f"the rule {idle[0]} did not run" if idle else span_of(measure, sources, index_date)
        if isinstance(found, Span):
            spans[measure.id] = found
        else:
            not_run[measure.id] = found
    return spans, not_run


def _each_range(
    warehouse: Warehouse,
    workspace: Workspace,
    index_date: date,
    running: Sequence[Measure],
    spans: Mapping[str, Span],
) -> Iterator[tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]]:
    """Yield what each range of people adds to the counts, to the people registered and to those counted by sex."""
    layer = {statement.name: statement for statement in read_layer("measures")}
    events = [layer[name] for name in sorted({measure.events for measure in running})]
    adding_up = [layer[name] for name in ("placed", "counted", "registered_month", "counted_by_sex")]
    known = {table for one in [*events, *adding_up] for table in one.named_tables if not table.startswith("measures.")}
    happened = " UNION ALL ".join(
        f"SELECT '{measure.id}' AS measure_id, person_id, happened_on, numerator, denominator "
        f"FROM measures.{measure.events}"
        for measure in running
    )
    _register_spans(warehouse, running, spans)
    for _ in features.each_range_known(warehouse, workspace, index_date, known):
        _build(warehouse, events)
        warehouse.make_view("measures.happened", happened)
        _build(warehouse, adding_up)
        yield (
            warehouse.frame("FROM measures.counted"),
            warehouse.frame("FROM measures.registered_month"),
            warehouse.frame("FROM measures.counted_by_sex"),
        )


def _build(warehouse: Warehouse, statements: Sequence[Statement]) -> None:
    warehouse.build(needed_for([statement.table for statement in statements], statements))


def _register_spans(warehouse: Warehouse, running: Sequence[Measure], spans: Mapping[str, Span]) -> None:
    rows = [
        (one.id, spans[one.id].series_from, spans[one.id].counted_to, one.least_age, one.expected != "")
        for one in running
    ]
    schema = {
        "measure_id": pl.String,
        "counted_from": pl.Date,
        "counted_to": pl.Date,
        "least_age": pl.Int32,
        "is_expected": pl.Boolean,
    }
    warehouse.register("measures.span", pl.DataFrame(rows, schema=schema, orient="row"))
    months = sorted({month for one in running if one.is_rate for month in spans[one.id].months})
    warehouse.register("measures.month", pl.DataFrame({"month": months}, schema={"month": pl.Date}))


def _attach(
    warehouse: Warehouse, workspace: Workspace, index_date: date, listed: pl.DataFrame, recorded: pl.DataFrame
) -> None:
    """Give the measures' SELECTs the stored tables they may read."""
    warehouse.attach_parquet("measures.snapshot", [workspace.part("features", index_date)])
    hits = workspace.part("rule_hits", index_date)
    rule_hits = pl.read_parquet(hits, columns=list(_HIT)) if hits.is_file() else pl.DataFrame(schema=_HIT)
    warehouse.register("measures.rule_hit", rule_hits)
    warehouse.register("measures.listed", listed)
    warehouse.register("measures.recorded", recorded.select("index_date", "person_id", "status"))


def _recorded(workspace: Workspace) -> pl.DataFrame:
    """Return what practices recorded on the lists that they sent back."""
    parts = sorted((workspace.store / "feedback").glob("part-*.parquet"))
    rows = [pl.read_parquet(part, columns=list(_RECORDED)).cast(_RECORDED) for part in parts]
    return pl.concat([pl.DataFrame(schema=_RECORDED), *rows])


def _listed(workspace: Workspace, index_date: date, recorded: pl.DataFrame) -> pl.DataFrame:
    """Return who was on a list sent before the index date that came back; a month's list made twice counts once.

    A list on which nothing was ever recorded was not sent back, or not opened: nobody knows whether its people were
    reviewed, and a share of it would be a zero that nobody reported.
    """
    frames = [pl.DataFrame(schema={"index_date": pl.Date, "practice_code": pl.String, "person_id": pl.Int32})]
    for path in sorted((workspace.store / "worklists_sent").glob("release=*/part.parquet")):
        of = date.fromisoformat(path.parent.name.removeprefix("release=").rpartition(".")[0])
        if of < index_date:
            sent = pl.read_parquet(path).select(pl.lit(of).alias("index_date"), "practice_code", "person_id")
            frames.append(sent.cast(frames[0].schema))
    came_back = pl.concat(frames).join(recorded, on=["index_date", "practice_code"], how="semi")
    return came_back.select(list(_LISTED)).unique().sort("index_date", "person_id")
