"""Figures against scikit-learn, dcurves and fairlearn, on data with ties."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from dcurves import dca
from fairlearn.metrics import MetricFrame
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, brier_score_loss, precision_score, recall_score, roc_auc_score

from riskstrat.modelling.evaluation.bootstrap import draws_of, figure
from riskstrat.modelling.evaluation.metrics import Ranking, all_figures, percent, rank_draws
from riskstrat.modelling.evaluation.reliability import RiskTally, calibration_curve, wilson
from riskstrat.modelling.training.calibration import Calibrator, expit, fit_calibrator, logit


@pytest.fixture
def people():
    random = np.random.default_rng(7)
    risk = np.round(expit(random.normal(-2, 1, 900)), 2).clip(0.01, 0.99)
    return risk, (random.random(900) < risk).astype(float)


def latest(rows):
    return np.arange(len(rows)) % 2 == 0


def weights_with_repeats(people):
    return np.random.default_rng(3).integers(0, 4, (2, people)).astype(float)


def test_rank_figures_agree_with_scikit_learn_also_when_people_are_drawn_more_than_once(people):
    risk, outcome = people
    weights = weights_with_repeats(len(risk))
    ranking = Ranking(risk, outcome, weights)
    for k, weight in enumerate(weights):
        assert ranking.auroc()[k] == pytest.approx(roc_auc_score(outcome, risk, sample_weight=weight))
        assert ranking.auprc()[k] == pytest.approx(average_precision_score(outcome, risk, sample_weight=weight))
        brier = RiskTally(risk, outcome, weights).brier_and_parts()["brier"][k]
        assert brier == pytest.approx(brier_score_loss(outcome, risk, sample_weight=weight))


def test_calibration_line_agrees_with_logistic_regression(people):
    risk, outcome = people
    weights = weights_with_repeats(len(risk))
    slope, intercept = RiskTally(risk, outcome, weights).calibration_line()
    for k, weight in enumerate(weights):
        fitted = LogisticRegression(C=np.inf, tol=1e-10, max_iter=500)
        fitted.fit(logit(risk)[:, None], outcome, sample_weight=weight)
        assert slope[k] == pytest.approx(fitted.coef_[0, 0], abs=1e-4)
        assert (weight * expit(logit(risk) + intercept[k])).sum() == pytest.approx((weight * outcome).sum())


def test_net_benefit_agrees_with_dcurves(people):
    risk, outcome = people
    frame = pd.DataFrame({"outcome": outcome, "model": risk})
    theirs = dca(data=frame, outcome="outcome", modelnames=["model"], thresholds=np.array([0.05, 0.105, 0.2, 0.3]))
    theirs = theirs.set_index(["model", "threshold"])["net_benefit"]
    ranking = Ranking(risk, outcome, np.ones((1, len(risk))))
    for threshold in (0.05, 0.105, 0.2, 0.3):
        assert ranking.net_benefit(threshold)[0] == pytest.approx(theirs["model", threshold], abs=1e-9)
        treat_all = outcome.mean() - (1 - outcome.mean()) * threshold / (1 - threshold)
        assert treat_all == pytest.approx(theirs["all", threshold], abs=1e-9)


def test_group_figures_agree_with_fairlearn(people):
    risk, outcome = people
    group = np.random.default_rng(1).choice(["a", "b", "c"], len(risk))
    theirs = MetricFrame(metrics=roc_auc_score, y_true=outcome, y_pred=risk, sensitive_features=group).by_group
    for name in "abc":
        mask = group == name
        ours = all_figures(risk[mask], outcome[mask], draws_of(np.flatnonzero(mask), 20, 1))
        assert ours["auroc"].value == pytest.approx(theirs[name])


def test_list_figures_are_recall_and_precision_of_the_top_of_the_list():
    random = np.random.default_rng(4)
    risk = random.permutation(np.linspace(0.01, 0.9, 1000))
    outcome = (random.random(1000) < risk).astype(float)
    sensitivity, ppv = Ranking(risk, outcome, np.ones((1, 1000))).top(0.05)
    listed = risk >= np.sort(risk)[-50]
    assert sensitivity[0] == pytest.approx(recall_score(outcome, listed))
    assert ppv[0] == pytest.approx(precision_score(outcome, listed))


def test_a_tie_at_the_cut_is_shared_out_and_not_decided_by_order():
    risk = np.full(100, 0.2)
    outcome = np.r_[np.ones(20), np.zeros(80)]
    for order in (slice(None), slice(None, None, -1)):
        sensitivity, ppv = Ranking(risk, outcome[order], np.ones((1, 100))).top(0.05)
        assert (sensitivity[0], ppv[0]) == pytest.approx((0.05, 0.2))


def test_the_interval_of_a_share_covers_it_about_as_often_as_it_says():
    random = np.random.default_rng(11)
    covered = 0
    for seed in range(200):
        risk = random.uniform(0.05, 0.6, 400)
        outcome = (random.random(400) < risk).astype(float)
        found = figure(RiskTally(risk, outcome, draws_of(np.arange(400), 200, seed)).calibration_ratio())
        covered += found.low <= 1 <= found.high
    assert 0.89 <= covered / 200 <= 0.99


def test_wilson_and_the_curve_by_hand():
    assert wilson(5, 50) == pytest.approx((0.0434, 0.2136), abs=1e-3)  # Newcombe 1998's method, by hand
    curve = calibration_curve(np.array([0.1, 0.1, 0.5, 0.5]), np.array([0.0, 0, 1, 0]), 2)
    assert [(p["expected"], p["observed"]) for p in curve] == [(0.1, 0.0), (0.5, 0.5)]


def test_a_figure_that_cannot_be_had_is_not_a_number():
    outcome = np.zeros(20)
    found = all_figures(np.full(20, 0.1), outcome, draws_of(np.arange(20), 20, 1))
    assert np.isnan(found["auroc"].value)
    assert found["calibration_ratio"].value == 0


def test_calibration_moves_a_wrong_level_and_slope_back_and_keeps_the_order():
    random = np.random.default_rng(2)
    truth = random.normal(-1.5, 1.2, 40_000)
    outcome = (random.random(40_000) < expit(truth)).astype(float)
    raw = 0.5 * truth + 0.4  # too flat and too high
    fitted = fit_calibrator(raw, outcome, latest(raw), slope_prior_sd=0.25, intercept_prior_sd=0.15)
    again, _ = RiskTally(fitted.apply(raw), outcome, np.ones((1, 40_000))).calibration_line()
    assert fitted.apply(raw).mean() == pytest.approx(outcome.mean(), rel=0.01)
    assert again[0] == pytest.approx(1, abs=0.03)
    assert np.array_equal(np.argsort(raw, kind="stable"), np.argsort(fitted.apply(raw), kind="stable"))


def test_the_level_follows_the_newest_rows_and_the_slope_all_of_them():
    random = np.random.default_rng(2)
    truth = random.normal(-1.5, 1.2, 40_000)
    newest = np.arange(40_000) >= 20_000
    outcome = (random.random(40_000) < expit(np.where(newest, truth + 0.5, truth))).astype(float)
    fitted = fit_calibrator(truth, outcome, newest, slope_prior_sd=0.25, intercept_prior_sd=0.15)
    assert fitted.slope == pytest.approx(1, abs=0.05)
    assert fitted.apply(truth[newest]).mean() == pytest.approx(outcome[newest].mean(), rel=0.02)


def test_few_events_move_the_calibration_little_and_none_not_at_all():
    raw = np.full(100, -3.0) + np.linspace(-1, 1, 100)
    few = np.zeros(100)
    few[:8] = 1  # the lowest eight: noise against the order
    fitted = fit_calibrator(raw, few, latest(raw), slope_prior_sd=0.25, intercept_prior_sd=0.15)
    unheld = fit_calibrator(raw, few, latest(raw), slope_prior_sd=1000, intercept_prior_sd=1000)
    assert unheld.slope == pytest.approx(0.05)  # left to itself it would forget what the model knows
    assert 0.4 < fitted.slope < 1
    assert fit_calibrator(raw, np.zeros(100), latest(raw), slope_prior_sd=0.25, intercept_prior_sd=0.15) == Calibrator(
        0.0, 1.0
    )


@pytest.fixture(scope="module")
def crowd():
    """More people, and more different risks, than there are steps."""
    random = np.random.default_rng(12)
    log_odds = random.normal(-2.5, 1, 30_000)
    return expit(log_odds), (random.random(30_000) < expit(log_odds)).astype(float)


def test_the_figure_itself_is_exact_however_many_scores_there_are(crowd):
    risk, outcome = crowd
    weights = draws_of(np.arange(len(risk)), 2, 1)
    found = (
        rank_draws(risk, outcome, weights, thresholds=(0.1, 0.25)) | RiskTally(risk, outcome, weights).brier_and_parts()
    )
    assert found["auroc"][0] == pytest.approx(roc_auc_score(outcome, risk), abs=1e-12)
    assert found["auprc"][0] == pytest.approx(average_precision_score(outcome, risk), abs=1e-12)
    assert found["brier"][0] == pytest.approx(brier_score_loss(outcome, risk), abs=1e-12)
    listed = risk >= np.sort(risk)[-300]
    assert found["ppv_top_1_percent"][0] == pytest.approx(precision_score(outcome, listed))


def test_draws_are_worked_in_steps_that_move_them_far_less_than_an_interval_is_wide(crowd):
    risk, outcome = crowd
    weights = draws_of(np.arange(len(risk)), 20, 1)
    drawn = rank_draws(risk, outcome, weights, thresholds=(0.1, 0.25))
    exact = Ranking(risk, outcome, weights, thresholds=(0.1, 0.25), most=len(risk))
    assert drawn["auroc"] == pytest.approx(exact.auroc(), abs=1e-5)
    assert drawn["auprc"] == pytest.approx(exact.auprc(), abs=1e-4)
    for share in (0.01, 0.05, 0.1):
        width = np.ptp(exact.top(share)[1])
        assert drawn[f"ppv_top_{percent(share)}"] == pytest.approx(exact.top(share)[1], abs=width / 20)
    assert drawn["net_benefit_25_percent"] == pytest.approx(exact.net_benefit(0.25), abs=1e-12)
    counted = RiskTally(risk, outcome, weights)
    line = counted.calibration_line()
    parts = counted.brier_and_parts()
    for k in (0, 7, 20):
        weight = np.asarray(weights, dtype=float)[k]
        assert parts["brier"][k] == pytest.approx(brier_score_loss(outcome, risk, sample_weight=weight), abs=1e-5)
        assert counted.calibration_ratio()[k] == pytest.approx((weight @ outcome) / (weight @ risk), abs=1e-5)
        theirs = sm.GLM(outcome, sm.add_constant(logit(risk)), family=sm.families.Binomial(), freq_weights=weight).fit()
        assert line[0][k] == pytest.approx(theirs.params[1], abs=1e-4)
        offset = sm.GLM(
            outcome, np.ones(len(risk)), family=sm.families.Binomial(), freq_weights=weight, offset=logit(risk)
        ).fit()
        assert line[1][k] == pytest.approx(offset.params[0], abs=1e-4)
