"""Worked examples: calls to 111 and 999."""

from support.tables import expect


def test_calls_by_line_and_window(feature):
    expect(
        feature(
            "urgent_calls",
            on="2026-11-01",
            calls="""
    person | day        | source | conveyed
      A    | 2026-10-10 | 111    | no
      A    | 2026-08-10 | 111    | no
      A    | 2026-01-10 | 999    | yes
      A    | 2025-01-10 | 999    | yes        # more than a year ago
      B    | 2026-10-10 | 999    | -          # not said: not brought in
      B    | 2026-10-25 | 999    | yes        # within the last 14 days: not known yet
    """,
        )
    ) == """
    person | urgent_calls_111_30d | urgent_calls_111_90d | urgent_calls_111_365d | urgent_calls_999_30d | urgent_calls_999_90d | urgent_calls_999_365d | ambulance_conveyances_365d
      A    | 1                    | 2                    | 2                     | 0                    | 0                    | 1                     | 1
      B    | 0                    | 0                    | 0                     | 1                    | 1                    | 1                     | 0
    """


def test_conveyances_are_unknown_where_no_call_says_whether_somebody_was_brought_in(feature):
    expect(
        feature(
            "urgent_calls",
            on="2026-11-01",
            calls="""
    person | day        | source | conveyed
      A    | 2026-10-10 | 999    | -
      B    | 2025-10-31 | 999    | yes        # 366 days before
    """,
        )
    ) == """
    person | urgent_calls_999_365d | ambulance_conveyances_365d
      A    | 1                     | -
      B    | 0                     | -
    """
