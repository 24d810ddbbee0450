"""The quality report of a delivery: for people as a page, for machines as JSON; never with an identifier in it."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from riskstrat.intake.catalogue import Delivery, replace_file
from riskstrat.intake.result import TableQuality
from riskstrat.project import Workspace

PERCENTILES = (10, 50, 90, 99)


def write_quality(
    workspace: Workspace,
    delivery: Delivery,
    tables: dict[str, TableQuality],
    warnings: Sequence[str],
    assumptions: Sequence[str],
) -> Path:
    """Write ``quality/<delivery>.json`` and return its path."""
    workspace.quality.mkdir(parents=True, exist_ok=True)
    report = quality_report(delivery, tables, warnings, assumptions)
    path = workspace.quality / f"{delivery.number:06}.json"
    replace_file(path, json.dumps(report, indent=1, ensure_ascii=False) + "\n")
    return path


def quality_report(
    delivery: Delivery, tables: dict[str, TableQuality], warnings: Sequence[str], assumptions: Sequence[str]
) -> dict[str, Any]:
    """Return the report as plain data: one entry per table with its counts, months and lateness."""
    return {
        "delivery": delivery.number,
        "as_of": delivery.as_of,
        "adapter": delivery.adapter,
        "is_pseudonymised": delivery.is_pseudonymised,
        "warnings": list(warnings),
        "assumptions": list(assumptions),
        "restatements": list(delivery.restatements),
        "accepted_restatement": delivery.accepted_restatement,
        "tables": {name: _table_report(quality) for name, quality in tables.items()},
    }


def _table_report(quality: TableQuality) -> dict[str, Any]:
    return {
        "rows_in": quality.rows_in,
        "taken": quality.taken,
        "quarantined": dict(sorted(quality.quarantined.items())),
        "duplicates": quality.duplicates,
        "dropped": quality.dropped,
        "blanked_codes": quality.blanked_codes,
        "conflicts": quality.conflicts,
        "files": quality.files,
        "months": {month: {"taken": t, "quarantined": q} for month, (t, q) in quality.months.items()},
        "lateness_days": {f"p{p}": quality.lateness_percentile(p) for p in PERCENTILES} if quality.lateness else None,
    }
