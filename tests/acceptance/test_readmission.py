"""The modelling room on real encounters (``benchmarks/readmission``): cohort, sides, and a leak that is seen."""

import importlib.util
from pathlib import Path
from types import ModuleType

import polars as pl
import pytest

from riskstrat.modelling.datasets.tidy import gather_table
from riskstrat.modelling.training.tables import train_on_table

SOURCE = Path(__file__).parents[2] / "benchmarks" / "readmission" / "encounters.py"


def _encounters() -> ModuleType:
    spec = importlib.util.spec_from_file_location("readmission_encounters", SOURCE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


encounters = _encounters()
DATA = encounters.BESIDE_THE_CHECKOUT
FEW_DRAWS = {"bootstrap_draws = 200": "bootstrap_draws = 20"}

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not DATA.is_dir(), reason="the diabetes encounters are not beside this checkout"),
]


@pytest.fixture(scope="module")
def table() -> pl.DataFrame:
    return encounters.read_encounters(DATA)


def test_who_cannot_be_readmitted_is_what_the_data_call_dead_or_in_a_hospice(table):
    codes = encounters.read_codes(DATA)["discharge_disposition_id"]
    cannot = [number for number, words in codes.items() if "expired" in words.lower() or "hospice" in words.lower()]
    assert f"NOT IN ({', '.join(map(str, sorted(cannot)))})" in encounters.read_spec().population
    gone = table.filter(pl.col("discharge_disposition_id").is_in(cannot))
    dataset = gather_table(encounters.read_spec(), table)
    assert (len(table), table["patient_nbr"].n_unique()) == (101_766, 71_518)
    assert dataset.attrition == [
        {
            "index_date": "no dates",
            "in_snapshot": 101_766,
            "barred_from_training": 0,
            "outside_population": len(gone),
            "outcome_does_not_apply": 0,
            "used": 101_766 - len(gone),
            "events": int(table["readmitted_within_30_days"].sum()) - int(gone["readmitted_within_30_days"].sum()),
        }
    ]


def test_nobody_is_on_two_sides_and_no_column_tells_the_outcome(table):
    dataset = gather_table(encounters.read_spec(), table)
    sides = [set(rows.person_id.tolist()) for rows in dataset.rows.values()]
    assert sum(map(len, sides)) == len(set().union(*sides))
    forbidden = {"encounter_id", "patient_nbr", "readmitted", "readmitted_within_30_days", "race", "payer_code"}
    assert not forbidden & set(dataset.contract.names)


def test_what_is_reached_is_what_others_reach_and_a_leak_stands_out(table):
    spec = encounters.read_spec(FEW_DRAWS)
    report = train_on_table(spec, table).report
    reached = report["figures"]
    assert all(gate["holds"] is not False for gate in report["gates"] if gate["gate"] == "auroc_plausible_to")
    assert 0.6 < reached["auroc"]["value"] < 0.7
    assert reached["calibration_slope"]["low"] < 1 < reached["calibration_slope"]["high"]
    leaking = train_on_table(spec, encounters.with_later_encounters(table)).report
    assert leaking["figures"]["auroc"]["low"] > 0.75
    gate = next(gate for gate in leaking["gates"] if gate["gate"] == "auroc_plausible_to")
    assert gate["holds"] is False
    assert "first in later_encounters" in gate["words"]
