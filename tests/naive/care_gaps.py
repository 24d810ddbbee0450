"""Reviews, assessments and vaccination: when each was last recorded, and what is due."""

from datetime import date
from typing import Any

from naive.conditions import has_condition
from naive.gp_record import days_coded
from naive.person import Person

SOURCES = ("gp_event",)
REVIEWED = ("asthma", "copd", "diabetes", "heart_failure", "dementia")
OFFERED_FLU_VACCINE = ("copd", "chd", "heart_failure", "ckd", "diabetes", "stroke_tia", "learning_disability")
FRAILTY_ASSESSED = (
    *("frailty_mild", "frailty_moderate", "frailty_severe"),
    *("frailty_unspecified", "frailty_assessed_not_frail"),
)


def care_gaps(person: Person) -> dict[str, Any]:
    """Return the family's columns for one person."""
    reviews = {name: days_coded(person, f"{name}_review") for name in REVIEWED}
    due = [name for name in REVIEWED if has_condition(person, name) and not person.count_within(reviews[name], 365)]
    medication = days_coded(person, "medication_review_other", "structured_medication_review")
    is_vaccinated = any(day >= season_began(person) for day in days_coded(person, "flu_vaccination"))
    return {
        "days_since_medication_review": person.days_since(medication),
        "days_since_frailty_assessment": person.days_since(days_coded(person, *FRAILTY_ASSESSED)),
        **{f"days_since_{name}_review": person.days_since(days) for name, days in reviews.items()},
        "annual_reviews_due": len(due),
        "flu_vaccination_this_season": int(is_vaccinated),
        "flu_vaccination_due": int(is_offered_flu_vaccine(person) and not is_vaccinated),
    }


def season_began(person: Person) -> date:
    """Return the last 1 September before the index date."""
    september = date(person.index_date.year, 9, 1)
    return september if september < person.index_date else september.replace(year=september.year - 1)


def is_offered_flu_vaccine(person: Person) -> bool:
    """Whether vaccination is offered for age, for a condition, or as somebody who cares for another."""
    age = person.age_on(person.index_date)
    if age is None or age < 18:
        return False
    aged_on = date(season_began(person).year + 1, 3, 31)
    is_65 = (person.age_on(aged_on) or 0) >= 65
    has_reason = any(has_condition(person, name) for name in OFFERED_FLU_VACCINE)
    return is_65 or has_reason or bool(days_coded(person, "carer"))
