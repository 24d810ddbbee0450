"""Medicines prescribed in general practice."""

from datetime import date, timedelta
from typing import Any

from naive.person import Person
from naive.seeds import codes, seed

SOURCES = ("gp_prescription",)
SUBSTANCE, PARAGRAPH = 9, 6
ANY_IN_A_YEAR = (
    *("opioids", "nsaids_oral", "anticoagulants", "antiplatelets", "antipsychotics", "antidepressants"),
    *("benzodiazepines_zdrugs", "gabapentinoids", "insulin", "diuretics_loop", "oral_corticosteroids"),
    *("inhaled_bronchodilators", "anti_dementia", "antiepileptics", "parkinsonism_medicines"),
    *("inhaled_corticosteroids", "oral_nutrition", "cardiac_glycosides", "sacubitril_valsartan"),
)


def medicines(person: Person) -> dict[str, Any]:
    """Return the family's columns for one person."""
    quarter, year = issued(person, 0, 90), issued(person, 0, 365)
    counted, counted_quarter = only_medicines(year), only_medicines(quarter)
    regular = sum(is_measured("regular", code) for code in counted_quarter)
    nsaid, antiplatelet = has(quarter, "nsaids_oral"), has(quarter, "antiplatelets")
    is_unprotected = not has(quarter, "proton_pump_inhibitors")
    return {
        "medicines_90d": len(counted_quarter),
        "medicines_365d": len(counted),
        "bnf_paragraphs_365d": len({code[:PARAGRAPH] for code in counted}),
        "error_prone_medicines_365d": count(counted, "error_prone"),
        "dependence_forming_medicines_365d": count(counted, "dependence_forming"),
        "antibacterials_365d": count(counted, "antibacterials"),
        **{f"{group}_365d": int(has(year, group)) for group in ANY_IN_A_YEAR},
        "medicines_started": len(counted_quarter - issued(person, 90, 455)),
        "days_since_prescription": days_since_prescription(person),
        "polypharmacy_5_90d": int(regular >= 5),
        "polypharmacy_10_90d": int(regular >= 10),
        "anticholinergic_burden_90d": sum(burden(code) for code in quarter),
        "falls_risk_medicines_90d": sum(is_measured("falls_risk", code) for code in counted_quarter),
        "nsaids_oral_90d": int(nsaid),
        "nsaid_with_anticoagulant_90d": int(nsaid and has(quarter, "anticoagulants")),
        "nsaid_without_gastroprotection_90d": int(nsaid and is_unprotected),
        "nsaid_renin_diuretic_90d": int(nsaid and has(quarter, "renin_angiotensin") and has(quarter, "diuretics")),
        "antiplatelet_without_gastroprotection_90d": int(antiplatelet and is_unprotected),
        "anticoagulant_with_antiplatelet_90d": int(antiplatelet and has(quarter, "anticoagulants")),
        "opioid_with_benzodiazepine_90d": int(has(quarter, "opioids") and has(quarter, "benzodiazepines_zdrugs")),
    }


def issued(person: Person, since: int, until: int) -> set[str]:
    """Return the substances (or shorter codes) issued up to ``until`` days before and not in the last ``since``."""
    return {code for day, code in prescriptions(person) if since_until(person, day, since, until)}


def since_until(person: Person, day: date, since: int, until: int) -> bool:
    """Whether a day lies up to ``until`` days before the index date and not in the last ``since``."""
    return person.index_date - timedelta(days=until) <= day < person.index_date - timedelta(days=since)


def prescriptions(person: Person) -> list[tuple[date, str]]:
    """Return the day and substance (the first nine characters, or a shorter code) of what is known to be issued."""
    rows = person.known("gp_prescription")
    return [(row["issue_date"], row["bnf_code"].strip().upper()[:SUBSTANCE]) for row in rows if row["bnf_code"]]


def only_medicines(found: set[str]) -> set[str]:
    """Return the substances that are medicines."""
    return {code for code in found if is_medicine(code)}


def is_medicine(code: str) -> bool:
    """Whether a code names a chemical substance of a chapter that is a medicine's."""
    return len(code) == SUBSTANCE and not code.startswith(tuple(codes("not_a_medicine")))


def is_of_group(code: str, group: str) -> bool:
    """Whether a code begins like one of the lists of a group."""
    lists = [line["list_id"] for line in seed("medicine_group") if line["medicine_group"] == group]
    if not lists:
        raise KeyError(f"no group {group}")
    return any(code.startswith(tuple(codes(list_id))) for list_id in lists)


def has(found: set[str], group: str) -> bool:
    """Whether any code issued is of a group, short codes included."""
    return any(is_of_group(code, group) for code in found)


def count(found: set[str], group: str) -> int:
    """How many of the substances are of a group."""
    return sum(is_of_group(code, group) for code in found)


def is_measured(measure: str, code: str) -> bool:
    """Whether a prescribing measure counts a substance: one of its prefixes does, and none says not to."""
    lines = [
        line for line in seed("prescribing_measure") if line["measure"] == measure and code.startswith(line["code"])
    ]
    return bool(lines) and all(line["is_counted"] == "true" for line in lines)


def burden(code: str) -> int:
    """Return the anticholinergic score of a substance, 0 if it has none."""
    return sum(int(line["score"]) for line in seed("anticholinergic_burden") if line["code"] == code)


def days_since_prescription(person: Person) -> int | None:
    """Return days since the last day in 730 on which a medicine is known to have been issued."""
    return person.days_since(
        [day for day, code in prescriptions(person) if is_medicine(code) and person.is_within(day, 730)]
    )
