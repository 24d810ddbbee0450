"""Scores: the champions over one snapshot, with each person's place in the practice and in the board."""

import os
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from riskstrat.modelling.dataset import part_path, read_part, where
from riskstrat.modelling.registry import champion_bundle
from riskstrat.modelling.spec import read_specs
from riskstrat.project import Workspace

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


def score(workspace: Workspace, index_date: date, *, progress: Callable[[str], None] | None = None) -> Path:
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
    for spec in read_specs():
        champion = champion_bundle(workspace, spec.name)
        if champion is None:
            status.append(_status(spec.name, None, "no version has passed its gates", 0, 0))
            tell(f"{spec.name}: no champion, so no scores")
            continue
        version, bundle = champion
        people = snapshot.filter(where(snapshot, bundle.spec.population))
        risk, unseen = bundle.score(people)
        parts.append(_scored(people, pl.Series("risk", risk), spec.name, version.version))
        status.append(_status(spec.name, version.version, None, len(people), sum(unseen.values())))
        words = f"; values that the model does not know, read as unknown: {unseen}" if unseen else ""
        tell(f"{spec.name} version {version.version}: {len(people):,} people scored{words}")
    scores = pl.concat([pl.DataFrame(schema=_SCORES), *parts]).sort("model", "person_id")
    path = _write(scores, part_path(workspace, "scores", index_date))
    _write(pl.DataFrame(status, schema=_STATUS), part_path(workspace, "score_status", index_date))
    return path


_STATUS = {
    "model": pl.String,
    "model_version": pl.String,
    "scored": pl.Boolean,
    "why_not": pl.String,
    "people": pl.Int64,
    "unseen_values": pl.Int64,
}


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
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_name(f".{path.name}.{os.getpid()}.half")
    try:
        frame.write_parquet(half, compression="zstd")
        half.replace(path)
    finally:
        half.unlink(missing_ok=True)
    return path
