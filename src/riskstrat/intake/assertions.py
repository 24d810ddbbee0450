"""Assertions on what is held, one SELECT each in ``sql/checks/``: no row means that it holds.

They are about several rows or tables at once, refuse nothing, and are counted in the quality report.
"""

from datetime import date, timedelta
from typing import Any

import polars as pl

from riskstrat.intake.catalogue import Catalogue, Delivery
from riskstrat.intake.expose import expose_all, write_volume
from riskstrat.intake.load import Load
from riskstrat.project import resource
from riskstrat.warehouse import read_layer, read_statement


def hold_after(load: Load, delivery: Delivery) -> None:
    """Make ``intake.*`` as it will be with the new delivery in force, and count the volume of every source."""
    after = Catalogue((*load.catalogue.deliveries, delivery))
    expose_all(load.warehouse, load.workspace, after)
    write_volume(load.warehouse, load.workspace, delivery.number)
    expose_all(load.warehouse, load.workspace, after)


def freshness(load: Load, delivery: Delivery) -> list[dict[str, Any]]:
    """Return how fresh each source held is on the day after the last one the drop covers; needs ``hold_after``.

    One row per source, with the columns of ``sql/features/population_source.sql``: what a snapshot will be told.
    Empty where no day is known.
    """
    if delivery.as_of is None:
        return []
    day = date.fromisoformat(delivery.as_of) + timedelta(days=1)
    load.warehouse.register("features.index_date", pl.DataFrame({"index_date": [day]}))
    load.warehouse.build([read_statement(resource("sql/features/population_source.sql"))])
    held = "SELECT * FROM features.population_source WHERE is_present AND table_name <> 'opt_out' ORDER BY table_name"
    return load.warehouse.frame(held).to_dicts()


def count_exceptions(load: Load) -> dict[str, int]:
    """Return how many rows each assertion finds, by its title, in what is held; needs ``hold_after``."""
    found = {}
    for statement in read_layer("checks"):
        load.warehouse.build([statement])
        found[statement.title] = int(load.warehouse.value(f"SELECT COUNT(*) FROM {statement.table}"))
    return found
