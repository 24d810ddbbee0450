"""Worked examples: social care services open at the index date, and begun in the year before."""

from support.tables import expect

SERVICES = """
person | service          | from       | to         | received
-------+------------------+------------+------------+-----------
  A    | home_care        | 2026-03-01 | -          | 2026-04-10
  A    | assessment       | 2026-02-01 | 2026-02-01 | 2026-03-10
  A    | day_care         | 2025-01-01 | 2026-10-31 | 2026-12-10   # its end is not known yet, nor that it began
  B    | residential_care | 2025-03-01 | 2026-11-05 | 2026-10-20   # ends after the index date: still open
  C    | nursing_care     | 2025-03-01 | -          | 2025-04-10
  C    | nursing_care     | 2025-03-01 | 2026-08-01 | 2026-09-10   # the later version has an end
  D    | reablement       | 2025-11-01 | 2025-12-13 | 2026-01-10
  D    | equipment        | 2025-10-31 | -          | -            # 40 days' lag
"""


def test_open_means_begun_known_and_not_ended_before_the_index_date(feature):
    expect(feature("social_care", on="2026-11-01", services=SERVICES)) == """
    person | home_care_open | day_care_open | in_care_home | social_care_services_open | social_care_assessments_365d | reablement_365d
      A    | 1              | 0             | 0            | 1                         | 1                            | 0
      B    | 0              | 0             | 1            | 1                         | 0                            | 0
      C    | 0              | 0             | 0            | 0                         | 0                            | 0
      D    | 0              | 0             | 0            | 1                         | 0                            | 1
    """


def test_an_end_is_not_known_before_it_arrives(feature):
    expect(feature("social_care", on="2026-09-01", services=SERVICES)) == """
    person | in_care_home
      A    | 0
      B    | 0
      C    | 1
      D    | 0
    """
