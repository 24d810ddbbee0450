"""The engine room: tables replace tables and views, files are written whole, a full disk is a fault for people."""

from datetime import date

import duckdb
import polars as pl
import pytest

from riskstrat.errors import EnvironmentFault
from riskstrat.warehouse import Warehouse, quoted
from riskstrat.warehouse.engine import _faults_for_people


@pytest.fixture
def warehouse(tmp_path):
    with Warehouse(tmp_path / "scratch", threads=1) as opened:
        yield opened


def test_a_registered_frame_is_a_table_that_keeps_its_types(warehouse):
    frame = pl.DataFrame(
        {"person_id": [1, 2], "day": [date(2026, 11, 1), None]}, schema_overrides={"person_id": pl.Int32}
    )
    warehouse.register("intake.thing", frame)
    assert warehouse.frame("FROM intake.thing ORDER BY person_id").equals(frame)
    assert warehouse.columns("intake.thing") == ["person_id", "day"]
    assert warehouse.rows("SELECT day FROM intake.thing WHERE person_id = ?", [1]) == [(date(2026, 11, 1),)]
    assert warehouse.value("SELECT day FROM intake.thing WHERE person_id = 9") is None


def test_a_name_is_reused_whatever_held_it(warehouse, tmp_path):
    warehouse.make_table("layer.thing", "SELECT 1 AS n")
    warehouse.make_view("layer.thing", "SELECT 2 AS n")
    assert warehouse.value("SELECT n FROM layer.thing") == 2
    warehouse.make_view("layer.thing", "SELECT 3 AS n")
    warehouse.make_table("layer.thing", "SELECT 4 AS n")
    assert warehouse.value("SELECT n FROM layer.thing") == 4
    written = warehouse.write_parquet("SELECT 5 AS n", tmp_path / "there" / "part.parquet")
    assert written == 1
    warehouse.attach_parquet("layer.thing", [tmp_path / "there" / "part.parquet"])
    assert warehouse.value("SELECT n FROM layer.thing") == 5
    warehouse.register("layer.thing", pl.DataFrame({"n": [6]}))
    assert warehouse.value("SELECT n FROM layer.thing") == 6


def test_the_same_rows_are_the_same_bytes_and_a_failed_write_leaves_the_old_file(warehouse, tmp_path):
    path = tmp_path / "part.parquet"
    warehouse.write_parquet("SELECT range AS n FROM range(1000) ORDER BY n", path)
    first = path.read_bytes()
    warehouse.write_parquet("SELECT range AS n FROM range(1000) ORDER BY n", path)
    assert path.read_bytes() == first
    with pytest.raises(duckdb.Error):
        warehouse.write_parquet("SELECT CAST('x' || range AS INTEGER) AS n FROM range(10)", path)
    assert path.read_bytes() == first
    assert [file.name for file in tmp_path.iterdir() if file.is_file()] == ["part.parquet"]


def test_what_spilled_is_gone_when_the_warehouse_closes(tmp_path):
    with Warehouse(tmp_path / "scratch", threads=1) as opened:
        opened.make_table("layer.thing", "SELECT 1 AS n")
    assert list((tmp_path / "scratch").iterdir()) == []


def test_too_little_memory_is_a_fault_of_the_environment(tmp_path):
    with Warehouse(tmp_path / "scratch", memory_limit="20MB", threads=1) as opened:
        opened.execute("SET max_temp_directory_size = '0MB'")
        with pytest.raises(EnvironmentFault, match="out of memory") as fault:
            opened.make_table(
                "layer.big", "SELECT range AS n, repeat('x', 200) AS t FROM range(1000000) ORDER BY t, n DESC"
            )
    assert fault.value.exit_code == 5
    assert "engine.memory_limit" in str(fault.value)


def test_a_full_disk_is_a_fault_of_the_environment_and_other_failures_pass():
    with pytest.raises(EnvironmentFault, match="the disk is full"), _faults_for_people():
        raise duckdb.IOException("IO Error: Could not write: No space left on device")
    with pytest.raises(duckdb.IOException), _faults_for_people():
        raise duckdb.IOException("IO Error: no such file")


def test_a_quote_in_a_name_cannot_end_it():
    assert quoted('a"b') == '"a""b"'
