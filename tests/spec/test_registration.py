"""Worked examples: how settled a person is with a practice."""

from support.tables import expect


def test_days_registered_and_moves_between_practices(feature):
    expect(
        feature(
            "registration",
            on="2026-11-01",
            registrations="""
    person | practice | from       | to         | type
      A    | P1       | 2016-11-01 | -          | regular     # settled
      B    | P1       | 2016-11-01 | 2026-01-01 | regular
      B    | P2       | 2026-01-01 | 2026-10-02 | regular     # moved
      B    | P3       | 2026-10-02 | -          | regular     # and moved again
      C    | P1       | 2016-11-01 | 2024-01-01 | regular     # moved more than two years ago
      C    | P2       | 2024-01-01 | -          | regular
      D    | P1       | 2016-11-01 | 2025-06-01 | regular     # away for a while, back at the same practice
      D    | P1       | 2026-06-01 | -          | regular
      E    | P1       | 2016-11-01 | -          | regular
      E    | P4       | 2026-08-01 | 2026-08-20 | temporary   # a holiday is not a move
    """,
        )
    ) == """
    person | days_registered | practice_moves_730d
      A    | 3652            | 0
      B    | 30              | 2
      C    | 1035            | 0
      D    | 153             | 0
      E    | 3652            | 0
    """


def test_going_on_to_the_successor_of_a_closed_practice_is_not_a_move(feature):
    expect(
        feature(
            "registration",
            on="2026-11-01",
            practices="""
    practice | closed     | successor
      P1     | 2026-06-30 | P2
      P2     | -          | -
    """,
            registrations="""
    person | practice | from       | to
      A    | P1       | 2016-11-01 | 2026-06-30
      A    | P2       | 2026-06-30 | -
    """,
        )
    ) == """
    person | practice_code | practice_moves_730d
      A    | P2            | 0
    """
