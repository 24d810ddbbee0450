# ruff: noqa: E501  (rows as SQL)
"""People for the benchmark of the feature store, written straight into a workspace as intake would leave them.

About a hundred rows a person in fourteen tables: catalogue, columns, types, order (person, then event date) and Parquet
settings are those of intake; the rows are drawn from the code lists of ``sql/seeds`` by a hash, so that the same number
of people is the same rows everywhere. Kinder than life in this: person ids are dense, a person's events lie evenly over
seven years, or over the last year and a half, and every optional detail is sent. As in life: a third of coded events are
on no list, one row in fifty arrives months late, one in a hundred does not say when, and a few people have most rows.
"""

from dataclasses import dataclass

from riskstrat.contract import TABLES
from riskstrat.features.layers import register_seeds
from riskstrat.intake.catalogue import Catalogue, Delivery, HeldTable, table_file, write_catalogue
from riskstrat.intake.expose import expose, stored_columns, write_volume
from riskstrat.project import Workspace
from riskstrat.warehouse import Warehouse, quoted

FIRST, LAST = "2019-11-01", "2026-10-31"
PERIOD_DAYS = 2556
"""Days from the first to the last, both counted."""
SPATE_DAYS = 500
"""A quarter of people have all their rows of a table within this many days before the last."""


@dataclass(frozen=True)
class Events:
    """Rows of one table: their average number per person, the column of their day, and the other columns as SQL.

    The SQL may use ``person_id``, ``nth`` (which of the person's rows it is, from 0), ``rows_of_person``, ``day``, and
    the random numbers from 0 to 1 ``u1``, ``u2``, ``u3``.
    """

    mean: float
    day: str
    columns: dict[str, str]


def _pick(table: str, chance: str) -> str:
    return f"list_element((SELECT codes FROM made.{table}), 1 + CAST(FLOOR({chance} * (SELECT n FROM made.{table})) AS INTEGER))"


def _own(steps: int, salt: int) -> str:
    """Return one of a few random numbers that are the person's own, so that codes and medicines come again."""
    return f"((hash(person_id * {steps} + CAST(FLOOR(u2 * u2 * {steps}) AS INTEGER), {salt}) % 1000003) / 1000003.0)"


_DIAGNOSES = {
    f"diagnosis_{n:02}": f"CASE WHEN u2 > {share} THEN {_pick('icd10', _own(40, n))} END"
    for n, share in enumerate((-1.0, 0.1, 0.3, 0.5, 0.65, 0.8, 0.9), start=1)
}
_OF = {
    "gp_event": Events(
        52,
        "event_date",
        {
            "snomed_code": "CASE WHEN u1 < 0.4 THEN measure.code WHEN u1 < 0.65 "
            f"THEN {_pick('listed', f'POWER({_own(12, 1)}, 2)')} ELSE CAST(910000000 + CAST(FLOOR(u2 * u3 * 8000) AS BIGINT) AS VARCHAR) END",
            "value": "CASE WHEN u1 < 0.4 THEN ROUND(measure.minimum + (measure.maximum - measure.minimum) * (0.1 + 0.5 * u3), 1) END",
            "unit": "CASE WHEN u1 < 0.4 THEN measure.unit END",
        },
    ),
    "gp_prescription": Events(
        30,
        "issue_date",
        {
            "bnf_code": f"CASE WHEN u1 < 0.99 THEN {_pick('medicine', _own(14, 2))} END",
            "dmd_code": "CASE WHEN u1 >= 0.98 THEN '319740004' END",
            "quantity": "CAST(CASE WHEN u3 < 0.6 THEN 28 ELSE 56 END AS DOUBLE)",
        },
    ),
    "gp_appointment": Events(
        11,
        "appointment_date",
        {
            "status": "CASE WHEN u1 < 0.88 THEN 'attended' WHEN u1 < 0.94 THEN 'did_not_attend' ELSE 'cancelled' END",
            "mode": "CASE WHEN u2 < 0.6 THEN 'face_to_face' WHEN u2 < 0.95 THEN 'telephone' ELSE 'home_visit' END",
            "staff_role": "CASE WHEN u3 < 0.5 THEN 'gp' WHEN u3 < 0.8 THEN 'nurse' ELSE 'other' END",
        },
    ),
    "apc_episode": Events(
        0.5,
        "admission_date",
        {
            "provider_code": "CASE WHEN u3 < 0.5 THEN 'RAA' ELSE 'RBB' END",
            "spell_id": "CAST(nth AS VARCHAR)",
            "episode_number": "1",
            "admission_method": "CASE WHEN u1 < 0.45 THEN '21' WHEN u1 < 0.5 THEN '2A' WHEN u1 < 0.52 THEN '81' "
            "WHEN u1 < 0.85 THEN '11' WHEN u1 < 0.93 THEN '13' WHEN u1 < 0.97 THEN '31' ELSE '22' END",
            "admission_source": "'19'",
            "patient_class": "CASE WHEN u1 < 0.55 OR u2 < 0.3 THEN '1' WHEN u2 < 0.9 THEN '2' ELSE '3' END",
            "episode_start_date": "day",
            "episode_end_date": "CASE WHEN u2 < 0.99 THEN day + CAST(FLOOR(u3 * u3 * 20) AS INTEGER) END",
            "discharge_date": "CASE WHEN u2 < 0.99 THEN day + CAST(FLOOR(u3 * u3 * 20) AS INTEGER) END",
            "discharge_method": "CASE WHEN u2 < 0.03 THEN '4' ELSE '1' END",
            "discharge_destination": "CASE WHEN u3 < 0.9 THEN '19' ELSE '54' END",
            "treatment_function_code": "CASE WHEN u3 < 0.5 THEN '300' WHEN u3 < 0.8 THEN '430' ELSE '110' END",
            **_DIAGNOSES,
            "procedure_01": "CASE WHEN u2 > 0.7 THEN 'K401' END",
            "cost": "ROUND(400 + 4000 * u3)",
        },
    ),
    "admission_notice": Events(
        0.4,
        "admitted_on",
        {"discharged_on": "day + CAST(FLOOR(u3 * u3 * 20) AS INTEGER)", "provider_code": "'RAA'", "method": "'21'"},
    ),
    "ecds_attendance": Events(
        0.9,
        "arrival_date",
        {
            "attendance_id": "CONCAT('A', person_id, '-', nth)",
            "department_type": "CASE WHEN u1 < 0.7 THEN '01' WHEN u1 < 0.9 THEN '03' ELSE '05' END",
            "attendance_category": "CASE WHEN u2 < 0.9 THEN '1' ELSE '4' END",
            "arrival_mode": "CASE WHEN u3 < 0.3 THEN '1' ELSE '2' END",
            "acuity": "CAST(1 + CAST(FLOOR(u2 * 5) AS INTEGER) AS VARCHAR)",
            "chief_complaint": "CASE WHEN u3 < 0.07 THEN '1912002' ELSE '29857009' END",
            "discharge_status": "CASE WHEN u1 < 0.95 THEN '182992009' ELSE '1066301000000103' END",
            "cost": "ROUND(80 + 300 * u3)",
        },
    ),
    "outpatient_appointment": Events(
        2.8,
        "appointment_date",
        {
            "attendance_status": "CASE WHEN u1 < 0.8 THEN '5' WHEN u1 < 0.85 THEN '6' WHEN u1 < 0.93 THEN '3' ELSE '2' END",
            "treatment_function_code": "CASE WHEN u2 < 0.3 THEN '320' WHEN u2 < 0.6 THEN '110' ELSE '430' END",
            "first_attendance": "CASE WHEN u3 < 0.3 THEN '1' ELSE '2' END",
            "cost": "ROUND(60 + 200 * u3)",
        },
    ),
    "community_contact": Events(
        1.2,
        "contact_date",
        {
            "service_type": "CASE WHEN u1 < 0.6 THEN 'district_nursing' WHEN u1 < 0.8 THEN 'physiotherapy' "
            "ELSE 'urgent_community_response' END",
            "referral_id": "CAST(nth AS VARCHAR)",
            "attendance_status": "CASE WHEN u2 < 0.9 THEN '5' ELSE '3' END",
            "medium": "'01'",
            "duration_minutes": "ROUND(15 + 45 * u3)",
        },
    ),
    "mental_health_contact": Events(
        0.3,
        "contact_date",
        {"service_type": "'adult'", "attendance_status": "CASE WHEN u2 < 0.85 THEN '5' ELSE '3' END"},
    ),
    "urgent_call": Events(
        0.7,
        "call_date",
        {
            "source": "CASE WHEN u1 < 0.7 THEN '111' ELSE '999' END",
            "disposition": "CASE WHEN u2 < 0.5 THEN 'ambulance' ELSE 'primary_care' END",
            "conveyed": "u1 >= 0.8",
        },
    ),
    "social_care_service": Events(
        0.1,
        "start_date",
        {
            "service_type": "CASE WHEN u1 < 0.3 THEN 'home_care' WHEN u1 < 0.4 THEN 'residential_care' WHEN u1 < 0.45 "
            "THEN 'nursing_care' WHEN u1 < 0.6 THEN 'reablement' WHEN u1 < 0.7 THEN 'day_care' ELSE 'assessment' END",
            "end_date": "CASE WHEN u2 < 0.6 THEN day + CAST(FLOOR(u3 * 400) AS INTEGER) END",
            "long_term": "u1 < 0.45",
        },
    ),
    "programme": Events(
        0.05,
        "start_date",
        {
            "programme": "CASE WHEN u1 < 0.6 THEN 'case_management' WHEN u1 < 0.9 THEN 'end_of_life_register' "
            "ELSE 'virtual_ward' END",
            "end_date": "CASE WHEN u2 < 0.6 THEN day + CAST(FLOOR(u3 * 300) AS INTEGER) END",
        },
    ),
}
_ONE_EACH = {
    "person": """
        SELECT
            person_id,
            DATE '1922-01-01' + CAST(FLOOR(38000 * POWER(u1, 0.8)) AS INTEGER) AS birth_date,
            CASE WHEN u2 < 0.5 THEN '1' ELSE '2' END AS sex,
            CASE WHEN u3 < 0.8 THEN 'A' ELSE 'H' END AS ethnic_category,
            CONCAT('E0100', CAST(CAST(FLOOR(u3 * 9000) AS INTEGER) AS VARCHAR)) AS lsoa_code,
            1 + CAST(FLOOR(u2 * 10) AS INTEGER) AS imd_decile,
            CASE WHEN u3 < 0.03 THEN DATE '2024-01-01' + CAST(FLOOR(u2 * 1000) AS INTEGER) END AS death_date,
            FALSE AS restricted,
            DATE '2019-01-01' AS available_date
        FROM made.person""",
    "registration": """
        SELECT
            person_id,
            CONCAT('Z', LPAD(CAST(1 + CAST(FLOOR(u2 * 100) AS INTEGER) AS VARCHAR), 5, '0')) AS practice_code,
            DATE '2000-01-01' + CAST(FLOOR(u1 * 7000) AS INTEGER) AS start_date,
            CASE WHEN u3 > 0.9 THEN DATE '2022-01-01' + CAST(FLOOR(u1 * 1500) AS INTEGER) END AS end_date,
            'regular' AS registration_type,
            DATE '2019-01-01' AS available_date
        FROM made.person
        UNION ALL
        SELECT
            person_id, 'Z00001', DATE '2022-01-01' + CAST(FLOOR(u1 * 1500) AS INTEGER) + 5, NULL, 'regular',
            DATE '2022-01-01' + CAST(FLOOR(u1 * 1500) AS INTEGER) + 9
        FROM made.person WHERE u3 > 0.92
        ORDER BY person_id, start_date""",
    "opt_out": """
        SELECT person_id, 'type_1' AS kind, DATE '2023-01-01' AS start_date, DATE '2023-01-02' AS available_date
        FROM made.person WHERE u1 < 0.02""",
    "practice": """
        SELECT
            CONCAT('Z', LPAD(CAST(n AS VARCHAR), 5, '0')) AS practice_code, CONCAT('Practice ', n) AS practice_name,
            DATE '2019-01-01' AS available_date
        FROM range(1, 101) AS numbers (n)""",
}


def write_people(workspace: Workspace, people: int) -> int:
    """Write the intake of that many people into a workspace that has none; return the number of rows."""
    held = {}
    with Warehouse.of(workspace) as warehouse:
        _make_people(warehouse, people)
        for name in sorted(TABLES):
            sql = _rows_sql(name)
            if sql is None:
                continue
            stored = stored_columns(TABLES[name])
            made = set(warehouse_columns(warehouse, sql))
            listed = ", ".join(
                f"CAST({quoted(column) if column in made else 'NULL'} AS {kind}) AS {quoted(column)}"
                for column, kind in stored.items()
                if column != "delivery"
            )
            rows = warehouse.write_parquet(
                f"SELECT {listed}, CAST(1 AS INTEGER) AS delivery FROM ({sql})", table_file(workspace, name, 1)
            )
            held[name] = HeldTable(rows, f"{name} of {people} made people", (FIRST, LAST), FIRST, LAST)
        write_catalogue(workspace, Catalogue((Delivery(1, LAST, None, True, held),)))
        expose(warehouse, workspace)
        write_volume(warehouse, workspace, 1)
    return sum(table.rows for table in held.values())


def warehouse_columns(warehouse: Warehouse, sql: str) -> list[str]:
    """Return the column names of a SELECT."""
    return [str(row[0]) for row in warehouse.rows(f"DESCRIBE {sql}")]


def _make_people(warehouse: Warehouse, people: int) -> None:
    register_seeds(warehouse)
    draws = ", ".join(f"(hash(person_id, {n}) % 1000003) / 1000003.0 AS u{n}" for n in (1, 2, 3))
    warehouse.make_table(
        "made.person",
        f"SELECT person_id, {draws}, EXP(1.1 * ((hash(person_id, 4) % 1000) + (hash(person_id, 5) % 1000) "
        "+ (hash(person_id, 6) % 1000)) / 500.0 - 3.3) / 1.8 AS need "
        f"FROM (SELECT CAST(n AS INTEGER) AS person_id FROM range(1, {people} + 1) AS numbers (n))",
    )
    lists = {
        "listed": "SELECT l.code FROM seeds.code_list AS l WHERE l.system = 'snomed_ct' AND l.list_id NOT IN "
        "(SELECT list_id FROM seeds.measurement)",
        "icd10": "SELECT l.code FROM seeds.code_list AS l WHERE l.system = 'icd10' UNION ALL SELECT icd10 FROM seeds.hfrs_weight",
        "medicine": "SELECT CONCAT(RPAD(l.code, 7, '0'), CHR(CAST(65 + v AS INTEGER)), '0AAAAAA') AS code "
        "FROM seeds.code_list AS l CROSS JOIN range(0, 4) AS variants (v) WHERE l.system = 'bnf' AND LENGTH(l.code) <= 7 "
        "UNION ALL SELECT RPAD(l.code, 15, 'A') FROM seeds.code_list AS l WHERE l.system = 'bnf' AND LENGTH(l.code) > 7",
    }
    for name, sql in lists.items():
        codes = f"SELECT DISTINCT code FROM ({sql})"
        warehouse.make_table(f"made.{name}", f"SELECT LIST(code ORDER BY code) AS codes, COUNT(*) AS n FROM ({codes})")
    warehouse.make_table(
        "made.measured",
        "SELECT LIST(m ORDER BY m.code) AS codes, COUNT(*) AS n FROM (SELECT DISTINCT l.code, m.minimum, m.maximum, m.unit "
        "FROM seeds.code_list AS l INNER JOIN seeds.measurement AS m ON m.list_id = l.list_id WHERE l.system = 'snomed_ct') AS m",
    )


def _rows_sql(name: str) -> str | None:
    if name in _ONE_EACH:
        return _ONE_EACH[name]
    events = _OF.get(name)
    if events is None:
        return None
    salt = sorted(_OF).index(name) * 10
    draws = ", ".join(f"(hash(person_id, nth, {salt + n}) % 1000003) / 1000003.0 AS u{n}" for n in (1, 2, 3))
    columns = ", ".join(f"{sql} AS {quoted(column)}" for column, sql in events.columns.items())
    measure = f", {_pick('measured', 'u2')} AS measure" if name == "gp_event" else ""
    return f"""
        WITH counted AS (
            SELECT person_id, CAST(FLOOR({events.mean} * need + (hash(person_id, {salt}) % 1000) / 1000.0) AS INTEGER) AS rows_of_person
            FROM made.person
        ),
        numbered AS (SELECT person_id, rows_of_person, UNNEST(range(rows_of_person)) AS nth FROM counted),
        drawn AS (SELECT *, {draws} FROM numbered),
        placed AS (
            SELECT *, CASE WHEN hash(person_id, {salt + 9}) % 4 = 0 THEN {SPATE_DAYS} ELSE {PERIOD_DAYS} END AS days FROM drawn
        ),
        dated AS (
            SELECT
                *,
                DATE '{LAST}' - CAST(days - 1 - FLOOR(days * (nth + u3) / rows_of_person) AS INTEGER) AS day{measure}
            FROM placed
        )
        SELECT
            person_id, day AS {quoted(events.day)}, {columns},
            CASE
                WHEN u2 < 0.97 THEN day + {TABLES[name].lag_days} - CAST(FLOOR(u1 * {max(TABLES[name].lag_days, 1)}) AS INTEGER)
                WHEN u2 < 0.99 THEN day + 60 + CAST(FLOOR(u1 * 140) AS INTEGER)
            END AS available_date
        FROM dated"""
