"""Worked examples: every condition, each by a code of its list; a year is 365.25 days."""

from support.tables import expect

HEART_AND_VESSELS = """
person | day        | code      | received
-------+------------+-----------+-----------
  A    | 2022-11-01 | 22298006  | 2022-11-02   # myocardial infarction
  A    | 2024-11-01 | 1755008   | 2024-11-02   # old myocardial infarction: the same condition, later
  A    | 2025-11-01 | 42343007  | 2025-11-02   # congestive heart failure
  B    | 2010-11-01 | 1201005   | 2010-11-02   # hypertension
  B    | 2026-10-25 | 20059004  | 2026-10-26   # occlusion of a cerebral artery, a week ago
  C    | 2018-11-01 | 63491006  | 2018-11-02   # intermittent claudication
  C    | 2026-10-31 | 22298006  | -            # yesterday, but general practice data take 3 days
"""


def test_conditions_of_the_heart_and_vessels(feature):
    expect(feature("conditions", on="2026-11-01", gp_events=HEART_AND_VESSELS)) == """
    person | has_chd | years_since_chd | has_heart_failure | years_since_heart_failure | has_hypertension | years_since_hypertension | has_stroke_tia | years_since_stroke_tia | has_pad | years_since_pad | long_term_conditions
      A    | 1       | 4               | 1                 | 0.9993                    | 0                | -                        | 0              | -                      | 0       | -               | 2
      B    | 0       | -               | 0                 | -                         | 1                | 16                       | 1              | 0.0192                 | 0       | -               | 2
      C    | 0       | -               | 0                 | -                         | 0                | -                        | 0              | -                      | 1       | 8               | 1
    """


LUNGS_KIDNEYS_AND_WEIGHT = """
person | day        | code      | received
-------+------------+-----------+-----------
  A    | 2006-11-01 | 195967001 | 2006-11-02   # asthma
  A    | 2022-11-01 | 13645005  | 2022-11-02   # COPD: a second condition
  B    | 2022-11-01 | 433144002 | 2022-11-02   # chronic kidney disease, stage 3
  B    | 2025-11-01 | 431857002 | 2025-11-02   # and later stage 4: the years run from stage 3
  C    | 2024-11-01 | 162864005 | 2024-11-02   # obesity is no long-term condition here
"""


def test_conditions_of_the_lungs_and_kidneys_and_weight(feature):
    expect(feature("conditions", on="2026-11-01", gp_events=LUNGS_KIDNEYS_AND_WEIGHT)) == """
    person | has_asthma | years_since_asthma | has_copd | years_since_copd | has_ckd | years_since_ckd | has_obesity | years_since_obesity | long_term_conditions
      A    | 1          | 20                 | 1        | 4                | 0       | -               | 0           | -                   | 2
      B    | 0          | -                  | 0        | -                | 1       | 4               | 0           | -                   | 1
      C    | 0          | -                  | 0        | -                | 0       | -               | 1           | 1.9986              | 0
    """


MIND_AND_BRAIN = """
person | day        | code     | received
-------+------------+----------+-----------
  A    | 2024-11-01 | 26929004 | 2024-11-02   # Alzheimer's disease
  A    | 2014-11-01 | 832007   | 2014-11-02   # moderate depression
  B    | 2006-11-01 | 13746004 | 2006-11-02   # bipolar disorder
  B    | 2018-11-01 | 19598007 | 2018-11-02   # epilepsy
  C    | 1990-11-01 | 61152003 | 1990-11-02   # moderate learning disability
"""


def test_conditions_of_the_mind_and_brain(feature):
    expect(feature("conditions", on="2026-11-01", gp_events=MIND_AND_BRAIN)) == """
    person | has_dementia | years_since_dementia | has_depression | years_since_depression | has_smi | years_since_smi | has_epilepsy | years_since_epilepsy | has_learning_disability | years_since_learning_disability | long_term_conditions
      A    | 1            | 1.9986               | 1              | 12                     | 0       | -               | 0            | -                    | 0                       | -                               | 2
      B    | 0            | -                    | 0              | -                      | 1       | 20              | 1            | 8                    | 0                       | -                               | 2
      C    | 0            | -                    | 0              | -                      | 0       | -               | 0            | -                    | 1                       | 36                              | 1
    """


CANCER_BONES_AND_THE_END_OF_LIFE = """
person | day        | code      | received
-------+------------+-----------+-----------
  A    | 2022-11-01 | 93655004  | 2022-11-02   # melanoma
  A    | 2026-05-01 | 103735009 | 2026-05-02   # palliative care: known, and not counted among the long-term conditions
  B    | 2018-11-01 | 18040001  | 2018-11-02   # osteoporosis
  B    | 2014-11-01 | 69896004  | 2014-11-02   # rheumatoid arthritis
"""


def test_cancer_conditions_of_bones_and_joints_and_palliative_care(feature):
    expect(feature("conditions", on="2026-11-01", gp_events=CANCER_BONES_AND_THE_END_OF_LIFE)) == """
    person | has_cancer | years_since_cancer | has_osteoporosis | years_since_osteoporosis | has_rheumatoid_arthritis | years_since_rheumatoid_arthritis | has_palliative_care | years_since_palliative_care | long_term_conditions
      A    | 1          | 4                  | 0                | -                        | 0                        | -                                | 1                   | 0.5038                      | 1
      B    | 0          | -                  | 1                | 8                        | 1                        | 12                               | 0                   | -                           | 2
    """
