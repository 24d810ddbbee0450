"""Whether lists pass groups by: shares listed against need by the rules and by the estimates, on known people."""

import polars as pl
import pytest

from riskstrat.settings import WorklistSettings
from riskstrat.worklists import select
from riskstrat.worklists.selecting.equity import EQUITY_SCHEMA, equity_of
from support.worklist_store import INDEX, copy_store

PEOPLE = 400
CAPACITY = WorklistSettings(reviews_per_month=100, rising_share=0, no_recent_admission_share=0)


def board(state, *, risk=lambda n: 0.1, priority=lambda n: 0.5, **groups):
    """People 1 to 400 of one practice; ``state(n)`` null for those who met no rule; group columns by function."""
    everyone = range(1, PEOPLE + 1)
    people = pl.DataFrame(
        {"person_id": list(everyone), "practice_code": ["A"] * PEOPLE}
        | {name: [is_in(n) for n in everyone] for name, is_in in groups.items()},
        schema_overrides={"person_id": pl.Int32},
    )
    scores = pl.DataFrame(
        {"person_id": list(everyone), "risk": [risk(n) for n in everyone]}, schema_overrides={"person_id": pl.Int32}
    )
    met = [n for n in everyone if state(n)]
    rows = pl.DataFrame(
        {
            "person_id": met,
            "practice_code": ["A"] * len(met),
            "row_key": [f"{n:016x}" for n in met],
            "state": [state(n) for n in met],
            "urgency": [3] * len(met),
            "priority": [priority(n) for n in met],
            "risk_part": [risk(n) for n in met],
            "rules": ["falls"] * len(met),
            "is_rising": [False] * len(met),
            "has_no_recent_admission": [False] * len(met),
            "previous_months": [None] * len(met),
            "came_back": [None] * len(met),
            "minutes": [None] * len(met),
        },
        schema_overrides={"person_id": pl.Int32, "minutes": pl.Int32, "came_back": pl.String},
    )
    found = equity_of(rows, people, scores, CAPACITY)
    return {(row["dimension"], row["value"]): row for row in found.to_dicts()}


def half_listed(n):
    return ("listed" if n % 2 else "below_cut") if n <= 200 else None


def test_a_group_that_competes_and_is_not_listed_is_passed_by_and_told_what_would_restore_it():
    found = board(
        half_listed,
        imd_decile=lambda n: 1 if n % 2 == 0 and n <= 80 else 10,
        has_smi=lambda n: 1 if n <= 20 else 0,
    )
    deprived = found["deprivation", "most deprived fifth"]
    assert (deprived["met_a_rule"], deprived["listed"], deprived["is_passed_by"]) == (40, 0, True)
    assert (deprived["share_of_rule"], deprived["share_of_list"], deprived["places_to_equal"]) == (0.2, 0.0, 20)
    smi = found["severe mental illness", "recorded"]
    assert (smi["met_a_rule"], smi["listed"], smi["is_passed_by"]) == (20, 10, False)
    assert ("learning disability", "recorded") not in found, "a dimension the snapshot has not is not made up"


def test_a_group_whom_the_rules_themselves_pass_by_shows_against_the_estimates():
    """A quarter of the expected admissions, and nobody of them meets a rule."""
    found = board(half_listed, ethnic_category=lambda n: "M" if n > 300 else "A" if n > 10 else None)
    black = found["ethnicity", "Black or Black British"]
    assert (black["adults"], black["met_a_rule"], black["listed"]) == (100, 0, 0)
    assert (black["share_of_adults"], black["share_of_need"], black["share_of_rule"]) == (0.25, 0.25, 0.0)
    assert not black["is_passed_by"], "nobody of them competed"
    assert black["is_below_need"]
    assert (black["places_to_equal"], black["places_to_need"]) == (0, 25)
    assert found["ethnicity", "White"]["is_below_need"] is False
    assert found["ethnicity", "Not known"]["adults"] == 10


def test_need_follows_the_estimates_and_leaves_out_who_is_supported_or_decided_about():
    found = board(
        lambda n: "held" if n <= 50 else "decided" if n <= 100 else half_listed(n - 100),
        risk=lambda n: 0.3 if n % 4 == 0 else 0.1,
        has_dementia=lambda n: 1 if n % 4 == 0 else 0,
    )
    dementia = found["dementia", "recorded"]
    assert dementia["adults"] == 75
    assert dementia["share_of_need"] == 0.5, "75 of 300 people at three times the risk of the others"


def test_a_priority_that_pushes_a_group_down_is_seen_by_who_the_estimate_alone_would_list():
    """40 people of the group have the highest estimates; the priority puts them last."""
    found = board(
        lambda n: "listed" if 41 <= n <= 140 else "below_cut" if n <= 200 else None,
        risk=lambda n: 0.9 if n <= 40 else 0.1,
        priority=lambda n: 0.0 if n <= 40 else 0.5,
        has_learning_disability=lambda n: 1 if n <= 40 else 0,
        has_smi=lambda n: 1 if 41 <= n <= 200 else 0,
    )
    pushed = found["learning disability", "recorded"]
    assert (pushed["brought_up"], pushed["pushed_down"], pushed["is_pushed_down"]) == (0, 40, True)
    others = found["severe mental illness", "recorded"]
    assert (others["brought_up"], others["pushed_down"], others["is_pushed_down"]) == (40, 0, False)


def test_without_estimates_need_is_not_known_and_nobody_is_flagged_by_it():
    found = board(half_listed, risk=lambda n: None, has_smi=lambda n: 1 if n <= 20 else 0)
    smi = found["severe mental illness", "recorded"]
    assert (smi["share_of_need"], smi["is_below_need"], smi["places_to_need"]) == (None, False, 0)


@pytest.fixture(scope="module")
def selected(tmp_path_factory):
    workspace = copy_store(tmp_path_factory.mktemp("equity") / "w")
    rows = pl.read_parquet(select(workspace, INDEX))
    return rows, pl.read_parquet(workspace.part("worklist_equity", INDEX))


def test_the_groups_of_a_dimension_that_covers_everyone_add_up(selected):
    rows, found = selected
    assert dict(found.schema) == EQUITY_SCHEMA
    listed = rows.filter(pl.col("state") == "listed").height
    for dimension in ("deprivation", "ethnicity"):
        mine = found.filter(pl.col("dimension") == dimension)
        assert mine["listed"].sum() == listed
        assert mine["met_a_rule"].sum() == rows.filter(pl.col("state").is_in(["listed", "below_cut"])).height
        assert mine["share_of_need"].sum() == pytest.approx(1, abs=1e-5)
        assert mine["brought_up"].sum() == mine["pushed_down"].sum(), "every place one loses another gains"
    assert set(found["dimension"]) == {
        "deprivation", "ethnicity", "learning disability", "severe mental illness", "dementia"
    }  # fmt: skip
