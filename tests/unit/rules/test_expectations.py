"""What a survey leads one to expect of a practice: counted among those whose record says, and said of the practice."""

import polars as pl
import pytest

from riskstrat.rules import people_expected_of, read_rules
from riskstrat.worklists.selecting.selection import select
from riskstrat.worklists.showing.gathering import read_month
from support.worklist_store import INDEX, copy_store

MEMORY = next(rule for rule in read_rules("worklist") if rule.id == "case-finding-memory")


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    workspace = copy_store(tmp_path_factory.mktemp("expected"))
    file = workspace.part("features", INDEX)
    withheld = pl.when(pl.col("person_id") % 9 == 0).then(None).otherwise(pl.col("has_dementia"))
    pl.read_parquet(file).with_columns(withheld.alias("has_dementia")).write_parquet(file)
    return workspace


def snapshot(store):
    columns = ["person_id", "practice_code", "age", "has_dementia"]
    return pl.read_parquet(store.part("features", INDEX), columns=columns).filter(pl.col("age") >= 65)


def test_everyone_of_whom_the_survey_speaks_is_counted_unless_the_record_is_withheld(store):
    told = people_expected_of(store, INDEX, read_rules("worklist"))
    known = snapshot(store).drop_nulls("has_dementia")
    assert set(told["rule_id"]) == {MEMORY.id}
    assert sorted(told["person_id"]) == sorted(known["person_id"])
    assert told["is_recorded"].sum() == known["has_dementia"].sum() > 0


def test_a_practices_page_says_what_is_expected_and_what_is_recorded(store):
    select(store, INDEX)
    expected = read_month(store, INDEX, "2026-11-01.1").expected
    mine = snapshot(store).drop_nulls("has_dementia").filter(pl.col("practice_code") == "Z00002")
    about = round(mine.height * 0.065)
    said = f"Of the {mine.height} people here that would be about {about}; recorded are {mine['has_dementia'].sum()}."
    assert expected["Z00002", MEMORY.id].endswith(said)
    assert "CFAS II" in expected["Z00002", MEMORY.id]


def test_a_board_without_such_rules_has_no_expectations(store):
    assert people_expected_of(store, INDEX, read_rules("cohort")).is_empty()
