"""Worked examples: conditions recorded in general practice, and years since the first record."""

from support.tables import expect

EVENTS = """
person | day        | code            | received
-------+------------+-----------------+-----------
  A    | 2016-11-01 | 49436004        | 2016-11-02   # atrial fibrillation
  A    | 2020-03-01 | 5370000         | 2020-03-02   # atrial flutter, on the same list: later, so not the first
  A    | 2026-10-01 | 38341003        | 2026-11-01   # hypertension, but it arrived on the index date
  B    | 2021-11-01 | 46635009        | 2021-11-02   # diabetes, type 1
  B    | 2024-11-01 | 44054006        | 2024-11-02   # diabetes, type 2: one condition, since the first of both
  B    | 2023-11-01 | 324251000000105 | 2023-11-02   # chronic kidney disease stage 3
  B    | 2026-10-30 | 103735009       | -            # palliative care: 3 days' lag, known only on 2 November
  C    | 2022-11-01 | 103735009       | 2022-11-02   # palliative care is not counted among long-term conditions
  D    | 2026-11-01 | 49436004        | 2026-10-30   # on the index date: not before it
"""


def test_has_a_condition_since_its_first_record(feature):
    expect(feature("conditions", on="2026-11-01", gp_events=EVENTS)) == """
    person | has_af | years_since_af | has_hypertension | has_diabetes | years_since_diabetes | has_ckd | has_palliative_care | long_term_conditions
      A    | 1      | 9.9986         | 0                | 0            | -                    | 0       | 0                   | 1
      B    | 0      | -              | 0                | 1            | 4.9993               | 1       | 0                   | 2
      C    | 0      | -              | 0                | 0            | -                    | 0       | 1                   | 0
      D    | 0      | -              | 0                | 0            | -                    | 0       | 0                   | 0
    """


def test_an_earlier_record_that_arrives_later_moves_the_first(feature):
    events = """
    person | day        | code     | received
      A    | 2020-11-01 | 49436004 | 2020-11-02
      A    | 2018-11-01 | 49436004 | 2026-06-01   # the old record came with a transfer
    """
    before = feature("conditions", on="2026-06-01", gp_events=events)
    after = feature("conditions", on="2026-07-01", gp_events=events)
    expect(before) == """
    person | years_since_af
      A    | 5.5797
    """
    expect(after) == """
    person | years_since_af
      A    | 7.6632
    """


def test_unknown_where_general_practice_is_absent_or_withheld(feature):
    expect(feature("conditions", on="2026-11-01", gp_events=EVENTS, absent=["gp_event"])) == """
    person | has_af | years_since_af | long_term_conditions
      A    | -      | -              | -
      B    | -      | -              | -
      C    | -      | -              | -
      D    | -      | -              | -
    """
    withheld = """
    person | kind   | from
      A    | type_1 | 2020-01-01
    """
    expect(feature("conditions", on="2026-11-01", gp_events=EVENTS, opt_outs=withheld)) == """
    person | has_af | long_term_conditions
      A    | -      | -
      B    | 0      | 2
      C    | 0      | 0
      D    | 0      | 0
    """
