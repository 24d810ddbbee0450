"""Row checks, written as SQL from the contract: one pass gives every row its types and its first broken rule.

What each rule means and why is in ``docs/reference/quality-rules.md``. The SQL is generated, not written by hand,
because it says of each table only what ``riskstrat.contract`` declares.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from riskstrat.contract import SENTINEL_DATES, Column, Table
from riskstrat.intake.landing import ReadableFile
from riskstrat.intake.restricted import RestrictedCodes
from riskstrat.warehouse import quoted

EARLIEST_BIRTH = date(1890, 1, 1)
DAYS_BEFORE_BIRTH = 1
"""An event may lie this many days before the date of birth: clocks and midnight differ between systems."""
DAYS_AFTER_DEATH = 90
"""An event may lie this many days after death: letters, prescriptions under way and late coding."""
TOKEN_MARK = "token:"  # noqa: S105 - not a secret: it keeps a sender's token apart from an NHS number

_NATIVE = {
    "DATE": frozenset({"DATE", "TIMESTAMP", "TIMESTAMP_NS", "TIMESTAMP_MS", "TIMESTAMP_S"}),
    "DOUBLE": frozenset({"DOUBLE", "FLOAT", "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT"}),
    "INTEGER": frozenset({"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER"}),
    "BOOLEAN": frozenset({"BOOLEAN"}),
    "VARCHAR": frozenset[str](),
}
_BLANKS = (" ", "\t", "\r", "\n", "\u00a0")
_SENTINELS = ", ".join(f"'{day}'" for day in SENTINEL_DATES)


@dataclass(frozen=True)
class Checking:
    """What the checks of one table need beside its declaration.

    ``as_of`` is the latest day the drop covers, where known. ``is_pseudonymised`` says that identifiers are the
    sender's tokens, to which modulus 11 does not apply. ``native`` names the columns whose files already have the
    right type.
    """

    table: Table
    as_of: date | None
    is_pseudonymised: bool
    native: frozenset[str]


def native_columns(table: Table, files: Sequence[ReadableFile]) -> frozenset[str]:
    """Return the columns whose every file has a type that needs no reading of text."""
    found = set()
    for column in table.columns:
        types = {file.types[column.name] for file in files if column.name in file.types}
        if len(types) == 1 and types <= _NATIVE[column.type]:
            found.add(column.name)
    return frozenset(found)


def landing_sql(
    table: Table, files: Sequence[ReadableFile], native: frozenset[str], restricted: RestrictedCodes
) -> str:
    """Return a SELECT of a table's rows as delivered.

    Text is trimmed and empty text is missing. Restricted codes are already blank, so that they reach neither the store
    nor the quarantine; ``_codes`` counts them and ``_restricted`` marks rows that go with their code.
    """
    tests = restricted.tests(table)
    parts = []
    for file in files:
        columns = {column.name: _landed(column, file, column.name in native) for column in table.columns}
        hits = {name: test.format(columns[name]) for name, test in tests.items()}
        selected = [f"{columns[name]} AS {quoted(name)}" for name in columns if name not in hits]
        selected += [
            f"CASE WHEN {hit} THEN NULL ELSE {columns[name]} END AS {quoted(name)}" for name, hit in hits.items()
        ]
        counted = " + ".join(f"CAST({hit} AS INTEGER)" for hit in hits.values()) or "0"
        marked = " OR ".join(hits.values()) if hits and restricted.drops_row(table) else "FALSE"
        name, path = (text.replace("'", "''") for text in (file.source.name, str(file.parquet)))
        parts.append(
            f"SELECT '{name}' AS _file, file_row_number + 1 AS _row, {counted} AS _codes, {marked} AS _restricted, "
            f"{', '.join(selected)} FROM read_parquet('{path}', file_row_number = true, hive_partitioning = false)"
        )
    return "\nUNION ALL BY NAME\n".join(parts)


def _landed(column: Column, file: ReadableFile, is_native: bool) -> str:
    if column.name not in file.types:
        return f"CAST(NULL AS {column.type if is_native else 'VARCHAR'})"
    spelt = quoted(file.spelling[column.name])
    if is_native:
        return spelt
    text = f"CAST({spelt} AS VARCHAR)"
    trimmed = f"NULLIF(TRIM({text}, {' || '.join(map(_blank, _BLANKS))}), '')"
    # Trimming costs as much as all else that is read of a row, and hardly any text needs it: what neither begins with a
    # blank (or anything that is not ASCII) nor ends with one is taken as it is.
    is_plain = f"{text} >= '!' AND {text} < CHR(127)"
    is_plain += "".join(f" AND NOT SUFFIX({text}, {_blank(blank)})" for blank in _BLANKS)
    return f"CASE WHEN {is_plain} THEN {text} ELSE {trimmed} END"


def _blank(character: str) -> str:
    return f"CHR({ord(character)})"


def checked_sql(checking: Checking) -> str:
    """Return a SELECT that gives each row of ``landing.<table>`` its types, person, fate and first broken rule.

    Reads ``landing.<table>``, ``identity.people`` (identifier, person_id, birth_date, death_date) and
    ``identity.practice``.
    """
    table = checking.table
    typed = [
        f"raw.{quoted(c.name)} AS {quoted('raw_' + c.name)}, {_typed(c, c.name in checking.native)} AS {quoted(c.name)}"
        for c in table.columns
        if c.name != "nhs_number"
    ]
    if table.is_about_people:
        typed.append(f"raw.nhs_number AS raw_nhs_number, {_identifier(checking)} AS identifier")
    held = {"person_id": "who.person_id"}
    rules = "\n    ".join(f"WHEN {test} THEN '{rule}'" for rule, test in rules_of(checking))
    joins = ""
    if _needs_people(table):
        joins += "\nLEFT JOIN identity.people AS who ON who.identifier = t.identifier"
    if _needs_practice(table):
        joins += "\nLEFT JOIN identity.practice AS site ON site.practice_code = t.practice_code"
    kept = ["t._file", "t._row", "t._codes", *(held.get(name, f"t.{quoted(name)}") for name in checked_columns(table))]
    return f"""WITH t AS (SELECT raw._file, raw._row, raw._codes, raw._restricted,
    {", ".join(typed)}
  FROM landing.{quoted(table.name)} AS raw),
judged AS (SELECT {", ".join(kept)}, t._restricted, CASE
    {rules}
    END AS _rule
  FROM t{joins})
SELECT * EXCLUDE (_restricted, _rule),
  CASE WHEN _restricted THEN 'dropped' WHEN _rule IS NULL THEN 'taken' ELSE 'quarantined' END AS _fate,
  CASE WHEN _restricted THEN 'legally restricted code' ELSE _rule END AS _rule
FROM judged"""


def checked_columns(table: Table) -> list[str]:
    """The columns of a checked row: the contract's, with who it is about in place of the NHS number."""
    return [checked_name(table, column.name) for column in table.columns]


def checked_name(table: Table, column: str) -> str:
    """What a column of the contract is called in a checked row.

    In place of the NHS number stands the ``person_id``, null where the person is not known; in ``person``, which people
    are numbered from, the normalised ``identifier``.
    """
    if column != "nhs_number":
        return column
    return "person_id" if _needs_people(table) else "identifier"


def rules_of(checking: Checking) -> list[tuple[str, str]]:
    """Return every rule of a table with the SQL test that a row breaks it, in the order they are tried."""
    table = checking.table
    rules: list[tuple[str, str]] = []
    if table.is_about_people:
        broken = _identifier_rules(checking)
        if _needs_people(table):
            # Whoever is in person was checked there, digit by digit: only strangers are looked at again.
            broken = [(rule, f"who.identifier IS NULL AND ({test})") for rule, test in broken]
        rules += broken
    for column in table.columns:
        if column.name != "nhs_number":
            rules += _column_rules(column)
    if table.one_of:
        none = " AND ".join(f"t.{quoted(name)} IS NULL" for name in table.one_of)
        rules.append((f"{' and '.join(table.one_of)}: both missing", none))
    for first, second in table.ordered_dates:
        rules.append((f"{first}: after {second}", f"t.{quoted(first)} > t.{quoted(second)}"))
    if table.name == "person":
        rules += _birth_rules(checking.as_of)
    if _needs_people(table):
        rules.append(("nhs_number: not in person", "who.identifier IS NULL"))
    if _needs_practice(table):
        rules.append(("practice_code: not in practice", "site.practice_code IS NULL"))
    if _needs_people(table) and table.event_date is not None:
        event = f"t.{quoted(table.event_date)}"
        rules += [
            (
                f"{table.event_date}: before birth",
                f"{event} < CAST(who.birth_date - INTERVAL {DAYS_BEFORE_BIRTH} DAY AS DATE)",
            ),
            (
                f"{table.event_date}: more than {DAYS_AFTER_DEATH} days after death",
                f"{event} > CAST(who.death_date + INTERVAL {DAYS_AFTER_DEATH} DAY AS DATE)",
            ),
        ]
    return rules


def _needs_people(table: Table) -> bool:
    return table.is_about_people and table.name != "person"


def _needs_practice(table: Table) -> bool:
    return table.name == "registration"


def _birth_rules(as_of: date | None) -> list[tuple[str, str]]:
    rules = [
        (f"birth_date: before {EARLIEST_BIRTH.year}", f"t.birth_date < DATE '{EARLIEST_BIRTH}'"),
        ("birth_date: after the row was sent", "t.birth_date > t.available_date"),
    ]
    if as_of is not None:
        rules.append(("birth_date: in the future", f"t.birth_date > DATE '{as_of}'"))
    return rules


def _identifier(checking: Checking) -> str:
    if checking.is_pseudonymised:
        return f"'{TOKEN_MARK}' || raw.nhs_number"
    return "REPLACE(REPLACE(raw.nhs_number, ' ', ''), '-', '')"


def _identifier_rules(checking: Checking) -> list[tuple[str, str]]:
    missing = ("nhs_number: missing", "t.raw_nhs_number IS NULL")
    if checking.is_pseudonymised:
        return [missing, ("nhs_number: token longer than 64 characters", "LENGTH(t.raw_nhs_number) > 64")]
    # NHS Data Dictionary, NHS NUMBER: weights 10 to 2, 11 less the remainder, 11 written as 0 and 10 never given.
    weighted = " + ".join(f"{11 - n} * TRY_CAST(SUBSTR(t.identifier, {n}, 1) AS INTEGER)" for n in range(1, 10))
    check_digit = f"MOD(11 - MOD({weighted}, 11), 11) <> TRY_CAST(SUBSTR(t.identifier, 10, 1) AS INTEGER)"
    return [
        missing,
        ("nhs_number: not ten digits", "NOT REGEXP_FULL_MATCH(t.identifier, '[0-9]{10}')"),
        ("nhs_number: one digit repeated", "t.identifier = REPEAT(SUBSTR(t.identifier, 1, 1), 10)"),
        ("nhs_number: wrong check digit", check_digit),
    ]


def _typed(column: Column, is_native: bool) -> str:
    raw = f"raw.{quoted(column.name)}"
    if column.type == "DATE":
        day = f"CAST({raw} AS DATE)" if is_native else _date_of_text(raw)
        return f"CASE WHEN {day} IN ({_SENTINELS}) THEN NULL ELSE {day} END"
    if column.type == "DOUBLE":
        if is_native:
            return f"CASE WHEN ISFINITE(CAST({raw} AS DOUBLE)) THEN CAST({raw} AS DOUBLE) END"
        number = r"[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?"
        return f"CASE WHEN REGEXP_FULL_MATCH({raw}, '{number}') THEN TRY_CAST({raw} AS DOUBLE) END"
    if column.type == "INTEGER":
        if is_native:
            return f"TRY_CAST({raw} AS INTEGER)"
        whole = r"[-+]?[0-9]+(\.0+)?"
        return f"CASE WHEN REGEXP_FULL_MATCH({raw}, '{whole}') THEN TRY_CAST({raw} AS INTEGER) END"
    if column.type == "BOOLEAN":
        return raw if is_native else f"TRY_CAST({raw} AS BOOLEAN)"
    return raw


def _date_of_text(raw: str) -> str:
    # A time of day may follow the date; the engine alone would also read 2020-1-5 and the word infinity.
    shape = r"[0-9]{4}-[0-9]{2}-[0-9]{2}([ T][0-9:.+Z]*)?"
    return f"CASE WHEN REGEXP_FULL_MATCH({raw}, '{shape}') THEN TRY_CAST(SUBSTR({raw}, 1, 10) AS DATE) END"


_KINDS = {
    "DATE": "not a date (YYYY-MM-DD)",
    "DOUBLE": "not a number",
    "INTEGER": "not a whole number",
    "BOOLEAN": "not true or false",
}


def _column_rules(column: Column) -> list[tuple[str, str]]:
    name, raw = f"t.{quoted(column.name)}", f"t.{quoted('raw_' + column.name)}"
    rules: list[tuple[str, str]] = []
    if column.type in _KINDS:
        unread = f"{raw} IS NOT NULL AND {name} IS NULL"
        if column.type == "DATE":
            unread += f" AND SUBSTR(CAST({raw} AS VARCHAR), 1, 10) NOT IN ({_SENTINELS})"
        rules.append((f"{column.name}: {_KINDS[column.type]}", unread))
    if column.required:
        rules.append((f"{column.name}: missing", f"{name} IS NULL"))
    if column.values:
        listed = ", ".join(f"'{value}'" for value in column.values)
        rules.append((f"{column.name}: not one of the values of the contract", f"{name} NOT IN ({listed})"))
    if column.pattern is not None:
        rules.append(
            (f"{column.name}: not of the form of its code", f"NOT REGEXP_FULL_MATCH({name}, '{column.pattern}')")
        )
    if column.minimum is not None:
        rules.append((f"{column.name}: below {column.minimum:g}", f"{name} < {column.minimum:g}"))
    if column.maximum is not None:
        rules.append((f"{column.name}: above {column.maximum:g}", f"{name} > {column.maximum:g}"))
    return rules
