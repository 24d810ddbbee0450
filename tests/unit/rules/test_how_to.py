"""The how-to pages say what the code does."""

import re
from pathlib import Path

from riskstrat.rules import read_rules

HOW_TO = Path(__file__).parents[3] / "docs" / "how-to"


def test_the_example_of_the_how_to_is_a_whole_rule(tmp_path):
    page = (HOW_TO / "write-a-rule.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"```toml\n(.*?)```", page, flags=re.DOTALL)
    (tmp_path / "inhaler_review.toml").write_text(block, encoding="utf-8")
    (rule,) = read_rules(folder=tmp_path)
    assert (rule.id, [exclusion.name for exclusion in rule.unless]) == (
        "inhaler-review",
        ["care-plan-within-12-months"],
    )
