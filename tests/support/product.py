"""The product's own snapshot of a drop of typed rows, and where it says anything else than the naive one."""

import math
from dataclasses import dataclass
from typing import Any

import polars as pl

from naive.person import Held, Row
from naive.population import attrition
from naive.snapshot import snapshot
from riskstrat.contract import TABLES
from riskstrat.features.catalogue import families
from riskstrat.features.layers import needed, set_index_date, stage, withhold
from riskstrat.intake.expose import stored_columns, volume_statement
from riskstrat.warehouse import Warehouse
from support.ugly_lives import LANDED
from support.whole import snapshot_of, whole_snapshot

KINDS = {"VARCHAR": pl.String, "DATE": pl.Date, "INTEGER": pl.Int32, "DOUBLE": pl.Float64, "BOOLEAN": pl.Boolean}


@dataclass(frozen=True)
class Disagreement:
    """One value that the two implementations do not share; person and column are empty for the attrition."""

    person: str
    column: str
    sql: Any
    naive: Any


def product_snapshot(
    warehouse: Warehouse, held: Held, *, is_withheld: bool = True, family: str | None = None
) -> tuple[dict[str, Row], list[tuple[Any, ...]]]:
    """Return the product's rows by person, of one family or of all, and its attrition; needs the seeds there."""
    names = _names(held)
    numbers = {name: number for number, name in names.items()}
    for name in LANDED:
        warehouse.register(f"intake.{name}", _frame(name, held.tables.get(name, []), numbers))
    warehouse.register("intake.source", _sources(held))
    warehouse.build([volume_statement()])
    chosen = [one for one in families() if family in (None, one.name)]
    stage(warehouse, [held.index_date], chosen)
    if family is None:
        frame = whole_snapshot(warehouse, held.index_date, is_withheld=is_withheld)
    else:
        set_index_date(warehouse, held.index_date)
        warehouse.build(statement for statement in needed(chosen) if statement.layer == "features")
        withhold(warehouse, is_withheld)
        frame = snapshot_of(warehouse, chosen, held.index_date)
    rows = {names[row.pop("person_id")]: row for row in frame.to_dicts()}
    return rows, warehouse.rows("SELECT * FROM features.population_attrition ORDER BY step")


def disagreements(
    rows: dict[str, Row], steps: list[tuple[Any, ...]], held: Held, *, is_withheld: bool = True
) -> list[Disagreement]:
    """Return every value of the product's snapshot and attrition that is not the naive one, by person and column."""
    naive = snapshot(held, is_withheld=is_withheld)
    found = [] if steps == attrition(held) else [Disagreement("", "", steps, attrition(held))]
    for person in sorted({*rows, *naive}):
        if person not in rows or person not in naive:
            found.append(Disagreement(person, "in the population", person in rows, person in naive))
            continue
        shared = [name for name in naive[person] if name in rows[person]]
        columns = [name for name in shared if not _same(rows[person][name], naive[person][name])]
        found += [Disagreement(person, name, rows[person][name], naive[person][name]) for name in columns]
    return found


def _same(sql: Any, naive: Any) -> bool:
    if isinstance(naive, float) and isinstance(sql, float):
        return math.isclose(sql, naive, rel_tol=1e-9, abs_tol=1e-9)
    return bool(sql == naive) and (sql is None) == (naive is None)


def _names(held: Held) -> dict[int, str]:
    """People by the number the store gives them."""
    people = {row["person"] for rows in held.tables.values() for row in rows if "person" in row}
    return dict(enumerate(sorted(people), start=1))


def _frame(table: str, rows: list[Row], numbers: dict[str, int]) -> pl.DataFrame:
    """Rows as the store holds them, people by number."""
    columns = {}
    for name, kind in stored_columns(TABLES[table]).items():
        values = [numbers[row["person"]] if name == "person_id" else row[name] for row in rows]
        columns[name] = pl.Series(values, dtype=KINDS[kind])
    return pl.DataFrame(columns)


def _sources(held: Held) -> pl.DataFrame:
    rows = [
        (name, s.is_present, s.period_start, s.period_end, s.lag_days, s.period_is_stated)
        for name, s in held.sources.items()
    ]
    schema = {
        "table_name": pl.String,
        "is_present": pl.Boolean,
        "period_start": pl.Date,
        "period_end": pl.Date,
        "lag_days": pl.Int32,
        "period_is_stated": pl.Boolean,
    }
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    return frame.with_columns(data_end=pl.col("period_end").dt.offset_by(pl.format("-{}d", "lag_days")))
