"""What other rooms read: a view of every contract table without superseded rows, and the state of each source.

A file replaces what was held for its table and period. For a table with a key, an earlier version of a thing that the
later file still holds, known on an earlier day, stays: it is what was known then, and a snapshot of that time needs it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from riskstrat.contract import TABLES, Table
from riskstrat.errors import IntegrityFault
from riskstrat.intake.catalogue import Catalogue, Delivery, HeldTable, read_catalogue, table_file, volume_file
from riskstrat.project import Workspace, resource
from riskstrat.warehouse import Statement, Warehouse, quoted, read_statement


@dataclass(frozen=True)
class Part:
    """The rows of a table for a range of people; ``moved`` names, by delivery, a table of rows that all ranges see."""

    people: range
    moved: Mapping[int, str]


def stored_columns(table: Table) -> dict[str, str]:
    """Columns of ``intake.<table>`` and their types: ``person_id`` for the NHS number, and ``delivery`` last."""
    columns = {"person_id" if c.name == "nhs_number" else c.name: c.type for c in table.columns}
    if "person_id" in columns:
        columns["person_id"] = "INTEGER"
    return columns | {"delivery": "INTEGER"}


def expose(warehouse: Warehouse, workspace: Workspace) -> None:
    """Make ``intake.<table>`` for every contract table but ``person_name``, and what is known of the sources.

    An absent table is an empty view with the right types. Grain: one row per version of a thing, or per fact, of the
    deliveries in force. ``intake.source`` has one row per table (``docs/explanation/architecture.md``);
    ``intake.source_volume`` counts all of them whatever part of the tables a reader looks at later. Raises
    ``IntegrityFault`` where a file of the catalogue is not there.
    """
    expose_all(warehouse, workspace, read_catalogue(workspace))


def expose_all(warehouse: Warehouse, workspace: Workspace, catalogue: Catalogue) -> None:
    """Do what ``expose`` does for a catalogue that need not be the one in force."""
    for table in TABLES.values():
        if not table.vault_only:
            expose_table(warehouse, workspace, catalogue, table)
    rows = [_source(workspace, catalogue, table) for table in TABLES.values() if not table.vault_only]
    warehouse.register("intake.source", pl.DataFrame(rows, schema=_SOURCE))
    _expose_volume(warehouse, workspace, catalogue)


def volume_statement() -> Statement:
    """Return the statement that makes ``intake.source_volume`` from the tables of ``intake``."""
    return read_statement(resource("sql/intake/source_volume.sql"))


def write_volume(warehouse: Warehouse, workspace: Workspace, number: int) -> None:
    """Count everything in force by event and available date, once per delivery; ``intake.<table>`` must be exposed."""
    warehouse.write_parquet(
        f"{volume_statement().sql.rstrip()} ORDER BY ALL NULLS FIRST", volume_file(workspace, number)
    )


def _expose_volume(warehouse: Warehouse, workspace: Workspace, catalogue: Catalogue) -> None:
    file = None if catalogue.last is None else volume_file(workspace, catalogue.last.number)
    if file is not None and file.is_file():
        warehouse.attach_parquet("intake.source_volume", [file])
    else:  # nothing held, or taken by a version of riskstrat that did not count
        warehouse.make_view("intake.source_volume", volume_statement().sql)


_SOURCE = {
    "table_name": pl.String,
    "is_present": pl.Boolean,
    "period_start": pl.Date,
    "period_end": pl.Date,
    "lag_days": pl.Int32,
    "data_end": pl.Date,
    "period_is_stated": pl.Boolean,
}


def open_store(workspace: Workspace) -> Warehouse:
    """Open a warehouse on what the workspace holds: ``intake.*`` and ``intake.source``. Use it in a ``with`` block."""
    warehouse = Warehouse.of(workspace)
    expose(warehouse, workspace)
    return warehouse


def expose_table(
    warehouse: Warehouse, workspace: Workspace, catalogue: Catalogue, table: Table, part: Part | None = None
) -> None:
    """Make ``intake.<table>`` from the deliveries of a catalogue: all of it, or the part of some people."""
    columns = stored_columns(table)
    holding = catalogue.holding(table.name)
    if not holding:
        empty = ", ".join(f"CAST(NULL AS {kind}) AS {quoted(name)}" for name, kind in columns.items())
        warehouse.make_view(f"intake.{table.name}", f"SELECT {empty} WHERE FALSE")
        return
    parts = []
    for place, delivery in enumerate(holding):
        parts.append(_in_force(workspace, table, delivery, part, holding[place + 1 :]))
    warehouse.make_view(f"intake.{table.name}", "\nUNION ALL\n".join(part for part in parts if part))


def held_file(workspace: Workspace, table: Table, delivery: Delivery) -> str:
    """Return a relation of all rows that a delivery brought of a table; ``IntegrityFault`` where its file is gone."""
    file = table_file(workspace, table.name, delivery.number)
    if not file.is_file():
        raise IntegrityFault(
            f"store/intake/{table.name} does not hold {file.name}, which the catalogue names",
            "restore the store from a backup, or delete store/intake and take the drops again",
        )
    path = str(file).replace("'", "''")
    return f"read_parquet('{path}', hive_partitioning = false)"


def _relation(workspace: Workspace, table: Table, delivery: Delivery, part: Part | None) -> str:
    whole = held_file(workspace, table, delivery)
    if part is None:
        return whole
    # Files are sorted by person: the engine reads the row groups that hold the range, and no others.
    within = f"person_id BETWEEN {part.people.start} AND {part.people.stop - 1}"
    own = f"SELECT * FROM {whole} WHERE {within}"
    moved = part.moved.get(delivery.number)
    return f"({own})" if moved is None else f"({own} UNION ALL SELECT * FROM {moved} WHERE NOT ({within}))"


def _in_force(
    workspace: Workspace, table: Table, delivery: Delivery, part: Part | None, later: Sequence[Delivery]
) -> str:
    """Return a SELECT of one delivery's rows that later ones leave in force; empty where none can be.

    The last delivery that covers a row's day decides. Deliveries whose days a still later one covers have no say.
    """
    own = _relation(workspace, table, delivery, part)
    selected = ", ".join(f"held_row.{quoted(name)}" for name in stored_columns(table))
    deciding = _deciding(table, later)
    if not deciding:
        return f"SELECT {selected} FROM {own} AS held_row"
    if not table.key and covers_all(table, deciding[-1].tables[table.name]):
        return ""
    joins, cases = [], []
    known_on = _known_on(workspace, table)
    key = ["person_id" if name == "nhs_number" else name for name in table.key]
    for place, other in enumerate(deciding):
        kept = "FALSE"
        if key:
            names = ", ".join(quoted(name) for name in key)
            same = " AND ".join(f"held_row.{quoted(name)} IS NOT DISTINCT FROM k{place}.{quoted(name)}" for name in key)
            joins.append(
                f"LEFT JOIN (SELECT {names}, MAX({known_on}) AS latest "
                f"FROM {_relation(workspace, table, other, part)} AS r GROUP BY {names}) AS k{place} ON {same}"
            )
            kept = f"COALESCE({known_on.replace('r.', 'held_row.')} < k{place}.latest, FALSE)"
        cases.append(f"WHEN {_covered(table, other.tables[table.name])} THEN {kept}")
    # Last first: of several deliveries that cover a day, the last one taken decides.
    decided = " ".join(reversed(cases))
    return f"SELECT {selected} FROM {own} AS held_row {' '.join(joins)} WHERE CASE {decided} ELSE TRUE END"


def _known_on(workspace: Workspace, table: Table) -> str:
    """Return the day a row ``r`` was known: the day available, else what it tells of last plus the lag."""
    happened = [table.event_date] if table.event_date else []
    if table.name == "apc_episode":
        happened = ["discharge_date", "episode_end_date", *happened]
    if not happened:
        return "COALESCE(r.available_date, DATE '0001-01-01')"
    told = f"COALESCE({', '.join(f'r.{quoted(name)}' for name in happened)})"
    return f"COALESCE(r.available_date, {told} + {workspace.settings.lag_days(table.name)})"


def _deciding(table: Table, later: Sequence[Delivery]) -> list[Delivery]:
    deciding: list[Delivery] = []
    for delivery in later:
        held = delivery.tables[table.name]
        deciding = [other for other in deciding if not _contains(table, held, other.tables[table.name])]
        deciding.append(delivery)
    return deciding


def covers_all(table: Table, held: HeldTable) -> bool:
    """Whether a delivery of a table speaks for the whole of it: no period, or no event date to place a row in one."""
    return held.period is None or table.event_date is None


def _contains(table: Table, held: HeldTable, other: HeldTable) -> bool:
    if covers_all(table, held):
        return True
    if held.period is None or other.period is None or covers_all(table, other):
        return False
    return held.period[0] <= other.period[0] and other.period[1] <= held.period[1]


def _covered(table: Table, held: HeldTable) -> str:
    if held.period is None or table.event_date is None:
        return "TRUE"
    return f"held_row.{quoted(table.event_date)} BETWEEN DATE '{held.period[0]}' AND DATE '{held.period[1]}'"


def _source(workspace: Workspace, catalogue: Catalogue, table: Table) -> dict[str, object]:
    holding = [delivery.tables[table.name] for delivery in catalogue.holding(table.name)]
    starts = [held.period[0] if held.period else held.first_event for held in holding]
    ends = [held.period[1] if held.period else held.last_event for held in holding]
    start, end = _day(min, starts), _day(max, ends)
    lag = workspace.settings.lag_days(table.name)
    return {
        "table_name": table.name,
        "is_present": bool(holding),
        "period_start": start,
        "period_end": end,
        "lag_days": lag,
        "data_end": None if end is None else end - timedelta(days=lag),
        "period_is_stated": bool(holding) and holding[-1].period is not None,
    }


def _day(pick: object, days: Sequence[str | None]) -> date | None:
    known = sorted(day for day in days if day is not None)
    if not known:
        return None
    return date.fromisoformat(known[0] if pick is min else known[-1])
