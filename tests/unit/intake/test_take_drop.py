"""A clean drop, taken: what is in the store, what is in the vault, and that taking it again changes nothing."""

import json
import stat
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from riskstrat.contract import TABLES
from riskstrat.intake import bar_people, expose, identities, known_off_list, lookup, pseudonyms, take_drop
from riskstrat.intake.identity import pseudonym
from riskstrat.project import Workspace
from riskstrat.warehouse import Warehouse
from support.drops import KEY, NUMBERS, store_bytes, tables, workspace, write_drop


@pytest.fixture
def taken(tmp_path: Path) -> Workspace:
    board = workspace(tmp_path / "board")
    take_drop(board, write_drop(tmp_path / "drop"))
    return board


def test_every_contract_table_can_be_read_and_no_number_is_in_the_store(taken: Workspace) -> None:
    with Warehouse(taken.scratch) as warehouse:
        expose(warehouse, taken)
        for name, table in TABLES.items():
            if table.vault_only:
                continue
            frame = warehouse.frame(f"SELECT * FROM intake.{name}")
            assert frame.columns[-1] == "delivery"
            assert "nhs_number" not in frame.columns
            assert len(frame) == len(tables().get(name, ()))
        source = {row[0]: row[1:] for row in warehouse.rows("FROM intake.source")}
    assert str(source["gp_event"][4]) == "2026-10-28"
    assert source["urgent_call"][0] is False
    stored = b"".join(path.read_bytes() for path in taken.store.rglob("*") if path.is_file())
    assert not [number for number in NUMBERS if number.encode() in stored]
    assert b"Family" not in stored


def test_the_same_drop_again_changes_nothing(taken: Workspace, tmp_path: Path) -> None:
    before = store_bytes(taken)
    again = take_drop(taken, tmp_path / "drop")
    assert (again.is_new, again.delivery) == (False, 1)
    assert store_bytes(taken) == before


def test_two_workspaces_with_one_key_hold_the_same_bytes(taken: Workspace, tmp_path: Path) -> None:
    other = workspace(tmp_path / "other")
    take_drop(other, tmp_path / "drop")
    assert store_bytes(other) == store_bytes(taken)


def test_people_are_numbered_in_the_order_of_their_pseudonyms(taken: Workspace) -> None:
    key = bytes.fromhex(KEY)
    expected = sorted(NUMBERS[:10], key=lambda number: pseudonym(key, number))
    assert [lookup(taken, number) for number in expected] == list(range(1, 11))
    assert identities(taken, range(1, 11))["nhs_number"].to_list() == expected
    vault = pl.read_parquet(next(taken.vault.glob("*.parquet")))
    assert vault["pseudonym"].to_list() == [pseudonym(key, number) for number in expected]
    assert pseudonyms(taken, [NUMBERS[11], NUMBERS[0]]) == [(NUMBERS[0], lookup(taken, NUMBERS[0]))]


def test_vault_files_are_for_their_owner_alone(taken: Workspace) -> None:
    assert stat.S_IMODE(taken.vault.stat().st_mode) == 0o700
    assert [stat.S_IMODE(path.stat().st_mode) for path in taken.vault.iterdir()] == [0o600]


def test_who_may_be_used_and_who_is_off_every_list(taken: Workspace) -> None:
    person = {n: lookup(taken, NUMBERS[n]) for n in range(10)}
    with Warehouse(taken.scratch) as warehouse:
        expose(warehouse, taken)
        bar_people(warehouse, taken, "case_finding")
        barred = set(warehouse.rows("FROM permission.barred"))
        bar_people(warehouse, taken, "planning")
        planning = set(warehouse.rows("FROM permission.barred"))
        known_off_list(warehouse)
        off_list = set(warehouse.rows("FROM permission.off_list"))
    # The objection of the third person ended before the latest day the drop covers.
    assert barred == {(person[0], "type_1"), (person[1], "national"), (person[9], "restricted")}
    assert planning == {(person[0], "type_1"), (person[1], "national")}
    assert off_list == {(person[8], "died"), (person[9], "restricted")}


def test_what_was_taken_is_said_without_anything_about_a_person(tmp_path: Path) -> None:
    frames = tables()
    frames["gp_event"] = pl.concat([frames["gp_event"], frames["gp_event"][:2]])
    frames["opt_out"] = frames["opt_out"].with_columns(kind=pl.Series(["type_1", "national", "type_3"]))
    board = workspace(tmp_path / "board")
    result = take_drop(board, write_drop(tmp_path / "drop", frames))
    lines = result.as_text().splitlines()
    assert lines[0] == "delivery 1 taken"
    assert "    1 quarantined: kind: not one of the values of the contract" in lines
    assert "    2 exact duplicates dropped" in lines
    assert lines[-1] == f"quality report: {board.quality / '000001.html'}"
    said = result.as_dict()
    assert said["tables"]["opt_out"] == {
        "rows_in": 3,
        "taken": 2,
        "quarantined": {"kind: not one of the values of the contract": 1},
        "duplicates": 0,
        "dropped": 0,
        "conflicts": 0,
    }
    page = result.quality_report.read_text(encoding="utf-8")
    machine = (board.quality / "000001.json").read_text(encoding="utf-8")
    for text in (result.as_text(), str(said), page, machine):
        assert not [number for number in NUMBERS if number in text]
        assert "Family" not in text
    assert "kind: not one of the values of the contract" in page
    assert "gp_event: half within" in page
    assert json.loads(machine)["tables"]["gp_event"]["lateness_days"] == {"p10": 0, "p50": 2, "p90": 4, "p99": 4}
    assert take_drop(board, tmp_path / "drop").as_text().startswith("nothing new")


def test_what_is_odd_in_what_is_held_is_counted(tmp_path: Path) -> None:
    frames = tables()
    second = frames["registration"][:2].with_columns(
        practice_code=pl.lit("Z00002"), start_date=pl.Series([date(2025, 1, 1), date(2025, 1, 1)])
    )
    frames["registration"] = pl.concat([frames["registration"][:9], second[:1]])
    frames["practice"] = frames["practice"].with_columns(close_date=pl.Series([None, date(2026, 5, 1)]))
    episode = frames["apc_episode"]
    other_day = episode[:1].with_columns(episode_number=pl.lit(2, pl.Int64), admission_date=pl.lit(date(2026, 2, 27)))
    frames["apc_episode"] = pl.concat([episode, other_day])
    frames["gp_prescription"] = frames["person"][:2].select(
        "nhs_number",
        issue_date=pl.lit(date(2026, 2, 27)),
        bnf_code=pl.Series(["0212000B0AAAAAA", None]),
        dmd_code=pl.lit("319740004"),
    )
    board = workspace(tmp_path / "board")
    take_drop(board, write_drop(tmp_path / "drop", frames))
    found = json.loads((board.quality / "000001.json").read_text(encoding="utf-8"))["exceptions"]
    assert sorted(title.split(" (")[0] for title, rows in found.items() if rows == 1) == [
        "Closed practices that name no successor while people are still registered with them",
        "People with no registration at all",
        "People with two regular registrations open at once",
        "Prescriptions with a dm+d code and no BNF code",
        "Spells whose episodes state different admission dates",
    ]
