"""Listed people against people like them who were not: doubly robust, clustered, on common support.

The estimate is the effect on those listed (ATT) in the augmented form of Robins, Rotnitzky and Zhao (J Am Stat Assoc
1994;89:846): a model of who is listed weights the unlisted to look like the listed, a model of the outcome among the
unlisted takes what is left, and either one being right is enough. Both are fitted to other people than those they
speak of (cross-fitting: Chernozhukov et al., Econom J 2018;21:C1). Listed people nearly sure to be listed, or likelier
to be than all but a few of the unlisted, have nobody like them: they are left out (Crump et al., Biometrika
2009;96:187) and counted.

Practices differ in what no column says, and a practice whose people are sicker cuts at a higher risk, so that at one
risk the unlisted come from such practices. Both models therefore have a term for each practice and each month, drawn
together. Rows of one practice are summed before the variance is taken, with a t distribution on practices less one.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import t as student

from riskstrat.impact.trials import Flags, Floats, Ints, Trials, listed_later
from riskstrat.modelling.evaluation.bootstrap import Figure

HIGHEST_CHANCE = 0.9
"""Above this probability of being listed nobody unlisted is like them (Crump et al.'s rule of thumb)."""
_HIGHEST_ODDS = HIGHEST_CHANCE / (1 - HIGHEST_CHANCE)
LEAST_ALIKE = 10
"""At least so many unlisted rows were as likely to be listed as anybody compared (common support; our own number)."""
LEAST_CLUSTERS = 10
"""With fewer practices people are the clusters, and the interval speaks of other people of the same practices."""
LEAST_A_SIDE = 30
"""Listed, unlisted and effectively unlisted people, and people with the outcome, fewer of whom are not compared (our
own number)."""
_FOLDS = 5
_SPREAD_OF_PRACTICES, _SPREAD_OF_MONTHS = 0.3, 1.0
"""How far practices and months are taken to differ on the log-odds scale, beyond what the covariates say (our own)."""


@dataclass(frozen=True)
class Balance:
    """One covariate: standardised mean difference of listed less unlisted, before and after weighting."""

    name: str
    before: float
    after: float


@dataclass(frozen=True)
class Comparison:
    """What the listed had, what they would have had, and how comparable the two sides are.

    ``difference`` and ``expected`` are shares of the listed people compared (``is_compared``, a flag per row).
    ``effective_controls`` is Kish's effective number of unlisted rows.
    """

    observed: Figure
    expected: Figure
    difference: Figure
    ratio: Figure
    as_begun: Figure
    listed: int
    compared: int
    controls: int
    effective_controls: float
    listed_later: float
    clusters: str
    balance: tuple[Balance, ...]
    is_compared: Flags


class TooFew(ValueError):
    """There are not enough people on one side, or with the outcome, to compare anybody: it cannot be told."""


_NOBODY_ALIKE = "too few listed people have anybody like them who was not listed"


def compare(trials: Trials) -> Comparison:
    """Return the effect of being listed on those listed who have people like them (``Comparison``).

    Raises ``TooFew`` where either side, or the outcome on either side, has fewer than ``LEAST_A_SIDE`` people, and
    where nobody listed has anybody like them.
    """
    if min(_people(trials, trials.listed), _people(trials, ~trials.listed)) < LEAST_A_SIDE:
        raise TooFew("too few people were listed, or too few could have been and were not")
    fold = np.unique(trials.person, return_inverse=True)[1] % _FOLDS
    basis = _basis(trials)
    odds = _listing_odds(trials, basis, fold, np.ones(len(trials), dtype=bool))
    of_unlisted = np.sort(odds[trials.is_followed & ~trials.listed])[-LEAST_ALIKE:]
    is_supported = odds <= np.min(of_unlisted, initial=_HIGHEST_ODDS)
    odds = _listing_odds(trials, basis, fold, is_supported)  # again, without those who pull it up from beyond
    has_alike = trials.is_followed & is_supported
    is_listed, is_control = has_alike & trials.listed, has_alike & ~trials.listed
    later = listed_later(trials) & is_control
    _refuse_few(trials, is_listed, is_control, later)
    outcome = np.where(trials.is_followed, trials.outcome, 0.0)
    unlisted_risk = _crossed(basis, outcome > 0, fold, is_control)
    weights = np.where(is_control, np.minimum(odds, _HIGHEST_ODDS), 0.0)
    effective = float(weights.sum() ** 2 / (weights**2).sum())
    if effective < LEAST_A_SIDE:
        raise TooFew(f"the unlisted people like those listed are worth {effective:.0f}, fewer than {LEAST_A_SIDE}")
    cluster = trials.practice if len(np.unique(trials.practice[is_listed])) >= LEAST_CLUSTERS else trials.person
    figures = augmented(outcome, is_listed, weights, unlisted_risk, later, cluster)
    is_followed = trials.is_followed
    return Comparison(
        **figures,
        listed=int((trials.listed & is_followed).sum()),
        compared=int(is_listed.sum()),
        controls=_people(trials, is_control),
        effective_controls=effective,
        listed_later=float(np.average(later[is_control], weights=weights[is_control])),
        clusters="practices" if cluster is trials.practice else "people",
        balance=_balance(trials, is_listed, is_control, weights),
        is_compared=is_listed,
    )


def augmented(
    outcome: Floats, is_listed: Flags, weights: Floats, unlisted_risk: Floats, later: Flags, cluster: Ints
) -> dict[str, Figure]:
    """Return the figures of ``Comparison`` by name, with intervals from the influence of each cluster.

    ``weights`` are of the unlisted (0 elsewhere), ``unlisted_risk`` each row's risk without a list, ``later`` those of
    the unlisted who were listed before their outcome. What the unlisted had is the mean risk of the listed plus the
    weighted mean of what the unlisted had beyond theirs. Raises ``TooFew`` where that comes to no share of people.
    """
    members, total = is_listed.sum(), weights.sum()
    beyond = outcome - unlisted_risk
    observed = float(outcome[is_listed].mean())
    mean_risk, missed = float(unlisted_risk[is_listed].mean()), float(weights @ beyond / total)
    unlisted = mean_risk + missed
    of_observed = np.where(is_listed, outcome - observed, 0.0) / members
    of_unlisted = np.where(is_listed, unlisted_risk - mean_risk, 0.0) / members + weights * (beyond - missed) / total
    begun, of_begun = observed - unlisted, of_observed - of_unlisted
    # The share of the unlisted people's outcomes that came once they were listed too: those show any effect as well.
    events = float(weights @ outcome)
    share = float(weights @ (outcome * later) / events)
    of_share = weights * outcome * (later - share) / events
    difference = begun / (1 - share)
    of_difference = of_begun / (1 - share) + begun * of_share / (1 - share) ** 2
    expected, of_expected = observed - difference, of_observed - of_difference
    if not 0 < expected < 1:
        raise TooFew("what the listed would have had without a list lies outside what can be, so few are like them")
    used = is_listed | (weights > 0)
    _, member = np.unique(cluster[used], return_inverse=True)

    def with_interval(value: float, influence: Floats) -> Figure:
        error, times = clustered_error(influence[used], member)
        return Figure(value, value - times * error, value + times * error, error)

    ratio = with_interval(np.log(observed / expected), of_observed / observed - of_expected / expected)
    return {
        "observed": with_interval(observed, of_observed),
        "expected": with_interval(expected, of_expected),
        "difference": with_interval(difference, of_difference),
        "ratio": Figure(float(np.exp(ratio.value)), float(np.exp(ratio.low)), float(np.exp(ratio.high)), ratio.error),
        "as_begun": with_interval(begun, of_begun),
    }


def clustered_error(influence: Floats, member: Ints) -> tuple[float, float]:
    """Return the standard error of a sum of influences, those of a cluster added first, and Student's multiplier."""
    sums = np.bincount(np.unique(member, return_inverse=True)[1], weights=influence)
    clusters = len(sums)
    return float(np.sqrt(clusters / (clusters - 1) * (sums**2).sum())), float(student.ppf(0.975, clusters - 1))


def _listing_odds(trials: Trials, basis: Floats, fold: Ints, is_learnt_from: Flags) -> Floats:
    """Return each row's odds of being listed, as if everyone's rows of not being listed were there."""
    chance = np.minimum(_crossed(basis, trials.listed, fold, is_learnt_from), 1 - 1e-9)
    odds: Floats = chance / (1 - chance) * trials.unlisted_share
    return odds


def _refuse_few(trials: Trials, is_listed: Flags, is_control: Flags, later: Flags) -> None:
    """Refuse sides of too few people: one person's rows of many months are one person."""
    had = trials.outcome == 1
    if min(_people(trials, is_listed), _people(trials, is_control)) < LEAST_A_SIDE:
        raise TooFew(_NOBODY_ALIKE)
    if min(_people(trials, is_listed & had), _people(trials, is_control & had)) < LEAST_A_SIDE:
        raise TooFew(f"fewer than {LEAST_A_SIDE} people of one side had the outcome")
    if _people(trials, is_control & had & ~later) < LEAST_A_SIDE:
        raise TooFew("nearly all who were not listed were listed before they had the outcome")


def _people(trials: Trials, among: Flags) -> int:
    return len(np.unique(trials.person[among]))


def _crossed(basis: Floats, happened: Flags, fold: Ints, is_learnt_from: Flags) -> Floats:
    """Return each row's probability by a ridge logistic regression fitted to the people of the other folds.

    Raises ``TooFew`` where it happened to everybody it would be fitted to, or to nobody.
    """
    from sklearn.linear_model import LogisticRegression
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    found = np.empty(len(fold))
    with threadpool_limits(1, user_api="blas"):  # sums in one order, so that figures are the same everywhere
        for k in range(_FOLDS):
            learns = is_learnt_from & (fold != k)
            if len(np.unique(happened[learns])) < 2:  # nobody listed in common support, or nobody else in it
                raise TooFew(_NOBODY_ALIKE)
            model = LogisticRegression(C=1.0, max_iter=1000, solver="newton-cholesky")
            model.fit(basis[learns], happened[learns])
            found[fold == k] = model.predict_proba(basis[fold == k])[:, 1]
    return found


def _basis(trials: Trials) -> Floats:
    """Return covariates as the models take them, curved where they have many values, with practice and month."""
    columns = [term for column in trials.covariates.T for term in curved(column)]
    made = np.stack(columns, axis=1)
    spread = made.std(axis=0)
    made = (made - made.mean(axis=0))[:, spread > 0] / spread[spread > 0]
    practices = _indicators(trials.practice, _SPREAD_OF_PRACTICES)
    return np.hstack([made, practices, _indicators(trials.day, _SPREAD_OF_MONTHS)])


def curved(column: Floats) -> list[Floats]:
    """Return a column and the terms that let its line bend: a restricted cubic spline, linear beyond the outer knots.

    Four knots at the quantiles of Harrell (Regression Modeling Strategies, 2015, table 2.3); the column alone where
    they fall together.
    """
    knots = np.quantile(column, [0.05, 0.35, 0.65, 0.95])
    if len(np.unique(knots)) < len(knots):
        return [column]
    last, before = knots[-1], knots[-2]

    def cube(knot: float) -> Floats:
        return np.maximum(column - knot, 0.0) ** 3

    scale = (last - knots[0]) ** 2
    return [column] + [
        (cube(k) - cube(before) * (last - k) / (last - before) + cube(last) * (before - k) / (last - before)) / scale
        for k in knots[:-2]
    ]


def _indicators(values: Ints, spread: float) -> Floats:
    """Return a column for each value, of a size that makes the ridge a normal prior with that standard deviation."""
    names, member = np.unique(values, return_inverse=True)
    return np.eye(len(names))[member] * spread


def _balance(trials: Trials, is_listed: Flags, could_be: Flags, weights: Floats) -> tuple[Balance, ...]:
    found = []
    for name, column in zip(trials.names, trials.covariates.T, strict=True):
        spread = np.sqrt((column[is_listed].var() + column[could_be].var()) / 2) or 1.0
        mean = column[is_listed].mean()
        before = (mean - column[could_be].mean()) / spread
        found.append(Balance(name, float(before), float((mean - np.average(column, weights=weights)) / spread)))
    return tuple(found)


def worst_balance(balance: Sequence[Balance]) -> Balance:
    """Return the covariate that is furthest from balance after weighting."""
    return max(balance, key=lambda one: abs(one.after))
