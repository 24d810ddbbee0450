"""Calibration by groups of risk: the curve, the expected calibration error, and the parts of the Brier score.

Groups are tenths of equal size by risk, of the whole test date; people of one risk are in one group, so that the order
of rows never matters and a model that says the same of everybody has one group. Fewer people make fewer groups.

Brier = reliability - resolution + uncertainty (Murphy, J Appl Meteorol 1973;12:595) holds where everybody in a group
has one risk; otherwise two terms within groups complete it, + within-group variance - within-group covariance
(Stephenson, Coelho and Jolliffe, Weather and Forecasting 2008;23:752). The expected calibration error is the mean
distance between risk said and rate seen over the groups (Naeini, Cooper and Hauskrecht, AAAI 2015). Chance alone makes
it larger than 0: ``expected_error_of_a_perfect_model`` says by how much.
"""

import numpy as np
import numpy.typing as npt

from riskstrat.modelling.training.calibration import Floats

Groups = npt.NDArray[np.intp]
GROUPS = 10
CHANCE_RAISES = ("expected_calibration_error", "brier_reliability")
"""Figures that cannot be negative and that noise makes larger: their interval is turned about the figure."""


def groups_by_risk(risk: Floats, groups: int = GROUPS) -> Groups:
    """Return each person's group by risk, lowest first, 0 upwards with none left out."""
    cuts = np.sort(risk)[[len(risk) * k // groups for k in range(1, groups)]]
    codes: Groups = np.unique(np.searchsorted(np.unique(cuts), risk, side="right"), return_inverse=True)[1]
    return codes


def brier_parts(risk: Floats, outcome: Floats, weights: Floats, group: Groups) -> dict[str, Floats]:
    """Return the five parts of the Brier score and the expected calibration error, of every draw.

    With R, S, U, V, C for the parts in the order given, the score is R - S + U + V - C.
    """
    order = np.argsort(group, kind="stable")
    starts = np.flatnonzero(np.append(True, np.diff(group[order]) != 0))
    p, y, w = risk[order], outcome[order], weights[:, order]
    people, events, said, squares, both = (
        np.add.reduceat(w * column, starts, axis=1) for column in (np.ones_like(p), y, p, p * p, p * y)
    )
    everyone = people.sum(axis=1)
    rate = events.sum(axis=1) / everyone
    drawn = np.where(people > 0, people, 1.0)  # a group that no draw took adds nothing
    seen, mean = events / drawn, said / drawn

    def per_person(sums: Floats) -> Floats:
        total: Floats = sums.sum(axis=1) / everyone
        return total

    return {
        "brier_reliability": per_person(people * (mean - seen) ** 2),
        "brier_resolution": per_person(people * (seen - rate[:, None]) ** 2),
        "brier_uncertainty": rate * (1 - rate),
        "brier_within_group_variance": per_person(squares - people * mean**2),
        "brier_within_group_covariance": 2 * per_person(both - people * mean * seen),
        "expected_calibration_error": per_person(people * np.abs(mean - seen)),
    }


def expected_error_of_a_perfect_model(risk: Floats, group: Groups) -> float:
    """Return the expected calibration error that chance alone gives, were every risk true.

    The mean distance of a normal variable from its mean is sqrt(2 / pi) standard errors; events of a group have the
    variance of independent people, sum of risk (1 - risk).
    """
    variance = np.bincount(group, weights=risk * (1 - risk))
    return float(np.sqrt(2 * variance / np.pi).sum() / len(risk))


def calibration_curve(risk: Floats, outcome: Floats, groups: int = GROUPS) -> list[dict[str, float]]:
    """Return mean risk, observed rate and its 95 % Wilson interval in groups of risk, lowest first."""
    group = groups_by_risk(risk, groups)
    people, said, seen = (np.bincount(group, weights=column) for column in (np.ones_like(risk), risk, outcome))
    curve = []
    for n, expected, events in zip(people, said, seen, strict=True):
        low, high = wilson(float(events), float(n))
        curve.append(
            {
                "expected": float(expected / n),
                "observed": float(events / n),
                "low": low,
                "high": high,
                "people": int(n),
                "events": float(events),
            }
        )
    return curve


def wilson(seen: float, people: float, z: float = 1.959964) -> tuple[float, float]:
    """Return Wilson's interval of a share."""
    share = seen / people
    middle = (share + z * z / (2 * people)) / (1 + z * z / people)
    half = z / (1 + z * z / people) * np.sqrt(share * (1 - share) / people + z * z / (4 * people**2))
    return float(max(0.0, middle - half)), float(min(1.0, middle + half))
