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


def test_longer_windows_begin_on_their_first_day(feature):
    expect(
        feature(
            "emergency_admissions",
            on="2026-11-01",
            episodes="""
    person | admitted   | discharged
      A    | 2026-05-03 | 2026-05-04   # 182 days before: inside
      B    | 2026-05-02 | 2026-05-04   # 183 days before
      C    | 2023-11-02 | 2023-11-04   # 1,095 days before: inside
      D    | 2023-11-01 | 2023-11-04   # 1,096 days before
    """,
        )
    ) == """
    person | emergency_admissions_182d | emergency_admissions_365d | emergency_admissions_1095d
      A    | 1                         | 1                         | 1
      B    | 0                         | 1                         | 1
      C    | 0                         | 0                         | 1
      D    | 0                         | 0                         | 0
    """


def test_a_trend_counts_only_the_days_that_the_source_has_seen_whole(feature):
    # Hospital data are 42 days late: on 1 November they are complete up to 20 September, 48 of the last 90 days.
    episodes = """
    person | admitted   | discharged | method | received
      A    | 2026-08-03 | 2026-08-05 | 21     | 2026-09-20   # the first of the last 90 days
      A    | 2026-09-19 | 2026-09-20 | 21     | 2026-10-20   # the last complete day
      A    | 2026-09-20 | 2026-09-21 | 21     | 2026-10-20   # arrived early, in days that are not complete
      A    | 2025-08-03 | 2025-08-05 | 21     | 2025-09-20   # the first of the 365 days before those 90
      A    | 2025-08-02 | 2025-08-02 | 21     | 2025-09-20   # before them
      B    | 2026-08-02 | 2026-08-04 | 21     | 2026-09-20   # the last of the 365 days
      C    | 2026-09-01 | 2026-09-02 | 11     | 2026-10-15   # planned
    """
    expect(feature("emergency_admissions", on="2026-11-01", episodes=episodes)) == """
    person | emergency_admissions_90d | emergency_admissions_trend
      A    | 3                        | 3.5034                       # 2 * 90 / 48 - 1 * 90 / 365
      B    | 0                        | -0.2466
      C    | 0                        | 0
    """
    late = """
    table       | lag
    apc_episode | 90
    """
    expect(feature("emergency_admissions", on="2026-11-01", episodes=episodes, sources=late)) == """
    person | emergency_admissions_trend
      A    | -
      B    | -
      C    | -
    """


def test_the_longest_stay_and_the_last(feature):
    expect(
        feature(
            "emergency_admissions",
            on="2026-11-01",
            episodes="""
    person | admitted   | discharged | method | received
      A    | 2026-03-01 | 2026-03-21 | 21     | 2026-05-01   # 20 nights
      A    | 2026-06-01 | 2026-06-03 | 21     | 2026-07-15   # the last: 2
      A    | 2025-10-31 | 2026-02-28 | 21     | 2026-04-10   # longer, but admitted 366 days before
      B    | 2019-12-31 | 2020-01-03 | 21     | 2020-02-15   # years ago, in December
      C    | 2026-10-22 | -          | 21     | 2026-10-25   # still in: 10 nights so far
      D    | 2026-03-01 | 2026-03-01 | 21     | 2026-04-15   # twice in one day: the longer counts as the last
      D    | 2026-03-01 | 2026-03-06 | 21     | 2026-04-15
      E    | 2026-03-01 | 2026-03-06 | 11     | 2026-04-15   # planned
    """,
        )
    ) == """
    person | longest_emergency_stay_365d | nights_of_last_emergency_stay | month_of_last_emergency_admission
      A    | 20                          | 2                             | 6
      B    | 0                           | 3                             | 12
      C    | 10                          | 10                            | 10
      D    | 5                           | 5                             | 3
      E    | 0                           | -                             | -
    """


def test_from_a_care_home_and_to_one(feature):
    expect(
        feature(
            "emergency_admissions",
            on="2026-11-01",
            persons="""
    person | born
      G    | 1950-01-01   # never admitted
    """,
            episodes="""
    person | spell | episode | provider | admitted   | ended      | discharged | method | source | destination | received
      A    | 1     | 1       | RAA      | 2026-03-01 | 2026-03-03 | -          | 21     | 55     | 98          | 2026-05-01
      A    | 1     | 2       | RAA      | 2026-03-01 | 2026-03-09 | 2026-03-09 | 21     | 55     | 55          | 2026-05-01   # from her care home and back
      B    | 1     | 1       | RAA      | 2026-03-01 | 2026-03-05 | 2026-03-05 | 21     | 19     | 51          | 2026-05-01   # from home to another hospital,
      B    | 2     | 1       | RBB      | 2026-03-05 | 2026-03-20 | 2026-03-20 | 81     | 51     | 56          | 2026-05-01   # and on to a care home: one stay
      C    | 1     | 1       | RAA      | 2026-03-01 | 2026-03-05 | 2026-03-05 | 11     | 55     | 55          | 2026-05-01   # planned
      D    | 1     | 1       | RAA      | 2025-10-31 | 2025-11-05 | 2025-11-05 | 21     | 55     | 55          | 2026-01-01   # admitted 366 days before
      E    | 1     | 1       | RAA      | 2026-03-01 | 2026-03-05 | 2026-03-05 | 21     | 99     | 99          | 2026-05-01   # not known
      F    | 1     | 1       | RAA      | 2026-10-20 | -          | -          | 21     | 55     | 55          | 2026-10-25   # from a care home, and still in
    """,
        )
    ) == """
    person | emergency_admissions_365d | emergency_admissions_from_care_home_365d | emergency_discharges_to_care_home_365d
      A    | 1                         | 1                                        | 1
      B    | 1                         | 0                                        | 1
      C    | 0                         | 0                                        | 0
      D    | 0                         | 0                                        | 0
      E    | 1                         | 0                                        | 0
      F    | 1                         | 1                                        | 0
      G    | 0                         | 0                                        | 0
    """


def test_what_no_emergency_stay_of_the_window_says_is_unknown_not_zero(feature):
    expect(
        feature(
            "emergency_admissions",
            on="2026-11-01",
            persons="""
    person | born
      B    | 1950-01-01   # never admitted
    """,
            episodes="""
    person | admitted   | discharged | method | source | destination | cost
      A    | 2026-03-01 | 2026-03-05 | 21     | 99     | 98          | -      # not known, not applicable
      A    | 2026-04-01 | 2026-04-05 | 11     | 19     | 55          | 900    # planned: says nothing of emergencies
      A    | 2025-10-31 | 2025-11-05 | 21     | 55     | 55          | 900    # admitted 366 days before
    """,
        )
    ) == """
    person | emergency_admissions_365d | emergency_admissions_from_care_home_365d | emergency_discharges_to_care_home_365d | emergency_admission_cost_pounds_365d
      A    | 1                         | -                                        | -                                      | -
      B    | 0                         | -                                        | -                                      | -
    """


def test_cost_is_that_of_all_episodes_of_a_stay_in_their_latest_version(feature):
    expect(
        feature(
            "emergency_admissions",
            on="2026-11-01",
            episodes="""
    person | spell | episode | provider | admitted   | ended      | discharged | method | cost     | received
      A    | 1     | 1       | RAA      | 2026-03-01 | 2026-03-03 | -          | 21     | 1000.255 | 2026-03-20
      A    | 1     | 1       | RAA      | 2026-03-01 | 2026-03-03 | -          | 21     | 800.255  | 2026-05-01   # priced again
      A    | 1     | 2       | RAA      | 2026-03-01 | 2026-03-09 | 2026-03-09 | 21     | 200      | 2026-05-01
      A    | 2     | 1       | RBB      | 2026-03-10 | 2026-03-20 | 2026-03-20 | 81     | 50       | 2026-05-01   # a transfer goes on with the stay
      A    | 3     | 1       | RAA      | 2026-06-01 | 2026-06-02 | 2026-06-02 | 11     | 4000     | 2026-08-01   # planned
      B    | 1     | 1       | RAA      | 2026-03-01 | 2026-03-03 | 2026-03-03 | 21     | -        | 2026-05-01   # not priced: nothing known
    """,
        )
    ) == """
    person | emergency_admission_cost_pounds_365d
      A    | 1050.26
      B    | 0
    """
