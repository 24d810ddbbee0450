"""How often a perfect model passes its own gates, and how often a miscalibrated or harmful one is caught.

A perfect model says each person's true risk; outcomes are drawn from it. People, groups and rates are like the test
date of the synthetic population: age bands, sex, ethnic groups, deprivation fifths and practices, with risks that
depend on age and on two things that nobody shares, equally strong. The champion in use knows age and the first of the
two, and is calibrated: so a perfect challenger moves people, and a twin of the champion that knows the second instead
is as good as it and lists other people.
Run:  python benchmarks/gates.py [SIMULATIONS [MODEL]]   where MODEL is the first word of one of them.
"""

import sys

import numpy as np

from riskstrat.modelling.evaluation.bootstrap import draws_of, figure
from riskstrat.modelling.evaluation.gates import Group, judge, may_be_champion
from riskstrat.modelling.evaluation.harm import against_champion
from riskstrat.modelling.evaluation.metrics import Ranking
from riskstrat.modelling.evaluation.reliability import RiskTally
from riskstrat.modelling.spec import read_specs
from riskstrat.modelling.training.calibration import expit, logit


def people_of(n, random, rate):
    """Return true risks at about the rate, what knows half of it says, and a code of each person's group by factor."""
    age = np.clip(random.normal(50, 19, n), 18, 100)
    factors = {
        "age band": np.searchsorted([40, 65, 75, 85], age, side="right"),
        "sex": random.integers(0, 2, n),
        "ethnic group": random.choice(6, n, p=[0.78, 0.09, 0.05, 0.03, 0.02, 0.03]),
        "deprivation fifth": random.integers(0, 5, n),
        "practice": random.integers(0, 12, n),
    }
    first, second = random.normal(0, HALF, n), random.normal(0, HALF, n)
    low, high = -12.0, 6.0
    for _ in range(60):
        middle = (low + high) / 2
        mean = expit(0.045 * (age - 50) + first + second + middle).mean()
        low, high = (middle, high) if mean < rate else (low, middle)
    base = 0.045 * (age - 50) + low
    return expit(base + first + second), known(base + first), known(base + second), factors


def known(odds):
    """Return the risk for who knows all but one normal part of the odds: the mean over it, and so calibrated."""
    nodes, shares = np.polynomial.hermite_e.hermegauss(15)
    return sum(share * expit(odds + HALF * node) for node, share in zip(nodes, shares / shares.sum(), strict=True))


def share_passing(n, rate, simulations, distort, gates, seed=1):
    """Return how many of the simulations pass every gate, and how many every gate that needs no champion.

    The model says ``distort`` of the true risk, the twin's and the groups.
    """
    passed = alone = 0
    for k in range(simulations):
        random = np.random.default_rng([seed, n, k])
        truth, champion, twin, factors = people_of(n, random, rate)
        outcome = (random.random(n) < truth).astype(float)
        said = distort(truth, twin, factors)
        weights = draws_of(np.arange(n), 100, k)
        own = Ranking(said, outcome, weights).auroc()
        slope = RiskTally(said, outcome, weights).calibration_line()[0]
        figures = {"auroc": figure(own), "calibration_slope": figure(slope)}
        named = [(factor, code, codes == code) for factor, codes in factors.items() for code in np.unique(codes)]
        groups = [Group(factor, str(code), outcome[mask], said[mask]) for factor, code, mask in named]
        overall = Group("all", "everyone", outcome, said)
        without = judge(gates, figures, overall, groups)
        difference = figure(own - Ranking(champion, outcome, weights).auroc())
        results = judge(gates, figures, overall, groups, champion_version="1", difference=difference)
        paired = [(group, np.flatnonzero(mask)) for group, (_, _, mask) in zip(groups, named, strict=True)]
        results += against_champion(gates, "1", outcome, said, champion, paired, weights)
        alone += may_be_champion(without)
        passed += may_be_champion(results)
    return passed, alone


HALF = 0.8 / np.sqrt(2)
DISTORTIONS = {
    "perfect": lambda truth, _, __: truth,
    "as good as the champion, by other means": lambda _, twin, __: twin,
    "30 % too low for everyone": lambda truth, _, __: 0.7 * truth,
    "too extreme (slope 0.75)": lambda truth, _, __: expit(logit(truth) / 0.75 + 0.55),
    "half the risk in one deprivation fifth": lambda truth, _, f: np.where(
        f["deprivation fifth"] == 0, 0.5 * truth, truth
    ),
    "blind within one deprivation fifth": lambda truth, _, f: np.where(
        f["deprivation fifth"] == 0, truth[f["deprivation fifth"] == 0].mean(), truth
    ),
}


def main():
    """Print one row per size and model: how many of the simulations passed, with and without a champion."""
    simulations = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    gates = read_specs(["emergency_admission_12m"])[0].gates
    print("people  rate  model                                    passed, against a champion   first of its outcome")
    for n, rate in ((2_000, 0.09), (5_000, 0.09), (20_000, 0.09), (20_000, 0.02)):
        for words, distort in DISTORTIONS.items():
            if len(sys.argv) > 2 and not words.startswith(sys.argv[2]):
                continue
            passed, alone = share_passing(n, rate, simulations, distort, gates)
            print(
                f"{n:>6}  {rate:.2f}  {words:<40} {passed:>4} of {simulations:<20} {alone:>4} of {simulations}",
                flush=True,
            )


if __name__ == "__main__":
    main()
