"""One evaluation of one model on its test date: figures with intervals, lists, comparisons, groups and gates.

How people who die or leave count, in every figure: nobody is dropped. Someone who dies without the outcome did not
have it (death competes; the risk is the share who will have the outcome, not the share who would if nobody died).
Someone who leaves is counted as what was seen until then; ``incidence`` shows the estimate that takes leaving as
censoring beside it. What is too small to be shown says so (``shown``).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from riskstrat.disclosure import publishable
from riskstrat.modelling.datasets.rows import Rows, together
from riskstrat.modelling.evaluation.bootstrap import (
    Figure,
    Places,
    Weights,
    clusters_of,
    draws_of,
    figure,
    practices_of,
)
from riskstrat.modelling.evaluation.cells import has_few
from riskstrat.modelling.evaluation.comparison import CHAMPION, comparison
from riskstrat.modelling.evaluation.gates import GateResult, Group, judge
from riskstrat.modelling.evaluation.groups import PRACTICE, Counts, Judged, gated_groups, group_rows, groups_of
from riskstrat.modelling.evaluation.guarded import TOO_FEW, guarded
from riskstrat.modelling.evaluation.harm import against_champion
from riskstrat.modelling.evaluation.incidence import leaving_and_dying
from riskstrat.modelling.evaluation.leaks import too_good_to_be_true
from riskstrat.modelling.evaluation.listing import (
    Board,
    PracticeLists,
    list_draws,
    on_the_list,
    reviews_per_person_found,
    workload,
)
from riskstrat.modelling.evaluation.metrics import risk_figures
from riskstrat.modelling.evaluation.practices import practice_funnel
from riskstrat.modelling.evaluation.reliability import error_of_a_perfect_model, groups_by_risk
from riskstrat.modelling.evaluation.same_day import overnight_apart
from riskstrat.modelling.evaluation.shown import (
    FEW_IN_GROUP,
    LEAST_GROUP_EVENTS,
    is_enough,
    rounded,
    shown,
    shown_curve,
    shown_figures,
)
from riskstrat.modelling.spec import ModelSpec
from riskstrat.modelling.training.baselines import BASELINE_TITLES
from riskstrat.modelling.training.calibration import Floats

NO_ADMISSION_COLUMN = "emergency_admissions_730d"


@dataclass(frozen=True)
class Tested:
    """What was judged: rows, calibrated risks, the scores they are compared with, whom lists are made for, columns."""

    rows: Rows
    risk: Floats
    baselines: dict[str, Floats]
    champion_version: str | None = None
    champion_risk: Floats | None = None
    board: Board | None = None
    columns: Sequence[str] = ()

    @property
    def scores(self) -> dict[str, Floats]:
        """Every score that the model is compared with, by name, the champion's among them."""
        return self.baselines | ({} if self.champion_risk is None else {CHAMPION: self.champion_risk})

    @property
    def titles(self) -> dict[str, str]:
        """What each of them is called."""
        return BASELINE_TITLES | {CHAMPION: f"Champion: version {self.champion_version}"}


def evaluate(spec: ModelSpec, tested: Tested) -> tuple[dict[str, Any], list[GateResult]]:
    """Return the evaluation as plain values, and every gate's result."""
    outcome, risk = tested.rows.outcome, tested.risk
    drawn, cluster = clusters_of(tested.rows)
    weights = draws_of(cluster, spec.evaluation.bootstrap_draws, spec.training.seed)
    whole = _Part(spec, tested, np.arange(len(outcome)), weights, tested.board)
    judged = Judged(outcome, risk, tested.rows.person_id, on_the_list(risk), weights, spec.training.seed)
    members = groups_of(tested.rows.people, spec.table)
    groups = gated_groups(judged, members)
    rows, differences = group_rows(judged, members, spec.evaluation.thresholds)
    difference = whole.auroc_minus_champion()
    results = judge(
        spec.gates,
        whole.figures,
        Group("all", "everyone", outcome, risk),
        groups,
        champion_version=tested.champion_version,
        difference=difference,
    )
    if tested.champion_risk is not None and tested.champion_version is not None:
        paired = [(group, member.rows) for group, member in zip(groups, members, strict=True)]
        results += against_champion(
            spec.gates,
            tested.champion_version,
            outcome,
            risk,
            tested.champion_risk,
            paired,
            weights,
            judged.draws_of_group,
        )
    results.append(too_good_to_be_true(spec.gates, tested.rows, risk, tested.columns))
    report = whole.report()
    report |= Counts.of(outcome, judged.listed, weights[:1]).on_the_list()
    report |= {
        "lists": workload(tested.board, len(outcome), report["figures"]),
        "intervals": {
            "level": 0.95,
            "draws": spec.evaluation.bootstrap_draws,
            "drawn": drawn,
            "clusters": publishable(weights.times.shape[1]),
        },
        "without_recent_admission": _without_recent_admission(spec, tested, weights),
        "groups": rows,
        "group_differences": differences,
        "practices": practice_funnel([group for group in groups if group.factor == PRACTICE]),
        "leaving_and_dying": None if spec.table else leaving_and_dying(tested.rows, risk, weights),
        "same_day": overnight_apart(tested.rows, risk, weights),
        "champion_compared_with": tested.champion_version,
    }
    if difference is not None:
        report["auroc_minus_champion"] = shown(difference)
    if has_few(report):
        results = [replace(result, words=TOO_FEW) for result in results]
    return guarded(report), results


class _Part:
    """The people tested, or some of them: their figures and comparisons, from the same draws.

    Lists at capacity are a board's, so that only everyone together has them.
    """

    def __init__(
        self, spec: ModelSpec, tested: Tested, rows: Places, weights: Weights, board: Board | None = None
    ) -> None:
        """Work out every figure's draws."""
        self.spec, self.tested, self.weights = spec, tested, weights
        self.outcome, self.risk = tested.rows.outcome[rows], tested.risk[rows]
        lists = None
        if board is not None and board.places:
            lists = PracticeLists(practices_of(tested.rows)[rows], weights, board)
        self.own = list_draws(self.risk, self.outcome, weights, lists, thresholds=spec.evaluation.thresholds)
        self.others = {
            name: list_draws(score[rows], self.outcome, weights, lists) for name, score in tested.scores.items()
        }
        self.figures = {name: figure(draws) for name, draws in self.own.items()}
        self.figures |= risk_figures(self.risk, self.outcome, weights) | reviews_per_person_found(self.own)

    def auroc_minus_champion(self) -> Figure | None:
        """Return the AUROC less the champion's on the same draws, or nothing without a champion."""
        theirs = self.others.get(CHAMPION)
        return None if theirs is None else figure(self.own["auroc"] - theirs["auroc"])

    def report(self) -> dict[str, Any]:
        """Return what is shown of these people, with their counts as they are."""
        events, rate = int(self.outcome.sum()), float(self.outcome.mean())
        by_chance, most_by_chance = error_of_a_perfect_model(self.risk)
        return {
            "people": len(self.outcome),
            "events": events,
            "rate": rounded(rate, 4),
            "figures": shown_figures(self.figures, events),
            "expected_calibration_error_of_a_perfect_model": rounded(by_chance, 4),
            "expected_calibration_error_by_chance_at_most": rounded(most_by_chance, 4),
            "groups_of_risk": int(groups_by_risk(self.risk).max()) + 1,
            "net_benefit_of_treating_all": {
                f"{t:g}": rounded(rate - (1 - rate) * t / (1 - t), 4) for t in self.spec.evaluation.thresholds
            },
            "curve": shown_curve(self.risk, self.outcome),
            "baselines": comparison(self.own, self.others, self.tested.titles, events),
        }


def _without_recent_admission(spec: ModelSpec, tested: Tested, weights: Weights) -> dict[str, Any]:
    """Return the report of people known to have had no emergency admission in two years: whom today's counts miss."""
    people = tested.rows.people
    if NO_ADMISSION_COLUMN not in people.columns:
        return {"figures": None, "why": f"the snapshot has no {NO_ADMISSION_COLUMN}"}
    rows = np.flatnonzero((people[NO_ADMISSION_COLUMN] == 0).fill_null(False).to_numpy())
    events = int(tested.rows.outcome[rows].sum())
    if not is_enough(LEAST_GROUP_EVENTS, events, len(rows) - events):
        return {"people": len(rows), "events": events, "figures": None, "why": FEW_IN_GROUP}
    return _Part(spec, tested, rows, weights[:, rows]).report()


def headline(report: dict[str, Any]) -> dict[str, float]:
    """Return the figures that have a value, by name, for experiment records."""
    return {name: f["value"] for name, f in report["figures"].items() if f is not None and f["value"] is not None}


def rows_of_test_date(rows: dict[str, Rows]) -> Rows:
    """Return the rows of both kinds of test people together."""
    return together([rows[side] for side in ("test", "test_practice") if len(rows[side])])
