"""Contributions for everyone who is scored: one table in the store, made in ranges of people.

``store/contributions/index_date=.../part.parquet`` has a row per person and model, for the champions whose figure is
printed: ``person_id, index_date, model, model_version, base`` and a Float32 column per clinical factor. All are in log
odds of the risk in ``store/scores``, after calibration: a row's factors and its ``base`` add up to them, within the
1e-5 that Float32 keeps. A factor of which the model reads no column is null. Factors that are never printed are here
as well: the table is for rooms and data scientists, and what is published of it leaves them out. Where reasons are said
of a person they are worked out anew, exactly (``explanation.reasons``).

Memory depends on a range of people and not on the board.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

import polars as pl

from riskstrat.errors import InputRefused
from riskstrat.modelling.datasets.rows import where
from riskstrat.modelling.explanation.factors import columns_by_factor, read_factors, summed_by_factor
from riskstrat.modelling.registry.bundle import Bundle
from riskstrat.modelling.registry.versions import champion_bundle
from riskstrat.modelling.spec import read_specs
from riskstrat.pages import counted
from riskstrat.project import Progress, Workspace
from riskstrat.warehouse import GrowingFile

LAYER = "contributions"
RANGE = 61_440
"""People (rows) at a time: a row group of a snapshot, whose contributions to one model need about 200 MB."""

KEYS = {
    "person_id": pl.Int64,
    "index_date": pl.Date,
    "model": pl.String,
    "model_version": pl.String,
    "base": pl.Float32,
}
"""The columns that are no factor."""


def contribute(workspace: Workspace, index_date: date, *, progress: Progress | None = None) -> Path:
    """Write what every factor contributes to every person's estimate, and return the table's file.

    Rows follow the snapshot's order in ranges, each range model by model. Raises ``InputRefused`` where the snapshot is
    missing or its columns are not a model's, ``IntegrityFault`` where a bundle was changed.
    """
    tell = progress or (lambda _: None)
    snapshot = workspace.part("features", index_date)
    if not snapshot.is_file():
        raise InputRefused(f"there is no snapshot at index date {index_date}", "build it first: riskstrat features")
    explained = _printed_champions(workspace)
    schema = _schema([bundle for _, bundle in explained])
    table = GrowingFile(workspace.part(LAYER, index_date))
    try:
        table.append(pl.DataFrame(schema=schema))
        for people in in_ranges(snapshot):
            for version, bundle in explained:
                table.append(_contributions(people, version, bundle, schema))
        table.finish()
    except BaseException:
        table.discard()
        raise
    tell(f"contributions at {index_date}: {counted(table.rows, 'row')} of a person and a model")
    return workspace.part(LAYER, index_date)


def in_ranges(path: Path) -> Iterator[pl.DataFrame]:
    """Yield the rows of a table of the store in its order, ``RANGE`` at a time."""
    rows = pl.scan_parquet(path)
    for start in range(0, rows.select(pl.len()).collect().item(), RANGE):
        yield rows.slice(start, RANGE).collect()


def _printed_champions(workspace: Workspace) -> list[tuple[str, Bundle]]:
    """Return the version and bundle of every champion whose figure is printed, in order of model."""
    found = (champion_bundle(workspace, spec.name) for spec in read_specs())
    used = ((version.version, bundle) for version, bundle in (one for one in found if one is not None))
    return [(version, bundle) for version, bundle in used if bundle.spec.figure == "printed"]


def _schema(bundles: Sequence[Bundle]) -> dict[str, pl.DataType | type[pl.DataType]]:
    """Return the table's columns: the keys, every factor in its file's order, then any column that has no factor."""
    factors = [factor.id for factor in read_factors().factors]
    read = {factor for bundle in bundles for factor in columns_by_factor(bundle.contract.names)}
    return {**KEYS, **dict.fromkeys([*factors, *sorted(read.difference(factors))], pl.Float32)}


def _contributions(
    snapshot: pl.DataFrame, version: str, bundle: Bundle, schema: dict[str, pl.DataType | type[pl.DataType]]
) -> pl.DataFrame:
    """Return one model's rows of some of the snapshot's people: those of the model's population."""
    people = snapshot.filter(where(snapshot, bundle.spec.population))
    matrix, _ = bundle.contract.encode(people)
    raw = bundle.trees.contributions(matrix)
    scale = bundle.calibrator
    factors = {factor: scale.slope * moved for factor, moved in summed_by_factor(raw, bundle.contract.names).items()}
    rows = people.select("person_id", "index_date").with_columns(
        model=pl.lit(bundle.model),
        model_version=pl.lit(version),
        base=pl.Series(scale.intercept + scale.slope * raw[:, -1]),
        **{factor: pl.Series(moved) for factor, moved in factors.items()},
    )
    return rows.select(
        (pl.col(name) if name in rows.columns else pl.lit(None)).cast(kind).alias(name) for name, kind in schema.items()
    )
