"""One population for every test of the generator; tests read it and never change it."""

from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pytest

from riskstrat import contract
from riskstrat.synthetic import generate_drop

PEOPLE = 10_000
SEED = 11


@dataclass(frozen=True)
class Population:
    drop: Path
    true_risk: Path

    def table(self, name: str) -> pl.DataFrame:
        return pl.read_parquet(self.drop / f"{name}.parquet")

    def tables(self) -> dict[str, pl.DataFrame]:
        return {name: self.table(name) for name in contract.TABLES}


@pytest.fixture(scope="session")
def population(tmp_path_factory):
    folder = tmp_path_factory.mktemp("population")
    made = Population(folder / "drop", folder / "true_risk.parquet")
    generate_drop(PEOPLE, SEED, made.drop, true_risk=made.true_risk)
    return made
