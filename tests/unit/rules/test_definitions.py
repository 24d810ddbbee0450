"""Rules files: the shipped ones are whole, and a mistake is refused with file, rule and line."""

import re
import tomllib

import pytest

from riskstrat.contract import TABLES
from riskstrat.errors import UsageFault
from riskstrat.project import resource
from riskstrat.rules import read_gaps, read_rules, shipped_vocabulary

RULE = """
id         = "falls-again"
title      = "Falls"
definition = "Someone who has fallen"
who        = "falls_coded_365d >= 1"
needs      = ["gp_event"]
urgency    = 2
actions    = ["Ask"]
due        = "30 days"
owner      = "nurse"
evidence   = "a source that can be read"
version    = 1
"""


def refused(folder, text):
    (folder / "own.toml").write_text(text, encoding="utf-8")
    with pytest.raises(UsageFault) as fault:
        read_rules(folder=folder)
    assert fault.value.exit_code == 2
    assert "own.toml" in str(fault.value)
    return str(fault.value)


def test_shipped_rules_cover_what_the_intent_names():
    assert {rule.id for rule in read_rules("worklist")} == {
        "emergency-admission-rising", "emergency-admission-high", "proactive-care-frailty", "severe-frailty-review",
        "structured-medication-review", "falls", "future-care-planning", "frequent-ae-attendance",
        "emergency-admission-soon", "care-home-residents", "very-high-blood-pressure",
        "case-finding-hypertension", "case-finding-diabetes", "case-finding-non-diabetic-hyperglycaemia",
        "case-finding-ckd", "case-finding-af", "case-finding-copd", "case-finding-heart-failure", "case-finding-memory",
        "long-term-condition-review", "carers-own-needs", "continuity-of-care",
        "discharged-without-follow-up",
    }  # fmt: skip
    cohorts = {rule.id for rule in read_rules("cohort")}
    assert {
        "diabetes", "heart-failure", "multimorbidity-2", "multimorbidity-4", "frailty-moderate", "frailty-severe",
        "polypharmacy-10", "care-home", "risk-high", "risk-very-high", "risk-rising", "ae-high-intensity", "housebound",
        "learning-disability", "severe-mental-illness", "carers", "case-management", "end-of-life-register",
        "most-deprived-fifth", "continuity-gain",
    } <= cohorts  # fmt: skip


def test_every_rule_says_where_it_comes_from_and_what_it_needs():
    vocabulary = shipped_vocabulary()
    for rule in read_rules():
        assert len(rule.evidence) > 20
        assert rule.definition
        sources = {source for name in rule.columns for source in vocabulary[name].sources}
        assert set(rule.needs) <= set(TABLES)
        models = {vocabulary[name].model for name in rule.columns} - {None}
        assert sources & set(rule.needs) or models or not sources, f"{rule.id} needs none of what it reads"


def test_gaps_never_say_that_something_did_not_happen():
    for gap in read_gaps():
        assert "known" in gap.words
        assert gap.needs
        assert gap.since is None or "{on}" in gap.words_since
        assert " · " not in gap.words + (gap.words_since or "")


def test_what_a_model_may_not_print_a_rule_may_not_either():
    vocabulary = shipped_vocabulary()
    factors = tomllib.loads(resource("models/factors.toml").read_text(encoding="utf-8"))["factor"]
    hidden = {name for factor in factors if factor["print"] != "always" for name in factor["columns"]}
    assert len(hidden) > 20
    assert not [name for name in sorted(hidden) if name in vocabulary and vocabulary[name].printing == "always"]


def test_only_the_future_care_rule_reads_the_internal_signal_and_only_its_band():
    reading = {rule.id: c for rule in read_rules() for c in rule.columns if "death" in c}
    assert reading == {"future-care-planning": "band_death_12m"}
    assert not any(word in rule.title.lower() + rule.definition.lower() + " ".join(rule.actions).lower()
                   for rule in read_rules() for word in ("mortality", "death", "die", "dying"))  # fmt: skip


def test_worklist_rules_come_in_order_of_urgency():
    urgencies = [rule.urgency for rule in read_rules("worklist")]
    assert urgencies == sorted(urgencies)
    assert [rule.id for rule in read_rules("worklist") if rule.urgency == 1] == [
        "discharged-without-follow-up",
        "emergency-admission-soon",
    ]


def test_the_cohort_that_networks_count_is_the_rule_that_practices_see():
    rules = {rule.id: rule for rule in read_rules()}
    assert rules["continuity-gain"].who == rules["continuity-of-care"].who


def test_case_finding_comes_after_everyone_at_risk_and_is_never_a_diagnosis():
    worklist = read_rules("worklist")
    looking = [rule for rule in worklist if rule.id.startswith("case-finding-")]
    assert {rule.urgency for rule in looking} == {5}
    for rule in looking:
        said = f"{rule.title} {' '.join(group.words for group in rule.groups)}".lower()
        assert not any(word in said for word in ("has ", "diagnosed", "undiagnosed", "missed")), said
        assert "no " in rule.definition.lower() or "neither" in rule.definition.lower()


def test_a_whole_rule_of_a_boards_own_is_taken(tmp_path):
    (tmp_path / "own.toml").write_text(RULE, encoding="utf-8")
    (rule,) = read_rules(folder=tmp_path)
    assert (rule.id, rule.kind, rule.version, rule.file) == ("falls-again", "worklist", 1, "own.toml")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (('id         = "falls-again"', 'id = "falls\'; DROP TABLE x; --"'), "id: String should match"),
        (('id         = "falls-again"', 'id = "ok\\nnot-ok\'"'), "id: String should match"),
        (('"falls_coded_365d >= 1"', '"fals_coded_365d >= 1"'), "did you mean 'falls_coded_365d'"),
        (('"falls_coded_365d >= 1"', '"falls_coded_365d >= 1; DROP TABLE x"'), "second statement"),
        (('"falls_coded_365d >= 1"', '"risk_death_12m > 0.5"'), "risk_death_12m may not be used"),
        (('"falls_coded_365d >= 1"', "\"band_death_12m = 'high'\""), "only in future-care-planning"),
        (('["gp_event"]', '["gp_events"]'), "not a landing table"),
        (("urgency    = 2", "urgency = 9"), "urgency"),
        (("urgency    = 2", ""), "urgency: is missing"),
        (('["Ask"]', "[]"), "actions"),
        (("version    = 1", 'version = 1\nhidden = "x"'), "hidden: is not known here"),
        (("version    = 1", "version = 1\nunless = [\"efi_band = 'severe'\"]"), "a condition needs a name"),
        (("version    = 1", 'version = 1\nunless = ["medicines_365d"]'), "not a yes or no"),
        (("version    = 1", 'version = 1\nunless = [{name = "a\'b", words = "words", who = "carer"}]'), "name"),
        (('due        = "30 days"', 'due = "soon"'), "due"),
        (("version    = 1", "version = ["), "not valid TOML"),
    ],
)
def test_a_mistake_is_refused_whole(tmp_path, change, says):
    old, new = change
    assert old in RULE
    assert says in refused(tmp_path, RULE.replace(old, new))


def test_the_place_is_the_line_and_column_of_the_word(tmp_path):
    text = RULE.replace('"falls_coded_365d >= 1"', '"""age >= 65\n   AND fals_coded_365d >= 1"""')
    message = refused(tmp_path, text)
    line = next(n for n, content in enumerate(text.splitlines(), 1) if "fals_coded" in content)
    assert re.search(rf"line {line}, column 8: rule falls-again, who", message)


def test_an_id_names_one_rule(tmp_path):
    (tmp_path / "a.toml").write_text(RULE, encoding="utf-8")
    (tmp_path / "b.toml").write_text(RULE, encoding="utf-8")
    with pytest.raises(UsageFault, match="two rules have one id"):
        read_rules(folder=tmp_path)


def test_a_file_of_something_else_is_refused(tmp_path):
    assert "not part of a rules file" in refused(tmp_path, "[[cohorts]]\nid = 'x'\n")
    assert "two brackets" in refused(tmp_path, "[cohort]\nid = 'x'\n")
