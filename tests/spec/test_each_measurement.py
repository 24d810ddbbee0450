"""Worked examples: every measurement, in the units it is sent in, at and beyond its plausible bounds."""

from support.tables import expect

EVENTS = """
person | day        | code             | value | unit        | received
-------+------------+------------------+-------+-------------+-----------
  A    | 2026-09-01 | 271650006        | 84    | mmHg        | 2026-09-02   # diastolic pressure
  A    | 2026-09-01 | 60621009         | 31.2  | kg/m2       | 2026-09-02   # body mass index
  A    | 2026-10-01 | 60621009         | 9.9   | kg/m2       | 2026-10-02   # below 10: not plausible, so the one before counts
  A    | 2025-11-01 | 857971000000104  | 58    | mL/min      | 2025-11-02   # eGFR, a year ago
  A    | 2026-09-01 | 1022431000000105 | 118   | g/L         | 2026-09-02   # haemoglobin
  A    | 2026-09-01 | 994351000000103  | 5.1   | mmol/L      | 2026-09-02   # total cholesterol
  B    | 2026-09-01 | 271650006        | 200   | mmHg        | 2026-09-02   # the bound itself is plausible
  B    | 2026-10-01 | 271650006        | 201   | mmHg        | 2026-10-02   # beyond it
  B    | 2026-09-01 | 60621009         | 14.2  | kg/m^2      | 2026-09-02   # very low, and told: the same unit, spelt otherwise
  B    | 2026-09-01 | 994351000000103  | 197   | mg/dL       | 2026-09-02   # a unit that is not known: left out
  B    | 2026-10-30 | 857971000000104  | 90    | mL/min      | -            # two days ago: not known before 3 days have gone
"""


def test_the_last_plausible_value_of_each_measure_and_its_age(feature):
    expect(feature("measurements", on="2026-11-01", gp_events=EVENTS)) == """
    person | diastolic_bp | diastolic_bp_age_days | bmi  | bmi_age_days | egfr | egfr_age_days | haemoglobin | haemoglobin_age_days | total_cholesterol | total_cholesterol_age_days
      A    | 84           | 61                    | 31.2 | 61           | 58   | 365           | 118         | 61                   | 5.1               | 61
      B    | 200          | 61                    | 14.2 | 61           | -    | -             | -           | -                    | -                 | -
    """
