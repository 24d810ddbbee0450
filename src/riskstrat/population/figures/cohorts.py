"""The published figures, tidy: one row per period, area, cohort and measure, made from protected counts only.

Everything is derived from the figures as published (suppressed and rounded), with one exemption of the rule: the
ages of directly standardised rates are those of the people there were. Their number is the published one
(``methods.rounded``), and whether a rate is given depends on published figures alone, so that neither tells anything.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import polars as pl

from riskstrat.disclosure import SHORTHAND, Figure
from riskstrat.disclosure.attack import Key
from riskstrat.population.counting.areas import Area, Geography
from riskstrat.population.counting.cells import ATTRITION, LEFT_OUT, PEOPLE, REGISTERED, attrition_cell
from riskstrat.population.counting.cohorts import Cohort, Month
from riskstrat.population.figures.overlap import TABLES
from riskstrat.population.methods.rates import Estimate, proportion
from riskstrat.population.methods.rounded import Possible, compared

RATE = "rate_per_1000"
STANDARDISED = "standardised_rate_per_1000"
MEASURE_WORDS: Mapping[str, str] = {
    PEOPLE: "People in the cohort",
    RATE: "People in the cohort per 1,000 registered, with Wilson's 95% interval, from the rounded counts",
    STANDARDISED: (
        "Directly age-standardised rate per 1,000 (European Standard Population 2013, five-year bands to 90 and over), "
        "with Byar's 95% limits and Dobson's adjustment, of the count as printed"
    ),
}
COUNTS = frozenset({PEOPLE})
"""Measures that count people: their rows are cells of the system that is protected and attacked."""
DERIVED = frozenset(MEASURE_WORDS) - COUNTS
"""Measures worked out from published counts, or exempt by the rule. A measure that is in neither is taken to count."""
LEAST_LIST = 750
"""Practices with fewer people registered (as published) are shown and not compared."""
NOT_DIVIDED = "not shown: too few people to divide among areas of this kind"
"""The note where a cohort's figures by area of one type are left out whole, a ``*`` being too telling."""
TABLE_NOT_SHOWN = "not shown: a small number in this table could otherwise be worked out"
"""The note where a table of the board, or of its months, is left out whole: there are no areas to divide among."""
LEFT_OPEN = "not compared: rounding leaves it open"
COMPARED_WORDS = ("higher than the board", "similar to the board", "lower than the board")
SCHEMA = pl.Schema(
    {
        "period": pl.String,
        "area_type": pl.String,
        "area_code": pl.String,
        "area_name": pl.String,
        "cohort": pl.String,
        "measure": pl.String,
        "value": pl.Float64,
        "lower": pl.Float64,
        "upper": pl.Float64,
        "note": pl.String,
    }
)
REVISED_FROM = "revised_from"
"""The column beside every figure in the files: what an earlier release printed where this one prints another figure."""
EMPTY_MEANS = (
    "An empty figure has its reason in the note beside it; a note or a revision is empty where there is nothing to say."
)
"""What the empty cells of a sheet are, where figures and notes stand side by side."""


@dataclass(frozen=True)
class Row:
    """One published figure. ``value`` is ``None`` where there is none, and ``note`` says why."""

    period: str
    area: Area
    cohort: str
    measure: str
    value: float | None = None
    lower: float | None = None
    upper: float | None = None
    note: str = ""

    def as_tuple(self) -> tuple[str | float | None, ...]:
        """Return the row in the order of ``SCHEMA``."""
        where = (self.area.type, self.area.code, self.area.name)
        return (self.period, *where, self.cohort, self.measure, self.value, self.lower, self.upper, self.note)


def revised_in_words(names: Mapping[str, str]) -> pl.Expr:
    """Return "revised: people from 140, per 1,000 from 14.5" of each row; empty where nothing is revised.

    ``names`` are words by the names of figures whose columns stand side by side (``people_revised_from``).
    """
    said = [
        pl.format(
            f"{words} from {{}}", pl.col(f"{name}_{REVISED_FROM}").round(2).cast(pl.String).str.strip_suffix(".0")
        )
        for name, words in names.items()
    ]
    together = pl.concat_str(said, separator=", ", ignore_nulls=True)
    return pl.when(together != "").then("revised: " + together).otherwise(pl.lit("")).alias("revised")


def figures_of_month(
    month: Month,
    figures: Mapping[Key, Figure],
    cohorts: Sequence[Cohort],
    areas: Sequence[Area],
) -> Iterator[Row]:
    """Yield counts and crude rates of one index date, area by area."""
    period = str(month.index_date)
    for area in areas:
        base = figures[(period, REGISTERED, area.key)]
        yield _count(period, area, REGISTERED, PEOPLE, base)
        for cohort in cohorts:
            if cohort.id in month.not_run:
                why = f"no figure: {month.not_run[cohort.id]}"
                yield Row(period, area, cohort.id, PEOPLE, note=why)
                yield Row(period, area, cohort.id, RATE, note=why)
            else:
                size = figures[(period, cohort.id, area.key)]
                yield _count(period, area, cohort.id, PEOPLE, size)
                yield _rate(Row(period, area, cohort.id, RATE), size, base)


def once_a_month(month: Month, figures: Mapping[Key, Figure], geography: Geography) -> Iterator[Row]:
    """Yield the figures that there are for the board and one index date only: overlap, attrition, who was left out."""
    period = str(month.index_date)
    for key, one in figures.items():
        table, _, words = key[1].partition(": ")
        if key[0] == period and table in TABLES:
            yield _count(period, geography.board, table, words, one)
    for words, _ in month.attrition:
        cell = figures[(period, attrition_cell(words), geography.board.key)]
        yield _count(period, geography.board, ATTRITION, words, cell)
    left_out = figures[(period, LEFT_OUT, geography.board.key)]
    yield _count(period, geography.board, LEFT_OUT, PEOPLE, left_out)


def as_frame(rows: Iterable[Row]) -> pl.DataFrame:
    """Return rows as a frame, in the order given."""
    return pl.DataFrame([row.as_tuple() for row in rows], schema=SCHEMA, orient="row")


def comparison_in_words(area: Area, own: Possible, board: Possible | None, registered: int | None) -> str:
    """Return how an area's figure compares with the board's, or why it is not compared; empty for the board itself.

    A word is said only where it holds for every true count that the printed ones allow.
    ``registered`` is how many people are registered in the area as published, ``None`` where that is suppressed.
    """
    if area.type == "icb" or board is None:
        return ""
    if area.type == "practice" and (registered is None or registered < LEAST_LIST):
        return f"fewer than {LEAST_LIST} people registered: not compared"
    word = compared(own, board)
    return f"{word} {'to' if word == 'similar' else 'than'} the board" if word else LEFT_OPEN


def _count(period: str, area: Area, cohort: str, measure: str, one: Figure) -> Row:
    if one.shown is None:
        return Row(period, area, cohort, measure, note=why_not(area, one))
    return Row(period, area, cohort, measure, float(one.shown))


def why_not(area: Area, *cells: Figure) -> str:
    """Return why a figure of an area made from these cells is not given; empty if it can be."""
    if not all(one.is_printed for one in cells):
        return TABLE_NOT_SHOWN if area.type == "icb" else NOT_DIVIDED
    return SHORTHAND if any(one.shown is None for one in cells) else ""


def _rate(row: Row, size: Figure, base: Figure) -> Row:
    if size.shown is None or base.shown is None:
        return replace(row, note=why_not(row.area, size, base))
    if base.shown == 0:
        return replace(row, note="nobody registered")
    return valued(row, proportion(size.shown, base.shown, per=1000))


def valued(row: Row, estimate: Estimate) -> Row:
    """Return the row with an estimate and its limits, to one decimal."""
    return replace(row, value=round(estimate.value, 1), lower=round(estimate.lower, 1), upper=round(estimate.upper, 1))
