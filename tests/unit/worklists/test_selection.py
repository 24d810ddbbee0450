"""Selection over a made store: who is shown, who is not and why, and what never happens."""

from datetime import date, timedelta

import polars as pl
import pytest

from riskstrat.errors import UsageFault
from riskstrat.project import Workspace, add_months
from riskstrat.rules import evaluate
from riskstrat.worklists import select
from riskstrat.worklists.selecting.keys import row_keys
from support.returned_lists import keep_record
from support.worklist_store import INDEX, KEY, copy_store, write_intake, write_worklist_store

OCTOBER = date(2026, 10, 1)
PEOPLE = 900
TABLES = ("worklists", "worklist_counts", "worklist_left", "worklist_equity")


def run(workspace: Workspace, *dates: date) -> pl.DataFrame:
    workspace = Workspace(workspace.root)  # settings are read once for each workspace
    for day in dates or (INDEX,):
        if not workspace.part("rule_hits", day).is_file():
            evaluate(workspace, day)
        path = select(workspace, day)
    return pl.read_parquet(path)


def counts(workspace: Workspace, step: str, practice: str = "Z00001") -> int:
    table = pl.read_parquet(workspace.part("worklist_counts", INDEX))
    (people,) = table.filter((pl.col("step").str.contains(step, literal=True)) & (pl.col("practice_code") == practice))[
        "people"
    ]
    return people


def registrations(**changes: dict[str, object]) -> list[dict[str, object]]:
    return [
        {"person_id": n + 1, "practice_code": f"Z{1 + n % 3:05}", "start_date": date(2010, 1, 1)}
        | changes.get(f"p{n + 1}", {})
        for n in range(PEOPLE)
    ]


@pytest.fixture
def listed_first(tmp_path):
    """The people an untouched store lists for practice Z00001, in order; the store is made again by each test."""
    rows = run(copy_store(tmp_path / "before"))
    mine = rows.filter((pl.col("practice_code") == "Z00001") & (pl.col("state") == "listed")).sort("rank")
    return mine["person_id"].to_list()


def test_rows_are_ranked_keyed_and_within_capacity(tmp_path):
    workspace = copy_store(tmp_path)
    (tmp_path / "riskstrat.toml").write_text("[worklist.practices.Z00002]\nreviews_per_month = 3\n", encoding="utf-8")
    rows = run(workspace)
    listed = rows.filter(pl.col("state") == "listed")
    sizes = dict(listed.group_by("practice_code").len().rows())
    assert sizes == {"Z00001": 20, "Z00002": 3, "Z00003": 20}
    for _, mine in listed.group_by("practice_code"):
        assert sorted(mine["rank"]) == list(range(1, mine.height + 1))
        ordered = mine.sort("rank")
        assert ordered.sort("urgency", -pl.col("priority"), "row_key")["rank"].to_list() == ordered["rank"].to_list()
    assert rows["row_key"].is_unique().all()
    assert rows["row_key"].str.contains("^[a-z]{16}$").all()
    assert rows["person_id"].is_unique().all(), "one person appears once, with all their rules"
    assert rows.filter(pl.col("state") != "listed")["rank"].null_count() == rows.height - listed.height
    assert set(listed["change"]) == {"NEW"}


def test_the_same_inputs_give_the_same_bytes(tmp_path):
    made = [write_worklist_store(tmp_path / name, people=PEOPLE) for name in ("a", "b")]
    for workspace in made:
        run(workspace)
        run(workspace)
    for table in TABLES:
        first, second = (workspace.part(table, INDEX).read_bytes() for workspace in made)
        assert first == second, table


def test_the_order_of_rows_in_the_store_changes_nothing(tmp_path):
    plain, shuffled = (copy_store(tmp_path / name) for name in ("plain", "shuffled"))
    for layer in ("features", "scores", "sources"):
        file = shuffled.part(layer, INDEX)
        pl.read_parquet(file).sample(fraction=1, shuffle=True, seed=5).write_parquet(file)
    shuffled.part("rule_hits", INDEX).unlink()
    write_intake(shuffled, {"registration": registrations()[::-1], "person": [], "practice": []}, INDEX)
    assert run(plain).equals(run(shuffled))


EVERYONE = {
    "registration": registrations(),
    "person": [{"person_id": n + 1, "birth_date": date(1950, 1, 1), "sex": "1"} for n in range(PEOPLE)],
}

BARRED = {
    "died": {"person": {"death_date": INDEX + timedelta(days=9)}},
    "restricted": {"person": {"restricted": True}},
    "type 1": {"opt_out": {"kind": "type_1"}},
    "national": {"opt_out": {"kind": "national"}},
    "objection": {"opt_out": {"kind": "objection"}},
    "moved": {"moved": "Z00003"},
    "left": {"left": INDEX + timedelta(days=3)},
    "temporary": {"type": "temporary"},
}


@pytest.mark.parametrize("news", BARRED)
def test_nobody_known_today_to_be_off_is_in_any_table_whenever_the_news_came(tmp_path, listed_first, news):
    who, change = listed_first[0], BARRED[news]
    people = [{"person_id": n + 1, "birth_date": date(1950, 1, 1), "sex": "1"} for n in range(PEOPLE)]
    people[who - 1] |= change.get("person", {})
    regs = registrations()
    if "left" in change:
        regs[who - 1]["end_date"] = change["left"]
    if "type" in change:
        regs[who - 1]["registration_type"] = change["type"]
    if "moved" in change:
        regs[who - 1]["end_date"] = INDEX + timedelta(days=3)
        regs.append({"person_id": who, "practice_code": change["moved"], "start_date": INDEX + timedelta(days=3)})
    intake = {"person": people, "registration": regs}
    if "opt_out" in change:
        intake["opt_out"] = [{"person_id": who, "start_date": INDEX + timedelta(days=2)} | change["opt_out"]]
    workspace = copy_store(tmp_path / "after")
    write_intake_as_of(workspace, intake, INDEX + timedelta(days=20))
    rows = run(workspace)
    assert who not in rows["person_id"]
    for table in TABLES:
        frame = pl.read_parquet(workspace.part(table, INDEX))
        assert "person_id" not in frame.columns or who not in frame["person_id"]
    mine = rows.filter((pl.col("practice_code") == "Z00001") & (pl.col("state") == "listed")).sort("rank")
    assert mine["person_id"].to_list()[:19] == listed_first[1:]
    step = "died" if news == "died" else "moved practice" if news in ("moved", "left", "temporary") else "not permitted"
    assert counts(workspace, f"known since to have {step}" if step != "not permitted" else "not permitted") == 1


def write_intake_as_of(workspace, intake, as_of):
    practices = [{"practice_code": f"Z{n:05}", "practice_name": f"Practice {n}"} for n in (1, 2, 3)]
    write_intake(workspace, {"practice": practices, **intake}, as_of)


def test_a_boards_own_decision_opens_case_finding_for_one_kind_of_opt_out(tmp_path, listed_first):
    who = listed_first[0]
    workspace = copy_store(tmp_path / "w")
    out = [{"person_id": who, "kind": "national", "start_date": date(2020, 1, 1)}]
    write_intake_as_of(workspace, {"opt_out": out, **EVERYONE}, INDEX)
    assert who not in run(workspace)["person_id"]
    (workspace.root / "riskstrat.toml").write_text(
        '[opt_out.national]\ncase_finding = { allow = "board of 1 May 2026, section 251" }\n', encoding="utf-8"
    )
    assert who in run(workspace)["person_id"]


def test_children_are_counted_and_never_listed(tmp_path):
    workspace = copy_store(tmp_path)
    rows = run(workspace)
    snapshot = pl.read_parquet(workspace.part("features", INDEX))
    children = snapshot.filter(pl.col("age") < 18)
    assert children.height > 0
    assert not set(children["person_id"]) & set(rows["person_id"])
    assert counts(workspace, "under 18") == children.filter(pl.col("practice_code") == "Z00001").height


def test_steps_add_up(tmp_path):
    workspace = copy_store(tmp_path)
    rows = run(workspace)
    table = pl.read_parquet(workspace.part("worklist_counts", INDEX))
    for _, mine in table.group_by("practice_code"):
        people = dict(mine.sort("position").select("step", "people").rows())
        off = sum(people[s] for s in people if s.startswith(("under", "not permitted", "known since")))
        assert people["registered at the index date"] - off == people["may be shown"]
        parts = ("already supported by a programme", "decided earlier, and that still stands", "on the list")
        below = people["below the cut: more people than the practice has time for"]
        assert people["meet a rule"] == sum(people[s] for s in parts) + below
    assert rows.height == table.filter(pl.col("step") == "meet a rule")["people"].sum()


def test_people_a_programme_holds_are_not_listed_and_say_so(tmp_path, listed_first):
    first, second, third, *_ = listed_first
    programmes = [
        {"person_id": first, "programme": "case_management", "start_date": date(2026, 9, 1)},
        {"person_id": first, "programme": "virtual_ward", "start_date": INDEX + timedelta(days=1)},
        {
            "person_id": second,
            "programme": "case_management",
            "start_date": date(2026, 1, 1),
            "end_date": date(2026, 6, 1),
        },
        {"person_id": third, "programme": "case_management", "start_date": date(2027, 1, 1)},
    ]
    workspace = copy_store(tmp_path / "w")
    write_intake_as_of(workspace, {"programme": programmes, **EVERYONE}, INDEX)
    rows = {row["person_id"]: row for row in run(workspace).to_dicts()}
    assert (rows[first]["state"], rows[first]["held_by"]) == ("held", "case management")
    assert rows[first]["held_since"] == date(2026, 9, 1)
    assert rows[second]["state"] == "listed", "the programme ended"
    assert rows[third]["state"] == "listed", "the programme has not begun"


def test_a_merger_carries_people_and_their_history_to_the_successor(tmp_path):
    workspace = copy_store(tmp_path, index_dates=(OCTOBER, INDEX))
    october = run(workspace, OCTOBER)
    practices = [
        {"practice_code": "Z00001", "practice_name": "x", "close_date": date(2026, 10, 15), "successor_code": "Z00002"},
        {"practice_code": "Z00002", "practice_name": "y"},
        {"practice_code": "Z00003", "practice_name": "z"},
    ]
    people = [{"person_id": n + 1, "birth_date": date(1950, 1, 1), "sex": "1"} for n in range(PEOPLE)]
    write_intake(workspace, {"practice": practices, "registration": registrations(), "person": people}, INDEX)
    rows = run(workspace, INDEX)
    assert set(rows["practice_code"]) == {"Z00002", "Z00003"}
    moved = october.filter((pl.col("practice_code") == "Z00001") & (pl.col("state") == "listed"))["person_id"]
    carried = rows.filter(pl.col("person_id").is_in(moved.implode()) & (pl.col("state") == "listed"))
    assert carried.height > 0
    assert "NEW" not in carried["change"].to_list()


def test_change_is_told_against_the_list_before_and_leaving_has_a_reason(tmp_path):
    months = [add_months(INDEX, -n) for n in (4, 3, 2, 1, 0)]
    workspace = copy_store(tmp_path, index_dates=months)
    lists = [run(workspace, day) for day in months]
    seen: set[tuple[int, str]] = set()
    before: dict[tuple[int, str], int] = {}
    stayed = {}
    for day, rows in zip(months, lists, strict=True):
        listed = {(r["person_id"], r["practice_code"]): r for r in rows.filter(pl.col("state") == "listed").to_dicts()}
        for who, row in listed.items():
            moved = before.get(who, 0) - row["rank"]
            told = "NEW" if who not in seen else "BACK" if who not in before else "same"
            if who in before and moved:
                told = f"up {moved}" if moved > 0 else f"down {-moved}"
            assert row["change"] == told
            stayed[who] = stayed.get(who, 0) + 1 if who in before else 1
            assert row["months_listed"] == stayed[who]
        left = pl.read_parquet(workspace.part("worklist_left", day))
        assert {(r["person_id"], r["practice_code"]) for r in left.to_dicts()} == set(before) - set(listed)
        assert left["reason"].null_count() == 0
        seen |= set(listed)
        before = {who: row["rank"] for who, row in listed.items()}


def test_nobody_gives_way_within_their_urgency_in_the_first_months(tmp_path):
    workspace = copy_store(tmp_path, index_dates=(OCTOBER, INDEX))
    (tmp_path / "riskstrat.toml").write_text("[worklist]\nrising_share = 0.0\n", encoding="utf-8")
    october, november = run(workspace, OCTOBER), run(workspace, INDEX)
    was = october.filter(pl.col("state") == "listed").select("person_id")
    cut_off = november.join(was, on="person_id").filter(pl.col("state") == "below_cut")
    for row in cut_off.to_dicts():
        fresh = november.filter(
            (pl.col("practice_code") == row["practice_code"])
            & (pl.col("state") == "listed")
            & (pl.col("change") == "NEW")
        )
        assert fresh.filter(pl.col("urgency") >= row["urgency"]).height == 0


def recorded(workspace: Workspace, row: dict[str, object], status: str, **more: object) -> None:
    keep_record(workspace, OCTOBER, row, status, **{"status_date": date(2026, 10, 20)} | more)


@pytest.fixture
def two_months(tmp_path):
    workspace = copy_store(tmp_path / "two", index_dates=(OCTOBER, INDEX))
    rows = run(workspace, OCTOBER)
    hits = pl.read_parquet(workspace.part("rule_hits", INDEX))
    still = hits.filter(
        pl.col("left_off_by").is_null() & pl.col("rule_id").is_in(["emergency-admission-high", "falls"])
    )
    mine = rows.filter((pl.col("state") == "listed") & pl.col("person_id").is_in(still["person_id"].implode()))
    return workspace, mine.sort("rank").to_dicts()[0]


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("to review", "listed"),
        ("reviewed - no action", "decided"),
        ("declined", "decided"),
        ("not suitable", "decided"),
        ("already managed", "decided"),
        ("on caseload", "held"),
        ("died", "decided"),
        ("patient objects", "decided"),
    ],
)
def test_what_was_recorded_last_month_counts_this_month(two_months, status, state):
    workspace, person = two_months
    recorded(workspace, person, status, note="spoke to daughter")
    rows = {row["person_id"]: row for row in run(workspace, INDEX).to_dicts()}
    assert rows[person["person_id"]]["state"] == state
    if state == "decided":
        assert rows[person["person_id"]]["decided_status"] == status
        assert rows[person["person_id"]]["last_note"] == "spoke to daughter"
        left = pl.read_parquet(workspace.part("worklist_left", INDEX))
        assert left.filter(pl.col("person_id") == person["person_id"])["reason"].to_list() == [f"recorded: {status}"]


def test_a_record_on_a_later_list_does_not_reach_back(two_months):
    workspace, person = two_months
    before = pl.read_parquet(workspace.part("worklists", OCTOBER))
    recorded(workspace, person, "declined")
    assert run(workspace, OCTOBER).equals(before)


@pytest.mark.parametrize(("then", "now", "comes_back"), [(0.20, 0.31, True), (0.20, 0.29, False), (0.60, 0.75, False)])
def test_a_large_rise_in_risk_breaks_a_snooze_and_nothing_smaller_does(two_months, then, now, comes_back):
    workspace, person = two_months
    for day, risk in ((OCTOBER, then), (INDEX, now)):
        file = workspace.part("scores", day)
        is_it = (pl.col("person_id") == person["person_id"]) & (pl.col("model") == "emergency_admission_12m")
        pl.read_parquet(file).with_columns(
            pl.when(is_it).then(pl.lit(risk)).otherwise("risk").alias("risk"),
            pl.when(is_it).then(pl.lit("very high")).otherwise("band").alias("band"),
        ).write_parquet(file)
    evaluate(workspace, INDEX)
    recorded(workspace, person, "snoozed", until=date(2027, 3, 1))
    rows = {row["person_id"]: row for row in run(workspace, INDEX).to_dicts()}
    mine = rows[person["person_id"]]
    assert (mine["state"] != "decided") is comes_back
    assert (mine["came_back"] is not None) is comes_back


def test_two_people_recording_different_things_is_shown_and_decides_nothing(two_months):
    workspace, person = two_months
    recorded(workspace, person, "declined")
    recorded(workspace, person, "not suitable")
    rows = {row["person_id"]: row for row in run(workspace, INDEX).to_dicts()}
    mine = rows[person["person_id"]]
    assert mine["state"] in ("listed", "below_cut")
    assert mine["disagreement"] == "recorded differently: declined; not suitable"


def test_row_keys_need_the_key_and_differ_between_practices():
    people = pl.DataFrame({"person_id": [1, 1, 2], "practice_code": ["A", "B", "A"]})
    keys = row_keys(KEY, people)
    assert keys.is_unique().all()
    assert row_keys(KEY, people).equals(keys)
    assert not set(row_keys(b"x" * 32, people)) & set(keys)


def test_needs_the_rules_first(tmp_path):
    workspace = write_worklist_store(tmp_path, people=50)
    with pytest.raises(UsageFault, match="the rules have not been run at 2026-11-01"):
        select(workspace, INDEX)
