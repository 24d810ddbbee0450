"""When rows reached the sender: lags, versions of rows that are sent again, and the cut at the end of the data."""

import numpy as np
import polars as pl

from riskstrat.synthetic.draws import NEVER, Ints, dates, triangular
from riskstrat.synthetic.lives import World


def lagged(world: World, lag: str, days: Ints) -> Ints:
    """Return the days on which rows about events on ``days`` arrived; ``lag`` is a row of ``lags.csv``."""
    rng = world.rng(f"lag {lag}")
    return (np.asarray(days, dtype=np.int32) + triangular(rng, world.parameters.lags[lag], len(days))).astype(np.int32)


def interval_versions(world: World, lag: str, start: Ints, end: Ints) -> tuple[Ints, Ints, Ints]:
    """Return the versions of interval rows: one when it began, a later one when its end was known.

    Gives the row each version is of, its end (``NEVER`` in a first version) and the day it arrived.
    """
    begun = lagged(world, lag, start)
    closed = np.flatnonzero(end < NEVER)
    ended = np.maximum(lagged(world, f"{lag}", end[closed]), begun[closed] + 1)
    rows = np.concatenate([np.arange(len(start)), closed])
    ends = np.concatenate([np.full(len(start), NEVER, dtype=np.int32), end[closed]])
    return rows.astype(np.int32), ends.astype(np.int32), np.concatenate([begun, ended]).astype(np.int32)


def arrived(world: World, table: pl.DataFrame) -> pl.DataFrame:
    """Keep the rows that arrived before the end of the data."""
    return table.filter(pl.col("available_date") < world.calendar.end)


def dated(world: World, lag: str, days: Ints, not_before: Ints | None = None) -> tuple[pl.Series, pl.Series]:
    """Return event days as dates and the dates their rows arrived, none before ``not_before``."""
    available = lagged(world, lag, days)
    if not_before is not None:
        available = np.maximum(available, not_before + 1)
    return dates(days), dates(available)
