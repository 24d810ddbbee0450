"""Other index dates than the report's own: what is printed of them once more, and what readers hold of them."""

from datetime import date

import polars as pl

from riskstrat.disclosure import Figure, Rule, figure, unprinted
from riskstrat.disclosure.attack import System
from riskstrat.disclosure.cells import together
from riskstrat.population import publish
from riskstrat.population.counted import count, protected
from riskstrat.population.counting.areas import geography
from riskstrat.population.counting.cells import by_area
from riskstrat.population.protection.earlier import AREAS_CSV, AREAS_SCHEMA
from riskstrat.population.protection.history import beside
from riskstrat.population.protection.tables import attack_published, check_published
from riskstrat.sheets import write_csv
from support.published import counted_by_hand

NOW, BEFORE = date(2026, 11, 1), date(2026, 8, 1)
PLACES = pl.DataFrame(
    {"practice_code": list("ABCDE"), "place_code": ["P1", "P1", "P1", "P2", None], "icb_code": ["Q"] * 5}
)
"""E is in no place: what the board has more than its places together."""


def counted(workspace, previous=()):
    return protected(count(workspace, (BEFORE, NOW), previous), Rule(), previous)


def areas_of(cells, day):
    return {area.partition(":")[0] for period, what, area in cells.counts if (period, what) == (str(day), "registered")}


def test_the_board_less_its_places_gives_nobody_away():
    upper = geography(PLACES, "ABCDE", "The board").upper()
    registered = by_area("2026-08-01", "registered", dict.fromkeys("ABCDE", 700), upper)
    falls = {"A": 40, "B": 50, "C": 60, "D": 45, "E": 3}
    cells = together([registered, by_area("2026-08-01", "falls", falls, upper, base=registered)])
    protected = cells.protected(Rule(round_to=1), {})
    assert not protected.exposed
    printed = [protected.figures["2026-08-01", "falls", area].shown for area in ("icb:Q", "place:P1", "place:P2")]
    assert printed == [198, 150, None]


def test_the_figures_of_an_earlier_date_are_those_of_its_counts(board):
    figures, compared = counted(board).figures, 0  # which evaluates the rules, where nobody has
    truth = counted_by_hand(board, BEFORE)
    for (period, what, area), one in figures.items():
        kind, _, code = area.partition(":")
        if period == str(BEFORE) and one.shown is not None and (kind, code, what) in truth:
            assert abs(truth[kind, code, what] - one.shown) <= 2
            compared += 1
    assert compared > 50


def test_areas_below_a_place_are_cells_only_of_dates_that_a_release_was_made_at(board, tmp_path):
    cells = counted(board).cells
    assert areas_of(cells, BEFORE) == {"icb", "place"}
    assert areas_of(cells, NOW) == {"icb", "place", "pcn", "practice"}
    released = publish(board, BEFORE, f"{BEFORE}.1", tmp_path / "before")
    cells = counted(board, [released.folder]).cells
    assert areas_of(cells, BEFORE) == {"icb", "place", "pcn", "practice"}


def test_all_areas_of_a_trend_are_cells_where_it_prints_a_place_that_was_another_one_once(board, tmp_path):
    """A practice changed place since a release: of the date that both print, it is the difference of the two places."""
    released = publish(board, NOW, f"{NOW}.1", tmp_path / "now").folder
    assert areas_of(counted(board, [released]).cells, BEFORE) == {"icb", "place"}
    areas = pl.read_csv(released / AREAS_CSV, schema_overrides=AREAS_SCHEMA)
    in_place = areas.filter(area_type="place").sort("area_code")
    moves, other = in_place["practice_code"][0], in_place["area_code"][-1]
    of_it = pl.col("practice_code").eq(moves) & pl.col("area_type").eq("place")
    moved = areas.with_columns(area_code=pl.when(of_it).then(pl.lit(other)).otherwise("area_code"))
    write_csv(released / AREAS_CSV, moved)
    cells = counted(board, [released]).cells
    assert areas_of(cells, BEFORE) == {"icb", "place", "pcn", "practice"}
    assert any(period == str(BEFORE) and area.startswith("place: ") for period, _, area in cells.counts)


def test_what_an_earlier_release_showed_as_a_star_of_a_date_stays_one(board, tmp_path):
    """It may hide a count of another month, which this date's own system does not know."""
    released = publish(board, BEFORE, f"{BEFORE}.1", tmp_path / "before")
    path = released.folder / "population.csv"
    rows = pl.read_csv(path, infer_schema=False)
    is_star = (pl.col("period") == str(BEFORE)) & (pl.col("area_type") == "place") & (pl.col("cohort") == "af")
    is_star &= pl.col("measure") == "people"
    shown = rows.filter(is_star)["value"].to_list()
    assert len(shown) == 2
    assert None not in shown
    starred = rows.with_columns(
        value=pl.when(~is_star).then("value"), note=pl.when(is_star).then(pl.lit("*")).otherwise("note")
    )
    starred.write_csv(path)
    figures = counted(board, [released.folder]).figures
    assert {figures[str(BEFORE), "af", f"place:{code}"].shown for code in ("P0", "P1")} == {None}
    assert figures[str(BEFORE), "registered", "place:P0"].shown is not None
    assert figures[str(NOW), "af", "place:P0"].shown is not None


def test_a_month_made_late_is_protected_beside_the_later_ones_that_readers_hold(board, tmp_path):
    released = publish(board, NOW, f"{NOW}.1", tmp_path / "now")
    own = protected(count(board, (BEFORE,), [released.folder]), Rule(), [released.folder]).cells
    assert {period for period, what, _ in own.counts if what == "registered"} == {str(BEFORE), str(NOW)}
    assert any({key[0] for key in tie.keys} == {str(BEFORE), str(NOW)} for tie in own.ties(own.counts))


def test_the_dates_of_one_report_stand_beside_one_another_as_those_of_two_do(board):
    own = counted(board).cells
    earlier = {key for key in own.counts if key[0] == str(BEFORE)}
    assert {area.partition(":")[0] for _, _, area in earlier} == {"icb", "place"}
    tied = {tie.keys for tie in own.ties(own.counts) if {key[0] for key in tie.keys} == {str(BEFORE), str(NOW)}}
    same = {key for key in earlier if own.counts.get((str(NOW), *key[1:])) == own.counts[key]}
    assert tied == {(key, (str(NOW), *key[1:])) for key in same} != set()


def falls_at(day, practices, where):
    """The falls cohort of practices in two places and of one in none."""
    return together([by_area(str(day), "falls", practices, where)])


def test_a_count_of_the_trend_is_hidden_where_it_leaves_one_value_to_this_months():
    """A practice in no place has 4 at both dates; the second place has nobody at first.

    Of 18 and 4, shown as 20 and 20 in all, it has 4 at most; of 22, 22 and 4, shown as 20, 20 and 50, at least 4.
    """
    areas = geography(PLACES, "ADE", "Board")
    then, now = falls_at(BEFORE, {"A": 18, "E": 4}, areas.upper()), falls_at(NOW, {"A": 22, "D": 22, "E": 4}, areas)
    both = beside(now, str(NOW), {str(BEFORE): then}, [str(BEFORE)])
    protected = both.protected(Rule(), {})
    hidden = {key for key, one in protected.figures.items() if one.is_suppressed and both.counts[key] > 7}
    assert (protected.exposed, hidden) == ((), {(str(BEFORE), "falls", "place:P1")}), "18 is the smallest that helps"
    assert protected.figures[str(BEFORE), "falls", "icb:Q"].shown == 20
    not_again = beside(now, str(NOW), {str(BEFORE): then}).protected(Rule(), {})
    assert not any(one.is_printed for key, one in not_again.figures.items() if key[0] == str(BEFORE))


def test_a_count_is_the_same_as_that_of_the_month_before_which_has_it():
    """Of the month between only the board and its places are cells."""
    areas, between = geography(PLACES, "ADE", "Board"), date(2026, 9, 1)
    of_a = {"A": 20, "D": 30}
    months = {
        str(BEFORE): falls_at(BEFORE, of_a, areas),
        str(between): falls_at(between, of_a, areas.upper()),
    }
    cells = beside(falls_at(NOW, of_a, areas), str(NOW), months)
    tied = {(a[0], b[0]) for tie in cells.ties(cells.counts) for a, b in [tie.keys[:2]] if a[2] == b[2] == "practice:A"}
    assert tied == {(str(BEFORE), str(NOW))}
    of_the_board = {tie.keys for tie in cells.ties(cells.counts) if {key[2] for key in tie.keys} == {"icb:Q"}}
    board = [(str(day), "falls", "icb:Q") for day in (BEFORE, between, NOW)]
    assert of_the_board == {(board[0], board[1]), (board[1], board[2])}


def given_away_between():
    """October's report showed 4 and 5 of 9 as stars, August's 0 and 8 of 8; of September nothing was ever printed.

    D has not changed since August, nor the board from September to October: of September's 9 people 8 are in D, and 1
    in A. Returns the system of a November whose trend prints September, and what was told of the other two.
    """
    areas = geography(PLACES.filter(pl.col("practice_code").is_in(["A", "D"])), "AD", "Board")
    august, september, october = (date(2026, month, 1) for month in (8, 9, 10))
    months = {
        str(day): falls_at(day, {"A": in_a, "D": in_d}, areas.upper())
        for day, in_a, in_d in ((august, 0, 8), (september, 1, 8), (october, 4, 5))
    }
    exact = Rule(round_to=1)
    told = {key: figure(n, exact) for day in (august, october) for key, n in months[str(day)].counts.items()}
    cells = beside(falls_at(NOW, {"A": 20, "D": 30}, areas), str(NOW), months, [str(september)])
    return cells, told, exact, str(september)


def test_a_date_that_nobody_was_shown_tells_nothing_and_is_left_out_where_it_would():
    cells, told, exact, september = given_away_between()
    leak = (september, "falls", "place:P1")
    nothing = {key: unprinted(n, exact) for key, n in cells.counts.items()} | told
    assert set(System(nothing, cells.ties(cells.counts), cells.counts).pinned()) == {leak}
    assert System(nothing, cells.ties(told), cells.counts).pinned() == {}
    found = cells.protected(exact, told)
    assert found.exposed == ()
    assert not any(one.is_printed for key, one in found.figures.items() if key[0] == september)
    printed = {key[2]: one.shown for key, one in found.figures.items() if key[0] == str(NOW) and one.is_printed}
    assert printed == {"icb:Q": 50, "place:P1": 20, "place:P2": 30, "practice:A": 20, "practice:D": 30}
    shown = {(str(NOW), "falls", area): people for area, people in printed.items()}
    assert attack_published(check_published(shown, cells, exact), cells, told) == ()
    assert attack_published(check_published({**shown, leak: None}, cells, exact), cells, told) == (leak,)


def test_what_releases_give_away_by_themselves_of_a_date_takes_nothing_of_this_months_with_it():
    """An older software's October showed 9 and 5 beside the 4."""
    cells, told, exact, _ = given_away_between()
    leak = ("2026-10-01", "falls", "place:P1")
    told |= {(*leak[:2], area): Figure(n, n, n) for area, n in (("icb:Q", 9), ("place:P2", 5))}
    assert cells.protected(exact, told).exposed != ()
    found = cells.protected(exact, told, elsewhere={key for key in cells.counts if key[0] != str(NOW)})
    assert found.exposed == ()
    printed = {key for key in cells.counts if key[0] == str(NOW) and found.figures[key].shown is not None}
    assert len(printed) == 5
    shown = {key: found.figures[key].shown for key in printed}
    assert attack_published(check_published(shown, cells, exact), cells, told) == ()
