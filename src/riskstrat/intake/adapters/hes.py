"""HES files (admitted patient care, A&E, outpatients) into the contract's tables.

Column names are those of the HES technical output specifications. What HES does not have (people, registrations,
practices, a spell id) is derived in ``sql/hes/`` and said in ``ASSUMPTIONS``.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from riskstrat.errors import InputRefused
from riskstrat.files import sha256_of
from riskstrat.intake.adapters.shape import Adapted
from riskstrat.intake.landing import LandingFile, ReadableFile, open_file
from riskstrat.intake.manifest import MANIFEST, Period
from riskstrat.project import resource
from riskstrat.warehouse import Warehouse, quoted, read_statement

HES_NAMES: dict[str, dict[str, str]] = {
    "person": {"nhs_number": "PSEUDO_HESID", "birth_date": "MYDOB", "sex": "SEX"},
    "registration": {"nhs_number": "PSEUDO_HESID", "practice_code": "GPPRAC"},
    "apc_episode": {
        "nhs_number": "PSEUDO_HESID",
        "episode_number": "EPIORDER",
        "admission_date": "ADMIDATE",
        "admission_method": "ADMIMETH",
        "episode_start_date": "EPISTART",
    },
    "ecds_attendance": {
        "nhs_number": "PSEUDO_HESID",
        "attendance_id": "AEKEY",
        "arrival_date": "ARRIVALDATE",
        "department_type": "AEDEPTTYPE",
    },
    "outpatient_appointment": {
        "nhs_number": "PSEUDO_HESID",
        "appointment_date": "APPTDATE",
        "attendance_status": "ATTENDED",
    },
}
"""What HES calls the required columns of contract tables."""

ASSUMPTIONS = (
    "a spell is one person's episodes with one admission date; its provider is that of its first episode",
    "episodes of a spell are numbered by EPIORDER, start, end and key, because EPIORDER repeats within a stay",
    "a person is born on the first of the month of MYDOB; where that lies after the admission, on the admission day "
    "less STARTAGE_CALC; seen in A&E or outpatients alone, on the day seen less their age in years and half a year",
    "sex and birth come from the earliest row that has them, ethnicity and area from the latest; only ONS 2001 letters "
    "are ethnic categories",
    "a person died on the discharge date of a stay with discharge method 4; other deaths are not known",
    "a person is registered with the first practice seen from 1 April of that financial year, with a later one from "
    "the day it is seen, and never leaves; V81997, V81998 and V81999 are no practice",
    "practices have no names, networks or places: the code stands for the name",
    "A&E diagnoses are not SNOMED and are left out; HES says no arrival date of rows: the lags of settings apply",
    "a financial year's files cover its 1 April to 31 March",
)

_IDENTIFIERS = ("pseudo_hesid", "token_person_id", "encrypted_hesid")


@dataclass(frozen=True)
class _Dataset:
    """One HES data set: how its files are known, the columns it is read by, and those it can do without."""

    table: str
    marks: tuple[str, ...]
    optional: tuple[str, ...]
    age: str | None = None


_ABOUT_PEOPLE = ("sex", "ethnos", "gpprac", "lsoa11", "lsoa01")
_DATASETS = {
    "apc": _Dataset(
        "apc_episode",
        ("epikey", "admidate", "admimeth", "epistart", "epiorder"),
        (
            *("admisorc", "classpat", "epiend", "disdate", "dismeth", "disdest", "tretspef", "procode3", "mydob"),
            *(f"diag_4_{n:02}" for n in range(1, 21)),
            *(f"opertn_4_{n:02}" for n in range(1, 5)),
            *_ABOUT_PEOPLE,
        ),
        age="startage_calc",
    ),
    "ae": _Dataset(
        "ecds_attendance",
        ("aekey", "arrivaldate", "aedepttype"),
        ("aeattendcat", "aearrivalmode", *_ABOUT_PEOPLE),
        age="arrivalage_calc",
    ),
    "op": _Dataset(
        "outpatient_appointment",
        ("apptdate", "attended"),
        ("attendkey", "firstatt", "tretspef", *_ABOUT_PEOPLE),
        age="apptage_calc",
    ),
}


def adapt_hes(warehouse: Warehouse, drop: Path, scratch: Path) -> Adapted:
    """Read a HES file, or a folder of them, and return contract tables with the sender's tokens as identifiers.

    Raises ``InputRefused`` where no file is of a HES data set, or one cannot be read.
    """
    found: dict[str, list[ReadableFile]] = {name: [] for name in _DATASETS}
    warnings: list[str] = []
    for file in _candidates(drop):
        opened = open_file(warehouse, file, scratch)
        name = _dataset_of(opened)
        if name is None:
            warnings.append(f"{file.name} has the columns of no HES data set and was not read")
        else:
            found[name].append(opened)
    if not any(found.values()):
        raise InputRefused(
            "no file here has the columns of HES admitted patient care, A&E or outpatients",
            *warnings,
            f"admitted patient care, for one, has {', '.join(mark.upper() for mark in _DATASETS['apc'].marks)}",
        )
    for name, files in found.items():
        warehouse.make_view(f"hes.{name}", _raw_sql(_DATASETS[name], files))
    derived = ["seen", "person", "registration", "practice"]
    present = [name for name in _DATASETS if found[name]]
    tables = [_DATASETS[name].table for name in present]
    warehouse.build([read_statement(resource(f"sql/hes/{name}.sql")) for name in [*derived, *tables]])
    files_out = [_whole(warehouse, table, scratch) for table in derived[1:]]
    for name in present:
        for source in found[name]:
            files_out.append(_one_file(warehouse, _DATASETS[name].table, source, scratch))
    return Adapted(files_out, is_pseudonymised=True, assumptions=list(ASSUMPTIONS), warnings=warnings)


def _candidates(drop: Path) -> list[LandingFile]:
    paths = [drop] if drop.is_file() else sorted(path for path in drop.iterdir() if path.name != MANIFEST)
    linked = [path.name for path in paths if path.is_symlink()]
    if linked:
        raise InputRefused(f"{linked[0]} is a link", "links are not followed: put the file itself into the drop")
    return [
        LandingFile(path, path.name, "hes")
        for path in paths
        if path.is_file() and path.name.lower().endswith((".csv", ".csv.gz", ".parquet"))
    ]


def _dataset_of(file: ReadableFile) -> str | None:
    if not any(name in file.types for name in _IDENTIFIERS):
        return None
    for name, dataset in _DATASETS.items():
        if all(mark in file.types for mark in dataset.marks):
            return name
    return None


def _raw_sql(dataset: _Dataset, files: Sequence[ReadableFile]) -> str:
    """Return a SELECT of the columns a data set is read by, as trimmed text, absent ones null."""
    columns = [*dataset.marks, *dataset.optional]
    if not files:
        empty = ", ".join(f"CAST(NULL AS VARCHAR) AS {name}" for name in ("source_file", "token", "age", *columns))
        return f"SELECT {empty}, CAST(NULL AS BIGINT) AS source_row WHERE FALSE"
    parts = []
    for file in files:
        token = next(name for name in _IDENTIFIERS if name in file.types)
        picked = [f"{_text(file, token)} AS token", f"{_text(file, dataset.age)} AS age"]
        picked += [f"{_text(file, name)} AS {name}" for name in columns]
        name, path = (text.replace("'", "''") for text in (file.source.name, str(file.parquet)))
        parts.append(
            f"SELECT '{name}' AS source_file, file_row_number + 1 AS source_row, {', '.join(picked)} "
            f"FROM read_parquet('{path}', file_row_number = true)"
        )
    return "\nUNION ALL BY NAME\n".join(parts)


def _text(file: ReadableFile, name: str | None) -> str:
    if name is None or name not in file.types:
        return "CAST(NULL AS VARCHAR)"
    return f"NULLIF(TRIM(CAST({quoted(file.spelling[name])} AS VARCHAR)), '')"


def _whole(warehouse: Warehouse, table: str, scratch: Path) -> LandingFile:
    path = scratch / "hes" / f"{table}.parquet"
    warehouse.write_parquet(f"SELECT * FROM hes.{table} ORDER BY ALL", path)
    return LandingFile(path, f"{table} (derived from HES)", table)


def _one_file(warehouse: Warehouse, table: str, source: ReadableFile, scratch: Path) -> LandingFile:
    """Write the rows of one source file in its own order, so that a refused row's number is that of the source."""
    path = scratch / "hes" / f"{table}~{source.source.name}.parquet"
    warehouse.write_parquet(
        f"SELECT * EXCLUDE (source_file, source_row) FROM hes.{table} WHERE source_file = ? ORDER BY source_row",
        path,
        [source.source.name],
    )
    return LandingFile(
        path, source.source.name, table, sha256_of(source.source.path), source.rows, _period(warehouse, source)
    )


def _period(warehouse: Warehouse, source: ReadableFile) -> Period | None:
    """Return the financial years of a file by its FYEAR (``0102`` is 2001-04-01 to 2002-03-31)."""
    if "fyear" not in source.types:
        return None
    column = quoted(source.spelling["fyear"])
    years = [
        str(row[0])
        for row in warehouse.rows(
            f"SELECT DISTINCT CAST({column} AS VARCHAR) FROM read_parquet(?) ORDER BY 1", [str(source.parquet)]
        )
    ]
    starts = [_first_year(year) for year in years]
    known = [start for start in starts if start is not None]
    if not known or len(known) < len(starts):
        return None
    return date(min(known), 4, 1), date(max(known) + 1, 3, 31)


def _first_year(fyear: str) -> int | None:
    """Return the calendar year in which a HES year begins; HES began in 1989."""
    if len(fyear) != 4 or not fyear.isdigit() or (int(fyear[:2]) + 1) % 100 != int(fyear[2:]):
        return None
    short = int(fyear[:2])
    return 1900 + short if short >= 89 else 2000 + short
