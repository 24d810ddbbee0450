"""A cohort and a worklist of one condition never disagree: counts before suppression are the lists' own."""

import polars as pl
import pytest

from riskstrat import rules
from riskstrat.population.counting.cohorts import read_cohorts, read_months
from riskstrat.worklists import select
from support.worklist_store import INDEX, write_worklist_store

PEOPLE = 600
OPTED_OUT = range(1, 61)
PAIRS = [
    ("continuity-of-care", ("continuity-gain",)),
    ("emergency-admission-high", ("risk-very-high", "risk-high")),
]
"""Rules of worklists, each with the cohorts that together hold whoever meets it."""


@pytest.fixture(scope="module")
def counted(tmp_path_factory):
    """A board of three practices, some of whose people opted out of both purposes: its store, and its month."""
    national = [{"person_id": n, "kind": "national", "start_date": "2020-01-01"} for n in OPTED_OUT]
    opt_out = pl.DataFrame(national).with_columns(pl.col("start_date").str.to_date()).to_dicts()
    workspace = write_worklist_store(tmp_path_factory.mktemp("lists"), people=PEOPLE, intake={"opt_out": opt_out})
    rules.evaluate(workspace, INDEX)
    select(workspace, INDEX)
    return workspace, next(read_months(workspace, [INDEX], read_cohorts()))


def by_practice(frame):
    return dict(frame.group_by("practice_code").agg(pl.col("people").sum()).iter_rows())


def of_lists(workspace, step):
    table = pl.read_parquet(workspace.part("worklist_counts", INDEX))
    return by_practice(table.filter(pl.col("step").str.starts_with(step)))


@pytest.mark.parametrize(("rule", "cohorts"), PAIRS)
def test_a_cohort_has_as_many_adults_in_each_practice_as_met_the_rule_of_its_lists(counted, rule, cohorts):
    workspace, month = counted
    asked = {one.id: one.who for one in (*rules.read_rules("worklist"), *rules.read_rules("cohort"))}
    if len(cohorts) == 1:
        assert asked[rule] == asked[cohorts[0]]
    rows = pl.read_parquet(workspace.part("worklists", INDEX), columns=["practice_code", "rules"])
    met = rows.filter(pl.col("rules").str.split("; ").list.contains(rule))
    on_lists = dict(met.group_by("practice_code").len().iter_rows())
    people = pl.read_parquet(workspace.part("features", INDEX), columns=["person_id", "practice_code", "age"])
    hits = pl.read_parquet(workspace.part("rule_hits", INDEX)).filter(pl.col("rule_id").is_in(cohorts))
    under_age = people.filter((pl.col("age") < 18) & ~pl.col("person_id").is_in(list(OPTED_OUT)))
    children = dict(hits.join(under_age, on="person_id").group_by("practice_code").len().iter_rows())
    sizes = by_practice(month.sizes.filter(pl.col("cohort_id").is_in(cohorts)))
    assert {code: n - children.get(code, 0) for code, n in sizes.items()} == on_lists
    assert sum(on_lists.values()) > 0


def test_a_cohort_of_the_report_has_whom_the_rule_met_and_no_opt_out_bars(counted):
    workspace, month = counted
    hits = pl.read_parquet(workspace.part("rule_hits", INDEX)).filter(pl.col("left_off_by").is_null())
    where = pl.read_parquet(workspace.part("features", INDEX), columns=["person_id", "practice_code"])
    own = hits.filter(~pl.col("person_id").is_in(list(OPTED_OUT))).join(where, on="person_id")
    by_hand = {(rule, code): n for rule, code, n in own.group_by("rule_id", "practice_code").len().iter_rows()}
    sizes = month.sizes.group_by("cohort_id", "practice_code").agg(pl.col("people").sum())
    reported = {(rule, code): n for rule, code, n in sizes.iter_rows()}
    ids = {cohort.id for cohort in read_cohorts()}
    assert reported == {key: n for key, n in by_hand.items() if key[0] in ids}


def test_the_lists_and_the_report_start_from_the_same_people(counted):
    workspace, month = counted
    registered = of_lists(workspace, "registered at the index date")
    assert sum(registered.values()) == month.attrition[-1][1] == PEOPLE
    permitted = by_practice(month.registered)
    assert sum(permitted.values()) + month.left_out == PEOPLE
    adults = by_practice(month.registered.filter(pl.col("age_from") >= 20))
    may_be_shown = of_lists(workspace, "may be shown")
    for code, people in registered.items():
        assert adults[code] <= may_be_shown[code] <= permitted[code] < people
