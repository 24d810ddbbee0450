"""Worked examples: how measurements changed, whether they lie out of range, and what is refused as not plausible."""

from support.tables import expect

CHANGES = """
person | day        | code             | value | unit      | received
-------+------------+------------------+-------+-----------+-----------
  A    | 2026-09-01 | 271649006        | 152   | mmHg      | 2026-09-02   # the last systolic pressure
  A    | 2026-06-04 | 271649006        | 160   | mmHg      | 2026-06-05   # 89 days before it: too near
  A    | 2026-06-03 | 271649006        | 139   | mmHg      | 2026-06-04   # 90 days before it: the value before
  A    | 2026-01-01 | 271649006        | 120   | mmHg      | 2026-01-02   # an older one
  A    | 2026-09-01 | 271650006        | 80    | mmHg      | 2026-09-02
  A    | 2024-09-01 | 271650006        | 95    | mmHg      | 2024-09-02   # 730 days before: still within reach
  B    | 2026-09-01 | 271650006        | 88    | mmHg      | 2026-09-02
  B    | 2024-08-31 | 271650006        | 95    | mmHg      | 2024-09-02   # 731 days before: too old to compare
  B    | 2025-10-01 | 271650006        | 70    | mmHg      | 2026-11-01   # within reach, but it arrived on the index date
  B    | 2026-09-01 | 27113001         | 57    | kg        | 2026-09-02   # weight
  B    | 2026-03-01 | 27113001         | 60    | kg        | 2026-03-02   # 5 % more, half a year before
  C    | 2026-09-01 | 857971000000104  | 48    | mL/min    | 2026-09-02   # eGFR
  C    | 2026-03-01 | 857971000000104  | 61    | mL/min    | 2026-03-02
  C    | 2026-09-01 | 60621009         | 31.5  | kg/m2     | 2026-09-02   # body mass index
  C    | 2025-09-01 | 60621009         | 29.9  | kg/m2     | 2025-09-02
  D    | 2026-09-01 | 1022431000000105 | 12.1  | g/dL      | 2026-09-02   # haemoglobin, 121 g/L
  D    | 2026-01-01 | 1022431000000105 | 118   | g/L       | 2026-01-02
  D    | 2026-09-01 | 999791000000106  | 59    | mmol/mol  | 2026-09-02   # HbA1c
  D    | 2026-01-01 | 999791000000106  | 71    | mmol/mol  | 2026-01-02
  D    | 2026-09-01 | 994351000000103  | 4.9   | mmol/L    | 2026-09-02   # total cholesterol
  D    | 2026-01-01 | 994351000000103  | 5.1   | mmol/L    | 2026-01-02
  D    | 2026-09-01 | 1023491000000104 | 3.4   | mg/mmol   | 2026-09-02   # albumin:creatinine ratio
  D    | 2026-01-01 | 1023491000000104 | 2     | mg/mmol   | 2026-01-02
  D    | 2026-09-01 | 431314004        | 92    | %         | 2026-09-02   # oxygen saturation
  D    | 2026-01-01 | 431314004        | 95    | %         | 2026-01-02
"""


def test_change_from_a_value_measured_90_to_730_days_before(feature):
    expect(feature("measurements", on="2026-11-01", gp_events=CHANGES)) == """
    person | systolic_bp | systolic_bp_change | diastolic_bp | diastolic_bp_change | weight | weight_age_days | weight_change_percent | egfr_change | bmi_change
      A    | 152         | 13                 | 80           | -15                 | -      | -               | -                     | -           | -
      B    | -           | -                  | 88           | -                   | 57     | 61              | -5                    | -           | -
      C    | -           | -                  | -            | -                   | -      | -               | -                     | -13         | 1.6
      D    | -           | -                  | -            | -                   | -      | -               | -                     | -           | -
    """
    expect(feature("measurements", on="2026-11-01", gp_events=CHANGES)) == """
    person | haemoglobin_change | hba1c_change | total_cholesterol_change | acr | acr_age_days | acr_change | oxygen_saturation | oxygen_saturation_age_days | oxygen_saturation_change
      A    | -                  | -            | -                        | -   | -            | -          | -                 | -                          | -
      B    | -                  | -            | -                        | -   | -            | -          | -                 | -                          | -
      C    | -                  | -            | -                        | -   | -            | -          | -                 | -                          | -
      D    | 3                  | -12          | -0.2                     | 3.4 | 61           | 1.4        | 92                | 61                         | -3
    """


def test_out_of_range(feature):
    expect(feature("measurements", on="2026-11-01", gp_events=CHANGES)) == """
    person | systolic_bp_out_of_range | diastolic_bp_out_of_range | egfr_out_of_range | bmi_out_of_range | haemoglobin_out_of_range | hba1c_out_of_range | total_cholesterol_out_of_range | acr_out_of_range | oxygen_saturation_out_of_range
      A    | 1                        | 0                         | -                 | -                | -                        | -                  | -                              | -                | -
      B    | -                        | 0                         | -                 | -                | -                        | -                  | -                              | -                | -
      C    | -                        | -                         | 1                 | 1                | -                        | -                  | -                              | -                | -
      D    | -                        | -                         | -                 | -                | 0                        | 1                  | 0                              | 1                | 1
    """


PEOPLE = """
person | born       | sex
-------+------------+----
  A    | 1946-11-02 | 1     # 79 years old
  B    | 1946-11-01 | 1     # 80 on the index date
  C    | 2008-11-02 | 2     # 17
  D    | 2008-11-01 | 2     # 18 on the index date
  E    | 1980-01-01 | 9
"""
AT_THE_BOUNDS = """
person | day        | code             | value | unit
-------+------------+------------------+-------+---------
  A    | 2026-09-01 | 271649006        | 141   | mmHg        # above 140
  B    | 2026-09-01 | 271649006        | 150   | mmHg        # not above 150, the range from 80
  A    | 2026-09-01 | 1022431000000105 | 129   | g/L         # below 130, a man
  B    | 2026-09-01 | 1022431000000105 | 130   | g/L         # not below it
  C    | 2026-09-01 | 1022431000000105 | 90    | g/L         # no range under 18
  D    | 2026-09-01 | 1022431000000105 | 115   | g/L         # not below 115, a woman
  E    | 2026-09-01 | 1022431000000105 | 90    | g/L         # no range without a sex of 1 or 2
  A    | 2026-09-01 | 60621009         | 18.4  | kg/m2       # below 18.5
  B    | 2026-09-01 | 60621009         | 29.9  | kg/m2       # not above 29.9
  D    | 2026-09-01 | 60621009         | 18.5  | kg/m2       # not below 18.5
  A    | 2026-09-01 | 431314004        | 93    | %           # not below 93
  B    | 2026-09-01 | 857971000000104  | 60    | mL/min      # not below 60
  D    | 2026-09-01 | 994351000000103  | 5.1   | mmol/L      # above 5
  E    | 2026-09-01 | 994351000000103  | 5     | mmol/L      # not above 5
  D    | 2026-09-01 | 271650006        | 91    | mmHg        # above 90
"""


def test_the_ranges_at_their_bounds_by_age_and_sex(feature):
    expect(feature("measurements", on="2026-11-01", gp_events=AT_THE_BOUNDS, persons=PEOPLE)) == """
    person | systolic_bp_out_of_range | haemoglobin_out_of_range | bmi_out_of_range | oxygen_saturation_out_of_range | egfr_out_of_range | total_cholesterol_out_of_range | diastolic_bp_out_of_range
      A    | 1                        | 1                        | 1                | 0                              | -                 | -                              | -
      B    | 0                        | 0                        | 0                | -                              | 0                 | -                              | -
      C    | -                        | -                        | -                | -                              | -                 | -                              | -
      D    | -                        | 0                        | 0                | -                              | -                 | 1                              | 1
      E    | -                        | -                        | -                | -                              | -                 | 0                              | -
    """


REFUSED = """
person | day        | code             | value | unit
-------+------------+------------------+-------+---------
  A    | 2026-09-01 | 27113001         | 39.9  | kg          # below 40 kg
  A    | 2026-09-01 | 1023491000000104 | 451   | mg/mmol     # above 450
  A    | 2026-09-01 | 431314004        | 101   | %           # above 100 %
  A    | 2026-09-01 | 999791000000106  | 7.2   | mmol/mol    # a percentage in the wrong unit: below 20
  A    | 2026-09-01 | 994351000000103  | 20.1  | mmol/L      # above 20
  A    | 2026-09-01 | 1022431000000105 | 25.1  | g/dL        # 251 g/L: above 250
  A    | 2026-09-01 | 857971000000104  | 0.9   | mL/min      # below 1
  A    | 2026-09-01 | 271649006        | 39    | mmHg        # below 40
  B    | 2026-09-01 | 27113001         | 40    | kg          # the bounds themselves are plausible
  B    | 2026-09-01 | 1023491000000104 | 450   | mg/mmol
  B    | 2026-09-01 | 431314004        | 100   | %
  B    | 2026-09-01 | 999791000000106  | 20    | mmol/mol
  B    | 2026-09-01 | 994351000000103  | 20    | mmol/L
  B    | 2026-09-01 | 1022431000000105 | 25    | g/dL
  B    | 2026-09-01 | 857971000000104  | 1     | mL/min
  B    | 2026-09-01 | 271649006        | 40    | mmHg
  C    | 2026-09-01 | 27113001         | 150   | lb          # units that are not known are refused
  C    | 2026-09-01 | 1023491000000104 | 30    | mg/g
  C    | 2026-09-01 | 431314004        | 13    | kPa
  C    | 2026-09-01 | 999791000000106  | 48    | %
"""


def test_implausible_values_and_unknown_units_are_refused(feature):
    expect(feature("measurements", on="2026-11-01", gp_events=REFUSED)) == """
    person | weight | acr | oxygen_saturation | hba1c | total_cholesterol | haemoglobin | egfr | systolic_bp
      A    | -      | -   | -                 | -     | -                 | -           | -    | -
      B    | 40     | 450 | 100               | 20    | 20                | 250         | 1    | 40
      C    | -      | -   | -                 | -     | -                 | -           | -    | -
    """
