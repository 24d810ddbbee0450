"""Exposure to past worklists, carried into every row, so that no model is trained on its own effect unknowingly.

A score that drives care changes the outcomes that the next model learns from: replaced naively it underestimates those
whom the list helped most (Lenert, Matheny and Walsh, JAMIA 2019, "Prognostic models will be victims of their own
success, unless..."; Liley et al., AISTATS 2021, arXiv 2010.11530). What is carried, and what training does about it, is
said in ``docs/explanation/models.md``; exposure is never a feature.

A list counts as sent on its index date. Rows that were listed cannot simply be left out: people are listed because of
what happens to them, so that whoever is never listed in a year is whoever that year went well for
(``benchmarks/retraining.py`` measures it). A practice that had been sent no list yet is no such choice, and its people
are what training uses.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import polars as pl

from riskstrat.project import Workspace

EXPOSURE = ("listed_before", "listed_in_horizon", "reviewed_in_horizon", "list_sent")
"""Columns that every row carries, true or false: the person was listed before the index date; on or after it and before
the horizon ended; something was recorded of them on such a list; their practice had been sent a list by then."""

_UNDECIDED = "to review"


@dataclass(frozen=True)
class PastLists:
    """Published lists and what was recorded on them; ``sent`` is the index date of the list.

    ``listed``: ``person_id, sent``. ``practices``: ``practice_code, sent``, of practices sent a list that named
    somebody, and of those that have since become part of one. ``reviewed``: ``person_id, sent``, where a decision was
    recorded.
    """

    listed: pl.DataFrame
    practices: pl.DataFrame
    reviewed: pl.DataFrame

    def before(self, day: date) -> "PastLists":
        """Return the lists sent before a day."""
        return PastLists(*(table.filter(pl.col("sent") < day) for table in self._tables))

    @property
    def _tables(self) -> tuple[pl.DataFrame, ...]:
        return self.listed, self.practices, self.reviewed

    @property
    def sha256(self) -> str | None:
        """One hash over all of it, ``None`` where there is nothing."""
        if self.listed.is_empty():
            return None
        return hashlib.sha256("".join(table.write_csv() for table in self._tables).encode()).hexdigest()

    def carried(self, people: pl.DataFrame, index_date: date, horizon_end: date) -> pl.DataFrame:
        """Return ``EXPOSURE`` for each row of ``people`` (``person_id, practice_code``), in its order."""
        known = self.before(horizon_end)
        in_horizon = pl.col("sent") >= index_date

        def is_among(column: str, found: pl.DataFrame) -> pl.Expr:
            return pl.col(column).is_in(found[column].unique().implode()).fill_null(value=False)

        person = pl.col("person_id").cast(pl.Int64)
        return people.with_columns(person).select(
            is_among("person_id", known.listed.filter(~in_horizon)).alias("listed_before"),
            is_among("person_id", known.listed.filter(in_horizon)).alias("listed_in_horizon"),
            is_among("person_id", known.reviewed.filter(in_horizon)).alias("reviewed_in_horizon"),
            is_among("practice_code", known.practices).alias("list_sent"),
        )


def read_past_lists(workspace: Workspace, successors: Mapping[str, str]) -> PastLists:
    """Return every published list and decision in the store; ``successors`` are closed practices with their next.

    Reads ``store/worklists_sent/release=<index date>.<n>`` and ``store/feedback`` (architecture.md): what the worklists
    keep, read as tables because this room may not import theirs. Old rows carry the code of a practice that has closed
    since; its people were on its successor's lists.
    """
    reviewed = [pl.DataFrame(schema={"person_id": pl.Int64, "sent": pl.Date})]
    for path in sorted((workspace.store / "feedback").glob("part-*.parquet")):
        decided = pl.read_parquet(path).filter(pl.col("status") != _UNDECIDED)
        reviewed.append(decided.select(pl.col("person_id").cast(pl.Int64), pl.col("index_date").alias("sent")))
    rows = read_sent_lists(workspace)
    practices = rows.select("practice_code", "sent").unique()
    pairs = [(code, later) for code in successors for later in _became(code, successors)]
    merged = pl.DataFrame(pairs, schema={"closed": pl.String, "practice_code": pl.String}, orient="row")
    inherited = merged.join(practices, on="practice_code").select(pl.col("closed").alias("practice_code"), "sent")
    return PastLists(
        rows.select("person_id", "sent").unique().sort("sent", "person_id"),
        pl.concat([practices, inherited]).unique().sort("sent", "practice_code"),
        pl.concat(reviewed).unique().sort("sent", "person_id"),
    )


def read_sent_lists(workspace: Workspace) -> pl.DataFrame:
    """Return who was on every list sent, as it was sent: ``person_id, practice_code, sent, held_to``.

    Somebody on two releases of one index date has two rows. ``held_to``: the last day that the data the list was made
    from speak for; null where that was not kept.
    """
    schema = {"person_id": pl.Int64, "practice_code": pl.String, "sent": pl.Date, "held_to": pl.Date}
    found = [pl.DataFrame(schema=schema)]
    for path in sorted((workspace.store / "worklists_sent").glob("release=*/part.parquet")):
        sent = date.fromisoformat(path.parent.name.removeprefix("release=").rsplit(".", 1)[0])
        rows = pl.read_parquet(path).with_columns(pl.col("person_id").cast(pl.Int64), pl.lit(sent).alias("sent"))
        found.append(rows.select(name for name in schema if name in rows.columns))
    return pl.concat(found, how="diagonal")


def _became(code: str, successors: Mapping[str, str]) -> list[str]:
    """Return the practices that a closed one became, one after the other; a ring ends where it began."""
    chain = [code]
    while (later := successors.get(chain[-1])) is not None and later not in chain:
        chain.append(later)
    return chain[1:]
