"""The portable subset: what a statement of ``sql/`` may not hold, because another engine would read it otherwise.

The files are DuckDB's dialect; sqlglot rewrites them for Spark. Refused here is what it carries over unchanged although
the two engines mean different things by it, and every function that nobody has compared. What sqlglot mends is let be
(the place of nulls in ORDER BY, CONCAT of nulls, the order of arguments). Sources: DuckDB's behaviour as run; Spark's
from its SQL reference (ORDER BY, LIKE, ANSI compliance) and the Databricks language manual (minus sign, cast,
regexp_replace, dayofweek, date_trunc, substring). Nothing here has been run on Spark.
"""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import cache
from typing import Any, cast

from sqlglot import exp

from riskstrat.warehouse.kinds import Node, Types, annotated, is_date, is_fraction, is_unsafe_decimal, kind

_SAME_FUNCTIONS = (
    *(exp.And, exp.Or, exp.Xor, exp.Case, exp.If, exp.Cast, exp.TryCast, exp.Coalesce, exp.Nullif, exp.Exists),
    *(exp.Count, exp.Sum, exp.Min, exp.Max, exp.Greatest, exp.Least, exp.Abs, exp.Floor, exp.Ceil, exp.Round),
    *(exp.RowNumber, exp.Rank, exp.DenseRank, exp.Lag, exp.Lead, exp.FirstValue, exp.LastValue),
    *(exp.DateDiff, exp.Extract, exp.DateTrunc, exp.TimestampTrunc),
    *(exp.Upper, exp.Lower, exp.Length, exp.Trim, exp.Left, exp.Right, exp.Substring, exp.Replace, exp.Pad),
    *(exp.Concat, exp.ConcatWs, exp.StartsWith, exp.RegexpLike, exp.RegexpReplace),
    *(exp.SHA2, exp.Encode, exp.Unhex),
)
"""Functions that mean the same in both engines, but for the uses that are refused below. GREATEST and LEAST pass over
nulls in both; ROUND(x) takes halves away from nought in both."""


@dataclass(frozen=True)
class Rule:
    """A construct that is refused: the nodes to look at, which of them, why, and the portable way to write it."""

    nodes: type[Node] | tuple[type[Node], ...]
    name: str
    instead: str
    is_refused: Callable[[Node], bool] = lambda _: True


def unportable(tree: exp.Query, types: Types | None = None) -> list[str]:
    """Return what is refused in a SELECT, each as ``construct: the portable way to write it``; empty where nothing is.

    With ``types`` of all tables that it reads, dates and fractions are known for what they are; without, only where the
    statement itself shows them (a literal, a cast, a name that ends in ``_date`` or ``_on``).
    """
    read = annotated(tree, types) if types is not None else tree
    found = dict.fromkeys(
        f"{rule.name}, in {_shown(node)}: write {rule.instead}"
        for node in read.walk()
        for rule in _rules_of(cast("Hashable", type(node)))
        if rule.is_refused(node)
    )
    return list(found)


@cache
def _rules_of(node: Any) -> tuple[Rule, ...]:
    rules = tuple(rule for rule in _RULES if issubclass(node, rule.nodes))
    is_compared = bool(rules) or issubclass(node, _SAME_FUNCTIONS) or not issubclass(node, exp.Func)
    return rules if is_compared else (_NOT_COMPARED,)


def _shown(node: Node) -> str:
    text = node.sql(dialect="duckdb", comments=False)
    return text if len(text) <= 80 else text[:77] + "..."


def _may_divide_by_zero(node: Node) -> bool:
    divisor = node.args["expression"]
    while isinstance(divisor, exp.Paren | exp.Cast):
        divisor = divisor.this
    if isinstance(divisor, exp.Column):  # made above, in a WITH query
        made = [alias.this for alias in node.root().find_all(exp.Alias) if alias.alias == divisor.name]
        return not any(isinstance(value, exp.Nullif) for value in made)
    return not isinstance(divisor, exp.Nullif) and not _is_number(divisor, lambda number: number != 0)


def _is_date_less_date(node: Node) -> bool:
    return isinstance(node, exp.Sub) and is_date(node.left) and is_date(node.right)


def _is_timestamp_projected(node: Node) -> bool:
    """Return whether a column that leaves the statement is a date and an interval added up, or a truncated date."""
    if node.find_ancestor(exp.CTE, exp.Subquery, exp.Exists, exp.In) is not None:
        return False
    for column in node.selects if isinstance(node, exp.Select) else ():
        value = column.unalias()
        is_shifted = isinstance(value, exp.Add | exp.Sub) and isinstance(value.right, exp.Interval)
        if is_shifted or isinstance(value, exp.DateTrunc | exp.TimestampTrunc):
            return True
    return False


def _casts_fraction(node: Node) -> bool:
    return isinstance(node, exp.Cast) and node.to.this in exp.DataType.INTEGER_TYPES and is_fraction(node.this)


def _compares_kinds(node: Node) -> bool:
    """Return whether text is compared with something else, or a date with a text literal."""
    kinds = [kind(side) for side in (node.args.get("this"), node.args.get("expression")) if side is not None]
    is_text = [one in exp.DataType.TEXT_TYPES for one in kinds if one is not None]
    return len(is_text) == 2 and is_text[0] != is_text[1]


def _unit(node: Node) -> str:
    part = node.args.get("unit") or node.args.get("this")
    return part.name.upper() if isinstance(part, Node) else ""


def _is_number(node: Node | None, wanted: Callable[[float], bool]) -> bool:
    sign = 1
    if isinstance(node, exp.Neg):
        node, sign = node.this, -1
    return isinstance(node, exp.Literal) and not node.is_string and wanted(sign * float(node.this))


def _has_backslash(node: Node, part: str) -> bool:
    text = node.args.get(part)
    return isinstance(text, exp.Literal) and "\\" in text.this


def _is_star_with(node: Node) -> bool:
    return any(node.args.get(name) for name in ("except_", "except", "replace", "rename"))


def _is_limit_of_no_order(node: Node) -> bool:
    return node.parent is not None and node.parent.args.get("order") is None


def _method(node: Node) -> str:
    return str(node.args.get("method") or "").upper()


_NUMBER_ROWS = "ROW_NUMBER() OVER (PARTITION BY ... ORDER BY ...) AS place in a WITH query, and keep WHERE place = 1"
_VALUES = (
    Rule(
        exp.Sub, "date less date", "DATE_DIFF('day', earlier, later), for Spark makes an INTERVAL", _is_date_less_date
    ),
    Rule(
        exp.DateDiff,
        "DATE_DIFF in another unit than days",
        "DATE_DIFF('day', a, b), or EXTRACT the years and months: DuckDB counts boundaries crossed, Spark whole units",
        lambda node: _unit(node) not in ("DAY", "DAYS"),
    ),
    Rule(
        exp.Cast,
        "a fraction cast to an integer",
        "CAST(FLOOR(x) AS INTEGER) or CAST(ROUND(x) AS INTEGER), for DuckDB rounds and Spark cuts off",
        _casts_fraction,
    ),
    Rule(
        exp.Div,
        "a DECIMAL divided",
        "x / CAST(365.25 AS DOUBLE), for a number with a point is a DECIMAL: DuckDB divides to a DOUBLE, Spark not",
        is_unsafe_decimal,
    ),
    Rule(
        exp.Div,
        "a division by what may be nought",
        "x / NULLIF(y, 0), for DuckDB makes infinity of it and Spark null or an error",
        _may_divide_by_zero,
    ),
    Rule(exp.IntDiv, "//", "CAST(FLOOR(a / b) AS INTEGER), for Spark's DIV makes a BIGINT and refuses doubles"),
    Rule(
        exp.Select,
        "a date moved by an interval or truncated, as a column",
        "CAST(... AS DATE), for DuckDB makes it a TIMESTAMP and Spark not always",
        _is_timestamp_projected,
    ),
    Rule(
        exp.Extract,
        "EXTRACT of another part than YEAR, QUARTER, MONTH or DAY",
        "DATE_DIFF('day', DATE '2000-01-03', x) % 7 for days since a Monday: Sunday is 0 in DuckDB and 1 in Spark",
        lambda node: node.name.upper() not in ("YEAR", "QUARTER", "MONTH", "DAY"),
    ),
    Rule(
        (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE),
        "text compared with what is not text",
        "CAST one of them, or DATE '2026-11-01' for a date, for engines cast the one or the other",
        _compares_kinds,
    ),
    Rule(
        (
            exp.Array,
            exp.List,
            exp.Map,
            exp.Struct,
            exp.Bracket,
            exp.Slice,
            exp.Lambda,
            exp.Unnest,
            exp.Explode,
            exp.Tuple,
        ),
        "a list, map, struct, slice or lambda",
        "rows: one for each thing, joined and counted (SUBSTR for a part of a text)",
        lambda node: not isinstance(node, exp.Tuple) or not isinstance(node.parent, exp.Values),
    ),
)
_CLAUSES = (
    Rule(exp.Join, "ASOF JOIN", _NUMBER_ROWS, lambda node: _method(node) == "ASOF"),
    Rule(exp.Join, "POSITIONAL JOIN", "JOIN ... ON", lambda node: _method(node) == "POSITIONAL"),
    Rule(exp.Join, "NATURAL JOIN", "JOIN ... ON", lambda node: _method(node) == "NATURAL"),
    Rule(exp.Join, "JOIN ... USING", "ON a.x = b.x, and say whose x", lambda node: bool(node.args.get("using"))),
    Rule(exp.Lateral, "LATERAL", "a join with a WITH query"),
    Rule(exp.Pivot, "PIVOT", "a MAX(CASE WHEN ... THEN ... END) for each column"),
    Rule(exp.Filter, "FILTER", "SUM(CASE WHEN ... THEN 1 ELSE 0 END)"),
    Rule(exp.Qualify, "QUALIFY", _NUMBER_ROWS),
    Rule(exp.Distinct, "DISTINCT ON", _NUMBER_ROWS, lambda node: node.args.get("on") is not None),
    Rule(exp.Group, "GROUP BY ALL", "GROUP BY and the columns", lambda node: bool(node.args.get("all"))),
    Rule(exp.Ordered, "ORDER BY ALL", "ORDER BY and the columns", lambda node: node.this.name.upper() == "ALL"),
    Rule(exp.Limit, "LIMIT without ORDER BY", "an ORDER BY that leaves no ties", _is_limit_of_no_order),
    Rule(exp.TableSample, "a sample", "a hash of the key made at intake: every engine draws its own"),
    Rule((exp.IgnoreNulls, exp.RespectNulls), "IGNORE NULLS", "leave the nulls out in a WITH query first"),
    Rule(exp.Columns, "COLUMNS", "the columns by name"),
    Rule(exp.Star, "a star with EXCLUDE, REPLACE or RENAME", "the columns by name", _is_star_with),
    Rule(exp.SetOperation, "UNION BY NAME", "the columns in one order", lambda node: bool(node.args.get("by_name"))),
)
_TEXTS = (
    Rule(
        exp.RegexpReplace,
        "REGEXP_REPLACE without 'g'",
        "REGEXP_REPLACE(x, pattern, by, 'g') with an anchored pattern, for Spark always replaces every match",
        lambda node: "g" not in (node.args["modifiers"].name if node.args.get("modifiers") else ""),
    ),
    Rule(
        exp.RegexpReplace,
        "a group referred to in a replacement",
        "SUBSTR or CASE, for groups are \\1 in DuckDB and $1 in Spark",
        lambda node: _has_backslash(node, "replacement") or "$" in node.args["replacement"].name,
    ),
    Rule(
        (exp.Like, exp.ILike),
        "LIKE with a backslash or ESCAPE",
        "STARTS_WITH or REGEXP_MATCHES, for a backslash escapes in Spark and not in DuckDB",
        lambda node: _has_backslash(node, "expression") or isinstance(node.parent, exp.Escape),
    ),
    Rule((exp.Glob, exp.SimilarTo), "GLOB or SIMILAR TO", "LIKE or REGEXP_MATCHES"),
    Rule(
        (exp.Left, exp.Right),
        "LEFT or RIGHT of less than nothing",
        "SUBSTR(x, start, length), for Spark returns nothing",
        lambda node: _is_number(node.args.get("expression"), lambda number: number < 0),
    ),
    Rule(
        exp.Substring,
        "SUBSTR from place 0",
        "SUBSTR(x, 1, n), for DuckDB counts a place before the first and Spark does not",
        lambda node: _is_number(node.args.get("start"), lambda number: number == 0),
    ),
    Rule(exp.Collate, "COLLATE", "UPPER(x) on both sides"),
)
_FUNCTIONS = (
    Rule(
        (
            exp.Median,
            exp.Quantile,
            exp.PercentileCont,
            exp.PercentileDisc,
            exp.ApproxQuantile,
            exp.ApproxDistinct,
            exp.Mode,
        ),
        "a median, quantile, mode or approximation",
        "rank the rows with ROW_NUMBER and take the one in the middle, for engines interpolate in their own ways",
    ),
    Rule(
        (exp.AnyValue, exp.First, exp.Last, exp.ArgMax, exp.ArgMin),
        "a value of any row",
        "MIN or MAX, or number the rows with ROW_NUMBER() over an order without ties and keep the first",
    ),
    Rule(exp.GroupConcat, "text gathered from rows", "rows, joined by the reader: engines gather in no set order"),
    Rule(exp.Avg, "AVG", "CAST(SUM(x) AS DOUBLE) / NULLIF(COUNT(x), 0), for Spark's AVG of a DECIMAL is one"),
    Rule(
        exp.Anonymous,
        "a function or macro of one engine's own",
        "what standard SQL has (HASH and macros: a key made at intake, a WITH query)",
    ),
)
_RULES = (*_VALUES, *_CLAUSES, *_TEXTS, *_FUNCTIONS)
_NOT_COMPARED = Rule(
    exp.Func,
    "a function nobody has compared",
    "one that is used elsewhere in sql/, or compare it and add it to riskstrat/warehouse/portability.py",
)
