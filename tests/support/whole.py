"""Snapshots in tests, made by the same code as a board's: the whole one from a store, or that of a few families."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

from riskstrat.features.assemble import given_counts_sql, snapshot_sql, unseen_columns
from riskstrat.features.catalogue import Family
from riskstrat.features.layers import read_sources_known
from riskstrat.features.parts import Parts
from riskstrat.features.snapshots import MUST_VARY_ABOVE
from riskstrat.project import Workspace
from riskstrat.warehouse import Warehouse


def whole_snapshot(warehouse: Warehouse, index_date: date, *, is_withheld: bool = True) -> pl.DataFrame:
    """Return the snapshot of everyone whom the warehouse's staging tables hold, made and put together as one part."""
    with TemporaryDirectory() as root:
        workspace = Workspace(Path(root))
        parts = Parts(workspace, index_date, is_withheld=is_withheld)
        parts.add(warehouse)
        parts.put_together(warehouse, MUST_VARY_ABOVE)
        return pl.read_parquet(workspace.part("features", index_date))


def snapshot_of(warehouse: Warehouse, families: Sequence[Family], index_date: date) -> pl.DataFrame:
    """Return the columns of these families as they stand in a snapshot; their tables are made already."""
    unseen = unseen_columns(families, read_sources_known(warehouse), index_date)
    frame = warehouse.frame(snapshot_sql(families, unseen)).sort("person_id")
    never = [column for column, sql in given_counts_sql(families).items() if warehouse.value(sql) == 0]
    return frame.with_columns(pl.lit(None, frame.schema[column]).alias(column) for column in never)
