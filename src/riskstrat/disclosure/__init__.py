"""Disclosure control for published counts: what one count may be shown as, and what the showing tells a reader.

Rule (NHS England, HES and ECDS since September 2018): below national level, counts of 1 to 7 are suppressed, other
counts are rounded to the nearest 5, zero is shown, and every derived figure is computed from the rounded counts.
Directly standardised rates are exempt and need a minimum number of events instead. Pure: no engine, no files.
"""

import math
from dataclasses import dataclass, replace

SUPPRESSED = None
SHORTHAND = "*"
"""What stands in every output where a count is suppressed, and where a figure would have been derived from it."""


def publishable(count: int, suppress_to: int = 7, round_to: int = 5) -> int | None:
    """Return the count as it may be published: 0, a multiple of ``round_to``, or ``SUPPRESSED``.

    A count half-way between two multiples goes up, and a count above ``suppress_to`` is never rounded to 0, so that a
    published 0 always means nobody. ``ValueError`` for a negative count.
    """
    if count < 0:
        raise ValueError("a count of people cannot be negative")
    if count == 0:
        return 0
    if count <= suppress_to:
        return SUPPRESSED
    return max(round_to, (count + round_to // 2) // round_to * round_to)


@dataclass(frozen=True)
class Rule:
    """The two numbers of the rule, from ``[disclosure]`` in the settings; ``ValueError`` for none that is a rule."""

    suppress_to: int = 7
    round_to: int = 5

    def __post_init__(self) -> None:
        """Refuse what nothing could be printed by."""
        if self.suppress_to < 0 or self.round_to < 1:
            raise ValueError("a rule suppresses counts up to 0 or more, and rounds to 1 or more")


@dataclass(frozen=True)
class Figure:
    """One cell as published, and the whole numbers between which a reader then knows the count to lie.

    ``shown`` is the published figure, ``SUPPRESSED`` where there is a ``*``. ``low`` and ``high`` are what it tells on
    its own. Of every ``*`` the reader is taken to know whether it hides a small count (1 to ``suppress_to``) or stands
    for another's sake (more): more than the files say, so that no guess gives anything away. ``is_printed`` is false
    for a cell that no table prints and that can only be worked out, such as the people *not* in a cohort.
    ``is_guarded`` marks cells not to be pinned.
    """

    shown: int | None
    low: int
    high: float
    is_printed: bool = True
    is_guarded: bool = False

    @property
    def is_suppressed(self) -> bool:
        """Whether the cell is printed, as a ``*``."""
        return self.is_printed and self.shown is SUPPRESSED

    def with_knowledge(self, other: "Figure") -> "Figure":
        """Return the cell for a reader who also holds the same count as another release printed it."""
        return replace(self, low=max(self.low, other.low), high=min(self.high, other.high))


def is_small(count: int, rule: Rule) -> bool:
    """Return whether a count is of somebody and too small to be published."""
    return 1 <= count <= rule.suppress_to


def figure(count: int, rule: Rule) -> Figure:
    """Return the cell as the rule alone publishes it."""
    shown = publishable(count, rule.suppress_to, rule.round_to)
    if shown is SUPPRESSED:
        return Figure(SUPPRESSED, 1, rule.suppress_to, is_guarded=True)
    return Figure(shown, *possible_counts(shown, rule))


def possible_counts(shown: int, rule: Rule) -> tuple[int, int]:
    """Return the smallest and the largest count published as ``shown``; ``ValueError`` if there is none."""
    if shown == 0:
        return 0, 0
    low = rule.suppress_to + 1 if shown == rule.round_to else shown - rule.round_to // 2
    low, high = max(low, rule.suppress_to + 1), shown + (rule.round_to - 1) // 2
    if shown < 0 or shown % rule.round_to or high < low:
        raise ValueError(f"{shown} is not a figure that this rule can give")
    return low, high


def suppressed_for_another(count: int, rule: Rule) -> Figure:
    """Return a cell suppressed to protect another one: a ``*`` over a count too large to be suppressed for itself.

    Which ``*`` are so is not shown, but how many are is: a reader who finds out which knows that the count is no small
    one.
    """
    if count <= rule.suppress_to:
        raise ValueError("only a publishable count is suppressed for the sake of another")
    return Figure(SUPPRESSED, rule.suppress_to + 1, math.inf)


def suppressed_as_of_few(count: int, rule: Rule) -> Figure:
    """Return a cell that counts events of a few people: a ``*`` however many, and not to be pinned."""
    own = figure if count <= rule.suppress_to else suppressed_for_another
    return replace(own(count, rule), is_guarded=True)


def unprinted(count: int, rule: Rule) -> Figure:
    """Return a cell that no table prints; a small one is guarded all the same, as a reader may work it out."""
    return Figure(SUPPRESSED, 0, math.inf, is_printed=False, is_guarded=is_small(count, rule))
