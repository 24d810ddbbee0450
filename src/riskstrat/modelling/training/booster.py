"""Fitting the booster: LightGBM on fixed row order, seeds and threads, so that the same data give the same text."""

import re
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from riskstrat.modelling.datasets.rows import Dataset
from riskstrat.modelling.explanation.contributions import contributions
from riskstrat.modelling.explanation.forest import Forest, column_names, read_forest
from riskstrat.modelling.spec import ModelSpec
from riskstrat.modelling.training.calibration import Floats

_VALUES_PER_THREAD = 10_000_000
_ROWS_PER_THREAD = 50_000
"""Below these a second thread waits longer than it works (measured on two shared cores: at least twice the time)."""


_THREADS = re.compile(r"^\[num_threads: \d+\]$", re.MULTILINE)
"""What the text says of threads says nothing of the model: 0, LightGBM's default, so that any number gives one text."""


def useful_threads(threads: int, work: int, per_thread: int) -> int:
    """Return how many of the threads are worth starting; the trees are the same with any number."""
    return max(1, min(threads, work // per_thread))


def parameters(spec: ModelSpec, dataset: Dataset) -> dict[str, Any]:
    """Return LightGBM's parameters: everything that decides the model, nothing left to a default that may move.

    How many threads fit it is not among them: the trees are the same with any number.
    """
    training = spec.training
    return {
        "objective": "binary",
        "learning_rate": training.learning_rate,
        "num_leaves": training.leaves,
        "max_depth": training.depth,
        "min_data_in_leaf": training.least_rows_in_leaf,
        "feature_fraction": training.feature_fraction,
        "bagging_fraction": training.bagging_fraction,
        "bagging_freq": 1,
        "lambda_l2": training.l2,
        "max_bin": 63,
        "monotone_constraints": [feature.monotone for feature in dataset.contract.features],
        "monotone_constraints_method": "basic",
        "seed": training.seed,
        "deterministic": True,
        "force_row_wise": True,
        "verbosity": -1,
    }


def fit(spec: ModelSpec, dataset: Dataset, threads: int) -> tuple[str, int]:
    """Return the model's text and its number of rounds, chosen by log loss on the people who stop training early."""
    import lightgbm

    useful = useful_threads(threads, dataset.rows["train"].matrix.size, _VALUES_PER_THREAD)
    settings = parameters(spec, dataset) | {"num_threads": useful}

    def made(side: str, reference: Any = None) -> Any:
        rows = dataset.rows[side]
        return lightgbm.Dataset(
            rows.matrix,
            label=rows.outcome,
            feature_name=dataset.contract.names,
            reference=reference,
            params={key: settings[key] for key in ("verbosity", "max_bin", "force_row_wise", "num_threads")},
        )

    train = made("train")
    booster = lightgbm.train(
        settings,
        train,
        num_boost_round=spec.training.most_rounds,
        valid_sets=[made("stop", train)],
        callbacks=[lightgbm.early_stopping(spec.training.stop_after, verbose=False)],
    )
    rounds = int(booster.best_iteration or booster.current_iteration())
    text = str(booster.model_to_string(num_iteration=rounds))
    return _THREADS.sub("[num_threads: 0]", text), rounds


class Trees:
    """A booster read back from its text, with the contract of what it reads. Read only text whose hash was checked."""

    def __init__(self, text: str, feature_names: list[str], threads: int) -> None:
        """Keep the text; ``ValueError`` where its own column names are not the contract's."""
        self._text = text
        self._threads = threads
        if column_names(text) != feature_names:
            raise ValueError("the model's text and its feature contract name other columns")

    def raw(self, matrix: npt.NDArray[np.float32]) -> Floats:
        """Return raw log odds."""
        predicted = self._booster.predict(matrix, raw_score=True, num_threads=self._useful(matrix))
        return np.asarray(predicted, dtype=np.float64)

    def contributions(self, matrix: npt.NDArray[np.float32]) -> Floats:
        """Return exact contributions to the raw log odds: a column per feature, then the base value.

        By ``explanation.contributions``; by LightGBM, which takes some fifty times as long, where the trees have what
        ``explanation.forest`` does not hold. No model of this room's own making has.
        """
        if self._forest is not None:
            return contributions(self._forest, matrix, self._threads)
        predicted = self._booster.predict(matrix, pred_contrib=True, num_threads=self._useful(matrix, 100))
        return np.asarray(predicted, dtype=np.float64)

    @cached_property
    def _booster(self) -> Any:
        import lightgbm  # seconds, which who only explains an estimate need not wait

        return lightgbm.Booster(model_str=self._text)

    @cached_property
    def _forest(self) -> Forest | None:
        return read_forest(self._text)

    def _useful(self, matrix: npt.NDArray[np.float32], cost: int = 1) -> int:
        return useful_threads(self._threads, len(matrix) * cost, _ROWS_PER_THREAD)

    def gains(self) -> dict[str, float]:
        """Return each feature's share of the total gain in training."""
        gain = self._booster.feature_importance("gain")
        total = float(gain.sum()) or 1.0
        return {name: float(g) / total for name, g in zip(self._booster.feature_name(), gain, strict=True)}
