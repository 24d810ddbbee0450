"""People like these a year ago: by today's rule and model, with nobody's outcome known to the model, and said so."""

import shutil
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import polars as pl
import pytest

from riskstrat import features
from riskstrat.impact.forecasting import past as past_room
from riskstrat.impact.forecasting import people as worth_people
from riskstrat.impact.forecasting import worth as worth_room
from riskstrat.impact.forecasting.forecast import DRAWS, With
from riskstrat.impact.forecasting.past import past_year
from riskstrat.impact.forecasting.people import MODEL, choose, read_barred, rises_across_versions
from riskstrat.impact.forecasting.words import worth_as_text
from riskstrat.modelling.datasets.splits import person_fold
from riskstrat.modelling.spec import Split
from riskstrat.project import Workspace, add_months
from support.worth_store import COHORT, EARLIER, NOW, PAST, ask, stored_scores, write_worth_store

LEARNT = Split(train_months_before=(36, 24), early_stopping_and_calibration_months_before=12)


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    return write_worth_store(tmp_path_factory.mktemp("worth"))


@pytest.fixture(autouse=True)
def scored(monkeypatch):
    monkeypatch.setattr(worth_people, "champion_scores", stored_scores)


@pytest.fixture
def own(workspace, tmp_path):
    """A copy of the workspace that may be changed."""
    return Workspace(shutil.copytree(workspace.root, tmp_path / "own"))


def change(workspace, layer, day, *columns):
    path = workspace.part(layer, day)
    pl.read_parquet(path).with_columns(*columns).write_parquet(path)


def said(found):
    return " ".join(worth_as_text(found).split())


def test_a_past_cohort_is_by_todays_model_whatever_was_published_then(own, monkeypatch):
    """Another version had put others in the band: they are not the people that today's model would choose."""
    todays = pl.read_parquet(own.part("scores", PAST)).with_columns(pl.col("person_id").cast(pl.Int64))
    monkeypatch.setattr(worth_people, "champion_scores", lambda _, __, model: todays.filter(pl.col("model") == model))
    barred = read_barred(own)
    before = choose(own, PAST, COHORT, barred, anew=True)
    theirs = pl.when(pl.col("band") == "moderate").then(pl.lit("low")).otherwise(pl.lit("moderate"))
    change(own, "scores", PAST, theirs.alias("band"), pl.lit("0").alias("model_version"))
    assert choose(own, PAST, COHORT, barred, anew=True).free.equals(before.free)
    assert not set(choose(own, PAST, COHORT, barred).free["person_id"]) & set(before.free["person_id"])


def test_the_forecast_asks_for_the_past_anew_and_says_so(own, monkeypatch):
    asked = []

    def choose_(workspace, day, *rest, **more):
        asked.append((day, more))
        return choose(workspace, day, *rest, **more)

    monkeypatch.setattr(past_room, "choose", choose_)
    assert "by today's rule and today's model, whatever was published on that date" in said(ask(own))
    assert asked == [(PAST, {"anew": True}), (EARLIER, {"anew": True})]


def test_of_a_year_that_the_trees_were_fitted_to_only_people_they_never_saw_are_read(workspace, monkeypatch):
    """The same share of them: of 120 of so many, as many hundredths as the unseen are of all who could be reviewed."""
    bundle = SimpleNamespace(
        training={"training_dates": [str(add_months(EARLIER, 6))]}, spec=SimpleNamespace(split=LEARNT)
    )
    monkeypatch.setattr(past_room, "champion_bundle", lambda *_: (None, bundle))
    monkeypatch.setattr(past_room, "years_over", lambda _: [PAST, EARLIER])
    free = choose(workspace, EARLIER, COHORT, read_barred(workspace)).free
    fold = person_fold(free["person_id"].to_numpy(), 10, LEARNT.salt)
    unseen = free.filter(pl.Series(fold >= 6))
    assert 0 < unseen.height < free.height
    _, year = past_year(workspace, unseen.head(round(120 * unseen.height / free.height)), EARLIER, 10, None)
    before = ask(workspace)
    bundle.training["training_dates"] = [str(add_months(EARLIER, -3))]
    found = ask(workspace)
    _, latest = past_year(
        workspace, choose(workspace, PAST, COHORT, read_barred(workspace)).free.head(120), PAST, 10, None
    )
    assert found.year_to_year.learnt_from == (EARLIER,)
    assert found.year_to_year.changes == ((EARLIER, PAST, round(latest.ratio / year.ratio - 1, 2)),)
    assert "The model was fitted to the year from January 2024: only people it never saw are read there" in said(found)
    assert found.regression.learnt_from is False
    assert before.regression.learnt_from is True  # the trained year overlaps both
    assert before.year_to_year.learnt_from == (EARLIER,)
    assert before.regression.past_people < 120
    assert "The model was fitted to the year from 1 January 2025, and would look better than it is" in said(before)
    bundle.training["training_dates"] = [str(add_months(EARLIER, -12)), str(add_months(PAST, 12))]
    assert ask(workspace).year_to_year.learnt_from == ()


def test_a_past_date_that_knows_no_programmes_is_said_and_is_not_set_beside_one_that_does(own):
    nobody = pl.lit(0, pl.Int32).alias("programmes_held")
    change(own, "features", EARLIER, nobody)
    found = ask(own)
    assert found.regression.programmes_known is True
    why = f"who was on a programme is not known, as it is at {PAST}"
    assert (found.year_to_year.changes, found.year_to_year.left_out) == ((), ((EARLIER, why),))
    change(own, "features", PAST, nobody)
    found = ask(own)
    assert found.regression.programmes_known is False
    assert found.year_to_year.left_out == ()
    assert "Not the same: who was on a programme on 1 January 2025 is not known" in said(found)


def test_fewer_then_than_today_are_told_by_their_own_number(own):
    """What they had carries over by risk, and not by head: half as many people then halve no admission of today's."""
    rows = pl.read_parquet(own.part("features", PAST))
    chosen = choose(own, PAST, COHORT, read_barred(own)).free.head(120)
    every_second = chosen["person_id"].gather_every(2)
    rows.filter(~pl.col("person_id").is_in(every_second.implode())).write_parquet(own.part("features", PAST))
    left = choose(own, PAST, COHORT, read_barred(own)).free.height
    assert left > 60
    found = ask(own, capacity=1000)
    assert found.who.reviewed > found.regression.past_people == 5 * round(left / 5)
    assert f"among the {found.regression.past_people} people chosen the same way on 1 January 2025" in said(found)
    _, year = past_year(own, choose(own, PAST, COHORT, read_barred(own)).free, PAST, 10, None)
    now = choose(own, NOW, COHORT, read_barred(own)).free
    assert found.without.admissions.middle == pytest.approx(year.ratio * now["risk"].sum(), rel=0.05)


def test_as_many_then_as_now_is_a_count_of_people_unless_it_is_what_was_asked_for(own, monkeypatch):
    """Where everybody is chosen on both dates their number is theirs, and printed as any other."""
    free = {day: choose(own, day, COHORT, read_barred(own)).free.height for day in (PAST, NOW)}
    alike = next(n for n in range(min(free.values()), 0, -1) if n % 5)
    monkeypatch.setattr(past_room, "choose", cut_to(alike))
    monkeypatch.setattr(worth_room, "choose", cut_to(alike))
    assert ask(own, capacity=1000).regression.past_people == 5 * round(alike / 5) != alike
    assert ask(own, capacity=4).regression.past_people == 48


def cut_to(people):
    def of(*asked, **more):
        chosen = choose(*asked, **more)
        return replace(chosen, free=chosen.free.head(people))

    return of


def test_whose_year_is_not_known_is_in_no_figure_of_it(workspace, monkeypatch):
    chosen = choose(workspace, PAST, COHORT, read_barred(workspace)).free
    whole, year = past_year(workspace, chosen, PAST, 10, None)
    labels = features.read_labels(workspace, MODEL, PAST)
    gone, unknown = chosen["person_id"][0], chosen["person_id"][1]
    is_unknown = pl.col("person_id") == unknown
    told = labels.filter(pl.col("person_id") != gone).with_columns(
        pl.when(is_unknown).then(None).otherwise(pl.col("nights")).alias("nights")
    )
    monkeypatch.setattr(features, "read_labels", lambda *_: told)
    people, without = past_year(workspace, chosen, PAST, 10, None)
    assert people.height == whole.height - 2 == len(without.risk)
    assert (without.admissions == year.admissions[2:]).all()
    assert without.ratio > 0


def test_a_rise_from_one_version_to_another_is_said(own):
    assert rises_across_versions(own, NOW, "risk-rising") is False
    before = own.part("scores", add_months(NOW, -3))
    before.parent.mkdir(parents=True, exist_ok=True)
    scores = pl.read_parquet(own.part("scores", NOW))
    scores.write_parquet(before)
    assert rises_across_versions(own, NOW, "risk-rising") is False
    scores.with_columns(pl.lit("0").alias("model_version")).write_parquet(before)
    assert rises_across_versions(own, NOW, "risk-rising") is True
    assert rises_across_versions(own, NOW, COHORT) is False


def test_averted_and_added_are_counted_in_admissions_and_not_in_ratios(workspace, monkeypatch):
    """A ratio is hardly ever 1, and of few admissions many draws change none."""
    quarter = DRAWS // 4
    drawn = With(np.repeat([0.9, 0.95, 1.05, 1.2], quarter), np.repeat([1, 0, 0, -2], quarter))
    monkeypatch.setattr(worth_room, "year_with", lambda *_: drawn)
    found = ask(workspace)
    assert (found.averts_any, found.adds_any) == (0.25, 0.25)
    assert "adds some in 25 of 100 simulations; it changes nothing in 50 of 100 simulations." in said(found)


@pytest.mark.parametrize(
    ("reviewed", "told"), [(105, "about 3 of the 108 reviews have nobody."), (110, "about as many as the 108")]
)
def test_reviews_left_over_are_never_fewer_than_none(workspace, reviewed, told):
    """107 people are printed as 105, 109 as 110."""
    found = ask(workspace)
    who = replace(found.who, capacity=9, reviewed=reviewed, is_everyone=True)
    assert f"which is all of them: {told}" in said(replace(found, who=who))
