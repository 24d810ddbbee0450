"""A line for each cohort: how many at the board, against a year before, which practices differ, who is in no programme.

Made from published rows alone. What is said of them holds for every count that the rounded ones allow.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from riskstrat.disclosure import Figure, Rule, possible_counts
from riskstrat.population.counting.cells import PEOPLE
from riskstrat.population.counting.cohorts import Cohort
from riskstrat.population.figures.cohorts import COMPARED_WORDS, STANDARDISED
from riskstrat.population.figures.overlap import NO_PROGRAMME
from riskstrat.population.methods.rounded import Possible, possible_proportion
from riskstrat.population.report.contents import Report

HIGHER, SIMILAR, LOWER, OPEN = "higher", "similar", "lower", "left open"
"""How a cohort's rate lies to that of a year before; rounding may leave it open."""


@dataclass(frozen=True)
class CohortLine:
    """One cohort at the board. ``row`` and ``before`` have the columns of ``side_by_side``.

    ``change`` compares the two rates per 1,000 (``changed``). ``practices`` are the names of
    those that are higher than, similar to and lower than the board by their age-standardised rate, in the order of
    ``COMPARED_WORDS``. ``alone`` is the tidy row of its people in no programme. ``why_not`` says why it has no figure.
    """

    cohort: Cohort
    row: Mapping[str, Any]
    before: Mapping[str, Any] | None
    practices: tuple[tuple[str, ...], ...]
    alone: Mapping[str, Any] | None
    why_not: str | None
    change: str | None = None

    @property
    def compared(self) -> list[int | None]:
        """How many practices are higher, similar and lower; ``None`` where none is compared."""
        counts = [len(names) for names in self.practices]
        return [*counts] if any(counts) else [None] * len(counts)


def cohort_lines(tidy: pl.DataFrame, wide: pl.DataFrame, report: Report) -> list[CohortLine]:
    """Return a line for every cohort that is no segment; ``wide`` is ``tidy`` as ``side_by_side`` has it."""
    now = pl.col("period") == str(report.index_date)
    board = pl.col("area_type") == "icb"
    rows = _by_cohort(wide.filter(now & board))
    before = _by_cohort(wide.filter((pl.col("period") == str(report.year_before)) & board))
    alone = {
        row["measure"]: row
        for row in tidy.filter(now & board & (pl.col("cohort") == NO_PROGRAMME)).iter_rows(named=True)
    }
    practices = wide.filter(now & (pl.col("area_type") == "practice")).sort("area_name", "area_code")
    named: dict[tuple[str, str], list[str]] = {}
    for cohort, note, name in practices.select("cohort", f"{STANDARDISED}_note", "area_name").iter_rows():
        named.setdefault((cohort, note), []).append(name)
    return [
        CohortLine(
            cohort,
            rows[cohort.id],
            before.get(cohort.id),
            tuple(tuple(named.get((cohort.id, word), ())) for word in COMPARED_WORDS),
            alone.get(cohort.id),
            report.not_run.get(cohort.id),
            changed(rows[cohort.id], before.get(cohort.id), report.rule),
        )
        for cohort in report.cohorts
        if not cohort.is_segment
    ]


def changed(now: Mapping[str, Any], then: Mapping[str, Any] | None, rule: Rule) -> str | None:
    """Return whether a rate is higher or lower than a year before: only where the two 95 % intervals do not meet.

    That is so, or is not, for every pair of counts that are printed so, or else is left open. ``None`` where one of the
    two has no figure. The arguments have the columns of ``side_by_side``.
    """
    today, before = (_possible(row, rule) for row in (now, then))
    if today is None or before is None:
        return None
    if today.lower[0] > before.upper[1]:
        return HIGHER
    if today.upper[1] < before.lower[0]:
        return LOWER
    meet = today.lower[1] <= before.upper[0] and today.upper[0] >= before.lower[1]
    return SIMILAR if meet else OPEN


def _possible(row: Mapping[str, Any] | None, rule: Rule) -> Possible | None:
    if row is None or row[f"{PEOPLE}_value"] is None or not row["registered"]:
        return None
    part, whole = (
        Figure(shown, *possible_counts(shown, rule)) for shown in (row[f"{PEOPLE}_value"], row["registered"])
    )
    return possible_proportion(part, whole, per=1000)


def by_theme(lines: Sequence[CohortLine]) -> list[dict[str, Any]]:
    """Return the lines under the themes of their cohorts, in the order of the rules."""
    themes: dict[str, list[CohortLine]] = {}
    for line in lines:
        themes.setdefault(line.cohort.theme, []).append(line)
    return [{"name": name, "lines": own} for name, own in themes.items()]


def _by_cohort(rows: pl.DataFrame) -> dict[str, dict[str, Any]]:
    return {row["cohort"]: row for row in rows.iter_rows(named=True)}
