"""Which columns can be filled: presence, reach and lateness of each source, column by column."""

from datetime import date

import pytest

from riskstrat.features.visibility import Source, why_unseen
from riskstrat.warehouse import ColumnComment

INDEX = date(2026, 11, 1)
TIMELY = Source("urgent_call", True, 14, date(2026, 10, 18), date(2020, 1, 1))
LATE = Source("apc_episode", True, 42, date(2026, 9, 20), date(2020, 1, 1))
SOURCES = {source.table_name: source for source in (TIMELY, LATE)}


def counted(window: str) -> ColumnComment:
    return ColumnComment("contacts", "contacts", "count", "0 if none", window)


def test_only_a_whole_window_has_a_length():
    assert counted("365 days").window_days == 365
    assert counted("90 days against the 365 before").window_days == 455
    assert counted("90 days against the 365 before").recent_days == 90
    assert counted("up to 730 days").window_days is None
    assert counted("ever").window_days is None


def test_a_source_that_is_there_and_timely_is_seen():
    assert why_unseen(counted("30 days"), SOURCES, ("urgent_call",), INDEX) is None
    assert why_unseen(counted("90 days"), SOURCES, ("apc_episode",), INDEX) is None
    assert why_unseen(counted("at the index date"), SOURCES, (), INDEX) is None


@pytest.mark.parametrize(("window", "is_seen"), [(41, False), (42, False), (43, True)])
def test_a_window_no_longer_than_the_lag_is_not_seen(window, is_seen):
    assert (why_unseen(counted(f"{window} days"), SOURCES, ("apc_episode",), INDEX) is None) == is_seen


def test_any_one_source_that_is_not_there_hides_a_column_of_several():
    assert why_unseen(counted("ever"), SOURCES, ("apc_episode", "gp_event"), INDEX) == "gp_event is absent"
    gone = {**SOURCES, "apc_episode": Source("apc_episode", False, 42, None, None)}
    assert why_unseen(counted("ever"), gone, ("apc_episode",), INDEX) == "apc_episode is absent"


@pytest.mark.parametrize(("begins", "is_seen"), [(date(2025, 11, 1), True), (date(2025, 11, 2), False)])
def test_a_source_must_reach_back_to_the_start_of_the_window(begins, is_seen):
    sources = {"apc_episode": Source("apc_episode", True, 42, date(2026, 9, 20), begins)}
    assert (why_unseen(counted("365 days"), sources, ("apc_episode",), INDEX) is None) == is_seen
    assert why_unseen(counted("ever"), sources, ("apc_episode",), INDEX) is None


def test_a_source_that_begins_after_the_index_date_is_not_seen():
    sources = {"apc_episode": Source("apc_episode", True, 42, date(2026, 9, 20), INDEX)}
    assert (
        why_unseen(counted("at the index date"), sources, ("apc_episode",), INDEX) == "apc_episode begins on 2026-11-01"
    )


def test_a_trend_must_see_its_recent_days_and_reach_back_over_both():
    trend = counted("30 days against the 365 before")
    assert why_unseen(trend, SOURCES, ("urgent_call",), INDEX) is None
    assert "30 days see nothing" in str(why_unseen(trend, SOURCES, ("apc_episode",), INDEX))
    young = {"urgent_call": Source("urgent_call", True, 14, date(2026, 10, 18), date(2025, 10, 10))}
    assert "begins on 2025-10-10, within the 395 days" in str(why_unseen(trend, young, ("urgent_call",), INDEX))
