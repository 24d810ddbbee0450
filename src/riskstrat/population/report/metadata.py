"""What the tidy CSV files of a report hold: beside each its description by CSVW (www.w3.org/TR/tabular-metadata)."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from riskstrat.disclosure import SHORTHAND
from riskstrat.modelling import READ_WITH_CARE
from riskstrat.pages import INTENDED_USE, long_date
from riskstrat.population.counting.amounts import AMOUNTS
from riskstrat.population.counting.cells import ATTRITION, LEFT_OUT, REGISTERED
from riskstrat.population.figures.amounts import AMOUNTS_CSV, SEGMENT_TYPE
from riskstrat.population.figures.amounts import FIGURE_WORDS as AMOUNT_WORDS
from riskstrat.population.figures.amounts import SAFE as AMOUNTS_SAFE
from riskstrat.population.figures.cohorts import MEASURE_WORDS, REVISED_FROM
from riskstrat.population.figures.drivers import DRIVERS_CSV, READ_AS, SAFE, STEPS
from riskstrat.population.figures.equity import COUNTS as EQUITY_COUNTS
from riskstrat.population.figures.equity import EQUITY_CSV, HEADINGS
from riskstrat.population.figures.overlap import COMBINATION, GROUP, NO_PROGRAMME, ON_PROGRAMME, OVERLAP
from riskstrat.population.figures.segments import HEADINGS as SEGMENT_HEADINGS
from riskstrat.population.figures.segments import SEGMENTS_CSV
from riskstrat.population.measures.definitions import read_measures
from riskstrat.population.measures.figures import FIGURE_WORDS, MEASURES_CSV
from riskstrat.population.protection.earlier import AREAS_CSV, CSV_NAME
from riskstrat.population.report.contents import Report
from riskstrat.population.report.files import REVISION_POLICY, complete_to, rule_in_words
from riskstrat.population.report.overlap import HEADINGS as OVERLAP_HEADINGS
from riskstrat.population.report.overlap import OVERLAP_CSV
from riskstrat.population.report.page import ATTRITION_CSV, COMPARISON_CSV, SIZES_CSV, TREND_CSV

_FIGURES = {
    "period": "Index date: the figures are as at the start of this day",
    "area_type": "icb (the board), place, pcn (primary care network) or practice",
    "area_code": "Code of the area",
    "area_name": "Name of the area",
    "cohort": f"Id of the cohort; '{REGISTERED}' is everyone who may be counted; see the notes",
    "measure": "What the value is; for the overlap and the attrition, the words of its table",
    "value": "The figure; empty where there is none, and then the note says why",
    "lower": "Lower 95% limit",
    "upper": "Upper 95% limit",
    "note": f"'{SHORTHAND}' suppressed; 'no figure: ' and the reason; or how the area compares with the board",
    REVISED_FROM: "Where the figure is revised: what the latest earlier release printed of the same date, area and "
    "cohort; empty where the figure is not revised",
}
_DRIVERS = {
    "period": "Index date: the figures are as at the start of this day",
    "model": "Id of the model whose estimates are compared",
    "group_type": "practice or cohort",
    "group_code": "Code of the practice, or id of the cohort",
    "group_name": "Name of the practice or cohort",
    "factor": "Clinical factor of the model; empty where the group has no figures",
    "odds_multiplied_by": "What the factor multiplies the estimated odds of the group's average person by, against the "
    "board's average person; empty where there is no figure, and then the note says why",
    "rounded_to": f"Step to which the figure's natural logarithm is rounded: one of {', '.join(map(str, STEPS))}",
    "note": "How the figure compares with the board's (1), or why there is none",
}
_AREAS = {
    "area_type": "icb (the board), place, pcn (primary care network) or practice",
    "area_code": "Code of the area",
    "area_name": "Name of the area",
    "practice_code": "Code of a practice whose people are counted there",
}
_MEASURES = {
    "period": "Index date: the figures are as known at the start of this day",
    "months": "The months counted: first and last of a window, one of a series, or the day of a state",
    "area_type": _FIGURES["area_type"],
    "area_code": "Code of the area",
    "area_name": "Name of the area",
    "measure": "Id of the measure; see the notes",
    "figure": "What the value is; see the notes",
    "value": "The figure; empty where there is none, and then the note says why",
    "lower": "Lower limit",
    "upper": "Upper limit",
    "note": f"'{SHORTHAND}' suppressed; 'no figure: ' and the reason; how the area compares with the board; of funnel "
    "limits, where the area lies; of process limits, the rules that the month is part of",
    REVISED_FROM: "Where the figure is revised: what the latest earlier release printed of the same months, area and "
    "measure; empty where the figure is not revised, and for limits, which every release draws anew",
}
_AMOUNTS = {
    "period": _DRIVERS["period"],
    "group_type": f"{_FIGURES['area_type']}; {SEGMENT_TYPE} for one of the board's segments",
    "group_code": "Code of the area, or id of the segment",
    "group_name": "Name of the area or segment",
    "amount": "; ".join(f"{one.id}: {one.title}, {one.unit}" for one in AMOUNTS),
    "figure": "; ".join(f"{name}: {words}" for name, words in AMOUNT_WORDS.items()),
    "value": "The figure; empty where there is none, and then the note says why",
    "lower": "Lower 95% limit",
    "upper": "Upper 95% limit",
    "note": "Why there is no figure, or no interval",
    REVISED_FROM: "Where the figure is revised: what the latest earlier release printed of the same date and area or "
    "segment; empty where the figure is not revised",
}
_NUMBERS = (
    *("value", "lower", "upper", REVISED_FROM, "odds_multiplied_by", "rounded_to"),
    *EQUITY_COUNTS,
    *("share_of_rule", "share_of_list", "share_of_need"),
    *("people", "registered", "per_cent"),
    *(f"{name}_{REVISED_FROM}" for name in ("people", "registered", "per_cent")),
)
_EMPTY_WHERE_NONE = ("factor", "months")
"""Columns of a key that are empty where a group or a measure has no figure."""


@dataclass(frozen=True)
class _Table:
    """One CSV file: its name, its title without the date, what it holds, its columns in words, and those of its key."""

    file: str
    title: str
    holds: str
    columns: Mapping[str, str]
    key: Collection[str]


_OF_COHORTS = ("period", "area_type", "area_code", "cohort", "measure")
_PARTS = {
    SIZES_CSV: "Cohort sizes and rates of the board",
    COMPARISON_CSV: "Age-standardised rates by area of the cohorts that are drawn",
    TREND_CSV: "Crude rates by index date of the cohorts that are drawn",
    ATTRITION_CSV: "From everyone in the data received to everyone counted",
}
"""Files with the rows of ``population.csv`` that a table or picture of the page is made of."""
_TABLES = (
    *(
        _Table(file, title, f"Rows of {CSV_NAME}, as its page shows them.", _FIGURES, _OF_COHORTS)
        for file, title in _PARTS.items()
    ),
    _Table(
        SEGMENTS_CSV,
        "Segments by area",
        "Disclosure-controlled counts and shares; everybody registered is in exactly one segment.",
        SEGMENT_HEADINGS,
        ("period", "area_type", "area_code", "segment"),
    ),
    _Table(
        OVERLAP_CSV,
        "Overlap of groups and programmes",
        "Disclosure-controlled counts of people in several groups of need, in each programme and in none.",
        OVERLAP_HEADINGS,
        ("period", "table", "groups", "programmes"),
    ),
    _Table(
        CSV_NAME,
        "Cohort sizes and rates by area",
        "Disclosure-controlled counts and rates by cohort and area; no row is about a person.",
        _FIGURES,
        _OF_COHORTS,
    ),
    _Table(
        AREAS_CSV,
        "Practices of each area",
        "Which practices each area of this release holds: every figure by area, of any period, is about these.",
        _AREAS,
        ("area_type", "area_code", "practice_code"),
    ),
    _Table(
        MEASURES_CSV,
        "Measures of programmes by area and month",
        "Disclosure-controlled counts, rates and shares with their limits; no row is about a person.",
        _MEASURES,
        ("period", "months", "area_type", "area_code", "measure", "figure"),
    ),
    _Table(
        AMOUNTS_CSV,
        "Activity and cost by area and segment",
        f"Totals and means of activity and cost in 365 days. {AMOUNTS_SAFE}",
        _AMOUNTS,
        ("period", "group_type", "group_code", "amount", "figure"),
    ),
    _Table(
        DRIVERS_CSV,
        "What makes estimated risk higher or lower by practice and cohort",
        f"{READ_AS} {SAFE}",
        _DRIVERS,
        ("period", "model", "group_type", "group_code", "factor"),
    ),
    _Table(
        EQUITY_CSV,
        "Who is on the worklists, against need, by group",
        "Disclosure-controlled counts of people who met a rule and were listed, and shares made from them.",
        {"period": _FIGURES["period"], **HEADINGS},
        ("period", "dimension", "group"),
    ),
)


def write_metadata(folder: Path, report: Report) -> None:
    """Write the CSVW description of each tidy table there is: columns, key, definitions, completeness of the data."""
    notes = _notes(report)
    for table in _TABLES:
        if (folder / table.file).is_file():
            described = _described(table, report.index_date, report.release_name) | {"notes": notes}
            text = json.dumps(described, indent=1, ensure_ascii=False) + "\n"
            (folder / f"{table.file}-metadata.json").write_text(text, encoding="utf-8")


def _notes(report: Report) -> list[dict[str, Any]]:
    rule = report.rule
    return [
        {
            "about": "disclosure control",
            "text": rule_in_words(rule),
            "suppress_to": rule.suppress_to,
            "round_to": rule.round_to,
        },
        {"about": "intended use", "text": INTENDED_USE},
        {"about": "revisions", "text": REVISION_POLICY},
        {"about": f"cohort {REGISTERED}", "text": "Everyone of the snapshot who may be counted for planning"},
        {"about": f"cohort {OVERLAP}", "text": "In how many groups of need people are; everybody is counted once"},
        {"about": f"cohort {COMBINATION}", "text": "Which groups of need people are in; everybody is counted once"},
        {"about": f"cohort {GROUP}", "text": "Who is in a group of need, or in two both, whatever else they are in"},
        {"about": f"cohort {NO_PROGRAMME}", "text": "Who of a cohort, named by its id, is in no programme"},
        {"about": f"cohort {ON_PROGRAMME}", "text": "Who of a cohort is in another that is a programme, both by id"},
        {"about": f"cohort {LEFT_OUT}", "text": "People kept out of every other figure by an opt-out or objection"},
        {"about": f"cohort {ATTRITION}", "text": "From everyone in the data received to everyone who may be counted"},
        *({"about": "series", "text": words} for words in report.boundaries),
        *({"about": f"measure {name}", "text": words} for name, words in MEASURE_WORDS.items()),
        *(
            {
                "about": f"cohort {cohort.id}",
                "text": f"{cohort.title}: {cohort.definition}",
                "evidence": cohort.evidence,
            }
            for cohort in report.cohorts
        ),
        *({"about": f"figure {name}", "text": words} for name, words in {**FIGURE_WORDS, **AMOUNT_WORDS}.items()),
        *(
            {
                "about": f"measure {one.id}",
                "text": f"{one.title}: {one.definition} Unit: {one.unit}.",
                "evidence": one.source,
            }
            for one in read_measures()
        ),
        *(
            {"about": f"source {row['table_name']}", "text": complete_to(row)}
            for row in report.sources.iter_rows(named=True)
        ),
        *({"about": "model", "text": f"{READ_WITH_CARE} {caution.as_text()}"} for caution in report.cautions),
    ]


def _described(table: _Table, index_date: date, release_name: str) -> dict[str, Any]:
    return {
        "@context": ["http://www.w3.org/ns/csvw", {"@language": "en"}],
        "url": table.file,
        "dc:title": f"{table.title}, {long_date(index_date)}",
        "dc:identifier": release_name,
        "dc:description": table.holds,
        "dialect": {"encoding": "utf-8", "header": True, "delimiter": ",", "lineTerminators": ["\r\n"]},
        "tableSchema": {
            "columns": [
                {
                    "name": name,
                    "titles": name,
                    "dc:description": words,
                    "datatype": "date" if name == "period" else "number" if name in _NUMBERS else "string",
                    "required": name in table.key and name not in _EMPTY_WHERE_NONE,
                    **({"null": ["", SHORTHAND]} if name in EQUITY_COUNTS else {}),
                }
                for name, words in table.columns.items()
            ],
            "primaryKey": list(table.key),
        },
    }
