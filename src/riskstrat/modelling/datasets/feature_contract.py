"""The feature contract: which columns a model reads, in which order, of which type, and what words mean as numbers.

It travels in the model's bundle. A matrix is only ever made through it, because LightGBM accepts columns in any order
without complaint.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import polars as pl

from riskstrat.errors import InputRefused

Kind = Literal["whole", "measure", "flag", "words"]

NEVER_FEATURES = ("person_id", "index_date", "practice_code")
"""Columns that say who, when and where; never features. Labels are in files of their own."""

ORDERED_WORDS: dict[str, tuple[str, ...]] = {
    "sex": ("1", "2"),
    "efi_band": ("fit", "mild", "moderate", "severe"),
    "hfrs_band": ("low", "intermediate", "high"),
    "frailty_coded": ("mild", "moderate", "severe"),
}
"""Words of the snapshot with their order; other word columns get their sorted values. Unseen words become unknown."""


@dataclass(frozen=True)
class Feature:
    """One column: its type, the numbers of its words (``categories``), and its monotone direction (-1, 0 or 1)."""

    name: str
    kind: Kind
    categories: tuple[str, ...] = ()
    monotone: int = 0


@dataclass(frozen=True)
class FeatureContract:
    """Columns in order. ``encode`` is the only way from a snapshot to a matrix."""

    features: tuple[Feature, ...]

    @property
    def names(self) -> list[str]:
        """Column names, in order."""
        return [feature.name for feature in self.features]

    def check(self, snapshot: pl.DataFrame) -> None:
        """Raise ``InputRefused`` naming columns that are missing, in another order or of another type."""
        schema = snapshot.schema  # made anew at every look, so looked at once
        missing = [name for name in self.names if name not in schema]
        if missing:
            raise InputRefused(
                f"the snapshot lacks {len(missing)} column(s) that the model reads: {', '.join(missing[:8])}",
                "build the snapshot again, or retrain the model on today's columns",
            )
        wanted = set(self.names)
        found = [name for name in schema if name in wanted]
        for place, (expected, got) in enumerate(zip(self.names, found, strict=True)):
            if expected != got:
                raise InputRefused(
                    f"the snapshot's columns are in another order: {got} at place {place + 1}, not {expected}",
                    "build the snapshot again, or retrain the model on today's columns",
                )
        for feature in self.features:
            kind = kind_of(schema[feature.name])
            if kind is not None and not _fits(kind, feature.kind):
                raise InputRefused(f"column {feature.name} holds {kind} values where the model expects {feature.kind}")

    def encode(self, snapshot: pl.DataFrame) -> tuple[npt.NDArray[np.float32], dict[str, int]]:
        """Return the matrix (row per person, float32, nan where unknown) and how many unseen words each column had."""
        self.check(snapshot)
        unseen: dict[str, int] = {}
        numbers = []
        for feature in self.features:
            if feature.kind == "words":
                column = snapshot[feature.name]
                places = {word: float(n) for n, word in enumerate(feature.categories)}
                coded = column.cast(pl.String).replace_strict(places, default=None, return_dtype=pl.Float64)
                new = len(column.drop_nulls()) - len(coded.drop_nulls())
                if new:
                    unseen[feature.name] = new
                numbers.append(coded)
        read = snapshot.select(self.names).with_columns(numbers)  # all columns in one query: hundreds cost seconds
        known = read.select(pl.all().cast(pl.Float32).fill_null(float("nan")))
        matrix = known.to_numpy(order="fortran", writable=True).astype(np.float32, copy=False)
        return matrix.reshape(len(snapshot), len(self.features)), unseen

    def only(self, names: Collection[str]) -> "FeatureContract":
        """Return the contract of some of its columns, in its order."""
        return FeatureContract(tuple(feature for feature in self.features if feature.name in names))

    def as_json(self) -> list[dict[str, Any]]:
        """Return the contract as plain values."""
        return [
            {"name": f.name, "kind": f.kind, "categories": list(f.categories), "monotone": f.monotone}
            for f in self.features
        ]

    @classmethod
    def from_json(cls, features: Sequence[dict[str, Any]]) -> "FeatureContract":
        """Return the contract that ``as_json`` wrote."""
        return cls(tuple(Feature(f["name"], f["kind"], tuple(f["categories"]), int(f["monotone"])) for f in features))


def kind_of(dtype: pl.DataType) -> Kind | None:
    """Return the kind of a column's type, ``None`` if all null; raises ``InputRefused`` for dates and lists."""
    if dtype == pl.Null:
        return None
    if dtype == pl.Boolean:
        return "flag"
    if dtype.is_integer():
        return "whole"
    if dtype.is_float():
        return "measure"
    if dtype in (pl.String, pl.Categorical, pl.Enum):
        return "words"
    raise InputRefused(f"a feature cannot be of type {dtype}")


def contract_of(
    snapshots: Sequence[pl.DataFrame],
    leave_out: Sequence[str],
    *,
    up: Sequence[str] = (),
    down: Sequence[str] = (),
    ordered: Mapping[str, tuple[str, ...]] = ORDERED_WORDS,
) -> FeatureContract:
    """Return the contract of the columns that every snapshot has, in the last one's order.

    ``ordered`` gives words their order by column; the words of other columns are sorted. Raises ``InputRefused`` where
    ``up`` or ``down`` names a column that no snapshot has.
    """
    last = snapshots[-1]
    shared = set(last.columns).intersection(*(frame.columns for frame in snapshots))
    names = [c for c in last.columns if c in shared and c not in NEVER_FEATURES and c not in leave_out]
    lost = [name for name in (*up, *down) if name not in names]
    if lost:
        raise InputRefused(f"the spec demands a direction for columns that are not features: {', '.join(lost)}")
    schemas = [frame.schema for frame in snapshots]  # once: polars makes the whole of it anew each time it is asked
    features = []
    for name in names:
        kind = _shared_kind([kind_of(schema[name]) for schema in schemas])
        words: tuple[str, ...] = ()
        if kind == "words":
            seen = pl.concat([frame[name].cast(pl.String) for frame in snapshots]).drop_nulls().unique().to_list()
            words = ordered.get(name, tuple(sorted(seen)))
        features.append(Feature(name, kind, words, (name in up) - (name in down)))
    return FeatureContract(tuple(features))


def _shared_kind(found: Sequence[Kind | None]) -> Kind:
    """Return the kind that holds every date's values: words before numbers, measures before whole numbers and flags."""
    known = {kind for kind in found if kind is not None}
    if "words" in known:
        return "words"
    return known.pop() if len(known) == 1 else "measure"


def _fits(found: Kind, expected: Kind) -> bool:
    numbers = ("whole", "measure", "flag")
    return (found == "words") == (expected == "words") and (found in numbers or found == "words")
