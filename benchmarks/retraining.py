"""What a retrained model makes of people whom its own lists helped: five ways to learn from them, against the truth.

python benchmarks/retraining.py [--people 100000] [--seeds 3] [--with-lists 0.5]

A made population, month by month: need and age, admissions that raise the hazard of the next ones for a year, and from
month 12 a list each month of the 1.2 % of highest hazard among those not listed in the last half year. A list
multiplies the hazard of those it names for a year. In half of the practices (``--with-lists``) nobody is listed. At
month 24 the outcome is an admission within 12 months; the truth is each person's risk if no list were made. Printed:
the sum of estimates over the sum of true risks, among people of practices without lists (of all where every practice
has them), for everybody, for the 2 % of highest true risk, and for the next 8 %.

- kept: everybody, as if there were no lists
- listed left out: without those listed within the 12 months
- listed and not yet admitted left out: without those listed before they were admitted
- exposure as a column: everybody, "listed within the 12 months" a feature, set to no when estimating
- practices without lists: what ``[exposure] rows = "leave out"`` does
"""

import argparse
from dataclasses import dataclass

import lightgbm
import numpy as np
import numpy.typing as npt

BEGIN, INDEX, HORIZON, PAUSE, LASTS, SHARE = 12, 24, 12, 6, 12, 0.012
NEVER = 99
SETTINGS = {
    "objective": "binary",
    "learning_rate": 0.05,
    "num_leaves": 16,
    "max_depth": 5,
    "min_data_in_leaf": 50,
    "lambda_l2": 5.0,
    "seed": 1,
    "num_threads": 1,
    "verbosity": -1,
}


@dataclass
class Year:
    """What is known at the index month, what happened in the year after it, and the risk had no list been made."""

    matrix: npt.NDArray[np.float64]
    admitted: npt.NDArray[np.int64]
    listed: npt.NDArray[np.int64]
    has_lists: npt.NDArray[np.bool_]
    truth: npt.NDArray[np.float64]


def made(people: int, effect: float, with_lists: float, seed: int) -> Year:
    """Return a population's year; ``admitted`` and ``listed`` are the month of the first, 99 for never."""
    random = np.random.default_rng(seed)
    need, age = random.normal(size=(2, people))
    has_lists = random.random(people) < with_lists
    months = INDEX + HORIZON
    admissions, listed = np.zeros((2, people, months), dtype=bool)

    def hazard(month: int, admitted: npt.NDArray[np.bool_]) -> npt.NDArray[np.float64]:
        recent = admitted[:, max(0, month - 12) : month].sum(axis=1)
        return np.clip(0.0035 * np.exp(0.9 * need + 0.4 * age) * (1 + 0.6 * np.minimum(recent, 5)), 0, 0.5)

    for month in range(months):
        now = hazard(month, admissions)
        if month >= BEGIN:
            may_be_listed = has_lists & ~listed[:, max(0, month - PAUSE) : month].any(axis=1)
            rank = np.where(may_be_listed, now * np.exp(0.3 * random.normal(size=people)), -1)
            listed[np.argsort(-rank)[: int(SHARE * has_lists.sum())], month] = True
        helped = listed[:, max(0, month - LASTS) : month + 1].any(axis=1)
        admissions[:, month] = random.random(people) < now * np.where(helped, effect, 1.0)
    left = np.ones(people)
    without = admissions.copy()
    without[:, INDEX:] = False  # until the first admission the history is known
    for month in range(INDEX, months):
        left *= 1 - hazard(month, without)
    before = admissions[:, :INDEX]
    known = [need + 0.3 * random.normal(size=people), age, before[:, -12:].sum(axis=1), before[:, -3:].sum(axis=1)]
    return Year(np.column_stack(known), first(admissions), first(listed), has_lists, 1 - left)


def first(happened: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
    """Return the month after the index month in which something first happened, 99 for never."""
    year = happened[:, INDEX:]
    return np.where(year.any(axis=1), year.argmax(axis=1), NEVER)


def estimates(learned: Year, asked: Year) -> dict[str, npt.NDArray[np.float64]]:
    """Return each way's estimates for people of another population."""
    outcome = (learned.admitted < NEVER).astype(float)
    is_listed = learned.listed < NEVER
    listed_first = is_listed & (learned.listed <= learned.admitted)
    rows = {
        "kept": np.ones(len(outcome), dtype=bool),
        "listed left out": ~is_listed,
        "listed and not yet admitted left out": ~listed_first,
        "practices without lists": ~learned.has_lists,
    }
    found = {
        way: fitted(learned.matrix[mask], outcome[mask]).predict(asked.matrix)
        for way, mask in rows.items()
        if mask.any()
    }
    with_exposure = fitted(np.column_stack([learned.matrix, is_listed]), outcome)
    found["exposure as a column"] = with_exposure.predict(np.column_stack([asked.matrix, np.zeros(len(asked.truth))]))
    return found


def fitted(matrix: npt.NDArray[np.float64], outcome: npt.NDArray[np.float64]) -> lightgbm.Booster:
    """Return a booster of 120 rounds."""
    return lightgbm.train(SETTINGS, lightgbm.Dataset(matrix, label=outcome), 120)


def main() -> None:
    """Print one row per effect of a list and way of learning, the mean over seeds."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--people", type=int, default=100_000)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--with-lists", type=float, default=0.5, help="share of people whose practice has lists")
    asked = parser.parse_args()
    print("| a listed person's hazard times | learned from | everybody | top 2 % | next 8 % |")
    print("| --- | --- | --- | --- | --- |")
    for effect in (1.0, 0.8, 0.6):
        ratios: dict[str, list[list[float]]] = {}
        for seed in range(asked.seeds):
            test = made(asked.people, effect, asked.with_lists, 1000 + seed)
            place = np.argsort(np.argsort(-test.truth)) / len(test.truth)
            parts = [np.ones(len(place), dtype=bool), place < 0.02, (place >= 0.02) & (place < 0.1)]
            for way, risk in estimates(made(asked.people, effect, asked.with_lists, seed), test).items():
                among = [part & ~(test.has_lists & (asked.with_lists < 1)) for part in parts]
                ratios.setdefault(way, []).append([risk[m].sum() / test.truth[m].sum() for m in among])
        for way, seen in ratios.items():
            print(f"| {effect:g} | {way} | {' | '.join(f'{value:.2f}' for value in np.mean(seen, axis=0))} |")


if __name__ == "__main__":
    main()
