"""Makes the tables of one run: seeds and staging once, then what was known and the families at each index date.

Everything here takes a warehouse that already holds ``intake.*`` and ``intake.source``, so that labels and worked
examples stand on the same tables as snapshots do.
"""

from collections.abc import Sequence
from datetime import date
from typing import Final

import polars as pl

from riskstrat.features.catalogue import Family, families, statements
from riskstrat.features.codelists import seed_tables
from riskstrat.features.visibility import Source
from riskstrat.project import Workspace
from riskstrat.warehouse import Statement, Warehouse, needed_for

SOURCES_KNOWN: Final = "features.population_source"
ASKED_FOR: Final = "staging.index_date"
BASE_TABLES: Final = (
    "features.population",
    "features.population_attrition",
    SOURCES_KNOWN,
    "staging.opt_out_in_force",
)


def register_seeds(warehouse: Warehouse, workspace: Workspace | None = None) -> None:
    """Make ``seeds.<name>`` of the shipped tables, with the workspace's own code lists in ``seeds.code_list``."""
    for table, frame in seed_tables(workspace).items():
        warehouse.register(table, frame)


def set_index_date(warehouse: Warehouse, index_date: date) -> None:
    """Make ``features.index_date``, the one-row table that every statement takes its day from."""
    warehouse.register("features.index_date", _days([index_date]))


def ask_for(warehouse: Warehouse, index_dates: Sequence[date]) -> None:
    """Make ``staging.index_date``, the index dates to stage for: staging may leave out what none of them can see."""
    warehouse.register(ASKED_FOR, _days(index_dates))


def needed(chosen: Sequence[Family]) -> list[Statement]:
    """Return, in order, the statements that a snapshot with these families stands on."""
    return needed_for([*BASE_TABLES, *(family.statement.table for family in chosen)], statements())


def stage(warehouse: Warehouse, index_dates: Sequence[date], chosen: Sequence[Family] | None = None) -> None:
    """Make the staging tables of what ``intake.*`` holds now, to know from at any of these index dates.

    Needs the seeds. Families default to all.
    """
    ask_for(warehouse, index_dates)
    wanted = needed(families() if chosen is None else chosen)
    warehouse.build(statement for statement in wanted if statement.layer == "staging")


def know_at(warehouse: Warehouse, index_date: date, sources: str | None = None) -> None:
    """Make everything of ``features.*`` as it was known at an index date.

    Needs ``stage`` to have run in the same warehouse, and raises ``ValueError`` where it was not for that index date.
    ``sources`` names a table that holds ``features.population_source`` of that day already: it says the same whichever
    people are staged.
    """
    if (index_date,) not in warehouse.rows(f"SELECT index_date FROM {ASKED_FOR}"):
        raise ValueError(f"nothing is staged for {index_date}")
    set_index_date(warehouse, index_date)
    held = set() if sources is None else {SOURCES_KNOWN}
    if sources is not None:
        warehouse.make_view(SOURCES_KNOWN, f"FROM {sources}")
    wanted = (statement for statement in needed(families()) if statement.layer == "features")
    warehouse.build(statement for statement in wanted if statement.table not in held)


def withhold(warehouse: Warehouse, is_applied: bool) -> None:
    """Make ``features.population_withheld``: people whose general practice data a type 1 objection withholds."""
    kind = "type_1" if is_applied else "nobody"
    warehouse.make_table(
        "features.population_withheld",
        f"SELECT DISTINCT person_id FROM staging.opt_out_in_force WHERE kind = '{kind}'",
    )


def read_sources_known(warehouse: Warehouse) -> dict[str, Source]:
    """Return what is held of each landing table at the warehouse's index date."""
    rows = warehouse.rows(
        "SELECT table_name, is_present, lag_days, complete_to, period_start, note "
        "FROM features.population_source ORDER BY table_name"
    )
    return {row[0]: Source(*row) for row in rows}


def _days(index_dates: Sequence[date]) -> pl.DataFrame:
    return pl.DataFrame({"index_date": index_dates}, schema={"index_date": pl.Date})
