"""What is watched each month, against what, when it is a breach, and that a breach stops a promotion."""

import shutil
from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest
from scipy.stats import entropy

from riskstrat.errors import NotPermitted
from riskstrat.modelling import cautions, promote, read_monitoring, score
from riskstrat.modelling.monitoring.checks import check_calibration, check_list, check_sources
from riskstrat.modelling.monitoring.reference import LEAST_BIN, reference_of, shares_in, stability_index
from riskstrat.modelling.monitoring.watch import monitor, read_moved, watch
from riskstrat.modelling.registry.versions import Registry, champion_bundle
from riskstrat.modelling.training.train import train_specs
from riskstrat.project import Workspace
from support.snapshots import HISTORY

NAME = "emergency_admission_12m"
NOVEMBER = date(2026, 11, 1)
OCTOBER = date(2026, 10, 1)


def one_column(values):
    found = reference_of(np.asarray(values, dtype=np.float32)[:, None], ["x"], np.full(len(values), 0.1))
    return found["columns"]["x"]


def test_the_stability_index_is_jeffreys_divergence_of_the_bins():
    random = np.random.default_rng(1)
    kept = one_column(random.normal(size=4000))
    now = random.normal(0.4, 1.2, size=3000)
    before, after = np.array(kept["shares"])[:-1], shares_in(now, kept["edges"])[:-1]
    assert stability_index(kept, now) == pytest.approx(entropy(before, after) + entropy(after, before), abs=2e-4)


def test_the_stability_index_by_hand():
    kept = {"edges": [0.0], "shares": [0.5, 0.5, 0.0]}
    now = np.r_[np.zeros(40), np.ones(60)]
    assert stability_index(kept, now) == pytest.approx(-0.1 * np.log(0.8) + 0.1 * np.log(1.2))
    assert stability_index(kept, np.full(10, np.nan)) > 3  # everybody's value became unknown


def test_nothing_moved_is_an_index_of_nought_whatever_the_column_is_like():
    random = np.random.default_rng(2)
    whole = [
        random.normal(size=1000),
        np.r_[np.zeros(985), np.ones(15)],
        np.r_[np.zeros(15), np.ones(985)],
        np.r_[np.full(985, 365.0), np.arange(15)],  # most at the greatest of many values
        np.zeros(1000),
        np.full(1000, np.nan),
        np.where(random.random(1000) < 0.3, np.nan, random.poisson(0.2, 1000)),
    ]
    for values in whole:
        assert stability_index(one_column(values), values) == pytest.approx(0, abs=1e-3)  # counts are rounded


@pytest.mark.parametrize("people", [200, 997, 3001])
def test_bins_of_many_values_end_at_tenths_of_the_people(people):
    values = np.random.default_rng(people).poisson(30, people).astype(np.float32)
    tenths = np.unique(np.quantile(values, np.arange(1, 10) / 10, method="inverted_cdf"))
    assert one_column(np.r_[values, np.full(9, np.nan)])["edges"] == tenths.tolist()


def test_a_column_that_became_constant_or_filled_is_seen():
    assert stability_index(one_column(np.r_[np.zeros(500), np.ones(500)]), np.ones(500)) > 0.25
    assert stability_index(one_column(np.full(1000, np.nan)), np.arange(1000.0)) > 0.25
    assert stability_index(one_column(np.r_[np.full(985, 365.0), np.arange(15)]), np.full(1000, 3.0)) > 0.25


def test_no_bin_holds_few_people_and_shares_come_from_rounded_counts():
    values = np.r_[np.zeros(300), np.ones(4), np.full(60, 2.0), np.full(7, 9.0), np.full(3, np.nan)]
    kept = one_column(values)
    counts = np.bincount(np.searchsorted(kept["edges"], values[~np.isnan(values)]))
    assert counts.min() >= LEAST_BIN
    assert kept["shares"][-1] == 0  # three people of unknown value are nobody
    people = sum(5 * round(n / 5) for n in counts)
    assert kept["shares"][:-1] == [round(5 * round(n / 5) / people, 4) for n in counts]


@pytest.fixture(scope="module")
def watched(trained, tmp_path_factory):
    """The trained store with scores at November and a month before, and November watched."""
    copy = Workspace(shutil.copytree(trained.root, tmp_path_factory.mktemp("watched") / "ws"))
    score(copy, NOVEMBER)
    earlier = pl.read_parquet(copy.part("scores", NOVEMBER)).with_columns(index_date=pl.lit(OCTOBER))
    copy.part("scores", OCTOBER).parent.mkdir(parents=True)
    earlier.write_parquet(copy.part("scores", OCTOBER))
    watch(copy, NOVEMBER)
    return copy


@pytest.fixture
def own(watched, tmp_path):
    return Workspace(shutil.copytree(watched.root, tmp_path / "own"))


def results(workspace, model=NAME):
    return {row["check"]: row for row in read_monitoring(workspace, NOVEMBER, model)}


def change(workspace, layer, **columns):
    path = workspace.part(layer, NOVEMBER)
    pl.read_parquet(path).with_columns(**columns).write_parquet(path)


def gp_columns(workspace):
    names = read_moved(workspace, NOVEMBER, NAME)
    return [row["column"] for row in names if row["column"].startswith(("gp_", "medicines", "efi", "has_", "age"))]


def forget_gp_record(workspace):
    snapshot = pl.read_parquet(workspace.part("features", NOVEMBER)).schema
    empty = {name: pl.lit(None, dtype=snapshot[name]) for name in gp_columns(workspace) if name != "age"}
    change(workspace, "features", **empty)


def test_a_month_like_the_one_it_was_tested_in_is_fine_and_says_what_was_not_judged(watched):
    found = results(watched)
    assert {check: row["result"] for check, row in found.items()} == {
        "inputs": "fine",
        "estimates": "fine",
        "sources": "fine",
        "calibration": "not judged",
        "list": "fine",
    }
    assert cautions(watched, NOVEMBER) == []
    moved = read_moved(watched, NOVEMBER, NAME)
    assert [row["stability_index"] for row in moved] == sorted((r["stability_index"] for r in moved), reverse=True)
    assert all(row["share_of_gain"] > 0 for row in moved)


def test_the_same_month_watched_twice_gives_the_same_bytes(own):
    before = own.part("monitoring", NOVEMBER).read_bytes()
    assert watch(own, NOVEMBER).read_bytes() == before


def test_inputs_that_went_missing_are_a_breach_that_names_its_bound_and_its_meaning(own):
    forget_gp_record(own)
    score(own, NOVEMBER)
    watch(own, NOVEMBER)
    found = results(own)["inputs"]
    assert found["result"] == "breach"
    assert found["value"] > 0.05
    assert "the bound is 5%" in found["words"]
    said = [caution.as_text() for caution in cautions(own, NOVEMBER)]
    assert any(
        line.startswith("Emergency admission within 12 months: what it reads has changed since it was tested")
        for line in said
    )
    assert any("figures of performance may no longer hold" in line for line in said)


def test_a_breach_of_the_model_that_is_never_printed_is_on_no_page(own):
    forget_gp_record(own)
    score(own, NOVEMBER)
    watch(own, NOVEMBER)
    assert results(own, "death_12m")["inputs"]["result"] == "breach"
    assert not any("death" in caution.as_text().lower() for caution in cautions(own, NOVEMBER))


@pytest.mark.parametrize(("days", "expected"), [(27, "fine"), (28, "breach")])
def test_a_source_is_late_beyond_the_days_of_the_spec(watched, days, expected):
    bundle = champion_bundle(watched, NAME)[1]
    sources = pl.read_parquet(watched.part("sources", NOVEMBER))
    is_gp = pl.col("table_name") == "gp_event"
    late = sources.with_columns(
        complete_to=pl.when(is_gp).then(pl.col("complete_to") - timedelta(days=days)).otherwise(pl.col("complete_to"))
    )
    found = check_sources(bundle, late, NOVEMBER)
    assert found.result == expected
    assert ("GP records: complete only to" in found.words) == (expected == "breach")


def test_a_source_that_is_gone_is_a_breach_unless_it_was_never_there_or_carries_nothing(watched):
    bundle = champion_bundle(watched, NAME)[1]
    sources = pl.read_parquet(watched.part("sources", NOVEMBER))
    assert (
        "GP records: not held"
        in check_sources(bundle, sources.filter(pl.col("table_name") != "gp_event"), NOVEMBER).words
    )
    assert check_sources(bundle, sources.filter(pl.col("table_name") != "opt_out"), NOVEMBER).result == "fine"
    bundle.evaluation["reference"]["sources"].remove("gp_event")
    assert check_sources(bundle, sources.filter(pl.col("table_name") != "gp_event"), NOVEMBER).result == "fine"


@pytest.mark.parametrize(
    ("share", "people", "expected"),
    [
        (0.10, 5000, "fine"),
        (0.13, 5000, "breach"),
        (0.07, 5000, "breach"),
        (0.115, 5000, "fine"),
        (0.13, 1000, "not judged"),
    ],
)
def test_calibration_is_broken_only_where_the_whole_interval_lies_outside(watched, share, people, expected):
    bundle = champion_bundle(watched, NAME)[1]
    outcome = np.zeros(people)
    outcome[: round(people * share)] = 1
    found = check_calibration(bundle, HISTORY[-1], np.full(people, 0.1), outcome)
    assert found.result == expected
    if expected != "not judged":
        assert found.value == pytest.approx(share / 0.1, abs=0.001)


def test_outcomes_of_a_mature_date_are_of_people_who_may_be_used_and_scored_again(own):
    bundle = champion_bundle(own, NAME)[1]
    watch(own, NOVEMBER, mature={NAME: NOVEMBER})
    everyone = results(own)["calibration"]
    snapshot = pl.read_parquet(own.part("features", NOVEMBER)).filter(pl.col("age") >= 18)
    label = pl.read_parquet(own.part(f"labels/{NAME}", NOVEMBER)).sort("person_id")
    seen = label.filter(pl.col("person_id").is_in(snapshot["person_id"].implode()))["outcome"].sum()
    assert everyone["value"] == pytest.approx(seen / bundle.score(snapshot)[0].sum(), abs=0.001)
    had_it = label.filter(pl.col("outcome") == 1)["person_id"].to_list()
    watch(own, NOVEMBER, mature={NAME: NOVEMBER}, barred=had_it[::2])
    assert results(own)["calibration"]["value"] != everyone["value"]


def lists(people, stay):
    """Return last month's and this month's scores: 200 in the top 5 % then, of whom ``stay`` still are."""
    rows = {"person_id": range(people), "model_version": ["1"] * people}
    earlier = pl.DataFrame({**rows, "band": ["high"] * 200 + ["low"] * (people - 200)})
    band = ["high"] * stay + ["low"] * 200 + ["very high"] * (200 - stay) + ["low"] * (people - 400)
    return earlier, pl.DataFrame({**rows, "band": band})


@pytest.mark.parametrize(
    ("stay", "months", "expected"), [(160, 1, "fine"), (112, 1, "fine"), (90, 1, "breach"), (90, 3, "not judged")]
)
def test_a_list_that_turns_over_within_a_month_is_a_breach(watched, stay, months, expected):
    bundle = champion_bundle(watched, NAME)[1]
    found = check_list(bundle, *lists(4000, stay), months)
    assert (found.result, found.value) == (expected, stay / 200)


def test_who_died_or_moved_did_not_leave_the_list_by_the_model_and_small_lists_are_not_judged(watched):
    bundle = champion_bundle(watched, NAME)[1]
    earlier, now = lists(4000, 160)
    assert check_list(bundle, earlier, now.filter(~pl.col("person_id").is_in(range(160, 200))), 1).value == 1
    assert check_list(bundle, earlier.head(90), now, 1).result == "not judged"
    other = check_list(bundle, earlier, now.with_columns(model_version=pl.lit("2")), 1)
    assert "changed from version 1 to 2" in other.words


def test_where_no_source_of_the_outcome_is_held_outcomes_are_not_judged(own):
    monitor(own, NOVEMBER)
    assert results(own)["calibration"]["words"] == "no index date since its test has complete outcomes yet"


def test_a_first_month_has_nothing_to_compare_with(own):
    shutil.rmtree(own.part("scores", OCTOBER).parent)
    watch(own, NOVEMBER)
    assert results(own)["list"]["result"] == "not judged"


def test_a_version_tested_before_its_inputs_were_kept_is_not_judged_and_says_so(watched, own, monkeypatch):
    from riskstrat.modelling.monitoring import watch as room

    version, bundle = champion_bundle(watched, NAME)
    bundle.evaluation.pop("reference")
    monkeypatch.setattr(room, "_champions", lambda _: {NAME: (version.version, bundle)})
    watch(own, NOVEMBER)
    assert "train again" in results(own)["inputs"]["words"]


def test_a_breach_of_inputs_stops_promotion_until_the_version_was_tested_in_todays_world(own, quick_spec):
    healthy = own.part("features", NOVEMBER).read_bytes()
    forget_gp_record(own)
    second = train_specs(own, [(quick_spec(NAME, **{"seed = 20261122": "seed = 7"}), HISTORY[-1])])[0]
    assert second.status == "challenger"
    assert any(reason.startswith("inputs at 2026-11-01: what it reads has changed") for reason in second.reasons)
    with pytest.raises(NotPermitted, match="train again on later index dates") as refused:
        promote(own, NAME, second.version)
    assert refused.value.exit_code == 4
    assert Registry(own).champion(NAME).version == "1"
    own.part("features", NOVEMBER).write_bytes(healthy)
    assert promote(own, NAME, second.version).aliases == ("champion",)


def test_a_late_source_stops_promotion_and_the_refusal_says_how_to_mend_it(own, quick_spec):
    change(own, "sources", complete_to=pl.col("complete_to") - timedelta(days=60))
    second = train_specs(own, [(quick_spec(NAME, **{"seed = 20261122": "seed = 7"}), HISTORY[-1])])[0]
    assert second.status == "challenger"
    with pytest.raises(NotPermitted, match="have the source sent again"):
        promote(own, NAME, second.version)
