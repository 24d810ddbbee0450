"""Means and totals of activity and cost by area and segment, as they may be published.

A total is not a count: it can stand for one person however many are in the group. The rules:

1. A group has a figure of an amount only where at least ``LEAST_CONTRIBUTORS`` of its people have any of it and the two
   largest have no more than ``LARGEST_TWO`` of it: the threshold and the (n, k) rule of AI-SDC/ACRO
   (``acro/default.yaml``: safe_threshold 10, safe_nk_n 2, safe_nk_k 0.9). Its p-ratio rule, that the rest be at least a
   tenth of the largest, follows from these.
2. Nothing can be subtracted. Of the areas that make up another, and of the segments, which make up the board, those
   that may have none take the smallest of the others with them, as many as it needs for what they come to together to
   pass rule 1; an area without a figure has none inside it either. So what is not printed is no difference of what is,
   and no difference stands for one person. Costs, which add up, have figures in the same areas.
3. Totals are rounded: costs to ``ROUND_POUNDS``, all else as counts are. Means are made from the rounded total and the
   people registered as published.
4. The interval of a mean is Student's t from a standard deviation rounded to two figures; there is none where two
   people have more than ``LARGEST_TWO`` of the sum of squares, of which it would tell the larger.

2 to 4 are riskstrat's own.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import reduce
from operator import add
from pathlib import Path

import polars as pl

from riskstrat.disclosure import Figure, Rule
from riskstrat.disclosure.attack import Key
from riskstrat.population.counting.amounts import AMOUNTS, Amount, Amounts, Sums
from riskstrat.population.counting.areas import WORDS, Area, Geography
from riskstrat.population.counting.cells import REGISTERED
from riskstrat.population.counting.cohorts import Cohort
from riskstrat.population.figures.cohorts import EMPTY_MEANS, REVISED_FROM, revised_in_words
from riskstrat.population.methods.rates import Estimate, mean, total_of
from riskstrat.sheets import SheetTable, write_csv

AMOUNTS_CSV = "activity-and-cost.csv"
LEAST_CONTRIBUTORS = 10
LARGEST_TWO = 0.9
ROUND_POUNDS = 1000
SEGMENT_TYPE = "segment"
KINDS: Mapping[str, str] = {**{str(kind): words for kind, words in WORDS.items()}, SEGMENT_TYPE: "Segment"}
"""What each kind of group is called."""
TOTAL, MEAN = "total", "mean"
FIGURE_WORDS: Mapping[str, str] = {
    TOTAL: "Sum over everybody counted, in the 365 days before the index date; costs to the nearest "
    f"£{ROUND_POUNDS:,}. The limits are those of the mean, times the people",
    MEAN: "The total divided by the people, both as printed, costs per person and all else per 1,000; Student's t 95% "
    "interval, the standard deviation rounded to two figures. Not adjusted for age or need, and compared with nothing",
}
SAFE = (
    f"No figure is given where fewer than {LEAST_CONTRIBUTORS} people have any of it or two people have more than "
    f"{LARGEST_TWO:.0%} of it. The smallest area or segment beside such a one has none either, nor has an area inside "
    "one without: nothing can be subtracted."
)
NOT_SHOWN = "not shown: too few people have any of it, here or in one beside it"
NO_INTERVAL = "no interval: two people decide it"
UNKNOWN = "no figure: not known of everybody, as a feed is missing or states no cost"
SCHEMA = pl.Schema(
    {
        **dict.fromkeys(("period", "group_type", "group_code", "group_name", "amount", "figure"), pl.String),
        **dict.fromkeys(("value", "lower", "upper"), pl.Float64),
        "note": pl.String,
    }
)


@dataclass(frozen=True)
class _Group:
    """An area or a segment: its name, and how many are in it as printed."""

    type: str
    code: str
    name: str
    people: int | None


@dataclass(frozen=True)
class _Row:
    group: _Group
    amount: Amount
    figure: str
    value: float | None = None
    lower: float | None = None
    upper: float | None = None
    note: str = ""


def amount_figures(
    amounts: Amounts,
    index_date: date,
    geography: Geography,
    cohorts: Sequence[Cohort],
    figures: Mapping[Key, Figure],
    rule: Rule,
) -> pl.DataFrame:
    """Return every published mean and total of one index date (``SCHEMA``): areas coarsest first, then segments."""
    period, board = str(index_date), geography.board.key
    segments = [cohort for cohort in cohorts if cohort.is_segment]
    if not all((period, segment.id, board) in figures for segment in segments):
        segments = []  # without one of them the others do not make up the board

    def by_segment(amount: str, segment: str) -> Sums:
        return amounts.by_segment.get((amount, segment), Sums())

    sums = {(one.id, area.key): _of_area(amounts, one, area) for one in AMOUNTS for area in geography.areas}
    rows: list[_Row] = []
    for amount in AMOUNTS:
        alike = [one.id for one in _alike(amount) if one.id not in amounts.unknown]
        shown = shown_areas({area.key: [sums[one, area.key] for one in alike] for area in geography.areas}, geography)
        for area in geography.areas:
            group = _Group(area.type, area.code, area.name, figures[period, REGISTERED, area.key].shown)
            rows += _figures(group, amount, sums[amount.id, area.key], area.key in shown, amounts, rule)
        of_segments = {one.id: [by_segment(name, one.id) for name in alike] for one in segments}
        hidden = withheld(of_segments, of_segments)
        for one in segments:
            group = _Group(SEGMENT_TYPE, one.id, one.title, figures[period, one.id, board].shown)
            is_shown = board in shown and one.id not in hidden
            rows += _figures(group, amount, by_segment(amount.id, one.id), is_shown, amounts, rule)
    return pl.DataFrame([_as_tuple(period, row) for row in rows], schema=SCHEMA, orient="row")


def is_safe(sums: Sums) -> bool:
    """Whether enough people make up the sum and no two nearly all of it."""
    return sums.contributors >= LEAST_CONTRIBUTORS and sums.first + sums.second <= LARGEST_TWO * sums.total


def withheld(parts: Iterable[str], sums: Mapping[str, Sequence[Sums]]) -> set[str]:
    """Return the parts of a whole that have no figure: those that may have none, and the smallest others beside them.

    ``sums`` are a part's sums of every amount that is shown or not shown together. What the parts without a figure come
    to follows from the whole and the rest, so that others join them until that may be shown too.
    """
    ordered = sorted((sum(one.total for one in sums[part]), part) for part in parts)
    hidden = [part for _, part in ordered if not _all_safe(sums[part])]
    waiting = [part for _, part in ordered if part not in hidden] if hidden else []
    hidden += waiting[:1]
    while len(hidden) < len(ordered) and not _all_safe(_together(hidden, sums)):
        hidden.append(next(part for part in waiting if part not in hidden))
    return set(hidden)


def shown_areas(sums: Mapping[str, Sequence[Sums]], geography: Geography) -> frozenset[str]:
    """Return the areas with a figure, from which that of no area that may have none can be worked out.

    ``sums`` are as for ``withheld``. An area that is no part of another (a network across two places) has a figure
    where all of its parts have: their sum.
    """
    board = geography.board.key
    shown, inside, waiting = set[str](), {board}, [board] if _all_safe(sums[board]) else []
    inside |= {part for whole in _within(board, geography) for part in geography.parts[whole]}
    while waiting:
        whole = waiting.pop()
        shown.add(whole)
        parts = geography.parts.get(whole, ())
        waiting += sorted(set(parts) - withheld(parts, sums))
    across = [area.key for area in geography.areas if area.key not in inside]
    return frozenset(shown | {key for key in across if shown.issuperset(geography.parts[key])})


def _all_safe(sums: Iterable[Sums]) -> bool:
    return all(map(is_safe, sums))


def _together(parts: Iterable[str], sums: Mapping[str, Sequence[Sums]]) -> list[Sums]:
    return [reduce(add, of_parts, Sums()) for of_parts in zip(*(sums[part] for part in parts), strict=True)]


def _within(whole: str, geography: Geography) -> Iterator[str]:
    """Yield an area that has parts, and those inside it that have."""
    if whole in geography.parts:
        yield whole
        for part in geography.parts[whole]:
            yield from _within(part, geography)


def write_amounts(folder: Path, shown: pl.DataFrame) -> None:
    """Write means and totals as CSV: totals whole, means with two decimals; nothing where there are none.

    ``shown`` has ``SCHEMA`` and what each figure was where it is revised, as have those of ``side_by_side``.
    """
    if shown.is_empty():
        return

    def as_text(column: str) -> pl.Expr:
        two = pl.col(column).map_elements(lambda value: f"{value:.2f}", return_dtype=pl.String)
        whole = pl.col(column).round(0).cast(pl.Int64).cast(pl.String)
        return pl.when(pl.col("figure") == TOTAL).then(whole).otherwise(two).alias(column)

    write_csv(
        folder / AMOUNTS_CSV, shown.with_columns(as_text(name) for name in ("value", "lower", "upper", REVISED_FROM))
    )


def side_by_side(shown: pl.DataFrame) -> pl.DataFrame:
    """Return one row per group and amount: its total, and its mean with the interval."""
    by = ["group_type", "group_code", "amount"]
    total, average = (shown.filter(pl.col("figure") == figure) for figure in (TOTAL, MEAN))
    was = pl.col(REVISED_FROM)
    return total.select(
        "period", *by, "group_name", pl.col("value").alias(TOTAL), was.alias(f"{TOTAL}_{REVISED_FROM}"), "note"
    ).join(
        average.select(*by, pl.col("value").alias(MEAN), "lower", "upper", was.alias(f"{MEAN}_{REVISED_FROM}")),
        on=by,
        how="left",
    )


def amounts_sheet(shown: pl.DataFrame) -> SheetTable:
    """Return the means and totals as a sheet of the workbook."""
    titles = {one.id: one.title for one in AMOUNTS}
    units, per = ({one.id: getattr(one, name) for one in AMOUNTS} for name in ("unit", "per"))
    frame = side_by_side(shown).select(
        pl.col("amount").replace_strict(titles).alias("title"),
        pl.col("amount").replace_strict(units).alias("unit"),
        pl.col("group_type").replace_strict(KINDS),
        *("group_code", "group_name", TOTAL, MEAN, "lower", "upper"),
        pl.col("amount").replace_strict(per).alias("per"),
        "note",
        revised_in_words({TOTAL: "total", MEAN: "mean"}),
    )
    return SheetTable(
        name="Activity and cost",
        title="Activity and cost in the 365 days before the index date: totals and means",
        notes=[*(f"{words}." for words in FIGURE_WORDS.values()), SAFE],
        empty_means=EMPTY_MEANS,
        frame=frame,
        headings={
            "title": "What",
            "unit": "Unit",
            "group_type": "Kind",
            "group_code": "Code",
            "group_name": "Area or segment",
            TOTAL: "Total",
            MEAN: "Mean",
            "per": "Per people",
            "lower": "Mean: lower",
            "upper": "Mean: upper",
            "note": "Note",
            "revised": "Revised",
        },
        number_formats={TOTAL: "#,##0", **dict.fromkeys((MEAN, "lower", "upper"), "#,##0.00")},
        keep_left=1,
    )


def _of_area(amounts: Amounts, amount: Amount, area: Area) -> Sums:
    return reduce(add, (amounts.by_practice.get((amount.id, code), Sums()) for code in area.practices), Sums())


def _alike(amount: Amount) -> Iterable[Amount]:
    """Return the amounts that add up with this one: whether one is printed decides for all."""
    return [one for one in AMOUNTS if one.is_cost] if amount.is_cost else [amount]


def _figures(group: _Group, amount: Amount, sums: Sums, is_shown: bool, amounts: Amounts, rule: Rule) -> Iterator[_Row]:
    row = _Row(group, amount, TOTAL)
    if amount.id in amounts.unknown:
        yield from (replace(row, figure=figure, note=UNKNOWN) for figure in (TOTAL, MEAN))
        return
    if not is_shown or not group.people:
        yield from (replace(row, figure=figure, note=NOT_SHOWN) for figure in (TOTAL, MEAN))
        return
    step = ROUND_POUNDS if amount.is_cost else rule.round_to
    total = float(_to_step(sums.total, step))
    a_head = _mean(group.people, total, sums)
    average = replace(row, figure=MEAN, value=round(amount.per * total / group.people, 2))
    if a_head is None:
        yield from (replace(one, note=NO_INTERVAL) for one in (replace(row, value=total), average))
        return
    limits = total_of(a_head, group.people)
    low, high = (float(max(0, _to_step(limit, step))) for limit in (limits.lower, limits.upper))
    yield replace(row, value=total, lower=low, upper=high)
    lower, upper = (round(amount.per * max(0.0, limit), 2) for limit in (a_head.lower, a_head.upper))
    yield replace(average, lower=lower, upper=upper)


def _mean(people: int, total: float, sums: Sums) -> Estimate | None:
    """Return the mean of the printed figures with its interval, ``None`` where two people decide its width."""
    if sums.first**2 + sums.second**2 > LARGEST_TWO * sums.squares:
        return None
    variance = max(0.0, sums.squares - sums.total**2 / people) / (people - 1)
    deviation = float(f"{math.sqrt(variance):.2g}")
    return mean(people, total, deviation**2 * (people - 1) + total**2 / people)


def _to_step(value: float, step: int) -> int:
    return math.floor(value / step + 0.5) * step


def _as_tuple(period: str, row: _Row) -> tuple[str | float | None, ...]:
    group = (row.group.type, row.group.code, row.group.name)
    return (period, *group, row.amount.id, row.figure, row.value, row.lower, row.upper, row.note)
