"""What the page says of activity and cost: a line an amount at the board, and every area and segment under it."""

from typing import Any

import polars as pl

from riskstrat.population.counting.amounts import AMOUNTS, HOSPITAL_COST
from riskstrat.population.figures.amounts import (
    AMOUNTS_CSV,
    FIGURE_WORDS,
    KINDS,
    SAFE,
    UNKNOWN,
    side_by_side,
)


def hospital_cost(shown: pl.DataFrame) -> dict[str, Any]:
    """Return the board's line of what hospital care cost in all: its total and mean, or the note why there is none."""
    return (
        side_by_side(shown)
        .filter((pl.col("group_type") == "icb") & (pl.col("amount") == HOSPITAL_COST))
        .row(0, named=True)
    )


def amounts_section(shown: pl.DataFrame) -> dict[str, Any] | None:
    """Return what the section shows; ``None`` where no amount has a figure at the board."""
    wide = side_by_side(shown).with_columns(kind=pl.col("group_type").replace_strict(KINDS))
    lines: list[dict[str, Any]] = []
    for amount in AMOUNTS:
        own = wide.filter(pl.col("amount") == amount.id)
        board = own.filter(pl.col("group_type") == "icb").row(0, named=True)
        rest = own.filter((pl.col("group_type") != "icb") & (pl.col("note") != UNKNOWN))
        lines.append({"amount": amount, "board": board, "rows": rest.to_dicts()})
    if wide.filter(pl.col("group_type") == "icb")["total"].is_null().all():
        return None
    return {"lines": lines, "figure_words": FIGURE_WORDS, "safe": SAFE, "file": AMOUNTS_CSV}
