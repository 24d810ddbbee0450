"""Part of the store at a time: the tables of ``intake`` for a range of people, so that memory stays flat.

Everything that a snapshot says of a person is made from that person's rows, so a range of people can be worked through
alone, with four exceptions. Tables that are not about people (``practice``, ``intake.source``,
``intake.source_volume``) stay whole. A version may move a thing whose key does not name the person (an attendance) to
somebody else: the rows of such things are seen with every range, whoever holds them.
"""

from collections.abc import Collection, Iterator, Sequence
from itertools import pairwise
from typing import Final

from riskstrat.contract import TABLES, Table
from riskstrat.intake.catalogue import Catalogue, read_catalogue, volume_file
from riskstrat.intake.expose import Part, expose_table, held_file, stored_columns
from riskstrat.project import Workspace
from riskstrat.warehouse import Warehouse, quoted

ROWS_AT_ONCE: Final = 8_000_000
"""Rows of all tables together that are worked on at a time: what staging and the families hold in memory at once."""
_PEOPLE_AT_ONCE: Final = 100_000
"""People that are worked on at a time, however few rows they have: a snapshot is some three hundred columns wide."""
_KEYS_AT_ONCE: Final = 2_000_000
"""Rows of one table among which things that moved between people are looked for at a time."""


def people_at_once(
    warehouse: Warehouse, workspace: Workspace, rows: int | None = None, tables: Collection[str] = tuple(TABLES)
) -> list[range]:
    """Return ranges of ``person_id``, in order, that hold everyone, each with at most about ``rows`` of ``tables``.

    One range is everyone: with few rows, or where nobody is held. Ids are dense, so ranges are of equal width.
    """
    held = sum(
        delivery.tables[name].rows
        for delivery in read_catalogue(workspace).deliveries
        for name in sorted(delivery.tables.keys() & set(tables))
    )
    first, last = warehouse.rows("SELECT MIN(person_id), MAX(person_id) FROM intake.person")[0]
    if first is None:
        return [range(1, 1)]
    people = last + 1 - first
    count = min(max(-(-held // (rows or ROWS_AT_ONCE)), -(-people // _PEOPLE_AT_ONCE)), people)
    ends = [first + people * n // count for n in range(count + 1)]
    return [range(start, end) for start, end in pairwise(ends)]


def each_range(
    warehouse: Warehouse, workspace: Workspace, ranges: Sequence[range], tables: Collection[str] = tuple(TABLES)
) -> Iterator[range]:
    """Make ``intake.*`` hold one range of people after another; with a single range leave them as they are.

    The warehouse is one that ``open_store`` opened. Afterwards it holds the last range only. Of tables that are not
    named among ``tables`` it goes on holding everything: name all that are read.
    """
    if len(ranges) == 1:
        yield ranges[0]
        return
    catalogue = read_catalogue(workspace)
    if catalogue.last is None or not volume_file(workspace, catalogue.last.number).is_file():
        warehouse.make_table("intake.source_volume_of_all", "FROM intake.source_volume")  # else it would be the range's
        warehouse.make_view("intake.source_volume", "FROM intake.source_volume_of_all")
    about_people = [
        table for table in TABLES.values() if table.is_about_people and table.name in tables and not table.vault_only
    ]
    moved = {table.name: _keep_moved(warehouse, workspace, catalogue, table) for table in about_people}
    for people in ranges:
        for table in about_people:
            expose_table(warehouse, workspace, catalogue, table, Part(people, moved[table.name]))
        yield people


def _keep_moved(warehouse: Warehouse, workspace: Workspace, catalogue: Catalogue, table: Table) -> dict[int, str]:
    """Keep the rows of things that versions give to several people; return the table of each delivery's, by number."""
    if not table.key or "nhs_number" in table.key:
        return {}
    holding = catalogue.holding(table.name)
    key = ", ".join(quoted(name) for name in table.key)
    listed = ", ".join(quoted(name) for name in stored_columns(table))
    everyone = " UNION ALL ".join(
        f"SELECT {key}, person_id FROM {held_file(workspace, table, delivery)}" for delivery in holding
    )
    kept = f"moved.{table.name}"
    pieces = -(-sum(delivery.tables[table.name].rows for delivery in holding) // _KEYS_AT_ONCE)
    for piece in range(pieces):
        found = (
            f"SELECT {key} FROM ({everyone}) WHERE hash({key}) % {pieces} = {piece} "
            f"GROUP BY {key} HAVING MIN(person_id) <> MAX(person_id)"
        )
        if piece == 0:
            warehouse.make_table(kept, found)
        else:
            warehouse.execute(f"INSERT INTO {kept} {found}")
    tables = {}
    for delivery in holding:
        name = f"moved.{table.name}_{delivery.number}"
        warehouse.make_table(
            name, f"SELECT {listed} FROM {held_file(workspace, table, delivery)} SEMI JOIN {kept} USING ({key})"
        )
        tables[delivery.number] = name
    return tables
