"""The statements keep to the portable subset, so that the same files run on Spark."""

import pytest
import sqlglot
from sqlglot import exp
from sqlglot.errors import ErrorLevel

from riskstrat.contract import SENTINEL_DATES
from riskstrat.features.catalogue import statements

STATEMENTS = {statement.table: statement for statement in statements()}


@pytest.mark.parametrize("table", sorted(STATEMENTS))
def test_a_statement_goes_over_to_spark(table):
    written = sqlglot.transpile(STATEMENTS[table].sql, read="duckdb", write="spark", unsupported_level=ErrorLevel.RAISE)
    assert len(written) == 1
    assert isinstance(sqlglot.parse_one(written[0], read="spark"), exp.Query)


@pytest.mark.parametrize("table", sorted(STATEMENTS))
def test_a_statement_uses_nothing_that_engines_read_differently(table):
    tree = sqlglot.parse_one(STATEMENTS[table].sql, read="duckdb")
    banned = (exp.List, exp.Array, exp.Map, exp.Struct, exp.IgnoreNulls, exp.Unnest, exp.Pivot, exp.Filter, exp.Bracket)
    found = [type(node).__name__ for node in tree.find_all(*banned)]
    assert not found, f"{table} uses {found}"
    for node in tree.find_all(exp.DateDiff):
        assert (node.text("unit") or "").upper() in ("DAY", ""), "only days: engines count years and months differently"
    for node in tree.find_all(exp.Sub):
        assert not (_is_date(node.left) and _is_date(node.right)), f"{table} subtracts a date from a date: {node.sql()}"


def _is_date(node: exp.Expression) -> bool:
    name = node.name if isinstance(node, exp.Column) else ""
    return name.endswith(("_date", "_on")) or (isinstance(node, exp.Cast) and node.to.this == exp.DataType.Type.DATE)


def test_staging_reads_every_sentinel_as_missing():
    """Staging keeps dates strictly between 1900-01-01 and 9999-12-31: every sentinel of the contract lies outside."""
    assert all(not "1900-01-01" < day < "9999-12-31" for day in SENTINEL_DATES)
    for statement in statements():
        if statement.layer == "staging" and "available_date" in statement.sql and "intake." in statement.sql:
            assert "DATE '1900-01-01'" in statement.sql, statement.table
