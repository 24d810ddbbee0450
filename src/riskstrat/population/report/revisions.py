"""Figures that an earlier release printed otherwise: each is marked as revised, with what stood there before.

Both figures are published, so that the mark tells nobody anything new. Only a figure replaces a figure: a ``*`` or a
reason in its place is neither. Limits of charts are drawn anew by every release and are not revised. A figure worked
out by a method is compared only with releases that describe it in today's words in their metadata: by another method it
differs for that alone, and its revision would print again what the method was changed to keep back. The counts that it
is made of are compared with every release.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from riskstrat.disclosure import Rule
from riskstrat.pages import long_date
from riskstrat.population.counting.amounts import AMOUNTS
from riskstrat.population.counting.areas import AREA_TYPES, Geography
from riskstrat.population.counting.cells import LEFT_OUT, PEOPLE, REGISTERED
from riskstrat.population.counting.cohorts import Cohort
from riskstrat.population.figures.amounts import AMOUNTS_CSV, MEAN, SEGMENT_TYPE, TOTAL
from riskstrat.population.figures.amounts import FIGURE_WORDS as AMOUNT_WORDS
from riskstrat.population.figures.cohorts import DERIVED, MEASURE_WORDS, REVISED_FROM
from riskstrat.population.figures.cohorts import RATE as COHORT_RATE
from riskstrat.population.figures.cohorts import STANDARDISED as COHORT_STANDARDISED
from riskstrat.population.measures.definitions import read_measures
from riskstrat.population.measures.figures import (
    COUNTS,
    DENOMINATOR,
    EXPECTED,
    FIGURE_WORDS,
    MEASURES_CSV,
    NUMERATOR,
    OF_EXPECTED,
    RATE,
    STANDARDISED,
)
from riskstrat.population.measures.page import months_in_words
from riskstrat.population.protection.earlier import (
    CSV_NAME,
    Description,
    is_held,
    read_amount_figures,
    read_areas,
    read_description,
    read_figures,
    read_measure_figures,
)
from riskstrat.population.protection.remembered import carried_on

_WHERE = ("area_type", "area_code")
_OF_COHORTS = ("period", *_WHERE, "cohort", "measure")
_OF_MEASURES = ("as_at", "months", *_WHERE, "measure", "figure")
_OF_AMOUNTS = ("period", *_WHERE, "amount", "figure")
_COMPARED = (*COUNTS, RATE, STANDARDISED, EXPECTED, OF_EXPECTED)
_DESCRIBED: Mapping[str, str] = {
    **{f"measure {name}": MEASURE_WORDS[name] for name in DERIVED},
    **{f"figure {name}": FIGURE_WORDS[name] for name in (RATE, STANDARDISED, EXPECTED, OF_EXPECTED)},
    **{f"figure {name}": AMOUNT_WORDS[name] for name in (TOTAL, MEAN)},
}
"""What the metadata say of each figure that is worked out by a method, by what their notes are about."""
_SAME = 0.005
"""Figures are printed to two decimals at most: two that are closer are one."""

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
    EXPECTED: "expected",
    OF_EXPECTED: "% of expected",
}


class Former:
    """The figures that earlier releases printed, last ones first in force, as those of today's areas.

    ``folders`` are their population folders in any order; of several that print a figure, that of the latest month
    counts, and in a month the latest release. A release made by another disclosure rule is passed over: its figures
    differ for that alone; so are figures of another method. An area that held other people then is another area.
    ``successors`` are closed practices with those that hold their people today. Raises ``IntegrityFault`` where a file
    is not one of ours.
    """

    def __init__(
        self, folders: Sequence[Path], geography: Geography, successors: Mapping[str, str], rule: Rule
    ) -> None:
        held = [(folder, read_description(folder)) for folder in folders if is_held(folder / CSV_NAME)]
        self._releases = sorted(
            ((folder, said) for folder, said in held if (said.rule or rule) == rule), key=lambda one: _made(*one)
        )
        self._geography, self._successors = geography, successors

    def marked(self, tidy: pl.DataFrame) -> pl.DataFrame:
        """Return figures of cohorts (``figures.cohorts.SCHEMA``) with what each was where it is revised."""
        printed = [
            _of_todays_methods(read_figures(folder / CSV_NAME), "measure", said) for folder, said in self._releases
        ]
        return self._beside(tidy, printed, _OF_COHORTS)

    def marked_measures(self, figures: pl.DataFrame) -> pl.DataFrame:
        """Return figures of measures (``measures.figures.SCHEMA``) with what each was where it is revised.

        A rate over a whole window is of the people registered at the index date: it is compared with releases of the
        same index date only, and a month of a series with all.
        """
        printed = [
            _with_index_date(_of_todays_methods(read_measure_figures(folder / MEASURES_CSV), "figure", said))
            if is_held(folder / MEASURES_CSV)
            else _with_index_date(figures.clear())
            for folder, said in self._releases
        ]
        return self._beside(_with_index_date(figures), printed, _OF_MEASURES).drop("as_at")

    def marked_amounts(self, figures: pl.DataFrame) -> pl.DataFrame:
        """Return means and totals (``figures.amounts.SCHEMA``) with what each was where it is revised."""
        names = {"group_type": "area_type", "group_code": "area_code"}
        printed = [
            _of_todays_methods(read_amount_figures(folder / AMOUNTS_CSV), "figure", said).rename(names)
            if is_held(folder / AMOUNTS_CSV)
            else figures.clear().rename(names)
            for folder, said in self._releases
        ]
        marked = self._beside(figures.rename(names), printed, _OF_AMOUNTS)
        return marked.rename({ours: theirs for theirs, ours in names.items()})

    def _beside(self, now: pl.DataFrame, printed: Sequence[pl.DataFrame], key: Sequence[str]) -> pl.DataFrame:
        if not printed:
            return now.with_columns(pl.lit(None, pl.Float64).alias(REVISED_FROM))
        former = (
            pl.concat(
                [self._here(frame, folder, key) for frame, (folder, _) in zip(printed, self._releases, strict=True)]
            )
            .unique(subset=list(key), keep="last")
            .rename({"value": "former"})
        )
        differs = (pl.col("value") - pl.col("former")).abs() > _SAME
        found = now.join(former, on=list(key), how="left", maintain_order="left")
        revised = pl.when(differs).then(pl.col("former")).alias(REVISED_FROM)
        return found.with_columns(revised).select(*now.columns, REVISED_FROM)

    def _here(self, frame: pl.DataFrame, folder: Path, key: Sequence[str]) -> pl.DataFrame:
        """Return one release's figures under today's areas; those of areas that are no more are left out."""
        segments = frame.filter(pl.col("area_type") == SEGMENT_TYPE)["area_code"].unique()
        areas = pl.DataFrame(
            [*self._same_areas(folder), *((SEGMENT_TYPE, code, code) for code in segments)],
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


def revisions_section(
    tidy: pl.DataFrame, measures: pl.DataFrame, amounts: pl.DataFrame, cohorts: Sequence[Cohort]
) -> dict[str, Any] | None:
    """Return the revised figures as the page lists them, board first; ``None`` where none is revised."""
    titles = {cohort.id: cohort.title for cohort in cohorts} | {REGISTERED: "Registered", LEFT_OUT: "Left out"}
    names = {one.id: one.title for one in read_measures()}
    day = pl.col("period").map_elements(long_date, return_dtype=pl.String).alias("when")
    month = pl.col("months").map_elements(months_in_words, return_dtype=pl.String).alias("when")
    rows = pl.concat(
        [
            _listed(tidy, pl.col("cohort").replace(titles), day, "measure", MEASURE_NAMES, digits=_rate_of_cohort),
            _listed(measures, pl.col("measure").replace(names), month, "figure", FIGURE_NAMES, digits=_rate),
            _listed(
                amounts.rename({"group_type": "area_type", "group_name": "area_name"}),
                pl.col("amount").replace({one.id: one.title for one in AMOUNTS}),
                day,
                "figure",
                {},
                digits=_mean,
            ),
        ]
    )
    if rows.is_empty():
        return None
    kinds = {kind: n for n, kind in enumerate((*AREA_TYPES, SEGMENT_TYPE))}
    order = pl.col("area_type").replace_strict(kinds, return_dtype=pl.Int32)
    shown = rows.sort(order, maintain_order=True).head(MOST_LISTED)
    return {"rows": shown.to_dicts(), "not_listed": len(rows) - len(shown)}


_rate_of_cohort = pl.when(pl.col("measure").is_in(DERIVED)).then(1).otherwise(0)
_rate = pl.when(pl.col("figure").is_in([*COUNTS, EXPECTED])).then(0).otherwise(1)
_mean = pl.when(pl.col("figure") == MEAN).then(2).otherwise(0)
"""Decimals that the figures of each file are printed with."""


def _listed(
    figures: pl.DataFrame, what: pl.Expr, when: pl.Expr, figure: str, names: Mapping[str, str], *, digits: pl.Expr
) -> pl.DataFrame:
    """Return the revised figures of one file as the page lists them."""
    return revised(figures).select(
        "area_type",
        "area_name",
        what.alias("what"),
        when,
        pl.col(figure).replace(names).alias("figure"),
        "value",
        REVISED_FROM,
        digits.alias("digits"),
    )


def _of_todays_methods(frame: pl.DataFrame, kind: str, said: Description) -> pl.DataFrame:
    """Return a release's rows without those of figures that it describes in other words than today's.

    ``kind`` is the column that names the figure, and the first word of the notes about one.
    """
    others = [
        about.removeprefix(f"{kind} ")
        for about, words in _DESCRIBED.items()
        if about.startswith(f"{kind} ") and said.words.get(about) != words
    ]
    return frame.filter(~pl.col(kind).is_in(others))


def _with_index_date(figures: pl.DataFrame) -> pl.DataFrame:
    """Return figures of measures that may be compared, with the index date for those that are of it alone."""
    rates = [measure.id for measure in read_measures() if measure.is_rate]
    is_of_date = (
        pl.col("months").str.contains("/", literal=True)
        & pl.col("measure").is_in(rates)
        & (pl.col("figure") != NUMERATOR)
    )
    is_drawn = ~pl.col("figure").is_in(_COMPARED)
    as_at = pl.when(is_drawn).then(None).when(is_of_date).then(pl.col("period")).otherwise(pl.lit(""))
    return figures.with_columns(as_at=as_at)


def _made(folder: Path, said: Description) -> tuple[str, int]:
    """Return the index date and the number of the release that a population folder is of.

    One whose metadata do not name a release is of the last date that it has figures of, and stands before all others of
    that date: the name decides nothing else.
    """
    if said.made is not None:
        return said.made
    return max(read_figures(folder / CSV_NAME)["period"], default=""), 0
