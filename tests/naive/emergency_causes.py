"""Emergency admissions by cause. A stay counts once for each cause."""

from collections.abc import Callable
from typing import Any

from naive.causes import meets
from naive.person import Person
from naive.stays import Stay, stays

SOURCES = ("apc_episode",)
CAUSES: dict[str, tuple[int, tuple[str, ...]]] = {
    "ambulatory_care_sensitive": (0, ("acsc_chronic_ccgois_2_6", "acsc_acute_nhs_institute")),
    "falls": (0, ("falls_any_mention",)),
    "fragility_fracture": (65, ("fragility_fracture_implicit",)),
    "delirium": (0, ("delirium",)),
    "respiratory": (0, ("copd_exacerbation", "lrti", "pneumonia", "asthma")),
    "heart_failure": (18, ("heart_failure_admission",)),
    "cardiac": (0, ("chd", "heart_failure", "af")),
    "stroke_tia": (0, ("stroke_tia",)),
    "alcohol": (16, ("alcohol_specific",)),
    "self_harm": (0, ("self_harm",)),
    "infection": (0, ("pneumonia", "uti", "sepsis")),
    "hip_fracture": (0, ("hip_fracture",)),
}
"""Cause: the youngest age on admission at which it counts, and the lists of which one must be met."""


def emergency_causes(person: Person) -> dict[str, Any]:
    """Return the family's columns for one person."""
    emergencies = [stay for stay in stays(person) if stay.is_emergency]

    def counted(cause: str, days: int) -> int:
        is_cause = _is_cause(*CAUSES[cause])
        return person.count_within([stay.admitted for stay in emergencies if is_cause(stay)], days)

    return {
        **{f"{cause}_admissions_365d": counted(cause, 365) for cause in CAUSES if cause != "hip_fracture"},
        "falls_admissions_730d": counted("falls", 730),
        "hip_fracture_admissions_1095d": counted("hip_fracture", 1095),
    }


def _is_cause(youngest: int, lists: tuple[str, ...]) -> Callable[[Stay], bool]:
    def holds(stay: Stay) -> bool:
        is_old_enough = youngest == 0 or (stay.age is not None and stay.age >= youngest)
        return is_old_enough and any(meets(stay, list_id) for list_id in lists)

    return holds
