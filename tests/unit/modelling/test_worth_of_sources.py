"""What each source adds: trained again without it, on the same rows; asked for, registered, and absent where not."""

import json

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from riskstrat.modelling import write_card
from riskstrat.modelling.datasets.rows import Shelf, gather
from riskstrat.modelling.evaluation import worth
from riskstrat.modelling.evaluation.evaluate import rows_of_test_date
from riskstrat.modelling.evaluation.listing import on_the_list
from riskstrat.modelling.evaluation.sources import columns_without
from riskstrat.modelling.evaluation.words import worth_in_words
from riskstrat.modelling.registry.versions import Registry, rollback
from riskstrat.modelling.training import judge, refits
from riskstrat.modelling.training.fitted import fit_and_calibrate
from riskstrat.modelling.training.train import Extras, train_one, train_specs
from support.snapshots import HISTORY, write_store

NAME = "emergency_admission_12m"
LATEST = HISTORY[-1]
ASKED = Extras(without_each_source=True)


def trained(workspace, spec, extras=None):
    def make(*given):
        return train_one(*given, extras)

    return train_specs(workspace, [(spec, LATEST)], make)[0]


def evaluation_of(workspace, version):
    registry = Registry(workspace)
    return registry.bundle(registry.version(NAME, version)).evaluation


@pytest.fixture(scope="module")
def twice(tmp_path_factory, quick_spec):
    """A store whose model was trained, and then asked what each source adds."""
    workspace = write_store(tmp_path_factory.mktemp("twice"), people=3000, index_dates=HISTORY, seed=5)
    spec = quick_spec(NAME)
    return workspace, spec, trained(workspace, spec), trained(workspace, spec, ASKED)


def test_it_is_absent_where_nobody_asked_and_beside_the_same_look_where_somebody_did(twice):
    workspace, _, first, second = twice
    before, after = evaluation_of(workspace, first.version), evaluation_of(workspace, second.version)
    assert "without_each_source" not in before
    assert after == before | {"without_each_source": after["without_each_source"]}
    assert [first.status, second.status, second.version] == ["champion", "champion", "2"]
    registry = Registry(workspace)
    assert registry.version(NAME, "1").model_sha256 == registry.version(NAME, "2").model_sha256


def test_a_source_is_left_out_of_the_fit_and_every_figure_is_of_the_same_rows(twice):
    workspace, spec, _, second = twice
    report = evaluation_of(workspace, second.version)
    rows = {row["source"]: row for row in report["without_each_source"]["rows"]}
    dataset = gather(spec, Shelf(workspace, []), LATEST)
    kept = [k for k, name in enumerate(dataset.contract.names) if name not in columns_without("gp_prescription")]
    tested = rows_of_test_date(dataset.rows)
    for side in dataset.rows.values():
        side.matrix = side.matrix[:, kept]
    dataset.contract = type(dataset.contract)(tuple(dataset.contract.features[k] for k in kept))
    risk = fit_and_calibrate(spec, dataset, 1).risk(tested.matrix[:, kept])
    row = rows["gp_prescription"]
    assert row["auroc"]["value"] == pytest.approx(roc_auc_score(tested.outcome, risk), abs=6e-5)
    assert row["columns"] == len(columns_without("gp_prescription") & set(_names(workspace, spec)))
    added = row["model_auroc_minus_baseline"]
    assert added["value"] == pytest.approx(report["figures"]["auroc"]["value"] - row["auroc"]["value"], abs=2e-4)
    assert added["low"] < added["value"] < added["high"]
    listed = on_the_list(risk, 0.1)
    found = report["figures"]["ppv_top_10_percent"]["value"] - (listed * tested.outcome).sum() / listed.sum()
    assert row["lift"]["top_10_percent"]["more_found_per_1000_listed"]["value"] == pytest.approx(1000 * found, abs=0.1)


def _names(workspace, spec):
    return gather(spec, Shelf(workspace, []), LATEST).contract.names


def test_rows_are_the_other_seed_first_then_what_adds_most_and_say_which_source_tells_the_outcome(twice):
    workspace, _, _, second = twice
    rows = evaluation_of(workspace, second.version)["without_each_source"]["rows"]
    assert rows[0]["source"] is None
    assert rows[0]["columns"] == 0
    added = [row["model_auroc_minus_baseline"]["value"] for row in rows[1:]]
    assert added == sorted(added, reverse=True)
    assert {row["source"] for row in rows if row["tells_the_outcome"]} == {"apc_episode"}
    threshold = "net_benefit_10_percent"
    assert {threshold, f"model_{threshold}_minus_baseline"} <= set(rows[1])


def test_asked_again_it_is_not_fitted_again_and_a_plain_training_changes_nothing(twice, monkeypatch):
    workspace, spec, _, _ = twice
    monkeypatch.setattr(judge, "worth_of_sources", None)  # would be called
    assert [trained(workspace, spec, extras).status for extras in (ASKED, None)] == ["unchanged", "unchanged"]
    assert len(Registry(workspace).versions(NAME)) == 2


def test_a_version_that_was_rolled_back_is_looked_at_and_stays_back(tmp_path, quick_spec):
    workspace = write_store(tmp_path, people=3000, index_dates=HISTORY, seed=5)
    first, other = quick_spec(NAME), quick_spec(NAME, **{"seed = 20261122": "seed = 7"})
    trained(workspace, first)
    if trained(workspace, other).status != "champion":
        Registry(workspace).set_champion(NAME, "2")
    rollback(workspace, NAME)
    result = trained(workspace, other, ASKED)
    assert (result.status, result.version) == ("challenger", "3")
    assert Registry(workspace).champion(NAME).version == "1"


def test_a_source_that_was_not_held_has_no_row_and_a_direction_is_kept(twice, monkeypatch):
    workspace, spec, _, _ = twice
    dataset = gather(spec, Shelf(workspace, []), LATEST)
    names = dataset.contract.names
    for rows in dataset.rows.values():
        rows.matrix[:, [k for k, name in enumerate(names) if name in columns_without("gp_event")]] = np.nan
    seen = []

    def fitted(fitted_spec, part, threads):
        seen.append((fitted_spec.training.seed, part.contract))
        return type("F", (), {"risk": staticmethod(lambda matrix: np.zeros(len(matrix)))})

    monkeypatch.setattr(refits, "fit_and_calibrate", fitted)
    made = list(refits.refits_without_each_source(spec, dataset, 1, lambda _: None, rows_of_test_date(dataset.rows)))
    assert "gp_event" not in {refit.source for refit in made}
    assert [seed - spec.training.seed for seed, _ in seen] == [1] + [0] * (len(seen) - 1)
    directions = {feature.name: feature.monotone for feature in dataset.contract.features}
    for refit, (_, contract) in zip(made[1:], seen[1:], strict=True):
        assert set(contract.names) == set(names) - columns_without(refit.source)
        assert all(feature.monotone == directions[feature.name] for feature in contract.features)


def test_nothing_is_fitted_where_nothing_may_be_shown(quick_spec):
    few = {"people": 1000, "events": None, "rate": None}
    found = worth.worth_of_sources(quick_spec(NAME), few, None, None, None, iter(lambda: 1 / 0, 1))
    assert found["rows"] == []
    assert "fewer than 8" in found["why"]


def test_the_card_shows_it_beside_the_feeds_that_stop_only_where_it_was_asked_for(twice, tmp_path):
    workspace, _, first, second = twice
    without, beside = (write_card(workspace, NAME, v.version, tmp_path / v.version)[0] for v in (first, second))
    assert "What each source adds" not in without.read_text(encoding="utf-8")
    page = beside.read_text(encoding="utf-8")
    part = page.split('id="feeds"')[1].split('id="leans"')[0]
    assert "What each source adds" in part
    assert "without it there is no model" in part
    record = json.loads((tmp_path / second.version / f"{NAME}.json").read_text(encoding="utf-8"))
    shown = part.split('id="worth"')[1].count('<tr><th scope="row">')
    assert shown == len(record["evaluation"]["without_each_source"]["rows"])


def row(source, title, value, low, high):
    return {"source": source, "title": title, "model_auroc_minus_baseline": {"value": value, "low": low, "high": high}}


def test_the_sentence_asks_more_than_another_seed_moves():
    seed = row(None, "seed", -0.002, -0.003, -0.001)
    less, unsure = row("b", "B", 0.003, 0.001, 0.004), row("c", "C", 0.01, -0.01, 0.02)
    said = worth_in_words([seed, row("a", "A", 0.02, 0.01, 0.03), less, unsure])
    assert said == "A adds most: 0.020 (0.010 to 0.030) of AUROC. What these add cannot be told from chance: B, C."
    assert worth_in_words([seed, less]) == "What any source adds cannot be told from chance."
    assert worth_in_words([]) is None
