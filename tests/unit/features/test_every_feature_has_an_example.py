"""Every column of every family stands in the expected table of a worked example, with a value that says something."""

from riskstrat.features.catalogue import families
from support.worked_examples import SPEC, worked_examples


def test_every_column_is_drawn_with_a_value_that_is_neither_zero_nor_missing():
    missing = []
    for family in families():
        examples = [example for example in worked_examples() if example.landed.table == family.name]
        for column in family.statement.columns:
            if not any(value not in (None, "0") for example in examples for value in example.said_of(column.name)):
                missing.append(f"{family.name}.{column.name}")
    assert not missing, f"draw a worked example in tests/spec of {', '.join(missing)}"


def test_every_example_is_found():
    """An example that the reference pages and the test above do not see would be missed by nobody."""
    for path in SPEC.glob("test_*.py"):
        text = path.read_text(encoding="utf-8")
        found = [example for example in worked_examples() if example.file == path.name]
        if "(feature)" in text:
            assert len(found) >= text.count("expect("), path.name
