"""Appointments in general practice."""

from typing import Any

from naive.person import Person, Row
from naive.words import has_word

SOURCES = ("gp_appointment",)


def gp_appointments(person: Person) -> dict[str, Any]:
    """Return the family's columns for one person."""
    appointments = person.known("gp_appointment")
    attended = [row for row in appointments if row["status"] == "attended"]
    days = dates(attended)
    of_anyone = person.held.known("gp_appointment")
    says_roles = any(staff_of(row) for row in of_anyone)
    says_modes = any(mode_of(row) for row in of_anyone)

    def in_a_year(rows: list[Row]) -> int:
        return person.count_within(dates(rows), 365)

    def with_staff(group: str) -> int | None:
        return in_a_year([row for row in attended if staff_of(row) == group]) if says_roles else None

    def by_mode(group: str) -> int | None:
        return in_a_year([row for row in attended if mode_of(row) == group]) if says_modes else None

    return {
        **{f"gp_appointments_attended_{window}d": person.count_within(days, window) for window in (30, 90, 365, 730)},
        "gp_appointments_not_attended_365d": in_a_year([r for r in appointments if r["status"] == "did_not_attend"]),
        "gp_appointments_cancelled_365d": in_a_year([row for row in appointments if row["status"] == "cancelled"]),
        "days_since_gp_appointment": person.days_since(days),
        "gp_appointments_with_gp_365d": with_staff("gp"),
        "gp_appointments_with_nurse_365d": with_staff("nurse"),
        "gp_appointments_with_other_staff_365d": with_staff("other"),
        "gp_appointments_remote_365d": by_mode("remote"),
        "gp_home_visits_365d": by_mode("home_visit"),
        "gp_appointments_attended_trend": person.trend(days, "gp_appointment"),
    }


def dates(appointments: list[Row]) -> list[Any]:
    """Return the days of appointments."""
    return [row["appointment_date"] for row in appointments]


def staff_of(appointment: Row) -> str | None:
    """Return nurse, gp or other; ``None`` where no role is said."""
    return group_of("staff_role", appointment["staff_role"], ("nurse", "gp"))


def mode_of(appointment: Row) -> str | None:
    """Return home_visit, remote or other; ``None`` where no mode is said."""
    return group_of("mode", appointment["mode"], ("home_visit", "remote"))


def group_of(field: str, said: str | None, groups: tuple[str, ...]) -> str | None:
    """Return the first of the groups that a value has a word of, else other; ``None`` where nothing is said."""
    if not (said or "").strip() or has_word(field, "not_said", said):
        return None
    return next((group for group in groups if has_word(field, group, said)), "other")
