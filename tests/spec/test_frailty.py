"""Worked examples: eFI, Hospital Frailty Risk Score, Charlson and coded frailty."""

from support.tables import expect

PERSONS = """
person | born       | sex
-------+------------+----
  A    | 1950-01-01 | 2
  B    | 1950-01-01 | 1
  C    | 1980-01-01 | 2
  D    | 1950-01-01 | 2
"""
EVENTS = """
person | day        | code             | value | unit  | received
-------+------------+------------------+-------+-------+-----------
  A    | 2010-05-01 | 49436004         | -     | -     | 2010-05-02   # atrial fibrillation
  A    | 2012-05-01 | 5370000          | -     | -     | 2012-05-02   # the same deficit again
  A    | 2015-05-01 | 38341003         | -     | -     | 2015-05-02   # hypertension
  A    | 2016-05-01 | 1912002          | -     | -     | 2016-05-02   # a fall: never expires
  A    | 2017-05-01 | 271737000        | -     | -     | 2017-05-02   # anaemia
  A    | 2026-05-01 | 160689007        | -     | -     | 2026-05-02   # housebound, within the last year
  D    | 2026-05-01 | 1022431000000105 | 120   | g/L   | 2026-05-02   # haemoglobin 120: low only in men
  D    | 2026-05-01 | 314449000        | 135   | mmHg  | 2026-05-02   # mean 24-hour systolic of 135 is not above it
  B    | 2020-05-01 | 1022431000000105 | 12    | g/dL  | 2020-05-02   # the same in g/dL, and he is a man: anaemia
  B    | 2025-11-01 | 1011481000000105 | 45    | -     | 2025-11-02   # eGFR below 60: kidney disease, the first day of the last year
  B    | 2026-05-01 | 271649006        | 150   | mmHg  | 2026-05-02   # clinic pressure has no rule
  B    | 2026-05-01 | 314449000        | 140   | mmHg  | 2026-05-02   # mean 24-hour systolic above 135: hypertension
  C    | 2026-05-01 | 49436004         | -     | -     | 2026-05-02
"""
FIVE_MEDICINES = """
person | day        | bnf             | received
-------+------------+-----------------+-----------
  A    | 2026-01-05 | 0212000B0AAAAAA | 2026-02-05
  A    | 2026-01-05 | 0206010Q0AAAAAA | 2026-02-05
  A    | 2026-01-05 | 0202020Q0AAAAAA | 2026-02-05
  A    | 2026-01-05 | 0103050Q0AAAAAA | 2026-02-05
  A    | 2026-01-05 | 0209000Q0AAAAAA | 2026-02-05
  D    | 2025-11-01 | 0212000B0AAAAAA | 2026-02-05   # four medicines are not five
  D    | 2026-01-05 | 0206010Q0AAAAAA | 2026-02-05
  D    | 2026-01-05 | 0202020Q0AAAAAA | 2026-02-05
  D    | 2026-01-05 | 0103050Q0AAAAAA | 2026-02-05
  D    | 2025-10-31 | 0209000Q0AAAAAA | 2026-02-05   # the fifth was a day too early
"""


def test_efi_counts_deficits_ever_recorded_and_polypharmacy(feature):
    result = feature("efi", on="2026-11-01", persons=PERSONS, gp_events=EVENTS, prescriptions=FIVE_MEDICINES)
    expect(result) == """
    person | efi_deficits | efi    | efi_band | efi_change_365d
      A    | 6            | 0.1667 | mild     | 0.0556            # 4 deficits a year ago; housebound and polypharmacy since
      B    | 3            | 0.0833 | fit      | 0.0556            # anaemia is six years old
      C    | 1            | 0.0278 | -        | 0.0278            # no band under 65
      D    | 0            | 0      | fit      | 0
    """


def test_change_of_efi_needs_two_years_of_prescriptions(feature):
    # Polypharmacy of the year before cannot be told from prescriptions that begin 13 months before: no rise is claimed.
    result = feature(
        "efi",
        on="2026-11-01",
        persons=PERSONS,
        gp_events=EVENTS,
        prescriptions=FIVE_MEDICINES,
        sources="""
    table           | begins
    gp_prescription | 2025-10-01
    """,
    )
    expect(result) == """
    person | efi_deficits | efi_change_365d
      A    | 6            | -
      B    | 3            | -
      C    | 1            | -
      D    | 0            | -
    """


def test_efi_needs_both_its_sources(feature):
    result = feature("efi", on="2026-11-01", persons=PERSONS, gp_events=EVENTS, absent=["gp_prescription"])
    expect(result) == """
    person | efi_deficits | efi | efi_band
      A    | -            | -   | -
      B    | -            | -   | -
      C    | -            | -   | -
      D    | -            | -   | -
    """


EPISODES = """
person | admitted   | discharged | method | provider | spell | episode | main   | second | third | received
-------+------------+------------+--------+----------+-------+---------+--------+--------+-------+-----------
  A    | 2026-03-01 | 2026-03-09 | 21     | RAA      | S1    | 1       | F00.1  | N39.0  | i50-  | 2026-04-20   # 7.1 + 3.2; heart failure 13, dementia 14
  A    | 2026-03-01 | 2026-03-09 | 21     | RAA      | S1    | 2       | N390   | W19X   | -     | 2026-04-20   # N39 again counts once; a fall 3.2
  A    | 2024-10-31 | 2024-11-05 | 21     | RAA      | S2    | 1       | G81    | -      | -     | 2024-12-20   # 731 days before: outside
  B    | 2025-06-01 | 2025-06-03 | 11     | RAA      | S3    | 1       | E102   | E109   | -     | 2025-07-20   # diabetes -1 with complications hides 3 without
  C    | 2025-06-01 | 2025-06-03 | 11     | RAA      | S4    | 1       | F000   | -      | -     | 2025-07-20   # under 65
  D    | 2026-09-20 | 2026-09-30 | 21     | RAA      | S5    | 1       | F000   | -      | -     | 2026-11-12   # nobody knew yet
"""


def test_hfrs_counts_each_three_character_code_once_over_two_years(feature):
    expect(feature("hospital_frailty", on="2026-11-01", persons=PERSONS, episodes=EPISODES)) == """
    person | hfrs | hfrs_band
      A    | 13.5 | intermediate
      B    | 0    | low
      C    | 7.1  | -
      D    | -    | -
    """


def test_hfrs_bands_change_above_5_and_above_15(feature):
    episodes = """
    person | admitted   | discharged | main | second | third | received
      A    | 2026-03-01 | 2026-03-09 | N28  | -      | -     | 2026-04-20   # 1.3
      B    | 2026-03-01 | 2026-03-09 | R54  | I69    | -     | 2026-04-20   # 2.2 + 3.7
      D    | 2026-03-01 | 2026-03-09 | F00  | G81    | G30   | 2026-04-20   # 7.1 + 4.4 + 4.0
    """
    expect(feature("hospital_frailty", on="2026-11-01", persons=PERSONS, episodes=episodes)) == """
    person | hfrs | hfrs_band
      A    | 1.3  | low
      B    | 5.9  | intermediate
      C    | -    | -
      D    | 15.5 | high
    """


def test_charlson_takes_the_severer_form_and_is_not_below_nought(feature):
    expect(feature("charlson", on="2026-11-01", persons=PERSONS, episodes=EPISODES)) == """
    person | charlson
      A    | 27
      B    | 0
      C    | 14
      D    | -
    """


def test_frailty_coded_is_the_last_category_and_the_severest_of_a_day(feature):
    events = """
    person | day        | code             | received
      A    | 2024-05-01 | 925861000000102  | 2024-05-02   # severe
      A    | 2025-05-01 | 925791000000100  | 2025-05-02   # mild, later
      B    | 2025-05-01 | 925831000000107  | 2025-05-02   # moderate
      B    | 2025-05-01 | 1129401000000102 | 2025-05-02   # Rockwood 8: severe
      C    | 2025-05-01 | 248279007        | 2025-05-02   # frailty, of no stated degree
    """
    expect(feature("frailty_coded", on="2026-11-01", gp_events=events)) == """
    person | frailty_coded | days_since_frailty_coded
      A    | mild          | 549
      B    | severe        | 549
      C    | -             | -
    """
