"""A practice that merges and one that changes network between two drops: one geography for all dates, and said."""

import json
from datetime import date

import openpyxl
import polars as pl
import pytest

from riskstrat.disclosure.cells import together
from riskstrat.intake.catalogue import Catalogue, Delivery, HeldTable, read_catalogue, table_file, write_catalogue
from riskstrat.population import publish
from riskstrat.population.counting.areas import geography
from riskstrat.population.counting.boundaries import boundary_changes, known_practices, taken_over
from riskstrat.population.counting.cells import by_area
from riskstrat.population.measures.activity import Activity
from riskstrat.population.measures.cells import measure_tables
from riskstrat.population.measures.definitions import Span, read_measures
from support.made_board import write_board

NOW, BEFORE = date(2026, 11, 1), date(2026, 8, 1)
VERSIONS = pl.DataFrame(
    [
        ("A", "Ash", "U1", "P1", None, None, None),
        ("B", "Beech", "U1", "P1", None, None, None),
        ("B", "Beech", "U2", "P2", date(2026, 9, 1), "C", date(2026, 9, 20)),
        ("C", "Cedar", "U2", "P2", None, None, None),
        ("C", "Cedar", "U2", "P2", date(2026, 10, 1), "D", date(2026, 10, 20)),
        ("D", "Dogwood", "U2", "P2", None, None, None),
        ("D", "Dogwood", "U3", "P2", None, None, date(2026, 10, 5)),
        ("A", "Ash", "U9", "P9", None, None, date(2026, 11, 1)),
    ],
    schema={
        "practice_code": pl.String,
        "practice_name": pl.String,
        "pcn_code": pl.String,
        "place_code": pl.String,
        "close_date": pl.Date,
        "successor_code": pl.String,
        "available_date": pl.Date,
    },
    orient="row",
)


def test_what_was_known_at_the_index_date_counts():
    def network(day):
        return dict(known_practices(VERSIONS, day).select("practice_code", "pcn_code").iter_rows())

    assert network(BEFORE) == {"A": "U1", "B": "U1", "C": "U2", "D": "U2"}
    assert network(NOW) == {"A": "U1", "B": "U2", "C": "U2", "D": "U3"}  # what arrived on the day is not known on it


def test_a_chain_of_mergers_ends_with_the_last_that_took_over():
    assert taken_over(known_practices(VERSIONS, NOW), NOW) == {"B": "D", "C": "D"}
    assert taken_over(known_practices(VERSIONS, date(2026, 9, 25)), date(2026, 9, 25)) == {"B": "C"}
    assert taken_over(known_practices(VERSIONS, BEFORE), BEFORE) == {}


def test_every_change_is_said_once():
    said = boundary_changes(VERSIONS, set("ABCD"), [BEFORE, NOW])
    assert said == (
        "Every index date stands on the geography of 1 November 2026: practices, networks and places as known then.",
        "Beech (B) closed on 1 September 2026: at every date its people are counted with Dogwood (D).",
        "Cedar (C) closed on 1 October 2026: at every date its people are counted with Dogwood (D).",
        "Dogwood (D) changed its primary care network after 1 August 2026, from U2 to U3: at every date it is counted "
        "in the latter.",
    )


@pytest.fixture(scope="module")
def merged(tmp_path_factory):
    """Six practices in August; by November the sixth has merged into the first, and the third changed place.

    The second drop's table of practices holds both versions of those two. Returns the report's folder and how many
    people each practice had in August.
    """
    root = tmp_path_factory.mktemp("merged")
    board = write_board(root / "board", people=3000, index_dates=(BEFORE, NOW), scored=())
    first = pl.read_parquet(table_file(board, "practice", 1))
    moved = {"pcn_code": "U00002", "pcn_name": "Network 3", "place_code": "P1", "place_name": "Place 2"}
    second = first.filter(pl.col("practice_code").is_in(["Z00003", "Z00006"])).with_columns(
        available_date=date(2026, 9, 10),
        delivery=pl.lit(2, pl.Int32),
        close_date=pl.when(pl.col("practice_code") == "Z00006").then(date(2026, 9, 1)),
        successor_code=pl.when(pl.col("practice_code") == "Z00006").then(pl.lit("Z00001")),
        **{
            name: pl.when(pl.col("practice_code") == "Z00003").then(pl.lit(words)).otherwise(pl.col(name))
            for name, words in moved.items()
        },
    )
    whole = pl.concat([first.with_columns(delivery=pl.lit(2, pl.Int32)), second.select(first.columns)])
    whole.write_parquet(table_file(board, "practice", 2))
    held = Delivery(2, "2026-09-10", None, False, {"practice": HeldTable(rows=8, fingerprint="second")})
    write_catalogue(board, Catalogue((*read_catalogue(board).deliveries, held)))
    before = pl.read_parquet(board.part("features", BEFORE))
    snapshot = pl.read_parquet(board.part("features", NOW))
    gone = pl.col("practice_code") == "Z00006"
    now_held = pl.when(gone).then(pl.lit("Z00001")).otherwise(pl.col("practice_code"))
    snapshot.with_columns(practice_code=now_held).write_parquet(board.part("features", NOW))
    return publish(board, NOW, "r", root / "out").folder, dict(before.group_by("practice_code").len().iter_rows())


def test_an_earlier_date_stands_on_the_geography_of_the_report(merged):
    folder, people = merged
    frame = pl.read_csv(folder / "population.csv", infer_schema=False)
    registered = {
        (row["period"], row["area_type"], row["area_code"]): int(row["value"])
        for row in frame.filter(pl.col("cohort") == "registered").iter_rows(named=True)
    }
    of = {code: people[f"Z0000{code}"] for code in range(1, 7)}
    first, second = of[1] + of[6] + of[2] + of[4], of[3] + of[5]
    for day in (BEFORE, NOW):
        assert registered[str(day), "place", "P0"] == pytest.approx(first, abs=2)
        assert registered[str(day), "place", "P1"] == pytest.approx(second, abs=2)
    practices = {code for day, kind, code in registered if kind == "practice"}
    assert practices == {f"Z0000{code}" for code in range(1, 6)}
    assert registered[str(NOW), "practice", "Z00001"] == pytest.approx(of[1] + of[6], abs=2)


def test_the_months_of_a_rate_are_of_the_practices_whose_events_are_counted():
    """A practice that closed and that nobody took over is in no area: neither its events nor its people are counted.

    Of its people alone the board's rate would be 240 while it was open, and 360 from the month it closed.
    """
    measure = next(one for one in read_measures() if one.is_rate and not one.least_age)
    months = [date(2026, 3, 1), date(2026, 4, 1)]
    span = Span(months[0], date(2026, 5, 1), months[0])
    rows = [(measure.id, "A", 40, month, 20, 0) for month in months] + [(measure.id, "Z", 40, months[0], 10, 0)]
    names = ["measure_id", "practice_code", "age_from", "month", "numerator", "denominator"]
    people = pl.DataFrame(
        [(months[0], "A", 40, 1000), (months[0], "Z", 40, 500), (months[1], "A", 40, 1000)],
        schema=["month", "practice_code", "age_from", "people"],
        orient="row",
    )
    activity = Activity(NOW, pl.DataFrame(rows, schema=names, orient="row"), people, {measure.id: span}, {})
    areas = geography(pl.DataFrame({"practice_code": ["A"]}), ["A"], "Board")
    registered = by_area(str(NOW), "registered", {"A": 1000}, areas)
    counts = together([*measure_tables(together([registered]), activity, [measure], None, areas)]).counts
    board = areas.board.key
    for month in ("2026-03", "2026-04"):
        assert (counts[month, measure.id, board], counts[month, "registered", board]) == (20, 1000)


def test_the_page_the_workbook_and_the_description_say_which_geography(merged):
    folder, _ = merged
    page = (folder / "population.html").read_text(encoding="utf-8")
    notes = json.loads((folder / "population.csv-metadata.json").read_text(encoding="utf-8"))["notes"]
    described = [note["text"] for note in notes if note["about"] == "series"]
    trend = openpyxl.load_workbook(folder / "population.xlsx")["Trend"]
    in_book = {str(cell.value) for row in trend.iter_rows(max_row=12) for cell in row}
    assert len(described) == 4
    for words in described:
        assert words in page
        assert words in in_book
    assert described[1].startswith("Practice F (Z00006) closed on 1 September 2026")
