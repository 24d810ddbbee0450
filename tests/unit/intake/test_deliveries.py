"""Several deliveries: what replaces what, which versions stay, and what a restatement may remove."""

import json
import shutil
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from riskstrat.errors import InputRefused
from riskstrat.intake import expose, identities, lookup, take_drop
from riskstrat.intake.catalogue import read_catalogue
from riskstrat.project import Workspace
from riskstrat.warehouse import Warehouse
from support.drops import NUMBERS, nhs_number, store_bytes, tables, workspace, write_drop


def held(board: Workspace, sql: str) -> list[tuple[Any, ...]]:
    with Warehouse(board.scratch) as warehouse:
        expose(warehouse, board)
        return warehouse.rows(sql)


@pytest.fixture
def board(tmp_path: Path) -> Workspace:
    made = workspace(tmp_path / "board")
    take_drop(made, write_drop(tmp_path / "first"))
    return made


def events(*days: date, person: int = 0) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "nhs_number": [NUMBERS[person]] * len(days),
            "event_date": list(days),
            "snomed_code": [str(200000 + n) for n in range(len(days))],
        }
    )


def test_a_file_replaces_the_days_it_covers_and_no_others(board: Workspace, tmp_path: Path) -> None:
    only_2026 = {"gp_event": events(date(2026, 3, 10), date(2026, 6, 10), date(2026, 9, 10))}
    drop = write_drop(tmp_path / "second", only_2026, period="2026-01-01/2026-12-31")
    result = take_drop(board, drop, accept_restatement="the practice moved to another system")
    assert result.restatements == ["gp_event: restated, 13 held before, 3 now, over 3 months"]
    years = held(board, "SELECT YEAR(event_date), delivery, COUNT(*) FROM intake.gp_event GROUP BY ALL ORDER BY ALL")
    assert years == [(2024, 1, 14), (2025, 1, 13), (2026, 2, 3)]
    assert len(pl.read_parquet(board.store / "intake" / "gp_event" / "delivery=000001.parquet")) == 40
    assert read_catalogue(board).deliveries[1].accepted_restatement == "the practice moved to another system"


def test_a_removal_of_more_than_a_tenth_of_a_month_is_refused(board: Workspace, tmp_path: Path) -> None:
    before = store_bytes(board)
    rows = tables()["gp_event"]
    with pytest.raises(InputRefused) as refused:
        take_drop(board, write_drop(tmp_path / "second", {"gp_event": rows[1:]}))
    assert "gp_event, 2024-01: 5 held, 4 in the drop" in str(refused.value)
    assert "--accept-restatement" in str(refused.value)
    assert store_bytes(board) == before


def test_a_removal_of_a_tenth_is_taken_and_of_more_is_not(tmp_path: Path) -> None:
    board = workspace(tmp_path / "board")
    hundred = events(*[date(2026, 3, 1 + n % 28) for n in range(100)])
    take_drop(board, write_drop(tmp_path / "first", {**tables(), "gp_event": hundred}))
    with pytest.raises(InputRefused, match="2026-03: 100 held, 89 in the drop"):
        take_drop(board, write_drop(tmp_path / "too few", {"gp_event": hundred[:89]}))
    take_drop(board, write_drop(tmp_path / "enough", {"gp_event": hundred[:90]}))
    assert held(board, "SELECT COUNT(*) FROM intake.gp_event") == [(90,)]


def test_of_deliveries_that_cover_a_day_the_last_decides(board: Workspace, tmp_path: Path) -> None:
    """The second delivery still holds the March episodes, the third covers March and has one of them."""
    episodes = tables()["apc_episode"].with_columns(available_date=pl.lit(date(2026, 6, 1)))
    second = write_drop(tmp_path / "second", {"apc_episode": episodes}, period="2026-01-01/2026-03-31")
    third = write_drop(tmp_path / "third", {"apc_episode": episodes[:1]}, period="2026-03-01/2026-06-30")
    take_drop(board, second)
    assert held(board, "SELECT delivery, COUNT(*) FROM intake.apc_episode GROUP BY 1 ORDER BY 1") == [(1, 4), (2, 4)]
    take_drop(board, third, accept_restatement="three were of another hospital")
    assert held(board, "SELECT delivery, COUNT(*) FROM intake.apc_episode GROUP BY 1 ORDER BY 1") == [(1, 1), (3, 1)]


def test_an_earlier_version_of_a_thing_stays_known_for_earlier_index_dates(board: Workspace, tmp_path: Path) -> None:
    """A death learnt of later must not make the person unknown before: both versions are held."""
    later = tables()["person"].with_columns(
        death_date=pl.Series([date(2026, 11, 20), *[None] * 9], dtype=pl.Date),
        available_date=pl.Series([date(2026, 12, 2)] * 10),
    )
    take_drop(board, write_drop(tmp_path / "second", {"person": later}, period="2024-01-01/2026-11-30"))
    person = lookup(board, NUMBERS[0])
    versions = "SELECT available_date, death_date, delivery FROM intake.person WHERE person_id = ? ORDER BY 1"
    assert held(board, versions.replace("?", str(person))) == [
        (date(2026, 11, 2), None, 1),
        (date(2026, 12, 2), date(2026, 11, 20), 2),
    ]


def test_a_version_sent_again_with_the_same_day_replaces_the_earlier(board: Workspace, tmp_path: Path) -> None:
    changed = tables()["apc_episode"].with_columns(discharge_method=pl.lit("2"))
    take_drop(board, write_drop(tmp_path / "second", {"apc_episode": changed}))
    assert held(board, "SELECT DISTINCT discharge_method, delivery FROM intake.apc_episode") == [("2", 2)]


def test_a_thing_no_longer_sent_is_gone(board: Workspace, tmp_path: Path) -> None:
    drop = write_drop(tmp_path / "second", {"apc_episode": tables()["apc_episode"][1:]})
    take_drop(board, drop, accept_restatement="sent in error")
    assert held(board, "SELECT COUNT(*) FROM intake.apc_episode") == [(3,)]


def test_rows_outside_the_stated_days_are_added_once(board: Workspace, tmp_path: Path) -> None:
    old = tables()["gp_event"].filter(pl.col("event_date") < date(2025, 1, 1))
    new = events(date(2026, 10, 20)).with_columns(value=pl.lit(None, pl.Float64), available_date=pl.lit(None, pl.Date))
    drop = write_drop(tmp_path / "second", {"gp_event": pl.concat([old, new])}, period="2026-10-01/2026-10-31")
    result = take_drop(board, drop)
    assert (result.tables["gp_event"].taken, result.tables["gp_event"].duplicates) == (1, 14)
    assert held(board, "SELECT COUNT(*) FROM intake.gp_event") == [(41,)]


def test_an_earlier_drop_again_changes_nothing_if_nothing_later_covers_it(board: Workspace, tmp_path: Path) -> None:
    january = write_drop(tmp_path / "jan", {"urgent_call": calls(date(2026, 1, 5))}, period="2026-01-01/2026-01-31")
    february = write_drop(tmp_path / "feb", {"urgent_call": calls(date(2026, 2, 5))}, period="2026-02-01/2026-02-28")
    assert [take_drop(board, drop).is_new for drop in (january, february, january, february)] == [
        True,
        True,
        False,
        False,
    ]
    assert held(board, "SELECT COUNT(*) FROM intake.urgent_call") == [(2,)]
    again = write_drop(tmp_path / "both", {"urgent_call": calls(date(2026, 1, 5))}, period="2026-01-01/2026-02-28")
    take_drop(board, again, accept_restatement="February was a test")
    assert take_drop(board, february).is_new


def calls(*days: date) -> pl.DataFrame:
    return pl.DataFrame(
        {"nhs_number": [NUMBERS[1]] * len(days), "call_date": list(days), "source": ["111"] * len(days)}
    )


def test_new_people_are_numbered_after_those_held_and_names_follow(board: Workspace, tmp_path: Path) -> None:
    numbers = {number: lookup(board, number) for number in NUMBERS[:10]}
    person = tables()["person"]
    joined = [nhs_number(n) for n in range(20, 24)]
    new = pl.concat([person, person[:4].with_columns(nhs_number=pl.Series(joined))])
    names = pl.DataFrame({"nhs_number": [NUMBERS[0], joined[0]], "family_name": ["Married", "New"]})
    take_drop(board, write_drop(tmp_path / "second", {"person": new, "person_name": names}))
    assert {number: lookup(board, number) for number in NUMBERS[:10]} == numbers
    assert sorted(str(lookup(board, number)) for number in joined) == ["11", "12", "13", "14"]
    who = {row["nhs_number"]: row["family_name"] for row in identities(board, range(1, 15)).iter_rows(named=True)}
    assert (who[NUMBERS[0]], who[NUMBERS[1]], who[joined[0]], who[joined[1]]) == ("Married", "Family1", "New", None)
    assert len(list(board.vault.iterdir())) == 1


def test_duplicates_and_conflicts_are_counted(tmp_path: Path) -> None:
    frames = tables()
    frames["gp_event"] = pl.concat([frames["gp_event"], frames["gp_event"][:3]])
    episode = frames["apc_episode"]
    frames["apc_episode"] = pl.concat([episode, episode[:1], episode[1:2].with_columns(diagnosis_01=pl.lit("I501"))])
    board = workspace(tmp_path / "board")
    result = take_drop(board, write_drop(tmp_path / "drop", frames))
    assert (result.tables["gp_event"].duplicates, result.tables["gp_event"].taken) == (3, 40)
    episodes = result.tables["apc_episode"]
    assert (episodes.duplicates, episodes.conflicts, episodes.taken) == (1, 1, 5)


def test_a_folder_of_files_is_one_table(board: Workspace, tmp_path: Path) -> None:
    drop = write_drop(tmp_path / "parts", manifest=False)
    frame = pl.read_parquet(drop / "gp_event.parquet")
    (drop / "gp_event.parquet").unlink()
    (drop / "gp_event").mkdir()
    frame[:15].write_parquet(drop / "gp_event" / "a.parquet")
    frame[15:].write_csv(drop / "gp_event" / "b.csv")
    other = workspace(tmp_path / "other")
    result = take_drop(other, drop)
    assert result.tables["gp_event"].files == ["gp_event/a.parquet", "gp_event/b.csv"]
    stored = "store/intake/gp_event/delivery=000001.parquet"
    assert store_bytes(other)[stored] == store_bytes(board)[stored]


@pytest.mark.parametrize(
    ("mark", "ending", "gap"), [("", "\n", ""), ("\ufeff", "\r\n", "  "), ("", "\r", " "), ("\ufeff", "\n", "\u00a0")]
)
def test_text_files_of_several_makes_give_the_same_store(
    mark: str, ending: str, gap: str, board: Workspace, tmp_path: Path
) -> None:
    drop = tmp_path / "text"
    drop.mkdir()
    for name, frame in tables().items():
        header, *lines = frame.write_csv().splitlines()
        spaced = [",".join(f"{gap}{cell}{gap}" for cell in line.split(",")) for line in lines]
        head = ",".join(f" {column.upper()} " for column in header.split(","))
        (drop / f"{name}.csv").write_bytes((mark + ending.join([head, *spaced, ""])).encode())
    other = workspace(tmp_path / "other")
    take_drop(other, drop)
    parquet = {name: content for name, content in store_bytes(board).items() if "delivery=" in name}
    assert {name: content for name, content in store_bytes(other).items() if "delivery=" in name} == parquet


def test_warnings_name_what_was_not_used(tmp_path: Path) -> None:
    frames = tables()
    frames["person"] = frames["person"].with_columns(shoe_size=pl.lit(42))
    frames["gp_event"] = frames["gp_event"].clear()
    drop = write_drop(tmp_path / "drop", frames, manifest=False)
    frames["practice"].write_parquet(drop / "practices.parquet")
    (drop / "notes.txt").write_text("hello")
    board = workspace(tmp_path / "board")
    assert take_drop(board, drop).warnings == [
        "the drop has no manifest.json: nothing proves that its files are whole",
        "notes.txt is not a landing table and was not read",
        "practices.parquet is not a landing table and was not read (practice?)",
        'person.parquet has columns that the contract does not know, ignored: "shoe_size"',
        "gp_event.parquet has a header and no rows",
    ]
    source = held(board, "SELECT is_present, period_end FROM intake.source WHERE table_name = 'gp_event'")
    assert source == [(True, None)]


def test_an_episode_sent_again_when_complete_stays_known_as_it_was_though_no_row_says_when_it_came(
    tmp_path: Path,
) -> None:
    """Known 42 days after what it tells of last: open from 12 April (admitted 1 March), corrected from 26 April on."""
    rows = tables()["apc_episode"][:1].with_columns(available_date=pl.lit(None, pl.Date))
    still_open = rows.with_columns(discharge_date=pl.lit(None, pl.Date))
    complete = rows.with_columns(discharge_date=pl.lit(date(2026, 3, 20)))
    corrected = rows.with_columns(discharge_date=pl.lit(date(2026, 3, 15)))
    board = workspace(tmp_path / "board")
    for name, version in (("open", still_open), ("complete", complete), ("corrected", corrected)):
        take_drop(board, write_drop(tmp_path / name, {**tables(), "apc_episode": version}))
    versions = "SELECT discharge_date FROM intake.apc_episode ORDER BY delivery"
    assert held(board, versions) == [(None,), (date(2026, 3, 15),)]


def test_a_person_stays_known_before_the_day_that_a_later_file_states(tmp_path: Path) -> None:
    board = workspace(tmp_path / "board")
    undated = tables()["person"].with_columns(available_date=pl.lit(None, pl.Date))
    take_drop(board, write_drop(tmp_path / "first", {**tables(), "person": undated}))
    take_drop(board, write_drop(tmp_path / "second", {"person": tables()["person"]}))
    assert held(board, "SELECT available_date, COUNT(*) FROM intake.person GROUP BY 1 ORDER BY 1") == [
        (date(2026, 11, 2), 10),
        (None, 10),
    ]


def test_a_version_that_contradicts_one_held_for_the_same_day_is_counted(board: Workspace, tmp_path: Path) -> None:
    changed = tables()["apc_episode"].with_columns(
        discharge_method=pl.Series(["4", "1", "1", "1"]),
        available_date=pl.Series([date(2026, 4, 15)] * 3 + [date(2026, 5, 15)]),
    )
    result = take_drop(board, write_drop(tmp_path / "second", {"apc_episode": changed}))
    assert result.tables["apc_episode"].conflicts == 1, "one contradicts, two are the same, one came on another day"
    assert held(board, "SELECT DISTINCT discharge_method, delivery FROM intake.apc_episode ORDER BY ALL") == [
        ("1", 1),
        ("1", 2),
        ("4", 2),
    ]


@pytest.mark.parametrize("manifest", [True, False])
def test_a_death_after_the_last_day_that_a_drop_covers_is_taken(tmp_path: Path, manifest: bool) -> None:
    """Refusing it would refuse the person, and leave somebody who has died on a list."""
    board = workspace(tmp_path / "board")
    frames = {name: tables()[name] for name in ("person", "registration", "practice")}
    late = pl.when(pl.col("death_date").is_not_null()).then(date(2026, 11, 5))
    frames["person"] = frames["person"].drop("available_date").with_columns(death_date=late)
    take_drop(board, write_drop(tmp_path / "first", frames, manifest=manifest))
    assert held(board, "SELECT COUNT(*), MAX(death_date) FROM intake.person") == [(10, date(2026, 11, 5))]


@pytest.mark.parametrize(("second_starts", "is_taken"), [("2026-06-01", True), ("2026-07-01", False)])
def test_files_of_one_table_that_leave_days_out_between_them_are_refused(
    tmp_path: Path, second_starts: str, is_taken: bool
) -> None:
    """May and July are not a span: taken as one they would replace June, which neither of them holds."""
    board = workspace(tmp_path / "board")
    drop = write_drop(tmp_path / "drop", tables(), period="2026-05-01/2026-05-31")
    manifest = json.loads((drop / "manifest.json").read_text())
    again = dict(next(entry for entry in manifest["files"] if entry["table"] == "gp_event"))
    shutil.copy(drop / again["file"], drop / "gp_event_again.parquet")
    manifest["files"].append(again | {"file": "gp_event_again.parquet", "period": f"{second_starts}/2026-07-31"})
    (drop / "manifest.json").write_text(json.dumps(manifest))
    if is_taken:
        assert take_drop(board, drop).is_new
    else:
        with pytest.raises(InputRefused, match="gp_event cover days up to 2026-05-31 and again from 2026-07-01"):
            take_drop(board, drop)
