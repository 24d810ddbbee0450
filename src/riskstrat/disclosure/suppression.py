"""Which cells are suppressed: the small ones, and others so that no small one can be worked out, at little loss."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field, replace

from riskstrat.disclosure import Figure, Rule, figure, suppressed_as_of_few, suppressed_for_another, unprinted
from riskstrat.disclosure.attack import Key, Other, Relation, System

_DEARER = 1000.0
"""How many times a count that others are divided by costs what another of its size does."""


@dataclass(frozen=True)
class Protected:
    """The cells as they may be published; ``exposed`` names those nothing could protect: then publish none of it.

    ``asked`` is the system in which only the small ones were suppressed, ``relations`` what ties it.
    """

    figures: Mapping[Key, Figure]
    exposed: tuple[Key, ...] = ()
    asked: System | None = field(default=None, compare=False, repr=False)
    relations: Sequence[Relation] = field(default=(), compare=False, repr=False)

    @property
    def others(self) -> Sequence[Other]:
        """Populations that fitted what was to be printed at some turn: where they still do they show what is free."""
        return [] if self.asked is None else self.asked.others

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
    stays: Set[Key] = frozenset(),
    given_up: Set[Key] = frozenset(),
    before: Protected | None = None,
) -> Protected:
    """Suppress the small cells, attack the result, suppress what frees each one found out at the least loss; repeat.

    ``worked_out`` are cells that no table prints (complements); ``kept`` are cells that everything else is divided by,
    suppressed only where nothing else helps; ``of_few`` are counts of events of a few people, suppressed however large.
    ``already_published`` says what an earlier release printed of these same counts: readers hold it, so that
    suppressing such a cell now would protect nothing. ``stays`` are cells that stay suppressed whatever they hide.

    A cell found out would be another number in another population. Of all those the one is taken in which printed
    counts would be left by the fewest people, each weighed by the size of the count, and those counts are suppressed
    (the cell suppression problem of Fischetti and Salazar, Management Science 2001, one cell at a time). Counts that
    merely lie beside a cell need not help: suppressed one after another they took whole reports with them.

    A cell that is found out with all others suppressed no ``*`` protects: that is asked first, and then nothing else is
    protected either: ask again with such cells ``given_up`` for the others' sake; ``before`` is the answer to what was
    asked before, so that what was free, and is told no more of now, is not asked again. Each turn suppresses at least
    one more cell or ends; of two equal counts the first by name goes. A published zero stays: ``*`` always stands for
    somebody.
    """
    told = already_published or {}

    def known(key: Key, own: Figure) -> Figure:
        return own.with_knowledge(told[key]) if key in told else own

    def alone(key: Key, n: int) -> Figure:
        if key in worked_out:
            return unprinted(n, rule)
        own = suppressed_as_of_few(n, rule) if key in of_few else figure(n, rule)
        return suppressed_for_another(n, rule) if key in stays and own.shown else own

    figures = {key: known(key, alone(key, n)) for key, n in sorted(counts.items())}
    may_go = set(counts) - set(worked_out) - {key for key, one in told.items() if one.shown is not None}
    looked_at = {key: replace(one, is_guarded=False) if key in given_up else one for key, one in figures.items()}
    asked = _ask(before, looked_at, relations, counts)
    system = asked
    pinned = set(system.pinned(asked.others))
    stars = {key: known(key, suppressed_for_another(counts[key], rule)) for key in sorted(may_go) if figures[key].shown}
    costs = {  # of two equal ones the first by name costs less
        key: (counts[key] + place / (2 * len(stars))) * (_DEARER if key in kept else 1.0)
        for place, key in enumerate(stars)
    }
    if pinned and not given_up:
        hopeless = system.told(stars).pinned()
        if hopeless:
            return Protected(figures, tuple(sorted(hopeless)), asked, relations)
    while pinned:
        hidden = _freeing(system, pinned, stars, costs, whole=False) or _freeing(
            system, pinned, stars, costs, whole=True
        )
        if not hidden:
            return Protected(figures, tuple(sorted(pinned | given_up)), asked, relations)
        stars = {key: one for key, one in stars.items() if key not in hidden}
        figures |= hidden
        system = system.told(hidden)
        pinned = set(system.pinned())
    return Protected(figures, tuple(sorted(given_up)), asked, relations)


def _ask(
    before: Protected | None, figures: Mapping[Key, Figure], relations: Sequence[Relation], counts: Mapping[Key, int]
) -> System:
    """Return the system of these figures: the one that was asked before where the same relations tie it."""
    if before is not None and before.asked is not None and before.relations == relations:
        return before.asked.told(figures)
    asked = System(figures, relations, counts)
    asked.others = [] if before is None else list(before.others)
    return asked


def _freeing(
    system: System, pinned: Set[Key], stars: Mapping[Key, Figure], costs: Mapping[Key, float], *, whole: bool
) -> dict[Key, Figure]:
    """Return the cells to suppress for all of ``pinned``, one after another: what one needs may serve the next."""
    hidden: dict[Key, Figure] = {}
    for key in sorted(pinned):
        left = {one: star for one, star in stars.items() if one not in hidden}
        hidden |= {one: stars[one] for one in sorted(system.told(hidden).freeing(key, left, costs, whole=whole))}
    return hidden
