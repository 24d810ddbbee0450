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


def test_kinds_of_planned_care_are_unknown_where_no_stay_says_its_class(feature):
    expect(
        feature(
            "other_admissions",
            on="2026-11-01",
            persons="""
    person | born
      B    | 1950-01-01   # never admitted
    """,
            episodes="""
    person | admitted   | discharged | method | class
      A    | 2026-04-01 | 2026-04-01 | 12     | -       # a day case or not: nobody says
      C    | 2025-10-31 | 2025-10-31 | 12     | 2       # 366 days before
    """,
        )
    ) == """
    person | elective_admissions_365d | day_cases_365d | regular_attendances_365d
      A    | 1                        | -              | -
      B    | 0                        | -              | -
      C    | 0                        | -              | -
    """


def test_stays_with_a_transfer_and_what_stays_cost(feature):
    expect(
        feature(
            "other_admissions",
            on="2026-11-01",
            persons="""
    person | born
      E    | 1950-01-01   # never admitted
    """,
            episodes="""
    person | spell | provider | admitted   | discharged | method | class | cost
      A    | 1     | RAA      | 2026-03-01 | 2026-03-04 | 21     | 1     | 1000
      A    | 2     | RBB      | 2026-03-05 | 2026-03-08 | 2B     | 1     | 300      # moved the day after
      A    | 3     | RAA      | 2026-03-10 | 2026-03-12 | 81     | 1     | 200.5    # and moved back: one stay
      B    | 1     | RAA      | 2026-03-01 | 2026-03-04 | 11     | 1     | 2000
      B    | 2     | RBB      | 2026-03-04 | 2026-03-09 | 81     | 1     | -        # a planned stay that was moved
      B    | 3     | RAA      | 2026-06-01 | 2026-06-01 | 13     | 3     | 150      # dialysis
      C    | 1     | RAA      | 2026-03-01 | 2026-03-04 | 21     | 1     | 700
      C    | 2     | RBB      | 2026-03-07 | 2026-03-09 | 81     | 1     | 100      # three days later: a stay of its own
      D    | 1     | RAA      | 2025-10-31 | 2025-11-04 | 21     | 1     | 700      # 366 days before
      D    | 2     | RBB      | 2025-11-05 | 2025-11-09 | 81     | 1     | 100      # goes on with that stay
    """,
        )
    ) == """
    person | stays_with_transfer_365d | admission_cost_pounds_365d | elective_admissions_365d
      A    | 1                        | 1500.5                     | 0
      B    | 1                        | 2150                       | 1
      C    | 0                        | 800                        | 0
      D    | 0                        | 0                          | 0
      E    | 0                        | 0                          | 0
    """


def test_what_stays_cost_is_unknown_where_no_stay_of_the_window_says(feature):
    expect(
        feature(
            "other_admissions",
            on="2026-11-01",
            episodes="""
    person | admitted   | discharged | cost
      A    | 2026-03-01 | 2026-03-04 | -
      B    | 2025-10-31 | 2025-11-04 | 700    # 366 days before
    """,
        )
    ) == """
    person | admission_cost_pounds_365d
      A    | -
      B    | -
    """
