"""The files as a reader has them: figures read back from a written release, this month's or an earlier one's.

An earlier release may have been damaged or changed since. Whatever of it cannot be read is an ``IntegrityFault`` that
names the file and the release: passed over, it would be taken for one that printed nothing.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from riskstrat.disclosure import SHORTHAND, Figure, Rule, figure, is_small, possible_counts, suppressed_for_another
from riskstrat.disclosure.attack import Key
from riskstrat.errors import IntegrityFault
from riskstrat.population.counting.areas import Geography
from riskstrat.population.counting.cells import what_is_counted
from riskstrat.population.figures.amounts import SCHEMA as AMOUNTS_SCHEMA
from riskstrat.population.figures.cohorts import DERIVED, SCHEMA
from riskstrat.population.figures.equity import COUNTS as EQUITY_COUNTS
from riskstrat.population.measures.definitions import denominator_of, expected_of, read_measures
from riskstrat.population.measures.figures import COUNTS, DENOMINATOR, EXPECTED, MEASURES_CSV, NUMERATOR
from riskstrat.population.measures.figures import SCHEMA as MEASURES_SCHEMA
from riskstrat.sheets import write_csv

CSV_NAME = "population.csv"
AREAS_CSV = "areas.csv"
AREAS_SCHEMA = pl.Schema(dict.fromkeys(("area_type", "area_code", "area_name", "practice_code"), pl.String))
EQUITY_SCHEMA = pl.Schema(dict.fromkeys(("dimension", "group", *EQUITY_COUNTS, "finding"), pl.String))
_IDENTIFIER = re.compile(r"(\d{4}-(?:0[1-9]|1[0-2])-01)\.(\d+)")
_MAY_BE_EMPTY = frozenset({"area_name", "group_name", "months", "note"})


@dataclass(frozen=True)
class Description:
    """What the metadata of a release say of it; ``words`` are its notes by what they are about.

    ``made`` is its index date and number, and ``rule`` what small numbers were protected by; ``None`` where there are
    no metadata, or none that say so.
    """

    made: tuple[str, int] | None = None
    rule: Rule | None = None
    words: Mapping[str, str] = field(default_factory=dict)


def is_held(path: Path) -> bool:
    """Return whether an earlier release has a file.

    Raises ``IntegrityFault`` where its folder cannot be looked into, or for a link, which a release never holds.
    """
    try:
        is_link, is_there = path.is_symlink() or path.parent.is_symlink(), path.is_file()
    except OSError as fault:
        raise _unreadable(path, type(fault).__name__) from None
    if is_link:
        raise _unreadable(path, "it is a link, which a release never holds")
    return is_there


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
    return measure_counts(read_measure_figures(path)) if is_held(path) else {}


def windows_printed(folders: Sequence[Path]) -> frozenset[str]:
    """Return the windows, in their words, over which the population folders of other releases count measures.

    Raises ``IntegrityFault`` where a file is not one of ours.
    """
    return frozenset(period for folder in folders for period, *_ in read_measure_counts(folder) if "/" in period)


def periods_printed(folders: Sequence[Path]) -> frozenset[str]:
    """Return the index dates of which the population folders of other releases print a count.

    Raises ``IntegrityFault`` where a file is not one of ours.
    """
    return frozenset().union(*_periods(folders))


def periods_released(folders: Sequence[Path]) -> frozenset[str]:
    """Return the index dates that the population folders of other releases are reports of; raises as above."""
    return frozenset(max(periods) for periods in _periods(folders) if periods)


def read_figures(path: Path) -> pl.DataFrame:
    """Return the rows of a published ``population.csv``; raises ``IntegrityFault`` where it is not one of ours."""
    return _frame(path, SCHEMA)


def read_measure_figures(path: Path) -> pl.DataFrame:
    """Return the rows of a published ``measures.csv``; raises ``IntegrityFault`` where it is not one of ours."""
    return _frame(path, MEASURES_SCHEMA)


def read_amount_figures(path: Path) -> pl.DataFrame:
    """Return the rows of a published ``activity-and-cost.csv``; raises ``IntegrityFault`` as ``read_figures``."""
    return _frame(path, AMOUNTS_SCHEMA)


def read_equity_figures(path: Path) -> pl.DataFrame:
    """Return the rows of a published ``worklist-equity.csv``; raises ``IntegrityFault`` as ``read_figures``."""
    figures = _frame(path, EQUITY_SCHEMA)
    if not all(figures[name].str.contains(rf"^(\d{{1,9}}|{re.escape(SHORTHAND)})$").all() for name in EQUITY_COUNTS):
        raise _unreadable(path, "a count is neither a number nor suppressed")
    return figures


def measure_counts(figures: pl.DataFrame) -> dict[Key, int | None]:
    """Return every count among the figures of measures, under the names that ``measure_cells`` gives them.

    The people registered whom a rate is divided by stand there once for each measure: they are the same count.
    """
    kinds = {measure.id: measure for measure in read_measures()}
    counts: dict[Key, int | None] = {}
    for row in figures.filter(pl.col("figure").is_in([*COUNTS, EXPECTED])).iter_rows(named=True):
        measure = kinds.get(row["measure"])
        if measure is None:  # a measure of an earlier release that there is no more
            continue
        names = {NUMERATOR: measure.id, DENOMINATOR: denominator_of(measure), EXPECTED: expected_of(measure)}
        what = names[row["figure"]]
        of_window = "/" in row["months"] and row["figure"] == DENOMINATOR and measure.is_rate
        key = (row["period"] if of_window else row["months"], what, f"{row['area_type']}:{row['area_code']}")
        if row["value"] is not None or row["note"] == SHORTHAND:
            counts[key] = None if row["value"] is None else round(row["value"])
    return counts


def read_areas(folder: Path) -> dict[str, frozenset[str]] | None:
    """Return the practices of each area of a published population folder; ``None`` where it does not list them.

    Raises ``IntegrityFault`` where the file is not one of ours.
    """
    path = folder / AREAS_CSV
    if not is_held(path):
        return None
    areas: dict[str, set[str]] = {}
    for kind, code, _, practice in _frame(path, AREAS_SCHEMA).iter_rows():
        areas.setdefault(f"{kind}:{code}", set()).add(practice)
    return {area: frozenset(practices) for area, practices in areas.items()}


def read_rule(folder: Path, today: Rule) -> Rule:
    """Return the rule that a published population folder was made with; today's where it does not say.

    Raises ``IntegrityFault`` where the file is not one of ours.
    """
    return read_description(folder).rule or today


def read_description(folder: Path) -> Description:
    """Return what the metadata of a published population folder say of it.

    Raises ``IntegrityFault`` where the file is not one of ours.
    """
    path = folder / f"{CSV_NAME}-metadata.json"
    if not is_held(path):
        return Description()
    try:
        held = json.loads(path.read_text(encoding="utf-8"))
        made, notes = _IDENTIFIER.fullmatch(str(held.get("dc:identifier"))), held["notes"]
        said = next((note for note in notes if {"suppress_to", "round_to"} <= note.keys()), None)
        rule = None if said is None else Rule(int(said["suppress_to"]), int(said["round_to"]))
        words = {str(note["about"]): str(note["text"]) for note in notes if {"about", "text"} <= note.keys()}
    except (OSError, ValueError, OverflowError, KeyError, TypeError, AttributeError) as fault:
        raise _unreadable(path, type(fault).__name__) from None
    return Description((made[1], int(made[2])) if made else None, rule, words)


def write_areas(folder: Path, geography: Geography) -> None:
    """Write which practices each area of this release holds: what its figures by area are about."""
    rows = [(area.type, area.code, area.name, code) for area in geography.areas for code in area.practices]
    write_csv(folder / AREAS_CSV, pl.DataFrame(rows, schema=AREAS_SCHEMA, orient="row"))


def both_told(one: Figure, other: Figure) -> Figure:
    """Return what two releases tell of one count; it is printed where either prints it."""
    return other.with_knowledge(one) if one.shown is None else one.with_knowledge(other)


def as_printed(shown: int | None, count: int, rule: Rule) -> Figure | None:
    """Return what a figure printed by this rule tells of a count; ``None`` for one that the rule never prints."""
    try:
        if shown is None:
            return figure(count, rule) if is_small(count, rule) else suppressed_for_another(count, rule)
        return Figure(shown, *possible_counts(shown, rule))
    except ValueError:
        return None


def _periods(folders: Sequence[Path]) -> list[frozenset[str]]:
    held = [folder / CSV_NAME for folder in folders if is_held(folder / CSV_NAME)]
    return [frozenset(period for period, *_ in read_counts(path)) for path in held]


def _frame(path: Path, schema: pl.Schema) -> pl.DataFrame:
    """Return the columns of a file that releases of every age have."""
    try:
        held = path.read_bytes()
        frame = pl.read_csv(held, columns=list(schema), schema_overrides=schema)
    except pl.exceptions.ColumnNotFoundError:
        raise _unreadable(path, "a column is missing, or it is no CSV") from None
    except pl.exceptions.PolarsError:
        raise _unreadable(path, "a value is not what its column holds, or it is no CSV") from None
    except OSError as fault:
        raise _unreadable(path, str(fault.strerror)) from None
    named = [name for name, kind in schema.items() if kind == pl.String and name not in _MAY_BE_EMPTY]
    numbers = [name for name, kind in schema.items() if kind == pl.Float64]
    if not held.endswith(b"\n"):
        raise _unreadable(path, "it ends within a row")
    if any(frame[name].null_count() for name in named):
        raise _unreadable(path, "a row does not say what it is of")
    if any(not frame[name].is_finite().all() for name in numbers):
        raise _unreadable(path, "a figure is no number")
    return frame


def _unreadable(path: Path, why: str) -> IntegrityFault:
    release = path.parent.parent.name
    return IntegrityFault(
        f"{path.name} of an earlier release cannot be read ({release}: {why})",
        f"run  riskstrat verify {release}  and put back what was published; readers hold it still",
    )
