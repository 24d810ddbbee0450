"""Worked examples: the Cambridge Multimorbidity Score, by record and by prescription."""

from support.tables import expect

RECORDS = """
person | day        | code            | received
-------+------------+-----------------+-----------
  A    | 2016-11-01 | 38341003        | 2016-11-02   # hypertension, 0.08
  A    | 2016-11-01 | 49436004        | 2016-11-02   # atrial fibrillation, 1.34
  A    | 2016-11-01 | 66590003        | 2016-11-02   # alcohol problems, 0.65
  B    | 2021-11-01 | 93655004        | 2021-11-02   # cancer first recorded five years ago, 1.53
  B    | 2016-11-01 | 49436004        | 2016-11-02   # atrial fibrillation,
  B    | 2018-11-01 | 196371000000102 | 2018-11-02   # resolved
  C    | 2021-10-31 | 93655004        | 2021-11-02   # cancer first recorded a day before that: none
  C    | 2016-11-01 | 10743008        | 2016-11-02   # irritable bowel syndrome, 0.21
  D    | 2014-11-01 | 832007          | 2014-11-02   # depression, and again 365 days ago: 0.5
  D    | 2025-11-01 | 832007          | 2025-11-02
  E    | 2014-11-01 | 832007          | 2014-11-02   # depression, not recorded in the year
  F    | 2026-01-01 | 21897009        | 2026-01-02   # anxiety and depression are one condition
  F    | 2026-01-01 | 832007          | 2026-01-02
  G    | 2016-11-01 | 38341003        | 2016-11-02   # hypertension, 0.08
  G    | 2026-01-01 | 832007          | 2026-01-02   # depression in the year, resolved since
  G    | 2026-05-01 | 196381000000100 | 2026-05-02
"""


def test_conditions_of_the_record_and_their_weights(feature):
    expect(feature("cambridge", on="2026-11-01", gp_events=RECORDS)) == """
    person | cambridge_conditions | cambridge_score
      A    | 3                    | 2.07
      B    | 1                    | 1.53
      C    | 1                    | 0.21
      D    | 1                    | 0.5
      E    | 0                    | 0
      F    | 1                    | 0.5
      G    | 1                    | 0.08
    """


TREATED = """
person | day        | code      | received
-------+------------+-----------+-----------
  A    | 2010-11-01 | 195967001 | 2010-11-02   # asthma, with a bronchodilator: 0.19
  B    | 2010-11-01 | 195967001 | 2010-11-02   # asthma without treatment in the year
  C    | 2010-11-01 | 19598007  | 2010-11-02   # epilepsy with an antiepileptic: 0.92; gabapentin is then no sign of pain
"""
ISSUES = """
person | day        | bnf       | received
-------+------------+-----------+-----------
  A    | 2026-09-01 | 0301011R0 | 2026-09-10
  A    | 2026-01-01 | 040702040 | 2026-01-10   # an opioid on four days: painful condition, 0.92
  A    | 2026-02-01 | 040702040 | 2026-02-10
  A    | 2026-03-01 | 040702040 | 2026-03-10
  A    | 2026-04-01 | 040702040 | 2026-04-10
  B    | 2025-10-31 | 0301011R0 | 2025-11-10   # the day before the year began
  B    | 2026-01-01 | 010604000 | 2026-01-10   # two laxatives on two days each are four issues: 1.12
  B    | 2026-02-01 | 010604000 | 2026-02-10
  B    | 2026-01-01 | 010602010 | 2026-01-10
  B    | 2026-02-01 | 010602010 | 2026-02-10
  C    | 2026-01-01 | 0408010G0 | 2026-01-10   # gabapentin four times
  C    | 2026-02-01 | 0408010G0 | 2026-02-10
  C    | 2026-03-01 | 0408010G0 | 2026-03-10
  C    | 2026-04-01 | 0408010G0 | 2026-04-10
  D    | 2026-01-01 | 0408010G0 | 2026-01-10   # the same without epilepsy: painful condition
  D    | 2026-02-01 | 0408010G0 | 2026-02-10
  D    | 2026-03-01 | 0408010G0 | 2026-03-10
  D    | 2026-04-01 | 0408010G0 | 2026-04-10
  E    | 2026-01-01 | 040303000 | 2026-01-10   # an antidepressant on four days: anxiety or depression
  E    | 2026-02-01 | 040303000 | 2026-02-10
  E    | 2026-03-01 | 040303000 | 2026-03-10
  E    | 2025-11-01 | 040303000 | 2025-11-10   # the first day of the year
  F    | 2026-01-01 | 040301000 | 2026-01-10   # a tricyclic, whose dose is not known: not counted
  F    | 2026-02-01 | 040301000 | 2026-02-10
  F    | 2026-03-01 | 040301000 | 2026-03-10
  F    | 2026-04-01 | 040301000 | 2026-04-10
  G    | 2026-01-01 | 010604000 | 2026-01-10   # three issues are not four
  G    | 2026-02-01 | 010604000 | 2026-02-10
  G    | 2026-03-01 | 010604000 | 2026-03-10
  G    | 2026-10-20 | 010604000 | 2026-11-01   # the fourth is not known yet
"""


def test_conditions_by_treatment(feature):
    expect(feature("cambridge", on="2026-11-01", gp_events=TREATED, prescriptions=ISSUES)) == """
    person | painful_condition | treated_constipation | cambridge_conditions | cambridge_score
      A    | 1                 | 0                    | 2                    | 1.11
      B    | 0                 | 1                    | 1                    | 1.12
      C    | 0                 | 0                    | 1                    | 0.92
      D    | 1                 | 0                    | 1                    | 0.92
      E    | 0                 | 0                    | 1                    | 0.5
      F    | 0                 | 0                    | 0                    | 0
      G    | 0                 | 0                    | 0                    | 0
    """


def test_unknown_without_prescriptions(feature):
    expect(feature("cambridge", on="2026-11-01", gp_events=TREATED, absent=["gp_prescription"])) == """
    person | painful_condition | cambridge_conditions | cambridge_score
      A    | -                 | -                    | -
      B    | -                 | -                    | -
      C    | -                 | -                    | -
    """
