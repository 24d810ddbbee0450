"""Practices that merged, closed or changed network: every index date of a report stands on one geography.

That geography is what was known of practices at the report's own index date. A practice that had closed by then is
part of its successor at every date, and a practice that changed network or place is in its present one at every date,
so that no line of a series jumps for a boundary alone.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date

import polars as pl

from riskstrat import intake
from riskstrat.pages import long_date
from riskstrat.population.counting.areas import WORDS, AreaType
from riskstrat.population.counting.cohorts import Month

_UPPER: tuple[AreaType, ...] = ("pcn", "place")


def known_practices(versions: pl.DataFrame, index_date: date) -> pl.DataFrame:
    """Return for each practice the last version known at the index date, by code.

    ``versions`` are the rows of ``intake.practice``, the latest version of each practice last. A version that does not
    say when it arrived was always known, as in ``staging.practice``.
    """
    arrived = pl.col("available_date")
    known = versions.filter(arrived.is_null() | (arrived < index_date))
    return known.unique("practice_code", keep="last", maintain_order=True).sort("practice_code")


def taken_over(practices: pl.DataFrame, index_date: date) -> dict[str, str]:
    """Return each practice that had closed by the index date with the one that holds its people in the end."""
    closed = practices.filter((pl.col("close_date") <= index_date) & pl.col("successor_code").is_not_null())
    return intake.last_successors(dict(closed.select("practice_code", "successor_code").iter_rows()))


def on_geography(month: Month, holders: Mapping[str, str]) -> Month:
    """Return the month's counts with the people of each practice that was taken over under the one that holds them."""

    def carried(frame: pl.DataFrame, *by: str) -> pl.DataFrame:
        code = pl.col("practice_code").replace(dict(holders))
        keys = (*by, "practice_code", "age_from")
        return frame.with_columns(code).group_by(keys).agg(pl.col("people").sum()).sort(keys)

    if not month.registered["practice_code"].is_in([*holders]).any():
        return month
    return replace(month, registered=carried(month.registered), sizes=carried(month.sizes, "cohort_id"))


def boundary_changes(versions: pl.DataFrame, in_use: Collection[str], index_dates: Sequence[date]) -> tuple[str, ...]:
    """Return what a reader of the series must know of its geography, a sentence each; the first is always said.

    ``in_use`` are the practices that the snapshots of ``index_dates`` name.
    """
    first, last = index_dates[0], index_dates[-1]
    now = {row["practice_code"]: row for row in known_practices(versions, last).iter_rows(named=True)}
    then = {row["practice_code"]: row for row in known_practices(versions, first).iter_rows(named=True)}
    said = [
        f"Every index date stands on the geography of {long_date(last)}: practices, networks and places as known then."
    ]
    holders = taken_over(known_practices(versions, last), last)
    for code in sorted(set(in_use) & holders.keys()):
        holder = holders[code]
        said.append(
            f"{_name(now, code)} closed on {long_date(now[code]['close_date'])}: at every date its people are counted "
            f"with {_name(now, holder)}."
        )
    for code in sorted(set(in_use) & then.keys() & now.keys()):
        for kind in _UPPER if code not in holders else ():
            before, after = then[code][f"{kind}_code"], now[code][f"{kind}_code"]
            if before != after:
                said.append(
                    f"{_name(now, code)} changed its {WORDS[kind].lower()} after {long_date(first)}, from "
                    f"{before or 'none'} to {after or 'none'}: at every date it is counted in the latter."
                )
    return tuple(said)


def _name(practices: dict[str, dict[str, object]], code: str) -> str:
    name = practices.get(code, {}).get("practice_name")
    return f"{name} ({code})" if name else code
