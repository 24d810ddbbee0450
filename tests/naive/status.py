"""Circumstances and care processes coded in general practice."""

from datetime import date
from typing import Any

from naive.gp_record import days_coded
from naive.person import Person

SOURCES = ("gp_event",)
SMOKING_YEARS = 5


def status(person: Person) -> dict[str, Any]:
    """Return the family's columns for one person."""
    smoked = [day for day in days_coded(person, "smoking_current") if day >= years_before(person, SMOKING_YEARS)]
    housebound, no_longer = days_coded(person, "housebound"), days_coded(person, "housebound_ended")
    falls = set(days_coded(person, "fall"))
    reviews = days_coded(person, "structured_medication_review")
    return {
        "smoking_current": int(bool(smoked)),
        "housebound": int(bool(housebound) and not any(day > max(housebound) for day in no_longer)),
        "lives_alone": int(bool(days_coded(person, "lives_alone"))),
        "carer": int(bool(days_coded(person, "carer"))),
        "end_of_life_register": int(bool(days_coded(person, "end_of_life_register"))),
        "falls_coded_365d": person.count_within(list(falls), 365),
        "days_since_care_plan": person.days_since(days_coded(person, "care_plan_agreed")),
        "days_since_structured_medication_review": person.days_since(reviews),
        "structured_medication_review_coded_365d": int(person.count_within(reviews, 365) > 0),
        "days_since_flu_vaccination": person.days_since(days_coded(person, "flu_vaccination")),
    }


def years_before(person: Person, years: int) -> date:
    """Return the same day so many years before the index date, the last of February where there is no 29th."""
    day = person.index_date
    is_leap_day = (day.month, day.day) == (2, 29)
    return day.replace(year=day.year - years, day=28 if is_leap_day else day.day)
