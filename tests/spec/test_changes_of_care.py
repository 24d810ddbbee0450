"""Worked examples: social care that began, ended or changed, and programmes that ended."""

from support.tables import expect

SERVICES = """
person | service          | from       | to         | received
-------+------------------+------------+------------+-----------
  A    | residential_care | 2025-11-01 | -          | 2025-12-11   # entered on the first day of 365
  B    | residential_care | 2024-03-01 | 2026-05-01 | 2026-06-10
  B    | nursing_care     | 2026-05-02 | -          | 2026-06-10   # from one home into the next, the day after
  C    | residential_care | 2024-03-01 | 2026-04-29 | 2026-06-10
  C    | nursing_care     | 2026-05-01 | -          | 2026-06-10   # two days after: entered again
  D    | residential_care | 2025-10-31 | 2026-02-01 | 2026-03-10   # entered the day before the 365, left within them
  E    | nursing_care     | 2026-10-01 | -          | 2026-11-01   # known on the index date: not before it
  F    | residential_care | 2026-03-01 | 2026-06-01 | 2026-07-10   # two that overlap: entered once
  F    | nursing_care     | 2026-04-01 | -          | 2026-07-10
"""


def test_entering_a_care_home_is_not_moving_between_two(feature):
    expect(feature("social_care", on="2026-11-01", services=SERVICES)) == """
    person | in_care_home | in_nursing_home | care_home_entered_365d | social_care_services_ended_365d | days_since_social_care_change
      A    | 1            | 0               | 1                      | 0                               | 365
      B    | 1            | 1               | 0                      | 1                               | 183
      C    | 1            | 1               | 1                      | 1                               | 184
      D    | 0            | 0               | 0                      | 1                               | 273
      E    | 0            | 0               | 0                      | 0                               | -
      F    | 1            | 1               | 1                      | 1                               | 153
    """


AT_HOME = """
person | service        | from       | to         | received
-------+----------------+------------+------------+-----------
  A    | home_care      | 2025-11-01 | 2026-03-01 | 2026-04-10   # begun on the first day of 365, and ended
  A    | home_care      | 2026-05-01 | -          | 2026-06-10
  A    | direct_payment | 2020-01-01 | -          | 2020-02-10
  A    | equipment      | 2026-05-01 | 2026-05-01 | 2026-06-10   # ends as it begins: not a service that ended
  A    | equipment      | 2025-10-31 | 2025-10-31 | 2025-12-10   # the day before the 365
  B    | home_care      | 2025-10-31 | 2025-10-31 | 2025-12-10   # begun and ended the day before the 365
  B    | direct_payment | 2020-01-01 | 2025-11-01 | 2025-12-10   # ended on the first day of 365
  B    | assessment     | 2026-09-01 | 2026-09-01 | 2026-10-10   # no change of care
  C    | reablement     | 2026-03-01 | 2026-04-12 | 2026-05-20   # ends by design: not a service that ended
  C    | day_care       | 2025-03-01 | 2026-11-10 | 2026-10-20   # its end is still to come
  D    | assessment     | 2026-09-01 | 2026-09-01 | 2026-10-10
"""


def test_care_at_home_begun_ended_and_changed(feature):
    expect(feature("social_care", on="2026-11-01", services=AT_HOME)) == """
    person | home_care_started_365d | direct_payment_open | equipment_365d | social_care_services_ended_365d | days_since_social_care_change
      A    | 1                      | 1                   | 1              | 1                               | 184
      B    | 0                      | 0                   | 0              | 1                               | 365
      C    | 0                      | 0                   | 0              | 0                               | 203
      D    | 0                      | 0                   | 0              | 0                               | -
    """


PROGRAMMES = """
person | programme       | from       | to         | received
-------+-----------------+------------+------------+-----------
  A    | case_management | 2026-03-01 | -          | 2026-03-08
  A    | case_management | 2026-09-01 | -          | 2026-09-08   # twice on it: since the earlier
  B    | case_management | 2025-03-01 | 2026-08-03 | 2026-08-10   # ended on the first day of 90
  B    | virtual_ward    | 2026-07-20 | 2026-08-02 | 2026-08-10   # ended the day before it
  B    | virtual_ward    | 2025-10-20 | 2025-11-01 | 2025-11-10   # the first day of 365
  C    | virtual_ward    | 2025-10-20 | 2025-10-31 | 2025-11-10   # the day before it
  C    | case_management | 2026-06-01 | 2026-10-30 | 2026-06-08
  C    | case_management | 2026-06-01 | -          | 2026-10-28   # the later version has no end
  D    | virtual_ward    | 2026-10-01 | 2026-10-20 | 2026-11-01   # known on the index date: not before it
"""


def test_programmes_that_ended_and_how_long_case_management_has_lasted(feature):
    expect(feature("programmes", on="2026-11-01", programmes=PROGRAMMES)) == """
    person | on_case_management | days_on_case_management | programmes_ended_90d | programmes_ended_365d
      A    | 1                  | 245                     | 0                    | 0
      B    | 0                  | -                       | 1                    | 3
      C    | 1                  | 153                     | 0                    | 0
      D    | 0                  | -                       | 0                    | 0
    """
