"""What the measures of programmes count: one worked example each, and how what they list is placed and added up."""

from datetime import date

import polars as pl
import pytest

from riskstrat.features.catalogue import statements
from riskstrat.features.layers import ask_for, set_index_date
from riskstrat.warehouse import needed_for, read_layer
from support.landed import land
from support.tables import expect

ON = "2026-11-01"


@pytest.fixture
def listed(warehouse):
    """Return ``listed(name, ...)``: what a SELECT of ``sql/measures`` lists, people by letter."""

    def result(name, on=ON, **drawn):
        numbers = land(warehouse, date.fromisoformat(on), drawn)
        known(warehouse, on, [name])
        letters = pl.DataFrame({"person": list(numbers), "person_id": list(numbers.values())})
        frame = warehouse.frame(f"FROM measures.{name}").join(letters.cast({"person_id": pl.Int32}), on="person_id")
        return frame.select("person", "happened_on", "numerator", "denominator").sort("person", "happened_on")

    return result


def known(warehouse, on, names):
    """Make these statements of ``sql/measures`` and all they stand on, as known at the index date."""
    ask_for(warehouse, [date.fromisoformat(on)])
    set_index_date(warehouse, date.fromisoformat(on))
    warehouse.build(needed_for([f"measures.{name}" for name in names], [*statements(), *read_layer("measures")]))


EPISODES = """
person | admitted   | discharged | method | main | second | received
-------+------------+------------+--------+------+--------+-----------
  A    | 2026-03-02 | 2026-03-05 | 21     | J440 |        | 2026-04-01   # COPD with infection
  A    | 2026-05-02 | 2026-05-03 | 21     | R074 |        | 2026-06-01   # chest pain, on neither list
  B    | 2026-05-02 | 2026-05-09 | 22     | S720 | W190   | 2026-06-01   # a hip, in a fall
  C    | 2026-05-02 | 2026-05-09 | 22     | S525 | W010   | 2026-06-01   # a wrist, in a fall
  D    | 2026-05-02 | 2026-05-09 | 22     | W190 | S720   | 2026-06-01   # the fall stands first: no main injury
  E    | 2026-05-02 | 2026-05-09 | 11     | S720 | W190   | 2026-06-01   # booked
  F    | 2026-09-02 | 2026-09-09 | 21     | S720 |        | 2026-12-01   # nobody knew yet
"""


def test_emergency_admissions_known_by_then(listed):
    expect(listed("emergency_admission", episodes=EPISODES)) == """
    person | happened_on | numerator | denominator
      A    | 2026-03-02  | 1         | 0
      A    | 2026-05-02  | 1         | 0
      B    | 2026-05-02  | 1         | 0
      C    | 2026-05-02  | 1         | 0
      D    | 2026-05-02  | 1         | 0
    """


def test_ambulatory_care_sensitive_by_the_main_diagnosis(listed):
    expect(listed("ambulatory_care_sensitive_admission", episodes=EPISODES)) == """
    person | happened_on | numerator | denominator
      A    | 2026-03-02  | 1         | 0
    """


def test_falls_are_an_injury_with_a_fall_as_its_cause(listed):
    expect(listed("fall_admission", episodes=EPISODES)) == """
    person | happened_on | numerator | denominator
      B    | 2026-05-02  | 1         | 0
      C    | 2026-05-02  | 1         | 0
    """


def test_hip_fractures_are_main_diagnoses(listed):
    expect(listed("hip_fracture_admission", episodes=EPISODES)) == """
    person | happened_on | numerator | denominator
      B    | 2026-05-02  | 1         | 0
    """


def test_readmissions_follow_the_last_discharge_within_29_days(listed):
    episodes = """
    person | admitted   | discharged | method | class | received
    -------+------------+------------+--------+-------+-----------
      A    | 2026-03-02 | 2026-03-05 | 11     | 1     | 2026-04-01
      A    | 2026-04-03 | 2026-04-05 | 21     | 1     | 2026-05-01   # 29 days after the last
      A    | 2026-05-05 | 2026-05-07 | 21     | 1     | 2026-06-01   # 30 days after it
      B    | 2026-03-02 | 2026-03-05 | 11     | 2     | 2026-04-01   # a day case
      B    | 2026-03-09 | 2026-03-10 | 21     | 1     | 2026-04-01
      C    | 2026-03-02 | 2026-03-05 | 21     | 1     | 2026-04-01   # died in hospital
      D    | 2026-03-02 | 2026-03-05 | 21     | 1     | 2026-04-01
      D    | 2026-03-10 | 2026-03-15 | 11     | 1     | 2026-04-01   # booked, so the next is not D's first discharge's
      D    | 2026-03-20 |            | 21     | 1     | 2026-04-01   # still in
    """
    persons = """
    person | born       | died       | received
      C    | 1950-01-01 | 2026-03-05 | 2026-03-20
    """
    expect(listed("readmission", episodes=episodes, persons=persons)) == """
    person | happened_on | numerator | denominator
      A    | 2026-03-05  | 1         | 1
      A    | 2026-04-05  | 0         | 1
      A    | 2026-05-07  | 0         | 1
      B    | 2026-03-10  | 0         | 1
      D    | 2026-03-05  | 0         | 1
      D    | 2026-03-15  | 1         | 1
    """


def test_care_home_entries_are_not_moves_between_homes(listed):
    services = """
    person | service          | from       | to         | long_term | received
    -------+------------------+------------+------------+-----------+-----------
      A    | residential_care | 2025-12-01 | 2026-03-31 | yes       | 2026-01-01
      A    | nursing_care     | 2026-04-01 |            | yes       | 2026-05-01   # a move
      B    | nursing_care     | 2025-12-01 | 2026-01-01 | yes       | 2026-01-01
      B    | nursing_care     | 2026-04-01 |            | yes       | 2026-05-01   # was home between
      C    | residential_care | 2026-04-01 | 2026-04-14 | no        | 2026-05-01   # respite
      D    | home_care        | 2026-04-01 |            | yes       | 2026-05-01
    """
    expect(listed("care_home_entry", services=services)) == """
    person | happened_on | numerator | denominator
      A    | 2025-12-01  | 1         | 0
      B    | 2025-12-01  | 1         | 0
      B    | 2026-04-01  | 1         | 0
    """


def test_at_home_on_the_91st_day(listed):
    episodes = """
    person | admitted   | discharged | method | received
    -------+------------+------------+--------+-----------
      A    | 2026-03-01 | 2026-03-05 | 21     | 2026-04-01
      A    | 2026-05-01 | 2026-05-20 | 21     | 2026-06-20   # back home by 4 June
      B    | 2026-03-01 | 2026-03-05 | 21     | 2026-04-01
      B    | 2026-06-01 | 2026-06-10 | 21     | 2026-07-01   # in hospital on 4 June
      C    | 2026-03-01 | 2026-03-05 | 21     | 2026-04-01
      D    | 2026-03-01 | 2026-03-05 | 21     | 2026-04-01
      E    | 2026-03-01 | 2026-03-05 | 21     | 2026-04-01   # reablement came too late
    """
    services = """
    person | service          | from       | to         | long_term | received
    -------+------------------+------------+------------+-----------+-----------
      A    | reablement       | 2026-03-05 | 2026-04-05 | no        | 2026-04-10
      B    | reablement       | 2026-03-07 | 2026-04-05 | no        | 2026-04-10
      C    | reablement       | 2026-03-05 | 2026-04-05 | no        | 2026-04-10
      C    | nursing_care     | 2026-04-06 |            | yes       | 2026-05-10
      D    | reablement       | 2026-03-05 | 2026-04-05 | no        | 2026-04-10
      E    | reablement       | 2026-03-08 | 2026-04-05 | no        | 2026-04-10
    """
    persons = """
    person | born       | died       | received
      D    | 1940-01-01 | 2026-06-04 | 2026-06-20
    """
    expect(listed("home_after_reablement", episodes=episodes, services=services, persons=persons)) == """
    person | happened_on | numerator | denominator
      A    | 2026-03-05  | 1         | 1
      B    | 2026-03-05  | 0         | 1
      C    | 2026-03-05  | 0         | 1
      D    | 2026-03-05  | 0         | 1
    """


def test_dementia_is_counted_of_those_whose_record_is_known(listed, warehouse):
    people = {"person_id": [1, 2, 3], "has_dementia": [1, 0, None]}
    warehouse.register(
        "measures.snapshot", pl.DataFrame(people, schema={"person_id": pl.Int32, "has_dementia": pl.Int32})
    )
    expect(listed("recorded_dementia", persons="person\nA\nB\nC")) == """
    person | happened_on | numerator | denominator
      A    | 2026-11-01  | 1         | 1
      B    | 2026-11-01  | 0         | 1
    """


def test_medication_reviews_are_counted_of_those_in_the_groups(listed, warehouse):
    people = {"person_id": [1, 2, 3], "structured_medication_review_coded_365d": [1, 0, 1]}
    kinds = dict.fromkeys(people, pl.Int32)
    hits = {"person_id": [1, 2, 3], "rule_id": ["structured-medication-review"] * 2 + ["falls"]}
    warehouse.register("measures.snapshot", pl.DataFrame(people, schema=kinds))
    warehouse.register("measures.rule_hit", pl.DataFrame(hits, schema={"person_id": pl.Int32, "rule_id": pl.String}))
    expect(listed("structured_medication_review", persons="person\nA\nB\nC")) == """
    person | happened_on | numerator | denominator
      A    | 2026-11-01  | 1         | 1
      B    | 2026-11-01  | 0         | 1
    """


def test_reviews_and_plans_are_counted_by_list(listed, warehouse):
    first, second = date(2026, 8, 1), date(2026, 9, 1)
    lists = {"index_date": [first, first, second], "person_id": [1, 2, 1]}
    said = {
        "index_date": [first, first, second],
        "person_id": [1, 1, 1],
        "status": ["reviewed - no action", "reviewed - plan made", "to review"],
    }
    kinds = {"index_date": pl.Date, "person_id": pl.Int32}
    warehouse.register("measures.listed", pl.DataFrame(lists, schema=kinds))
    warehouse.register("measures.recorded", pl.DataFrame(said, schema=kinds | {"status": pl.String}))
    for name in ("worklist_review", "worklist_action"):
        expect(listed(name, persons="person\nA\nB")) == """
        person | happened_on | numerator | denominator
          A    | 2026-08-01  | 1         | 1
          A    | 2026-09-01  | 0         | 1
          B    | 2026-08-01  | 0         | 1
        """


def test_what_is_listed_is_placed_with_the_practice_and_the_age_of_the_day(warehouse):
    persons = """
    person | born
      A    | 1961-05-03   # 64 on 2 May 2026, 65 the day after
      B    | 1930-01-01
      C    | 1930-01-01   # opted out
      D    | 1930-01-01   # with the army when it happened
    """
    registrations = """
    person | practice | from       | to         | type
      A    | P1       | 2000-01-01 | 2026-04-30 | regular
      A    | P2       | 2026-05-01 |            | regular
      B    | P3       | 2000-01-01 |            | regular
      C    | P1       | 2000-01-01 |            | regular
      D    | P1       | 2000-01-01 |            | defence
    """
    practices = """
    practice | closed     | successor
      P1     |            |
      P2     |            |
      P3     | 2026-08-01 | P2
    """
    days = [
        (1, "2026-04-30"),
        (1, "2026-05-02"),
        (1, "2026-05-03"),
        (2, "2026-05-31"),
        (3, "2026-05-02"),
        (4, "2026-05-02"),
    ]
    listed = (
        [("all", *day, 1, 0) for day in days] + [("old", *day, 1, 1) for day in days] + [("old", 2, "2026-06-01", 1, 1)]
    )
    names = ["measure_id", "person_id", "happened_on", "numerator", "denominator"]
    happened = pl.DataFrame(listed, schema=names, orient="row").with_columns(
        pl.col("person_id").cast(pl.Int32), pl.col("happened_on").str.to_date()
    )
    span = pl.DataFrame(
        {
            "measure_id": ["all", "old"],
            "counted_from": [date(2026, 4, 1)] * 2,
            "counted_to": [date(2026, 6, 1)] * 2,
            "least_age": [0, 65],
        }
    )
    land(
        warehouse,
        date.fromisoformat(ON),
        {"persons": persons, "registrations": registrations, "practices": practices},
    )
    warehouse.register("measures.happened", happened)
    warehouse.register("measures.span", span)
    warehouse.register("measures.month", pl.DataFrame({"month": [date(2026, 5, 1), date(2026, 6, 1)]}))
    warehouse.register("permission.barred", pl.DataFrame({"person_id": [3, 3], "reason": ["national", "type_1"]}))
    known(warehouse, ON, ["counted", "registered_month"])
    expect(warehouse.frame("FROM measures.counted")) == """
    measure_id | practice_code | age_from | month      | numerator | denominator
      all      | P1            | 60       | 2026-04-01 | 1         | 0
      all      | P2            | 60       | 2026-05-01 | 1         | 0
      all      | P2            | 65       | 2026-05-01 | 1         | 0
      all      | P2            | 90       | 2026-05-01 | 1         | 0
      old      | P2            | 65       | 2026-05-01 | 1         | 1
      old      | P2            | 90       | 2026-05-01 | 1         | 1
    """
    expect(warehouse.frame("FROM measures.registered_month")) == """
    month      | practice_code | age_from | people
    2026-05-01 | P2            | 90       | 1
    2026-06-01 | P2            | 65       | 1
    2026-06-01 | P2            | 90       | 1
    """


def test_whoever_is_registered_twice_is_one_person_of_the_practice_that_registered_them_last(warehouse):
    registrations = """
    person | practice | from       | to         | type
      A    | P1       | 2000-01-01 |            | regular
      A    | P2       | 2026-03-05 | 2026-04-20 | regular
      B    | P1       | 2026-01-01 |            | regular
      B    | P2       | 2026-01-01 |            | regular
      C    | P2       | 2026-02-10 | 2026-03-20 | regular
      C    | P1       | 2026-02-20 |            | regular
    """
    persons = """
    person | born
      A    | 1960-01-01
      B    | 1960-01-01
      C    | 1960-01-01
    """
    land(warehouse, date.fromisoformat(ON), {"persons": persons, "registrations": registrations})
    months = [date(2026, month, 1) for month in (2, 3, 4, 5)]
    warehouse.register("measures.month", pl.DataFrame({"month": months}))
    warehouse.register("permission.barred", pl.DataFrame({"person_id": []}, schema={"person_id": pl.Int32}))
    known(warehouse, ON, ["registered_month"])
    expect(warehouse.frame("FROM measures.registered_month")) == """
    month      | practice_code | age_from | people
    2026-02-01 | P1            | 65       | 1        # A
    2026-02-01 | P2            | 65       | 1        # B
    2026-03-01 | P1            | 65       | 2        # A, C
    2026-03-01 | P2            | 65       | 1        # B
    2026-04-01 | P1            | 65       | 1        # C
    2026-04-01 | P2            | 65       | 2        # A, while P2 held them too; B
    2026-05-01 | P1            | 65       | 2        # A again, C
    2026-05-01 | P2            | 65       | 1        # B
    """
