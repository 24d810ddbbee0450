"""The one sheet that a board reads: the main figures, what moved, who is in no programme, what is not known."""

import textwrap
from collections.abc import Mapping, Sequence
from itertools import accumulate
from pathlib import Path
from typing import Any

import polars as pl

from riskstrat.disclosure import SHORTHAND
from riskstrat.pages import render
from riskstrat.population.measures.definitions import Measure, read_measures
from riskstrat.population.measures.figures import OF_EXPECTED, PROCESS_LIMITS, RATE
from riskstrat.population.measures.files import of_months
from riskstrat.population.measures.page import measure_line, with_limits
from riskstrat.population.report.amounts import hospital_cost
from riskstrat.population.report.answers import answers, completeness, without_figure
from riskstrat.population.report.contents import Report, frame_of_page
from riskstrat.population.report.files import rule_in_words, side_by_side
from riskstrat.population.report.lines import CohortLine, cohort_lines
from riskstrat.population.report.overlap import overlap_figures
from riskstrat.population.report.revisions import revised

SUMMARY_NAME = "summary.html"
MOST_COHORTS, MOST_MEASURES, MOST_REASONS, MOST_LETTERS, MOST_OF_A_TITLE = 10, 12, 3, 66, 56
"""Lines, and letters of practices' names and of a title in a line, that one sheet holds; the full report has all."""
MOST_ROOM, _LETTERS_OF_COHORTS, _LETTERS_OF_MEASURES = 33, 33, 48
"""Printed lines of both tables together on one sheet of A4, and letters of their first columns in one of them."""
_WIDTH, _HEIGHT = 104.0, 20.0


def write_summary(folder: Path, report: Report, tidy: pl.DataFrame) -> None:
    """Write ``summary.html`` from published figures alone; every figure on it stands in the full report too."""
    now = tidy.filter(pl.col("period") == str(report.index_date))
    lines = cohort_lines(tidy, side_by_side(tidy, report.cohorts), report)
    needs = [line for line in lines if line.cohort.overlap_group] or [line for line in lines if line.cohort.is_main]
    measures = [measure_line(report.measures, measure) for measure in read_measures()]
    with_figure = [line for line in measures if not line["why_not"]]
    shown = with_figure[:MOST_MEASURES]
    named = [f"{line['measure'].title} {_unit(line)}" for line in shown]
    room = MOST_ROOM - sum(_lines(words, _LETTERS_OF_MEASURES) for words in named)
    cohorts = _fitting([_cohort(line) for line in needs[:MOST_COHORTS]], room)
    without = without_figure(report, measures)
    page = render(
        "population_summary.html",
        **frame_of_page(report, "Population summary"),
        answers=answers(now, overlap_figures(now), [line for line in lines if line.cohort.is_main], measures),
        cohorts=cohorts,
        practices=len(report.geography.of_type("practice")),
        more_cohorts=len(report.cohorts) - len(cohorts),
        year_before=report.year_before,
        is_sheet=True,
        cost=hospital_cost(report.amounts),
        measures=[{**line, "unit": _unit(line), "spark": _spark(report.measures, line["measure"])} for line in shown],
        more_measures=len(with_figure[MOST_MEASURES:]),
        completeness=completeness(report.sources),
        without=without[:MOST_REASONS],
        more_without=len(without[MOST_REASONS:]),
        cautions=report.cautions,
        revised_figures=sum(len(revised(one)) for one in (tidy, report.measures, report.amounts)),
        suppressed=report.suppressed,
        rule_words=rule_in_words(report.rule),
        shorthand=SHORTHAND,
    )
    (folder / SUMMARY_NAME).write_text(page, encoding="utf-8", newline="\n")


def _cohort(line: CohortLine) -> dict[str, Any]:
    title = textwrap.shorten(line.cohort.title, MOST_OF_A_TITLE, placeholder=" …")
    return {"line": line, "title": title, "differ": _who_differs(line)}


def _fitting(cohorts: Sequence[dict[str, Any]], room: int) -> list[dict[str, Any]]:
    """Return the first cohorts, as many as the lines that are left hold when printed."""
    ends = accumulate(max(_lines(one[name], _LETTERS_OF_COHORTS) for name in ("title", "differ")) for one in cohorts)
    return [one for one, end in zip(cohorts, ends, strict=True) if end <= room]


def _lines(words: str, letters: int) -> int:
    return len(textwrap.wrap(words, letters))


def _who_differs(line: CohortLine) -> str:
    """Return which practices are higher and lower than the board, by name where their names are short enough.

    Always with how many could be compared: that none of a few differs says little of the others.
    """
    compared = sum(len(names) for names in line.practices)
    if not compared:
        return "not compared"
    ways = {"higher": line.practices[0], "lower": line.practices[-1]}
    of = f"of {compared} compared"
    named = "; ".join(f"{way}: {', '.join(names)}" for way, names in ways.items() if names)
    if len(named) > MOST_LETTERS:
        return f"{len(line.practices[0])} higher, {len(line.practices[-1])} lower {of}"
    return f"{named} ({of})" if named else f"none {of}"


def _unit(line: Mapping[str, Any]) -> str:
    """Return the unit of a measure's figure, without the age that its title names, and that of a second figure."""
    measure: Measure = line["measure"]
    age = f"aged {measure.least_age} and over"
    unit = measure.unit.replace(f" people {age}", "") if age in measure.title else measure.unit
    return unit if line["board"][f"{OF_EXPECTED}_value"] is None else f"{unit}; % of expected"


def _spark(figures: pl.DataFrame, measure: Measure) -> dict[str, Any] | None:
    """Return a series as the points of a line within those of its limits, for the template to draw; ``None`` without.

    A month without limits (the first year of a measure that has seasons) is drawn outside the band.
    """
    months = with_limits(of_months(figures, measure)).drop_nulls(f"{RATE}_value")
    if months.height < 2:
        return None
    values = months[f"{RATE}_value"].to_list()
    lower, middle, upper = (months[f"{PROCESS_LIMITS}_{name}"].to_list() for name in ("lower", "value", "upper"))
    drawn = [*values, *(one for one in (*lower, *upper) if one is not None)]
    bottom, top = min(drawn), max(drawn)
    step, scale = _WIDTH / (len(values) - 1), _HEIGHT / (top - bottom) if top > bottom else 0.0

    def points(line: Sequence[float | None]) -> list[str]:
        return [f"{n * step:.1f},{_HEIGHT - (y - bottom) * scale:.1f}" for n, y in enumerate(line) if y is not None]

    return {
        "line": " ".join(points(values)),
        "last": points(values)[-1].split(","),
        "middle": " ".join(points(middle)),
        "band": " ".join([*points(upper), *reversed(points(lower))]),
    }
