"""Who is in which cohort, against sets of people."""

import polars as pl

from riskstrat.population.counting.membership import membership_of

COHORTS = ["a", "b", "empty", "in-a"]
PEOPLE = [(3, "P2", 90, 1), (5, "P1", 0, None), (8, "P1", 65, 0), (9, "P2", 65, 0)]
HITS = [(3, "a"), (3, "in-a"), (5, "b"), (8, "a"), (8, "b"), (9, "a"), (9, "in-a"), (4, "a"), (12, "b")]
"""Of 4 and 12, who are not counted, nothing may be told."""


def made():
    names = {"person_id": pl.Int32, "practice_code": pl.String, "age_from": pl.Int32, "in_programme": pl.Int32}
    hits = pl.DataFrame(HITS, schema={"person_id": pl.Int32, "cohort_id": pl.Enum(COHORTS)}, orient="row")
    return membership_of(pl.DataFrame(PEOPLE, schema=names, orient="row"), hits, COHORTS)


def test_counts_are_those_of_the_people_named():
    of = made()
    assert of.registered().rows() == [("P1", 0, 1), ("P1", 65, 1), ("P2", 65, 1), ("P2", 90, 1)]
    assert of.sizes().rows() == [
        ("a", "P1", 65, 1),
        ("a", "P2", 65, 1),
        ("a", "P2", 90, 1),
        ("b", "P1", 0, 1),
        ("b", "P1", 65, 1),
        ("in-a", "P2", 65, 1),
        ("in-a", "P2", 90, 1),
    ]
    assert of.held().rows() == [("a", 0, 2), ("a", 1, 1), ("b", 0, 1), ("b", None, 1), ("in-a", 0, 1), ("in-a", 1, 1)]
    assert sorted(of.members().rows()) == sorted(row for row in HITS if row[0] not in (4, 12))


def test_combinations_count_everybody_once_and_each_group_once():
    found = made().combinations({"a": 1, "in-a": 1, "b": 2})
    assert found.rows() == [(1, 0, 1), (1, 1, 1), (2, None, 1), (3, 0, 1)]
    assert made().combinations({}).rows() == [(0, 0, 2), (0, 1, 1), (0, None, 1)]


def test_who_of_a_cohort_is_in_a_programme_too():
    found = made().on_programmes(["a", "b"]).rows()
    assert found == [
        ("b", "a", 1),
        ("empty", "a", 0),
        ("in-a", "a", 2),
        ("a", "b", 1),
        ("empty", "b", 0),
        ("in-a", "b", 0),
    ]


def test_inclusions_and_people_in_two():
    of = made()
    assert of.inclusions() == (("in-a", "a"),)
    assert of.has_somebody_in_two(["a", "b"])
    assert not of.has_somebody_in_two(["b", "in-a", "empty"])


def test_without_any_cohort_people_are_counted_all_the_same():
    people = made().people
    none = membership_of(people, pl.DataFrame(schema={"person_id": pl.Int32, "cohort_id": pl.Enum([])}), [])
    assert none.registered().rows() == made().registered().rows()
    for counted in (none.sizes(), none.held(), none.on_programmes([]), none.members()):
        assert counted.is_empty()
    assert none.combinations({})["people"].sum() == people.height
    assert none.inclusions() == ()
    nobody = membership_of(people.clear(), pl.DataFrame(schema={"person_id": pl.Int32, "cohort_id": pl.Enum([])}), [])
    assert nobody.registered().is_empty()


def test_one_person_far_down_the_list_is_enough_to_be_no_inclusion():
    many = 40_000
    names = {"person_id": pl.Int32, "practice_code": pl.String, "age_from": pl.Int32, "in_programme": pl.Int32}
    people = pl.DataFrame({"person_id": range(many)}).with_columns(
        pl.lit("P1").alias("practice_code"), pl.lit(65).alias("age_from"), pl.lit(0).alias("in_programme")
    )
    hits = [*((person, "a") for person in range(many - 1)), *((person, "b") for person in range(1, many - 1))]
    schema = {"person_id": pl.Int32, "cohort_id": pl.Enum(COHORTS)}

    def inclusions(of):
        return membership_of(people.cast(names), pl.DataFrame(of, schema=schema, orient="row"), COHORTS).inclusions()

    assert inclusions(hits) == (("b", "a"),)
    assert inclusions([*hits[1:], (0, "b"), (many - 1, "b")]) == (("a", "b"),)
    assert inclusions([*hits, (many - 1, "b")]) == ()
