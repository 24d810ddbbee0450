"""A Parquet file written in pieces takes its name whole, or not at all."""

from datetime import date

import polars as pl
import pytest

from riskstrat.warehouse import GrowingFile, Warehouse


def test_pieces_follow_one_another_in_one_file(tmp_path):
    path = tmp_path / "store" / "part.parquet"
    file = GrowingFile(path)
    file.append(pl.DataFrame({"n": [1, 2], "word": ["a", None]}))
    assert not path.exists(), "nobody sees half a file"
    file.append(pl.DataFrame({"n": [3], "word": ["b"]}))
    file.finish()
    assert pl.read_parquet(path).rows() == [(1, "a"), (2, None), (3, "b")]
    assert file.rows == 3
    assert [found.name for found in path.parent.iterdir()] == ["part.parquet"]


def test_the_same_pieces_are_the_same_bytes(tmp_path):
    for name in ("one", "other"):
        file = GrowingFile(tmp_path / name)
        file.append(pl.DataFrame({"n": [1, 2]}))
        file.append(pl.DataFrame({"n": [None, 4]}))
        file.finish()
    assert (tmp_path / "one").read_bytes() == (tmp_path / "other").read_bytes()


def test_what_is_discarded_leaves_nothing_and_what_has_its_name_stays(tmp_path):
    path = tmp_path / "part.parquet"
    file = GrowingFile(path)
    file.append(pl.DataFrame({"n": [1]}))
    file.finish()
    file.discard()
    other = GrowingFile(path)
    other.append(pl.DataFrame({"n": [2]}))
    other.discard()
    assert pl.read_parquet(path)["n"].to_list() == [1]
    assert list(tmp_path.iterdir()) == [path]
    GrowingFile(tmp_path / "never begun").discard()


def test_columns_that_say_one_thing_in_every_piece_do_not_vary(tmp_path):
    file = GrowingFile(tmp_path / "part.parquet")
    for n in (1, 2):
        file.append(
            pl.DataFrame(
                {
                    "varies_between_pieces": [n, n],
                    "varies_within": [0.0, 1.0],
                    "same": [7, 7],
                    "same_or_null": ["x", None],
                    "nothing": pl.Series([None, None], dtype=pl.Float64),
                    "zeros": [0.0, -0.0],
                    "day": [date(2026, 11, 1)] * 2,
                }
            )
        )
    assert file.columns_that_do_not_vary() == ["same", "same_or_null", "nothing", "zeros", "day"]
    file.discard()


def test_a_column_is_made_blank_with_its_type(tmp_path):
    path = tmp_path / "part.parquet"
    file = GrowingFile(path)
    for n in (1, 2):
        file.append(pl.DataFrame({"n": [n], "cost": [10.5 * n], "word": ["a"]}))
    file.finish(blank=frozenset({"cost"}))
    frame = pl.read_parquet(path)
    assert frame.rows() == [(1, None, "a"), (2, None, "a")]
    assert frame.schema["cost"] == pl.Float64
    assert [found.name for found in tmp_path.iterdir()] == ["part.parquet"]


def test_a_column_of_no_rows_is_blank_as_it_is(tmp_path):
    """Nobody is in the population: no value was given of anything, and the file is still the file."""
    path = tmp_path / "part.parquet"
    file = GrowingFile(path)
    file.append(pl.DataFrame(schema={"n": pl.Int32, "cost": pl.Float64}))
    file.finish(blank=frozenset({"cost"}))
    assert pl.read_parquet(path).schema == {"n": pl.Int32, "cost": pl.Float64}
    assert [found.name for found in tmp_path.iterdir()] == ["part.parquet"]


def test_rows_of_a_query_are_appended_in_order_and_none_of_them_is_a_file_too(tmp_path):
    path = tmp_path / "part.parquet"
    file = GrowingFile(path)
    with Warehouse(tmp_path / "scratch", threads=1) as warehouse:
        for first in (0, 100_000, 200_000):
            query = f"SELECT range AS n FROM range({first}, {first} + 100000) ORDER BY n DESC"
            warehouse.append(query, file, ordered_by="n")
        warehouse.append("SELECT range AS n FROM range(0)", file, ordered_by="n")
        file.finish()
        empty = GrowingFile(tmp_path / "empty.parquet")
        warehouse.append("SELECT range AS n FROM range(0)", empty, ordered_by="n")
        empty.finish()
    assert pl.read_parquet(path)["n"].to_list() == list(range(300_000))
    assert pl.read_parquet(tmp_path / "empty.parquet").schema == {"n": pl.Int64}


def test_layers_are_dropped_whole(tmp_path):
    with Warehouse(tmp_path, threads=1) as warehouse:
        warehouse.make_table("staging.a", "SELECT 1 AS n")
        warehouse.make_view("features.b", "FROM staging.a")
        warehouse.make_table("seeds.c", "SELECT 1 AS n")
        warehouse.drop_layers("staging", "features")
        warehouse.make_view("staging.a", "SELECT 2 AS n")
        assert warehouse.value("FROM staging.a") == 2
        assert warehouse.value("FROM seeds.c") == 1
        with pytest.raises(Exception, match="does not exist"):
            warehouse.rows("FROM features.b")
