"""Which areas there are, and that the parts of each make it up once."""

import polars as pl

from riskstrat.population.counting.areas import geography


def practices(*rows):
    columns = ("practice_code", "practice_name", "pcn_code", "pcn_name", "place_code", "place_name", "icb_code")
    full = [dict(zip(columns, row, strict=True)) for row in rows]
    return pl.DataFrame(full, schema=dict.fromkeys(columns, pl.String))


TWO_PLACES = practices(
    ("A", "Ash", "U1", "One", "P1", "North", "Q"),
    ("B", "Beech", "U1", "One", "P1", "North", "Q"),
    ("C", "Cedar", "U2", "Two", "P1", "North", "Q"),
    ("D", "Dogwood", "U2", "Two", "P2", "South", "Q"),
    ("E", "Elm", None, None, None, None, "Q"),
)


def expanded(made, key):
    """Return the practices below an area by following parts, each as often as it is met."""
    found = []
    for part in made.parts.get(key, ()):
        found += expanded(made, part) if part in made.parts else [part.removeprefix("practice:")]
    return found


def test_every_area_is_made_up_of_its_practices_once():
    made = geography(TWO_PLACES, "ABCDE", "The board")
    for area in made.areas:
        if area.type != "practice":
            assert sorted(expanded(made, area.key)) == list(area.practices)


def test_a_network_across_two_places_is_part_of_neither():
    made = geography(TWO_PLACES, "ABCDE", "The board")
    assert made.parts["place:P1"] == ("pcn:U1", "practice:C")
    assert made.parts["place:P2"] == ("practice:D",)
    assert made.parts["icb:Q"] == ("place:P1", "place:P2", "practice:E")


def test_the_board_is_everybody_whatever_codes_practices_have():
    other = TWO_PLACES.with_columns(
        icb_code=pl.when(pl.col("practice_code") == "D").then(pl.lit("R")).otherwise("icb_code")
    )
    made = geography(other, "ABCDE", "The board")
    assert (made.board.key, made.board.name) == ("icb:board", "The board")
    assert made.board.practices == tuple("ABCDE")


def test_a_practice_nobody_described_is_shown_under_its_code():
    made = geography(TWO_PLACES, ["A", "Z"], "The board")
    assert [area.name for area in made.of_type("practice")] == ["Ash", "Z"]
    assert made.parts[made.board.key] == ("place:P1", "practice:Z")


def test_a_network_has_its_name_from_the_first_practice_that_says_it():
    unnamed = TWO_PLACES.with_columns(
        pcn_name=pl.when(pl.col("practice_code") != "A").then("pcn_name"), place_name=pl.lit(None, pl.String)
    )
    made = geography(unnamed, "ABCD", "The board")
    assert [(area.code, area.name) for area in made.of_type("pcn")] == [("U1", "One"), ("U2", "Two")]
    assert [area.name for area in made.of_type("place")] == ["P1", "P2"]


def test_the_last_version_of_a_practice_counts():
    moved = pl.concat([TWO_PLACES, practices(("A", "Ash", "U2", "Two", "P1", "North", "Q"))])
    assert geography(moved, "ABC", "The board").of_type("pcn")[0].practices == ("B",)


def test_areas_of_one_name_are_told_apart_by_code():
    twins = practices(("A", "Ash", None, None, None, None, "Q"), ("B", "Ash", None, None, None, None, "Q"))
    assert [area.name for area in geography(twins, "AB", "Ash").areas] == ["Ash", "Ash (A)", "Ash (B)"]


def test_the_upper_areas_make_up_the_board_and_nothing_is_left_to_subtract():
    made = geography(TWO_PLACES, "ABCDE", "The board").upper()
    assert [area.key for area in made.areas] == ["icb:Q", "place:P1", "place:P2", "practice:E"]
    assert made.parts == {"icb:Q": ("place:P1", "place:P2", "practice:E")}
