"""Worked examples: age, sex, deprivation and ethnicity as they were known at the index date."""

from support.tables import expect

PERSONS = """
person | born       | sex | imd | ethnicity | received
-------+------------+-----+-----+-----------+-----------
  A    | 1956-11-01 | 1   | 1   | A         | 2020-01-01   # 70 today
  B    | 1956-11-02 | 2   | 10  | H         | 2020-01-01   # 70 tomorrow
  C    | 2026-10-31 | 9   | -   | -         | 2026-10-31   # born yesterday
"""


def test_age_is_in_completed_years(feature):
    assert (
        expect(
            feature(
                "demography",
                on="2026-11-01",
                persons=PERSONS,
                registrations="""
    person | from
      A    | 2000-01-01
      B    | 2000-01-01
      C    | 2026-10-31
    """,
            )
        )
        == """
    person | practice_code | age | sex | imd_decile | ethnic_category
      A    | P1            | 70  | 1   | 1          | A
      B    | P1            | 69  | 2   | 10         | H
      C    | P1            | 0   | 9   | -          | -
    """
    )
