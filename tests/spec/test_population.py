"""Worked examples: who is in a snapshot, at which practice, and how everyone held comes down to them."""

from support.tables import expect


def test_the_living_with_an_open_regular_registration_are_in(feature):
    expect(
        feature(
            "population",
            on="2026-11-01",
            registrations="""
    person | practice | from       | to         | type      | received
      A    | P1       | 2020-01-01 | -          | regular   | 2020-01-02
      B    | P1       | 2020-01-01 | 2026-10-31 | -         | 2026-10-31   # left yesterday
      C    | P1       | 2020-01-01 | 2026-11-01 | -         | 2026-10-01   # leaves today: a date that lies ahead
      D    | P1       | 2026-11-01 | -          | -         | 2026-10-20   # comes today
      E    | P1       | 2026-10-31 | -          | -         | 2026-11-01   # came yesterday, told today
      F    | P1       | 2020-01-01 | -          | temporary | 2020-01-02
      G    | P1       | 2020-01-01 | -          | prison    | 2020-01-02
      H    | P1       | 2020-01-01 | -          | -         | -            # regular if not said
    """,
        )
    ) == """
    person | practice_code
      A    | P1
      C    | P1
      H    | P1
    """


def test_a_death_before_the_index_date_counts_once_it_is_known(feature):
    persons = """
    person | died       | received   | delivery
      A    | 2026-10-20 | 2026-10-25 | 1          # died, and known
      B    | 2026-11-01 | 2026-10-31 | 1          # a death on the index date reads as missing
      C    | -          | 2020-01-01 | 1
      C    | 2026-10-20 | 2026-11-02 | 2          # died, and nobody had told us
      D    | 9999-12-31 | 2020-01-01 | 1          # a sentinel is no death
    """
    expect(feature("population", on="2026-11-01", persons=persons)) == """
    person | practice_code
      B    | P1
      C    | P1
      D    | P1
    """
    expect(feature("population", on="2026-12-01", persons=persons)) == """
    person | practice_code
      D    | P1
    """


def test_of_two_registrations_at_once_the_later_start_wins(feature):
    expect(
        feature(
            "population",
            on="2026-11-01",
            registrations="""
    person | practice | from       | to         | type
      A    | P1       | 2015-01-01 | -          | regular      # never closed
      A    | P2       | 2020-01-01 | -          | regular
      B    | P1       | 2015-01-01 | -          | regular
      B    | P2       | 2026-10-01 | -          | temporary    # on holiday
      C    | P1       | 2015-01-01 | 2018-01-01 | regular      # left and came back
      C    | P1       | 2022-01-01 | -          | regular
      D    | P2       | 2020-01-01 | -          | regular      # on the same day: always the same answer
      D    | P1       | 2020-01-01 | -          | regular
    """,
        )
    ) == """
    person | practice_code | registered_from
      A    | P2            | 2020-01-01
      B    | P1            | 2015-01-01
      C    | P1            | 2022-01-01
      D    | P2            | 2020-01-01
    """


CLOSURES = """
practice | closed     | successor
  P1     | 2026-06-30 | P2
  P2     | 2026-09-30 | P3          # which closed in its turn
  P3     | -          | -
  P4     | 2026-06-30 | -           # nobody follows
  P5     | 2026-11-01 | P3          # closes on the index date
  P6     | 2026-12-01 | P3          # will close
  P7     | 2026-01-01 | P8          # each names the other
  P8     | 2026-01-01 | P7
"""
LISTS = """
person | practice | from
  A    | P1       | 2020-01-01
  B    | P2       | 2020-01-01
  C    | P4       | 2020-01-01
  D    | P5       | 2020-01-01
  E    | P6       | 2020-01-01
  F    | P9       | 2020-01-01
  G    | P7       | 2020-01-01
"""


def test_a_closed_practices_people_belong_to_its_successor_from_the_close_date(feature):
    expect(feature("population", on="2026-11-01", registrations=LISTS, practices=CLOSURES)) == """
    person | practice_code
      A    | P3
      B    | P3
      C    | P4
      D    | P3
      E    | P6
      F    | P9
      G    | P7
    """
    expect(feature("population", on="2026-07-01", registrations=LISTS, practices=CLOSURES)) == """
    person | practice_code
      A    | P2
      B    | P2
      C    | P4
      D    | P5
      E    | P6
      F    | P9
      G    | P7
    """


def test_every_step_from_everyone_to_the_snapshot_is_counted(feature):
    expect(
        feature(
            "population_attrition",
            on="2026-11-01",
            persons="""
    person | received   | died
      A    | 2020-01-01 | -
      B    | 2026-11-05 | -            # nobody knew of them
      C    | 2020-01-01 | -
      D    | 2020-01-01 | -
      E    | 2020-01-01 | -
      F    | 2020-01-01 | 2026-10-01
      G    | 2020-01-01 | -
    """,
            registrations="""
    person | from       | to         | type      | received
      A    | 2020-01-01 | -          | regular   | 2020-01-02
      B    | 2020-01-01 | -          | regular   | 2020-01-02
      C    | 2026-10-31 | -          | regular   | 2026-11-02   # not known yet
      D    | 2020-01-01 | 2025-01-01 | regular   | 2025-01-02   # left
      E    | 2020-01-01 | -          | temporary | 2020-01-02
      F    | 2020-01-01 | -          | regular   | 2020-01-02
      G    | 2020-01-01 | -          | regular   | 2020-01-02
    """,
        )
    ) == """
    step | reason                                    | people | remaining
      0  | everyone in the drop                      | 7      | 7
      1  | no person record known at the index date  | 1      | 6
      2  | no registration known at the index date   | 1      | 5
      3  | not registered at the index date          | 1      | 4
      4  | not a regular registration                | 1      | 3
      5  | died                                      | 1      | 2
    """
