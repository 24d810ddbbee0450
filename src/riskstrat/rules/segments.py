"""Segments: a hierarchy in which everybody is in exactly one, the first that they meet.

A segment is a rule that leaves off whoever meets one before it, so that the machinery of rules (what runs, who is left
off by what, worked examples, versions) is that of segments too.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from riskstrat.errors import UsageFault
from riskstrat.rules.predicates import Predicate
from riskstrat.rules.rule import Exclusion, Rule

SEGMENT: Final = "Segment"
"""The dimension of all segments."""
EVERYBODY: Final = Predicate("everybody else", "TRUE", (), ())
"""What the last segment asks."""


def after(before: Sequence[Rule], segment: Rule) -> Rule:
    """Return the segment as it stands behind those ``before`` it.

    It leaves off whoever meets one of them, and runs only where all of them run: without one, its people would fall to
    the next and be counted for what they are not.
    """
    chain = (*before, segment)
    needs = tuple(sorted({source for one in chain for source in one.needs}))
    return replace(
        segment,
        unless=tuple(Exclusion(one.id, f"in the segment {one.title}", one.who) for one in before),
        needs=needs,
        bears_lag_days=min(one.bears_lag_days for one in chain),
    )


def check_hierarchy(segments: Sequence[Rule]) -> None:
    """Refuse segments of which the last is not everybody else, or another one is; none at all is no fault."""
    for segment in segments[:-1]:
        if segment.who is EVERYBODY:
            raise UsageFault(
                f"{segment.file}: segment {segment.id} has no who, and others stand behind it",
                "only the last segment is everybody else",
            )
    if segments and segments[-1].who is not EVERYBODY:
        raise UsageFault(
            f"{segments[-1].file}: the last segment, {segments[-1].id}, has a who",
            "leave it out: the last segment is everybody else, so that nobody is in none",
        )
