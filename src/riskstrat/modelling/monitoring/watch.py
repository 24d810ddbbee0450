"""The month's look at every champion, kept as tables and read by every output.

``store/monitoring`` has a row per model and check; ``store/monitoring_inputs`` a row per model and column used. Inputs,
estimates and outcomes are of people who may be used for training, as what they are compared with is; lists are of
everyone scored.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from riskstrat import features
from riskstrat.errors import InputRefused
from riskstrat.features.horizons import read_reach
from riskstrat.files import replacing
from riskstrat.intake import open_store
from riskstrat.modelling.datasets.inputs import barred_from_training
from riskstrat.modelling.datasets.rows import read_part, where
from riskstrat.modelling.monitoring.checks import (
    MEANS,
    Check,
    check_calibration,
    check_estimates,
    check_inputs,
    check_list,
    check_sources,
    moved_columns,
)
from riskstrat.modelling.registry.bundle import Bundle
from riskstrat.modelling.registry.versions import champion_bundle
from riskstrat.modelling.spec import read_specs
from riskstrat.pages import counted
from riskstrat.project import Progress, Workspace, add_months

LAYER, INPUTS_LAYER = "monitoring", "monitoring_inputs"
LAYERS = (LAYER, INPUTS_LAYER)
LONGEST_GAP = 3
"""Months back within which an earlier list is looked for."""
READ_WITH_CARE = "Read the estimates with more care this month."
_SCHEMA = {
    "model": pl.String,
    "model_version": pl.String,
    "title": pl.String,
    "is_printed": pl.Boolean,
    "check": pl.String,
    "result": pl.String,
    "words": pl.String,
    "value": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
}
_INPUTS_SCHEMA = {
    "model": pl.String,
    "column": pl.String,
    "share_of_gain": pl.Float64,
    "stability_index": pl.Float64,
}


@dataclass(frozen=True)
class Caution:
    """One breach as an output says it: the models it is of, what was found, and what it means to a reader."""

    title: str
    words: str
    means: str

    def as_text(self) -> str:
        """Return the caution as two sentences."""
        return f"{self.title}: {self.words}. {self.means}"


def monitor(workspace: Workspace, index_date: date, *, progress: Progress | None = None) -> Path:
    """Look at every champion at an index date that was scored, and return the file of ``store/monitoring``.

    Makes the labels of the latest index date that is complete, in the store, and later than a champion's test date.
    """
    tell = progress or (lambda _: None)
    bundles = {name: bundle for name, (_, bundle) in _champions(workspace).items()}
    mature = _mature_dates(workspace, bundles)
    wanted: dict[str, set[date]] = {}
    for name, day in mature.items():
        wanted.setdefault(bundles[name].spec.label, set()).add(day)
    if wanted:
        features.build_labels(workspace, {label: sorted(days) for label, days in wanted.items()}, progress=tell)
    return watch(workspace, index_date, mature=mature, barred=barred_from_training(workspace), progress=tell)


def watch(
    workspace: Workspace,
    index_date: date,
    *,
    mature: Mapping[str, date] | None = None,
    barred: Sequence[int] = (),
    progress: Progress | None = None,
) -> Path:
    """Check the champions on what the store holds; ``mature`` has the index date of each whose outcomes are complete.

    The snapshot of that date is scored again by the champion as it is, so that the answer does not depend on who
    scored it then. Raises ``InputRefused`` where the index date was not built and scored.
    """
    snapshot = read_part(workspace, "features", index_date)
    is_free = ~pl.col("person_id").is_in(list(barred))
    scores = read_part(workspace, "scores", index_date)
    champions = _champions(workspace)
    rows: list[dict[str, Any]] = []
    moved = [pl.DataFrame(schema=_INPUTS_SCHEMA)]
    for name, (version, bundle) in champions.items():
        own = scores.filter((pl.col("model") == name) & (pl.col("model_version") == version))
        people = snapshot.filter(where(snapshot, bundle.spec.population)).filter(is_free)
        checks, columns = _against_test(workspace, index_date, bundle, people, own.filter(is_free))
        checks.append(_calibration(workspace, bundle, (mature or {}).get(name), barred))
        checks.append(_list(workspace, bundle, index_date, own))
        moved.append(columns.select(pl.lit(name).alias("model"), pl.all()))
        said = {"model": name, "model_version": version, "title": bundle.spec.title}
        rows += [{**said, "is_printed": bundle.spec.figure == "printed", **check.as_dict()} for check in checks]
    if progress is not None:
        broken = [f"{row['model']}, {row['check']}: {row['words']}" for row in rows if row["result"] == "breach"]
        progress(f"watched {counted(len(champions), 'model')}: {'; '.join(broken) or 'no breach'}")
    _write(pl.concat(moved), workspace.part(INPUTS_LAYER, index_date))
    return _write(pl.DataFrame(rows, schema=_SCHEMA), workspace.part(LAYER, index_date))


def _champions(workspace: Workspace) -> dict[str, tuple[str, Bundle]]:
    found = {spec.name: champion_bundle(workspace, spec.name) for spec in read_specs()}
    return {name: (one[0].version, one[1]) for name, one in found.items() if one is not None}


def _mature_dates(workspace: Workspace, bundles: Mapping[str, Bundle]) -> dict[str, date]:
    """Return each model's latest index date with a snapshot and a complete horizon, if later than its test date."""
    held = workspace.index_dates("features")
    if not any(str(day) > bundle.evaluation["test_date"] for bundle in bundles.values() for day in held):
        return {}
    with open_store(workspace) as warehouse:
        reach = read_reach(warehouse)
    mature = {}
    for name, bundle in bundles.items():
        try:
            latest = reach.latest_index_date(bundle.spec.label)
        except InputRefused:  # a source that the outcome needs is no longer held
            continue
        days = [day for day in held if bundle.evaluation["test_date"] < str(day) and day <= latest]
        if days:
            mature[name] = days[-1]
    return mature


def _against_test(
    workspace: Workspace, index_date: date, bundle: Bundle, people: pl.DataFrame, own: pl.DataFrame
) -> tuple[list[Check], pl.DataFrame]:
    """Return the checks against what the version was tested on, and how far each of its columns moved."""
    if "reference" not in bundle.evaluation:
        untold = "this version was tested before its inputs were kept; train again to have them watched"
        nobody = pl.DataFrame(schema=_INPUTS_SCHEMA).drop("model")
        return [Check(check, "not judged", untold) for check in ("inputs", "estimates", "sources")], nobody
    columns = moved_columns(bundle, people)
    return [
        check_inputs(bundle, columns, len(people)),
        check_estimates(bundle, own["risk"].to_numpy()),
        check_sources(bundle, features.read_sources(workspace, index_date), index_date),
    ], columns


def _calibration(workspace: Workspace, bundle: Bundle, mature: date | None, barred: Sequence[int]) -> Check:
    if mature is None:
        return Check("calibration", "not judged", "no index date since its test has complete outcomes yet")
    snapshot = read_part(workspace, "features", mature).sort("person_id")
    people = snapshot.filter(where(snapshot, bundle.spec.population))
    try:
        risk, _ = bundle.score(people)
    except InputRefused as fault:
        return Check("calibration", "not judged", f"the snapshot of {mature} cannot be scored: {fault.args[0]}")
    label = read_part(workspace, bundle.spec.outcome, mature).select("person_id", "outcome")
    known = (
        people.select("person_id", risk=pl.Series(risk))
        .join(label, on="person_id", how="inner")
        .filter(pl.col("outcome").is_not_null() & ~pl.col("person_id").is_in(list(barred)))
    )
    return check_calibration(bundle, mature, known["risk"].to_numpy(), known["outcome"].cast(pl.Float64).to_numpy())


def _list(workspace: Workspace, bundle: Bundle, index_date: date, now: pl.DataFrame) -> Check:
    for months in range(1, LONGEST_GAP + 1):
        day = add_months(index_date, -months)
        if workspace.part("scores", day).is_file():
            earlier = read_part(workspace, "scores", day).filter(pl.col("model") == bundle.model)
            wanted = ("person_id", "model_version", "band")
            return check_list(bundle, earlier.select(wanted), now.select(wanted), months)
    return Check("list", "not judged", f"there is no list of the {LONGEST_GAP} months before to compare with")


def read_monitoring(workspace: Workspace, index_date: date, model: str | None = None) -> list[dict[str, Any]]:
    """Return a row per model and check as plain values, of one model or all; nothing where nobody looked."""
    path = workspace.part(LAYER, index_date)
    if not path.is_file():
        return []
    return [row for row in pl.read_parquet(path).to_dicts() if model in (None, row["model"])]


def read_moved(workspace: Workspace, index_date: date, model: str) -> list[dict[str, Any]]:
    """Return a row per column that a model uses, the one that moved most first; nothing where nobody looked."""
    path = workspace.part(INPUTS_LAYER, index_date)
    if not path.is_file():
        return []
    return [row for row in pl.read_parquet(path).to_dicts() if row["model"] == model]


def cautions(workspace: Workspace, index_date: date) -> list[Caution]:
    """Return what every page must say: the breaches of the models whose figures are printed, each said once."""
    titles: dict[tuple[str, str], list[str]] = {}
    for row in read_monitoring(workspace, index_date):
        if row["result"] == "breach" and row["is_printed"]:
            titles.setdefault((row["check"], row["words"]), []).append(row["title"])
    return [Caution("; ".join(named), words, MEANS[check]) for (check, words), named in titles.items()]


def _write(frame: pl.DataFrame, path: Path) -> Path:
    with replacing(path) as half:
        frame.write_parquet(half, compression="zstd")
    return path
