"""A tidy table through the whole room: who is on which side, what is read, what is refused, the same model again."""

import json
from datetime import date, timedelta
from pathlib import Path
from textwrap import dedent

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riskstrat.errors import InputRefused, UsageFault
from riskstrat.modelling.datasets.splits import SIDES, person_fold
from riskstrat.modelling.datasets.tidy import MOST_GROUPS, MOST_WORDS, gather_table
from riskstrat.modelling.evaluation.guarded import TOO_FEW
from riskstrat.modelling.registry.bundle import read_bundle, write_bundle
from riskstrat.modelling.spec import parse_spec
from riskstrat.modelling.training.booster import Trees
from riskstrat.modelling.training.calibration import expit
from riskstrat.modelling.training.tables import train_on_table

SPEC = """
title = "Back within 30 days"
outcome = "columns/back"
population = "ward <> 'hospice'"
frequency = "are back within 30 days"
intended_use = "A test."

[table]
group = "patient"
shown_by = ["sex", "ward"]

[features]
leave_out = ["stay", "left_on"]
why = "The number and the day of a stay say when it was."

[split]
person_folds = 10

[monotone]
up = ["before"]
why = "One more stay before does not lower a risk."

[training]
most_rounds = 60

[evaluation]
bootstrap_draws = 20
"""
DATED = {
    'group = "patient"': 'group = "patient"\ndate = "left_on"',
    "person_folds = 10": "train_months_before = [4, 3]\nearly_stopping_and_calibration_months_before = 2",
}


def spec(changes=()):
    text = SPEC
    for old, new in dict(changes).items():
        assert old in text, old
        text = text.replace(old, new)
    return parse_spec("back", text)


def stays(people=1500, seed=1):
    """Return one to three stays a patient, January to June; stays before and the medical ward raise the risk."""
    random = np.random.default_rng(seed)
    patient = np.repeat(np.arange(1, people + 1), random.integers(1, 4, people))
    n = len(patient)
    before, ward = random.poisson(1.0, n), random.choice(["medical", "surgical", "hospice"], n, p=[0.55, 0.4, 0.05])
    risk = expit(-2.0 + 0.8 * before + 0.7 * (ward == "medical"))
    return pl.DataFrame(
        {
            "stay": np.arange(n) + 7_000_000,
            "patient": patient,
            "left_on": [date(2025, 1, 1) + timedelta(days=int(d)) for d in random.integers(0, 180, n)],
            "before": before,
            "nights": random.gamma(2.0, 2.0, n).round(1),
            "ward": ward,
            "sex": random.choice(["F", "M"], n),
            "back": (random.random(n) < risk).astype(np.int64),
        }
    )


@pytest.fixture(scope="module")
def table():
    return stays()


@pytest.fixture(scope="module")
def trained(table):
    return train_on_table(spec(), table)


def months(rows):
    return sorted({str(day)[:7] for day in rows.index_date})


# Who is where


def test_people_are_dealt_by_the_hash_that_deals_those_of_the_snapshot(table):
    dataset = gather_table(spec(), table)
    numbers = table["patient"].unique().to_numpy()
    fold = dict(zip(numbers.tolist(), person_fold(numbers, 10, spec().split.salt).tolist(), strict=True))
    folds = {side: {fold[p] for p in rows.person_id.tolist()} for side, rows in dataset.rows.items()}
    assert folds == {
        "train": {0, 1, 2, 3, 4},
        "stop": {5},
        "calibrate": {6, 7},
        "test": {8, 9},
        "test_practice": set(),
    }


def test_every_row_is_used_once_or_counted_as_not_used(table):
    unknown = pl.when(pl.col("stay") < 7_000_100).then(None).otherwise(pl.col("back"))
    dataset = gather_table(spec(), table.with_columns(back=unknown))
    hospice = table["ward"] == "hospice"
    used = table.filter(~hospice & (pl.col("stay") >= 7_000_100))
    assert dataset.attrition == [
        {
            "index_date": "no dates",
            "in_snapshot": len(table),
            "barred_from_training": 0,
            "outside_population": int(hospice.sum()),
            "outcome_does_not_apply": len(table.filter(~hospice & (pl.col("stay") < 7_000_100))),
            "used": len(used),
            "events": int(used["back"].sum()),
        }
    ]
    assert sum(len(rows) for rows in dataset.rows.values()) == len(used)


def test_with_dates_the_earlier_months_train_and_the_latest_tests(table):
    dataset = gather_table(spec(DATED), table)
    found = {side: months(rows) for side, rows in dataset.rows.items() if len(rows)}
    before = ["2025-02", "2025-03", "2025-04"]
    assert found == {"train": before[:2], "stop": before, "calibrate": before, "test": ["2025-06"]}
    unused = table.filter(pl.col("left_on").dt.month().is_in([1, 5]))
    assert dataset.attrition[-1] == {"index_date": "months not used", "in_snapshot": len(unused), "used": 0}


def test_months_count_back_from_the_last_whose_outcomes_are_known(table):
    late = pl.when(pl.col("left_on") < date(2025, 6, 1)).then(pl.col("back"))
    dataset = gather_table(spec(DATED), table.with_columns(back=late))
    assert months(dataset.rows["test"]) == ["2025-05"]


def test_dates_as_text_are_the_same_dates(table):
    written = table.with_columns(pl.col("left_on").cast(pl.String))
    assert gather_table(spec(DATED), written).hashes == gather_table(spec(DATED), table).hashes


def test_a_column_of_practices_is_held_out_whole_and_is_no_feature(table):
    placed = table.with_columns(practice_code=pl.concat_str(pl.lit("Z"), pl.col("patient") % 20))
    dataset = gather_table(spec(), placed)
    assert dataset.held_out_practices == 2
    elsewhere = pl.concat([dataset.rows[side].people["practice_code"] for side in SIDES[:4]])
    assert not set(dataset.rows["test_practice"].people["practice_code"]) & set(elsewhere)
    assert "practice_code" not in dataset.contract.names


people_and_months = st.lists(st.tuples(st.integers(0, 60), st.integers(1, 6), st.booleans()), max_size=80)


@settings(max_examples=25, deadline=None)
@given(people_and_months, st.booleans(), st.booleans())
def test_nobody_is_on_two_sides(rows, has_dates, is_text):
    # Beside whatever is drawn stand people enough for every side; those drawn come again and again.
    drawn = pl.DataFrame(rows, schema=["patient", "month", "back"], orient="row").select(
        pl.col("patient").cast(pl.Int64),
        left_on=pl.date(2025, pl.col("month"), 1),
        back=pl.col("back").cast(pl.Int64),
        ward=pl.lit("medical"),
        sex=pl.lit(None, dtype=pl.String),
        before=pl.lit(0, dtype=pl.Int64),
        nights=pl.lit(1.0),
        stay=pl.int_range(pl.len()),
    )
    made = stays(people=250, seed=2)
    frame = pl.concat([made, drawn.select(made.columns)])
    if is_text:
        frame = frame.with_columns(pl.concat_str(pl.lit("person "), pl.col("patient")).alias("patient"))
    sides = {
        side: set(r.person_id.tolist())
        for side, r in gather_table(spec(DATED if has_dates else ()), frame).rows.items()
    }
    assert sum(map(len, sides.values())) == len(set().union(*sides.values()))


# What is read


def test_columns_are_read_through_the_feature_contract_and_words_have_their_own_order(table):
    dataset = gather_table(spec(), table)
    assert [(f.name, f.kind, f.categories, f.monotone) for f in dataset.contract.features] == [
        ("before", "whole", (), 1),
        ("nights", "measure", (), 0),
        ("ward", "words", ("hospice", "medical", "surgical"), 0),
        ("sex", "words", ("F", "M"), 0),  # not the snapshot's '1' and '2'
    ]
    patient = int(dataset.rows["train"].person_id[0])
    own = table.filter((pl.col("patient") == patient) & (pl.col("ward") != "hospice"))
    expected = [
        (r["before"], np.float32(r["nights"]), {"medical": 1, "surgical": 2}[r["ward"]], "FM".index(r["sex"]))
        for r in own.iter_rows(named=True)
    ]
    rows = dataset.rows["train"]
    assert sorted(map(tuple, rows.matrix[rows.person_id == patient].tolist())) == sorted(expected)


@pytest.mark.parametrize("changes", [(), DATED], ids=["no dates", "dates"])
def test_the_order_of_the_rows_changes_nothing(table, changes):
    told = train_on_table(spec(changes), table)
    again = train_on_table(spec(changes), table.sample(fraction=1.0, shuffle=True, seed=3))
    assert again.files.model_text == told.files.model_text
    assert again.files.sha256 == told.files.sha256
    assert again.report == told.report


def test_a_row_told_otherwise_changes_the_hash_of_what_was_read(table):
    other = table.with_columns(nights=pl.when(pl.col("stay") == 7_000_000).then(99.0).otherwise(pl.col("nights")))
    assert gather_table(spec(), other).hashes != gather_table(spec(), table).hashes


# The whole room


def test_a_table_is_fitted_calibrated_and_judged_as_a_snapshot_is(trained):
    report = trained.report
    assert report["figures"]["auroc"]["low"] > 0.6
    assert 0.7 < report["figures"]["calibration_slope"]["value"] < 1.3
    assert [row["baseline"] for row in report["baselines"]] == ["logistic_regression"]
    assert {(row["factor"], row["group"]) for row in report["groups"]} == {
        ("sex", "F"),
        ("sex", "M"),
        ("ward", "medical"),
        ("ward", "surgical"),
    }
    assert report["leaving_and_dying"] is None  # a table does not say
    assert report["intervals"]["drawn"] == "people"
    assert report["intervals"]["clusters"] < 0.6 * report["people"]  # stays of one person are drawn together
    assert {gate["gate"] for gate in report["gates"]} >= {"auroc_interval_above", "calibration_slope"}
    json.dumps(report)


def test_a_table_with_a_handful_of_outcomes_to_test_on_tells_no_figure(table):
    fold = person_fold(table["patient"].to_numpy(), 10, spec().split.salt)
    tests = np.flatnonzero((fold >= 8) & (table["ward"] != "hospice").to_numpy())
    back = table["back"].to_numpy().copy()
    back[tests] = 0
    back[tests[::300]] = 1
    assert 1 <= back[tests].sum() <= 7
    report = train_on_table(spec(), table.with_columns(back=pl.Series(back))).report
    assert report["events"] is None
    assert {gate["words"] for gate in report["gates"]} == {TOO_FEW}
    assert not [found for found in report["figures"].values() if found["value"] is not None]


def test_the_spec_is_kept_to(table, trained):
    trees = Trees(trained.files.model_text, trained.files.contract.names, 1)
    rows = trained.files.contract.encode(table.head(100))[0]
    risen = rows.copy()
    risen[:, 0] += 1
    assert (trees.raw(risen) >= trees.raw(rows)).all()


def test_it_is_the_same_model_after_its_bundle_was_written_and_read(table, trained, tmp_path):
    bundle = read_bundle(tmp_path, model="back", sha256=write_bundle(tmp_path, trained.files, trained.report))
    assert bundle.spec == spec()
    assert bundle.spec.label == "back"
    again = train_on_table(bundle.spec, table)
    assert again.files.sha256 == trained.files.sha256
    risk, unseen = bundle.score(stays(people=50, seed=9).drop("back").with_columns(ward=pl.lit("maternity")))
    assert ((risk > 0) & (risk < 1)).all()
    assert unseen == {"ward": len(risk)}


def test_the_how_to_page_does_what_it_says(tmp_path, monkeypatch):
    page = (Path(__file__).parents[3] / "docs" / "how-to" / "use-your-own-table.md").read_text(encoding="utf-8")
    written, code = (page.partition(f"   ```{kind}\n")[2].partition("   ```")[0] for kind in ("toml", "python"))
    made = stays().rename({"stay": "episode_number", "left_on": "discharged_on", "back": "readmitted_within_30_days"})
    months = pl.concat([made.with_columns(pl.col("discharged_on").dt.offset_by(f"{6 * n}mo")) for n in range(2)])
    (tmp_path / "spec.toml").write_text(dedent(written), encoding="utf-8")
    months.with_columns(age_band=pl.lit("65 to 74")).write_parquet(tmp_path / "discharges.parquet")
    months.with_columns(age_band=pl.lit("65 to 74")).head(20).write_parquet(tmp_path / "new.parquet")
    monkeypatch.chdir(tmp_path)
    said = {}
    exec(dedent(code), said)
    assert len(said["risk"]) == 20
    assert said["model"].report["figures"]["auroc"]["value"] > 0.6
    assert "episode_number" not in said["model"].files.contract.names


# What is refused


REFUSED = {
    "no outcome": (
        lambda f: f.rename({"back": "came_back"}),
        "back: no such column; .* outcome; the nearest is came_back",
    ),
    "no group": (lambda f: f.drop("patient"), "patient: no such column; the spec names it as who a row is about"),
    "no column to show by": (lambda f: f.drop("sex"), "sex: no such column; .*shown by"),
    "outcome 2": (
        lambda f: f.with_columns(back=pl.when(pl.col("stay") < 7_000_003).then(2).otherwise(pl.col("back"))),
        r"back: the outcome is neither 0, 1 nor null \(not known\) in 3 row",
    ),
    "outcome in words": (lambda f: f.with_columns(back=pl.lit("yes")), "back: the outcome is String"),
    "nobody": (
        lambda f: f.with_columns(patient=pl.when(pl.col("stay") > 7_000_004).then(pl.col("patient"))),
        r"patient: who a row is about is empty in 5 row",
    ),
    "half a person": (lambda f: f.with_columns(pl.col("patient").cast(pl.Float64)), "patient: .*is Float64"),
    "too many words": (
        lambda f: f.with_columns(letter=pl.concat_str(pl.lit("letter "), pl.int_range(pl.len()))),
        "letter: text with .* different values; group them, or name it in features.leave_out",
    ),
    "a day as a feature": (
        lambda f: f.with_columns(seen=pl.date(2025, 1, 1)),
        "seen: a feature cannot be of type Date",
    ),
    "a list as a feature": (
        lambda f: f.with_columns(seen=pl.concat_list("before")),
        "seen: a feature cannot be of type",
    ),
    "a name of two words": (
        lambda f: f.with_columns(pl.lit(1).alias("two words")),
        "'two words': a name without white",
    ),
    "too many groups": (lambda f: f.with_columns(sex=pl.int_range(pl.len())), "sex: .* groups to show figures by"),
    "another ward": (
        lambda f: f.drop("ward").with_columns(ward=pl.lit(3)),
        "population cannot be read over this table",
    ),
    "everybody in the population out": (lambda f: f.with_columns(ward=pl.lit("hospice")), "'train' has 0 rows"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_table_that_cannot_be_used_is_refused_in_words(table, case):
    change, said = REFUSED[case]
    with pytest.raises(InputRefused, match=said):
        gather_table(spec(), change(table))


def test_several_faults_are_told_at_once_and_no_value_of_a_row_is(table):
    with pytest.raises(InputRefused) as refused:
        gather_table(spec(), table.with_columns(patient=None, back=pl.lit(41.5)))
    assert len(refused.value.help_lines) == 2
    assert "41.5" not in str(refused.value)


@pytest.mark.parametrize("written", ["the 3rd of May", "03/05/2025", None])
def test_dates_that_cannot_be_read_are_refused_with_their_number(table, written):
    one = pl.when(pl.col("stay") == 7_000_000).then(pl.lit(written, dtype=pl.String))
    bad = table.with_columns(left_on=one.otherwise(pl.col("left_on").cast(pl.String)))
    with pytest.raises(InputRefused, match="left_on: the date cannot be read in 1 row"):
        gather_table(spec(DATED), bad)


def test_a_month_of_the_split_without_rows_is_refused_by_name(table):
    with pytest.raises(InputRefused, match=r"no rows in 1 month.*2025-03"):
        gather_table(spec(DATED), table.filter(pl.col("left_on").dt.month() != 3))


def test_the_bounds_on_words_and_groups_are_the_last_values_taken(table):
    words = pl.concat_str(pl.lit("w"), pl.int_range(pl.len()) % MOST_WORDS)
    groups = pl.int_range(pl.len()) % MOST_GROUPS
    dataset = gather_table(spec(), table.with_columns(letter=words, sex=groups))
    assert len(next(f for f in dataset.contract.features if f.name == "letter").categories) == MOST_WORDS


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('outcome = "columns/back"', 'outcome = "labels/back"', "go together"),
        ('[table]\ngroup = "patient"\nshown_by = ["sex", "ward"]\n', "", "go together"),
        (
            'group = "patient"',
            'group = "patient"\ndate = "left_on"',
            "train_months_before is given where rows have dates",
        ),
        (
            "person_folds = 10",
            "train_months_before = [4]\nearly_stopping_and_calibration_months_before = 2",
            "only there",
        ),
        ("person_folds = 10", "test_months_before = 1", "name the training dates"),
        ('group = "patient"', "", "table.group"),
    ],
)
def test_a_spec_that_says_two_things_is_refused(old, new, said):
    with pytest.raises(UsageFault, match=said):
        spec({old: new})
