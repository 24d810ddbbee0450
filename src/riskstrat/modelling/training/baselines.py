"""What a model is compared with on the same rows: counts and scores in use today, and logistic regression.

A missing score ranks below every known one; nobody is left out of a comparison.
"""

import warnings

import numpy as np
import polars as pl

from riskstrat.modelling.datasets.rows import Dataset, Rows
from riskstrat.modelling.training.calibration import Floats

BASELINE_TITLES = {
    "prior_year_admissions": "Emergency admissions in the year before",
    "age_and_sex": "Age and sex (logistic regression)",
    "efi": "Electronic frailty index (36 deficits)",
    "hfrs": "Hospital frailty risk score",
    "charlson": "Charlson index (SHMI weights)",
    "cambridge": "Cambridge multimorbidity score",
    "logistic_regression": "Logistic regression on the full snapshot",
}


def baseline_scores(dataset: Dataset, tested: Rows, seed: int) -> dict[str, Floats]:
    """Return each baseline's score for the tested rows, by name; higher means more at risk."""
    people = tested.people
    scores = {
        "prior_year_admissions": _column(people, "emergency_admissions_365d"),
        "efi": _column(people, "efi"),
        "hfrs": _column(people, "hfrs"),
        "charlson": _column(people, "charlson"),
        "cambridge": _column(people, "cambridge_score"),
    }
    names = dataset.contract.names
    both = [name for name in ("age", "sex") if name in names]
    few = [names.index(name) for name in both] if len(both) == 2 else []  # a table may have one alone
    scores["age_and_sex"] = logistic_regression(dataset.rows["train"], tested, few, seed)
    scores["logistic_regression"] = logistic_regression(dataset.rows["train"], tested, list(range(len(names))), seed)
    return {name: scores[name] for name in BASELINE_TITLES if len(np.unique(scores[name])) > 1}


def logistic_regression(train: Rows, tested: Rows, columns: list[int], seed: int) -> Floats:
    """Return log odds of a ridge logistic regression, with medians and flags for what is missing."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    known = [k for k in columns if np.isfinite(train.matrix[:, k]).any()]
    if not known:
        return np.zeros(len(tested))
    model = make_pipeline(
        SimpleImputer(strategy="median", add_indicator=True),
        StandardScaler(),
        LogisticRegression(C=0.1, max_iter=100, tol=1e-3, random_state=seed),
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(train.matrix[:, known], train.outcome)
    return np.asarray(model.decision_function(tested.matrix[:, known]), dtype=np.float64)


def _column(people: pl.DataFrame, name: str) -> Floats:
    if name not in people.columns:
        return np.zeros(len(people))
    return people[name].cast(pl.Float64).fill_null(-1.0).to_numpy()
