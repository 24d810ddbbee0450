"""What each source adds to a model: the model beside the same one trained again without it, on the same test rows.

It answers whether a feed is worth having. Whoever has the feed and finds it stopped wants ``sources`` instead, where
nobody trains again. Sources tell much of the same: two of which neither adds anything to the other may add much
together. Figures and paired intervals are those of every comparison (``comparison``). An interval speaks of other
practices, or other people, and not of the luck of a fit: the same columns with another seed stand beside for that.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from riskstrat.features.horizons import sources_of_labels
from riskstrat.modelling.datasets.rows import Rows
from riskstrat.modelling.evaluation.bootstrap import clusters_of, draws_of, practices_of
from riskstrat.modelling.evaluation.comparison import comparison
from riskstrat.modelling.evaluation.guarded import TOO_FEW
from riskstrat.modelling.evaluation.listing import Board, PracticeLists, list_draws
from riskstrat.modelling.spec import ModelSpec
from riskstrat.modelling.training.calibration import Floats
from riskstrat.pages import SOURCE_WORDS

WITHOUT_EACH_SOURCE = "without_each_source"
"""The entry of an evaluation; absent where it was not asked for."""
ANOTHER_SEED = "another seed"


@dataclass(frozen=True)
class Refit:
    """The model trained again without a source, or, where ``source`` is none, with another seed.

    ``columns`` were left out; ``risk`` is calibrated, one for each row tested.
    """

    source: str | None
    columns: int
    risk: Floats


def worth_of_sources(
    spec: ModelSpec, report: Mapping[str, Any], rows: Rows, risk: Floats, board: Board, refits: Iterable[Refit]
) -> dict[str, Any]:
    """Return a row per refit, as plain values: the other seed first, then the sources that add most to the AUROC.

    ``report`` is the model's evaluation on the same ``rows``. Where it may show nothing, nothing is fitted either.
    """
    if report["rate"] is None:
        return {"rows": [], "why": TOO_FEW}
    _, cluster = clusters_of(rows)
    weights = draws_of(cluster, spec.evaluation.bootstrap_draws, spec.training.seed)
    lists = PracticeLists(practices_of(rows), weights, board) if board.places else None

    def draws(said: Floats) -> dict[str, Floats]:
        return list_draws(said, rows.outcome, weights, lists, thresholds=spec.evaluation.thresholds)

    others: dict[str, dict[str, Floats]] = {}
    columns: dict[str, int] = {}
    for refit in refits:
        name = refit.source or ANOTHER_SEED
        others[name], columns[name] = draws(refit.risk), refit.columns
    titles = SOURCE_WORDS | {ANOTHER_SEED: "Every source, another seed"}
    compared = comparison(draws(risk), others, titles, float(rows.outcome.sum()))
    tells_the_outcome = sources_of_labels([spec.label])
    found = [
        {
            "source": None if row["baseline"] == ANOTHER_SEED else row["baseline"],
            "columns": columns[row["baseline"]],
            "tells_the_outcome": row["baseline"] in tells_the_outcome,
            **{name: value for name, value in row.items() if name != "baseline"},
        }
        for row in compared
    ]
    return {"rows": sorted(found, key=_most_first)}


def _most_first(row: Mapping[str, Any]) -> tuple[bool, float, str]:
    return row["source"] is not None, -row["model_auroc_minus_baseline"]["value"], row["title"]
