"""Who is drawn: clusters whole, the same from the same seed, whatever the order of the rows."""

import numpy as np
import polars as pl
import pytest

from riskstrat.modelling.datasets.rows import Rows
from riskstrat.modelling.evaluation.bootstrap import (
    LEAST_PRACTICES,
    clusters_of,
    draws_of,
    figure,
    figure_that_chance_raises,
    places_by_name,
    sums,
)
from riskstrat.modelling.evaluation.tally import tally


def rows_of(practice):
    people = len(practice)
    return Rows(
        np.arange(people),
        np.full(people, "2025-09-01", "M8[D]"),
        np.zeros((people, 0)),
        np.zeros(people),
        pl.DataFrame({"practice_code": practice}),
    )


def test_the_first_line_is_everybody_once_and_the_others_draw_as_many_clusters_as_there_are():
    weights = np.asarray(draws_of(np.arange(50), 30, 7))
    assert weights.shape == (31, 50)
    assert (weights[0] == 1).all()
    assert (weights[1:].sum(axis=1) == 50).all()
    assert weights[1:].mean(axis=0).std() > 0


def test_rows_of_one_cluster_are_never_drawn_apart():
    cluster = np.array(["b", "a", "b", "c", "a", "b"])
    weights = np.asarray(draws_of(cluster, 40, 3))
    for name in "abc":
        mine = weights[:, cluster == name]
        assert (mine == mine[:, :1]).all()
    drawn = weights[1:, [1, 0, 3]]  # one row each of a, b and c
    assert (drawn.sum(axis=1) == 3).all()


def test_the_order_of_rows_and_the_day_change_nothing():
    cluster = np.random.default_rng(1).integers(0, 20, 60)
    order = np.random.default_rng(2).permutation(60)
    assert np.array_equal(draws_of(cluster, 10, 5)[:, order], draws_of(cluster[order], 10, 5))
    assert not np.array_equal(draws_of(cluster, 10, 5), draws_of(cluster, 10, 6))


def test_practices_are_drawn_whole_where_there_are_enough_and_people_where_there_are_not():
    few = [f"Z{k % (LEAST_PRACTICES - 1)}" for k in range(200)]
    drawn, cluster = clusters_of(rows_of(few))
    assert (drawn, len(np.unique(cluster))) == ("people", 200)
    drawn, cluster = clusters_of(rows_of([*few, "Z999"]))
    assert (drawn, len(np.unique(cluster))) == ("practices", LEAST_PRACTICES)


def test_drawing_practices_says_how_unsure_a_rate_is_that_differs_between_them():
    practice = np.repeat(np.arange(50), 100)
    rate = np.random.default_rng(8).uniform(0, 0.4, 50)
    outcome = (np.random.default_rng(9).random(5000) < rate[practice]).astype(float)
    errors = {}
    for drawn, cluster in (("people", np.arange(5000)), ("practices", practice)):
        weights = np.asarray(draws_of(cluster, 400, 1))
        errors[drawn] = figure(weights @ outcome / weights.sum(axis=1)).error
    seen = outcome.reshape(50, 100).mean(axis=1)
    assert errors["practices"] == pytest.approx(seen.std() / np.sqrt(50), rel=0.1)  # clusters of one size
    assert errors["people"] == pytest.approx(outcome.std() / np.sqrt(5000), rel=0.1)


def test_a_figure_leaves_out_draws_that_have_no_value():
    found = figure(np.array([0.5, np.nan, 0.4, 0.6, np.nan]))
    assert (found.value, found.low, found.high) == pytest.approx((0.5, 0.405, 0.595))
    assert np.isnan(figure(np.array([np.nan, 0.4, 0.6])).value)


def test_an_interval_of_what_chance_raises_is_turned_about_the_figure_and_ends_at_nought():
    found = figure_that_chance_raises(np.array([0.02, *np.linspace(0.02, 0.05, 41)]))
    turned = figure(np.array([0.02, *np.linspace(0.02, 0.05, 41)]))
    assert found.low == 0
    assert found.high == pytest.approx(0.04 - turned.low)


@pytest.mark.parametrize("clusters", [7, 9000])
def test_what_is_counted_and_added_up_by_cluster_is_what_the_rows_written_out_give(clusters):
    random = np.random.default_rng(1)
    drawn = draws_of(random.integers(0, clusters, 9000), 500, 2)
    written_out = np.asarray(drawn)
    column, cell = random.random(9000), random.integers(0, 40, 9000)
    assert sums([column, cell], drawn) == pytest.approx(written_out.astype(float) @ np.column_stack([column, cell]))
    assert sums([column, cell], written_out) == pytest.approx(sums([column, cell], drawn))
    assert np.array_equal(tally(cell, drawn, 41), tally(cell, written_out, 41))
    assert tally(cell, drawn, 41)[0].tolist() == np.bincount(cell, minlength=41).tolist()


def test_draws_are_sliced_as_the_matrix_they_stand_for():
    drawn = draws_of(np.arange(60) // 3, 20, 5)
    rows = np.array([41, 3, 4, 59, 3])
    assert np.array_equal(drawn[1:, rows], np.asarray(drawn)[1:, rows])
    assert np.array_equal(drawn[:1], np.ones((1, 60)))
    assert drawn[:, rows].times.shape[1] == 3  # the clusters of these rows and no others
    assert [line.tolist() for line in drawn[2:4]] == np.asarray(drawn)[2:4].tolist()


def test_places_by_name_are_in_order_of_the_names_and_of_the_rows():
    found = places_by_name(pl.Series(["b", "a", "b", "c"]))
    assert {name: rows.tolist() for name, rows in found.items()} == {"a": [1], "b": [0, 2], "c": [3]}
    assert list(found) == ["a", "b", "c"]
    assert places_by_name(pl.Series([], dtype=pl.String)) == {}
