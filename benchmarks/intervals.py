"""How often the evaluation's 95 % intervals hold the truth, over made boards of practices that differ.

Each practice has a log odds of its own beside what the model knows (standard deviation 0.15), 300 people each, about
9 % with the outcome; the model says the risk of an average practice. The truth of a figure of everyone is its value
over other practices of the same kind (1,000,000 people); of a practice's ratio, its own. The expected calibration error
is tried with a model that is right and one whose risks are 30 % too low.

Run:  python benchmarks/intervals.py [BOARDS]
"""

import sys

import numpy as np

from riskstrat.modelling.evaluation.bootstrap import draws_of
from riskstrat.modelling.evaluation.metrics import Ranking, all_figures
from riskstrat.modelling.evaluation.practices import shrink
from riskstrat.modelling.training.calibration import expit

SPREAD, EACH, DRAWS = 0.15, 300, 200


def board(practices, random, spread=SPREAD, each=EACH):
    """Return what the model says, the true risk, the outcome and the practice of each person."""
    practice = np.repeat(np.arange(practices), each)
    said = random.normal(-2.7, 0.9, practices * each)
    true = expit(said + random.normal(0, spread, practices)[practice])
    return expit(said), true, (random.random(len(said)) < true).astype(float), practice


def whole_board(practices, boards):
    """Print how often intervals that draw people, and those that draw practices, hold the truth."""
    said, true, outcome, _ = board(1_000_000 // EACH, np.random.default_rng(1))
    auroc = Ranking(said, outcome, np.ones((1, len(said))), most=len(said)).auroc()[0]
    truth = {"auroc": auroc, "calibration_ratio": true.mean() / said.mean()}
    held = {(drawn, name): 0 for drawn in ("people", "practices") for name in truth}
    for k in range(boards):
        said, _, outcome, practice = board(practices, np.random.default_rng([7, practices, k]))
        for drawn, cluster in (("people", np.arange(len(said))), ("practices", practice)):
            found = all_figures(said, outcome, draws_of(cluster, DRAWS, k))
            for name, value in truth.items():
                held[drawn, name] += found[name].low <= value <= found[name].high
    for (drawn, name), count in held.items():
        print(f"{practices:>4} practices, {drawn:<10} {name:<30} {100 * count / boards:.0f} of 100")


def calibration_error(people, boards):
    """Print how often the interval of the expected calibration error holds it."""
    for words, times in (("right", 1.0), ("30 % too low", 0.7)):
        held = 0
        for k in range(boards):
            said, true, outcome, _ = board(people // EACH, np.random.default_rng([9, people, k]), spread=0.0)
            found = all_figures(times * said, outcome, draws_of(np.arange(len(said)), DRAWS, k))
            truth = (1 - times) * true.mean()
            held += found["expected_calibration_error"].low <= truth <= found["expected_calibration_error"].high
        print(f"{people:>6} people, model {words:<14} expected_calibration_error     {100 * held / boards:.0f} of 100")


def shrunken(practices, boards):
    """Print how often the interval of a practice's shrunken ratio holds its own, and how far off it is."""
    held, off, off_raw = [], [], []
    for k in range(boards):
        said, true, outcome, practice = board(practices, np.random.default_rng([11, practices, k]))
        observed, expected, own = (np.bincount(practice, weights=w) for w in (outcome, said, true))
        phi = (said * (1 - said)).sum() / said.sum()
        found = shrink(np.sqrt(observed / expected), phi / (4 * expected))
        truth = own / expected
        held.append((np.maximum(found.low, 0) ** 2 <= truth) & (truth <= found.high**2))
        off.append((found.value**2 - truth) ** 2)
        off_raw.append((observed / expected - truth) ** 2)
    print(
        f"{practices:>4} practices, shrunken ratio of a practice: {100 * np.mean(held):.0f} of 100; off by "
        f"{np.sqrt(np.mean(off)):.3f}, unshrunken by {np.sqrt(np.mean(off_raw)):.3f}"
    )


def main():
    """Print one line per figure and size of board."""
    boards = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    for practices in (12, 40, 100):
        whole_board(practices, boards)
    for people in (3_000, 30_000):
        calibration_error(people, boards)
    for practices in (6, 12, 40, 100):
        shrunken(practices, 20 * boards)


if __name__ == "__main__":
    main()
