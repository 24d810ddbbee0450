"""Figures that an earlier release printed otherwise: each is marked as revised, with what stood there before.

Both figures are published, so that the mark tells nobody anything new. Only a figure replaces a figure: a ``*`` or a
reason in its place is neither. Limits of charts are drawn anew by every release and are not revised.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from riskstrat.disclosure import Rule
from riskstrat.pages import long_date
from riskstrat.population.counting.areas import AREA_TYPES, Geography
from riskstrat.population.counting.cells import LEFT_OUT, PEOPLE, REGISTERED
from riskstrat.population.counting.cohorts import Cohort
from riskstrat.population.figures.cohorts import DERIVED, REVISED_FROM
from riskstrat.population.figures.cohorts import RATE as COHORT_RATE
from riskstrat.population.figures.cohorts import STANDARDISED as COHORT_STANDARDISED
from riskstrat.population.measures.definitions import read_measures
from riskstrat.population.measures.figures import COUNTS, DENOMINATOR, MEASURES_CSV, NUMERATOR, RATE, STANDARDISED
from riskstrat.population.measures.page import months_in_words
from riskstrat.population.protection.earlier import (
    CSV_NAME,
    read_areas,
    read_figures,
    read_measure_figures,
    read_rule,
)
from riskstrat.population.protection.remembered import carried_on

_WHERE = ("area_type", "area_code")
_OF_COHORTS = ("period", *_WHERE, "cohort", "measure")
_OF_MEASURES = ("as_at", "months", *_WHERE, "measure", "figure")
_COMPARED = (*COUNTS, RATE, STANDARDISED)


MOST_LISTED = 40
"""Revised figures that the page lists; the files have all."""
MEASURE_NAMES: Mapping[str, str] = {
    PEOPLE: "people",
    COHORT_RATE: "per 1,000",
    COHORT_STANDARDISED: "standardised rate",
}
FIGURE_NAMES: Mapping[str, str] = {
    NUMERATOR: "counted",
    DENOMINATOR: "of",
    RATE: "figure",
    STANDARDISED: "standardised figure",
}


class Former:
    """The figures that earlier releases printed, last ones first in force, as those of today's areas.

    ``folders`` are their population folders in any order; of several that print a figure, that of the latest month
    counts, and in a month the latest release. A release made by another disclosure rule is passed over: its figures
    differ for that alone. An area that held other people then is another area. ``successors`` are closed practices with
    those that hold their people today. Raises ``IntegrityFault`` where a file is not one of ours.
    """

    def __init__(
        self, folders: Sequence[Path], geography: Geography, successors: Mapping[str, str], rule: Rule
    ) -> None:
        told = [folder for folder in folders if (folder / CSV_NAME).is_file() and read_rule(folder, rule) == rule]
        self._folders = sorted(told, key=_made)
        self._geography, self._successors = geography, successors

    def marked(self, tidy: pl.DataFrame) -> pl.DataFrame:
        """Return figures of cohorts (``figures.cohorts.SCHEMA``) with what each was where it is revised."""
        printed = [read_figures(folder / CSV_NAME) for folder in self._folders]
        return self._beside(tidy, printed, _OF_COHORTS)

    def marked_measures(self, figures: pl.DataFrame) -> pl.DataFrame:
        """Return figures of measures (``measures.figures.SCHEMA``) with what each was where it is revised.

        A rate over a whole window is of the people registered at the index date: it is compared with releases of the
        same index date only, and a month of a series with all.
        """
        printed = [
            _with_index_date(read_measure_figures(folder / MEASURES_CSV))
            if (folder / MEASURES_CSV).is_file()
            else _with_index_date(figures.clear())
            for folder in self._folders
        ]
        return self._beside(_with_index_date(figures), printed, _OF_MEASURES).drop("as_at")

    def _beside(self, now: pl.DataFrame, printed: Sequence[pl.DataFrame], key: Sequence[str]) -> pl.DataFrame:
        if not printed:
            return now.with_columns(pl.lit(None, pl.Float64).alias(REVISED_FROM))
        former = (
            pl.concat([self._here(frame, folder, key) for frame, folder in zip(printed, self._folders, strict=True)])
            .unique(subset=list(key), keep="last")
            .rename({"value": "former"})
        )
        differs = (pl.col("value") - pl.col("former")).abs() > 0.05  # printed to one decimal
        found = now.join(former, on=list(key), how="left", maintain_order="left")
        revised = pl.when(differs).then(pl.col("former")).alias(REVISED_FROM)
        return found.with_columns(revised).select(*now.columns, REVISED_FROM)

    def _here(self, frame: pl.DataFrame, folder: Path, key: Sequence[str]) -> pl.DataFrame:
        """Return one release's figures under today's areas; those of areas that are no more are left out."""
        areas = pl.DataFrame(
            list(self._same_areas(folder)),
            schema=["area_type", "area_code", "today"],
            orient="row",
            schema_overrides=dict.fromkeys(("area_type", "area_code", "today"), pl.String),
        )
        is_figure = pl.col("value").is_not_null()
        here = frame.filter(is_figure).join(areas, on=list(_WHERE)).with_columns(area_code=pl.col("today"))
        return here.select(*key, "value")

    def _same_areas(self, folder: Path) -> Iterator[tuple[str, str, str]]:
        """Yield kind and code of each area of a release that holds the people of one of today's, and today's code."""
        today: dict[tuple[str, frozenset[str]], str] = {
            (area.type, frozenset(area.practices)): area.code for area in self._geography.areas
        }
        then = read_areas(folder) or {area.key: frozenset(area.practices) for area in self._geography.areas}
        everywhere = frozenset[str]().union(*then.values())
        for area, practices in then.items():
            kind, _, code = area.partition(":")
            if kind == "icb":
                yield kind, code, self._geography.board.code
                continue
            held = carried_on(practices, everywhere, self._successors)
            if held is not None and (kind, held) in today:
                yield kind, code, today[kind, held]


def revised(figures: pl.DataFrame) -> pl.DataFrame:
    """Return the rows of figures that are revised."""
    return figures.filter(pl.col(REVISED_FROM).is_not_null())


def revisions_section(tidy: pl.DataFrame, measures: pl.DataFrame, cohorts: Sequence[Cohort]) -> dict[str, Any] | None:
    """Return the revised figures as the page lists them, board first; ``None`` where none is revised."""
    titles = {cohort.id: cohort.title for cohort in cohorts} | {REGISTERED: "Registered", LEFT_OUT: "Left out"}
    names = {one.id: one.title for one in read_measures()}
    where = pl.struct("area_type", "area_code")
    of_cohorts = revised(tidy).select(
        where.alias("where"),
        "area_name",
        pl.col("cohort").replace(titles).alias("what"),
        pl.col("period").map_elements(long_date, return_dtype=pl.String).alias("when"),
        pl.col("measure").replace(MEASURE_NAMES).alias("figure"),
        "value",
        REVISED_FROM,
        is_count=~pl.col("measure").is_in(DERIVED),
    )
    of_measures = revised(measures).select(
        where.alias("where"),
        "area_name",
        pl.col("measure").replace(names).alias("what"),
        pl.col("months").map_elements(months_in_words, return_dtype=pl.String).alias("when"),
        pl.col("figure").replace(FIGURE_NAMES),
        "value",
        REVISED_FROM,
        is_count=pl.col("figure").is_in(COUNTS),
    )
    rows = pl.concat([of_cohorts, of_measures])
    if rows.is_empty():
        return None
    kinds = {kind: n for n, kind in enumerate(AREA_TYPES)}
    order = pl.col("where").struct.field("area_type").replace_strict(kinds, return_dtype=pl.Int32)
    shown = rows.sort(order, maintain_order=True).head(MOST_LISTED)
    return {"rows": shown.to_dicts(), "not_listed": len(rows) - len(shown)}


def _with_index_date(figures: pl.DataFrame) -> pl.DataFrame:
    """Return figures of measures that may be compared, with the index date for those that are of it alone."""
    rates = [measure.id for measure in read_measures() if measure.is_rate]
    is_of_date = (
        pl.col("months").str.contains("/", literal=True)
        & pl.col("measure").is_in(rates)
        & (pl.col("figure") != NUMERATOR)
    )
    is_drawn = ~pl.col("figure").is_in(_COMPARED)
    as_at = pl.when(is_of_date).then(pl.col("period")).when(is_drawn).then(None).otherwise(pl.lit(""))
    return figures.with_columns(as_at=as_at)


def _made(folder: Path) -> tuple[str, int]:
    """Return the index date and the number of the release that a population folder is of."""
    described = json.loads((folder / f"{CSV_NAME}-metadata.json").read_text(encoding="utf-8"))
    month, _, number = str(described["dc:identifier"]).rpartition(".")
    return month, int(number)
