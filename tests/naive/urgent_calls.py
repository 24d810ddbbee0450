"""Calls to 111 and 999."""

from typing import Any

from naive.person import Person

SOURCES = ("urgent_call",)


def urgent_calls(person: Person) -> dict[str, Any]:
    """Return the family's columns for one person."""
    calls = person.known("urgent_call")
    every = [row["call_date"] for row in calls]
    conveyed = [row["call_date"] for row in calls if row["conveyed"]]
    of_anyone = [row for row in person.held.known("urgent_call") if person.is_within(row["call_date"], 365)]
    says_conveyed = any(row["conveyed"] is not None for row in of_anyone)
    columns: dict[str, Any] = {
        "ambulance_conveyances_365d": person.count_within(conveyed, 365) if says_conveyed else None,
        "days_since_urgent_call": person.days_since(every),
        "urgent_calls_trend": person.trend(every, "urgent_call"),
    }
    for source in ("111", "999"):
        called = [row["call_date"] for row in calls if row["source"] == source]
        columns |= {f"urgent_calls_{source}_{days}d": person.count_within(called, days) for days in (30, 90, 365)}
    return columns
