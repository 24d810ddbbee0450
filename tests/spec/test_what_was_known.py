"""Worked examples: which version of a row a snapshot uses, and from when it is known at all."""

from support.tables import expect

SENT_AGAIN = """
person | spell | episode | admitted   | discharged | method | received   | delivery
  A    | 1     | 1       | 2026-03-01 | -          | 21     | 2026-03-20 | 1          # sent while it was open
  A    | 1     | 1       | 2026-03-01 | 2026-03-31 | 21     | 2026-05-10 | 2          # sent again, complete
  B    | 1     | 1       | 2026-03-01 | 2026-03-04 | 21     | 2026-04-10 | 1
  B    | 1     | 1       | 2026-03-01 | 2026-03-04 | 11     | 2026-04-20 | 2          # corrected: it was planned
"""


def test_an_episode_sent_again_changes_no_earlier_snapshot_and_never_counts_twice(feature):
    expect(feature("emergency_admissions", on="2026-05-01", episodes=SENT_AGAIN)) == """
    person | emergency_admissions_365d | emergency_bed_days_365d
      A    | 1                         | 61
      B    | 0                         | 0
    """
    expect(feature("emergency_admissions", on="2026-06-01", episodes=SENT_AGAIN)) == """
    person | emergency_admissions_365d | emergency_bed_days_365d
      A    | 1                         | 30
      B    | 0                         | 0
    """


def test_of_two_versions_that_became_available_together_the_later_delivery_is_used(feature):
    expect(
        feature(
            "emergency_admissions",
            on="2026-06-01",
            episodes="""
    person | spell | admitted   | discharged | received   | delivery
      A    | 1     | 2026-03-01 | 2026-03-04 | 2026-04-10 | 2
      A    | 1     | 2026-03-01 | 2026-03-09 | 2026-04-10 | 1
    """,
        )
    ) == """
    person | emergency_admissions_365d | emergency_bed_days_365d
      A    | 1                         | 3
    """


def test_the_version_that_became_available_last_is_used_whichever_delivery_brought_it(feature):
    expect(
        feature(
            "emergency_admissions",
            on="2026-06-01",
            episodes="""
    person | spell | admitted   | discharged | received   | delivery
      A    | 1     | 2026-03-01 | 2026-03-04 | 2026-04-20 | 1
      A    | 1     | 2026-03-01 | 2026-03-09 | 2026-04-10 | 2          # an old version, found again later
    """,
        )
    ) == """
    person | emergency_admissions_365d | emergency_bed_days_365d
      A    | 1                         | 3
    """


def test_a_row_without_an_available_date_is_known_after_its_sources_lag(feature):
    episodes = """
    person | admitted   | discharged
      A    | 2026-08-01 | 2026-09-19   # discharged 43 days before the index date
      B    | 2026-08-01 | 2026-09-20   # 42 days: known on the index date itself, so not before it
    """
    expect(feature("emergency_admissions", on="2026-11-01", episodes=episodes)) == """
    person | emergency_admissions_365d | emergency_bed_days_365d
      A    | 1                         | 49
      B    | 0                         | 0
    """


def test_sentinel_dates_are_missing_dates(feature):
    expect(
        feature(
            "known_stay",
            on="2026-11-01",
            episodes="""
    person | admitted   | discharged | ended      | received
      A    | 2026-03-01 | 1801-01-01 | 1801-01-01 | 2026-04-20   # not discharged
      B    | 1800-01-01 | 2026-03-04 | -          | 2026-04-20   # no event date: counts nowhere
      C    | 2026-03-01 | 2026-03-04 | -          | 9999-12-31   # available when? the lag decides
      D    | 2026-03-01 | 9999-12-31 | 2026-03-05 | 1900-01-01
      E    | 2026-03-01 | 1582-10-15 | -          | 2026-04-20
    """,
        )
    ) == """
    person | admission_date | discharge_date
      A    | 2026-03-01     | -
      C    | 2026-03-01     | 2026-03-04
      D    | 2026-03-01     | 2026-03-05
      E    | 2026-03-01     | -
    """


def test_a_sentinel_for_when_a_record_became_available_leaves_it_to_the_lag(feature):
    events = """
    person | day        | code      | value | received
      A    | 2026-10-28 | 271649006 | 142   | 1900-01-01   # three days' lag: known from 31 October
      A    | 2026-10-28 | 38341003  | -     | 9999-12-31
      B    | 2026-10-29 | 271649006 | 142   | 1900-01-01   # known from 1 November, so not before it
      B    | 2026-10-28 | 38341003  | -     | 2026-10-31
    """
    expect(feature("measurements", on="2026-11-01", gp_events=events)) == """
    person | systolic_bp
      A    | 142
      B    | -
    """
    expect(feature("conditions", on="2026-11-01", gp_events=events)) == """
    person | has_hypertension
      A    | 1
      B    | 1
    """
    prescriptions = """
    person | day        | bnf             | received
      A    | 2026-10-01 | 0212000B0AAAAAA | 9999-12-31   # thirty days' lag: known from 31 October
      B    | 2026-10-02 | 0212000B0AAAAAA | 1800-01-01   # known from 1 November
    """
    expect(feature("medicines", on="2026-11-01", prescriptions=prescriptions)) == """
    person | medicines_90d
      A    | 1
      B    | 0
    """


def test_a_corrected_person_is_as_was_known(feature):
    persons = """
    person | born       | sex | imd | received   | delivery
      A    | 1950-06-01 | 1   | 3   | 2020-01-01 | 1
      A    | 1960-06-01 | 2   | 4   | 2026-03-01 | 2
    """
    expect(feature("demography", on="2026-03-01", persons=persons)) == """
    person | age | sex | imd_decile
      A    | 75  | 1   | 3
    """
    expect(feature("demography", on="2026-04-01", persons=persons)) == """
    person | age | sex | imd_decile
      A    | 65  | 2   | 4
    """


def test_an_attendance_sent_again_counts_once_and_belongs_to_the_person_of_its_latest_version(feature):
    expect(
        feature(
            "ae_attendances",
            on="2026-11-01",
            attendances="""
    person | attendance | arrived    | received   | delivery
      A    | 77         | 2026-06-01 | 2026-07-10 | 1
      A    | 77         | 2026-06-01 | 2026-07-20 | 2
      A    | 78         | 2026-06-01 | 2026-07-10 | 1          # a wrong NHS number, mended
      B    | 78         | 2026-06-01 | 2026-08-10 | 2
    """,
        )
    ) == """
    person | ae_attendances_365d
      A    | 1
      B    | 1
    """
