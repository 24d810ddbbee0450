"""Worked examples: many medicines, anticholinergic burden, combinations that need care, and medicines just begun."""

from support.tables import expect

MANY = """
person | day        | bnf             | received
-------+------------+-----------------+-----------
  A    | 2026-08-03 | 0212000B0AAAAAA | 2026-09-01   # the first day of 90
  A    | 2026-09-01 | 0202020L0AAAAAA | 2026-09-30
  A    | 2026-09-01 | 0205051R0AAAAAA | 2026-09-30
  A    | 2026-09-01 | 0601022B0AAAAAA | 2026-09-30
  A    | 2026-09-01 | 1001010J0AAAAAA | 2026-09-30   # five
  B    | 2026-08-02 | 0212000B0AAAAAA | 2026-09-01   # the day before the 90
  B    | 2026-09-01 | 0202020L0AAAAAA | 2026-09-30
  B    | 2026-09-01 | 0205051R0AAAAAA | 2026-09-30
  B    | 2026-09-01 | 0601022B0AAAAAA | 2026-09-30
  B    | 2026-09-01 | 0501013B0AAAAAA | 2026-09-30   # an antibacterial: not of the chapters counted
  B    | 2026-09-01 | 1001010J0AAAAAA | 2026-09-30   # four
  C    | 2026-09-01 | 0103050P0AAAAAA | 2026-09-30
  C    | 2026-09-01 | 0202020L0AAAAAA | 2026-09-30
  C    | 2026-09-01 | 0205051R0AAAAAA | 2026-09-30
  C    | 2026-09-01 | 0301011R0AAAAAA | 2026-09-30
  C    | 2026-09-01 | 0403030Q0AAAAAA | 2026-09-30
  C    | 2026-09-01 | 0601022B0AAAAAA | 2026-09-30
  C    | 2026-09-01 | 0704020J0AAAAAA | 2026-09-30
  C    | 2026-09-01 | 0803010A0AAAAAA | 2026-09-30
  C    | 2026-09-01 | 0901011P0AAAAAA | 2026-09-30
  C    | 2026-09-01 | 1001010J0AAAAAA | 2026-09-30   # ten, one of each of nine chapters and a second of one
  C    | 2026-09-01 | 2003000Q0AAAAAA | 2026-09-30   # a dressing is no medicine
"""


def test_polypharmacy_counts_medicines_of_the_chapters_for_long_term_conditions(feature):
    expect(feature("medicines", on="2026-11-01", prescriptions=MANY)) == """
    person | medicines_90d | polypharmacy_5_90d | polypharmacy_10_90d
      A    | 5             | 1                  | 0
      B    | 5             | 0                  | 0
      C    | 10            | 1                  | 1
    """


BURDEN = """
person | day        | bnf             | received
-------+------------+-----------------+-----------
  A    | 2026-09-01 | 0704020J0AAAAAA | 2026-09-30   # 3 points
  A    | 2026-09-20 | 0704020J0BBABAB | 2026-10-20   # the same substance again
  A    | 2026-09-01 | 0403010B0AAAAAA | 2026-09-30   # 3 points
  A    | 2026-09-01 | 0202020L0AAAAAA | 2026-09-30   # 1 point
  A    | 2026-09-01 | 0212000B0AAAAAA | 2026-09-30   # none
  B    | 2026-08-02 | 0704020J0AAAAAA | 2026-09-01   # the day before the 90
  B    | 2026-09-01 | 0408010D0AAAAAA | 2026-09-30   # 2 points
  B    | 2026-10-20 | 0403010B0AAAAAA | -            # a month's lag: not known yet
  C    | 2026-09-01 | 0704020AEAAAAAA | 2026-09-30   # mirabegron: of the falls paragraph, but left out by name; no points
  C    | 2026-09-01 | 0704020         | 2026-09-30   # shorter than a substance: neither points nor counted
"""


def test_anticholinergic_burden_adds_the_scores_of_different_substances(feature):
    expect(feature("medicines", on="2026-11-01", prescriptions=BURDEN)) == """
    person | anticholinergic_burden_90d | falls_risk_medicines_90d
      A    | 7                          | 3
      B    | 2                          | 1
      C    | 0                          | 0
    """


TOGETHER = """
person | day        | bnf             | received
-------+------------+-----------------+-----------
  A    | 2026-08-10 | 1001010J0AAAAAA | 2026-09-09   # an oral NSAID
  A    | 2026-10-01 | 0208020Z0AAAAAA | 2026-10-20   # an oral anticoagulant, on another day of the 90
  A    | 2026-10-01 | 0103050P0AAAAAA | 2026-10-20   # a proton pump inhibitor
  B    | 2026-09-01 | 1001010J0AAAAAA | 2026-09-30
  B    | 2026-09-01 | 0205052N0AAAAAA | 2026-09-30   # an angiotensin-II receptor antagonist
  B    | 2026-09-01 | 0202010B0AAAAAA | 2026-09-30   # a thiazide
  C    | 2026-09-01 | 0205051R0AAAAAA | 2026-09-30   # an ACE inhibitor and a diuretic, but the NSAID is too long ago
  C    | 2026-09-01 | 0202020L0AAAAAA | 2026-09-30
  C    | 2026-08-02 | 1001010J0AAAAAA | 2026-09-30
  C    | 2026-08-02 | 0208020Z0AAAAAA | 2026-09-30
  D    | 2026-09-01 | 0407020A0AAAAAA | 2026-09-30   # an opioid
  D    | 2026-09-01 | 0401020K0AAAAAA | 2026-09-30   # an anxiolytic
  E    | 2026-09-01 | 0407020A0AAAAAA | 2026-09-30
  E    | 2026-10-20 | 0401020K0AAAAAA | 2026-11-01   # known on the index date: not before it
  F    | 2026-08-03 | 0209000A0AAAAAA | 2026-09-01   # an antiplatelet, the first day of the 90
  F    | 2026-10-01 | 0208020V0AAAAAA | 2026-10-20   # an anticoagulant
  F    | 2026-08-02 | 0103050P0AAAAAA | 2026-09-01   # a proton pump inhibitor, the day before the 90
  G    | 2026-09-01 | 0209000A0AAAAAA | 2026-09-30
  G    | 2026-09-20 | 0103050P0AAAAAA | 2026-10-20
  H    | 2026-08-02 | 0209000A0AAAAAA | 2026-09-01   # an antiplatelet too long ago
  H    | 2026-09-01 | 0208020V0AAAAAA | 2026-09-30
"""


def test_combinations_are_of_medicines_issued_in_the_same_90_days(feature):
    expect(feature("medicines", on="2026-11-01", prescriptions=TOGETHER)) == """
    person | nsaid_with_anticoagulant_90d | nsaid_without_gastroprotection_90d | nsaid_renin_diuretic_90d | opioid_with_benzodiazepine_90d
      A    | 1                            | 0                                  | 0                        | 0
      B    | 0                            | 1                                  | 1                        | 0
      C    | 0                            | 0                                  | 0                        | 0
      D    | 0                            | 0                                  | 0                        | 1
      E    | 0                            | 0                                  | 0                        | 0
      F    | 0                            | 0                                  | 0                        | 0
      G    | 0                            | 0                                  | 0                        | 0
      H    | 0                            | 0                                  | 0                        | 0
    """


def test_antiplatelets_and_painkillers_of_the_same_90_days(feature):
    expect(feature("medicines", on="2026-11-01", prescriptions=TOGETHER)) == """
    person | nsaids_oral_90d | antiplatelet_without_gastroprotection_90d | anticoagulant_with_antiplatelet_90d
      A    | 1               | 0                                         | 0
      B    | 1               | 0                                         | 0
      C    | 0               | 0                                         | 0
      D    | 0               | 0                                         | 0
      E    | 0               | 0                                         | 0
      F    | 0               | 1                                         | 1
      G    | 0               | 0                                         | 0
      H    | 0               | 0                                         | 0
    """


BEGUN = """
person | day        | bnf             | received
-------+------------+-----------------+-----------
  A    | 2026-09-01 | 0212000B0AAAAAA | 2026-09-30   # never before
  A    | 2026-09-01 | 0202020L0AAAAAA | 2026-09-30   # before, but earlier than the 365 days before the 90
  A    | 2025-08-02 | 0202020L0AAAAAA | 2025-09-02
  A    | 2026-09-01 | 0205051R0AAAAAA | 2026-09-30   # not new: the first of the 365 days before the 90
  A    | 2025-08-03 | 0205051R0AAAAAA | 2025-09-02
  B    | 2026-08-02 | 0212000B0AAAAAA | 2026-09-01   # the day before the 90: not begun in them
  B    | 2026-10-31 | 2003000Q0AAAAAA | 2026-10-31   # a dressing is no medicine
  C    | 2024-10-30 | 0212000B0AAAAAA | 2024-12-01   # more than 730 days ago
"""


def test_medicines_begun_and_the_last_one_issued(feature):
    expect(feature("medicines", on="2026-11-01", prescriptions=BEGUN)) == """
    person | medicines_started | days_since_prescription
      A    | 2                 | 61
      B    | 0                 | 91
      C    | 0                 | -
    """


def test_what_is_new_needs_both_its_windows(feature):
    sources = """
    table           | begins
    gp_prescription | 2026-01-01
    """
    expect(feature("medicines", on="2026-11-01", prescriptions=BEGUN, sources=sources)) == """
    person | medicines_90d | medicines_started
      A    | 3             | -
      B    | 0             | -
      C    | 0             | -
    """


GROUPS = """
person | day        | bnf             | received
-------+------------+-----------------+-----------
  A    | 2025-11-01 | 0408010A0AAAAAA | 2025-12-01   # an antiepileptic, the first day of 365
  A    | 2026-05-01 | 0409010K0AAAAAA | 2026-06-01   # a drug for parkinsonism
  A    | 2026-05-01 | 0501013B0AAAAAA | 2026-06-01   # an antibacterial
  A    | 2026-07-01 | 0501013B0AAAAAA | 2026-08-01   # the same again
  A    | 2026-07-01 | 0501080W0AAAAAA | 2026-08-01   # another
  B    | 2026-05-01 | 0302000C0AAAAAA | 2026-06-01   # an inhaled corticosteroid
  B    | 2026-05-01 | 0913010A0AAAAAA | 2026-06-01   # oral nutrition
  B    | 2025-10-31 | 0408010A0AAAAAA | 2025-12-01   # the day before the 365
"""


def test_more_groups(feature):
    expect(feature("medicines", on="2026-11-01", prescriptions=GROUPS)) == """
    person | antiepileptics_365d | parkinsonism_medicines_365d | antibacterials_365d | inhaled_corticosteroids_365d | oral_nutrition_365d
      A    | 1                   | 1                           | 2                   | 0                            | 0
      B    | 0                   | 0                           | 0                   | 1                            | 1
    """
