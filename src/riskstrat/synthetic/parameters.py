"""The population's facts and assumptions, read from ``synthetic_data/*.csv``: none is written in Python."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import polars as pl

from riskstrat.errors import UsageFault
from riskstrat.project import resource


@dataclass(frozen=True)
class Parameters:
    """The tables of ``synthetic_data/``, each read once; ``folder`` is where they lie."""

    folder: Path

    def table(self, name: str) -> pl.DataFrame:
        """Return one parameter table, every column as text or number; ``UsageFault`` if it is not there."""
        return self._read(name, None)

    def codes_table(self, name: str) -> pl.DataFrame:
        """Return one parameter table with every column as text, for codes that look like numbers."""
        return self._read(name, 0)

    def _read(self, name: str, infer: int | None) -> pl.DataFrame:
        """Read a table once."""
        if (name, infer) not in self._tables:
            path = self.folder / f"{name}.csv"
            if not path.is_file():
                raise UsageFault(f"the population's parameters are not where they should be: {path.name} is missing")
            self._tables[name, infer] = pl.read_csv(path, infer_schema_length=infer)
        return self._tables[name, infer]

    @cached_property
    def _tables(self) -> dict[tuple[str, int | None], pl.DataFrame]:
        return {}

    @cached_property
    def values(self) -> dict[str, float]:
        """Single values of ``parameters.csv`` by name."""
        table = self.table("parameters")
        return dict(zip(table["name"].to_list(), table["value"].cast(pl.Float64).to_list(), strict=True))

    @cached_property
    def snomed(self) -> dict[str, list[str]]:
        """SNOMED codes of each list of ``codes.csv``."""
        lists: dict[str, list[str]] = {}
        for row in self.codes_table("codes").iter_rows(named=True):
            lists.setdefault(row["list_id"], []).append(row["code"])
        return lists

    @cached_property
    def lags(self) -> dict[str, tuple[float, float, float]]:
        """Shortest, most usual and longest number of days by which each table's rows lag their events."""
        return {row[0]: (float(row[1]), float(row[2]), float(row[3])) for row in self.table("lags").iter_rows()}

    def shares(self, mix: str) -> tuple[pl.Series, np.ndarray]:
        """Return the categories of one mix of ``mixes.csv`` and their shares; an empty category is missing."""
        rows = self._mixes.filter(pl.col("mix") == mix)
        if rows.is_empty():
            raise KeyError(f"mixes.csv has no mix {mix}")
        return rows["category"], rows["value"].cast(pl.Float64).to_numpy()

    @cached_property
    def _mixes(self) -> pl.DataFrame:
        return self.codes_table("mixes")

    def curve(self, name: str, age: np.ndarray) -> np.ndarray:
        """Return a curve of ``curves.csv`` at each age, straight between its points."""
        rows = self.table("curves").filter(pl.col("curve") == name)
        points, values = rows["age"].cast(pl.Float64).to_numpy(), rows["value"].cast(pl.Float64).to_numpy()
        found: np.ndarray = np.interp(age, points, values)
        return found

    def column(self, table: str, column: str) -> np.ndarray:
        """Return one numeric column of a table as float64."""
        return self.table(table)[column].cast(pl.Float64).to_numpy()


def load() -> Parameters:
    """Return the parameters that travel with the package."""
    return Parameters(resource("synthetic_data"))
