"""A drop is clean: what the contract says of each table holds in every row, so that intake quarantines nothing."""

import hashlib
import json
from datetime import date

import nhs_number
import polars as pl
import pytest

from riskstrat import contract
from riskstrat.errors import UsageFault
from riskstrat.project import resource
from riskstrat.synthetic import generate_drop

END = date(2026, 11, 1)
ALL = sorted(contract.TABLES)
ABOUT_PEOPLE = sorted(name for name, table in contract.TABLES.items() if table.is_about_people)


@pytest.mark.parametrize("name", ALL)
def test_columns_types_and_codes_are_the_contracts(population, name):
    declared, rows = contract.TABLES[name], population.table(name)
    assert rows.columns == [column.name for column in declared.columns]
    assert rows.height > 0
    for column in declared.columns:
        values = rows[column.name].drop_nulls()
        if column.required:
            assert values.len() == rows.height, column.name
        if column.values:
            assert set(values.unique()) <= set(column.values), column.name
        if column.pattern:
            assert values.str.contains(f"^(?:{column.pattern})$").all(), column.name
        if column.minimum is not None and values.len():
            assert values.min() >= column.minimum, column.name
        if column.maximum is not None and values.len():
            assert values.max() <= column.maximum, column.name
    if declared.one_of:
        assert rows.select(pl.any_horizontal(pl.col(declared.one_of).is_not_null())).to_series().all()


@pytest.mark.parametrize("name", ALL)
def test_dates_are_in_order_and_rows_arrived_before_the_end(population, name):
    declared, rows = contract.TABLES[name], population.table(name)
    for first, last in declared.ordered_dates:
        assert rows.filter(pl.col(first) > pl.col(last)).is_empty(), (first, last)
    assert rows["available_date"].null_count() == 0
    assert rows["available_date"].max() < END
    if declared.event_date:
        assert rows.filter(pl.col(declared.event_date) > pl.col("available_date")).is_empty()


@pytest.mark.parametrize("name", ALL)
def test_no_row_comes_twice(population, name):
    declared, rows = contract.TABLES[name], population.table(name)
    versions = [*declared.key, "available_date"] if declared.key else rows.columns
    assert rows.select(pl.struct(versions).is_duplicated().any()).item() is False


@pytest.mark.parametrize("name", ABOUT_PEOPLE)
def test_every_row_is_about_somebody_born_and_not_yet_dead(population, name):
    declared, rows = contract.TABLES[name], population.table(name)
    people = (
        population.table("person")
        .group_by("nhs_number")
        .agg(pl.col("birth_date").first(), pl.col("death_date").max(), known=pl.col("available_date").min())
    )
    joined = rows.join(people, on="nhs_number", how="left", suffix="_of_person")
    assert joined["known"].null_count() == 0
    if declared.event_date:
        when = pl.col(declared.event_date)
        death = "death_date_of_person" if "death_date_of_person" in joined.columns else "death_date"
        birth = "birth_date_of_person" if "birth_date_of_person" in joined.columns else "birth_date"
        assert joined.filter((when > pl.col(death)) | (when < pl.col(birth))).is_empty()


def test_nhs_numbers_are_valid_and_of_the_test_range(population):
    numbers = population.table("person")["nhs_number"].unique().to_list()
    assert all(number.startswith("999") and nhs_number.is_valid(number) for number in numbers)


def test_nobody_has_two_registrations_at_once(population):
    latest = (
        population.table("registration")
        .sort("available_date")
        .unique(["nhs_number", "practice_code", "start_date"], keep="last")
    )
    ordered = latest.sort("nhs_number", "start_date").with_columns(
        earlier_end=pl.col("end_date").shift().over("nhs_number"),
        nth=pl.int_range(pl.len()).over("nhs_number"),
    )
    again = ordered.filter(pl.col("nth") > 0)
    assert again.height > 50
    assert again["earlier_end"].null_count() == 0
    assert again.filter(pl.col("start_date") < pl.col("earlier_end")).is_empty()


def test_about_as_many_people_as_asked_for_are_registered_and_alive_at_the_end(population):
    latest = (
        population.table("registration")
        .sort("available_date")
        .unique(["nhs_number", "practice_code", "start_date"], keep="last")
    )
    open_now = latest.filter(pl.col("end_date").is_null())["nhs_number"].n_unique()
    assert abs(open_now - 10_000) < 100


def test_a_closed_practice_names_a_successor_that_is_open(population):
    practices = population.table("practice").sort("available_date").unique("practice_code", keep="last")
    closed = practices.filter(pl.col("close_date").is_not_null())
    assert closed.height == 1
    successor = practices.filter(pl.col("practice_code") == closed["successor_code"].item())
    assert successor["close_date"].to_list() == [None]
    started = population.table("registration").filter(pl.col("practice_code") == closed["practice_code"].item())
    assert started["start_date"].max() <= closed["close_date"].item()


def test_stays_of_a_person_never_overlap_and_transfers_follow_within_two_days(population):
    stays = (
        population.table("apc_episode")
        .sort("available_date")
        .unique(["nhs_number", "provider_code", "spell_id", "episode_number"], keep="last")
        .filter(pl.col("episode_number") == 1)
        .sort("nhs_number", "admission_date", "spell_id")
    )
    stays = stays.with_columns(
        left=pl.col("discharge_date").shift().over("nhs_number"),
        went=pl.col("discharge_destination").shift().over("nhs_number"),
    )
    known = stays.filter(pl.col("left").is_not_null())
    assert known.filter(pl.col("admission_date") < pl.col("left")).is_empty()
    moved = known.filter(pl.col("admission_method").is_in(["81", "2B"]) & (pl.col("went") == "51"))
    assert moved.height > 5
    assert ((moved["admission_date"] - moved["left"]).dt.total_days() <= 2).all()


def test_every_kind_of_stay_and_version_occurs(population):
    episodes = population.table("apc_episode")
    assert {"21", "22", "24", "25", "2A", "2B", "2D", "11", "12", "13", "31", "82", "81"} <= set(
        episodes["admission_method"]
    )
    assert set(episodes["patient_class"]) == {"1", "2", "3", "4"}
    assert episodes["episode_number"].max() >= 3
    key = ["nhs_number", "provider_code", "spell_id", "episode_number"]
    versions = (
        episodes.sort("available_date")
        .group_by(key, maintain_order=True)
        .agg(first=pl.col("discharge_date").first(), last=pl.col("discharge_date").last(), n=pl.len())
    )
    again = versions.filter(pl.col("n") == 2)
    assert again.height > 20
    assert again["first"].null_count() == again.height
    assert again["last"].null_count() == 0
    assert versions.filter((pl.col("n") == 1) & pl.col("last").is_null()).height > 0, "nobody is still in hospital"


def test_each_source_arrives_as_late_as_it_should(population):
    for name, least, most in (("apc_episode", 28, 50), ("ecds_attendance", 28, 50), ("gp_prescription", 20, 38)):
        rows = population.table(name)
        since = "discharge_date" if name == "apc_episode" else contract.TABLES[name].event_date
        lag = (rows["available_date"] - rows[since]).dt.total_days().drop_nulls()
        assert least <= lag.min() <= lag.max() <= most, name
        assert abs(lag.median() - contract.TABLES[name].lag_days) <= 3, name


def test_the_manifest_states_every_file_as_it_is(population):
    manifest = json.loads((population.drop / "manifest.json").read_text())
    assert manifest["version"] == contract.CONTRACT_VERSION
    assert {entry["table"] for entry in manifest["files"]} == set(contract.TABLES)
    for entry in manifest["files"]:
        content = (population.drop / entry["file"]).read_bytes()
        assert hashlib.sha256(content).hexdigest() == entry["sha256"]
        rows = population.table(entry["table"])
        assert rows.height == entry["rows"]
        first, last = (date.fromisoformat(part) for part in entry["period"].split("/"))
        assert last == date(2026, 10, 31)
        when = contract.TABLES[entry["table"]].event_date
        if when:
            assert first <= rows[when].min() <= rows[when].max() <= last


@pytest.mark.parametrize("file_format", ["parquet", "csv.gz"])
def test_the_same_seed_gives_the_same_bytes_and_another_seed_does_not(tmp_path, file_format):
    for folder, seed in (("one", 3), ("again", 3), ("other", 4)):
        generate_drop(300, seed, tmp_path / folder, file_format=file_format)
    for name in ALL:
        file = f"{name}.{file_format}"
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "again" / file).read_bytes()
    assert (tmp_path / "one" / "manifest.json").read_bytes() != (tmp_path / "other" / "manifest.json").read_bytes()


def test_the_embedded_drop_is_what_the_generator_makes(tmp_path):
    generate_drop(2000, 2026, tmp_path / "small")
    embedded = resource("synthetic_data/small_drop")
    assert sum(file.stat().st_size for file in embedded.iterdir()) <= 3_000_000
    for name in ALL:
        made, kept = (pl.read_parquet(folder / f"{name}.parquet") for folder in (tmp_path / "small", embedded))
        assert made.equals(kept), name


def test_another_end_moves_the_whole_population(tmp_path):
    generate_drop(300, 3, tmp_path / "drop", end=date(2024, 4, 1))
    manifest = json.loads((tmp_path / "drop" / "manifest.json").read_text())
    assert {entry["period"].split("/")[1] for entry in manifest["files"]} == {"2024-03-31"}


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"people": 100}, "at least 200"),
        ({"people": 2_000_000}, "kept for tests"),
        ({"people": 300, "end": date(2026, 11, 2)}, "first of a month"),
        ({"people": 300, "file_format": "xlsx"}, "parquet or csv.gz"),
    ],
)
def test_what_cannot_be_made_is_refused_before_anything_is_written(tmp_path, arguments, says):
    people = arguments.pop("people")
    with pytest.raises(UsageFault, match=says):
        generate_drop(people, 1, tmp_path / "drop", **arguments)
    assert not (tmp_path / "drop").exists()


def test_true_risks_may_not_lie_inside_the_drop(tmp_path):
    with pytest.raises(UsageFault, match="inside the drop"):
        generate_drop(300, 1, tmp_path / "drop", true_risk=tmp_path / "drop" / "truth.parquet")


def test_a_folder_with_something_in_it_is_refused(tmp_path):
    (tmp_path / "note.txt").write_text("mine")
    with pytest.raises(UsageFault, match="not empty"):
        generate_drop(300, 1, tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["note.txt"]


def test_progress_is_told(tmp_path):
    told = []
    generate_drop(300, 1, tmp_path / "drop", progress=told.append)
    assert told[-1] == "writing gp_prescription"
    assert len(told) == 7 + len(ALL)
