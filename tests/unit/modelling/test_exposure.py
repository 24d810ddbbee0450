"""Exposure to past worklists: carried into every row, counted, never a feature, and left out of learning.

The simulation at the end is the reason: lists that help make a model that is trained on everybody name fewer.
"""

from datetime import date

import numpy as np
import polars as pl
import pytest

from riskstrat.disclosure import publishable
from riskstrat.errors import InputRefused
from riskstrat.modelling.datasets.exposure import EXPOSURE, PastLists, read_past_lists
from riskstrat.modelling.datasets.rows import Rows, Shelf, gather, part_of
from riskstrat.modelling.evaluation.exposure import exposure_report
from riskstrat.modelling.spec import parse_spec
from riskstrat.modelling.training.fitted import fit_and_calibrate
from riskstrat.modelling.training.train import train_specs
from riskstrat.project import Workspace
from support.snapshots import HISTORY, write_store

NAME = "emergency_admission_12m"
LATEST = HISTORY[-1]
JANUARY, MAY, DECEMBER = date(2025, 1, 1), date(2025, 5, 1), date(2025, 12, 1)


def send(workspace, sent, people, practices, number=1):
    folder = workspace.store / "worklists_sent" / f"release={sent}.{number}"
    folder.mkdir(parents=True)
    keys = [f"{person:016x}" for person in people]
    pl.DataFrame({"practice_code": practices, "row_key": keys, "person_id": people}).write_parquet(
        folder / "part.parquet"
    )


def record(workspace, sent, person, status):
    folder = workspace.store / "feedback"
    folder.mkdir(parents=True, exist_ok=True)
    pl.DataFrame({"person_id": [person], "index_date": [sent], "status": [status]}).write_parquet(
        folder / f"part-{len(list(folder.iterdir())) + 1:06}.parquet"
    )


def test_what_was_listed_when_is_told_row_by_row(tmp_path):
    workspace = Workspace(tmp_path)
    send(workspace, date(2024, 11, 1), [1], ["A"])
    send(workspace, MAY, [1, 2], ["A", "A"])
    send(workspace, MAY, [2, 3], ["A", "B"], number=2)  # the month made again: both were sent
    send(workspace, date(2026, 1, 1), [4], ["C"])
    record(workspace, MAY, 2, "reviewed - plan made")
    record(workspace, MAY, 3, "to review")
    people = pl.DataFrame({"person_id": [1, 2, 3, 4, 5], "practice_code": ["A", "A", "B", "C", None]})
    found = read_past_lists(workspace, {}).carried(people, JANUARY, date(2026, 1, 1))
    assert found.columns == list(EXPOSURE)
    assert found.rows() == [
        (True, True, False, True),
        (False, True, True, True),
        (False, True, False, True),
        (False, False, False, False),  # listed on the day after the horizon: not within it
        (False, False, False, False),
    ]
    on_the_day = read_past_lists(workspace, {}).carried(people, MAY, date(2026, 5, 1))
    assert on_the_day["listed_in_horizon"].to_list() == [True, True, True, True, False]


def test_a_practice_that_closed_was_sent_what_those_it_became_were_sent(tmp_path):
    workspace = Workspace(tmp_path)
    send(workspace, MAY, [1], ["C"])
    people = pl.DataFrame({"person_id": [7] * 4, "practice_code": ["A", "B", "C", "D"]})
    successors = {"A": "B", "B": "C", "C": "A", "D": "E"}  # A became B, B became C; C names A again by mistake
    found = read_past_lists(workspace, successors).carried(people, JANUARY, DECEMBER)
    assert found["list_sent"].to_list() == [True, True, True, False]
    assert not found["listed_in_horizon"].any()


def test_without_lists_nothing_is_exposed_and_nothing_is_hashed(made, quick_spec):
    assert read_past_lists(made, {}).sha256 is None
    dataset = gather(quick_spec(NAME), Shelf(made, []), LATEST)
    assert "worklists" not in dataset.hashes
    for row in dataset.attrition:
        assert not any(row[name] for name in (*EXPOSURE, "left_out_as_exposed"))
    assert exposure_report(dataset.rows["test"], dataset.rows["test"].outcome)["groups"] == []


@pytest.fixture
def rolled_out(tmp_path):
    """Three of six practices have been sent lists since January 2024; the others never."""
    workspace = write_store(tmp_path, people=3000, index_dates=HISTORY, seed=5)
    oldest = pl.read_parquet(workspace.part("features", LATEST)).sort("age", descending=True)
    of = oldest.filter(pl.col("practice_code").is_in(["Z00001", "Z00002", "Z00003"])).head(450)
    for sent in (date(2024, 1, 1), DECEMBER):
        send(workspace, sent, of["person_id"].to_list(), of["practice_code"].to_list())
    record(workspace, DECEMBER, of["person_id"][0], "declined")
    return workspace


def test_rows_of_practices_with_lists_teach_nothing_and_still_test(rolled_out, quick_spec):
    spec = quick_spec(NAME)
    dataset = gather(spec, Shelf(rolled_out, []), LATEST)
    for side in ("train", "stop", "calibrate"):
        rows = dataset.rows[side]
        ends_before_the_lists = rows.index_date < np.datetime64("2023-01-01")
        is_without = rows.people["practice_code"].is_in(["Z00004", "Z00005", "Z00006"]).to_numpy()
        assert (ends_before_the_lists | is_without).all()
        assert (ends_before_the_lists & ~is_without).any()
    assert dataset.rows["test"].people["list_sent"].any()
    first, *_, test = dataset.attrition
    assert first["list_sent"] == first["left_out_as_exposed"] == 0
    assert test["listed_before"] == test["listed_in_horizon"] > 100
    assert test["reviewed_in_horizon"] == 1
    for row in dataset.attrition:
        lost = ("barred_from_training", "outside_population", "outcome_does_not_apply", "left_out_as_exposed")
        assert row["in_snapshot"] == row["used"] + sum(row[key] for key in lost)
    assert dataset.hashes["worklists"]
    assert not set(EXPOSURE) & set(dataset.contract.names)


def test_lists_hold_people_of_practices_with_lists_too(rolled_out, quick_spec):
    spec = quick_spec(NAME)
    adults = pl.read_parquet(rolled_out.part("features", LATEST)).filter(pl.col("age") >= 18)
    everyone = dict(sorted(adults["practice_code"].value_counts().rows()))
    dataset = gather(spec, Shelf(rolled_out, []), LATEST)
    assert dataset.applies_to == everyone
    refreshed = gather(spec, Shelf(rolled_out, []), LATEST, trees_of=dataset.contract)
    assert refreshed.applies_to == everyone


def test_kept_rows_are_the_ones_there_were_and_exposure_is_no_feature(rolled_out, quick_spec):
    kept = quick_spec(NAME, **{'rows = "leave out" ': 'rows = "keep" '})
    dataset = gather(kept, Shelf(rolled_out, []), LATEST)
    assert sum(row["left_out_as_exposed"] for row in dataset.attrition) == 0
    assert dataset.rows["train"].people["list_sent"].any()
    assert not set(EXPOSURE) & set(dataset.contract.names)


def test_where_every_practice_was_sent_lists_training_is_refused_with_what_to_do(rolled_out, quick_spec):
    send(rolled_out, HISTORY[0], list(range(1, 7)), [f"Z{n:05}" for n in range(1, 7)])
    with pytest.raises(InputRefused, match=r"\[exposure\]"):
        gather(quick_spec(NAME), Shelf(rolled_out, []), LATEST)


def test_the_report_tells_the_never_listed_apart_and_small_groups_in_no_figure(rolled_out, quick_spec):
    train_specs(rolled_out, [(quick_spec(NAME), LATEST)])
    from riskstrat.modelling import show_model

    shown = show_model(rolled_out, NAME, 1)
    groups = {row["group"]: row for row in shown["evaluation"]["exposure"]["groups"]}
    assert groups["never listed"]["figures"]["auroc"]["value"] > 0.6
    assert groups["practice sent no list"]["people"] > 100
    assert groups["listed within the horizon, a decision recorded"]["figures"] is None
    assert all(row["people"] is None or row["people"] % 5 == 0 for row in groups.values())
    assert shown["training"]["calibration_level_from"] == str(HISTORY[3])
    assert shown["training"]["attrition"][-1]["listed_in_horizon"] % 5 == 0


def rows_with(listed, outcome):
    """Return rows of which so many were listed before the index date."""
    count = len(outcome)
    flags = {name: np.zeros(count, dtype=bool) for name in EXPOSURE} | {"list_sent": np.ones(count, dtype=bool)}
    flags["listed_before"] = np.arange(count) < listed
    when = np.full(count, np.datetime64("2025-09-01"))
    return Rows(
        np.arange(count), when, np.zeros((count, 1), np.float32), np.asarray(outcome, float), pl.DataFrame(flags)
    )


def test_a_group_that_leaves_few_is_not_shown_and_nothing_is_of_few_outcomes():
    random = np.random.default_rng(1)
    outcome = (random.random(2000) < 0.1).astype(float)
    outcome[:20] = [1.0] * 5 + [0.0] * 15
    risk = random.random(2000)
    groups = {row["group"]: row for row in exposure_report(rows_with(20, outcome), risk)["groups"]}
    assert groups["never listed"]["figures"] is None
    assert groups["listed before the index date"]["events"] is None
    shown = groups["never listed"]["events"]
    left = [n for n in range(1, 8) if shown is None or publishable(int(outcome.sum()) - n) == shown]
    assert len(left) > 1, "who knows how many had the outcome subtracts"
    groups = {row["group"]: row for row in exposure_report(rows_with(400, outcome), risk)["groups"]}
    assert groups["never listed"]["figures"]["auroc"]["value"] == pytest.approx(0.5, abs=0.1)
    few = np.zeros(2000)
    few[:5] = 1
    assert exposure_report(rows_with(400, few), risk)["groups"] == []


# ---- the simulation ---------------------------------------------------------------------------------------------

PEOPLE = 24_000
SPEC = """
title = "simulated"
outcome = "labels/emergency_admission_12m"
population = "age >= 18"
frequency = "have it"
intended_use = "none"
[features]
why = "all of a simulation"
[split]
train_months_before = [36, 30, 24]
early_stopping_and_calibration_months_before = 12
test_months_before = 0
held_out_practices = 0
[training]
most_rounds = 150
[exposure]
rows = "leave out"
"""


def simulated(root, effect):
    """Write a store where half the practices list a tenth by risk; return it and everybody's risk without lists.

    A listing on the index date multiplies the person's risk by ``effect``. A third of those who have the outcome in
    a practice with lists are listed half a year later, because of it.
    """
    workspace, truth = Workspace(root), {}
    random = np.random.default_rng(11)
    person = np.arange(1, PEOPLE + 1)
    need = random.normal(size=PEOPLE)
    practice = np.array([f"Z{1 + n % 8:05}" for n in range(PEOPLE)])
    with_lists = person % 8 < 4
    for day in HISTORY:
        counted = random.poisson(np.exp(0.6 * need - 1.2))
        risk = 1 / (1 + np.exp(3.0 - 1.1 * need - 0.5 * np.minimum(counted, 5)))
        listed = with_lists & (risk >= np.quantile(risk, 0.9))
        happened = random.random(PEOPLE) < np.where(listed, effect, 1.0) * risk
        later = with_lists & happened & ~listed & (random.random(PEOPLE) < 1 / 3)
        send(workspace, day, person[listed], practice[listed])
        send(
            workspace, date(day.year + (day.month > 6), (day.month + 5) % 12 + 1, 1), person[later], practice[later], 2
        )
        frame = pl.DataFrame(
            {
                "person_id": person.astype(np.int32),
                "index_date": [day] * PEOPLE,
                "practice_code": practice,
                "age": np.full(PEOPLE, 60, dtype=np.int32),
                "need": (need + 0.2 * random.normal(size=PEOPLE)).round(2),
                "emergency_admissions_365d": counted.astype(np.int32),
            }
        )
        label = frame.select("person_id", "index_date").with_columns(
            outcome=pl.Series(happened.astype(np.int32)),
            **{name: pl.lit(None, pl.Date) for name in ("event_date", "death_date", "left_date")},
        )
        for layer, table in {"features": frame, f"labels/{NAME}": label}.items():
            path = workspace.part(layer, day)
            path.parent.mkdir(parents=True)
            table.write_parquet(path)
        truth[day] = risk
    return workspace, truth[LATEST]


def estimated_over_true(spec, dataset, truth):
    """Return estimated over true risk without lists among the test people of highest true risk (a tenth)."""
    tested = dataset.rows["test"]
    true = truth[tested.person_id - 1]
    top = true >= np.quantile(true, 0.9)
    estimated = fit_and_calibrate(spec, dataset, 1).risk(tested.matrix)
    return float(estimated[top].mean() / true[top].mean())


def test_learning_from_helped_people_underestimates_and_leaving_their_practices_out_does_not(tmp_path):
    spec = parse_spec(NAME, SPEC)
    naive = parse_spec(NAME, SPEC.replace("leave out", "keep"))
    unhelped, truth = simulated(tmp_path / "unhelped", effect=1.0)
    reachable = estimated_over_true(naive, gather(naive, Shelf(unhelped, []), LATEST), truth)
    assert 0.9 < reachable < 1.05  # lists that change nothing mislead nobody; the columns say need with an error

    workspace, truth = simulated(tmp_path / "helped", effect=0.4)
    shelf = Shelf(workspace, [])
    ours = estimated_over_true(spec, gather(spec, shelf, LATEST), truth)
    everybody = gather(naive, shelf, LATEST)
    replaced = estimated_over_true(naive, everybody, truth)
    for side in ("train", "stop", "calibrate"):  # the tempting way: only the people who were listed are left out
        rows = everybody.rows[side]
        everybody.rows[side] = part_of(rows, ~rows.people["listed_in_horizon"].to_numpy())
    unlisted = estimated_over_true(naive, everybody, truth)
    assert replaced < reachable - 0.15
    assert abs(ours - reachable) < 0.04
    assert unlisted < ours - 0.02


def test_lists_are_hashed_by_what_the_rows_could_know(tmp_path):
    workspace = Workspace(tmp_path)
    send(workspace, MAY, [1], ["A"])
    before = read_past_lists(workspace, {}).before(DECEMBER).sha256
    send(workspace, DECEMBER, [2], ["A"])
    assert read_past_lists(workspace, {}).before(DECEMBER).sha256 == before
    assert read_past_lists(workspace, {}).sha256 != before
    assert isinstance(read_past_lists(workspace, {}), PastLists)
