"""Worked examples: contacts with community and mental health services."""

from support.tables import expect

CONTACTS = """
person | day        | attended | received
  A    | 2026-09-01 | 5        | 2026-10-10
  A    | 2026-09-08 | -        | 2026-10-10   # not said: attended
  A    | 2026-02-01 | 6        | 2026-03-10
  A    | 2025-02-01 | 5        | 2025-03-10
  B    | 2026-09-01 | 3        | 2026-10-10   # nobody at home
  B    | 2026-09-02 | 4        | 2026-10-10   # cancelled
  C    | 2026-10-20 | 5        | 2026-11-02   # not known yet
"""


def test_community_contacts_attended(feature):
    expect(feature("community", on="2026-11-01", community=CONTACTS)) == """
    person | community_contacts_attended_90d | community_contacts_attended_365d | community_contacts_attended_730d | days_since_community_contact
      A    | 2                               | 3                                | 4                                | 54
      B    | 0                               | 0                                | 0                                | -
      C    | 0                               | 0                                | 0                                | -
    """


def test_mental_health_contacts_attended(feature):
    expect(feature("mental_health", on="2026-11-01", mental_health=CONTACTS)) == """
    person | mental_health_contacts_attended_90d | mental_health_contacts_attended_365d
      A    | 2                                   | 3
      B    | 0                                   | 0
      C    | 0                                   | 0
    """
