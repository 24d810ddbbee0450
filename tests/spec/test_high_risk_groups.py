"""Worked examples: conditions that complicate each other, and frailty beside many medicines or being housebound."""

from support.tables import expect

PAIRS = """
person | day        | code            | received
-------+------------+-----------------+-----------
  A    | 2016-11-01 | 42343007        | 2016-11-02   # heart failure
  A    | 2016-11-01 | 433144002       | 2016-11-02   # chronic kidney disease
  A    | 2016-11-01 | 13645005        | 2016-11-02   # COPD
  A    | 2016-11-01 | 44054006        | 2016-11-02   # diabetes
  B    | 2016-11-01 | 13746004        | 2016-11-02   # bipolar disorder
  B    | 2016-11-01 | 44054006        | 2016-11-02   # diabetes
  C    | 2016-11-01 | 26929004        | 2016-11-02   # dementia
  C    | 2020-11-01 | 105529008       | 2020-11-02   # lives alone
  D    | 2016-11-01 | 42343007        | 2016-11-02   # heart failure,
  D    | 2016-11-01 | 433144002       | 2016-11-02
  D    | 2018-11-01 | 521691000000100 | 2018-11-02   # resolved
  E    | 2016-11-01 | 26929004        | 2016-11-02   # dementia, and nothing known of how they live
"""


def test_pairs_of_conditions(feature):
    expect(feature("condition_combinations", on="2026-11-01", gp_events=PAIRS)) == """
    person | heart_failure_with_ckd | copd_with_heart_failure | diabetes_with_ckd | smi_with_diabetes | dementia_living_alone
      A    | 1                      | 1                       | 1                 | 0                 | 0
      B    | 0                      | 0                       | 0                 | 1                 | 0
      C    | 0                      | 0                       | 0                 | 0                 | 1
      D    | 0                      | 0                       | 0                 | 0                 | 0
      E    | 0                      | 0                       | 0                 | 0                 | 0
    """


def _frail(person: str) -> str:
    """Nine deficits recorded: moderate by the electronic Frailty Index."""
    codes = "21134002 4854004 8847002 13445001 60845006 47850008 15188001 8510008 19429009".split()
    return "\n".join(f"  {person} | 2020-11-01 | {code} | 2020-11-02" for code in codes)


def _medicines(person: str, count: int) -> str:
    chapters = [f"02{n:02}000AA" for n in range(count)]
    return "\n".join(f"  {person} | 2026-09-01 | {code} | 2026-09-10" for code in chapters)


EVENTS = "\n".join(
    [
        "person | day | code | received",
        *(_frail(person) for person in "ABCD"),
        "  B | 2024-11-01 | 160689007 | 2024-11-02   # housebound",
        "  D | 2024-11-01 | 160689007 | 2024-11-02   # housebound, but 64 years old: no band of frailty",
        "  E | 2024-11-01 | 160689007 | 2024-11-02   # housebound and fit by the index",
        "  F | 2016-11-01 | 42343007  | 2016-11-02   # heart failure",
        "  F | 2016-11-01 | 433144002 | 2016-11-02   # chronic kidney disease",
    ]
)
PRESCRIPTIONS = "\n".join(
    ["person | day | bnf | received", _medicines("A", 10), _medicines("B", 9), _medicines("D", 10), _medicines("E", 10)]
)
PERSONS = """
person | born
  A    | 1950-01-01
  B    | 1950-01-01
  C    | 1950-01-01
  D    | 1962-01-01
  E    | 1950-01-01
  F    | 1950-01-01
"""


def test_frailty_with_ten_medicines_or_housebound(feature):
    expect(
        feature("high_risk_groups", on="2026-11-01", gp_events=EVENTS, prescriptions=PRESCRIPTIONS, persons=PERSONS)
    ) == """
    person | frailty_with_10_medicines | housebound_with_frailty | high_risk_groups
      A    | 1                         | 0                       | 1                  # ten medicines
      B    | 0                         | 1                       | 1                  # nine, and housebound
      C    | 0                         | 0                       | 0
      D    | 0                         | 0                       | 0
      E    | 0                         | 0                       | 0
      F    | 0                         | 0                       | 1                  # heart failure with kidney disease
    """
