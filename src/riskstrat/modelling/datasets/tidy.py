"""Any tidy table as a dataset: one row per thing predicted, with an outcome, who it is about, and perhaps a date.

Nothing is done apart: columns go through the feature contract, people are dealt by the same hash, and what comes out is
the ``Dataset`` that snapshots and labels give. A spec with a section ``[table]`` says which column is what.

With a date a row belongs to its calendar month, and the months of ``[split]`` count back from the last month whose
outcomes are known: earlier months train and the latest tests. Without one, people are dealt by folds alone.
"""

import hashlib
from collections.abc import Sequence
from datetime import date
from difflib import get_close_matches
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from riskstrat.errors import InputRefused
from riskstrat.modelling.datasets.feature_contract import NEVER_FEATURES, contract_of, kind_of
from riskstrat.modelling.datasets.rows import Dataset, Rows, attrition_of, dealt, rows_by_side, where
from riskstrat.modelling.datasets.splits import held_out_practices, sides_of_people
from riskstrat.modelling.spec import ModelSpec, Table

MOST_WORDS = 1000
"""A text column with more different values than this names things one by one and says nothing of the next one."""
MOST_GROUPS = 100
"""A column with more different values than this makes no table of groups that anyone could read."""

_UNDATED = date.min
_NOT_IN_NAMES = set('[]{}":,')  # LightGBM refuses the characters of JSON in a name, and changes white space
_FOLLOW_UP = ("event_date", "death_date", "left_date")


def gather_table(spec: ModelSpec, frame: pl.DataFrame) -> Dataset:
    """Return the dataset of a table; the order of its rows changes nothing.

    A row whose outcome is null is counted and not used; so is one outside ``spec.population``. A column
    ``practice_code``, where there is one, serves ``split.held_out_practices``. Raises ``InputRefused`` naming every
    column that is missing or cannot be used, and where a month of the split or a side of it has no rows.
    """
    if spec.table is None:
        raise InputRefused(f"{spec.name} is not a model of a table", "its spec has no section [table]")
    features = _features(spec, spec.table, frame)
    _refuse_unusable(spec, spec.table, frame, features)
    ordered = _in_order(frame, [spec.table.group, spec.table.date, spec.label, *features, *spec.table.shown_by])
    rows = ordered.with_columns(
        person_id=_person_numbers(ordered[spec.table.group]),
        index_date=_months(ordered, spec.table.date),
        practice_code=(pl.col("practice_code") if "practice_code" in ordered.columns else pl.lit(None)).cast(pl.String),
    )
    known = rows.filter(pl.col(spec.label).is_not_null())
    latest = known["index_date"].max() if len(known) else rows["index_date"].max()
    return _dataset(spec, rows, features, latest)  # type: ignore[arg-type]


def _dataset(spec: ModelSpec, rows: pl.DataFrame, features: Sequence[str], latest: date) -> Dataset:
    dates = spec.split.dates(latest)
    parts = {day: rows.filter(pl.col("index_date") == day) for day in dates}
    empty = [f"{day:%Y-%m}" for day, part in parts.items() if part.is_empty()]
    if empty:
        raise InputRefused(
            f"{spec.name}: the table has no rows in {len(empty)} month(s) of the split: {', '.join(empty[:6])}",
            f"months count back from {latest:%Y-%m}, the last whose outcomes are known",
        )
    contract = contract_of(
        [part.select(features) for part in parts.values()], (), up=spec.monotone.up, down=spec.monotone.down, ordered={}
    )
    used = pl.concat([part.select("person_id", "practice_code") for part in parts.values()])
    sides = sides_of_people(used, spec.split)
    by_date, attrition = {}, []
    for day, part in parts.items():
        flags = _flags(spec, part).join(sides, on="person_id", how="left", maintain_order="left")
        shown = part.select(*dict.fromkeys((*NEVER_FEATURES, *_shown_by(spec))))
        by_date[day] = dealt(flags, day, contract.encode(part)[0], shown)
        attrition.append(_attrition(flags, day))
    if len(used) < len(rows):
        attrition.append({"index_date": "months not used", "in_snapshot": len(rows) - len(used), "used": 0})
    by_side = rows_by_side(spec, by_date, latest)
    practices = held_out_practices(
        used["practice_code"].drop_nulls().unique(), spec.split.held_out_practices, spec.split.salt
    )
    return Dataset(contract, by_side, attrition, _hashes(by_side), len(practices))


def _features(spec: ModelSpec, table: Table, frame: pl.DataFrame) -> list[str]:
    never = {*NEVER_FEATURES, *spec.left_out_of(frame.columns), spec.label, table.group, table.date}
    return [name for name in frame.columns if name not in never]


def _shown_by(spec: ModelSpec) -> tuple[str, ...]:
    return () if spec.table is None else spec.table.shown_by


def _in_order(frame: pl.DataFrame, columns: Sequence[str | None]) -> pl.DataFrame:
    """Return the rows in one order, whatever theirs was: by all that a model could see of them."""
    words = [name for name, kind in frame.schema.items() if kind in (pl.Categorical, pl.Enum)]
    return frame.with_columns(pl.col(words).cast(pl.String)).sort(
        list(dict.fromkeys(name for name in columns if name)), nulls_last=True
    )


def _person_numbers(group: pl.Series) -> pl.Series:
    """Return a number per person that depends on the person's own value alone: whole numbers are their own."""
    if group.dtype.is_integer() and group.dtype not in (pl.UInt64, pl.Int128):
        return group.cast(pl.Int64)
    names = group.cast(pl.String).unique()
    numbers = [int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big") >> 1 for name in names]
    return group.cast(pl.String).replace_strict(names, numbers, return_dtype=pl.Int64)


def _days(frame: pl.DataFrame, column: str) -> pl.Series:
    """Return a column's days; what cannot be read as one is null."""
    found = frame[column]
    if found.dtype == pl.String:
        return found.str.to_date("%Y-%m-%d", strict=False)
    if found.dtype.is_temporal() and not isinstance(found.dtype, (pl.Time, pl.Duration)):
        return found.cast(pl.Date)
    return pl.Series(column, [None] * len(found), dtype=pl.Date)


def _months(frame: pl.DataFrame, column: str | None) -> pl.Expr | pl.Series:
    return pl.lit(_UNDATED) if column is None else _days(frame, column).dt.month_start()


def _flags(spec: ModelSpec, part: pl.DataFrame) -> pl.DataFrame:
    """Return one date's rows with all that decides whether they are used."""
    try:
        in_population = where(part, spec.population)
    except pl.exceptions.PolarsError:  # its own message may quote values
        raise InputRefused(
            f"{spec.name}: the population cannot be read over this table: {spec.population}",
            "look at the names of its columns and at what they hold",
        ) from None
    return part.select(
        "person_id",
        place=pl.int_range(pl.len()),
        is_barred=pl.lit(False),
        in_population=in_population,
        outcome=pl.col(spec.label).cast(pl.Float64),
        **{name: pl.lit(None, dtype=pl.Date) for name in _FOLLOW_UP},
    )


def _attrition(flags: pl.DataFrame, day: date) -> dict[str, object]:
    """Return the attrition of one date, without what a table cannot know of people: who died and who left."""
    row = attrition_of(flags, day)
    del row["died_in_horizon"], row["left_in_horizon"]
    return row | {"index_date": "no dates"} if day == _UNDATED else row


def _hashes(by_side: dict[str, Rows]) -> dict[str, str]:
    """Return a hash of what each side's rows are: people, dates, matrix and outcomes."""
    return {side: _hash(rows.person_id, rows.index_date, rows.matrix, rows.outcome) for side, rows in by_side.items()}


def _hash(*arrays: npt.NDArray[Any]) -> str:
    found = hashlib.sha256()
    for array in arrays:
        found.update(np.ascontiguousarray(array).tobytes())
    return found.hexdigest()


def _refuse_unusable(spec: ModelSpec, table: Table, frame: pl.DataFrame, features: Sequence[str]) -> None:
    """Raise ``InputRefused`` that names every column that is missing or cannot be used, and how to mend it."""
    wanted = {spec.label: "its outcome", table.group: "who a row is about"}
    wanted |= {name: "figures to be shown by" for name in table.shown_by if name not in wanted}
    wanted |= {table.date: "its date"} if table.date else {}
    problems = [_missing(frame, name, meaning) for name, meaning in wanted.items() if name not in frame.columns]
    if not problems:
        problems = [*_bad_outcome(frame, spec.label), *_bad_group(frame, table.group), *_bad_date(frame, table.date)]
        for name in table.shown_by:
            groups = frame[name].n_unique()
            if groups > MOST_GROUPS:
                problems.append(f"{name}: {groups:,} groups to show figures by; make bands or families of them")
        for name in features:
            problems += _bad_feature(frame, name)
    if problems:
        raise InputRefused(f"{spec.name}: the table cannot be used as it is", *problems)


def _missing(frame: pl.DataFrame, name: str, meaning: str) -> str:
    near = get_close_matches(name, frame.columns, n=1, cutoff=0.6)
    return f"{name}: no such column; the spec names it as {meaning}" + (f"; the nearest is {near[0]}" if near else "")


def _bad_outcome(frame: pl.DataFrame, name: str) -> list[str]:
    column = frame[name]
    if not (column.dtype.is_numeric() or column.dtype in (pl.Boolean, pl.Null)):
        return [f"{name}: the outcome is {column.dtype}; make it 1 where it happened and 0 where it did not"]
    other = int((~column.cast(pl.Float64).is_in([0.0, 1.0])).sum())
    if other:
        return [f"{name}: the outcome is neither 0, 1 nor null (not known) in {other:,} row(s)"]
    return []


def _bad_group(frame: pl.DataFrame, name: str) -> list[str]:
    column = frame[name]
    if not (column.dtype.is_integer() or column.dtype in (pl.String, pl.Categorical, pl.Enum)):
        return [f"{name}: who a row is about is {column.dtype}; use a whole number or text"]
    empty = column.null_count()
    return [f"{name}: who a row is about is empty in {empty:,} row(s)"] if empty else []


def _bad_date(frame: pl.DataFrame, name: str | None) -> list[str]:
    unread = _days(frame, name).null_count() if name else 0
    return [f"{name}: the date cannot be read in {unread:,} row(s); write dates as YYYY-MM-DD"] if unread else []


def _bad_feature(frame: pl.DataFrame, name: str) -> list[str]:
    leave_out = "or name it in features.leave_out"
    if _NOT_IN_NAMES.intersection(name) or any(letter.isspace() for letter in name):
        return [f"{name!r}: a name without white space and any of {''.join(sorted(_NOT_IN_NAMES))} is needed"]
    try:
        kind = kind_of(frame.schema[name])
    except InputRefused as fault:
        return [f"{name}: {fault}; make it a number or words, {leave_out}"]
    words = frame[name].n_unique() if kind == "words" else 0
    if words > MOST_WORDS:
        return [f"{name}: text with {words:,} different values; group them, {leave_out}"]
    return []
