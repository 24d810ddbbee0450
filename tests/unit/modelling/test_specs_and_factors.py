"""The shipped specs and factors: complete, consistent, and refused when they are not."""

import re
from datetime import date

import pytest

from riskstrat.errors import UsageFault
from riskstrat.features import dictionary
from riskstrat.modelling.explanation.factors import PLACEHOLDER, parse_factors, read_factors
from riskstrat.modelling.spec import parse_spec, read_specs, spec_path
from riskstrat.project import add_months
from support.snapshots import made_snapshot

SENSITIVE = re.compile("self_harm|alcohol|substance|sexual|hiv|abuse|safeguard", re.IGNORECASE)


def test_the_four_outcomes_are_shipped():
    assert [spec.name for spec in read_specs()] == [
        "death_12m",
        "emergency_admission_12m",
        "emergency_admission_30d",
        "frailty_12m",
    ]


def test_an_unknown_model_is_refused_by_name():
    with pytest.raises(UsageFault, match="no model called stroke"):
        read_specs(["stroke"])


def test_ethnicity_and_deprivation_are_left_out_of_every_model():
    for spec in read_specs():
        assert {"ethnic_category", "imd_decile"} <= set(spec.features.leave_out)


def test_columns_are_left_out_by_name_or_by_pattern():
    spec = read_specs(["death_12m"])[0]
    columns = [
        "age",
        "ethnic_category",
        "imd_decile",
        "ae_cost_pounds_365d",
        "efi_years_since_falls",
        "efi",
        "in_hospital_by_notice",
    ]
    assert spec.left_out_of(columns) == [
        "ae_cost_pounds_365d",
        "efi_years_since_falls",
        "ethnic_category",
        "imd_decile",
        "in_hospital_by_notice",
    ]
    with pytest.raises(UsageFault, match=r"death_12m/spec.toml leaves out what no column is called: \*_cost_pounds_\*"):
        spec.left_out_of([name for name in columns if "cost" not in name])


def test_death_is_the_one_figure_never_printed():
    assert [spec.name for spec in read_specs() if spec.figure == "never printed"] == ["death_12m"]


@pytest.mark.parametrize("spec", read_specs(), ids=lambda spec: spec.name)
def test_training_horizons_end_before_the_calibration_date_and_that_before_the_test_date(spec):
    latest = date(2025, 9, 1)
    months = 1 if spec.label.endswith("30d") else 12
    split = spec.split
    assert add_months(max(split.training_dates(latest)), months) <= split.calibration_date(latest)
    assert add_months(split.calibration_date(latest), months) <= split.test_date(latest)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("[36, 30, 24]", "[36, 12]", "train on dates before"),
        ("test_folds = 2", "test_folds = 7", "no fold is left"),
        ("depth = 5", "depth = 9", "training.depth"),
        ("[split]", "[splits]", "splits"),
        ('outcome    = "labels/death_12m"', 'outcome = "features/death"', "outcome"),
        ("[gates]", "[gates", "not valid TOML"),
    ],
)
def test_a_spec_that_cannot_be_used_is_refused_with_the_reason(old, new, said):
    text = spec_path("death_12m").read_text(encoding="utf-8")
    assert old in text
    with pytest.raises(UsageFault, match=said):
        parse_spec("death_12m", text.replace(old, new))


def test_every_feature_of_the_dictionary_has_a_clinical_factor():
    known = read_factors().columns
    assert [entry.name for entry in dictionary() if entry.name not in known] == []


def test_every_column_of_the_agreed_snapshot_has_a_clinical_factor():
    import numpy as np

    snapshot, _ = made_snapshot(10, date(2026, 11, 1), 1, np.zeros(10), 2)
    known = read_factors().columns
    left = {"person_id", "index_date", "practice_code"}
    assert [column for column in snapshot.columns if column not in known and column not in left] == []


def test_sensitive_factors_are_never_printed():
    for factor in read_factors().factors:
        if any(SENSITIVE.search(name) for name in (factor.id, *factor.columns)):
            assert factor.print == "never", factor.id
            assert not factor.up
            assert not factor.down


def test_no_sentence_holds_a_column_name_or_a_word_of_cause():
    for factor in read_factors().factors:
        for sentence in (*factor.up, *factor.down):
            said = PLACEHOLDER.sub("", sentence.say)
            assert "_" not in said, said
            assert not re.search(r"\b(because|caused?|due to|prevent\w*|reduc\w*)\b", said), said


def test_an_absence_is_always_said_with_the_day_the_data_are_complete_to():
    for factor in read_factors().factors:
        for sentence in (*factor.up, *factor.down):
            if re.search(r"\bno\b|\bnone\b", sentence.say) and " or " not in factor.title:
                assert "complete_to" in sentence.say, sentence.say
                assert "known" in sentence.say, sentence.say


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            '[[factor]]\nid="a"\ntitle="a"\nprint="always"\ncolumns=["x"]\n[[factor]]\nid="b"\ntitle="b"\nprint="never"\ncolumns=["x"]',
            "named twice",
        ),
        (
            '[[factor]]\nid="a"\ntitle="a"\nprint="always"\ncolumns=["x"]\nup=[{when="x > 1", say="because of x"}]',
            "claims a cause",
        ),
        ('[[factor]]\nid="a"\ntitle="a"\nprint="sometimes"\ncolumns=["x"]', "print"),
    ],
)
def test_factors_that_cannot_be_used_are_refused(text, said):
    with pytest.raises(UsageFault, match=said):
        parse_factors(text)
