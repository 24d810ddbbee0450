"""Worked examples: spells from episodes, stays from spells, as they were known at the index date."""

from support.tables import expect


def test_episodes_of_one_spell_are_one_stay_from_its_lowest_episode_to_its_latest_discharge(feature):
    expect(
        feature(
            "known_stay",
            on="2026-11-01",
            episodes="""
    person | provider | spell | episode | admitted   | ended      | discharged | method | received
      A    | RAA      | 1     | 2       | 2026-03-01 | 2026-03-09 | 2026-03-09 | 81     | 2026-04-20
      A    | RAA      | 1     | 1       | 2026-03-01 | 2026-03-04 | -          | 21     | 2026-04-20
      B    | RAA      | 1     | 1       | 2026-03-01 | 2026-03-04 | -          | 21     | 2026-04-20   # no discharge: the latest end
      B    | RAA      | 1     | 2       | 2026-03-01 | 2026-03-06 | -          | 21     | 2026-04-20
      C    | RAA      | 1     | 1       | 2026-03-01 | -          | -          | 21     | 2026-04-20   # nothing said: open
      D    | RAA      | 1     | 1       | 2026-03-01 | 2026-03-02 | 2026-03-02 | 21     | 2026-04-20   # the same spell id
      D    | RBB      | 1     | 1       | 2026-05-01 | 2026-05-02 | 2026-05-02 | 21     | 2026-06-20   # at another provider
    """,
        )
    ) == """
    person | admission_date | discharge_date | admission_method | nights | is_emergency
      A    | 2026-03-01     | 2026-03-09     | 21               | 8      | yes
      B    | 2026-03-01     | 2026-03-06     | 21               | 5      | yes
      C    | 2026-03-01     | -              | 21               | 245    | yes
      D    | 2026-03-01     | 2026-03-02     | 21               | 1      | yes
      D    | 2026-05-01     | 2026-05-02     | 21               | 1      | yes
    """


ONE_BY_ONE = """
person | spell | episode | admitted   | ended      | discharged | method | received
  A    | 1     | 1       | 2026-05-30 | 2026-06-03 | -          | 21     | 2026-06-20   # the first arrives alone
  A    | 1     | 2       | 2026-05-30 | 2026-06-20 | 2026-06-20 | 21     | 2026-08-10   # and the last weeks later
"""


def test_a_stay_is_built_from_the_episodes_that_had_arrived(feature):
    expect(feature("known_stay", on="2026-07-01", episodes=ONE_BY_ONE)) == """
    person | admission_date | discharge_date | nights
      A    | 2026-05-30     | 2026-06-03     | 4
    """
    expect(feature("known_stay", on="2026-09-01", episodes=ONE_BY_ONE)) == """
    person | admission_date | discharge_date | nights
      A    | 2026-05-30     | 2026-06-20     | 21
    """


def test_a_transfer_within_two_days_of_a_discharge_continues_the_stay(feature):
    expect(
        feature(
            "known_stay",
            on="2026-11-01",
            episodes="""
    person | provider | admitted   | discharged | method
      A    | RAA      | 2026-03-01 | 2026-03-05 | 21
      A    | RBB      | 2026-03-05 | 2026-03-10 | 2B       # the same day
      A    | RAA      | 2026-03-12 | 2026-03-20 | 81       # and back, two days later
      B    | RAA      | 2026-03-01 | 2026-03-05 | 11       # planned, then moved in an emergency: still planned
      B    | RBB      | 2026-03-06 | 2026-03-10 | 2B
      C    | RAA      | 2026-03-01 | 2026-03-05 | 21
      C    | RBB      | 2026-03-08 | 2026-03-10 | 2B       # three days later: a stay of its own
      D    | RAA      | 2026-03-01 | 2026-03-05 | 21
      D    | RBB      | 2026-03-05 | 2026-03-10 | 21       # not a transfer: a stay of its own
      E    | RAA      | 2026-03-01 | 2026-03-05 | 21
      E    | RBB      | 2026-03-05 | -          | 2B       # moved, and still there
    """,
        )
    ) == """
    person | admission_date | discharge_date | admission_method | nights | is_emergency
      A    | 2026-03-01     | 2026-03-20     | 21               | 19     | yes
      B    | 2026-03-01     | 2026-03-10     | 11               | 9      | no
      C    | 2026-03-01     | 2026-03-05     | 21               | 4      | yes
      C    | 2026-03-08     | 2026-03-10     | 2B               | 2      | yes
      D    | 2026-03-01     | 2026-03-05     | 21               | 4      | yes
      D    | 2026-03-05     | 2026-03-10     | 21               | 5      | yes
      E    | 2026-03-01     | -              | 21               | 245    | yes
    """


def test_transfers_on_one_day_chain_whatever_order_they_are_sent_in(feature):
    expect(
        feature(
            "known_stay",
            on="2026-11-01",
            episodes="""
    person | provider | spell | admitted   | discharged | method
      A    | RCC      | 3     | 2026-03-01 | 2026-03-09 | 81
      A    | RBB      | 2     | 2026-03-01 | 2026-03-01 | 2B
      A    | RAA      | 1     | 2026-03-01 | 2026-03-01 | 21
      B    | RAA      | 1     | 2026-03-01 | 2026-03-10 | 21
      B    | RDD      | 2     | 2026-03-08 | 2026-03-08 | 13      # dialysis elsewhere, in the midst of it
      B    | RBB      | 3     | 2026-03-10 | 2026-03-15 | 2B      # continues the stay, not the dialysis
    """,
        )
    ) == """
    person | admission_date | discharge_date | admission_method | nights
      A    | 2026-03-01     | 2026-03-09     | 21               | 8
      B    | 2026-03-01     | 2026-03-15     | 21               | 14
      B    | 2026-03-08     | 2026-03-08     | 13               | 0
    """


def test_a_transfer_whose_origin_is_not_known_yet_is_a_stay_of_its_own_until_it_is(feature):
    episodes = """
    person | provider | admitted   | discharged | method | received
      A    | RBB      | 2026-05-05 | 2026-05-10 | 2B     | 2026-06-10
      A    | RAA      | 2026-05-01 | 2026-05-05 | 11     | 2026-07-10
    """
    expect(feature("known_stay", on="2026-07-01", episodes=episodes)) == """
    person | admission_date | admission_method | is_emergency
      A    | 2026-05-05     | 2B               | yes
    """
    expect(feature("known_stay", on="2026-08-01", episodes=episodes)) == """
    person | admission_date | admission_method | is_emergency
      A    | 2026-05-01     | 11               | no
    """


def test_day_cases_are_elective_and_regular_attenders_are_not(feature):
    expect(
        feature(
            "known_stay",
            on="2026-11-01",
            episodes="""
    person | admitted   | discharged | method | class
      A    | 2026-03-01 | 2026-03-01 | 12     | 2
      B    | 2026-03-01 | 2026-03-01 | 13     | 3
      C    | 2026-03-01 | 2026-03-02 | 13     | 4
      D    | 2026-03-01 | 2026-03-02 | 11     | -
      E    | 2026-03-01 | 2026-03-02 | 31     | 5
    """,
        )
    ) == """
    person | is_elective | is_day_case | is_regular_attendance | is_maternity | is_emergency
      A    | yes         | yes         | no                    | no           | no
      B    | no          | no          | yes                   | no           | no
      C    | no          | no          | yes                   | no           | no
      D    | yes         | no          | no                    | no           | no
      E    | no          | no          | no                    | yes          | no
    """
