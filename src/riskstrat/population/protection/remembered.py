"""What readers hold of other releases, as knowledge about the cells of this one.

A count that was printed before may stand under another name today, and a reader is not misled by names:

- An area is known by the practices in it, not by its code. A network that a practice has left is another area than it
  was; the old one is a sum of practices of today, and what was printed of it is known of that sum.
- A cohort that is gone while one of nearly the same figures is new was renamed.
- A count need not have changed since a month that is held no more. A reader is taken to guess that it has not, wherever
  what was printed then could be said of the count today; where that guess is wrong it misleads, where it is right it
  tells. Months that are held are tied to this one by the counts that truly did not change (``population.history``).

A count that cannot be what was printed has been revised, or has changed, and the old figure tells nothing of it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from riskstrat.disclosure import Figure, Rule
from riskstrat.disclosure.attack import Key, Relation, sum_of
from riskstrat.disclosure.cells import Cells, Table
from riskstrat.population.counting.areas import Geography
from riskstrat.population.protection.earlier import (
    CSV_NAME,
    as_printed,
    both_told,
    is_held,
    read_areas,
    read_counts,
    read_measure_counts,
    read_rule,
)

_CLOSE = 0.1
"""Share by which the figures of a renamed cohort may differ from the counts of the new one, area by area."""
_ALIKE = 0.9
"""Share of areas in which they must be so close."""


@dataclass
class Remembered:
    """What is known of this report's cells. ``tables`` are the areas as they once were, by period."""

    told: dict[Key, Figure] = field(default_factory=dict)
    tables: dict[str, Table] = field(default_factory=dict)

    def added_to(self, period: str, cells: Cells) -> Cells:
        """Return the cells of an index date, with those of areas that only an earlier release printed."""
        return Cells((*cells.tables, self.tables[period])) if period in self.tables else cells


def remembered(
    folders: Sequence[Path],
    months: Mapping[str, Cells],
    now: str,
    geography: Geography,
    successors: Mapping[str, str],
    rule: Rule,
) -> Remembered:
    """Return what the population folders of other releases, taken together, tell of this one's counts.

    ``months`` are the cells of each index date of this report, ``now`` the last of them; ``successors`` are closed
    practices with those that hold their people today. A folder may be absent or hold a report that was withheld.
    Raises ``IntegrityFault`` where a file is not one of ours.
    """
    made = _Made(months, geography, rule)
    for folder in folders:
        shown = read_counts(folder / CSV_NAME) if is_held(folder / CSV_NAME) else {}
        if not shown:
            continue
        of_release = max(period for period, *_ in shown)
        where = made.places(read_areas(folder), successors)
        rule_then = read_rule(folder, rule)
        names = _renamed(shown, of_release, made, where, now)
        for (then, what, area), figure in shown.items():
            if area in where:
                for period in {then, now} if then == of_release and then not in months else {then}:
                    made.tell(period, names.get(what, what), where[area], figure, rule_then)
    return made.found()


def remembered_of_measures(
    folders: Sequence[Path], cells: Cells, geography: Geography, successors: Mapping[str, str], rule: Rule
) -> Remembered:
    """Return what the population folders of other releases tell of the counts of this one's measures.

    Windows that are counted still stand beside this one, each for itself (``population.measures.windows``). Of one that
    is not, a reader is taken to guess that the count is this one's, as with cohorts.
    Raises ``IntegrityFault`` where a file is not one of ours.
    """
    counted = {(period, what) for period, what, _ in cells.counts}
    latest = {what: period for period, what in sorted(counted) if "/" in period}
    made = _Made(dict.fromkeys((period for period, _ in counted), cells), geography, rule)
    for folder in folders:
        where = made.places(read_areas(folder), successors)
        rule_then = read_rule(folder, rule)
        for (then, what, area), figure in read_measure_counts(folder).items():
            if area in where:
                is_gone = "/" in then and (then, what) not in counted
                made.tell(latest.get(what, then) if is_gone else then, what, where[area], figure, rule_then)
    return made.found()


def with_other_places(
    folders: Sequence[Path], geography: Geography, successors: Mapping[str, str], rule: Rule
) -> list[Path]:
    """Return the population folders of other releases that print a place of practices that no place of today has.

    Raises ``IntegrityFault`` where a file is not one of ours.
    """
    made = _Made({}, geography, rule)
    named = {folder: made.places(read_areas(folder), successors).values() for folder in folders}
    return [folder for folder, names in named.items() if any(name.startswith("place: ") for name in names)]


def carried_on(
    practices: frozenset[str], everywhere: frozenset[str], successors: Mapping[str, str]
) -> frozenset[str] | None:
    """Return the practices that hold an area's people today; ``None`` where they hold people of other areas too.

    ``practices`` are the area's own and ``everywhere`` those of all areas, as a release had them.
    """
    today = frozenset(successors.get(code, code) for code in practices)
    whole = {code for code in everywhere if successors.get(code, code) in today}
    return today if whole == practices else None


class _Made:
    """What was found so far; areas are named as today's are, or by their practices where there is none such today."""

    def __init__(self, months: Mapping[str, Cells], geography: Geography, rule: Rule) -> None:
        self._months, self._geography, self._rule = months, geography, rule
        self._names: dict[tuple[str, frozenset[str]], str] = {}
        for area in geography.areas:
            self._names[area.type, frozenset(area.practices)] = area.key
        self._of: dict[str, frozenset[str]] = {}
        self._told: dict[Key, Figure] = {}
        self._tables: dict[str, dict[Key, tuple[int, Relation]]] = {}

    def places(self, areas: Mapping[str, frozenset[str]] | None, successors: Mapping[str, str]) -> dict[str, str]:
        """Return the areas of a release that today's practices can say, with the names they have here.

        An area that held a practice whose people another one holds today is told only if it held that one too.
        """
        if areas is None:  # a release made before there was a list of areas: taken to be today's
            return {area.key: area.key for area in self._geography.areas}
        in_use = set(self._geography.board.practices)
        everywhere = frozenset().union(*areas.values())
        named: dict[str, str] = {}
        for area, practices in areas.items():
            kind = area.partition(":")[0]
            today = carried_on(practices, everywhere, successors)
            if kind == "icb":
                named[area] = self._geography.board.key
            elif today is not None and today <= in_use:
                named[area] = self._names.get((kind, today), f"{kind}: {', '.join(sorted(today))}")
                self._of[named[area]] = today
        return named

    def cohorts(self, period: str) -> set[str]:
        """Return what is counted in every area at an index date."""
        named = {what for _, what, _ in self._months[period].counts}
        return {what for what in named if ": " not in what and not what.startswith("not ")}

    def is_close(self, shown: int, count: int) -> bool:
        """Whether a figure is nearly the count, as that of a cohort that was only renamed would be."""
        return abs(shown - count) <= max(self._rule.round_to, _CLOSE * count)

    def count(self, period: str, what: str, area: str) -> int | None:
        """Return the true count of a cell, of an area of today's or of once; ``None`` where there is none."""
        own = self._months.get(period)
        if own is None or (period, what, area) in own.counts:
            return None if own is None else own.counts[period, what, area]
        parts = [(period, what, f"practice:{code}") for code in self._of.get(area, ())]
        return sum(own.counts[key] for key in parts) if parts and all(key in own.counts for key in parts) else None

    def tell(self, period: str, what: str, area: str, shown: int | None, rule: Rule) -> None:
        """Take in what was printed of a count by a rule, if it can have been printed of this one."""
        count = self.count(period, what, area)
        one = None if count is None else as_printed(shown, count, rule)
        if count is None or one is None or not one.low <= count <= one.high:
            return
        key = (period, what, area)
        self._told[key] = both_told(self._told[key], one) if key in self._told else one
        if key not in self._months[period].counts:
            for name in (what, f"not {what}"):
                self._add(period, name, area)

    def _add(self, period: str, what: str, area: str) -> None:
        count = self.count(period, what, area)
        if count is not None:
            parts = sorted((period, what, f"practice:{code}") for code in self._of[area])
            self._tables.setdefault(period, {})[period, what, area] = (count, sum_of((period, what, area), parts))

    def found(self) -> Remembered:
        """Return everything that was taken in."""
        tables = {
            period: Table(
                {key: count for key, (count, _) in cells.items()},
                tuple(relation for _, relation in cells.values()),
                worked_out=frozenset(cells),
            )
            for period, cells in self._tables.items()
        }
        return Remembered(self._told, tables)


def _renamed(
    shown: Mapping[Key, int | None], of_release: str, made: _Made, where: Mapping[str, str], now: str
) -> dict[str, str]:
    """Return the cohorts of a release with their names of today: those gone that are alike to a new one everywhere."""
    then = {what for period, what, _ in shown if period == of_release and ": " not in what}
    today = made.cohorts(now)
    names: dict[str, str] = {}
    for old in sorted(then - today):
        figures = {
            area: one for (period, what, area), one in shown.items() if (period, what) == (of_release, old) and one
        }
        for new in sorted(today - then - set(names.values())):
            pairs = [(one, made.count(now, new, where[area])) for area, one in figures.items() if area in where]
            alike = [made.is_close(one, count) for one, count in pairs if count is not None]
            if alike and sum(alike) >= _ALIKE * len(alike):
                names[old] = new
                break
    return names
