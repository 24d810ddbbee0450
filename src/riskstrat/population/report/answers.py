"""The commissioner's questions answered in short, for the top of the page and for the sheet a board reads.

Made from published rows alone: nothing stands here that the full report does not print.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from riskstrat.pages import short_date
from riskstrat.population.counting.cells import LEFT_OUT, PEOPLE, REGISTERED
from riskstrat.population.figures.overlap import HELD_WORDS, PROGRAMME_WORDS
from riskstrat.population.report.contents import Report, source_in_words
from riskstrat.population.report.lines import HIGHER, LOWER, CohortLine

_USUAL = "usual variation"


def answers(
    tidy: pl.DataFrame, overlap: pl.DataFrame, lines: Sequence[CohortLine], measures: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """Return the answers of one index date; of counts the row as published, ``None`` where there is none.

    ``tidy`` are its rows, ``overlap`` its rows as ``overlap_figures`` has them, ``lines`` those of its cohorts by need,
    use and risk, ``measures`` the lines of its measures (``measure_line``).
    """
    board = tidy.filter((pl.col("area_type") == "icb") & (pl.col("measure") == PEOPLE))
    numbers = {(row["groups"], row["programmes"]): row for row in overlap.iter_rows(named=True)}
    counts = [[len(names) for names in line.practices] for line in lines]
    told = [line for line in measures if line["trend"]]
    return {
        "registered": _of_board(board, REGISTERED),
        "left_out": _of_board(board, LEFT_OUT),
        "in_need": numbers.get((HELD_WORDS["any"], PROGRAMME_WORDS["all"])),
        "unsupported": numbers.get((HELD_WORDS["any"], PROGRAMME_WORDS["none"])),
        "compared": sum(sum(own) for own in counts),
        "higher": sum(own[0] for own in counts),
        "lower": sum(own[2] for own in counts),
        "unusual": [(line["measure"].title, line["trend"]) for line in told if line["trend"] != _USUAL],
        "usual": sum(line["trend"] == _USUAL for line in told),
        "untold": Counter("no figure" if line["why_not"] else line["untold"] for line in measures if not line["trend"]),
        "changed": [(line.cohort.title, line.change) for line in lines if line.change in (HIGHER, LOWER)],
        "has_year_before": any(line.change for line in lines),
    }


def completeness(sources: pl.DataFrame) -> dict[str, Any]:
    """Return up to when which sources are complete, which fell short, and which are absent; by ``store/sources``."""
    complete: dict[str, list[str]] = {}
    short, absent = [], []
    for row in sources.sort("complete_to", "table_name", descending=[True, False]).iter_rows(named=True):
        name = source_in_words(row["table_name"])
        if not row["is_present"]:
            absent.append(name)
        else:
            complete.setdefault(short_date(row["complete_to"]), []).append(name)
            if row["note"]:
                short.append(name)
    return {"complete": list(complete.items()), "short": sorted(short), "absent": sorted(absent)}


def without_figure(report: Report, measures: Sequence[Mapping[str, Any]]) -> list[tuple[str, list[str]]]:
    """Return why cohorts and measures have no figure this month, each reason with the titles it holds back."""
    reasons: dict[str, list[str]] = {}
    for cohort in report.cohorts:
        if cohort.id in report.not_run:
            reasons.setdefault(report.not_run[cohort.id], []).append(cohort.title)
    for line in measures:
        if line["why_not"]:
            reasons.setdefault(line["why_not"], []).append(line["measure"].title)
    return list(reasons.items())


def _of_board(board: pl.DataFrame, cohort: str) -> dict[str, Any]:
    return board.filter(pl.col("cohort") == cohort).rename({"value": "people"}).row(0, named=True)
