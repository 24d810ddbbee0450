"""Every past list against what happened: what was found, how early, what was not known already, what was done.

Shares of the whole board stand on at least ``LEAST_CELL`` people either side, as model figures do. Figures by practice
are published counts of people, each once, at the first list that named them: 1 to 7 are left out, others rounded, and
every share is made from the rounded counts (DESIGN section 7); where one practice alone would be left out, so is the
next smallest, or the total would give it away.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from riskstrat.disclosure import Rule, publishable
from riskstrat.impact.lists import ADMISSIONS, LeadTime, Yield, churn, lead_time, with_most_admissions, yield_of
from riskstrat.impact.reading import LABELS, Outcomes, PastLists, make_outcomes, read_past_lists
from riskstrat.modelling.evaluation.reliability import wilson
from riskstrat.modelling.evaluation.shown import LEAST_CELL, shown
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
class Practice:
    """A practice's people listed at least once, and those of them admitted within 12 months of their first list.

    Counts as published: ``None`` where left out. ``ppv`` has its Wilson interval, all from the published counts;
    ``ppv_most`` is the same share of people on lists of most admissions last year, each at the first that named them;
    ``reviewed`` counts people on whom anything was recorded on any list.
    """

    practice_code: str
    listed: int | None
    admitted: int | None
    ppv: tuple[float, float, float] | None
    ppv_most: float | None
    reviewed: int | None


@dataclass(frozen=True)
class Backtest:
    """What every past list came to. ``shares`` are of rows of all lists, by name; ``None`` where not known."""

    lists: pl.DataFrame
    horizons: tuple[Horizon, ...]
    shares: Mapping[str, float | None]
    practices: tuple[Practice, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return it for machines: shares of people, counts as published ones are."""
        return {
            "lists": [
                {"index_date": str(day), "people": publishable(people), "stayed": _of(stayed, people)}
                for day, people, stayed in self.lists.rows()
            ],
            "shares_of_listed": dict(self.shares),
            "horizons": [_horizon(one) for one in self.horizons],
            "practices": [vars(one) for one in self.practices],
        }


def backtest(workspace: Workspace, progress: Progress | None = None) -> Backtest:
    """Return what every list sent came to. Makes labels that are missing.

    Raises ``UsageFault`` where no list was ever sent, ``NotPermitted`` where the data may not be used for planning.
    """
    lists = read_past_lists(workspace)
    recorded = read_recorded(workspace)
    listed = _with_what_was_known(lists).join(recorded, on=["person_id", "sent"], how="left", maintain_order="left")
    if not recorded.is_empty():
        listed = listed.with_columns(pl.col("reviewed").fill_null(value=False))
    horizons = tuple(_of_label(lists, label, progress) for label in LABELS)
    rule = Rule(workspace.settings.disclosure.suppress_to, workspace.settings.disclosure.round_to)
    return Backtest(churn(lists.sent), horizons, shares(listed), _practices(lists, listed, horizons[0], rule))


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


def shares(listed: pl.DataFrame) -> dict[str, float | None]:
    """Return shares of rows listed: not on a programme, not admitted in two years, reviewed, acted on, managed already.

    ``acted_on`` and ``managed`` are of those reviewed. ``None`` where a column is not known of anybody, or a share
    stands on fewer than ``LEAST_CELL`` rows on either side.
    """
    found: dict[str, float | None] = {}
    for name in _SHARES:
        among = listed.filter(pl.col("reviewed")) if name in ("acted_on", "managed") else listed
        known = among[name].drop_nulls() if name in among.columns else pl.Series([], dtype=pl.Boolean)
        part = int(known.sum() or 0)
        is_shown = min(part, known.len() - part) >= LEAST_CELL or (part == 0 and known.len() >= LEAST_CELL)
        found[name] = round(part / known.len(), 4) if is_shown else None
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


def _of_label(lists: PastLists, label: str, tell: Progress | None) -> Horizon:
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
        _shown(yield_of(rows)),
        {day: _shown(yield_of(frame)) for day, frame in by_date.items()},
        lead if lead is not None and lead.people >= LEAST_CELL else None,
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


def _shown(found: Yield) -> Yield | None:
    few = min(found.found, found.listed - found.found, found.events - found.found) < LEAST_CELL
    return None if few else found


def _practices(lists: PastLists, listed: pl.DataFrame, twelve: Horizon, rule: Rule) -> tuple[Practice, ...]:
    """Return each practice's published counts of people listed at least once, as far as 12 months can be seen."""
    days = list(twelve.outcomes.complete)
    first = (
        listed.sort("sent").unique("person_id", keep="first", maintain_order=True).filter(pl.col("sent").is_in(days))
    )
    told = [_rows(lists, LABELS[0], day).select(_TOLD) for day in days]
    if first.is_empty() or not told:
        return ()
    rows = pl.concat(told)
    reviewed = listed.group_by("person_id").agg(pl.col("reviewed").fill_null(value=False).any())
    counts = (
        first.select("person_id", "practice_code", "sent")
        .join(rows.select("person_id", "sent", "outcome"), on=["person_id", "sent"])
        .join(reviewed, on="person_id")
        .group_by("practice_code")
        .agg(pl.len().alias("listed"), pl.col("outcome").sum().alias("admitted"), pl.col("reviewed").sum())
        .join(_most(rows), on="practice_code", how="left")
        .with_columns(pl.col("listed_most", "admitted_most").fill_null(0))
        .sort("practice_code")
    )
    return published(counts, rule)


_TOLD = ("person_id", "practice_code", "sent", "outcome", "place_most")


def _most(rows: pl.DataFrame) -> pl.DataFrame:
    """Return by practice how many people lists of most admissions named, each once, and how many were admitted.

    Places that tied people share are added up and then rounded: ``practice_code, listed_most, admitted_most``.
    """
    named = rows.filter(pl.col("place_most") > 0).sort("sent", "person_id")
    return (
        named.unique("person_id", keep="first", maintain_order=True)
        .group_by("practice_code")
        .agg(
            pl.col("place_most").sum().round().cast(pl.Int64).alias("listed_most"),
            (pl.col("place_most") * pl.col("outcome")).sum().round().cast(pl.Int64).alias("admitted_most"),
        )
    )


def published(counts: pl.DataFrame, rule: Rule) -> tuple[Practice, ...]:
    """Return counts by practice as they may be shown.

    ``counts``: ``practice_code, listed, admitted, reviewed, listed_most, admitted_most``.

    A practice's share is left out where those admitted, or those not, are 1 to 7; where that is one practice alone, the
    practice with the fewest listed of the others is left out as well.
    """

    def small(count: int) -> bool:
        return publishable(count, rule.suppress_to, rule.round_to) is None

    rows = counts.sort("practice_code").rows(named=True)
    hidden = {r["practice_code"] for r in rows if small(r["admitted"]) or small(r["listed"] - r["admitted"])}
    if len(hidden) == 1:
        others = sorted((r["listed"], r["practice_code"]) for r in rows if r["practice_code"] not in hidden)
        hidden |= {code for _, code in others[:1]}
    return tuple(_practice(row, rule, is_hidden=row["practice_code"] in hidden) for row in rows)


def _practice(row: Mapping[str, Any], rule: Rule, *, is_hidden: bool) -> Practice:
    listed, admitted, reviewed = (
        publishable(row[name], rule.suppress_to, rule.round_to) for name in ("listed", "admitted", "reviewed")
    )
    if publishable(row["listed"] - row["reviewed"], rule.suppress_to, rule.round_to) is None:
        reviewed = None
    ppv_most = None if is_hidden else _share(row["admitted_most"], row["listed_most"], rule)
    if is_hidden or listed is None or admitted is None or listed == 0:
        return Practice(row["practice_code"], listed, None, None, ppv_most, reviewed)
    admitted = min(admitted, listed)
    low, high = wilson(admitted, listed)
    ppv = (round(admitted / listed, 4), round(low, 4), round(high, 4))
    return Practice(row["practice_code"], listed, admitted, ppv, ppv_most, reviewed)


def _share(part: int, whole: int, rule: Rule) -> float | None:
    """Return a share of published counts; ``None`` where either side of it is left out."""
    shown = [publishable(count, rule.suppress_to, rule.round_to) for count in (part, whole - part, whole)]
    if shown[0] is None or shown[1] is None or not shown[2]:
        return None
    return round(min(1.0, shown[0] / shown[2]), 4)


def _horizon(one: Horizon) -> dict[str, Any]:
    return {
        "label": one.outcomes.label,
        "horizon": one.outcomes.horizon,
        "not_complete": [{"list": str(day), "complete_from": str(end)} for day, end in one.outcomes.waiting],
        "why_none": one.outcomes.why_none,
        "pooled": _yield(one.pooled),
        "by_list": [{"index_date": str(day), "figures": _yield(found)} for day, found in one.by_list.items()],
        "days_from_first_list_to_admission": None
        if one.lead is None
        else {**vars(one.lead), "people": publishable(one.lead.people)},
    }


def _yield(found: Yield | None) -> dict[str, Any] | None:
    if found is None:
        return None
    names: Sequence[str] = ("ppv", "sensitivity", "ppv_most", "sensitivity_most", "gain")
    counted = {"listed": publishable(found.listed), "found": publishable(found.found)}
    return {**{name: shown(getattr(found, name)) for name in names}, **counted, "interval_by": found.clusters}


def _of(stayed: int | None, people: int) -> float | None:
    """Return the share that stayed, from published counts."""
    part, whole = None if stayed is None else publishable(stayed), publishable(people)
    return None if part is None or not whole else round(min(1.0, part / whole), 3)
