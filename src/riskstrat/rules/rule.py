"""What a rule is once it was read and checked: a worklist rule, a cohort or a segment, and what could be looked at."""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from riskstrat.rules.examples import Example
from riskstrat.rules.predicates import Predicate

RuleKind = Literal["worklist", "cohort", "segment"]


@dataclass(frozen=True)
class Exclusion:
    """A named reason for which someone who meets a rule is left off it."""

    name: str
    words: str
    who: Predicate


@dataclass(frozen=True)
class Group:
    """One of the groups whom a rule is about; a list says which of them a person is in.

    Where a group must not be told from another on paper, both carry the words ``on_paper``, and only those are said.
    """

    name: str
    words: str
    who: Predicate
    on_paper: str | None = None


@dataclass(frozen=True)
class Expected:
    """What a survey leads one to expect of the people of a practice: a figure of the practice, never of a person."""

    among: Predicate
    recorded: Predicate
    per_cent: float
    words: str

    def said(self, people: int, recorded: int) -> str:
        """Return the sentences for a practice with so many people of whom it is told, and so many recorded."""
        about = round(people * self.per_cent / 100)
        return f"{self.words} Of the {people:,} people here that would be about {about:,}; recorded are {recorded:,}."


@dataclass(frozen=True)
class Rule:
    """One signed-off rule: who belongs on a list or in a cohort.

    ``needs`` are the landing tables without which it does not run; ``bears_lag_days`` is the oldest *complete to* date
    it can stand on, in days before the index date. ``urgency`` is 1 (first) to 5. ``rising`` marks the rules whose
    people may take the places kept for rising risk. ``groups`` are the groups it is made of, if it is made of groups:
    ``who`` is then any of them. ``examples`` are people it was tried on. Cohorts carry a ``theme`` and no actions, and
    may have a ``dimension`` (nobody is in two cohorts of one) and an ``overlap`` (the group of need they count in).
    A segment is left off by the segments before it.
    """

    id: str
    title: str
    kind: RuleKind
    definition: str
    who: Predicate
    unless: tuple[Exclusion, ...]
    needs: tuple[str, ...]
    bears_lag_days: int
    evidence: str
    version: int
    actions: tuple[str, ...] = ()
    due: str = ""
    owner: str = ""
    urgency: int = 5
    rising: bool = False
    theme: str = ""
    dimension: str = ""
    overlap: str = ""
    file: str = ""
    groups: tuple[Group, ...] = ()
    examples: tuple[Example, ...] = ()
    expected: Expected | None = None

    @property
    def columns(self) -> frozenset[str]:
        """Every column the rule and its exclusions name."""
        return frozenset(self.who.columns).union(*(exclusion.who.columns for exclusion in self.unless))

    def said(self, groups: Collection[str] = ()) -> str:
        """Return the title as a list says it of a person: with the words of the groups they are in, if any."""
        words = self.groups_said(groups)
        return f"{self.title} ({', '.join(words)})" if words else self.title

    def groups_said(self, groups: Collection[str]) -> tuple[str, ...]:
        """Return what a list says of someone in these groups; groups that paper does not tell apart are said once."""
        said = (group.on_paper or group.words for group in self.groups if group.name in groups)
        return tuple(dict.fromkeys(said))

    @property
    def meaning(self) -> str:
        """A hash of all that decides whom the rule lists, and in which order; wording, evidence and examples apart.

        Written from the checked predicates, so that a line broken elsewhere is no change.
        """
        decides = [
            self.kind,
            self.who.sql,
            *(f"group {group.name}: {group.who.sql}" for group in self.groups),
            *(f"unless {exclusion.name}: {exclusion.who.sql}" for exclusion in self.unless),
            f"needs {', '.join(self.needs)} within {self.bears_lag_days}",
            f"urgency {self.urgency}{' rising' if self.rising else ''}",
        ]
        return hashlib.sha256("\n".join(decides).encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Gap:
    """Something that could be looked at for a person; worded as what is not known, never as what did not happen.

    ``since`` is a column of days since it was last recorded; where it is known, ``words_since`` is used with its date.
    """

    id: str
    who: Predicate
    needs: tuple[str, ...]
    bears_lag_days: int
    words: str
    since: str | None
    words_since: str | None
    weight: float
    evidence: str
    version: int
