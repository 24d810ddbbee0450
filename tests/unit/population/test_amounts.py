"""Means and totals of activity and cost: against plain sums, by hand, and that nothing unprinted is a difference."""

from datetime import date
from functools import reduce
from operator import add

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.weightstats import DescrStatsW

from riskstrat.disclosure import Rule, figure
from riskstrat.population import read_cohorts
from riskstrat.population.counting.amounts import AMOUNTS, Amounts, Sums, read_amounts
from riskstrat.population.counting.areas import Area, Geography, geography
from riskstrat.population.counting.cohorts import read_members
from riskstrat.population.figures.amounts import (
    NO_INTERVAL,
    NOT_SHOWN,
    UNKNOWN,
    amount_figures,
    amounts_sheet,
    is_safe,
    shown_areas,
    withheld,
)
from riskstrat.population.report.amounts import amounts_section
from support.made_board import write_board

NOW = date(2026, 11, 1)
COLUMNS = list(dict.fromkeys(name for one in AMOUNTS for name in one.columns))


def sums_of(values):
    """The sums of a group, made one person at a time."""
    values = np.asarray(values, dtype=float)
    first, second = sorted([*values, 0.0, 0.0], reverse=True)[:2]
    return Sums(int((values > 0).sum()), values.sum(), float((values.round() ** 2).sum()), first, second)


def test_two_groups_add_up():
    one, other = [3.0, 0, 9, 4], [8.0, 8, 0]
    assert sums_of(one) + sums_of(other) == sums_of([*one, *other])
    assert sums_of(one) + Sums() == sums_of(one)


def test_ten_people_and_no_two_of_them_nearly_all():
    assert not is_safe(sums_of([5.0] * 9))
    assert is_safe(sums_of([5.0] * 10))
    assert is_safe(sums_of([45.0, 45.0, *[1.0] * 10]))  # exactly nine tenths
    assert not is_safe(sums_of([46.0, 45.0, *[1.0] * 10]))
    assert not is_safe(sums_of([2000.0, *[1.0] * 50]))


@st.composite
def nested(draw):
    """Practices in networks in places; now and then a network across two places, and practices of none."""
    rows = []
    for number in range(draw(st.integers(1, 9))):
        network, place = draw(st.integers(0, 3)), draw(st.integers(0, 2))
        rows.append(
            {
                "practice_code": f"A{number}",
                "pcn_code": f"U{network}" if network else None,
                "place_code": f"P{place}" if place else None,
                **dict.fromkeys(("practice_name", "pcn_name", "place_name"), None),
                "icb_code": "Q",
            }
        )
    frame = pl.DataFrame(rows, schema_overrides=dict.fromkeys(rows[0], pl.String))
    areas = geography(frame, frame["practice_code"], "Board")
    users = {code: draw(st.integers(0, 25)) for code in areas.board.practices}
    return areas, {
        area.key: [reduce(add, (sums_of([1.0] * users[code]) for code in area.practices))] for area in areas.areas
    }


@given(nested())
def test_no_area_without_a_figure_is_a_sum_or_difference_of_those_that_have_one(made):
    """Linear algebra over the practices: the hidden area's own vector lies outside the span of what is shown."""
    areas, sums = made
    safe = {key: is_safe(*own) for key, own in sums.items()}
    shown = shown_areas(sums, areas)
    assert all(safe[key] for key in shown)
    practices = areas.board.practices
    vector = {area.key: [float(code in area.practices) for code in practices] for area in areas.areas}
    told = np.array([vector[key] for key in sorted(shown)]).reshape(len(shown), len(practices))
    rank = np.linalg.matrix_rank(told) if shown else 0
    for key, own in vector.items():
        if not safe[key]:
            assert np.linalg.matrix_rank(np.vstack([told, own])) == rank + 1, key


@given(nested())
def test_where_every_area_is_safe_all_are_shown(made):
    areas, sums = made
    assert shown_areas({key: [sums_of([1.0] * 20)] for key in sums}, areas) == set(sums)


def test_the_smallest_beside_one_without_a_figure_has_none_either():
    sums = {"a": [sums_of([5.0] * 10)], "b": [sums_of([2.0] * 10)], "c": [sums_of([3.0] * 10)], "d": [sums_of([3.0])]}
    assert withheld("abc", sums) == set()
    assert withheld("abcd", sums) == {"d", "b"}
    assert withheld("d", sums) == {"d"}


def test_so_many_that_what_they_come_to_together_does_not_stand_for_two_people():
    """One stay of 500 nights beside 40 nights of ten others: the whole less the rest would tell it nearly."""
    sums = {"a": [sums_of([500.0])], "b": [sums_of([4.0] * 10)], "c": [sums_of([5.0] * 10)], "d": [sums_of([9.0] * 10)]}
    assert withheld("abcd", sums) == {"a", "b", "c"}
    assert not is_safe(sums["a"][0] + sums["b"][0])
    assert is_safe(sums["a"][0] + sums["b"][0] + sums["c"][0])


def two_practices():
    board = Area("icb", "Q", "Board", ("A", "B"))
    practices = tuple(Area("practice", code, f"Practice {code}", (code,)) for code in ("A", "B"))
    return Geography((board, *practices), {board.key: tuple(area.key for area in practices)})


def published(by_practice, people, unknown=frozenset()):
    """Figures of two practices; every amount has the same sums."""
    areas = two_practices()
    amounts = Amounts({(one.id, code): sums for one in AMOUNTS for code, sums in by_practice.items()}, {}, unknown)
    shown = {
        (str(NOW), "registered", area.key): figure(sum(people[code] for code in area.practices), Rule())
        for area in areas.areas
    }
    return amount_figures(amounts, NOW, areas, read_cohorts(), shown, Rule())


def test_a_mean_worked_by_hand_has_students_interval():
    random = np.random.default_rng(3)
    values = {code: random.poisson(2.0, n) * 1000.0 for code, n in (("A", 1200), ("B", 800))}
    shown = published({code: sums_of(one) for code, one in values.items()}, {"A": 1200, "B": 800})
    for code, own in values.items():
        row = shown.filter((pl.col("group_code") == code) & (pl.col("amount") == "ae-cost"))
        total, average = row.rows(named=True)
        assert total["value"] == own.sum()  # whole thousands
        assert average["value"] == round(own.mean(), 2)
        lower, upper = DescrStatsW(own).tconfint_mean()
        wider = float(f"{own.std(ddof=1):.2g}") / own.std(ddof=1)  # the standard deviation has two figures
        assert average["lower"] == pytest.approx(own.mean() - wider * (own.mean() - lower), abs=0.006)
        assert average["upper"] == pytest.approx(own.mean() + wider * (upper - own.mean()), abs=0.006)
        assert total["lower"] == pytest.approx(len(own) * average["lower"], abs=510)
    admissions = shown.filter((pl.col("amount") == "emergency-admissions") & (pl.col("figure") == "mean"))
    assert admissions["value"][1] == round(1000 * values["A"].mean(), 2)  # per 1,000 people


def test_one_practice_that_is_not_safe_hides_the_other_and_not_the_board():
    shown = published({"A": sums_of([2.0] * 500), "B": sums_of([3.0] * 9)}, {"A": 900, "B": 100})
    own = shown.filter((pl.col("amount") == "ae-attendances") & (pl.col("figure") == "total"))
    assert dict(own.select("group_code", "value").iter_rows()) == {"Q": 1025.0, "A": None, "B": None}
    assert set(own.filter(pl.col("value").is_null())["note"]) == {NOT_SHOWN}


def test_costs_that_add_up_are_hidden_together():
    areas, people = two_practices(), {"A": 900, "B": 900}
    sums = {(one.id, code): sums_of([5000.0] * 50) for one in AMOUNTS for code in people}
    sums["ae-cost", "B"] = sums_of([9000.0, *[1.0] * 40])
    shown_people = {
        (str(NOW), "registered", area.key): figure(900 * len(area.practices), Rule()) for area in areas.areas
    }
    shown = amount_figures(Amounts(sums, {}, frozenset()), NOW, areas, read_cohorts(), shown_people, Rule())
    hidden = shown.filter((pl.col("note") == NOT_SHOWN) & (pl.col("group_type") == "practice"))
    assert set(hidden["amount"]) == {one.id for one in AMOUNTS if one.is_cost}


def test_two_people_who_decide_the_interval_are_not_told_by_it():
    values = [100.0, 90.0, *[10.0] * 15]  # of the squares they have nine tenths and more, of the sum less
    shown = published({"A": sums_of(values), "B": sums_of([10.0] * 40)}, {"A": 500, "B": 500})
    own = shown.filter((pl.col("group_code") == "A") & (pl.col("amount") == "ae-attendances"))
    assert own["note"].to_list() == [NO_INTERVAL] * 2
    assert own["value"].to_list() == [340.0, 680.0]
    assert own["lower"].null_count() == 2


def test_an_amount_that_is_not_known_has_no_figure_and_no_nought():
    shown = published(
        {"A": sums_of([2.0] * 50), "B": sums_of([2.0] * 50)},
        {"A": 90, "B": 90},
        frozenset({"ae-cost", "hospital-cost"}),
    )
    missing = shown.filter(pl.col("note") == UNKNOWN)
    assert set(missing["amount"]) == {"ae-cost", "hospital-cost"}
    assert missing["value"].null_count() == missing.height
    assert shown.filter(pl.col("amount") == "admission-cost")["value"].null_count() == 0
    none = published({}, {"A": 90, "B": 90}, frozenset(one.id for one in AMOUNTS))
    assert amounts_section(unrevised(none)) is None


def unrevised(shown):
    return shown.with_columns(revised_from=pl.lit(None, pl.Float64))


@pytest.fixture(scope="module")
def held(tmp_path_factory):
    """A board with activity and cost for everybody, one feed that says nothing of somebody, and two who opted out."""
    board = write_board(tmp_path_factory.mktemp("amounts"), people=600, practices=4, opted_out=[5, 6], scored=())
    part = board.part("features", NOW)
    snapshot = pl.read_parquet(part)
    random = np.random.default_rng(7)
    counted = {name: random.poisson(0.8, snapshot.height) for name in COLUMNS if "cost" not in name}
    costs = {name: (random.gamma(0.4, 900, snapshot.height)).round(2) for name in COLUMNS if "cost" in name}
    made = snapshot.with_columns(**{name: pl.Series(name, one) for name, one in (counted | costs).items()})
    nothing = pl.when(pl.col("person_id") != 9).then(pl.col("outpatient_cost_pounds_365d"))
    made = made.with_columns(outpatient_cost_pounds_365d=nothing)
    made.write_parquet(part)
    return board, made


def test_sums_are_those_of_the_people_who_may_be_counted(held):
    board, made = held
    cohorts = read_cohorts()
    amounts = read_amounts(board, NOW, read_members(board, NOW, cohorts), cohorts, {"Z00004": "Z00001"})
    assert amounts.unknown == {"outpatient-cost", "hospital-cost"}
    people = made.filter(~pl.col("person_id").is_in([5, 6])).with_columns(
        pl.col("practice_code").replace("Z00004", "Z00001")
    )
    for one in AMOUNTS:
        for practice in set(people["practice_code"]) if one.id not in amounts.unknown else ():
            values = people.filter(pl.col("practice_code") == practice)[one.columns[0]].to_list()
            found, plain = amounts.by_practice[one.id, practice], sums_of(values)
            assert (found.contributors, found.squares) == (plain.contributors, plain.squares)
            assert (found.total, found.first, found.second) == pytest.approx(
                (plain.total, plain.first, plain.second), abs=1e-6
            )
    assert not any("Z00004" in key for key in amounts.by_practice)
    everybody = sum((amounts.by_practice["ae-cost", code] for code in ("Z00001", "Z00002", "Z00003")), Sums())
    own = [sums for (amount, _), sums in amounts.by_segment.items() if amount == "ae-cost"]
    assert len(own) > 1
    assert sum(own, Sums()).total == pytest.approx(everybody.total, abs=1e-6)


def test_the_sheet_has_a_row_for_every_group_and_amount():
    shown = published({"A": sums_of([2.0] * 50), "B": sums_of([2.0] * 50)}, {"A": 90, "B": 90})
    shown = unrevised(shown)
    assert amounts_sheet(shown).frame.height == 3 * len(AMOUNTS)
    section = amounts_section(shown)
    assert [line["board"]["total"] for line in section["lines"]] == [200.0] * 4 + [0.0] * 4  # to the nearest thousand
