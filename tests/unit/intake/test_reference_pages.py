"""The reference pages say what the contract and the checks are."""

import re
from pathlib import Path

import pytest

from riskstrat.contract import TABLES, Table
from riskstrat.intake.checks import Checking, rules_of

REFERENCE = Path(__file__).parents[3] / "docs" / "reference"


@pytest.mark.parametrize("table", TABLES.values(), ids=lambda table: table.name)
def test_every_column_is_on_the_page_as_the_contract_declares_it(table: Table) -> None:
    page = (REFERENCE / "landing-tables.md").read_text(encoding="utf-8")
    part = page.split(f"## {table.name}\n", 1)[1].split("\n## ", 1)[0]
    rows = {line.split("`")[1]: line for line in part.splitlines() if line.startswith("| `")}
    assert list(rows) == [column.name for column in table.columns]
    for column in table.columns:
        row = rows[column.name]
        assert f"| {column.type} |" in row
        assert ("required" in row) == column.required
        assert row.startswith(f"| `{column.name}`†") == (column.name in table.key)
        assert all(f"`{value}`" in row for value in column.values)
        if column.pattern is not None:
            assert f"`{column.pattern}`".replace("|", "\\|") in row
        if column.maximum is not None:
            assert f"{column.minimum:g} to {column.maximum:g}" in row
    if table.event_date is not None:
        assert f"Event date: `{table.event_date}`; usual lag {table.lag_days} days." in part
    for first, second in table.ordered_dates:
        assert f"`{first}` not after `{second}`" in part


def test_every_kind_of_rule_is_on_the_page_of_rules() -> None:
    page = (REFERENCE / "quality-rules.md").read_text(encoding="utf-8")
    for table in TABLES.values():
        for rule, _ in rules_of(Checking(table, None, False, frozenset())):
            kind = rule.split(": ", 1)[1]
            kind = re.sub(r"^(above|below) .*", r"\1 N", kind)
            kind = re.sub(r"^after \w+_(date|on)$", "after OTHER_DATE", kind)
            assert f"`{kind}`" in page, rule
