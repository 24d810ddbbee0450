"""Worked examples: how a person lives, as general practice and the council recorded it."""

from support.tables import expect


def test_living_alone_caring_and_the_end_of_life_register_hold_once_recorded(feature):
    events = """
    person | day        | code      | received
      A    | 2015-05-01 | 105529008 | 2015-05-02   # lives alone
      A    | 2026-10-30 | 224484003 | -            # cares for someone: known only after 3 days
      B    | 2020-05-01 | 224484003 | 2020-05-02   # cares for someone
      B    | 2026-05-01 | 414937009 | 2026-05-02   # on a register of palliative care
    """
    expect(feature("status", on="2026-11-01", gp_events=events)) == """
    person | lives_alone | carer | end_of_life_register
      A    | 1           | 0     | 0
      B    | 0           | 1     | 1
    """


def test_day_care_is_open_until_its_end_is_known(feature):
    services = """
    person | service  | from       | to         | received
      A    | day_care | 2026-03-01 | -          | 2026-04-10
      B    | day_care | 2026-03-01 | -          | 2026-04-10
      B    | day_care | 2026-03-01 | 2026-09-30 | 2026-10-20   # the later version has an end
      C    | day_care | 2026-10-20 | -          | -            # begun within the 40 days that the source takes
    """
    expect(feature("social_care", on="2026-11-01", services=services)) == """
    person | day_care_open | social_care_services_open
      A    | 1             | 1
      B    | 0             | 0
      C    | 0             | 0
    """
