"""The measures as published, tidy: one row per months, area, measure and figure, made from protected counts only.

As with cohorts, everything is derived from the figures as published but for the ages of the directly standardised
rates, which need 10 events. Months of a series are the board's alone.
"""

import math
from calendar import monthrange
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import polars as pl

from riskstrat.disclosure import Figure
from riskstrat.disclosure.attack import Key
from riskstrat.population.counting.areas import Area, Geography
from riskstrat.population.counting.cells import REGISTERED, nested
from riskstrat.population.counting.cohorts import Month
from riskstrat.population.figures.cohorts import (
    COMPARED_WORDS,
    LEFT_OPEN,
    comparison_in_words,
    why_not,
)
from riskstrat.population.figures.standardised import (
    KEPT_BACK,
    by_area_and_age,
    has_rate,
    read_standard_population,
    unsafe_rates,
)
from riskstrat.population.measures.activity import Activity
from riskstrat.population.measures.definitions import Measure, denominator_of, expected_of
from riskstrat.population.measures.expected import ReferenceRates, per_cent_of_expected
from riskstrat.population.methods import funnel
from riskstrat.population.methods.control_charts import Point, against_year_before, xmr
from riskstrat.population.methods.rates import LEAST_EVENTS, Estimate, crude_rate, proportion
from riskstrat.population.methods.rounded import (
    Possible,
    apart_by_rounding,
    place_of_proportion,
    place_of_rate,
    possible_proportion,
    possible_standardised,
    size_of_rate,
    standardised_as_printed,
)

NUMERATOR, DENOMINATOR, RATE, STANDARDISED = "numerator", "denominator", "rate", "standardised_rate"
EXPECTED, OF_EXPECTED = "expected", "percent_of_expected"
FUNNEL_SIZE, FUNNEL_95, FUNNEL_998, PROCESS_LIMITS = "funnel_size", "funnel_95", "funnel_998", "process_limits"
COUNTS = (NUMERATOR, DENOMINATOR)
FIGURE_WORDS: Mapping[str, str] = {
    NUMERATOR: "What the measure counts, rounded",
    DENOMINATOR: "What it is divided by, rounded: people registered at the index date (in a series, on the first of "
    "the month), or what it is a share of",
    RATE: "From the rounded counts: a rate a year with Byar's 95% limits (exact Poisson below 10), or a share with "
    "Wilson's 95% interval",
    STANDARDISED: "Directly age-standardised rate a year (European Standard Population 2013, of the ages counted), "
    "with Byar's 95% limits and Dobson's adjustment, of the count as printed; none below 10 events",
    EXPECTED: "How many the measure would count at the rates of a study that the board's settings name, by sex and "
    "five-year age band of the people it is a share of; to the whole person in a practice, and shown as counts are",
    OF_EXPECTED: "What it counts as a percentage of those expected, both as printed, with Byar's 95% limits of what it "
    "counts; they hold no doubt of the study's rates",
    FUNNEL_SIZE: "The size of an area that its funnel limits are drawn by: of a share what it is a share of, of a rate "
    "the people who would have so many events at it, both as printed",
    FUNNEL_95: "Limits that 95 in 100 areas of this size keep by chance: exact Poisson for standardised rates "
    "(Spiegelhalter 2005, as PHEindicatormethods computes them), normal for shares",
    FUNNEL_998: "Limits that 998 in 1,000 areas of this size keep by chance, made in the same way",
    PROCESS_LIMITS: "XmR chart by the rules of NHS England's Making Data Count; the note names those that the month is "
    "part of, and which way. What has a season is held against the same month a year before: the value is that "
    "month's, the limits 2.66 mean moving ranges of the yearly differences below and above it, so that the first year "
    "has none. Lists, which have no season: the mean, and 2.66 mean moving ranges below and above it. Never nearer "
    "than one and a half steps of rounding, three against a year before. None from fewer than 6 months",
}
MEASURES_CSV = "measures.csv"
SCHEMA = pl.Schema(
    {
        "period": pl.String,
        "months": pl.String,
        "area_type": pl.String,
        "area_code": pl.String,
        "area_name": pl.String,
        "measure": pl.String,
        "figure": pl.String,
        "value": pl.Float64,
        "lower": pl.Float64,
        "upper": pl.Float64,
        "note": pl.String,
    }
)
PLACE_OPEN = "rounding leaves open where it lies"
"""What the note of funnel limits says where the true counts behind the rounded ones could lie on either side."""
ON_TRIAL, NEW_LIMITS = "limits on trial, fewer than 12 months", "new limits from here"
CHANGED = "changed here, and too few months since for limits"
"""What the note of process limits says besides the rules that a month is part of."""
_YEAR = 365.25  # days: a rate of a month is a rate of so many


@dataclass(frozen=True)
class MeasureRow:
    """One published figure of a measure. ``value`` is ``None`` where there is none, and ``note`` says why."""

    period: str
    months: str
    area: Area
    measure: str
    figure: str
    value: float | None = None
    lower: float | None = None
    upper: float | None = None
    note: str = ""

    def as_tuple(self) -> tuple[str | float | None, ...]:
        """Return the row in the order of ``SCHEMA``."""
        where = (self.area.type, self.area.code, self.area.name)
        figures = (self.figure, self.value, self.lower, self.upper, self.note)
        return (self.period, self.months, *where, self.measure, *figures)


def measure_figures(
    activity: Activity,
    measures: Sequence[Measure],
    figures: Mapping[Key, Figure],
    month: Month,
    geography: Geography,
    changes: Mapping[date, str],
    rates: ReferenceRates | None = None,
) -> pl.DataFrame:
    """Return every published figure of the measures at one index date (``SCHEMA``), in the order of their file.

    ``changes`` says with which releases models or rules changed: the limits of measures of lists are made anew there.
    ``rates`` are those of a study at which people are expected, ``None`` where the board names none.
    """
    rows: list[MeasureRow] = []
    for measure in measures:
        if measure.id in activity.spans:
            measured = _Measured(activity, measure, figures, month, geography)
            rows += _of_areas(measured)
            if measure.expected and rates is not None:
                rows += _of_expected(measured, rates.source)
            rows += _of_months(activity, measure, figures, geography.board, changes if measure.is_of_lists else {})
        else:
            row = MeasureRow(str(activity.index_date), "", geography.board, measure.id, RATE)
            rows.append(replace(row, note=f"no figure: {activity.not_run[measure.id]}"))
    return pl.DataFrame([row.as_tuple() for row in rows], schema=SCHEMA, orient="row")


@dataclass(frozen=True)
class _Measured:
    """One measure at one index date, with all that its figures are made from."""

    activity: Activity
    measure: Measure
    figures: Mapping[Key, Figure]
    month: Month
    geography: Geography

    @property
    def months(self) -> str:
        return self.activity.spans[self.measure.id].words

    def counts_of(self, area: Area) -> tuple[Figure, Figure]:
        """Return what the measure counts in an area and what that is divided by, as they may be published."""
        base = str(self.activity.index_date) if self.measure.is_rate else self.months
        return (
            self.figures[(self.months, self.measure.id, area.key)],
            self.figures[(base, denominator_of(self.measure), area.key)],
        )

    def listed(self, area: Area) -> int | None:
        """Return how many are registered in an area, as published."""
        return self.figures[(str(self.activity.index_date), REGISTERED, area.key)].shown


def _of_areas(measured: _Measured) -> Iterator[MeasureRow]:
    """Yield the figures of the whole window by area, each compared with the board where it may be."""
    measure, geography = measured.measure, measured.geography
    standardise = _standardiser(measured) if measure.is_rate else None
    board: tuple[Estimate, Possible] | None = None
    for area in geography.areas:
        part, whole = measured.counts_of(area)
        row = MeasureRow(str(measured.activity.index_date), measured.months, area, measure.id, NUMERATOR)
        yield from _counts(row, measure, part, whole)
        per = measure.per * 12 / measure.months if measure.is_rate else measure.per
        crude = _estimate(measure, part, whole, per)
        compared, figure, why_not = crude, RATE, ""
        if standardise is not None:
            yield _given(replace(row, figure=RATE), crude, _why_not(measure, row.area, part, whole))
            compared, why_not = standardise(area, part, whole)
            figure = STANDARDISED
        own = _possible(measure, compared, part, whole)
        if area is geography.board and compared is not None and own is not None:
            board = compared, own
        if compared is None or own is None or board is None:
            yield replace(row, figure=figure, note=_why_not(measure, row.area, part, whole) or why_not)
            continue
        words = comparison_in_words(area, own, board[1], measured.listed(area))
        yield replace(_given(replace(row, figure=figure), compared), note=words)
        if words in (*COMPARED_WORDS, LEFT_OPEN):
            yield from _funnel(row, measure, part, whole, compared, board)


def _of_expected(measured: _Measured, source: str) -> Iterator[MeasureRow]:
    """Yield how many are expected in every area and the percentage of them that is counted, compared with the board."""
    measure, geography = measured.measure, measured.geography
    board: Possible | None = None
    for area in geography.areas:
        part, _ = measured.counts_of(area)
        people = measured.figures[(measured.months, expected_of(measure), area.key)]
        row = MeasureRow(str(measured.activity.index_date), measured.months, area, measure.id, EXPECTED)
        share = replace(row, figure=OF_EXPECTED)
        if people.shown is None:
            why = why_not(area, people)
            yield from (replace(row, note=why), replace(share, note=why))
            continue
        yield replace(row, value=float(people.shown), note=f"rates: {source}" if area is geography.board else "")
        if part.shown is None or not people.shown:
            yield replace(share, note=why_not(area, part) or "nobody is expected")
            continue
        estimate, own = per_cent_of_expected(part, people)
        if area is geography.board:
            board = own
        yield replace(_given(share, estimate), note=comparison_in_words(area, own, board, measured.listed(area)))


def _possible(measure: Measure, estimate: Estimate | None, part: Figure, whole: Figure) -> Possible | None:
    """Return what the figure that is compared can be; ``None`` where there is none."""
    if estimate is None:
        return None
    if measure.is_rate:
        return possible_standardised(estimate, part)
    return possible_proportion(part, whole, measure.per)


def _standardiser(measured: _Measured) -> "_Standardiser":
    span = measured.activity.spans[measured.measure.id]
    is_inside = (pl.col("month") >= span.counted_from) & (pl.col("month") < span.counted_to)
    own = measured.activity.counted.filter((pl.col("measure_id") == measured.measure.id) & is_inside)
    events = own.select("practice_code", "age_from", pl.col("numerator").alias("people"))
    weights = {age: one for age, one in read_standard_population().items() if age >= measured.measure.least_age}
    sizes: dict[Key, Figure] = {}
    bases: dict[Key, Figure] = {}
    for area in measured.geography.areas:
        size, base = measured.counts_of(area)
        sizes[span.words, measured.measure.id, area.key] = size
        bases[str(measured.activity.index_date), REGISTERED, area.key] = base
    hidden = unsafe_rates(sizes, bases, list(nested(span.words, measured.measure.id, measured.geography)))
    return _Standardiser(
        measured.measure,
        by_area_and_age(events, measured.geography),
        by_area_and_age(measured.month.registered, measured.geography),
        weights,
        frozenset(area for _, _, area in hidden),
    )


@dataclass(frozen=True)
class _Standardiser:
    """Events and people by area and age band, the standard population of the ages counted, and areas left out."""

    measure: Measure
    events: Mapping[tuple[str, int], int]
    people: Mapping[tuple[str, int], int]
    weights: Mapping[int, float]
    hidden: frozenset[str]

    def __call__(self, area: Area, part: Figure, whole: Figure) -> tuple[Estimate | None, str]:
        """Return an area's standardised rate, or ``None`` and why; published figures alone decide which."""
        if part.shown is None or whole.shown is None:
            return None, ""
        if not has_rate(part, whole):
            return None, f"no standardised rate below {LEAST_EVENTS} events"
        if area.key in self.hidden:
            return None, KEPT_BACK
        rate = standardised_as_printed(
            [self.events.get((area.key, age), 0) for age in self.weights],
            [self.people.get((area.key, age), 0) for age in self.weights],
            list(self.weights.values()),
            part,
            per=self.measure.per * 12 / self.measure.months,
        )
        return rate, "" if rate else "no standardised rate"


def _of_months(
    activity: Activity, measure: Measure, figures: Mapping[Key, Figure], board: Area, changes: Mapping[date, str]
) -> Iterator[MeasureRow]:
    """Yield the board's figures month by month, and process limits where every month has a figure.

    Months with too few to be shown are the low ones: limits made from the others would be those of another series.
    """
    drawn: list[tuple[MeasureRow, float]] = []
    blur = 0.0
    months = activity.spans[measure.id].months
    for month in months:
        period = f"{month:%Y-%m}"
        part, whole = figures[(period, measure.id, board.key)], figures[(period, denominator_of(measure), board.key)]
        row = MeasureRow(str(activity.index_date), period, board, measure.id, NUMERATOR)
        yield from _counts(row, measure, part, whole)
        per = _per_in(measure, month)
        estimate = _estimate(measure, part, whole, per)
        yield _given(replace(row, figure=RATE), estimate, _why_not(measure, row.area, part, whole))
        if estimate is not None:
            drawn.append((replace(row, figure=PROCESS_LIMITS), estimate.value))
            blur = max(blur, apart_by_rounding(part, whole, per))
    if len(drawn) < len(months):
        return
    values = [value for _, value in drawn]
    anew = [at for at, month in enumerate(months) if month in changes]
    points = against_year_before(values, blur) if measure.has_season else xmr(values, anew, blur)
    for (row, _), point, month in zip(drawn, points, months, strict=True):
        yield _limits(row, measure, point, changes.get(month, ""))


def _limits(row: MeasureRow, measure: Measure, point: Point, changed: str) -> MeasureRow:
    """Return the row of a month's process limits; a share has none beyond all and nobody."""
    said = [one.words for one in point.signals]
    if point.limits is None:
        return replace(row, note=f"{CHANGED}: {changed}" if changed else "")
    said += [ON_TRIAL] if point.limits.on_trial else []
    said += [f"{NEW_LIMITS}: {changed}"] if changed else []
    most = math.inf if measure.is_rate else measure.per
    estimate = Estimate(point.limits.mean, max(0.0, point.limits.lower), min(most, point.limits.upper))
    return replace(_given(row, estimate), note="; ".join(said))


def _per_in(measure: Measure, month: date) -> float:
    """Return what turns a month's events a head into the measure's unit: a rate is of a year, months differ in days."""
    return measure.per * _YEAR / monthrange(month.year, month.month)[1] if measure.is_rate else measure.per


def _estimate(measure: Measure, part: Figure, whole: Figure, per: float) -> Estimate | None:
    if part.shown is None or not whole.shown:
        return None
    if measure.is_rate:
        return crude_rate(part.shown, whole.shown, per)
    return proportion(
        min(part.shown, whole.shown), whole.shown, per
    )  # of two rounded counts the part may be the larger


def _funnel(
    row: MeasureRow, measure: Measure, part: Figure, whole: Figure, own: Estimate, board: tuple[Estimate, Possible]
) -> Iterator[MeasureRow]:
    """Yield an area's size and the funnel limits for it, with where its figure lies unless rounding leaves that open.

    The size of an area with a standardised rate is the people who would have its events at that rate, as in
    PHEindicatormethods.
    """
    printed = replace(own, value=round(own.value, 1))
    if part.shown is None or not whole.shown or printed.value == 0:
        return
    middle, possible = board
    size = size_of_rate(printed, part.shown, measure.per) if measure.is_rate else whole.shown
    yield replace(row, figure=FUNNEL_SIZE, value=float(size))
    if measure.is_rate:
        limits = funnel.of_rate(middle.value, size_of_rate(own, part.shown, measure.per), measure.per)
        place = place_of_rate(own, part, possible, measure.per)
    else:
        limits = funnel.of_proportion(middle.value / measure.per, whole.shown, measure.per)
        place = place_of_proportion(part, whole, possible, measure.per)
    for figure, lower, upper in (
        (FUNNEL_95, limits.lower_95, limits.upper_95),
        (FUNNEL_998, limits.lower_998, limits.upper_998),
    ):
        given = _given(replace(row, figure=figure), Estimate(middle.value, lower, upper))
        yield replace(given, note=place or PLACE_OPEN)


def _counts(row: MeasureRow, measure: Measure, part: Figure, whole: Figure) -> Iterator[MeasureRow]:
    """Yield what is counted and what of; of lists of which none came back neither is a number, not even nought."""
    for figure, one in ((NUMERATOR, part), (DENOMINATOR, whole)):
        own = replace(row, figure=figure)
        if measure.is_of_lists and whole.shown == 0:
            yield replace(own, note=measure.nobody)
        else:
            found = {"note": _why_not(measure, row.area, one)} if one.shown is None else {"value": float(one.shown)}
            yield replace(own, **found)


def _given(row: MeasureRow, estimate: Estimate | None, why_not: str = "") -> MeasureRow:
    if estimate is None:
        return replace(row, note=why_not)
    return replace(row, value=round(estimate.value, 1), lower=round(estimate.lower, 1), upper=round(estimate.upper, 1))


def _why_not(measure: Measure, area: Area, *cells: Figure) -> str:
    return why_not(area, *cells) or (measure.nobody if cells[-1].shown == 0 else "")
