"""Worked examples: attendances at accident and emergency."""

from support.tables import expect


def test_attendances_by_kind(feature):
    expect(
        feature(
            "ae_attendances",
            on="2026-11-01",
            attendances="""
    person | arrived    | type | category | mode | received
      A    | 2026-08-20 | 01   | 1        | 1    | 2026-09-30   # by ambulance
      A    | 2026-08-22 | 01   | 2        | 2    | 2026-09-30   # came back with the same
      A    | 2026-03-01 | 03   | -        | -    | 2026-04-10   # category not said: unplanned
      B    | 2026-03-01 | 01   | 4        | 2    | 2026-04-10   # planned follow-up
      C    | 2026-03-01 | 05   | 1        | 2    | 2026-04-10   # same-day emergency care
      D    | 2025-03-01 | 1    | 1        | 2    | 2025-04-10   # type without its nought
      E    | 2026-10-20 | 01   | 1        | 1    | 2026-12-01   # nobody knows yet
    """,
        )
    ) == """
    person | ae_attendances_90d | ae_attendances_365d | ae_attendances_730d | ae_unplanned_attendances_90d | ae_unplanned_attendances_365d | ae_unplanned_attendances_730d
      A    | 2                  | 3                   | 3                   | 2                            | 3                             | 3
      B    | 0                  | 1                   | 1                   | 0                            | 0                             | 0
      C    | 0                  | 1                   | 1                   | 0                            | 0                             | 0
      D    | 0                  | 0                   | 1                   | 0                            | 0                             | 1
      E    | 0                  | 0                   | 0                   | 0                            | 0                             | 0
    """


def test_same_day_emergency_care_ambulances_and_days_since(feature):
    expect(
        feature(
            "ae_attendances",
            on="2026-11-01",
            attendances="""
    person | arrived    | type | category | mode
      A    | 2026-08-20 | 01   | 1        | 1
      A    | 2026-03-01 | 05   | 1        | 2
      B    | 2026-03-01 | 05   | 1        | 1
      C    | 2019-03-01 | 01   | 1        | 1
    """,
        )
    ) == """
    person | same_day_emergency_care_365d | ae_attendances_by_ambulance_365d | days_since_ae_attendance
      A    | 1                            | 1                                | 73
      B    | 1                            | 1                                | 245
      C    | 0                            | 0                                | 2802
    """
