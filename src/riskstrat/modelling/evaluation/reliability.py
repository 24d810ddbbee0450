"""Calibration by groups of risk: the curve, the expected calibration error, and the parts of the Brier score.

Groups are tenths of equal size by risk, of the whole test date; people of one risk are in one group, so that the order
of rows never matters and a model that says the same of everybody has one group. Fewer people make fewer groups.

Brier = reliability - resolution + uncertainty (Murphy, J Appl Meteorol 1973;12:595) holds where everybody in a group
has one risk; otherwise two terms within groups complete it, + within-group variance - within-group covariance
(Stephenson, Coelho and Jolliffe, Weather and Forecasting 2008;23:752). The expected calibration error is the mean
distance between risk said and rate seen over the groups (Naeini, Cooper and Hauskrecht, AAAI 2015). Chance alone makes
it larger than 0: ``error_of_a_perfect_model`` says by how much.
"""

import numpy as np
from scipy.special import expit

from riskstrat.modelling.evaluation.bootstrap import Weights
from riskstrat.modelling.evaluation.tally import Steps, ratio, steps_by_score, tally_by_outcome
from riskstrat.modelling.training.calibration import Floats, logit

GROUPS = 10
_STEPS_PER_LOG_ODDS = 128
CHANCE_RAISES = ("expected_calibration_error", "brier_reliability")
"""Figures that cannot be negative and that noise makes larger: their interval is turned about the figure."""


def cuts_by_risk(risk: Floats, groups: int = GROUPS) -> Floats:
    """Return the lowest risk of every group but the first, lowest first."""
    ordered = np.sort(risk)
    return np.unique(ordered[[len(risk) * k // groups for k in range(1, groups)]])


def groups_by_risk(risk: Floats, groups: int = GROUPS) -> Steps:
    """Return each person's group by risk, lowest first, 0 upwards with none left out."""
    above = np.searchsorted(cuts_by_risk(risk, groups), risk, side="right")
    codes: Steps = np.unique(above, return_inverse=True)[1]
    return codes


class RiskTally:
    """People counted by risk said and outcome, of every draw: what calibration figures are made from.

    Risks within 1/128 of log odds of one another are counted together, at their mean. Sums of the first line, of ones,
    are those of the rows; the slope of calibration moves by less than 0.00001.
    """

    def __init__(self, risk: Floats, outcome: Floats, weights: Weights) -> None:
        """Count once."""
        log_odds = logit(risk)
        step, _ = steps_by_score(risk, at=cuts_by_risk(risk), scale=log_odds * _STEPS_PER_LOG_ODDS)
        self.others, self.events = tally_by_outcome(step, outcome, weights)
        self.people = self.others + self.events
        steps = self.people.shape[1]
        rows = np.bincount(step, minlength=steps)
        self.log_odds = np.bincount(step, weights=log_odds, minlength=steps) / rows
        with_it = outcome == 1
        self._said = [_mean_of(step[mask], risk[mask], steps) for mask in (~with_it, with_it)]
        self._squares = [_mean_of(step[mask], risk[mask] ** 2, steps) for mask in (~with_it, with_it)]
        group = np.empty(steps, dtype=np.intp)
        group[step] = groups_by_risk(risk)
        self._group_starts = np.flatnonzero(np.append(True, np.diff(group) != 0))

    def calibration_ratio(self) -> Floats:
        """Return observed over expected events."""
        return ratio(self.events.sum(axis=1), self.others @ self._said[0] + self.events @ self._said[1])

    def calibration_line(self) -> tuple[Floats, Floats]:
        """Return calibration slope (Cox) and intercept (calibration in the large, slope held at 1)."""
        has_line = (self.events.sum(axis=1) > 0) & (self.others.sum(axis=1) > 0)
        if not has_line[0]:
            return np.full(len(has_line), np.nan), np.full(len(has_line), np.nan)
        slope, _ = _line(self.log_odds, self.events, self.people, is_slope_free=True)
        _, intercept = _line(self.log_odds, self.events, self.people, is_slope_free=False)
        return np.where(has_line, slope, np.nan), np.where(has_line, intercept, np.nan)

    def brier_and_parts(self) -> dict[str, Floats]:
        """Return the Brier score, its five parts and the expected calibration error.

        With R, S, U, V, C for the parts in the order given, the score is R - S + U + V - C.
        """
        people, events = self._by_group(self.people), self._by_group(self.events)
        both = self._by_group(self.events * self._said[1])
        said = self._by_group(self.others * self._said[0]) + both
        squares = self._by_group(self.others * self._squares[0] + self.events * self._squares[1])
        everyone = people.sum(axis=1)
        rate = events.sum(axis=1) / everyone
        drawn = np.where(people > 0, people, 1.0)  # a group that no draw took adds nothing
        seen, mean = events / drawn, said / drawn

        def per_person(sums: Floats) -> Floats:
            total: Floats = sums.sum(axis=1) / everyone
            return total

        return {
            "brier": per_person(squares - 2 * both + events),
            "brier_reliability": per_person(people * (mean - seen) ** 2),
            "brier_resolution": per_person(people * (seen - rate[:, None]) ** 2),
            "brier_uncertainty": rate * (1 - rate),
            "brier_within_group_variance": per_person(squares - people * mean**2),
            "brier_within_group_covariance": 2 * per_person(both - people * mean * seen),
            "expected_calibration_error": per_person(people * np.abs(mean - seen)),
        }

    def _by_group(self, by_step: Floats) -> Floats:
        return np.add.reduceat(by_step, self._group_starts, axis=1)


def _mean_of(step: Steps, values: Floats, steps: int) -> Floats:
    rows = np.bincount(step, minlength=steps)
    return np.bincount(step, weights=values, minlength=steps) / np.maximum(rows, 1)


def _line(x: Floats, events: Floats, people: Floats, *, is_slope_free: bool) -> tuple[Floats, Floats]:
    """Return slope and level of every draw by Newton's method, the draws starting where the first line ended."""
    slope, level = _fit(x, events[:1], people[:1], 1.0, 0.0, is_slope_free=is_slope_free)
    return _fit(x, events, people, float(slope[0]), float(level[0]), is_slope_free=is_slope_free)


def _fit(
    x: Floats, events: Floats, people: Floats, slope_at: float, level_at: float, *, is_slope_free: bool
) -> tuple[Floats, Floats]:
    slope, level = np.full(len(people), slope_at), np.full(len(people), level_at)
    for _ in range(50):
        p = expit(level[:, None] + slope[:, None] * x[None, :])
        difference, information = events - people * p, people * p * (1 - p)
        g0, h00 = difference.sum(axis=1), information.sum(axis=1)
        if is_slope_free:
            g1, h01, h11 = difference @ x, information @ x, information @ (x * x)
            determinant = h00 * h11 - h01**2
            to_level, to_slope = ratio(h11 * g0 - h01 * g1, determinant), ratio(h00 * g1 - h01 * g0, determinant)
        else:
            to_level, to_slope = ratio(g0, h00), np.zeros(len(people))
        level, slope = level + np.clip(to_level, -2, 2), slope + np.clip(to_slope, -1, 1)
        if max(np.nanmax(np.abs(to_level), initial=0.0), np.nanmax(np.abs(to_slope), initial=0.0)) < 1e-9:
            break
    return slope, level


def error_of_a_perfect_model(risk: Floats) -> tuple[float, float]:
    """Return the mean and 95th percentile of the expected calibration error, were every risk true: what chance gives.

    Events of a group have the variance of independent people, sum of risk (1 - risk); the distance of a normal variable
    from its mean has mean sqrt(2 / pi) and variance 1 - 2 / pi standard errors; groups are added up.
    """
    variance = np.bincount(groups_by_risk(risk), weights=risk * (1 - risk))
    mean = float(np.sqrt(2 * variance / np.pi).sum())
    error = float(np.sqrt((1 - 2 / np.pi) * variance.sum()))
    return mean / len(risk), (mean + 1.644854 * error) / len(risk)


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
