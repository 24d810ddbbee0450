"""The Cambridge Multimorbidity Score: 20 weighted conditions of records and prescriptions."""

from typing import Any

from naive.conditions import first_record, has_condition
from naive.gp_record import days_coded
from naive.medicines import has, is_of_group, issued, prescriptions
from naive.person import Person
from naive.seeds import codes, seed
from naive.status import years_before

SOURCES = ("gp_event", "gp_prescription")
AS_IN_CONDITIONS = (
    *("alcohol_problems", "af", "ckd", "connective_tissue_disorder", "copd", "chd", "dementia", "diabetes"),
    *("hearing_loss", "heart_failure", "hypertension", "irritable_bowel_syndrome", "smi", "stroke_tia"),
)
OFTEN = 4


def cambridge(person: Person) -> dict[str, Any]:
    """Return the family's columns for one person."""
    has_of_score = conditions_of_score(person)
    weights = {line["condition"]: float(line["weight"]) for line in seed("cambridge_weight")}
    return {
        "painful_condition": int("painful_condition" in has_of_score),
        "treated_constipation": int("treated_constipation" in has_of_score),
        "cambridge_conditions": len(has_of_score),
        "cambridge_score": sum(weights[name] for name in has_of_score),
    }


def conditions_of_score(person: Person) -> set[str]:
    """Return which of the 20 conditions a person has."""
    year = issued(person, 0, 365)
    has_epilepsy = has_condition(person, "epilepsy")
    cancer = first_record(person, "cancer")
    tests = {
        **{name: has_condition(person, name) for name in AS_IN_CONDITIONS},
        "asthma": has_condition(person, "asthma")
        and (has(year, "inhaled_bronchodilators") or has(year, "inhaled_corticosteroids")),
        "epilepsy": has_epilepsy and has(year, "antiepileptics"),
        "cancer_new": cancer is not None and cancer >= years_before(person, 5),
        "anxiety_or_depression": is_anxious_or_depressed(person),
        "painful_condition": issues(person, "analgesics_non_opioid_and_compound", "opioids") >= OFTEN
        or (issues(person, "gabapentinoids") >= OFTEN and not has_epilepsy),
        "treated_constipation": issues(person, "laxatives") >= OFTEN,
    }
    assert len(tests) == 20
    return {name for name, is_met in tests.items() if is_met}


def is_anxious_or_depressed(person: Person) -> bool:
    """Whether either is recorded in the year, or treated in it."""
    if person.count_within(days_coded(person, "anxiety"), 365):
        return True
    if person.count_within(days_coded(person, "depression"), 365) and has_condition(person, "depression"):
        return True
    antidepressants = [
        code
        for _, code in issues_of_a_year(person)
        if is_of_group(code, "antidepressants") and not code.startswith(tuple(codes("antidepressants_tricyclic")))
    ]
    return len(antidepressants) >= OFTEN or issues(person, "benzodiazepines_zdrugs") >= OFTEN


def issues_of_a_year(person: Person) -> set[tuple[Any, str]]:
    """Return the issues of the 365 days: a substance on a day."""
    return {(day, code) for day, code in prescriptions(person) if person.is_within(day, 365)}


def issues(person: Person, *list_ids: str) -> int:
    """Return how many issues of the 365 days are of any of the lists."""
    prefixes = tuple(prefix for list_id in list_ids for prefix in codes(list_id))
    return sum(code.startswith(prefixes) for _, code in issues_of_a_year(person))
