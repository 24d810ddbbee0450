"""Worked examples: what a source cannot see is null, not zero."""

from datetime import date, timedelta

from support.tables import expect

CONTACTS = """
person | day        | received
  A    | 2026-09-01 | 2026-10-10
  A    | 2026-02-01 | 2026-03-10
"""
PEOPLE = """
person | born
  A    | 1950-01-01
  B    | 1950-01-01
"""


def test_an_absent_source_leaves_its_columns_null(feature):
    expect(feature("community", on="2026-11-01", persons=PEOPLE, absent=["community_contact"])) == """
    person | community_contacts_attended_365d | days_since_community_contact
      A    | -                                | -
      B    | -                                | -
    """


def test_a_source_that_begins_within_a_window_leaves_that_window_null(feature):
    begins = """
    table             | begins
    community_contact | 2025-11-01   # 365 days before: just in time
    """
    expect(feature("community", on="2026-11-01", persons=PEOPLE, community=CONTACTS, sources=begins)) == """
    person | community_contacts_attended_90d | community_contacts_attended_365d | community_contacts_attended_730d
      A    | 1                               | 2                                | -
      B    | 0                               | 0                                | -
    """


def test_a_window_no_longer_than_the_lag_is_null(feature):
    late = """
    table             | lag
    community_contact | 90
    """
    expect(feature("community", on="2026-11-01", persons=PEOPLE, community=CONTACTS, sources=late)) == """
    person | community_contacts_attended_90d | community_contacts_attended_365d
      A    | -                               | 2
      B    | -                               | 0
    """


def test_a_source_that_stopped_is_not_taken_for_good_health(feature):
    stopped = """
    table             | ends
    community_contact | 2026-03-31
    """
    expect(feature("community", on="2026-11-01", persons=PEOPLE, community=CONTACTS, sources=stopped)) == """
    person | community_contacts_attended_90d | community_contacts_attended_365d
      A    | -                               | 2
      B    | -                               | 0
    """


def test_complete_to_is_the_end_of_the_period_or_the_index_date_less_the_lag(feature):
    sources = """
    table             | ends       | lag
    community_contact | 2026-03-31 | 45
    urgent_call       | 2026-12-31 | 14
    """
    result = feature("population_source", on="2026-11-01", persons=PEOPLE, sources=sources, absent=["programme"])
    wanted = ["community_contact", "urgent_call", "programme"]
    expect(result.filter(result["table_name"].is_in(wanted))) == """
    table_name        | is_present | lag_days | complete_to
    community_contact | yes        | 45       | 2026-02-15
    urgent_call       | yes        | 14       | 2026-10-18
    programme         | no         | 7        | -
    """


WANTED = ("is_present", "lag_days", "complete_to", "last_event_date", "last_available_date", "share_of_usual_volume")


def calls(*blocks, per_block=200, received=14):
    """Calls of one person in blocks of 28 days, the last of them ending on 17 October 2026; the earliest named first."""
    day = date(2026, 10, 18) - timedelta(days=28 * len(blocks))
    rows = ["person | day | received"]
    for share in blocks:
        for number in range(int(share * per_block)):
            happened = day + timedelta(days=number % 28)
            rows.append(f"A | {happened} | {happened + timedelta(days=received)}")
        day += timedelta(days=28)
    return "\n".join(rows)


def freshness_of(feature, on="2026-11-01", **drawn):
    result = feature("population_source", on=on, persons=PEOPLE, **drawn)
    return result.filter(result["table_name"] == "urgent_call")


def test_a_source_in_its_usual_volume_is_complete_as_its_period_and_lag_say(feature):
    result = freshness_of(feature, calls=calls(*[1] * 14))
    expect(result.select(*WANTED, "note")) == """
    is_present | lag_days | complete_to | last_event_date | last_available_date | share_of_usual_volume | note
    yes        | 14       | 2026-10-18  | 2026-10-17      | 2026-10-31          | 1                     | -
    """


def test_a_feed_below_half_its_usual_volume_is_complete_to_its_last_good_block(feature):
    result = freshness_of(feature, calls=calls(*[1] * 12, 0.5, 0.48))
    expect(result.select(*WANTED, "note")) == """
    is_present | lag_days | complete_to | last_event_date | last_available_date | share_of_usual_volume | note
    yes        | 14       | 2026-09-20  | 2026-10-17      | 2026-10-31          | 0.48                  | urgent_call: 48 % of its usual volume in the 28 days before 2026-10-18; taken as complete to 2026-09-20
    """


def test_a_feed_that_stopped_is_not_taken_for_good_health(feature):
    """Its period still says it is there: 30 and 90 days are null, a year is what is known of it."""
    drawn = {"calls": calls(*[1] * 13, 0, 0, 0, 0)}
    expect(freshness_of(feature, **drawn).select("complete_to", "last_event_date", "share_of_usual_volume")) == """
    complete_to | last_event_date | share_of_usual_volume
    2026-06-28  | 2026-06-27      | 0
    """
    expect(feature("urgent_calls", on="2026-11-01", persons=PEOPLE, **drawn)) == """
    person | urgent_calls_111_30d | urgent_calls_111_90d | urgent_calls_111_365d
      A    | -                    | -                    | 1705
      B    | -                    | -                    | 0
    """


def test_a_feed_that_stopped_over_a_year_ago_is_still_seen_to_have_stopped(feature):
    result = freshness_of(feature, calls=calls(*[1] * 13, *[0] * 14))
    expect(result.select("complete_to", "share_of_usual_volume")) == """
    complete_to | share_of_usual_volume
    2025-09-21  | 0
    """


def test_five_bad_months_do_not_become_the_usual(feature):
    result = freshness_of(feature, calls=calls(*[1] * 8, *[0.4] * 6))
    expect(result.select("complete_to", "share_of_usual_volume")) == """
    complete_to | share_of_usual_volume
    2026-05-03  | 0.4
    """


def test_rows_that_are_later_than_the_lag_says_are_not_there_yet(feature):
    """A lag of 14 days in settings, and rows that take 50: the day it is complete to is the honest one."""
    result = freshness_of(feature, calls=calls(*[1] * 15, received=50))
    expect(result.select("complete_to", "last_event_date", "last_available_date", "share_of_usual_volume")) == """
    complete_to | last_event_date | last_available_date | share_of_usual_volume
    2026-09-12  | 2026-09-11      | 2026-10-31          | 0
    """


def test_a_small_source_is_never_touched(feature):
    """Below 200 things a block nothing is said: a feed of a small team may well be silent for a month."""
    result = freshness_of(feature, calls=calls(*[0.995] * 13, 0))
    expect(result.select("complete_to", "last_event_date", "share_of_usual_volume", "note")) == """
    complete_to | last_event_date | share_of_usual_volume | note
    2026-10-18  | 2026-09-19      | -                     | -
    """


def test_a_source_that_does_not_reach_back_over_the_twelve_blocks_has_no_usual_volume(feature):
    begins = """
    table       | begins
    urgent_call | 2025-10-20   # 363 days before the day it is complete to: 13 blocks are 364
    """
    result = freshness_of(feature, calls=calls(*[1] * 13, 0), sources=begins)
    expect(result.select("complete_to", "share_of_usual_volume")) == """
    complete_to | share_of_usual_volume
    2026-10-18  | -
    """


def test_services_that_begin_are_not_a_volume(feature):
    """A register of services is whole or it is not; fewer beginnings in a month say nothing of it."""
    rows = ["person | service | from"]
    first = date(2025, 9, 1)
    rows += [f"A{n} | home_care | {first + timedelta(days=n // 20)}" for n in range(20 * 300)]
    result = feature("population_source", on="2026-11-01", services="\n".join(rows))
    expect(result.filter(result["table_name"] == "social_care_service").select(*WANTED)) == """
    is_present | lag_days | complete_to | last_event_date | last_available_date | share_of_usual_volume
    yes        | 40       | 2026-09-22  | 2026-06-27      | 2026-08-06          | -
    """
