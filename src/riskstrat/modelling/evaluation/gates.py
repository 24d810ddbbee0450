"""Gates: what a challenger must not break to become champion, and why a bound counts as broken.

A bound counts as broken only on evidence: where the whole interval of the figure lies outside it, and only on
``least_events`` events or more. Overall figures use a 95 % interval. Subgroups are many, so that with 95 % intervals a
perfect model would break one by chance: their intervals are widened (Bonferroni) so that all of them together are wrong
for a perfect model in at most 5 of 100 tests. ``benchmarks/gates.py`` measures how often that is in fact.

One gate runs the other way, because without evidence there is nothing to promote: the AUROC's whole interval must lie
above 0.5 (``auroc_interval_above``), however few the events. A bootstrap over a handful of events hardly varies, so
that chance must be ruled out as well: by the error that an AUROC of that many events has where nothing is known.
"""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from statistics import NormalDist
from typing import Any

from riskstrat.modelling.evaluation.bootstrap import Figure, Z
from riskstrat.modelling.spec import Gates
from riskstrat.modelling.training.calibration import Floats


@dataclass(frozen=True)
class GateResult:
    """One gate's result. ``holds`` is ``None`` where there are too few events to judge: shown, and no bar."""

    gate: str
    holds: bool | None
    words: str

    def as_json(self) -> dict[str, Any]:
        """Return the result as plain values."""
        return asdict(self)


@dataclass(frozen=True)
class Group:
    """People of one group on the test date: outcomes and calibrated risks."""

    factor: str
    name: str
    outcome: Floats
    risk: Floats

    @property
    def events(self) -> int:
        """How many have the outcome."""
        return int(self.outcome.sum())


def ratio_interval(outcome: Floats, risk: Floats, z: float) -> tuple[float, float, float]:
    """Return observed over expected events and its interval of ``z`` standard errors, on the log scale.

    The variance of the observed count is taken from the residuals, so it needs no assumption about the model.
    """
    observed, expected = float(outcome.sum()), float(risk.sum())
    if observed == 0 or expected == 0:
        return 0.0, 0.0, math.inf
    ratio = observed / expected
    error = math.sqrt(float(((outcome - risk * ratio) ** 2).sum())) / observed
    return ratio, ratio * math.exp(-z * error), ratio * math.exp(z * error)


def judge(
    gates: Gates,
    figures: dict[str, Figure],
    overall: Group,
    groups: Sequence[Group],
    *,
    champion_version: str | None = None,
    difference: Figure | None = None,
) -> list[GateResult]:
    """Return the result of every gate. ``difference`` is AUROC minus the champion's, paired on the same people."""
    enough = overall.events >= gates.least_events
    results = [_above(figures["auroc"], overall, gates)]
    results.append(
        _within("calibration_slope", figures["calibration_slope"], gates.calibration_slope, enough, gates.least_events)
    )
    results.append(_ratio_gate("calibration_ratio", overall, gates.calibration_ratio, Z, gates.least_events))
    results += _subgroups(gates, groups)
    if champion_version is None:
        results.append(GateResult("auroc_not_below_champion_by", None, "there is no champion to compare with"))
    elif difference is None:
        unread = f"version {champion_version}, the champion, cannot read the columns of this test date: not compared"
        results.append(GateResult("auroc_not_below_champion_by", None, unread))
    else:
        results.append(_against_champion(gates, champion_version, difference, enough))
    return results


def may_be_champion(results: Sequence[GateResult]) -> bool:
    """Return whether no gate is broken."""
    return all(result.holds is not False for result in results)


def reasons_against(results: Sequence[GateResult]) -> list[str]:
    """Return the words of every broken gate."""
    return [f"{result.gate}: {result.words}" for result in results if result.holds is False]


def error_by_chance(events: int, others: int) -> float:
    """Return the standard error of the AUROC of a score that knows nothing (Mann and Whitney 1947)."""
    return math.sqrt((events + others + 1) / (12 * events * others)) if events and others else math.inf


def _above(auroc: Figure, overall: Group, gates: Gates) -> GateResult:
    bound = gates.auroc_interval_above
    chance = Z * error_by_chance(overall.events, len(overall.outcome) - overall.events)
    words = f"AUROC {auroc.value:.3f} ({auroc.low:.3f} to {auroc.high:.3f}); its interval must lie above {bound:g}"
    if auroc.value - chance <= bound < auroc.low:
        words += f", and so few events reach {min(1.0, bound + chance):.3f} by chance"
    return GateResult("auroc_interval_above", bool(min(auroc.low, auroc.value - chance) > bound), words)


def _within(gate: str, figure: Figure, bounds: tuple[float, float], enough: bool, least: int) -> GateResult:
    low, high = bounds
    words = f"{figure.value:.3f} ({figure.low:.3f} to {figure.high:.3f}) against {low:g} to {high:g}"
    if not enough:
        return GateResult(gate, None, f"{words}; fewer than {least} events, not judged")
    return GateResult(gate, not (figure.low > high or figure.high < low), words)


def _ratio_gate(gate: str, group: Group, bounds: tuple[float, float], z: float, least: int) -> GateResult:
    ratio, low, high = ratio_interval(group.outcome, group.risk, z)
    words = f"observed over expected {ratio:.3f} ({low:.3f} to {high:.3f}) against {bounds[0]:g} to {bounds[1]:g}"
    if group.events < least:
        return GateResult(gate, None, f"{words}; fewer than {least} events, not judged")
    return GateResult(gate, not (low > bounds[1] or high < bounds[0]), words)


def _subgroups(gates: Gates, groups: Sequence[Group]) -> list[GateResult]:
    large = [group for group in groups if group.events >= gates.least_events]
    if not large:
        return [
            GateResult(
                "subgroup_calibration_ratio", None, f"no group has {gates.least_events} events or more, not judged"
            )
        ]
    z = NormalDist().inv_cdf(1 - 0.025 / len(large))
    return [
        _ratio_gate(
            f"subgroup_calibration_ratio: {group.factor} {group.name}",
            group,
            gates.subgroup_calibration_ratio,
            z,
            gates.least_events,
        )
        for group in large
    ]


def _against_champion(gates: Gates, version: str, difference: Figure, enough: bool) -> GateResult:
    bound = gates.auroc_not_below_champion_by
    words = (
        f"AUROC minus version {version}'s on the same people {difference.value:+.4f} "
        f"({difference.low:+.4f} to {difference.high:+.4f}); not below -{bound:g}"
    )
    if not enough:
        return GateResult(
            "auroc_not_below_champion_by", None, f"{words}; fewer than {gates.least_events} events, not judged"
        )
    return GateResult("auroc_not_below_champion_by", bool(difference.high >= -bound), words)
