"""Worked examples: circumstances and care processes coded in general practice."""

from support.tables import expect

EVENTS = """
person | day        | code             | received
-------+------------+------------------+-----------
  A    | 2025-03-01 | 160689007        | 2025-03-02   # housebound
  A    | 2026-03-01 | 760661000000106  | 2026-03-02   # no longer housebound
  B    | 2026-03-01 | 760661000000106  | 2026-03-02
  B    | 2026-06-01 | 160689007        | 2026-06-02   # housebound again, later
  B    | 2021-10-31 | 77176002         | 2021-11-02   # smoker, more than five years ago
  C    | 2021-11-01 | 77176002         | 2021-11-03   # smoker, five years ago to the day
  C    | 2026-05-01 | 1912002          | 2026-05-02   # a fall
  C    | 2026-05-01 | 161898004        | 2026-05-02   # falls, on the same day
  C    | 2026-06-01 | 1912002          | 2026-06-02
  C    | 2025-10-31 | 1912002          | 2025-11-02   # before the window
  D    | 2026-01-05 | 1239511000000100 | 2026-01-06   # structured medication review
  D    | 2026-08-05 | 1127441000000107 | 2026-08-06   # a review by a pharmacist is another thing
  D    | 2025-10-05 | 86198006         | 2025-10-06   # influenza vaccination
  D    | 2024-10-05 | 1095851000000100 | 2024-10-06   # advance care plan
"""


def test_housebound_until_it_ended(feature):
    expect(feature("status", on="2026-11-01", gp_events=EVENTS)) == """
    person | housebound | smoking_current | falls_coded_365d
      A    | 0          | 0               | 0
      B    | 1          | 0               | 0
      C    | 0          | 1               | 2
      D    | 0          | 0               | 0
    """


def test_days_since_care_processes(feature):
    expect(feature("status", on="2026-11-01", gp_events=EVENTS)) == """
    person | days_since_structured_medication_review | structured_medication_review_coded_365d | days_since_flu_vaccination | days_since_care_plan
      A    | -                                       | 0                                       | -                          | -
      B    | -                                       | 0                                       | -                          | -
      C    | -                                       | 0                                       | -                          | -
      D    | 300                                     | 1                                       | 392                        | 757
    """
