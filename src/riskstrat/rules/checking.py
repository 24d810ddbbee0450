"""What the rules would list today, before they list anybody: counts of people at the board, disclosure-controlled.

Nothing is written. The queries are those of ``evaluate``; the people are the adults of the snapshot who may be used for
case finding and are not known to have died. Every figure is a published one: all counts pass together through the
disclosure control (``riskstrat.rules.protection``), and shares are made of the published ones.
"""

from collections.abc import Sequence
from datetime import date
from itertools import combinations

import polars as pl

from riskstrat.disclosure import Rule as DisclosureRule
from riskstrat.errors import UsageFault
from riskstrat.intake import bar_people, known_off_list, open_store
from riskstrat.project import Workspace
from riskstrat.rules.answer import Check, Listing, Overlap
from riskstrat.rules.changes import REFUSED, Published, changes_since
from riskstrat.rules.definitions import read_rules
from riskstrat.rules.evaluation import BETWEEN_GROUPS, PERSON, Status, hits_of, put_people, status_of
from riskstrat.rules.protection import published as published_counts
from riskstrat.rules.rule import Rule
from riskstrat.rules.trials import try_rules

ADULT = 18
PROGRAMMES = {
    "programmes_held": "in any programme",
    "on_case_management": "under case management",
    "on_virtual_ward": "on a virtual ward",
    "in_care_home": "in a care home",
}
"""Columns that say who supports somebody already, and their words; those that are not for paper are not asked."""


def check_rules(workspace: Workspace, index_date: date | None, published: Published | None) -> Check:
    """Read and try every rule, compare them with a release, and count whom they would list at an index date.

    ``index_date`` is by default the latest snapshot's; without one, people are not counted. Raises ``UsageFault`` where
    a rule cannot be used, owes an example or does not hold to one, or changed in meaning without a new version.
    """
    rules = read_rules()
    faults = try_rules(rules, workspace.scratch)
    if faults:
        raise UsageFault("the rules do not hold to their worked examples", *faults)
    changes = () if published is None else changes_since(published, rules)
    refused = [change.as_text() for change in changes if change.what in REFUSED]
    if refused and published is not None:
        raise UsageFault(
            f"a rule differs from release {published.release}, and its version does not say so",
            *refused,
            "raise its version: the release must name what was in force",
        )
    kinds = [rule.kind for rule in rules]
    said = Check(
        kinds.count("worklist"),
        kinds.count("cohort"),
        sum(len(rule.examples) for rule in rules),
        published,
        changes,
    )
    held = workspace.index_dates("features")
    day = index_date or (held[-1] if held else None)
    return said if day is None else _counted(said, workspace, day, [rule for rule in rules if rule.kind == "worklist"])


def _counted(said: Check, workspace: Workspace, day: date, rules: Sequence[Rule]) -> Check:
    with open_store(workspace) as warehouse:
        wanted = {"age", *PROGRAMMES}.union(*(rule.columns for rule in rules))
        held = put_people(warehouse, workspace, day, wanted)
        statuses = {rule.id: status_of(rule, held) for rule in rules}
        hits = warehouse.frame(hits_of([rule for rule in rules if statuses[rule.id][0]]))
        bar_people(warehouse, workspace, "case_finding")
        known_off_list(warehouse)
        off = warehouse.frame("SELECT person_id FROM permission.barred UNION SELECT person_id FROM permission.off_list")
        there = [name for name in PROGRAMMES if name in held.columns]
        people = warehouse.frame(f"SELECT person_id, age, {', '.join(there)} FROM {PERSON}")
    people = people.filter(pl.col("age") >= ADULT).join(off, on="person_id", how="anti")
    hits = hits.join(people.select("person_id"), on="person_id", how="semi")
    before = None if said.published is None else _hits_at(workspace, said.published.index_date, off)
    kept = hits.filter(pl.col("left_off_by").is_null()).select("person_id", "rule_id")
    counted = Check(
        **{name: getattr(said, name) for name in ("rules", "cohorts", "examples", "published", "changes")},
        index_date=day,
        adults=people.height,
        listings=tuple(_listing(rule, statuses[rule.id], hits, before) for rule in rules),
        overlaps=_overlaps(kept, [rule.id for rule in rules]),
        supported=_supported(kept, people, there, [rule.id for rule in rules]),
        by_rules_met=_by_rules_met(kept, people.height),
    )
    control = workspace.settings.disclosure
    return published_counts(counted, DisclosureRule(control.suppress_to, control.round_to))


def _hits_at(workspace: Workspace, day: date, off: pl.DataFrame) -> pl.DataFrame | None:
    """Return whom each rule kept at an earlier index date, of those who may be counted now; ``None`` if not held."""
    hits, snapshot = workspace.part("rule_hits", day), workspace.part("features", day)
    if not (hits.is_file() and snapshot.is_file()):
        return None
    adults = pl.scan_parquet(snapshot).filter(pl.col("age") >= ADULT).select("person_id").collect()
    met = pl.scan_parquet(hits).filter(pl.col("left_off_by").is_null()).select("person_id", "rule_id").collect()
    return met.join(adults, on="person_id", how="semi").join(off, on="person_id", how="anti")


def _listing(rule: Rule, status: Status, hits: pl.DataFrame, before: pl.DataFrame | None) -> Listing:
    """Return what one rule would list, its counts as they are."""
    ran, why_not, note = status
    named = rule.id, rule.title, rule.version, rule.urgency
    if not ran:
        return Listing(*named, why_not=why_not)
    mine = hits.filter(pl.col("rule_id") == rule.id)
    off = mine["left_off_by"]
    now = mine.filter(off.is_null())
    then = None if before is None else before.filter(pl.col("rule_id") == rule.id)
    in_group = now["groups"].str.split(BETWEEN_GROUPS)
    return Listing(
        *named,
        note=note,
        met=mine.height,
        left_off=tuple((each.name, mine.filter(off == each.name).height) for each in rule.unless),
        groups=tuple((each.name, now.filter(in_group.list.contains(each.name)).height) for each in rule.groups),
        kept=now.height,
        is_compared=then is not None,
        before=0 if then is None else then.height,
        entered=0 if then is None else now.join(then, on="person_id", how="anti").height,
        left=0 if then is None else then.join(now, on="person_id", how="anti").height,
    )


def _overlaps(kept: pl.DataFrame, rules: Sequence[str]) -> tuple[Overlap, ...]:
    """Return every pair of rules that some person meets at once."""
    both = kept.join(kept, on="person_id", suffix="_too").group_by("rule_id", "rule_id_too").len()
    counts = {(one, other): people for one, other, people in both.rows()}
    return tuple(Overlap(*pair, counts[pair]) for pair in combinations(rules, 2) if pair in counts)


def _supported(
    kept: pl.DataFrame, people: pl.DataFrame, columns: Sequence[str], rules: Sequence[str]
) -> tuple[Overlap, ...]:
    """Return how many of each rule's people are in a programme or a care home already, where anybody is."""
    mine = kept.join(people, on="person_id").group_by("rule_id").agg((pl.col(*columns) >= 1).sum())
    counts = {row["rule_id"]: row for row in mine.to_dicts()}
    return tuple(
        Overlap(rule, PROGRAMMES[name], counts[rule][name])
        for rule in rules
        for name in columns
        if rule in counts and counts[rule][name]
    )


def _by_rules_met(kept: pl.DataFrame, adults: int) -> tuple[tuple[str, int | None], ...]:
    met = kept.group_by("person_id").len()["len"].to_list()
    counts = {"no rule": adults - len(met), "one": met.count(1), "two": met.count(2)}
    counts["three or more"] = adults - sum(counts.values())
    return tuple(counts.items())
