"""Tables of examples in a rule's file: what is read from them, and what is refused with its place."""

import pytest

from riskstrat.errors import UsageFault
from riskstrat.rules import read_rules

RULE = """
id         = "falls-again"
title      = "Falls"
definition = "Someone who has fallen"
unless     = [{ name = "planned", words = "a plan was made", who = "days_since_care_plan <= 365" }]
needs      = ["gp_event"]
urgency    = 2
actions    = ["Ask"]
due        = "30 days"
owner      = "nurse"
evidence   = "a source that can be read"
version    = 1
examples   = '''
# people whom the rule was tried on
person | falls_coded_365d | days_since_care_plan | met | groups | left_off_by
A      | 1                | -                    | yes | once   | -           # one fall
B      | 3                | 10                   | yes | once + often | planned
C      | 0                | -                    | no  | -      | -
'''

[[group]]
name  = "once"
words = "fell once"
who   = "falls_coded_365d >= 1"

[[group]]
name  = "often"
words = "fell often"
who   = "falls_coded_365d >= 3"
"""


def read(folder, text):
    (folder / "own.toml").write_text(text, encoding="utf-8")
    (rule,) = read_rules(folder=folder)
    return rule


def test_a_table_is_read_with_its_remarks_and_groups(tmp_path):
    rule = read(tmp_path, RULE)
    first, second, third = rule.examples
    assert (first.person, first.remark, first.values) == (
        "A",
        "one fall",
        {"falls_coded_365d": 1, "days_since_care_plan": None},
    )
    assert (second.groups, second.left_off_by, second.is_kept) == ({"once", "often"}, "planned", False)
    assert (third.is_met, third.groups) == (False, frozenset())


def test_a_rule_of_groups_is_met_by_any_of_them(tmp_path):
    rule = read(tmp_path, RULE)
    assert rule.who.sql == '(("falls_coded_365d" >= 1) OR ("falls_coded_365d" >= 3))'
    assert [leaf.asks for leaf in rule.who.leaves] == ["at least 1", "at least 3"]


MISTAKES = {
    "value": ("A      | 1   ", "A      | one ", "line 16, column 1: rule falls-again, examples: 'one' is no value"),
    "verdict": (
        "| yes | once   | -   ",
        "| so | once | -   ",
        "line 16, column 1: rule falls-again, examples: met is yes or",
    ),
    "cells": ("C      | 0                | -                    | no  ", "C | no", "line 18, column 1"),
    "column": (
        "person | falls_coded_365d",
        "person | age",
        "line 15, column 1: rule falls-again, examples: the rule does not",
    ),
    "header": ("person | falls", "who | falls", "begins with person"),
    "exclusion": ("often | planned", "often | plan", "'plan' is no exclusion or group"),
    "group": ("once + often", "once + daily", "'daily' is no exclusion or group"),
    "in a group": ('"falls_coded_365d >= 3"', '"carrer"', "group often: there is no column 'carrer'"),
    "not for paper": (
        '"falls_coded_365d >= 3"',
        '"anticholinergic_burden_90d >= 3"',
        "group often: anticholinergic_burden_90d is not for paper",
    ),
    "who and groups": ("needs ", 'who = "falls_coded_365d >= 1"\nneeds ', "either who or [[group]]"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_refused_with_its_place(tmp_path, mistake):
    old, new, says = MISTAKES[mistake]
    assert old in RULE
    with pytest.raises(UsageFault) as fault:
        read(tmp_path, RULE.replace(old, new))
    assert says in str(fault.value)


def test_a_rule_with_neither_who_nor_groups_is_refused(tmp_path):
    with pytest.raises(UsageFault, match="either who or"):
        read(tmp_path, RULE.partition("\n[[group]]")[0])


HIDDEN = RULE.replace('"falls_coded_365d >= 3"', '"anticholinergic_burden_90d >= 3"').replace("once + often", "once")


def test_a_group_that_may_not_be_printed_is_said_in_the_words_of_one_that_may(tmp_path):
    alike = HIDDEN
    for name in ("once", "often"):
        alike = alike.replace(f'name  = "{name}"', f'name  = "{name}"\non_paper = "worth another look"')
    rule = read(tmp_path, alike)
    assert rule.said(["often"]) == rule.said(["once"]) == rule.said(["once", "often"]) == "Falls (worth another look)"


def test_words_that_no_printable_group_shares_hide_nothing(tmp_path):
    alone = HIDDEN.replace('name  = "often"', 'name  = "often"\non_paper = "worth another look"')
    with pytest.raises(UsageFault, match="not for paper"):
        read(tmp_path, alone)


@pytest.mark.parametrize(
    ("old", "new", "is_change"),
    [
        ("falls_coded_365d >= 3", "falls_coded_365d >= 4", True),
        ("<= 365", "<= 180", True),
        ("urgency    = 2", "urgency    = 3", True),
        ("urgency    = 2", "urgency    = 2\nrising     = true", True),
        ('["gp_event"]', '["gp_event"]\nbears_lag_days = 30', True),
        ('"often"', '"many"', True),
        ("Someone who has fallen", "A person who has fallen", False),
        ("falls_coded_365d >= 3", "falls_coded_365d   >=\\n3", False),
        ("A      | 1 ", "A      | 2 ", False),
        ("version    = 1", "version    = 2", False),
    ],
)
def test_the_meaning_changes_with_what_decides_whom_the_rule_lists_and_with_nothing_else(tmp_path, old, new, is_change):
    text = RULE.replace("once + often", "once").replace(old, new)
    before, after = read(tmp_path, RULE), read(tmp_path, text)
    assert (before.meaning != after.meaning) == is_change
