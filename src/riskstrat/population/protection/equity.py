"""Who is on the worklists, by group, as cells of the one system: protected, read back, and attacked with all else.

What ties them is what any reader knows: who is listed met a rule, who met a rule is an adult, and is in the cohort of
the same people (``COHORTS``: nobody is listed who may not be counted, or there is no table). Of deprivation and of
ethnicity everybody is in one group; a group that stands alone has, worked out, everybody else. How many people are
listed, and how many met a rule, a reader is taken to know exactly: the places of all practices are hardly a secret.

A finding is made of printed counts, and tells no more than they do, but for one: where those listed are a ``*``, it is
their true number that is passed by or is not. That leaves the numbers of which the same would be said. So it is said
only where each answer would leave two numbers or more, whichever is true (else not saying it would tell), and where
nothing in the table can then be pinned; and whoever attacks the files has read it.
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from riskstrat.disclosure import SHORTHAND, Figure, Rule, figure, is_small
from riskstrat.disclosure.attack import Key, Relation, System, at_most, sum_of
from riskstrat.disclosure.cells import Cells, Table, together
from riskstrat.population.figures.equity import (
    COUNTS,
    EQUITY_CSV,
    LISTED,
    MET,
    TOO_FEW,
    EquityLine,
    Group,
    Lists,
    cell_of,
    equity_lines,
    has_enough_adults,
    said_of,
)
from riskstrat.population.protection.earlier import as_printed, both_told, is_held, read_equity_figures, read_rule

_ADULTS, _REST, _OTHERS = "adults", "not listed", "everybody else"
COHORTS = {
    "most-deprived-fifth": (("deprivation", "most deprived fifth"),),
    "ethnicity-white": (("ethnicity", "White"),),
    "ethnicity-mixed": (("ethnicity", "Mixed"),),
    "ethnicity-asian": (("ethnicity", "Asian or Asian British"),),
    "ethnicity-black": (("ethnicity", "Black or Black British"),),
    "ethnicity-chinese-or-other": (("ethnicity", "Chinese or other"),),
    "ethnicity-not-known": (("ethnicity", "Not stated"), ("ethnicity", "Not known")),
    "learning-disability": (("learning disability", "recorded"),),
    "severe-mental-illness": (("severe mental illness", "recorded"),),
    "dementia": (("dementia", "recorded"),),
}
"""The cohorts (``sql/rules``) that hold the people of groups: the same columns of the same snapshot decide."""


@dataclass(frozen=True)
class Equity:
    """The table as it may be published, and its cells; both are empty where there is none.

    ``tables`` are those to be attacked with all others, ``figures`` how their cells are printed, and ``told_before``
    what earlier releases tell of them.
    """

    lists: Lists
    lines: tuple[EquityLine, ...] = ()
    tables: tuple[Table, ...] = ()
    figures: Mapping[Key, Figure] = field(default_factory=dict)
    told_before: Mapping[Key, Figure] = field(default_factory=dict)


def protected_equity(
    lists: Lists,
    period: str,
    board: str,
    cohorts: Cells,
    figures: Mapping[Key, Figure],
    previous: Sequence[Path],
    rule: Rule,
) -> Equity:
    """Return who is listed by group as it may be published beside the cohorts, whose figures stay as they are.

    A dimension in which no ``*`` could protect a small count is left out; all of it is where even that does not help,
    or where so few people are listed, or met a rule, that their number is itself a small count.
    """
    if any(is_small(total, rule) for total in lists.totals.values()):
        return Equity(lists)
    tables = equity_tables(lists, period, board, cohorts)
    own = _with_cohorts(tables, cohorts, figures)
    printed = {key: figures[key] for key in own.counts if key in figures}
    told = told_before(previous, own, rule)
    protected = own.protected(rule, {**told, **printed})
    if protected.exposed:
        return Equity(lists)
    sayable, known = _sayable(lists, own, protected.figures, period, board, rule)
    lines = equity_lines(lists, {what: one for (_, what, _), one in protected.figures.items()}, sayable, rule)
    if System({**protected.figures, **known}, own.relations, own.counts).pinned():  # what the adults' figures tell
        return Equity(lists)
    ours = {key: one for key, one in protected.figures.items() if key not in printed}
    return Equity(lists, lines, tables, ours, told)


def equity_tables(lists: Lists, period: str, board: str, cohorts: Cells) -> tuple[Table, ...]:
    """Return a table per dimension, each of which is printed or left out whole, and what ties it to the cohorts."""
    tables = [_of_dimension(lists, dimension, period, board) for dimension in lists.dimensions]
    adults = {key: count for table in tables for key, count in table.counts.items()}
    ties = []
    for cohort, groups in COHORTS.items():
        whole: Key = (period, cohort, board)
        parts = [key for one in groups if (key := (period, cell_of(_ADULTS, *one), board)) in adults]
        if parts and cohorts.counts.get(whole, -1) >= sum(adults[key] for key in parts):  # lists of other rules may not
            ties.append(at_most(whole, parts))
    return (*tables, Table(relations=tuple(ties)))


def told_before(folders: Sequence[Path], cells: Cells, rule: Rule) -> dict[Key, Figure]:
    """Return what earlier releases tell of these counts, wherever it could be said of them today.

    Raises ``IntegrityFault`` where a file of a release is not one of ours.
    """
    told: dict[Key, Figure] = {}
    for folder in folders:
        rule_then = read_rule(folder, rule)
        shown = dict(_counts_of(_rows(folder)))
        for key, count in cells.counts.items():
            if key[1] not in shown:
                continue
            one = as_printed(shown[key[1]], count, rule_then)
            if one is not None and one.low <= count <= one.high:
                told[key] = both_told(told[key], one) if key in told else one
    return told


def read_equity_counts(folder: Path, period: str, board: str) -> dict[Key, int | None]:
    """Return every count of a written table, ``None`` where it has a ``*``; empty where there is no table.

    Raises ``IntegrityFault`` where the file is not one of ours.
    """
    return {(period, what, board): value for what, value in _counts_of(_rows(folder))}


def told_by_findings(
    folder: Path, lists: Lists, period: str, board: str, rule: Rule, known: Mapping[Key, Figure]
) -> dict[Key, Figure]:
    """Return what is ``known`` of all cells, with what the findings of a written table tell beyond its counts."""
    told = dict(known)
    groups = {(group.dimension, group.name): group for group in lists.groups}
    for row in _rows(folder):
        group = groups[row["dimension"], row["group"]]
        met, listed = (_value(row[name]) for name in COUNTS)
        own = _told_of(group, met, listed, row["finding"] != TOO_FEW, lists, (period, board), rule)
        told |= {key: told[key].with_knowledge(one) if key in told else one for key, one in own.items()}
    return told


def _of_dimension(lists: Lists, dimension: str, period: str, board: str) -> Table:
    """Return the counts of each group, with who met a rule and is not listed, and everybody who is in no group."""

    def key(count: str, group: str) -> Key:
        return period, cell_of(count, dimension, group), board

    groups = lists.of(dimension)
    counts: dict[Key, int] = {}
    ties: list[Relation] = []
    for group in groups:
        adults, met, listed, rest = (key(count, group.name) for count in (_ADULTS, MET, LISTED, _REST))
        counts |= {adults: group.adults, met: group.met, listed: group.listed, rest: group.met - group.listed}
        ties += [sum_of(met, [listed, rest]), at_most(adults, [met])]
    if any(lists.totals.values()):
        names = [group.name for group in groups]
        if not lists.is_everybody(dimension):
            others = {name: lists.totals[name] - sum(counts[key(name, one)] for one in names) for name in COUNTS}
            rest = key(_REST, _OTHERS)
            counts |= {key(name, _OTHERS): people for name, people in others.items()}
            counts[rest] = others[MET] - others[LISTED]
            ties.append(sum_of(key(MET, _OTHERS), [key(LISTED, _OTHERS), rest]))
            names.append(_OTHERS)
        for name in COUNTS:
            total = sum(counts[key(name, one)] for one in names)
            ties.append(Relation(tuple((key(name, one), 1.0) for one in names), total, total))
    printed = {key(name, group.name) for group in groups for name in COUNTS}
    return Table(counts, tuple(ties), worked_out=frozenset(counts) - printed)


def _with_cohorts(tables: Sequence[Table], cohorts: Cells, figures: Mapping[Key, Figure]) -> Cells:
    """Return the tables with those cells of cohorts that they are tied to, none of which is printed here."""
    own = {key for table in tables for key in table.counts}
    named = sorted({key for table in tables for tie in table.relations for key in tie.keys} - own)
    hidden = frozenset(key for key in named if figures[key].shown is None)
    return together([Table({key: cohorts.counts[key] for key in named}, worked_out=hidden), *tables])


def _sayable(
    lists: Lists, own: Cells, figures: Mapping[Key, Figure], period: str, board: str, rule: Rule
) -> tuple[set[tuple[str, str]], dict[Key, Figure]]:
    """Return of which groups whose listed are a ``*`` a finding may be said, and what all findings together tell."""
    known: dict[Key, Figure] = {}
    doubtful: list[tuple[Group, int]] = []
    for group in lists.groups:
        met, listed = (figures[period, cell_of(name, group.dimension, group.name), board] for name in COUNTS)
        if met.is_printed and met.shown is not None and listed.is_suppressed:
            doubtful.append((group, met.shown))
        elif met.is_printed and listed.is_printed:
            has_enough = has_enough_adults(group, rule)
            told = _told_of(group, met.shown, listed.shown, has_enough, lists, (period, board), rule)
            known |= _narrowed(figures, told)
    sayable = set()
    for group, met_shown in doubtful:
        key = (period, cell_of(LISTED, group.dimension, group.name), board)
        if not _leaves_two(group, met_shown, System(figures, own.relations).possible(key), lists.totals):
            continue
        told = _told_of(group, met_shown, None, True, lists, (period, board), rule)
        tried = {**known, **_narrowed(figures, told)}
        if not System({**figures, **tried}, own.relations, own.counts).pinned():
            known = tried
            sayable.add((group.dimension, group.name))
    return sayable, known


def _told_of(
    group: Group, met: int | None, listed: int | None, is_said: bool, lists: Lists, where: tuple[str, str], rule: Rule
) -> dict[Key, Figure]:
    """Return what is told of one group by a finding, or by its being too few to say."""
    period, board = where
    if met is not None and listed is not None:
        few = figure(1, rule).high
        low, high = (int(few) + 1, math.inf) if is_said else (0, few)
        return {(period, cell_of(_ADULTS, group.dimension, group.name), board): Figure(None, low, high)}
    if met is None or not is_said:
        return {}
    truly = said_of(group, met, group.listed, lists.totals)
    most = max(group.met, lists.totals[LISTED])
    alike = [n for n in range(1, most + 1) if said_of(group, met, n, lists.totals) == truly]
    return {(period, cell_of(LISTED, group.dimension, group.name), board): Figure(None, alike[0], alike[-1])}


def _leaves_two(group: Group, met: int, possible: tuple[int, int | None], totals: Mapping[str, int]) -> bool:
    """Whether each finding there could be leaves two numbers listed or more, of those the table leaves possible."""
    low, high = possible
    most = group.met if high is None else high
    answers = Counter(said_of(group, met, listed, totals) for listed in range(low, most + 1))
    return min(answers.values()) > 1


def _narrowed(figures: Mapping[Key, Figure], told: Mapping[Key, Figure]) -> dict[Key, Figure]:
    return {key: figures[key].with_knowledge(one) for key, one in told.items()}


def _rows(folder: Path) -> list[dict[str, str]]:
    path = folder / EQUITY_CSV
    return read_equity_figures(path).to_dicts() if is_held(path) else []


def _counts_of(rows: Sequence[Mapping[str, str]]) -> list[tuple[str, int | None]]:
    return [(cell_of(name, row["dimension"], row["group"]), _value(row[name])) for row in rows for name in COUNTS]


def _value(text: str) -> int | None:
    return None if text == SHORTHAND else int(text)
