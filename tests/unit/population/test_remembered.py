"""What other releases tell of this one's counts, by worked examples that a reader can check by hand."""

import json

import polars as pl
import pytest

from riskstrat.disclosure import Figure, Rule, figure, publishable
from riskstrat.disclosure.attack import System, sum_of
from riskstrat.disclosure.cells import Table, together
from riskstrat.errors import IntegrityFault
from riskstrat.population.counting.areas import geography
from riskstrat.population.counting.cells import by_area
from riskstrat.population.figures.cohorts import SCHEMA
from riskstrat.population.protection.earlier import AREAS_CSV, CSV_NAME, write_areas
from riskstrat.population.protection.history import beside
from riskstrat.population.protection.remembered import remembered
from riskstrat.population.protection.tables import attack_published, check_published
from riskstrat.population.report.files import write_tidy

THEN, NOW = "2026-10-01", "2026-11-01"
EXACT, RULE = Rule(round_to=1), Rule()
BEFORE = {"A": "U1", "B": "U1", "C": "U1", "D": "U2", "E": "U2"}
AFTER = BEFORE | {"C": "U2"}


def areas(networks):
    rows = [{"practice_code": code, "pcn_code": network} for code, network in networks.items()]
    return geography(pl.DataFrame(rows), networks, "Board")


def cells_at(period, networks, falls, *, name="falls", registered=1000):
    """The falls cohort, and a thousand people registered in each practice."""
    base = by_area(period, "registered", dict.fromkeys(networks, registered), areas(networks))
    return together([base, by_area(period, name, falls, areas(networks), base=base)])


def release(folder, cells, networks, rule, *, stars=(), unprinted=()):
    """Write a release that shows every count by the rule alone, but for further stars and areas left out."""
    rows = []
    for (period, what, where), count in cells.counts.items():
        kind, _, code = where.partition(":")
        if what.startswith("not ") or where in unprinted:
            continue
        shown = None if where in stars and what != "registered" else publishable(count, rule.suppress_to, rule.round_to)
        rows.append((period, kind, code, code, what, "people", shown, None, None, "*" if shown is None else ""))
    folder.mkdir()
    write_tidy(folder / CSV_NAME, pl.DataFrame(rows, schema=SCHEMA, orient="row"))
    write_areas(folder, areas(networks))
    return folder


def known(folders, cells, networks, rule, successors=None):
    return remembered(folders, {NOW: cells}, NOW, areas(networks), successors or {}, rule)


def pinned(folders, cells, networks, rule, **hidden):
    """Return what a reader of all these releases and of this one, shown by the rule alone, can work out."""
    found = known(folders, cells, networks, rule)
    cells = found.added_to(NOW, cells)
    shown = {
        key: None if key[2] in hidden.get("stars", ()) and key[1] != "registered" else one.shown
        for key, count in cells.counts.items()
        for one in [figure(count, rule)]
        if not key[1].startswith("not ") and ": " not in key[2] and key[2] not in hidden.get("unprinted", ())
    }
    return attack_published(check_published(shown, cells, rule), cells, found.told)


def test_a_count_that_has_not_changed_is_told_by_last_months_other_stars(tmp_path):
    """Falls: A 3, B 20, C 30, network U1 53. In October A and C are stars, in November A and B: 53 - 20 - 30 = 3."""
    falls = {"A": 3, "B": 20, "C": 30, "D": 40, "E": 50}
    october = release(tmp_path / "r1", cells_at(THEN, BEFORE, falls), BEFORE, EXACT, stars=["practice:C"])
    november = cells_at(NOW, BEFORE, falls)
    leak = (NOW, "falls", "practice:A")
    assert pinned([], november, BEFORE, EXACT, stars=["practice:B"]) == ()
    assert leak in pinned([october], november, BEFORE, EXACT, stars=["practice:B"])


def test_a_practice_that_moves_network_is_the_difference_of_what_the_network_was_and_is(tmp_path):
    """No practice is printed. U1 was A + B + C = 20 + 30 + 3 = 53; without C it is 50: C has 3."""
    falls = {"A": 20, "B": 30, "C": 3, "D": 40, "E": 50}
    every = [f"practice:{code}" for code in BEFORE]
    october = release(tmp_path / "r1", cells_at(THEN, BEFORE, falls), BEFORE, EXACT, unprinted=every)
    november = cells_at(NOW, AFTER, falls)
    assert pinned([], november, AFTER, EXACT, unprinted=every) == ()
    assert (NOW, "falls", "practice:C") in pinned([october], november, AFTER, EXACT, unprinted=every)


def test_a_network_with_another_code_and_the_same_practices_is_the_same_area(tmp_path):
    falls = {"A": 20, "B": 30, "C": 3, "D": 40, "E": 50}
    recoded = {code: f"X{network}" for code, network in BEFORE.items()}
    october = release(tmp_path / "r1", cells_at(THEN, recoded, falls), recoded, EXACT)
    found = known([october], cells_at(NOW, BEFORE, falls), BEFORE, EXACT)
    assert found.tables == {}
    assert found.told[NOW, "falls", "pcn:U1"] == Figure(53, 53, 53)


def test_two_months_of_one_count_leave_one_value_and_are_protected_together(tmp_path):
    """A has 4 in both months. By October alone it has at most 4, by November alone at least 4.

    October: 4 + 13 + 0 = 17, shown as 15, 0 and 15 in all: at most 17 - 13. November: 4 + 17 + 12 = 33, shown as 15, 10
    and 35 in all: at least 33 - 17 - 12.
    """
    then = cells_at(THEN, BEFORE, {"A": 4, "B": 13, "C": 0, "D": 40, "E": 50})
    now = cells_at(NOW, BEFORE, {"A": 4, "B": 17, "C": 12, "D": 40, "E": 50})
    october = release(tmp_path / "r1", then, BEFORE, RULE)
    found = remembered([october], {THEN: then, NOW: now}, NOW, areas(BEFORE), {}, RULE)
    assert not then.protected(RULE, {}).secondary
    assert not now.protected(RULE, found.told).secondary
    both = beside(now, NOW, {THEN: then})
    shown = {key: figure(n, RULE).shown for key, n in now.counts.items() if not key[1].startswith("not ")}
    pinned_ = attack_published(check_published(shown, both, RULE), both, found.told)
    assert set(pinned_) == {(THEN, "falls", "practice:A"), (NOW, "falls", "practice:A")}
    protected = both.protected(RULE, found.told)
    assert protected.exposed == ()
    starred = {key for key, one in protected.figures.items() if one.is_suppressed and not one.is_guarded}
    assert starred
    assert {period for period, *_ in starred} == {NOW}


def test_where_no_star_protects_last_months_count_this_months_practices_are_left_out():
    """Four practices had 7 each, E nobody, which was not printed: 28, shown as 30, is at least 28.

    E still has nobody. Its printed 0 would leave 28 to the four, and a 0 is never suppressed for another's sake.
    """
    networks = dict.fromkeys("ABCDE", "U1")
    then, now = (
        together([by_area(day, "falls", dict.fromkeys("ABCD", people) | {"E": 0}, areas(networks))])
        for day, people in ((THEN, 7), (NOW, 20))
    )
    told = {key: figure(n, RULE) for key, n in then.counts.items() if key[2] != "practice:E"}
    both = beside(now, NOW, {THEN: then})
    protected = both.protected(RULE, told)
    assert protected.exposed == ()
    printed = {key for key in now.counts if protected.figures[key].is_printed}
    assert printed == {key for key in now.counts if not key[2].startswith("practice:")}
    together_ = System(protected.figures, both.ties(both.counts), both.counts)
    assert together_.pinned() == {}


def test_where_a_network_was_another_one_this_months_practices_are_left_out_all_the_same(tmp_path):
    """As above, beside a network of A and B that a report of a month held no more printed: it is no part of this one's.

    What was printed of it may be said of today's A and B, and so it stands among today's cells.
    """
    networks, once = dict.fromkeys("ABCDE", "U1"), dict(zip("ABCDE", ("U2", "U2", "U1", "U1", "U1"), strict=True))
    then = together([by_area(THEN, "falls", dict.fromkeys("ABCD", 7) | {"E": 0}, areas(networks))])
    own = dict.fromkeys("ABCD", 20) | {"E": 0}
    now = together([by_area(NOW, "falls", own, areas(networks))])
    practices = [f"practice:{code}" for code in networks]
    september = release(tmp_path / "r1", cells_at("2026-09-01", once, own), once, RULE, unprinted=practices)
    found = remembered([september], {NOW: now}, NOW, areas(networks), {}, RULE)
    assert set(found.tables) == {NOW}
    told = found.told | {key: figure(n, RULE) for key, n in then.counts.items() if key[2] != "practice:E"}
    protected = beside(found.added_to(NOW, now), NOW, {THEN: then}).protected(RULE, told)
    assert protected.exposed == ()
    assert not protected.figures[NOW, "falls", "practice:E"].is_printed


def test_where_this_months_nought_tells_last_months_count_its_table_is_left_out_though_it_has_no_layers():
    """On a programme were 1 of 21, and are none of 20: twenty are not, then as now, and a 0 is never a ``*``.

    Last month's table begins with a programme that this month's does not have.
    """

    def month(day, people, on, further):
        size, is_on, is_not = ((day, what, "icb:B") for what in ("size", "on", "not on"))
        counts = {(day, what, "icb:B"): n for what, n in further.items()} | {is_on: on, is_not: people - on}
        own = Table(counts, (sum_of(size, [is_on, is_not]),), worked_out=frozenset({is_not}))
        return together([Table({size: people}), own])

    then, now = month(THEN, 21, 1, {"and on": 30}), month(NOW, 20, 0, {})
    told = {key: figure(then.counts[key], EXACT) for key in then.counts if key[1] != "not on"}
    told[NOW, "size", "icb:B"] = figure(20, EXACT)
    both = beside(now, NOW, {THEN: then})
    shown = {(NOW, "size", "icb:B"): 20, (NOW, "on", "icb:B"): 0}
    pinned_ = attack_published(check_published(shown, both, EXACT), both, told)
    assert pinned_ == ((THEN, "on", "icb:B"),)
    protected = both.protected(EXACT, told)
    assert protected.exposed == ()
    assert not protected.figures[NOW, "on", "icb:B"].is_printed


def test_a_cohort_that_was_renamed_is_known_by_its_figures(tmp_path):
    """As the first example, but that the cohort was called otherwise in October."""
    falls = {"A": 3, "B": 20, "C": 30, "D": 40, "E": 50}
    earlier = cells_at(THEN, BEFORE, falls, name="fallers")
    october = release(tmp_path / "r1", earlier, BEFORE, EXACT, stars=["practice:C"])
    november = cells_at(NOW, BEFORE, falls)
    assert (NOW, "falls", "practice:A") in pinned([october], november, BEFORE, EXACT, stars=["practice:B"])
    unlike = cells_at(THEN, BEFORE, {code: 5 * n for code, n in falls.items()}, name="fallers")
    other = release(tmp_path / "r2", unlike, BEFORE, EXACT, stars=["practice:C"])
    assert (NOW, "falls", "practice:B") not in known([other], november, BEFORE, EXACT).told


def test_the_same_month_again_is_the_same_count_whatever_it_was_rounded_to(tmp_path):
    """8 + 8 + 1 = 17: two tens and a star under a suppressed network; a first print of the network, 15, tells 1."""
    falls = {"A": 1, "B": 8, "C": 8, "D": 40, "E": 50}
    november = cells_at(NOW, BEFORE, falls)
    first = release(tmp_path / "r1", november, BEFORE, RULE, stars=["practice:B", "practice:C"])
    assert pinned([], november, BEFORE, RULE, stars=["pcn:U1"]) == ()
    assert (NOW, "falls", "practice:A") in pinned([first], november, BEFORE, RULE, stars=["pcn:U1"])


def test_a_count_that_was_revised_or_has_changed_tells_nothing(tmp_path):
    october = release(tmp_path / "r1", cells_at(THEN, BEFORE, dict.fromkeys(BEFORE, 20)), BEFORE, EXACT)
    november = cells_at(NOW, BEFORE, dict.fromkeys(BEFORE, 21))
    told = known([october], november, BEFORE, EXACT).told
    assert {what for _, what, _ in told} == {"registered"}


def test_a_practice_taken_over_is_told_with_the_one_that_took_it_and_not_without(tmp_path):
    """E closed and its people are D's. What was printed of D alone, or E alone, is of nobody's count today."""
    then = {"A": 20, "B": 30, "C": 13, "D": 40, "E": 50}
    october = release(tmp_path / "r1", cells_at(THEN, BEFORE, then), BEFORE, EXACT)
    after = {code: network for code, network in BEFORE.items() if code != "E"}
    november = cells_at(NOW, after, {"A": 20, "B": 30, "C": 13, "D": 90})
    told = known([october], november, after, EXACT, {"E": "D"}).told
    assert {where for _, what, where in told if what == "falls"} == {
        "icb:board", "pcn:U1", "pcn:U2", "practice:A", "practice:B", "practice:C",
    }  # fmt: skip


def test_a_release_without_a_list_of_areas_is_read_by_todays(tmp_path):
    falls = dict.fromkeys(BEFORE, 20)
    october = release(tmp_path / "r1", cells_at(THEN, BEFORE, falls), BEFORE, EXACT)
    (october / AREAS_CSV).unlink()
    assert known([october], cells_at(NOW, BEFORE, falls), BEFORE, EXACT).told[NOW, "falls", "pcn:U1"].shown == 60


def test_what_a_milder_rule_printed_stays_known(tmp_path):
    """Counts of 3 were printed as they are while the board's rule hid none; by today's rule no figure is a 3."""
    falls = {"A": 3, "B": 20, "C": 30, "D": 40, "E": 50}
    november = cells_at(NOW, BEFORE, falls)
    milder = Rule(suppress_to=1, round_to=1)
    first = release(tmp_path / "r1", november, BEFORE, milder)
    note = {"about": "disclosure control", "suppress_to": milder.suppress_to, "round_to": milder.round_to}
    (first / "population.csv-metadata.json").write_text(json.dumps({"notes": [note]}), encoding="utf-8")
    assert (NOW, "falls", "practice:A") in pinned([first], november, BEFORE, RULE)
    (first / "population.csv-metadata.json").write_text("{}", encoding="utf-8")
    with pytest.raises(IntegrityFault, match="cannot be read"):
        known([first], november, BEFORE, RULE)


def test_a_folder_without_figures_tells_nothing(tmp_path):
    november = cells_at(NOW, BEFORE, dict.fromkeys(BEFORE, 20))
    found = known([tmp_path, tmp_path / "absent"], november, BEFORE, RULE)
    assert (found.told, found.tables) == ({}, {})
