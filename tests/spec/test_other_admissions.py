"""Worked examples: planned, maternity and regular admissions."""

from support.tables import expect


def test_planned_care_by_kind(feature):
    expect(
        feature(
            "other_admissions",
            on="2026-11-01",
            episodes="""
    person | admitted   | discharged | method | class
      A    | 2026-03-01 | 2026-03-04 | 11     | 1        # an operation
      A    | 2026-04-01 | 2026-04-01 | 12     | 2        # a day case
      A    | 2025-03-01 | 2025-03-11 | 13     | 1        # more than a year ago
      B    | 2026-03-01 | 2026-03-01 | 13     | 3        # dialysis by day
      B    | 2026-03-03 | 2026-03-04 | 13     | 4        # and by night
      C    | 2026-03-01 | 2026-03-03 | 31     | 5
      C    | 2026-03-20 | 2026-03-21 | 32     | 1
      D    | 2026-03-01 | 2026-03-03 | 21     | 1        # an emergency
      E    | 2026-10-22 | -          | 11     | 1        # lies in hospital, but nobody knows yet
    """,
        )
    ) == """
    person | elective_admissions_365d | elective_admissions_730d | elective_bed_days_365d | day_cases_365d | regular_attendances_365d | maternity_admissions_365d | days_since_elective_admission
      A    | 2                        | 3                        | 3                      | 1              | 0                        | 0                         | 214
      B    | 0                        | 0                        | 0                      | 0              | 2                        | 0                         | -
      C    | 0                        | 0                        | 0                      | 0              | 0                        | 2                         | -
      D    | 0                        | 0                        | 0                      | 0              | 0                        | 0                         | -
      E    | 0                        | 0                        | 0                      | 0              | 0                        | 0                         | -
    """
