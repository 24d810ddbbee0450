"""The reference page says what the rules say."""

from pathlib import Path

from riskstrat.rules import read_gaps, read_rules, shipped_vocabulary
from riskstrat.rules.reference import reference_page, write_reference

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "rules.md"


def test_the_page_is_the_one_the_rules_write():
    assert PAGE.read_text(encoding="utf-8") == reference_page(), "write it again: see riskstrat/rules/reference.py"


def test_everything_is_on_it(tmp_path):
    write_reference(tmp_path / "rules.md")
    page = (tmp_path / "rules.md").read_text(encoding="utf-8")
    for name in (
        *(rule.id for rule in read_rules()),
        *(gap.id for gap in read_gaps()),
        *shipped_vocabulary().columns,
    ):
        assert f"`{name}`" in page
