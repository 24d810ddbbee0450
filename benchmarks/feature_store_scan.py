"""The least that any snapshot can cost: reading the columns that the statements read, and nothing else.

Which columns those are is taken from the statements of ``sql/staging``: every column of an ``intake`` table that one of
them names. Each is counted and its largest value taken, table by table, over every row with a date before the index
date, so that the engine must decode all of it.
"""

from collections import defaultdict
from datetime import date

import sqlglot
from sqlglot import exp

from riskstrat.contract import TABLES
from riskstrat.features.catalogue import families
from riskstrat.features.layers import needed
from riskstrat.intake import open_store
from riskstrat.project import Workspace
from riskstrat.warehouse import quoted


def columns_read() -> dict[str, list[str]]:
    """Return, by landing table, the columns that a snapshot of all families reads."""
    read: dict[str, set[str]] = defaultdict(set)
    for statement in needed(families()):
        for select in sqlglot.parse_one(statement.sql, read="duckdb").find_all(exp.Select):
            of = {table.alias_or_name: table.name for table in select.find_all(exp.Table) if table.db == "intake"}
            for column in select.find_all(exp.Column):
                if of.get(column.table) in TABLES:
                    read[of[column.table]].add(column.name)
    return {table: sorted(names) for table, names in sorted(read.items())}


def scan(workspace: Workspace, before: date, columns: dict[str, list[str]]) -> int:
    """Read those columns once; return how many rows they have."""
    rows = 0
    with open_store(workspace) as warehouse:
        for table, names in columns.items():
            picked = ", ".join(f"COUNT({quoted(name)}), MAX({quoted(name)})" for name in names)
            day = TABLES[table].event_date
            where = f" WHERE {quoted(day)} < DATE '{before}'" if day else ""
            rows += warehouse.rows(f"SELECT COUNT(*), {picked} FROM intake.{quoted(table)}{where}")[0][0]
    return rows
