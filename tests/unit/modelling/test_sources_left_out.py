"""A feed that stops: which columns go, and what is said of a model that does or does not lean on them."""

import numpy as np
import pytest

from riskstrat.contract import TABLES
from riskstrat.features.catalogue import families
from riskstrat.modelling.datasets.feature_contract import Feature, FeatureContract
from riskstrat.modelling.evaluation.importance import by_factor
from riskstrat.modelling.evaluation.sources import columns_without, left_out_one_by_one
from riskstrat.modelling.explanation.factors import read_factors
from riskstrat.pages import SOURCE_WORDS

CONTRACT = FeatureContract(
    tuple(Feature(name, "whole") for name in ("age", "emergency_admissions_365d", "medicines_365d", "efi_deficits"))
)


def risk_of(matrix):
    """Return a risk that rises with age and admissions, and takes no admissions where they are unknown."""
    score = matrix[:, 0] / 40 + np.nan_to_num(matrix[:, 1]) - 3
    return 1 / (1 + np.exp(-score.astype(np.float64)))


@pytest.fixture(scope="module")
def rows():
    random = np.random.default_rng(4)
    matrix = np.column_stack([random.uniform(18, 90, 3000), random.poisson(0.4, 3000), np.ones((3000, 2))])
    matrix = matrix.astype(np.float32)
    outcome = (random.random(3000) < risk_of(matrix)).astype(float)
    return {row["source"]: row for row in left_out_one_by_one(CONTRACT, matrix, outcome, risk_of)}


def test_every_source_with_columns_may_stop_but_registrations():
    needed = {source for family in families() for source in family.sources}
    assert needed - set(SOURCE_WORDS) == {"registration"}
    assert set(SOURCE_WORDS) <= set(TABLES)


def test_columns_go_with_every_source_they_need():
    assert "emergency_admissions_365d" in columns_without("apc_episode")
    assert "age" not in frozenset().union(*(columns_without(source) for source in SOURCE_WORDS))
    assert "efi_deficits" in columns_without("gp_event") & columns_without("gp_prescription")  # made from both
    assert "in_hospital_by_notice" in columns_without("admission_notice")


def test_a_source_that_feeds_no_column_is_not_a_row_and_one_the_model_ignores_changes_nothing(rows):
    assert set(rows) == {None, "gp_event", "gp_prescription", "apc_episode"}
    assert rows["gp_prescription"]["columns"] == 2  # its own, and the frailty index
    for name in ("auroc", "calibration_ratio", "sensitivity_top_5_percent"):
        assert rows["gp_prescription"][name] == rows[None][name]
    assert rows["gp_prescription"]["auroc_change"] == {"value": 0, "low": 0, "high": 0}


def test_a_source_the_model_leans_on_costs_rank_and_level(rows):
    lost = rows["apc_episode"]
    assert lost["auroc_change"]["high"] < 0
    assert lost["auroc"]["value"] - rows[None]["auroc"]["value"] == pytest.approx(
        lost["auroc_change"]["value"], abs=2e-4
    )
    assert lost["calibration_ratio"]["low"] > 1  # who has admissions that nobody sees is told too low a risk


def test_nothing_is_shown_of_few_events():
    matrix = np.ones((100, 4), dtype=np.float32)
    rows = left_out_one_by_one(CONTRACT, matrix, (np.arange(100) < 9).astype(float), risk_of)
    assert all(set(row) == {"source", "title", "columns"} for row in rows)


def test_importance_adds_up_columns_of_a_factor_before_it_takes_sizes():
    admissions = read_factors().by_id()["emergency_admissions"].columns[:2]
    names = [*admissions, "age", "unheard_of"]
    contributions = np.array([[0.5, -0.5, 0.3, 0.0, -2.0], [0.5, -0.1, -0.5, 0.0, -2.0]])
    found = by_factor(contributions, names)
    assert [(row["factor"], row["log_odds"]) for row in found] == [("age", 0.4), ("emergency_admissions", 0.2)]
    assert [row["share"] for row in found] == [0.6667, 0.3333]  # the base value is nobody's
