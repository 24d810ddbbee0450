"""Worked examples: attendances at accident and emergency."""

from support.tables import expect


def test_attendances_by_kind(feature):
    expect(
        feature(
            "ae_attendances",
            on="2026-11-01",
            attendances="""
    person | arrived    | type | category | mode | received
      A    | 2026-08-20 | 01   | 1        | 1    | 2026-09-30   # by ambulance
      A    | 2026-08-22 | 01   | 2        | 2    | 2026-09-30   # came back with the same
      A    | 2026-03-01 | 03   | -        | -    | 2026-04-10   # category not said: unplanned
      B    | 2026-03-01 | 01   | 4        | 2    | 2026-04-10   # planned follow-up
      C    | 2026-03-01 | 05   | 1        | 2    | 2026-04-10   # same-day emergency care
      D    | 2025-03-01 | 1    | 1        | 2    | 2025-04-10   # type without its nought
      E    | 2026-10-20 | 01   | 1        | 1    | 2026-12-01   # nobody knows yet
    """,
        )
    ) == """
    person | ae_attendances_90d | ae_attendances_365d | ae_attendances_730d | ae_unplanned_attendances_90d | ae_unplanned_attendances_365d | ae_unplanned_attendances_730d
      A    | 2                  | 3                   | 3                   | 2                            | 3                             | 3
      B    | 0                  | 1                   | 1                   | 0                            | 0                             | 0
      C    | 0                  | 1                   | 1                   | 0                            | 0                             | 0
      D    | 0                  | 0                   | 1                   | 0                            | 0                             | 1
      E    | 0                  | 0                   | 0                   | 0                            | 0                             | 0
    """


def test_same_day_emergency_care_ambulances_and_days_since(feature):
    expect(
        feature(
            "ae_attendances",
            on="2026-11-01",
            attendances="""
    person | arrived    | type | category | mode
      A    | 2026-08-20 | 01   | 1        | 1
      A    | 2026-03-01 | 05   | 1        | 2
      B    | 2026-03-01 | 05   | 1        | 1
      C    | 2019-03-01 | 01   | 1        | 1
    """,
        )
    ) == """
    person | same_day_emergency_care_365d | ae_attendances_by_ambulance_365d | days_since_ae_attendance
      A    | 1                            | 1                                | 73
      B    | 1                            | 1                                | 245
      C    | 0                            | 0                                | 2802
    """


def test_ambulances_are_told_by_the_codes_of_ecds_and_of_hes(feature):
    expect(
        feature(
            "ae_attendances",
            on="2026-11-01",
            attendances="""
    person | arrived    | mode
      A    | 2026-08-20 | 1048031000000100   # emergency road ambulance, as ECDS says it
      A    | 2026-08-10 | 1048051000000107   # helicopter
      A    | 2026-08-01 | 1                  # by ambulance, as HES says it
      B    | 2026-08-20 | 1048071000000103   # own transport
      C    | 2026-08-20 | -                  # not said: no ambulance, as long as anybody's is said
    """,
        )
    ) == """
    person | ae_attendances_by_ambulance_365d
      A    | 3
      B    | 0
      C    | 0
    """


def test_ambulances_are_unknown_where_no_attendance_says_how_the_person_came(feature):
    expect(
        feature(
            "ae_attendances",
            on="2026-11-01",
            attendances="""
    person | arrived    | mode
      A    | 2026-08-20 | 9      # not known
      B    | 2026-08-20 | -
      C    | 2025-10-31 | 1      # 366 days before
    """,
        )
    ) == """
    person | ae_attendances_365d | ae_attendances_by_ambulance_365d
      A    | 1                   | -
      B    | 1                   | -
      C    | 0                   | -
    """


def test_longer_windows_begin_on_their_first_day(feature):
    expect(
        feature(
            "ae_attendances",
            on="2026-11-01",
            attendances="""
    person | arrived
      A    | 2026-05-03   # 182 days before: inside
      B    | 2026-05-02   # 183 days before
      C    | 2023-11-02   # 1,095 days before: inside
      D    | 2023-11-01   # 1,096 days before
    """,
        )
    ) == """
    person | ae_attendances_90d | ae_attendances_182d | ae_attendances_365d | ae_attendances_730d | ae_attendances_1095d
      A    | 0                  | 1                   | 1                   | 1                   | 1
      B    | 0                  | 0                   | 1                   | 1                   | 1
      C    | 0                  | 0                   | 0                   | 0                   | 1
      D    | 0                  | 0                   | 0                   | 0                   | 0
    """


def test_attendances_by_type_of_department_whatever_their_category(feature):
    expect(
        feature(
            "ae_attendances",
            on="2026-11-01",
            attendances="""
    person | arrived    | type | category
      A    | 2026-03-01 | 01   | 1        # a major department
      A    | 2026-03-02 | 1    | 4        # and a planned return to it
      B    | 2026-03-01 | 03   | 1        # minor injuries
      B    | 2026-03-02 | 04   | -        # walk-in centre
      B    | 2025-10-31 | 03   | 1        # 366 days before
      C    | 2026-03-01 | 02   | 1        # one specialty
      C    | 2026-03-02 | 05   | 1        # same-day emergency care
    """,
        )
    ) == """
    person | ae_major_attendances_365d | ae_minor_attendances_365d | ae_attendances_365d
      A    | 2                         | 0                         | 2
      B    | 0                         | 2                         | 2
      C    | 0                         | 0                         | 2
    """


def test_a_trend_counts_only_the_days_that_the_source_has_seen_whole(feature):
    # A&E data are 42 days late: on 1 November they are complete up to 20 September, 48 of the last 90 days.
    attendances = """
    person | arrived    | received
      A    | 2026-08-03 | 2026-08-20   # the first of the last 90 days
      A    | 2026-09-19 | 2026-09-25   # the last complete day
      A    | 2026-09-20 | 2026-09-25   # arrived early, in days that are not complete: does not count
      A    | 2025-08-03 | 2025-08-20   # the first of the 365 days before those 90
      A    | 2025-08-02 | 2025-08-20   # before them
      B    | 2026-08-02 | 2026-08-20   # the last day of the 365: only the year before has one
      C    | 2020-01-01 | 2020-02-01   # long ago
    """
    expect(feature("ae_attendances", on="2026-11-01", attendances=attendances)) == """
    person | ae_attendances_90d | ae_attendances_trend
      A    | 3                  | 3.5034                # 2 * 90 / 48 - 1 * 90 / 365
      B    | 0                  | -0.2466               # 0 - 1 * 90 / 365
      C    | 0                  | 0
    """
    late = """
    table           | lag
    ecds_attendance | 90       # nothing of the last 90 days is complete
    """
    expect(feature("ae_attendances", on="2026-11-01", attendances=attendances, sources=late)) == """
    person | ae_attendances_trend
      A    | -
      B    | -
      C    | -
    """


def test_acuity_leaving_and_falls_are_read_from_listed_codes(feature):
    expect(
        feature(
            "ae_attendances",
            on="2026-11-01",
            persons="""
    person | born
      D    | 1950-01-01   # never at A&E
    """,
            attendances="""
    person | arrived    | acuity           | status           | complaint | diagnosis | diagnosis_03
      A    | 2026-03-01 | 1064891000000107 | 182992009        | 161898004 | -         | -             # immediate; a fall
      A    | 2026-03-02 | 1064911000000105 | 1066301000000103 | -         | 33036003  | -             # very urgent; left unseen; a fall by its diagnosis
      A    | 2026-03-03 | 1064901000000108 | 1066311000000101 | -         | -         | 20902002      # urgent; left after assessment; a fall by the third
      A    | 2025-10-31 | 1064891000000107 | 12               | 161898004 | -         | -             # 366 days before
      B    | 2026-03-01 | 2                | 12               | 29857009  | -         | -             # by level number; left, as A&E counted it
      B    | 2026-03-02 | 5                | 13               | 29857009  | -         | -             # refused treatment: was seen
      B    | 2026-03-03 | yellow           | 1066321000000107 | 29857009  | -         | -             # a word of their own; left before the end
      C    | 2026-03-01 | -                | -                | -         | -         | -             # says nothing
    """,
        )
    ) == """
    person | ae_high_acuity_attendances_365d | ae_left_before_treatment_365d | ae_fall_attendances_365d
      A    | 2                               | 2                             | 3
      B    | 1                               | 1                             | 0
      C    | 0                               | 0                             | 0
      D    | 0                               | 0                             | 0
    """


def test_what_no_attendance_of_the_window_says_is_unknown_not_zero(feature):
    expect(
        feature(
            "ae_attendances",
            on="2026-11-01",
            persons="""
    person | born
      B    | 1950-01-01   # never at A&E
    """,
            attendances="""
    person | arrived    | acuity | status | received
      A    | 2026-03-01 | urgent | home   | 2026-04-10   # words of their own, on no list
      A    | 2025-10-31 | 1      | 12     | 2025-12-10   # said once, but 366 days before
      A    | 2026-10-01 | 1      | 12     | 2026-11-01   # said again, but not known yet
    """,
        )
    ) == """
    person | ae_attendances_365d | ae_high_acuity_attendances_365d | ae_left_before_treatment_365d | ae_fall_attendances_365d | ae_cost_pounds_365d
      A    | 1                   | -                               | -                             | -                        | -
      B    | 0                   | -                               | -                             | -                        | -
    """


def test_cost_is_the_sum_of_what_is_said(feature):
    attendances = """
    person | arrived    | attendance | cost    | received
      A    | 2025-11-01 | T1         | 100.006 | 2025-12-10   # the first day of the window; to the penny
      A    | 2026-03-01 | T2         | 80.5    | 2026-04-10
      A    | 2026-03-01 | T2         | 90.5    | 2026-05-10   # the same attendance priced again
      A    | 2026-03-02 | T3         | -       | 2026-04-10   # not priced
      A    | 2025-10-31 | T4         | 999     | 2025-12-10   # 366 days before
      B    | 2026-03-01 | T5         | -       | 2026-04-10   # attended, and nobody said what it cost: nothing known
      C    | 2019-03-01 | T6         | 70      | 2019-04-10   # did not attend in the window
    """
    people = """
    person | born
      D    | 1950-01-01   # never at A&E
    """
    expect(feature("ae_attendances", on="2026-11-01", persons=people, attendances=attendances)) == """
    person | ae_cost_pounds_365d
      A    | 190.51
      B    | 0
      C    | 0
      D    | 0
    """
