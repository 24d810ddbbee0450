"""Assertions on what is held, one SELECT each in ``sql/checks/``: no row means that it holds.

They are about several rows or tables at once, refuse nothing, and are counted in the quality report.
"""

from riskstrat.contract import TABLES
from riskstrat.intake.catalogue import Catalogue, Delivery
from riskstrat.intake.expose import expose_table, write_volume
from riskstrat.intake.load import Load
from riskstrat.warehouse import read_layer


def count_exceptions(load: Load, delivery: Delivery) -> dict[str, int]:
    """Return how many rows each assertion finds, by its title, with the new delivery in force.

    With the tables as they will be held, it also counts the volume of every source (``intake.source_volume``).
    """
    after = Catalogue((*load.catalogue.deliveries, delivery))
    for table in TABLES.values():
        if not table.vault_only:
            expose_table(load.warehouse, load.workspace, after, table)
    write_volume(load.warehouse, load.workspace, delivery.number)
    found = {}
    for statement in read_layer("checks"):
        load.warehouse.build([statement])
        found[statement.title] = int(load.warehouse.value(f"SELECT COUNT(*) FROM {statement.table}"))
    return found
