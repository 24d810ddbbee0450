"""The page a commissioner reads: how many and compared with whom first, then is it changing, then everything else."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
from markupsafe import Markup

from riskstrat.disclosure import SHORTHAND, Rule
from riskstrat.modelling import Caution
from riskstrat.pages import long_date, render
from riskstrat.population.counting.areas import WORDS, AreaType, Geography
from riskstrat.population.counting.attrition import EVERYONE, SNAPSHOT
from riskstrat.population.counting.cohorts import RISK_BAND, Cohort
from riskstrat.population.figures.cohorts import (
    COMPARED_WORDS,
    LEAST_LIST,
    MEASURE_WORDS,
    RATE,
    STANDARDISED,
)
from riskstrat.population.figures.equity import EQUITY_CSV, HEADINGS, EquityLine
from riskstrat.population.figures.overlap import TABLES
from riskstrat.population.figures.segments import segment_figures, segments_section
from riskstrat.population.measures.definitions import read_measures
from riskstrat.population.measures.page import measures_section
from riskstrat.population.protection.cells import PEOPLE
from riskstrat.population.protection.tables import ATTRITION, LEFT_OUT, REGISTERED
from riskstrat.population.report import charts
from riskstrat.population.report.amounts import amounts_section
from riskstrat.population.report.drivers import drivers_section
from riskstrat.population.report.files import attrition_steps, complete_to, rule_in_words, side_by_side, write_tidy
from riskstrat.population.report.overlap import overlap_figures, overlap_section

PAGE_NAME = "population.html"
SIZES_CSV, COMPARISON_CSV, TREND_CSV = "cohort-sizes.csv", "comparison.csv", "trend.csv"
ATTRITION_CSV = "attrition.csv"
MOST_PICTURES = 4


@dataclass(frozen=True)
class Report:
    """What the page and the files beside it say besides figures. ``index_dates`` end at the month of the report."""

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

    @property
    def index_date(self) -> date:
        """The month of the report."""
        return self.index_dates[-1]


def write_page(folder: Path, report: Report, tidy: pl.DataFrame) -> None:
    """Write ``population.html`` and the CSV of each picture beside it, from published figures alone."""
    wide = side_by_side(tidy, report.cohorts)
    now = wide.filter(pl.col("period") == str(report.index_date))
    board = now.filter(pl.col("area_type") == "icb")
    chosen = chosen_cohorts(now, report.cohorts)
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
    page = render(
        "population.html",
        **_frame_of_page(report),
        facts=_facts(report, tidy),
        summary=_summary(wide, now, report),
        earlier=_year_before(report.index_dates),
        sizes_chart=charts.sizes(_drawn(board, report), f"People per 1,000 registered, {report.board_name}"),
        sizes_rows=board.iter_rows(named=True),
        comparisons=[_comparison(cohort, now, report) for cohort in chosen],
        trends=_trends(wide, chosen, report),
        boundaries=report.boundaries,
        bands=[row for row in board.iter_rows(named=True) if row["cohort"] in _band_ids(report)],
        segments=segments_section(segment_figures(now, report.cohorts), report.cohorts),
        overlap=overlap_section(overlap_figures(tidy.filter(is_now)), board, report.cohorts),
        attrition=_attrition(tidy, report),
        drivers=drivers_section(report.drivers, report.cohorts),
        details=[_detail(cohort, now, report) for cohort in report.cohorts],
        area_words=WORDS,
        not_run=[(cohort.title, report.not_run[cohort.id]) for cohort in report.cohorts if cohort.id in report.not_run],
        sources=[
            (row["table_name"].replace("_", " "), complete_to(row)) for row in report.sources.iter_rows(named=True)
        ],
        suppressed=report.suppressed,
        suppressed_for_others=report.suppressed_for_others,
        rule_words=rule_in_words(report.rule),
        measure_words=MEASURE_WORDS,
        least_list=LEAST_LIST,
        cautions=report.cautions,
        measures=measures_section(report.measures, read_measures(), report.board_name),
        amounts=amounts_section(report.amounts),
        equity=report.equity,
        equity_headings=HEADINGS,
        files={
            "equity": EQUITY_CSV,
            "sizes": SIZES_CSV,
            "comparison": COMPARISON_CSV,
            "trend": TREND_CSV,
            "attrition": ATTRITION_CSV,
        },
        shorthand=SHORTHAND,
    )
    (folder / PAGE_NAME).write_text(page, encoding="utf-8", newline="\n")


def write_withheld_page(path: Path, report: Report, because: str) -> None:
    """Write the page that stands where a report was withheld."""
    page = render("population_withheld.html", **_frame_of_page(report), because=because)
    path.write_text(page, encoding="utf-8", newline="\n")


def chosen_cohorts(now: pl.DataFrame, cohorts: Sequence[Cohort]) -> list[Cohort]:
    """Return the cohorts that are drawn: of each theme of need the first where most practices can be compared."""
    drawn: dict[str, Cohort] = {}
    practices = now.filter(pl.col("area_type") == "practice")
    for cohort in cohorts:
        if not cohort.is_main or cohort.theme in drawn:
            continue
        own = practices.filter(pl.col("cohort") == cohort.id)
        if 2 * own[f"{STANDARDISED}_value"].drop_nulls().len() >= max(1, own.height):
            drawn[cohort.theme] = cohort
    return list(drawn.values())[:MOST_PICTURES]


def _frame_of_page(report: Report) -> dict[str, Any]:
    return {
        "title": "Cohort sizes and rates",
        "subtitle": f"As at {long_date(report.index_date)}",
        "board_name": report.board_name,
        "demonstration": report.demonstration,
        "release_name": report.release_name,
        "index_date": report.index_date,
    }


def _facts(report: Report, tidy: pl.DataFrame) -> list[tuple[str, str]]:
    now = tidy.filter((pl.col("period") == str(report.index_date)) & (pl.col("area_type") == "icb"))

    def shown(cohort: str) -> str:
        row = now.filter((pl.col("cohort") == cohort) & (pl.col("measure") == PEOPLE)).row(0, named=True)
        return SHORTHAND if row["value"] is None else f"{row['value']:,.0f}"

    return [
        ("People registered and counted", shown(REGISTERED)),
        ("Practices", f"{len(report.geography.of_type('practice')):,}"),
        ("Cohorts with figures", f"{len(report.cohorts) - len(report.not_run)} of {len(report.cohorts)}"),
        ("Left out by opt-out or objection", shown(LEFT_OUT)),
    ]


def _summary(wide: pl.DataFrame, now: pl.DataFrame, report: Report) -> list[dict[str, Any]]:
    """Return the cohorts' lines, theme by theme in the order of the rules."""
    board = {row["cohort"]: row for row in now.filter(pl.col("area_type") == "icb").iter_rows(named=True)}
    themes: dict[str, list[dict[str, Any]]] = {}
    for cohort in (one for one in report.cohorts if not one.is_segment):
        themes.setdefault(cohort.theme, []).append(_line(board[cohort.id], wide, now, report))
    return [{"name": name, "lines": lines} for name, lines in themes.items()]


def _line(row: Mapping[str, Any], wide: pl.DataFrame, now: pl.DataFrame, report: Report) -> dict[str, Any]:
    """Return one cohort's line: how many at the board, against a year before, and how the practices compare."""
    own = now.filter((pl.col("cohort") == row["cohort"]) & (pl.col("area_type") == "practice"))
    compared = {word: own.filter(pl.col(f"{STANDARDISED}_note") == word).height for word in COMPARED_WORDS}
    year_before = _year_before(report.index_dates)
    before = wide.filter(
        (pl.col("cohort") == row["cohort"]) & (pl.col("area_type") == "icb") & (pl.col("period") == str(year_before))
    )
    return {
        "row": row,
        "before": before[f"{RATE}_value"].item() if before.height else None,
        "compared": list(compared.values()) if any(compared.values()) else [None] * len(compared),
        "why_not": report.not_run.get(row["cohort"]),
    }


def _year_before(index_dates: Sequence[date]) -> date | None:
    """Return the index date 12 months before the last one, if the store has it; else the nearest earlier than it."""
    last = index_dates[-1]
    earlier = [day for day in index_dates if day <= last.replace(year=last.year - 1)]
    return earlier[-1] if earlier else None


def _drawn(board: pl.DataFrame, report: Report) -> pl.DataFrame:
    """Return the cohorts that are drawn together: the parts of a whole that show no need would dwarf the others."""
    chosen = [one.id for one in report.cohorts if one.is_main or not one.dimension]
    return board.filter(pl.col("cohort").is_in(chosen)).select(
        "title",
        pl.col(f"{PEOPLE}_value").alias("people"),
        pl.col(f"{RATE}_value").alias("per_1000"),
        pl.col(f"{RATE}_lower").alias("lower"),
        pl.col(f"{RATE}_upper").alias("upper"),
    )


def _band_ids(report: Report) -> list[str]:
    return [cohort.id for cohort in report.cohorts if cohort.dimension == RISK_BAND]


def _comparison(cohort: Cohort, now: pl.DataFrame, report: Report) -> dict[str, Any]:
    own = now.filter(pl.col("cohort") == cohort.id)
    kind: AreaType = "practice" if len(report.geography.of_type("practice")) <= charts.MOST_ROWS else "pcn"
    shown = own.filter((pl.col("area_type") == kind) & pl.col(f"{STANDARDISED}_value").is_not_null()).select(
        "area_name",
        "area_code",
        pl.col(f"{STANDARDISED}_value").alias("value"),
        pl.col(f"{STANDARDISED}_lower").alias("lower"),
        pl.col(f"{STANDARDISED}_upper").alias("upper"),
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
            .select("period", "area_name", pl.col(f"{RATE}_value").alias("rate"))
        )
        board = lines.filter(pl.col("area_name") == report.board_name)
        if board.height < 2:
            continue
        drawn: Markup = charts.trend(lines, f"{cohort.title}: people per 1,000 by index date")
        names = lines["area_name"].unique(maintain_order=True).to_list()
        rates = {(row["period"], row["area_name"]): row["rate"] for row in lines.iter_rows(named=True)}
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
