"""Worked examples: what the shortest and the longest windows hold where hospital feeds are timely."""

from support.tables import expect

TIMELY = """
table           | lag
apc_episode     | 7
ecds_attendance | 7
"""


def test_thirty_days_and_two_years_of_emergency_admissions(feature):
    episodes = """
    person | admitted   | discharged | received
      A    | 2026-10-02 | 2026-10-05 | 2026-10-08   # 30 days before: inside
      B    | 2026-10-01 | 2026-10-05 | 2026-10-08   # 31 days before: outside
      C    | 2024-11-01 | 2024-11-11 | 2024-11-18   # 730 days before: inside
      C    | 2024-10-31 | 2024-11-01 | 2024-11-18   # 731 days before: none of its nights count
    """
    expect(feature("emergency_admissions", on="2026-11-01", episodes=episodes, sources=TIMELY)) == """
    person | emergency_admissions_30d | emergency_admissions_90d | emergency_bed_days_365d | emergency_bed_days_730d
      A    | 1                        | 1                        | 3                       | 3
      B    | 0                        | 1                        | 4                       | 4
      C    | 0                        | 0                        | 0                       | 10
    """


def test_thirty_days_of_attendances_at_a_and_e(feature):
    attendances = """
    person | arrived    | received
      A    | 2026-10-02 | 2026-10-09   # 30 days before: inside
      A    | 2026-10-20 | 2026-10-27
      A    | 2026-10-28 | 2026-11-04   # happened, but nobody knew yet
      B    | 2026-10-01 | 2026-10-08   # 31 days before: outside
    """
    expect(feature("ae_attendances", on="2026-11-01", attendances=attendances, sources=TIMELY)) == """
    person | ae_attendances_30d | ae_attendances_90d | days_since_ae_attendance
      A    | 2                  | 2                  | 12
      B    | 0                  | 1                  | 31
    """
    expect(feature("ae_attendances", on="2026-11-01", attendances=attendances)) == """
    person | ae_attendances_30d | ae_attendances_90d | days_since_ae_attendance
      A    | -                  | 2                  | 12
      B    | -                  | 1                  | 31
    """


def test_admissions_for_breathing_by_their_main_diagnosis(feature):
    episodes = """
    person | admitted   | discharged | main | second
      A    | 2026-03-01 | 2026-03-09 | J440 | -        # COPD with a chest infection
      A    | 2026-05-01 | 2026-05-03 | J459 | -        # asthma
      B    | 2026-03-01 | 2026-03-09 | I500 | J440     # heart failure: its COPD is not the main diagnosis
      C    | 2025-10-31 | 2025-11-02 | J440 | -        # 366 days before
    """
    expect(feature("emergency_causes", on="2026-11-01", episodes=episodes)) == """
    person | respiratory_admissions_365d | heart_failure_admissions_365d
      A    | 2                           | 0
      B    | 0                           | 1
      C    | 0                           | 0
    """
