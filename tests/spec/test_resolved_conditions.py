"""Worked examples: a condition ends when it is recorded as resolved, and begins again when it is recorded later."""

from support.tables import expect

EVENTS = """
person | day        | code            | received
-------+------------+-----------------+-----------
  A    | 2010-11-01 | 195967001       | 2010-11-02   # asthma
  A    | 2020-11-01 | 162660004       | 2020-11-02   # asthma resolved: it ended
  B    | 2010-11-01 | 195967001       | 2010-11-02
  B    | 2020-11-01 | 162660004       | 2020-11-02   # resolved
  B    | 2024-11-01 | 195967001       | 2024-11-02   # and recorded again: the years run from here
  B    | 2025-11-01 | 195967001       | 2025-11-02
  C    | 2020-11-01 | 195967001       | 2020-11-02   # recorded and resolved on one day: resolved
  C    | 2020-11-01 | 162660004       | 2020-11-02
  D    | 2020-11-01 | 195967001       | 2020-11-02
  D    | 2026-10-01 | 162660004       | 2026-11-02   # resolved, but not known before the index date
  E    | 2024-11-01 | 162660004       | 2024-11-02   # resolved and never recorded
  F    | 2018-11-01 | 162660004       | 2018-11-02   # resolved before the first record that is known
  F    | 2022-11-01 | 195967001       | 2022-11-02
  G    | 2014-11-01 | 49436004        | 2014-11-02   # atrial fibrillation
  G    | 2016-11-01 | 162660004       | 2016-11-02   # asthma resolved ends no other condition
  H    | 2010-11-01 | 195967001       | 2010-11-02
  H    | 2012-11-01 | 162660004       | 2012-11-02   # resolved,
  H    | 2014-11-01 | 195967001       | 2014-11-02   # there again,
  H    | 2016-11-01 | 162660004       | 2016-11-02   # and resolved again: the last resolution counts
  J    | 2010-11-01 | 195967001       | 2010-11-02
  J    | 2020-11-01 | 162660004       | 2020-11-02   # resolved
  J    | 2026-10-01 | 195967001       | 2026-11-02   # there again, but not known before the index date
"""


def test_a_condition_lasts_until_it_is_recorded_as_resolved(feature):
    expect(feature("conditions", on="2026-11-01", gp_events=EVENTS)) == """
    person | has_asthma | years_since_asthma | has_af | long_term_conditions
      A    | 0          | -                  | 0      | 0
      B    | 1          | 1.9986             | 0      | 1
      C    | 0          | -                  | 0      | 0
      D    | 1          | 5.9986             | 0      | 1
      E    | 0          | -                  | 0      | 0
      F    | 1          | 4                  | 0      | 1
      G    | 0          | -                  | 1      | 1
      H    | 0          | -                  | 0      | 0
      J    | 0          | -                  | 0      | 0
    """


def test_the_condition_stands_as_each_index_date_knew_it(feature):
    expect(feature("known_condition", on="2020-06-01", gp_events=EVENTS)) == """
    person | condition | first_date
      A    | asthma    | 2010-11-01
      B    | asthma    | 2010-11-01
      G    | af        | 2014-11-01
      J    | asthma    | 2010-11-01
    """


def test_an_old_record_that_arrives_late_does_not_undo_a_resolution(feature):
    events = """
    person | day        | code      | received
      A    | 2015-11-01 | 38341003  | 2015-11-02   # hypertension
      A    | 2020-11-01 | 162659009 | 2020-11-02   # resolved
      A    | 2018-11-01 | 38341003  | 2026-06-01   # came with a transfer, dated before the resolution
    """
    expect(feature("conditions", on="2026-11-01", gp_events=events)) == """
    person | has_hypertension | years_since_hypertension
      A    | 0                | -
    """


EACH = """
person | day        | code             | received
-------+------------+------------------+-----------
  A    | 2010-11-01 | 49436004         | 2010-11-02   # atrial fibrillation
  A    | 2011-11-01 | 196371000000102  | 2011-11-02
  A    | 2010-11-01 | 433144002        | 2010-11-02   # chronic kidney disease
  A    | 2011-11-01 | 939211000000104  | 2011-11-02
  A    | 2010-11-01 | 13645005         | 2010-11-02   # COPD
  A    | 2011-11-01 | 941201000000103  | 2011-11-02
  A    | 2010-11-01 | 832007           | 2010-11-02   # depression
  A    | 2011-11-01 | 196381000000100  | 2011-11-02
  A    | 2010-11-01 | 44054006         | 2010-11-02   # diabetes, type 2
  A    | 2011-11-01 | 315051004        | 2011-11-02
  B    | 2010-11-01 | 19598007         | 2010-11-02   # epilepsy
  B    | 2011-11-01 | 162658001        | 2011-11-02
  B    | 2010-11-01 | 42343007         | 2010-11-02   # heart failure
  B    | 2011-11-01 | 521691000000100  | 2011-11-02
  B    | 2010-11-01 | 38341003         | 2010-11-02   # hypertension
  B    | 2011-11-01 | 162659009        | 2011-11-02
  B    | 2010-11-01 | 18040001         | 2010-11-02   # osteoporosis
  B    | 2011-11-01 | 711341000000106  | 2011-11-02
  B    | 2010-11-01 | 13746004         | 2010-11-02   # bipolar disorder: no code ends it here
"""


def test_each_condition_that_has_a_code_for_it_can_end(feature):
    expect(feature("conditions", on="2026-11-01", gp_events=EACH)) == """
    person | has_af | has_ckd | has_copd | has_depression | has_diabetes | has_epilepsy | has_heart_failure | has_hypertension | has_osteoporosis | has_smi | long_term_conditions
      A    | 0      | 0       | 0        | 0              | 0            | 0            | 0                 | 0                | 0                | 0       | 0
      B    | 0      | 0       | 0        | 0              | 0            | 0            | 0                 | 0                | 0                | 1       | 1
    """
    expect(feature("conditions", on="2011-06-01", gp_events=EACH)) == """
    person | has_af | has_ckd | has_copd | has_depression | has_diabetes | has_epilepsy | has_heart_failure | has_hypertension | has_osteoporosis | has_smi | long_term_conditions
      A    | 1      | 1       | 1        | 1              | 1            | 0            | 0                 | 0                | 0                | 0       | 5
      B    | 0      | 0       | 0        | 0              | 0            | 1            | 1                 | 1                | 1                | 1       | 5
    """


MORE = """
person | day        | code            | received
-------+------------+-----------------+-----------
  A    | 2016-11-01 | 66590003        | 2016-11-02   # alcohol dependence
  A    | 2018-11-01 | 21897009        | 2018-11-02   # generalised anxiety disorder
  A    | 2025-11-01 | 38341003        | 2025-11-02   # hypertension, 365 days ago: added within the year
  B    | 2014-11-01 | 55464009        | 2014-11-02   # systemic lupus erythematosus
  B    | 2022-11-01 | 15188001        | 2022-11-02   # hearing loss
  B    | 2006-11-01 | 10743008        | 2006-11-02   # irritable bowel syndrome
  B    | 2025-10-31 | 38341003        | 2025-11-02   # hypertension, 366 days ago
  C    | 2022-11-01 | 700449008       | 2022-11-02   # non-diabetic hyperglycaemia
  D    | 2020-11-01 | 700449008       | 2020-11-02
  D    | 2024-11-01 | 44054006        | 2024-11-02   # and then diabetes: no longer non-diabetic
  E    | 2010-11-01 | 69896004        | 2010-11-02   # rheumatoid arthritis is a connective tissue disorder too
  F    | 2020-11-01 | 66590003        | 2020-11-02   # alcohol is never shown: it is not counted here
  F    | 2020-11-01 | 38341003        | 2020-11-02
  G    | 2020-11-01 | 26929004        | 2020-11-02   # dementia alone
"""


def test_conditions_of_the_cambridge_score_and_glucose(feature):
    expect(feature("conditions", on="2026-11-01", gp_events=MORE)) == """
    person | has_alcohol_problems | years_since_alcohol_problems | has_anxiety | years_since_anxiety | has_connective_tissue_disorder | years_since_connective_tissue_disorder | has_hearing_loss | years_since_hearing_loss | has_irritable_bowel_syndrome | years_since_irritable_bowel_syndrome
      A    | 1                    | 9.9986                       | 1           | 8                   | 0                              | -                                      | 0                | -                        | 0                            | -
      B    | 0                    | -                            | 0           | -                   | 1                              | 12                                     | 1                | 4                        | 1                            | 20
      C    | 0                    | -                            | 0           | -                   | 0                              | -                                      | 0                | -                        | 0                            | -
      D    | 0                    | -                            | 0           | -                   | 0                              | -                                      | 0                | -                        | 0                            | -
      E    | 0                    | -                            | 0           | -                   | 1                              | 16                                     | 0                | -                        | 0                            | -
      F    | 1                    | 5.9986                       | 0           | -                   | 0                              | -                                      | 0                | -                        | 0                            | -
      G    | 0                    | -                            | 0           | -                   | 0                              | -                                      | 0                | -                        | 0                            | -
    """
    expect(feature("conditions", on="2026-11-01", gp_events=MORE)) == """
    person | has_non_diabetic_hyperglycaemia | years_since_non_diabetic_hyperglycaemia | long_term_conditions | long_term_conditions_added_365d | mental_and_physical_conditions
      A    | 0                               | -                                       | 1                    | 1                               | 1
      B    | 0                               | -                                       | 1                    | 0                               | 0
      C    | 1                               | 4                                       | 0                    | 0                               | 0
      D    | 0                               | -                                       | 1                    | 0                               | 0
      E    | 0                               | -                                       | 1                    | 0                               | 0
      F    | 0                               | -                                       | 1                    | 0                               | 0
      G    | 0                               | -                                       | 1                    | 0                               | 0
    """
