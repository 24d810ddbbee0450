"""Feature snapshots by index date, their dictionary, and the labels."""

from riskstrat.features.codelists import import_codelist, list_versions, seeds_sha256
from riskstrat.features.dictionary import Entry, describe, dictionary
from riskstrat.features.labels import build_labels, latest_complete_index_date, read_labels
from riskstrat.features.snapshots import (
    build_snapshots,
    read_attrition,
    read_snapshot,
    read_sources,
    usable_dates,
)

__all__ = [
    "Entry",
    "build_labels",
    "build_snapshots",
    "describe",
    "dictionary",
    "import_codelist",
    "latest_complete_index_date",
    "list_versions",
    "read_attrition",
    "read_labels",
    "read_snapshot",
    "read_sources",
    "seeds_sha256",
    "usable_dates",
]
