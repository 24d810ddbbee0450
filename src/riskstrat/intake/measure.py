"""Counts of what became of a table's rows, read from the checked rows of one drop."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from riskstrat.contract import Table
from riskstrat.intake.checks import checked_columns, checked_name
from riskstrat.intake.landing import ReadableFile
from riskstrat.intake.result import TableQuality
from riskstrat.warehouse import Warehouse, quoted


def measure(warehouse: Warehouse, table: Table, written: int, files: Sequence[ReadableFile]) -> TableQuality:
    """Count rows by fate, rule, month and lateness; ``written`` rows of the taken ones are in the store."""
    checked = f"checked.{quoted(table.name)}"
    quality = TableQuality(table.name, files=[file.source.name for file in files])
    taken = 0
    sql = f"SELECT _fate, _rule, COUNT(*), SUM(_codes) FROM {checked} GROUP BY _fate, _rule ORDER BY _fate, _rule"
    for fate, rule, rows, codes in warehouse.rows(sql):
        quality.rows_in += rows
        if fate == "taken":
            taken += rows
        elif fate == "dropped":
            quality.dropped += rows
        else:
            quality.quarantined[rule] = rows
        if fate != "dropped":
            quality.blanked_codes += int(codes)
    quality.taken = written
    quality.duplicates = taken - written
    if table.key and not table.vault_only:
        quality.conflicts = _conflicts(warehouse, table)
    if table.event_date is not None:
        quality.months = _months(warehouse, table)
        quality.lateness = _lateness(warehouse, table)
    return quality


def _conflicts(warehouse: Warehouse, table: Table) -> int:
    """Count keys with one available date and more than one content in this drop."""
    key = [checked_name(table, name) for name in table.key]
    named = ", ".join(quoted(name) for name in [*key, "available_date"])
    content = ", ".join(quoted(name) for name in checked_columns(table))
    return int(
        warehouse.value(
            f"SELECT COUNT(*) FROM (SELECT {named} FROM (SELECT DISTINCT {content} FROM checked.{quoted(table.name)} "
            f"WHERE _fate = 'taken') GROUP BY {named} HAVING COUNT(*) > 1)"
        )
    )


def conflicts_with_held(warehouse: Warehouse, table: Table, written: Path) -> int:
    """Count keys of a drop's written rows that are held with the same available date and another content."""
    if not table.key or table.vault_only:
        return 0
    key = ", ".join(quoted("person_id" if name == "nhs_number" else name) for name in table.key)
    content = ", ".join(quoted("person_id" if c.name == "nhs_number" else c.name) for c in table.columns)
    held = f"SELECT {content} FROM intake.{quoted(table.name)}"
    path = str(written).replace("'", "''")
    return int(
        warehouse.value(
            f"SELECT COUNT(*) FROM (SELECT {key}, available_date FROM "
            f"(SELECT {content} FROM read_parquet('{path}', hive_partitioning = false) EXCEPT {held}) "
            f"WHERE available_date IS NOT NULL INTERSECT SELECT {key}, available_date FROM intake.{quoted(table.name)})"
        )
    )


def _months(warehouse: Warehouse, table: Table) -> dict[str, tuple[int, int]]:
    event = quoted(str(table.event_date))
    rows = warehouse.rows(
        f"SELECT SUBSTR(CAST({event} AS VARCHAR), 1, 7) AS month, COUNT(*) FILTER (WHERE _fate = 'taken'), "
        f"COUNT(*) FILTER (WHERE _fate = 'quarantined') FROM checked.{quoted(table.name)} "
        f"WHERE {event} IS NOT NULL GROUP BY month ORDER BY month"
    )
    return {month: (taken, refused) for month, taken, refused in rows}


def _lateness(warehouse: Warehouse, table: Table) -> Counter[int]:
    """Count rows by days from event to arrival; of a keyed thing its first version, a later one being news."""
    event, arrival, grouped = quoted(str(table.event_date)), "available_date", ""
    if table.key:
        key = ", ".join(quoted(checked_name(table, name)) for name in table.key)
        event, arrival, grouped = f"MIN({event})", "MIN(available_date)", f"GROUP BY {key}"
    rows = warehouse.rows(
        f"SELECT days, COUNT(*) FROM (SELECT DATE_DIFF('day', {event}, {arrival}) AS days "
        f"FROM checked.{quoted(table.name)} WHERE _fate = 'taken' AND available_date IS NOT NULL {grouped}) "
        "GROUP BY days ORDER BY days"
    )
    return Counter(dict(rows))


def widest_days(warehouse: Warehouse, table: Table) -> tuple[str | None, str | None]:
    """Return the first and last event date taken, as ISO text; ``None`` where the table has no event date or no row."""
    if table.event_date is None:
        return None, None
    event = quoted(table.event_date)
    first, last = warehouse.rows(
        f"SELECT CAST(MIN({event}) AS VARCHAR), CAST(MAX({event}) AS VARCHAR) "
        f"FROM checked.{quoted(table.name)} WHERE _fate = 'taken'"
    )[0]
    return first, last
