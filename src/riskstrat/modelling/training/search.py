"""An optional search for the booster's parameters within a time budget, by Optuna (the extra ``search``).

It fits on the training side and scores by log loss on the stopping side; it never sees the calibrating or the testing
side. How many trials fit into a budget depends on the machine and on what else runs there, so the result does too. What
was found is therefore written into the ``[training]`` table of the version's own spec: from that spec, the same inputs
give the same model file, without a search. The spec's own parameters are the first trial: on the stopping side the
result is never worse than what was there.
"""

import re
import time
from collections.abc import Callable
from typing import Any

from riskstrat.errors import UsageFault
from riskstrat.modelling.datasets.rows import Dataset
from riskstrat.modelling.spec import ModelSpec, Training, parse_spec
from riskstrat.modelling.training.booster import Trees, fit
from riskstrat.modelling.training.calibration import expit

SEARCHED = ("learning_rate", "leaves", "depth", "least_rows_in_leaf", "feature_fraction", "bagging_fraction", "l2")
_SIDES = ("train", "stop")
_DIGITS = 3
_TRIED = "parameters"


def search(
    spec: ModelSpec, dataset: Dataset, threads: int, minutes: float, clock: Callable[[], float] = time.monotonic
) -> tuple[ModelSpec, dict[str, Any]]:
    """Return the spec with the best parameters found in about ``minutes``, and a record of the search.

    A trial that is running when the time is up is finished; the spec's own parameters are always tried. Raises
    ``UsageFault`` where Optuna is not installed.
    """
    optuna = find_optuna()
    sides = Dataset(dataset.contract, {side: dataset.rows[side] for side in _SIDES})
    until = clock() + 60 * minutes

    def loss(trial: Any) -> float:
        # The spec's own may lie outside what is searched, where Optuna would warn, or refuse a logarithm of 0.
        own = {name: getattr(spec.training, name) for name in SEARCHED}
        parameters = _suggested(trial) if trial.number else own
        trial.set_user_attr(_TRIED, parameters)
        return stopping_loss(with_training(spec, parameters), sides, threads)

    study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=spec.training.seed))
    study.optimize(loss, n_trials=1)
    while clock() < until:
        study.optimize(loss, n_trials=1)
    best = study.best_trial
    record = {
        "minutes": minutes,
        "trials": len(study.trials),
        "optuna": optuna.__version__,
        "stopping_log_loss_before": round(study.trials[0].value, 6),
        "stopping_log_loss_found": round(best.value, 6),
        "found": best.user_attrs[_TRIED],
    }
    return with_training(spec, record["found"]), record


def stopping_loss(spec: ModelSpec, dataset: Dataset, threads: int) -> float:
    """Return the log loss on the stopping side of a booster fitted by ``spec`` on the training side."""
    from sklearn.metrics import log_loss

    text, _ = fit(spec, dataset, threads)
    stop = dataset.rows["stop"]
    return float(log_loss(stop.outcome, expit(Trees(text, dataset.contract.names, threads).raw(stop.matrix))))


def with_training(spec: ModelSpec, found: dict[str, Any]) -> ModelSpec:
    """Return the spec with these training parameters, in its text as well; the dates that the data reach are kept."""
    others = re.sub(r"(?ms)^\[training\].*?(?=^\[|\Z)", "", spec.text).rstrip("\n")
    text = f"{others}\n\n{training_table(spec.training.model_copy(update=found))}\n"
    return parse_spec(spec.name, text).model_copy(update={"split": spec.split})


def training_table(training: Training) -> str:
    """Return the ``[training]`` table to paste into a spec."""
    return "\n".join(["[training]", *(f"{name} = {value}" for name, value in training.model_dump().items())])


def _suggested(trial: Any) -> dict[str, Any]:
    """Return one trial's parameters, within what a spec may say; fractions are rounded as they will be written down."""
    return {
        "learning_rate": _rounded(trial.suggest_float("learning_rate", 0.02, 0.2, log=True)),
        "leaves": trial.suggest_int("leaves", 4, 64, log=True),
        "depth": trial.suggest_int("depth", 2, 6),
        "least_rows_in_leaf": trial.suggest_int("least_rows_in_leaf", 10, 1000, log=True),
        "feature_fraction": _rounded(trial.suggest_float("feature_fraction", 0.1, 1.0)),
        "bagging_fraction": _rounded(trial.suggest_float("bagging_fraction", 0.5, 1.0)),
        "l2": _rounded(trial.suggest_float("l2", 0.01, 100.0, log=True)),
    }


def _rounded(value: float) -> float:
    return float(f"{value:.{_DIGITS}g}")


def find_optuna() -> Any:
    """Return the module; raises ``UsageFault`` where it is not installed."""
    try:
        import optuna
    except ImportError:
        raise UsageFault(
            "a search needs Optuna, which is not installed",
            "install it with riskstrat:  pip install 'riskstrat[search]'",
            "or leave the search out: the spec's own parameters need nothing",
        ) from None
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    return optuna
