"""From tables to what the estimators take: trials of real lists, of lists that were never sent, and the hold-out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import polars as pl

from riskstrat.impact.reading import COVARIATES, PastLists
from riskstrat.impact.trials import Flags, Floats, Trials
from riskstrat.project import add_months

KEPT_UNLISTED = "kept unlisted"
"""The arm of ``store/worklists`` whose people no list names while their trial runs."""
BEFORE = "emergency_admissions_365d"
MOST_UNLISTED = 40_000
"""Rows of people not listed that are read; of more, those of every second person, or third, and so on."""
_COULD_BE_LISTED = ("listed", "below_cut", "held_out")
_NAMES = {
    "risk": "estimated risk",
    "gap_weight": "gaps in care",
    "urgency": "urgency of the rule",
    "is_rising": "risk is rising",
    "rules_met": "rules met",
    **COVARIATES,
}


@dataclass(frozen=True)
class HoldOutRows:
    """Everyone enrolled in a hold-out whose outcome is known, one row per person, as drawn.

    ``practice``: the one at the draw, though it may have closed since. ``is_by_practice``: whole practices were drawn
    (in any of several trials), as the draw recorded it. ``admitted_before``: an emergency admission is known in the
    year before.
    """

    listed: Flags
    outcome: Floats
    stratum: npt.NDArray[np.str_]
    practice: npt.NDArray[np.str_]
    admitted_before: Floats
    is_by_practice: bool


def could_be_listed(lists: PastLists) -> pl.DataFrame:
    """Return everyone who could have been listed for the first time, at every index date of a list.

    ``PastLists.known`` with ``day, is_listed``: who met a rule, was neither held nor decided, and was on no earlier
    list. Who was chosen and taken off before the list was sent is in neither group. Dates of lists made late are left
    out: ``store/worklists`` holds only those who were still there then.
    """
    first = lists.first_listed()
    frames = []
    for day in filter(lists.can_know, lists.selected_in_time):
        states = lists.worklist(day).select("person_id", "state").unique("person_id", keep="first")
        named = lists.listed(day).select("person_id", pl.lit(value=True).alias("is_listed"))
        rows = (
            lists.known(day)
            .join(states, on="person_id", how="left")
            .join(named, on="person_id", how="left")
            .join(first, on="person_id", how="left")
            .with_columns(pl.col("is_listed").fill_null(value=False), pl.lit(day).alias("day"))
        )
        was_taken_off = (pl.col("state") == "listed") & ~pl.col("is_listed")
        may_be = pl.col("state").is_in(_COULD_BE_LISTED) & ~was_taken_off
        is_new = pl.col("first_listed").is_null() | (pl.col("first_listed") >= day)
        frames.append(rows.filter((may_be | pl.col("is_listed")) & is_new).drop("state", "first_listed"))
    return pl.concat(frames) if frames else pl.DataFrame()


def never_sent(lists: PastLists, candidates: pl.DataFrame) -> pl.DataFrame:
    """Return lists as they might have been a year before, when nobody sent any: rows as of ``could_be_listed``.

    A practice's list of a year before is as long as its people first listed, and names those of the most urgent rules
    and highest risk who were on none yet and on no programme. Dates at which lists were being sent are left out.
    """
    placed: set[int] = set()
    frames = []
    for day in sorted(candidates["day"].unique()):
        earlier = add_months(day, -12)
        if earlier >= lists.dates[0] or not lists.can_know(earlier):
            continue
        places = candidates.filter((pl.col("day") == day) & pl.col("is_listed")).group_by("practice_code").len("places")
        held = lists.snapshot(earlier, ("programmes_held",))
        if "programmes_held" in held.columns:
            held = held.filter(pl.col("programmes_held").fill_null(0) > 0)
        else:
            held = held.clear()
        people = (
            lists.known(earlier)
            .join(held, on="person_id", how="anti")
            .filter(~pl.col("person_id").is_in(list(placed)))
            .sort("practice_code", "urgency", -pl.col("risk").fill_null(0.0), "person_id")
            .join(places, on="practice_code", how="left", maintain_order="left")
        )
        place = pl.int_range(pl.len()).over("practice_code")
        people = people.with_columns(
            (place < pl.col("places").fill_null(0)).alias("is_listed"),
            pl.lit(earlier).alias("day"),
        ).drop("places")
        placed |= set(people.filter("is_listed")["person_id"])
        frames.append(people.sort("person_id"))
    return pl.concat(frames) if frames else pl.DataFrame()


def trials_of(candidates: pl.DataFrame, outcomes: Mapping[date, pl.DataFrame]) -> Trials:
    """Return the trials of ``could_be_listed`` or ``never_sent``; ``outcomes`` are those of dates that are complete.

    People with no row among the outcomes of a complete date are left out. What is not known of a person takes the
    column's middle value, and a column of its own says so.
    """
    every = -(-int((~candidates["is_listed"]).sum()) // MOST_UNLISTED) or 1
    sampled = candidates.filter(pl.col("is_listed") | (pl.col("person_id") % every == 0))
    rows = _with_outcomes(sampled, outcomes)
    matrix, names = _matrix(rows)
    ended = rows["ended"].fill_null(date.max).cast(pl.Date).to_physical().to_numpy()
    return Trials(
        rows["person_id"].to_numpy(),
        rows["practice_code"].to_numpy().astype(str),
        rows["day"].to_physical().to_numpy().astype(np.int64),
        rows["is_listed"].to_numpy(),
        matrix,
        names,
        rows["outcome"].cast(pl.Float64).fill_null(float("nan")).to_numpy(),
        ended.astype(np.int64),
        1 / every,
    )


def hold_out_rows(lists: PastLists, outcomes: Mapping[date, pl.DataFrame]) -> HoldOutRows | None:
    """Return a hold-out's two sides with their outcomes; ``None`` where nobody was drawn on a complete date.

    Time zero is the list above whose cut the person first was while the trial ran (``store/worklists``, the row whose
    ``enrolled_on`` is its own index date); nobody is moved by what later lists did.
    """
    frames = [_enrolled(lists, day, told) for day, told in sorted(outcomes.items())]
    rows = pl.concat([frame for frame in frames if frame is not None] or [pl.DataFrame()])
    if rows.is_empty():
        return None
    rows = rows.unique(["person_id", "trial"], keep="first", maintain_order=True).sort("trial", "person_id")
    return HoldOutRows(
        (rows["arm"] != KEPT_UNLISTED).to_numpy(),
        rows["outcome"].cast(pl.Float64).to_numpy(),
        rows.select(pl.format("{}: {}", "trial", "stratum")).to_series().to_numpy().astype(str),
        rows["practice_then"].to_numpy().astype(str),
        (rows[BEFORE].fill_null(0) > 0).cast(pl.Float64).to_numpy(),
        bool((rows["randomised_by"] == "practice").any()),
    )


def _enrolled(lists: PastLists, day: date, told: pl.DataFrame) -> pl.DataFrame | None:
    if day not in lists.selected_in_time:
        return None
    month = lists.worklist(day)
    return (
        month.filter(pl.col("enrolled_on") == day)
        .select("person_id", "practice_then", "trial", "arm", "stratum", "randomised_by")
        .join(told.select("person_id", "outcome"), on="person_id")
        .join(lists.snapshot(day, (BEFORE,)).select("person_id", BEFORE), on="person_id", how="left")
    )


def admitted_before(candidates: pl.DataFrame, trials: Trials) -> Floats:
    """Return whether each row of the trials had an emergency admission known in the year before its index date."""
    keys = pl.DataFrame({"person_id": trials.person, "day": trials.day.astype(np.int32)})
    known = candidates.select("person_id", pl.col("day").to_physical(), (pl.col(BEFORE).fill_null(0) > 0).alias("had"))
    joined = keys.join(known, on=["person_id", "day"], how="left", maintain_order="left")
    return joined["had"].cast(pl.Float64).to_numpy()


def _with_outcomes(candidates: pl.DataFrame, outcomes: Mapping[date, pl.DataFrame]) -> pl.DataFrame:
    schema = pl.Schema({"person_id": pl.Int64, "outcome": pl.Int32, "ended": pl.Date, "day": pl.Date})
    told = [frame.with_columns(pl.lit(day).alias("day")) for day, frame in outcomes.items()]
    known = pl.concat(
        [schema.to_frame(), *(frame.select(pl.col(n).cast(k) for n, k in schema.items()) for frame in told)]
    )
    rows = candidates.join(known, on=["person_id", "day"], how="left", maintain_order="left")
    return rows.filter(pl.col("outcome").is_not_null() | ~pl.col("day").is_in(list(outcomes)))


def _matrix(rows: pl.DataFrame) -> tuple[Floats, Sequence[str]]:
    columns, names = [], []
    for column, words in _NAMES.items():
        if column not in rows.columns or rows[column].null_count() == rows.height:
            continue
        values = rows[column].cast(pl.Float64)
        if column == "risk":
            values = values.clip(1e-4, 1 - 1e-4)
            values = (values / (1 - values)).log()
        columns.append(values.fill_null(values.median()).to_numpy())
        names.append(words)
        if values.null_count():
            columns.append(rows[column].is_null().cast(pl.Float64).to_numpy())
            names.append(f"{words}: not known")
    return np.stack(columns, axis=1) if columns else np.empty((rows.height, 0)), names
