"""The worked examples' one fixture: ``feature(name, on=..., episodes=..., ...)`` and what it returns."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date

import polars as pl
import pytest

from riskstrat.features.catalogue import families, statements
from riskstrat.features.layers import ask_for, register_seeds, set_index_date, withhold
from riskstrat.warehouse import Warehouse, needed_for
from support.landed import land
from support.whole import snapshot_of

Feature = Callable[..., pl.DataFrame]


@pytest.fixture(scope="session")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    """One engine for all examples; every example replaces the tables it reads."""
    with Warehouse(tmp_path_factory.mktemp("scratch"), threads=1) as opened:
        register_seeds(opened)
        yield opened


@pytest.fixture
def feature(warehouse: Warehouse) -> Feature:
    """Return ``feature(name, on=..., <tables>=..., absent=..., is_withheld=...)``.

    ``name`` is a family, whose columns are returned as they stand in a snapshot for everyone of the population, or any
    other table of ``sql/features`` (``known_stay``), as it is. The tables are those of ``support.landed.SHORT``.
    """

    def result(
        name: str, *, on: str, absent: Sequence[str] = (), is_withheld: bool = True, **drawn: str
    ) -> pl.DataFrame:
        index_date = date.fromisoformat(on)
        numbers = land(warehouse, index_date, drawn, absent)
        letters = pl.DataFrame(
            {"person": list(numbers), "person_id": list(numbers.values())},
            schema={"person": pl.String, "person_id": pl.Int32},
        )
        chosen = [family for family in families() if family.name == name]
        targets = [f"features.{name}", "features.population", "features.population_source", "staging.opt_out_in_force"]
        ask_for(warehouse, [index_date])
        set_index_date(warehouse, index_date)
        warehouse.build(needed_for(targets, statements()))
        if not chosen:
            frame = warehouse.frame(f"FROM features.{name}")
            return frame.join(letters, on="person_id", how="left") if "person_id" in frame.columns else frame
        withhold(warehouse, is_withheld)
        return snapshot_of(warehouse, chosen, index_date).join(letters, on="person_id", how="left")

    return result
