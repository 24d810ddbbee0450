"""Bad input and bad luck: the exit code, the message, and that the last release still verifies.

For each of a missing column, a truncated Parquet file, a flipped byte, an unknown index
date, a wrong key and a full disk. ``kill -9``: ``test_run_killed.py``.
"""

import hashlib
import json
import os
import re
import secrets
import shutil
import subprocess

import polars as pl
import pytest

from riskstrat.errors import IntegrityFault
from riskstrat.lock import only_writer
from riskstrat.project import Workspace
from riskstrat.published import population_folders
from support.commands import run_riskstrat


def still_published(root):
    """The current release is the first one and verifies."""
    assert json.loads((root / "releases" / "current.json").read_text()) == {"release": "2026-11-01.1"}
    finished = run_riskstrat(root, "verify")
    assert finished.returncode == 0, finished.stderr


def agree_with_manifest(drop, table):
    """Write the manifest's hash and rows anew for one table, so that only the content is at fault."""
    manifest = json.loads((drop / "manifest.json").read_text())
    for entry in manifest["files"]:
        if entry["table"] == table:
            entry["sha256"] = hashlib.sha256((drop / entry["file"]).read_bytes()).hexdigest()
    (drop / "manifest.json").write_text(json.dumps(manifest))


def tree(folder):
    return {
        str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest() for p in folder.rglob("*") if p.is_file()
    }


def check(finished, root, code, *words):
    assert finished.returncode == code, finished.stderr
    for word in words:
        assert word in finished.stderr, finished.stderr
    assert finished.stderr.rstrip().endswith(f"exit {code}")
    assert "Traceback" not in finished.stderr
    assert not re.search(r"999\d{7}", finished.stderr), "a message may not hold an NHS number"
    still_published(root)


def test_a_missing_column(own_copy):
    drop = own_copy / "drop"
    path = drop / "apc_episode.parquet"
    pl.read_parquet(path).rename({"admission_method": "ADMIMETH"}).write_parquet(path)
    agree_with_manifest(drop, "apc_episode")
    before = tree(own_copy / "store")
    check(
        run_riskstrat(own_copy, "intake", drop),
        own_copy,
        3,
        "apc_episode",
        "admission_method",
        "ADMIMETH",
        "--adapter hes",
    )
    assert tree(own_copy / "store") == before


def test_a_truncated_parquet_file(own_copy):
    drop = own_copy / "drop"
    path = drop / "gp_event.parquet"
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    agree_with_manifest(drop, "gp_event")
    before = tree(own_copy / "store")
    check(run_riskstrat(own_copy, "intake", drop), own_copy, 3, "gp_event")
    assert tree(own_copy / "store") == before


def test_a_flipped_byte(own_copy):
    drop = own_copy / "drop"
    path = drop / "gp_prescription.parquet"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0x10
    path.write_bytes(content)
    before = tree(own_copy / "store")
    check(run_riskstrat(own_copy, "intake", drop), own_copy, 6, "gp_prescription")
    assert tree(own_copy / "store") == before


@pytest.mark.parametrize("words", ["is missing", "was changed after it was published"])
@pytest.mark.parametrize("name", ["population.csv", "areas.csv", "population.csv-metadata.json"])
def test_what_an_earlier_report_printed_is_gone_or_changed(own_copy, name, words):
    """What is missing of it would be taken for printed nowhere, and nothing would be protected beside it."""
    printed = own_copy / "releases" / "2026-11-01.1" / "population" / name
    printed.unlink()
    if words != "is missing":
        printed.touch()
    with pytest.raises(IntegrityFault, match=f"2026-11-01.1: population/{name} {words}") as refused:
        population_folders(Workspace(own_copy))
    assert "put it back as it was published" in str(refused.value.help_lines)


@pytest.mark.parametrize("verb", [("cohorts",), ("run", "--index-date", "2026-11-01")])
def test_a_month_beside_a_report_that_was_changed_is_refused_and_leaves_everything(own_copy, verb):
    printed = own_copy / "releases" / "2026-11-01.1" / "population" / "population.csv"
    kept = printed.read_bytes()
    printed.unlink()
    printed.touch()
    finished = run_riskstrat(own_copy, *verb)
    printed.write_bytes(kept)
    check(finished, own_copy, 6, "population/population.csv was changed", "put it back as it was published")


@pytest.mark.parametrize("index_date", ["2026-11-15", "2031-01-01", "1999-01-01", "tomorrow"])
def test_an_unknown_index_date(own_copy, index_date):
    finished = run_riskstrat(own_copy, "run", "--index-date", index_date)
    assert finished.returncode in {2, 3}
    check(finished, own_copy, finished.returncode, "index date" if index_date != "tomorrow" else "not a date")


def test_a_wrong_key(own_copy):
    (own_copy / "identity" / "pseudonym.key").write_text(secrets.token_hex(32))
    before = tree(own_copy / "store")
    check(run_riskstrat(own_copy, "intake", own_copy / "drop"), own_copy, 6, "key")
    assert tree(own_copy / "store") == before
    check(run_riskstrat(own_copy, "run", "--index-date", "2026-11-01"), own_copy, 6, "key")


@pytest.fixture
def full_disk(published, tmp_path):
    """A file system of its own that holds a copy of the workspace and little more."""
    place = tmp_path / "disk"
    place.mkdir()
    size = sum(path.stat().st_size for path in published.rglob("*") if path.is_file())
    command = ["mount", "-t", "tmpfs", "-o", f"size={size * 2}", "tmpfs", str(place)]
    if os.geteuid() != 0 or subprocess.run(command, check=False, capture_output=True).returncode:
        pytest.skip("this machine does not let a test mount a small file system")
    shutil.copytree(published, place / "workspace")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def leave_free(disk, size):
    (disk / "filler").unlink(missing_ok=True)
    with (disk / "filler").open("wb") as handle:
        handle.write(b"\0" * (shutil.disk_usage(disk).free - size))


def test_a_full_disk_wherever_it_runs_out(full_disk):
    root = full_disk / "workspace"
    settings = root / "riskstrat.toml"
    settings.write_text(settings.read_text().replace("reviews_per_month = 20", "reviews_per_month = 6"))
    for free in (0, 100_000, 250_000, 500_000):
        leave_free(full_disk, free)
        check(run_riskstrat(root, "run", "--index-date", "2026-11-01"), root, 5)
    leave_free(full_disk, 200_000)
    person = root / "drop" / "person.parquet"
    (full_disk / "filler").unlink()
    pl.read_parquet(person).with_columns(lsoa_code=pl.lit("E01000001")).write_parquet(person)
    agree_with_manifest(root / "drop", "person")
    leave_free(full_disk, 200_000)
    check(run_riskstrat(root, "intake", root / "drop"), root, 5)
    (full_disk / "filler").unlink()
    assert run_riskstrat(root, "run", "--index-date", "2026-11-01").returncode == 0


@pytest.mark.parametrize(
    "verb", [["init"], ["run", "--index-date", "2026-11-01"], ["features", "--index-date", "2026-11-01"]]
)
def test_two_runs_at_once_are_refused(own_copy, verb):
    with only_writer(Workspace(own_copy)):
        finished = run_riskstrat(own_copy, *verb)
    check(finished, own_copy, 5, "another riskstrat run")
    assert run_riskstrat(own_copy, "init").returncode == 0
