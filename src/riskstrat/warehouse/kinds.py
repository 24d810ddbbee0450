"""What can be told of an expression's type: a date, a fraction, a DECIMAL, a DOUBLE; by its form or its tables."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sqlglot import exp
from sqlglot.errors import SqlglotError

if TYPE_CHECKING:
    Node = exp.Expr
else:
    Node = exp.Expression

Types = Mapping[str, Mapping[str, Mapping[str, str]]]
"""Layer -> table -> column -> DuckDB type: what is known of the tables a statement reads."""

_FRACTIONS = frozenset({*exp.DataType.REAL_TYPES, exp.DataType.Type.DECIMAL})
_DATES = frozenset({exp.DataType.Type.DATE})
_DOUBLES = frozenset({exp.DataType.Type.DOUBLE, exp.DataType.Type.FLOAT})
_PASSING_ON = (exp.Max, exp.Min, exp.Sum, exp.Coalesce, exp.Greatest, exp.Least, exp.Paren, exp.Neg, exp.Window)
_ARITHMETIC = (exp.Add, exp.Sub, exp.Mul, exp.Mod)


def annotated(tree: exp.Query, types: Types) -> exp.Query:
    """Return a copy in which every expression has its type, as far as it can be told."""
    from sqlglot.optimizer.annotate_types import annotate_types
    from sqlglot.optimizer.qualify import qualify

    held: dict[str, object] = dict(types)
    try:
        named = qualify(
            tree.copy(), schema=held, dialect="duckdb", quote_identifiers=False, validate_qualify_columns=False
        )
        typed = annotate_types(named, schema=held, dialect="duckdb")
    except SqlglotError:
        return tree
    return typed if isinstance(typed, exp.Query) else tree


def kind(node: Node) -> Any:
    """Return the ``exp.DataType.Type`` of an expression, if it was annotated or says so itself."""
    typed: Any = node.to if isinstance(node, exp.Cast) else node.type
    known = None if typed is None else typed.this
    return None if known in (exp.DataType.Type.UNKNOWN, exp.DataType.Type.NULL) else known


def is_date(node: Node | None) -> bool:
    """Return whether a value is a date, as far as can be told: by its type, or by a name like ``known_on``."""
    if node is None:
        return False
    known = kind(node)
    if known is not None:
        return known in _DATES
    if isinstance(node, exp.Column):
        return node.name.endswith(("_date", "_on"))
    if isinstance(node, exp.Add | exp.Sub):
        return is_date(node.left) and not is_date(node.right)
    return any(is_date(part) for part in _values(node))


def is_fraction(node: Node | None) -> bool:
    """Return whether a value may lie between whole numbers, as far as can be told."""
    if node is None or isinstance(node, exp.Floor | exp.Ceil) or _is_round_to_whole(node):
        return False
    if isinstance(node, exp.Div | exp.Avg | exp.Round):
        return True
    known = kind(node)
    if known is not None:
        return known in _FRACTIONS
    return _is_decimal_literal(node) or any(is_fraction(part) for part in _values(node))


def _is_round_to_whole(node: Node) -> bool:
    return isinstance(node, exp.Round) and node.args.get("decimals") is None


def _is_decimal_literal(node: Node) -> bool:
    return isinstance(node, exp.Literal) and not node.is_string and "." in node.this and "e" not in node.this.lower()


def is_decimal(node: Node) -> bool:
    """Return whether a value is of a DECIMAL type, as far as can be told."""
    if isinstance(node, exp.Div):
        return is_unsafe_decimal(node)
    if isinstance(node, exp.Cast | exp.Column):
        return kind(node) is exp.DataType.Type.DECIMAL
    return _is_decimal_literal(node) or any(is_decimal(part) for part in _values(node))


def is_double(node: Node) -> bool:
    """Return whether a value is a DOUBLE, as far as can be told."""
    if isinstance(node, exp.Div):
        return not is_unsafe_decimal(node)
    if isinstance(node, exp.Cast | exp.Column):
        return kind(node) in _DOUBLES
    return any(is_double(part) for part in _values(node))


def _values(node: Node) -> Sequence[Node]:
    """Return the parts of an expression that its value may be or be made of."""
    if isinstance(node, exp.Case):
        results = [branch.args["true"] for branch in node.args["ifs"]]
        return [*results, node.args["default"]] if node.args.get("default") is not None else results
    if isinstance(node, exp.Nullif):
        return [node.this]
    if isinstance(node, (*_PASSING_ON, *_ARITHMETIC)):
        return [part for part in node.iter_expressions() if not isinstance(part, exp.Order | exp.WindowSpec)]
    return ()


def is_unsafe_decimal(node: Node) -> bool:
    """Return whether a division is of DECIMALs: a DOUBLE in DuckDB, a DECIMAL of few places in Spark."""
    sides = (node.left, node.right) if isinstance(node, exp.Div) else ()
    return any(is_decimal(side) for side in sides) and not any(is_double(side) for side in sides)
