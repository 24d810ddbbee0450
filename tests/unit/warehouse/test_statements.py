"""The form of a ``.sql`` file: read whole, or refused with the file's name and what is wrong."""

import pytest

from riskstrat.warehouse import in_order, needed_for, read_layer, read_statement

GOOD = """-- A thing.
-- grain: person
-- reads: staging.a, staging.b
--
-- thing: how many, of all; count; 0 if none
-- word: what is said; word; null if none
-- source: nowhere
WITH inner_one AS (SELECT a.person_id FROM staging.a AS a)

SELECT o.person_id, 1 AS thing, 'x' AS word FROM inner_one AS o INNER JOIN staging.b AS b ON b.person_id = o.person_id
"""


def written(folder, name, text):
    path = folder / "features" / f"{name}.sql"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_a_file_is_read_with_its_header_columns_and_tables(tmp_path):
    statement = read_statement(written(tmp_path, "thing", GOOD))
    assert (statement.table, statement.layer, statement.name) == ("features.thing", "features", "thing")
    assert statement.title == "A thing."
    assert statement.header["grain"] == "person"
    assert statement.named_tables == {"staging.a", "staging.b"}
    assert statement.output_columns == ("person_id", "thing", "word")
    first, second = statement.columns
    assert (first.name, first.meaning, first.unit, first.missing) == ("thing", "how many, of all", "count", "0 if none")
    assert first.zero_if_none
    assert not second.zero_if_none
    assert not first.zero_if_given


def test_a_column_that_the_source_may_not_give_is_zero_only_where_it_is_given(tmp_path):
    said = GOOD.replace("count; 0 if none", "pounds; 0 if none, null if never given")
    column = read_statement(written(tmp_path, "thing", said)).columns[0]
    assert (column.zero_if_given, column.zero_if_none) == (True, False)


@pytest.mark.parametrize(
    ("was", "becomes", "said"),
    [
        ("-- A thing.", "SELECT 1", "the first line says what the table is"),
        ("staging.a, staging.b", "staging.a", "'reads:' says"),
        ("; count; 0 if none", "", "column thing needs 'meaning; unit; missing'"),
        ("FROM staging.a AS a", "FROM a", "name tables with their layer: a"),
        (GOOD.split("\n", 7)[7], "DROP TABLE staging.a", "one SELECT per file"),
    ],
)
def test_another_form_is_refused_naming_the_file(tmp_path, was, becomes, said):
    with pytest.raises(ValueError, match=f"thing.sql: {said}"):
        read_statement(written(tmp_path, "thing", GOOD.replace(was, becomes)))


def small(folder, name, reads):
    tables = ", ".join(reads)
    joined = " CROSS JOIN ".join(f"{table} AS t{place}" for place, table in enumerate(reads))
    return read_statement(written(folder, name, f"-- {name}.\n-- reads: {tables}\nSELECT 1 AS n FROM {joined}\n"))


def test_statements_come_after_those_they_name(tmp_path):
    last = small(tmp_path, "a_last", ["features.b_middle", "intake.x"])
    middle = small(tmp_path, "b_middle", ["features.c_first"])
    first = small(tmp_path, "c_first", ["intake.x"])
    other = small(tmp_path, "d_other", ["intake.x"])
    assert [s.name for s in in_order([last, middle, first])] == ["c_first", "b_middle", "a_last"]
    assert [s.name for s in needed_for(["features.b_middle", "intake.x"], [last, middle, first, other])] == [
        "c_first",
        "b_middle",
    ]


def test_tables_that_read_each_other_are_refused(tmp_path):
    one = small(tmp_path, "one", ["features.two"])
    two = small(tmp_path, "two", ["features.one"])
    with pytest.raises(ValueError, match="tables that read each other"):
        in_order([one, two])


def test_every_statement_we_ship_is_in_form():
    for layer in ("staging", "features", "labels"):
        assert read_layer(layer)


FAMILY = """-- Contacts.
-- grain: person
-- reads: staging.a
-- order: 5
--
-- contacts_30d: contacts; count; 30 days; 0 if none
SELECT a.person_id, 1 AS contacts_30d FROM staging.a AS a
"""


def test_a_column_of_a_family_says_its_window(tmp_path):
    (column,) = read_statement(written(tmp_path, "contacts", FAMILY)).columns
    assert (column.unit, column.window, column.window_days, column.missing) == ("count", "30 days", 30, "0 if none")


@pytest.mark.parametrize(
    ("becomes", "said"),
    [
        ("count; 0 if none", "needs 'meaning; unit; window; missing'"),
        ("count; ; 0 if none", "needs 'meaning; unit; window; missing'"),
        ("count; a month; 0 if none", "has no window 'a month'"),
        ("count; 90 days; 0 if none", "has a window of 90 days"),
    ],
)
def test_a_family_whose_window_is_not_said_is_refused(tmp_path, becomes, said):
    with pytest.raises(ValueError, match=f"contacts.sql: column contacts_30d {said}"):
        read_statement(written(tmp_path, "contacts", FAMILY.replace("count; 30 days; 0 if none", becomes)))
