"""However many ranges of people and index dates are worked through at once, snapshots and attrition say the same."""

from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest

from riskstrat.contract import TABLES
from riskstrat.features import build_snapshots, read_snapshot
from riskstrat.features.layers import know_at, register_seeds, stage
from riskstrat.intake import open_store, people
from riskstrat.intake.catalogue import Catalogue, Delivery, HeldTable, table_file, write_catalogue
from riskstrat.project import Workspace
from support.landed import fill, frame_of
from support.ugly import INDEX, PEOPLE, Rows, ugly_rows

NUMBERS = {name: number for number, name in enumerate(PEOPLE, start=1)}
HELD = tuple(name for name, table in TABLES.items() if not table.vault_only)
EARLIER = date(2026, 5, 1)
ORDINARY = {
    "person": fill("person", [{"person": name, "available_date": "2000-01-01"} for name in PEOPLE]),
    "registration": fill("registration", [{"person": name} for name in PEOPLE[:20]]),
    "practice": fill("practice", [{"practice_code": code} for code in ("P1", "P2", "P3")]),
}


def store(root: Path, *parts: Rows) -> Workspace:
    """Return a workspace that took three deliveries of these rows: the last speaks for half of the days only."""
    workspace = Workspace(root)
    deliveries = []
    for number in (1, 2, 3):
        tables = {}
        for name in HELD:
            rows = [row for part in (ORDINARY, *parts) for row in part.get(name, [])]
            frame = frame_of(name, [row for row in rows if int(row.get("delivery") or 1) == number], NUMBERS)
            if not len(frame):
                continue
            order = [c for c in ("person_id", TABLES[name].event_date) if c in frame.columns]
            path = table_file(workspace, name, number)
            path.parent.mkdir(parents=True, exist_ok=True)
            frame.sort(order or frame.columns).write_parquet(path)
            begins = "2026-06-01" if number == 3 else "1990-01-01"
            tables[name] = HeldTable(len(frame), f"{name} {number}", (begins, "2026-10-31"), begins, "2026-10-31")
        deliveries.append(Delivery(number, "2026-10-31", None, True, tables))
    write_catalogue(workspace, Catalogue(tuple(deliveries)))
    return workspace


def made(
    workspace: Workspace, rows_at_once: int, monkeypatch: pytest.MonkeyPatch
) -> tuple[dict[str, pl.DataFrame], int]:
    """Return every table of the two snapshots made so many rows at a time, and in how many ranges they were made."""
    monkeypatch.setattr(people, "ROWS_AT_ONCE", rows_at_once)
    said: list[str] = []
    for note in workspace.store.rglob("inputs.json"):
        note.unlink()
    build_snapshots(workspace, [INDEX, EARLIER], progress=said.append)
    files = {
        f"{layer} {path.parent.name}": pl.read_parquet(path)
        for layer in ("features", "attrition", "sources")
        for path in sorted((workspace.store / layer).rglob("part.parquet"))
    }
    return files, sum(line.startswith("staging") for line in said)


@pytest.mark.parametrize("seed", [1, 2])
def test_one_range_and_many_make_the_same_tables(tmp_path, monkeypatch, seed):
    workspace = store(tmp_path, ugly_rows(seed, HELD, 120, lambda table, row: True))
    alone, ranges = made(workspace, 10**9, monkeypatch)
    assert (len(alone), ranges) == (6, 1)
    several, ranges = made(workspace, 500, monkeypatch)
    assert 3 <= ranges <= 8
    assert [name for name in alone if not several[name].equals(alone[name])] == []
    assert all(several[name].schema == alone[name].schema for name in alone)


def test_index_dates_asked_for_together_and_alone_make_the_same_snapshots(tmp_path):
    rows = ugly_rows(3, HELD, 120, lambda table, row: True)
    together, alone = store(tmp_path / "together", rows), store(tmp_path / "alone", rows)
    build_snapshots(together, [INDEX, EARLIER])
    for day in (INDEX, EARLIER):
        build_snapshots(alone, [day])
        assert read_snapshot(together, day).equals(read_snapshot(alone, day)), day


def test_the_earliest_index_date_asked_for_sees_its_whole_window(tmp_path):
    """Two years before the earlier date are more than two before the later one."""
    first, second = EARLIER - timedelta(days=730), EARLIER - timedelta(days=731)
    issued = [
        {"person": person, "bnf_code": "0212000B0", "issue_date": f"{day}", "available_date": f"{day}"}
        for person, day in ((PEOPLE[0], first), (PEOPLE[1], second))
    ]
    workspace = store(tmp_path, {"gp_prescription": fill("gp_prescription", issued)})
    build_snapshots(workspace, [INDEX, EARLIER])
    for index_date, expected in ((EARLIER, {NUMBERS[PEOPLE[0]]: 730}), (INDEX, {})):
        frame = read_snapshot(workspace, index_date).drop_nulls("days_since_prescription")
        assert dict(frame.select("person_id", "days_since_prescription").iter_rows()) == expected


def test_nothing_is_known_at_an_index_date_that_was_not_staged_for(tmp_path):
    with open_store(store(tmp_path)) as warehouse:
        register_seeds(warehouse)
        stage(warehouse, [INDEX])
        with pytest.raises(ValueError, match=f"nothing is staged for {EARLIER}"):
            know_at(warehouse, EARLIER)


def test_an_attendance_that_moved_counts_for_the_person_it_moved_to(tmp_path, monkeypatch):
    """Its first version is the first person's, its second the last person's: they are not in one range."""
    first, last = PEOPLE[0], PEOPLE[-5]
    versions = [
        {"person": first, "attendance_id": "A", "arrival_date": "2026-03-01", "available_date": "2026-03-20"},
        {"person": last, "attendance_id": "A", "arrival_date": "2026-03-01", "available_date": "2026-06-20"},
    ]
    workspace = store(tmp_path, {"ecds_attendance": fill("ecds_attendance", versions)})
    _, ranges = made(workspace, 25, monkeypatch)
    assert ranges == 2
    for index_date, holds in ((EARLIER, first), (INDEX, last)):
        frame = read_snapshot(workspace, index_date).filter(pl.col("ae_attendances_365d") > 0)
        assert frame["person_id"].to_list() == [NUMBERS[holds]]


def test_ranges_hold_everyone_once_and_about_as_many_rows_as_asked(tmp_path):
    workspace = store(tmp_path)
    with open_store(workspace) as warehouse:
        assert people.people_at_once(warehouse, workspace) == [range(1, 25)]
        ranges = people.people_at_once(warehouse, workspace, rows=10)
    assert [number for held in ranges for number in held] == list(range(1, 25))
    assert len(ranges) == 5, "47 rows"


def test_with_nobody_held_there_is_one_empty_range(tmp_path):
    workspace = Workspace(tmp_path)
    with open_store(workspace) as warehouse:
        assert people.people_at_once(warehouse, workspace) == [range(1, 1)]
