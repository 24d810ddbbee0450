"""Explain: the whole answer about a practice's own people, and the same refusal about everybody else."""

import json
import shutil
from datetime import date

import polars as pl
import pytest

from riskstrat.errors import NotPermitted, UsageFault
from riskstrat.project import Workspace
from riskstrat.rules import BETWEEN_GROUPS, groups_met, read_rules, shipped_vocabulary
from riskstrat.worklists import explain, select
from riskstrat.worklists.showing.gathering import read_month
from riskstrat.worklists.showing.practice_pages import pages_of
from support.worklist_store import INDEX, copy_store, give_numbers, nhs_number, write_intake

PEOPLE = 900


def silent(_):
    return (), ()


def ask(workspace, person_id, practice="Z00001", reasons=silent):
    return explain(workspace, nhs_number(person_id), practice, INDEX, reasons=reasons)


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    made = copy_store(tmp_path_factory.mktemp("explain") / "w")
    rows = {
        "practice": [{"practice_code": f"Z{n:05}", "practice_name": f"Practice {n}"} for n in (1, 2, 3)],
        "person": [{"person_id": n, "birth_date": date(1950, 1, 1), "sex": "1"} for n in range(1, PEOPLE + 2)],
        "registration": [
            {"person_id": n, "practice_code": f"Z{1 + (n - 1) % 3:05}", "start_date": date(2010, 1, 1)}
            for n in range(1, PEOPLE + 2)
        ],
    }
    adults = pl.read_parquet(made.part("features", INDEX)).filter(
        pl.col("age") >= 18, pl.col("practice_code") == "Z00001"
    )
    restricted, opted_out, died, moved = adults["person_id"].to_list()[:4]
    rows["person"][restricted - 1]["restricted"] = True
    rows["person"][died - 1]["death_date"] = date(2026, 10, 30)
    rows["registration"][moved - 1]["end_date"] = date(2026, 10, 20)
    rows["registration"].append({"person_id": moved, "practice_code": "Z00002", "start_date": date(2026, 10, 20)})
    rows["opt_out"] = [{"person_id": opted_out, "kind": "objection", "start_date": date(2020, 1, 1)}]
    evaluated = pl.read_parquet(made.part("rule_hits", INDEX)).filter(pl.col("left_off_by").is_null())
    worklist_rules = [rule.id for rule in read_rules("worklist")]
    meets = evaluated.filter(pl.col("rule_id").is_in(worklist_rules))["person_id"].to_list()
    held = next(n for n in adults["person_id"].to_list()[4:] if n in meets)
    rows["programme"] = [{"person_id": held, "programme": "case_management", "start_date": date(2026, 5, 4)}]
    write_intake(made, rows, INDEX)
    give_numbers(made, PEOPLE + 1)
    select(made, INDEX)
    cast = {"restricted": restricted, "opted_out": opted_out, "died": died, "moved": moved, "held": held}
    return made, cast


@pytest.fixture(scope="module")
def rows(workspace):
    return pl.read_parquet(workspace[0].part("worklists", INDEX))


def first(rows, state, practice="Z00001"):
    return rows.filter((pl.col("state") == state) & (pl.col("practice_code") == practice)).to_dicts()[0]


def test_a_listed_person_has_rank_rules_values_gaps_and_reasons(workspace, rows):
    person = first(rows, "listed")
    told = ask(
        workspace[0], person["person_id"], reasons=lambda _: (("2 emergency admissions",), ("no A&E attendance",))
    )
    assert (told.state, told.rank, told.change) == ("listed", 1, "NEW")
    met = [rule.rule_id for rule in told.rules if rule.is_met and not rule.left_off_by]
    assert set(met) == set(person["rules"].split("; "))
    assert len(told.rules) == len(read_rules("worklist"))
    assert " \u00b7 ".join(told.gaps) == (person["gaps"] or "")
    text = told.as_text()
    assert "On the list, at rank 1 (NEW)." in text
    assert "moves the estimate up: 2 emergency admissions" in text
    assert "in 100 people like this" in text
    assert "different medicines in 12 months: " in text
    assert "(asks for at least 10: " in text
    assert nhs_number(person["person_id"]) not in text


def test_every_rule_agrees_with_the_stored_hits_for_many_people(workspace, rows):
    made, _ = workspace
    hits = pl.read_parquet(made.part("rule_hits", INDEX))
    for person in rows.filter(pl.col("practice_code") == "Z00001")["person_id"].to_list()[::25]:
        mine = dict(hits.filter(pl.col("person_id") == person).select("rule_id", "left_off_by").rows())
        for rule in ask(made, person).rules:
            if (rule.rule_id, mine.get(rule.rule_id)) in withheld():
                assert (rule.is_met, rule.left_off_by) == (False, None)
                continue
            assert rule.is_met == (rule.rule_id in mine)
            assert (rule.left_off_by is not None) == (mine.get(rule.rule_id) is not None)


def test_met_and_yet_left_off_is_not_said_where_it_would_tell_what_is_not_for_paper(workspace, rows):
    made, _ = workspace
    hits = pl.read_parquet(made.part("rule_hits", INDEX)).drop_nulls("left_off_by")
    here = rows.filter(pl.col("practice_code") == "Z00001").select("person_id")
    off = {(rule, by): person for person, rule, by in hits.join(here, on="person_id").select(
        "person_id", "rule_id", "left_off_by").rows() if (rule, by) in withheld()}  # fmt: skip
    assert off
    for (rule_id, by), person in off.items():
        (words,) = (
            e.words for rule in read_rules("worklist") if rule.id == rule_id for e in rule.unless if e.name == by
        )
        (answer,) = (answer for answer in ask(made, person).rules if answer.rule_id == rule_id)
        assert answer.verdict == "not met"
        assert words not in answer.verdict


def withheld():
    """Rules and exclusions of which either reads what is not for paper, groups that share their words apart."""
    found = set()
    for rule in read_rules("worklist"):
        said = [group.who for group in rule.groups if group.on_paper is None] if rule.groups else [rule.who]
        for exclusion in rule.unless:
            columns = {name for who in (*said, exclusion.who) for name in who.columns}
            if any(shipped_vocabulary()[name].printing != "always" for name in columns):
                found.add((rule.id, exclusion.name))
    return found


def groups_by_person(workspace):
    return {
        (person, rule): groups.split(BETWEEN_GROUPS) for person, rule, groups in groups_met(workspace, INDEX).rows()
    }


def test_a_rule_of_groups_is_met_once_and_says_which_groups(workspace, rows):
    made, _ = workspace
    rule = next(rule for rule in read_rules("worklist") if rule.groups)
    groups = groups_by_person(made)
    here = rows.filter((pl.col("practice_code") == "Z00001") & pl.col("rules").str.contains(rule.id))[
        "person_id"
    ].to_list()
    several = next(person for person in here if len(rule.groups_said(groups[person, rule.id])) > 1)
    told = ask(made, several)
    (answer,) = [answer for answer in told.rules if answer.rule_id == rule.id]
    assert answer.groups == rule.groups_said(groups[several, rule.id])
    assert f"{rule.title}: met, {answer.groups[0]}, {answer.groups[1]}" in told.as_text()


def test_a_group_that_is_not_for_paper_cannot_be_told_from_the_one_that_shares_its_words(workspace, rows):
    made, _ = workspace
    rule = next(rule for rule in read_rules("worklist") if rule.id == "structured-medication-review")
    words = {column.name: column.words for column in shipped_vocabulary().columns.values()}
    shared = {words[name] for group in rule.groups if group.on_paper for name in group.who.columns}
    assert rule.said(["dependence"]) == rule.said(["error-prone"]) == f"{rule.title} (medicines to look at again)"
    here = rows.filter((pl.col("practice_code") == "Z00001") & pl.col("rules").str.contains(rule.id))[
        "person_id"
    ].to_list()
    for person in here[::20]:
        told = ask(made, person)
        (answer,) = [answer for answer in told.rules if answer.rule_id == rule.id]
        assert answer.points
        assert not shared & {point.what for point in answer.points}
        assert "dependence," not in told.as_text()


def test_the_pages_say_the_groups_beside_the_rule(workspace):
    made, _ = workspace
    rule = next(rule for rule in read_rules("worklist") if rule.groups)
    month = read_month(made, INDEX, "2026-11-01.1")
    pages = list(pages_of(month))
    said = {person.row_key: " ".join(person.rules) for page in pages for person in (*page.people, *page.not_shown)}
    groups = groups_by_person(made)
    met = month.rows.filter(pl.col("rules").str.contains(rule.id)).select("person_id", "row_key", "rules_said").rows()
    assert len(met) > 20
    for person, row_key, titles in met:
        assert rule.said(groups[person, rule.id]) in said.get(row_key, titles)
    spelt_out = [first.why for page in pages for person in page.people for first, _ in person.rules_with_actions]
    assert any(why.startswith(f"{rule.title} (") for why in spelt_out), "what it suggests stands under it"
    plain = next(rule for rule in read_rules("worklist") if rule.id == "proactive-care-frailty")
    assert plain.said() == plain.title
    assert any(plain.title in words and f"{plain.title} (" not in words for words in said.values())


def test_values_stand_beside_what_the_rule_asks_for(workspace, rows):
    made, _ = workspace
    snapshot = pl.read_parquet(made.part("features", INDEX))
    person = first(rows, "listed")["person_id"]
    mine = snapshot.filter(pl.col("person_id") == person).to_dicts()[0]
    (review,) = [rule for rule in ask(made, person).rules if rule.rule_id == "structured-medication-review"]
    points = {point.what: point for point in review.points}
    medicines = points["different medicines in 12 months"]
    assert (medicines.value, medicines.asks) == (str(mine["medicines_365d"]), "at least 10")
    assert medicines.is_met == (mine["medicines_365d"] >= 10)
    (rising,) = [rule for rule in ask(made, person).rules if rule.rule_id == "emergency-admission-rising"]
    assert rising.points[0].asks == "at least 5 in 100"
    assert rising.points[0].value.endswith("in 100")


def test_a_rule_that_did_not_run_says_why(workspace, rows):
    answers = ask(workspace[0], first(rows, "listed")["person_id"]).rules
    (soon,) = (r for r in answers if r.rule_id == "emergency-admission-soon" and not r.ran)
    assert "needs hospital admissions complete to within 14 days" in soon.why_not
    assert soon.points == ()


def test_nothing_of_the_internal_signal_is_told_or_can_be_worked_out(workspace, rows):
    made, _ = workspace
    for person in rows["person_id"].to_list()[:200:40]:
        practice = rows.filter(pl.col("person_id") == person)["practice_code"][0]
        told = ask(made, person, practice)
        (care,) = [rule for rule in told.rules if rule.rule_id == "future-care-planning"]
        assert care.points == ()
        assert "death" not in json.dumps(told.as_dict()).lower()


def test_held_below_the_cut_and_no_rule_say_so(workspace, rows):
    made, cast = workspace
    assert (
        ask(made, cast["held"]).summary[0] == "Not on the list: already supported by case management since 4 May 2026."
    )
    below = first(rows, "below_cut")
    assert "below the cut, 21 of " in ask(made, below["person_id"]).summary[0]
    snapshot = pl.read_parquet(made.part("features", INDEX)).filter(pl.col("practice_code") == "Z00001")
    hits = pl.read_parquet(made.part("rule_hits", INDEX))
    worklist = hits.filter(pl.col("rule_id").is_in([rule.id for rule in read_rules("worklist")]))
    none = snapshot.filter((pl.col("age") >= 18) & ~pl.col("person_id").is_in(worklist["person_id"].implode()))
    untouched = next(n for n in none["person_id"].to_list() if n not in cast.values())
    assert ask(made, untouched).summary == ("Not on the list: meets no rule.",)
    off = worklist.filter(pl.col("left_off_by").is_not_null()).join(
        worklist.filter(pl.col("left_off_by").is_null()), on="person_id", how="anti"
    )
    here = off.filter(pl.col("person_id").is_in(set(snapshot["person_id"]) - set(cast.values())))
    assert {pair in withheld() for pair in here.select("rule_id", "left_off_by").rows()} == {True}
    assert ask(made, here["person_id"][0]).summary == ("Not on the list: meets no rule.",)


def refusal(workspace, number, practice):
    with pytest.raises(NotPermitted) as refused:
        explain(workspace, number, practice, INDEX, reasons=silent)
    assert refused.value.exit_code == 4
    return str(refused.value)


def test_a_practice_learns_nothing_about_anybody_elses_people(workspace, rows):
    made, cast = workspace
    theirs = first(rows, "listed", "Z00002")["person_id"]
    unknown = nhs_number(PEOPLE * 5)
    answers = {refusal(made, number, "Z00001") for number in (nhs_number(theirs), unknown, nhs_number(cast["moved"]))}
    assert len(answers) == 1, "an unknown number, another practice's and one who moved away get the same words"
    assert nhs_number(theirs) not in answers.pop()


def test_people_who_may_not_be_shown_are_not_available_and_the_reason_is_not_told(workspace):
    made, cast = workspace
    restricted, opted_out = ask(made, cast["restricted"]), ask(made, cast["opted_out"])
    assert restricted == opted_out
    assert restricted.state == "not available"
    assert restricted.rules == ()
    assert restricted.risk is None


def test_children_the_dead_and_the_newly_registered_are_not_considered(workspace):
    made, cast = workspace
    assert ask(made, cast["died"]).state == "not considered"
    snapshot = pl.read_parquet(made.part("features", INDEX))
    child = snapshot.filter((pl.col("age") < 18) & (pl.col("practice_code") == "Z00001"))["person_id"][0]
    assert ask(made, child).summary == ("Lists show people of 18 and over.",)
    newcomer = PEOPLE + 1
    assert "Not registered here on 1 November 2026" in ask(made, newcomer).summary[0]
    assert "Not registered here on 1 November 2026" in ask(made, cast["moved"], "Z00002").summary[0]


def test_what_is_no_nhs_number_is_a_usage_fault(workspace):
    with pytest.raises(UsageFault):
        explain(workspace[0], "12345", "Z00001", INDEX, reasons=silent)


def test_an_estimate_of_a_model_that_is_not_as_it_was_tested_is_told_with_that(workspace, rows, tmp_path):
    listed = first(rows, "listed")["person_id"]
    assert ask(workspace[0], listed).cautions == ()
    own = Workspace(shutil.copytree(workspace[0].root, tmp_path / "own"))
    path = own.part("monitoring", INDEX)
    path.parent.mkdir(parents=True)
    breach = {"title": "Emergency admission", "words": "GP records: late", "check": "sources", "result": "breach"}
    pl.DataFrame([{**breach, "model": "emergency_admission_12m", "is_printed": True}]).write_parquet(path)
    told = ask(own, listed)
    assert told.cautions == (
        "Emergency admission: GP records: late. What a model cannot see looks like good health: some estimates may be "
        "too low.",
    )
    assert "Read the estimates with more care this month. Emergency admission: GP records: late." in told.as_text()


def test_without_a_champion_there_are_no_reasons(workspace, rows):
    told = explain(workspace[0], nhs_number(first(rows, "listed")["person_id"]), "Z00001", INDEX)
    assert (told.reasons_up, told.reasons_down) == ((), ())


@pytest.mark.parametrize(
    ("until", "told"),
    [
        (date(2027, 11, 20), "recorded on 20 November 2026: declined, which stands until 20 November 2027."),
        (date(9999, 12, 31), "recorded on 20 November 2026: declined."),
    ],
)
def test_a_decided_person_is_told_what_was_recorded_and_how_long_it_stands(workspace, rows, tmp_path, until, told):
    made, _ = workspace
    person = first(rows, "listed", "Z00003")["person_id"]
    shutil.copytree(made.root, tmp_path / "w")
    file = Workspace(tmp_path / "w").part("worklists", INDEX)
    is_it = pl.col("person_id") == person
    changes = {
        "state": "decided",
        "decided_status": "declined",
        "decided_on": date(2026, 11, 20),
        "decided_until": until,
    }
    frame = pl.read_parquet(file)
    frame.with_columns(
        pl.when(is_it).then(pl.lit(value, frame.schema[name])).otherwise(pl.col(name)).alias(name)
        for name, value in changes.items()
    ).write_parquet(file)
    answer = ask(Workspace(tmp_path / "w"), person, "Z00003")
    assert answer.summary[0] == f"Not on the list: {told}"
