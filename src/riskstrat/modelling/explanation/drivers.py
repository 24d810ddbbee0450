"""Drivers: what each clinical factor contributes, on average, to the estimates of a group of people.

A group's mean contribution of a factor less the board's is what this factor moves the average person of the group more
than the average person of the board, in log odds: it describes the model's estimates, and is no cause of anything. The
means are read from ``store/contributions`` in ranges, so that no more than a range of it is in memory.

A group is told no more than a person is: a factor is given only if it may be printed and has a wording, and ``says_up``
and ``says_down`` are whether it has one for estimates that it raises and for those that it lowers (a measurement or a
review, for one, is never said to lower an estimate: an abnormal value would be read as a good sign).

What is given here is exact. Who publishes it makes it safe first (``population.drivers``), and is told how far the few
people who move a mean most move it.
"""

from datetime import date

import numpy as np
import polars as pl

from riskstrat.modelling.explanation.everyone import LAYER, in_ranges
from riskstrat.modelling.explanation.factors import Factor, read_factors
from riskstrat.modelling.training.calibration import Floats
from riskstrat.project import Workspace

_DRIVERS = {
    "model": pl.String,
    "group": pl.String,
    "people": pl.Int64,
    "factor": pl.String,
    "title": pl.String,
    "mean": pl.Float64,
    "standard_error": pl.Float64,
    "few_move": pl.Float64,
    "says_up": pl.Boolean,
    "says_down": pl.Boolean,
}


def has_drivers(workspace: Workspace, index_date: date) -> bool:
    """Return whether the store holds the contributions of an index date."""
    return workspace.part(LAYER, index_date).is_file()


def drivers(workspace: Workspace, index_date: date, members: pl.DataFrame, *, few: int) -> pl.DataFrame:
    """Return the mean contribution of every factor that may be printed, by model and group of people.

    ``members`` has a row per ``person_id`` and ``group``; a person may be in several groups, and only people who may be
    used are to be in any. One row per model, group with somebody scored, and factor that the model reads, with
    ``people`` (scored), ``mean`` and its ``standard_error`` in log odds after calibration, and ``few_move``: by how
    much the mean would be another, were the ``few`` people with the largest contributions, or those with the smallest,
    like the others of the group (infinite where there are no others). No row where the store holds no contributions at
    the index date.
    """
    if not has_drivers(workspace, index_date):
        return pl.DataFrame(schema=_DRIVERS)
    printed = [f for f in read_factors().factors if f.print == "always" and (f.up or f.down)]
    tallies: dict[tuple[str, str], _Tally] = {}
    by_person = members.with_columns(pl.col("person_id").cast(pl.Int64))
    for rows in in_ranges(workspace.part(LAYER, index_date)):
        for (model,), scored in rows.partition_by("model", as_dict=True, maintain_order=True).items():
            values = scored.select(factor.id for factor in printed).cast(pl.Float64).to_numpy().T
            own = scored.select("person_id").with_row_index("place").join(by_person, on="person_id", how="inner")
            for (group,), found in own.sort("group", "place").partition_by("group", as_dict=True).items():
                tally = tallies.setdefault((str(model), str(group)), _Tally(few, len(printed)))
                tally.add(values[:, found["place"].to_numpy()])
    made = [row for key, tally in sorted(tallies.items()) for row in tally.rows(key, printed)]
    return pl.DataFrame(made, schema=_DRIVERS, orient="row")


class _Tally:
    """What is kept of a group while its people come in ranges: counts, sums, squares and the most extreme few."""

    def __init__(self, few: int, factors: int) -> None:
        """Begin with nobody."""
        self._few = few
        self._people = 0
        self._sum = np.zeros(factors)
        self._squares = np.zeros(factors)
        self._largest = self._smallest = np.empty((factors, 0))

    def add(self, contributions: Floats) -> None:
        """Count people in: a row per factor, a column each."""
        few, people = self._few, contributions.shape[1]
        self._people += people
        self._sum += contributions.sum(axis=1)
        self._squares += (contributions**2).sum(axis=1)
        is_small = people <= 2 * few
        ends = np.sort(contributions) if is_small else np.partition(contributions, (few - 1, people - few))
        self._smallest = np.sort(np.concatenate([self._smallest, ends[:, :few]], axis=1))[:, :few]
        self._largest = np.sort(np.concatenate([self._largest, ends[:, -few:]], axis=1))[:, -few:]

    def rows(self, key: tuple[str, str], factors: list[Factor]) -> list[tuple[object, ...]]:
        """Return a row per factor that the model reads (of one that it does not read, contributions are null)."""
        n = self._people
        mean = self._sum / n
        spread = np.sqrt(np.maximum(self._squares / n - mean**2, 0.0) / n)
        few_move = np.maximum(self._moved_by(self._largest), self._moved_by(self._smallest))
        return [
            (*key, n, f.id, f.title, float(mean[k]), float(spread[k]), float(few_move[k]), bool(f.up), bool(f.down))
            for k, f in enumerate(factors)
            if np.isfinite(mean[k])
        ]

    def _moved_by(self, few: Floats) -> Floats:
        """Return by how much the mean is another than that of the others alone."""
        others = self._people - few.shape[1]
        if not others:
            return np.full(len(self._sum), np.inf)
        moved: Floats = np.abs(self._sum / self._people - (self._sum - few.sum(axis=1)) / others)
        return moved
