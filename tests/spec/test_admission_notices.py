"""Worked examples: who left hospital lately, as a timely feed tells it."""

from support.tables import expect

NOTICES = """
person | admitted   | discharged | method | received
-------+------------+------------+--------+-----------
  A    | 2026-10-20 | -          | 21     | 2026-10-21
  A    | 2026-10-20 | 2026-10-25 | 21     | 2026-10-26   # the same admission, told again at discharge
  B    | 2026-10-20 | 2026-10-25 | 11     | 2026-10-26   # planned
  C    | 2026-10-25 | 2026-10-25 | 21     | 2026-10-26   # no night
  D    | 2026-10-20 | 2026-10-25 | -      | 2026-10-26   # the feed gives no method
  E    | 2026-10-20 | 2026-10-25 | 21     | 2026-10-26
  E    | 2026-10-29 | -          | 21     | 2026-10-30   # and back in hospital
  F    | 2026-10-20 | 2026-10-31 | 21     | 2026-11-01   # discharged, and nobody knew yet
  G    | 2026-08-02 | -          | 21     | 2026-08-03   # 91 days ago: a notice nobody closed
  H    | 2026-10-29 | 2026-10-30 | 2A     | -            # a day's lag after the discharge
  I    | 2026-10-29 | 2026-11-03 | 21     | 2026-10-30   # a discharge foretold is none
  J    | 2026-08-03 | -          | 11     | 2026-08-04   # 90 days, planned
"""


def test_who_left_hospital_and_who_is_still_there(feature):
    expect(feature("admission_notices", on="2026-11-01", notices=NOTICES)) == """
    person | days_since_discharge_notice | in_hospital_by_notice
      A    | 7                           | 0
      B    | -                           | 0
      C    | -                           | 0
      D    | 7                           | 0
      E    | 7                           | 1
      F    | -                           | 0
      G    | -                           | 0
      H    | 2                           | 0
      I    | -                           | 1
      J    | -                           | 1
    """


def test_without_the_feed_nothing_is_known(feature):
    people = """
    person | born
      A    | 1950-01-01
    """
    expect(feature("admission_notices", on="2026-11-01", persons=people, absent=["admission_notice"])) == """
    person | days_since_discharge_notice | in_hospital_by_notice
      A    | -                           | -
    """
