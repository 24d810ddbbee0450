"""Which columns can be filled: presence, reach and lateness of each source, column by column."""

from datetime import date

import pytest

from riskstrat.features.catalogue import window_days
from riskstrat.features.visibility import Source, why_unseen

INDEX = date(2026, 11, 1)
TIMELY = Source("urgent_call", True, 14, date(2026, 10, 18), date(2020, 1, 1))
LATE = Source("apc_episode", True, 42, date(2026, 9, 20), date(2020, 1, 1))
SOURCES = {source.table_name: source for source in (TIMELY, LATE)}


def test_a_window_is_the_number_a_name_ends_with():
    assert window_days("emergency_readmissions_30_days_365d") == 365
    assert window_days("age") is None
    assert window_days("days_since_ae_attendance") is None


def test_a_source_that_is_there_and_timely_is_seen():
    assert why_unseen("calls_30d", SOURCES, ("urgent_call",), INDEX) is None
    assert why_unseen("admissions_90d", SOURCES, ("apc_episode",), INDEX) is None
    assert why_unseen("age", SOURCES, (), INDEX) is None


@pytest.mark.parametrize(("window", "is_seen"), [(41, False), (42, False), (43, True)])
def test_a_window_no_longer_than_the_lag_is_not_seen(window, is_seen):
    assert (why_unseen(f"admissions_{window}d", SOURCES, ("apc_episode",), INDEX) is None) == is_seen


def test_any_one_source_that_is_not_there_hides_a_column_of_several():
    assert why_unseen("efi", SOURCES, ("apc_episode", "gp_event"), INDEX) == "gp_event is absent"
    gone = {**SOURCES, "apc_episode": Source("apc_episode", False, 42, None, None)}
    assert why_unseen("efi", gone, ("apc_episode",), INDEX) == "apc_episode is absent"


@pytest.mark.parametrize(("begins", "is_seen"), [(date(2025, 11, 1), True), (date(2025, 11, 2), False)])
def test_a_source_must_reach_back_to_the_start_of_the_window(begins, is_seen):
    sources = {"apc_episode": Source("apc_episode", True, 42, date(2026, 9, 20), begins)}
    assert (why_unseen("admissions_365d", sources, ("apc_episode",), INDEX) is None) == is_seen
    assert why_unseen("days_since_admission", sources, ("apc_episode",), INDEX) is None


def test_a_source_that_begins_after_the_index_date_is_not_seen():
    sources = {"apc_episode": Source("apc_episode", True, 42, date(2026, 9, 20), INDEX)}
    assert why_unseen("in_hospital", sources, ("apc_episode",), INDEX) == "apc_episode begins on 2026-11-01"
