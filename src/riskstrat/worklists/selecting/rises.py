"""The estimate now beside the one on the list on which something was decided, by one and the same model."""

from datetime import date

import polars as pl

from riskstrat.project import Workspace
from riskstrat.worklists.returning.decisions import breakable, decisions_in_force
from riskstrat.worklists.returning.memory import read_records

MODEL = "emergency_admission_12m"
"""The estimate that lists are ordered by and shown with."""

_RISK = {"person_id": pl.Int32, "model_version": pl.String, "risk": pl.Float64}


def with_risk_then(workspace: Workspace, decided: pl.DataFrame, index_date: date) -> pl.DataFrame:
    """Add ``risk_then`` (0 to 1) to what stands (``decisions.DECISION_SCHEMA``): the risk where it was decided.

    Null where there is none by the version that scored ``index_date``: the difference between two models is no rise.
    """
    version = _version(workspace, index_date)
    frames = [
        _risks(workspace, day)
        .filter(pl.col("model_version") == version)
        .select("person_id", pl.lit(day, dtype=pl.Date).alias("decided_index_date"), pl.col("risk").alias("risk_then"))
        for day in decided["decided_index_date"].unique().sort()
    ]
    if not frames:
        return decided.with_columns(pl.lit(None, dtype=pl.Float64).alias("risk_then"))
    return decided.join(pl.concat(frames), on=["person_id", "decided_index_date"], how="left")


def dates_to_score_again(workspace: Workspace, index_date: date) -> list[date]:
    """Return the dates of lists with decisions that a rise could end and that another version scored: oldest first.

    Empty unless the champion changed since. Only dates that have a snapshot are returned.
    """
    version = _version(workspace, index_date)
    decided = decisions_in_force(read_records(workspace), index_date, {}).filter(
        pl.col("decided_status").is_in(breakable()) & (pl.col("decided_until") > index_date)
    )
    return [
        day
        for day in decided["decided_index_date"].unique().sort()
        if workspace.part("features", day).is_file() and _version(workspace, day) != version
    ]


def _risks(workspace: Workspace, day: date) -> pl.DataFrame:
    file = workspace.part("scores", day)
    if not file.is_file():
        return pl.DataFrame(schema=_RISK)
    mine = pl.scan_parquet(file).filter(pl.col("model") == MODEL)
    return mine.select(pl.col(name).cast(kind) for name, kind in _RISK.items()).collect()


def _version(workspace: Workspace, day: date) -> str | None:
    found = _risks(workspace, day)["model_version"].to_list()
    return found[0] if found else None
