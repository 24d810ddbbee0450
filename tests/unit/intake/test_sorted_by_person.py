"""Files of the store are in order of people, so that a reader of some people reads some of the file."""

from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq

from riskstrat.intake import take_drop
from riskstrat.warehouse import Warehouse
from support.drops import nhs_number, tables, workspace, write_drop

PEOPLE, EACH = 400, 1_000
ROW_GROUP = 122_880


def test_row_groups_hold_one_range_of_people_after_another(tmp_path: Path) -> None:
    people = [nhs_number(serial) for serial in range(PEOPLE)]
    frames = tables()
    made = {
        "person": pl.DataFrame({"nhs_number": people, "birth_date": date(1950, 1, 1), "sex": "1"}),
        "registration": pl.DataFrame({"nhs_number": people, "practice_code": "Z00001", "start_date": date(2024, 2, 1)}),
        "gp_event": pl.DataFrame(
            {  # as feeds come: by day, the people of a day in no order
                "nhs_number": people * EACH,
                "event_date": [date(2024, 1, 1) + timedelta(days=n // PEOPLE) for n in range(PEOPLE * EACH)],
                "snomed_code": "100000",
                "value": [float(n) for n in range(PEOPLE * EACH)],
            }
        ),
    }
    board = workspace(tmp_path / "board")
    take_drop(board, write_drop(tmp_path / "drop", {"practice": frames["practice"], **made}))
    file = board.store / "intake" / "gp_event" / "delivery=000001.parquet"
    held = pl.read_parquet(file).select("person_id", "event_date")
    assert held.equals(held.sort("person_id", "event_date"))

    described = pq.ParquetFile(file).metadata
    place = described.schema.names.index("person_id")
    ranges = []
    for number in range(described.num_row_groups):
        group = described.row_group(number)
        assert group.num_rows <= ROW_GROUP
        statistics = group.column(place).statistics
        ranges.append((statistics.min, statistics.max))
    assert len(ranges) == -(-PEOPLE * EACH // ROW_GROUP)
    assert all(before[1] <= after[0] for before, after in pairwise(ranges))

    with Warehouse(tmp_path / "scratch") as warehouse:
        few = f"SELECT COUNT(*) FROM read_parquet('{file}') WHERE person_id BETWEEN 1 AND 40"
        assert warehouse.value(few) == 40 * EACH
        plan = warehouse.rows(f"EXPLAIN ANALYZE {few.replace('COUNT(*)', 'MAX(event_date)')}")[0][1]
    assert f"Row Groups Scanned: 1 / {len(ranges)}" in plan
