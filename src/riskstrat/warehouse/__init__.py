"""The engine room: loads ``sql/``, orders it by the tables it names, runs it in DuckDB, reads it back.

Only this package imports an engine.
"""

from riskstrat.warehouse.appending import GrowingFile
from riskstrat.warehouse.engine import EngineError, Warehouse, quoted
from riskstrat.warehouse.lineage import Lineage
from riskstrat.warehouse.statements import (
    ColumnComment,
    Statement,
    in_order,
    needed_for,
    read_layer,
    read_statement,
)

__all__ = [
    "ColumnComment",
    "EngineError",
    "GrowingFile",
    "Lineage",
    "Statement",
    "Warehouse",
    "in_order",
    "needed_for",
    "quoted",
    "read_layer",
    "read_statement",
]
