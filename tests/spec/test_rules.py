"""The worked examples that stand beside the rules, in ``sql/rules``, hold: who meets what, in which group, and who is left off."""

from dataclasses import replace

import pytest

from riskstrat.rules import read_rules
from riskstrat.rules.trials import try_rules

WORKLIST = {rule.id: rule for rule in read_rules("worklist")}


@pytest.mark.parametrize(
    "rule", [rule for rule in read_rules() if rule.examples or rule.kind == "worklist"], ids=lambda rule: rule.id
)
def test_the_examples_of_a_rule_are_whole_and_hold(rule, tmp_path):
    assert try_rules((rule,), tmp_path) == ()


def test_an_example_that_says_otherwise_is_told_with_file_rule_and_person(tmp_path):
    rule = WORKLIST["falls"]
    first, *rest = rule.examples
    told = try_rules((replace(rule, examples=(replace(first, is_met=False), *rest)),), tmp_path)
    assert told == ("falls.toml: rule falls, examples, A: drawn as not met, and the rule says met",)


@pytest.mark.parametrize(
    ("kept", "owed"),
    [
        (lambda example: not example.is_met, "somebody who meets it"),
        (lambda example: example.is_met, "somebody who just does not meet it"),
        (lambda example: example.left_off_by is None, "left off by structured_medication_review_coded_365d"),
        (lambda example: example.groups != {"care-home"}, "the group care-home alone"),
    ],
)
def test_what_a_worklist_rule_still_has_to_draw_is_told(tmp_path, kept, owed):
    rule = WORKLIST["structured-medication-review"]
    told = try_rules((replace(rule, examples=tuple(example for example in rule.examples if kept(example))),), tmp_path)
    assert any(owed in fault for fault in told), told


def test_someone_far_from_meeting_a_rule_is_no_near_miss(tmp_path):
    rule = WORKLIST["proactive-care-frailty"]
    far = tuple(example for example in rule.examples if example.person not in ("D", "E"))
    stranger = replace(
        rule.examples[3], person="X", values=rule.examples[3].values | {"in_care_home": 1, "days_since_care_plan": 9}
    )
    (told,) = try_rules((replace(rule, examples=(*far, stranger)),), tmp_path)
    assert "one value apart" in told
