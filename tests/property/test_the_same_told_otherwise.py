"""The same facts in other files, under other numbers, or later: that changes nothing, or exactly what was late.

Each property is shown to be able to fail: the last lines of a test break what it holds, and see the snapshot change.
"""

import random
import shutil
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from riskstrat.contract import TABLES
from riskstrat.features.catalogue import families
from riskstrat.features.layers import register_seeds, stage
from riskstrat.intake import open_store, take_drop
from riskstrat.warehouse import Warehouse
from support.drops import nhs_number, workspace, write_manifest
from support.landed import frame_of
from support.taken import EVENTS, INFORMATION, NUMBERS, ORDINARY, snapshot, together
from support.ugly import INDEX, PEOPLE, Rows, event_column, said, ugly_rows
from support.whole import whole_snapshot

_PHASES = (Phase.explicit, Phase.generate)  # a seed cannot be made simpler
_FEW = settings(
    max_examples=2, deadline=None, phases=_PHASES, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
_MOST_ROWS = 100
seeds = st.integers(0, 2**32)
NHS_NUMBERS = {letter: nhs_number(serial) for serial, letter in enumerate(PEOPLE)}
SOURCES = tuple(name for name in EVENTS if name != "registration")
"""Tables of events; registrations are left out, as they make the population and not a family's values alone."""


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    with Warehouse(tmp_path_factory.mktemp("scratch"), threads=1) as opened:
        register_seeds(opened)
        yield opened


def told_apart(rows: Rows) -> Rows:
    """Leave one of the versions that cannot be told apart by their days: which of them counts is nobody's promise."""
    kept: Rows = {}
    for name, held in rows.items():
        key = [{"nhs_number": "person"}.get(column, column) for column in TABLES[name].key]
        if not key:
            kept[name] = held
            continue
        versions = {(*(row.get(column) for column in key), known_on(name, row)): row for row in held}
        kept[name] = list(versions.values())
    return kept


def known_on(table: str, row: dict) -> date:
    """The day a row was known: it happened, and it arrived (or the source's lag went by after what it tells of)."""
    happened = date.fromisoformat(said(row.get(event_column(table) or "")) or "0001-01-01")
    arrived = said(row.get("available_date"))
    if arrived is not None:
        return max(happened, date.fromisoformat(arrived))
    told = said(row.get("discharge_date")) or said(row.get("episode_end_date")) if table == "apc_episode" else None
    last = date.fromisoformat(told) if told else happened
    return max(happened, last + timedelta(days=TABLES[table].lag_days))


# ---- other numbers


@_FEW
@given(held=seeds, order=seeds)
def test_other_numbers_for_people_change_nothing_but_the_order_of_rows(warehouse, held, order):
    rows = told_apart(ugly_rows(held, INFORMATION, _MOST_ROWS, lambda table, row: True))
    shuffled = random.Random(order).sample(sorted(NUMBERS.values()), len(NUMBERS))
    renamed = dict(zip(NUMBERS, shuffled, strict=True))
    plain = snapshot(warehouse, rows)
    back = {renamed[letter]: NUMBERS[letter] for letter in PEOPLE}
    other = snapshot(warehouse, rows, numbers=renamed)
    assert other["person_id"].is_sorted()
    assert in_terms_of(other, back).equals(plain)
    assert not in_terms_of(other, {number: number for number in back}).equals(plain), "it is the people that moved"


def in_terms_of(frame: pl.DataFrame, numbers: dict[int, int]) -> pl.DataFrame:
    return frame.with_columns(pl.col("person_id").replace(numbers)).sort("person_id")


# ---- other files


def frames(rows: Rows) -> dict[str, pl.DataFrame]:
    """Return the rows as a sender has them: NHS numbers, no deliveries, no empty tables."""
    made = {}
    for name, held in rows.items():
        if held and not TABLES[name].vault_only:
            frame = frame_of(name, held, NUMBERS).drop("delivery")
            if "person_id" in frame.columns:
                given = pl.Series("nhs_number", [NHS_NUMBERS[row["person"]] for row in held])
                frame = frame.drop("person_id").insert_column(0, given)
            made[name] = frame
    return made


def drop_of(folder: Path, parts: dict[str, list[pl.DataFrame]], period: str) -> Path:
    """Write a drop in which a table of several parts is a folder of files, Parquet and CSV by turns."""
    for name, held in parts.items():
        if len(held) == 1:
            folder.mkdir(parents=True, exist_ok=True)
            held[0].write_parquet(folder / f"{name}.parquet")
            continue
        (folder / name).mkdir(parents=True)
        for number, part in enumerate(held):
            if number % 2:
                part.write_csv(folder / name / f"part-{number}.csv")
            else:
                part.write_parquet(folder / name / f"part-{number}.parquet")
    write_manifest(folder, period=period)
    return folder


def taken(root: Path, *drops: Path) -> pl.DataFrame:
    """Take the drops into a board of their own and return its snapshot."""
    board = workspace(root / "board")
    for drop in drops:
        take_drop(board, drop)
    with open_store(board) as warehouse:
        register_seeds(warehouse, board)
        stage(warehouse, [INDEX])
        return whole_snapshot(warehouse, INDEX)


BEGIN, CUT, END = date(1990, 1, 1), date(2026, 2, 1), date(2027, 12, 31)


@_FEW
@given(held=seeds, deal=seeds)
def test_one_table_in_several_files_or_deliveries_is_the_same_table(tmp_path_factory, held, deal):
    rows = told_apart(ugly_rows(held, INFORMATION, _MOST_ROWS, lambda table, row: True))
    rows["person"] = []  # of the ordinary people alone: nothing is refused for having happened before a birth
    whole = frames(together(ORDINARY, rows))
    root = tmp_path_factory.mktemp("split")
    try:
        one = taken(root / "one", drop_of(root / "as one", {n: [f] for n, f in whole.items()}, f"{BEGIN}/{END}"))
        dealt = {name: deal_out(frame, deal) for name, frame in whole.items()}
        assert taken(root / "files", drop_of(root / "as files", dealt, f"{BEGIN}/{END}")).equals(one)
        early = {name: [before(name, frame, CUT)] for name, frame in whole.items()}
        late = {
            name: [frame.filter(pl.col(TABLES[name].event_date) >= CUT)]
            for name, frame in whole.items()
            if name in SOURCES
        }
        first = drop_of(root / "early", early, f"{BEGIN}/{CUT - timedelta(days=1)}")
        second = drop_of(root / "late", late, f"{CUT}/{END}")
        assert taken(root / "deliveries", first, second).equals(one)
        assert not taken(root / "half", first).equals(one), "the second delivery brings what counts"
    finally:
        shutil.rmtree(root)


def deal_out(frame: pl.DataFrame, seed: int) -> list[pl.DataFrame]:
    """Return the rows in three files, shuffled; the last may be empty of rows."""
    shuffled = frame.sample(fraction=1, shuffle=True, seed=seed % 2**32)
    return [shuffled[: len(frame) // 2], shuffled[len(frame) // 2 :], shuffled[:0]]


def before(name: str, frame: pl.DataFrame, day: date) -> pl.DataFrame:
    return frame.filter(pl.col(TABLES[name].event_date) < day) if name in SOURCES else frame


# ---- later


def delayed(table: str, rows: list[dict], days: int) -> list[dict]:
    """Return the rows of a source as if each had arrived so many days later."""
    return [{**row, "available_date": (known_on(table, row) + timedelta(days=days)).isoformat()} for row in rows]


@settings(_FEW, max_examples=4)
@given(held=seeds, late=st.sets(st.sampled_from(SOURCES), min_size=1, max_size=6), longer=st.booleans())
def test_sources_that_come_later_by_their_lags_change_exactly_what_was_late(warehouse, held, late, longer):
    rows = told_apart(ugly_rows(held, INFORMATION, _MOST_ROWS, lambda table, row: True))
    in_time = snapshot(warehouse, rows)
    coming, known = dict(rows), dict(rows)
    for table in late:
        days = TABLES[table].lag_days * (10 if longer else 1)
        coming[table] = delayed(table, rows[table], days)
        known[table] = [row for row in rows[table] if known_on(table, row) + timedelta(days=days) < INDEX]
    arrived = snapshot(warehouse, coming)
    assert arrived.equals(snapshot(warehouse, known)), "only what became unknown is missing"
    untouched = [
        column.name for family in families() if late.isdisjoint(family.sources) for column in family.statement.columns
    ]
    assert arrived.select("person_id", *untouched).equals(in_time.select("person_id", *untouched))


def test_every_source_can_come_too_late(warehouse):
    """The property above would hold of sources that nothing reads: without its rows each that is read shows it."""
    rows = told_apart(ugly_rows(1, INFORMATION, 150, lambda table, row: True))
    in_time = snapshot(warehouse, rows)
    unread = [
        table
        for table in SOURCES
        if snapshot(warehouse, {**rows, table: delayed(table, rows[table], 4000)}).equals(in_time)
    ]
    assert unread == [table for table in SOURCES if all(table not in family.sources for family in families())]
