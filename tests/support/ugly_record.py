"""Ugly rows of the general practice record: codes of every list, values on the edge of every bound, odd units.

A record may be years old and known late; several values stand on one day and arrive on different days.
"""

import random
from collections.abc import Callable
from datetime import date, timedelta
from functools import cache
from typing import Any

from riskstrat.features.codelists import seed_tables

Row = dict[str, Any]
UNRELATED = "162673000"
DAYS_OFTEN = (4, 5, 20, 61, 62, 90, 91, 93, 94, 95, 365, 366, 400, 730, 731, 734, 735, 1095, 1826, 1827)
"""Days before the index date on which much of a record stands, so that things meet on one day, or 90 or 730 apart."""


OF_CARE = (
    *("smoking_current", "housebound", "housebound_ended", "lives_alone", "carer", "end_of_life_register", "fall"),
    *("care_plan_agreed", "structured_medication_review", "medication_review_other", "flu_vaccination"),
    *("frailty_mild", "frailty_moderate", "frailty_severe", "frailty_unspecified", "frailty_assessed_not_frail"),
    *("asthma_review", "copd_review", "diabetes_review", "heart_failure_review", "dementia_review", "anxiety"),
)
"""Lists of circumstances and care processes."""
OF_COURSES = (
    *("laxatives", "analgesics_non_opioid_and_compound", "opioids", "antidepressants", "antidepressants_tricyclic"),
    *("benzodiazepines_zdrugs", "gabapentinoids", "inhaled_steroids", "inhaled_bronchodilators", "antiepileptics"),
)
"""Lists of medicines of which definitions count the issues."""


@cache
def _lists(system: str) -> dict[str, tuple[str, ...]]:
    lists = seed_tables()["seeds.code_list"]
    found: dict[str, list[str]] = {}
    for list_id, kind, code in lists.select("list_id", "system", "code").rows():
        if kind == system:
            found.setdefault(list_id, []).append(code)
    return {list_id: tuple(codes) for list_id, codes in sorted(found.items())}


@cache
def _of_conditions() -> tuple[str, ...]:
    """Lists that make a condition, or end it."""
    conditions = seed_tables()["seeds.condition"]
    named = {*conditions["list_id"], *conditions["resolved_list_id"]}
    return tuple(sorted(list_id for list_id in named if list_id))


@cache
def _measures() -> tuple[tuple[str, tuple[str, ...], tuple[float, ...], tuple[str, ...]], ...]:
    """Each measure's name, codes, values worth trying (at, within and past each bound), and spellings of its unit."""
    seeds = seed_tables()
    spellings: dict[str, list[str]] = {}
    for measure, spelt in seeds["seeds.measurement_unit"].select("measure", "unit_as_sent").rows():
        spellings.setdefault(measure, []).append(spelt)
    edges: dict[str, list[float]] = {}
    rules = [*seeds["seeds.efi_value_rule"].iter_rows(named=True)]
    for rule in [*rules, *seeds["seeds.measurement_range"].iter_rows(named=True)]:
        edges.setdefault(rule["measure"], []).extend(v for v in (rule["below"], rule["above"]) if v is not None)
    made = []
    for line in seeds["seeds.measurement"].iter_rows(named=True):
        low, high = line["minimum"], line["maximum"]
        around = [low, high, (low + high) / 2, (low + high) / 3, *edges.get(line["measure"], [])]
        values = [round(edge + step, 4) for edge in around for step in (0, 0, 0.1, -0.1)]
        if line["measure"] == "haemoglobin":
            values += [300.0, 1140.0, 2.9, 3.0, 11.4, 11.5, 12.9, 13.0, 25.0, 25.1, 29.9]
        made.append(
            (line["measure"], _lists("snomed_ct")[line["list_id"]], tuple(values), tuple(spellings[line["measure"]]))
        )
    return tuple(made)


def recorded(chance: random.Random, *, is_frail: bool = False) -> tuple[str, float | None, str | None]:
    """Return code, value and unit of a coded event, a measurement or something that no list knows.

    The record of somebody frail holds many deficits of the frailty index.
    """
    if is_frail and chance.random() < 0.5:
        lists = [name for name in sorted(_lists("snomed_ct")) if name.startswith(("efi_", "housebound"))]
        return chance.choice(_lists("snomed_ct")[chance.choice(lists)]), None, None
    kind = chance.random()
    if kind < 0.5:
        often = chance.choice((_of_conditions(), OF_CARE))
        name = chance.choice(often if chance.random() < 0.7 else sorted(_lists("snomed_ct")))
        codes = _lists("snomed_ct")[name]
        return chance.choice((codes[0], codes[-1], chance.choice(codes))), chance.choice((None, None, 1.0)), None
    if kind < 0.97:
        _, codes, values, spellings = chance.choice(_measures())
        value = None if chance.random() < 0.05 else chance.choice(values)
        return chance.choice(codes), value, _unit(chance, spellings)
    return UNRELATED, None, None


def _unit(chance: random.Random, spellings: tuple[str, ...]) -> str | None:
    spelt = chance.choice(spellings)
    odd = (None, None, "", " ", "kPa", "mg", spelt.upper(), f" {spelt} ", spelt.replace("/", " / "), spelt.title())
    return spelt if chance.random() < 0.5 else chance.choice(odd)


@cache
def _grouped() -> tuple[str, ...]:
    """BNF lists that groups of medicines are made of."""
    return tuple(sorted(set(seed_tables()["seeds.medicine_group"]["list_id"])))


@cache
def _judged() -> tuple[str, ...]:
    """Codes that prescribing measures and the anticholinergic scores name."""
    seeds = seed_tables()
    return (*seeds["seeds.prescribing_measure"]["code"], *seeds["seeds.anticholinergic_burden"]["code"])


def bnf_code(chance: random.Random) -> str | None:
    """Return a code of any list of the BNF: mostly whole, sometimes short, odd or missing."""
    name = chance.choice(_grouped() if chance.random() < 0.5 else sorted(_lists("bnf")))
    code = chance.choice(_judged() if chance.random() < 0.2 else _lists("bnf")[name])
    substance = code if len(code) == 9 else (code + "0000000")[:8] + chance.choice("0AB")
    code = substance + chance.choice(("AAAAAA", "BBABAB", "AA", ""))
    kind = chance.random()
    if kind < 0.1:
        return substance[: chance.choice((4, 6, 7, 8))]
    if kind < 0.15:
        return chance.choice((code.lower(), f" {code} "))
    return None if kind < 0.2 else code


def code_of(chance: random.Random, list_id: str) -> str:
    """Return a code of a SNOMED CT list."""
    return chance.choice(_lists("snomed_ct")[list_id])


def course(chance: random.Random) -> list[str]:
    """Return the substances of three to five issues out of one list, mostly the same."""
    codes = _lists("bnf")[chance.choice(OF_COURSES)]
    return [(chance.choice(codes) + "0000000")[:8] + chance.choice("00A") for _ in range(chance.randint(3, 5))]


def another_code(chance: random.Random, code: str) -> str:
    """Return a code of the same measure, if it is one of a measure."""
    return next((chance.choice(codes) for _, codes, _, _ in _measures() if code in codes), code)


def age_of_record(chance: random.Random) -> int:
    """Return how many days before the index date something of the record stands: often with others, often long ago."""
    return chance.choice((chance.choice(DAYS_OFTEN), chance.choice(DAYS_OFTEN), chance.randint(-5, 12_000)))


def arrival(chance: random.Random, happened: date, index: date) -> date | None:
    """Return when it became available: at once, within the quarter, around the index date, or not said."""
    soon = happened + timedelta(days=chance.choice((0, 1, 2, 3, 30, 90)))
    lately = max(happened, index - timedelta(days=chance.randint(-10, 700)))
    return chance.choice((None, soon, soon, lately))


def _dated(chance: random.Random, row: Row, column: str, index: date) -> None:
    happened = index - timedelta(days=age_of_record(chance))
    arrived = arrival(chance, happened, index)
    row[column], row["available_date"] = happened.isoformat(), None if arrived is None else arrived.isoformat()


def _gp_event(chance: random.Random, row: Row, index: date) -> None:
    row["snomed_code"], value, row["unit"] = recorded(chance)
    row["value"] = None if value is None else str(value)
    if chance.random() < 0.6:
        _dated(chance, row, "event_date", index)


def _gp_prescription(chance: random.Random, row: Row, index: date) -> None:
    row["bnf_code"] = bnf_code(chance)
    row["dmd_code"] = row.get("dmd_code") if row["bnf_code"] else "319740004"
    if chance.random() < 0.3:
        _dated(chance, row, "issue_date", index)


UGLY: dict[str, Callable[[random.Random, Row, date], None]] = {
    "gp_event": _gp_event,
    "gp_prescription": _gp_prescription,
}
"""What is done to a random row of text of a table to make it one of these."""
