"""The ``.sql`` files: read with their header comments, and put in order by the tables they name.

A file ``sql/<layer>/<name>.sql`` holds one SELECT and makes the table ``<layer>.<name>``. Its header states grain,
inputs and columns in a fixed form::

    -- Emergency admissions before the index date.
    -- grain: person with at least one emergency stay known at the index date
    -- reads: features.index_date, features.known_stay
    --
    -- order: 30
    -- emergency_admissions_90d: emergency admissions in the 90 days before the index date; count; 90 days; 0 if none
    -- source: NHS Data Dictionary, ADMISSION METHOD CODE

A column's line is ``name: meaning; unit; missing``; in a feature family (a file with ``order:``) it is
``name: meaning; unit; window; missing``. ``missing`` is what a person without a row gets: ``0 if none``, ``null if
none``, ``0 if none, null if never given`` (zero where the family has no value, but only where it has one for anybody:
an optional column that no row of the source carries says nothing), or words of the file's own. ``window`` is the
lookback window: ``90 days`` must be seen whole, and so must ``90 days against the 365 before``; ``up to 730 days`` and
``ever`` reach as far as the source does; ``at the index date`` looks back at nothing. A name that ends in ``_90d`` has
the window ``90 days``, alone or against more days before.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import sqlglot
from sqlglot import exp

from riskstrat.project import resource
from riskstrat.warehouse.portability import unportable

_FIELD = re.compile(r"^-- (?P<name>[a-z][a-z0-9_]*): (?P<text>.*)$")
_WINDOW = re.compile(
    r"(?P<recent>[0-9]+) days( against the (?P<before>[0-9]+) before)?|up to [0-9]+ (days|years)|ever|at the index date"
)
_WINDOW_OF_NAME = re.compile(r"_([0-9]+)d$")
_HEADER_WORDS = ("grain", "reads", "source", "horizon", "order")


@dataclass(frozen=True)
class ColumnComment:
    """What a file's header says of one column: meaning, unit, what a person without a row gets, and its window.

    ``window`` is empty outside the feature families.
    """

    name: str
    meaning: str
    unit: str
    missing: str
    window: str = ""

    @property
    def recent_days(self) -> int | None:
        """Days before the index date of which a source must see some; ``None`` without a whole window."""
        found = _WINDOW.fullmatch(self.window)
        return int(found["recent"]) if found and found["recent"] else None

    @property
    def window_days(self) -> int | None:
        """Days before the index date that a source must reach back; ``None`` without a whole window."""
        found = _WINDOW.fullmatch(self.window)
        return int(found["recent"]) + int(found["before"] or 0) if found and found["recent"] else None

    @property
    def zero_if_none(self) -> bool:
        """Whether no row means zero (where the source is there), not unknown."""
        return self.missing.startswith("0 if none") and not self.zero_if_given

    @property
    def zero_if_given(self) -> bool:
        """Whether no value means zero only where the family has a value for anybody: the source may not give it."""
        return self.missing.startswith("0 if none, null if never given")


@dataclass(frozen=True)
class Statement:
    """One ``.sql`` file: the table it makes, its SELECT, the tables it names and what its header says."""

    table: str
    sql: str
    title: str
    header: dict[str, str]
    columns: tuple[ColumnComment, ...]
    named_tables: frozenset[str]
    output_columns: tuple[str, ...]

    @property
    def layer(self) -> str:
        """The folder the file lies in, which is the schema of its table."""
        return self.table.split(".", 1)[0]

    @property
    def name(self) -> str:
        """The file's stem, which is the table's name in its layer."""
        return self.table.split(".", 1)[1]


def read_statement(path: Path) -> Statement:
    """Read one file.

    Raises ``ValueError`` naming the file where its form is not the one described above, or where it holds what other
    engines read differently, with the portable way to write it.
    """
    text = path.read_text(encoding="utf-8")
    title, header, columns = _read_header(path.name, text)
    tree = sqlglot.parse_one(text, read="duckdb")
    if not isinstance(tree, exp.Query):
        raise ValueError(f"{path.name}: one SELECT per file")
    inner = {cte.alias_or_name for cte in tree.find_all(exp.CTE)}
    named = {f"{t.db}.{t.name}" for t in tree.find_all(exp.Table) if t.db}
    bare = {t.name for t in tree.find_all(exp.Table) if not t.db} - inner
    if bare:
        raise ValueError(f"{path.name}: name tables with their layer: {', '.join(sorted(bare))}")
    refused = unportable(tree)
    if refused:
        raise ValueError(f"{path.parent.name}/{path.name}: {'; '.join(refused)}")
    stated = {name.strip() for name in header.get("reads", "").split(",") if name.strip()}
    if stated != named:
        raise ValueError(f"{path.name}: 'reads:' says {sorted(stated)}, the SELECT reads {sorted(named)}")
    return Statement(
        table=f"{path.parent.name}.{path.stem}",
        sql=text,
        title=title,
        header=header,
        columns=columns,
        named_tables=frozenset(named),
        output_columns=tuple(tree.named_selects),
    )


def _read_header(file_name: str, text: str) -> tuple[str, dict[str, str], tuple[ColumnComment, ...]]:
    lines = text.splitlines()
    if not lines or not lines[0].startswith("-- "):
        raise ValueError(f"{file_name}: the first line says what the table is, as a comment")
    header: dict[str, str] = {}
    columns: list[ColumnComment] = []
    for line in lines[1:]:
        if not line.startswith("--"):
            break
        field = _FIELD.match(line)
        if field is None:
            continue
        name, said = field["name"], field["text"].strip()
        if name in _HEADER_WORDS:
            header[name] = said
            continue
        columns.append(_read_column(file_name, name, said, is_family="order" in header))
    return lines[0].removeprefix("-- ").strip(), header, tuple(columns)


def _read_column(file_name: str, name: str, said: str, *, is_family: bool) -> ColumnComment:
    form = "meaning; unit; window; missing" if is_family else "meaning; unit; missing"
    parts = [part.strip() for part in said.rsplit(";", form.count(";"))]
    if len(parts) != form.count(";") + 1 or not all(parts):
        raise ValueError(f"{file_name}: column {name} needs '{form}'")
    if not is_family:
        return ColumnComment(name, *parts)
    meaning, unit, window, missing = parts
    if not _WINDOW.fullmatch(window):
        raise ValueError(f"{file_name}: column {name} has no window '{window}': say 90 days, up to 730 days, ever, ...")
    named = _WINDOW_OF_NAME.search(name)
    if named and window.split(" against ")[0] != f"{named[1]} days":
        raise ValueError(f"{file_name}: column {name} has a window of {window}")
    return ColumnComment(name, meaning, unit, missing, window)


def read_layer(layer: str) -> list[Statement]:
    """Read every file of ``sql/<layer>/``, by name."""
    return [read_statement(path) for path in sorted(resource(f"sql/{layer}").glob("*.sql"))]


def in_order(statements: Iterable[Statement]) -> list[Statement]:
    """Return the statements so that each comes after those whose tables it names; ``ValueError`` on a cycle."""
    by_table = {statement.table: statement for statement in statements}
    graph = {
        table: sorted(name for name in statement.named_tables if name in by_table)
        for table, statement in sorted(by_table.items())
    }
    try:
        return [by_table[table] for table in TopologicalSorter(graph).static_order()]
    except CycleError as fault:
        raise ValueError(f"tables that read each other: {' -> '.join(fault.args[1])}") from None


def needed_for(targets: Iterable[str], statements: Iterable[Statement]) -> list[Statement]:
    """Return, in order, the statements that the target tables stand on, the targets included."""
    by_table = {statement.table: statement for statement in statements}
    wanted: set[str] = set()
    stack = [name for name in targets if name in by_table]
    while stack:
        table = stack.pop()
        if table not in wanted:
            wanted.add(table)
            stack += [name for name in by_table[table].named_tables if name in by_table]
    return in_order(by_table[table] for table in sorted(wanted))
