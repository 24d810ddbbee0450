"""The DuckDB type of every column of every table that statements make or read, found by making each of no rows."""

from datetime import date
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

from riskstrat.features.assemble import snapshot_sql
from riskstrat.features.catalogue import families
from riskstrat.features.layers import ask_for, register_seeds, set_index_date, withhold
from riskstrat.warehouse import Warehouse, in_order, read_layer
from support.landed import land

Types = dict[str, dict[str, dict[str, str]]]
SNAPSHOT_LAYERS = ("staging", "features")
LATER_LAYERS = ("labels", "checks", "permission", "worklists", "measures")
"""Not here: ``hes`` and ``identity``, which read files as they came."""
ON = date(2026, 11, 1)


@cache
def table_types() -> Types:
    """Return layer -> table -> column -> type, for ``intake``, ``seeds`` and every statement of the layers above."""
    with TemporaryDirectory() as scratch, Warehouse(Path(scratch), threads=1) as warehouse:
        land(warehouse, ON, {})
        register_seeds(warehouse)
        ask_for(warehouse, [ON])
        set_index_date(warehouse, ON)
        warehouse.build(in_order([s for layer in SNAPSHOT_LAYERS for s in read_layer(layer)]))
        withhold(warehouse, True)
        for table in ("labels.population", "measures.snapshot"):
            warehouse.make_table(table, snapshot_sql(families(), {}))
        warehouse.register("labels.index_date", pl.DataFrame({"index_date": [ON], "horizon_end": [ON]}))
        warehouse.register("permission.excluded", pl.DataFrame({"reason": ["type_1"]}))
        warehouse.register("permission.as_of", pl.DataFrame({"as_of": [ON]}))
        person = {"person_id": pl.Int32}
        listed = person | {"index_date": pl.Date}
        happened = person | {"happened_on": pl.Date, "numerator": pl.Int32, "denominator": pl.Int32}
        span = {"counted_from": pl.Date, "counted_to": pl.Date, "least_age": pl.Int32, "is_expected": pl.Boolean}
        for name, schema in {
            "rule_hit": person | {"rule_id": pl.String},
            "listed": listed,
            "recorded": listed | {"status": pl.String},
            "happened": happened | {"measure_id": pl.String},
            "span": span | {"measure_id": pl.String},
            "month": {"month": pl.Date},
        }.items():
            warehouse.register(f"measures.{name}", pl.DataFrame(schema=schema))
        warehouse.build(in_order([s for layer in LATER_LAYERS for s in read_layer(layer)]))
        rows = warehouse.rows(
            "SELECT table_schema, table_name, column_name, data_type FROM information_schema.columns ORDER BY ALL"
        )
    types: Types = {}
    for layer, table, column, kind in rows:
        types.setdefault(layer, {}).setdefault(table, {})[column] = kind
    return types
