"""What the room's booster is compared with: other learners at their defaults, on the same encoded rows.

They are fitted on the training and the stopping side together, since none of them needs the second (scikit-learn's
boosting keeps a tenth of its rows to stop early by itself). One thread each.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from riskstrat.errors import UsageFault
from riskstrat.modelling.datasets.rows import Dataset, Rows, together
from riskstrat.modelling.training.baselines import logistic_regression
from riskstrat.modelling.training.calibration import Floats, logit


@dataclass(frozen=True)
class Scored:
    """Log odds of the calibrating and of the tested rows, and the CPU seconds of fitting and scoring."""

    name: str
    calibrating: Floats
    tested: Floats
    seconds: float


def require_xgboost() -> str:
    """Return the version of xgboost; raises ``UsageFault`` where it is not installed."""
    try:
        import xgboost
    except ModuleNotFoundError:
        raise UsageFault(
            "this benchmark compares with xgboost, which riskstrat does not use and does not install",
            "pip install xgboost-cpu (Linux and Windows), or pip install xgboost",
        ) from None
    return str(xgboost.__version__)


def competitors(dataset: Dataset, tested: Rows, seed: int) -> list[Scored]:
    """Fit and score every competitor."""
    train = together([dataset.rows["train"], dataset.rows["stop"]])
    both = together([dataset.rows["calibrate"], tested])
    is_tested = np.isin(both.person_id, tested.person_id)
    words = [k for k, feature in enumerate(dataset.contract.features) if feature.kind == "words"]
    learners = {
        "scikit-learn `HistGradientBoostingClassifier`": lambda: _boosted(train, seed),
        "xgboost `XGBClassifier`": lambda: _xgboost(train, seed),
        "logistic regression, words as indicators": lambda: _with_indicators(train, words),
        "logistic regression, this room's baseline": lambda: _of_the_room(train, seed),
    }
    scored = []
    for name, fitted in learners.items():
        before = time.process_time()
        log_odds = fitted()(both)
        seconds = time.process_time() - before
        scored.append(Scored(name, log_odds[~is_tested], log_odds[is_tested], seconds))
    return scored


LogOdds = Callable[[Rows], Floats]


def _boosted(train: Rows, seed: int) -> LogOdds:
    from sklearn.ensemble import HistGradientBoostingClassifier

    model = HistGradientBoostingClassifier(random_state=seed).fit(train.matrix, train.outcome)
    return lambda rows: np.asarray(model.decision_function(rows.matrix), dtype=np.float64)


def _xgboost(train: Rows, seed: int) -> LogOdds:
    from xgboost import XGBClassifier

    model = XGBClassifier(n_jobs=1, random_state=seed).fit(train.matrix, train.outcome)
    return lambda rows: logit(np.asarray(model.predict_proba(rows.matrix)[:, 1], dtype=np.float64))


def _with_indicators(train: Rows, words: list[int]) -> LogOdds:
    """Return logistic regression with an indicator for each word that 50 rows or more have."""
    from sklearn.compose import ColumnTransformer
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    numbers = [k for k in range(train.matrix.shape[1]) if k not in words]
    columns = ColumnTransformer(
        [
            ("words", OneHotEncoder(min_frequency=50, handle_unknown="infrequent_if_exist"), words),
            ("numbers", make_pipeline(SimpleImputer(strategy="median"), StandardScaler()), numbers),
        ]
    )
    model = make_pipeline(columns, LogisticRegression(max_iter=2000)).fit(train.matrix, train.outcome)
    return lambda rows: np.asarray(model.decision_function(rows.matrix), dtype=np.float64)


def _of_the_room(train: Rows, seed: int) -> LogOdds:
    columns = list(range(train.matrix.shape[1]))
    return lambda rows: logistic_regression(train, rows, columns, seed)
