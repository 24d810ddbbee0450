"""Scores: the champions over one snapshot, with each person's place in the practice and in the board."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from riskstrat.files import replacing
from riskstrat.modelling.datasets.rows import read_part, where
from riskstrat.modelling.registry.bundle import Bundle
from riskstrat.modelling.registry.versions import champion_bundle
from riskstrat.modelling.spec import read_specs
from riskstrat.pages import counted
from riskstrat.project import Progress, Workspace

BANDS = (("very high", 0.005), ("high", 0.05), ("moderate", 0.20))
"""Bands by place in the board: the top 0.5 %, the next 4.5 %, the next 15 %; the rest are ``low``."""

_SCORES = {
    "person_id": pl.Int64,
    "index_date": pl.Date,
    "model": pl.String,
    "model_version": pl.String,
    "risk": pl.Float64,
    "percentile": pl.Float64,
    "band": pl.String,
}


def score(workspace: Workspace, index_date: date, *, progress: Progress | None = None) -> Path:
    """Score the snapshot with every champion and return ``store/scores/index_date=.../part.parquet``.

    One row per model and person of the model's population. Beside it ``store/score_status``: model, version, whether
    it scored, why not, people scored, and how many words it had never seen. A model with no champion is absent and
    said so. Raises ``InputRefused`` where the snapshot is missing or its columns are not the model's,
    ``IntegrityFault`` where a bundle was changed.
    """
    tell = progress or (lambda _: None)
    snapshot = read_part(workspace, "features", index_date).sort("person_id")
    parts: list[pl.DataFrame] = []
    status: list[dict[str, object]] = []
    unknown: dict[str, int] = {}
    for spec in read_specs():
        champion = champion_bundle(workspace, spec.name)
        if champion is None:
            status.append(_status(spec.name, None, "no version has passed its gates", 0, 0))
            continue
        version, bundle = champion
        scored, unseen = _scores_of(snapshot, bundle, version.version)
        parts.append(scored)
        status.append(_status(spec.name, version.version, None, len(scored), sum(unseen.values())))
        unknown |= unseen
    tell(_in_words(index_date, status, unknown))
    scores = pl.concat([pl.DataFrame(schema=_SCORES), *parts]).sort("model", "person_id")
    path = _write(scores, workspace.part("scores", index_date))
    _write(pl.DataFrame(status, schema=_STATUS), workspace.part("score_status", index_date))
    return path


def champion_scores(workspace: Workspace, index_date: date, model: str) -> pl.DataFrame | None:
    """Return one model's rows as ``score`` would write them, and write nothing; ``None`` without a champion.

    For questions about the past, which must not change what the store says was published then. Raises as ``score``.
    """
    champion = champion_bundle(workspace, model)
    if champion is None:
        return None
    version, bundle = champion
    return _scores_of(read_part(workspace, "features", index_date).sort("person_id"), bundle, version.version)[0]


def _scores_of(snapshot: pl.DataFrame, bundle: Bundle, version: str) -> tuple[pl.DataFrame, dict[str, int]]:
    """Return the rows of one model, and how many people have words in each column that it had never seen."""
    bundle.contract.check(snapshot)
    people = snapshot.filter(where(snapshot, bundle.spec.population))
    risk, unseen = bundle.score(people)
    return _scored(people, pl.Series("risk", risk), bundle.spec.name, version), unseen


_STATUS = {
    "model": pl.String,
    "model_version": pl.String,
    "scored": pl.Boolean,
    "why_not": pl.String,
    "people": pl.Int64,
    "unseen_values": pl.Int64,
}


def _in_words(index_date: date, status: Sequence[dict[str, object]], unknown: dict[str, int]) -> str:
    """Return what was scored in one line, with what no model had seen and what has no champion."""
    scored = [f"{row['model']} ({row['people']:,} people)" for row in status if row["scored"]]
    said = [f"scored {index_date}: {', '.join(scored) or 'nobody'}"]
    if unknown:
        values = ", ".join(f"{column} of {counted(n, 'person', 'people')}" for column, n in sorted(unknown.items()))
        said.append(f"read as not known: {values}")
    without = [str(row["model"]) for row in status if not row["scored"]]
    if without:
        said.append(f"no champion, so no scores: {', '.join(without)}")
    return "; ".join(said)


def _status(model: str, version: str | None, why_not: str | None, people: int, unseen: int) -> dict[str, object]:
    return {
        "model": model,
        "model_version": version,
        "scored": why_not is None,
        "why_not": why_not,
        "people": people,
        "unseen_values": unseen,
    }


def _scored(people: pl.DataFrame, risk: pl.Series, model: str, version: str) -> pl.DataFrame:
    """Return score rows. Equal risks share a band (the higher one) and a percentile, so no tie is broken by chance."""
    place = pl.col("risk").rank("min", descending=True)
    band: Any = pl.when(place <= BANDS[0][1] * pl.len()).then(pl.lit(BANDS[0][0]))
    for name, share in BANDS[1:]:
        band = band.when(place <= share * pl.len()).then(pl.lit(name))
    below = pl.col("risk").rank("average").over("practice_code") - 0.5
    return (
        people.select("person_id", "index_date", "practice_code", risk)
        .with_columns(
            model=pl.lit(model),
            model_version=pl.lit(version),
            percentile=(100 * below / pl.len().over("practice_code")).round(4),
            band=band.otherwise(pl.lit("low")),
        )
        .select([pl.col(name).cast(dtype) for name, dtype in _SCORES.items()])
    )


def _write(frame: pl.DataFrame, path: Path) -> Path:
    with replacing(path) as half:
        frame.write_parquet(half, compression="zstd")
    return path
