"""Worked examples: when reviews and assessments were last recorded, and what is due."""

from support.tables import expect

REVIEWS = """
person | day        | code            | received
-------+------------+-----------------+-----------
  A    | 2016-11-01 | 195967001       | 2016-11-02   # asthma
  A    | 2025-11-01 | 393030008       | 2025-11-02   # its review, 365 days ago: not due
  A    | 2016-11-01 | 13645005        | 2016-11-02   # COPD
  A    | 2025-10-31 | 394703002       | 2025-11-02   # its review, 366 days ago: due
  A    | 2016-11-01 | 42343007        | 2016-11-02   # heart failure, never reviewed: due
  B    | 2016-11-01 | 44054006        | 2016-11-02   # diabetes
  B    | 2026-05-01 | 170777000       | 2026-05-02   # reviewed
  B    | 2026-10-30 | 170777000       | 2026-11-02   # a later review is not known yet
  B    | 2016-11-01 | 26929004        | 2016-11-02   # dementia
  B    | 2026-08-01 | 956841000000106 | 2026-08-02   # care plan agreed
  C    | 2026-08-01 | 390885007       | 2026-08-02   # a heart failure review of somebody without heart failure
  C    | 2016-11-01 | 195967001       | 2016-11-02   # asthma,
  C    | 2020-11-01 | 162660004       | 2020-11-02   # resolved: nothing is due
"""


def test_annual_reviews(feature):
    expect(feature("care_gaps", on="2026-11-01", gp_events=REVIEWS)) == """
    person | days_since_asthma_review | days_since_copd_review | days_since_diabetes_review | days_since_heart_failure_review | days_since_dementia_review | annual_reviews_due
      A    | 365                      | 366                    | -                          | -                               | -                          | 2
      B    | -                        | -                      | 184                        | -                               | 92                         | 0
      C    | -                        | -                      | -                          | 92                              | -                          | 0
    """


ASSESSMENTS = """
person | day        | code             | received
-------+------------+------------------+-----------
  A    | 2026-01-05 | 1239511000000100 | 2026-01-06   # structured medication review
  A    | 2026-08-05 | 1127441000000107 | 2026-08-06   # a later review by a pharmacist: of any kind counts
  A    | 2026-06-01 | 925831000000107  | 2026-06-02   # moderate frailty
  B    | 2026-09-05 | 182836005        | 2026-09-06   # review of medication
  B    | 2026-07-01 | 1129361000000106 | 2026-07-02   # Rockwood level 4, vulnerable: assessed, and not frail
  C    | 2026-10-30 | 182836005        | -            # not known before 3 days have gone
"""


def test_medication_reviews_and_assessments_of_frailty(feature):
    expect(feature("care_gaps", on="2026-11-01", gp_events=ASSESSMENTS)) == """
    person | days_since_medication_review | days_since_frailty_assessment
      A    | 88                           | 153
      B    | 57                           | 123
      C    | -                            | -
    """


PERSONS = """
person | born
-------+-----------
  A    | 1962-03-31   # 65 on the last 31 March of the season: offered it already
  B    | 1962-04-01   # a day younger
  C    | 1990-01-01
  D    | 1990-01-01
  E    | 1950-01-01
  F    | 1950-01-01
  G    | 2010-01-01   # a child
  H    | 1990-01-01
"""
FLU = """
person | day        | code      | received
-------+------------+-----------+-----------
  C    | 2016-11-01 | 44054006  | 2016-11-02   # diabetes: at risk
  D    | 2016-11-01 | 195967001 | 2016-11-02   # asthma alone: whether steroids are used is not looked at
  E    | 2026-09-01 | 86198006  | 2026-09-02   # vaccinated on the first day of the season
  F    | 2026-08-31 | 86198006  | 2026-09-01   # the day before it: last season's
  G    | 2016-11-01 | 44054006  | 2016-11-02
  H    | 2024-11-01 | 224484003 | 2024-11-02   # cares for someone
"""


def test_flu_vaccination_of_the_season(feature):
    expect(feature("care_gaps", on="2026-11-01", gp_events=FLU, persons=PERSONS)) == """
    person | flu_vaccination_this_season | flu_vaccination_due
      A    | 0                           | 1                     # 64 on the index date
      B    | 0                           | 0
      C    | 0                           | 1
      D    | 0                           | 0
      E    | 1                           | 0
      F    | 0                           | 1
      G    | 0                           | 0
      H    | 0                           | 1
    """


def test_the_season_of_an_index_date_on_1_september_began_a_year_before(feature):
    events = """
    person | day        | code     | received
      A    | 2025-09-01 | 86198006 | 2025-09-02   # the first day of last season
      B    | 2025-08-31 | 86198006 | 2025-09-02
    """
    expect(feature("care_gaps", on="2026-09-01", gp_events=events)) == """
    person | flu_vaccination_this_season | flu_vaccination_due
      A    | 1                           | 0
      B    | 0                           | 1
    """


def test_who_is_65_is_asked_of_the_31_march_of_the_season_that_has_begun(feature):
    persons = """
    person | born
      A    | 1961-03-31   # 65 by 31 March 2026, the end of last season
      B    | 1961-04-01   # 65 at the index date, and not offered it last season
    """
    expect(feature("care_gaps", on="2026-08-01", persons=persons)) == """
    person | flu_vaccination_due
      A    | 1
      B    | 0
    """


def test_nothing_is_due_where_the_record_is_not_seen(feature):
    expect(feature("care_gaps", on="2026-11-01", gp_events=REVIEWS, absent=["gp_event"])) == """
    person | annual_reviews_due | flu_vaccination_due | days_since_asthma_review
      A    | -                  | -                   | -
      B    | -                  | -                   | -
      C    | -                  | -                   | -
    """
