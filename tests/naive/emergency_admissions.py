"""Emergency admissions."""

from typing import Any

from naive.person import Person
from naive.stays import Stay, everyones_stays, pounds, stays

SOURCES = ("apc_episode",)


def emergency_admissions(person: Person) -> dict[str, Any]:
    """Return the family's columns for one person."""
    every = stays(person)
    emergencies = [stay for stay in every if stay.is_emergency]
    admitted = [stay.admitted for stay in emergencies]
    in_a_year = [stay for stay in emergencies if person.is_within(stay.admitted, 365)]
    again = [s.admitted for number, s in enumerate(every) if s.is_emergency and _is_again(s, every[:number])]
    last = max(admitted, default=None)
    return {
        **{
            f"emergency_admissions_{days}d": person.count_within(admitted, days)
            for days in (30, 90, 182, 365, 730, 1095)
        },
        "emergency_admissions_trend": person.trend(admitted, "apc_episode"),
        **{
            f"emergency_bed_days_{days}d": sum(s.nights for s in emergencies if person.is_within(s.admitted, days))
            for days in (365, 730)
        },
        "longest_emergency_stay_365d": max((stay.nights for stay in in_a_year), default=0),
        "nights_of_last_emergency_stay": max((s.nights for s in emergencies if s.admitted == last), default=None),
        "same_day_emergency_admissions_365d": sum(stay.discharged == stay.admitted for stay in in_a_year),
        "emergency_readmissions_30_days_365d": person.count_within(again, 365),
        "days_since_emergency_admission": person.days_since(admitted),
        "days_since_emergency_discharge": person.days_since([s.discharged for s in emergencies if s.discharged]),
        "month_of_last_emergency_admission": last.month if last else None,
        **_optional(person, in_a_year),
    }


def _optional(person: Person, in_a_year: list[Stay]) -> dict[str, Any]:
    """What hospitals need not send: null for all where nobody's emergency stay of that year says it."""
    of_anyone = [s for s in everyones_stays(person.held) if s.is_emergency and person.is_within(s.admitted, 365)]
    says_source = any(stay.is_from_care_home is not None for stay in of_anyone)
    says_destination = any(stay.is_to_care_home is not None for stay in of_anyone)
    says_cost = any(stay.costs for stay in of_anyone)
    from_care_home = sum(stay.is_from_care_home is True for stay in in_a_year)
    to_care_home = sum(stay.is_to_care_home is True for stay in in_a_year)
    cost = pounds(cost for stay in in_a_year for cost in stay.costs)
    return {
        "emergency_admissions_from_care_home_365d": from_care_home if says_source else None,
        "emergency_discharges_to_care_home_365d": to_care_home if says_destination else None,
        "emergency_admission_cost_pounds_365d": cost if says_cost else None,
    }


def _is_again(stay: Stay, earlier: list[Stay]) -> bool:
    """Whether a stay began within 30 days of the discharge of an earlier one."""
    return any(
        other.discharged is not None and 0 <= (stay.admitted - other.discharged).days <= 30
        for other in earlier
        if not other.is_regular_attendance
    )
