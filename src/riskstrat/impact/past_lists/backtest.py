"""Every past list against what happened: what was found, how early, what was not known already, what was done.

Shares of the whole board stand on at least ``LEAST_CELL`` people either side, as model figures do (more where the
workspace's rule asks for more). Figures by practice are in ``impact.practices``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from riskstrat.disclosure import Rule
from riskstrat.impact.counts import least_cell, rule_of, shown_count
from riskstrat.impact.past_lists.lists import (
    ADMISSIONS,
    LeadTime,
    Yield,
    churn,
    lead_time,
    with_most_admissions,
    yield_of,
)
from riskstrat.impact.past_lists.practice_counts import counts_by_practice
from riskstrat.impact.past_lists.practices import Practice, published
from riskstrat.impact.reading import LABELS, Outcomes, PastLists, make_outcomes, read_past_lists
from riskstrat.modelling.evaluation.shown import shown
from riskstrat.project import Progress, Workspace

ACTED_ON = ("reviewed - plan made", "on caseload")
"""Statuses that say something was done (CONTRACT section 4)."""
_UNDECIDED, _MANAGED = "to review", "already managed"
_BEFORE = ("emergency_admissions_730d", ADMISSIONS, "programmes_held")
_SHARES = ("no_programme", "no_admission_730d", "reviewed", "acted_on", "managed")


@dataclass(frozen=True)
class Horizon:
    """One label: which lists it can judge, and their figures pooled and by list (``None`` where none can be shown)."""

    outcomes: Outcomes
    pooled: Yield | None
    by_list: Mapping[date, Yield | None]
    lead: LeadTime | None


@dataclass(frozen=True)
class Backtest:
    """What every past list made in time came to.

    ``shares`` are of rows of all lists, by name; ``None`` where not known. ``practices`` are of the lists ``judged``,
    whose 12 months are complete; places on the list before are of all lists. ``made_late``: index dates of lists left
    out (``impact.reading``). ``rule``: how counts may be shown.
    """

    lists: pl.DataFrame
    horizons: tuple[Horizon, ...]
    shares: Mapping[str, float | None]
    practices: tuple[Practice, ...]
    made_late: tuple[date, ...]
    rule: Rule

    @property
    def judged(self) -> tuple[date, ...]:
        """Index dates of the lists that figures by practice are of."""
        return self.horizons[0].outcomes.complete

    def stayed(self) -> list[tuple[date, int | None, float | None]]:
        """Return, per list, how many it named and the share the list before had named, as they may be shown."""
        return [
            (day, shown_count(people, self.rule), _of(stayed, people, self.rule))
            for day, people, stayed in self.lists.rows()
        ]

    def as_dict(self) -> dict[str, Any]:
        """Return it for machines: shares of people, counts as published ones are."""
        return {
            "lists": [
                {"index_date": str(day), "people": people, "stayed": stayed} for day, people, stayed in self.stayed()
            ],
            "made_late": [str(day) for day in self.made_late],
            "shares_of_listed": dict(self.shares),
            "horizons": [_horizon(one, self.rule) for one in self.horizons],
            "practices_judged_on": [str(day) for day in self.judged],
            "practices": [one.as_dict() for one in self.practices],
        }


def backtest(workspace: Workspace, progress: Progress | None = None) -> Backtest:
    """Return what every list sent came to. Makes labels that are missing.

    Raises ``UsageFault`` where no list was ever sent, ``InputRefused`` where none was made in time, ``NotPermitted``
    where the data may not be used for planning.
    """
    lists = read_past_lists(workspace)
    rule = rule_of(workspace)
    recorded = read_recorded(workspace)
    listed = _with_what_was_known(lists).join(recorded, on=["person_id", "sent"], how="left", maintain_order="left")
    has_returned = pl.col("reviewed").any().over("practice_code")  # of others it is not known whom they reviewed
    listed = listed.with_columns(pl.when(has_returned).then(pl.col("reviewed").fill_null(value=False)))
    horizons = tuple(_of_label(lists, label, rule, progress) for label in LABELS)
    days = horizons[0].outcomes.complete
    judged = pl.concat([_rows(lists, LABELS[0], day) for day in days]) if days else None
    by_practice = () if judged is None else published(counts_by_practice(listed, judged), rule)
    return Backtest(churn(lists.sent), horizons, shares(listed, rule), by_practice, lists.made_late, rule)


def read_recorded(workspace: Workspace) -> pl.DataFrame:
    """Return what practices recorded, a row per person and list: ``person_id, sent, reviewed, acted_on, managed``."""
    empty = {"person_id": pl.Int64, "index_date": pl.Date, "status": pl.String}
    frames = [pl.DataFrame(schema=empty)]
    for path in sorted((workspace.store / "feedback").glob("part-*.parquet")):
        frames.append(pl.read_parquet(path).select(pl.col(name).cast(kind) for name, kind in empty.items()))
    status = pl.col("status")
    return (
        pl.concat(frames)
        .filter(status != _UNDECIDED)
        .group_by("person_id", pl.col("index_date").alias("sent"))
        .agg(
            pl.lit(value=True).alias("reviewed"),
            status.is_in(ACTED_ON).any().alias("acted_on"),
            (status == _MANAGED).any().alias("managed"),
        )
    )


def shares(listed: pl.DataFrame, rule: Rule) -> dict[str, float | None]:
    """Return shares of rows listed: not on a programme, not admitted in two years, reviewed, acted on, managed already.

    ``reviewed`` is of practices that ever sent a list back, null for the rows of others; ``acted_on`` and ``managed``
    are of those reviewed. ``None`` where a column is not known of anybody, or a share stands on fewer than
    ``least_cell`` people on either side, however many rows they have.
    """
    least = least_cell(rule)
    found: dict[str, float | None] = {}
    for name in _SHARES:
        among = listed.filter(pl.col("reviewed")) if name in ("acted_on", "managed") else listed
        known = among.filter(pl.col(name).is_not_null()) if name in among.columns else among.head(0)
        part, rest = (known.filter(pl.col(name) == side) for side in (True, False)) if known.height else (known, known)
        people = part["person_id"].n_unique(), rest["person_id"].n_unique()
        is_shown = min(people) >= least or (people[0] == 0 and people[1] >= least)
        found[name] = round(part.height / known.height, 4) if is_shown else None
    return found


def _with_what_was_known(lists: PastLists) -> pl.DataFrame:
    """Return everyone on every list, and whether the snapshot knew of a programme or an admission in two years."""
    frames = []
    for day in lists.dates:
        known = lists.snapshot(day, _BEFORE) if lists.workspace.part("features", day).is_file() else None
        named = lists.listed(day).with_columns(pl.lit(day).alias("sent"))
        if known is not None:
            flags = [
                (pl.col(column) == 0).alias(name)
                for column, name in (("programmes_held", "no_programme"), (_BEFORE[0], "no_admission_730d"))
                if column in known.columns
            ]
            named = named.join(known.select("person_id", *flags), on="person_id", how="left", maintain_order="left")
        frames.append(named)
    return pl.concat(frames, how="diagonal")


def _of_label(lists: PastLists, label: str, rule: Rule, tell: Progress | None) -> Horizon:
    outcomes = make_outcomes(lists.workspace, label, lists.dates, tell)
    by_date = {day: _rows(lists, label, day) for day in outcomes.complete}
    if not by_date:
        return Horizon(outcomes, None, {}, None)
    rows = pl.concat(by_date.values())
    first = lists.first_listed().rename({"first_listed": "sent"})
    admitted = rows.filter("is_listed").join(first, on=["person_id", "sent"]).filter(pl.col("outcome") == 1)
    lead = lead_time((admitted["event_date"] - admitted["sent"]).dt.total_days())
    return Horizon(
        outcomes,
        _shown(rows, rule),
        {day: _shown(frame, rule) for day, frame in by_date.items()},
        lead if lead is not None and lead.people >= least_cell(rule) else None,
    )


def _rows(lists: PastLists, label: str, day: date) -> pl.DataFrame:
    """Return the adults of one date who were on either list or had the outcome, with what happened."""
    named = lists.listed(day).select("person_id", pl.lit(value=True).alias("is_listed"))
    adults = (
        lists.snapshot(day, (ADMISSIONS,))
        .join(lists.outcomes(label, day), on="person_id")
        .join(named, on="person_id", how="left")
        .with_columns(pl.col("is_listed").fill_null(value=False), pl.lit(day).alias("sent"))
    )
    rows = with_most_admissions(adults)
    return rows.filter(pl.col("is_listed") | (pl.col("outcome") == 1) | (pl.col("place_most") > 0)).sort("person_id")


def _shown(rows: pl.DataFrame, rule: Rule) -> Yield | None:
    """Return the figures of lists, where enough people (not rows) are behind each count they are made from."""
    had, listed, most = pl.col("outcome") == 1, pl.col("is_listed"), pl.col("place_most") > 0
    behind = (listed & had, listed & ~had, had & ~listed, most & had, most & ~had)
    if any(rows.filter(side)["person_id"].n_unique() < least_cell(rule) for side in behind):
        return None
    return yield_of(rows)


def _horizon(one: Horizon, rule: Rule) -> dict[str, Any]:
    return {
        "label": one.outcomes.label,
        "horizon": one.outcomes.horizon,
        "not_complete": [{"list": str(day), "complete_from": str(end)} for day, end in one.outcomes.waiting],
        "why_none": one.outcomes.why_none,
        "pooled": _yield(one.pooled, rule),
        "by_list": [{"index_date": str(day), "figures": _yield(found, rule)} for day, found in one.by_list.items()],
        "days_from_first_list_to_admission": None
        if one.lead is None
        else {**vars(one.lead), "people": shown_count(one.lead.people, rule)},
    }


def _yield(found: Yield | None, rule: Rule) -> dict[str, Any] | None:
    if found is None:
        return None
    names: Sequence[str] = ("ppv", "sensitivity", "ppv_most", "sensitivity_most", "gain")
    counted = {"listed": shown_count(found.listed, rule), "found": shown_count(found.found, rule)}
    return {**{name: shown(getattr(found, name)) for name in names}, **counted, "interval_by": found.clusters}


def _of(stayed: int | None, people: int, rule: Rule) -> float | None:
    """Return the share that stayed, from published counts."""
    part, whole = None if stayed is None else shown_count(stayed, rule), shown_count(people, rule)
    return None if part is None or not whole else round(min(1.0, part / whole), 3)
