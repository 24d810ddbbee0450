"""What was recorded, in the months that follow: plans that are due, people who move, data that practices correct."""

import json
from datetime import date, timedelta

import polars as pl
import pytest

from riskstrat.project import Workspace
from riskstrat.worklists import dates_to_score_again, render, select
from riskstrat.worklists.returning.reported import report_what_practices_say
from support.returned_lists import keep_record, write_vault
from support.worklist_store import INDEX, as_sent, copy_store, write_intake

OCTOBER = date(2026, 10, 1)
PEOPLE = 900
PLAN = "reviewed - plan made"


@pytest.fixture
def october(tmp_path):
    """A store with October's lists, and the rows of that month."""
    workspace = copy_store(tmp_path / "w", index_dates=(OCTOBER, INDEX))
    return workspace, pl.read_parquet(select(workspace, OCTOBER)).sort("practice_code", "rank").to_dicts()


def november(workspace):
    workspace = Workspace(workspace.root)
    return {row["person_id"]: row for row in pl.read_parquet(select(workspace, INDEX)).to_dicts()}


def meets_no_rule(workspace, person_id):
    """A person of Z00001 whom no rule names in November: hits are taken away."""
    file = workspace.part("rule_hits", INDEX)
    pl.read_parquet(file).filter(pl.col("person_id") != person_id).write_parquet(file)


def landed(workspace, **changes):
    """Write what intake holds again, with registrations changed or rows of other tables added."""
    registrations = [
        {"person_id": n + 1, "practice_code": f"Z{1 + n % 3:05}", "start_date": date(2010, 1, 1)} for n in range(PEOPLE)
    ]
    tables = {
        "person": [{"person_id": n + 1, "birth_date": date(1950, 1, 1), "sex": "1"} for n in range(PEOPLE)],
        "practice": [{"practice_code": f"Z0000{n}", "practice_name": f"{n}"} for n in (1, 2, 3)],
        "registration": registrations,
    }
    write_intake(workspace, tables | {name: make(tables.get(name, [])) for name, make in changes.items()}, INDEX)


@pytest.mark.parametrize(
    ("until", "is_listed"),
    [(INDEX, True), (date(2026, 10, 25), True), (INDEX + timedelta(days=1), False), (None, False)],
)
def test_a_plan_is_followed_up_when_it_is_due_even_where_no_rule_is_met_any_more(october, until, is_listed):
    workspace, rows = october
    person = next(row for row in rows if row["state"] == "listed")
    keep_record(workspace, OCTOBER, person, PLAN, status_date=date(2026, 10, 9), until=until)
    meets_no_rule(workspace, person["person_id"])
    mine = november(workspace).get(person["person_id"])
    if not is_listed:
        assert mine is None
        return
    assert (mine["state"], mine["urgency"], mine["rules"]) == ("listed", 1, "plan-due")
    assert mine["came_back"] == "a plan was made; due to be followed up"


def test_plans_that_are_due_come_before_all_else_and_hold_their_place_for_three_lists(tmp_path):
    months = [date(2026, 8, 1), OCTOBER, INDEX]
    workspace = copy_store(tmp_path / "w", index_dates=months)
    (tmp_path / "w" / "riskstrat.toml").write_text("[worklist]\nreviews_per_month = 3\n", encoding="utf-8")
    rows = pl.read_parquet(select(workspace, months[0])).filter(pl.col("state") == "below_cut").to_dicts()
    last = rows[-1]
    keep_record(workspace, months[0], last, PLAN, status_date=date(2026, 8, 9), until=date(2026, 8, 20))
    states = [pl.read_parquet(select(Workspace(workspace.root), day)) for day in months[1:]]
    october, november = (month.filter(pl.col("person_id") == last["person_id"]).to_dicts() for month in states)
    assert (october[0]["state"], october[0]["rank"] <= 3, october[0]["rules"].split("; ")[0]) == (
        "listed", True, "plan-due",
    )  # fmt: skip
    assert "plan-due" in november[0]["rules"]
    later = workspace.root / "store/feedback/part-000001.parquet"
    until = pl.lit(date(2026, 8, 1)).alias("until")
    pl.read_parquet(later).with_columns(until).write_parquet(later)
    again = pl.read_parquet(select(Workspace(workspace.root), INDEX)).filter(pl.col("person_id") == last["person_id"])
    assert all("plan-due" not in row["rules"] for row in again.to_dicts()), "three lists have had it"


def test_a_plan_is_no_longer_due_once_something_is_recorded_or_a_programme_holds_the_person(october):
    workspace, rows = october
    first, second = [row for row in rows if row["state"] == "listed"][:2]
    for person in (first, second):
        keep_record(workspace, OCTOBER, person, PLAN, status_date=date(2026, 10, 2), until=date(2026, 10, 9))
    keep_record(workspace, OCTOBER, first, "reviewed - no action", status_date=date(2026, 10, 12))
    held = {"person_id": second["person_id"], "programme": "case_management", "start_date": date(2026, 10, 3)}
    landed(workspace, programme=lambda _: [held])
    found = november(workspace)
    assert found[second["person_id"]]["state"] == "held"
    assert found.get(first["person_id"], {"state": "decided"})["state"] == "decided"


def test_a_person_who_moves_practice_moves_with_no_note(october):
    workspace, rows = october
    hits = pl.read_parquet(workspace.part("rule_hits", INDEX)).filter(pl.col("left_off_by").is_null())
    person = next(row for row in rows if row["state"] == "listed" and row["person_id"] in hits["person_id"])
    keep_record(workspace, OCTOBER, person, "declined", status_date=date(2026, 10, 9), note="private to this practice")
    assert november(workspace)[person["person_id"]]["last_note"] == "private to this practice"
    elsewhere = "Z00003" if person["practice_code"] != "Z00003" else "Z00001"

    def moved(registrations):
        return [
            row | ({"practice_code": elsewhere} if row["person_id"] == person["person_id"] else {})
            for row in registrations
        ]

    landed(workspace, registration=moved)
    snapshot = workspace.part("features", INDEX)
    is_it = pl.col("person_id") == person["person_id"]
    pl.read_parquet(snapshot).with_columns(
        pl.when(is_it).then(pl.lit(elsewhere)).otherwise("practice_code").alias("practice_code")
    ).write_parquet(snapshot)
    mine = november(workspace)[person["person_id"]]
    assert mine["practice_code"] == elsewhere
    assert mine["state"] in ("listed", "below_cut")
    nothing = ("decided_status", "decided_on", "last_note", "disagreement", "came_back", "previous_rank")
    assert [mine[name] for name in nothing] == [None] * len(nothing)
    assert mine["row_key"] != person["row_key"]


def test_a_merger_carries_decisions_notes_and_plans_to_the_successor(october):
    workspace, rows = october
    mine = [row for row in rows if row["state"] == "listed" and row["practice_code"] == "Z00001"]
    hits = pl.read_parquet(workspace.part("rule_hits", INDEX)).filter(pl.col("left_off_by").is_null())
    declined, planned = [row for row in mine if row["person_id"] in hits["person_id"]][:2]
    keep_record(workspace, OCTOBER, declined, "declined", status_date=date(2026, 10, 9), note="as before")
    keep_record(workspace, OCTOBER, planned, PLAN, status_date=date(2026, 10, 9), until=date(2026, 10, 30))

    def merged(practices):
        return [
            row
            | (
                {"close_date": date(2026, 10, 15), "successor_code": "Z00002"}
                if row["practice_code"] == "Z00001"
                else {}
            )
            for row in practices
        ]

    landed(workspace, practice=merged)
    found = november(workspace)
    assert {row["practice_code"] for row in found.values()} == {"Z00002", "Z00003"}
    kept = found[declined["person_id"]]
    assert (kept["state"], kept["decided_status"], kept["last_note"]) == ("decided", "declined", "as before")
    assert (found[planned["person_id"]]["state"], found[planned["person_id"]]["practice_code"]) == ("listed", "Z00002")


def test_a_rise_is_measured_with_one_model_only(october):
    """A new champion's other estimate is not a rise: the estimate then is the one that is set beside the one now."""
    workspace, rows = october
    hits = pl.read_parquet(workspace.part("rule_hits", INDEX)).filter(pl.col("left_off_by").is_null())
    person = next(row for row in rows if row["state"] == "listed" and row["person_id"] in hits["person_id"])
    keep_record(workspace, OCTOBER, person, "declined", status_date=date(2026, 10, 9))
    for day, risk, version in ((OCTOBER, 0.2, "1"), (INDEX, 0.6, "2")):
        file = workspace.part("scores", day)
        is_it = (pl.col("person_id") == person["person_id"]) & (pl.col("model") == "emergency_admission_12m")
        pl.read_parquet(file).with_columns(
            pl.when(is_it).then(pl.lit(risk)).otherwise("risk").alias("risk"),
            pl.lit(version).alias("model_version"),
        ).write_parquet(file)
    assert dates_to_score_again(workspace, INDEX) == [OCTOBER]
    assert november(workspace)[person["person_id"]]["state"] == "decided"
    file = workspace.part("scores", OCTOBER)
    pl.read_parquet(file).with_columns(pl.lit("2").alias("model_version")).write_parquet(file)
    assert dates_to_score_again(workspace, INDEX) == []
    assert november(workspace)[person["person_id"]]["state"] == "listed", "by the same version it is a rise"


def test_what_practices_say_of_the_data_goes_to_those_who_mend_them(october, tmp_path):
    workspace, rows = october
    mine = [row for row in rows if row["state"] == "listed" and row["practice_code"] == "Z00001"]
    said = dict(zip(("died", "moved away", "data wrong", "patient objects", "declined"), mine, strict=False))
    for status, row in said.items():
        keep_record(workspace, OCTOBER, row, status, status_date=date(2026, 10, 9), note="his twin has that")
    keep_record(workspace, OCTOBER, mine[5], "died", status_date=date(2026, 10, 9))

    def one_has_died(people):
        dead = said["died"]["person_id"]
        return [row | ({"death_date": date(2026, 10, 3)} if row["person_id"] == dead else {}) for row in people]

    landed(workspace, person=one_has_died)
    page = report_what_practices_say(workspace, INDEX)
    counted = json.loads(page.with_suffix(".json").read_text(encoding="utf-8"))
    assert [(row["status"], row["people"], row["data_disagree"]) for row in counted] == [
        ("died", 2, 1),
        ("moved away", 1, 1),
        ("data wrong", 1, 1),
        ("patient objects", 1, 1),
    ]
    rows = pl.read_parquet(workspace.quarantine / "recorded-by-practices.parquet")
    assert rows.height == 5
    disagree = dict(rows.select("row_key", "data_disagree").rows())
    assert disagree[said["died"]["row_key"]] is False
    assert disagree[mine[5]["row_key"]] is True
    for text in (page.read_text(encoding="utf-8"), page.with_suffix(".json").read_text(encoding="utf-8")):
        assert "twin" not in text
        assert not any(row["row_key"] in text for row in mine), "counts only: nobody is on the page"
    keep_record(workspace, OCTOBER, mine[5], "to review", status_date=date(2026, 10, 12))
    report_what_practices_say(workspace, INDEX)
    assert json.loads(page.with_suffix(".json").read_text(encoding="utf-8"))[0]["people"] == 1, "it was taken back"


def test_the_month_that_follows_shows_notes_and_says_what_two_people_recorded(october, tmp_path):
    workspace, rows = october
    hits = pl.read_parquet(workspace.part("rule_hits", INDEX)).filter(
        pl.col("left_off_by").is_null() & pl.col("rule_id").is_in(["emergency-admission-high", "falls"])
    )
    mine = [r for r in rows if r["state"] == "listed" and r["practice_code"] == "Z00001"]
    noted, disputed = [row for row in mine if row["person_id"] in hits["person_id"]][:2]
    keep_record(workspace, OCTOBER, noted, "to review", note="rang twice")
    for status, owner in (("declined", "Dr Shah"), ("not suitable", "Nurse Ng")):
        keep_record(workspace, OCTOBER, disputed, status, owner=owner, status_date=date(2026, 10, 9))
    found = november(workspace)
    write_vault(workspace, sorted(found))
    render(workspace, INDEX, f"{INDEX}.1", tmp_path / "out")
    with (tmp_path / "out" / "Z00001.csv").open(encoding="utf-8-sig") as handle:
        listed = {row["row_key"]: row for row in pl.read_csv(handle.read().encode(), infer_schema=False).to_dicts()}
    keys = as_sent(pl.DataFrame([noted, disputed]).select("row_key"), f"{INDEX}.1")["row_key"]
    assert listed[keys[0]]["note"] == "rang twice"
    assert listed[keys[0]]["status"] == "to review"
    told = "ecorded differently: declined (Dr Shah); not suitable (Nurse Ng)"
    assert told in listed[keys[1]]["reasons"]
    assert told in (tmp_path / "out" / "Z00001.html").read_text(encoding="utf-8")
