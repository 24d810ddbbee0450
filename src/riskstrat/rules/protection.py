"""What ``rules check`` counts, as cells of one system: published together, read back and attacked.

Any reader knows what ties the counts of a rule: who meets it is left off by one exclusion or kept, who is kept was kept
before or has entered, and is one of the adults; a pair of rules, or a rule and a programme, is no more than either.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from math import comb

import numpy as np

from riskstrat.disclosure import Rule
from riskstrat.disclosure.attack import Key, Relation, at_most, sum_of
from riskstrat.disclosure.cells import Cells, Table, as_read, attacked, together, told_truly
from riskstrat.errors import NotPermitted
from riskstrat.rules.answer import Check, Listing

_ADULTS: Key = ("rules", "every rule", "adults")
_MET, _KEPT, _BEFORE, _ENTERED, _LEFT = "met", "kept", "before", "entered", "left"
_BY_RULES = "by rules met"
_MANY = 3  # rules: the last of those counts is of whoever meets so many or more


def published(check: Check, rule: Rule) -> Check:
    """Return what was counted as it may be published, of a check with its counts as they are.

    Raises ``NotPermitted`` where a count of 1 to 7 people could be worked out from the others.
    """
    cells = _cells(check)
    figures = cells.protected(rule, {}).figures
    shown_as = {key: one.shown for key, one in figures.items() if one.is_printed}
    safe = replace(_with(check, shown_as), suppress_to=rule.suppress_to)
    shown = {key: value for key, value in _counts(safe).items() if figures[key].is_printed}
    if attacked(as_read(shown, cells, rule), cells, {}):
        raise NotPermitted(
            "what the rules would list is withheld: small counts could be worked out from one another",
            "a rule that lists very few people may have to be joined with another or left out",
        )
    return safe


def _counts(check: Check) -> dict[Key, int | None]:
    """Return every count of people of a check by its name."""
    counts: dict[Key, int | None] = {_ADULTS: check.adults}
    for listing in _that_ran(check):
        counts |= dict(_of_listing(listing))
    counts |= {("rules", pair.one, f"and {pair.other}"): pair.people for pair in (*check.overlaps, *check.supported)}
    return counts | {("rules", _BY_RULES, words): people for words, people in check.by_rules_met}


def _that_ran(check: Check) -> tuple[Listing, ...]:
    return tuple(listing for listing in check.listings if listing.why_not is None)


def _of_listing(listing: Listing) -> Iterator[tuple[Key, int | None]]:
    named = [(_MET, listing.met), (_KEPT, listing.kept)]
    if listing.is_compared:
        named += [(_BEFORE, listing.before), (_ENTERED, listing.entered), (_LEFT, listing.left)]
    named += [(_left_off(name), people) for name, people in listing.left_off]
    named += [(_in_group(name), people) for name, people in listing.groups]
    yield from ((_key(listing, name), people) for name, people in named)


def _key(listing: Listing, name: str) -> Key:
    return "rules", listing.rule_id, name


def _left_off(name: str) -> str:
    return f"left off by {name}"


def _in_group(name: str) -> str:
    return f"in group {name}"


def _cells(check: Check) -> Cells:
    counts = {key: people for key, people in _counts(check).items() if people is not None}
    tables = [Table({_ADULTS: counts[_ADULTS]}, kept=frozenset({_ADULTS}))]
    tables += [_rule_table(listing, counts) for listing in _that_ran(check)]
    for pair in (*check.overlaps, *check.supported):
        key: Key = ("rules", pair.one, f"and {pair.other}")
        wholes: list[Key] = [("rules", one, _KEPT) for one in (pair.one, pair.other)]
        tables.append(_part_table(key, [whole for whole in wholes if whole in counts], counts))
    tables.append(_by_rules(check, counts))
    return together(told_truly(tables))


def _rule_table(listing: Listing, counts: Mapping[Key, int]) -> Table:
    """Return the counts of one rule with, worked out, who of the adults it does not list and who stayed listed."""
    own = {key: counts[key] for key, _ in _of_listing(listing)}
    met, kept, before, entered, left = (_key(listing, n) for n in (_MET, _KEPT, _BEFORE, _ENTERED, _LEFT))
    others, stayed = _key(listing, "not kept"), _key(listing, "stayed")
    rest = {others: counts[_ADULTS] - own[kept]}
    left_off = [_key(listing, _left_off(name)) for name, _ in listing.left_off]
    ties = [sum_of(_ADULTS, [kept, others]), sum_of(met, [kept, *left_off])]
    ties += [at_most(kept, [_key(listing, _in_group(name))]) for name, _ in listing.groups]
    if listing.is_compared:
        rest[stayed] = own[kept] - own[entered]
        ties += [sum_of(kept, [entered, stayed]), sum_of(before, [left, stayed])]
    return Table(own | rest, tuple(ties), worked_out=frozenset(rest))


def _part_table(key: Key, wholes: list[Key], counts: Mapping[Key, int]) -> Table:
    """Return who meets two things with, worked out, who meets the one alone."""
    rest: dict[Key, int] = {}
    ties: list[Relation] = []
    for whole in wholes:
        alone = (*key, f"only {whole[1]}")
        rest[alone] = counts[whole] - counts[key]
        ties.append(sum_of(whole, [key, alone]))
    return Table({key: counts[key]} | rest, tuple(ties), worked_out=frozenset(rest))


def _by_rules(check: Check, counts: Mapping[Key, int]) -> Table:
    """Return how many meet no rule, one, two or more: they are all adults.

    Whoever meets three or more meets at most all of them. So the people that rules list, and the pairs of rules that
    they meet (those with nobody are not told of), lie between what these counts come to at least and at most.
    """
    keys: list[Key] = [("rules", _BY_RULES, words) for words, _ in check.by_rules_met]
    own = {key: counts[key] for key in keys}
    rules = [_key(listing, _KEPT) for listing in _that_ran(check)]
    pairs: list[Key] = [("rules", pair.one, f"and {pair.other}") for pair in check.overlaps]
    ties = [sum_of(_ADULTS, keys)]
    for told, together_met in ((rules, 1), (pairs, 2)):
        for many, sign in ((_MANY, 1.0), (len(rules), -1.0)):
            each = [(key, -sign * comb(n if n < _MANY else many, together_met)) for n, key in enumerate(keys)]
            ties.append(Relation((*((key, sign) for key in told), *each), high=np.inf))
    return Table(own, tuple(ties))


def _with(check: Check, shown: Mapping[Key, int | None]) -> Check:
    """Return a check with other counts; what is not among them is not shown."""
    adults = shown.get(_ADULTS)

    def of(listing: Listing, name: str) -> int | None:
        return shown.get(_key(listing, name))

    def listed(one: Listing) -> Listing:
        if one.why_not is not None:
            return one
        kept = of(one, _KEPT)
        return replace(
            one,
            met=of(one, _MET),
            kept=kept,
            share=kept / adults if kept is not None and adults else None,
            left_off=tuple((name, of(one, _left_off(name))) for name, _ in one.left_off),
            groups=tuple((name, of(one, _in_group(name))) for name, _ in one.groups),
            before=of(one, _BEFORE) if one.is_compared else one.before,
            entered=of(one, _ENTERED) if one.is_compared else one.entered,
            left=of(one, _LEFT) if one.is_compared else one.left,
        )

    overlaps, supported = (
        [replace(pair, people=shown.get(("rules", pair.one, f"and {pair.other}"))) for pair in pairs]
        for pairs in (check.overlaps, check.supported)
    )
    overlaps.sort(key=lambda pair: -(pair.people or 0))  # of those with one figure the order tells nothing
    return replace(
        check,
        adults=adults,
        listings=tuple(listed(listing) for listing in check.listings),
        overlaps=tuple(overlaps),
        supported=tuple(supported),
        by_rules_met=tuple((words, shown.get(("rules", _BY_RULES, words))) for words, _ in check.by_rules_met),
    )
