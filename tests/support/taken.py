"""A snapshot of rows of text, without a drop: every table of the contract, staged and assembled as a month is."""

import random
from collections.abc import Mapping

import polars as pl

from riskstrat.contract import TABLES
from riskstrat.features.layers import stage
from riskstrat.intake.expose import volume_statement
from riskstrat.warehouse import Warehouse
from support.landed import fill, frame_of, sources_held
from support.ugly import INDEX, PEOPLE, Rows
from support.whole import whole_snapshot

NUMBERS = {letter: number for number, letter in enumerate(PEOPLE, start=1)}
EVENTS = tuple(
    name for name, table in TABLES.items() if not table.vault_only and name not in ("opt_out", "person", "practice")
)
INFORMATION = (*EVENTS, "person", "practice")
"""Every table but opt-outs, which are permission: they count whenever they were made."""
ORDINARY: Rows = {
    "person": fill("person", [{"person": letter, "available_date": "2000-01-01"} for letter in PEOPLE]),
    "registration": fill("registration", [{"person": letter} for letter in PEOPLE[:20]]),
    "practice": fill("practice", [{"practice_code": code} for code in ("P1", "P2", "P3")]),
}


def together(*parts: Rows) -> Rows:
    """Return the rows of several parts, each table's one after another."""
    return {name: [row for part in parts for row in part.get(name, [])] for name in TABLES}


def snapshot(
    warehouse: Warehouse, *parts: Rows, order: int | None = None, numbers: Mapping[str, int] = NUMBERS
) -> pl.DataFrame:
    """Return the snapshot at ``INDEX`` of the ordinary rows and these; needs the seeds in the warehouse.

    ``order`` shuffles the rows of each table; ``numbers`` are the people's numbers in the store.
    """
    rows = together(ORDINARY, *parts)
    for table in TABLES.values():
        if not table.vault_only:
            if order is not None:
                random.Random(order).shuffle(rows[table.name])
            warehouse.register(f"intake.{table.name}", frame_of(table.name, rows[table.name], numbers))
    warehouse.register("intake.source", sources_held(INDEX, ""))
    warehouse.build([volume_statement()])
    stage(warehouse, [INDEX])
    return whole_snapshot(warehouse, INDEX)
