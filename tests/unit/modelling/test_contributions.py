"""Exact contributions: the definition by hand, what they do not depend on, and models that are left to LightGBM."""

import re
from fractions import Fraction
from itertools import combinations
from math import factorial, isnan

import lightgbm
import numpy as np
import pytest

from riskstrat.modelling.explanation import contributions as module
from riskstrat.modelling.explanation.contributions import contributions
from riskstrat.modelling.explanation.forest import read_forest
from riskstrat.modelling.training.booster import Trees
from support.random_models import FEATURES, awkward_rows, pred_contrib, random_matrix, random_model, raw_scores

COLUMNS = [f"Column_{k}" for k in range(FEATURES)]


def expected(tree, row, known, at=0):
    """Return a tree's expected value when only the ``known`` features are: elsewhere training rows are the odds."""
    if "value" in tree[at]:
        return tree[at]["value"]
    feature, threshold, (left, right) = tree[at]["feature"], tree[at]["threshold"], tree[at]["children"]
    if feature in known:
        return expected(tree, row, known, left if row[feature] <= threshold else right)
    rows, below = [tree[k]["rows"] for k in (left, right)], [expected(tree, row, known, k) for k in (left, right)]
    return (rows[0] * below[0] + rows[1] * below[1]) / Fraction(sum(rows))


def shapley(tree, row, features):
    """Return each feature's Shapley value by its definition: a sum over all sets of the other features."""
    values = []
    for feature in range(features):
        others = [k for k in range(features) if k != feature]
        total = Fraction(0)
        for size in range(features):
            for known in combinations(others, size):
                weight = Fraction(factorial(size) * factorial(features - size - 1), factorial(features))
                total += weight * (expected(tree, row, {*known, feature}) - expected(tree, row, set(known)))
        values.append(total)
    return [*values, expected(tree, row, set())]


# Feature 0 is split on three times on the way to the deepest leaf, the second time within what the first left of it.
TREE = [
    {"feature": 0, "threshold": 5, "children": (1, 2), "rows": 100},
    {"feature": 1, "threshold": 0, "children": (3, 4), "rows": 70},
    {"feature": 2, "threshold": 1, "children": (5, 6), "rows": 30},
    {"value": Fraction(-3, 2), "rows": 20},
    {"feature": 0, "threshold": 2, "children": (7, 8), "rows": 50},
    {"value": Fraction(1, 4), "rows": 1},
    {"value": Fraction(2), "rows": 29},
    {"value": Fraction(-1, 3), "rows": 10},
    {"feature": 0, "threshold": 3, "children": (9, 10), "rows": 40},
    {"value": Fraction(5), "rows": 15},
    {"value": Fraction(-7, 8), "rows": 25},
]


def chain(splits, features=3):
    """Return a tree whose every split but the last has one leaf and one split under it."""
    tree = []
    for k in range(splits):
        place = 2 * k
        tree.append(
            {"feature": k % features, "threshold": k, "children": (place + 1, place + 2), "rows": splits + 1 - k}
        )
        tree.append({"value": Fraction(k), "rows": 1})
    return [*tree, {"value": Fraction(1), "rows": 1}]


def as_text(tree):
    """Return the tree as a LightGBM text."""
    inner, leaves = (
        [k for k in range(len(tree)) if "feature" in tree[k]],
        [k for k in range(len(tree)) if "value" in tree[k]],
    )

    def number(k):
        return inner.index(k) if k in inner else ~leaves.index(k)

    lists = {
        "split_feature": [tree[k]["feature"] for k in inner],
        "threshold": [tree[k]["threshold"] for k in inner],
        "decision_type": [2] * len(inner),
        "left_child": [number(tree[k]["children"][0]) for k in inner],
        "right_child": [number(tree[k]["children"][1]) for k in inner],
        "leaf_value": [float(tree[k]["value"]) for k in leaves],
        "leaf_count": [tree[k]["rows"] for k in leaves],
        "internal_count": [tree[k]["rows"] for k in inner],
    }
    body = "\n".join(f"{name}={' '.join(map(str, values))}" for name, values in lists.items())
    last = max(lists["split_feature"])
    head = f"tree\nversion=v4\nnum_class=1\nnum_tree_per_iteration=1\nmax_feature_idx={last}\n"
    return f"{head}\nTree=0\nnum_leaves={len(leaves)}\nnum_cat=0\n{body}\nis_linear=0\n\n\nend of trees\n"


def test_they_are_shapley_values_by_the_definition():
    rows = np.array([[a, b, c] for a in (1, 2.5, 4, 9) for b in (-1, 1) for c in (0, 2)], dtype=np.float32)
    found = contributions(read_forest(as_text(TREE)), rows, 1)
    for row, mine in zip(rows, found, strict=True):
        assert mine == pytest.approx([float(value) for value in shapley(TREE, row, 3)], abs=1e-14)


def by_the_integral(tree, row, feature, at=0, path=None):
    """Return a feature's contribution as the sum over leaves of v (o - z) ∫ ∏ (o t + z (1 - t)) dt, in fractions."""
    path = path or {}
    if "value" in tree[at]:
        passes, share = path.get(feature, (0, 0))
        polynomial = [Fraction(1)]
        for o, z in [factor for other, factor in path.items() if other != feature]:
            times_t = [0, *polynomial]
            polynomial = [(o - z) * a + z * b for a, b in zip(times_t, [*polynomial, 0], strict=True)]
        return tree[at]["value"] * (passes - share) * sum(c / Fraction(k + 1) for k, c in enumerate(polynomial))
    own, children = tree[at]["feature"], tree[at]["children"]
    taken = children[0 if row[own] <= tree[at]["threshold"] else 1]
    o, z = path.get(own, (1, Fraction(1)))
    return sum(
        by_the_integral(tree, row, feature, k, path | {own: (o * (k == taken), z * tree[k]["rows"] / tree[at]["rows"])})
        for k in children
    )


def test_long_paths_stay_exact_where_lightgbms_own_do_not():
    """On 60 features a path LightGBM's own are out by more than 0.01 (4.7.0); ours by nothing that can be seen."""
    tree = chain(60, features=60)
    rows = np.where(np.random.default_rng(0).random((5, 60)) < 0.9, 1e3, -1e3).astype(np.float32)
    rows[0] = 1e3
    found = contributions(read_forest(as_text(tree)), rows, 1)
    reached = [next((k for k in range(60) if row[k] < 0), 60) for row in rows]
    assert found.sum(axis=1) == pytest.approx([k if k < 60 else 1 for k in reached], abs=1e-11)
    for feature in (0, 17, 59):
        assert found[0, feature] == pytest.approx(float(by_the_integral(tree, rows[0], feature)), abs=1e-12)


def test_compiled_or_not_whatever_the_block_and_the_threads_they_are_the_same_bytes(monkeypatch):
    text = random_model(3, num_leaves=60, categories=[3], zero_as_missing=True)
    forest, matrix = read_forest(text), awkward_rows(text, np.random.default_rng(4), 700)
    monkeypatch.setattr(module, "_WORTH_COMPILING", 0)
    whole = contributions(forest, matrix, 1)
    assert whole == pytest.approx(pred_contrib(text, matrix), abs=1e-9)
    for block, threads in ((1000, 1), (64, 2), (7, 3), (699, 2)):
        again = contributions(forest, matrix, threads, block=block)
        assert again.tobytes() == whole.tobytes(), (block, threads)
    assert contributions(forest, np.asfortranarray(matrix), 2).tobytes() == whole.tobytes()
    alone = contributions(forest, matrix[123:124], 1)
    monkeypatch.setattr(module, "_WORTH_COMPILING", 10**9)
    assert contributions(forest, matrix[123:124], 1).tobytes() == alone.tobytes() == whole[123].tobytes()
    assert contributions(forest, matrix[:20], 1).tobytes() == whole[:20].T.copy(order="C").T.tobytes()


def test_a_model_that_learned_nothing_gives_everyone_the_base_value():
    text = random_model(1, min_data_in_leaf=300)
    matrix = random_matrix(np.random.default_rng(2), 5)
    found = contributions(read_forest(text), matrix, 2)
    assert (found[:, :-1] == 0).all()
    assert found[:, -1] == pytest.approx(raw_scores(text, matrix), abs=1e-12)
    assert contributions(read_forest(text), matrix[:0], 2).shape == (0, FEATURES + 1)


@pytest.mark.parametrize("threshold", ["0", "1e-36", "-1e-36", "-1.0000000180025095e-35"])
@pytest.mark.parametrize("decision", [0, 2, 4, 6, 8, 10])
def test_nought_missing_values_and_every_rule_for_them_are_lightgbms(threshold, decision):
    text = re.sub("tree_sizes=.*\n", "", random_model(7, rounds=1, num_leaves=4))
    for name, value in (("threshold", threshold), ("decision_type", str(decision))):
        text = re.sub(f"\n{name}=.*", f"\n{name}={' '.join([value] * 3)}", text)
    values = [0, -0.0, 1e-36, -1e-36, 1e-35, -1e-35, 2e-35, -2e-35, np.nan, np.inf, -np.inf, 1, -1]
    matrix = np.repeat(np.array(values, dtype=np.float32)[:, None], FEATURES, axis=1)
    assert contributions(read_forest(text), matrix, 1) == pytest.approx(pred_contrib(text, matrix), abs=1e-12)


@pytest.mark.parametrize(
    "settings",
    [
        {"objective": "multiclass", "num_class": 3},
        {"boosting": "rf", "bagging_freq": 1, "bagging_fraction": 0.6},
    ],
    ids=["many classes", "random forest"],
)
def test_what_the_tables_cannot_hold_is_left_to_lightgbm(settings):
    text = random_model(11, **settings)
    matrix = random_matrix(np.random.default_rng(5), 20)
    assert read_forest(text) is None
    assert (Trees(text, COLUMNS, 2).contributions(matrix) == pred_contrib(text, matrix)).all()


def test_linear_trees_are_left_to_lightgbm_which_refuses_them():
    text = random_model(11, linear_tree=True)
    assert read_forest(text) is None
    with pytest.raises(lightgbm.basic.LightGBMError, match="not implemented for linear trees"):
        Trees(text, COLUMNS, 2).contributions(random_matrix(np.random.default_rng(5), 20))


def test_another_format_leaves_without_rows_and_very_deep_trees_are_left_to_lightgbm():
    text = as_text(TREE)
    assert read_forest(text) is not None
    assert read_forest(text.replace("version=v4", "version=v3")) is None
    assert read_forest(text.replace("leaf_count=20 1 29", "leaf_count=20 0 30")) is None
    assert read_forest(text.replace("leaf_count=20 1 29", "leaf_count=20 1 28")) is None
    assert read_forest(text.replace("leaf_value=-1.5", "leaf_value=nan")) is None
    assert read_forest(as_text(chain(100))) is not None
    assert read_forest(as_text(chain(101))) is None


def test_what_is_held_is_not_left_to_lightgbm(monkeypatch):
    text = random_model(12)
    trees = Trees(text, COLUMNS, 2)
    monkeypatch.setattr(trees._booster, "predict", None)
    matrix = random_matrix(np.random.default_rng(6), 20)
    assert trees.contributions(matrix) == pytest.approx(pred_contrib(text, matrix), abs=1e-9)


def test_a_matrix_of_another_width_is_refused():
    with pytest.raises(ValueError, match="reads 6 columns and the matrix has 5"):
        contributions(read_forest(random_model(1)), np.zeros((2, 5), dtype=np.float32), 1)


def test_a_leaf_has_a_value_and_a_split_has_none():
    nodes = read_forest(as_text(TREE)).nodes
    assert sum(isnan(node["left_leaf"]) + isnan(node["right_leaf"]) for node in nodes) == len(nodes) - 1
