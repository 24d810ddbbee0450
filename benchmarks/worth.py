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
from datetime import date, timedelta

import numpy as np
from effect import HISTORY, HORIZON, Board

from riskstrat.impact.forecasting.forecast import Interval, PastYear, between_years, year_with, year_without
from riskstrat.impact.forecasting.interventions import read_interventions
from riskstrat.impact.listing.comparable import compare
from riskstrat.impact.listing.randomised import by_stratum
from riskstrat.impact.listing.realised import share_averted

CHOSEN = 480
REDUCTIONS = (0.0, 0.10)
BOARDS = {
    "nobody comes, the sickest die; one year over": {},
    "the same, four years over": {"years": 4},
    "years differ by 0.1 as well": {"years": 4, "swing": 0.1},
    "years differ by 0.1, nobody dies or leaves": {"years": 4, "swing": 0.1, "stays": True},
    "no year differs, nobody dies or leaves": {"years": 4, "stays": True},
}
"""Boards by how their years differ: a year's own effect has that standard deviation of the logarithm of the rate."""
STEADY = {"years": 4, "stays": True}
LEARNT = {
    "learnt from all but the last, read of everybody": STEADY | {"learnt": 3, "reads": "everybody"},
    "learnt from all but the last, read of people it never saw": STEADY | {"learnt": 3, "reads": "unseen"},
    "learnt from all, read of everybody": STEADY | {"learnt": 4, "reads": "everybody"},
    "learnt from all, read of people it never saw": STEADY | {"learnt": 4, "reads": "unseen"},
}
"""Boards without a year that differs, by which of their years the model was fitted to, and who of them are read."""
KNOWN = 0.15
"""What a model knows of a year it was fitted to: by how much the logarithm of a risk it sorts by rises an admission."""


class Programme(Board):
    """A board that begins one programme for the people of highest estimated risk, and chose as many every year before.

    ``years`` that are over when it begins. ``swing``: standard deviation of the logarithm of a year's own effect on
    everybody's rate. ``stays``: nobody dies or leaves. ``learnt``: how many of the years that are over, the earliest
    first, the model was fitted to, of a half of the people; ``reads``: who of those years are read.
    """

    ratio = 1.0
    averted = 0
    admissions = 0

    def __init__(self, seed, practices, ratio, *, years=1, swing=0.0, stays=False, learnt=0, reads="everybody"):
        """Run the board with that ratio of admissions among the people chosen."""
        self.ratio, self.stays, self.history = ratio, stays, HISTORY + 12 * (years - 1)
        self.choices = range(HISTORY - 12, self.history + 1, 12)
        self.year = np.exp(np.random.default_rng([seed, 17]).normal(0, swing, self.history // 12 + 2))
        self.estimated, self.learnt, self.reads = {}, self.choices[:learnt], reads
        super().__init__(np.random.default_rng([seed, 11]), practices, 0.0, 0.0)

    def step(self, month):
        """Choose people once a year."""
        if month in self.choices:
            risk = np.where(self.gone > month, self.score(month), -1.0)
            who = np.argsort(-risk, kind="stable")[:CHOSEN]
            self.estimated[month] = who, risk[who]
            if month in self.learnt:
                self.estimated[month] = None, risk
        super().step(month)

    def list_(self, month, here, at, rows):  # noqa: ARG002
        """Begin the programme for those chosen last."""
        if month == self.history:
            at[self.estimated[month][0]] = month

    def hazard(self, month):
        """Return everyone's rate this month, with the year's own effect."""
        return np.minimum(super().hazard(month) * self.year[month // 12], 1.0)

    def leaving(self, who):
        """Return the monthly probabilities of dying and of leaving."""
        return (np.zeros(len(who)), 0.0) if self.stays else super().leaving(who)

    def kept(self, happened, helped):
        """Take away each admission of those it helps with one probability, or add as many."""
        fewer = self.random.binomial(happened, np.where(helped, min(self.ratio, 1.0), 1.0))
        more = self.random.poisson(happened * helped * max(self.ratio - 1, 0.0))
        self.admissions += int((fewer + more)[helped].sum())
        self.averted += int((happened - fewer - more).sum())
        return fewer + more

    def past_years(self):
        """Return the years of the people chosen before, latest first."""
        return [self.past_year(month) for month in reversed(self.choices[:-1])]

    def past_year(self, month):
        """Return the year of the people chosen at a month."""
        who, risk = self.chosen_knowing(month) if month in self.learnt else self.estimated[month]
        counts = self.admitted[who, month : month + HORIZON].sum(axis=1).astype(float)
        day = date(2020, 1, 1) + timedelta(days=round(365.25 * month / 12))
        return PastYear(day, risk, counts, 8 * counts, counts, 3000 * counts, self.practice[who])

    def chosen_knowing(self, month):
        """Return whom a model names that was fitted to what then happened to the half of even number."""
        _, risk = self.estimated[month]
        is_seen = np.arange(len(risk)) % 2 == 0
        happened = self.admitted[:, month : month + HORIZON].sum(axis=1)
        sorted_by = np.where(is_seen, risk * np.exp(KNOWN * np.minimum(happened, 3)), risk)
        if self.reads == "unseen":
            sorted_by = np.where(is_seen, -1.0, risk)
        who = np.argsort(-sorted_by, kind="stable")[: CHOSEN if self.reads == "everybody" else CHOSEN // 2]
        return who, risk[who]

    def forecast(self, seed, known):
        """Return the draws of the year without it, as they are made the day it begins from the last years known."""
        years = self.past_years()[:known]
        return year_without(self.estimated[self.history][1], years[0], between_years(years, seed), seed)


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


def without_it(seed, practices, **more):
    """Return, by years known, the forecast without a programme, what the year held, and what the one before did."""
    board = Programme(seed, practices, 1.0, **more)
    who, _ = board.estimated[board.history]
    before = int(board.admitted[who, board.history - HORIZON : board.history].sum())
    known = {1, more.get("years", 1)}
    return {n: (Interval.of(board.forecast(seed, n).admissions), board.admissions, before) for n in sorted(known)}


def with_it(seed, practices, intervention):
    """Return the forecast averted and what a programme of that kind then averts, of one board."""
    ratio = float(intervention.ratio_draws(np.random.default_rng([seed, 13]), np.array([1.0]))[0])
    board = Programme(seed, practices, ratio, years=4)
    return Interval.of(year_with(board.forecast(seed, 4), intervention, seed).averted), board.averted


def of(runs):
    """Return how many forecasts hold the truth, and their mean beside the mean of what they are set against."""
    held = sum(told.low <= truth <= told.high for told, truth, *_ in runs)
    means = np.mean([[told.middle, told.low, told.high, *rest] for told, *rest in runs], axis=0)
    cells = f"{means[0]:.0f} ({means[1]:.0f} to {means[2]:.0f})", *(f"{mean:.0f}" for mean in means[3:])
    return f"{held} of {len(runs)} | {' | '.join(cells)}"


def tell_realised(seeds, practices):
    """Print what ``effect`` finds of lists that avert a known share."""
    print(
        "\n| averted in truth | design | interval holds it | holds none | mean estimate | mean width | CPU s a board |"
    )
    print("| --- | --- | --- | --- | --- | --- | --- |", flush=True)
    for reduction in REDUCTIONS:
        began = time.process_time()
        runs = [realised(seed, practices, reduction) for seed in seeds]
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


def tell_years(seeds, practices, boards):
    """Print whether the year without a programme is held, on boards of several kinds."""
    print("| boards | years read | forecast holds the year | mean forecast | mean truth | mean of the year before |")
    print("| --- | --- | --- | --- | --- | --- |", flush=True)
    for words, more in boards.items():
        runs = [without_it(seed, practices, **more) for seed in seeds]
        for known in runs[0]:
            print(f"| {words} | {known} | {of([run[known] for run in runs])} |", flush=True)


def tell_programmes(seeds, practices):
    """Print whether the forecast holds what a programme of each kind then averts."""
    print("\n| intervention | forecast holds what was averted | mean forecast averted | mean truth |")
    print("| --- | --- | --- | --- |", flush=True)
    for intervention in read_interventions():
        print(f"| {intervention.id} | {of([with_it(seed, practices, intervention) for seed in seeds])} |", flush=True)


def main():
    """Print the tables."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--boards", type=int, default=100)
    parser.add_argument("--practices", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    seeds = [asked.seed * 10_000 + k for k in range(asked.boards)]
    tell_years(seeds, asked.practices, BOARDS | LEARNT)
    tell_programmes(seeds, asked.practices)
    tell_realised(seeds, asked.practices)
    print(f"\nCPU: {time.process_time():.0f} s")


if __name__ == "__main__":
    main()
