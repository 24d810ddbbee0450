"""The tables of counts of people in one report, as cells, and the attack on them as they were published.

What ties cells is what any reader knows: nested areas add up, a cohort and the people not in it add up to the people
registered, a cohort inside another is no larger, bands exclude each other.

**To publish another table of counts** nothing of the protection or the attack is touched:

1. Return it as a ``Table``: its true counts under keys (period, what is counted, where), and every sum, inclusion or
   exclusion its reader knows of, among its own cells and to those of other tables (everybody registered, above all).
   ``by_area`` makes the table of one thing counted in every area, with the people who are *not* in it.
2. Add it to the tables of ``cells_of``.
3. Print it from the ``figures`` of ``Protected`` alone, as rows of ``population.csv`` of which cohort and measure say
   what is counted (``what_is_counted``); everything else is derived from those rows.

The written rows are read back and attacked. A row that is neither a cell of the system nor declared to be derived
(``riskstrat.population.figures.cohorts.COUNTS`` and ``MEASURE_WORDS``) stops the report.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from math import inf

import polars as pl

from riskstrat.disclosure import Figure, Rule
from riskstrat.disclosure.attack import Key, Other, at_most, sum_of
from riskstrat.disclosure.cells import Cells, Table, as_read, attacked, together
from riskstrat.errors import UsageFault
from riskstrat.population.counting.areas import Geography
from riskstrat.population.counting.cells import (
    ATTRITION,
    LEFT_OUT,
    REGISTERED,
    attrition_cell,
    by_area,
)
from riskstrat.population.counting.cohorts import Cohort, Month
from riskstrat.population.figures.overlap import TABLES as OVERLAP_TABLES
from riskstrat.population.figures.overlap import overlap_of
from riskstrat.population.measures.definitions import read_measures


def cells_of(month: Month, cohorts: Sequence[Cohort], geography: Geography, rule: Rule) -> Cells:
    """Return every count of one index date as it is: by area and cohort, and what is counted at the board alone.

    The rule decides which programmes are too small for anybody to be told who is on them.
    """
    period, board = str(month.index_date), geography.board.key
    by_cohort = cohort_cells_of(month, cohorts, geography)
    ran = [cohort for cohort in cohorts if cohort.id not in month.not_run]
    return together(
        [
            *by_cohort.tables,
            *overlap_of(month, ran, by_cohort.counts, board, rule),
            Table({(period, LEFT_OUT, board): month.left_out}),
            _attrition(period, month, board),
        ]
    )


def cohort_cells_of(month: Month, cohorts: Sequence[Cohort], geography: Geography) -> Cells:
    """Return the counts of one index date by area and cohort: all that a trend prints of it."""
    period = str(month.index_date)
    registered = by_area(period, REGISTERED, _by_practice(month.registered), geography)
    ran = [cohort for cohort in cohorts if cohort.id not in month.not_run]
    sizes = _by_cohort_and_practice(month.sizes)
    sized = [by_area(period, cohort.id, sizes.get(cohort.id, {}), geography, base=registered) for cohort in ran]
    counts = together([registered, *sized]).counts
    return together([registered, *sized, _between_cohorts(period, month, ran, geography, counts)])


def refuse_names_in_use(cohorts: Sequence[Cohort]) -> None:
    """Raise ``UsageFault`` where a cohort's id is that of another table: two counts would stand under one name."""
    tables = {REGISTERED, LEFT_OUT, ATTRITION, *OVERLAP_TABLES, *(measure.id for measure in read_measures())}
    for cohort in cohorts:
        if cohort.id in tables or cohort.id.startswith(f"{REGISTERED}-"):
            raise UsageFault(
                f"a cohort cannot have the id '{cohort.id}': a table of the population report is called so",
                "give the cohort another id in its block in sql/rules",
            )


def check_published(shown: Mapping[Key, int | None], cells: Cells, rule: Rule) -> dict[Key, Figure]:
    """Return what a reader of the written files knows of one index date's cells.

    ``shown`` is what was read back: a figure, or ``None`` for a ``*``. Cells that are in no file are unknown to the
    reader. The truth tells the reader one thing only: which ``*`` hide a small count. Raises ``ValueError`` naming a
    cell whose printed figure is not the figure of its count, or a count printed that is no cell and that nothing
    therefore protects.
    """
    periods = {key[0] for key in cells.counts}
    for key in shown:
        if key[0] in periods and key not in cells.counts:
            raise ValueError(f"the published figure of {' / '.join(key)} did not pass through disclosure control")
    return as_read(shown, cells, rule)


def attack_published(
    read: Mapping[Key, Figure],
    cells: Cells,
    printed_before: Mapping[Key, Figure],
    others: Sequence[Other] = (),
    earlier: Collection[str] = (),
) -> tuple[Key, ...]:
    """Return the cells of one index date that a reader can pin to one value; none is what is wanted.

    ``read`` is what the files tell (``check_published``), ``printed_before`` what earlier releases told, ``others``
    populations that may fit (``attacked``), ``earlier`` the index dates before its own of which the report prints its
    trend. A cell of another month or window, or of an earlier date, that is not itself in the files and that earlier
    releases alone give away, is not among them: to withhold the files would not take it back.
    """
    pinned = attacked(read, cells, printed_before, others)
    periods = {key[0] for key, one in read.items() if one.is_printed} - set(earlier)
    elsewhere = {key for key in pinned if key[0] not in periods and not read[key].is_printed}
    if elsewhere and printed_before:
        nothing = {key: replace(one, shown=None, low=0, high=inf, is_printed=False) for key, one in read.items()}
        pinned -= elsewhere & attacked(nothing, cells, printed_before)
    return tuple(sorted(pinned))


def _by_practice(frame: pl.DataFrame) -> dict[str, int]:
    grouped = frame.group_by("practice_code").agg(pl.col("people").sum())
    return {code: int(people) for code, people in grouped.iter_rows()}


def _by_cohort_and_practice(frame: pl.DataFrame) -> dict[str, dict[str, int]]:
    grouped = frame.group_by("cohort_id", "practice_code").agg(pl.col("people").sum())
    sizes: dict[str, dict[str, int]] = {}
    for cohort, code, people in grouped.iter_rows():
        sizes.setdefault(cohort, {})[code] = int(people)
    return sizes


def _between_cohorts(
    period: str, month: Month, ran: Sequence[Cohort], geography: Geography, counts: Mapping[Key, int]
) -> Table:
    """Return what ties cohorts: one inside another, and those of a dimension, of which nobody is in two."""
    ids = {cohort.id for cohort in ran}
    ties = [
        at_most((period, outer, area.key), [(period, inner, area.key)])
        for inner, outer in month.inclusions
        if inner in ids and outer in ids
        for area in geography.areas
    ]
    board = geography.board.key
    for dimension in sorted({cohort.dimension for cohort in ran} - {""}):
        names = [cohort.id for cohort in ran if cohort.dimension == dimension]
        is_everybody = sum(counts[period, name, board] for name in names) == counts[period, REGISTERED, board]
        tie = sum_of if is_everybody else at_most
        for area in geography.areas:
            ties.append(tie((period, REGISTERED, area.key), [(period, name, area.key) for name in names]))
    return Table(relations=tuple(ties))


def _attrition(period: str, month: Month, board: str) -> Table:
    """Return the steps from everyone held to everyone counted: all of them add up, and any reader knows it."""
    counts: dict[Key, int] = {(period, attrition_cell(words), board): people for words, people in month.attrition}
    if not counts:
        return Table()
    everyone, *stopped, snapshot = counts
    ties = (
        sum_of(everyone, [*stopped, snapshot]),
        sum_of(snapshot, [(period, REGISTERED, board), (period, LEFT_OUT, board)]),
    )
    return Table(counts, ties)
