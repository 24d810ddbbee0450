"""Everybody is in exactly one segment: by a second reading of the hierarchy, and at every level and month."""

import csv
from datetime import date

import numpy as np
import openpyxl
import polars as pl
import pytest

from riskstrat import rules
from riskstrat.disclosure import Rule
from riskstrat.errors import UsageFault
from riskstrat.population.counting.areas import geography
from riskstrat.population.counting.cells import REGISTERED
from riskstrat.population.counting.cohorts import read_cohorts, read_months, read_practices
from riskstrat.population.protection.tables import cells_of
from support.snapshots import write_store

NOW, BEFORE = date(2026, 11, 1), date(2026, 8, 1)
COLUMNS = (
    "age has_dementia hfrs_band efi_band frailty_coded has_heart_failure heart_failure_admissions_365d has_copd "
    "respiratory_admissions_365d has_ckd egfr emergency_admissions_365d has_palliative_care end_of_life_register "
    "on_end_of_life_register has_learning_disability has_smi housebound long_term_conditions emergency_admissions_90d"
).split()


def segment_by_hand(person):
    """Return one person's segment, as the comments of sql/rules/segments.toml tell it; what is not known is not met."""
    known = {name: (0 if person[name] is None else person[name]) for name in COLUMNS}
    kidneys = 999 if person["egfr"] is None else person["egfr"]
    if (
        known["has_dementia"]
        or known["hfrs_band"] in ("intermediate", "high")
        or "severe" in (known["efi_band"], known["frailty_coded"])
    ):
        return "segment-frailty-dementia"
    if (
        (known["has_heart_failure"] and known["heart_failure_admissions_365d"])
        or (known["has_copd"] and known["respiratory_admissions_365d"])
        or (known["has_ckd"] and kidneys < 15)
        or (known["has_ckd"] and kidneys < 30 and known["emergency_admissions_365d"] >= 4)
    ):
        return "segment-organ-failure"
    if known["has_palliative_care"] or known["end_of_life_register"] or known["on_end_of_life_register"]:
        return "segment-short-decline"
    if known["has_learning_disability"] or known["has_smi"] or known["housebound"]:
        return "segment-disability"
    if known["long_term_conditions"]:
        return "segment-long-term-conditions"
    if known["emergency_admissions_90d"]:
        return "segment-acutely-ill"
    return "segment-infants" if person["age"] < 1 else "segment-generally-well"


@pytest.fixture(scope="module")
def gaps(tmp_path_factory):
    """A store of 1,500 people of whom much is not known."""
    workspace = write_store(tmp_path_factory.mktemp("gaps"), people=1500)
    path = workspace.part("features", NOW)
    snapshot = pl.read_parquet(path)
    random = np.random.default_rng(7)
    for name in COLUMNS[1:]:
        known = pl.Series(random.random(snapshot.height) < 0.85)
        snapshot = snapshot.with_columns(pl.when(known).then(pl.col(name)).alias(name))
    few = pl.Series(random.random(snapshot.height) < 0.05)
    egfr = pl.Series(random.uniform(8, 32, snapshot.height).round(0))
    snapshot = snapshot.with_columns(pl.when(few).then(egfr).otherwise(pl.col("egfr")).alias("egfr"))
    snapshot.write_parquet(path)
    return workspace


def test_each_person_is_in_the_one_that_the_hierarchy_gives(gaps):
    hits = pl.read_parquet(rules.evaluate(gaps, NOW)).filter(pl.col("rule_id").str.starts_with("segment-"))
    own = hits.filter(pl.col("left_off_by").is_null())
    assert own["person_id"].n_unique() == own.height == 1500
    people = pl.read_parquet(gaps.part("features", NOW)).select("person_id", *COLUMNS)
    by_hand = {row["person_id"]: segment_by_hand(row) for row in people.iter_rows(named=True)}
    assert dict(own.select("person_id", "rule_id").iter_rows()) == by_hand
    assert set(by_hand.values()) == {rule.id for rule in rules.read_rules("segment")}
    others = hits.filter(pl.col("left_off_by").is_not_null())
    assert {by_hand[person] for person in others["person_id"]} == set(others["left_off_by"])


def test_they_add_up_to_everybody_at_every_level_and_month(board):
    chosen = read_cohorts()
    segments = [cohort.id for cohort in chosen if cohort.is_segment]
    assert len(segments) == 8
    for day in (BEFORE, NOW):
        month = next(read_months(board, [day], chosen))
        areas = geography(read_practices(board), month.registered["practice_code"], "Board")
        counts = cells_of(month, chosen, areas, Rule()).counts
        for area in areas.areas:
            people = [counts[str(day), name, area.key] for name in segments]
            assert sum(people) == counts[str(day), REGISTERED, area.key] > 0


def test_counts_and_shares_are_in_a_file_a_sheet_and_a_section(report):
    with (report.folder / "segments.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    now = [row for row in rows if row["period"] == str(NOW)]
    assert {row["area_type"] for row in now} == {"icb", "place", "pcn", "practice"}
    assert {row["period"] for row in rows} == {str(BEFORE), str(NOW)}
    for row in now:
        if row["people"]:
            assert float(row["per_cent"]) == pytest.approx(100 * int(row["people"]) / int(row["registered"]), abs=0.051)
        else:
            assert row["note"]
    board_rows = [row for row in now if row["area_type"] == "icb"]
    shown = [int(row["people"]) for row in board_rows if row["people"]]
    hidden = len(board_rows) - len(shown)
    assert 4160 - 7 * hidden - 20 <= sum(shown) <= 4160 - hidden + 20
    sheet = openpyxl.load_workbook(report.folder / "population.xlsx")["Segments"]
    (ref,) = (one.ref for one in sheet.tables.values())
    in_book = [[cell.value for cell in row] for row in sheet[ref]]
    assert len(in_book) == 1 + len(now)
    page = (report.folder / "population.html").read_text(encoding="utf-8")
    assert "Everybody in one segment" in page
    assert "to be agreed locally" in page
    for row in board_rows:
        assert row["title"] in page


def block(name, who):
    asked = f"who = '{who}'\n" if who else ""
    return (
        f'[[segment]]\nid = "{name}"\ntitle = "{name}"\ndefinition = "people, in words"\n{asked}needs = []\n'
        'evidence = "none, a test"\nversion = 1\n'
    )


@pytest.mark.parametrize(
    ("blocks", "fault"),
    [
        ([block("old", "age >= 80"), block("young", "age < 80")], "the last segment, young, has a who"),
        ([block("all", None), block("old", "age >= 80"), block("rest", None)], "segment all has no who, and others"),
        ([block("old", "age >= 80"), block("old", None)], "two rules have one id"),
        ([block("old", "agee >= 80"), block("rest", None)], "agee"),
    ],
)
def test_a_hierarchy_in_which_somebody_could_be_in_none_is_refused(tmp_path, blocks, fault):
    (tmp_path / "segments.toml").write_text("\n".join(blocks), encoding="utf-8")
    with pytest.raises(UsageFault, match=fault):
        rules.read_rules("segment", folder=tmp_path)


def test_a_segment_needs_what_those_before_it_need(tmp_path):
    first = block("stay", "emergency_admissions_90d >= 1").replace("needs = []", 'needs = ["apc_episode"]')
    (tmp_path / "segments.toml").write_text(first + block("rest", None), encoding="utf-8")
    _, rest = rules.read_rules("segment", folder=tmp_path)
    assert rest.needs == ("apc_episode",)
    assert [exclusion.name for exclusion in rest.unless] == ["stay"]
