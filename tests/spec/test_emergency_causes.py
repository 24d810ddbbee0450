"""Worked examples: emergency admissions by cause. Codes are on the lists named in ``sql/seeds/code_list_icd10.csv``."""

from support.tables import expect


def test_a_stay_counts_once_for_each_cause_it_meets(feature):
    expect(
        feature(
            "emergency_causes",
            on="2026-11-01",
            episodes="""
    person | admitted   | discharged | method | main   | second | third
      A    | 2026-03-01 | 2026-03-09 | 21     | S72.0  | W19    | F05.9    # a fall, a fracture, and delirium after it
      A    | 2025-03-01 | 2025-03-09 | 21     | S000   | W01X   | -        # a fall more than a year ago
      B    | 2026-03-01 | 2026-03-09 | 21     | i50.0  | -      | -        # as some senders write it
      C    | 2026-03-01 | 2026-03-09 | 11     | S720   | W19    | -        # planned
      D    | 2026-03-01 | 2026-03-09 | 21     | J181   | A419   | J440     # pneumonia with sepsis; its COPD is not the main diagnosis
      E    | 2026-03-01 | 2026-03-09 | 21     | R69X   | -      | -        # of no list
    """,
        )
    ) == """
    person | falls_admissions_365d | falls_admissions_730d | fragility_fracture_admissions_365d | delirium_admissions_365d
      A    | 1                     | 2                     | 1                                  | 1
      B    | 0                     | 0                     | 0                                  | 0
      C    | 0                     | 0                     | 0                                  | 0
      D    | 0                     | 0                     | 0                                  | 0
      E    | 0                     | 0                     | 0                                  | 0
    """


def test_respiratory_heart_failure_and_infection_ask_for_the_main_diagnosis_of_the_first_episode(feature):
    expect(
        feature(
            "emergency_causes",
            on="2026-11-01",
            episodes="""
    person | spell | episode | admitted   | ended      | discharged | main | second
      A    | 1     | 1       | 2026-03-01 | 2026-03-03 | -          | I500 | J181     # heart failure, pneumonia beside it
      B    | 1     | 1       | 2026-03-01 | 2026-03-03 | -          | R074 | -
      B    | 1     | 2       | 2026-03-01 | 2026-03-09 | 2026-03-09 | J181 | -        # pneumonia only later in the stay
      C    | 1     | 1       | 2026-03-01 | 2026-03-03 | -          | R074 | -
      C    | 1     | 2       | 2026-03-01 | 2026-03-09 | 2026-03-09 | J181 | A419     # sepsis counts in any position of any episode
      D    | 1     | 1       | 2026-03-01 | 2026-03-09 | 2026-03-09 | N390 | -
    """,
        )
    ) == """
    person | heart_failure_admissions_365d | respiratory_admissions_365d | infection_admissions_365d
      A    | 1                             | 0                           | 0
      B    | 0                             | 0                           | 0
      C    | 0                             | 0                           | 1
      D    | 0                             | 0                           | 1
    """


def test_ages_that_the_lists_ask_for_are_ages_at_admission(feature):
    expect(
        feature(
            "emergency_causes",
            on="2026-11-01",
            persons="""
    person | born
      A    | 1961-03-01   # 65 on the day
      B    | 1961-03-02   # 64 still
      C    | 2010-03-01   # 16 on the day
      D    | 2010-03-02   # 15 still
    """,
            registrations="""
    person | from
      A    | 2012-01-01
      B    | 2012-01-01
      C    | 2012-01-01
      D    | 2012-01-01
    """,
            episodes="""
    person | admitted   | discharged | main | second
      A    | 2026-03-01 | 2026-03-09 | S720 | K70
      B    | 2026-03-01 | 2026-03-09 | S720 | K70
      C    | 2026-03-01 | 2026-03-09 | S720 | K70
      D    | 2026-03-01 | 2026-03-09 | S720 | K70
    """,
        )
    ) == """
    person | fragility_fracture_admissions_365d | alcohol_admissions_365d
      A    | 1                                  | 1
      B    | 0                                  | 1
      C    | 0                                  | 1
      D    | 0                                  | 0
    """


def test_ambulatory_care_sensitive_conditions_follow_the_rules_beside_the_list(feature):
    expect(
        feature(
            "emergency_causes",
            on="2026-11-01",
            episodes="""
    person | admitted   | discharged | main | second | procedure
      A    | 2026-03-01 | 2026-03-09 | J45  | -      | -          # asthma
      B    | 2026-03-01 | 2026-03-09 | R69  | J45    | -          # asthma, but not the main diagnosis
      C    | 2026-03-01 | 2026-03-09 | I500 | -      | -          # heart failure
      D    | 2026-03-01 | 2026-03-09 | I500 | -      | K40.1      # with an operation on the heart
      E    | 2026-03-01 | 2026-03-09 | J20  | -      | -          # acute bronchitis alone
      F    | 2026-03-01 | 2026-03-09 | J20  | J44.9  | -          # with chronic lung disease
      G    | 2026-03-01 | 2026-03-09 | B18.1 | D57.1 | -          # with sickle cell disease
      H    | 2026-03-01 | 2026-03-09 | L03  | -      | -          # cellulitis
      I    | 2026-03-01 | 2026-03-09 | L03  | -      | W401       # with an operation
      J    | 2026-03-01 | 2026-03-09 | I10X | -      | K731       # hypertension: two more operations leave it out
      K    | 2026-03-01 | 2026-03-09 | I500 | -      | K731
      L    | 2026-03-01 | 2026-03-09 | I20  | -      | X331       # angina: nearly any operation leaves it out
      M    | 2026-03-01 | 2026-03-09 | I20  | -      | X052
    """,
        )
    ) == """
    person | ambulatory_care_sensitive_admissions_365d
      A    | 1
      B    | 0
      C    | 1
      D    | 0
      E    | 0
      F    | 1
      G    | 0
      H    | 1
      I    | 0
      J    | 0
      K    | 1
      L    | 1
      M    | 0
    """


def test_self_harm_counts_in_any_position(feature):
    expect(
        feature(
            "emergency_causes",
            on="2026-11-01",
            episodes="""
    person | admitted   | discharged | main | second
      A    | 2026-03-01 | 2026-03-02 | T391 | X60
      B    | 2026-03-01 | 2026-03-02 | T391 | X40
    """,
        )
    ) == """
    person | self_harm_admissions_365d
      A    | 1
      B    | 0
    """


def test_hearts_and_strokes_count_where_they_are_the_main_diagnosis_of_the_first_episode(feature):
    expect(
        feature(
            "emergency_causes",
            on="2026-11-01",
            episodes="""
    person | spell | episode | admitted   | ended      | discharged | method | main | second
      A    | 1     | 1       | 2026-03-01 | 2026-03-03 | 2026-03-03 | 21     | I214 | I48      # a heart attack, with a rhythm disorder beside it
      A    | 2     | 1       | 2026-04-01 | 2026-04-03 | 2026-04-03 | 21     | I489 | -        # the rhythm disorder itself
      A    | 3     | 1       | 2026-05-01 | 2026-05-03 | 2026-05-03 | 21     | I130 | -        # heart failure with high blood pressure
      B    | 1     | 1       | 2026-03-01 | 2026-03-03 | 2026-03-03 | 21     | J181 | I50.0    # pneumonia of somebody with heart failure
      C    | 1     | 1       | 2026-03-01 | 2026-03-03 | -          | 21     | R074 | -
      C    | 1     | 2       | 2026-03-01 | 2026-03-09 | 2026-03-09 | 21     | I639 | -        # a stroke, but only of the second episode
      D    | 1     | 1       | 2026-03-01 | 2026-03-03 | 2026-03-03 | 21     | I63  | I48
      D    | 2     | 1       | 2026-04-01 | 2026-04-03 | 2026-04-03 | 21     | G459 | -        # a transient ischaemic attack
      E    | 1     | 1       | 2026-03-01 | 2026-03-03 | 2026-03-03 | 11     | I251 | -        # planned
      F    | 1     | 1       | 2025-10-31 | 2025-11-03 | 2025-11-03 | 21     | I251 | -        # 366 days before
    """,
        )
    ) == """
    person | cardiac_admissions_365d | stroke_tia_admissions_365d
      A    | 3                       | 0
      B    | 0                       | 0
      C    | 0                       | 0
      D    | 0                       | 2
      E    | 0                       | 0
      F    | 0                       | 0
    """


def test_a_hip_fracture_counts_in_any_position_for_three_years(feature):
    expect(
        feature(
            "emergency_causes",
            on="2026-11-01",
            episodes="""
    person | spell | episode | admitted   | ended      | discharged | method | main  | second
      A    | 1     | 1       | 2023-11-02 | 2023-11-20 | 2023-11-20 | 21     | S72.0 | W19      # 1,095 days before: inside
      A    | 2     | 1       | 2026-03-01 | 2026-03-03 | -          | 21     | F059  | -
      A    | 2     | 2       | 2026-03-01 | 2026-03-20 | 2026-03-20 | 21     | R55   | S721     # found later in the stay
      B    | 1     | 1       | 2023-11-01 | 2023-11-20 | 2023-11-20 | 21     | S720  | -        # 1,096 days before
      C    | 1     | 1       | 2026-03-01 | 2026-03-20 | 2026-03-20 | 21     | S723  | -        # the shaft of the thigh bone
    """,
        )
    ) == """
    person | hip_fracture_admissions_1095d
      A    | 2
      B    | 0
      C    | 0
    """
