"""Rules as people sign them off: TOML in ``sql/rules/``, read and checked whole before any of them runs.

A file is one worklist rule at its top level, or any number of ``[[cohort]]``, ``[[segment]]`` or ``[[gap]]`` blocks. A
mistake is refused with the file, the rule and the line.
"""

import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from riskstrat.contract import TABLES
from riskstrat.errors import UsageFault, each_fault
from riskstrat.project import resource
from riskstrat.rules.blocks import (
    CohortBlock,
    CommonBlock,
    ExpectedBlock,
    GapBlock,
    GroupBlock,
    NamedCondition,
    SegmentBlock,
    WorklistBlock,
)
from riskstrat.rules.examples import ExampleFault, read_examples
from riskstrat.rules.predicates import Predicate, PredicateFault, any_of, parse_predicate
from riskstrat.rules.rule import Exclusion, Expected, Gap, Group, Rule, RuleKind
from riskstrat.rules.segments import EVERYBODY, SEGMENT, after, check_hierarchy
from riskstrat.rules.vocabulary import FUTURE_CARE_RULE, INTERNAL_MODEL, Vocabulary, shipped_vocabulary


def read_rules(kind: RuleKind | None = None, *, folder: Path | None = None) -> tuple[Rule, ...]:
    """Return the rules, worklist rules by urgency and id, then cohorts, then segments as they are written.

    ``folder`` is a board's own folder of rules in place of the shipped one. Raises ``UsageFault`` with file, rule and
    line where one cannot be used.
    """
    rules = _shipped()[0] if folder is None else _read(folder)[0]
    return tuple(rule for rule in rules if kind in (None, rule.kind))


def read_gaps(*, folder: Path | None = None) -> tuple[Gap, ...]:
    """Return what could be looked at, in the order written; raises ``UsageFault`` as ``read_rules`` does."""
    return _shipped()[1] if folder is None else _read(folder)[1]


@cache
def _shipped() -> tuple[tuple[Rule, ...], tuple[Gap, ...]]:
    return _read(resource("sql/rules"))


def _read(folder: Path) -> tuple[tuple[Rule, ...], tuple[Gap, ...]]:
    vocabulary = shipped_vocabulary()
    rules: list[Rule] = []
    segments: list[Rule] = []
    gaps: list[Gap] = []
    for path in sorted(folder.glob("*.toml")):
        reader = _File(path, vocabulary)
        for kind, raw in reader.blocks():
            if kind == "gap":
                gaps.append(reader.gap(raw))
            elif kind == "segment":
                segments.append(reader.segment(raw, segments))
            else:
                rules.append(reader.rule(kind, raw))
    check_hierarchy(segments)
    ids = [*(rule.id for rule in (*rules, *segments)), *(gap.id for gap in gaps)]
    twice = sorted({name for name in ids if ids.count(name) > 1})
    if twice:
        raise UsageFault(f"two rules have one id: {', '.join(twice)}", "an id names one rule for good")
    worklist = sorted((rule for rule in rules if rule.kind == "worklist"), key=lambda rule: (rule.urgency, rule.id))
    return (*worklist, *(rule for rule in rules if rule.kind == "cohort"), *segments), tuple(gaps)


class _File:
    """One TOML file of rules, and where in it each predicate stands."""

    def __init__(self, path: Path, vocabulary: Vocabulary) -> None:
        self.name = path.name
        self.vocabulary = vocabulary
        try:
            self.text = path.read_text(encoding="utf-8")
            self.declared = tomllib.loads(self.text)
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
            raise UsageFault(f"{self.name} is not valid TOML: {fault}") from None

    def blocks(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield each rule's kind and what was written for it."""
        if "id" in self.declared:
            yield "worklist", self.declared
            return
        strangers = sorted(set(self.declared) - {"cohort", "gap", "rule", "segment"})
        if strangers:
            raise UsageFault(
                f"{self.name}: '{strangers[0]}' is not part of a rules file",
                "a file is one rule with an id, or [[rule]], [[cohort]], [[segment]] or [[gap]] blocks",
            )
        for name, kind in (("rule", "worklist"), ("cohort", "cohort"), ("segment", "segment"), ("gap", "gap")):
            listed = self.declared.get(name, [])
            if not isinstance(listed, list) or not all(isinstance(raw, dict) for raw in listed):
                raise UsageFault(f"{self.name}: write [[{name}]], with two brackets, before each one")
            for raw in listed:
                yield kind, raw

    def rule(self, kind: str, raw: dict[str, Any]) -> Rule:
        """Return one worklist or cohort rule."""
        if kind == "cohort":
            cohort = self._checked(CohortBlock, raw)
            who = self._predicate(cohort.id, "who", cohort.who)
            said = {"theme": cohort.theme, "dimension": cohort.dimension, "overlap": cohort.overlap}
            rule = Rule(kind="cohort", who=who, unless=(), **said, **self._common(cohort))
            return self._with_examples(rule, cohort.examples)
        block = self._checked(WorklistBlock, raw)
        if (block.who is None) == (not block.group):
            raise UsageFault(f"{self.name}: rule {block.id} has either who or [[group]] blocks")
        groups = self._groups(block.id, block.group)
        rule = Rule(
            kind="worklist",
            who=any_of(*(group.who for group in groups))
            if block.who is None
            else self._predicate(block.id, "who", block.who),
            unless=tuple(self._exclusion(block.id, item) for item in block.unless),
            groups=groups,
            actions=block.actions,
            due=block.due,
            owner=block.owner,
            urgency=block.urgency,
            rising=block.rising,
            expected=self._expected(block.id, block.expected),
            **self._common(block),
        )
        return self._with_examples(rule, block.examples)

    def segment(self, raw: dict[str, Any], before: Sequence[Rule]) -> Rule:
        """Return one segment, which leaves off everybody whom a segment ``before`` it has."""
        block = self._checked(SegmentBlock, raw)
        who = EVERYBODY if block.who is None else self._predicate(block.id, "who", block.who)
        rule = Rule(kind="segment", who=who, unless=(), dimension=SEGMENT, **self._common(block))
        return self._with_examples(after(before, rule), block.examples)

    def gap(self, raw: dict[str, Any]) -> Gap:
        """Return one declared gap."""
        block = self._checked(GapBlock, raw)
        if block.since is not None and (block.since not in self.vocabulary or not block.words_since):
            raise UsageFault(f"{self.name}: {block.id}: since names a column of days, and words_since its sentence")
        fields = block.model_dump(exclude={"who", "needs"})
        return Gap(
            who=self._predicate(block.id, "who", block.who), needs=self._sources(block.id, block.needs), **fields
        )

    def _common(self, block: CommonBlock) -> dict[str, Any]:
        return {
            "id": block.id,
            "title": block.title,
            "definition": " ".join(block.definition.split()),
            "needs": self._sources(block.id, block.needs),
            "bears_lag_days": block.bears_lag_days,
            "evidence": " ".join(block.evidence.split()),
            "version": block.version,
            "file": self.name,
        }

    def _groups(self, rule_id: str, blocks: Sequence[GroupBlock]) -> tuple[Group, ...]:
        """Return the groups; refuses one that reads what is not for paper, unless another hides it there.

        Not to say it would give it away, where all others are said: it shares its words with a group that may be said.
        """
        groups = tuple(
            Group(block.name, block.words, self._predicate(rule_id, f"group {block.name}", block.who), block.on_paper)
            for block in blocks
        )
        hidden = {
            group.name: [name for name in group.who.columns if self.vocabulary[name].printing != "always"]
            for group in groups
        }
        covers = {group.on_paper for group in groups if not hidden[group.name]} - {None}
        for group in groups:
            if hidden[group.name] and group.on_paper not in covers:
                raise UsageFault(
                    f"{self.name}: rule {rule_id}, group {group.name}: {hidden[group.name][0]} is not for paper",
                    "give it the words on_paper of a group that may be printed, so that paper does not tell them apart",
                )
        return groups

    def _expected(self, rule_id: str, block: ExpectedBlock | None) -> Expected | None:
        if block is None:
            return None
        among, recorded = (
            self._predicate(rule_id, f"expected {field}", getattr(block, field)) for field in ("among", "recorded")
        )
        return Expected(among, recorded, block.per_cent, " ".join(block.words.split()))

    def _with_examples(self, rule: Rule, text: str) -> Rule:
        try:
            examples = read_examples(text, rule.columns, self.vocabulary)
        except ExampleFault as fault:
            raise UsageFault(
                f"{self.name}, {self._place(text, fault.position)}: rule {rule.id}, examples: {fault}"
            ) from None
        names = {exclusion.name for exclusion in rule.unless}, {group.name for group in rule.groups}
        for example in examples:
            for said, known in zip(({example.left_off_by} - {None}, example.groups or ()), names, strict=True):
                if set(said) - known:
                    raise UsageFault(
                        f"{self.name}: rule {rule.id}, examples, {example.person}: "
                        f"'{min(str(name) for name in set(said) - known)}' is no exclusion or group of the rule"
                    )
        return replace(rule, examples=examples)

    def _exclusion(self, rule_id: str, item: str | NamedCondition) -> Exclusion:
        if isinstance(item, NamedCondition):
            return Exclusion(item.name, item.words, self._predicate(rule_id, f"unless {item.name}", item.who))
        predicate = self._predicate(rule_id, "unless", item)
        if item not in self.vocabulary:
            raise UsageFault(
                f"{self.name}: rule {rule_id}, unless: a condition needs a name",
                "write { name, words, who }, or one yes-or-no column",
            )
        return Exclusion(item, self.vocabulary[item].words, predicate)

    def _checked(self, block: type[Any], raw: dict[str, Any]) -> Any:
        try:
            return block.model_validate(raw)
        except ValidationError as fault:
            named = raw.get("id")
            raise UsageFault(
                f"{self.name}: {named if isinstance(named, str) else 'a rule'} is not whole", *each_fault(fault)
            ) from None

    def _sources(self, rule_id: str, needs: tuple[str, ...]) -> tuple[str, ...]:
        for source in needs:
            if source not in TABLES:
                raise UsageFault(f"{self.name}: {rule_id}: needs '{source}', which is not a landing table")
        return needs

    def _predicate(self, rule_id: str, field: str, text: str) -> Predicate:
        try:
            predicate = parse_predicate(text, self.vocabulary)
        except PredicateFault as fault:
            raise UsageFault(
                f"{self.name}, {self._place(text, fault.position)}: rule {rule_id}, {field}: {fault}", *fault.help_lines
            ) from None
        for name in predicate.columns:
            if self.vocabulary[name].model == INTERNAL_MODEL and not (
                rule_id == FUTURE_CARE_RULE and name == f"band_{INTERNAL_MODEL}"
            ):
                place = self._place(text, text.find(name))
                raise UsageFault(
                    f"{self.name}, {place}: rule {rule_id}, {field}: {name} may not be used",
                    f"that score is an internal signal: only its band, and only in {FUTURE_CARE_RULE}",
                )
        return predicate

    def _place(self, text: str, position: int | None) -> str:
        start = self.text.find(text)
        if start < 0:
            anchor = re.search(re.escape(text.strip().splitlines()[0].strip()), self.text)
            start = anchor.start() if anchor else 0
        offset = start + (position or 0)
        line = self.text.count("\n", 0, offset) + 1
        return f"line {line}, column {offset - (self.text.rfind(chr(10), 0, offset) + 1) + 1}"
