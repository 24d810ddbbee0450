"""One practice's list for one month as it is read: the view that the page, the workbook and the file are made from."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import polars as pl

from riskstrat.modelling import Caution
from riskstrat.worklists.showing.words import (
    expectation,
    history_words,
    in_100,
    per_cent_words,
    risk_percent,
    risk_words,
    trend,
)

RULES_SPELT_OUT: Final = 2
"""Rules whose suggestions stand on the page, most urgent first: ten minutes are short. The spreadsheet has all."""


BELOW_CUT_ON_PAPER: Final = 25
"""People below the cut who are printed on the page; the workbook holds them all."""


@dataclass(frozen=True)
class RuleTold:
    """A rule as it stands for a person: met or not and why, and the values it read, in words."""

    title: str
    verdict: str
    values: str


@dataclass(frozen=True)
class Suggestion:
    """Something a rule suggests: what, why (the rule's title), within how long, and whose it usually is.

    ``met_by`` are the person's values that meet the rule, where they can be shown.
    """

    action: str
    why: str
    due: str
    owner: str
    met_by: str = ""


@dataclass(frozen=True)
class Recorded:
    """What a practice recorded about a person; ``status`` is of the contract's closed list.

    ``note_from`` says who wrote the note and when, as far as that was recorded.
    """

    status: str = "to review"
    status_date: date | None = None
    owner: str | None = None
    note: str | None = None
    until: date | None = None
    note_from: str = ""


@dataclass(frozen=True)
class ListedPerson:
    """A person on the list.

    ``risk_history`` is (index date, 12-month risk of emergency admission), oldest first, and empty where no model could
    score: the person is here by a rule alone. ``change`` is what happened since last month (NEW, BACK, up 3, same).
    ``needs`` are reasonable adjustments, never modelled, always shown. ``remark`` says what stands against an earlier
    decision, where something does. ``priority`` is the figure that ordered the list within an urgency, with its parts.
    ``rules_told`` has every rule that ran, met or not.
    """

    rank: int
    change: str
    row_key: str
    nhs_number: str
    name: str
    birth_date: date
    age: int
    sex: str
    usual_gp: str
    needs: str
    risk_history: tuple[tuple[date, float], ...]
    band: str
    frailty: str
    reasons_up: tuple[str, ...]
    reasons_down: tuple[str, ...]
    gaps: tuple[str, ...]
    suggestions: tuple[Suggestion, ...]
    supported_by: tuple[str, ...]
    rules: tuple[str, ...]
    last_contact: str
    recorded: Recorded = Recorded()
    remark: str = ""
    rules_told: tuple[RuleTold, ...] = ()
    priority: str = ""

    @property
    def risk(self) -> float | None:
        """The risk now (0 to 1), or ``None`` where there is no model."""
        return self.risk_history[-1][1] if self.risk_history else None

    @property
    def risk_words(self) -> str:
        """The risk as a frequency, "about 38 in 100 people like this", or that there is no estimate."""
        return "no estimate this month" if self.risk is None else risk_words(self.risk)

    @property
    def risk_in_100(self) -> str:
        """The same in few words for a narrow column, "about 38 (38%)", or that there is no estimate."""
        if self.risk is None:
            return "no estimate"
        return f"{in_100(self.risk).removesuffix(' in 100')} ({self.per_cent_words})"

    @property
    def per_cent_words(self) -> str:
        """The risk in per cent for a sentence; never 0% or 100%."""
        return "" if self.risk is None else per_cent_words(self.risk)

    @property
    def risk_percent(self) -> int | None:
        """The risk in whole per cent."""
        return None if self.risk is None else risk_percent(self.risk)

    @property
    def supported_in_short(self) -> tuple[str, ...]:
        """Who supports the person without the counts in brackets, for a narrow column."""
        return tuple(words.partition(" (")[0] for words in self.supported_by)

    @property
    def rules_in_short(self) -> str:
        """The first rule met, and the next in few words, for a narrow column: people of one rule differ in the next."""
        return "; ".join((*self.rules[:1], *(re.split(r": | \(", title)[0] for title in self.rules[1:2])))

    @property
    def rules_with_actions(self) -> tuple[tuple[Suggestion, tuple[str, ...]], ...]:
        """The first rules met that suggest something: one suggestion (for due and owner), and all actions."""
        by_rule: dict[str, list[Suggestion]] = {}
        for suggestion in self.suggestions:
            by_rule.setdefault(suggestion.why, []).append(suggestion)
        shown = [by_rule[title] for title in self.rules if title in by_rule][:RULES_SPELT_OUT]
        return tuple((group[0], tuple(suggestion.action for suggestion in group)) for group in shown)

    @property
    def further_rules(self) -> tuple[str, ...]:
        """The other rules met, whose suggestions are in the spreadsheet."""
        spelt_out = {first.why for first, _ in self.rules_with_actions}
        return tuple(title for title in self.rules if title not in spelt_out)

    @property
    def trend(self) -> str:
        """The trend in words."""
        return trend(self.risk_history)

    @property
    def history_words(self) -> str:
        """The estimates behind the small line, month by month."""
        return history_words(self.risk_history)


@dataclass(frozen=True)
class PersonNotShown:
    """A person who met a rule, is not listed and is named on the page; ``until`` where that ends by itself.

    ``rules_met`` are the rules with the values that meet them.
    """

    nhs_number: str
    name: str
    age: int
    sex: str
    rules: tuple[str, ...]
    why: str
    until: date | None
    below_cut: bool
    row_key: str
    rules_met: tuple[RuleTold, ...] = ()


@dataclass(frozen=True)
class Freshness:
    """A source in words, and the day up to which it can be taken as complete (``None``: not received).

    ``why`` says in words why that is earlier than its lag alone would make it.
    """

    source: str
    complete_to: date | None
    why: str | None = None


@dataclass(frozen=True)
class RuleOnPage:
    """A rule as the definitions show it; ``why_not`` says why it did not run this month.

    ``expected`` says how many of the practice's people one would expect and how many are recorded, where known.
    """

    title: str
    definition: str
    evidence: str
    why_not: str | None
    expected: str = ""


@dataclass(frozen=True)
class WorklistPage:
    """One practice's list for one month.

    ``people`` are in rank order; ``capacity`` is what there is time for ("20 reviews", "6 hours"); ``not_shown`` are
    those who met a rule, are not listed and are named on the page, those below the cut last; ``not_shown_sheet`` is
    everyone who met a rule and is not listed, as the workbook's sheet (``NOT_SHOWN_COLUMNS``); ``removed`` are reasons
    with counts in words; ``how_cut`` says why the list ends where it does; ``cautions`` say which model is not as it
    was tested.
    """

    practice_code: str
    practice_name: str
    index_date: date
    release_name: str
    board_name: str
    demonstration: bool
    capacity: str
    practice_risk: float | None
    people: tuple[ListedPerson, ...]
    not_shown: tuple[PersonNotShown, ...]
    not_shown_sheet: pl.DataFrame
    changes: tuple[str, ...]
    freshness: tuple[Freshness, ...]
    removed: tuple[tuple[str, str], ...]
    rules: tuple[RuleOnPage, ...]
    how_cut: tuple[str, ...] = ()
    cautions: tuple[Caution, ...] = ()

    @property
    def titles_on_paper(self) -> frozenset[str]:
        """Titles of the rules that stand on paper under somebody's name: of people not shown, the first rule alone."""
        said = {title for person in self.people for title in person.rules}
        said |= {person.rules[0] for person in self.not_shown if person.rules}
        return frozenset(
            rule.title
            for rule in self.rules
            if any(words == rule.title or words.startswith(f"{rule.title} (") for words in said)
        )

    @property
    def first_suggestions(self) -> tuple[tuple[str, str], ...]:
        """The first suggestion of each rule that is somebody's first, with the rule's title, in order of the list."""
        first = (person.suggestions[0] for person in self.people if person.suggestions)
        return tuple({one.why: one.action for one in first}.items())

    @property
    def expectation(self) -> str:
        """What to expect of the people listed, in words with its range."""
        return expectation([person.risk for person in self.people if person.risk is not None])

    @property
    def data_as_at(self) -> str:
        """How far each source reaches, on one line with ISO dates, to stand beside every row."""
        return "; ".join(f"{f.source} to {f.complete_to}" for f in self.freshness if f.complete_to is not None)


def suggested_words(suggestions: Sequence[Suggestion]) -> tuple[str, ...]:
    """Return suggestions as single lines for a cell."""
    return tuple(f"{s.action} ({s.why}; within {s.due}; {s.owner})" for s in suggestions)
