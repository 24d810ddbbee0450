"""The contract refuses what LightGBM would take in silence."""

import math

import numpy as np
import polars as pl
import pytest

from riskstrat.errors import InputRefused
from riskstrat.modelling.datasets.feature_contract import FeatureContract, contract_of

SNAPSHOT = pl.DataFrame(
    {
        "person_id": [1, 2, 3],
        "practice_code": ["Z1", "Z1", "Z2"],
        "age": [70, 81, None],
        "sex": ["1", "2", "X"],
        "efi": [0.1, 0.3, None],
        "efi_band": ["fit", "severe", None],
        "in_care_home": [False, True, False],
        "imd_decile": [1, 5, 10],
    }
)


@pytest.fixture
def contract():
    return contract_of([SNAPSHOT], ["imd_decile"], up=["age"])


def test_identifiers_and_what_a_spec_leaves_out_are_never_features(contract):
    assert contract.names == ["age", "sex", "efi", "efi_band", "in_care_home"]
    assert [feature.monotone for feature in contract.features] == [1, 0, 0, 0, 0]


def test_words_become_their_place_in_a_fixed_order_and_the_unknown_stays_unknown(contract):
    matrix, unseen = contract.encode(SNAPSHOT)
    nan = math.nan
    expected = [[70, 0, 0.1, 0, 0], [81, 1, 0.3, 3, 1], [nan, nan, nan, nan, 0]]
    np.testing.assert_allclose(matrix, np.array(expected, dtype=np.float32))
    assert unseen == {"sex": 1}  # 'X' is not one of the words it was trained on


def test_a_batch_without_some_word_keeps_every_word_its_number(contract):
    alone = contract.encode(SNAPSHOT[1:2])[0]
    np.testing.assert_array_equal(alone[0], contract.encode(SNAPSHOT)[0][1])


def test_reordered_columns_are_refused_by_name(contract):
    with pytest.raises(InputRefused, match="another order: efi at place 1, not age"):
        contract.encode(SNAPSHOT.select("efi", "age", "sex", "efi_band", "in_care_home"))


def test_missing_columns_are_refused_by_name(contract):
    with pytest.raises(InputRefused, match="efi_band"):
        contract.encode(SNAPSHOT.drop("efi_band"))


def test_a_column_that_became_words_is_refused(contract):
    with pytest.raises(InputRefused, match="age holds words"):
        contract.encode(SNAPSHOT.with_columns(age=pl.lit("old")))


def test_further_columns_and_all_null_ones_are_taken(contract):
    more = SNAPSHOT.with_columns(new=pl.lit(1), efi=pl.lit(None, dtype=pl.Null))
    assert np.isnan(contract.encode(more)[0][:, 2]).all()


def test_a_direction_for_a_column_that_is_no_feature_is_refused():
    with pytest.raises(InputRefused, match="imd_decile"):
        contract_of([SNAPSHOT], ["imd_decile"], up=["imd_decile"])


def test_a_date_cannot_be_a_feature():
    with pytest.raises(InputRefused, match="type Date"):
        contract_of([SNAPSHOT.with_columns(death_date=pl.date(2026, 1, 1))], [])


def test_it_is_the_same_after_json(contract):
    assert FeatureContract.from_json(contract.as_json()) == contract
