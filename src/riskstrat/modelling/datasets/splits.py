"""Who trains, who stops training early, who calibrates and who tests: by person, by practice and by time.

A person's side is a function of the person alone (a hash fold, or a held-out practice at any date in use), so that
nobody can be on two sides however many index dates are used.
"""

import hashlib
import math
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
import polars as pl

from riskstrat.modelling.spec import Split

SIDES = ("train", "stop", "calibrate", "test", "test_practice")
"""Sides in order. ``test`` are test folds; ``test_practice`` are people of practices held out whole, who test too."""

TEST_SIDES = ("test", "test_practice")
"""The sides whose people neither train, nor stop training, nor calibrate."""


def person_fold(person_id: npt.NDArray[np.integer], folds: int, salt: str) -> npt.NDArray[np.int64]:
    """Return each person's fold, 0 to ``folds - 1``: a salted 64-bit mix (splitmix64), the same on every machine."""
    offset = np.uint64(int.from_bytes(hashlib.sha256(salt.encode()).digest()[:8], "big"))
    with np.errstate(over="ignore"):
        x = person_id.astype(np.uint64) + offset + np.uint64(0x9E3779B97F4A7C15)
        x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        x = x ^ (x >> np.uint64(31))
    return (x % np.uint64(folds)).astype(np.int64)


def makes_trees(fold: npt.NDArray[np.int64], split: Split) -> npt.NDArray[np.bool_]:
    """Return whether people of these folds train or stop training early: the trees may know what became of them."""
    return fold < split.training_folds + split.early_stopping_folds


def held_out_practices(practices: Iterable[str], share: float, salt: str) -> list[str]:
    """Return the practices held out whole, in order of code; none where there are fewer than five practices."""
    codes = sorted(set(practices))
    if len(codes) < 5 or share == 0:
        return []
    by_hash = sorted(codes, key=lambda code: hashlib.sha256(f"{salt}:{code}".encode()).digest())
    return sorted(by_hash[: math.ceil(share * len(codes))])


def sides_of_people(registrations: pl.DataFrame, split: Split, *, trees_exist: bool = False) -> pl.DataFrame:
    """Return ``person_id, side`` for everyone in ``registrations`` (``person_id, practice_code``, all dates in use).

    Where the trees exist already, people of the training and stopping folds train, stop or have no side: the practices
    held out at today's dates need not be those held out when the trees were made, and who may have trained them, or
    chosen how many there are, does not test them.
    """
    practices = held_out_practices(
        registrations["practice_code"].drop_nulls().unique(), split.held_out_practices, split.salt
    )
    people = (
        registrations.group_by("person_id")
        .agg(pl.col("practice_code").is_in(practices).any().alias("is_held_out"))
        .sort("person_id")
    )
    fold = person_fold(people["person_id"].to_numpy(), split.person_folds, split.salt)
    bounds = np.cumsum([split.training_folds, split.early_stopping_folds, split.calibration_folds, split.test_folds])
    side = np.searchsorted(bounds, fold, side="right")
    is_held_out = people["is_held_out"].to_numpy()
    may_have_made_them = is_held_out & makes_trees(fold, split) & trees_exist
    side = np.where(is_held_out, SIDES.index("test_practice"), side)
    dealt = people.select("person_id", pl.Series("side", [SIDES[k] for k in side], dtype=pl.Enum(SIDES)))
    return dealt.filter(~may_have_made_them)


def assert_one_side_each(person_ids_by_side: dict[str, npt.NDArray[np.integer]]) -> None:
    """Raise ``AssertionError`` naming two sides that share a person: a fault of ours that must never train a model."""
    seen: list[tuple[str, npt.NDArray[np.integer]]] = []
    for side, people in person_ids_by_side.items():
        for other, before in seen:
            if len(np.intersect1d(people, before)):
                raise AssertionError(f"people are on two sides of the split: {other} and {side}")
        seen.append((side, people))
