"""Worked examples: the last measurements known, in one unit, within plausible bounds."""

from support.tables import expect

EVENTS = """
person | day        | code             | value | unit     | received
-------+------------+------------------+-------+----------+-----------
  A    | 2026-09-01 | 271649006        | 142   | mm[Hg]   | 2026-09-02   # the last systolic pressure known
  A    | 2026-05-01 | 271649006        | 180   | mmHg     | 2026-05-02
  A    | 2026-10-30 | 271649006        | 120   | mmHg     | 2026-11-02   # not known yet
  A    | 2026-09-20 | 271649006        | 900   | mmHg     | 2026-09-21   # not plausible
  A    | 2026-09-25 | 271649006        | 19    | kPa      | 2026-09-26   # another unit
  A    | 2026-09-01 | 271650006        | -     | mmHg     | 2026-09-02   # no value
  B    | 2026-09-01 | 1022431000000105 | 13.1  | g/dL     | 2026-09-02   # 131 g/L
  B    | 2026-08-01 | 999791000000106  | 52    | mmol/mol | 2026-08-02
  B    | 2026-08-01 | 999791000000106  | 48    | mmol/mol | 2026-08-05   # of one day, the one that arrived last
  C    | 2026-09-01 | 1022431000000105 | 12.5  | -        | 2026-09-02   # below 30 is g/dL
"""


def test_the_last_plausible_value_known_and_its_age(feature):
    expect(feature("measurements", on="2026-11-01", gp_events=EVENTS)) == """
    person | systolic_bp | systolic_bp_age_days | diastolic_bp | haemoglobin | hba1c | hba1c_age_days
      A    | 142         | 61                   | -            | -           | -     | -
      B    | -           | -                    | -            | 131         | 48    | 92
      C    | -           | -                    | -            | 125         | -     | -
    """
