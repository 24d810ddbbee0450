"""Planned, maternity and regular admissions."""

from typing import Any

from naive.person import Person
from naive.stays import everyones_stays, pounds, stays

SOURCES = ("apc_episode",)


def other_admissions(person: Person) -> dict[str, Any]:
    """Return the family's columns for one person."""
    every = stays(person)
    elective = [stay for stay in every if stay.is_elective]
    admitted = [stay.admitted for stay in elective]
    in_a_year = [stay for stay in every if person.is_within(stay.admitted, 365)]
    of_anyone = [s for s in everyones_stays(person.held) if person.is_within(s.admitted, 365)]
    says_cost = any(stay.costs for stay in of_anyone)
    says_class = any(s.patient_class is not None for s in of_anyone)
    day_cases = sum(stay.is_day_case for stay in in_a_year)
    regular = sum(stay.is_regular_attendance for stay in in_a_year)
    cost = pounds(cost for stay in in_a_year for cost in stay.costs)
    return {
        "elective_admissions_365d": person.count_within(admitted, 365),
        "elective_admissions_730d": person.count_within(admitted, 730),
        "elective_bed_days_365d": sum(stay.nights for stay in elective if person.is_within(stay.admitted, 365)),
        "day_cases_365d": day_cases if says_class else None,
        "regular_attendances_365d": regular if says_class else None,
        "maternity_admissions_365d": person.count_within([stay.admitted for stay in every if stay.is_maternity], 365),
        "stays_with_transfer_365d": person.count_within([s.admitted for s in every if len(s.spells) > 1], 365),
        "days_since_elective_admission": person.days_since(admitted),
        "admission_cost_pounds_365d": cost if says_cost else None,
    }
