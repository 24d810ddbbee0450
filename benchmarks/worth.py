"""Whether what ``riskstrat worth`` forecasts is what ``riskstrat effect`` then finds, and what truly happened.

On the made boards of ``effect.py`` (people chosen by risk, practices that differ, regression to the mean):

1. Lists that avert nothing, or one admission in ten: does the interval of the share averted, as ``effect`` finds it,
   hold the truth, and in how many boards does it leave out none?
2. Does the forecast of a year without a programme hold that year's admissions, and with one, whose ratio of admissions
   is drawn from an intervention's own stated distribution, what it then averts?

python benchmarks/worth.py [--boards 100] [--practices 40] [--seed 1]

The truth of 1 is the probability with which each admission is averted. The truth of 2 is counted: of the people chosen
(480 of highest estimated risk), the admissions that would have come in the 12 months less those that did.
"""

import argparse
import time

import numpy as np
from effect import HISTORY, HORIZON, YEAR_BEFORE, Board

from riskstrat.impact.forecasting.forecast import Interval, PastYear, year_with, year_without
from riskstrat.impact.forecasting.interventions import read_interventions
from riskstrat.impact.listing.comparable import compare
from riskstrat.impact.listing.randomised import by_stratum
from riskstrat.impact.listing.realised import share_averted

CHOSEN = 480
REDUCTIONS = (0.0, 0.10)


class Programme(Board):
    """A board that begins one programme for the people of highest estimated risk, and chose as many a year before."""

    ratio = 1.0
    averted = 0
    admissions = 0

    def __init__(self, seed, practices, ratio):
        """Run the board with that ratio of admissions among the people chosen."""
        self.ratio = ratio
        self.estimated = {}
        super().__init__(np.random.default_rng([seed, 11]), practices, 0.0, 0.0)

    def list_(self, month, here, at, rows):  # noqa: ARG002
        """Choose once in each of the two years."""
        if month not in (YEAR_BEFORE, HISTORY):
            return
        risk = np.where(here, self.score(month), -1.0)
        who = np.argsort(-risk, kind="stable")[:CHOSEN]
        at[who] = month
        self.estimated[month] = who, risk[who]

    def kept(self, happened, helped):
        """Take away each admission of those it helps with one probability, or add as many."""
        fewer = self.random.binomial(happened, np.where(helped, min(self.ratio, 1.0), 1.0))
        more = self.random.poisson(happened * helped * max(self.ratio - 1, 0.0))
        self.admissions += int((fewer + more)[helped].sum())
        self.averted += int((happened - fewer - more).sum())
        return fewer + more

    def past_year(self):
        """Return the year of the people chosen a year before."""
        who, risk = self.estimated[YEAR_BEFORE]
        counts = self.admitted[who, YEAR_BEFORE : YEAR_BEFORE + HORIZON].sum(axis=1).astype(float)
        return PastYear(risk, counts, 8 * counts, counts, 3000 * counts, self.practice[who])


def realised(seed, practices, reduction):
    """Return the share averted as found by a hold-out and by comparable people, of one board each."""
    board = Board(np.random.default_rng([seed, 7, int(1000 * reduction)]), practices, reduction, 0.3)
    trials = board.trials(board.rows, HISTORY)
    chosen = trials.listed & trials.is_followed
    listed = ~board.kept_off[trials.person]
    held = by_stratum(listed[chosen], trials.outcome[chosen], trials.practice[chosen])
    board = Board(np.random.default_rng([seed, int(1000 * reduction)]), practices, reduction, 0.0)
    alike = compare(board.trials(board.rows, HISTORY))
    return {
        "hold-out": share_averted(held.kept_off, held.difference),
        "comparable people": share_averted(alike.expected, alike.difference),
    }


def without_it(seed, practices):
    """Return the forecast of admissions without a programme and those of the year, and the change by last year's."""
    board = Programme(seed, practices, 1.0)
    who, risk = board.estimated[HISTORY]
    before = int(board.admitted[who, HISTORY - HORIZON : HISTORY].sum())
    return Interval.of(year_without(risk, board.past_year(), seed).admissions), board.admissions, before


def with_it(seed, practices, intervention):
    """Return the forecast averted and what a programme of that kind then averts, of one board."""
    ratio = float(intervention.ratio_draws(np.random.default_rng([seed, 13]), np.array([1.0]))[0])
    board = Programme(seed, practices, ratio)
    without = year_without(board.estimated[HISTORY][1], board.past_year(), seed)
    return Interval.of(year_with(without, intervention, seed).averted), board.averted


def main():
    """Print both tables."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--boards", type=int, default=100)
    parser.add_argument("--practices", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    seeds = [asked.seed * 10_000 + k for k in range(asked.boards)]
    print("| averted in truth | design | interval holds it | holds none | mean estimate | mean width | CPU s a board |")
    print("| --- | --- | --- | --- | --- | --- | --- |", flush=True)
    for reduction in REDUCTIONS:
        began = time.process_time()
        runs = [realised(seed, asked.practices, reduction) for seed in seeds]
        cost = (time.process_time() - began) / len(runs)
        for design in runs[0]:
            found = [run[design] for run in runs]
            cells = (
                f"{sum(f.low <= reduction <= f.high for f in found)} of {len(found)}",
                f"{sum(f.low <= 0 <= f.high for f in found)} of {len(found)}",
                f"{np.mean([f.value for f in found]):.0%}",
                f"{np.mean([f.high - f.low for f in found]):.0%}",
            )
            print(f"| {reduction:.0%} | {design} | {' | '.join(cells)} | {cost:.1f} |", flush=True)
    print("\n| a year without it: forecast holds it | mean forecast | mean truth | mean of the year before |")
    print("| --- | --- | --- | --- |", flush=True)
    runs = [without_it(seed, asked.practices) for seed in seeds]
    held = sum(told.low <= truth <= told.high for told, truth, _ in runs)
    means = np.mean([[told.middle, told.low, told.high, truth, before] for told, truth, before in runs], axis=0)
    said = f"{means[0]:.0f} ({means[1]:.0f} to {means[2]:.0f})"
    print(f"| {held} of {len(runs)} | {said} | {means[3]:.0f} | {means[4]:.0f} |", flush=True)
    print("\n| intervention | forecast holds what was averted | mean forecast averted | mean truth |")
    print("| --- | --- | --- | --- |", flush=True)
    for intervention in read_interventions():
        runs = [with_it(seed, asked.practices, intervention) for seed in seeds]
        held = sum(averted.low <= truth <= averted.high for averted, truth in runs)
        means = np.mean([[told.middle, told.low, told.high, truth] for told, truth in runs], axis=0)
        said = f"{means[0]:.0f} ({means[1]:.0f} to {means[2]:.0f}) | {means[3]:.0f}"
        print(f"| {intervention.id} | {held} of {len(runs)} | {said} |", flush=True)


if __name__ == "__main__":
    main()
