"""Small random LightGBM models and awkward rows for them: what exact contributions are held against."""

import lightgbm
import numpy as np

FEATURES = 6


def random_matrix(random, rows):
    """Return rows of measures, counts, flags, categories and rounded numbers, a part of each missing."""
    matrix = np.column_stack(
        [
            random.normal(0, 1, rows),
            random.poisson(0.7, rows),
            random.random(rows) < 0.2,
            random.integers(0, 70, rows),  # more than two words of categories
            np.round(random.normal(0, 2, rows)),
            random.exponential(300, rows),
        ]
    ).astype(np.float32)
    matrix[random.random(matrix.shape) < random.choice([0.0, 0.2])] = np.nan
    return matrix


def random_model(seed, rows=400, rounds=4, **parameters):
    """Return a model's text; parameters are LightGBM's, and ``categories``: which columns are words."""
    random = np.random.default_rng(seed)
    matrix = random_matrix(random, rows)
    known = np.nan_to_num(matrix)
    lean = known[:, 0] + known[:, 1] * known[:, 2] + np.sin(known[:, 3]) + 0.3 * known[:, 4] * (known[:, 5] > 200)
    outcome = (random.random(rows) < 1 / (1 + np.exp(-lean))).astype(int)
    categories = parameters.pop("categories", [])
    settings = {
        "objective": "binary", "num_leaves": 31, "min_data_in_leaf": 5, "learning_rate": 0.3, "min_data_per_group": 1,
        "cat_smooth": 1, "verbosity": -1, "num_threads": 1, "seed": seed % 1000, "deterministic": True,
    } | parameters  # fmt: skip
    reading = {key: settings[key] for key in ("use_missing", "zero_as_missing", "linear_tree") if key in settings}
    if settings["objective"] == "multiclass":
        outcome = np.minimum(outcome + random.integers(0, 2, rows), 2)
    data = lightgbm.Dataset(matrix, outcome, categorical_feature=categories, params=reading | {"verbosity": -1})
    return lightgbm.train(settings, data, rounds).model_to_string()


def awkward_rows(text, random, rows=60):
    """Return random rows with many values at, just above and just below the model's own thresholds, and odd ones."""
    matrix = random_matrix(random, rows)
    thresholds = [
        float(word)
        for line in text.splitlines()
        if line.startswith("threshold=")
        for word in line.partition("=")[2].split()
    ]
    at = np.array(thresholds or [0.0], dtype=np.float32)
    odd = [0.0, -0.0, 1e-36, -1e-36, 1e-34, -1e-34, np.inf, -np.inf, np.nan, -0.5, -1.0, 31.0, 32.0, 63.9, 1e10, 5.5]
    values = np.concatenate([at, np.nextafter(at, np.inf), np.nextafter(at, -np.inf), np.array(odd, dtype=np.float32)])
    chosen = random.random(matrix.shape) < 0.3
    matrix[chosen] = random.choice(values.astype(np.float32), chosen.sum())
    return matrix


def pred_contrib(text, matrix):
    """Return LightGBM's own contributions."""
    booster = lightgbm.Booster(model_str=text)
    return booster.predict(matrix, pred_contrib=True, num_threads=1)


def raw_scores(text, matrix):
    """Return LightGBM's raw scores."""
    return lightgbm.Booster(model_str=text).predict(matrix, raw_score=True, num_threads=1)
