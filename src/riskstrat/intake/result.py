"""What an intake did, for the command line, the quality report and tests."""

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass
class TableQuality:
    """What became of one table's rows. ``rows_in = taken + quarantined + duplicates + dropped``, always.

    ``conflicts`` counts versions of one key with one available date and different content. ``blanked_codes`` counts
    legally restricted codes taken out of rows that stay. ``months`` maps a month (``YYYY-MM``) to rows taken and
    quarantined; ``lateness`` maps days from event to arrival to rows.
    """

    table: str
    rows_in: int = 0
    taken: int = 0
    quarantined: dict[str, int] = field(default_factory=dict)
    duplicates: int = 0
    dropped: int = 0
    blanked_codes: int = 0
    conflicts: int = 0
    files: list[str] = field(default_factory=list)
    months: dict[str, tuple[int, int]] = field(default_factory=dict)
    lateness: Counter[int] = field(default_factory=Counter)

    @property
    def quarantined_rows(self) -> int:
        """Rows refused, whatever the rule."""
        return sum(self.quarantined.values())

    def lateness_percentile(self, percent: float) -> int | None:
        """Days by which that share of the rows had arrived after their event; ``None`` where no row says."""
        total = sum(self.lateness.values())
        reached = 0
        for days, rows in sorted(self.lateness.items()):
            reached += rows
            if reached * 100 >= percent * total:
                return days
        return None


@dataclass
class IntakeResult:
    """What was taken.

    ``delivery`` is the number of the delivery that holds it; ``is_new`` is false for a drop that was taken before,
    which changes nothing.
    """

    delivery: int
    is_new: bool
    tables: dict[str, TableQuality]
    warnings: list[str]
    assumptions: list[str]
    restatements: list[str]
    quality_report: Path

    def as_dict(self) -> dict[str, Any]:
        """Return counts by table and rule, fit for the audit log and for ``--json``: nothing about a person."""
        return {
            "delivery": self.delivery,
            "is_new": self.is_new,
            "tables": {
                name: {
                    "rows_in": quality.rows_in,
                    "taken": quality.taken,
                    "quarantined": dict(sorted(quality.quarantined.items())),
                    "duplicates": quality.duplicates,
                    "dropped": quality.dropped,
                    "conflicts": quality.conflicts,
                }
                for name, quality in self.tables.items()
            },
            "warnings": self.warnings,
            "assumptions": self.assumptions,
            "restatements": self.restatements,
            "quality_report": self.quality_report.name,
        }

    def as_text(self) -> str:
        """Return what was taken, quarantined and why, for the person who took it."""
        if not self.is_new:
            return f"nothing new: everything in this drop is held already (last delivery {self.delivery})"
        width = max(len(name) for name in self.tables)
        lines = [
            f"delivery {self.delivery} taken",
            f"  {'':<{width}}  {'rows in':>12}  {'taken':>12}  {'quarantined':>12}",
        ]
        for name, table in self.tables.items():
            lines.append(f"  {name:<{width}}  {table.rows_in:>12,}  {table.taken:>12,}  {table.quarantined_rows:>12,}")
            lines += [f"    {rows:,} quarantined: {rule}" for rule, rows in sorted(table.quarantined.items())]
            for count, words in (
                (table.duplicates, "exact duplicates dropped"),
                (table.dropped, "dropped for a legally restricted code"),
                (table.blanked_codes, "legally restricted codes blanked"),
                (table.conflicts, "keys sent twice for one day with different content"),
            ):
                lines += [f"    {count:,} {words}"] if count else []
        lines += [f"assumed: {line}" for line in self.assumptions]
        lines += [f"restated: {line}" for line in self.restatements]
        lines += [f"warning: {line}" for line in self.warnings]
        return "\n".join([*lines, f"quality report: {self.quality_report}"])
