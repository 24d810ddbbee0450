"""What the pages and the files of a report say besides its figures."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from riskstrat.disclosure import Rule
from riskstrat.modelling import Caution
from riskstrat.pages import SOURCE_WORDS, long_date
from riskstrat.population.counting.areas import Geography
from riskstrat.population.counting.cohorts import Cohort
from riskstrat.population.figures.equity import EquityLine
from riskstrat.population.report.shapes import Shapes


@dataclass(frozen=True)
class Report:
    """One month's report besides the cohorts' figures. ``index_dates`` end at the month of the report."""

    board_name: str
    demonstration: bool
    release_name: str
    index_dates: tuple[date, ...]
    rule: Rule
    geography: Geography
    boundaries: tuple[str, ...]
    cohorts: tuple[Cohort, ...]
    not_run: Mapping[str, str]
    sources: pl.DataFrame
    suppressed: int
    suppressed_for_others: int
    cautions: tuple[Caution, ...]
    drivers: pl.DataFrame
    equity: tuple[EquityLine, ...]
    measures: pl.DataFrame
    amounts: pl.DataFrame
    shapes: Shapes | None = None

    @property
    def index_date(self) -> date:
        """The month of the report."""
        return self.index_dates[-1]

    @property
    def year_before(self) -> date | None:
        """The latest index date at least 12 months before the last one; ``None`` where the store has none."""
        last = self.index_date
        earlier = [day for day in self.index_dates if day <= last.replace(year=last.year - 1)]
        return earlier[-1] if earlier else None


def frame_of_page(report: Report, title: str) -> dict[str, Any]:
    """Return what every page of a report begins and ends with."""
    return {
        "title": title,
        "subtitle": f"As at {long_date(report.index_date)}",
        "board_name": report.board_name,
        "demonstration": report.demonstration,
        "release_name": report.release_name,
        "index_date": report.index_date,
    }


def source_in_words(table_name: str) -> str:
    """Return a source of data as every page calls it."""
    return SOURCE_WORDS.get(table_name, table_name.replace("_", " ").capitalize())
