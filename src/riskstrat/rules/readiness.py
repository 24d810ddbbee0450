"""Whether a rule may run at an index date: a source that is absent or late looks like good health."""

from dataclasses import dataclass
from datetime import date, timedelta

from riskstrat.rules.vocabulary import Vocabulary


@dataclass(frozen=True)
class Source:
    """One row of ``store/sources``: how far a landing table can be trusted at the index date.

    ``note`` says in words why ``complete_to`` lies before what the source's period and lag promise.
    """

    is_present: bool
    lag_days: int
    complete_to: date | None
    note: str | None = None


@dataclass(frozen=True)
class Held:
    """What the store holds at an index date: the snapshot's columns, its sources, its models now and earlier.

    ``empty`` are the columns that nobody has a value for.
    """

    index_date: date
    columns: frozenset[str]
    empty: frozenset[str]
    sources: dict[str, Source]
    models: frozenset[str]
    models_3m_ago: frozenset[str]


def why_not(
    columns: frozenset[str], needs: tuple[str, ...], bears_lag_days: int, held: Held, vocabulary: Vocabulary
) -> str | None:
    """Return in plain words why a rule that names ``columns`` and ``needs`` those sources cannot run, else ``None``."""
    for source in needs:
        reason = _source_fault(source, bears_lag_days, held)
        if reason:
            return reason
    for name in sorted(columns):
        reason = _column_fault(name, needs, held, vocabulary)
        if reason:
            return reason
    return None


def without(columns: frozenset[str], needs: tuple[str, ...], held: Held, vocabulary: Vocabulary) -> str | None:
    """Return which optional sources of a rule are missing, in words; ``None`` where all are there."""
    optional = {source for name in columns for source in vocabulary[name].sources} - set(needs)
    missing = sorted(source for source in optional if _source_fault(source, 366, held))
    return f"without {', '.join(missing)}: what it says of them counts as not met" if missing else None


def _source_fault(name: str, bears_lag_days: int, held: Held) -> str | None:
    source = held.sources.get(name)
    if source is None or not source.is_present or source.complete_to is None:
        return f"needs {name}, which is not held"
    if source.complete_to < held.index_date - timedelta(days=bears_lag_days):
        found = source.note or f"it is complete to {source.complete_to}"
        return f"needs {name} complete to within {bears_lag_days} days; {found}"
    return None


def _column_fault(name: str, needs: tuple[str, ...], held: Held, vocabulary: Vocabulary) -> str | None:
    column = vocabulary[name]
    if column.model is not None:
        if column.model not in held.models:
            return f"needs scores of {column.model}, which there are not at this date"
        if column.months_back and column.model not in held.models_3m_ago:
            return f"needs scores of {column.model} {column.months_back} months earlier, which there are not"
        return None
    if name not in held.columns:
        return f"the snapshot has no column {name}"
    window = column.window_days
    if window is None or not set(column.sources) & set(needs):
        return None
    for source_name in column.sources:
        source = held.sources.get(source_name)
        if source is not None and source.lag_days >= window:
            return f"{name} looks back {window} days, and {source_name} is {source.lag_days} days late"
        if source is not None and source.note and name in held.empty:
            return f"{name} looks back {window} days; {source.note}"
    return f"{name} is empty for everyone" if name in held.empty else None
