"""Bad drops: each is refused whole, with its exit code and a message for the person who must mend it.

After every refusal the store is as it was, and no message holds anything about a person.
"""

import gzip
import json
import os
import random
import shutil
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from riskstrat.errors import InputRefused, IntegrityFault, NotPermitted, RiskstratError, UsageFault
from riskstrat.intake import bar_people, expose, lookup, take_drop
from riskstrat.project import Workspace
from riskstrat.warehouse import Warehouse
from support.drops import NUMBERS, store_bytes, tables, workspace, write_drop, write_manifest

Break = Callable[[Path], object]


def edit_manifest(drop: Path, **changes: object) -> None:
    path = drop / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def edit_entry(drop: Path, table: str, **changes: object) -> None:
    path = drop / "manifest.json"
    content = json.loads(path.read_text())
    content["files"] = [entry | changes if entry["table"] == table else entry for entry in content["files"]]
    path.write_text(json.dumps(content))


def flip_byte(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def truncated_and_listed(drop: Path) -> None:
    (drop / "manifest.json").unlink()
    truncate(drop / "gp_event.parquet")


def rename_column(drop: Path, table: str, names: dict[str, str]) -> None:
    path = drop / f"{table}.parquet"
    pl.read_parquet(path).rename(names).write_parquet(path)
    write_manifest(drop)


def as_csv(drop: Path, table: str, content: bytes, name: str | None = None) -> None:
    (drop / f"{table}.parquet").unlink()
    (drop / (name or f"{table}.csv")).write_bytes(content)
    (drop / "manifest.json").unlink()


def csv_of(table: str) -> bytes:
    return tables()[table].write_csv().encode()


def link(drop: Path) -> None:
    target = drop.parent / "elsewhere.parquet"
    (drop / "gp_event.parquet").rename(target)
    (drop / "gp_event.parquet").symlink_to(target)


def unlisted_link(drop: Path) -> None:
    link(drop)
    (drop / "manifest.json").unlink()


HES = {
    "episode_number": "EPIORDER",
    "admission_date": "ADMIDATE",
    "admission_method": "ADMIMETH",
    "episode_start_date": "EPISTART",
}
EVENT_CSV = "nhs_number,event_date,snomed_code"

FAULTS: dict[str, tuple[Break, type[RiskstratError], str]] = {
    "listed and absent": (
        lambda d: (d / "gp_event.parquet").unlink(),
        IntegrityFault,
        "gp_event.parquet is listed in manifest.json and absent",
    ),
    "a flipped byte": (
        lambda d: flip_byte(d / "gp_event.parquet"),
        IntegrityFault,
        "gp_event.parquet is not the file that manifest.json lists",
    ),
    "truncated, with a manifest": (
        lambda d: truncate(d / "person.parquet"),
        IntegrityFault,
        "person.parquet is not the file",
    ),
    "another row count": (
        lambda d: edit_entry(d, "gp_event", rows=41),
        InputRefused,
        "gp_event.parquet has 40 rows; manifest.json says 41",
    ),
    "another version": (lambda d: edit_manifest(d, version=2), InputRefused, "states version 2"),
    "not JSON": (lambda d: (d / "manifest.json").write_text("{"), InputRefused, "manifest.json is not valid JSON"),
    "no list of files": (lambda d: (d / "manifest.json").write_text("[]"), InputRefused, 'has no list "files"'),
    "an entry without hash": (
        lambda d: edit_manifest(d, files=[{"file": "a", "table": "person"}]),
        InputRefused,
        "entry 1 of manifest.json",
    ),
    "a file above the drop": (
        lambda d: edit_entry(d, "gp_event", file="../gp_event.parquet"),
        InputRefused,
        "which leaves the drop",
    ),
    "an absolute file": (
        lambda d: edit_entry(d, "gp_event", file="/etc/passwd"),
        InputRefused,
        "which leaves the drop",
    ),
    "a link, listed": (link, InputRefused, "links are not followed"),
    "a link, not listed": (unlisted_link, InputRefused, "links are not followed"),
    "a table that is not listed": (
        lambda d: tables()["gp_event"].write_parquet(d / "urgent_call.parquet"),
        InputRefused,
        "urgent_call.parquet is not listed in manifest.json",
    ),
    "a period backwards": (
        lambda d: edit_entry(d, "gp_event", period="2026-10-31/2024-01-01"),
        InputRefused,
        "ends before it begins",
    ),
    "a period in words": (
        lambda d: edit_entry(d, "gp_event", period="October"),
        InputRefused,
        'is "October"',
    ),
    "other purposes": (
        lambda d: edit_entry(d, "gp_event", purposes=["billing"]),
        NotPermitted,
        "gp_event was not sent for any purpose of this program",
    ),
    "expired": (
        lambda d: edit_entry(d, "gp_event", expires="2020-01-01"),
        NotPermitted,
        "the permission to use gp_event expired on 2020-01-01",
    ),
    "expired, said once for the table": (
        lambda d: edit_manifest(d, tables={"gp_event": {"expires": "2020-01-01"}}),
        NotPermitted,
        "expired on 2020-01-01",
    ),
    "expired, the whole drop": (
        lambda d: edit_manifest(d, expires="2020-01-01"),
        NotPermitted,
        "expired on 2020-01-01",
    ),
    "expired, beside the files": (
        lambda d: edit_manifest(d, expires={"gp_event": "2020-01-01"}),
        NotPermitted,
        "expired on 2020-01-01",
    ),
    "truncated Parquet": (
        truncated_and_listed,
        InputRefused,
        "gp_event.parquet cannot be read as Parquet: it is truncated or damaged",
    ),
    "truncated CSV": (
        lambda d: as_csv(d, "gp_event", csv_of("gp_event").rsplit(b",", 3)[0]),
        InputRefused,
        "gp_event.csv cannot be read as CSV at line 41: a row has more or fewer columns than the header",
    ),
    "an open quote": (
        lambda d: as_csv(d, "gp_event", csv_of("gp_event") + b'"9990'),
        InputRefused,
        "gp_event.csv cannot be read as CSV at line 42",
    ),
    "truncated gzip": (
        lambda d: as_csv(d, "gp_event", gzip.compress(csv_of("gp_event"))[:-20], "gp_event.csv.gz"),
        InputRefused,
        "gp_event.csv.gz cannot be unpacked",
    ),
    "not gzip": (
        lambda d: as_csv(d, "gp_event", csv_of("gp_event"), "gp_event.csv.gz"),
        InputRefused,
        "gp_event.csv.gz cannot be unpacked",
    ),
    "Latin-1": (
        lambda d: as_csv(d, "practice", "practice_code,practice_name\nZ1,First\nZ2,Caf\u00e9\n".encode("latin-1")),
        InputRefused,
        "practice.csv is not UTF-8: line 3",
    ),
    "semicolons": (
        lambda d: as_csv(d, "gp_event", csv_of("gp_event").replace(b",", b";")),
        InputRefused,
        "gp_event.csv is divided by semicolons",
    ),
    "a column twice": (
        lambda d: as_csv(d, "gp_event", f"{EVENT_CSV},Event_Date\n".encode()),
        InputRefused,
        'gp_event.csv has the column "event_date" twice',
    ),
    "an empty file": (
        lambda d: as_csv(d, "gp_event", b""),
        InputRefused,
        "gp_event.csv is empty: not even a header",
    ),
    "an empty line for a header": (
        lambda d: as_csv(d, "gp_event", b"\n\n"),
        InputRefused,
        "gp_event.csv has no header line",
    ),
    "HES names": (
        lambda d: rename_column(d, "apc_episode", HES),
        InputRefused,
        'apc_episode.parquet has no column "episode_number" (required)',
    ),
    "no person table": (
        lambda d: ((d / "person.parquet").unlink(), write_manifest(d)),
        InputRefused,
        "the drop has no person",
    ),
    "a table twice": (
        lambda d: ((d / "gp_event.csv").write_bytes(csv_of("gp_event")), (d / "manifest.json").unlink()),
        InputRefused,
        "gp_event is there more than once: gp_event.csv, gp_event.parquet",
    ),
    "no row that can be taken": (
        lambda d: rename_column(d, "gp_event", {"snomed_code": "unit", "value": "snomed_code"}),
        InputRefused,
        "gp_event: not one of its 40 rows can be taken",
    ),
}


@pytest.fixture(scope="module")
def settled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A board that has taken a good drop."""
    folder = tmp_path_factory.mktemp("settled")
    board = workspace(folder / "board")
    take_drop(board, write_drop(folder / "drop"))
    return board.root


@pytest.mark.parametrize("fault", FAULTS)
def test_a_bad_drop_is_refused_whole(fault: str, settled: Path, tmp_path: Path) -> None:
    break_it, kind, message = FAULTS[fault]
    shutil.copytree(settled, tmp_path / "board")
    board = Workspace(tmp_path / "board")
    before = store_bytes(board)
    bad = write_drop(tmp_path / "bad", {**tables(), "gp_event": tables()["gp_event"].reverse()})
    break_it(bad)
    if fault == "no person table":
        board = workspace(tmp_path / "new")
        before = {}
    with pytest.raises(kind) as refused:
        take_drop(board, bad)
    said = str(refused.value)
    assert message in said
    assert not [number for number in NUMBERS if number in said]
    assert "Family" not in said
    assert store_bytes(board) == before
    assert not list(board.scratch.glob("*"))
    assert sorted(path.name for path in board.quality.glob("*")) == (
        [] if not before else ["000001.html", "000001.json"]
    )


def test_a_missing_column_names_what_was_found_and_what_is_held(tmp_path: Path) -> None:
    board = workspace(tmp_path / "board")
    take_drop(board, write_drop(tmp_path / "good"))
    bad = write_drop(tmp_path / "bad")
    rename_column(bad, "apc_episode", {"admission_method": "ADMIMETH", "discharge_method": "admissionmethd"})
    with pytest.raises(InputRefused) as refused:
        take_drop(board, bad)
    lines = str(refused.value).splitlines()
    assert lines[0] == 'apc_episode.parquet has no column "admission_method" (required)'
    assert lines[1] == '  found instead: "ADMIMETH", "admissionmethd"'
    assert lines[2] == "  if these are HES column names, run it with  --adapter hes"
    assert lines[3].startswith("  nothing was loaded; the last load of apc_episode is from 20")
    assert lines[3].endswith("(delivery 1)")


def test_another_key_is_an_integrity_fault_before_anything_is_read(tmp_path: Path) -> None:
    board = workspace(tmp_path / "board")
    take_drop(board, write_drop(tmp_path / "drop"))
    board.key_file.write_text("ff" * 32)
    with pytest.raises(IntegrityFault, match="not the key this store was made with"):
        take_drop(Workspace(board.root), tmp_path / "drop")


def test_settings_can_demand_a_manifest(tmp_path: Path) -> None:
    board = workspace(tmp_path / "board", "[intake]\nrequire_manifest = true\n")
    with pytest.raises(InputRefused, match=r"the drop has no manifest\.json"):
        take_drop(board, write_drop(tmp_path / "drop", manifest=False))


def test_what_is_no_drop_is_a_usage_fault(tmp_path: Path) -> None:
    board = workspace(tmp_path / "board")
    with pytest.raises(UsageFault, match="there is no drop"):
        take_drop(board, tmp_path / "nowhere")
    with pytest.raises(UsageFault, match="is not a folder"):
        take_drop(board, board.key_file)
    with pytest.raises(UsageFault, match='there is no adapter "hl7"'):
        take_drop(board, write_drop(tmp_path / "drop"), adapter="hl7")


def test_a_source_is_refused_to_a_purpose_it_was_not_sent_for(tmp_path: Path) -> None:
    board = workspace(tmp_path / "board")
    drop = write_drop(tmp_path / "drop")
    edit_entry(drop, "gp_event", purposes=["planning"])
    take_drop(board, drop)
    with Warehouse(board.scratch) as warehouse:
        expose(warehouse, board)
        bar_people(warehouse, board, "planning")
        with pytest.raises(NotPermitted, match="gp_event may not be used for case finding"):
            bar_people(warehouse, board, "case_finding")


def test_a_store_that_cannot_be_written_is_left_as_it_was(tmp_path: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may write anywhere")
    board = workspace(tmp_path / "board")
    take_drop(board, write_drop(tmp_path / "drop"))
    before = store_bytes(board)
    (board.store / "intake" / "person").chmod(0o500)
    other = write_drop(tmp_path / "other", {**tables(), "gp_event": tables()["gp_event"].reverse()})
    with pytest.raises(PermissionError):
        take_drop(board, other)
    (board.store / "intake" / "person").chmod(0o700)
    assert store_bytes(board) == before


def test_a_store_or_vault_with_a_file_missing_is_an_integrity_fault(settled: Path, tmp_path: Path) -> None:
    shutil.copytree(settled, tmp_path / "board")
    board = Workspace(tmp_path / "board")
    (board.store / "intake" / "gp_event" / "delivery=000001.parquet").unlink()
    with Warehouse(board.scratch) as warehouse, pytest.raises(IntegrityFault, match="which the catalogue names"):
        expose(warehouse, board)
    next(board.vault.iterdir()).unlink()
    with pytest.raises(IntegrityFault, match="the identity vault does not hold"):
        lookup(board, NUMBERS[0])
    (board.store / "intake" / "deliveries.json").write_text("{")
    with pytest.raises(IntegrityFault, match=r"deliveries\.json cannot be read"):
        expose_all(board)


def expose_all(board: Workspace) -> None:
    with Warehouse(board.scratch) as warehouse:
        expose(warehouse, board)


def test_the_manifest_of_foreign_files_is_honoured_too(tmp_path: Path) -> None:
    board = workspace(tmp_path / "board")
    drop = tmp_path / "hes"
    drop.mkdir()
    text = "FYEAR,PSEUDO_HESID,APPTDATE,ATTENDED,APPTAGE_CALC,SEX,GPPRAC\n0304,t1,2003-05-01,5,50,1,A81001\n"
    (drop / "op.csv").write_text(text)
    write_manifest(drop)
    edit_entry(drop, "op", purposes=["planning"])
    take_drop(board, drop, adapter="hes")
    with Warehouse(board.scratch) as warehouse:
        expose(warehouse, board)
        with pytest.raises(NotPermitted):
            bar_people(warehouse, board, "training")
    (drop / "op.csv").write_text(text.replace("50", "51"))
    with pytest.raises(IntegrityFault):
        take_drop(board, drop, adapter="hes")


def test_damaged_parquet_without_a_manifest_never_ends_in_a_fault_of_ours(tmp_path: Path) -> None:
    """An engine reads many flipped bytes without complaint: hence the manifest. None may end in a trace."""
    drop = write_drop(tmp_path / "drop", manifest=False)
    path = drop / "gp_event.parquet"
    good = path.read_bytes()
    draw = random.Random(3)
    refused = 0
    for number in range(25):
        damaged = bytearray(good)
        for _ in range(4):
            damaged[draw.randrange(4, len(good))] ^= 1 << draw.randrange(8)
        path.write_bytes(bytes(damaged))
        board = workspace(tmp_path / f"board{number}")
        try:
            take_drop(board, drop)
        except InputRefused:
            refused += 1
    assert refused
