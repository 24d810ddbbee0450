"""Worked examples: what a source cannot see is null, not zero."""

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
