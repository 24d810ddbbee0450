"""Drivers of estimated risk: what makes it higher or lower in a practice or cohort than at the board, made safe.

A figure is what one clinical factor multiplies the estimated odds of a group's average person by, against the board's
average person (averages of log odds). It describes estimates and is no cause. The safety rules are riskstrat's own:

1. A group has figures only where its published count, and the number of its people who were scored, are at least
   ``LEAST_GROUP``.
2. Figures are rounded in log odds to a step that exceeds what any few people (as many as the smallest counts that are
   never published, 7 by default) do to any mean of the group; where none does the group has no figures. Cohorts, which
   may hold one another, share ``COHORT_STEP``: a reader who takes one from another that holds the same people and a
   few more learns at most on which side of one rounding both lie. With a step of its own each, the finer would bound
   what the coarser hides. Practices hold nobody of one another and have the finest of ``STEPS`` that will do.
3. Only factors that may be printed anywhere are here, and no total: what is left out is not the difference of anything.

A factor is said to raise or to lower the odds of a group only where it has a wording for a person in that direction.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from riskstrat import modelling
from riskstrat.disclosure import Figure, Rule
from riskstrat.disclosure.attack import Key
from riskstrat.population.counting.areas import Geography
from riskstrat.population.counting.cells import REGISTERED
from riskstrat.population.counting.cohorts import Cohort, Members, Month
from riskstrat.population.figures.cohorts import COMPARED_WORDS
from riskstrat.population.methods.rates import Z_95
from riskstrat.project import Workspace
from riskstrat.sheets import SheetTable, write_csv

DRIVERS_CSV = "drivers.csv"
LEAST_GROUP = 50
"""People below whom a group has no figures: a mean of fewer says more of its people than of the group."""
STEPS = (0.01, 0.02, 0.05, 0.1)
"""Log odds to which a practice's figures are rounded, finest first: about 1, 2, 5 and 10 % of the odds."""
COHORT_STEP = 0.05
"""Log odds to which every cohort's figures are rounded."""
TOO_FEW = "not shown: too few people"
READ_AS = (
    "Each figure compares the average person of a practice or cohort with the board's: 1.10 means that what is "
    "recorded under that heading makes their estimated odds 1.10 times the board's, 1 that it makes no difference. It "
    "says what the estimates rest on. It is not a cause, does not say what would change the outcome, and judges "
    "nobody's care."
)
SAFE = (
    f"Groups of fewer than {LEAST_GROUP} people have no figures, nor has one in which a few people decide them; all "
    "are rounded, so that nothing is left of a few people by subtraction."
)
SCHEMA = pl.Schema(
    {
        "period": pl.String,
        "model": pl.String,
        "group_type": pl.String,
        "group_code": pl.String,
        "group_name": pl.String,
        "factor": pl.String,
        "odds_multiplied_by": pl.Float64,
        "rounded_to": pl.Float64,
        "note": pl.String,
    }
)


def drivers_of_groups(
    workspace: Workspace,
    month: Month,
    members: Members,
    cohorts: Sequence[Cohort],
    geography: Geography,
    figures: Mapping[Key, Figure],
    rule: Rule,
) -> pl.DataFrame:
    """Return the drivers of every practice and cohort as they may be published, by every model that is printed.

    One row per model, group and factor (``SCHEMA``), groups in the report's order, the factors of a group by size of
    figure. A group without figures has one row without a factor, whose note says why. No row at all where the store
    holds no contributions at the index date. ``figures`` are the published counts of the month.
    """
    if not modelling.has_drivers(workspace, month.index_date):
        return pl.DataFrame(schema=SCHEMA)
    practices, board = members.of_practices, geography.board.key
    of_cohorts = members.of_cohorts.filter(pl.col("cohort_id").is_in([cohort.id for cohort in cohorts]))
    people = pl.concat(
        [
            practices.select("person_id", group=pl.lit(board)),
            practices.select("person_id", group=pl.concat_str(pl.lit("practice:"), pl.col("practice_code"))),
            of_cohorts.select("person_id", group=pl.concat_str(pl.lit("cohort:"), pl.col("cohort_id"))),
        ]
    )
    found = modelling.drivers(workspace, month.index_date, people, few=rule.suppress_to)
    groups = _groups(month, cohorts, geography, figures)
    return _as_published(_against(found, board), groups, month.index_date)


def write_drivers(folder: Path, drivers: pl.DataFrame) -> None:
    """Write every driver of risk as CSV, with two decimals; nothing where there are none."""
    if drivers.is_empty():
        return
    figure = pl.col("odds_multiplied_by").map_elements(lambda value: f"{value:.2f}", return_dtype=pl.String)
    write_csv(folder / DRIVERS_CSV, drivers.with_columns(figure))


def drivers_sheet(drivers: pl.DataFrame) -> SheetTable:
    """Return what is higher or lower than the board as a sheet of the workbook."""
    higher, _, lower = COMPARED_WORDS
    shown = drivers.filter(pl.col("note").is_in([higher, lower]))
    return SheetTable(
        name="Drivers",
        title="What makes estimated risk higher or lower than the board's, by practice and cohort",
        notes=[READ_AS, SAFE, f"Only what is higher or lower than the board is here: {DRIVERS_CSV} holds the rest."],
        frame=shown.select(
            pl.col("model").replace_strict(modelling.model_titles()),
            *("group_type", "group_name", "group_code", "factor", "odds_multiplied_by", "note"),
        ),
        headings={
            "model": "Estimate",
            "group_type": "Kind",
            "group_name": "Practice or cohort",
            "group_code": "Code",
            "factor": "What is recorded",
            "odds_multiplied_by": "Multiplies the odds by",
            "note": "Compared with the board",
        },
        number_formats={"odds_multiplied_by": "0.00"},
        keep_left=3,
    )


def _groups(
    month: Month, cohorts: Sequence[Cohort], geography: Geography, figures: Mapping[Key, Figure]
) -> pl.DataFrame:
    """Return the groups in the report's order: ``place, group, group_type, group_code, group_name, shown, why_not``."""
    period = str(month.index_date)
    rows: list[tuple[str, str, str, str, int | None, str | None]] = [
        (area.key, "practice", area.code, area.name, figures[(period, REGISTERED, area.key)].shown, None)
        for area in geography.of_type("practice")
    ]
    for cohort in cohorts:
        why_not = month.not_run.get(cohort.id)
        shown = None if why_not else figures[(period, cohort.id, geography.board.key)].shown
        no_figure = f"no figure: {why_not}" if why_not else None
        rows.append((f"cohort:{cohort.id}", "cohort", cohort.id, cohort.title, shown, no_figure))
    kinds = dict.fromkeys(("group", "group_type", "group_code", "group_name"), pl.String)
    schema = {**kinds, "shown": pl.Int64, "why_not": pl.String}
    return pl.DataFrame(rows, schema=schema, orient="row").with_row_index("place")


def _against(found: pl.DataFrame, board: str) -> pl.DataFrame:
    """Return each group's figures in log odds against the board's, rounded so that they are safe, and compared.

    ``rounded_to`` is null, and so is ``figure``, for a group that has too few people for any of the steps.
    """
    at_board = found.filter(pl.col("group") == board).select("model", "factor", pl.col("mean").alias("at_board"))
    moved = pl.col("few_move").max().over("model", "group")
    is_cohort = pl.col("group").str.starts_with("cohort:")
    step: Any = pl.when(pl.col("people") < LEAST_GROUP).then(None)
    step = step.when(is_cohort & (moved <= COHORT_STEP)).then(COHORT_STEP).when(is_cohort).then(None)
    for one in STEPS:
        step = step.when(moved <= one).then(one)
    difference, spread = pl.col("mean") - pl.col("at_board"), Z_95 * pl.col("standard_error")
    higher, similar, lower = COMPARED_WORDS
    return (
        found.filter(pl.col("group") != board)
        .join(at_board, on=["model", "factor"])
        .with_columns(rounded_to=step.otherwise(None).cast(pl.Float64))
        .with_columns(steps=(difference / pl.col("rounded_to")).round(0))
        .with_columns(
            figure=pl.col("steps") * pl.col("rounded_to"),
            compared=pl.when((pl.col("steps") > 0) & (difference > spread))
            .then(pl.lit(higher))
            .when((pl.col("steps") < 0) & (difference < -spread))
            .then(pl.lit(lower))
            .otherwise(pl.lit(similar)),
        )
        .filter(
            pl.col("steps").is_null()
            | (pl.col("says_up") & (pl.col("steps") >= 0))
            | (pl.col("says_down") & (pl.col("steps") <= 0))
        )
    )


def _as_published(found: pl.DataFrame, groups: pl.DataFrame, index_date: date) -> pl.DataFrame:
    """Return the rows of every model and group: its figures, or why it has none."""
    models = found.select("model").unique(maintain_order=True).with_row_index("model_place")
    has_count = pl.col("shown").fill_null(0) >= LEAST_GROUP
    figures = found.drop_nulls("figure").select("model", "group", "factor", "title", "figure", "rounded_to", "compared")
    rows = (
        models.join(groups, how="cross")
        .with_columns(counted=pl.when(has_count).then(pl.col("group")))
        .join(figures, left_on=["model", "counted"], right_on=["model", "group"], how="left")
        .with_columns(size=pl.col("figure").abs())
        .sort("model_place", "place", "size", "factor", descending=[False, False, True, False])
    )
    without = pl.coalesce("why_not", pl.lit(TOO_FEW))
    return rows.select(
        period=pl.lit(str(index_date)),
        model="model",
        group_type="group_type",
        group_code="group_code",
        group_name="group_name",
        factor="title",
        odds_multiplied_by=(pl.col("figure") + 0.0).exp().round(2),
        rounded_to="rounded_to",
        note=pl.coalesce("compared", without),
    ).cast(SCHEMA)
