"""The same booster fitted again without the columns of each source, and once with another seed.

Same rows, same sides, same settings, same seed: only the columns differ, so that what is lost is what the source tells
and no other source does. A fit is partly luck, since trees draw rows and columns by lot: how far the whole model moves
with another seed is the yardstick for the others.
"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from riskstrat.modelling.datasets.feature_contract import FeatureContract
from riskstrat.modelling.datasets.rows import Dataset, Rows
from riskstrat.modelling.evaluation.sources import columns_without
from riskstrat.modelling.evaluation.worth import Refit
from riskstrat.modelling.spec import ModelSpec
from riskstrat.modelling.training.fitted import fit_and_calibrate
from riskstrat.pages import SOURCE_WORDS
from riskstrat.project import Progress


def refits_without_each_source(
    spec: ModelSpec, dataset: Dataset, threads: int, progress: Progress, tested: Rows
) -> Iterator[Refit]:
    """Yield the model fitted with another seed, then without each source of its columns.

    A source none of whose columns holds a value in training was not held, and is left out; so is one without which no
    column would be left.
    """
    progress(f"{spec.name}: training again with another seed")
    seeded = spec.model_copy(update={"training": spec.training.model_copy(update={"seed": spec.training.seed + 1})})
    risk = fit_and_calibrate(seeded, dataset, threads).risk(tested.matrix)
    yield Refit(None, 0, risk)
    for source, title in SOURCE_WORDS.items():
        is_lost = np.array([name in columns_without(source) for name in dataset.contract.names])
        lost, kept = np.flatnonzero(is_lost), np.flatnonzero(~is_lost)
        if not len(kept) or not np.isfinite(dataset.rows["train"].matrix[:, lost]).any():
            continue
        progress(f"{spec.name}: training again without {title}")
        fitted = fit_and_calibrate(spec, _of_columns(dataset, kept), threads)
        yield Refit(source, len(lost), fitted.risk(tested.matrix[:, kept]))


def _of_columns(dataset: Dataset, kept: npt.NDArray[np.intp]) -> Dataset:
    """Return the dataset with some of its columns, on the sides that a fit reads."""
    return replace(
        dataset,
        contract=FeatureContract(tuple(dataset.contract.features[k] for k in kept)),
        rows={
            side: replace(dataset.rows[side], matrix=dataset.rows[side].matrix[:, kept])
            for side in ("train", "stop", "calibrate")
        },
    )
