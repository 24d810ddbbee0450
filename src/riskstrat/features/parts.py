"""One snapshot made in parts, a range of people at a time, and put together in the order of ``person_id``.

A part holds everything that can be said of its people alone. What only all parts together can say is decided when they
are put together: how many people each step of the attrition removed, whether a column that the source may not give was
given to anyone, and whether a column says the same of everyone.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from riskstrat.errors import RiskstratError
from riskstrat.features.assemble import given_counts_sql, snapshot_sql, unseen_columns
from riskstrat.features.catalogue import KEY_COLUMNS, families
from riskstrat.features.layers import know_at, read_sources_known, withhold
from riskstrat.pages import counted
from riskstrat.project import Workspace
from riskstrat.warehouse import Warehouse, quoted

SOURCE_COLUMNS = (
    *("table_name", "is_present", "lag_days", "complete_to"),
    *("last_event_date", "last_available_date", "share_of_usual_volume", "note"),
)
"""What ``store/sources`` says of each landing table with an event date."""


@dataclass
class Parts:
    """The parts of the snapshot at ``index_date``, written to ``folder`` so far.

    ``unseen`` are the columns that stay null for everyone, each with the reason; ``given`` counts, for columns that the
    source may not give, the values given so far.
    """

    index_date: date
    folder: Path
    is_withheld: bool
    files: list[Path] = field(default_factory=list)
    attrition: list[Path] = field(default_factory=list)
    unseen: dict[str, str] = field(default_factory=dict)
    given: Counter[str] = field(default_factory=Counter)

    def add(self, warehouse: Warehouse) -> None:
        """Make and write the part of the people whom the warehouse's staging tables hold."""
        know_at(warehouse, self.index_date)
        withhold(warehouse, self.is_withheld)
        self.unseen = unseen_columns(families(), read_sources_known(warehouse), self.index_date)
        name = f"{self.index_date}-{len(self.files):06}.parquet"
        self.files.append(self.folder / f"part-{name}")
        self.attrition.append(self.folder / f"attrition-{name}")
        sql = snapshot_sql(families(), self.unseen, is_part=True)
        warehouse.write_parquet(sql, self.files[-1], compression="lz4")
        warehouse.write_parquet("FROM features.population_attrition ORDER BY step", self.attrition[-1])
        for column, sql in given_counts_sql(families()).items():
            self.given[column] += warehouse.value(sql)

    def put_together(self, warehouse: Warehouse, workspace: Workspace, must_vary_above: int) -> tuple[int, list[str]]:
        """Write ``store/features``, ``store/attrition`` and ``store/sources`` of the index date.

        Returns how many people the snapshot has and the columns that say the same of all of them; raises
        ``RiskstratError`` where there are any and more people than ``must_vary_above``. What is written does not depend
        on how many parts there were.
        """
        warehouse.attach_parquet("parts.snapshot", self.files)
        warehouse.attach_parquet("parts.attrition", self.attrition)
        never = {name for name, values in self.given.items() if values == 0}
        constant = self._columns_that_do_not_vary(warehouse, never, must_vary_above)
        warehouse.write_parquet(
            "SELECT step, reason, CAST(SUM(people) AS BIGINT) AS people, CAST(SUM(remaining) AS BIGINT) AS remaining "
            "FROM parts.attrition GROUP BY step, reason ORDER BY step",
            workspace.part("attrition", self.index_date),
        )
        warehouse.write_parquet(
            f"SELECT {', '.join(SOURCE_COLUMNS)} FROM features.population_source ORDER BY table_name",
            workspace.part("sources", self.index_date),
        )
        picked = [
            f"CASE WHEN FALSE THEN {quoted(name)} END AS {quoted(name)}" if name in never else quoted(name)
            for name in warehouse.columns("parts.snapshot")
        ]
        # Parts are sorted and follow one another, and the engine keeps that order: sorting again would need them all.
        people = warehouse.write_parquet(
            f"SELECT {', '.join(picked)} FROM parts.snapshot", workspace.part("features", self.index_date)
        )
        for path in (*self.files, *self.attrition):
            path.unlink()
        return people, constant

    def _columns_that_do_not_vary(self, warehouse: Warehouse, never: set[str], above: int) -> list[str]:
        """Return the columns that say the same of everyone and are not marked as rare, nor null because never given.

        Raises ``RiskstratError`` for more people than ``above``: such a column was filled wrongly.
        """
        left_out = {*self.unseen, *never, *KEY_COLUMNS}
        names = [name for name in warehouse.columns("parts.snapshot") if name not in left_out]
        counts = ", ".join(f"MIN({quoted(n)}) IS NOT DISTINCT FROM MAX({quoted(n)})" for n in names)
        people, *same = warehouse.rows(f"SELECT COUNT(*), {counts} FROM parts.snapshot")[0]
        columns = [column for family in families() for column in family.statement.columns]
        rare = {column.name for column in columns if "(rare)" in column.missing}
        constant = [name for name, is_same in zip(names, same, strict=True) if is_same and name not in rare]
        if constant and people > above:
            said = counted(len(constant), "column says", "columns say")
            raise RiskstratError(
                f"{self.index_date}: {said} the same of all {people:,} people: {', '.join(constant)}",
                "their sources are there and in time: this is not good health. Look at their SELECTs in sql/features",
                "a column that may truly be nobody's says '0 if none (rare)' in its comment",
            )
        return constant if people else []
