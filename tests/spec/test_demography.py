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


def test_someone_born_on_29_february_turns_a_year_older_on_1_march_in_a_common_year(feature):
    persons = """
    person | born
      A    | 2004-02-29
      B    | 2004-03-01
      C    | 2004-02-28
    """
    for index_date, a, b, c in [("2026-02-01", 21, 21, 21), ("2026-03-01", 22, 22, 22), ("2028-02-01", 23, 23, 23)]:
        expect(feature("demography", on=index_date, persons=persons)) == f"""
        person | age
          A    | {a}
          B    | {b}
          C    | {c}
        """


def test_a_birth_date_that_is_not_known_leaves_the_age_unknown(feature):
    expect(
        feature(
            "demography",
            on="2026-11-01",
            persons="""
    person | born       | received
      A    | 1900-01-01 | 2020-01-01
      B    | 1926-11-01 | 2020-01-01
    """,
        )
    ) == """
    person | age
      A    | -
      B    | 100
    """
