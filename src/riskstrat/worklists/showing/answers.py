"""What each rule says of a person, comparison by comparison: the same answer on the page and from ``explain``."""

import re
from collections.abc import Iterable, Sequence
from copy import copy
from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache
from typing import Any, Final

import polars as pl

from riskstrat.pages import SOURCE_WORDS, long_date
from riskstrat.project import Workspace
from riskstrat.rules.definitions import read_rules
from riskstrat.rules.evaluation import PERSON, put_people
from riskstrat.rules.predicates import Leaf, Predicate
from riskstrat.rules.rule import Rule
from riskstrat.rules.vocabulary import NamedColumn, shipped_vocabulary
from riskstrat.warehouse import Warehouse
from riskstrat.worklists.selecting.rises import MODEL

TOLD: Final = {True: "met", False: "not met", None: "not known"}
_OF_NULL: Final = {
    "none known": "counts where none is known",
    "not known": "counts where it is not known",
    "known": "counts where one is known",
}
"""How a comparison with nothing reads, which would else ask for what is not known."""
_DECIMAL = re.compile(r"\d*\.?\d+")


@dataclass(frozen=True)
class Point:
    """One comparison a rule makes: what it reads, each column in words with the person's value, and what it asks for.

    ``is_met`` is null where that is not known.
    """

    read: tuple[tuple[str, str], ...]
    asks: str
    is_met: bool | None

    @property
    def what(self) -> str:
        """What it compares, in words."""
        return " and ".join(words for words, _ in self.read)

    @property
    def asked(self) -> str:
        """What it asks for, as it stands in brackets behind the value."""
        return _OF_NULL.get(self.asks, f"asks for {self.asks}")

    @property
    def value(self) -> str:
        """What it found, in words."""
        return ", ".join(value for _, value in self.read)


@dataclass(frozen=True)
class RuleAnswer:
    """One rule and this person: whether it ran and is met, what left the person off it, and the values it read.

    ``groups`` are the words of those of its groups that the person is in, where it is made of groups.
    """

    rule_id: str
    title: str
    definition: str
    ran: bool
    why_not: str | None
    is_met: bool
    left_off_by: str | None
    points: tuple[Point, ...]
    groups: tuple[str, ...] = ()

    @property
    def values(self) -> str:
        """What it read, each comparison once: the value, and what was asked for where that is not met."""
        read = (f"{p.what}: {p.value}" + ("" if p.is_met else f" ({p.asked})") for p in self.points)
        return "; ".join(dict.fromkeys(read))

    @property
    def met_by(self) -> str:
        """The person's values that the rule asks for, each once, "age: 86; last systolic blood pressure: 187.5"."""
        read = dict.fromkeys(pair for point in self.points if point.is_met for pair in point.read)
        return "; ".join(f"{words}: {value}" for words, value in read)

    @property
    def verdict(self) -> str:
        """The answer in words: met, not met, left off and why, or why the rule did not run."""
        if not self.ran:
            return f"did not run: {self.why_not}"
        if self.left_off_by:
            return f"met, and left off: {self.left_off_by}"
        return ", ".join(("met", *self.groups)) if self.is_met else "not met"


class RulesAsked:
    """Every worklist rule, asked of some people at once by the same SQL that finds who meets it."""

    def __init__(self, workspace: Workspace, index_date: date, people: Sequence[int]) -> None:
        """Read these people's values and put every comparison to them; who is not in the snapshot has no answer."""
        self._rules = read_rules("worklist")
        self._leaves_shown = {rule.id: _leaves_shown(rule) for rule in self._rules}
        self._statuses = _statuses(workspace, index_date)
        wanted = {name for rule in self._rules for name in rule.columns} | {f"risk_{MODEL}"}
        with Warehouse(workspace.scratch, memory_limit="512MB", threads=1) as warehouse:
            put_people(warehouse, workspace, index_date, wanted, people=people)
            held = set(warehouse.columns(PERSON))
            asked = dict.fromkeys(p.sql for rule in self._rules for p in _conditions(rule) if {*p.columns} <= held)
            self._place = {sql: f"asked_{n}" for n, sql in enumerate(asked)}
            asking = "".join(f", ({sql}) AS {name}" for sql, name in self._place.items())
            self._answers = warehouse.frame(f"SELECT *{asking} FROM {PERSON}")

    def of_these(self, people: pl.Series) -> "RulesAsked":
        """Return the answers about some of the people alone, to be handed to another process."""
        some = copy(self)
        some.__dict__.pop("_rows", None)
        some._answers = self._answers.filter(pl.col("person_id").is_in(people.implode()))
        return some

    @cached_property
    def _rows(self) -> dict[int, dict[str, Any]]:
        return {row["person_id"]: row for row in self._answers.to_dicts()}

    def risk(self, person_id: int) -> float | None:
        """Return the person's risk of emergency admission within 12 months, ``None`` where no model could score."""
        risk = self._rows[person_id].get(f"risk_{MODEL}")
        return None if risk is None else float(risk)

    def of(self, person_id: int) -> tuple[RuleAnswer, ...]:
        """Return every rule's answer about a person, most urgent first."""
        return tuple(self._answer(rule, self._rows[person_id]) for rule in self._rules)

    def met(self, person_id: int) -> tuple[RuleAnswer, ...]:
        """Return the answers of the rules that list a person; none for someone who was not asked about."""
        row = self._rows.get(person_id)
        if row is None:
            return ()
        met = (rule for rule in self._rules if self._runs(rule) and self._holds(rule.who, row))
        return tuple(answer for rule in met if not (answer := self._answer(rule, row)).left_off_by)

    def _runs(self, rule: Rule) -> bool:
        return rule.id in self._statuses and self._statuses[rule.id][0]

    def _holds(self, condition: Predicate | Leaf, row: dict[str, Any]) -> bool | None:
        held = row.get(self._place.get(condition.sql, ""))
        return None if held is None else bool(held)

    def _answer(self, rule: Rule, row: dict[str, Any]) -> RuleAnswer:
        if not self._runs(rule):
            why_not = self._statuses.get(rule.id, (False, "not run"))[1]
            return RuleAnswer(rule.id, rule.title, rule.definition, False, why_not, False, None, ())
        leaves = self._leaves_shown[rule.id]
        is_met = self._holds(rule.who, row) is True
        applies = [e for e in rule.unless if is_met and self._holds(e.who, row) is True]
        if applies and not (leaves and _may_print(applies[0].who)):
            # Met and yet left off would say what may not be said: that it is met, or by what it is left off.
            is_met, applies = False, []
        points = tuple(
            _point(leaf, tuple(row.get(name) for name in leaf.columns), self._holds(leaf, row)) for leaf in leaves
        )
        groups = rule.groups_said([group.name for group in rule.groups if self._holds(group.who, row) is True])
        left_off_by = applies[0].words if applies else None
        return RuleAnswer(rule.id, rule.title, rule.definition, True, None, is_met, left_off_by, points, groups)


def _conditions(rule: Rule) -> Iterable[Predicate | Leaf]:
    yield rule.who
    yield from rule.who.leaves
    yield from (exclusion.who for exclusion in rule.unless)
    for group in rule.groups:
        yield group.who
        yield from group.who.leaves


def _leaves_shown(rule: Rule) -> tuple[Leaf, ...]:
    """Return the comparisons whose values may be shown.

    One value that may not be shown hides all: the others, none of them met, would say what it is. Groups that paper
    does not tell apart hide each other only, since the words that they share are said.
    """
    apart = [group.who for group in rule.groups if group.on_paper is None] if rule.groups else [rule.who]
    return tuple(leaf for who in apart for leaf in who.leaves) if all(_may_print(who) for who in apart) else ()


def _may_print(condition: Predicate) -> bool:
    return all(shipped_vocabulary()[name].printing == "always" for name in condition.columns)


@lru_cache(maxsize=100_000)
def _point(leaf: Leaf, values: tuple[Any, ...], is_met: bool | None) -> Point:
    """Return what one comparison says of a person's values; most people share theirs with others."""
    columns = [shipped_vocabulary()[name] for name in leaf.columns]
    read = tuple((column.words, _value_words(column, value)) for column, value in zip(columns, values, strict=True))
    asks = leaf.asks
    if any(column.kind == "share" and column.model for column in columns):
        asks = _DECIMAL.sub(lambda found: f"{round(100 * float(found[0]))} in 100", asks)
    return Point(read, asks, is_met)


def _value_words(column: NamedColumn, value: Any) -> str:
    if value is None:
        return column.null_words
    if column.kind == "flag":
        return "yes" if value else "no"
    if column.kind == "share" and column.model:
        return f"{round(100 * value)} in 100"
    return f"{value:.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)


def plain_words(why_not: str) -> str:
    """Return why a rule did not run, with sources and dates as pages call them."""
    for table, words in SOURCE_WORDS.items():
        why_not = why_not.replace(table, words if words[0:2].isupper() else words[0].lower() + words[1:])
    return re.sub(r"\d{4}-\d{2}-\d{2}", lambda found: long_date(found[0]), why_not)


def _statuses(workspace: Workspace, index_date: date) -> dict[str, tuple[bool, str | None]]:
    file = workspace.part("rule_status", index_date)
    if not file.is_file():
        return {}
    rows = pl.read_parquet(file).select("rule_id", "ran", "why_not").rows()
    return {rule_id: (bool(ran), plain_words(why_not) if why_not else None) for rule_id, ran, why_not in rows}
