"""Restatements: what a drop takes away from months that are already held."""

from riskstrat.contract import TABLES, Table
from riskstrat.errors import InputRefused
from riskstrat.intake.catalogue import Delivery, HeldTable, table_file
from riskstrat.intake.expose import covers_all
from riskstrat.intake.load import Load
from riskstrat.warehouse import quoted

LARGEST_REMOVAL_PERCENT = 10


def refuse_large_removals(load: Load, delivery: Delivery, accepted: str | None) -> list[str]:
    """Return a line per restated table; raise ``InputRefused`` where a month loses more than 10 % of what is held.

    Counted are distinct keys, or rows of facts, by month of the event date among the days that the new files cover; a
    table without an event date counts as one month. ``accepted`` is the reason for which a removal is taken anyway.
    """
    recorded: list[str] = []
    refusals: list[str] = []
    for name, held in delivery.tables.items():
        table = TABLES[name]
        if table.vault_only or not load.catalogue.holding(name):
            continue
        changes = _changes(load, table, held, delivery.number)
        lost = [
            (m, before, after) for m, before, after in changes if after * 100 < before * (100 - LARGEST_REMOVAL_PERCENT)
        ]
        before, after = sum(row[1] for row in changes), sum(row[2] for row in changes)
        if changes:
            recorded.append(f"{name}: restated, {before} held before, {after} now, over {len(changes)} months")
        if lost:
            refusals.append(
                f"{name}, {_shown(lost[0])}" + (f", and {len(lost) - 1} more months" if len(lost) > 1 else "")
            )
    if refusals and not accepted:
        raise InputRefused(
            f"the drop removes more than {LARGEST_REMOVAL_PERCENT} % of what is held",
            *refusals,
            "if that is right, run it again with  --accept-restatement WHY;  nothing was loaded",
        )
    return recorded


def _shown(lost: tuple[str, int, int]) -> str:
    month, before, after = lost
    return f"{month}: {before} held, {after} in the drop"


def _changes(load: Load, table: Table, held: HeldTable, number: int) -> list[tuple[str, int, int]]:
    """Return month, things held and things now, for months held; things are keys, or rows where there is no key."""
    new = f"read_parquet('{str(table_file(load.workspace, table.name, number)).replace(chr(39), chr(39) * 2)}')"
    if covers_all(table, held) or held.period is None:
        covered = "TRUE"
    else:
        covered = f"{quoted(str(table.event_date))} BETWEEN DATE '{held.period[0]}' AND DATE '{held.period[1]}'"
    month = "'the whole table'"
    if table.event_date is not None:
        month = f"SUBSTR(CAST({quoted(table.event_date)} AS VARCHAR), 1, 7)"
    counted = "COUNT(*)"
    if table.key:
        key = ", ".join(quoted("person_id" if name == "nhs_number" else name) for name in table.key)
        counted = f"COUNT(DISTINCT ({key}))"
    counting = f"SELECT {month} AS month, {counted} AS things"
    return [
        (str(m), int(before), int(after))
        for m, before, after in load.warehouse.rows(
            f"SELECT b.month, b.things, COALESCE(a.things, 0) FROM "
            f"({counting} FROM intake.{quoted(table.name)} WHERE {covered} GROUP BY 1) AS b "
            f"LEFT JOIN ({counting} FROM {new} WHERE {covered} GROUP BY 1) AS a "
            "ON a.month = b.month ORDER BY b.month"
        )
    ]
