"""Feature snapshots by index date, their dictionary, the labels, and who may be used for what."""

from riskstrat.features.catalogue import Entry, dictionary
from riskstrat.features.permission import Permitted, permitted, permitted_people
from riskstrat.features.snapshots import (
    build_snapshots,
    read_attrition,
    read_snapshot,
    read_sources,
    snapshot_dates,
    usable_dates,
)

__all__ = [
    "Entry",
    "Permitted",
    "build_snapshots",
    "dictionary",
    "permitted",
    "permitted_people",
    "read_attrition",
    "read_snapshot",
    "read_sources",
    "snapshot_dates",
    "usable_dates",
]
