"""The files as a reader has them: counts read back from a written release, this month's or an earlier one's."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path

import polars as pl

from riskstrat.disclosure import SHORTHAND, Figure, Rule, possible_counts
from riskstrat.errors import IntegrityFault
from riskstrat.population.attack import Key
from riskstrat.population.cells import what_is_counted
from riskstrat.population.measures import DERIVED, SCHEMA

CSV_NAME = "population.csv"


def read_counts(path: Path) -> dict[Key, int | None]:
    """Return every count of people in a published ``population.csv``, ``None`` where it has a ``*``.

    Every row is one but those of measures that are declared to be derived from others.

    Raises ``IntegrityFault`` where the file is not one of ours.
    """
    try:
        frame = pl.read_csv(path, schema=SCHEMA)
    except (pl.exceptions.PolarsError, OSError) as fault:
        raise IntegrityFault(f"{path.name} of an earlier release cannot be read ({type(fault).__name__})") from None
    counts: dict[Key, int | None] = {}
    for row in frame.iter_rows(named=True):
        if row["measure"] in DERIVED:
            continue
        what = what_is_counted(row["cohort"], row["measure"])
        key = (row["period"], what, f"{row['area_type']}:{row['area_code']}")
        if row["value"] is not None:
            counts[key] = round(row["value"])
        elif row["note"] == SHORTHAND:
            counts[key] = None
    return counts


def printed_before(folders: Sequence[Path], truth: Mapping[Key, int], rule: Rule) -> dict[Key, Figure]:
    """Return what the population folders of other releases, taken together, tell of counts that this one knows too.

    A count that has since been revised is another count, and is left out: the two figures are then about different
    things. A folder may be absent or hold a report that was withheld.
    """
    told: dict[Key, Figure] = {}
    for path in (folder / CSV_NAME for folder in folders):
        for key, shown in read_counts(path).items() if path.is_file() else ():
            one = _as_printed(shown, truth[key], rule) if key in truth else None
            if one is not None and one.low <= truth[key] <= one.high:
                told[key] = _together(told[key], one) if key in told else one
    return told


def _together(one: Figure, other: Figure) -> Figure:
    """Return what two releases tell of one count; it is printed where either prints it."""
    return other.with_knowledge(one) if one.shown is None else one.with_knowledge(other)


def _as_printed(shown: int | None, count: int, rule: Rule) -> Figure | None:
    if shown is None:
        small = 1 <= count <= rule.suppress_to
        return Figure(None, 1, rule.suppress_to if small else math.inf, is_guarded=small)
    try:
        return Figure(shown, *possible_counts(shown, rule))
    except ValueError:  # printed under another setting of the rule
        return None
