"""Worked examples: outpatient appointments."""

from support.tables import expect


def test_attended_not_attended_and_first_attendances(feature):
    expect(
        feature(
            "outpatients",
            on="2026-11-01",
            outpatients="""
    person | day        | attended | first
      A    | 2026-09-01 | 5        | 1       # new, seen
      A    | 2026-09-08 | 6        | 2       # late, but seen
      A    | 2026-02-01 | 5        | 3       # new, by telephone
      A    | 2025-02-01 | 5        | 2
      B    | 2026-09-01 | 3        | 1       # did not come
      B    | 2026-09-02 | 7        | 1       # came too late
      C    | 2026-09-01 | 2        | 1       # cancelled by the patient
      C    | 2026-09-01 | 4        | 1       # cancelled by the hospital
      C    | 2026-09-01 | 9        | 1       # not known
      D    | 2026-09-25 | 5        | 1       # within the last 42 days: not known yet
    """,
        )
    ) == """
    person | outpatient_attended_90d | outpatient_attended_365d | outpatient_attended_730d | outpatient_not_attended_365d | outpatient_first_attendances_365d
      A    | 2                       | 3                        | 4                        | 0                            | 2
      B    | 0                       | 0                        | 0                        | 2                            | 0
      C    | 0                       | 0                        | 0                        | 0                            | 0
      D    | 0                       | 0                        | 0                        | 0                            | 0
    """


def test_cancelled_follow_ups_and_days_since(feature):
    expect(
        feature(
            "outpatients",
            on="2026-11-01",
            outpatients="""
    person | day        | attended | first
      A    | 2026-09-08 | 6        | 2       # a follow-up, late, but seen
      A    | 2026-02-01 | 5        | 4       # a follow-up by telephone
      A    | 2026-09-10 | 2        | 2       # cancelled by the patient
      A    | 2025-11-01 | 4        | 2       # cancelled by the hospital on the first day of the window
      A    | 2025-10-31 | 4        | 2       # 366 days before
      B    | 2026-09-01 | 5        | 1       # new
      B    | 2026-09-15 | 3        | 2       # did not come to the follow-up
      C    | 2024-09-01 | 5        | 2       # two years ago
      D    | 2026-09-01 | 5        | X       # does not say
      E    | 2026-09-25 | 5        | 2       # within the last 42 days: not known yet
    """,
        )
    ) == """
    person | outpatient_cancelled_365d | outpatient_follow_ups_365d | outpatient_first_attendances_365d | days_since_outpatient_attendance
      A    | 2                         | 2                          | 0                                 | 54
      B    | 0                         | 0                          | 1                                 | 61
      C    | 0                         | 0                          | 0                                 | 791
      D    | 0                         | 0                          | 0                                 | 61
      E    | 0                         | 0                          | 0                                 | -
    """


def test_attendances_by_specialty_group_and_how_many_specialties(feature):
    expect(
        feature(
            "outpatients",
            on="2026-11-01",
            persons="""
    person | born
      D    | 1950-01-01   # no appointment
    """,
            outpatients="""
    person | day        | attended | clinic
      A    | 2026-09-01 | 5        | 100      # general surgery
      A    | 2026-08-01 | 5        | 130      # ophthalmology
      A    | 2026-07-01 | 6        | 130      # again: the same specialty
      A    | 2026-06-01 | 5        | 320      # cardiology
      A    | 2026-05-01 | 3        | 710      # did not come
      A    | 2025-10-31 | 5        | 410      # 366 days before
      B    | 2026-09-01 | 5        | 430      # geriatric medicine
      B    | 2026-08-01 | 5        | 431      # orthogeriatric medicine
      B    | 2026-07-01 | 5        | 370      # medical oncology
      B    | 2026-06-01 | 5        | 800      # clinical oncology
      B    | 2026-05-01 | 5        | 715      # old age psychiatry
      B    | 2026-04-01 | 5        | 650      # physiotherapy
      B    | 2026-03-01 | 5        | 501      # obstetrics: of none of the six groups
      C    | 2026-09-01 | 5        | ABC      # a code of their own
      C    | 2026-08-01 | 5        | -
    """,
        )
    ) == """
    person | outpatient_specialties_365d | outpatient_surgical_365d | outpatient_medical_365d | outpatient_older_people_365d | outpatient_cancer_365d | outpatient_mental_health_365d | outpatient_therapy_365d
      A    | 3                           | 3                        | 1                       | 0                            | 0                      | 0                             | 0
      B    | 7                           | 0                        | 0                       | 2                            | 2                      | 1                             | 1
      C    | 0                           | 0                        | 0                       | 0                            | 0                      | 0                             | 0
      D    | 0                           | 0                        | 0                       | 0                            | 0                      | 0                             | 0
    """


def test_what_no_appointment_of_the_window_says_is_unknown_not_zero(feature):
    expect(
        feature(
            "outpatients",
            on="2026-11-01",
            persons="""
    person | born
      B    | 1950-01-01   # no appointment
    """,
            outpatients="""
    person | day        | attended | first | clinic | cost
      A    | 2026-09-01 | 5        | X     | -      | -
      A    | 2026-08-01 | 3        | -     | 100    | -       # did not come: says nothing of specialties attended
      A    | 2025-10-31 | 5        | 2     | 100    | 150     # 366 days before
    """,
        )
    ) == """
    person | outpatient_attended_365d | outpatient_first_attendances_365d | outpatient_follow_ups_365d | outpatient_specialties_365d | outpatient_surgical_365d | outpatient_cost_pounds_365d
      A    | 1                        | -                                 | -                          | -                           | -                        | -
      B    | 0                        | -                                 | -                          | -                           | -                        | -
    """


def test_cost_is_the_sum_of_what_is_said(feature):
    expect(
        feature(
            "outpatients",
            on="2026-11-01",
            outpatients="""
    person | day        | attended | cost
      A    | 2025-11-01 | 5        | 150.25   # the first day of the window
      A    | 2026-02-01 | 5        | 99.999   # to the penny
      A    | 2026-03-01 | 3        | 30       # not attended, and charged
      A    | 2025-10-31 | 5        | 150      # 366 days before
      B    | 2026-02-01 | 5        | -
    """,
        )
    ) == """
    person | outpatient_cost_pounds_365d
      A    | 280.25
      B    | 0
    """


def test_a_trend_counts_only_the_days_that_the_source_has_seen_whole(feature):
    # Outpatient data are 42 days late: on 1 November they are complete up to 20 September, 48 of the last 90 days.
    outpatients = """
    person | day        | attended | received
      A    | 2026-08-03 | 5        | 2026-08-20   # the first of the last 90 days
      A    | 2026-09-19 | 5        | 2026-09-25   # the last complete day
      A    | 2026-09-20 | 5        | 2026-09-25   # in days that are not complete
      A    | 2026-09-01 | 3        | 2026-10-01   # not attended
      A    | 2025-08-03 | 5        | 2025-08-20   # the first of the 365 days before those 90
      A    | 2025-08-02 | 5        | 2025-08-20   # before them
      B    | 2026-08-02 | 6        | 2026-08-20   # the last of the 365 days
    """
    expect(feature("outpatients", on="2026-11-01", outpatients=outpatients)) == """
    person | outpatient_attended_90d | outpatient_attended_trend
      A    | 3                       | 3.5034
      B    | 0                       | -0.2466
    """
