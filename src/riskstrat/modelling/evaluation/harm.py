"""A challenger against the champion on the same people: is any group worse off, and does the list turn over.

Three figures, each paired within bootstrap draws of everyone, on the list that a board would have: the top 5 % of all
people tested, under either model (``listing.GATED_SHARE``; who is on it does not vary between draws).

- Sensitivity of a group: of its people who had the outcome, the share on that one list. A group can lose places there
  that its own top 5 % would not show.
- Calibration of a group: how far log(observed / expected) lies from 0, less how far the champion's does.
- Agreement: of the champion's list, the share that is on the challenger's.

A gate is broken only where the whole interval lies beyond its bound, and only with ``least_events`` events or more in
the group. Groups are many and each is looked at twice, so their intervals are widened for all of them together
(Bonferroni), as normal intervals with the error over the draws: a percentile that far out needs thousands of draws.
"""

from collections.abc import Callable, Sequence
from statistics import NormalDist

import numpy as np

from riskstrat.modelling.evaluation.bootstrap import Places, Weights, figure, sums
from riskstrat.modelling.evaluation.gates import GateResult, Group
from riskstrat.modelling.evaluation.listing import on_the_list
from riskstrat.modelling.evaluation.tally import ratio
from riskstrat.modelling.spec import Gates
from riskstrat.modelling.training.calibration import Floats

_SENSITIVITY = "subgroup_sensitivity_not_below_champion_by"
_CALIBRATION = "subgroup_calibration_not_beyond_champion_by"
_AGREEMENT = "list_agreement_with_champion"


def against_champion(
    gates: Gates,
    version: str,
    outcome: Floats,
    risk: Floats,
    champion_risk: Floats,
    groups: Sequence[tuple[Group, Places]],
    weights: Weights,
    draws_of_group: Callable[[str, Places], Weights] | None = None,
) -> list[GateResult]:
    """Return the result of the gates that need a champion: each large group's two, and the list's agreement.

    ``groups`` come with where their people are; ``weights`` are bootstrap draws, a line each, the first of ones.
    ``draws_of_group`` gives a group's (``groups.Judged``) by its factor and places, where they are not those columns.
    """
    own, theirs = on_the_list(risk), on_the_list(champion_risk)
    kept, listed = sums([np.minimum(own, theirs), theirs], weights).T
    results = [_agreement(gates, version, ratio(kept, listed), enough=outcome.sum() >= gates.least_events)]
    large = [(group, rows) for group, rows in groups if group.events >= gates.least_events]
    if not large:
        none = f"no group has {gates.least_events} events or more, not judged"
        return [*results, GateResult(_SENSITIVITY, None, none), GateResult(_CALIBRATION, None, none)]
    z = NormalDist().inv_cdf(1 - 0.025 / (2 * len(large)))
    for group, rows in large:
        drawn = weights[:, rows] if draws_of_group is None else draws_of_group(group.factor, rows)
        has = outcome[rows]
        columns = [has, has * (own - theirs)[rows], risk[rows], champion_risk[rows]]
        observed, gained, *said = sums(columns, drawn).T
        off = [np.abs(np.log(ratio(observed, expected))) for expected in said]
        name = f"{group.factor} {group.name}"
        results.append(_sensitivity(gates, version, name, ratio(gained, observed), z))
        results.append(_calibration(gates, version, name, off[0] - off[1], z))
    return results


def _agreement(gates: Gates, version: str, agreement: Floats, *, enough: bool) -> GateResult:
    bound, found = gates.list_agreement_with_champion, figure(agreement)
    words = (
        f"{found.value:.3f} ({found.low:.3f} to {found.high:.3f}) of version {version}'s top 5 % are in this one's; "
        f"not below {bound:g}"
    )
    if not enough:
        return GateResult(_AGREEMENT, None, f"{words}; fewer than {gates.least_events} events, not judged")
    return GateResult(_AGREEMENT, bool(found.high >= bound), words)


def _sensitivity(gates: Gates, version: str, name: str, difference: Floats, z: float) -> GateResult:
    bound = gates.subgroup_sensitivity_not_below_champion_by
    value, low, high = _interval(difference, z)
    words = (
        f"sensitivity in the top 5 % of everyone, minus version {version}'s, {value:+.3f} ({low:+.3f} to {high:+.3f}); "
        f"not below -{bound:g}"
    )
    return GateResult(f"{_SENSITIVITY}: {name}", high >= -bound, words)


def _calibration(gates: Gates, version: str, name: str, difference: Floats, z: float) -> GateResult:
    bound = gates.subgroup_calibration_not_beyond_champion_by
    value, low, high = _interval(difference, z)
    words = (
        f"distance of log(observed / expected) from 0, minus version {version}'s, {value:+.3f} "
        f"({low:+.3f} to {high:+.3f}); not above {bound:g}"
    )
    return GateResult(f"{_CALIBRATION}: {name}", low <= bound, words)


def _interval(draws: Floats, z: float) -> tuple[float, float, float]:
    found = figure(draws)
    return found.value, found.value - z * found.error, found.value + z * found.error
