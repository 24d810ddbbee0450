"""A model that foresees too much is stopped and the column named; chance in a handful of events is not."""

import numpy as np
import polars as pl
import pytest
from sklearn.metrics import roc_auc_score

from riskstrat.modelling.datasets.rows import Rows
from riskstrat.modelling.evaluation.leaks import auroc_of, error_at, too_good_to_be_true
from riskstrat.modelling.registry.versions import Registry
from riskstrat.modelling.spec import Gates
from riskstrat.modelling.training.train import train_specs
from support.snapshots import HISTORY, write_store

LATEST = HISTORY[-1]
NAME = "emergency_admission_12m"
GATES = Gates(auroc_plausible_to=0.9)


def rows_of(matrix, outcome):
    count = len(outcome)
    when = np.full(count, np.datetime64("2025-09-01"))
    return Rows(
        np.arange(count), when, np.asarray(matrix, dtype=np.float32), np.asarray(outcome, float), pl.DataFrame()
    )


def scored(auroc, events, others, seed):
    """Return outcomes and a score whose true AUROC is about ``auroc`` (two normal populations)."""
    from scipy.stats import norm

    random = np.random.default_rng(seed)
    outcome = np.r_[np.ones(events), np.zeros(others)]
    return outcome, random.normal(size=events + others) + outcome * norm.ppf(auroc) * np.sqrt(2)


def test_the_auroc_is_scikit_learns_ties_and_unknowns_included():
    random = np.random.default_rng(1)
    outcome = (random.random(500) < 0.2).astype(float)
    score = random.integers(0, 4, 500) + outcome
    assert auroc_of(score, outcome) == pytest.approx(roc_auc_score(outcome, score), abs=1e-12)
    known = np.where(random.random(500) < 0.5, score, np.nan)
    assert auroc_of(known, outcome) == pytest.approx(roc_auc_score(outcome, np.nan_to_num(known, nan=-1)), abs=1e-12)
    assert auroc_of(score, np.zeros(500)) == 0.5


def test_the_standard_error_is_what_drawing_again_shows():
    def drawn(seed):  # the negative exponential populations that the formula is exact for
        random = np.random.default_rng(seed)
        score = np.r_[random.exponential(9.0, 40), random.exponential(1.0, 400)]
        return auroc_of(score, np.r_[np.ones(40), np.zeros(400)])

    again = [drawn(seed) for seed in range(1000)]
    assert np.mean(again) == pytest.approx(0.9, abs=0.005)
    assert error_at(0.9, 40, 400) == pytest.approx(np.std(again), rel=0.1)


@pytest.mark.parametrize(("auroc", "most"), [(0.8, 0), (0.9, 8)])
def test_a_model_at_the_bound_or_below_it_is_seldom_stopped(auroc, most):
    stopped = 0
    for seed in range(100):
        outcome, score = scored(auroc, 60, 1000, seed)
        stopped += too_good_to_be_true(GATES, rows_of(score[:, None], outcome), score, ["x"]).holds is False
    assert stopped <= most


def test_five_events_that_happen_to_be_on_top_are_no_evidence():
    outcome = np.r_[np.ones(5), np.zeros(500)]
    assert too_good_to_be_true(GATES, rows_of(outcome[:, None], outcome), outcome, ["x"]).holds is True


def test_a_column_that_says_the_opposite_is_named_too():
    random = np.random.default_rng(2)
    outcome = (random.random(2000) < 0.1).astype(float)
    matrix = np.column_stack([random.normal(size=2000), 1 - outcome])
    result = too_good_to_be_true(GATES, rows_of(matrix, outcome), outcome, ["noise", "days_to_admission"])
    assert result.holds is False
    assert "first in days_to_admission (AUROC 1.000 alone)" in result.words


def test_with_its_own_future_admissions_leaked_in_a_model_is_not_promoted_and_the_column_is_named(tmp_path, quick_spec):
    workspace = write_store(tmp_path, people=2000, index_dates=HISTORY, seed=3)
    spec = quick_spec(NAME)
    assert train_specs(workspace, [(spec, LATEST)])[0].status == "champion"
    for day in HISTORY:  # the window of a year reaches into the year to come: its admissions are counted already
        path = workspace.part("features", day)
        snapshot, label = pl.read_parquet(path), pl.read_parquet(workspace.part(f"labels/{NAME}", day))
        leaked = snapshot["emergency_admissions_365d"] + 2 * label["outcome"]
        snapshot.with_columns(leaked.alias("emergency_admissions_365d")).write_parquet(path)
    result = train_specs(workspace, [(spec, LATEST)])[0]
    assert result.status == "challenger"
    assert result.reasons[0].startswith("auroc_plausible_to")
    assert "first in emergency_admissions_365d" in result.reasons[0]
    assert Registry(workspace).champion(NAME).version == "1"
