"""Past lists as figures: ties at the end of a list, yields by hand, lead time, churn."""

import numpy as np
import polars as pl
import pytest

from riskstrat.impact.past_lists.lists import ADMISSIONS, churn, lead_time, with_most_admissions, yield_of

COLUMNS = {"person_id": pl.Int64, "practice_code": pl.String, "is_listed": pl.Boolean, ADMISSIONS: pl.Int32}


def test_those_tied_at_the_end_of_a_list_share_the_places_left():
    adults = pl.DataFrame(
        [
            (1, "A", True, 0), (2, "A", True, 3), (3, "A", False, 1), (4, "A", False, 1), (5, "A", True, None),
            (6, "A", False, 1), (7, "B", False, 9), (8, "B", False, 0),
        ],
        schema=COLUMNS, orient="row",
    )  # fmt: skip
    found = with_most_admissions(adults)
    # A lists three: one with 3 admissions, and two places for the three people with one. B lists nobody.
    assert found["place_most"].to_list() == pytest.approx([0, 1, 2 / 3, 2 / 3, 0, 2 / 3, 0, 0])
    assert found["place_most"].sum() == pytest.approx(adults["is_listed"].sum())


def rows(people=600, practices=6, seed=2):
    random = np.random.default_rng(seed)
    return pl.DataFrame(
        {
            "person_id": np.arange(people),
            "practice_code": [f"Z{k % practices}" for k in range(people)],
            "is_listed": random.random(people) < 0.3,
            "place_most": random.random(people),
            "outcome": (random.random(people) < 0.3).astype(int),
        }
    )


def test_yields_are_plain_shares_and_the_gain_their_difference():
    made = rows()
    found = yield_of(made)
    listed = made.filter("is_listed")
    assert found.ppv.value == pytest.approx(listed["outcome"].mean())
    assert found.sensitivity.value == pytest.approx(listed["outcome"].sum() / made["outcome"].sum())
    most = (made["place_most"] * made["outcome"]).sum() / made["place_most"].sum()
    assert found.gain.value == pytest.approx(listed["outcome"].mean() - most)
    assert found.gain.low < found.gain.value < found.gain.high
    assert found.clusters == "people"
    assert (found.listed, found.found, found.events) == (
        listed.height, int(listed["outcome"].sum()), int(made["outcome"].sum()),
    )  # fmt: skip


def test_an_interval_of_people_listed_once_is_about_wilsons_and_repeats_widen_it():
    made = rows()
    once = yield_of(made).ppv
    thrice = yield_of(pl.concat([made] * 3)).ppv
    n, p = made["is_listed"].sum(), once.value
    assert once.high - once.low == pytest.approx(2 * 1.96 * np.sqrt(p * (1 - p) / n), rel=0.1)
    assert (thrice.low, thrice.high) == pytest.approx((once.low, once.high), abs=0.02)


def test_with_many_practices_whole_practices_are_drawn():
    assert yield_of(rows(practices=40)).clusters == "practices"


def test_people_on_neither_list_and_without_the_outcome_change_nothing():
    made = rows()
    nobody = made.with_columns(
        pl.col("person_id") + 10_000, is_listed=pl.lit(value=False), place_most=pl.lit(0.0), outcome=pl.lit(0, pl.Int64)
    )
    assert yield_of(pl.concat([made, nobody])).ppv.value == yield_of(made).ppv.value


def test_days_to_an_admission_are_quarters_of_those_admitted():
    found = lead_time(pl.Series([10, None, 20, 30, 40, 50]))
    assert (found.people, found.quarter, found.median, found.three_quarters) == (5, 20, 30, 40)
    assert lead_time(pl.Series([None], dtype=pl.Int64)) is None


def test_churn_counts_who_was_on_the_list_just_before():
    months = [pl.date(2026, m, 1) for m in (1, 2, 4)]
    listed = pl.concat(
        pl.DataFrame({"person_id": people}).with_columns(sent=month)
        for people, month in zip([[1, 2, 3], [2, 3, 4, 5], [1, 5]], months, strict=True)
    )
    assert churn(listed)["people"].to_list() == [3, 4, 2]
    assert churn(listed)["stayed"].to_list() == [None, 2, 1]
