"""Adapters: foreign shapes that end in the contract's tables.

An adapter reads files of another shape and writes Parquet files with the contract's column names into the run's scratch
folder, rows in the order of the source so that a refused row can be found there. It says what it assumed.
"""

from collections.abc import Callable
from pathlib import Path

from riskstrat.intake.adapters.hes import HES_NAMES, adapt_hes
from riskstrat.intake.adapters.shape import Adapted
from riskstrat.warehouse import Warehouse

ADAPTERS: dict[str, Callable[[Warehouse, Path, Path], Adapted]] = {"hes": adapt_hes}


def foreign_names(table: str) -> dict[str, dict[str, str]]:
    """Return, by adapter, what a foreign shape calls the columns of a contract table."""
    return {"hes": HES_NAMES.get(table, {})}
