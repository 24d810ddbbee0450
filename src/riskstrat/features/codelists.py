"""Code lists and reference tables: what ``sql/seeds`` ships, and lists that a board imports and pins.

A code list is rows of ``list_id, system, code, term, version, source`` (with ``position``, ``rule`` and ``note`` where
a definition has them). The shipped lists are starters that nobody has reviewed clinically; a list of the same
``list_id`` and ``system`` in the workspace's ``codelists/`` folder replaces the shipped one whole. Of several pinned
versions the one whose name sorts last is used.
"""

import csv
import hashlib
import io
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import polars as pl

from riskstrat.errors import InputRefused, IntegrityFault, UsageFault
from riskstrat.files import replace_text, sha256_of
from riskstrat.project import Workspace, resource

CODE_LIST_COLUMNS = ("list_id", "system", "code", "term", "version", "source", "position", "rule", "note")
FOLDER = "codelists"
_SHOWN = 5
_NUMBERS = frozenset({"weight", "minimum", "maximum", "factor", "below", "above"})
_WHOLE = frozenset({"age_from", "age_to", "score"})
_SLUG = re.compile(r"[a-z][a-z0-9_]{1,79}")
_VERSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")
_CODE_FORMS = {
    "icd10": re.compile(r"[A-Z][0-9]{1,2}[0-9A-Z]{0,2}"),
    "bnf": re.compile(r"[0-9]{2}[0-9A-Z]{0,13}"),
    "opcs4": re.compile(r"[A-Z][0-9]{0,3}"),
}
SYSTEMS = ("snomed_ct", *_CODE_FORMS)

_DIHEDRAL = (
    "0123456789 1234067895 2340178956 3401289567 4012395678 5987604321 6598710432 7659821043 8765932104 9876543210"
).split()
_PERMUTATION = "0123456789 1576283094 5803796142 8916043527 9453126870 4286573901 2793806415 7046913258".split()


@dataclass(frozen=True)
class ImportedList:
    """An imported list as it was pinned: its identity, how many codes it holds and the hashes that hold it still.

    ``file_sha256`` is of the file that was given, ``sha256`` of the CSV that was written.
    """

    list_id: str
    system: str
    version: str
    source: str
    codes: int
    form: str
    path: Path
    file_sha256: str
    sha256: str

    def __str__(self) -> str:
        """Return what was pinned, in one line."""
        place = f"{self.path.parent.name}/{self.path.name}"
        return f"{self.list_id} version {self.version}: {self.codes} {self.system} codes, pinned in {place}"


def is_snomed_id(code: str) -> bool:
    """Return whether ``code`` is written as a SNOMED CT identifier: 6 to 18 ASCII digits with a Verhoeff check digit.

    Source: SNOMED CT Technical Implementation Guide, component identifiers.
    """
    if not (code.isascii() and code.isdigit() and 6 <= len(code) <= 18) or code.startswith("0"):
        return False
    check = 0
    for place, digit in enumerate(reversed(code)):
        check = int(_DIHEDRAL[check][int(_PERMUTATION[place % 8][int(digit)])])
    return check == 0


def normal_code(system: str, code: str) -> str:
    """Return a code as it is compared: trimmed; ICD-10 and OPCS-4 upper-case without dot, dash or X padding."""
    code = code.strip()
    if system in ("icd10", "opcs4"):
        code = code.upper().replace(".", "").replace("-", "")
        return code.rstrip("X") if len(code) > 3 else code
    return code.upper()


def fault_in(system: str, code: str) -> str | None:
    """Return what is wrong with a code in its normal form, in words, or ``None``."""
    if re.fullmatch(r"[0-9.,]+E\+?[0-9]+", code.upper()):
        return "looks like a number that a spreadsheet shortened"
    if system == "snomed_ct":
        if not (code.isascii() and code.isdigit()):
            return "is not made of digits only"
        if len(code) > 15 and code.endswith("000"):
            return "ends in zeros, as after a spreadsheet rounded it"
        if not is_snomed_id(code):
            return "fails the SNOMED CT check digit"
        return None if code[-3:-1] in ("00", "10") else "identifies a description or a relationship, not a concept"
    return None if _CODE_FORMS[system].fullmatch(code) else f"is not written like a code of {system}"


def seed_tables(workspace: Workspace | None = None) -> dict[str, pl.DataFrame]:
    """Return every reference table by name (``seeds.<name>``), in order.

    ``seeds.code_list`` holds one row per ``list_id, system, code``, the workspace's lists before the shipped ones.
    Raises ``IntegrityFault`` where a pinned list was changed after its import.
    """
    tables: dict[str, pl.DataFrame] = {}
    shipped: list[pl.DataFrame] = []
    for path in sorted(resource("sql/seeds").glob("*.csv")):
        frame = _read_seed(path)
        if path.stem.startswith("code_list_"):
            shipped.append(frame)
        else:
            tables[f"seeds.{path.stem}"] = frame
    lists = pl.concat(shipped)
    imported = _imported(workspace)
    if imported is not None:
        lists = pl.concat([lists.join(imported, on=["list_id", "system"], how="anti"), imported])
    tables["seeds.code_list"] = lists.sort("list_id", "system", "code")
    return dict(sorted(tables.items()))


def list_versions(workspace: Workspace | None = None) -> list[tuple[str, str, str, int]]:
    """Return ``list_id, system, version, codes`` of every list in use, for manifests and the dictionary."""
    lists = seed_tables(workspace)["seeds.code_list"]
    return lists.group_by("list_id", "system", "version").len().sort("list_id", "system", "version").rows()


def seeds_sha256(workspace: Workspace | None = None) -> str:
    """Return one hash over the code lists and reference tables in use, the workspace's pinned lists among them."""
    digest = hashlib.sha256()
    for table, frame in seed_tables(workspace).items():
        digest.update(f"{table}\n{frame.write_csv()}".encode())
    return digest.hexdigest()


def summary() -> str:
    """Return the shipped lists as a Markdown table: list, system, codes, version."""
    lines = ["| list | system | codes | version |", "| --- | --- | --- | --- |"]
    lines += [f"| `{row[0]}` | {row[1]} | {row[3]} | {row[2]} |" for row in list_versions()]
    return "\n".join(lines)


def _read_seed(path: Path) -> pl.DataFrame:
    frame = pl.read_csv(path, infer_schema_length=0, encoding="utf8")
    return frame.with_columns(
        [pl.col(name).cast(pl.Float64) for name in frame.columns if name in _NUMBERS]
        + [pl.col(name).cast(pl.Int32) for name in frame.columns if name in _WHOLE]
        + [(pl.col(name) == "true").alias(name) for name in frame.columns if name.startswith("is_")]
    )


def _imported(workspace: Workspace | None) -> pl.DataFrame | None:
    """Return the pinned lists of a workspace, the version that sorts last of each, or ``None`` if there is none."""
    folder = workspace.root / FOLDER if workspace is not None else None
    if folder is None or not folder.is_dir():
        return None
    newest: dict[tuple[str, str], Path] = {}
    for pin in sorted(folder.glob("*/*.json")):
        said = json.loads(pin.read_text(encoding="utf-8"))
        newest[(said["list_id"], said["system"])] = pin
    frames = [_read_pinned(pin) for pin in newest.values()]
    return pl.concat(frames).select(CODE_LIST_COLUMNS) if frames else None


def _read_pinned(pin: Path) -> pl.DataFrame:
    said = json.loads(pin.read_text(encoding="utf-8"))
    path = pin.with_suffix(".csv")
    if not path.is_file() or sha256_of(path) != said["sha256"]:
        raise IntegrityFault(
            f"the code list {said['list_id']} version {said['version']} is not the one that was imported",
            "import it again under a new version:  riskstrat codelists import",
        )
    return pl.read_csv(path, infer_schema_length=0)


def import_codelist(
    file: Path,
    *,
    list_id: str,
    system: str,
    version: str,
    source: str,
    into: Path,
    cluster: str | None = None,
) -> ImportedList:
    """Check a code list and pin it as ``into/<list_id>/<system>.<version>.csv`` with a ``.json`` beside it.

    ``file`` is a CSV of OpenCodelists (``code, term``), a PCD refset (``Cluster_ID, ..., SNOMED_code``; ``cluster``
    picks one, else the list's name in capitals and ``_COD``), or any CSV with a column of codes. ``into`` is the
    workspace's ``codelists`` folder. The same file again changes nothing.

    Raises ``UsageFault`` for a name, system or version that cannot be used, ``InputRefused`` naming the rows that are
    not codes, a cluster that is not there, or a version already pinned with other content.
    """
    _check_names(list_id, system, version, source)
    header, records = _read_csv(file)
    form, pairs = _pairs(file.name, header, records, cluster or f"{list_id.upper()}_COD", cluster is not None)
    rows = _checked(file.name, system, pairs)
    folder = into / list_id
    path = folder / f"{system}.{version}.csv"
    text = _csv_text((list_id, system, code, term, version, source, "", "", "") for code, term in rows)
    pinned = ImportedList(
        list_id,
        system,
        version,
        source,
        len(rows),
        form,
        path,
        sha256_of(file),
        hashlib.sha256(text.encode()).hexdigest(),
    )
    if path.exists() and sha256_of(path) != pinned.sha256:
        raise InputRefused(
            f"{list_id} version {version} is already pinned with other content",
            "a version never changes: give the new content a version of its own",
        )
    folder.mkdir(parents=True, exist_ok=True)
    replace_text(path, text)
    described = {key: value for key, value in asdict(pinned).items() if key != "path"} | {"file": file.name}
    replace_text(path.with_suffix(".json"), json.dumps(described, indent=2, sort_keys=True) + "\n")
    return pinned


def _check_names(list_id: str, system: str, version: str, source: str) -> None:
    if system not in SYSTEMS:
        raise UsageFault(f"'{system}' is not a code system riskstrat knows", f"use one of {', '.join(SYSTEMS)}")
    if not _SLUG.fullmatch(list_id):
        raise UsageFault(f"'{list_id}' cannot name a list", "use small letters, digits and underscores")
    if not _VERSION.fullmatch(version):
        raise UsageFault(f"'{version}' cannot name a version", "use a date such as 2026-11, or a tag such as v2.1")
    if not source.strip():
        raise UsageFault("a code list needs a source", "say where it comes from: an address, a publication, a person")


def _read_csv(file: Path) -> tuple[list[str], list[list[str]]]:
    try:
        text = file.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise UsageFault(f"there is no file {file.name}") from None
    except UnicodeDecodeError:
        raise InputRefused(f"{file.name} is not UTF-8 text", "save it as CSV UTF-8, not as a spreadsheet") from None
    delimiter = "\t" if "\t" in text.split("\n", 1)[0] else ","
    rows = list(csv.reader(text.splitlines(), delimiter=delimiter))
    if len(rows) < 2:
        raise InputRefused(f"{file.name} holds no codes", "the first line names the columns, codes follow")
    return [name.strip().lower().replace(" ", "_") for name in rows[0]], rows[1:]


def _pairs(
    file_name: str, header: Sequence[str], records: Iterable[Sequence[str]], cluster: str, cluster_asked: bool
) -> tuple[str, list[tuple[int, str, str]]]:
    """Return the form the file is in and its ``line number, code, term``; blank lines are passed over."""
    code = _first(header, "snomed_code", "snomed_concept_id", "conceptid", "code", "icd10", "bnf_code", "opcs4")
    if code is None:
        raise InputRefused(
            f"{file_name} has no column of codes", f"found: {', '.join(header)}", "name the column  code"
        )
    term = _first(header, "snomed_code_description", "term", "description", "name", "fsn")
    group = _first(header, "cluster_id")
    numbered = [(line, row) for line, row in enumerate(records, start=2) if any(cell.strip() for cell in row)]
    if group is not None:
        found = sorted({_cell(row, group) for _, row in numbered})
        if cluster not in found:
            asked = "asked for" if cluster_asked else "supposed from the list's name"
            raise InputRefused(
                f"{file_name} has no cluster {cluster} ({asked})", f"it holds: {', '.join(found[:_SHOWN])}"
            )
        numbered = [(line, row) for line, row in numbered if _cell(row, group) == cluster]
    form = "pcd_refset" if group is not None else "opencodelists" if list(header) == ["code", "term"] else "csv"
    return form, [(line, _cell(row, code), "" if term is None else _cell(row, term)) for line, row in numbered]


def _checked(file_name: str, system: str, pairs: Iterable[tuple[int, str, str]]) -> list[tuple[str, str]]:
    """Return codes in normal form with their terms, by code and each once; refuses the file if any is not a code."""
    codes: dict[str, str] = {}
    faults: list[str] = []
    for line, raw, term in pairs:
        code = normal_code(system, raw)
        fault = fault_in(system, code)
        if fault is None:
            codes.setdefault(code, term)
        else:
            faults.append(f"row {line}: '{raw}' {fault}" if raw else f"row {line}: no code")
    if faults:
        more = [f"and {len(faults) - _SHOWN} more"] if len(faults) > _SHOWN else []
        raise InputRefused(
            f"{file_name}: rows that are not {system} codes: {len(faults)}",
            *faults[:_SHOWN],
            *more,
            "codes are text: a spreadsheet that opens a CSV shortens or rounds long codes",
        )
    if not codes:
        raise InputRefused(f"{file_name} holds no codes")
    return sorted(codes.items())


def _first(header: Sequence[str], *names: str) -> int | None:
    return next((header.index(name) for name in names if name in header), None)


def _cell(row: Sequence[str], place: int) -> str:
    return row[place].strip() if place < len(row) else ""


def _csv_text(rows: Iterable[Sequence[str]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(CODE_LIST_COLUMNS)
    writer.writerows(rows)
    return text.getvalue()
