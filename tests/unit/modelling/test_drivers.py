"""Drivers: means of contributions by group, by hand on a tree of one split, and what they never hold."""

import json
from datetime import date

import polars as pl
import pytest

from riskstrat.modelling import contribute, drivers
from riskstrat.modelling.explanation import everyone
from riskstrat.modelling.explanation.factors import read_factors
from riskstrat.modelling.registry.bundle import Bundle
from riskstrat.modelling.spec import spec_path
from riskstrat.project import Workspace

NOVEMBER = date(2026, 11, 1)
NAME = "emergency_admission_12m"

ONE_SPLIT = """tree
version=v4
num_class=1
num_tree_per_iteration=1
label_index=0
max_feature_idx=1
objective=binary sigmoid:1
feature_names=age emergency_admissions_365d
feature_infos=[0:100] [0:9]

Tree=0
num_leaves=2
num_cat=0
split_feature=1
split_gain=1
threshold=0.5
decision_type=2
left_child=-1
right_child=-2
leaf_value=-1 1
leaf_weight=60 20
leaf_count=60 20
internal_value=-0.5
internal_weight=80
internal_count=80
is_linear=0
shrinkage=1


end of trees
"""
"""Of 80 people who trained it 60 had no emergency admission: -1; 20 had: 1. The average is -0.5."""


@pytest.fixture
def by_hand(tmp_path, monkeypatch):
    """Eight adults in two practices; three of the first had emergency admissions. Calibration doubles log odds."""
    workspace = Workspace(tmp_path)
    path = workspace.part("features", NOVEMBER)
    path.parent.mkdir(parents=True)
    pl.DataFrame(
        {
            "person_id": [1, 2, 3, 4, 5, 6, 7, 8],
            "index_date": [NOVEMBER] * 8,
            "age": [30, 40, 50, 60, 35, 45, 55, 65],
            "emergency_admissions_365d": [1, 2, 5, 0, 0, 0, 0, 0],
        }
    ).write_parquet(path)
    columns = ("age", "emergency_admissions_365d")
    contract = [{"name": name, "kind": "whole", "categories": [], "monotone": 0} for name in columns]
    bundle = Bundle(
        NAME,
        "",
        {
            "model.txt": ONE_SPLIT,
            "calibrator.json": '{"intercept": 0.25, "slope": 2.0}',
            "feature_contract.json": json.dumps(contract),
            "spec.toml": spec_path(NAME).read_text(encoding="utf-8"),
        },
    )
    monkeypatch.setattr(everyone, "_printed_champions", lambda _: [("3", bundle)])
    return workspace


def test_a_tree_of_one_split_by_hand(by_hand):
    """Raw contributions: 1 - (-0.5) = 1.5 with an admission, -0.5 without; twice that after calibration."""
    table = pl.read_parquet(contribute(by_hand, NOVEMBER))
    assert table["emergency_admissions"].to_list() == [3.0, 3.0, 3.0, -1.0, -1.0, -1.0, -1.0, -1.0]
    assert table["age"].to_list() == [0.0] * 8
    assert table["base"].to_list() == [0.25 + 2 * -0.5] * 8
    assert table["model_version"].unique().to_list() == ["3"]
    members = pl.DataFrame(
        {
            "person_id": [*range(1, 9), *range(1, 9)],
            "group": ["board"] * 8 + ["a"] * 4 + ["b"] * 4,
        }
    )
    found = drivers(by_hand, NOVEMBER, members, few=1).filter(pl.col("factor") == "emergency_admissions")
    own = {row["group"]: row for row in found.iter_rows(named=True)}
    assert {group: row["people"] for group, row in own.items()} == {"board": 8, "a": 4, "b": 4}
    assert own["a"]["mean"] == 2.0  # (3 x 3 - 1) / 4
    assert own["b"]["mean"] == -1.0
    assert own["board"]["mean"] == 0.5  # (3 x 3 - 5) / 8
    assert own["a"]["standard_error"] == pytest.approx((3 / 4) ** 0.5)  # squares: 3 x 1 + 9 = 12, of 4 people 3
    # Were the one person without an admission like the three others, the mean were 3: one more than it is.
    assert own["a"]["few_move"] == 1.0
    assert own["b"]["few_move"] == 0.0
    # Were the first like the seven others, whose mean is 1 / 7, the board's mean were 1 / 7 and not 1 / 2.
    assert own["board"]["few_move"] == pytest.approx(1 / 2 - 1 / 7)


def test_a_group_of_the_few_alone_is_moved_by_them_without_bound(by_hand):
    contribute(by_hand, NOVEMBER)
    found = drivers(by_hand, NOVEMBER, pl.DataFrame({"person_id": [1, 2, 3], "group": ["a"] * 3}), few=7)
    assert (found["few_move"] == float("inf")).all()


def test_practice_means_weighted_by_people_are_the_boards(trained):
    contribute(trained, NOVEMBER)
    everybody = pl.read_parquet(trained.part("features", NOVEMBER)).select("person_id", "practice_code")
    members = pl.concat(
        [
            everybody.select("person_id", group="practice_code"),
            everybody.select("person_id", group=pl.lit("board")),
        ]
    )
    found = drivers(trained, NOVEMBER, members, few=7)
    board = found.filter(pl.col("group") == "board")
    weighted = (
        found.filter(pl.col("group") != "board")
        .group_by("factor", maintain_order=True)
        .agg(pl.col("people").sum(), mean=(pl.col("mean") * pl.col("people")).sum() / pl.col("people").sum())
    )
    assert board.height > 50
    assert board["factor"].to_list() == weighted["factor"].to_list()
    assert board["people"].to_list() == weighted["people"].to_list()
    assert board["mean"].to_numpy() == pytest.approx(weighted["mean"].to_numpy(), abs=1e-12)


def test_only_factors_that_may_be_printed_and_said_are_there(trained):
    contribute(trained, NOVEMBER)
    people = pl.read_parquet(trained.part("features", NOVEMBER)).select("person_id", group=pl.lit("a"))
    found = drivers(trained, NOVEMBER, people, few=7)
    by_id = read_factors().by_id()
    assert {by_id[factor].print for factor in found["factor"]} == {"always"}
    for row in found.iter_rows(named=True):
        assert (row["says_up"], row["says_down"]) == (bool(by_id[row["factor"]].up), bool(by_id[row["factor"]].down))
        assert row["says_up"] or row["says_down"]
    assert {"says_down": False, "says_up": True} in found.filter(pl.col("factor") == "egfr").select(
        "says_down", "says_up"
    ).to_dicts()


def test_who_is_in_no_group_is_in_no_mean(trained):
    contribute(trained, NOVEMBER)
    people = pl.read_parquet(trained.part("contributions", NOVEMBER))
    chosen = people.filter(pl.col("person_id") % 5 == 0)
    found = drivers(trained, NOVEMBER, chosen.select("person_id", group=pl.lit("a")), few=7)
    means = dict(found.select("factor", "mean").iter_rows())
    assert found["people"].unique().to_list() == [len(chosen)]
    for factor in ("age", "emergency_admissions"):
        assert means[factor] == pytest.approx(chosen[factor].cast(pl.Float64).mean(), abs=1e-12)
