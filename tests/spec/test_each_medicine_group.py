"""Worked examples: every group of medicines, by the BNF prefixes of its list, at the edges of its window."""

from support.tables import expect

PRESCRIPTIONS = """
person | day        | bnf             | received
-------+------------+-----------------+-----------
  A    | 2026-05-01 | 0208020Z0AAAAAA | 2026-06-01   # an oral anticoagulant
  A    | 2026-05-01 | 0202020L0AAAAAA | 2026-06-01   # a loop diuretic
  A    | 2026-05-01 | 0601011A0AAAAAA | 2026-06-01   # insulin
  B    | 2026-05-01 | 0402010A0AAAAAA | 2026-06-01   # an antipsychotic by mouth
  B    | 2026-05-01 | 0403030D0AAAAAA | 2026-06-01   # an antidepressant
  B    | 2026-05-01 | 0401010Z0AAAAAA | 2026-06-01   # a hypnotic
  C    | 2025-11-01 | 0603020T0AAAAAA | 2025-12-01   # a glucocorticoid, the first day of the window
  C    | 2026-05-01 | 0301020Q0AAAAAA | 2026-06-01   # an antimuscarinic bronchodilator
  C    | 2025-10-31 | 0411000D0AAAAAA | 2025-12-01   # a drug for dementia, the day before the window
  D    | 2026-05-01 | 0411000D0AAAAAA | 2026-06-01   # a drug for dementia
  D    | 2026-10-01 | 0601011A0AAAAAA | 2026-11-01   # insulin that became known on the index date
  E    | 2025-11-01 | 0201010F0AAAAAA | 2025-12-01   # digoxin, the first day of the window
  F    | 2026-05-01 | 0205052AEAAAAAA | 2026-06-01   # sacubitril with valsartan
  G    | 2026-05-01 | 0205052V0AAAAAA | 2026-06-01   # valsartan alone
  G    | 2025-10-31 | 0201010F0AAAAAA | 2025-12-01   # digoxin, the day before the window
"""


def test_groups_for_the_heart_and_for_diabetes(feature):
    expect(feature("medicines", on="2026-11-01", prescriptions=PRESCRIPTIONS)) == """
    person | anticoagulants_365d | diuretics_loop_365d | insulin_365d | error_prone_medicines_365d
      A    | 1                   | 1                   | 1            | 2
      B    | 0                   | 0                   | 0            | 0
      C    | 0                   | 0                   | 0            | 0
      D    | 0                   | 0                   | 0            | 0
      E    | 0                   | 0                   | 0            | 0
      F    | 0                   | 0                   | 0            | 0
      G    | 0                   | 0                   | 0            | 0
    """


def test_medicines_that_tell_of_a_condition_of_the_heart(feature):
    expect(feature("medicines", on="2026-11-01", prescriptions=PRESCRIPTIONS)) == """
    person | cardiac_glycosides_365d | sacubitril_valsartan_365d
      A    | 0                       | 0
      B    | 0                       | 0
      C    | 0                       | 0
      D    | 0                       | 0
      E    | 1                       | 0
      F    | 0                       | 1
      G    | 0                       | 0
    """


def test_groups_for_the_mind_and_for_breathing(feature):
    expect(feature("medicines", on="2026-11-01", prescriptions=PRESCRIPTIONS)) == """
    person | antipsychotics_365d | antidepressants_365d | benzodiazepines_zdrugs_365d | oral_corticosteroids_365d | inhaled_bronchodilators_365d | anti_dementia_365d
      A    | 0                   | 0                    | 0                           | 0                         | 0                            | 0
      B    | 1                   | 1                    | 1                           | 0                         | 0                            | 0
      C    | 0                   | 0                    | 0                           | 1                         | 1                            | 0
      D    | 0                   | 0                    | 0                           | 0                         | 0                            | 1
      E    | 0                   | 0                    | 0                           | 0                         | 0                            | 0
      F    | 0                   | 0                    | 0                           | 0                         | 0                            | 0
      G    | 0                   | 0                    | 0                           | 0                         | 0                            | 0
    """
