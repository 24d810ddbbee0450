"""Small ugly drops made at random: collisions of keys, versions, late rows, open stays, dates on the very edge."""

import random
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from riskstrat.contract import TABLES, Column
from support.landed import fill
from support.ugly_record import UGLY

INDEX = date(2026, 11, 1)
PEOPLE = tuple(f"person {number:02}" for number in range(24))
Rows = dict[str, list[dict[str, Any]]]

CODES: dict[str, tuple[str, ...]] = {
    "practice_code": ("P1", "P2", "P3"),
    "successor_code": ("P1", "P2", "P3"),
    "registration_type": ("regular", "regular", "temporary"),
    "admission_method": ("21", "2A", "2B", "81", "11", "13", "31", "2C", "28"),
    "patient_class": ("1", "2", "3"),
    "provider_code": ("RAA", "RBB"),
    "spell_id": ("1", "2", "3"),
    "episode_number": ("1", "2", "3"),
    "diagnosis_01": ("I500", "J181", "S720", "F059", "R69X", "J45"),
    "diagnosis_02": ("W19", "A419", "X60", "K70"),
    "procedure_01": ("K401", "W371"),
    "attendance_id": tuple(str(number) for number in range(60)),
    "department_type": ("01", "03", "05"),
    "attendance_category": ("1", "2", "4"),
    "arrival_mode": ("1", "2"),
    "attendance_status": ("5", "6", "3", "7", "2"),
    "first_attendance": ("1", "2", "3"),
    "snomed_code": ("38341003", "44054006", "75367002", "195967001"),
    "bnf_code": ("0205051Q0AAAAAA", "0407020A0AAAAAA", "0403030D0AAAAAA"),
    "dmd_code": ("319740004",),
    "programme": ("case_management", "virtual_ward", "end_of_life_register"),
    "unit": ("mmHg",),
    "ethnic_category": ("A", "H"),
    "service_type": (
        *(
            "district_nursing",
            "Community Nursing",
            "nurse-led therapy",
            "physiotherapy",
            "Occupational therapy/rehabilitation",
        ),
        *("urgent community response", "2-hour_response nursing", "podiatry", "nursingish"),
        *(
            "adult",
            "CRHT",
            "crisis_team",
            "home treatment team",
            "Home-Treatment",
            "Home_treatment/adult",
            "talking therapies",
        ),
    ),
    "mode": (
        *("face_to_face", "Home visit", "home-visit/telephone", "telephone", "Video", "phoned", "e-consultation"),
        *("unknown", "not recorded"),
    ),
    "staff_role": (
        *("GP", "gp_nurse", "Practice Nurse", "doctor", "General-Practitioner", "pharmacist", "nurses", "gpst"),
        *("unknown", "not_known"),
    ),
}
SENTINELS = ("1582-10-15", "1800-01-01", "1801-01-01", "1900-01-01", "9999-12-31")
MORE_ROWS = {"gp_event": 6, "gp_prescription": 4}
"""Tables of which people have many rows, and how many times as many."""
_DATES = {"available_date", "death_date", "end_date", "discharge_date", "episode_end_date", "close_date", "open_date"}


def event_column(table: str) -> str | None:
    """Return the column that says when a row of a table happened; a person happens at birth."""
    return "birth_date" if table == "person" else TABLES[table].event_date


def is_late(table: str, row: dict[str, Any]) -> bool:
    """Return whether a row says that it happened or arrived on or after the index date."""
    dates = [said(row.get("available_date")), said(row.get(event_column(table) or "available_date"))]
    return any(day is not None and day >= INDEX.isoformat() for day in dates)


def said(day: str | None) -> str | None:
    """Return a day as it was said: a sentinel says nothing."""
    return None if day in SENTINELS else day


def ugly_rows(seed: int, tables: tuple[str, ...], most: int, keep: Callable[[str, dict[str, Any]], bool]) -> Rows:
    """Return up to ``most`` rows for each table, those that ``keep`` keeps."""
    chance = random.Random(seed)
    made: Rows = {}
    for table in tables:
        count = chance.randint(most // 2, most) * MORE_ROWS.get(table, 1)
        rows = [_row(chance, table) for _ in range(count)]
        made[table] = [row for row in fill(table, rows) if keep(table, row)]
    return made


def _row(chance: random.Random, table: str) -> dict[str, Any]:
    event = event_column(table)
    happened = _near_index(chance) if table != "person" or chance.random() < 0.1 else _long_ago(chance)
    # Some people have much more than others.
    person = chance.choice(PEOPLE[:6] if chance.random() < 0.3 else PEOPLE)
    row: dict[str, Any] = {"person": person, "delivery": chance.randint(1, 3)}
    for column in TABLES[table].columns:
        if column.name == "nhs_number":
            continue
        value = _value(chance, column, happened)
        if column.name in (event, "episode_start_date"):
            value = happened.isoformat()
        if value is not None or column.name in ("available_date", "patient_class"):
            row[column.name] = value
    if table in UGLY:
        UGLY[table](chance, row, INDEX)
    for column in TABLES[table].columns:
        if column.type == "DATE" and chance.random() < 0.01:
            row[column.name] = chance.choice(SENTINELS)
    return row


def _value(chance: random.Random, column: Column, happened: date) -> str | None:
    if not column.required and chance.random() < {"death_date": 0.95, "end_date": 0.8}.get(column.name, 0.4):
        return None
    if column.type == "DATE":
        longest = 400 if column.name in _DATES - {"available_date"} else 90
        return (happened + timedelta(days=chance.choice([0, 0, 1, 2, 3, chance.randint(0, longest)]))).isoformat()
    if column.name in CODES:
        return chance.choice(column.values or CODES[column.name])
    if column.values:
        return chance.choice(column.values)
    if column.type in ("INTEGER", "DOUBLE"):
        return str(chance.randint(int(column.minimum or 0), int(min(column.maximum or 200, 200))))
    return chance.choice(("yes", "no")) if column.type == "BOOLEAN" else None


def _near_index(chance: random.Random) -> date:
    days = chance.choice([0, 1, 2, 42, 43, 90, 365, 366, chance.randint(-60, 800)])
    return INDEX - timedelta(days=days)


def _long_ago(chance: random.Random) -> date:
    return INDEX - timedelta(days=chance.randint(0, 35_000))
