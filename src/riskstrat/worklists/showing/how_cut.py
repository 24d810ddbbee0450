"""How a practice's list came to end where it does, in sentences that stand on the page and on the workbook's cover."""

from collections.abc import Mapping
from datetime import date

import polars as pl

from riskstrat.pages import counted, long_date
from riskstrat.settings import HoldOutSettings, PrioritySettings, WorklistSettings
from riskstrat.worklists.selecting.placing import NO_RECENT_ADMISSION, RISING
from riskstrat.worklists.showing.words import fewer_than_8

NO_CARE_WITHHELD = (
    "No care is withheld by it: a clinician may review, refer and treat anyone as usual, whether listed or not"
)


def capacity_words(settings: WorklistSettings, practice: str) -> str:
    """Return what the practice has time for: "20 reviews", "6 hours"."""
    stated = settings.capacity(practice)
    return counted(stated.reviews, "review") if stated.minutes is None else hours_words(stated.minutes)


def hours_words(minutes: int) -> str:
    """Return minutes as people say them: "6 hours 20 minutes"."""
    hours, rest = divmod(minutes, 60)
    parts = [counted(hours, "hour")] if hours else []
    return " ".join([*parts, counted(rest, "minute")] if rest or not hours else parts)


def how_cut(
    rows: pl.DataFrame, settings: WorklistSettings, practice: str, index_date: date, titles: Mapping[str, str]
) -> tuple[str, ...]:
    """Return the sentences for one practice's rows of a month; ``titles`` are the rules' by id."""
    listed = rows.filter(pl.col("state") == "listed")
    lines = [_time(listed, settings, practice, titles)]
    if settings.rising_share or settings.no_recent_admission_share:
        lines.append(_kept_places(listed, settings))
    lines.append(_left_off(rows, listed))
    lines.append(_order(settings.priority))
    hold_out = settings.hold_out
    if hold_out.share and hold_out.starts and hold_out.ends and hold_out.starts <= index_date < hold_out.ends:
        lines.append(_unlisted(rows.filter(pl.col("state") == "held_out").height, hold_out, hold_out.ends))
    return tuple(lines)


def _time(listed: pl.DataFrame, settings: WorklistSettings, practice: str, titles: Mapping[str, str]) -> str:
    whose = "as this practice has stated" if practice in settings.practices else "the board's figure for every practice"
    words = f"Cut at {capacity_words(settings, practice)} this month, {whose}."
    if settings.capacity(practice).minutes is None:
        return words
    own = [f"{titles.get(rule, rule)}: {minutes}" for rule, minutes in sorted(settings.minutes.items())]
    each = f"{counted(settings.minutes_per_review, 'minute')} each" + (f" ({'; '.join(own)})" if own else "")
    together = hours_words(int(listed["minutes"].sum()))
    return f"{words} Those listed take {together} together, at {each}."


def _kept_places(listed: pl.DataFrame, settings: WorklistSettings) -> str:
    return (
        f"At least {settings.rising_share:.0%} of it is kept for people whose risk is rising and "
        f"{settings.no_recent_admission_share:.0%} for people with no emergency admission known in 12 months, where "
        f"there are such people: {int(listed[RISING].sum())} and {int(listed[NO_RECENT_ADMISSION].sum())} of those "
        "listed."
    )


def _left_off(rows: pl.DataFrame, listed: pl.DataFrame) -> str:
    below = rows.filter(pl.col("state") == "below_cut")
    words = f"Left off below the cut: {counted(below.height, 'person', 'people')}"
    if listed.is_empty() or below.is_empty():
        return f"{words}."
    last = listed.sort("rank").row(-1, named=True)
    near = below.filter((pl.col("urgency") <= last["urgency"]) & (pl.col("risk_part") >= last["risk_part"])).height
    return f"{words}, {near} of them as urgent as the last person listed and with an estimate at least as high."


def _order(weights: PrioritySettings) -> str:
    signed = weights.signed_by.strip()
    return (
        f"In order of urgency, then of a priority: {weights.risk:g} of the estimate, {weights.rise:g} of its rise and "
        f"{weights.gaps:g} of what could be looked at, each from 0 to 1. It orders reviews and claims no benefit. "
        + (f"Weights signed for: {signed}." if signed else "Nobody has signed for these weights: the software's own.")
    )


def _unlisted(people: int, hold_out: HoldOutSettings, ends: date) -> str:
    many = {"none": "nobody"}.get(fewer_than_8(people), f"{fewer_than_8(people)} people")
    return (
        f"An evaluation of whether being listed helps runs until {long_date(ends)} (approval: {hold_out.approval}). "
        f"For it {many} who would stand here {'is' if people == 0 else 'are'} kept off this list at random. "
        f"{NO_CARE_WITHHELD}; riskstrat explain says it of each person."
    )
