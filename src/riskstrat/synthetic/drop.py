"""Writes a landing drop: one Parquet file per table, rows sorted, and ``manifest.json`` with the hash of each."""

import hashlib
import json
from datetime import timedelta
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from riskstrat import contract
from riskstrat.errors import UsageFault
from riskstrat.synthetic.draws import Calendar, by_key

ROW_GROUP = 250_000
_ARROW = {
    "VARCHAR": pa.string(),
    "DATE": pa.date32(),
    "DOUBLE": pa.float64(),
    "INTEGER": pa.int32(),
    "BOOLEAN": pa.bool_(),
}


def _sorted(declared: contract.Table, rows: pl.DataFrame) -> pl.DataFrame:
    """Sort by key and arrival; facts by person and day, which keep the order they were made in within a day.

    Facts are many: one whole-number key sorts ten times faster than their text columns.
    """
    if declared.key or declared.event_date is None:
        return rows.sort([*declared.key, "available_date"], maintain_order=True, nulls_last=True)
    person = rows["nhs_number"].cast(pl.Int64).to_numpy()
    when = rows[declared.event_date].cast(pl.Int32).to_numpy()
    return rows.select(pl.all().gather(by_key(person, when)))


class Drop:
    """A folder being filled. Every table goes through ``write``; ``close`` writes the manifest."""

    def __init__(self, folder: Path, calendar: Calendar, file_format: str) -> None:
        """Make the folder; ``UsageFault`` where it holds something already or the format is not known."""
        if file_format not in ("parquet", "csv.gz"):
            raise UsageFault(f"a drop is written as parquet or csv.gz, not as {file_format}")
        if folder.exists() and any(folder.iterdir()):
            raise UsageFault(f"{folder} is not empty", "name a folder that does not exist yet, or an empty one")
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.calendar = calendar
        self.file_format = file_format
        self.files: list[dict[str, object]] = []

    def write(self, table: str, rows: pl.DataFrame) -> None:
        """Write one table with the contract's columns in the contract's order, sorted by key or by all columns."""
        declared = contract.TABLES[table]
        rows = rows.select([column.name for column in declared.columns])
        rows = _sorted(declared, rows)
        path = self.folder / f"{table}.{self.file_format}"
        if self.file_format == "parquet":
            schema = pa.schema([(column.name, _ARROW[column.type]) for column in declared.columns])
            pq.write_table(
                rows.to_arrow().cast(schema), path, compression="zstd", row_group_size=ROW_GROUP, write_statistics=True
            )
        else:
            rows.write_csv(path, compression="gzip")
        self.files.append(
            {
                "file": path.name,
                "table": table,
                "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
                "rows": rows.height,
                "period": self._period(declared, rows),
            }
        )

    def _period(self, declared: contract.Table, rows: pl.DataFrame) -> str:
        """Return the period a file speaks for: from its first event or the data's start, to the day before the end."""
        last = self.calendar.end - timedelta(days=1)
        first = pl.Series([self.calendar.first_day], dtype=pl.Int32).cast(pl.Date).item()
        if declared.event_date and rows.height:
            first = min(first, rows[declared.event_date].drop_nulls().min())
        return f"{first.isoformat()}/{last.isoformat()}"

    def close(self) -> None:
        """Write the manifest."""
        manifest = {"version": contract.CONTRACT_VERSION, "files": self.files}
        (self.folder / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
