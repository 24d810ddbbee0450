"""The one place that talks to DuckDB.

The database is in memory and spills to the workspace's scratch folder: what lasts is Parquet in ``store/``. A schema is
a layer; a table of a layer is a view on its Parquet files, or a table that a statement made in this run.
"""

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import duckdb
import polars as pl

from riskstrat.errors import EnvironmentFault
from riskstrat.files import replacing
from riskstrat.project import Workspace
from riskstrat.warehouse.appending import GrowingFile
from riskstrat.warehouse.statements import Statement

EngineError = duckdb.Error
"""What the engine raises; for rooms that must say in their own words why a file cannot be read."""


def quoted(name: str) -> str:
    """Return an identifier in double quotes, for names that come from outside the ``sql/`` folder."""
    return '"' + name.replace('"', '""') + '"'


class Warehouse(AbstractContextManager["Warehouse"]):
    """A DuckDB connection with a memory limit, threads and a scratch folder. Use it in a ``with`` block.

    Raises ``EnvironmentFault`` where memory or disk run out.
    """

    def __init__(self, scratch: Path, *, memory_limit: str = "2GB", threads: int = 2) -> None:
        """Open an in-memory database that spills to ``scratch``."""
        scratch.mkdir(parents=True, exist_ok=True)
        self._spill = tempfile.TemporaryDirectory(prefix="duckdb-", dir=scratch)
        self._connection = duckdb.connect(
            config={
                "memory_limit": memory_limit,
                "threads": threads,
                "temp_directory": self._spill.name,
                "autoinstall_known_extensions": False,
                "autoload_known_extensions": False,
            }
        )
        self._connection.execute("SET TimeZone = 'UTC'")
        self._connection.execute("SET enable_progress_bar = false")  # it would draw on stdout, which is for answers
        self._kinds: dict[str, str] = {}

    @classmethod
    def of(cls, workspace: Workspace, scratch: Path | None = None) -> Self:
        """Open one with the limits of the workspace's settings, spilling to its scratch folder or the one given."""
        engine = workspace.settings.engine
        return cls(scratch or workspace.scratch, memory_limit=engine.memory_limit, threads=engine.threads)

    def __enter__(self) -> Self:
        """Return the open warehouse."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the connection and remove what spilled."""
        self._connection.close()
        self._spill.cleanup()

    def execute(self, sql: str, parameters: Sequence[Any] | None = None) -> None:
        """Run a statement whose result nobody reads."""
        self._run(sql, parameters)

    def rows(self, sql: str, parameters: Sequence[Any] | None = None) -> list[tuple[Any, ...]]:
        """Run a query and return its rows."""
        return self._run(sql, parameters).fetchall()

    def value(self, sql: str, parameters: Sequence[Any] | None = None) -> Any:
        """Run a query of one row and one column and return its value; ``None`` if there is no row."""
        found = self._run(sql, parameters).fetchall()  # fetchone would leave the result open and the connection busy
        return found[0][0] if found else None

    def frame(self, sql: str, parameters: Sequence[Any] | None = None) -> pl.DataFrame:
        """Run a query and return a polars frame."""
        with _faults_for_people():
            return pl.DataFrame(self._connection.sql(sql, params=parameters).to_arrow_table())

    def register(self, table: str, frame: pl.DataFrame) -> None:
        """Make ``layer.name`` a table holding the frame's rows."""
        self._connection.register("incoming_frame", frame.to_arrow())
        self.make_table(table, "FROM incoming_frame")
        self._connection.unregister("incoming_frame")

    def attach_parquet(self, table: str, files: Sequence[Path]) -> None:
        """Make ``layer.name`` a view on Parquet files of one schema; at least one file."""
        listed = ", ".join("'" + str(path).replace("'", "''") + "'" for path in files)
        self._make("VIEW", table, f"FROM read_parquet([{listed}], hive_partitioning = false)")

    def make_view(self, table: str, sql: str) -> None:
        """Make ``layer.name`` a view of a SELECT."""
        self._make("VIEW", table, sql)

    def make_table(self, table: str, sql: str) -> None:
        """Make ``layer.name`` a table of a SELECT's rows."""
        self._make("TABLE", table, sql)

    def build(self, statements: Iterable[Statement]) -> None:
        """Make the table of each statement, in the order given."""
        for statement in statements:
            self.make_table(statement.table, statement.sql)

    def columns(self, table: str) -> list[str]:
        """Return the column names of ``layer.name``."""
        described = self._run(f"DESCRIBE {_qualified(table)}").fetchall()
        return [str(row[0]) for row in described]

    def drop_layers(self, *layers: str) -> None:
        """Drop every table and view of these layers, so that what they hold is free before they are made again."""
        for table, kind in list(self._kinds.items()):
            if table.split(".", 1)[0] in layers:
                self._run(f"DROP {kind} {_qualified(table)}")
                del self._kinds[table]

    def write_parquet(self, sql: str, path: Path, parameters: Sequence[Any] | None = None) -> int:
        """Write a query's rows, in its order, to ``path`` in one step (a half-written file never has that name).

        Returns the number of rows. The bytes depend on the rows alone.
        """
        with replacing(path) as half:
            target = str(half).replace("'", "''")
            copied = self._run(
                f"COPY ({sql}) TO '{target}' (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 122880)",
                parameters,
            ).fetchall()
        return int(copied[0][0])

    def append(self, sql: str, file: GrowingFile, *, ordered_by: str) -> None:
        """Write a query's rows, ordered by one of its columns, after those that the file holds."""
        file.append(self.frame(sql).sort(ordered_by))  # polars puts hundreds of columns in order at half the cost

    def _run(self, sql: str, parameters: Sequence[Any] | None = None) -> duckdb.DuckDBPyConnection:
        with _faults_for_people():
            return self._connection.execute(sql, parameters)

    def _make(self, kind: str, table: str, sql: str) -> None:
        """Make a table or view in place of whatever had its name (kinds are remembered: asking the engine is slow)."""
        held = self._kinds.get(table)
        if held is None:
            self._run(f"CREATE SCHEMA IF NOT EXISTS {quoted(table.split('.', 1)[0])}")
        elif held != kind:
            self._run(f"DROP {held} {_qualified(table)}")
        self._run(f"CREATE OR REPLACE {kind} {_qualified(table)} AS {sql}")
        self._kinds[table] = kind


@contextmanager
def _faults_for_people() -> Iterator[None]:
    """Turn the engine's words for a full disk or memory into ours; everything else is our own fault and passes."""
    try:
        yield
    except duckdb.OutOfMemoryException as fault:
        raise EnvironmentFault(
            "the engine ran out of memory or of disk to spill to",
            str(fault).splitlines()[0],
            "raise engine.memory_limit in riskstrat.toml, or free disk in the workspace",
        ) from None
    except duckdb.IOException as fault:
        if "No space left" in str(fault) or "ENOSPC" in str(fault):
            raise EnvironmentFault("the disk is full", "free some space; nothing was half written") from None
        raise


def _qualified(table: str) -> str:
    layer, name = table.split(".", 1)
    return f"{quoted(layer)}.{quoted(name)}"
