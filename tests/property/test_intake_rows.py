"""Whatever a sender breaks, every row that comes in is accounted for, and no one's number reaches the store."""

import shutil
import tempfile
from pathlib import Path

import polars as pl
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from riskstrat.errors import InputRefused
from riskstrat.intake import take_drop
from support.drops import NUMBERS, tables, workspace, write_drop

CELLS = st.one_of(
    st.none(),
    st.sampled_from(["", " ", "1801-01-01", "2026-03-10", "2026-13-01", "9999999999", "nan", "-1", "1e9", NUMBERS[0]]),
    st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=12),
)
DAMAGE = st.lists(
    st.tuples(
        st.sampled_from(["gp_event", "apc_episode", "person", "registration"]), st.integers(0), st.integers(0), CELLS
    ),
    max_size=12,
)
REPEATS = st.lists(st.tuples(st.sampled_from(["gp_event", "apc_episode"]), st.integers(0)), max_size=4)


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(DAMAGE, REPEATS)
def test_every_row_is_accounted_for(damage, repeats) -> None:
    frames = {name: frame.select(pl.all().cast(pl.String)) for name, frame in tables().items()}
    for table, at in repeats:
        frame = frames[table]
        frames[table] = pl.concat([frame, frame[at % len(frame)]])
    for table, row, column, value in damage:
        frame = frames[table]
        name = frame.columns[column % len(frame.columns)]
        hit = pl.int_range(len(frame)) == row % len(frame)
        frames[table] = frame.with_columns(
            pl.when(hit).then(pl.lit(value, pl.String)).otherwise(pl.col(name)).alias(name)
        )
    folder = Path(tempfile.mkdtemp())
    try:
        board = workspace(folder / "board")
        try:
            result = take_drop(board, write_drop(folder / "drop", frames))
        except InputRefused as refused:
            if "not one of its" in str(refused):
                return
            raise
        for table, quality in result.tables.items():
            assert quality.rows_in == len(frames[table])
            assert quality.rows_in == quality.taken + quality.quarantined_rows + quality.duplicates + quality.dropped
            if table != "person_name":
                stored = pl.read_parquet(board.store / "intake" / table / "delivery=000001.parquet")
                assert len(stored) == quality.taken
                assert not stored.is_duplicated().any()
    finally:
        shutil.rmtree(folder)
