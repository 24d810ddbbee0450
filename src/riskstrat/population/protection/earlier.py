"""The files as a reader has them: counts read back from a written release, this month's or an earlier one's."""

import json
import math
from collections.abc import Sequence
from pathlib import Path

import polars as pl

from riskstrat.disclosure import SHORTHAND, Figure, Rule, is_small, possible_counts
from riskstrat.disclosure.attack import Key
from riskstrat.errors import IntegrityFault
from riskstrat.population.counting.areas import Geography
from riskstrat.population.counting.cells import what_is_counted
from riskstrat.population.figures.cohorts import DERIVED, SCHEMA
from riskstrat.population.measures.definitions import denominator_of, read_measures
from riskstrat.population.measures.figures import COUNTS, MEASURES_CSV, NUMERATOR
from riskstrat.population.measures.figures import SCHEMA as MEASURES_SCHEMA
from riskstrat.sheets import write_csv

CSV_NAME = "population.csv"
AREAS_CSV = "areas.csv"
AREAS_SCHEMA = pl.Schema(dict.fromkeys(("area_type", "area_code", "area_name", "practice_code"), pl.String))


def read_counts(path: Path) -> dict[Key, int | None]:
    """Return every count of people in a published ``population.csv``, ``None`` where it has a ``*``.

    Every row is one but those of measures that are declared to be derived from others.

    Raises ``IntegrityFault`` where the file is not one of ours.
    """
    counts: dict[Key, int | None] = {}
    for row in read_figures(path).iter_rows(named=True):
        if row["measure"] in DERIVED:
            continue
        what = what_is_counted(row["cohort"], row["measure"])
        key = (row["period"], what, f"{row['area_type']}:{row['area_code']}")
        if row["value"] is not None:
            counts[key] = round(row["value"])
        elif row["note"] == SHORTHAND:
            counts[key] = None
    return counts


def read_measure_counts(folder: Path) -> dict[Key, int | None]:
    """Return every count of the measures of a published population folder, ``None`` where it has a ``*``.

    Empty where there are none. Raises ``IntegrityFault`` where the file is not one of ours.
    """
    path = folder / MEASURES_CSV
    return measure_counts(read_measure_figures(path)) if path.is_file() else {}


def windows_printed(folders: Sequence[Path]) -> frozenset[str]:
    """Return the windows, in their words, over which the population folders of other releases count measures.

    Raises ``IntegrityFault`` where a file is not one of ours.
    """
    return frozenset(period for folder in folders for period, *_ in read_measure_counts(folder) if "/" in period)


def read_figures(path: Path) -> pl.DataFrame:
    """Return the rows of a published ``population.csv``; raises ``IntegrityFault`` where it is not one of ours."""
    return _frame(path, SCHEMA)


def read_measure_figures(path: Path) -> pl.DataFrame:
    """Return the rows of a published ``measures.csv``; raises ``IntegrityFault`` where it is not one of ours."""
    return _frame(path, MEASURES_SCHEMA)


def measure_counts(figures: pl.DataFrame) -> dict[Key, int | None]:
    """Return every count among the figures of measures, under the names that ``measure_cells`` gives them.

    The people registered whom a rate is divided by stand there once for each measure: they are the same count.
    """
    kinds = {measure.id: measure for measure in read_measures()}
    counts: dict[Key, int | None] = {}
    for row in figures.filter(pl.col("figure").is_in(COUNTS)).iter_rows(named=True):
        measure = kinds.get(row["measure"])
        if measure is None:  # a measure of an earlier release that there is no more
            continue
        is_part = row["figure"] == NUMERATOR
        what = measure.id if is_part else denominator_of(measure)
        of_window = "/" in row["months"] and not is_part and measure.is_rate
        key = (row["period"] if of_window else row["months"], what, f"{row['area_type']}:{row['area_code']}")
        if row["value"] is not None or row["note"] == SHORTHAND:
            counts[key] = None if row["value"] is None else round(row["value"])
    return counts


def read_areas(folder: Path) -> dict[str, frozenset[str]] | None:
    """Return the practices of each area of a published population folder; ``None`` where it does not list them.

    Raises ``IntegrityFault`` where the file is not one of ours.
    """
    path = folder / AREAS_CSV
    if not path.is_file():
        return None
    areas: dict[str, set[str]] = {}
    for kind, code, _, practice in _frame(path, AREAS_SCHEMA).iter_rows():
        areas.setdefault(f"{kind}:{code}", set()).add(practice)
    return {area: frozenset(practices) for area, practices in areas.items()}


def read_rule(folder: Path, today: Rule) -> Rule:
    """Return the rule that a published population folder was made with; today's where it does not say.

    Raises ``IntegrityFault`` where the file is not one of ours.
    """
    path = folder / f"{CSV_NAME}-metadata.json"
    if not path.is_file():
        return today
    try:
        notes = json.loads(path.read_text(encoding="utf-8"))["notes"]
        said = next((note for note in notes if {"suppress_to", "round_to"} <= note.keys()), None)
        return today if said is None else Rule(int(said["suppress_to"]), int(said["round_to"]))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as fault:
        raise IntegrityFault(f"{path.name} of an earlier release cannot be read ({type(fault).__name__})") from None


def write_areas(folder: Path, geography: Geography) -> None:
    """Write which practices each area of this release holds: what its figures by area are about."""
    rows = [(area.type, area.code, area.name, code) for area in geography.areas for code in area.practices]
    write_csv(folder / AREAS_CSV, pl.DataFrame(rows, schema=AREAS_SCHEMA, orient="row"))


def both_told(one: Figure, other: Figure) -> Figure:
    """Return what two releases tell of one count; it is printed where either prints it."""
    return other.with_knowledge(one) if one.shown is None else one.with_knowledge(other)


def as_printed(shown: int | None, count: int, rule: Rule) -> Figure | None:
    """Return what a figure printed by this rule tells of a count; ``None`` for one that the rule never prints."""
    if shown is None:
        small = is_small(count, rule)
        return Figure(None, 1, rule.suppress_to if small else math.inf, is_guarded=small)
    try:
        return Figure(shown, *possible_counts(shown, rule))
    except ValueError:
        return None


def _frame(path: Path, schema: pl.Schema) -> pl.DataFrame:
    """Return the columns of a file that releases of every age have."""
    try:
        return pl.read_csv(path, columns=list(schema), schema_overrides=schema)
    except (pl.exceptions.PolarsError, OSError) as fault:
        raise IntegrityFault(f"{path.name} of an earlier release cannot be read ({type(fault).__name__})") from None
