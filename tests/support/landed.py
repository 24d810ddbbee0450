"""Landed data for worked examples: a few drawn rows become full ``intake.*`` tables, the rest filled with the ordinary.

Column names may be short (``SHORT``). People are letters; a person that any table mentions is filled in as a woman born
on 1950-01-01, registered at practice P1 since 2000-01-01, unless ``persons`` or ``registrations`` say otherwise. Every
source is present, begins in 1990 and ends the day before the index date, with the contract's lag, unless ``sources``
says otherwise.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import polars as pl

from riskstrat.contract import TABLES, Column
from riskstrat.intake.expose import volume_statement
from riskstrat.warehouse import Warehouse
from support.tables import rows_of

SHORT: dict[str, tuple[str, dict[str, str]]] = {
    "persons": (
        "person",
        {"born": "birth_date", "died": "death_date", "imd": "imd_decile", "ethnicity": "ethnic_category"},
    ),
    "registrations": (
        "registration",
        {"practice": "practice_code", "from": "start_date", "to": "end_date", "type": "registration_type"},
    ),
    "practices": ("practice", {"practice": "practice_code", "closed": "close_date", "successor": "successor_code"}),
    "opt_outs": ("opt_out", {"from": "start_date", "to": "end_date"}),
    "episodes": (
        "apc_episode",
        {
            "admitted": "admission_date",
            "discharged": "discharge_date",
            "started": "episode_start_date",
            "ended": "episode_end_date",
            "method": "admission_method",
            "class": "patient_class",
            "source": "admission_source",
            "destination": "discharge_destination",
            "provider": "provider_code",
            "spell": "spell_id",
            "episode": "episode_number",
            "main": "diagnosis_01",
            "second": "diagnosis_02",
            "third": "diagnosis_03",
            "procedure": "procedure_01",
        },
    ),
    "notices": (
        "admission_notice",
        {"admitted": "admitted_on", "discharged": "discharged_on", "provider": "provider_code"},
    ),
    "attendances": (
        "ecds_attendance",
        {
            "arrived": "arrival_date",
            "type": "department_type",
            "category": "attendance_category",
            "mode": "arrival_mode",
            "attendance": "attendance_id",
            "complaint": "chief_complaint",
            "diagnosis": "diagnosis_01",
            "status": "discharge_status",
        },
    ),
    "outpatients": (
        "outpatient_appointment",
        {
            "day": "appointment_date",
            "attended": "attendance_status",
            "first": "first_attendance",
            "clinic": "treatment_function_code",
        },
    ),
    "community": (
        "community_contact",
        {"day": "contact_date", "service": "service_type", "attended": "attendance_status"},
    ),
    "mental_health": (
        "mental_health_contact",
        {"day": "contact_date", "service": "service_type", "attended": "attendance_status"},
    ),
    "appointments": ("gp_appointment", {"day": "appointment_date"}),
    "calls": ("urgent_call", {"day": "call_date"}),
    "gp_events": ("gp_event", {"day": "event_date", "code": "snomed_code"}),
    "prescriptions": ("gp_prescription", {"day": "issue_date", "bnf": "bnf_code", "dmd": "dmd_code"}),
    "services": ("social_care_service", {"service": "service_type", "from": "start_date", "to": "end_date"}),
    "programmes": ("programme", {"from": "start_date", "to": "end_date"}),
}
"""Argument of ``feature`` -> landing table and its short column names; ``received`` is the available date in all."""

ORDINARY: dict[str, dict[str, Any]] = {
    "person": {"birth_date": "1950-01-01", "sex": "2", "imd_decile": "5", "ethnic_category": "A"},
    "registration": {"practice_code": "P1", "start_date": "2000-01-01"},
    "practice": {"practice_name": "A practice"},
    "apc_episode": {"provider_code": "RAA", "episode_number": "1", "admission_method": "21", "patient_class": "1"},
    "ecds_attendance": {"department_type": "01", "attendance_category": "1"},
    "outpatient_appointment": {"attendance_status": "5"},
    "community_contact": {"service_type": "district_nursing", "attendance_status": "5"},
    "mental_health_contact": {"service_type": "adult", "attendance_status": "5"},
    "gp_appointment": {"status": "attended"},
    "urgent_call": {"source": "111"},
    "opt_out": {"kind": "type_1", "start_date": "2020-01-01"},
}


def land(warehouse: Warehouse, on: date, drawn: Mapping[str, str], absent: Sequence[str] = ()) -> dict[str, int]:
    """Register ``intake.*`` and ``intake.source`` from drawn tables; return the number of each person's letter."""
    unknown = set(drawn) - set(SHORT) - {"sources"}
    if unknown:
        raise ValueError(f"unknown tables {sorted(unknown)}; there are {sorted(SHORT)} and sources")
    rows = {table: _rows(table, drawn.get(argument, ""), short) for argument, (table, short) in SHORT.items()}
    letters = sorted({str(row["person"]) for held in rows.values() for row in held if row.get("person")})
    numbers = {letter: position for position, letter in enumerate(letters, start=1)}
    for table in ("person", "registration"):
        there = {row["person"] for row in rows[table]}
        rows[table] += [{**ORDINARY[table], "person": letter} for letter in letters if letter not in there]
    there = {row["practice_code"] for row in rows["practice"]}
    named = sorted({str(row["practice_code"]) for row in rows["registration"]} - there)
    rows["practice"] += [{**ORDINARY["practice"], "practice_code": code} for code in named]
    for table, held in rows.items():
        warehouse.register(f"intake.{table}", frame_of(table, held, numbers))
    warehouse.register("intake.source", sources_held(on, drawn.get("sources", ""), absent))
    warehouse.build([volume_statement()])
    return numbers


def sources_held(on: date, drawn: str, absent: Sequence[str] = ()) -> pl.DataFrame:
    """Return ``intake.source``: everything present since 1990 up to the day before ``on``, unless drawn otherwise."""
    said = {str(row["table"]): row for row in rows_of(drawn)}
    held = []
    for table in TABLES.values():
        row = said.get(table.name, {})
        begins = date.fromisoformat(row.get("begins") or "1990-01-01")
        ends = date.fromisoformat(row["ends"]) if row.get("ends") else on - timedelta(days=1)
        lag = int(row.get("lag") or table.lag_days)
        there = table.name not in absent
        held.append((table.name, there, begins if there else None, ends if there else None, lag))
    frame = pl.DataFrame(
        held,
        schema={
            "table_name": pl.String,
            "is_present": pl.Boolean,
            "period_start": pl.Date,
            "period_end": pl.Date,
            "lag_days": pl.Int32,
        },
        orient="row",
    )
    return frame.with_columns(
        data_end=pl.col("period_end").dt.offset_by(pl.format("-{}d", "lag_days")), period_is_stated=pl.lit(True)
    )


def _rows(table: str, drawn: str, short: Mapping[str, str]) -> list[dict[str, Any]]:
    names = {**short, "received": "available_date"}
    known = {column.name for column in TABLES[table].columns} | {"person", "delivery"}
    given = [{names.get(name, name): value for name, value in row.items()} for row in rows_of(drawn)]
    wrong = {name for row in given for name in row} - known
    if wrong:
        raise ValueError(f"{table} has no column {sorted(wrong)}; short names are {sorted(names)}")
    return fill(table, given)


def fill(table: str, rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return rows of text with the ordinary for what they do not say; each episode is a spell of its own by default."""
    filled = []
    for number, row in enumerate(rows, start=1):
        whole = {**ORDINARY.get(table, {}), **row}
        if table == "apc_episode":
            whole.setdefault("spell_id", f"S{number}")
            whole.setdefault("episode_start_date", whole["admission_date"])
        if table == "ecds_attendance":
            whole.setdefault("attendance_id", f"T{number}")
        filled.append(whole)
    return filled


def frame_of(table: str, rows: Sequence[Mapping[str, Any]], numbers: Mapping[str, int]) -> pl.DataFrame:
    """Return rows of text as ``intake.<table>``, typed as the contract says, people by number."""
    columns: dict[str, pl.Series] = {}
    if TABLES[table].is_about_people:
        columns["person_id"] = pl.Series([numbers[row["person"]] for row in rows], dtype=pl.Int32)
    for column in TABLES[table].columns:
        if column.name != "nhs_number":
            columns[column.name] = _typed(column, [row.get(column.name) for row in rows])
    columns["delivery"] = pl.Series([int(row.get("delivery") or 1) for row in rows], dtype=pl.Int32)
    return pl.DataFrame(columns)


def _typed(column: Column, texts: list[str | None]) -> pl.Series:
    read: dict[str, tuple[Any, Any]] = {
        "VARCHAR": (str, pl.String),
        "DATE": (date.fromisoformat, pl.Date),
        "INTEGER": (int, pl.Int32),
        "DOUBLE": (float, pl.Float64),
        "BOOLEAN": (lambda text: text in ("yes", "true"), pl.Boolean),
    }
    parse, kind = read[column.type]
    return pl.Series([None if text is None else parse(text) for text in texts], dtype=kind)
