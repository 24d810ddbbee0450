"""Past lists against what happened, as figures: frames in, figures out.

Both lists compared are as long as the one sent, practice by practice and date by date: the one sent, and the people
with most emergency admissions in the year before, those tied at its end sharing the places left. They are set against
the same people: adults of the snapshot who may be used for planning.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from riskstrat.impact.trials import Floats
from riskstrat.modelling.evaluation.bootstrap import LEAST_PRACTICES, Figure, draws_of, figure
from riskstrat.modelling.evaluation.tally import ratio

ADMISSIONS = "emergency_admissions_365d"
_DRAWS, _SEED = 500, 20260101


@dataclass(frozen=True)
class Yield:
    """Of lists at one horizon: PPV and sensitivity of those sent and of most admissions last year, and the gain.

    A row is a person on one date; intervals draw whole practices, or people where practices are few (``clusters``).
    ``gain`` is the PPV of the lists sent less that of most admissions last year. Counts are of rows.
    """

    ppv: Figure
    sensitivity: Figure
    ppv_most: Figure
    sensitivity_most: Figure
    gain: Figure
    listed: int
    found: int
    events: int
    clusters: str


def with_most_admissions(adults: pl.DataFrame) -> pl.DataFrame:
    """Add ``place_most``: each adult's share of a place on the list of most admissions last year.

    ``adults`` of one date: ``practice_code, is_listed`` and ``ADMISSIONS`` (not known counts as none). A practice's
    list is as long as the one sent.
    """
    counts = pl.col(ADMISSIONS).fill_null(0)
    by_count = (
        adults.group_by("practice_code", counts.alias("admissions"))
        .agg(pl.len().alias("tied"), pl.col("is_listed").sum().alias("listed"))
        .sort("practice_code", "admissions", descending=[False, True])
        .with_columns(
            above=pl.col("tied").cum_sum().over("practice_code") - pl.col("tied"),
            places=pl.col("listed").sum().over("practice_code"),
        )
    )
    share = ((pl.col("places").cast(pl.Float64) - pl.col("above")) / pl.col("tied")).clip(0.0, 1.0)
    by_count = by_count.select("practice_code", "admissions", share.alias("place_most"))
    return (
        adults.with_columns(counts.alias("admissions"))
        .join(by_count, on=["practice_code", "admissions"], how="left", maintain_order="left")
        .drop("admissions")
    )


def yield_of(rows: pl.DataFrame) -> Yield:
    """Return the figures of lists pooled over dates.

    ``rows``: ``person_id, practice_code, is_listed, place_most, outcome``, a row per adult and date; those on neither
    list and without the outcome may be left out.
    """
    is_many = rows["practice_code"].n_unique() >= LEAST_PRACTICES
    cluster = "practice_code" if is_many else "person_id"
    listed, place, outcome = pl.col("is_listed").cast(pl.Float64), pl.col("place_most"), pl.col("outcome")
    sums = (
        rows.group_by(cluster)
        .agg(
            (listed * outcome).sum().alias("found"),
            listed.sum().alias("listed"),
            (place * outcome).sum().alias("found_most"),
            place.sum().alias("listed_most"),
            outcome.sum().alias("events"),
        )
        .sort(cluster)
        .drop(cluster)
    )
    totals = _drawn(sums)
    ppv, ppv_most = ratio(totals["found"], totals["listed"]), ratio(totals["found_most"], totals["listed_most"])
    return Yield(
        figure(ppv),
        figure(ratio(totals["found"], totals["events"])),
        figure(ppv_most),
        figure(ratio(totals["found_most"], totals["events"])),
        figure(ppv - ppv_most),
        int(sums["listed"].sum()),
        int(sums["found"].sum()),
        int(sums["events"].sum()),
        "practices" if is_many else "people",
    )


def _drawn(sums: pl.DataFrame) -> dict[str, Floats]:
    """Return each column's total of every draw of whole clusters; the first draw is all of them once."""
    times = draws_of(np.arange(sums.height), _DRAWS, _SEED)
    matrix = sums.cast(pl.Float64).to_numpy()
    totals = np.stack([line.astype(np.float64) @ matrix for line in times])
    return {name: np.ascontiguousarray(totals[:, place]) for place, name in enumerate(sums.columns)}


@dataclass(frozen=True)
class LeadTime:
    """Days from the first list that named a person to the admission, among those admitted within the horizon."""

    people: int
    quarter: float
    median: float
    three_quarters: float


def lead_time(days: pl.Series) -> LeadTime | None:
    """Return the middle and the quarters of days from first listing to admission; ``None`` where there are none."""
    known = days.drop_nulls()
    if known.is_empty():
        return None
    quarter, median, three = np.quantile(known.to_numpy(), [0.25, 0.5, 0.75])
    return LeadTime(known.len(), float(quarter), float(median), float(three))


def churn(listed: pl.DataFrame) -> pl.DataFrame:
    """Return, per list, how many it named, and how many of them the list before had named.

    ``listed``: ``person_id, sent``. Columns: ``sent, people, stayed`` (null for the first list).
    """
    dates = listed["sent"].unique().sort()
    before = pl.DataFrame({"sent": dates, "last": dates.shift(1)})
    named = listed.select("person_id", pl.col("sent").alias("last"), pl.lit(value=True).alias("was_listed"))
    joined = listed.join(before, on="sent").join(named, on=["person_id", "last"], how="left")
    return (
        joined.group_by("sent", "last")
        .agg(pl.len().alias("people"), pl.col("was_listed").fill_null(value=False).sum().alias("stayed"))
        .with_columns(pl.when(pl.col("last").is_not_null()).then(pl.col("stayed")).alias("stayed"))
        .sort("sent")
        .select("sent", "people", "stayed")
    )
