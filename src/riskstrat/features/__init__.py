"""Feature snapshots by index date, their dictionary, and the labels."""

from riskstrat.features.codelists import import_codelist, list_versions, seeds_sha256
from riskstrat.features.dictionary import Entry, describe, dictionary
from riskstrat.features.known import each_range_known, read_known_sources
from riskstrat.features.labels import build_labels, latest_complete_index_date, read_labels
from riskstrat.features.snapshots import (
    build_snapshots,
    read_attrition,
    read_snapshot,
    read_sources,
    usable_dates,
)
from riskstrat.features.visibility import Source

__all__ = [
    "Entry",
    "Source",
    "build_labels",
    "build_snapshots",
    "describe",
    "dictionary",
    "each_range_known",
    "import_codelist",
    "latest_complete_index_date",
    "list_versions",
    "read_attrition",
    "read_known_sources",
    "read_labels",
    "read_snapshot",
    "read_sources",
    "seeds_sha256",
    "usable_dates",
]
