"""Worked examples: emergency admissions and bed days before the index date."""

from support.tables import expect

EPISODES = """
person | admitted   | discharged | method | received
-------+------------+------------+--------+-----------
  A    | 2026-09-12 | 2026-09-15 | 21     | 2026-10-20   # inside 90 days
  A    | 2026-01-02 | 2026-01-07 | 2A     | 2026-02-10   # inside 365 days
  A    | 2026-10-12 | 2026-10-14 | 21     | 2026-12-01   # happened, but nobody knew yet
  B    | 2025-12-01 | 2025-12-04 | 11     | 2026-01-12   # elective
"""


def test_counts_only_what_was_known_on_the_index_date(feature):
    expect(feature("emergency_admissions", on="2026-11-01", episodes=EPISODES)) == """
    person | emergency_admissions_90d | emergency_admissions_365d | emergency_bed_days_365d | days_since_emergency_admission
      A    | 1                        | 2                         | 8                       | 50
      B    | 0                        | 0                         | 0                       | -
    """


def test_a_window_begins_on_its_first_day_and_ends_before_the_index_date(feature):
    episodes = """
    person | admitted   | discharged | received
      A    | 2025-11-01 | 2025-11-02 | 2025-11-20   # 365 days before: inside
      B    | 2025-10-31 | 2025-11-02 | 2025-11-20   # 366 days before: outside
      C    | 2026-10-31 | 2026-10-31 | 2026-10-31   # yesterday, and already known
      D    | 2026-11-01 | 2026-11-01 | 2026-11-01   # today
      E    | 2026-10-30 | 2026-10-30 | 2026-11-01   # known today: too late
    """
    expect(feature("emergency_admissions", on="2026-11-01", episodes=episodes)) == """
    person | emergency_admissions_90d | emergency_admissions_365d | emergency_admissions_730d | days_since_emergency_admission
      A    | 0                        | 1                         | 1                         | 365
      B    | 0                        | 0                         | 1                         | 366
      C    | 1                        | 1                         | 1                         | 1
      D    | 0                        | 0                         | 0                         | -
      E    | 0                        | 0                         | 0                         | -
    """


def test_only_emergency_methods_count_and_a_birth_is_not_an_emergency(feature):
    expect(
        feature(
            "emergency_admissions",
            on="2026-11-01",
            persons="""
    person | born
      N    | 2026-06-01   # taken in as an emergency on the day of birth, and again the day after
    """,
            registrations="""
    person | from
      N    | 2026-06-01
    """,
            episodes="""
    person | admitted   | discharged | method
      A    | 2026-06-01 | 2026-06-02 | 25     # crisis team
      B    | 2026-06-01 | 2026-06-02 | 2C     # born at home as intended
      C    | 2026-06-01 | 2026-06-02 | 13     # planned
      D    | 2026-06-01 | 2026-06-02 | 31     # before giving birth
      E    | 2026-06-01 | 2026-06-02 | 82     # born here
      F    | 2026-06-01 | 2026-06-02 | 28     # other means
      G    | 2026-06-01 | 2026-06-02 | 2D     # other emergency
      N    | 2026-06-01 | 2026-06-01 | 21
      N    | 2026-06-02 | 2026-06-05 | 22
    """,
        )
    ) == """
    person | emergency_admissions_365d | emergency_bed_days_365d
      A    | 1                         | 1
      B    | 0                         | 0
      C    | 0                         | 0
      D    | 0                         | 0
      E    | 0                         | 0
      F    | 1                         | 1
      G    | 1                         | 1
      N    | 1                         | 3
    """


def test_bed_days_of_someone_still_in_hospital_run_up_to_the_index_date(feature):
    expect(
        feature(
            "emergency_admissions",
            on="2026-11-01",
            episodes="""
    person | admitted   | discharged | received
      A    | 2026-10-22 | -          | 2026-10-25   # still in
      B    | 2026-10-22 | 2026-11-03 | 2026-10-25   # a discharge that lies ahead is not known
      C    | 2026-10-22 | 2026-10-22 | 2026-10-25   # home the same day
    """,
        )
    ) == """
    person | emergency_bed_days_365d | same_day_emergency_admissions_365d | days_since_emergency_discharge
      A    | 10                      | 0                                  | -
      B    | 10                      | 0                                  | -
      C    | 0                       | 1                                  | 10
    """


def test_a_readmission_begins_within_30_days_of_an_earlier_discharge(feature):
    expect(
        feature(
            "emergency_admissions",
            on="2026-11-01",
            episodes="""
    person | admitted   | discharged | method | class
      A    | 2026-03-01 | 2026-03-05 | 11     | 1       # planned
      A    | 2026-04-04 | 2026-04-06 | 21     | 1       # 30 days after it
      B    | 2026-03-01 | 2026-03-05 | 21     | 1
      B    | 2026-04-05 | 2026-04-06 | 21     | 1       # 31 days after it
      C    | 2026-03-01 | 2026-03-01 | 13     | 3       # dialysis
      C    | 2026-03-10 | 2026-03-12 | 21     | 1
      D    | 2026-03-01 | 2026-03-05 | 21     | 1
      D    | 2026-03-05 | 2026-03-06 | 21     | 1       # back the same day, by ambulance: two stays
    """,
        )
    ) == """
    person | emergency_admissions_365d | emergency_readmissions_30_days_365d
      A    | 1                         | 1
      B    | 2                         | 0
      C    | 1                         | 0
      D    | 2                         | 1
    """


def test_thirty_days_of_a_source_that_is_six_weeks_late_are_unknown_not_zero(feature):
    expect(feature("emergency_admissions", on="2026-11-01", episodes=EPISODES)) == """
    person | emergency_admissions_30d
      A    | -
      B    | -
    """
    timely = """
    table       | lag
    apc_episode | 7
    """
    expect(feature("emergency_admissions", on="2026-11-01", episodes=EPISODES, sources=timely)) == """
    person | emergency_admissions_30d
      A    | 0
      B    | 0
    """
