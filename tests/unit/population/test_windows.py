"""Windows that overlap: a reader of two reports knows what an area's window grew by, to the board's new month."""

from datetime import date

import polars as pl
import pytest

from riskstrat.disclosure import Figure, Rule, figure, unprinted
from riskstrat.disclosure.attack import System
from riskstrat.disclosure.cells import together
from riskstrat.population.counting.areas import geography
from riskstrat.population.measures.activity import Activity
from riskstrat.population.measures.cells import measure_tables
from riskstrat.population.measures.definitions import Span, read_measures
from riskstrat.population.protection.earlier import windows_printed
from riskstrat.population.protection.tables import attack_published
from riskstrat.project import add_months

RULE = Rule()
RATE = next(one for one in read_measures() if one.is_rate and not one.least_age and one.months == 12)
SHARE = next(one for one in read_measures() if not one.is_rate and one.at != "index" and one.months == 12)
SMALL, LARGE = [f"P{n}" for n in range(7)], "P9"
NOW = Span(date(2025, 9, 1), date(2026, 9, 1), date(2024, 9, 1))
LAST_MONTH = "2025-08/2026-07"
NEW, GONE, BETWEEN = date(2026, 8, 1), date(2025, 8, 1), date(2026, 1, 1)


def areas():
    codes = [*SMALL, LARGE]
    return geography(pl.DataFrame([{"practice_code": code, "pcn_code": "U1"} for code in codes]), codes, "Board")


def activity(measure, events):
    """Return what a measure counts: ``events`` are (practice, month, how many); as many again did not have it."""
    rows = [(measure.id, code, 80, month, n, 0 if measure.is_rate else 2 * n) for code, month, n in events]
    counted = pl.DataFrame(
        rows, schema=["measure_id", "practice_code", "age_from", "month", "numerator", "denominator"], orient="row"
    )
    people = pl.DataFrame({"month": NOW.months}).with_columns(practice_code=pl.lit(LARGE), age_from=80, people=900)
    return Activity(date(2026, 11, 1), counted, people, {measure.id: NOW}, {})


def cells(measure, events, printed=(LAST_MONTH,)):
    made = activity(measure, events)
    tables = measure_tables(together([]), made, [measure], None, areas(), printed)
    return together([table for table in tables if table.counts or table.relations])


def as_printed(system):
    """Return every cell as the rule alone shows it, and those of last month as it showed them."""
    names = {key for table in system.tables for key in table.worked_out if key[0] != LAST_MONTH}
    return {
        key: unprinted(n, RULE) if key in names or key[1].startswith("not ") else figure(n, RULE)
        for key, n in system.counts.items()
    }


NEWLY = [(code, NEW, 1) for code in SMALL] + [(LARGE, BETWEEN, 60)]
"""One event in each of seven practices that had none, in a month that is itself a ``*`` at the board."""


def test_seven_practices_that_had_none_have_one_event_each_of_the_boards_seven():
    system = cells(RATE, NEWLY)
    pinned = System(as_printed(system), system.relations, system.counts).pinned()
    assert {key: n for key, n in pinned.items() if key[0] == NOW.words} == {
        (NOW.words, RATE.id, f"practice:{code}"): 1 for code in SMALL
    }


def test_one_window_alone_does_not_tell():
    system = cells(RATE, NEWLY, printed=())
    assert System(as_printed(system), system.relations, system.counts).pinned() == {}


def test_what_would_be_told_is_not_printed():
    system = cells(RATE, NEWLY)
    told = {key: figure(n, RULE) for key, n in system.counts.items() if key[0] == LAST_MONTH and "not" not in key[1]}
    protected = system.protected(RULE, told)
    assert protected.exposed == ()
    assert System(protected.figures, system.relations, system.counts).pinned() == {}
    own = [one for key, one in protected.figures.items() if key[0] == NOW.words and key[2].startswith("practice:P")]
    assert any(not one.is_printed or (one.is_suppressed and not one.is_guarded) for one in own)
    board: Figure = protected.figures[NOW.words, RATE.id, areas().board.key]
    assert board.shown is not None


@pytest.mark.parametrize("measure", [RATE, SHARE], ids=["rate", "share"])
def test_whatever_ties_two_windows_is_so(measure):
    events = [(code, month, 3 * n + 2) for n, code in enumerate([*SMALL, LARGE]) for month in (NEW, GONE, BETWEEN)]
    system = cells(measure, events, (LAST_MONTH, "2025-06/2026-05", "2023-01/2023-12"))
    for relation in system.relations:
        total = sum(weight * system.counts[key] for key, weight in relation.weights)
        assert relation.low <= total <= relation.high, relation
    windows = {key[0] for key in system.counts if "/" in key[0]}
    assert windows == {NOW.words, LAST_MONTH, "2025-06/2026-05"}
    before, now = ((words, measure.id, "practice:P0") for words in (LAST_MONTH, NOW.words))
    assert (system.counts[before], system.counts[now]) == (4, 4)
    came, went = (f"{month:%Y-%m} until {add_months(month, 1):%Y-%m}" for month in (NEW, GONE))
    assert system.counts[came, measure.id, "practice:P0"] == system.counts[went, measure.id, "practice:P0"] == 2


def test_a_count_that_did_not_change_is_one_count_of_two_windows_and_another_is_not():
    """Last month's window said 8 to 12 and this one's, by itself, nothing: of the same count it says the same."""
    events = [(SMALL[0], BETWEEN, 9), (LARGE, BETWEEN, 60), (LARGE, NEW, 9)]
    system = cells(RATE, events)
    nothing = {key: unprinted(n, RULE) for key, n in system.counts.items()}
    board, still, grown = areas().board.key, f"practice:{SMALL[0]}", f"practice:{LARGE}"
    told = {(LAST_MONTH, RATE.id, area): figure(n, RULE) for area, n in ((still, 9), (grown, 60), (board, 69))}
    attack = System({**nothing, **told}, system.relations, system.counts)
    assert attack.possible((NOW.words, RATE.id, still)) == (8, 12)
    assert attack.possible((NOW.words, RATE.id, grown)) != attack.possible((LAST_MONTH, RATE.id, grown)) == (58, 62)


def test_a_folder_without_measures_printed_no_window(tmp_path):
    assert windows_printed([tmp_path, tmp_path / "nothing"]) == frozenset()


def test_what_earlier_releases_gave_away_by_themselves_withholds_nothing_now():
    """Last month's window of a small practice was printed as it was; this month's files do not say it again."""
    system = cells(
        RATE, [*[(code, BETWEEN, 30) for code in SMALL], (SMALL[0], GONE, 4), (LARGE, GONE, 3), (LARGE, BETWEEN, 30)]
    )
    names = {key for table in system.tables for key in table.worked_out}
    read = {key: unprinted(n, RULE) if key in names else figure(n, RULE) for key, n in system.counts.items()}
    given_away = (LAST_MONTH, RATE.id, f"practice:{LARGE}")
    told = {given_away: Figure(33, 33, 33)}
    went = ("2025-08 until 2025-09", RATE.id, f"practice:{LARGE}")
    assert attack_published(read, system, told) == ()
    told[went] = Figure(3, 3, 3)
    assert attack_published(read, system, told) == ()
    everywhere = system.protected(RULE, told)
    assert not any(one.is_printed for key, one in everywhere.figures.items() if key[0] == NOW.words), "in vain"
    elsewhere = {key for key in system.counts if key[0] not in NOW.periods}
    protected = system.protected(RULE, told, elsewhere=elsewhere)
    assert protected.exposed == ()
    assert all(one.is_printed for key, one in protected.figures.items() if key[0] == NOW.words)
    own = (NOW.words, RATE.id, f"practice:{LARGE}")
    assert attack_published({**read, own: Figure(30, 30, 30)}, system, {given_away: told[given_away]}) != ()
