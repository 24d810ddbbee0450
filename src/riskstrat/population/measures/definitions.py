"""The measures that programmes live by, as ``sql/measures/measures.toml`` defines them, and the months each counts."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from riskstrat.contract import TABLES
from riskstrat.errors import UsageFault, each_fault
from riskstrat.features import Source
from riskstrat.population.counting.cells import REGISTERED
from riskstrat.project import add_months, resource

WORKLISTS = "worklists"
"""What stands among ``needs`` for lists that were sent and came back, with what was recorded; no landing table."""
SERIES_MONTHS = 24
"""Months of a measure's series at the board, the window's among them."""
_Words = Annotated[str, Field(min_length=1)]


class Measure(BaseModel):
    """One measure, its keys as ``measures.toml`` explains them. A rate's denominator is the people registered."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    id: Annotated[str, Field(pattern=r"^[a-z0-9-]+$")]
    title: _Words
    theme: _Words
    events: _Words
    kind: Literal["rate", "share"]
    counts: _Words
    of: str = ""
    per: Annotated[int, Field(ge=1)]
    least_age: Annotated[int, Field(ge=0, le=90, multiple_of=5)] = 0
    months: Annotated[int, Field(ge=1, le=SERIES_MONTHS)] = 12
    follow_up: Annotated[int, Field(ge=0)] = 0
    at: Literal["window", "index"] = "window"
    needs: Annotated[tuple[str, ...], Field(min_length=1)]
    rules: tuple[str, ...] = ()
    within: str | None = None
    cohort: str = ""
    expected: Literal["", "dementia"] = ""
    definition: _Words
    source: _Words

    @property
    def is_rate(self) -> bool:
        """Whether it is a rate of people registered, and so also age-standardised."""
        return self.kind == "rate"

    @property
    def is_of_lists(self) -> bool:
        """Whether it counts lists as they were sent, whose months are of the models and rules of their time."""
        return WORKLISTS in self.needs

    @property
    def has_season(self) -> bool:
        """Whether its months swing with the year, as admissions and care do; lists follow capacity."""
        return not self.is_of_lists

    @property
    def nobody(self) -> str:
        """Why there is no figure where there is nothing that it would be a share or a rate of."""
        return "no list came back" if self.is_of_lists else "nobody to count"

    @property
    def unit(self) -> str:
        """What its figure is in, in words."""
        if not self.is_rate:
            return "%" if self.per == 100 else f"per {self.per:,}"
        who = f"people aged {self.least_age} and over" if self.least_age else "people"
        return f"per {self.per:,} {who} a year"


@dataclass(frozen=True)
class Span:
    """From the first day to before the last over which a measure counts, and from when on its series does."""

    counted_from: date
    counted_to: date
    series_from: date

    @property
    def months(self) -> tuple[date, ...]:
        """The months of the series, the first of each; none of a state at one day."""
        months = []
        month = self.series_from
        while add_months(month, 1) <= self.counted_to:
            months.append(month)
            month = add_months(month, 1)
        return tuple(months)

    @property
    def words(self) -> str:
        """Return the period as it is published: ``2025-09/2026-08``, or the day of a state."""
        if self.counted_to - self.counted_from == timedelta(days=1):
            return str(self.counted_from)
        return f"{self.counted_from:%Y-%m}/{add_months(self.counted_to, -1):%Y-%m}"

    @property
    def periods(self) -> frozenset[str]:
        """Every period that is published of it: the whole of it and the months of the series."""
        return frozenset({self.words, *(f"{month:%Y-%m}" for month in self.months)})


@cache
def read_measures() -> tuple[Measure, ...]:
    """Return every measure in the order of the file; raises ``UsageFault`` naming the block that is wrong."""
    blocks = tomllib.loads(resource("sql/measures/measures.toml").read_text(encoding="utf-8"))["measure"]
    measures = tuple(_read(block) for block in blocks)
    ids = [measure.id for measure in measures]
    for measure in measures:
        if ids.count(measure.id) > 1:
            raise UsageFault(f"measures.toml: '{measure.id}' stands there twice")
        if measure.within is not None and measure.within not in ids:
            raise UsageFault(f"measures.toml: '{measure.id}' is within '{measure.within}', which is no measure")
    return measures


def _read(block: Mapping[str, object]) -> Measure:
    name = str(block.get("id", "a measure without an id"))
    try:
        measure = Measure.model_validate(block)
    except ValidationError as fault:
        raise UsageFault(f"measures.toml: {name} is not whole", *each_fault(fault)) from None
    unknown = [need for need in measure.needs if need not in TABLES and need != WORKLISTS]
    if unknown:
        raise UsageFault(f"measures.toml: {name} needs '{unknown[0]}', which is no landing table")
    if not resource("sql/measures").joinpath(f"{measure.events}.sql").is_file():
        raise UsageFault(f"measures.toml: {name} counts '{measure.events}', and there is no {measure.events}.sql")
    if measure.is_rate == bool(measure.of):
        raise UsageFault(f"measures.toml: {name}: a share says what it is a share of, and a rate does not")
    if measure.is_rate and measure.expected:
        raise UsageFault(f"measures.toml: {name}: only of a share is a number expected")
    return measure


def denominator_of(measure: Measure) -> str:
    """Return the name of what a measure's figure is divided by: what it is a share of, or people registered."""
    return registered_from(measure.least_age) if measure.is_rate else f"{measure.id} of"


def expected_of(measure: Measure) -> str:
    """Return the name of how many a measure would count at the rates of a study."""
    return f"expected {measure.id}"


def registered_from(least_age: int) -> str:
    """Return the name of the people registered who are at least so old."""
    return f"{REGISTERED}-{least_age}" if least_age else REGISTERED


def span_of(measure: Measure, sources: Mapping[str, Source], index_date: date) -> Span | str:
    """Return over which days a measure counts at an index date, or why it has no figure.

    The window is of whole calendar months: it ends with the last one that lies, with what must follow, before the day
    to which everything the measure needs is complete. A source that begins within the window gives none.
    """
    ends, begins = [index_date], []
    for need in measure.needs:
        source = sources.get(need)
        if source is None or not source.is_present or source.complete_to is None:
            return "no list that was sent before has come back" if need == WORKLISTS else f"{need} is absent"
        ends.append(source.complete_to)
        begins += [source.period_start] if source.period_start is not None else []
    if measure.at == "index":
        return Span(index_date, index_date + timedelta(days=1), index_date)
    last = min(ends) - timedelta(days=measure.follow_up)
    counted_to = last.replace(day=1)
    counted_from, series_from = (add_months(counted_to, -months) for months in (measure.months, SERIES_MONTHS))
    begun = max(begins, default=series_from)
    if begun > counted_from:
        return f"what it needs begins on {begun}, within the {measure.months} months before {counted_to}"
    while series_from < begun:
        series_from = add_months(series_from, 1)
    return Span(counted_from, counted_to, series_from)
