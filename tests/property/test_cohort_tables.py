"""Whole cohort tables, as the report makes them: whatever the counts, they can be published and nobody is found."""

from datetime import date

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riskstrat.disclosure import Figure, Rule
from riskstrat.disclosure.attack import sum_of
from riskstrat.disclosure.cells import Table, together
from riskstrat.population.counting.areas import geography
from riskstrat.population.counting.cells import what_is_counted
from riskstrat.population.counting.cohorts import Cohort, Month
from riskstrat.population.protection.tables import attack_published, cells_of, check_published

RULE = Rule()
DAY = date(2026, 11, 1)
COHORTS = [Cohort(name, name, "", "", "") for name in ("one", "two")]
PRACTICES = [f"Z{n}" for n in range(8)]
GEOGRAPHY = geography(
    pl.DataFrame(
        {
            "practice_code": PRACTICES,
            "pcn_code": ["U1", "U1", "U1", "U2", "U2", "U2", "U3", None],
            "place_code": ["P1"] * 6 + ["P2", None],
        }
    ),
    PRACTICES,
    "Board",
)
few_or_not = st.sampled_from([1, 0, 1, 7, 8, 8, 13])


def month_of(registered, one, two):
    """A month in which practices have these counts; the second cohort lies inside the first where it can."""
    people = pl.DataFrame({"practice_code": PRACTICES, "age_from": [50] * 8, "people": registered})
    sizes = [
        pl.DataFrame({"cohort_id": [name] * 8, "practice_code": PRACTICES, "age_from": [50] * 8, "people": counts})
        for name, counts in (("one", one), ("two", two))
    ]
    alone = pl.DataFrame({"combination": [0], "in_programme": [0], "people": [sum(registered)]})
    held = pl.DataFrame({"cohort_id": ["one", "two"], "in_programme": [0, 0], "people": [sum(one), sum(two)]})
    inside = (("two", "one"),) if all(b <= a for a, b in zip(one, two, strict=True)) else ()
    return Month(DAY, people, pl.concat(sizes), (), alone, held, inside, {}, left_out=0)


def read_back(figures):
    return {key: one.shown for key, one in figures.items() if one.is_printed}


@settings(max_examples=15, deadline=None)
@given(*(st.lists(few_or_not, min_size=8, max_size=8) for _ in range(3)))
def test_cohort_tables_can_always_be_published_with_nobody_found(one, two, others):
    registered = [a + b + c for a, b, c in zip(one, two, others, strict=True)]
    cells = cells_of(month_of(registered, one, two), COHORTS, GEOGRAPHY, Rule())
    protected = cells.protected(RULE, {})
    assert protected.exposed == ()
    assert attack_published(check_published(read_back(protected.figures), cells, RULE), cells, {}) == ()


def test_seven_people_in_seven_practices_are_not_shown_one_in_each():
    cells = cells_of(month_of([100] * 8, [1] * 7 + [0], [40] * 8), COHORTS, GEOGRAPHY, Rule())
    figures = cells.protected(RULE, {}).figures
    practice = [one for key, one in figures.items() if key[1] == "one" and key[2].startswith("practice:")]
    assert not any(one.is_printed for one in practice)
    assert figures[(str(DAY), "one", "icb:board")].is_suppressed
    assert all(figures[(str(DAY), "two", f"practice:{code}")].shown == 40 for code in PRACTICES)


def test_what_an_earlier_release_gave_away_cannot_be_protected():
    cells = cells_of(month_of([100] * 8, [1] * 7 + [0], [40] * 8), COHORTS, GEOGRAPHY, Rule())
    star = Figure(None, 1, 7, is_guarded=True)
    before = {key: star for key, count in cells.counts.items() if key[1] == "one" and count}
    assert cells.protected(RULE, before).exposed != ()


def test_a_table_is_added_by_its_counts_and_ties_alone():
    """Men and women of a cohort of 23 at a practice: 3 men are a ``*``, and the 20 women go with them."""
    month = cells_of(month_of([100] * 8, [23] * 8, [40] * 8), COHORTS, GEOGRAPHY, Rule())
    where = "practice:Z3"
    men, women = ((str(DAY), what_is_counted("one", sex), where) for sex in ("men", "women"))
    sexes = Table({men: 3, women: 20}, (sum_of((str(DAY), "one", where), [men, women]),))
    exact = Rule(round_to=1)
    alone, added = (together(tables).protected(exact, {}) for tables in (month.tables, (*month.tables, sexes)))
    assert alone.figures[(str(DAY), "one", where)].shown == 23
    assert added.figures[men].is_suppressed
    assert added.figures[women].is_suppressed
    shown = read_back(added.figures)
    cells = together((*month.tables, sexes))
    assert attack_published(check_published(shown, cells, exact), cells, {}) == ()
    assert attack_published(check_published(shown | {women: 20}, cells, exact), cells, {}) == (men,)


def test_two_tables_may_not_name_a_cell_alike():
    month = cells_of(month_of([100] * 8, [23] * 8, [40] * 8), COHORTS, GEOGRAPHY, Rule())
    with pytest.raises(ValueError, match="name a cell alike"):
        together((*month.tables, month.tables[0]))


def test_a_count_that_is_no_cell_of_the_system_is_refused():
    cells = cells_of(month_of([100] * 8, [20] * 8, [40] * 8), COHORTS, GEOGRAPHY, Rule())
    shown = read_back(cells.protected(RULE, {}).figures)
    shown[(str(DAY), "one: men", "practice:Z3")] = 10
    with pytest.raises(ValueError, match="one: men / practice:Z3 did not pass through disclosure control"):
        check_published(shown, cells, RULE)


def test_a_wrong_figure_in_the_files_is_refused():
    cells = cells_of(month_of([100] * 8, [20] * 8, [40] * 8), COHORTS, GEOGRAPHY, Rule())
    shown = read_back(cells.protected(RULE, {}).figures)
    shown[(str(DAY), "one", "practice:Z3")] = 25
    with pytest.raises(ValueError, match="one / practice:Z3"):
        check_published(shown, cells, RULE)
