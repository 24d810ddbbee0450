"""The measures' counts as tables of the one system that is protected and attacked (``riskstrat.disclosure.cells``).

Counts of admissions, discharges and entries are treated as counts of people: a small one gives somebody away as much. A
cell's period is that of the count itself (``2025-09/2026-08``, ``2026-03``), so that the same count in two releases is
one count. What ties them is what any reader knows: nested areas, a part and the rest of what it is a share of, the
months of a year, a measure that counts no more than another, a cohort of which a measure counts the older part.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

import polars as pl

from riskstrat.disclosure.attack import Key, Relation, at_most, sum_of
from riskstrat.disclosure.cells import Cells, Table, together
from riskstrat.population.counting.areas import Geography
from riskstrat.population.counting.cells import REGISTERED, by_area
from riskstrat.population.counting.cohorts import Month
from riskstrat.population.measures.activity import Activity
from riskstrat.population.measures.definitions import Measure, denominator_of, registered_from
from riskstrat.population.measures.expected import ReferenceRates, expected_table
from riskstrat.population.measures.windows import sums, window, windows_before


def measure_tables(
    cells: Cells,
    activity: Activity,
    measures: Sequence[Measure],
    month: Month,
    geography: Geography,
    printed: Collection[str] = (),
    rates: ReferenceRates | None = None,
) -> tuple[Table, ...]:
    """Return the tables of one index date's measures, tied to those of its cohorts in ``cells``.

    ``printed`` are the windows that earlier releases printed figures of, in their words; ``rates`` those of a study at
    which people are expected, ``None`` where the board names none.
    """
    ran = [measure for measure in measures if measure.id in activity.spans]
    tables = [
        _registered(cells, month, geography, age) for age in sorted({one.least_age for one in ran if one.is_rate})
    ]
    tables.append(_registered_by_month(ran, activity, geography))
    for measure in ran:
        *whole, own = window(measure, activity, geography)
        tables += [*whole, _tied_to_cohort(own, measure, activity, cells)]
        if measure.expected and rates is not None:
            tables.append(expected_table(measure, activity, geography, rates))
        if activity.spans[measure.id].months:
            tables.append(_series(measure, activity, geography))
            tables += windows_before(measure, activity, geography, printed)
    tables.append(Table(relations=tuple(_within(ran, activity, geography))))
    return tuple(table for table in tables if table.counts or table.relations)


def measures_alone(cells: Cells, tables: Sequence[Table]) -> Cells:
    """Return the tables of measures with those cells of cohorts that they are tied to.

    They are protected after the cohorts, whose figures then count as published: what is suppressed of the cohorts does
    not depend on whether measures were counted too.
    """
    own = {key for table in tables for key in table.counts}
    named = {key for table in tables for relation in table.relations for key in relation.keys} - own
    ties = tuple(relation for relation in cells.relations if named >= set(relation.keys))
    return together([Table({key: cells.counts[key] for key in sorted(named)}, ties), *tables])


def _registered(cells: Cells, month: Month, geography: Geography, least_age: int) -> Table:
    """Return the people registered who are at least so old; empty where that is everybody, whom the cohorts have."""
    if not least_age:
        return Table()
    period = str(month.index_date)
    today: list[Key] = [
        (period, REGISTERED, area.key) for area in geography.areas
    ]  # areas as they once were are cells too
    everybody = {key: cells.counts[key] for key in today}
    by_practice = sums(month.registered.filter(pl.col("age_from") >= least_age), "people")
    table = by_area(period, registered_from(least_age), by_practice, geography, base=Table(everybody))
    return replace(table, kept=frozenset(table.counts) - table.worked_out)


def _registered_by_month(ran: Sequence[Measure], activity: Activity, geography: Geography) -> Table:
    """Return the people by whom the board's months of rates are divided: of the practices whose events it counts.

    A practice that closed and that nobody took over is none of them: its events are counted in no month.
    """
    counts: dict[Key, int] = {}
    here = activity.registered.filter(pl.col("practice_code").is_in(geography.board.practices))
    for measure in ran:
        if measure.is_rate:
            old_enough = here.filter(pl.col("age_from") >= measure.least_age)
            people = sums(old_enough, "people", by="month")  # a month in which nobody may be counted is not among them
            for month in activity.spans[measure.id].months:
                counts[(f"{month:%Y-%m}", denominator_of(measure), geography.board.key)] = people.get(month, 0)
    return Table(dict(sorted(counts.items())), kept=frozenset(counts))


def _tied_to_cohort(table: Table, measure: Measure, activity: Activity, cells: Cells) -> Table:
    """Return the table with, worked out in every area, all of the measure's cohort whom it does not count."""
    period = activity.spans[measure.id].words
    rest: dict[Key, int] = {}
    ties: list[Relation] = []
    for what in [key for key in table.counts if key[1] == measure.id]:
        cohort = (period, measure.cohort, what[2])
        if cohort in cells.counts:
            others = (period, f"not {measure.id} but {measure.cohort}", what[2])
            rest[others] = cells.counts[cohort] - table.counts[what]
            ties.append(sum_of(cohort, [what, others]))
    return replace(
        table,
        counts={**table.counts, **rest},
        relations=(*table.relations, *ties),
        worked_out=table.worked_out | frozenset(rest),
    )


def _series(measure: Measure, activity: Activity, geography: Geography) -> Table:
    """Return the board's counts month by month: those of the window add up to it."""
    span, board = activity.spans[measure.id], geography.board
    is_here = (pl.col("measure_id") == measure.id) & pl.col("practice_code").is_in(board.practices)
    own = activity.counted.filter(is_here)
    parts, wholes = (sums(own, column, by="month") for column in ("numerator", "denominator"))
    counts: dict[Key, int] = {}
    ties: list[Relation] = []
    for month in span.months:
        part, whole, rest = (f"{month:%Y-%m}", measure.id, board.key), *_beside(measure, f"{month:%Y-%m}", board.key)
        counts[part] = parts.get(month, 0)
        if not measure.is_rate:
            counts |= {whole: wholes.get(month, 0), rest: wholes.get(month, 0) - counts[part]}
            ties.append(sum_of(whole, [part, rest]))
    inside = [f"{month:%Y-%m}" for month in span.months if month >= span.counted_from]
    names = [measure.id] if measure.is_rate else [measure.id, denominator_of(measure)]
    ties += [sum_of((span.words, name, board.key), [(month, name, board.key) for month in inside]) for name in names]
    worked_out = frozenset(key for key in counts if key[1].startswith("not "))
    kept = frozenset(key for key in counts if key[1] == denominator_of(measure))
    return Table(counts, tuple(ties), worked_out, kept)


def _beside(measure: Measure, period: str, area: str) -> tuple[Key, Key]:
    """Return the cells of what a share is a share of, and of the rest of it."""
    return (period, denominator_of(measure), area), (period, f"not {measure.id}", area)


def _within(ran: Sequence[Measure], activity: Activity, geography: Geography) -> Iterator[Relation]:
    """Yield the ties of measures that count no more than another does in the same months."""
    spans = activity.spans
    for measure in ran:
        outer = measure.within
        if outer is None or outer not in spans or spans[outer] != spans[measure.id]:
            continue
        period = spans[outer].words
        for area in geography.areas:
            yield at_most((period, outer, area.key), [(period, measure.id, area.key)])
        for month in spans[outer].months:
            own = f"{month:%Y-%m}"
            yield at_most((own, outer, geography.board.key), [(own, measure.id, geography.board.key)])
