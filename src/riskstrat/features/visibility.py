"""Which columns a snapshot can honestly fill: late or absent data look like good health, so they become null, not zero.

A pure module: what each source held, and the index date, decide.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from riskstrat.warehouse import ColumnComment


@dataclass(frozen=True)
class Source:
    """What is held of one landing table at an index date.

    ``complete_to`` is the first day that may be incomplete: the earlier of the index date and the day after the
    stated period, less the source's lag, stepped back where less than half of the usual volume came (the definition is
    in ``sql/features/population_source.sql``); ``None`` where the source is absent. ``note`` says in words why it
    stepped back. ``period_start`` is ``None`` where no manifest says from when the source covers: then nothing shows
    that a window is not seen, and intake has warned.
    """

    table_name: str
    is_present: bool
    lag_days: int
    complete_to: date | None
    period_start: date | None
    note: str | None = None


def why_unseen(
    column: ColumnComment, sources: Mapping[str, Source], needs: tuple[str, ...], index_date: date
) -> str | None:
    """Return why a column cannot be filled at an index date, or ``None`` where it can.

    A column is seen where every source it needs is present and began before the index date; a column with a whole
    window (``365 days``) also needs each source to reach back to the window's start and to be complete past it.
    """
    for name in needs:
        source = sources.get(name)
        if source is None or not source.is_present or source.complete_to is None:
            return f"{name} is absent"
        if source.period_start is not None and source.period_start >= index_date:
            return f"{name} begins on {source.period_start}"
        window, recent = column.window_days, column.recent_days
        if window is None or recent is None:
            continue
        if source.complete_to <= index_date - timedelta(days=recent):
            why = f" ({source.note})" if source.note else ""
            return f"{name} is complete to {source.complete_to} only, {recent} days see nothing of it{why}"
        start = index_date - timedelta(days=window)
        if source.period_start is not None and source.period_start > start:
            return f"{name} begins on {source.period_start}, within the {window} days"
    return None
