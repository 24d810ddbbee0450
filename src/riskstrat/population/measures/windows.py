"""Counts over a window of months, by area: this release's, those that earlier ones printed, and what ties the two.

A window of twelve months differs from that of a month before by the month that came and the month that went. Neither is
printed for an area, but both are for the board, and no area can have grown by more than the board's new month. So the
windows that readers hold stand in the system beside this one, each tied to the next by what came and what went, and
by the counts that truly did not change, as if a reader knew of every area when nothing came or as much went.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from itertools import pairwise
from typing import Any

import polars as pl

from riskstrat.disclosure.attack import Key, Relation, same_count, sum_of
from riskstrat.disclosure.cells import Table
from riskstrat.population.counting.areas import Geography
from riskstrat.population.counting.cells import by_area
from riskstrat.population.measures.activity import Activity
from riskstrat.population.measures.definitions import Measure, Span, denominator_of
from riskstrat.project import add_months


def window(measure: Measure, activity: Activity, geography: Geography) -> list[Table]:
    """Return the counts of the whole window by area, last; of a share before them what it is a share of."""
    span = activity.spans[measure.id]
    return _by_area(measure, activity, geography, span.words, (span.counted_from, span.counted_to))


def windows_before(
    measure: Measure, activity: Activity, geography: Geography, printed: Collection[str]
) -> Iterator[Table]:
    """Yield the windows that earlier releases printed (by their words), and what ties each to the next and to this one.

    None of their cells is printed now. Windows that begin before the measure's series does are not counted any more.
    """
    now = activity.spans[measure.id]
    spans = [*_earlier(now, printed), now]
    tables = window(measure, activity, geography)
    layers = {table_name(table): table.left_out_in_turn for table in tables}
    counts = {key: count for table in tables for key, count in table.counts.items()}

    def unprinted(period: str, days: tuple[date, date]) -> Iterator[Table]:
        for table in _by_area(measure, activity, geography, period, days):
            names = frozenset(table.counts)
            yield replace(table, worked_out=names, kept=frozenset(), layers=layers[table_name(table)])

    for span in spans[:-1]:
        for table in unprinted(span.words, (span.counted_from, span.counted_to)):
            counts |= table.counts
            yield table
    moved = {days for before, after in pairwise(spans) for days in _moved(before, after)}
    for days in sorted(moved):
        yield from unprinted(_months_moved(days), days)
    for name in layers:
        yield Table(relations=tuple(_differences(name, geography, spans)))
        yield Table(relations=tuple(_months_of(name, geography, days, now) for days in sorted(moved)))
    yield Table(relations=tuple(_unchanged(counts, spans)))


def table_name(table: Table) -> str:
    """Return what a table by area counts."""
    return next(what for _, what, _ in table.counts if not what.startswith("not "))


def sums(frame: pl.DataFrame, column: str, by: str = "practice_code") -> Mapping[Any, int]:
    """Return the sums of a column by another one."""
    grouped = frame.group_by(by).agg(pl.col(column).sum())
    return {place: int(number) for place, number in grouped.iter_rows()}


def _earlier(now: Span, printed: Collection[str]) -> list[Span]:
    """Return the windows before this one that were printed and whose months are held, in order."""
    length = sum(month >= now.counted_from for month in now.months)
    possible = [Span(add_months(end, -length), end, now.series_from) for end in now.months]
    return [span for span in possible if span.counted_from >= now.series_from and span.words in printed]


def _by_area(
    measure: Measure, activity: Activity, geography: Geography, period: str, days: tuple[date, date]
) -> list[Table]:
    """Return what is counted from the first day to before the last, by area; before it what a share is a share of."""
    is_inside = (pl.col("month") >= days[0]) & (pl.col("month") < days[1])
    own = activity.counted.filter((pl.col("measure_id") == measure.id) & is_inside)
    parts = sums(own, "numerator")
    if measure.is_rate:
        return [replace(by_area(period, measure.id, parts, geography), kept=frozenset())]
    whole = by_area(period, denominator_of(measure), sums(own, "denominator"), geography)
    return [whole, by_area(period, measure.id, parts, geography, base=whole)]


def _moved(before: Span, after: Span) -> tuple[tuple[date, date], tuple[date, date]]:
    """Return the months that came and those that went, from the first day to before the last."""
    return (before.counted_to, after.counted_to), (before.counted_from, after.counted_from)


def _months_moved(days: tuple[date, date]) -> str:
    return f"{days[0]:%Y-%m} until {days[1]:%Y-%m}"


def _differences(name: str, geography: Geography, spans: Sequence[Span]) -> Iterator[Relation]:
    """Yield how each window differs from the next in every area."""
    for before, after in pairwise(spans):
        came, went = (_months_moved(days) for days in _moved(before, after))
        signs = ((after.words, 1.0), (went, 1.0), (before.words, -1.0), (came, -1.0))
        for area in geography.areas:
            yield Relation(tuple(((period, name, area.key), sign) for period, sign in signs))


def _unchanged(counts: Mapping[Key, int], spans: Sequence[Span]) -> Iterator[Relation]:
    """Yield that a count is the same in a window and the next, where it truly is."""
    for before, after in pairwise(spans):
        for period, *rest in counts:
            one, other = (before.words, *rest), (after.words, *rest)
            if period == before.words and counts[one] == counts.get(other):
                yield same_count(one, other)


def _months_of(name: str, geography: Geography, days: tuple[date, date], now: Span) -> Relation:
    """Return that the board's months, which are printed, make up what came or went at the board."""
    board = geography.board.key
    months: list[Key] = [(f"{month:%Y-%m}", name, board) for month in now.months if days[0] <= month < days[1]]
    return sum_of((_months_moved(days), name, board), months)
