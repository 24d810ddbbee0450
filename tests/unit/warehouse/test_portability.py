"""The portable subset: what is refused, with the way to write it, and that every shipped file keeps to it.

There is no Spark here to run on. What is held is that sqlglot writes each file for Spark without a warning, that
Spark's grammar (as sqlglot reads it) takes what it wrote, and that nothing refused below is in it.
"""

import pytest
import sqlglot
from sqlglot import exp
from sqlglot.errors import ErrorLevel

from riskstrat.project import resource
from riskstrat.warehouse import read_statement
from riskstrat.warehouse.portability import unportable
from support.table_types import table_types

FILES = sorted(resource("sql").rglob("*.sql"))
every_file = pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}.{path.stem}")

REFUSED = [
    ("t.end_date - t.start_date", "date less date", "DATE_DIFF('day', earlier, later)"),
    ("MAX(t.end_date) - DATE '2026-01-01'", "date less date", "DATE_DIFF"),
    ("COALESCE(t.end_date, t.known_on) - CAST(t.x AS DATE)", "date less date", "DATE_DIFF"),
    ("DATE_DIFF('month', t.a, t.b)", "DATE_DIFF in another unit", "EXTRACT the years and months"),
    ("DATE_DIFF('year', t.a, t.b)", "DATE_DIFF in another unit", "DATE_DIFF('day', a, b)"),
    ("CAST(t.a / 2 AS INTEGER)", "a fraction cast to an integer", "CAST(FLOOR(x) AS INTEGER)"),
    ("CAST(SUM(CASE WHEN t.a THEN 0.5 ELSE 0 END) AS BIGINT)", "a fraction cast", "CAST(ROUND(x) AS INTEGER)"),
    ("TRY_CAST(CAST(t.a AS DOUBLE) * 2 AS INTEGER)", "a fraction cast", "FLOOR"),
    ("CAST(ROUND(t.a / 2, 1) AS INTEGER)", "a fraction cast", "FLOOR"),
    ("t.a / 365.25", "a DECIMAL divided", "CAST(365.25 AS DOUBLE)"),
    ("SUM(t.a * 0.5) / 2", "a DECIMAL divided", "AS DOUBLE"),
    ("t.a / t.b", "a division by what may be nought", "NULLIF(y, 0)"),
    ("t.a / 0", "a division by what may be nought", "NULLIF(y, 0)"),
    ("t.a // 2", "//", "CAST(FLOOR(a / b) AS INTEGER)"),
    ("t.end_date - INTERVAL 30 DAY", "a date moved by an interval", "CAST(... AS DATE)"),
    ("DATE_TRUNC('month', t.end_date)", "a date moved by an interval or truncated", "CAST(... AS DATE)"),
    ("EXTRACT(DOW FROM t.a)", "EXTRACT of another part", "days since a Monday"),
    ("EXTRACT(WEEK FROM t.a)", "EXTRACT of another part", "YEAR, QUARTER, MONTH or DAY"),
    ("COUNT(*) FILTER (WHERE t.a > 1)", "FILTER", "SUM(CASE WHEN ... THEN 1 ELSE 0 END)"),
    ("FIRST_VALUE(t.a IGNORE NULLS) OVER (ORDER BY t.b)", "IGNORE NULLS", "leave the nulls out"),
    ("COLUMNS('a.*')", "COLUMNS", "the columns by name"),
    ("* EXCLUDE (a)", "a star with EXCLUDE", "the columns by name"),
    ("* REPLACE (a + 1 AS a)", "a star with EXCLUDE, REPLACE", "the columns by name"),
    ("t.a[1:2]", "a list, map, struct, slice or lambda", "SUBSTR for a part of a text"),
    ("[1, 2]", "a list, map, struct, slice or lambda", "rows"),
    ("{'a': 1}", "a list, map, struct, slice or lambda", "rows"),
    ("MAP {'a': 1}", "a list, map, struct, slice or lambda", "rows"),
    ("list_filter(t.a, x -> x > 1)", "a list, map, struct, slice or lambda", "rows"),
    ("UNNEST(t.a)", "a list, map, struct, slice or lambda", "rows"),
    ("COUNT(DISTINCT (t.a, t.b))", "a list, map, struct, slice or lambda", "rows"),
    ("HASH(t.a)", "a function or macro of one engine's own", "a key made at intake"),
    ("my_macro(t.a)", "a function or macro of one engine's own", "standard SQL"),
    ("REGEXP_REPLACE(t.a, 'x', 'y')", "REGEXP_REPLACE without 'g'", "REGEXP_REPLACE(x, pattern, by, 'g')"),
    ("REGEXP_REPLACE(t.a, '(x)', '\\1y', 'g')", "a group referred to", "SUBSTR or CASE"),
    ("REGEXP_EXTRACT(t.a, '(x)y')", "a function nobody has compared", "compare it and add it"),
    ("t.a LIKE 'x\\_%'", "LIKE with a backslash", "STARTS_WITH"),
    ("t.a LIKE 'x$_%' ESCAPE '$'", "LIKE with a backslash or ESCAPE", "REGEXP_MATCHES"),
    ("t.a GLOB 'x*'", "GLOB", "LIKE or REGEXP_MATCHES"),
    ("t.a SIMILAR TO 'x.*'", "SIMILAR TO", "LIKE or REGEXP_MATCHES"),
    ("LEFT(t.a, -1)", "LEFT or RIGHT of less than nothing", "SUBSTR(x, start, length)"),
    ("SUBSTR(t.a, 0, 2)", "SUBSTR from place 0", "SUBSTR(x, 1, n)"),
    ("t.a COLLATE NOCASE", "COLLATE", "UPPER(x) on both sides"),
    ("MEDIAN(t.a)", "a median, quantile", "rank the rows"),
    ("QUANTILE_CONT(t.a, 0.5)", "a median, quantile", "rank the rows"),
    ("APPROX_COUNT_DISTINCT(t.a)", "a median, quantile, mode or approximation", "rank the rows"),
    ("ANY_VALUE(t.a)", "a value of any row", "MIN or MAX"),
    ("ARG_MAX(t.a, t.b)", "a value of any row", "ROW_NUMBER()"),
    ("STRING_AGG(t.a, ',')", "text gathered from rows", "rows, joined by the reader"),
    ("AVG(t.a)", "AVG", "CAST(SUM(x) AS DOUBLE) / NULLIF(COUNT(x), 0)"),
    ("CURRENT_DATE", "a function nobody has compared", "one that is used elsewhere in sql/"),
    ("STRFTIME(t.a, '%Y')", "a function nobody has compared", "compare it and add it"),
]
REFUSED_STATEMENTS = [
    ("SELECT t.a FROM s.t AS t ASOF JOIN s.u AS u ON t.a = u.a AND t.b >= u.b", "ASOF JOIN", "ROW_NUMBER()"),
    ("SELECT t.a FROM s.t AS t POSITIONAL JOIN s.u AS u", "POSITIONAL", "JOIN ... ON"),
    ("SELECT t.a FROM s.t AS t NATURAL JOIN s.u AS u", "NATURAL", "JOIN ... ON"),
    ("SELECT t.a FROM s.t AS t LEFT JOIN s.u AS u USING (a)", "JOIN ... USING", "ON a.x = b.x"),
    ("SELECT t.a FROM s.t AS t, LATERAL (SELECT t.a + 1)", "LATERAL", "a join with a WITH query"),
    ("SELECT * FROM s.t PIVOT (SUM(a) FOR b IN (1, 2))", "PIVOT", "MAX(CASE WHEN ... THEN ... END)"),
    ("PIVOT s.t ON b USING SUM(a)", "PIVOT", "MAX(CASE WHEN ... THEN ... END)"),
    ("SELECT t.a FROM s.t AS t QUALIFY ROW_NUMBER() OVER (ORDER BY t.b) = 1", "QUALIFY", "WHERE place = 1"),
    ("SELECT DISTINCT ON (t.a) t.a, t.b FROM s.t AS t", "DISTINCT ON", "ROW_NUMBER()"),
    ("SELECT t.a, COUNT(*) FROM s.t AS t GROUP BY ALL", "GROUP BY ALL", "GROUP BY and the columns"),
    ("SELECT t.a FROM s.t AS t ORDER BY ALL", "ORDER BY ALL", "ORDER BY and the columns"),
    ("SELECT t.a FROM s.t AS t LIMIT 5", "LIMIT without ORDER BY", "an ORDER BY that leaves no ties"),
    ("SELECT t.a FROM s.t AS t USING SAMPLE 10%", "a sample", "a hash of the key made at intake"),
    ("SELECT t.a FROM s.t AS t UNION BY NAME SELECT u.a FROM s.u AS u", "UNION BY NAME", "the columns in one order"),
    ("SELECT r.a FROM read_csv('x.csv') AS r", "nobody has compared", "compare it"),
    ("SELECT r.a FROM range(5) AS r", "nobody has compared", "compare it"),
]
LET_BE = [
    "CAST(FLOOR(t.a / 2) AS INTEGER)",
    "CAST(COUNT(DISTINCT t.a) AS INTEGER)",
    "CAST(ROUND(CAST(t.a AS DOUBLE) / 2) AS INTEGER)",
    "CAST(t.a AS DOUBLE) / 36",
    "t.a / NULLIF(t.b, 0)",
    "DATE_DIFF('day', t.a, t.b) / CAST(365.25 AS DOUBLE)",
    "CAST(t.end_date - INTERVAL 30 DAY AS DATE)",
    "t.start_date >= t.index_date - INTERVAL 30 DAY",
    "t.end_date + 1",
    "t.end_date - CAST(t.lag_days AS INTEGER)",
    "EXTRACT(YEAR FROM t.a) - EXTRACT(YEAR FROM t.b)",
    "GREATEST(t.a, t.b)",
    "CONCAT(t.a, t.b) || TRIM(t.c)",
    "RTRIM(t.a, 'X')",
    "LEFT(t.a, 3)",
    "REGEXP_REPLACE(t.a, '[^0-9]', '', 'g')",
    "ROW_NUMBER() OVER (PARTITION BY t.a ORDER BY t.b DESC, t.c)",
]
TYPES = {
    "s": {
        "t": {
            "a": "DOUBLE",
            "b": "INTEGER",
            "begun": "DATE",
            "ended": "DATE",
            "code": "VARCHAR",
            "half": "DECIMAL(4,1)",
        }
    }
}


def refused(sql: str, types=None) -> str:
    tree = sqlglot.parse_one(sql, read="duckdb")
    return "\n".join(unportable(tree, types))


@pytest.mark.parametrize(("expression", "construct", "instead"), REFUSED, ids=[row[0] for row in REFUSED])
def test_an_expression_is_refused_with_the_way_to_write_it(expression, construct, instead):
    said = refused(f"SELECT {expression} AS made FROM s.t AS t")
    assert construct in said
    assert "write " in said
    assert instead in said


@pytest.mark.parametrize(
    ("sql", "construct", "instead"), REFUSED_STATEMENTS, ids=[row[0] for row in REFUSED_STATEMENTS]
)
def test_a_statement_is_refused_with_the_way_to_write_it(sql, construct, instead):
    said = refused(sql)
    assert construct in said
    assert instead in said


@pytest.mark.parametrize("expression", LET_BE)
def test_what_means_the_same_is_let_be(expression):
    assert refused(f"SELECT {expression} AS made FROM s.t AS t WHERE t.a IN ('x', 'y')") == ""


@pytest.mark.parametrize(
    ("expression", "construct"),
    [
        ("t.ended - t.begun", "date less date"),
        ("CAST(t.a AS INTEGER)", "a fraction cast to an integer"),
        ("CAST(MAX(COALESCE(t.a, 0)) AS INTEGER)", "a fraction cast to an integer"),
        ("t.half / 2", "a DECIMAL divided"),
        ("t.code = 21", "text compared with what is not text"),
        ("t.begun >= '2026-11-01'", "text compared with what is not text"),
    ],
)
def test_types_show_what_the_statement_alone_does_not(expression, construct):
    sql = f"SELECT {expression} AS made FROM s.t AS t"
    assert refused(sql) == ""
    assert construct in refused(sql, TYPES)
    through = f"WITH u AS (SELECT * FROM s.t) SELECT {expression} AS made FROM u AS t"
    assert construct in refused(through, TYPES), "a type goes through a WITH query"


def test_types_free_what_a_name_alone_would_refuse():
    types = {"s": {"t": {"x_on": "INTEGER", "b": "INTEGER"}}}
    assert "date less date" in refused("SELECT t.x_on - t.y_on AS made FROM s.t AS t")
    assert refused("SELECT t.x_on - t.b AS made, CAST(t.b AS INTEGER) AS b FROM s.t AS t", types) == ""


def test_a_file_that_is_refused_is_named(tmp_path):
    path = tmp_path / "features" / "half.sql"
    path.parent.mkdir()
    path.write_text(
        "-- Halves.\n-- grain: person\n-- reads: s.t\nSELECT t.a // 2 AS half FROM s.t AS t\n", encoding="utf-8"
    )
    with pytest.raises(ValueError, match=r"features/half\.sql: //, in t\.a // 2: write CAST\(FLOOR"):
        read_statement(path)


@every_file
def test_a_file_holds_nothing_that_engines_read_differently(path):
    tree = sqlglot.parse_one(path.read_text(encoding="utf-8"), read="duckdb")
    is_typed = path.parent.name in table_types()  # not the files of hes and identity
    assert unportable(tree, table_types() if is_typed else None) == []


@every_file
def test_a_file_goes_over_to_spark(path):
    text = path.read_text(encoding="utf-8")
    written = sqlglot.transpile(text, read="duckdb", write="spark", unsupported_level=ErrorLevel.RAISE)
    assert len(written) == 1
    assert isinstance(sqlglot.parse_one(written[0], read="spark"), exp.Query)


def test_sqlglot_mends_what_is_let_be():
    """Where these fail after an upgrade of sqlglot, the construct must be refused instead."""

    def spark(expression: str) -> str:
        return sqlglot.transpile(f"SELECT {expression}", read="duckdb", write="spark")[0].removeprefix("SELECT ")

    assert spark("ROW_NUMBER() OVER (ORDER BY a)") == "ROW_NUMBER() OVER (ORDER BY a NULLS LAST)"
    assert spark("ROW_NUMBER() OVER (ORDER BY a DESC)") == "ROW_NUMBER() OVER (ORDER BY a DESC)", "last in both"
    assert spark("CONCAT(a, b)") == "CONCAT(COALESCE(a, ''), COALESCE(b, ''))"
    assert spark("RTRIM(a, 'X')") == "TRIM(TRAILING 'X' FROM a)"
    assert spark("REGEXP_REPLACE(a, '\\d', '', 'g')") == "REGEXP_REPLACE(a, '\\\\d', '')"
    assert spark("SHA256(a)") == "SHA2(a, 256)"
    assert spark("DATE_DIFF('day', a, b)") == "DATEDIFF(DAY, a, b)"
