"""Worked examples: appointments and contacts by who, how and for what, those missed, and whether use is rising."""

from support.tables import expect

APPOINTMENTS = """
person | day        | status         | staff_role             | mode
-------+------------+----------------+------------------------+--------------------
  A    | 2025-11-01 | attended       | GP                     | Face-to-Face           # the first day of 365
  A    | 2025-10-31 | attended       | GP                     | Telephone              # the day before it
  A    | 2026-03-01 | attended       | General Practitioner   | telephone
  A    | 2026-03-02 | attended       | practice_nurse         | Video/Online
  A    | 2026-03-03 | attended       | GP nurse               | HOME VISIT             # a nurse, whatever else the role says
  A    | 2026-03-04 | attended       | Pharmacist             | telephone home visit   # a visit, whatever else the mode says
  A    | 2026-03-05 | attended       | Unknown                | Unknown                # said to be unknown: neither
  A    | 2026-03-06 | attended       | -                      | -
  B    | 2026-03-01 | did_not_attend | GP                     | telephone              # not attended, so with nobody
  B    | 2026-03-02 | cancelled      | GP                     | telephone
  B    | 2026-10-28 | cancelled      | GP                     | telephone              # within five days: not known yet
"""


def test_appointments_by_staff_and_mode(feature):
    expect(feature("gp_appointments", on="2026-11-01", appointments=APPOINTMENTS)) == """
    person | gp_appointments_attended_365d | gp_appointments_with_gp_365d | gp_appointments_with_nurse_365d | gp_appointments_with_other_staff_365d | gp_appointments_remote_365d | gp_home_visits_365d | gp_appointments_cancelled_365d
      A    | 7                             | 2                            | 2                               | 1                                     | 2                           | 2                   | 0
      B    | 0                             | 0                            | 0                               | 0                                     | 0                           | 0                   | 1
    """


def test_what_no_appointment_says_is_unknown_and_not_zero(feature):
    expect(
        feature(
            "gp_appointments",
            on="2026-11-01",
            calls="""
    person | day
      C    | 2026-03-01   # nothing with the practice
    """,
            appointments="""
    person | day        | staff_role
      A    | 2026-03-01 | nurse        # roles are given, modes never are
      B    | 2026-03-01 | -            # this appointment says none: nobody is known to have been seen in it
    """,
        )
    ) == """
    person | gp_appointments_with_gp_365d | gp_appointments_with_nurse_365d | gp_appointments_with_other_staff_365d | gp_appointments_remote_365d | gp_home_visits_365d | gp_appointments_cancelled_365d
      A    | 0                            | 1                               | 0                                     | -                           | -                   | 0
      B    | 0                            | 0                               | 0                                     | -                           | -                   | 0
      C    | 0                            | 0                               | 0                                     | -                           | -                   | 0
    """


CONTACTS = """
person | day        | service                            | attended | received
-------+------------+------------------------------------+----------+-----------
  A    | 2025-11-01 | district_nursing                   | 5        | 2025-12-20   # the first day of 365
  A    | 2025-10-31 | district_nursing                   | 5        | 2025-12-20
  A    | 2026-03-01 | Community Matron                   | 6        | 2026-04-10
  A    | 2026-03-02 | PHYSIOTHERAPY                      | -        | 2026-04-10   # not said: attended
  A    | 2026-03-03 | rehabilitation nursing             | 5        | 2026-04-10   # nursing before therapy
  A    | 2026-03-04 | Urgent-Community-Response nursing  | 5        | 2026-04-10   # urgent response before both
  A    | 2026-03-05 | podiatry                           | 5        | 2026-04-10   # none of the three
  B    | 2026-03-01 | district_nursing                   | 3        | 2026-04-10
  B    | 2026-03-02 | physiotherapy                      | 7        | 2026-04-10
  B    | 2026-03-03 | district_nursing                   | 2        | 2026-04-10   # cancelled by the patient: neither
  B    | 2026-10-20 | district_nursing                   | 3        | 2026-11-01   # known on the index date: not before it
"""


def test_community_contacts_by_service_and_not_attended(feature):
    expect(feature("community", on="2026-11-01", community=CONTACTS)) == """
    person | community_contacts_attended_365d | community_nursing_contacts_365d | community_therapy_contacts_365d | urgent_community_response_contacts_365d | community_contacts_not_attended_365d
      A    | 6                                | 3                               | 1                               | 1                                       | 0
      B    | 0                                | 0                               | 0                               | 0                                       | 2
    """


def test_without_any_status_nobody_is_known_to_have_missed_a_contact(feature):
    contacts = """
    person | day        | attended | received
      A    | 2026-03-01 | -        | 2026-04-10
    """
    drawn = {"community": contacts, "mental_health": contacts}
    expect(feature("community", on="2026-11-01", **drawn)) == """
    person | community_contacts_attended_365d | community_contacts_not_attended_365d
      A    | 1                                | -
    """
    expect(feature("mental_health", on="2026-11-01", **drawn)) == """
    person | mental_health_contacts_attended_365d | mental_health_contacts_not_attended_365d
      A    | 1                                    | -
    """


def test_mental_health_crises_missed_contacts_and_the_last_contact(feature):
    expect(
        feature(
            "mental_health",
            on="2026-11-01",
            mental_health="""
    person | day        | service             | attended | received
      A    | 2026-03-01 | crisis_team         | 5        | 2026-04-10
      A    | 2026-03-02 | Home Treatment Team | 6        | 2026-04-10
      A    | 2026-03-03 | crisis_team         | 3        | 2026-04-10   # not attended
      A    | 2026-03-04 | memory_service      | -        | 2026-04-10
      A    | 2024-11-01 | crisis_team         | 5        | 2024-12-10   # the first day of 730
      B    | 2024-10-31 | memory_service      | 5        | 2024-12-10   # the day before it
      B    | 2026-03-01 | memory_service      | 7        | 2026-04-10
    """,
        )
    ) == """
    person | mental_health_contacts_attended_365d | mental_health_contacts_attended_730d | mental_health_crisis_contacts_365d | mental_health_contacts_not_attended_365d | days_since_mental_health_contact
      A    | 3                                    | 4                                    | 2                                  | 1                                        | 242
      B    | 0                                    | 0                                    | 0                                  | 1                                        | 731
    """


def test_the_last_urgent_call(feature):
    expect(
        feature(
            "urgent_calls",
            on="2026-11-01",
            calls="""
    person | day        | source
      A    | 2026-10-10 | 111
      A    | 2026-09-10 | 999
      A    | 2026-10-25 | 999      # within the last 14 days: not known yet
      B    | 2020-11-01 | 999      # ever
    """,
        )
    ) == """
    person | days_since_urgent_call
      A    | 22
      B    | 2191
    """


SOURCES = """
table             | lag
gp_appointment    | 45
community_contact | 45
urgent_call       | 45
"""
EVENTS = """
person | day        | received
-------+------------+-----------
  A    | 2026-08-03 | 2026-08-10   # the first day of the last 90
  A    | 2026-09-16 | 2026-09-20   # the last day that is complete
  A    | 2026-09-17 | 2026-09-20   # known, but of days that are not all here yet
  A    | 2026-08-02 | 2026-08-10   # the last of the 365 days before
  A    | 2025-08-03 | 2025-08-10   # the first of them
  A    | 2025-08-02 | 2025-08-10   # the day before them
  B    | 2026-01-01 | 2026-01-10   # none lately
  C    | 2026-10-20 | 2026-10-21   # only in days that are not all here yet
"""
"""Half of the last 90 days are seen: two events in 45 days are 4 per 90; two in 365 are 0.4932 per 90."""


def test_a_trend_compares_rates_of_appointments_over_the_days_that_are_seen(feature):
    expect(feature("gp_appointments", on="2026-11-01", appointments=EVENTS, sources=SOURCES)) == """
    person | gp_appointments_attended_trend
      A    | 3.5068
      B    | -0.2466
      C    | 0
    """


def test_a_trend_compares_rates_of_community_contacts_over_the_days_that_are_seen(feature):
    expect(feature("community", on="2026-11-01", community=EVENTS, sources=SOURCES)) == """
    person | community_contacts_attended_trend
      A    | 3.5068
      B    | -0.2466
      C    | 0
    """


def test_a_trend_compares_rates_of_urgent_calls_over_the_days_that_are_seen(feature):
    expect(feature("urgent_calls", on="2026-11-01", calls=EVENTS, sources=SOURCES)) == """
    person | urgent_calls_trend
      A    | 3.5068
      B    | -0.2466
      C    | 0
    """


def test_only_attended_events_are_in_a_trend(feature):
    missed = """
    person | day        | attended | received
      A    | 2026-09-01 | 3        | 2026-09-10
      A    | 2026-03-01 | 5        | 2026-03-10
    """
    expect(feature("community", on="2026-11-01", community=missed)) == """
    person | community_contacts_attended_trend
      A    | -0.2466
    """


def test_a_trend_needs_both_its_windows(feature):
    began = """
    table       | begins
    urgent_call | 2025-08-04
    """
    expect(feature("urgent_calls", on="2026-11-01", calls=EVENTS, sources=began)) == """
    person | urgent_calls_111_365d | urgent_calls_trend
      A    | 4                     | -
      B    | 1                     | -
      C    | 1                     | -
    """
