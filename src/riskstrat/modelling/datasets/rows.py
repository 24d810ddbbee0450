"""Snapshots and labels of several index dates as rows that a model can learn from, with their sides and attrition.

A matrix is made once per index date and shared by every model that uses it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

import numpy as np
import numpy.typing as npt
import polars as pl

from riskstrat.errors import InputRefused
from riskstrat.features.horizons import horizon_end, horizon_of
from riskstrat.files import sha256_of
from riskstrat.modelling.datasets.exposure import EXPOSURE, PastLists, read_past_lists
from riskstrat.modelling.datasets.feature_contract import NEVER_FEATURES, FeatureContract, contract_of
from riskstrat.modelling.datasets.splits import (
    SIDES,
    TEST_SIDES,
    assert_one_side_each,
    held_out_practices,
    sides_of_people,
)
from riskstrat.modelling.spec import ModelSpec
from riskstrat.project import Workspace

LABEL_COLUMNS = ("person_id", "index_date", "outcome", "event_date", "death_date", "left_date")
OVERNIGHT = "overnight_date"
"""A column of labels of admission: the first with a night or more."""


def read_part(workspace: Workspace, layer: str, index_date: date) -> pl.DataFrame:
    """Read one index date's table; raises ``InputRefused`` if it has not been built."""
    return scan_part(workspace, layer, index_date).collect()


def scan_part(workspace: Workspace, layer: str, index_date: date) -> pl.LazyFrame:
    """Open one index date's table to be read in part; raises ``InputRefused`` if it has not been built."""
    path = workspace.part(layer, index_date)
    if not path.is_file():
        raise InputRefused(f"there is no {layer} at index date {index_date}", "build it first: riskstrat features")
    return pl.scan_parquet(path)


def where(frame: pl.DataFrame, predicate: str) -> pl.Series:
    """Return a spec's predicate over a snapshot as booleans; what is unknown is false."""
    is_met = pl.sql_expr(predicate).cast(pl.Boolean).fill_null(False).alias("is_met")
    return frame.select(is_met, pl.int_range(pl.len()))["is_met"]  # beside a column: TRUE alone would be one row


class Shelf:
    """Snapshots of the index dates in use, each read once, with the matrices made from them."""

    def __init__(
        self, workspace: Workspace, barred: Sequence[int], successors: Mapping[str, str] | None = None
    ) -> None:
        """Keep the workspace, the people who may not be used for training, and closed practices with their next."""
        self.workspace = workspace
        self.successors = successors or {}
        self.barred = pl.Series("person_id", list(barred), dtype=pl.Int64)
        self._snapshots: dict[date, pl.DataFrame] = {}
        self._matrices: dict[tuple[date, str], npt.NDArray[np.float32]] = {}

    def snapshot(self, index_date: date) -> pl.DataFrame:
        """Return the snapshot, ordered by person; raises ``InputRefused`` where it is of another index date."""
        if index_date not in self._snapshots:
            frame = read_part(self.workspace, "features", index_date).sort("person_id")
            _require_index_date(frame, index_date, "features")
            self._snapshots[index_date] = frame
        return self._snapshots[index_date]

    def is_for(self, population: str, index_date: date) -> pl.Series:
        """Return who of the snapshot is of a population and not barred, whatever side they are on, as booleans."""
        snapshot = self.snapshot(index_date)
        return where(snapshot, population) & ~snapshot["person_id"].is_in(self.barred.implode())

    def has(self, layer: str, index_date: date) -> bool:
        """Return whether the store holds a layer's table of an index date."""
        return self.workspace.part(layer, index_date).is_file()

    def matrix(
        self, index_date: date, contract: FeatureContract, places: npt.NDArray[np.intp] | None = None
    ) -> npt.NDArray[np.float32]:
        """Return the columns of ``contract`` for everyone in the snapshot, or those at ``places``, one row each."""
        keys = [(index_date, f"{feature.name}:{feature.categories}") for feature in contract.features]
        new = [n for n, key in enumerate(keys) if key not in self._matrices]
        encoded, _ = FeatureContract(tuple(contract.features[n] for n in new)).encode(self.snapshot(index_date))
        self._matrices |= {keys[n]: encoded[:, place] for place, n in enumerate(new)}
        wanted = slice(None) if places is None else places
        return np.column_stack([self._matrices[key][wanted] for key in keys])


@dataclass
class Rows:
    """Rows of one side: who, when, what the model reads, what happened, and how the person's horizon ended."""

    person_id: npt.NDArray[np.int64]
    index_date: npt.NDArray[np.datetime64]
    matrix: npt.NDArray[np.float32]
    outcome: npt.NDArray[np.float64]
    people: pl.DataFrame

    def __len__(self) -> int:
        """Return how many rows there are."""
        return len(self.person_id)


@dataclass
class Dataset:
    """Everything one model learns from: rows by side, the feature contract, attrition, and hashes of what was read.

    At the test date, ``registered`` are all people in the snapshot and ``applies_to`` those whom the model is for, by
    practice: those too who are on no side, or left out of learning, because lists hold them.
    """

    contract: FeatureContract
    rows: dict[str, Rows]
    attrition: list[dict[str, object]] = field(default_factory=list)
    hashes: dict[str, str] = field(default_factory=dict)
    held_out_practices: int = 0
    registered: int = 0
    applies_to: dict[str, int] = field(default_factory=dict)
    sides: pl.DataFrame = field(default_factory=pl.DataFrame)


def gather(
    spec: ModelSpec,
    shelf: Shelf,
    latest: date,
    wordless: Sequence[str] = (),
    *,
    trees_of: FeatureContract | None = None,
) -> Dataset:
    """Return one model's dataset. ``wordless`` columns have no clinical factor and are left out.

    ``trees_of`` is the contract of trees that exist already: it is kept as it is, and nobody who may have trained them
    tests. Raises ``InputRefused`` where a table is missing, of another date, or leaves a side without people.
    """
    split = spec.split
    dates = split.dates(latest)
    snapshots = [shelf.snapshot(day) for day in dates]
    contract = trees_of or contract_of(
        snapshots,
        (*spec.left_out_of(snapshots[-1].columns), *wordless),
        up=spec.monotone.up,
        down=spec.monotone.down,
    )
    _refuse_labels_as_features(contract)
    registered = pl.concat([frame.select("person_id", "practice_code") for frame in snapshots])
    lists = read_past_lists(shelf.workspace, shelf.successors)
    sides = sides_of_people(registered, split, trees_exist=trees_of is not None)
    attrition: list[dict[str, object]] = []
    by_date = {day: _rows_of_date(spec, shelf, day, sides, contract, attrition) for day in dates}
    horizon = horizon_of(spec.label)
    for day, counts in zip(dates, attrition, strict=True):
        by_date[day] = _with_exposure(spec, by_date[day], lists, day, horizon_end(day, horizon), counts)
    mend = _EXPOSED if any(counts["left_out_as_exposed"] for counts in attrition) else _TOO_FEW
    rows = rows_by_side(spec, by_date, latest, mend)
    read = [(layer, day) for day in dates for layer in ("features", spec.outcome)]
    hashes = {f"{layer}/{day}": sha256_of(shelf.workspace.part(layer, day)) for layer, day in read}
    relevant = lists.before(horizon_end(dates[-1], horizon)).sha256
    hashes |= {} if relevant is None else {"worklists": relevant}
    practices = held_out_practices(
        registered["practice_code"].drop_nulls().unique(), split.held_out_practices, split.salt
    )
    at_test = shelf.snapshot(split.test_date(latest))
    listable = at_test.filter(shelf.is_for(spec.population, split.test_date(latest)))["practice_code"]
    return Dataset(
        contract,
        rows,
        attrition,
        hashes,
        len(practices),
        sides=sides,
        registered=len(at_test),
        applies_to=dict(sorted(listable.drop_nulls().value_counts().rows())),
    )


def tested_people_at(spec: ModelSpec, shelf: Shelf, dataset: Dataset, index_date: date) -> Rows:
    """Return the rows of the people who only test, at any index date with a snapshot and labels in the store."""
    sides = dataset.sides.filter(pl.col("side").cast(pl.String).is_in(TEST_SIDES))
    found = _rows_of_date(spec, shelf, index_date, sides, dataset.contract, [])
    return together([found[side] for side in TEST_SIDES])


_TOO_FEW = "more people or more index dates are needed"
_EXPOSED = (
    "rows of practices that had been sent a list are left out: train on earlier index dates, keep the trees you have, "
    "or state in the spec that such rows are kept ([exposure])"
)


def rows_by_side(
    spec: ModelSpec, by_date: dict[date, dict[str, Rows]], latest: date, mend: str = _TOO_FEW
) -> dict[str, Rows]:
    """Put each side's rows of its own dates together, in ``SIDES`` order, from rows by date and side.

    Raises ``InputRefused`` for a side without both outcomes, with how to mend it; ``AssertionError`` where somebody is
    on two sides.
    """
    split = spec.split
    before_test = split.dates_before_the_test(latest)
    use = {
        "train": split.training_dates(latest),
        "stop": before_test,
        "calibrate": before_test,
        "test": [split.test_date(latest)],
        "test_practice": [split.test_date(latest)],
    }
    rows = {side: together([by_date[day][side] for day in use[side]]) for side in SIDES}
    assert_one_side_each({side: r.person_id for side, r in rows.items()})
    for side in ("train", "stop", "calibrate", "test"):
        if len(np.unique(rows[side].outcome)) < 2:
            raise InputRefused(
                f"{spec.name}: the side '{side}' has {len(rows[side])} rows and not both outcomes",
                mend if side in _LEARNING else _TOO_FEW,
            )
    return rows


_LEARNING = ("train", "stop", "calibrate")


def _with_exposure(
    spec: ModelSpec, sides: dict[str, Rows], lists: PastLists, index_date: date, end: date, counts: dict[str, object]
) -> dict[str, Rows]:
    """Carry exposure into one date's rows, leave exposed rows out of learning if the spec says so, and count both."""
    carried = {}
    for side, rows in sides.items():
        found = lists.carried(rows.people.select("person_id", "practice_code"), index_date, end)
        carried[side] = replace(rows, people=rows.people.hstack(found))
    everyone = pl.concat([rows.people for rows in carried.values()])
    counts |= {name: int(everyone[name].sum()) for name in EXPOSURE}
    if spec.exposure.rows == "leave out":
        learning = {side: part_of(carried[side], ~carried[side].people["list_sent"].to_numpy()) for side in _LEARNING}
        carried |= learning
    used = pl.concat([rows.people for rows in carried.values()])
    counts |= {
        "left_out_as_exposed": len(everyone) - len(used),
        "used": len(used),
        "events": int(used["outcome"].sum()),
    }
    counts |= {f"{name}_in_horizon": int(used[f"{day}_date"].is_not_null().sum()) for name, day in _ENDS.items()}
    return carried


_ENDS = {"died": "death", "left": "left"}


def _rows_of_date(
    spec: ModelSpec,
    shelf: Shelf,
    index_date: date,
    sides: pl.DataFrame,
    contract: FeatureContract,
    attrition: list[dict[str, object]],
) -> dict[str, Rows]:
    snapshot = shelf.snapshot(index_date)
    label = read_part(shelf.workspace, spec.outcome, index_date)
    label = label.select(*LABEL_COLUMNS, *[name for name in (OVERNIGHT,) if name in label.columns])
    _require_index_date(label, index_date, spec.outcome)
    flags = (
        snapshot.select("person_id", place=pl.int_range(pl.len()))
        .with_columns(
            is_barred=pl.col("person_id").is_in(shelf.barred.implode()),
            in_population=where(snapshot, spec.population),
        )
        .join(label.drop("index_date"), on="person_id", how="left", maintain_order="left")
        .join(sides, on="person_id", how="left", maintain_order="left")
    )
    attrition.append(attrition_of(flags, index_date))
    shown = snapshot.select(*NEVER_FEATURES, *[c for c in _AUDITED if c in snapshot.columns])
    return dealt(flags, index_date, shelf.matrix(index_date, contract), shown)


_DECIDES = ("place", "is_barred", "in_population", "side")
_IS_IN = pl.col("in_population") & ~pl.col("is_barred")


def attrition_of(flags: pl.DataFrame, index_date: date) -> dict[str, object]:
    """Return how many rows of one date are used, and how many are not, by the first reason that holds."""
    kept = flags.filter(_IS_IN & pl.col("outcome").is_not_null())
    return {
        "index_date": str(index_date),
        "in_snapshot": len(flags),
        "barred_from_training": int(flags["is_barred"].sum()),
        "outside_population": int(flags.select((~pl.col("in_population") & ~pl.col("is_barred")).sum()).item()),
        "outcome_does_not_apply": int(flags.select((_IS_IN & pl.col("outcome").is_null()).sum()).item()),
        "used": len(kept),
        "events": int(kept["outcome"].sum()),
        "died_in_horizon": int(kept["death_date"].is_not_null().sum()),
        "left_in_horizon": int(kept["left_date"].is_not_null().sum()),
    }


def dealt(
    flags: pl.DataFrame, index_date: date, matrix: npt.NDArray[np.float32], shown: pl.DataFrame
) -> dict[str, Rows]:
    """Return one date's rows by side: those of the population, not barred, whose outcome is known.

    ``flags`` has ``person_id, place, is_barred, in_population, side`` and what happened: ``outcome, event_date,
    death_date, left_date``. ``place`` is the row of ``matrix`` and of ``shown``, the columns figures are shown by.
    """
    kept = flags.filter(_IS_IN & pl.col("outcome").is_not_null())
    result = {}
    for side in SIDES:
        part = kept.filter(pl.col("side") == side)
        place = part["place"].to_numpy()
        people = shown[place].with_columns(part.drop("person_id", *_DECIDES))
        result[side] = Rows(
            part["person_id"].cast(pl.Int64).to_numpy(),
            np.full(len(part), np.datetime64(index_date)),
            matrix[place],
            part["outcome"].cast(pl.Float64).to_numpy(),
            people.with_columns(_place=pl.Series(place)),
        )
    return result


_AUDITED = (
    "age sex ethnic_category imd_decile in_care_home has_learning_disability has_smi has_dementia efi hfrs charlson "
    "cambridge_score emergency_admissions_365d emergency_admissions_730d"
).split()
"""Columns that the evaluation shows figures by, or compares with; not necessarily features."""


def part_of(rows: Rows, mask: npt.NDArray[np.bool_]) -> Rows:
    """Return the rows where ``mask`` is true, in their order."""
    return Rows(
        rows.person_id[mask], rows.index_date[mask], rows.matrix[mask], rows.outcome[mask], rows.people.filter(mask)
    )


def together(parts: Sequence[Rows]) -> Rows:
    """Put rows of several dates together, ordered by person and index date."""
    person = np.concatenate([part.person_id for part in parts])
    when = np.concatenate([part.index_date for part in parts])
    order = np.lexsort((when, person))
    return Rows(
        person[order],
        when[order],
        np.ascontiguousarray(np.concatenate([part.matrix for part in parts])[order]),
        np.concatenate([part.outcome for part in parts])[order],
        pl.concat([part.people for part in parts])[order],
    )


def _require_index_date(frame: pl.DataFrame, index_date: date, layer: str) -> None:
    found = frame["index_date"].unique().to_list()
    if found and found != [index_date]:
        raise InputRefused(f"{layer} at {index_date} holds rows of other index dates: {sorted(map(str, found))[:3]}")


def _refuse_labels_as_features(contract: FeatureContract) -> None:
    leaked = {*LABEL_COLUMNS, *NEVER_FEATURES}.intersection(contract.names)
    if leaked:
        raise AssertionError(f"columns of a label cannot be features: {sorted(leaked)}")
