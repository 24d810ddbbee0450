"""Labels: what happened to the people of a snapshot within a horizon, by everything held, whenever it arrived.

A file of ``sql/labels`` with ``horizon:`` in its header is a label. It stands on the tables that snapshots stand on,
made once with an index date later than everything held, so that a stay is one thing in both.
"""

import hashlib
import json
import re
from collections.abc import Sequence
from datetime import date, timedelta
from functools import cache
from pathlib import Path

import polars as pl

from riskstrat.contract import TABLES
from riskstrat.errors import InputRefused, UsageFault
from riskstrat.features.catalogue import statements
from riskstrat.features.layers import register_seeds, set_index_date
from riskstrat.features.snapshots import inputs_hash
from riskstrat.files import sha256_of
from riskstrat.intake import open_store
from riskstrat.pages import counted
from riskstrat.project import Progress, Workspace, add_months
from riskstrat.warehouse import Statement, Warehouse, needed_for, read_layer

INPUTS = "inputs.json"
AFTER_EVERYTHING = date(9999, 1, 1)
"""The index date at which everything held is known; earlier than the sentinel 9999-12-31."""
_HORIZON = re.compile(r"(?P<count>[0-9]+) (?P<unit>months?|days?)")


def labels() -> dict[str, str]:
    """Return the labels by name, each with its horizon (``12 months``, ``30 days``)."""
    return {s.name: s.header["horizon"] for s in _statements() if "horizon" in s.header}


def horizon_end(index_date: date, horizon: str) -> date:
    """Return the first day after a horizon that begins on the index date; whole calendar months or days.

    Raises ``ValueError`` where the words are not ``<n> months`` or ``<n> days``.
    """
    said = _HORIZON.fullmatch(horizon)
    if said is None:
        raise ValueError(f"a horizon is '<n> months' or '<n> days', not '{horizon}'")
    count = int(said["count"])
    return add_months(index_date, count) if said["unit"].startswith("month") else index_date + timedelta(days=count)


def build_labels(
    workspace: Workspace, label: str, index_dates: Sequence[date], progress: Progress | None = None
) -> list[Path]:
    """Write ``store/labels/<label>/index_date=D/part.parquet`` for each index date; return the files in that order.

    One row per person of the snapshot to whom the outcome applies: ``person_id, index_date, outcome, event_date,
    death_date, left_date``. A file made from the same inputs is kept.

    Raises ``UsageFault`` for an unknown label, ``InputRefused`` where there is no snapshot at an index date, or a
    source the label reads is absent, begins after it, or ends before the horizon does.
    """
    horizon = _horizon_of(label)
    tell = progress or (lambda _: None)
    inputs = _inputs(workspace)
    for index_date in index_dates:
        if not workspace.part("features", index_date).is_file():
            raise InputRefused(
                f"there is no snapshot at {index_date}", f"make it:  riskstrat features --index-date {index_date}"
            )
    stale = [day for day in sorted(set(index_dates)) if not _is_current(workspace, label, day, inputs)]
    if stale:
        with open_store(workspace) as warehouse:
            for index_date in stale:
                _refuse_incomplete(warehouse, label, index_date, horizon)
            tell(f"{label}: what happened within {horizon}, for {counted(len(stale), 'index date')}")
            know_everything(warehouse, label, workspace)
            for index_date in stale:
                _write_label(warehouse, workspace, label, index_date)
                _record(workspace, label, index_date, inputs)
    return [_part(workspace, label, day) for day in index_dates]


def latest_complete_index_date(workspace: Workspace, label: str) -> date:
    """Return the latest first of a month whose horizon ends before the data's end of every source the label reads.

    Raises ``InputRefused`` where a source is absent.
    """
    horizon = _horizon_of(label)
    with open_store(workspace) as warehouse:
        ends = data_ends(warehouse, label)
    last = min(ends.values())
    index_date = last.replace(day=1)
    while horizon_end(index_date, horizon) > last:
        index_date = add_months(index_date, -1)
    return index_date


def read_labels(workspace: Workspace, label: str, index_date: date) -> pl.DataFrame:
    """Return a label's rows in order of ``person_id``; raises ``InputRefused`` if they are not made yet."""
    path = _part(workspace, label, index_date)
    if not path.is_file():
        raise InputRefused(f"there are no labels {label} at {index_date}", "make them:  riskstrat train")
    return pl.read_parquet(path)


def data_ends(warehouse: Warehouse, label: str) -> dict[str, date]:
    """Return the data's end of every source a label reads: the last day that can be taken as complete.

    It is that of ``intake.source``, or an earlier one where the feed stopped or halved before it
    (``features.population_source``, everything held being known): an outcome that no row could tell of is not "none".
    People have no event date of their own; they end with the latest period held. Raises ``InputRefused`` where a source
    is absent.
    """
    set_index_date(warehouse, AFTER_EVERYTHING)
    warehouse.build(statement for statement in statements() if statement.table == "features.population_source")
    rows = warehouse.rows(
        "SELECT s.table_name, s.is_present, LEAST(s.data_end, CASE WHEN f.note IS NOT NULL THEN f.complete_to - 1 END) "
        "FROM intake.source AS s LEFT JOIN features.population_source AS f ON f.table_name = s.table_name"
    )
    held = {row[0]: row[1:] for row in rows}
    latest = warehouse.value("SELECT MAX(period_end) FROM intake.source WHERE is_present")
    ends = {}
    for name in sources_of_label(label):
        is_present, data_end = held.get(name, (False, None))
        if TABLES[name].event_date is None:
            data_end = latest
        if not is_present or data_end is None:
            raise InputRefused(f"{label} needs {name}, which no drop held", "send it, or do not train this outcome")
        ends[name] = data_end
    return ends


def sources_of_label(label: str) -> tuple[str, ...]:
    """Return the landing tables a label stands on, its population aside, in order of name."""
    named = {table for statement in _needed(label) for table in statement.named_tables}
    landed = (table.removeprefix("intake.") for table in named if table.startswith("intake."))
    return tuple(sorted(name for name in landed if name in TABLES))


def know_everything(warehouse: Warehouse, label: str, workspace: Workspace | None = None) -> None:
    """Make seeds, staging and every table the label stands on that does not depend on the index date."""
    register_seeds(warehouse, workspace)
    set_index_date(warehouse, AFTER_EVERYTHING)
    following = _following_index_date(label)
    warehouse.build(statement for statement in _needed(label) if statement.table not in following)


def label_at(warehouse: Warehouse, label: str, index_date: date) -> str:
    """Make a label's table at an index date and return its name.

    Needs ``know_everything`` to have run and ``labels.population`` (a snapshot's rows) to be there.
    """
    end = horizon_end(index_date, _horizon_of(label))
    warehouse.register("labels.index_date", pl.DataFrame({"index_date": [index_date], "horizon_end": [end]}))
    following = _following_index_date(label)
    warehouse.build(statement for statement in _needed(label) if statement.table in following)
    return f"labels.{label}"


@cache
def _statements() -> tuple[Statement, ...]:
    return tuple(read_layer("labels"))


def _needed(label: str) -> list[Statement]:
    return needed_for([f"labels.{label}"], [*statements(), *_statements()])


def _following_index_date(label: str) -> set[str]:
    """Return the tables that read ``labels.index_date`` or ``labels.population``, themselves or through another."""
    following = {"labels.index_date", "labels.population"}
    for statement in _needed(label):  # in order: what a statement reads comes before it
        if not statement.named_tables.isdisjoint(following):
            following.add(statement.table)
    return following


def _horizon_of(label: str) -> str:
    known = labels()
    if label not in known:
        raise UsageFault(f"unknown label {label}", f"there are {', '.join(sorted(known))}")
    return known[label]


def _refuse_incomplete(warehouse: Warehouse, label: str, index_date: date, horizon: str) -> None:
    end = horizon_end(index_date, horizon)
    early = {name: last for name, last in data_ends(warehouse, label).items() if last < end}
    if early:
        raise InputRefused(
            f"{label} at {index_date} is not complete: its horizon of {horizon} ends on {end}",
            *(f"{name} is complete only to {last}" for name, last in sorted(early.items())),
            "choose an earlier index date, or take a later drop",
        )
    stated = "SELECT table_name, period_start FROM intake.source WHERE period_is_stated ORDER BY table_name"
    for name, begins in warehouse.rows(stated):
        is_event = name in sources_of_label(label) and TABLES[name].event_date is not None
        if is_event and begins is not None and begins > index_date:
            raise InputRefused(
                f"{label} at {index_date} is not complete: {name} begins on {begins}", "choose a later index date"
            )


def _write_label(warehouse: Warehouse, workspace: Workspace, label: str, index_date: date) -> None:
    warehouse.attach_parquet("labels.population", [workspace.part("features", index_date)])
    table = label_at(warehouse, label, index_date)
    warehouse.write_parquet(f"FROM {table} ORDER BY person_id", _part(workspace, label, index_date))


def _inputs(workspace: Workspace) -> str:
    digest = hashlib.sha256(inputs_hash(workspace).encode())
    for statement in _statements():
        digest.update(statement.sql.encode())
    return digest.hexdigest()


def _is_current(workspace: Workspace, label: str, index_date: date, inputs: str) -> bool:
    path = _part(workspace, label, index_date)
    beside = path.with_name(INPUTS)
    if not path.is_file() or not beside.is_file():
        return False
    wanted = {"inputs": inputs, "snapshot": sha256_of(workspace.part("features", index_date))}
    try:
        return bool(json.loads(beside.read_text(encoding="utf-8")) == wanted)
    except (json.JSONDecodeError, UnicodeDecodeError):
        return False


def _record(workspace: Workspace, label: str, index_date: date, inputs: str) -> None:
    made_from = {"inputs": inputs, "snapshot": sha256_of(workspace.part("features", index_date))}
    path = _part(workspace, label, index_date).with_name(INPUTS)
    path.write_text(json.dumps(made_from) + "\n", encoding="utf-8")


def _part(workspace: Workspace, label: str, index_date: date) -> Path:
    return workspace.part(f"labels/{label}", index_date)
