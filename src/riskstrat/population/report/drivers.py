"""What the report's page says of the drivers of risk: two pictures of one model, and every group in words."""

from collections.abc import Sequence
from typing import Any

import polars as pl

from riskstrat.modelling import model_titles
from riskstrat.population.counting.cohorts import RISK_MODEL, Cohort
from riskstrat.population.figures.cohorts import COMPARED_WORDS
from riskstrat.population.figures.drivers import DRIVERS_CSV, READ_AS, SAFE
from riskstrat.population.report import charts

MOST_FACTORS = 5
"""Panels in a picture."""
MOST_SAID = 3
"""Headings said of a group each way."""
_HIGHER, _, _LOWER = COMPARED_WORDS
_KINDS = {"practice": "practices", "cohort": "cohorts"}


def drivers_section(drivers: pl.DataFrame, cohorts: Sequence[Cohort]) -> dict[str, Any] | None:
    """Return what the section shows, or ``None`` where there are no drivers; see ``population.drivers`` for the rows.

    The pictures are of the model of the risk bands (else of the first): of practices, and of the cohorts by need, use
    and risk. The words are of every group and model.
    """
    drivers = _told_apart(drivers)
    models = drivers["model"].unique(maintain_order=True).to_list()
    if not models:
        return None
    models.sort(key=lambda model: (model != RISK_MODEL, model))
    titles = model_titles()
    drawn = drivers.filter(pl.col("model") == models[0])
    main = [cohort.id for cohort in cohorts if cohort.is_main]
    chosen = {
        "practice": drawn.filter(pl.col("group_type") == "practice"),
        "cohort": drawn.filter((pl.col("group_type") == "cohort") & pl.col("group_code").is_in(main)),
    }
    return {
        "read_as": READ_AS,
        "safe": SAFE,
        "file": DRIVERS_CSV,
        "model": titles[models[0]],
        "pictures": [_picture(kind, rows, titles[models[0]]) for kind, rows in chosen.items()],
        "models": [
            {"title": titles[model], "groups": _in_words(drivers.filter(pl.col("model") == model))} for model in models
        ],
    }


def _picture(kind: str, rows: pl.DataFrame, model: str) -> dict[str, Any]:
    """Return the picture of the headings that differ most among the groups, with its figures as a table.

    A heading is drawn only where every group has its figure. Of more groups than a picture holds, those farthest from
    the board are drawn, in the order they came in.
    """
    figures = rows.drop_nulls("odds_multiplied_by").with_columns(far=pl.col("odds_multiplied_by").log().abs())
    order = (
        figures.group_by("factor")
        .agg(pl.col("far").mean(), groups=pl.len())
        .filter(pl.col("groups") == figures["group_code"].n_unique())
        .sort("far", "factor", descending=[True, False])
    )
    factors = order["factor"].head(MOST_FACTORS).to_list()
    figures = figures.filter(pl.col("factor").is_in(factors))
    by_group = figures.group_by("group_name", maintain_order=True).agg(pl.col("far").sum())
    farthest = by_group.sort("far", descending=True, maintain_order=True).head(charts.MOST_ROWS)["group_name"]
    groups = [name for name in by_group["group_name"] if name in set(farthest)]
    shown = {(row["group_name"], row["factor"]): row for row in figures.iter_rows(named=True)}
    ordered = [shown[(group, factor)] for group in groups for factor in factors]
    title = f"{model}: what makes estimated risk higher or lower by {kind}"
    drawn = pl.DataFrame(ordered, schema=figures.schema).select(
        "group_name", "factor", "odds_multiplied_by", compared="note"
    )
    return {
        "kind": kind,
        "kinds": _KINDS[kind],
        "chart": charts.drivers(drawn, title) if ordered else None,
        "factors": factors,
        "rows": [(group, [shown[(group, factor)] for factor in factors]) for group in groups],
        "not_drawn": len(by_group) - len(groups),
        "without": rows["group_code"].n_unique() - len(by_group),
    }


def _told_apart(drivers: pl.DataFrame) -> pl.DataFrame:
    """Return the rows with the code behind each name that several groups have: practices may be called alike."""
    codes = pl.col("group_code").n_unique().over("group_type", "group_name")
    name = pl.when(codes > 1).then(pl.format("{} ({})", "group_name", "group_code")).otherwise("group_name")
    return drivers.with_columns(name.alias("group_name"))


def _in_words(rows: pl.DataFrame) -> list[dict[str, Any]]:
    """Return a line per group: the headings that multiply its odds most, up and down, or why it has none."""
    lines = []
    for (kind, _, name), own in rows.partition_by(
        "group_type", "group_code", "group_name", as_dict=True, maintain_order=True
    ).items():
        said = {
            way: [
                (row["factor"], row["odds_multiplied_by"])
                for row in own.filter(pl.col("note") == way).head(MOST_SAID).iter_rows(named=True)
            ]
            for way in (_HIGHER, _LOWER)
        }
        has_figures = own["odds_multiplied_by"].drop_nulls().len() > 0
        why_not = None if has_figures else own["note"].item(0)
        lines.append({"kind": kind, "name": name, "higher": said[_HIGHER], "lower": said[_LOWER], "why_not": why_not})
    return lines
