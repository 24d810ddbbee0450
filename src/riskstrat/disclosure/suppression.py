"""Which cells are suppressed: the small ones, and as few others as keep the small ones from being worked out."""

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace

from riskstrat.disclosure import Figure, Rule, figure, suppressed_as_of_few, suppressed_for_another, unprinted
from riskstrat.disclosure.attack import Key, Relation, System


@dataclass(frozen=True)
class Protected:
    """The cells as they may be published; ``exposed`` names those nothing could protect: then publish none of it.

    ``asked`` is the system in which only the small ones were suppressed.
    """

    figures: Mapping[Key, Figure]
    exposed: tuple[Key, ...] = ()
    asked: System | None = field(default=None, compare=False, repr=False)

    @property
    def secondary(self) -> int:
        """How many printed cells are suppressed for the sake of another."""
        return sum(one.is_suppressed and not one.is_guarded for one in self.figures.values())


def protect(
    counts: Mapping[Key, int],
    relations: Sequence[Relation],
    rule: Rule,
    *,
    worked_out: Set[Key] = frozenset(),
    kept: Set[Key] = frozenset(),
    of_few: Set[Key] = frozenset(),
    already_published: Mapping[Key, Figure] | None = None,
    given_up: Set[Key] = frozenset(),
    asked: System | None = None,
) -> Protected:
    """Suppress the small cells, attack the result, suppress the smallest cell beside each one found out; repeat.

    ``worked_out`` are cells that no table prints (complements); ``kept`` are cells that everything else is divided by:
    they go for each other's sake, and for a cell of another kind only when nothing else helps; ``of_few`` are counts of
    events of a few people, suppressed however large. ``already_published``
    says what an earlier release printed of these same counts: readers hold it, so that suppressing such a cell now
    would protect nothing. A cell that is found out with all others suppressed no ``*`` protects: that is asked first,
    as turns would suppress one cell after another only to end there, and then nothing else is protected either:
    ask again with such cells ``given_up`` for the others' sake; ``asked`` is the system that was asked before, so that
    what was free, and is told no more of now, is not asked again. Each turn suppresses at least one more cell or ends,
    and ties break by count and then by name, so the answer is the same every time. A published zero stays: ``*`` always
    stands for somebody.
    """
    told = already_published or {}

    def known(key: Key, own: Figure) -> Figure:
        return own.with_knowledge(told[key]) if key in told else own

    def alone(key: Key, n: int) -> Figure:
        if key in worked_out:
            return unprinted(n, rule)
        return suppressed_as_of_few(n, rule) if key in of_few else figure(n, rule)

    figures = {key: known(key, alone(key, n)) for key, n in sorted(counts.items())}
    may_go = set(counts) - set(worked_out) - {key for key, one in told.items() if one.shown is not None}
    first, second = frozenset(may_go - kept), frozenset(may_go & kept)
    neighbours = _Neighbours(relations)
    looked_at = {key: replace(one, is_guarded=False) if key in given_up else one for key, one in figures.items()}
    asked = System(looked_at, relations, counts) if asked is None else asked.told(looked_at)
    system = asked
    pinned = set(system.pinned())
    if pinned and not given_up:
        everything = {
            key: known(key, suppressed_for_another(counts[key], rule)) for key in may_go if figures[key].shown
        }
        hopeless = system.told(everything).pinned()
        if hopeless:
            return Protected(figures, tuple(sorted(hopeless)), asked)
    while pinned:
        left = {key: counts[key] for key in may_go if figures[key].shown}
        chosen = set()
        for key in sorted(pinned):
            for kind in (second, may_go) if key in kept else (first, may_go):
                best = neighbours.nearest(key, left, kind)
                if best is not None:
                    chosen.add(best)
                    break
        if not chosen:
            return Protected(figures, tuple(sorted(pinned | given_up)), asked)
        hidden = {key: known(key, suppressed_for_another(counts[key], rule)) for key in sorted(chosen)}
        figures |= hidden
        system = system.told(hidden)
        pinned = set(system.pinned())
    return Protected(figures, tuple(sorted(given_up)), asked)


class _Neighbours:
    """Cells by how many ties lie between them."""

    def __init__(self, relations: Iterable[Relation]) -> None:
        self._ties: dict[Key, list[Relation]] = {}
        for relation in relations:
            for key in relation.keys:
                self._ties.setdefault(key, []).append(relation)

    def nearest(self, start: Key, candidates: Mapping[Key, int], through: Set[Key]) -> Key | None:
        """Return the smallest candidate among those the fewest ties away; ``None`` if no path leads to any.

        It is one of those that a path leads ``through``, which could themselves be suppressed: beyond another, nothing
        helps.
        """
        seen, edge = {start}, [start]
        while edge:
            reached = {key for at in edge for relation in self._ties.get(at, []) for key in relation.keys} - seen
            near = [key for key in reached if key in candidates and key in through]
            if near:
                return min(near, key=lambda key: (candidates[key], key))
            seen |= reached
            edge = sorted(key for key in reached if key in through)
        return None
