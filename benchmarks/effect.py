"""Whether ``riskstrat effect`` tells a list that does nothing from one that averts 15 % of admissions.

How often its 95 % intervals hold the truth, over made boards, and what before and after would have claimed:

python benchmarks/effect.py [--boards 100] [--practices 40] [--seed 1]

Made people have a rate of emergency admission of their own (gamma, so that counts are negative binomial and a high
count regresses to the mean), age and need that the score sees, twice the rate for three months after an admission, and
a practice whose people are sicker or healthier than the score knows (standard deviation 0.15 of the log rate). Some
die, more where the rate is high; some leave. Each month a practice lists as many as it has time for (2 to 8, whatever
its need), first those of highest priority: risk, and gaps that are recorded and a little tied to need. A listed
person's admissions of the next 12 months are each averted with probability 0 or 0.15. Lists run for 12 months; people
first listed in the first six are followed for a year each. In the hold-out design three in ten are kept off by chance.

Truth: of those whom the estimate speaks of, the mean difference in the probability of an admission within 12 months,
from each one's own rate. Placebo: lists that were never sent, made the same way a year before. An effect is claimed
where the interval leaves out none and, without a hold-out, the placebo's does not.
"""

import argparse
import time
from dataclasses import dataclass, field

import numpy as np

from riskstrat.impact.listing.comparable import compare
from riskstrat.impact.listing.randomised import by_stratum
from riskstrat.impact.trials import Trials

HISTORY, LISTS, HORIZON, FOLLOWED = 36, 12, 12, 6
YEAR_BEFORE = HISTORY - 12
SHAPE, AFTER, MEANT = 0.5, 1.0, 3
NAMES = ("risk", "gaps", "age", "admissions, 3 months", "admissions, 12 months", "admissions, the 12 before")
LISTABLE = 0.90
DAYS = 30


@dataclass
class Board:
    """People, month by month: who was admitted, present, listable, and listed for the first time."""

    random: np.random.Generator
    practices: int
    reduction: float
    held: float
    practice: np.ndarray = field(init=False)
    history = HISTORY  # months before lists begin

    def __post_init__(self):
        """Make the people, run the years before lists, then the lists."""
        random = self.random
        sizes = random.integers(500, 1300, self.practices)
        self.practice = np.repeat(np.arange(self.practices), sizes)
        people, months = len(self.practice), self.history + LISTS + HORIZON
        self.age = random.normal(size=people)
        need = 0.5 * self.age + random.normal(0, 0.6, people)
        unseen = random.normal(0, 0.15, self.practices)[self.practice]
        self.expected = 0.10 / 12 * np.exp(need - 0.3)
        self.need = need
        self.rate = self.expected * random.gamma(SHAPE, 1 / SHAPE, people) * np.exp(unseen)
        self.gaps = np.clip(random.normal(0.4 + 0.05 * need, 0.25, people), 0, 1)
        self.capacity = random.integers(2, 9, self.practices)
        self.kept_off = random.random(people) < self.held
        self.admitted = np.zeros((people, months), dtype=np.int8)
        self.gone = np.full(people, months)
        self.listed_at = np.full(people, months)
        self.would_be_at = np.full(people, months)
        self.placebo_at = np.full(people, months)
        self.rows, self.placebo_rows = [], []
        self.threshold = None
        for month in range(months):
            self.step(month)

    def hazard(self, month):
        """Return everyone's rate this month."""
        recent = self.admitted[:, max(0, month - MEANT) : month].any(axis=1)
        return np.minimum(self.rate * (1 + AFTER * recent), 1.0)

    def score(self, month):
        """Return the probability of an admission within 12 months, as far as need and two years of counts tell it."""
        last = self.admitted[:, month - 24 : month].sum(axis=1)
        rate = (SHAPE + last) / (SHAPE / self.expected + 24)
        recent = self.admitted[:, month - 3 : month].sum(axis=1)
        return 1 - np.exp(-12 * rate * (1 + 0.2 * np.minimum(recent, 2)))

    def step(self, month):
        """List, if it is time, then let the month happen."""
        here = self.gone > month
        if self.history - 12 <= month < self.history - 12 + LISTS:
            self.list_(month, here, self.placebo_at, self.placebo_rows)
        if self.history <= month < self.history + LISTS:
            self.list_(month, here, self.would_be_at, self.rows)
            self.listed_at = np.where(self.kept_off, self.admitted.shape[1], self.would_be_at)
        happened = self.random.poisson(self.hazard(month)) * here
        helped = (self.listed_at <= month) & (month < self.listed_at + HORIZON)
        self.admitted[:, month] = np.minimum(self.kept(happened, helped), 9)
        chances = self.leaving(np.arange(len(here)))
        dies = here & (self.random.random(len(here)) < chances[0])
        leaves = here & ~dies & (self.random.random(len(here)) < chances[1])
        self.gone[dies | leaves] = month + 1

    def kept(self, happened, helped):
        """Return how many of the month's admissions are not averted; ``helped`` are those whom the list still helps."""
        return self.random.binomial(happened, np.where(helped, 1 - self.reduction, 1.0))

    def leaving(self, who):
        """Return the monthly probabilities of dying, more where the rate is high, and of leaving."""
        return np.minimum(0.15 * self.rate[who], 0.05), 0.004

    def list_(self, month, here, at, rows):
        """Put each practice's places to those of highest priority not listed before, and note who could have been."""
        risk = self.score(month)
        if self.threshold is None:
            self.threshold = np.quantile(risk[here], LISTABLE)
        could_be = here & (at > month) & (risk >= self.threshold)
        priority = np.where(could_be, risk + 0.6 * self.gaps, -1.0)
        order = np.lexsort((-priority, self.practice))
        starts = np.searchsorted(self.practice[order], np.arange(self.practices))
        place = np.empty(len(order), dtype=int)
        place[order] = np.arange(len(order)) - starts[self.practice[order]]
        listed = could_be & (place < self.capacity[self.practice])
        at[listed] = month
        who = np.flatnonzero(could_be)
        counts = [self.admitted[who, month - a : month - b].sum(axis=1) for a, b in ((3, 0), (12, 0), (24, 12))]
        logit = np.log(risk[who] / (1 - risk[who]))
        rows.append((who, month, listed[who], np.stack([logit, self.gaps[who], self.age[who], *counts], axis=1)))

    def trials(self, rows, first):
        """Return the rows as the product takes them; followed where they began in the first six months."""
        who = np.concatenate([people for people, *_ in rows])
        month = np.concatenate([np.full(len(people), when) for people, when, *_ in rows])
        day = DAYS * month
        listed = np.concatenate([flags for _, _, flags, _ in rows])
        outcome, ended = self.followed(who, month)
        outcome[month >= first + FOLLOWED] = np.nan
        known = np.concatenate([x for *_, x in rows]).astype(float)
        return Trials(who, self.practice[who], day, listed, known, NAMES, outcome, ended)

    def truth(self, trials, among):
        """Return the mean difference that being listed makes to the probability of an admission, of some rows."""
        who, month = trials.person[among], trials.day[among] // DAYS
        return (self.probability(who, month, self.reduction) - self.probability(who, month, 0.0)).mean()

    def followed(self, who, month):
        """Return whether each was admitted within the horizon while here, and the day that settled it."""
        months = month[:, None] + np.arange(HORIZON)
        seen = (self.admitted[who[:, None], np.minimum(months, self.admitted.shape[1] - 1)] > 0) & (
            months < self.gone[who][:, None]
        )
        had = seen.any(axis=1)
        admitted = DAYS * (month + seen.argmax(axis=1)) + DAYS // 2
        return had.astype(float), np.where(had, admitted, DAYS * np.minimum(month + HORIZON, self.gone[who]))

    def probability(self, who, month, reduction):
        """Return each one's probability of an admission within the horizon while here, from the rate that is theirs."""
        alive, found = np.ones(len(who)), np.zeros(len(who))
        dies, leaves = self.leaving(who)
        for k in range(HORIZON):
            recent = np.zeros(len(who), dtype=bool)
            for back in range(k - MEANT, 0):  # months before time zero that still count
                recent |= self.admitted[who, month + back] > 0
            now = np.minimum(self.rate[who] * (1 + AFTER * recent), 1.0) * (1 - reduction)
            found += alive * (1 - np.exp(-now))
            alive *= np.exp(-now) * (1 - dies) * (1 - leaves)
        return found


def matched(seed, practices, reduction):
    """Return one board's estimate by comparable people, the truth, the placebo, and the change before to after."""
    board = Board(np.random.default_rng([seed, int(1000 * reduction)]), practices, reduction, 0.0)
    trials = board.trials(board.rows, HISTORY)
    found = compare(trials)
    truth = board.truth(trials, found.is_compared)
    placebo = compare(board.trials(board.placebo_rows, YEAR_BEFORE))
    return found.difference, truth, placebo.difference, change(trials, trials.listed & trials.is_followed)


def held_out(seed, practices, reduction):
    """Return the same by the board's hold-out, which has no placebo to pass."""
    board = Board(np.random.default_rng([seed, 7, int(1000 * reduction)]), practices, reduction, 0.3)
    trials = board.trials(board.rows, HISTORY)
    chosen = trials.listed & trials.is_followed
    listed = ~board.kept_off[trials.person]
    found = by_stratum(listed[chosen], trials.outcome[chosen], trials.practice[chosen])
    return found.difference, board.truth(trials, chosen), None, change(trials, chosen & listed)


def change(trials, among):
    """Return the share admitted in the year after less that in the year before."""
    return trials.outcome[among].mean() - (trials.covariates[among, 4] > 0).mean()


COLUMNS = (
    "design, admissions averted, truth held in, placebo holds 0 in, mean estimate (points), mean truth, mean width, "
    "claims fewer in, claims more in, before and after (points), CPU s a board"
)


def main():
    """Print a row per design and true reduction."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--boards", type=int, default=100)
    parser.add_argument("--practices", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    print(f"| {COLUMNS.replace(', ', ' | ')} |\n{'| --- ' * len(COLUMNS.split(', '))}|", flush=True)
    for reduction in (0.0, 0.15):
        for name, design in (("comparable people", matched), ("hold-out", held_out)):
            began = time.process_time()
            runs = [design(asked.seed * 10_000 + k, asked.practices, reduction) for k in range(asked.boards)]
            cost = (time.process_time() - began) / asked.boards
            print(f"| {name} | {reduction:.0%} | {' | '.join(summary(runs))} | {cost:.1f} |", flush=True)


def summary(runs):
    """Return the cells of one row."""
    boards = len(runs)
    found, truth, placebo, naive = zip(*runs, strict=True)
    held = sum(f.low <= t <= f.high for f, t in zip(found, truth, strict=True))
    quiet = [p is None or p.low <= 0 <= p.high for p in placebo]
    fewer = sum(f.high < 0 and q for f, q in zip(found, quiet, strict=True))
    more = sum(f.low > 0 and q for f, q in zip(found, quiet, strict=True))
    points = [100 * np.mean(x) for x in ([f.value for f in found], truth, [f.high - f.low for f in found], naive)]
    return (
        f"{held} of {boards}",
        "" if placebo[0] is None else f"{sum(quiet)} of {boards}",
        *(f"{x:.1f}" for x in points[:3]),
        f"{fewer}",
        f"{more}",
        f"{points[3]:.1f}",
    )


if __name__ == "__main__":
    main()
