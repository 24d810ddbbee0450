"""Landing files: which file holds which table, whether it can be read at all, and its rows as the engine sees them.

Every file ends as Parquet the engine can scan many times: CSV is copied once, as text, into the run's scratch folder.
A message never repeats what stands in a row: the engine's own words do, so they are never passed on.
"""

import codecs
import csv
import gzip
import re
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import IO, cast

from riskstrat.contract import TABLES, Table
from riskstrat.errors import InputRefused
from riskstrat.intake.manifest import MANIFEST, Manifest, Period
from riskstrat.warehouse import EngineError, Warehouse, quoted

_SUFFIXES = (".parquet", ".csv.gz", ".csv")
_PIECE = 1 << 20


@dataclass(frozen=True)
class LandingFile:
    """A file of the drop: where it lies, which table it holds, and what the manifest says of it."""

    path: Path
    name: str
    table: str
    sha256: str | None = None
    rows: int | None = None
    period: Period | None = None


@dataclass(frozen=True)
class ReadableFile:
    """A landing file that the engine can scan: a Parquet file and the type of each of its columns, by contract name."""

    source: LandingFile
    parquet: Path
    types: dict[str, str]
    spelling: dict[str, str]
    rows: int


def find_files(drop: Path, manifest: Manifest | None) -> tuple[list[LandingFile], list[str]]:
    """Return the drop's landing files and warnings about what was left unread.

    Raises ``InputRefused`` for a link, for a table that is both a file and a folder, and for a table's file that the
    manifest does not list (its bytes would be unproven).
    """
    listed = {} if manifest is None else {file.path: file for file in manifest.files}
    found: list[LandingFile] = []
    warnings: list[str] = []
    for path in _walk(drop):
        name = path.relative_to(drop).as_posix()
        entry = listed.get(path)
        table = entry.table if entry is not None else name.split("/")[0].split(".")[0]
        if not name.lower().endswith(_SUFFIXES) or table not in TABLES:
            near = get_close_matches(table, TABLES, n=1)
            warnings.append(f"{name} is not a landing table and was not read" + (f" ({near[0]}?)" if near else ""))
            continue
        if manifest is not None and entry is None:
            raise InputRefused(f"{name} is not listed in {MANIFEST}", "list it with its SHA-256, or take it away")
        if entry is None:
            found.append(LandingFile(path, name, table))
        else:
            found.append(LandingFile(path, name, table, entry.sha256, entry.rows, entry.period))
    _refuse_two_forms(found)
    return found, warnings


def _walk(drop: Path) -> Iterator[Path]:
    for path in sorted(drop.iterdir()):
        if path.is_symlink():
            raise InputRefused(f"{path.name} is a link", "links are not followed: put the file itself into the drop")
        if path.name.startswith(".") or path.name == MANIFEST:
            continue
        if path.is_dir():
            yield from _walk(path)
        else:
            yield path


def _refuse_two_forms(files: Sequence[LandingFile]) -> None:
    forms: dict[str, set[str]] = {}
    for file in files:
        first = file.name.split("/", maxsplit=1)[0]
        forms.setdefault(file.table, set()).add(f"{first}/" if "/" in file.name else first)
    for table, names in forms.items():
        unlisted = [file for file in files if file.table == table and file.sha256 is None]
        if len(names) > 1 and unlisted:
            raise InputRefused(
                f"{table} is there more than once: {', '.join(sorted(names))}",
                "leave one file, or one folder of files, for a table",
            )


def open_file(warehouse: Warehouse, file: LandingFile, scratch: Path) -> ReadableFile:
    """Make a landing file scannable; raises ``InputRefused`` naming it where it cannot be read whole."""
    if file.path.stat().st_size == 0:
        raise InputRefused(f"{file.name} is empty: not even a header", "have it sent again; nothing was loaded")
    parquet = file.path
    if not file.path.name.lower().endswith(".parquet"):
        parquet = scratch / f"{file.name.replace('/', '~')}.parquet"
        header = _check_text(file)
        _copy_csv(warehouse, file, header, parquet)
    described = _describe(warehouse, file, parquet)
    spelling: dict[str, str] = {}
    for name in described:
        plain = name.strip().lower()
        if plain in spelling:
            raise InputRefused(f'{file.name} has the column "{plain}" twice', "leave one of them; nothing was loaded")
        spelling[plain] = name
    with _unreadable(file):
        rows = warehouse.value("SELECT COUNT(*) FROM read_parquet(?)", [str(parquet)])
    if file.rows is not None and file.rows != rows:
        raise InputRefused(
            f"{file.name} has {rows} rows; {MANIFEST} says {file.rows}",
            "have the drop sent again; nothing was loaded",
        )
    types = {plain: described[name] for plain, name in spelling.items()}
    return ReadableFile(file, parquet, types, spelling, int(rows))


def _describe(warehouse: Warehouse, file: LandingFile, parquet: Path) -> dict[str, str]:
    with _unreadable(file):
        return {row[0]: row[1] for row in warehouse.rows("DESCRIBE FROM read_parquet(?)", [str(parquet)])}


@contextmanager
def _unreadable(file: LandingFile) -> Iterator[None]:
    """Say in our own words that a file cannot be read; the engine's words may quote a row."""
    try:
        yield
    except EngineError as fault:
        kind = "Parquet" if file.path.name.lower().endswith(".parquet") else "CSV"
        line = re.search(r"Line: (\d+)", str(fault))
        where = f" at line {line[1]}" if line else ""
        why = _csv_reason(str(fault)) if kind == "CSV" else "it is truncated or damaged"
        raise InputRefused(
            f"{file.name} cannot be read as {kind}{where}: {why}", "have it sent again; nothing was loaded"
        ) from None


def scan_guard(file_names: str) -> "_ScanGuard":
    """Return a context that turns an engine's fault while scanning those files into ``InputRefused``."""
    return _ScanGuard(file_names)


class _ScanGuard:
    def __init__(self, names: str) -> None:
        self._names = names

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, trace: object) -> None:
        if isinstance(fault, EngineError) and type(fault).__name__ in _FAULTS_OF_FILES:
            raise InputRefused(
                f"{self._names} cannot be read to its end: it is truncated or damaged",
                "have it sent again; nothing was loaded",
            ) from None


# What the engine raises for bytes it cannot make sense of; faults in a statement have other classes and are our own.
_FAULTS_OF_FILES = frozenset({"InvalidInputException", "IOException", "SerializationException", "Error"})


def _csv_reason(words: str) -> str:
    if "Expected Number of Columns" in words:
        return "a row has more or fewer columns than the header"
    if "unterminated quote" in words:
        return "a quote is opened and not closed"
    return "a row cannot be split into columns"


def _check_text(file: LandingFile) -> list[str]:
    """Read a CSV file once as bytes: UTF-8 throughout, a header of distinct names; return the header as spelt."""
    decoder = codecs.getincrementaldecoder("utf-8-sig")()
    head, line = "", 1
    try:
        with _binary(file.path) as stream:
            while piece := stream.read(_PIECE):
                try:
                    text = decoder.decode(piece)
                except UnicodeDecodeError as fault:
                    line += piece[: fault.start].count(b"\n")
                    raise InputRefused(
                        f"{file.name} is not UTF-8: line {line} has a byte that no UTF-8 text has",
                        "save it as UTF-8 (it may be Latin-1 or Windows-1252); nothing was loaded",
                    ) from None
                line += piece.count(b"\n")
                head += text[: max(0, _PIECE - len(head))]
            decoder.decode(b"", final=True)
    except (EOFError, zlib.error, gzip.BadGzipFile):
        raise InputRefused(
            f"{file.name} cannot be unpacked: it is truncated or damaged", "have it sent again; nothing was loaded"
        ) from None
    except UnicodeDecodeError:
        raise InputRefused(
            f"{file.name} is not UTF-8: it ends inside a character", "have it sent again; nothing was loaded"
        ) from None
    return _header(file, head)


def _binary(path: Path) -> IO[bytes]:
    if path.name.lower().endswith(".gz"):
        return cast(IO[bytes], gzip.open(path, "rb"))
    return path.open("rb")


def _header(file: LandingFile, head: str) -> list[str]:
    header = next(csv.reader(head.splitlines()), [])
    if not any(name.strip() for name in header):
        raise InputRefused(f"{file.name} has no header line", "its first line names the columns; nothing was loaded")
    if len(header) == 1:
        for mark, word in ((";", "semicolons"), ("\t", "tabs"), ("|", "bars")):
            if mark in header[0]:
                raise InputRefused(f"{file.name} is divided by {word}", "divide the columns by commas")
    plain = [name.strip().lower() for name in header]
    twice = sorted({name for name in plain if plain.count(name) > 1})
    if twice:
        raise InputRefused(f'{file.name} has the column "{twice[0]}" twice', "leave one of them; nothing was loaded")
    return header


def _copy_csv(warehouse: Warehouse, file: LandingFile, header: list[str], parquet: Path) -> None:
    columns = ", ".join(f"{quoted(name or f'column {n}')}: 'VARCHAR'" for n, name in enumerate(header, start=1))
    options = "auto_detect = false, header = true, delim = ',', quote = '\"', escape = '\"', max_line_size = 10000000"
    source = str(file.path).replace("'", "''")
    with _unreadable(file):
        warehouse.write_parquet(f"SELECT * FROM read_csv('{source}', {options}, columns = {{{columns}}})", parquet)


def refuse_missing_columns(
    table: Table, files: Sequence[ReadableFile], last_load: str | None, foreign_names: dict[str, dict[str, str]]
) -> None:
    """Raise ``InputRefused`` in the manner of EXAMPLES where a file lacks a required column.

    ``foreign_names`` says, by adapter, what a foreign shape calls the table's columns.
    """
    for file in files:
        for column in table.columns:
            if not column.required or column.name in file.types:
                continue
            spelt = list(file.spelling.values())
            known = {other.name for other in table.columns}
            by_plain = {
                name.lower().replace("_", ""): name for plain, name in file.spelling.items() if plain not in known
            }
            near = get_close_matches(column.name.replace("_", ""), by_plain, n=3, cutoff=0.55)
            found = [by_plain[name] for name in near]
            help_lines = []
            for adapter, names in sorted(foreign_names.items()):
                theirs = by_plain.get(names.get(column.name, "").lower().replace("_", ""))
                if theirs is not None:
                    found = [theirs, *(name for name in found if name != theirs)]
                    help_lines.append(f"if these are {adapter.upper()} column names, run it with  --adapter {adapter}")
            if found:
                help_lines.insert(0, "found instead: " + ", ".join(f'"{name}"' for name in found))
            else:
                help_lines.insert(0, "its columns: " + ", ".join(f'"{name}"' for name in spelt[:12]))
            last = f"the last load of {table.name} is {last_load}" if last_load else f"{table.name} was never loaded"
            raise InputRefused(
                f'{file.source.name} has no column "{column.name}" (required)',
                *help_lines,
                f"nothing was loaded; {last}",
            )
