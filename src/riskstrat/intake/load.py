"""The rows of a drop: checked once, then quarantined, named by person id, sorted and written, table by table.

Everything streams through the engine: a table is never in Python, and sorting and duplicate-finding spill to disk.
"""

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import polars as pl

from riskstrat.contract import TABLES, Table
from riskstrat.errors import InputRefused
from riskstrat.intake.catalogue import Catalogue, table_file
from riskstrat.intake.checks import Checking, checked_sql, landing_sql, native_columns
from riskstrat.intake.expose import expose_table, stored_columns
from riskstrat.intake.identity import number_people, vault_file
from riskstrat.intake.landing import ReadableFile, scan_guard
from riskstrat.intake.manifest import Period
from riskstrat.intake.measure import conflicts_with_held, measure, widest_days
from riskstrat.intake.restricted import RestrictedCodes
from riskstrat.intake.result import TableQuality
from riskstrat.project import Progress, Workspace, resource
from riskstrat.warehouse import Warehouse, quoted, read_statement

# Practices and people come first: other rows are checked against them.
_FIRST = ("practice", "person", "person_name")
WORTH_SAYING = 50_000
"""Rows of a table above which progress says that it is being written; smaller ones take a moment."""
_NAMES = ("family_name", "given_name", "usual_gp", "needs")


@dataclass
class Load:
    """One drop on its way into the store.

    ``files`` are the opened files by table, ``periods`` the days they say they cover. ``rows``, ``event_days`` and
    ``identity_file`` are filled as tables are written.
    """

    workspace: Workspace
    warehouse: Warehouse
    catalogue: Catalogue
    number: int
    scratch: Path
    key: bytes
    files: dict[str, list[ReadableFile]]
    periods: dict[str, Period | None]
    as_of: date | None
    is_pseudonymised: bool
    restricted: RestrictedCodes
    warnings: list[str]
    say: Progress
    rows: dict[str, int] = field(default_factory=dict)
    event_days: dict[str, tuple[str | None, str | None]] = field(default_factory=dict)
    identity_file: str = ""
    stated_end: date | None = None
    """The last day the manifest says is covered. Without one the last event says nothing about births and deaths."""

    def checked(self, table: Table) -> Path:
        """The scratch file of a table's checked rows."""
        return self.scratch / "checked" / f"{table.name}.parquet"


def load_tables(load: Load) -> dict[str, TableQuality]:
    """Check and write every table of the drop; return what became of the rows.

    Raises ``InputRefused`` where a file cannot be read to its end or no row of a table can be taken.
    """
    for table in TABLES.values():
        if not table.vault_only:
            expose_table(load.warehouse, load.workspace, load.catalogue, table)
    order = [*_FIRST, *(name for name in TABLES if name not in _FIRST)]
    present = [TABLES[name] for name in order if name in load.files]
    natives = {table.name: native_columns(table, load.files[table.name]) for table in present}
    for table in present:
        sql = landing_sql(table, load.files[table.name], natives[table.name], load.restricted)
        load.warehouse.make_view(f"landing.{table.name}", sql)
    load.stated_end = load.as_of
    if load.as_of is None:
        load.as_of = _latest_arrival(load, present)
    qualities: dict[str, TableQuality] = {}
    load.warehouse.execute("CREATE SCHEMA IF NOT EXISTS identity")
    if "practice" not in load.files:
        _keep_practices(load, "SELECT DISTINCT practice_code FROM intake.practice")
    if "person" not in load.files:
        _keep_people(load)
    for table in present:
        _check(load, table, natives[table.name])
        if table.name == "practice":
            _keep_practices(load, "SELECT DISTINCT practice_code FROM checked.practice WHERE _fate = 'taken'")
        if table.name == "person":
            _number_new_people(load)
        if sum(file.rows for file in load.files[table.name]) >= WORTH_SAYING:
            load.say(f"writing {table.name}")
        rows = _write(load, table)
        load.rows[table.name] = rows
        qualities[table.name] = measure(load.warehouse, table, rows, load.files[table.name])
        written = table_file(load.workspace, table.name, load.number)
        qualities[table.name].conflicts += conflicts_with_held(load.warehouse, table, written)
        load.event_days[table.name] = widest_days(load.warehouse, table)
        _write_quarantine(load, table, qualities[table.name])
        _refuse_if_nothing_is_left(table, qualities[table.name])
    _write_vault(load)
    return {name: qualities[name] for name in TABLES if name in qualities}


def _latest_arrival(load: Load, present: list[Table]) -> date | None:
    """Return the latest day on which a row reached the sender, else the latest event; for drops that do not say."""
    for pick in ("available_date", None):
        days = []
        for table in present:
            column = pick or table.event_date
            if column is None or (pick and not any(pick in file.types for file in load.files[table.name])):
                continue
            text = f"TRY_CAST(SUBSTR(CAST({quoted(column)} AS VARCHAR), 1, 10) AS DATE)"
            with scan_guard(_names(load, table)):
                sql = f"SELECT MAX({text}) FROM landing.{quoted(table.name)} WHERE {text} < DATE '9999-12-31'"
                days.append(load.warehouse.value(sql))
        known = [day for day in days if day is not None]
        if known:
            return date.fromisoformat(str(max(known)))
    return None


def _names(load: Load, table: Table) -> str:
    names = [file.source.name for file in load.files[table.name]]
    return names[0] if len(names) == 1 else f"one of the files of {table.name}"


def _check(load: Load, table: Table, native: frozenset[str]) -> None:
    checking = Checking(table, load.stated_end, load.is_pseudonymised, native)
    with scan_guard(_names(load, table)):
        load.warehouse.write_parquet(checked_sql(checking), load.checked(table))
    load.warehouse.attach_parquet(f"checked.{table.name}", [load.checked(table)])


def _keep_practices(load: Load, sql: str) -> None:
    load.warehouse.make_table("identity.practice", sql)


def _keep_people(load: Load) -> None:
    """People of a drop without a person table: those held."""
    load.warehouse.register("identity.candidate", pl.DataFrame(schema={"identifier": pl.String}))
    number_people(load.warehouse, load.key, vault_file(load.workspace))
    load.warehouse.make_view(
        "identity.person_version",
        "SELECT n.identifier, p.birth_date, p.death_date, p.available_date "
        "FROM intake.person AS p INNER JOIN identity.numbered AS n ON n.person_id = p.person_id",
    )
    load.warehouse.build([read_statement(resource("sql/identity/people.sql"))])


def _number_new_people(load: Load) -> None:
    load.say("giving people their numbers")
    taken = "FROM checked.person WHERE _fate = 'taken'"
    load.warehouse.make_table("identity.candidate", f"SELECT DISTINCT identifier {taken}")
    number_people(load.warehouse, load.key, vault_file(load.workspace))
    load.warehouse.make_view(
        "identity.person_version", f"SELECT identifier, birth_date, death_date, available_date {taken}"
    )
    load.warehouse.build([read_statement(resource("sql/identity/people.sql"))])


def _write(load: Load, table: Table) -> int:
    """Write a table's taken rows, each once, in an order that depends on the rows alone; return how many."""
    columns = [name for name in stored_columns(table) if name != "delivery"]
    listed = ", ".join(quoted(name) for name in columns)
    source, person = f"checked.{quoted(table.name)} AS c", "c.person_id"
    if table.name == "person":  # the others were given their people while they were checked
        source += " INNER JOIN identity.people AS p ON p.identifier = c.identifier"
        person = "p.person_id"
    own = ", ".join(person if name == "person_id" else f"c.{quoted(name)}" for name in columns)
    picked = f"SELECT DISTINCT {own} FROM {source} WHERE c._fate = 'taken'"
    if table.vault_only:
        load.warehouse.make_table(f"identity.{table.name}", picked)
        return int(load.warehouse.value(f"SELECT COUNT(*) FROM identity.{quoted(table.name)}"))
    picked = _without_held_outside_period(load, table, picked, listed)
    first = [name for name in ("person_id", table.event_date) if name in columns]
    order = [*first, *(name for name in columns if name not in first)]
    sorted_by = ", ".join(f"{quoted(str(name))} NULLS FIRST" for name in order)
    return load.warehouse.write_parquet(
        f"SELECT {listed}, CAST({load.number} AS INTEGER) AS delivery FROM ({picked}) ORDER BY {sorted_by}",
        table_file(load.workspace, table.name, load.number),
    )


def _without_held_outside_period(load: Load, table: Table, picked: str, listed: str) -> str:
    """Leave out rows that lie outside the stated period and are held already: the file does not replace those days."""
    period = load.periods[table.name]
    if period is None or table.event_date is None or not load.catalogue.holding(table.name):
        return picked
    inside = f"{quoted(table.event_date)} BETWEEN DATE '{period[0]}' AND DATE '{period[1]}'"
    return (
        f"WITH picked AS ({picked}) SELECT {listed} FROM picked WHERE {inside} UNION ALL "
        f"(SELECT {listed} FROM picked WHERE NOT ({inside}) EXCEPT "
        f"SELECT {listed} FROM intake.{quoted(table.name)} WHERE NOT ({inside}))"
    )


def _write_quarantine(load: Load, table: Table, quality: TableQuality) -> None:
    """Keep refused rows as delivered (legally restricted codes blank): they hold identifiers, so mode 0600."""
    if not quality.quarantined_rows:
        return
    path = load.workspace.quarantine / f"{load.number:06}" / f"{table.name}.parquet"
    load.workspace.quarantine.mkdir(parents=True, exist_ok=True)
    path.parent.mkdir(mode=0o700, exist_ok=True)
    load.warehouse.write_parquet(
        f"SELECT raw._file AS file, raw._row AS row_number, c._rule AS rule, "
        f"raw.* EXCLUDE (_file, _row, _codes, _restricted) FROM landing.{quoted(table.name)} AS raw "
        f"INNER JOIN checked.{quoted(table.name)} AS c ON c._file = raw._file AND c._row = raw._row "
        "WHERE c._fate = 'quarantined' ORDER BY file, row_number",
        path,
    )
    path.chmod(0o600)


def _refuse_if_nothing_is_left(table: Table, quality: TableQuality) -> None:
    refused = quality.quarantined
    if quality.rows_in and quality.quarantined_rows == quality.rows_in:
        rule, rows = max(refused.items(), key=lambda item: (item[1], item[0]))
        raise InputRefused(
            f"{table.name}: not one of its {quality.rows_in} rows can be taken",
            f"most often ({rows} rows) because of  {rule}",
            "the column may hold something else than the contract says; nothing was loaded",
        )


def _write_vault(load: Load) -> None:
    """Write who is who: everyone known, with the names last sent; the earlier file stays until the end."""
    vault = load.workspace.vault
    vault.mkdir(parents=True, exist_ok=True)
    vault.chmod(0o700)
    held = vault_file(load.workspace)
    nothing = ", ".join(f"CAST(NULL AS VARCHAR) AS {name}" for name in _NAMES)
    if held is None:
        load.warehouse.make_view("identity.held_name", f"SELECT CAST(NULL AS INTEGER) AS person_id, {nothing}")
    else:
        load.warehouse.attach_parquet("identity.held_name", [held])
    if "person_name" not in load.files:
        load.warehouse.make_view(
            "identity.person_name",
            f"SELECT CAST(NULL AS INTEGER) AS person_id, {nothing}, CAST(NULL AS DATE) AS available_date WHERE FALSE",
        )
    named = read_statement(resource("sql/identity/named.sql"))
    load.identity_file = f"identity-{load.number:06}.parquet"
    path = vault / load.identity_file
    load.warehouse.write_parquet(f"{named.sql.rstrip()} ORDER BY person_id", path)
    path.chmod(0o600)
