"""A report that is not published: why, without an area or a number, and the page that stands in its place."""

import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import polars as pl

from riskstrat.disclosure.attack import Key
from riskstrat.population.counting.areas import WORDS
from riskstrat.population.counting.cohorts import Cohort
from riskstrat.population.figures.cohorts import REVISED_FROM, SCHEMA, Row
from riskstrat.population.figures.equity import HEADINGS as EQUITY_HEADINGS
from riskstrat.population.measures.definitions import read_measures
from riskstrat.population.protection.earlier import CSV_NAME
from riskstrat.population.report.contents import Report
from riskstrat.population.report.files import write_tidy
from riskstrat.population.report.metadata import write_metadata
from riskstrat.population.report.page import write_withheld_pages


def why_withheld(pinned: Sequence[Key], cohorts: Sequence[Cohort]) -> str:
    """Return which tables could be worked out, in words and without a value or the area it is in."""
    titles = {cohort.id: cohort.title for cohort in cohorts}
    titles |= {name: one.title for one in read_measures() for name in (one.id, f"{one.id} of")}
    titles |= EQUITY_HEADINGS
    kinds: dict[str, str] = {kind: words.lower() for kind, words in WORDS.items()}
    tables = []
    for period, what, where in pinned:
        cohort = what.removeprefix("not ").partition(": ")[0]
        title = titles.get(cohort, cohort)
        tables.append(f"'{title}' by {kinds[where.partition(':')[0]]} at {period}")
    named = sorted(set(tables))
    return f"small counts could be worked out from {'; '.join(named[:5])}" + ("; and others" if len(named) > 5 else "")


def withhold(folder: Path, report: Report, because: str) -> None:
    """Leave nothing of the report but a page and a CSV that say that it was withheld, and why."""
    shutil.rmtree(folder)
    folder.mkdir()
    board = report.geography.board
    row = Row(str(report.index_date), board, "withheld", "withheld", note=f"withheld: {because}")
    alone = pl.DataFrame([row.as_tuple()], schema=SCHEMA, orient="row")
    write_tidy(folder / CSV_NAME, alone.with_columns(pl.lit(None, pl.Float64).alias(REVISED_FROM)))
    write_metadata(folder, replace(report, cohorts=(), boundaries=(), cautions=()))
    write_withheld_pages(folder, report, because)
