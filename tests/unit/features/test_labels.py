"""Labels: what counts, who is in them, what they refuse, and that they use everything held."""

import random
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest

from riskstrat.errors import InputRefused, UsageFault
from riskstrat.features import build_labels, build_snapshots, latest_complete_index_date, read_labels
from riskstrat.features.horizons import horizon_end, labels, read_reach, sources_of_labels
from riskstrat.features.labels import know_everything, make_labels
from riskstrat.features.layers import register_seeds, set_index_date
from riskstrat.intake import take_drop
from riskstrat.project import Workspace
from riskstrat.synthetic import generate_drop
from riskstrat.warehouse import Warehouse
from support.landed import land
from support.tables import expect, rows_of

INDEX = date(2025, 9, 1)
HELD_ON = date(2026, 11, 1)
Label = Callable[..., pl.DataFrame]

EPISODES = """
person | admitted   | discharged | method | main | second | received
-------+------------+------------+--------+------+--------+-----------
  A    | 2025-09-01 | 2025-09-04 | 21     | J18  | -      | 2025-10-20   # on the index date
  B    | 2025-08-31 | 2025-09-04 | 21     | J18  | -      | 2025-10-20   # the day before it
  B    | 2026-08-31 | -          | 22     | J18  | -      | 2026-10-20   # the last day of 12 months
  C    | 2026-09-01 | 2026-09-04 | 21     | J18  | -      | 2026-10-20   # the day after
  D    | 2025-10-01 | 2025-10-04 | 11     | J18  | -      | 2025-11-20   # elective
  E    | 2025-09-30 | 2025-10-04 | 2A     | J18  | -      | 2026-10-30   # sent a year late, and held
"""


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    with Warehouse(tmp_path_factory.mktemp("scratch"), threads=1) as opened:
        register_seeds(opened)
        yield opened


@pytest.fixture
def label(warehouse: Warehouse) -> Label:
    """Return ``label(name, population=..., on=..., <tables>)``: a label's rows by letter, from drawn tables."""

    def result(name: str, *, population: str = "", on: date = INDEX, **drawn: str) -> pl.DataFrame:
        numbers = land(warehouse, HELD_ON, drawn)
        said = {row["person"]: row for row in rows_of(population)}
        rows = [
            (number, on, int(said.get(letter, {}).get("age") or 75), int(said.get(letter, {}).get("care_home") or 0))
            for letter, number in numbers.items()
        ]
        names = {"person_id": pl.Int32, "index_date": pl.Date, "age": pl.Int32, "in_care_home": pl.Int32}
        warehouse.register("labels.population", pl.DataFrame(rows, schema=names, orient="row"))
        know_everything(warehouse, [name])
        make_labels(warehouse, [name], on)
        letters = pl.DataFrame({"person": list(numbers), "person_id": list(numbers.values())}).cast(
            {"person_id": pl.Int32}
        )
        return warehouse.frame(f"FROM labels.{name}").join(letters, on="person_id")

    return result


def test_emergency_admission_in_twelve_calendar_months_by_everything_held(label: Label) -> None:
    assert (
        expect(label("emergency_admission_12m", episodes=EPISODES))
        == """
    person | outcome | event_date
      A    | 1       | 2025-09-01
      B    | 1       | 2026-08-31
      C    | 0       | -
      D    | 0       | -
      E    | 1       | 2025-09-30
    """
    )


def test_thirty_days_are_half_open(label: Label) -> None:
    assert (
        expect(label("emergency_admission_30d", episodes=EPISODES))
        == """
    person | outcome | event_date
      A    | 1       | 2025-09-01
      B    | 0       | -
      C    | 0       | -
      D    | 0       | -
      E    | 1       | 2025-09-30
    """
    )


def test_same_day_and_overnight_admissions_are_told_apart(label: Label) -> None:
    episodes = """
    person | admitted   | discharged | method | provider | received
      A    | 2025-10-01 | 2025-10-01 | 21     | R1A      | 2025-11-20   # home on the same day: an outcome, no night
      B    | 2025-10-01 | 2025-10-01 | 21     | R1A      | 2025-11-20
      B    | 2026-01-05 | 2026-01-06 | 21     | R1A      | 2026-02-20   # the first with a night came later
      C    | 2025-10-01 | 2025-10-01 | 21     | R1A      | 2025-11-20
      C    | 2025-10-01 | 2025-10-03 | 81     | R2B      | 2025-11-20   # moved on the same day: one stay, two nights
      D    | 2025-10-01 | -          | 21     | R1A      | 2025-11-20   # not ended yet
      E    | 2025-10-01 | 2025-10-04 | 11     | R1A      | 2025-11-20   # planned
    """
    assert (
        expect(label("emergency_admission_12m", episodes=episodes))
        == """
    person | outcome | event_date | overnight_date
      A    | 1       | 2025-10-01 | -
      B    | 1       | 2025-10-01 | 2026-01-05
      C    | 1       | 2025-10-01 | 2025-10-01
      D    | 1       | 2025-10-01 | 2025-10-01
      E    | 0       | -          | -
    """
    )


def test_all_admissions_of_the_horizon_are_counted_with_their_nights_and_cost(label: Label) -> None:
    episodes = """
    person | admitted   | discharged | method | provider | cost | received
      A    | 2025-08-31 | 2025-09-03 | 21     | R1A      | 900  | 2025-11-20   # before the horizon
      A    | 2025-10-01 | 2025-10-01 | 21     | R1A      | 100  | 2025-11-20
      A    | 2026-08-31 | 2026-09-04 | 21     | R1A      | 250  | 2026-10-20   # begun on its last day: all four nights
      B    | 2026-08-29 | -          | 21     | R1A      | -    | 2026-10-20   # not ended: to the horizon's end
      C    | 2025-10-01 | 2025-10-04 | 11     | R1A      | 700  | 2025-11-20   # planned
    """
    assert (
        expect(label("emergency_admission_12m", episodes=episodes))
        == """
    person | admissions | nights | costed_admissions | cost_pounds
      A    | 2          | 4      | 2                 | 350
      B    | 1          | 3      | 0                 | 0
      C    | 0          | 0      | 0                 | 0
    """
    )


def test_the_thirtieth_day_after_is_outside(label: Label) -> None:
    episodes = """
    person | admitted   | discharged | method | received
      A    | 2025-10-01 | 2025-10-02 | 21     | 2025-11-20
    """
    assert (
        expect(label("emergency_admission_30d", episodes=episodes))
        == """
    person | outcome
      A    | 0
    """
    )


def test_death_is_a_competing_event_and_leaving_is_censoring(label: Label) -> None:
    persons = """
    person | born       | died
      A    | 1940-01-01 | 2026-02-01
      B    | 1940-01-01 | 2026-09-01   # after the horizon
      C    | 1940-01-01 | 2025-08-20   # before the index date, learned later
      D    | 1940-01-01 | -
      E    | 1940-01-01 | -
      F    | 1940-01-01 | -
      G    | 1940-01-01 | -
    """
    registrations = """
    person | practice | from       | to
      A    | P1       | 2000-01-01 | 2026-02-08   # taken off the list after death: not leaving
      B    | P1       | 2000-01-01 | -
      C    | P1       | 2000-01-01 | 2025-08-27
      D    | P1       | 2000-01-01 | 2026-03-01
      D    | P2       | 2026-03-20 | -            # moved to another practice
      E    | P1       | 2000-01-01 | 2026-03-01   # left, and came back later
      E    | P2       | 2026-06-01 | -
      F    | P1       | 2000-01-01 | 2025-08-15   # left before the index date, learned later
      G    | P1       | 2000-01-01 | 2026-09-01   # left after the horizon
    """
    assert (
        expect(label("death_12m", persons=persons, registrations=registrations))
        == """
    person | outcome | event_date | death_date | left_date
      A    | 1       | 2026-02-01 | 2026-02-01 | -
      B    | 0       | -          | -          | -
      C    | 0       | -          | -          | 2025-09-01
      D    | 0       | -          | -          | -
      E    | 0       | -          | -          | 2026-03-01
      F    | 0       | -          | -          | 2025-09-01
      G    | 0       | -          | -          | -
    """
    )


def test_frailty_outcome_is_the_first_of_fall_fracture_delirium_placement_and_new_home_care(label: Label) -> None:
    episodes = """
    person | admitted   | discharged | method | main | second | third | received
      A    | 2026-03-01 | 2026-03-04 | 21     | J18  | W19    | -     | 2026-04-20   # a fall, second
      B    | 2026-03-01 | 2026-03-04 | 21     | S720 | -      | -     | 2026-04-20   # a fracture with no cause given
      C    | 2026-03-01 | 2026-03-04 | 21     | S720 | V031   | -     | 2026-04-20   # a fracture in traffic
      D    | 2026-03-01 | 2026-03-04 | 21     | J18  | I10    | F05.9 | 2026-04-20   # delirium, third
      E    | 2026-03-01 | 2026-03-04 | 11     | J18  | W19    | -     | 2026-04-20   # elective
    """
    services = """
    person | service          | from       | to         | long_term | received
      F    | nursing_care     | 2026-05-01 | -          | yes       | 2026-06-10
      F    | home_care        | 2026-02-01 | 2026-05-01 | yes       | 2026-06-10   # home care came first
      G    | residential_care | 2026-05-01 | 2026-05-15 | no        | 2026-06-10   # respite
      H    | home_care        | 2025-01-01 | 2025-12-01 | yes       | 2026-01-10   # open at the index date
      H    | home_care        | 2026-02-01 | -          | yes       | 2026-03-10
      I    | home_care        | 2025-01-01 | 2025-08-01 | yes       | 2025-09-10   # ended before it
      I    | home_care        | 2026-02-01 | -          | yes       | 2026-03-10
      J    | home_care        | 2026-02-01 | -          | yes       | 2026-03-10
      K    | home_care        | 2026-02-01 | -          | yes       | 2026-03-10
    """
    population = """
    person | age | care_home
      J    | 64  | 0
      K    | 80  | 1
    """
    assert (
        expect(label("frailty_12m", population=population, episodes=episodes, services=services))
        == """
    person | outcome | event_date
      A    | 1       | 2026-03-01
      B    | 1       | 2026-03-01
      C    | 0       | -
      D    | 1       | 2026-03-01
      E    | 0       | -
      F    | 1       | 2026-02-01
      G    | 0       | -
      H    | 0       | -
      I    | 1       | 2026-02-01
    """
    )


def test_horizons() -> None:
    assert horizon_end(date(2025, 9, 1), "12 months") == date(2026, 9, 1)
    assert horizon_end(date(2024, 2, 1), "30 days") == date(2024, 3, 2)
    with pytest.raises(ValueError, match="a year"):
        horizon_end(date(2025, 9, 1), "a year")
    assert labels() == {
        "death_12m": "12 months",
        "emergency_admission_12m": "12 months",
        "emergency_admission_30d": "30 days",
        "frailty_12m": "12 months",
    }


def test_sources_of_labels() -> None:
    assert sources_of_labels(["death_12m"]) == ("person", "registration")
    assert sources_of_labels(["frailty_12m"]) == ("apc_episode", "person", "registration", "social_care_service")


def test_an_absent_source_is_refused_by_name(warehouse: Warehouse) -> None:
    land(warehouse, HELD_ON, {}, absent=["social_care_service"])
    assert read_reach(warehouse).ends_for("emergency_admission_12m")["apc_episode"] == HELD_ON - timedelta(days=43)
    with pytest.raises(InputRefused, match="frailty_12m needs social_care_service"):
        read_reach(warehouse).ends_for("frailty_12m")


def test_a_feed_that_stopped_ends_when_it_stopped_whatever_its_period_says(warehouse: Warehouse) -> None:
    """Twenty admissions a day until 30 May: what nobody was told of later is not an outcome of 0."""
    first, last = date(2025, 1, 1), date(2026, 5, 30)
    days = [first + timedelta(days=n // 20) for n in range(20 * ((last - first).days + 1))]
    rows = ["person | admitted | discharged | received"]
    rows += [f"A | {day} | {day} | {day + timedelta(days=42)}" for day in days]
    land(warehouse, HELD_ON, {"episodes": "\n".join(rows)})
    assert read_reach(warehouse).ends_for("emergency_admission_12m")["apc_episode"] == last
    land(warehouse, HELD_ON, {"episodes": "\n".join(rows[:200])})  # too few to judge
    assert read_reach(warehouse).ends_for("emergency_admission_12m")["apc_episode"] == HELD_ON - timedelta(days=43)


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A workspace with 400 people and snapshots at two index dates."""
    root = tmp_path_factory.mktemp("labels")
    generate_drop(400, 7, root / "drop")
    made = Workspace(root / "workspace")
    made.key_file.parent.mkdir(parents=True)
    made.key_file.write_text("ab" * 32)
    made.key_file.chmod(0o600)
    take_drop(made, root / "drop")
    build_snapshots(made, [INDEX, date(2025, 10, 1)])
    return made


def test_files_are_written_one_row_per_person_and_kept(workspace: Workspace) -> None:
    said: list[str] = []
    ((path,),) = build_labels(workspace, {"emergency_admission_12m": [INDEX]}, said.append).values()
    rows = read_labels(workspace, "emergency_admission_12m", INDEX)
    snapshot = pl.read_parquet(workspace.store / "features" / f"index_date={INDEX}" / "part.parquet")
    counted = "admissions nights costed_admissions cost_pounds"
    assert (
        rows.columns == f"person_id index_date outcome event_date overnight_date {counted} death_date left_date".split()
    )
    assert rows["person_id"].to_list() == snapshot["person_id"].to_list()
    assert 0 < rows["outcome"].sum() < len(rows)
    happened = rows.filter(pl.col("outcome") == 1)["event_date"]
    assert happened.null_count() == 0
    assert happened.is_between(INDEX, date(2026, 8, 31)).all()
    assert rows.filter(pl.col("outcome") == 0)["event_date"].null_count() == len(rows) - len(happened)
    first = path.read_bytes()
    assert said
    said.clear()
    build_labels(workspace, {"emergency_admission_12m": [INDEX]}, said.append)
    assert not said, "a file made from the same inputs is kept"
    path.with_name("inputs.json").unlink()
    build_labels(workspace, {"emergency_admission_12m": [INDEX]})
    assert path.read_bytes() == first, "the same inputs give the same bytes"


def test_frailty_label_holds_people_of_65_and_over_outside_care_homes(workspace: Workspace) -> None:
    build_labels(workspace, {"frailty_12m": [INDEX]})
    snapshot = pl.read_parquet(workspace.store / "features" / f"index_date={INDEX}" / "part.parquet")
    applies = snapshot.filter((pl.col("age") >= 65) & (pl.col("in_care_home") == 0))
    assert read_labels(workspace, "frailty_12m", INDEX)["person_id"].to_list() == applies["person_id"].to_list()


def test_a_horizon_that_the_data_do_not_cover_is_refused(workspace: Workspace) -> None:
    assert latest_complete_index_date(workspace, "emergency_admission_12m") == INDEX
    assert latest_complete_index_date(workspace, "death_12m") == date(2025, 10, 1)
    with pytest.raises(InputRefused) as refused:
        build_labels(workspace, {"emergency_admission_12m": [date(2025, 10, 1)]})
    assert refused.value.exit_code == 3
    assert "2025-10-01" in str(refused.value)
    assert "apc_episode is complete only to 2026-09-19" in str(refused.value)
    build_labels(workspace, {"death_12m": [date(2025, 10, 1)]})


def test_what_is_not_there_is_said(workspace: Workspace) -> None:
    with pytest.raises(UsageFault, match="unknown label"):
        build_labels(workspace, {"happiness_12m": [INDEX]})
    with pytest.raises(InputRefused, match="no snapshot at 2020-01-01"):
        build_labels(workspace, {"death_12m": [date(2020, 1, 1)]})
    with pytest.raises(InputRefused, match="no labels death_12m at 2020-01-01"):
        read_labels(workspace, "death_12m", date(2020, 1, 1))


def test_a_source_that_begins_after_the_index_date_is_refused(tmp_path: Path, workspace: Workspace) -> None:
    early = workspace.store / "features" / "index_date=2015-01-01"
    early.mkdir()
    (early / "part.parquet").write_bytes(
        (workspace.store / "features" / f"index_date={INDEX}" / "part.parquet").read_bytes()
    )
    with pytest.raises(InputRefused, match="apc_episode begins on"):
        build_labels(workspace, {"emergency_admission_12m": [date(2015, 1, 1)]})


def test_adding_what_comes_after_the_horizon_changes_no_label(label: Label) -> None:
    rng = random.Random(5)
    head = "person | admitted | discharged | method | received\n"
    inside, after = [], []
    for n in range(40):
        day = INDEX + timedelta(days=rng.randrange(-400, 365))
        method = rng.choice(["21", "11", "22"])
        inside.append(f"P{n % 15:02} | {day} | {day + timedelta(days=2)} | {method} | {day + timedelta(days=50)}")
        late = INDEX + timedelta(days=rng.randrange(365, 420))
        after.append(f"P{n % 15:02} | {late} | {late + timedelta(days=1)} | 21 | {late + timedelta(days=50)}")
    plain = label("emergency_admission_12m", episodes=head + "\n".join(inside)).sort("person")
    more = label("emergency_admission_12m", episodes=head + "\n".join(inside + after)).sort("person")
    assert plain.equals(more)
    assert 0 < plain["outcome"].sum() < len(plain)


def test_set_index_date_is_after_everything_in_a_run_of_labels(warehouse: Warehouse) -> None:
    land(warehouse, HELD_ON, {"episodes": EPISODES})
    know_everything(warehouse, ["emergency_admission_12m"])
    assert warehouse.value("SELECT COUNT(*) FROM features.known_episode") == 6
    set_index_date(warehouse, INDEX)
