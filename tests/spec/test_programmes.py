"""Worked examples: programmes that hold the person at the index date."""

from support.tables import expect

PROGRAMMES = """
person | programme            | from       | to         | received
-------+----------------------+------------+------------+-----------
  A    | case_management      | 2026-03-01 | -          | 2026-03-08
  A    | virtual_ward         | 2026-10-20 | 2026-11-03 | 2026-10-25   # ends after the index date
  B    | case_management      | 2026-03-01 | 2026-10-31 | 2026-10-31   # ended the day before
  C    | end_of_life_register | 2026-03-01 | 2026-11-01 | 2026-10-31   # ends on the index date: not before it
  C    | pulmonary_rehab      | 2026-03-01 | -          | 2026-03-08
  D    | case_management      | 2026-10-30 | -          | -            # 7 days' lag
"""


def test_held_means_begun_known_and_not_ended_before_the_index_date(feature):
    expect(feature("programmes", on="2026-11-01", programmes=PROGRAMMES)) == """
    person | on_case_management | on_virtual_ward | on_end_of_life_register | programmes_held
      A    | 1                  | 1               | 0                       | 2
      B    | 0                  | 0               | 0                       | 0
      C    | 0                  | 0               | 1                       | 2
      D    | 0                  | 0               | 0                       | 0
    """
