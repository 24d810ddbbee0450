"""From which columns of landing tables a column is made, through every statement in between.

What a column is made from is what stands in its own expression and in the conditions (joins, WHERE, HAVING) that its
rows went through; grouping and ordering alone make no value.
"""

from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

import sqlglot
from sqlglot import exp
from sqlglot.optimizer.scope import Scope, build_scope

from riskstrat.warehouse.kinds import Node
from riskstrat.warehouse.statements import Statement

ColumnOf = tuple[str, str]
"""Table with its layer, and column."""


class Lineage:
    """The lineage of the columns that statements make; what no statement makes is where a column begins."""

    def __init__(self, statements: Iterable[Statement], columns: dict[str, tuple[str, ...]]) -> None:
        """``columns`` are those of the tables that no statement makes (``intake.*``, ``seeds.*``), by table."""
        self._statements = {statement.table: statement for statement in statements}
        self._columns = columns
        self._found: dict[ColumnOf, frozenset[ColumnOf]] = {}
        self._scope = cache(self._read_scope)

    def begins_in(self, table: str, column: str) -> frozenset[ColumnOf]:
        """Return the columns of tables that no statement makes from which a column of ``layer.name`` is made."""
        if table not in self._statements:
            return frozenset({(table, column)})
        if (table, column) not in self._found:
            self._found[(table, column)] = frozenset()  # a table that reads itself adds nothing to itself
            parts = set(_read_by(self._scope(table), column))
            self._found[(table, column)] = frozenset().union(*(self.begins_in(*part) for part in sorted(parts)))
        return self._found[(table, column)]

    def _read_scope(self, table: str) -> Scope:
        from sqlglot.optimizer.qualify import qualify  # slow to import, and seldom wanted

        schema: dict[str, Any] = {}
        for name in self._statements[table].named_tables:
            layer, short = name.split(".", 1)
            known = self._statements[name].output_columns if name in self._statements else self._columns.get(name, ())
            if known:
                schema.setdefault(layer, {})[short] = dict.fromkeys(known, "VARCHAR")  # no type is asked for
        tree = qualify(
            sqlglot.parse_one(self._statements[table].sql, read="duckdb"),
            schema=schema,
            dialect="duckdb",
            quote_identifiers=False,
            validate_qualify_columns=False,
        )
        scope = build_scope(tree)
        if scope is None:
            raise ValueError(f"{table}: one SELECT per statement")
        return scope


def _read_by(scope: Scope, column: str, seen: frozenset[tuple[int, str]] = frozenset()) -> Iterator[ColumnOf]:
    """Yield the columns of tables from which a column of a scope is made, through the queries within the statement."""
    if (id(scope), column) in seen:
        return
    seen |= {(id(scope), column)}
    if isinstance(scope.expression, exp.SetOperation):
        place = scope.expression.named_selects.index(column)
        for part in scope.set_operation_scopes:
            names: list[str] = getattr(part.expression, "named_selects", [])
            yield from _read_by(part, names[place], seen)
        return
    sources = {name: source for part in scope.traverse() for name, source in part.sources.items()} | scope.sources
    for read in _columns_in(scope.expression, column):
        source = sources.get(read.table)
        if isinstance(source, Scope):
            yield from _read_by(source, read.name, seen)
        elif isinstance(source, exp.Table) and source.db:
            yield f"{source.db}.{source.name}", read.name


def _columns_in(select: Node, column: str) -> Iterator[exp.Column]:
    """Yield the columns in one output column of a SELECT and in the conditions on its rows."""
    looked_at = [made for made in getattr(select, "selects", ()) if made.alias_or_name == column]
    looked_at += [select.args.get("where"), select.args.get("having")]
    looked_at += [join.args.get("on") for join in select.args.get("joins") or ()]
    for part in looked_at:
        if part is not None:
            placing = {id(read) for window in part.find_all(exp.Window) for read in _placing(window)}
            yield from (read for read in part.find_all(exp.Column) if id(read) not in placing)


def _placing(window: exp.Window) -> Iterator[exp.Column]:
    """Yield the columns by which a window only divides and orders its rows."""
    for part in (*(window.args.get("partition_by") or ()), window.args.get("order")):
        if part is not None:
            yield from part.find_all(exp.Column)
