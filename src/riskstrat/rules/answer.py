"""The answer of ``rules check``: what each rule would list, as counts, in words and for machines."""

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from riskstrat.disclosure import SHORTHAND
from riskstrat.pages import long_date, percent, thousands
from riskstrat.rules.changes import Change, Published

MOST_PAIRS = 20
"""Pairs of rules that the text shows; ``as_dict`` has all."""


@dataclass(frozen=True)
class Listing:
    """What one rule would list: people as published counts (``None``: suppressed), or why it does not run.

    ``kept`` meet it and no exclusion; ``before`` were kept at the last release, ``entered`` and ``left`` since.
    """

    rule_id: str
    title: str
    version: int
    urgency: int
    why_not: str | None = None
    note: str | None = None
    met: int | None = 0
    left_off: tuple[tuple[str, int | None], ...] = ()
    groups: tuple[tuple[str, int | None], ...] = ()
    kept: int | None = 0
    share: float | None = None
    is_compared: bool = False
    before: int | None = 0
    entered: int | None = 0
    left: int | None = 0


@dataclass(frozen=True)
class Overlap:
    """How many people meet both: two rules, or a rule and what supports them already (``None``: suppressed)."""

    one: str
    other: str
    people: int | None


@dataclass(frozen=True)
class Check:
    """The whole answer; ``adults`` and what follows it are missing where there is no snapshot to look at.

    A count of 1 to ``suppress_to`` people is ``None``, and so is one that would give such a count away.
    """

    rules: int
    cohorts: int
    examples: int
    published: Published | None
    changes: tuple[Change, ...]
    index_date: date | None = None
    adults: int | None = None
    listings: tuple[Listing, ...] = ()
    overlaps: tuple[Overlap, ...] = ()
    supported: tuple[Overlap, ...] = ()
    by_rules_met: tuple[tuple[str, int | None], ...] = ()
    suppress_to: int | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return the answer for machines; a suppressed count is null."""
        answer = asdict(self) | {"index_date": None if self.index_date is None else str(self.index_date)}
        answer["published"] = None if self.published is None else self.published.release
        return answer

    def as_text(self) -> str:
        """Return the answer as it is read on a screen."""
        return "\n".join([*_of_definitions(self), *_of_people(self)])


def _of_definitions(check: Check) -> list[str]:
    lines = [
        f"{check.rules} worklist rules and {check.cohorts} cohorts can be used; their {check.examples} examples hold."
    ]
    if check.published is None:
        return [*lines, "Nothing has been published yet to compare them with."]
    lines.append(f"Since release {check.published.release}: {'' if check.changes else 'no rule was changed.'}".rstrip())
    lines += [f"  {change.as_text()}" for change in check.changes]
    if not check.published.meanings:
        lines.append("  that release recorded versions alone: a change of meaning under one version cannot be seen")
    return lines


def _of_people(check: Check) -> list[str]:
    if check.index_date is None:
        return ["", "There is no snapshot yet, so nobody is counted."]
    lines = [
        "",
        f"At {long_date(check.index_date)}, of {_people(check.adults)} adults who may be used for case finding "
        f"({SHORTHAND} is 1 to {check.suppress_to} people or hides such a count, others are rounded):",
    ]
    for listing in check.listings:
        lines += _of_listing(listing)
    lines += ["", "People by how many rules they meet; one person appears once, with all of them:"]
    lines += [f"  {words}: {_people(people)}" for words, people in check.by_rules_met]
    lines += ["", f"Who meets two rules (the {min(MOST_PAIRS, len(check.overlaps))} largest of {len(check.overlaps)}):"]
    lines += [f"  {each.one} and {each.other}: {_people(each.people)}" for each in check.overlaps[:MOST_PAIRS]]
    lines += ["", "Of whom are supported already:"]
    return [*lines, *(f"  {each.one}, {each.other}: {_people(each.people)}" for each in check.supported)]


def _of_listing(listing: Listing) -> list[str]:
    head = f"\n{listing.title} ({listing.rule_id}, version {listing.version}, urgency {listing.urgency})"
    if listing.why_not:
        return [head, f"  does not run: {listing.why_not}"]
    share = "" if listing.share is None else f", {percent(listing.share, 1)} of adults"
    lines = [head, f"  would list {_people(listing.kept)}{share}; {_people(listing.met)} meet it"]
    lines += [f"  left off by {name}: {_people(people)}" for name, people in listing.left_off]
    lines += [f"  in group {name}: {_people(people)}" for name, people in listing.groups]
    if listing.is_compared:
        lines.append(
            f"  at the last release {_people(listing.before)}; "
            f"{_people(listing.entered)} are new, {_people(listing.left)} no longer meet it"
        )
    return [*lines, f"  {listing.note}"] if listing.note else lines


def _people(people: int | None) -> str:
    return SHORTHAND if people is None else thousands(people)
