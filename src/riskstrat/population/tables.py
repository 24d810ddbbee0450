"""Every published count of people as one system of cells, protected together, and the attack on what was published.

A cell is (period, what is counted, where). What ties cells is what any reader knows: nested areas add up, a cohort and
the people not in it add up to the people registered, a cohort inside another is no larger, bands exclude each other.
"""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass

import polars as pl

from riskstrat.disclosure import Figure, Rule, figure, possible_counts, suppressed_for_another, unprinted
from riskstrat.population.areas import AREA_TYPES, Geography
from riskstrat.population.attack import Key, Relation, System, at_most, sum_of
from riskstrat.population.cohorts import Cohort, Month
from riskstrat.population.suppression import Protected, protect

REGISTERED = "registered"
"""What the denominator counts: people registered who may be counted."""
OVERLAP = "overlap"
"""What the overlap table counts; the rest of such a cell's name is the words of its row and column."""
LEFT_OUT = "left-out"
"""What is counted of the people an opt-out, objection or restriction keeps out of every other figure."""
ATTRITION = "attrition"
"""What the table of attrition counts; the rest of such a cell's name is the words of its step."""
HELD_WORDS: Mapping[str, str] = {
    "0": "in no cohort",
    "1": "in one cohort",
    "2": "in two cohorts",
    "3": "in three cohorts or more",
    "any": "in at least one cohort",
    "all": "everybody registered",
}
PROGRAMME_WORDS: Mapping[str, str] = {
    "held": "held by a programme",
    "none": "in no programme",
    "unknown": "programmes not known",
    "all": "all",
}


@dataclass(frozen=True)
class Cells:
    """The true counts of one index date, before any protection, and what ties them.

    ``worked_out`` are cells that no table prints; ``kept`` are suppressed only if small themselves.
    """

    counts: Mapping[Key, int]
    relations: tuple[Relation, ...]
    worked_out: frozenset[Key]
    kept: frozenset[Key]

    def protected(self, rule: Rule, printed_before: Mapping[Key, Figure]) -> Protected:
        """Return the cells as they may be published.

        Where no other cell could protect a small one, the finest areas of that cohort are not printed at all: seven
        stars in seven practices under a star would otherwise be seven people, one in each.
        """
        told = {key: one for key, one in printed_before.items() if key in self.counts}
        unprinted_too: set[Key] = set()
        while True:
            found = protect(
                self.counts,
                self.relations,
                rule,
                worked_out=self.worked_out | unprinted_too,
                kept=self.kept - unprinted_too,
                already_published=told,
            )
            more = {key for exposed in found.exposed for key in self._finest_printed(exposed, unprinted_too)}
            if not more:
                return found
            unprinted_too |= more

    def _finest_printed(self, exposed: Key, unprinted_too: Set[Key]) -> list[Key]:
        """Return the cells of the finest areas in which what is exposed is still printed; a table goes whole."""
        what = exposed[1].removeprefix("not ")
        for table in (OVERLAP, ATTRITION):
            if what.startswith(table):
                return [key for key in self.counts if key[1].startswith(table) and key not in unprinted_too]
        printed = [key for key in self.counts if key[1] == what and key not in unprinted_too]
        for area_type in reversed(AREA_TYPES):
            finest = [key for key in printed if key[2].startswith(f"{area_type}:")]
            if finest:
                return finest
        return []


def cells_of(month: Month, cohorts: Sequence[Cohort], geography: Geography) -> Cells:
    """Return every count of one index date, by area and cohort, and the overlap at the board."""
    period = str(month.index_date)
    registered = _by_practice(month.registered)
    counts: dict[Key, int] = {
        (period, REGISTERED, area.key): sum(registered.get(code, 0) for code in area.practices)
        for area in geography.areas
    }
    relations = [*_nested(period, REGISTERED, geography)]
    kept = set(counts)
    worked_out: set[Key] = set()
    ran = [cohort for cohort in cohorts if cohort.id not in month.not_run]
    for cohort in ran:
        sizes = _by_practice(month.sizes.filter(pl.col("cohort_id") == cohort.id))
        relations += _nested(period, cohort.id, geography)
        for area in geography.areas:
            inside, outside = (period, cohort.id, area.key), (period, f"not {cohort.id}", area.key)
            everyone = (period, REGISTERED, area.key)
            counts[inside] = sum(sizes.get(code, 0) for code in area.practices)
            counts[outside] = counts[everyone] - counts[inside]
            worked_out.add(outside)
            relations.append(sum_of(everyone, [inside, outside]))
    relations += _between_cohorts(period, month, ran, geography)
    overlap, margins = _overlap(period, month, geography.board.key)
    counts |= overlap
    counts[(period, LEFT_OUT, geography.board.key)] = month.left_out
    attrition, steps = _attrition(period, month, geography.board.key)
    counts |= attrition
    return Cells(counts, (*relations, *margins, *steps), frozenset(worked_out), frozenset(kept))


def overlap_cell(held: str, programme: str) -> str:
    """Return what a cell of the overlap table counts; the arguments are keys of the two mappings of words."""
    return f"{OVERLAP}: {HELD_WORDS[held]}, {PROGRAMME_WORDS[programme]}"


def attrition_cell(words: str) -> str:
    """Return what a cell of the table of attrition counts."""
    return f"{ATTRITION}: {words}"


def check_published(shown: Mapping[Key, int | None], cells: Cells, rule: Rule) -> dict[Key, Figure]:
    """Return what a reader of the written files knows of one index date's cells.

    ``shown`` is what was read back: a figure, or ``None`` for a ``*``. Cells that are in no file are unknown to the
    reader. The truth is used for one thing only: to tell the reader which ``*`` hide a small count. Raises
    ``ValueError`` naming a cell whose printed figure is not the figure of its count.
    """
    return {key: _as_read(key, count, shown, rule) for key, count in cells.counts.items()}


def attack_published(read: Mapping[Key, Figure], cells: Cells, printed_before: Mapping[Key, Figure]) -> tuple[Key, ...]:
    """Return the cells of one index date that a reader can pin to one value; none is what is wanted.

    ``read`` is what the files tell (``check_published``), ``printed_before`` what an earlier release told.
    """
    figures = {
        key: one.with_knowledge(printed_before[key]) if key in printed_before else one for key, one in read.items()
    }
    return tuple(sorted(System(figures, cells.relations).pinned()))


def _as_read(key: Key, count: int, shown: Mapping[Key, int | None], rule: Rule) -> Figure:
    if key not in shown:
        return unprinted(count, rule)
    value = shown[key]
    if value is None:
        return figure(count, rule) if 1 <= count <= rule.suppress_to else suppressed_for_another(count, rule)
    low, high = possible_counts(value, rule)
    if not low <= count <= high:
        raise ValueError(f"the published figure of {' / '.join(key)} is not the figure of its count")
    return Figure(value, low, high)


def _by_practice(frame: pl.DataFrame) -> dict[str, int]:
    grouped = frame.group_by("practice_code").agg(pl.col("people").sum())
    return {code: int(people) for code, people in grouped.iter_rows()}


def _nested(period: str, what: str, geography: Geography) -> list[Relation]:
    return [
        sum_of((period, what, whole), [(period, what, part) for part in parts])
        for whole, parts in geography.parts.items()
    ]


def _between_cohorts(period: str, month: Month, ran: Sequence[Cohort], geography: Geography) -> list[Relation]:
    """Return the ties between cohorts: one inside another, and bands that nobody is in two of."""
    ids = {cohort.id for cohort in ran}
    ties = [
        at_most((period, outer, area.key), [(period, inner, area.key)])
        for inner, outer in month.inclusions
        if inner in ids and outer in ids
        for area in geography.areas
    ]
    bands = [cohort.id for cohort in ran if cohort.is_band]
    if bands:
        ties += [
            at_most((period, REGISTERED, area.key), [(period, band, area.key) for band in bands])
            for area in geography.areas
        ]
    return ties


def _attrition(period: str, month: Month, board: str) -> tuple[dict[Key, int], list[Relation]]:
    """Return the steps from everyone held to everyone counted: all of them add up, and any reader knows it."""
    counts: dict[Key, int] = {(period, attrition_cell(words), board): people for words, people in month.attrition}
    if not counts:
        return {}, []
    everyone, *stopped, snapshot = counts
    return counts, [
        sum_of(everyone, [*stopped, snapshot]),
        sum_of(snapshot, [(period, REGISTERED, board), (period, LEFT_OUT, board)]),
    ]


def _overlap(period: str, month: Month, board: str) -> tuple[dict[Key, int], list[Relation]]:
    """Return the overlap table at the board with its margins; every person is in one inner cell."""
    people = {
        (str(held), "unknown" if programme is None else "held" if programme else "none"): int(n)
        for held, programme, n in month.overlap.select("cohorts_held", "in_programme", "people").iter_rows()
    }
    programmes = ["held", "none", *(["unknown"] if any(p == "unknown" for _, p in people) else [])]
    counts: dict[Key, int] = {}
    ties: list[Relation] = []

    def key(held: str, programme: str) -> Key:
        return (period, overlap_cell(held, programme), board)

    for programme in programmes:
        for held in ("0", "1", "2", "3"):
            counts[key(held, programme)] = people.get((held, programme), 0)
    for held in ("0", "1", "2", "3"):
        counts[key(held, "all")] = sum(counts[key(held, programme)] for programme in programmes)
        ties.append(sum_of(key(held, "all"), [key(held, programme) for programme in programmes]))
    for programme in (*programmes, "all"):
        counts[key("any", programme)] = sum(counts[key(held, programme)] for held in ("1", "2", "3"))
        counts[key("all", programme)] = counts[key("any", programme)] + counts[key("0", programme)]
        ties.append(sum_of(key("any", programme), [key(held, programme) for held in ("1", "2", "3")]))
        ties.append(sum_of(key("all", programme), [key("any", programme), key("0", programme)]))
    ties.append(sum_of(key("all", "all"), [(period, REGISTERED, board)]))
    return counts, ties
