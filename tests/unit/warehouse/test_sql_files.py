"""Every file of ``sql/``: one SELECT, with a header that is true of it, as plain text without a template."""

import pytest
import sqlglot

from riskstrat.project import resource
from riskstrat.warehouse import read_statement

FILES = sorted(resource("sql").rglob("*.sql"))
every_file = pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}.{path.stem}")


def test_files_lie_one_folder_deep():
    assert len(FILES) > 100
    assert {path.parent.parent for path in FILES} == {resource("sql")}


@every_file
def test_a_file_is_one_select_whose_header_is_true(path):
    statement = read_statement(path)  # refuses a second statement, a bare table and a "reads:" that is not so
    trees = sqlglot.parse(path.read_text(encoding="utf-8"), read="duckdb")
    assert len(trees) == 1
    assert statement.title, "the first line says what the table is"
    assert statement.header.get("grain"), "what is one row?"
    assert statement.header.get("source"), "where do the definitions come from?"
    described = [column.name for column in statement.columns]
    assert len(described) == len(set(described))
    made = set(statement.output_columns)
    if "*" not in made:
        assert made.issuperset(described), f"described and not made: {sorted(set(described) - made)}"
    if "order" in statement.header:
        assert made.difference(described) == {"person_id"}, "a family describes every column but its key"


@every_file
def test_a_file_is_plain_text_that_ends_in_one_line_feed(path):
    content = path.read_bytes()
    text = content.decode("utf-8")
    assert text.endswith("\n")
    assert not text.endswith("\n\n")
    assert "\r" not in text
    assert "\t" not in text
    assert "{{" not in text
    assert "{%" not in text, "no template engine between the file and a shell"
    assert all(line == line.rstrip() for line in text.splitlines())
