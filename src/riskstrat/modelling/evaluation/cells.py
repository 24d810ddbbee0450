"""The counts of one test as cells of one system, and what a reader of the card knows of them beyond the counts.

A card prints figures of everyone tested that are exact (the rate, the sensitivity of a list), so that how many people
there are, how many have the outcome and how many of the list do is taken to be known exactly; so is how many of those
known to have had no recent admission do, where their figures are shown. What ties the cells: the groups of a factor are
everyone; with and without the outcome, and found and missed, make up their whole.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from riskstrat.disclosure import Figure, is_small
from riskstrat.disclosure.attack import Key, Relation, at_most, same_count, sum_of
from riskstrat.disclosure.cells import Cells, Table, together, told_truly
from riskstrat.modelling.evaluation.shown import LEAST_CELL, RULE, is_enough

Report = Mapping[str, Any]

PEOPLE, EVENTS, WITHOUT = "people", "events", "without"
FOUND, MISSED, LISTED_WITHOUT, NOT_LISTED_WITHOUT = PARTS = ("found", "missed", "listed_without", "not_listed_without")
EVERYONE = "everyone"
NO_RECENT_ADMISSION = "no recent admission"
KIND_OF_ADMISSION = "kind of admission"
LEAVING = "leaving and dying"
LEFT, DIED, DIED_WITHOUT = "left_in_horizon", "died_in_horizon", "died_without_the_outcome"
SAME_DAY, OVERNIGHT = "same_day_only", "overnight"
_LISTED, _DIED_WITH = "listed", "died with the outcome"


def key_of(factor: str, group: str, count: str) -> Key:
    """Return the name of one count of one group."""
    return "tested", factor, group, count


def cells_of_test(report: Report) -> tuple[Cells, dict[Key, Figure]]:
    """Return the counts of an evaluation, which are in it as they are, and those that its other figures tell exactly.

    Of a test with so few outcomes that nothing is shown, no figure tells them.
    """
    whole = _with_parts(report)
    factors = dict.fromkeys(row["factor"] for row in report["groups"])
    tables = [_everyone(whole)]
    tables += [_factor(name, [row for row in report["groups"] if row["factor"] == name], whole) for name in factors]
    tables += [_part(report["without_recent_admission"], whole), _kinds(report.get("same_day"))]
    tables += [_leaving(report.get("leaving_and_dying"))]
    return together(told_truly(table for table in tables if table.counts or table.relations)), _told(report, whole)


def has_few(report: Report) -> bool:
    """Return whether so few had the outcome, or so few had not, that no figure may be shown."""
    events, others = report[EVENTS], report[PEOPLE] - report[EVENTS]
    return not events or not others or is_small(events, RULE) or is_small(others, RULE)


def leaves_few(whole: Report, part: Report) -> bool:
    """Return whether exact figures of a part and of the whole would tell a small count of the people left."""
    events, people = (whole[name] - part[name] for name in (EVENTS, PEOPLE))
    return any(is_small(count, RULE) for count in (events, people, people - events))


def _factor(factor: str, rows: Sequence[Report], whole: Mapping[str, int]) -> Table:
    """Return the groups of a factor, which are everyone; their parts of the list are printed where ``listed`` is."""
    counts: dict[Key, int] = {}
    ties: list[Relation] = []
    groups = {row["group"]: _with_parts(row) for row in rows}
    for group, parts in groups.items():
        counts |= {key_of(factor, group, name): count for name, count in parts.items()}
        ties += _inner_ties(factor, group, parts)
    lists = {key_of(factor, row["group"], part) for row in rows if row.get("listed") for part in PARTS}
    for name in (PEOPLE, EVENTS, FOUND, LISTED_WITHOUT):
        ties.append(_sum_of_groups(name, factor, groups, whole))
    printed = {key_of(factor, group, name) for group in groups for name in (PEOPLE, EVENTS)}
    layers = tuple(frozenset(layer) for layer in (lists, printed) if layer)
    return Table(counts, tuple(ties), worked_out=frozenset(counts) - printed - lists, layers=layers)


def with_rest(factor: str, group: str, people: int, events: int, whole: Mapping[str, int]) -> Table:
    """Return people and events of a group and, worked out, of everyone else; ``whole`` are those of everyone."""
    own = {PEOPLE: people, EVENTS: events, WITHOUT: people - events}
    rest = rest_of(group)
    counts = {key_of(factor, group, name): count for name, count in own.items()}
    counts |= {key_of(factor, rest, name): whole[name] - count for name, count in own.items()}
    ties = [*_inner_ties(factor, group, own), *_inner_ties(factor, rest, own)]
    for name in (PEOPLE, EVENTS):
        pair = (key_of(factor, group, name), key_of(factor, rest, name))
        ties.append(sum_of(key_of(EVERYONE, EVERYONE, name), pair))
    printed = {key_of(factor, group, name) for name in (PEOPLE, EVENTS)}
    return Table(counts, tuple(ties), worked_out=frozenset(counts) - printed)


def rest_of(group: str) -> str:
    """Return what everyone who is not in a group is called."""
    return f"not {group}"


def everyone_table(people: int, events: int) -> tuple[Table, dict[Key, Figure]]:
    """Return everyone tested, and that a reader knows exactly how many they are and how many have the outcome."""
    whole = {PEOPLE: people, EVENTS: events, WITHOUT: people - events}
    counts = {key_of(EVERYONE, EVERYONE, name): count for name, count in whole.items()}
    known = {key: Figure(count, count, count) for key, count in counts.items()}
    return Table(counts, tuple(_inner_ties(EVERYONE, EVERYONE, whole)), worked_out=frozenset(counts)), known


def _with_parts(row: Report) -> dict[str, int]:
    """Return all counts of one group, those among them that follow from others."""
    people, events, found, in_vain = (row[name] for name in (PEOPLE, EVENTS, FOUND, LISTED_WITHOUT))
    parts = (found, events - found, in_vain, people - events - in_vain)
    return {PEOPLE: people, EVENTS: events, WITHOUT: people - events, **dict(zip(PARTS, parts, strict=True))}


def _inner_ties(factor: str, group: str, counts: Iterable[str]) -> list[Relation]:
    wholes = {PEOPLE: (EVENTS, WITHOUT), EVENTS: (FOUND, MISSED), WITHOUT: (LISTED_WITHOUT, NOT_LISTED_WITHOUT)}
    held = set(counts)
    return [
        sum_of(key_of(factor, group, whole), [key_of(factor, group, part) for part in parts])
        for whole, parts in wholes.items()
        if held >= set(parts)
    ]


def _sum_of_groups(name: str, factor: str, groups: Mapping[str, Mapping[str, int]], whole: Report) -> Relation:
    """Return: the groups of a factor add up to everyone, as nearly as places that tied people share let them."""
    weights = [(key_of(EVERYONE, EVERYONE, name), 1.0), *((key_of(factor, group, name), -1.0) for group in groups)]
    shared = abs(whole[name] - sum(parts[name] for parts in groups.values()))
    return Relation(tuple(weights), -shared, shared)


def _everyone(whole: Mapping[str, int]) -> Table:
    counts = {key_of(EVERYONE, EVERYONE, name): count for name, count in whole.items()}
    listed = key_of(EVERYONE, EVERYONE, _LISTED)
    counts[listed] = whole[FOUND] + whole[LISTED_WITHOUT]
    ties = _inner_ties(EVERYONE, EVERYONE, whole)
    ties.append(sum_of(listed, [key_of(EVERYONE, EVERYONE, name) for name in (FOUND, LISTED_WITHOUT)]))
    printed = {key_of(EVERYONE, EVERYONE, name) for name in (PEOPLE, EVENTS)}
    return Table(counts, tuple(ties), worked_out=frozenset(counts) - printed, kept=frozenset(printed))


def _part(part: Report, whole: Mapping[str, int]) -> Table:
    """Return who had no recent admission, where the snapshot tells."""
    if PEOPLE not in part:
        return Table()
    return with_rest(NO_RECENT_ADMISSION, NO_RECENT_ADMISSION, part[PEOPLE], part[EVENTS], whole)


def _kinds(same_day: Report | None) -> Table:
    """Return same-day and overnight admissions, which are everyone with the outcome."""
    if not same_day:
        return Table()
    counts = {key_of(KIND_OF_ADMISSION, kind, EVENTS): same_day[kind] for kind in (SAME_DAY, OVERNIGHT)}
    return Table(counts, (sum_of(key_of(EVERYONE, EVERYONE, EVENTS), counts),))


def _leaving(leaving: Report | None) -> Table:
    """Return who left and who died; of an outcome that is death itself, who died are everyone with the outcome."""
    if not leaving:
        return Table()
    left, died, without, with_it = (key_of(LEAVING, EVERYONE, name) for name in (LEFT, DIED, DIED_WITHOUT, _DIED_WITH))
    counts = {left: leaving[LEFT], died: leaving[DIED]}
    events, others, people = (key_of(EVERYONE, EVERYONE, name) for name in (EVENTS, WITHOUT, PEOPLE))
    ties = [at_most(people, [left])]
    if leaving[DIED_WITHOUT] is None:
        return Table(counts, (*ties, same_count(died, events)))
    counts |= {without: leaving[DIED_WITHOUT], with_it: leaving[DIED] - leaving[DIED_WITHOUT]}
    ties += [sum_of(died, [without, with_it]), at_most(events, [with_it]), at_most(others, [without])]
    return Table(counts, tuple(ties), worked_out=frozenset({with_it}))


def _told(report: Report, whole: Mapping[str, int]) -> dict[Key, Figure]:
    """Return the counts that figures of everyone, and of the part that has figures of its own, tell exactly."""
    told = {PEOPLE: whole[PEOPLE], _LISTED: whole[FOUND] + whole[LISTED_WITHOUT]}
    if not has_few(report):
        told |= {EVENTS: whole[EVENTS], WITHOUT: whole[WITHOUT]}
        if is_enough(LEAST_CELL, whole[FOUND], whole[LISTED_WITHOUT]):
            told |= {FOUND: whole[FOUND], LISTED_WITHOUT: whole[LISTED_WITHOUT]}
    exact = {key_of(EVERYONE, EVERYONE, name): Figure(count, count, count) for name, count in told.items()}
    part = report["without_recent_admission"]
    if part["figures"] is not None:
        for name in (PEOPLE, EVENTS):
            exact[key_of(NO_RECENT_ADMISSION, NO_RECENT_ADMISSION, name)] = Figure(part[name], part[name], part[name])
    return exact
