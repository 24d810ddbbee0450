"""Contributions of everyone who is scored: they add up to the scores, and ranges of people change nothing."""

from datetime import date

import numpy as np
import polars as pl
import pytest

from riskstrat.errors import InputRefused
from riskstrat.modelling import contribute, drivers, reasons, score
from riskstrat.modelling.datasets.rows import read_part
from riskstrat.modelling.explanation import everyone
from riskstrat.modelling.explanation.factors import columns_by_factor, read_factors, summed_by_factor
from riskstrat.modelling.registry.versions import champion_bundle
from riskstrat.project import Workspace
from support.snapshots import write_store

NOVEMBER = date(2026, 11, 1)
NAME = "emergency_admission_12m"


@pytest.fixture(scope="module")
def table(trained):
    return pl.read_parquet(contribute(trained, NOVEMBER))


def test_a_row_adds_up_to_the_log_odds_of_the_persons_risk(trained, table):
    scores = pl.read_parquet(score(trained, NOVEMBER)).with_columns(pl.col("person_id").cast(pl.Int64))
    factors = pl.exclude("person_id", "index_date", "model", "model_version")
    both = table.with_columns(added=pl.sum_horizontal(factors.cast(pl.Float64))).join(
        scores, on=["person_id", "index_date", "model", "model_version"]
    )
    assert len(both) == len(table) == len(scores.filter(pl.col("model") == NAME))
    assert (both["added"] - (both["risk"] / (1 - both["risk"])).log()).abs().max() < 1e-5


def test_every_factor_has_a_column_and_the_model_whose_figure_is_never_printed_no_row(trained, table):
    assert table.columns == [*everyone.KEYS, *(factor.id for factor in read_factors().factors)]
    assert table["model"].unique().to_list() == [NAME]
    assert champion_bundle(trained, "death_12m") is not None
    _, bundle = champion_bundle(trained, NAME)
    read = set(columns_by_factor(bundle.contract.names))
    for factor in read_factors().factors:
        assert table[factor.id].null_count() == (0 if factor.id in read else len(table)), factor.id


def test_they_are_the_reasons_on_the_scale_of_the_score(trained, table):
    _, bundle = champion_bundle(trained, NAME)
    person = int(table["person_id"][3])
    exact = reasons(trained, NOVEMBER, NAME, [person])
    row = table.row(3, named=True)
    for said in exact.iter_rows(named=True):
        assert row[said["factor"]] == pytest.approx(bundle.calibrator.slope * said["contribution"], rel=1e-6, abs=1e-9)


def test_in_whatever_ranges_they_are_made_they_are_the_same(trained, table, monkeypatch):
    members = table.select(
        "person_id", group=pl.when(pl.col("person_id") % 3 == 0).then(pl.lit("a")).otherwise(pl.lit("b"))
    )
    whole = drivers(trained, NOVEMBER, members, few=7)
    path = trained.part(everyone.LAYER, NOVEMBER)
    before = path.read_bytes()
    monkeypatch.setattr(everyone, "RANGE", 700)
    assert pl.read_parquet(contribute(trained, NOVEMBER)).equals(table)
    parted = drivers(trained, NOVEMBER, members, few=7)
    numbers = ["mean", "standard_error", "few_move"]
    assert parted.drop(numbers).equals(whole.drop(numbers))
    for name in numbers:
        assert parted[name].to_numpy() == pytest.approx(whole[name].to_numpy(), abs=1e-12)
    monkeypatch.undo()
    contribute(trained, NOVEMBER)
    assert path.read_bytes() == before


def test_without_a_champion_there_is_a_table_and_nobody_in_it(tmp_path):
    workspace = write_store(tmp_path, people=50)
    assert pl.read_parquet(contribute(workspace, NOVEMBER)).is_empty()
    assert drivers(workspace, NOVEMBER, pl.DataFrame({"person_id": [1], "group": ["a"]}), few=7).is_empty()


def test_without_a_snapshot_it_is_refused(tmp_path):
    with pytest.raises(InputRefused, match="no snapshot"):
        contribute(Workspace(tmp_path), NOVEMBER)


def test_a_run_that_fails_leaves_the_table_before_it(trained, table, tmp_path):
    import shutil

    copy = Workspace(shutil.copytree(trained.root, tmp_path / "copy"))
    path = copy.part("features", NOVEMBER)
    read_part(copy, "features", NOVEMBER).drop("efi").write_parquet(path)
    with pytest.raises(InputRefused, match="efi"):
        contribute(copy, NOVEMBER)
    assert pl.read_parquet(copy.part(everyone.LAYER, NOVEMBER)).equals(table)
    assert [file.name for file in copy.part(everyone.LAYER, NOVEMBER).parent.iterdir()] == ["part.parquet"]


def test_columns_of_a_factor_are_added_up_and_one_of_no_factor_stands_alone():
    first, second = read_factors().by_id()["emergency_admissions"].columns[:2]
    names = [first, "age", "unheard_of", second]
    assert columns_by_factor(names) == {"emergency_admissions": [0, 3], "age": [1], "column unheard_of": [2]}
    summed = summed_by_factor(np.array([[0.5, 0.1, 0.2, -0.2, 99.0]]), names)
    assert {name: list(values) for name, values in summed.items()} == {
        "emergency_admissions": [0.3], "age": [0.1], "column unheard_of": [0.2],
    }  # fmt: skip
