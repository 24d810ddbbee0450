"""Emergency admissions."""

from typing import Any

from naive.person import Person
from naive.stays import Stay, stays

SOURCES = ("apc_episode",)


def emergency_admissions(person: Person) -> dict[str, Any]:
    """Return the family's columns for one person."""
    every = stays(person)
    emergencies = [stay for stay in every if stay.is_emergency]
    admitted = [stay.admitted for stay in emergencies]
    same_day = [stay.admitted for stay in emergencies if stay.discharged == stay.admitted]
    again = [
        stay.admitted for number, stay in enumerate(every) if stay.is_emergency and _is_again(stay, every[:number])
    ]
    return {
        **{f"emergency_admissions_{days}d": person.count_within(admitted, days) for days in (30, 90, 365, 730)},
        **{
            f"emergency_bed_days_{days}d": sum(s.nights for s in emergencies if person.is_within(s.admitted, days))
            for days in (365, 730)
        },
        "same_day_emergency_admissions_365d": person.count_within(same_day, 365),
        "emergency_readmissions_30_days_365d": person.count_within(again, 365),
        "days_since_emergency_admission": person.days_since(admitted),
        "days_since_emergency_discharge": person.days_since([s.discharged for s in emergencies if s.discharged]),
    }


def _is_again(stay: Stay, earlier: list[Stay]) -> bool:
    """Whether a stay began within 30 days of the discharge of an earlier one."""
    return any(
        other.discharged is not None and 0 <= (stay.admitted - other.discharged).days <= 30
        for other in earlier
        if not other.is_regular_attendance
    )
