"""Worked examples: appointments in general practice, and people who objected to their use."""

from support.tables import expect

APPOINTMENTS = """
person | day        | status
  A    | 2026-10-20 | attended
  A    | 2026-08-20 | attended
  A    | 2026-01-20 | attended
  A    | 2025-01-20 | attended
  A    | 2026-10-28 | attended         # within the last five days: not known yet
  B    | 2026-10-20 | did_not_attend
  B    | 2026-10-21 | cancelled
  C    | 2026-10-20 | attended
"""


def test_appointments_attended_and_not(feature):
    expect(feature("gp_appointments", on="2026-11-01", appointments=APPOINTMENTS)) == """
    person | gp_appointments_attended_30d | gp_appointments_attended_90d | gp_appointments_attended_365d | gp_appointments_attended_730d | gp_appointments_not_attended_365d | days_since_gp_appointment
      A    | 1                            | 2                            | 3                             | 4                             | 0                                 | 12
      B    | 0                            | 0                            | 0                             | 0                             | 1                                 | -
      C    | 1                            | 1                            | 1                             | 1                             | 0                                 | 12
    """


OPT_OUTS = """
person | kind     | from       | to         | received
  A    | type_1   | 2020-01-01 | -          | 2020-01-02
  B    | type_1   | 2020-01-01 | 2022-01-01 | 2020-01-02   # ended: nothing is withheld any more
  C    | national | 2020-01-01 | -          | 2020-01-02   # another kind: removed by purpose, not from the snapshot
"""


def test_a_type_1_objection_in_force_makes_general_practice_columns_null(feature):
    drawn = {"appointments": APPOINTMENTS, "opt_outs": OPT_OUTS}
    expect(feature("gp_appointments", on="2026-11-01", **drawn)) == """
    person | gp_appointments_attended_365d | days_since_gp_appointment
      A    | -                             | -
      B    | 0                             | -
      C    | 1                             | 12
    """


def test_an_objection_made_later_withholds_from_earlier_snapshots_too(feature):
    expect(
        feature(
            "gp_appointments",
            on="2026-02-01",
            appointments=APPOINTMENTS,
            opt_outs="""
    person | kind   | from       | received
      A    | type_1 | 2026-10-15 | 2026-10-20
    """,
        )
    ) == """
    person | gp_appointments_attended_365d
      A    | -
      B    | 0
      C    | 0
    """


def test_a_purpose_that_the_board_opened_leaves_the_columns_in_the_snapshot(feature):
    drawn = {"appointments": APPOINTMENTS, "opt_outs": OPT_OUTS}
    expect(feature("gp_appointments", on="2026-11-01", is_withheld=False, **drawn)) == """
    person | gp_appointments_attended_365d
      A    | 3
      B    | 0
      C    | 1
    """


def test_an_objection_to_general_practice_data_leaves_hospital_data(feature):
    expect(
        feature(
            "emergency_admissions",
            on="2026-11-01",
            opt_outs=OPT_OUTS,
            episodes="""
    person | admitted   | discharged
      A    | 2026-03-01 | 2026-03-02
    """,
        )
    ) == """
    person | emergency_admissions_365d
      A    | 1
      B    | 0
      C    | 0
    """
