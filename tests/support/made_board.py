"""A made store with what the population room reads: practices in networks and places, opt-outs, and scores.

``write_board`` adds to ``write_store`` the tables of intake and the scores, so that reports can be made without a drop.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl

from riskstrat.contract import TABLES
from riskstrat.intake.catalogue import Catalogue, Delivery, HeldTable, table_file, write_catalogue
from riskstrat.intake.expose import stored_columns
from riskstrat.modelling.explanation.factors import read_factors
from riskstrat.project import Workspace
from support.snapshots import write_store

SETTINGS = """[board]
name = "Made Board"
demonstration = true
"""


def write_board(
    root: Path,
    *,
    people: int = 3000,
    practices: int = 6,
    per_network: int = 2,
    index_dates: Sequence[date] = (date(2026, 11, 1),),
    scored: Sequence[date] = (date(2026, 11, 1),),
    contributed: Sequence[date] = (),
    opted_out: Sequence[int] = (),
    has_records: bool = False,
    seed: int = 1,
) -> Workspace:
    """Write a workspace with snapshots, ``per_network`` practices to a network, two networks to a place, and scores.

    With ``has_records`` practices' records are among what was delivered, so that what needs them is counted.
    ``contributed`` are the index dates at which the store holds contributions to those scores, made up.
    """
    root.mkdir(parents=True, exist_ok=True)
    (root / "riskstrat.toml").write_text(SETTINGS, encoding="utf-8")
    workspace = write_store(root, people=people, index_dates=index_dates, practices=practices, seed=seed)
    tables = {
        "practice": [
            {
                "practice_code": f"Z{1 + n:05}",
                "practice_name": f"Practice {chr(65 + n % 26)}{n // 26 or ''}",
                "pcn_code": f"U{n // per_network:05}",
                "pcn_name": f"Network {n // per_network + 1}",
                "place_code": f"P{n // (2 * per_network)}",
                "place_name": f"Place {n // (2 * per_network) + 1}",
                "icb_code": "QZZ",
                "icb_name": "Made Board",
            }
            for n in range(practices)
        ],
        "opt_out": [{"person_id": person, "kind": "national", "start_date": date(2020, 1, 1)} for person in opted_out],
    }
    tables |= _lives(workspace, max(index_dates), seed)
    if has_records:
        days = (
            date(2015, 1, 1),
            max(index_dates) - timedelta(days=1),
        )  # feeds are as long as their first and last rows
        tables["gp_event"] = [{"person_id": 1, "event_date": day, "snomed_code": "138875005"} for day in days]
    _deliver(workspace, {name: rows for name, rows in tables.items() if rows})
    for day in scored:
        _score(workspace, day, seed)
    for day in contributed:
        _contribute(workspace, day, seed)
    return workspace


def equity_group(
    dimension: str,
    value: str,
    met: int,
    listed: int,
    *,
    need: float | None = 0.2,
    is_pushed_down: bool = False,
) -> dict[str, object]:
    """Return one row of ``store/worklist_equity``, as far as the report reads it."""
    return {
        "dimension": dimension,
        "value": value,
        "adults": max(50, met),
        "met_a_rule": met,
        "listed": listed,
        "share_of_need": need,
        "is_pushed_down": is_pushed_down,
    }


def write_equity(workspace: Workspace, day: date, groups: Sequence[dict[str, object]]) -> None:
    """Write ``store/worklist_equity`` as the worklists room leaves it."""
    path = workspace.part("worklist_equity", day)
    path.parent.mkdir(parents=True, exist_ok=True)
    pl.DataFrame(groups).write_parquet(path)


def _lives(workspace: Workspace, last: date, seed: int) -> dict[str, list[dict[str, object]]]:
    """Return who the people of the last snapshot are, their registrations, and emergency admissions of three years.

    Older people are admitted more, and more of them for a fall with a broken hip; practices differ by chance only.
    """
    snapshot = pl.read_parquet(workspace.part("features", last)).select("person_id", "practice_code", "age", "sex")
    random = np.random.default_rng([seed, 11])
    lives: dict[str, list[dict[str, object]]] = {"person": [], "registration": [], "apc_episode": []}
    for person, practice, age, sex in snapshot.iter_rows():
        born = date(last.year - age - 1, 12, 31)
        lives["person"].append({"person_id": person, "birth_date": born, "sex": sex})
        lives["registration"].append({"person_id": person, "practice_code": practice, "start_date": born})
        for number in range(random.poisson(0.3 + age / 100)):
            day = last - timedelta(days=int(random.integers(43, 1095)))
            is_fall = age >= 65 and random.random() < 0.3
            lives["apc_episode"].append(
                {
                    "person_id": person,
                    "provider_code": "RAA",
                    "spell_id": f"{person}-{number}",
                    "episode_number": 1,
                    "admission_date": day,
                    "admission_method": "21",
                    "patient_class": "1",
                    "episode_start_date": day,
                    "episode_end_date": day,
                    "discharge_date": day,
                    "diagnosis_01": "S720" if is_fall else ("J440", "I500", "R074")[number % 3],
                    "diagnosis_02": "W190" if is_fall else None,
                    "available_date": min(last, day + timedelta(days=42)) - timedelta(days=1),
                }
            )
    return lives


def _deliver(workspace: Workspace, tables: dict[str, list[dict[str, object]]]) -> None:
    for name, rows in tables.items():
        columns = stored_columns(TABLES[name])
        kinds = {
            "VARCHAR": pl.String,
            "DATE": pl.Date,
            "INTEGER": pl.Int32,
            "BOOLEAN": pl.Boolean,
            "DOUBLE": pl.Float64,
        }
        schema = {column: kinds[kind] for column, kind in columns.items()}
        path = table_file(workspace, name, 1)
        path.parent.mkdir(parents=True, exist_ok=True)
        full = [{column: row.get(column) for column in columns} | {"delivery": 1} for row in rows]
        pl.DataFrame(full, schema=schema, orient="row").write_parquet(path)
    held = {name: HeldTable(rows=len(rows), fingerprint=name) for name, rows in tables.items()}
    write_catalogue(workspace, Catalogue((Delivery(1, "2026-10-31", None, False, held),)))


def _score(workspace: Workspace, index_date: date, seed: int) -> None:
    snapshot = pl.read_parquet(workspace.store / "features" / f"index_date={index_date}" / "part.parquet")
    adults = snapshot.filter(pl.col("age") >= 18).select("person_id", "index_date")
    risk = np.random.default_rng([seed, index_date.toordinal()]).random(len(adults)) ** 4
    place = (-risk).argsort().argsort() / len(adults)
    frame = adults.with_columns(
        model=pl.lit("emergency_admission_12m"),
        model_version=pl.lit("1"),
        risk=pl.Series(risk),
        percentile=pl.Series(100 * (1 - place)),
        band=pl.Series(
            ["very high" if p < 0.005 else "high" if p < 0.05 else "moderate" if p < 0.2 else "low" for p in place]
        ),
    )
    path = workspace.store / "scores" / f"index_date={index_date}" / "part.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    frame.write_parquet(path)


def _contribute(workspace: Workspace, index_date: date, seed: int) -> None:
    """Write contributions to two models that follow the snapshot, and of factors that may not be printed large ones."""
    snapshot = pl.read_parquet(workspace.part("features", index_date)).filter(pl.col("age") >= 18)
    noise = np.random.default_rng([seed, 7]).normal(0, 0.1, (len(snapshot), 3))
    admissions = 0.6 * pl.col("emergency_admissions_365d").fill_null(0)
    practice = pl.col("practice_code").str.tail(1).cast(pl.Int32)
    made = snapshot.select(
        "person_id",
        "index_date",
        model=pl.lit("emergency_admission_12m"),
        model_version=pl.lit("1"),
        base=pl.lit(-2.0, pl.Float32),
        age=(pl.col("age") - 50) / 40,
        emergency_admissions=admissions + pl.Series(noise[:, 0]),
        long_term_conditions=(pl.col("long_term_conditions") - 1) / 5 + pl.Series(noise[:, 1]),
        medicines=pl.Series(noise[:, 2]) + (practice - 3) / 10,
        egfr=-(pl.col("age") - 50) / 50,
        alcohol=5.0 + practice,
        dementia=3.0 * pl.col("has_dementia"),
    )
    later = made.with_columns(model=pl.lit("emergency_admission_30d"), base=pl.lit(-4.0, pl.Float32))
    path = workspace.part("contributions", index_date)
    path.parent.mkdir(parents=True, exist_ok=True)
    floats = pl.exclude("person_id", "index_date", "model", "model_version").cast(pl.Float32)
    _with_all_factors(pl.concat([made, later]).with_columns(floats)).write_parquet(path)


def _with_all_factors(made: pl.DataFrame) -> pl.DataFrame:
    """Return the table with a null column for every factor that the made models do not read."""
    others = [factor.id for factor in read_factors().factors if factor.id not in made.columns]
    return made.with_columns(pl.lit(None, pl.Float32).alias(name) for name in others)
