"""A made workspace that worklists can be selected in: snapshots, scores, a key and an intake store of today's state."""

import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from pathlib import Path

import numpy as np
import polars as pl

from riskstrat.contract import TABLES
from riskstrat.intake.catalogue import Catalogue, Delivery, HeldTable, read_catalogue, table_file, write_catalogue
from riskstrat.intake.expose import stored_columns
from riskstrat.intake.identity import record_key
from riskstrat.project import Workspace, add_months
from riskstrat.rules import evaluate
from riskstrat.worklists.returning.memory import keep_rendered, settle_sent
from riskstrat.worklists.selecting.keys import keys_sent
from support.snapshots import write_store

INDEX = date(2026, 11, 1)
MODELS = ("emergency_admission_12m", "emergency_admission_30d", "frailty_12m", "death_12m")
_POLARS = {"VARCHAR": pl.String, "DATE": pl.Date, "DOUBLE": pl.Float64, "INTEGER": pl.Int32, "BOOLEAN": pl.Boolean}
KEY = bytes(range(32))


def write_worklist_store(
    root: Path,
    *,
    people: int = 600,
    index_dates: Sequence[date] = (INDEX,),
    practices: int = 3,
    seed: int = 1,
    intake: Mapping[str, Sequence[Mapping[str, object]]] | None = None,
) -> Workspace:
    """Write everything ``evaluate`` and ``select`` read. ``intake`` replaces or adds rows of landing tables by name."""
    workspace = write_store(root, people=people, index_dates=index_dates, seed=seed, practices=practices)
    write_key(workspace)
    dates = sorted({*index_dates, *(add_months(day, -3) for day in index_dates)})
    for day in dates:
        write_scores(workspace, day, people, practices, seed)
    codes = [f"Z{1 + n % practices:05}" for n in range(people)]
    tables: dict[str, Sequence[Mapping[str, object]]] = {
        "person": [{"person_id": n + 1, "birth_date": date(1950, 1, 1), "sex": "1"} for n in range(people)],
        "registration": [
            {"person_id": n + 1, "practice_code": codes[n], "start_date": date(2010, 1, 1)} for n in range(people)
        ],
        "practice": [{"practice_code": code, "practice_name": f"Practice {code}"} for code in sorted(set(codes))],
        **(intake or {}),
    }
    write_intake(workspace, tables, max(index_dates))
    return workspace


def as_sent(rows: pl.DataFrame, release: str) -> pl.DataFrame:
    """Return rows of ``store/worklists`` with the keys under which they stand on the lists of a release."""
    return rows.with_columns(keys_sent(KEY, release, rows["row_key"]))


def keep_sent(workspace: Workspace, release: str, listed: pl.DataFrame) -> None:
    """Take these rows for a release's lists as they were sent."""
    keep_rendered(workspace, release, listed)
    settle_sent(workspace, [release])


def write_key(workspace: Workspace, key: bytes = KEY) -> None:
    """Write the pseudonym key where settings say."""
    path = workspace.key_file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(key.hex(), encoding="ascii")
    path.chmod(0o600)


def nhs_number(person_id: int) -> str:
    """Return a number of the test range with its check digit; where that would be 10, another's that nobody has."""
    first = f"999{person_id * 7:06}"
    check = (11 - sum((10 - k) * int(d) for k, d in enumerate(first)) % 11) % 11
    return nhs_number(person_id + 900) if check == 10 else first + str(check)


def give_numbers(workspace: Workspace, people: int) -> None:
    """Write an identity vault beside a store of ``write_intake``: numbers, and the family names ``FAMILY1`` and on."""
    workspace.vault.mkdir(parents=True, exist_ok=True)
    everyone = list(range(1, people + 1))
    known = {
        "person_id": everyone,
        "identifier": [nhs_number(n) for n in everyone],
        "family_name": [f"FAMILY{n}" for n in everyone],
    }
    blank = [pl.lit(None, pl.String).alias(name) for name in ("given_name", "usual_gp", "needs")]
    vault = pl.DataFrame(known, schema_overrides={"person_id": pl.Int32}).with_columns(blank)
    vault.write_parquet(workspace.vault / "identity-000001.parquet")
    catalogue = read_catalogue(workspace)
    known = replace(catalogue.deliveries[0], identity_file="identity-000001.parquet")
    write_catalogue(workspace, replace(catalogue, deliveries=(known,)))
    record_key(workspace, KEY)


def write_scores(workspace: Workspace, day: date, people: int, practices: int, seed: int) -> None:
    """Write scores of every model: skewed risks that drift from month to month, percentiles in the practice, bands."""
    steady = np.random.default_rng(seed + 7).beta(1, 9, people)
    frames = []
    for place, model in enumerate(MODELS):
        drift = np.random.default_rng([seed, day.toordinal(), place]).normal(0, 0.05, people)
        risk = np.clip(steady + np.maximum(drift, -0.02), 0.001, 0.99)
        frame = pl.DataFrame(
            {
                "person_id": np.arange(1, people + 1, dtype=np.int32),
                "index_date": [day] * people,
                "model": [model] * people,
                "model_version": ["1"] * people,
                "risk": risk,
                "practice": np.arange(people) % practices,
            }
        )
        share = pl.col("risk").rank("ordinal", descending=True) / people
        frames.append(
            frame.with_columns(
                ((pl.col("risk").rank("average") / pl.len()).over("practice") * 100).alias("percentile"),
                pl.when(share <= 0.005)
                .then(pl.lit("very high"))
                .when(share <= 0.05)
                .then(pl.lit("high"))
                .when(share <= 0.2)
                .then(pl.lit("moderate"))
                .otherwise(pl.lit("low"))
                .alias("band"),
            ).drop("practice")
        )
    folder = workspace.store / "scores" / f"index_date={day}"
    folder.mkdir(parents=True, exist_ok=True)
    pl.concat(frames).sort("person_id", "model").write_parquet(folder / "part.parquet")


def write_intake(
    workspace: Workspace, tables: Mapping[str, Sequence[Mapping[str, object]]], as_of: date, *, number: int = 1
) -> None:
    """Write one delivery of these rows to the intake store, as if a drop of that day had been taken."""
    held = {}
    for name, rows in tables.items():
        columns = stored_columns(TABLES[name])
        frame = pl.DataFrame(
            [{column: row.get(column) for column in columns} | {"delivery": number} for row in rows],
            schema={column: _POLARS[kind] for column, kind in columns.items()},
        )
        path = table_file(workspace, name, number)
        path.parent.mkdir(parents=True, exist_ok=True)
        frame.write_parquet(path)
        last = (as_of - timedelta(days=1)).isoformat()
        held[name] = HeldTable(len(frame), f"{name}-{number}", None, "2010-01-01", last)
    write_catalogue(workspace, Catalogue((Delivery(number, as_of.isoformat(), None, False, held),)))


def write_vault(workspace: Workspace, people: Mapping[int, Mapping[str, str | None]]) -> None:
    """Write the identity vault: by person id an ``identifier`` (10 digits), and names where a test cares."""
    columns = ("identifier", "family_name", "given_name", "usual_gp", "needs")
    rows = [{"person_id": n} | {name: who.get(name) for name in columns} for n, who in people.items()]
    schema = {"person_id": pl.Int32} | dict.fromkeys(columns, pl.String)
    workspace.vault.mkdir(parents=True, exist_ok=True)
    pl.DataFrame(rows, schema=schema).write_parquet(workspace.vault / "identity-000001.parquet")
    catalogue = read_catalogue(workspace)
    last = replace(catalogue.deliveries[-1], identity_file="identity-000001.parquet")
    write_catalogue(workspace, replace(catalogue, deliveries=(*catalogue.deliveries[:-1], last)))
    record_key(workspace, workspace.key())


@cache
def _template(people: int, index_dates: tuple[date, ...]) -> tuple[tempfile.TemporaryDirectory[str], Path]:
    folder = tempfile.TemporaryDirectory(prefix="riskstrat-made-")
    workspace = write_worklist_store(Path(folder.name) / "made", people=people, index_dates=index_dates)
    for day in index_dates:
        evaluate(workspace, day)
    return folder, workspace.root


def copy_store(root: Path, *, people: int = 900, index_dates: Sequence[date] = (INDEX,)) -> Workspace:
    """Return a copy of a made store with its rules already evaluated; it is made once for a test run."""
    shutil.copytree(_template(people, tuple(index_dates))[1], root, dirs_exist_ok=True)
    return Workspace(root)
