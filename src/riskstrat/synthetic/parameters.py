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
        path = self.folder / f"{name}.csv"
        if not path.is_file():
            raise UsageFault(f"the population's parameters are not where they should be: {path}")
        return pl.read_csv(path, infer_schema_length=None)

    def codes_table(self, name: str) -> pl.DataFrame:
        """Return one parameter table with every column as text, for codes that look like numbers."""
        return pl.read_csv(self.folder / f"{name}.csv", infer_schema_length=0)

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

    def column(self, table: str, column: str) -> np.ndarray:
        """Return one numeric column of a table as float64."""
        return self.table(table)[column].cast(pl.Float64).to_numpy()


def load() -> Parameters:
    """Return the parameters that travel with the package."""
    return Parameters(resource("synthetic_data"))
