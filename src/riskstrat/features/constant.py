"""Columns that say the same of everyone because their source never said more: a board sends no column of that name.

A column that is constant although its source is there and in time was filled wrongly, unless it is made from an
optional landing column that no delivery ever filled. Which landing columns it is made from is read from the statements.
"""

import re
from collections.abc import Sequence
from pathlib import Path

import pyarrow.parquet as pq

from riskstrat.contract import TABLES
from riskstrat.features.catalogue import families, statements
from riskstrat.features.codelists import seed_tables
from riskstrat.project import Workspace
from riskstrat.warehouse import Lineage

_FRAME = frozenset({"practice", "registration"})
"""Tables that say whom a snapshot is about; what they do not send explains no column."""
_STOOD_IN_FOR = frozenset({"available_date", "death_date"})
"""Columns whose absence makes nothing constant: a lag stands in for the one, most people have no value of the other."""


def made_from_never_sent(workspace: Workspace, columns: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Return those of the snapshot's columns that are made from what was never sent, with the landing columns' names.

    Numbered columns (``diagnosis_01`` to ``diagnosis_20``) are one: sent where any of them is. A table that is there
    without rows explains nothing: a feed that failed sends a header, and zeros would look like good health. This looks
    through every statement and takes seconds: ask only about columns that are constant.
    """
    family_of = {column.name: f for f in families() for column in f.statement.columns}
    lineage = Lineage(statements(), _begin_with())
    left_out: dict[tuple[str, str], bool] = {}
    found = {}
    for column in columns:
        begins = lineage.begins_in(family_of[column].statement.table, column)
        optional = {(table.removeprefix("intake."), _stem(name)) for table, name in begins if _is_optional(table, name)}
        for table, stem in optional - left_out.keys():
            left_out[(table, stem)] = _is_left_out(workspace, table, stem)
        never = tuple(f"{table}.{stem}" for table, stem in sorted(optional) if left_out[(table, stem)])
        if never:
            found[column] = never
    return found


def _begin_with() -> dict[str, tuple[str, ...]]:
    """Return the columns of the tables that no statement makes, by table."""
    landed = {
        f"intake.{name}": ("person_id", *(column.name for column in table.columns), "delivery")
        for name, table in TABLES.items()
    }
    return landed | {name: tuple(frame.columns) for name, frame in seed_tables().items()}


def _is_optional(table: str, column: str) -> bool:
    landed = TABLES.get(table.removeprefix("intake.")) if table.startswith("intake.") else None
    if landed is None or landed.name in _FRAME or column in _STOOD_IN_FOR:
        return False
    return any(one.name == column and not one.required for one in landed.columns)


def _is_left_out(workspace: Workspace, table: str, stem: str) -> bool:
    """Return whether rows were delivered and none has a value of this stem; only the files' statistics are read."""
    files = sorted((workspace.store / "intake" / table).glob("*.parquet"))
    filled = [path for path in files if pq.read_metadata(path).num_rows]
    return bool(filled) and not any(_holds_a_value(path, stem) for path in filled)


def _holds_a_value(path: Path, stem: str) -> bool:
    metadata = pq.read_metadata(path)
    for place in range(metadata.num_row_groups):
        group = metadata.row_group(place)
        for number in range(group.num_columns):
            column = group.column(number)
            if _stem(column.path_in_schema) == stem and group.num_rows:
                counted = column.statistics
                if counted is None or not counted.has_null_count or counted.null_count < group.num_rows:
                    return True
    return False


def _stem(column: str) -> str:
    return re.sub(r"_[0-9]+$", "", column)
