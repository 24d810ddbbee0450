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
