"""The page a commissioner reads: the four questions answered, then each in full, what is looked up folded below."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl
from markupsafe import Markup

from riskstrat.disclosure import SHORTHAND
from riskstrat.pages import render
from riskstrat.population.counting.areas import WORDS, AreaType
from riskstrat.population.counting.attrition import EVERYONE, SNAPSHOT
from riskstrat.population.counting.cells import ATTRITION, LEFT_OUT, REGISTERED
from riskstrat.population.counting.cohorts import Cohort
from riskstrat.population.figures.cohorts import (
    COMPARED_WORDS,
    LEAST_LIST,
    MEASURE_WORDS,
    RATE,
    REVISED_FROM,
    STANDARDISED,
)
from riskstrat.population.figures.equity import EQUITY_CSV, HEADINGS, NO_DIFFERENCE
from riskstrat.population.figures.overlap import TABLES
from riskstrat.population.figures.segments import segment_figures, segments_section
from riskstrat.population.measures.definitions import read_measures
from riskstrat.population.measures.page import measure_line, measures_section
from riskstrat.population.report import charts
from riskstrat.population.report.amounts import amounts_section
from riskstrat.population.report.answers import answers
from riskstrat.population.report.contents import Report, frame_of_page, source_in_words
from riskstrat.population.report.drivers import drivers_section
from riskstrat.population.report.files import (
    REVISION_POLICY,
    attrition_steps,
    complete_to,
    rule_in_words,
    side_by_side,
    write_tidy,
)
from riskstrat.population.report.lines import by_theme, cohort_lines
from riskstrat.population.report.maps import map_section
from riskstrat.population.report.overlap import overlap_figures, overlap_section
from riskstrat.population.report.revisions import revisions_section
from riskstrat.population.report.summary import SUMMARY_NAME

PAGE_NAME, TITLE = "population.html", "Cohort sizes and rates"
SIZES_CSV, COMPARISON_CSV, TREND_CSV = "cohort-sizes.csv", "comparison.csv", "trend.csv"
ATTRITION_CSV = "attrition.csv"
MOST_PICTURES = 4


def write_page(folder: Path, report: Report, tidy: pl.DataFrame) -> None:
    """Write ``population.html`` and the CSV of each picture beside it, from published figures alone."""
    wide = side_by_side(tidy, report.cohorts)
    is_now = pl.col("period") == str(report.index_date)
    now = wide.filter(is_now)
    chosen = chosen_cohorts(now, report.cohorts)
    _write_csvs(folder, tidy, report, chosen)
    page = render(
        "population.html",
        **frame_of_page(report, TITLE),
        **_first_things(tidy, wide, report),
        **_sections(tidy, now, report),
        map=map_section(report.shapes, report.geography, now, chosen[0]) if report.shapes and chosen else None,
        comparisons=[_comparison(cohort, now, report) for cohort in chosen],
        trends=_trends(wide, chosen, report),
        details=_by_theme([_detail(cohort, now, report) for cohort in report.cohorts]),
        revisions=revisions_section(tidy, report.measures, report.amounts, report.cohorts),
        files={
            "equity": EQUITY_CSV,
            "sizes": SIZES_CSV,
            "comparison": COMPARISON_CSV,
            "trend": TREND_CSV,
            "attrition": ATTRITION_CSV,
            "summary": SUMMARY_NAME,
        },
        shorthand=SHORTHAND,
        is_sheet=False,
    )
    (folder / PAGE_NAME).write_text(page, encoding="utf-8", newline="\n")


def _write_csvs(folder: Path, tidy: pl.DataFrame, report: Report, chosen: Sequence[Cohort]) -> None:
    """Write the rows behind the first table, the pictures of cohorts and who is counted, each as a CSV of its own."""
    is_now = pl.col("period") == str(report.index_date)
    is_chosen = pl.col("cohort").is_in([cohort.id for cohort in chosen])
    is_cohort = ~pl.col("cohort").is_in([*TABLES, ATTRITION])
    write_tidy(folder / SIZES_CSV, tidy.filter(is_now & (pl.col("area_type") == "icb") & is_cohort))
    is_step = pl.col("cohort").is_in([ATTRITION, LEFT_OUT, REGISTERED])
    write_tidy(folder / ATTRITION_CSV, tidy.filter(is_now & (pl.col("area_type") == "icb") & is_step))
    write_tidy(folder / COMPARISON_CSV, tidy.filter(is_now & is_chosen & (pl.col("measure") == STANDARDISED)))
    write_tidy(
        folder / TREND_CSV,
        tidy.filter(is_chosen & (pl.col("measure") == RATE) & pl.col("area_type").is_in(["icb", "place"])),
    )


def _first_things(tidy: pl.DataFrame, wide: pl.DataFrame, report: Report) -> dict[str, Any]:
    """Return what stands at the top: the answers, and a line for each cohort, those by need, use and risk first."""
    now = tidy.filter(pl.col("period") == str(report.index_date))
    lines = cohort_lines(tidy, wide, report)
    main = [line for line in lines if line.cohort.is_main]
    measures = measures_section(report.measures, read_measures(), report.board_name)
    told = [measure_line(report.measures, measure) for measure in read_measures()]
    return {
        "answers": answers(now, overlap_figures(now), main, told),
        "practices": len(report.geography.of_type("practice")),
        "themes": by_theme(main),
        "other_themes": by_theme([line for line in lines if not line.cohort.is_main]),
        "with_figures": len(report.cohorts) - len(report.not_run),
        "cohorts": len(report.cohorts),
        "year_before": report.year_before,
        "measures": measures,
        "cautions": report.cautions,
        "rule_words": rule_in_words(report.rule),
        "least_list": LEAST_LIST,
        "area_words": WORDS,
    }


def _sections(tidy: pl.DataFrame, now: pl.DataFrame, report: Report) -> dict[str, Any]:
    """Return what the sections below the first show that are not of one cohort."""
    board = now.filter(pl.col("area_type") == "icb")
    overlap = overlap_figures(tidy.filter(pl.col("period") == str(report.index_date)))
    return {
        "boundaries": report.boundaries,
        "segments": segments_section(segment_figures(now, report.cohorts), report.cohorts),
        "overlap": overlap_section(overlap, board, report.cohorts),
        "attrition": _attrition(tidy, report),
        "drivers": drivers_section(report.drivers, report.cohorts),
        "not_run": [
            (cohort.title, report.not_run[cohort.id]) for cohort in report.cohorts if cohort.id in report.not_run
        ],
        "sources": [
            (source_in_words(row["table_name"]), complete_to(row)) for row in report.sources.iter_rows(named=True)
        ],
        "suppressed": report.suppressed,
        "suppressed_for_others": report.suppressed_for_others,
        "measure_words": MEASURE_WORDS,
        "revision_policy": REVISION_POLICY,
        "amounts": amounts_section(report.amounts),
        "equity": [line for line in report.equity if not line.is_of_nobody],
        "equity_headings": HEADINGS,
        "equity_nothing": NO_DIFFERENCE,
    }


def write_withheld_pages(folder: Path, report: Report, because: str) -> None:
    """Write the pages that stand where a report and its summary were withheld."""
    for name in (PAGE_NAME, SUMMARY_NAME):
        page = render("population_withheld.html", **frame_of_page(report, TITLE), because=because)
        (folder / name).write_text(page, encoding="utf-8", newline="\n")


def chosen_cohorts(now: pl.DataFrame, cohorts: Sequence[Cohort]) -> list[Cohort]:
    """Return the cohorts that are drawn: of each theme of need the first where most practices can be compared.

    Where the board's own rate is not given, nothing is compared with it.
    """
    drawn: dict[str, Cohort] = {}
    has_rate = now.filter((pl.col("area_type") == "icb") & pl.col(f"{STANDARDISED}_value").is_not_null())
    with_board = set(has_rate["cohort"])
    practices = now.filter(pl.col("area_type") == "practice")
    for cohort in cohorts:
        if not cohort.is_main or cohort.theme in drawn or cohort.id not in with_board:
            continue
        own = practices.filter(pl.col("cohort") == cohort.id)
        if 2 * own[f"{STANDARDISED}_value"].drop_nulls().len() >= max(1, own.height):
            drawn[cohort.theme] = cohort
    return list(drawn.values())[:MOST_PICTURES]


def _comparison(cohort: Cohort, now: pl.DataFrame, report: Report) -> dict[str, Any]:
    own = now.filter(pl.col("cohort") == cohort.id)
    kind: AreaType = "practice" if len(report.geography.of_type("practice")) <= charts.MOST_ROWS else "pcn"
    shown = own.filter((pl.col("area_type") == kind) & pl.col(f"{STANDARDISED}_value").is_not_null()).select(
        "area_name",
        "area_code",
        pl.col(f"{STANDARDISED}_value").alias("value"),
        pl.col(f"{STANDARDISED}_lower").alias("lower"),
        pl.col(f"{STANDARDISED}_upper").alias("upper"),
        pl.col(f"{STANDARDISED}_{REVISED_FROM}").alias("was"),
        pl.when(pl.col(f"{STANDARDISED}_note").is_in(COMPARED_WORDS))
        .then(pl.col(f"{STANDARDISED}_note"))
        .otherwise(pl.lit("not compared"))
        .alias("compared"),
    )
    board_rate = own.filter(pl.col("area_type") == "icb")[f"{STANDARDISED}_value"].item()
    unshown = own.filter((pl.col("area_type") == kind) & pl.col(f"{STANDARDISED}_value").is_null()).height
    return {
        "cohort": cohort,
        "chart": charts.comparison(
            shown, board_rate, f"{cohort.title}: age-standardised rate by {WORDS[kind].lower()}"
        ),
        "rows": shown.sort("area_code").to_dicts(),
        "board_rate": board_rate,
        "kind": WORDS[kind],
        "unshown": unshown,
    }


def _trends(wide: pl.DataFrame, chosen: Sequence[Cohort], report: Report) -> list[dict[str, Any]]:
    """Return the trend of each drawn cohort at the board and, where they are few, the places; two dates at least."""
    places = report.geography.of_type("place")
    types = ["icb", "place"] if 2 <= len(places) <= 4 else ["icb"]  # a lone place is the board again
    trends = []
    for cohort in chosen:
        lines = (
            wide.filter(
                (pl.col("cohort") == cohort.id)
                & pl.col("area_type").is_in(types)
                & pl.col(f"{RATE}_value").is_not_null()
            )
            .sort("area_type", "area_code", "period")
            .select(
                "period",
                "area_name",
                pl.col(f"{RATE}_value").alias("rate"),
                pl.col(f"{RATE}_{REVISED_FROM}").alias("was"),
            )
        )
        board = lines.filter(pl.col("area_name") == report.board_name)
        if board.height < 2:
            continue
        drawn: Markup = charts.trend(lines.drop("was"), f"{cohort.title}: people per 1,000 by index date")
        names = lines["area_name"].unique(maintain_order=True).to_list()
        rates = {(row["period"], row["area_name"]): row for row in lines.iter_rows(named=True)}
        periods = lines["period"].unique().sort().to_list()
        rows = [(period, [rates.get((period, name)) for name in names]) for period in periods]
        trends.append({"cohort": cohort, "chart": drawn, "names": names, "rows": rows})
    return trends


def _attrition(tidy: pl.DataFrame, report: Report) -> list[dict[str, Any]]:
    """Return the steps to everyone counted; one that ``is_whole`` says who is there, the others who stops."""
    steps = attrition_steps(tidy.filter(pl.col("period") == str(report.index_date))).to_dicts()
    whole = {EVERYONE, SNAPSHOT, steps[-1]["step"]}
    return [{**step, "is_whole": step["step"] in whole} for step in steps]


def _detail(cohort: Cohort, now: pl.DataFrame, report: Report) -> dict[str, Any]:
    order = {"icb": 0, "place": 1, "pcn": 2, "practice": 3}
    own = sorted(
        now.filter(pl.col("cohort") == cohort.id).iter_rows(named=True),
        key=lambda row: (order[row["area_type"]], row["area_code"]),
    )
    return {"cohort": cohort, "rows": own, "why_not": report.not_run.get(cohort.id)}


def _by_theme(details: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return cohorts' details under their themes, in the order of the rules."""
    themes: dict[str, list[Mapping[str, Any]]] = {}
    for detail in details:
        themes.setdefault(detail["cohort"].theme, []).append(detail)
    return [{"name": name, "parts": parts} for name, parts in themes.items()]
