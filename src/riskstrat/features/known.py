"""What was known at an index date, for other rooms to count from, a range of people at a time."""

from collections.abc import Collection, Iterator
from datetime import date

from riskstrat.contract import TABLES
from riskstrat.features.catalogue import statements
from riskstrat.features.layers import SOURCES_KNOWN, ask_for, read_sources_known, register_seeds, set_index_date
from riskstrat.features.visibility import Source
from riskstrat.intake import each_range, people_at_once
from riskstrat.project import Workspace, resource
from riskstrat.warehouse import Warehouse, needed_for, read_statement

_ROWS_AT_ONCE = 4_000_000


def each_range_known(
    warehouse: Warehouse, workspace: Workspace, index_date: date, tables: Collection[str]
) -> Iterator[range]:
    """Make these tables of ``staging`` and ``features`` as known at the index date, a range of people after another.

    Needs a warehouse that ``open_store`` opened. The tables are those of the range until the next is asked for; whoever
    adds up over ranges may count persons, for a person is in one range only.
    """
    wanted = needed_for(tables, statements())
    named = {table.removeprefix("intake.") for statement in wanted for table in statement.named_tables}
    landed = sorted(named & TABLES.keys())
    ranges = people_at_once(warehouse, workspace, _ROWS_AT_ONCE, landed)
    register_seeds(warehouse, workspace)
    for people in each_range(warehouse, workspace, ranges, tables=landed):
        warehouse.drop_layers("staging", "features")  # before the next range is staged, not while it is
        ask_for(warehouse, [index_date])
        set_index_date(warehouse, index_date)
        warehouse.build(wanted)
        yield people


def read_known_sources(warehouse: Warehouse, index_date: date) -> dict[str, Source]:
    """Return how far each landing table was complete at the index date, and from when on; see ``Source``."""
    set_index_date(warehouse, index_date)
    warehouse.build([read_statement(resource(f"sql/{SOURCES_KNOWN.replace('.', '/')}.sql"))])
    return read_sources_known(warehouse)
