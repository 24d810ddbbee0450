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
