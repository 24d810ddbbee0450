"""Who is in several groups and in no programme: against plain sets of people, nobody twice."""

import csv
from dataclasses import replace
from datetime import date
from itertools import combinations
from math import inf

import polars as pl
import pytest

from riskstrat.disclosure import Figure, Rule, publishable
from riskstrat.disclosure.attack import System
from riskstrat.errors import UsageFault
from riskstrat.population.counting.areas import geography
from riskstrat.population.counting.cohorts import overlap_groups, read_cohorts, read_months, read_practices
from riskstrat.population.figures import overlap
from riskstrat.population.figures.overlap import combination_words
from riskstrat.population.protection.tables import cells_of

NOW = date(2026, 11, 1)
OPTED_OUT = set(range(100, 140))
NONE, ALL, HELD = "in no programme", "all", "held by a programme"


@pytest.fixture(scope="module")
def sets(board):
    """Return who is in each group of need, by its name, and who is held by a programme, as sets of people."""
    hits = pl.read_parquet(board.part("rule_hits", NOW)).filter(pl.col("left_off_by").is_null())
    people = pl.read_parquet(board.part("features", NOW)).filter(~pl.col("person_id").is_in(list(OPTED_OUT)))
    everyone = set(people["person_id"])
    groups = {}
    for cohort in read_cohorts():
        if cohort.overlap_group:
            met = set(hits.filter(pl.col("rule_id") == cohort.id)["person_id"]) & everyone
            groups[cohort.overlap_group] = groups.get(cohort.overlap_group, set()) | met
    held = set(people.filter(pl.col("programmes_held") > 0)["person_id"])
    return groups, {NONE: everyone - held, HELD: held, ALL: everyone}


@pytest.fixture(scope="module")
def shown(report):
    with (report.folder / "overlap.csv").open(encoding="utf-8") as file:
        return {(row["table"], row["groups"], row["programmes"]): row for row in csv.DictReader(file)}


def agrees(row, people):
    """Whether a printed figure is that of so many people; a star may stand for any number of them."""
    return row["note"] == "*" and people > 0 if row["people"] == "" else int(row["people"]) == publishable(people)


def test_every_combination_is_counted_and_everybody_is_in_one(sets, shown):
    groups, programmes = sets
    seen = set()
    for size in range(len(groups) + 1):
        for chosen in combinations(groups, size):
            inside = programmes[ALL].intersection(*(groups[name] for name in chosen))
            only = inside.difference(*(groups[name] for name in groups if name not in chosen))
            key = ("combination", combination_words(chosen))
            assert ((*key, ALL) in shown) == (bool(only) or not chosen)
            if only:
                seen |= only
                assert agrees(shown[*key, ALL], len(only))
                assert agrees(shown[*key, NONE], len(only & programmes[NONE]))
                assert (*key, HELD) not in shown
    assert seen == programmes[ALL]


def test_groups_pairs_and_unions_are_counted(sets, shown):
    groups, programmes = sets
    assert len(groups) == 6
    for words in (ALL, NONE):
        for one, other in combinations(groups, 2):
            both = groups[one] & groups[other] & programmes[words]
            assert agrees(shown["group", f"{one}; {other}", words], len(both))
        for name, people in groups.items():
            assert agrees(shown["group", name, words], len(people & programmes[words]))
    in_any = set().union(*groups.values())
    for words, people in programmes.items():
        assert agrees(shown["overlap", "in at least one group", words], len(in_any & people))
        assert agrees(shown["overlap", "in no group", words], len(people - in_any))
        assert agrees(shown["overlap", "everybody registered", words], len(people))


def test_everybody_of_a_cohort_is_in_a_programme_or_in_none(board, sets, shown):
    hits = pl.read_parquet(board.part("rule_hits", NOW)).filter(pl.col("left_off_by").is_null())
    _, programmes = sets
    ran = dict(pl.read_parquet(board.part("rule_status", NOW)).select("rule_id", "ran").iter_rows())
    assert {key[1] for key in shown if key[0] == "in-no-programme"} == {
        cohort.id for cohort in read_cohorts() if ran[cohort.id]
    }
    for cohort in read_cohorts():
        met = set(hits.filter(pl.col("rule_id") == cohort.id)["person_id"])
        if ran[cohort.id]:
            assert agrees(shown["in-no-programme", cohort.id, NONE], len(met & programmes[NONE])), cohort.id


def test_who_of_a_cohort_is_in_each_programme_is_counted(board, shown):
    hits = pl.read_parquet(board.part("rule_hits", NOW)).filter(pl.col("left_off_by").is_null())
    met = {rule: set(people) - OPTED_OUT for rule, people in hits.group_by("rule_id").agg("person_id").iter_rows()}
    chosen = read_cohorts()
    ran = dict(pl.read_parquet(board.part("rule_status", NOW)).select("rule_id", "ran").iter_rows())
    programmes = [cohort.id for cohort in chosen if cohort.theme == "Programmes" and ran[cohort.id]]
    assert len(programmes) >= 2
    printed = {key[1:] for key in shown if key[0] == "on-programme"}
    for cohort in chosen:
        for programme in programmes:
            one = [key for key in ((cohort.id, programme), (programme, cohort.id)) if key in printed]
            assert len(one) == (ran[cohort.id] and cohort.id != programme)
            if one:
                both = met.get(cohort.id, set()) & met.get(programme, set())
                assert agrees(shown["on-programme", *one[0]], len(both)), one
    assert len(printed) == len([one for one in chosen if ran[one.id]]) * len(programmes) - sum(
        n + 1 for n in range(len(programmes))
    )


def test_segments_of_a_programme_add_up_to_it_for_the_attack_too(board):
    """Whoever subtracts seven segments from a programme has the eighth: the attack must know."""
    chosen, day = read_cohorts(), str(NOW)
    month = next(read_months(board, [NOW], chosen))
    areas = geography(read_practices(board), month.registered["practice_code"], "Board")
    cells = cells_of(month, [cohort for cohort in chosen if cohort.id not in month.not_run], areas, Rule())
    for relation in cells.relations:
        total = sum(weight * cells.counts[key] for key, weight in relation.weights)
        assert relation.low <= total <= relation.high
    segments = [cohort.id for cohort in chosen if cohort.is_segment]
    for programme in ("case-management", "virtual-ward"):
        parts = {(day, f"on-programme: {segment}, {programme}", areas.board.key) for segment in segments}
        (tie,) = (one for one in cells.relations if parts < set(one.keys) and len(one.keys) == 9)
        assert tie.low == tie.high == 0
        assert set(tie.keys) - parts == {(day, programme, areas.board.key)}


def held_of_one_programme(board, inclusions):
    """Return the cells of a board whose one programme P holds all twelve of I and seven of J, and nobody else."""
    month, chosen = next(read_months(board, [NOW], read_cohorts())), read_cohorts()[:3]
    inner, other, programme = (cohort.id for cohort in chosen)
    place = {"practice_code": "A", "age_from": 80}
    sizes = {inner: 12, other: 907, programme: 19}
    held = [(inner, 1, 12), (other, 1, 7), (other, 0, 900), (programme, 1, 19)]
    made = replace(
        month,
        registered=pl.DataFrame([{**place, "people": 2000}]),
        sizes=pl.DataFrame([{"cohort_id": name, **place, "people": n} for name, n in sizes.items()]),
        groups=(),
        combinations=pl.DataFrame({"combination": [0, 0], "in_programme": [0, 1], "people": [1981, 19]}),
        held=pl.DataFrame(held, schema=["cohort_id", "in_programme", "people"], orient="row"),
        on_programmes=pl.DataFrame(
            [(inner, programme, 12), (other, programme, 7)],
            schema=["cohort_id", "programme_id", "people"],
            orient="row",
        ),
        inclusions=tuple((chosen[one].id, chosen[two].id) for one, two in inclusions),
        not_run={},
        attrition=(),
    )
    areas = geography(pl.DataFrame([{"practice_code": "A"}]), ["A"], "Board")
    cells = cells_of(made, chosen, areas, Rule())
    for relation in cells.relations:
        total = sum(weight * cells.counts[key] for key, weight in relation.weights)
        assert relation.low <= total <= relation.high, relation
    keys = {
        "size": [(str(NOW), cohort.id, areas.board.key) for cohort in chosen],
        "on": [(str(NOW), f"on-programme: {cohort.id}, {programme}", areas.board.key) for cohort in chosen[:2]],
        "none": [(str(NOW), f"in-no-programme: {cohort.id}", areas.board.key) for cohort in chosen],
    }
    return cells, keys


def test_of_a_programme_too_small_to_be_shown_nobody_is_told_who_is_on_it(board):
    """One person on a virtual ward: a star in each cohort of theirs and a 0 in every other would be all about them."""
    chosen, day = read_cohorts(), str(NOW)
    month = next(read_months(board, [NOW], chosen))
    areas = geography(read_practices(board), month.registered["practice_code"], "Board")
    ran = [cohort for cohort in chosen if cohort.id not in month.not_run]

    def told(rule):
        counts = cells_of(month, ran, areas, rule).counts
        return {
            name
            for _, what, _ in counts
            for name in ("case-management", "virtual-ward")
            if f" {name}" in what and what.startswith("on-programme")
        }

    sizes = cells_of(month, ran, areas, Rule()).counts
    small, large = sorted(("case-management", "virtual-ward"), key=lambda name: sizes[day, name, areas.board.key])
    assert told(Rule()) == {small, large}
    assert told(Rule(suppress_to=sizes[day, small, areas.board.key])) == {large}


def known(cells, key, told):
    """Return what a reader of nothing but ``told`` knows of a cell."""
    figures = {name: Figure(None, 0, inf, is_printed=False) for name in cells.counts}
    exact = {name: Figure(cells.counts[name], cells.counts[name], cells.counts[name]) for name in told}
    return System({**figures, **exact}, cells.relations).possible(key)


def test_whom_a_programme_holds_of_a_cohort_is_on_one_of_those_counted(board):
    """Who of J no programme holds is printed beside J: the rest is held, and there is but the one programme."""
    cells, keys = held_of_one_programme(board, [])
    assert known(cells, keys["on"][1], [keys["size"][1], keys["none"][1]]) == (7, 7)


def test_who_of_a_cohort_inside_a_programme_is_on_it_is_all_of_it(board):
    cells, keys = held_of_one_programme(board, [(0, 2)])
    assert known(cells, keys["on"][0], [keys["size"][0]]) == (12, 12)
    cells, keys = held_of_one_programme(board, [])
    assert known(cells, keys["on"][0], [keys["size"][0]]) == (0, 12)


def test_a_group_of_which_a_cohort_has_no_figure_is_left_out_whole():
    chosen = read_cohorts()
    assert "High use" in overlap_groups(chosen, {})
    assert "High use" not in overlap_groups(chosen, {"ae-high-intensity": "needs ecds_attendance, which is not held"})


def test_where_programmes_are_not_known_nobody_is_said_to_be_in_none(board):
    chosen = read_cohorts()
    month = next(read_months(board, [NOW], chosen))
    not_known = month.combinations.group_by("combination").agg(pl.col("people").sum())
    not_known = not_known.with_columns(in_programme=pl.lit(None, pl.Int32))
    sizes = {
        (str(NOW), cohort.id, "icb:B"): month.sizes.filter(pl.col("cohort_id") == cohort.id)["people"].sum()
        for cohort in chosen
    }
    blind = type(month)(**{**vars(month), "combinations": not_known})
    names = {key[1] for table in overlap.overlap_of(blind, chosen, sizes, "icb:B", Rule()) for key in table.counts}
    assert any(name.endswith("programmes not known") for name in names)
    assert not any(NONE in name or HELD in name or name.startswith("in-no-programme") for name in names)


def test_cohorts_of_one_dimension_with_somebody_in_two_are_refused(board):
    chosen = [
        cohort if cohort.id not in ("multimorbidity-2", "multimorbidity-4") else type(cohort)(
            **{**vars(cohort), "dimension": "Number of conditions"}
        )
        for cohort in read_cohorts()
    ]  # fmt: skip
    with pytest.raises(UsageFault, match="dimension 'Number of conditions'"):
        next(read_months(board, [NOW], chosen))
