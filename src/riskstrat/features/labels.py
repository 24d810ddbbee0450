"""Labels: what happened to the people of a snapshot within a horizon, by everything held, whenever it arrived.

Labels stand on the tables that snapshots stand on, made with an index date later than everything held, so that a stay
is one thing in both. As snapshots are, they are made for one range of people after another.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from itertools import groupby
from pathlib import Path

import polars as pl

from riskstrat.errors import InputRefused
from riskstrat.features.horizons import (
    AFTER_EVERYTHING,
    horizon_end,
    horizon_of,
    label_statements,
    needed_by,
    read_reach,
    sources_of_labels,
)
from riskstrat.features.kept import is_kept, noting
from riskstrat.features.layers import register_seeds, set_index_date
from riskstrat.features.snapshots import inputs_hash
from riskstrat.files import sha256_of
from riskstrat.intake import each_range, open_store, people_at_once
from riskstrat.pages import counted
from riskstrat.project import Progress, Workspace
from riskstrat.warehouse import GrowingFile, Statement, Warehouse

POPULATION = "labels.population"
INDEX_DATE = "labels.index_date"
ROWS_AT_ONCE = 1_000_000
"""Rows of the tables that labels read, worked on at a time: fewer than of all tables, as an episode is a wide row."""
_Label = tuple[str, date]


def build_labels(
    workspace: Workspace, wanted: Mapping[str, Sequence[date]], progress: Progress | None = None
) -> dict[str, list[Path]]:
    """Write ``store/labels/<label>/index_date=D/part.parquet`` for each label and each of its index dates.

    Returns the files by label, in the order of its dates. One row per person of the snapshot to whom the outcome
    applies, by ``person_id``: ``person_id, index_date, outcome, event_date, death_date, left_date``, and what else its
    SELECT says of the outcome. A file made from the same inputs is kept. What several labels stand on is made once for
    all of them and all their dates, one range of people after another, so that memory does not grow with the number of
    people.

    Raises, before anything is written, ``UsageFault`` for an unknown label, ``InputRefused`` where there is no snapshot
    at an index date, or a source the label reads is absent, begins after it, or ends before the horizon does.
    """
    tell = progress or (lambda _: None)
    asked = sorted({(label, day) for label, days in wanted.items() for day in days})
    for label in wanted:
        horizon_of(label)
    made_from = _made_from(workspace, {day for _, day in asked})
    stale = [(label, day) for label, day in asked if not is_kept(_part(workspace, label, day), made_from[day])]
    if stale:
        with open_store(workspace) as warehouse:
            reach = read_reach(warehouse)
            for label, day in stale:
                reach.refuse_incomplete(label, day)
            with _grown(warehouse, workspace, stale, tell) as files:
                for (label, day), file in files.items():
                    with noting(_part(workspace, label, day), made_from[day]):
                        file.finish()
    return {label: [_part(workspace, label, day) for day in days] for label, days in wanted.items()}


def latest_complete_index_date(workspace: Workspace, label: str) -> date:
    """Return the latest first of a month whose horizon ends before the data's end of every source the label reads.

    Raises ``UsageFault`` for an unknown label, ``InputRefused`` where a source is absent.
    """
    horizon_of(label)
    with open_store(workspace) as warehouse:
        return read_reach(warehouse).latest_index_date(label)


def read_labels(workspace: Workspace, label: str, index_date: date) -> pl.DataFrame:
    """Return a label's rows in order of ``person_id``; raises ``InputRefused`` if they are not made yet."""
    path = _part(workspace, label, index_date)
    if not path.is_file():
        raise InputRefused(f"there are no labels {label} at {index_date}", "make them:  riskstrat train")
    return pl.read_parquet(path)


def know_everything(warehouse: Warehouse, chosen: Iterable[str]) -> None:
    """Make staging and every table that these labels stand on whatever the index date; needs the seeds."""
    set_index_date(warehouse, AFTER_EVERYTHING)
    wanted = needed_by(chosen)
    following = _following_index_date(wanted)
    warehouse.build(statement for statement in wanted if statement.table not in following)


def make_labels(warehouse: Warehouse, chosen: Iterable[str], index_date: date) -> None:
    """Make ``labels.<label>`` of each label at an index date.

    Needs ``know_everything`` to have run and ``labels.population`` (a snapshot's rows) to be there.
    """
    for horizon, same in groupby(sorted(chosen, key=horizon_of), key=horizon_of):
        end = horizon_end(index_date, horizon)
        warehouse.register(INDEX_DATE, pl.DataFrame({"index_date": [index_date], "horizon_end": [end]}))
        wanted = needed_by(same)
        following = _following_index_date(wanted)
        warehouse.build(statement for statement in wanted if statement.table in following)


@contextmanager
def _grown(
    warehouse: Warehouse, workspace: Workspace, stale: Sequence[_Label], tell: Progress
) -> Iterator[dict[_Label, GrowingFile]]:
    """Write the rows of every label and date, one range of people after another; what does not finish is removed."""
    chosen = sorted({label for label, _ in stale})
    dates = sorted({day for _, day in stale})
    files: dict[_Label, GrowingFile] = {}
    try:
        files |= {(label, day): GrowingFile(_part(workspace, label, day)) for label, day in stale}
        sources = sources_of_labels(chosen)
        ranges = people_at_once(warehouse, workspace, ROWS_AT_ONCE, sources)
        register_seeds(warehouse, workspace)
        for place, people in enumerate(each_range(warehouse, workspace, ranges, tables=sources), start=1):
            which = f" (range {place} of {len(ranges)} of people)" if len(ranges) > 1 else ""
            tell(f"what happened after {counted(len(dates), 'index date')}: {', '.join(chosen)}{which}")
            warehouse.drop_layers("staging", "features", "labels")  # before the next range is staged, not while it is
            know_everything(warehouse, chosen)
            within = _within(people, is_first=place == 1, is_last=place == len(ranges))
            for day in dates:
                of_day = [label for label, own in stale if own == day]
                warehouse.attach_parquet("labels.snapshot", [workspace.part("features", day)])
                warehouse.make_view(POPULATION, f"SELECT * FROM labels.snapshot WHERE {within}")
                make_labels(warehouse, of_day, day)
                for label in of_day:
                    warehouse.append(f"FROM labels.{label}", files[label, day], ordered_by="person_id")
        yield files
    finally:
        for file in files.values():
            file.discard()


def _within(people: range, *, is_first: bool, is_last: bool) -> str:
    """Return whether a person is of a range; people of a snapshot whom no drop holds now are of the first or last."""
    bounds = [] if is_first else [f"person_id >= {people.start}"]
    return " AND ".join(bounds if is_last else [*bounds, f"person_id < {people.stop}"]) or "TRUE"


def _following_index_date(wanted: Sequence[Statement]) -> set[str]:
    """Return the tables that read ``labels.index_date`` or ``labels.population``, themselves or through another."""
    following = {INDEX_DATE, POPULATION}
    for statement in wanted:  # in order: what a statement reads comes before it
        if not statement.named_tables.isdisjoint(following):
            following.add(statement.table)
    return following


def _made_from(workspace: Workspace, index_dates: Iterable[date]) -> dict[date, dict[str, str]]:
    """Return what labels of each index date are made from; raises ``InputRefused`` where there is no snapshot."""
    digest = hashlib.sha256(inputs_hash(workspace).encode())
    for statement in label_statements():
        digest.update(statement.sql.encode())
    made_from = {}
    for day in sorted(index_dates):
        snapshot = workspace.part("features", day)
        if not snapshot.is_file():
            raise InputRefused(f"there is no snapshot at {day}", f"make it:  riskstrat features --index-date {day}")
        made_from[day] = {"inputs": digest.hexdigest(), "snapshot": sha256_of(snapshot)}
    return made_from


def _part(workspace: Workspace, label: str, index_date: date) -> Path:
    return workspace.part(f"labels/{label}", index_date)
