"""Whatever the model and the rows: our contributions are LightGBM's own within 1e-9, and add up to the raw score."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from riskstrat.modelling.explanation.contributions import contributions
from riskstrat.modelling.explanation.forest import read_forest
from support.random_models import awkward_rows, pred_contrib, random_model, raw_scores

seeds = st.integers(0, 2**31 - 1)
shapes = st.fixed_dictionaries(
    {
        "num_leaves": st.sampled_from([2, 3, 7, 31, 400]),
        "max_depth": st.sampled_from([-1, 2, 6]),
        "min_data_in_leaf": st.sampled_from([1, 5, 60]),
        "categories": st.sampled_from([[], [3], [1, 3]]),
        "feature_fraction": st.sampled_from([0.4, 1.0]),
        "use_missing": st.booleans(),
        "zero_as_missing": st.booleans(),
        "lambda_l2": st.sampled_from([0.0, 5.0]),
    },
    optional={"boosting": st.just("dart"), "extra_trees": st.just(True)},
)


def largest_difference(text, seed):
    """How far our contributions lie from LightGBM's, or their sum from the raw score, at most."""
    matrix = awkward_rows(text, np.random.default_rng(seed + 1))
    forest = read_forest(text)
    assert forest is not None
    mine = contributions(forest, matrix, 1)
    from_theirs = np.abs(mine - pred_contrib(text, matrix))
    from_score = np.abs(mine.sum(axis=1) - raw_scores(text, matrix))
    return max(from_theirs.max(), from_score.max())


@settings(max_examples=60, deadline=None)
@given(seeds, shapes)
def test_any_shape_of_trees(seed, shape):
    assert largest_difference(random_model(seed, **shape), seed) <= 1e-9


@settings(max_examples=15, deadline=None)
@given(seeds, st.lists(st.sampled_from([-1, 0, 1]), min_size=6, max_size=6), st.sampled_from(["basic", "advanced"]))
def test_monotone_constraints(seed, monotone, method):
    text = random_model(seed, monotone_constraints=monotone, monotone_constraints_method=method)
    assert largest_difference(text, seed) <= 1e-9


@settings(max_examples=8, deadline=None)
@given(seeds, st.sampled_from([1, 2]))
def test_few_features_split_on_again_and_again(seed, features):
    others = [0.0] * 6
    others[:features] = [1.0] * features
    text = random_model(seed, rows=1500, num_leaves=300, min_data_in_leaf=1, feature_contri=others)
    forest = read_forest(text)
    assert (forest.nodes["same"] >= 0).mean() > 0.5
    assert largest_difference(text, seed) <= 1e-9
