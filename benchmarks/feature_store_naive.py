"""The naive feature store: one aggregate query for each feature, joined one by one. Same staging, same known tables.

Made from the product's own statements, so that it says the same: a family's columns are asked for one at a time, each
with the family's whole SELECT around it (the engine leaves out what the column does not need), and put together again
by a join for each. It is what a feature store without families costs.
"""

from datetime import date

from riskstrat.features.catalogue import families
from riskstrat.features.layers import SOURCES_KNOWN, needed, set_index_date
from riskstrat.warehouse import Warehouse, quoted


def know_at_one_by_one(warehouse: Warehouse, index_date: date, sources: str | None = None) -> None:
    """Make ``features.*`` of an index date as ``riskstrat.features.layers.know_at`` does, each column by a query."""
    set_index_date(warehouse, index_date)
    if sources is not None:
        warehouse.make_view(SOURCES_KNOWN, f"FROM {sources}")
    columns = {family.statement.table: family.statement.columns for family in families()}
    for statement in needed(families()):
        if statement.layer != "features" or (statement.table == SOURCES_KNOWN and sources is not None):
            continue
        if statement.table not in columns:
            warehouse.build([statement])
            continue
        names = [quoted(column.name) for column in columns[statement.table]]
        joins = []
        for name in names:
            warehouse.make_table(f"naive.{name[1:-1]}", f"SELECT person_id, {name} FROM ({statement.sql})")
            joins.append(f"naive.{name}")
        first, *others = joins
        joined = " ".join(f"INNER JOIN {other} ON {other}.person_id = {first}.person_id" for other in others)
        picked = ", ".join(f"{table}.{name}" for table, name in zip(joins, names, strict=True))
        warehouse.make_table(statement.table, f"SELECT {first}.person_id, {picked} FROM {first} {joined}")
