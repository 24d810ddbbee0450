"""Worked examples: medicines prescribed before the index date."""

from support.tables import expect

PRESCRIPTIONS = """
person | day        | bnf             | received
-------+------------+-----------------+-----------
  A    | 2026-09-01 | 0212000B0AAAAAA | 2026-09-30   # atorvastatin, in 90 days
  A    | 2026-03-01 | 0212000B0BBABAB | 2026-03-31   # another product of the same substance
  A    | 2026-03-01 | 0212000Y0AAAAAA | 2026-03-31   # simvastatin: the same paragraph
  A    | 2026-03-01 | 0408010G0AAAAAA | 2026-03-31   # gabapentin
  A    | 2026-03-01 | 2003000Q0AAAAAA | 2026-03-31   # a dressing is no medicine
  A    | 2026-03-01 | 060106000AAAAAA | 2026-03-31   # nor is a test strip
  A    | 2026-03-01 | 0208            | 2026-03-31   # shorter than a substance
  B    | 2026-10-20 | 0407020A0AAAAAA | -            # an opioid; a month's lag, so not known yet
  B    | 2025-11-01 | 0407020A0AAAAAA | 2025-12-01   # an opioid, the first day of 365
  B    | 2025-10-31 | 0208020Z0AAAAAA | 2025-12-01   # an anticoagulant, the day before it
  C    | 2026-05-01 | 0209000A0AAAAAA | 2026-06-01   # an antiplatelet
  C    | 2026-05-01 | 1001010J0AAAAAA | 2026-06-01   # an oral NSAID
  C    | 2026-05-01 | 0202010B0AAAAAA | 2026-06-01   # a thiazide
"""


def test_medicines_are_substances_known_to_be_issued_in_the_window(feature):
    expect(feature("medicines", on="2026-11-01", prescriptions=PRESCRIPTIONS)) == """
    person | medicines_90d | medicines_365d | bnf_paragraphs_365d | error_prone_medicines_365d | dependence_forming_medicines_365d
      A    | 1             | 3              | 2                   | 0                          | 1
      B    | 0             | 1              | 1                   | 0                          | 1
      C    | 0             | 3              | 3                   | 3                          | 0
    """


def test_groups_are_prefixes_of_the_bnf(feature):
    expect(feature("medicines", on="2026-11-01", prescriptions=PRESCRIPTIONS)) == """
    person | opioids_365d | gabapentinoids_365d | anticoagulants_365d | antiplatelets_365d | nsaids_oral_365d | diuretics_loop_365d
      A    | 0            | 1                   | 0                   | 0                  | 0                | 0
      B    | 1            | 0                   | 0                   | 0                  | 0                | 0
      C    | 0            | 0                   | 0                   | 1                  | 1                | 0
    """


def test_a_window_that_reaches_before_the_source_began_is_unknown(feature):
    sources = """
    table           | begins
    gp_prescription | 2026-06-01
    """
    expect(feature("medicines", on="2026-11-01", prescriptions=PRESCRIPTIONS, sources=sources)) == """
    person | medicines_90d | medicines_365d | opioids_365d
      A    | 1             | -              | -
      B    | 0             | -              | -
      C    | 0             | -              | -
    """
