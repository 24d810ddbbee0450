"""``rules check``: what each rule would list, what changed since a release, and what is refused."""

import json
from dataclasses import replace
from datetime import date
from itertools import combinations

import polars as pl
import pytest

from riskstrat.disclosure import Rule, publishable
from riskstrat.errors import NotPermitted, UsageFault
from riskstrat.project import Workspace
from riskstrat.rules import Published, check_rules, checking, read_rules
from riskstrat.rules.answer import Overlap
from riskstrat.rules.changes import changes_since
from riskstrat.rules.protection import published
from support.worklist_store import INDEX, copy_store, write_intake

RULES = read_rules()
AS_PUBLISHED = Published(
    "2026-11-01.1", INDEX, {rule.id: rule.version for rule in RULES}, {rule.id: rule.meaning for rule in RULES}
)


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return copy_store(tmp_path_factory.mktemp("checked"))


@pytest.fixture(scope="module")
def checked(store):
    return check_rules(store, INDEX, AS_PUBLISHED)


def kept(store):
    """Whom each rule lists, from the tables that ``evaluate`` wrote: adults only."""
    adults = pl.read_parquet(store.part("features", INDEX)).filter(pl.col("age") >= 18)["person_id"].to_list()
    hits = pl.read_parquet(store.part("rule_hits", INDEX)).filter(pl.col("left_off_by").is_null())
    found = {}
    for person, rule in hits.select("person_id", "rule_id").rows():
        if person in set(adults):
            found.setdefault(rule, set()).add(person)
    return found, set(adults)


def test_counts_are_those_of_the_tables_as_published_figures(store, checked):
    lists, adults = kept(store)
    assert checked.adults == publishable(len(adults))
    ran = [listing for listing in checked.listings if listing.why_not is None]
    assert len(ran) > 5
    for listing in ran:
        assert listing.kept == publishable(len(lists.get(listing.rule_id, ()))), listing.rule_id
        assert (listing.before, listing.entered, listing.left) == (listing.kept, 0, 0)


def test_a_rule_that_cannot_run_says_why_and_counts_nobody(checked):
    (soon,) = [listing for listing in checked.listings if listing.rule_id == "emergency-admission-soon"]
    assert soon.why_not
    assert soon.why_not in checked.as_text()


def test_overlap_is_of_people_whom_both_rules_list(store, checked):
    lists, _ = kept(store)
    assert checked.overlaps
    for pair in checked.overlaps:
        assert pair.people == publishable(len(lists[pair.one] & lists[pair.other]))
    snapshot = pl.read_parquet(store.part("features", INDEX))
    managed = set(snapshot.filter(pl.col("on_case_management") == 1)["person_id"].to_list())
    for held in checked.supported:
        if held.other == "under case management":
            assert held.people == publishable(len(lists[held.one] & managed))


def test_a_person_counts_once_however_many_rules_they_meet(store, checked):
    lists, adults = kept(store)
    worklist = [lists[rule.id] for rule in RULES if rule.kind == "worklist" and rule.id in lists]
    met = [sum(person in people for people in worklist) for person in adults]
    counts = [met.count(0), met.count(1), met.count(2), sum(n >= 3 for n in met)]
    assert [people for _, people in checked.by_rules_met] == [publishable(n) for n in counts]


def test_no_figure_from_1_to_7_is_said_and_every_other_is_rounded(checked):
    def numbers(value):
        if isinstance(value, dict):
            return [n for part in value.values() for n in numbers(part)]
        return [n for part in value for n in numbers(part)] if isinstance(value, (list, tuple)) else [value]

    counted = checked.as_dict()
    people = numbers([counted[name] for name in ("overlaps", "supported", "by_rules_met")]) + [
        listing[name] for listing in counted["listings"] for name in ("met", "kept", "before", "entered", "left")
    ]
    counts = [n for n in people if isinstance(n, int)]
    assert None in people
    assert all(n % 5 == 0 for n in counts)
    json.dumps(counted)


def test_nothing_is_written(store):
    def held():
        return {path: path.stat().st_mtime_ns for path in store.root.rglob("*") if path.is_file()}

    before = held()
    check_rules(store, INDEX, AS_PUBLISHED)
    assert held() == before


def test_who_may_not_be_used_or_has_died_is_not_counted(tmp_path):
    workspace = copy_store(tmp_path)
    _, adults = kept(workspace)
    assert check_rules(workspace, INDEX, None).adults == publishable(len(adults))
    gone = [
        {"person_id": n + 1, "birth_date": date(1950, 1, 1), "sex": "1", "death_date": date(2026, 11, 2)}
        for n in range(100)
    ]
    out = [{"person_id": n + 1, "kind": "objection", "start_date": date(2020, 1, 1)} for n in range(100, 250)]
    write_intake(workspace, {"person": gone, "opt_out": out}, date(2026, 11, 5), number=2)
    assert check_rules(workspace, INDEX, None).adults == publishable(sum(person > 250 for person in adults))


def test_without_a_snapshot_the_rules_are_checked_and_nobody_is_counted(tmp_path):
    checked = check_rules(Workspace(tmp_path), None, None)
    assert (checked.adults, checked.listings) == (None, ())
    assert "nobody is counted" in checked.as_text()
    assert "Nothing has been published" in checked.as_text()


def edited(rule_id, **changes):
    return tuple(replace(rule, **changes) if rule.id == rule_id else rule for rule in RULES)


def test_what_changed_since_a_release_is_told_by_rule():
    assert changes_since(AS_PUBLISHED, RULES) == ()
    raised = edited("falls", version=9)
    (change,) = changes_since(AS_PUBLISHED, raised)
    assert change.as_text() == "falls: version raised (version 1 to 9)"
    fewer = tuple(rule for rule in RULES if rule.id != "falls")
    assert [c.what for c in changes_since(AS_PUBLISHED, fewer)] == ["removed"]
    before = replace(AS_PUBLISHED, versions={k: v for k, v in AS_PUBLISHED.versions.items() if k != "falls"})
    assert [(c.rule_id, c.what) for c in changes_since(before, RULES)] == [("falls", "added")]


def test_a_release_that_recorded_no_meanings_shows_versions_alone():
    assert changes_since(replace(AS_PUBLISHED, meanings={}), edited("falls", urgency=1)) == ()


@pytest.mark.parametrize("changes", [{"urgency": 1}, {"version": 0}, {"needs": ("apc_episode",)}])
def test_a_meaning_that_changed_under_its_version_is_refused(store, monkeypatch, changes):
    monkeypatch.setattr(checking, "read_rules", lambda: edited("falls", **changes))
    with pytest.raises(UsageFault, match=r"falls: (changed without a new version|version lowered)"):
        check_rules(store, INDEX, AS_PUBLISHED)


def test_an_example_that_does_not_hold_is_refused(store, monkeypatch):
    falls = next(rule for rule in RULES if rule.id == "falls")
    examples = tuple(replace(example, is_met=True) for example in falls.examples)
    monkeypatch.setattr(checking, "read_rules", lambda: edited("falls", examples=examples))
    with pytest.raises(
        UsageFault, match=r"falls\.toml: rule falls, examples, D: drawn as met, and the rule says not met"
    ):
        check_rules(store, INDEX, None)


def made_check(**changed):
    """A check of one rule that 300 meet, 23 of them on a programme, and of another that lists 60."""
    one = checking.Listing(
        "one", "One", 1, 1, met=308, left_off=(("a programme", 8),), groups=(("old", 200),), kept=300,
        is_compared=True, before=290, entered=40, left=30,
    )  # fmt: skip
    two = checking.Listing("two", "Two", 1, 2, met=60, kept=60, left_off=(), groups=())
    by_rules = (("no rule", 660), ("one", 320), ("two", 20), ("three or more", 0))
    check = checking.Check(
        2, 0, 0, None, (), INDEX, 1000, (one, two), (checking.Overlap("one", "two", 20),),
        (checking.Overlap("one", "in any programme", 23),), by_rules,
    )  # fmt: skip
    return replace(check, **changed)


def test_counts_that_leave_every_small_one_open_are_shown():
    found = published(made_check(), Rule())
    one, two = found.listings
    assert (one.met, one.kept, one.left_off, one.before, one.entered) == (310, 300, (("a programme", 10),), 290, 40)
    assert (two.kept, two.share, found.overlaps[0].people) == (60, 0.06, 20)


def test_a_small_count_that_the_others_give_away_takes_one_of_them_with_it():
    """32 meet it (30: 32 at most), 23 are kept (25: 23 at least), 8 left off for a programme (10: 8 at least)."""
    two = made_check().listings[1]
    left_off = (("a programme", 8), ("a decision", 1))
    few = replace(two, rule_id="one", met=32, left_off=left_off, kept=23)
    by_rules = (("no rule", 930), ("one", 57), ("two", 13), ("three or more", 0))
    check = made_check(listings=(few, two), overlaps=(), supported=(), by_rules_met=by_rules)
    found = published(check, Rule()).listings[0]
    assert found.left_off[1] == ("a decision", None)

    def stands_for(shown):
        return [n for n in range(1, 60) if shown is None or publishable(n) == shown]

    left = {
        met - kept - off
        for met in stands_for(found.met)
        for kept in stands_for(found.kept)
        for off in stands_for(found.left_off[0][1])
    }
    assert len(left & set(range(1, 8))) > 1


def of_one_rule_each(checked, sizes, pairs=()):
    """Return a check of rules that list so many people each, who meet one rule alone, and so many who meet two."""
    shared, three = sum(pairs), checked.listings[:3]
    rules = tuple(
        replace(
            one,
            why_not=None,
            met=n,
            kept=n,
            left_off=(),
            groups=(),
            is_compared=False,
            before=None,
            entered=None,
            left=None,
        )
        for one, n in zip(three, sizes, strict=True)
    )
    ids = [one.rule_id for one in rules]
    overlaps = tuple(Overlap(one, other, n) for (one, other), n in zip(combinations(ids, 2), pairs, strict=False))
    alone = sum(sizes) - 2 * shared
    by_rules = (("no rule", 5000 - alone - shared), ("one", alone), ("two", shared), ("three or more", 0))
    return replace(checked, adults=5000, listings=rules, overlaps=overlaps, supported=(), by_rules_met=by_rules)


def test_a_rule_of_one_is_not_what_nobody_meets_three_rules_leaves_of_it(checked):
    """8, 8 and 1 whom one rule lists: 10, 10 and a star of 15 would be at most 17, less 8 and 8."""
    check = of_one_rule_each(checked, (8, 8, 1))
    safe = published(check, Rule())
    shown = [one.kept for one in safe.listings]
    assert None in shown
    assert shown != [10, 10, None] or dict(safe.by_rules_met)["one"] is None


def test_a_pair_of_one_is_not_what_nobody_meets_three_rules_leaves_of_it(checked):
    check = of_one_rule_each(checked, (200, 200, 200), (8, 8, 1))
    safe = published(check, Rule())
    shown = sorted((pair.people or 0) for pair in safe.overlaps)
    assert shown != [0, 10, 10] or dict(safe.by_rules_met)["two"] is None


def test_where_nothing_protects_a_small_count_no_count_is_said(monkeypatch):
    monkeypatch.setattr("riskstrat.rules.protection.attacked", lambda *_: {("rules", "one", "kept")})
    with pytest.raises(NotPermitted, match="withheld"):
        published(made_check(), Rule())
