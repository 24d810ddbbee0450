"""How fresh a source is agrees with a plain reading of its definition; small sources and registers are left alone."""

from collections.abc import Iterator
from datetime import date, timedelta
from statistics import median

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from riskstrat.features.layers import set_index_date
from riskstrat.project import resource
from riskstrat.warehouse import Warehouse, read_statement
from support.landed import sources_held

INDEX, LAG = date(2026, 11, 1), 14
STATED = INDEX - timedelta(days=LAG)
SOURCE = read_statement(resource("sql/features/population_source.sql"))
_FEW = settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
Day = tuple[int, int | None, int]
"""Days before the index date of the event, days until the row arrived (none: it does not say), how many."""

COUNTS = st.one_of(st.integers(0, 3), st.integers(80, 460), st.integers(180, 460))
BLOCKS = st.lists(
    st.tuples(COUNTS, st.integers(0, 27), st.sampled_from([None, 0, 3, 14, 40])), min_size=12, max_size=24
)


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    with Warehouse(tmp_path_factory.mktemp("scratch"), threads=1) as opened:
        yield opened


def days_of(blocks: list[tuple[int, int, int | None]], larger: int = 1) -> list[Day]:
    return [(LAG + 1 + 28 * back + into, late, n * larger) for back, (n, into, late) in enumerate(blocks) if n]


def made(warehouse: Warehouse, days: list[Day], begins: date | None, table: str = "urgent_call") -> dict[str, object]:
    said = f"table | begins\n{table} | {begins or '1990-01-01'}"
    source = sources_held(INDEX, said).with_columns(period_is_stated=pl.lit(begins is not None), lag_days=pl.lit(LAG))
    rows = []
    for back, late, things in days:
        day = INDEX - timedelta(days=back)
        arrived = None if late is None else day + timedelta(days=late)
        rows.append((table, day, arrived, day if late is None else None, things))
    columns = {"table_name": pl.String, "event_date": pl.Date, "available_date": pl.Date, "told_on": pl.Date}
    warehouse.register("intake.source", source)
    warehouse.register("intake.source_volume", pl.DataFrame(rows, {**columns, "things": pl.Int64}, orient="row"))
    set_index_date(warehouse, INDEX)
    warehouse.build([SOURCE])
    frame = warehouse.frame(f"FROM features.population_source WHERE table_name = '{table}'")
    return frame.to_dicts()[0]


def plain(days: list[Day], begins: date | None) -> tuple[date, float | None]:
    """The day it is complete to, and the share of the usual volume, one block after another."""
    known = {}
    for back, late, things in days:
        if back > (LAG if late is None else late) and back > 0:
            known[back] = known.get(back, 0) + things
    blocks: dict[int, int] = {}
    for back, things in known.items():
        if back > LAG:
            blocks[(back - LAG - 1) // 28] = blocks.get((back - LAG - 1) // 28, 0) + things
    if not blocks:
        return STATED, None
    last = min(blocks)
    usual = median(blocks.get(last + n, 0) for n in range(1, 13))
    reaches = begins or INDEX - timedelta(days=max(known))
    if usual < 200 or reaches > STATED - timedelta(days=28 * (last + 13)):
        return STATED, None
    share = blocks.get(0, 0) / usual
    if share >= 0.5:
        return STATED, share
    good = min(n for n in blocks if blocks[n] >= usual / 2)
    return min(STATED - timedelta(days=28 * good), INDEX - timedelta(days=min(known) - 1)), share


@_FEW
@given(blocks=BLOCKS, begins=st.sampled_from([None, date(2020, 1, 1), date(2025, 8, 1)]))
def test_a_source_is_complete_to_what_the_definition_says(warehouse, blocks, begins):
    days = days_of(blocks)
    row = made(warehouse, days, begins)
    complete_to, share = plain(days, begins)
    assert row["complete_to"] == complete_to
    assert row["share_of_usual_volume"] == (None if share is None else pytest.approx(share))
    assert (row["note"] is None) == (complete_to == STATED)


@_FEW
@given(blocks=BLOCKS)
def test_a_source_below_200_a_block_is_never_touched(warehouse, blocks):
    row = made(warehouse, days_of([(min(n, 199), into, late) for n, into, late in blocks]), None)
    assert (row["complete_to"], row["share_of_usual_volume"], row["note"]) == (STATED, None, None)


@_FEW
@given(blocks=BLOCKS, table=st.sampled_from(["registration", "social_care_service", "programme", "opt_out"]))
def test_a_register_has_no_volume(warehouse, blocks, table):
    row = made(warehouse, days_of(blocks, larger=100), None, table)
    assert (row["complete_to"], row["share_of_usual_volume"], row["note"]) == (STATED, None, None)


@_FEW
@given(blocks=BLOCKS, later=BLOCKS)
def test_what_happened_or_came_on_the_index_date_or_after_changes_nothing(warehouse, blocks, later):
    days = days_of(blocks)
    future = [(back, back + into, n) for n, into, back in later if n and back is not None]  # known on the day or after
    future += [(-into, -40, n) for n, into, _ in later if n]  # booked ahead, and known already
    assert made(warehouse, days + future, None) == made(warehouse, days, None)
