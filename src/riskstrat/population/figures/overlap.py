"""Who is in several groups at once and who is in no programme: counts at the board in which nobody is counted twice.

Every person is in exactly one *combination* of the groups of need (those that cohorts name as their ``overlap``) and
either held by a programme or not. Everything else here is a sum of those cells: people in one, two, three groups; in
at least one; in a group; in two groups both. So the whole is one exact system of cells. Beside it stand, for every
cohort, its people whom no programme holds, and those who are in each cohort that is a programme. Of combinations, those
whom one holds are not printed: a column of rare combinations within so small a whole gives itself away.

Not every pair of cohorts is counted. The pairs of three cohorts bound one another (A with B and A with C, less B with
C, are no more than A), and of fifty cohorts there are 19,600 threes: an attack without those would say too little.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np
import polars as pl

from riskstrat.disclosure import Rule, is_small
from riskstrat.disclosure.attack import Key, Relation, at_most, same_count, sum_of
from riskstrat.disclosure.cells import Table
from riskstrat.population.counting.cells import what_is_counted
from riskstrat.population.counting.cohorts import Cohort, Month

OVERLAP = "overlap"
"""In how many groups people are; the rest of such a cell's name is the words of its row and column."""
COMBINATION = "combination"
"""Which groups people are in, and no others."""
GROUP = "group"
"""Who is in a group, or in two groups both, whatever else they are in."""
NO_PROGRAMME = "in-no-programme"
"""Who of a cohort is in no programme; the rest of such a cell's name is the cohort's id."""
ON_PROGRAMME = "on-programme"
"""Who of a cohort is in another that is a programme; the rest of such a cell's name is the two ids."""
TABLES = (OVERLAP, COMBINATION, GROUP, NO_PROGRAMME, ON_PROGRAMME)
HELD_WORDS: Mapping[str, str] = {
    "0": "in no group",
    "1": "in one group",
    "2": "in two groups",
    "3": "in three groups or more",
    "any": "in at least one group",
    "all": "everybody registered",
}
PROGRAMME_WORDS: Mapping[str, str] = {
    "held": "held by a programme",
    "none": "in no programme",
    "unknown": "programmes not known",
    "all": "all",
}
_PRINTED = ("none", "all")
"""The columns that are printed of combinations and groups; left out in this order."""
_WORKED_OUT = f"{COMBINATION}-by-programme"
_IN_WORDS: Mapping[int | None, str] = {1: "held", 0: "none", None: "unknown"}
_Combinations = Mapping[tuple[frozenset[str], str], Key]


def combination_words(groups: Iterable[str]) -> str:
    """Return the name of a combination; ``split_words`` reads it back."""
    return "; ".join(groups) or "none of the groups"


def split_words(measure: str) -> tuple[tuple[str, ...], str]:
    """Return the groups and the words of the programmes that a measure of these tables names."""
    names, _, programme = measure.rpartition(", ")
    return tuple(names.split("; ")), programme


def overlap_of(
    month: Month, cohorts: Sequence[Cohort], sizes: Mapping[Key, int], board: str, rule: Rule
) -> list[Table]:
    """Return the tables of one index date. ``sizes`` are the counts that they are tied to: registered, and cohorts.

    Of a programme that is itself too small to be shown nobody is told who is on it: that its one person is in these
    cohorts and in no other would be all there is to know of them.
    """
    programmes = _programmes(month.combinations)
    cells, keys = _combinations(month, programmes, board)
    numbers = _in_how_many(month, cells.counts, keys, programmes, board)
    groups = _groups(month, cells.counts, keys, programmes, board)
    ties = _tied_to_cohorts(month, cohorts, groups.counts, sizes, board)
    # One table: where one of its counts cannot be protected, it is the others that give it away.
    whole = Table(
        {**cells.counts, **groups.counts, **numbers.counts},
        (*cells.relations, *groups.relations, *numbers.relations, *ties),
        worked_out=cells.worked_out,
        layers=(*cells.layers, *groups.layers, frozenset(numbers.counts)),
    )
    if programmes == ["unknown"]:
        return [whole]
    period = str(month.index_date)
    on = month.on_programmes
    too_small = [one for one in on["programme_id"].unique() if is_small(sizes.get((period, one, board), 0), rule)]
    shown = replace(month, on_programmes=on.filter(~pl.any_horizontal(pl.all().exclude("people").is_in(too_small))))
    return [whole, *_alone(month, cohorts, sizes, numbers.counts, board), *_on_programmes(shown, cohorts, sizes, board)]


def _programmes(found: pl.DataFrame) -> list[str]:
    """Return what is known of programmes: where nobody's are known, neither held nor in none is zero."""
    seen = {_IN_WORDS[value] for value in found["in_programme"].to_list()}
    return ["unknown"] if seen == {"unknown"} else ["held", "none", *sorted(seen & {"unknown"})]


def _cell(month: Month, table: str, words: str, programme: str, board: str) -> Key:
    return (str(month.index_date), what_is_counted(table, f"{words}, {PROGRAMME_WORDS[programme]}"), board)


def _combinations(month: Month, programmes: Sequence[str], board: str) -> tuple[Table, _Combinations]:
    """Return the table in which everybody is once, and its keys by combination and programme."""
    people = {
        (int(one), _IN_WORDS[programme]): int(n)
        for one, programme, n in month.combinations.select("combination", "in_programme", "people").iter_rows()
    }
    counts: dict[Key, int] = {}
    keys: dict[tuple[frozenset[str], str], Key] = {}
    ties = []
    for one in sorted({one for one, _ in people} | {0}):
        names = [name for place, name in enumerate(month.groups) if one & 2**place]
        own = {
            word: _cell(month, COMBINATION if word in _PRINTED else _WORKED_OUT, combination_words(names), word, board)
            for word in (*programmes, "all")
        }
        counts |= {own[word]: people.get((one, word), 0) for word in programmes}
        counts[own["all"]] = sum(counts[own[word]] for word in programmes)
        ties.append(sum_of(own["all"], [own[word] for word in programmes]))
        keys |= {(frozenset(names), word): key for word, key in own.items()}
    by_word = {word: frozenset(key for (_, one), key in keys.items() if one == word) for word in (*programmes, "all")}
    unprinted = frozenset[Key]().union(*(by_word[word] for word in programmes if word not in _PRINTED))
    layers = tuple(by_word[word] for word in _PRINTED if word in by_word)
    return Table(counts, tuple(ties), worked_out=unprinted, layers=layers), keys


def _in_how_many(
    month: Month, people: Mapping[Key, int], keys: _Combinations, programmes: Sequence[str], board: str
) -> Table:
    """Return how many people are in no group, in one, in two, in three or more, in at least one, and all of them."""
    counts: dict[Key, int] = {}
    ties = []
    for word in (*programmes, "all"):
        own = {held: _cell(month, OVERLAP, words, word, board) for held, words in HELD_WORDS.items()}
        parts: dict[str, list[Key]] = {held: [] for held in ("0", "1", "2", "3")}
        for (groups, one), key in keys.items():
            if one == word:
                parts[str(min(len(groups), 3))].append(key)
        counts |= {own[held]: sum(people[key] for key in found) for held, found in parts.items()}
        counts[own["any"]] = sum(counts[own[held]] for held in ("1", "2", "3"))
        counts[own["all"]] = counts[own["0"]] + counts[own["any"]]
        ties += [sum_of(own[held], found) for held, found in parts.items()]
        ties.append(sum_of(own["any"], [own[held] for held in ("1", "2", "3")]))
        ties.append(sum_of(own["all"], [own["0"], own["any"]]))
    everybody = _cell(month, OVERLAP, HELD_WORDS["all"], "all", board)
    ties.append(sum_of(everybody, [(str(month.index_date), "registered", board)]))
    return Table(counts, tuple(ties))


def _groups(
    month: Month, people: Mapping[Key, int], keys: _Combinations, programmes: Sequence[str], board: str
) -> Table:
    """Return who is in each group and in each two both, in all and in no programme; left out pairs first."""
    counts: dict[Key, int] = {}
    ties, layers = [], []
    printed = [word for word in _PRINTED if word in (*programmes, "all")]
    for size in (2, 1):
        for word in printed:
            layer = set()
            for chosen in combinations(month.groups, size):
                own = _cell(month, GROUP, combination_words(chosen), word, board)
                parts = [key for (held, one), key in keys.items() if one == word and held.issuperset(chosen)]
                counts[own] = sum(people[key] for key in parts)
                ties.append(sum_of(own, parts))
                layer.add(own)
            layers.append(frozenset(layer))
    return Table(counts, tuple(ties), layers=tuple(layer for layer in layers if layer))


def _tied_to_cohorts(
    month: Month, cohorts: Sequence[Cohort], groups: Mapping[Key, int], sizes: Mapping[Key, int], board: str
) -> list[Relation]:
    """Return what ties each group to its cohorts: it holds each of them, and nobody else."""
    ties = []
    for name in month.groups:
        whole = _cell(month, GROUP, name, "all", board)
        parts = [(str(month.index_date), cohort.id, board) for cohort in cohorts if cohort.overlap_group == name]
        if sum(sizes[part] for part in parts) == groups[whole]:
            ties.append(sum_of(whole, parts))
        else:
            ties += [at_most(whole, [part]) for part in parts]
            ties.append(Relation(((whole, -1.0), *((part, 1.0) for part in parts)), high=np.inf))
    return ties


def _alone(
    month: Month, cohorts: Sequence[Cohort], sizes: Mapping[Key, int], numbers: Mapping[Key, int], board: str
) -> Iterable[Table]:
    """Yield for each cohort its people in no programme; the others follow from its size.

    ``numbers`` has how many people of everybody are in none.
    """
    people = {
        (cohort, _IN_WORDS[programme]): int(n)
        for cohort, programme, n in month.held.select("cohort_id", "in_programme", "people").iter_rows()
    }
    nobody_twice = _cell(month, OVERLAP, HELD_WORDS["all"], "none", board)
    every = {nobody_twice: numbers[nobody_twice]}
    alone_of: dict[str, Key] = {}
    for cohort in cohorts:
        size = (str(month.index_date), cohort.id, board)
        alone, others = _alone_cells(month, cohort.id, board)
        counts: dict[Key, int] = {alone: people.get((cohort.id, "none"), 0)}
        counts[others] = sizes[size] - counts[alone]
        ties = (sum_of(size, [alone, others]), at_most(nobody_twice, [alone]))
        yield Table(counts, ties, worked_out=frozenset({others}))
        alone_of[cohort.id], every[alone] = alone, counts[alone]
    yield Table(relations=tuple(_dimensions(cohorts, nobody_twice, alone_of, every)))


def _alone_cells(month: Month, cohort: str, board: str) -> tuple[Key, Key]:
    """Return the cells of a cohort's people whom no programme holds, and of all others of it."""
    what = what_is_counted(NO_PROGRAMME, cohort)
    return (str(month.index_date), what, board), (str(month.index_date), f"not {what}", board)


def _on_programmes(month: Month, cohorts: Sequence[Cohort], sizes: Mapping[Key, int], board: str) -> Iterable[Table]:
    """Yield who of each cohort is in each programme, by programme; of two programmes, the first of them once.

    What is left of the cohort, and of the programme, follows from their sizes. Whoever is in a programme is held by
    one, where the programmes of the drop say so: a practice's own register is no programme of the drop.
    """
    period = str(month.index_date)
    both: dict[tuple[str, str], Key] = {}
    counts: dict[str, dict[Key, int]] = {}
    ties: list[Relation] = []
    has_figure = pl.col("cohort_id").is_in([cohort.id for cohort in cohorts])
    for cohort, programme, people in month.on_programmes.filter(has_figure).sort(pl.all()).iter_rows():
        if (programme, cohort) in both:
            both[cohort, programme] = both[programme, cohort]
            continue
        key = (period, what_is_counted(ON_PROGRAMME, f"{cohort}, {programme}"), board)
        both[cohort, programme] = key
        own = counts.setdefault(programme, {})
        own[key] = people
        for whole, name in ((cohort, "cohort"), (programme, "programme")):
            what = what_is_counted(f"not {ON_PROGRAMME} of the {name}", f"{cohort}, {programme}")
            size, rest = (period, whole, board), (period, what, board)
            own[rest] = sizes[size] - people
            ties.append(sum_of(size, [key, rest]))
    printed = frozenset(both.values())
    for own in counts.values():
        yield Table(own, worked_out=frozenset(own) - printed)
    known = {**sizes, **{key: n for own in counts.values() for key, n in own.items()}}
    ties += _between_programmes(month, both, board)
    ties += _held_by_these(month, both, known, board)
    for programme in sorted({programme for _, programme in both}):
        parts = {cohort.id: both[cohort.id, programme] for cohort in cohorts if (cohort.id, programme) in both}
        ties += _dimensions(cohorts, (period, programme, board), parts, known)
    yield Table(relations=tuple(ties))


def _dimensions(
    cohorts: Sequence[Cohort], whole: Key, parts: Mapping[str, Key], counts: Mapping[Key, int]
) -> Iterable[Relation]:
    """Yield what ties the parts of ``whole`` that are of cohorts of one dimension: nobody is in two of them."""
    for dimension in sorted({cohort.dimension for cohort in cohorts} - {""}):
        of_it = [parts[cohort.id] for cohort in cohorts if cohort.dimension == dimension and cohort.id in parts]
        is_everybody = sum(counts[part] for part in of_it) == counts[whole]
        yield (sum_of if is_everybody else at_most)(whole, of_it)


def _held_by_these(
    month: Month, both: Mapping[tuple[str, str], Key], counts: Mapping[Key, int], board: str
) -> Iterable[Relation]:
    """Yield, where it is so, that whoever of a cohort is held by a programme is in one of those counted here."""
    alone = dict(month.held.filter(pl.col("in_programme") == 0).select("cohort_id", "people").iter_rows())
    for cohort in sorted({cohort for cohort, _ in both}):
        own = sorted(key for (one, _), key in both.items() if one == cohort)
        others = _alone_cells(month, cohort, board)[1]
        if sum(counts[key] for key in own) >= counts[str(month.index_date), cohort, board] - alone.get(cohort, 0):
            yield Relation((*((key, 1.0) for key in own), (others, -1.0)), high=np.inf)


def _between_programmes(month: Month, both: Mapping[tuple[str, str], Key], board: str) -> Iterable[Relation]:
    """Yield what ties who is in two cohorts of which one is a programme: cohorts inside others, and who is in none."""
    programmes = sorted({programme for _, programme in both})
    on_none = dict(month.held.filter(pl.col("in_programme") == 0).select("cohort_id", "people").iter_rows())
    for inner, outer in month.inclusions:
        for programme in programmes:
            if (inner, programme) in both and (outer, programme) in both:
                yield at_most(both[outer, programme], [both[inner, programme]])
        if (inner, outer) in both:
            yield same_count(both[inner, outer], (str(month.index_date), inner, board))
        if (outer, inner) in both:
            yield same_count(both[outer, inner], (str(month.index_date), inner, board))
    for (cohort, programme), own in both.items():
        if not on_none.get(programme):
            yield at_most(_alone_cells(month, cohort, board)[1], [own])
    for cohort in sorted({cohort for cohort, _ in both} - set(programmes)):
        for one, other in combinations(programmes, 2):
            if (one, other) in both:
                parts = ((both[cohort, one], -1.0), (both[cohort, other], -1.0), (both[one, other], 1.0))
                yield Relation((((str(month.index_date), cohort, board), 1.0), *parts), high=np.inf)
