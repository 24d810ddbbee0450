"""What a predicate may hold, and everything it may not."""

import duckdb
import polars as pl
import pytest

from riskstrat.features import dictionary
from riskstrat.rules.predicates import PredicateFault, parse_predicate
from riskstrat.rules.vocabulary import shipped_vocabulary

VOCABULARY = shipped_vocabulary()

ATTACKS = {
    "second statement": "age > 1; DROP TABLE intake.person",
    "statement after a comment": "age > 1 --; DROP TABLE x",
    "block comment": "age > 1 /* ; DROP TABLE x */",
    "subquery": "age > (SELECT MAX(age) FROM rules.person)",
    "exists": "EXISTS (SELECT 1 FROM intake.person)",
    "in subquery": "age IN (SELECT person_id FROM intake.person)",
    "any subquery": "age > ANY (SELECT 1)",
    "reads a file": "read_text('/etc/passwd') > 'a'",
    "reads a csv": "age > (SELECT COUNT(*) FROM read_csv('x.csv'))",
    "function of the engine": "getenv('HOME') = 'x'",
    "union": "age > 1 UNION SELECT 1",
    "order by": "age > 1 ORDER BY 1",
    "limit": "age > 1 LIMIT 1",
    "window": "SUM(age) OVER () > 1",
    "aggregate": "COUNT(*) > 1",
    "cast": "age::INTEGER > 1",
    "cast function": "CAST(age AS VARCHAR) = '1'",
    "case": "CASE WHEN age > 1 THEN TRUE END",
    "other table": "person.age > 1",
    "other schema": "intake.person.age > 1",
    "key column": "person_id = 5",
    "unknown column": "nhs_number = '9990000018'",
    "parameter": "age > $1",
    "question mark": "age > ?",
    "regular expression": "efi_band ~ 'sev.*'",
    "like": "efi_band LIKE 'sev%'",
    "list": "age = [1]",
    "struct": "{'a': age} = 1",
    "lambda": "list_filter([age], x -> x > 1) = [1]",
    "collate": "efi_band COLLATE NOCASE = 'severe'",
    "quote in a word": "efi_band = 'severe'' OR TRUE OR ''x'",
    "closing the literal": "efi_band = 'x' OR 'a' = 'a'",
    "always true": "1 = 1",
    "bare true": "TRUE",
    "true beside a column": "age > 1 OR TRUE",
    "star": "COALESCE(*) > 1",
    "tuple": "(age, sex) = (1, 'a')",
    "division": "age / 0 > 1",
    "huge number": "age > 1e300",
    "backslash": "efi_band = 'severe\\'",
    "invisible character": "age\u200b > 1",
    "null": "age = NULL",
    "bare null": "NULL",
    "quantified between": "age BETWEEN SYMMETRIC 9 AND 1",
    "interval": "age > INTERVAL 1 DAY",
    "pivot words": "age > 1 PIVOT",
    "assignment": "age := 1",
    "copy": "COPY (SELECT 1) TO 'x'",
    "attach": "ATTACH 'x.db'",
    "pragma": "PRAGMA database_list",
    "set": "SET threads = 1",
    "nothing": "   ",
    "deep": "(" * 200 + "age > 1" + ")" * 200,
    "long": " OR ".join(["age > 1"] * 1000),
    "many nots": "NOT " * 300 + "carer",
}


@pytest.mark.parametrize("text", ATTACKS.values(), ids=ATTACKS.keys())
def test_refuses(text):
    with pytest.raises(PredicateFault):
        parse_predicate(text, VOCABULARY)


@pytest.mark.parametrize(
    ("text", "message", "help_line"),
    [
        ("agee >= 65", "there is no column 'agee'", "did you mean 'age'?"),
        ("efi_band = 'sever'", "efi_band is never 'sever'", "did you mean 'severe'?"),
        ("efi_band IN ('severe', 'mdoerate')", "efi_band is never 'mdoerate'", "did you mean 'moderate'?"),
        ("age = 'old'", "compares a word with a number", ""),
        ("efi_band > 'fit'", "no order", ""),
        ("medicines_365d", "medicines_365d is not a yes or no", ""),
        ("age IN (1, medicines_365d)", "plain values", ""),
    ],
)
def test_says_what_is_wrong_and_what_was_meant(text, message, help_line):
    with pytest.raises(PredicateFault, match=message) as refused:
        parse_predicate(text, VOCABULARY)
    assert help_line in " ".join(refused.value.help_lines)


def test_says_where():
    with pytest.raises(PredicateFault) as refused:
        parse_predicate("age >= 65 AND medicins_365d > 3", VOCABULARY)
    assert refused.value.position == len("age >= 65 AND ")


def test_the_sql_that_runs_is_built_from_the_tree_and_not_from_the_text():
    predicate = parse_predicate("AGE IS NOT NULL".lower() + "  AND   ( Carer ) ".replace("Carer", "carer"), VOCABULARY)
    assert predicate.sql == '((NOT ("age" IS NULL)) AND ("carer" = 1))'
    assert predicate.columns == ("age", "carer")


@pytest.mark.parametrize(
    ("text", "met"),
    [
        ("age >= 65", [2]),
        ("carer", [1]),
        ("NOT carer", [2]),
        ("carer = TRUE", [1]),
        ("carer <> TRUE", [2]),
        ("carer = FALSE", [2]),
        ("efi_band IN ('severe', 'moderate') OR age < 50", [1, 2]),
        ("efi_band <> 'severe'", []),
        ("efi_band IS NULL", [1, 3]),
        ("medicines_365d BETWEEN 3 AND 9", [1]),
        ("medicines_365d NOT IN (3, 4)", [2]),
        ("COALESCE(medicines_365d, 0) = 0", [3]),
        ("GREATEST(age, medicines_365d) + 1 > 40", [1, 2]),
        ("-age < -60", [2]),
        ("NOT (age < 65 OR carer)", [2]),
        ("age > medicines_365d * 10", [2]),
    ],
)
def test_means_what_it_says_and_what_is_not_known_is_not_met(text, met):
    people = pl.DataFrame(
        {
            "person_id": [1, 2, 3],
            "age": [40, 70, None],
            "carer": [1, 0, None],
            "efi_band": [None, "severe", None],
            "medicines_365d": [4, 2, None],
        }
    )
    connection = duckdb.connect()
    connection.register("person", people.to_arrow())
    sql = parse_predicate(text, VOCABULARY).sql
    found = connection.execute(f"SELECT person_id FROM person WHERE {sql} ORDER BY 1").fetchall()
    assert [row[0] for row in found] == met


def test_leaves_say_what_is_asked_and_agree_with_a_negation():
    leaves = parse_predicate("medicines_365d >= 10 AND NOT carer AND efi_band IN ('mild', 'severe')", VOCABULARY).leaves
    flags = parse_predicate("carer = 0 OR NOT housebound = 1", VOCABULARY).leaves
    assert [leaf.asks for leaf in flags] == ["no", "no"]
    assert [(leaf.columns, leaf.asks) for leaf in leaves] == [
        (("medicines_365d",), "at least 10"),
        (("carer",), "no"),
        (("efi_band",), "mild or severe"),
    ]
    assert leaves[1].sql == '(NOT ("carer" = 1))'


@pytest.mark.parametrize(
    ("text", "asks"),
    [
        ("days_since_asthma_review IS NULL", "none known"),
        ("frailty_coded IS NULL", "none known"),
        ("in_care_home IS NULL", "not known"),
        ("days_since_asthma_review IS NOT NULL", "known"),
        ("in_care_home IS NOT NULL", "known"),
    ],
)
def test_a_comparison_with_null_says_what_a_null_of_that_kind_means(text, asks):
    assert [leaf.asks for leaf in parse_predicate(text, VOCABULARY).leaves] == [asks]


def test_every_column_has_words_and_no_column_is_a_key():
    for name, column in VOCABULARY.columns.items():
        assert column.words.strip(), name
        assert "{" not in column.words
    assert not {"person_id", "nhs_number", "index_date", "practice_code"} & set(VOCABULARY.columns)


def test_windows_are_read_from_names_of_counts_and_flags():
    assert VOCABULARY["emergency_admissions_90d"].window_days == 90
    assert VOCABULARY["opioids_365d"].window_days == 365
    assert VOCABULARY["age"].window_days is None
    assert VOCABULARY["efi_change_365d"].window_days is None


def test_the_columns_and_their_sources_are_those_of_the_feature_dictionary():
    everyone = {"person", "registration", "practice"}
    made = {entry.name: set(entry.sources) - everyone for entry in dictionary()}
    named = {name: set(column.sources) for name, column in VOCABULARY.columns.items() if column.model is None}
    assert named == made
