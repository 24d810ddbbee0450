"""How often a perfect model passes its own gates, and how often a miscalibrated one is caught.

A perfect model says each person's true risk; outcomes are drawn from it. People, groups and rates are like the test
date of the synthetic population: age bands, sex, ethnic groups, deprivation fifths and practices, with risks that
depend on age. Run:  python benchmarks/gates.py [SIMULATIONS [MODEL]]   where MODEL is the first word of one of them.
"""

import sys

import numpy as np

from riskstrat.modelling.evaluation.bootstrap import draws_of, figure
from riskstrat.modelling.evaluation.gates import Group, judge, may_be_champion
from riskstrat.modelling.evaluation.metrics import Ranking
from riskstrat.modelling.evaluation.reliability import RiskTally
from riskstrat.modelling.spec import read_specs
from riskstrat.modelling.training.calibration import expit, logit


def people_of(n, random, rate):
    """Return true risks at about the rate, and a code of each person's group by factor."""
    age = np.clip(random.normal(50, 19, n), 18, 100)
    factors = {
        "age band": np.searchsorted([40, 65, 75, 85], age, side="right"),
        "sex": random.integers(0, 2, n),
        "ethnic group": random.choice(6, n, p=[0.78, 0.09, 0.05, 0.03, 0.02, 0.03]),
        "deprivation fifth": random.integers(0, 5, n),
        "practice": random.integers(0, 12, n),
    }
    odds = 0.045 * (age - 50) + random.normal(0, 0.8, n)
    low, high = -12.0, 6.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if expit(odds + middle).mean() < rate else (low, middle)
    return expit(odds + low), factors


def share_passing(n, rate, simulations, distort, gates, seed=1):
    """Return how many of the simulations pass every gate, where the model says ``distort`` of the true risk."""
    passed = 0
    for k in range(simulations):
        random = np.random.default_rng([seed, n, k])
        truth, factors = people_of(n, random, rate)
        outcome = (random.random(n) < truth).astype(float)
        said = distort(truth, factors)
        weights = draws_of(np.arange(n), 100, k)
        figures = {
            "auroc": figure(Ranking(said, outcome, weights).auroc()),
            "calibration_slope": figure(RiskTally(said, outcome, weights).calibration_line()[0]),
        }
        groups = [
            Group(factor, str(code), outcome[codes == code], said[codes == code])
            for factor, codes in factors.items()
            for code in np.unique(codes)
        ]
        passed += may_be_champion(judge(gates, figures, Group("all", "everyone", outcome, said), groups))
    return passed


DISTORTIONS = {
    "perfect": lambda truth, _: truth,
    "30 % too low for everyone": lambda truth, _: 0.7 * truth,
    "too extreme (slope 0.75)": lambda truth, _: expit(logit(truth) / 0.75 + 0.55),
    "half the risk in one deprivation fifth": lambda truth, f: np.where(
        f["deprivation fifth"] == 0, 0.5 * truth, truth
    ),
}


def main():
    """Print one row per size and model: how many of the simulations passed."""
    simulations = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    gates = read_specs(["emergency_admission_12m"])[0].gates
    print("people  rate  model                                    passed")
    for n, rate in ((2_000, 0.09), (5_000, 0.09), (20_000, 0.09), (20_000, 0.02)):
        for words, distort in DISTORTIONS.items():
            if len(sys.argv) > 2 and not words.startswith(sys.argv[2]):
                continue
            passed = share_passing(n, rate, simulations, distort, gates)
            print(f"{n:>6}  {rate:.2f}  {words:<40} {passed} of {simulations}", flush=True)


if __name__ == "__main__":
    main()
