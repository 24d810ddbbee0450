"""From everyone who competes to who is listed: the cut at each practice's capacity, and the hold-out where one runs."""

from collections.abc import Iterable

import polars as pl

from riskstrat.settings import WorklistSettings
from riskstrat.worklists.selecting.history import Before
from riskstrat.worklists.selecting.holding_out import TRIAL_SCHEMA, Trial
from riskstrat.worklists.selecting.ordering import KEPT_MONTHS, cut

RISING, NO_RECENT_ADMISSION = "is_rising", "has_no_recent_admission"
_HERE = ["person_id", "practice_code"]


def placed(rows: pl.DataFrame, settings: WorklistSettings, before: Before, trial: Trial | None) -> pl.DataFrame:
    """Settle the state of everyone whose ``state`` is null (``listed, below_cut, held_out``) and add ``rank, minutes``.

    ``rows`` are everyone who met a rule and may be shown. ``minutes`` is the time a review takes, where the practice
    states its capacity in hours. Adds the columns of ``TRIAL_SCHEMA``.
    """
    rows = _with_minutes(rows, settings)
    candidates = _candidates(rows)
    ranks = _cut(candidates, settings)
    nobody = rows.head(0)["person_id"]
    above_cut, unlisted, enrolment = nobody, nobody, None
    if trial is not None:
        covered = candidates.filter(trial.may_be_unlisted(candidates, before.ever))
        enrolment = trial.enrolment(covered.join(ranks, on=_HERE, how="semi"))
        unlisted = trial.kept_unlisted(covered, enrolment)
        above_cut = ranks["person_id"]
        ranks = _cut(candidates.filter(~pl.col("person_id").is_in(unlisted.implode())), settings)
    is_unlisted = pl.col("person_id").is_in(unlisted.implode())
    state = (
        pl.when(pl.col("rank").is_not_null())
        .then(pl.lit("listed"))
        .when(is_unlisted & pl.col("person_id").is_in(above_cut.implode()))
        .then(pl.lit("held_out"))
        .otherwise(pl.lit("below_cut"))
    )
    settled = rows.join(ranks, on=_HERE, how="left").with_columns(pl.col("state").fill_null(state))
    return _with_trial(settled, trial, enrolment, is_unlisted & pl.col("state").is_in(["held_out", "below_cut"]))


def cut_by(rows: pl.DataFrame, settings: WorklistSettings, priority: str) -> pl.DataFrame:
    """Return who of ``rows`` would be listed if another column were the priority, and nobody kept an earlier place."""
    in_turn = _candidates(rows.with_columns(pl.col(priority).alias("priority")), of_all=True)
    return _cut(in_turn.with_columns(pl.lit(value=False).alias("is_kept")), settings)


def _candidates(rows: pl.DataFrame, *, of_all: bool = False) -> pl.DataFrame:
    is_kept = (pl.col("previous_months") < KEPT_MONTHS) & pl.col("came_back").is_null()
    competing = rows if of_all else rows.filter(pl.col("state").is_null())
    return competing.with_columns(
        is_kept.fill_null(value=False).alias("is_kept"), pl.col("minutes").fill_null(1).alias("cost")
    )


def _cut(candidates: pl.DataFrame, settings: WorklistSettings) -> pl.DataFrame:
    stated = {code: settings.capacity(code) for code in candidates["practice_code"].unique().sort()}
    capacities = {code: own.reviews if own.minutes is None else own.minutes for code, own in stated.items()}
    kept = {RISING: settings.rising_share, NO_RECENT_ADMISSION: settings.no_recent_admission_share}
    return cut(candidates, capacities, kept)


def _with_minutes(rows: pl.DataFrame, settings: WorklistSettings) -> pl.DataFrame:
    """Add ``minutes``: how long each person's review takes; null where the practice counts reviews."""
    in_hours = [code for code in _unique(rows, "practice_code") if settings.capacity(code).minutes is not None]
    taken = {text: settings.minutes_of(text.split("; ")) for text in _unique(rows, "rules")}
    minutes = pl.col("rules").replace_strict(taken, return_dtype=pl.Int32)
    return rows.with_columns(pl.when(pl.col("practice_code").is_in(in_hours)).then(minutes).alias("minutes"))


def _unique(rows: pl.DataFrame, column: str) -> Iterable[str]:
    return rows[column].unique().sort().to_list()


def _with_trial(
    rows: pl.DataFrame, trial: Trial | None, enrolment: pl.DataFrame | None, is_unlisted: pl.Expr
) -> pl.DataFrame:
    if trial is None or enrolment is None:
        return rows.with_columns(pl.lit(None, kind).alias(name) for name, kind in TRIAL_SCHEMA.items())
    is_enrolled = pl.col("enrolled_on").is_not_null()
    return rows.join(enrolment, on="person_id", how="left").with_columns(
        pl.when(is_enrolled).then(pl.lit(trial.settings.trial)).alias("trial"),
        pl.when(is_enrolled | is_unlisted).then(pl.lit(trial.settings.approval)).alias("approval"),
        pl.when(is_unlisted).then(pl.lit(trial.ends, pl.Date)).alias("unlisted_until"),
    )
