"""A rule tried on the people of its worked examples, by the very query that looks through a board."""

from collections.abc import Iterator
from pathlib import Path

import polars as pl

from riskstrat.rules.evaluation import BETWEEN_GROUPS, PERSON, hits_of
from riskstrat.rules.examples import not_drawn
from riskstrat.rules.rule import Rule
from riskstrat.rules.vocabulary import Kind, shipped_vocabulary
from riskstrat.warehouse import Warehouse

_KINDS: dict[Kind, pl.DataType] = {
    "word": pl.String(),
    "share": pl.Float64(),
    "number": pl.Float64(),
    "years": pl.Float64(),
}


def try_rules(rules: tuple[Rule, ...], scratch: Path) -> tuple[str, ...]:
    """Return, a sentence each, where a rule says something else than its examples, and which examples it lacks.

    Every worklist rule owes the examples of ``examples.not_drawn``; a cohort owes none. Empty where all is well.
    """
    with Warehouse(scratch, memory_limit="256MB", threads=1) as warehouse:
        return tuple(fault for rule in rules for fault in (*_told_wrong(warehouse, rule), *_owed(rule)))


def _owed(rule: Rule) -> Iterator[str]:
    if rule.kind == "worklist":
        names = [group.name for group in rule.groups], [exclusion.name for exclusion in rule.unless]
        for owed in not_drawn(rule.examples, *names):
            yield f"{rule.file}: rule {rule.id}, examples: draw {owed}"


def _told_wrong(warehouse: Warehouse, rule: Rule) -> Iterator[str]:
    if not rule.examples:
        return
    warehouse.register(PERSON, _people(rule))
    found = {row["person_id"]: row for row in warehouse.frame(hits_of([rule])).to_dicts()}
    for place, example in enumerate(rule.examples):
        hit = found.get(place)
        told = _words(
            hit is not None,
            None if hit is None else hit["left_off_by"],
            None if example.groups is None else frozenset(_groups(hit)),
        )
        drawn = _words(example.is_met, example.left_off_by, example.groups)
        if told != drawn:
            yield f"{rule.file}: rule {rule.id}, examples, {example.person}: drawn as {drawn}, and the rule says {told}"


def _groups(hit: dict[str, str] | None) -> list[str]:
    return hit["groups"].split(BETWEEN_GROUPS) if hit and hit["groups"] else []


def _people(rule: Rule) -> pl.DataFrame:
    vocabulary = shipped_vocabulary()
    columns = {name: _KINDS.get(vocabulary[name].kind, pl.Int32()) for name in sorted(rule.columns)}
    return pl.DataFrame(
        {
            "person_id": range(len(rule.examples)),
            **{name: [example.values.get(name) for example in rule.examples] for name in columns},
        },
        schema={"person_id": pl.Int32(), **columns},
    )


def _words(is_met: bool, left_off_by: str | None, groups: frozenset[str] | None) -> str:
    said = "met" if is_met else "not met"
    if groups:
        said += f" ({', '.join(sorted(groups))})"
    return f"{said}, left off by {left_off_by}" if left_off_by else said
