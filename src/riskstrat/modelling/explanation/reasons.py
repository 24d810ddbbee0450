"""Reasons: exact contributions of the champion's trees, put together into clinical factors and said in words.

A contribution says what moved this estimate, on the log-odds scale, against the model's average; it does not say what
would change the outcome. A factor that may not be printed is left out without a trace: the next one takes its place.
"""

import re
from collections.abc import Sequence
from datetime import date, timedelta
from functools import lru_cache
from typing import Any, Literal

import numpy as np
import polars as pl

from riskstrat.errors import InputRefused, NotPermitted
from riskstrat.modelling.datasets.rows import read_part, scan_part
from riskstrat.modelling.explanation.factors import (
    PLACEHOLDER,
    Factor,
    Sentence,
    columns_by_factor,
    read_factors,
    summed_by_factor,
)
from riskstrat.modelling.registry.bundle import Bundle
from riskstrat.modelling.registry.versions import champion_bundle
from riskstrat.modelling.spec import ModelSpec, read_specs
from riskstrat.pages import counted, long_date
from riskstrat.project import Workspace

View = Literal["paper", "clinician"]
_SHOWN: dict[str, tuple[str, ...]] = {"paper": ("always",), "clinician": ("always", "clinician_view")}
_LEAST = 1e-9
_LEAST_WORDED = 0.02
"""Log odds below which a contribution is too small to be worth a sentence: about 2 % of the odds."""
_DAYS_PER_YEAR = 365.25

_REASONS: dict[str, Any] = {
    "person_id": pl.Int64,
    "factor": pl.String,
    "contribution": pl.Float64,
    "direction": pl.String,
    "columns": pl.List(pl.String),
}

_SAYABLE: dict[str, Any] = {
    "person_id": pl.Int64,
    "factor": pl.String,
    "direction": pl.String,
    "say": pl.String,
    "place": pl.Int64,
}


def reasons(workspace: Workspace, index_date: date, model: str, person_ids: Sequence[int]) -> pl.DataFrame:
    """Return what moved each person's estimate: one row per person and factor, the largest first.

    ``contribution`` is in raw log odds, exact (a person's contributions and the model's base value add up to the raw
    score); ``direction`` is ``up`` or ``down``; ``columns`` are the factor's columns that the model reads. Factors of
    every kind are here, those never printed too: this table is for data scientists. Raises ``InputRefused`` where the
    model has no champion or a person is not in the snapshot.
    """
    bundle = _champion(workspace, model)
    people = _people(workspace, index_date, person_ids)
    return _contributions(bundle, people)


def reason_sentences(
    workspace: Workspace,
    index_date: date,
    model: str,
    person_ids: Sequence[int],
    *,
    view: View = "paper",
    most: int = 3,
) -> pl.DataFrame:
    """Return ``person_id, up, down``: at most ``most`` sentences each way, as lists of text, the weightiest first.

    ``view="paper"`` says only what may be printed; ``"clinician"`` adds what a clinician's screen may show. Raises
    ``NotPermitted`` for paper reasons of a model whose figure is never printed.
    """
    bundle = _champion(workspace, model)
    if view == "paper" and bundle.spec.figure == "never printed":
        raise NotPermitted(f"reasons of {model} are not printed", "its figure is an internal signal")
    people = _people(workspace, index_date, person_ids)
    moved = _contributions(bundle, people)
    wording = Wording(people, index_date, complete_to(workspace, index_date))
    shown = [factor for factor in read_factors().factors if factor.print in _SHOWN[view]]
    sayable = pl.concat([wording.of(factor) for factor in shown])
    telling = moved.filter(pl.col("contribution").abs() >= _LEAST_WORDED)
    worded = telling.join(sayable, on=["person_id", "factor", "direction"], how="inner", maintain_order="left")
    first = worded.group_by("person_id", "direction", maintain_order=True).head(most)
    text = [wording.said(sentence, place) for sentence, place in first.select("say", "place").rows()]
    said = first.with_columns(pl.Series("text", text, pl.String))
    lists = said.group_by("person_id", "direction", maintain_order=True).agg("text")
    result = people.select(pl.col("person_id").cast(pl.Int64))
    for direction in ("up", "down"):
        own = lists.filter(pl.col("direction") == direction).select("person_id", pl.col("text").alias(direction))
        result = result.join(own, on="person_id", how="left", maintain_order="left")
    empty = pl.lit([], dtype=pl.List(pl.String))
    return result.with_columns(pl.col("up", "down").fill_null(empty))


def frequency_words(model: str, risk: float) -> str:
    """Return a risk as a frequency: "about 38 in 100 people like this are admitted as an emergency within a year".

    Raises ``NotPermitted`` for a model whose figure is never printed.
    """
    spec = _specs()[model]
    if spec.figure == "never printed":
        raise NotPermitted(f"the figure of {model} is never printed")
    of_a_hundred = round(100 * risk)
    share = "fewer than 1" if risk < 0.01 else "more than 99" if risk > 0.99 else f"about {of_a_hundred}"
    return f"{share} in 100 people like this {spec.frequency}"


def model_titles() -> dict[str, str]:
    """Return the title of every model by its name."""
    return {name: spec.title for name, spec in _specs().items()}


def complete_to(workspace: Workspace, index_date: date) -> dict[str, date]:
    """Return the day to which each present source is complete at the index date (``store/sources``)."""
    sources = read_part(workspace, "sources", index_date)
    present = sources.filter(pl.col("is_present") & pl.col("complete_to").is_not_null())
    return dict(zip(present["table_name"].to_list(), present["complete_to"].to_list(), strict=True))


class Wording:
    """Sentences about people of one snapshot, with their own values and dates."""

    def __init__(self, people: pl.DataFrame, index_date: date, complete: dict[str, date]) -> None:
        """Keep the people's rows, the index date and what the sources are complete to."""
        self._people = people
        self._rows = people.to_dicts()
        self._ids = people["person_id"].cast(pl.Int64).to_numpy()
        self._index_date = index_date
        self._complete = complete

    def of(self, factor: Factor) -> pl.DataFrame:
        """Return ``person_id, factor, direction, say, place``: the sentence for every person and direction with one.

        ``say`` is the sentence as the factor has it, ``place`` the person's among the people: what ``said`` is given.
        """
        chosen = [pl.DataFrame(schema=_SAYABLE)]
        for direction, sentences in (("up", factor.up), ("down", factor.down)):
            pending = np.ones(len(self._rows), dtype=bool)
            for sentence in sentences:
                places = np.flatnonzero(pending & self._applies(sentence))
                pending[places] = False
                people = pl.DataFrame({"person_id": self._ids[places], "place": places})
                words = {"factor": factor.id, "direction": direction, "say": sentence.say}
                chosen.append(
                    people.with_columns(**{name: pl.lit(word) for name, word in words.items()}).match_to_schema(
                        _SAYABLE
                    )
                )
        return pl.concat(chosen)

    def _applies(self, sentence: Sentence) -> np.ndarray:
        """Return for whom a sentence can be said: its predicate holds, and every value and source in it is known."""
        needed = {found["column"] for found in PLACEHOLDER.finditer(sentence.say) if found["column"]}
        sources = {found["source"] for found in PLACEHOLDER.finditer(sentence.say) if found["source"]}
        predicate = pl.sql_expr(sentence.when)
        columns = needed.union(predicate.meta.root_names())
        if not columns.issubset(self._people.columns) or not sources.issubset(self._complete):
            return np.zeros(len(self._rows), dtype=bool)
        known = pl.all_horizontal(pl.lit(True), *[pl.col(column).is_not_null() for column in sorted(needed)])
        holds = self._people.select((predicate.cast(pl.Boolean).fill_null(False) & known).alias("holds"))["holds"]
        return holds.to_numpy()

    def said(self, text: str, place: int) -> str:
        """Return a sentence with the values of the person at a place."""
        row = self._rows[place]

        def value(found: re.Match[str]) -> str:
            if found["source"]:
                return long_date(self._complete[found["source"]])
            return self._form(row[found["column"]], found["form"])

        return PLACEHOLDER.sub(value, text)

    def _form(self, value: object, form: str | None) -> str:
        if form is None:
            return f"{value:g}" if isinstance(value, float) else str(value)
        number = float(str(value))
        if form == "date":
            return long_date(self._index_date - timedelta(days=round(number)))
        if form == "year":
            return str((self._index_date - timedelta(days=round(number * _DAYS_PER_YEAR))).year)
        one, _, many = form.removeprefix("count:").partition("/")
        return counted(round(number), one, many or None)


def _contributions(bundle: Bundle, people: pl.DataFrame) -> pl.DataFrame:
    if people.is_empty():
        return pl.DataFrame(schema=_REASONS)
    matrix, _ = bundle.contract.encode(people)
    names, ids = bundle.contract.names, people["person_id"].cast(pl.Int64)
    places = columns_by_factor(names)
    parts = [
        pl.DataFrame({"person_id": ids, "contribution": contribution}).with_columns(
            factor=pl.lit(factor), columns=pl.lit([names[k] for k in places[factor]])
        )
        for factor, contribution in summed_by_factor(bundle.trees.contributions(matrix), names).items()
    ]
    moved = pl.concat(parts).filter(pl.col("contribution").abs() > _LEAST)
    return moved.sort(
        ["person_id", pl.col("contribution").abs().round(9), "factor"], descending=[False, True, False]
    ).select(
        "person_id",
        "factor",
        "contribution",
        pl.when(pl.col("contribution") > 0).then(pl.lit("up")).otherwise(pl.lit("down")).alias("direction"),
        "columns",
    )


def _champion(workspace: Workspace, model: str) -> Bundle:
    found = champion_bundle(workspace, model)
    if found is None:
        raise InputRefused(f"{model} has no champion, so there is nothing to explain", "train it: riskstrat train")
    return found[1]


def _people(workspace: Workspace, index_date: date, person_ids: Sequence[int]) -> pl.DataFrame:
    wanted = pl.Series("person_id", sorted(set(person_ids)), dtype=pl.Int64)
    snapshot = scan_part(workspace, "features", index_date)  # a board's snapshot is gigabytes, a few people are not
    people = snapshot.filter(pl.col("person_id").cast(pl.Int64).is_in(wanted.implode())).collect().sort("person_id")
    if len(people) != len(wanted):
        raise InputRefused(
            f"{len(wanted) - len(people)} of the {len(wanted)} people asked for are not in the snapshot of {index_date}"
        )
    return people


@lru_cache(maxsize=1)
def _specs() -> dict[str, ModelSpec]:
    return {spec.name: spec for spec in read_specs()}
