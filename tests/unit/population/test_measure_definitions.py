"""Measures as their file defines them: over which months each counts, and what is refused."""

from datetime import date

import pytest

from riskstrat.errors import UsageFault
from riskstrat.features import Source
from riskstrat.population import read_cohorts
from riskstrat.population.measures import definitions as measure_definitions
from riskstrat.population.measures.definitions import WORKLISTS, Measure, Span, read_measures, span_of
from riskstrat.population.measures.page import months_in_words

NOW = date(2026, 11, 1)
FIRST, AFTER = date(2025, 9, 1), date(2026, 9, 1)
RATE = next(one for one in read_measures() if one.id == "emergency-admissions")
SHARE = next(one for one in read_measures() if one.id == "readmissions-30-days")
STATE = next(one for one in read_measures() if one.id == "dementia-recorded-65")
LISTS = next(one for one in read_measures() if one.id == "worklist-reviewed")


def sources(**said):
    """Sources that reach from 2020 to the days said."""
    held = {name: Source(name, True, 0, day, date(2020, 1, 1)) for name, day in said.items()}
    return {"registration": Source("registration", True, 0, NOW, date(2020, 1, 1))} | held


def test_a_window_is_the_last_twelve_whole_months_that_are_complete():
    complete = sources(apc_episode=date(2026, 9, 20))
    assert span_of(RATE, complete, NOW) == Span(FIRST, AFTER, date(2024, 9, 1))
    assert span_of(RATE, complete, NOW).words == "2025-09/2026-08"
    assert span_of(RATE, sources(apc_episode=date(2026, 9, 1)), NOW).counted_to == AFTER
    assert span_of(RATE, sources(apc_episode=date(2026, 8, 31)), NOW).counted_to == date(2026, 8, 1)


def test_what_must_be_followed_ends_the_window_earlier():
    assert span_of(SHARE, sources(apc_episode=date(2026, 9, 20)), NOW).counted_to == date(2026, 8, 1)
    assert span_of(SHARE, sources(apc_episode=date(2026, 10, 1)), NOW).counted_to == AFTER


def test_a_source_that_is_absent_or_begins_within_the_window_gives_no_figure():
    assert span_of(RATE, sources(), NOW) == "apc_episode is absent"
    begun = {"apc_episode": Source("apc_episode", True, 42, date(2026, 9, 20), date(2025, 9, 2))}
    assert span_of(RATE, sources() | begun, NOW).startswith("what it needs begins on 2025-09-02")
    assert span_of(LISTS, {}, NOW) == "no list that was sent before has come back"


def test_a_series_begins_with_its_source():
    begun = {"apc_episode": Source("apc_episode", True, 42, date(2026, 9, 20), date(2025, 2, 15))}
    span = span_of(RATE, sources() | begun, NOW)
    assert (span.series_from, len(span.months)) == (date(2025, 3, 1), 18)
    unstated = {"apc_episode": Source("apc_episode", True, 42, date(2026, 9, 20), None)}
    assert len(span_of(RATE, {**sources(), **unstated}, NOW).months) == 24


def test_a_state_is_of_the_index_date_and_lists_are_of_three_months():
    state = span_of(STATE, {"gp_event": Source("gp_event", True, 3, NOW, None)}, NOW)
    assert (state.words, state.months) == ("2026-11-01", ())
    lists = span_of(LISTS, {WORKLISTS: Source(WORKLISTS, True, 0, NOW, date(2026, 5, 1))}, NOW)
    assert lists.words == "2026-07/2026-09"
    assert len(lists.months) == 5


def test_periods_are_said_as_readers_say_them():
    assert months_in_words("2025-09/2026-08") == "Sep 2025 to Aug 2026"
    assert months_in_words("2026-03") == "Mar 2026"
    assert months_in_words("2026-03/2026-03") == "Mar 2026"
    assert months_in_words("2026-11-01") == "at 1 November 2026"


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"kind": "ratio"}, "kind"),
        ({"least_age": 64}, "least_age"),
        ({"needs": ["nothing_we_have"]}, "no landing table"),
        ({"events": "nowhere"}, "there is no nowhere.sql"),
        ({"of": "people"}, "a rate does not"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_wrong_block_is_refused_with_its_name_and_what_is_wrong(wrong, said):
    block = RATE.model_dump(exclude_defaults=True) | wrong
    with pytest.raises(UsageFault, match=said) as refused:
        measure_definitions._read(block)
    assert "emergency-admissions" in str(refused.value)


def test_every_measure_says_what_it_is_and_where_from():
    measures = read_measures()
    assert len({one.id for one in measures}) == len(measures) == 11
    for one in measures:
        assert isinstance(one, Measure)
        assert len(one.definition) > 40
        assert len(one.source) > 40
        assert not one.cohort or one.cohort in {cohort.id for cohort in read_cohorts()}
