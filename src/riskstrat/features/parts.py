"""One snapshot made in parts, a range of people at a time, and put together in the order of ``person_id``.

A part holds everything that can be said of its people alone. What only all parts together can say is decided when they
are put together: how many people each step of the attrition removed, whether a column that the source may not give was
given to anyone, and whether a column says the same of everyone.
"""

from collections import Counter
from datetime import date

from riskstrat.errors import RiskstratError
from riskstrat.features.assemble import given_counts_sql, snapshot_sql, unseen_columns
from riskstrat.features.catalogue import KEY_COLUMNS, families
from riskstrat.features.constant import made_from_never_sent
from riskstrat.features.layers import SOURCES_KNOWN, know_at, read_sources_known, withhold
from riskstrat.pages import counted
from riskstrat.project import Workspace
from riskstrat.warehouse import GrowingFile, Warehouse

SOURCE_COLUMNS = (
    *("table_name", "is_present", "lag_days", "complete_to"),
    *("last_event_date", "last_available_date", "share_of_usual_volume", "note"),
)
"""What ``store/sources`` says of each landing table with an event date."""


class Parts:
    """The snapshot at ``index_date``, as far as its parts are made; ``put_together`` or ``discard`` ends it."""

    def __init__(self, workspace: Workspace, index_date: date, *, is_withheld: bool) -> None:
        """Begin a snapshot without parts; ``is_withheld`` says whether type 1 objections withhold GP data."""
        self.index_date = index_date
        self._workspace = workspace
        self._is_withheld = is_withheld
        self._file = GrowingFile(workspace.part("features", index_date))
        self._attrition = f"parts.attrition_{index_date:%Y%m%d}"
        self._sources = f"parts.source_{index_date:%Y%m%d}"
        self._parts = 0
        self._unseen: dict[str, str] = {}
        self._given: Counter[str] = Counter()

    def add(self, warehouse: Warehouse) -> None:
        """Make and write the part of the people whom the warehouse's staging tables hold."""
        attrition = "SELECT step, reason, people, remaining FROM features.population_attrition"
        if self._parts:
            know_at(warehouse, self.index_date, self._sources)
            warehouse.execute(f"INSERT INTO {self._attrition} {attrition}")
        else:
            know_at(warehouse, self.index_date)
            warehouse.make_table(self._sources, f"FROM {SOURCES_KNOWN}")
            warehouse.make_table(self._attrition, attrition)
        self._parts += 1
        withhold(warehouse, self._is_withheld)
        self._unseen = unseen_columns(families(), read_sources_known(warehouse), self.index_date)
        warehouse.append(snapshot_sql(families(), self._unseen), self._file, ordered_by="person_id")
        for column, sql in given_counts_sql(families()).items():
            self._given[column] += warehouse.value(sql)

    def put_together(self, warehouse: Warehouse, must_vary_above: int) -> tuple[int, list[str]]:
        """Write ``store/features``, ``store/attrition`` and ``store/sources`` of the index date.

        Returns how many people the snapshot has and the columns that say the same of all of them; raises
        ``RiskstratError`` where there are any and more people than ``must_vary_above``. What is written does not depend
        on how many parts there were.
        """
        never = frozenset(name for name, values in self._given.items() if values == 0)
        constant = self._columns_that_do_not_vary(never, must_vary_above)
        warehouse.write_parquet(
            "SELECT step, reason, CAST(SUM(people) AS BIGINT) AS people, CAST(SUM(remaining) AS BIGINT) AS remaining "
            f"FROM {self._attrition} GROUP BY step, reason ORDER BY step",
            self._workspace.part("attrition", self.index_date),
        )
        warehouse.write_parquet(
            f"SELECT {', '.join(SOURCE_COLUMNS)} FROM {self._sources} ORDER BY table_name",
            self._workspace.part("sources", self.index_date),
        )
        self._file.finish(blank=never)
        return self._file.rows, constant

    def discard(self) -> None:
        """Remove what was written, unless the snapshot was put together."""
        self._file.discard()

    def _columns_that_do_not_vary(self, never: frozenset[str], above: int) -> list[str]:
        """Return the columns that say the same of everyone and are not marked as rare, nor null because never given.

        Raises ``RiskstratError`` for more people than ``above``: such a column was filled wrongly, unless it is made
        from what no delivery sent.
        """
        columns = [column for family in families() for column in family.statement.columns]
        rare = {column.name for column in columns if "(rare)" in column.missing}
        left_out = {*self._unseen, *never, *rare, *KEY_COLUMNS}
        constant = [name for name in self._file.columns_that_do_not_vary() if name not in left_out]
        people = self._file.rows
        never_sent = made_from_never_sent(self._workspace, constant) if constant and people > above else {}
        wrong = [name for name in constant if name not in never_sent]
        if wrong and people > above:
            said = counted(len(wrong), "column says", "columns say")
            raise RiskstratError(
                f"{self.index_date}: {said} the same of all {people:,} people: {', '.join(wrong)}",
                "their sources are there and in time: this is not good health. Look at their SELECTs in sql/features",
                "a table that came with no rows, or next to none, is such a source: send its rows, or begin without it",
                "a column that may truly be nobody's says '0 if none (rare)' in its comment",
            )
        return constant if people else []
