"""From the store to the forecast: who would be reviewed, what a year without it holds, and how it is said."""

import shutil
from dataclasses import replace

import polars as pl
import pytest

from riskstrat.errors import InputRefused, UsageFault
from riskstrat.impact.forecasting import past as past_room
from riskstrat.impact.forecasting import people as worth_people
from riskstrat.impact.forecasting.forecast import Interval
from riskstrat.impact.forecasting.past import past_year
from riskstrat.impact.forecasting.people import BEFORE, MODEL, Published, choose, read_barred
from riskstrat.impact.forecasting.words import worth_as_text
from riskstrat.impact.forecasting.worth import worth
from riskstrat.project import Workspace, add_months
from riskstrat.rules import evaluate
from support.worth_store import COHORT, EARLIER, NOW, OBJECTS, PAST, ask, stored_scores, tables, write_worth_store


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    return write_worth_store(tmp_path_factory.mktemp("worth"))


@pytest.fixture(autouse=True)
def scored(monkeypatch):
    monkeypatch.setattr(worth_people, "champion_scores", stored_scores)


def snapshot(workspace, day):
    scores = pl.read_parquet(workspace.part("scores", day)).filter(pl.col("model") == MODEL)
    rows = pl.read_parquet(workspace.part("features", day)).join(
        scores.select("person_id", "risk", "band"), on="person_id"
    )
    return sorted(
        rows.filter(pl.col("band") == "moderate").to_dicts(), key=lambda row: (-row["risk"], row["person_id"])
    )


def test_those_of_highest_risk_whom_no_programme_holds_and_nobody_who_objects(workspace):
    found = choose(workspace, NOW, COHORT, read_barred(workspace))
    rows = [row for row in snapshot(workspace, NOW) if row["person_id"] not in OBJECTS]
    free = [row["person_id"] for row in rows if not row["programmes_held"]]
    assert found.members == len(rows)
    assert found.held == len(rows) - len(free) > 0
    assert found.free["person_id"].to_list() == free
    assert found.free["before"].to_list() == [row[BEFORE] for row in rows if not row["programmes_held"]]


def test_a_cohort_by_rule_holds_whom_the_rules_table_holds(workspace):
    evaluate(workspace, NOW)
    hits = pl.read_parquet(workspace.part("rule_hits", NOW)).filter(pl.col("rule_id") == "multimorbidity-2")
    found = choose(workspace, NOW, "multimorbidity-2", read_barred(workspace))
    assert found.members == len(set(hits["person_id"]) - set(OBJECTS)) > 30


def test_a_rise_is_the_champions_own_where_nobody_was_scored_then(workspace, tmp_path, monkeypatch):
    own = Workspace(shutil.copytree(workspace.root, tmp_path / "own"))
    before = add_months(PAST, -3)
    shutil.copytree(own.part("features", PAST).parent, own.part("features", before).parent)
    own.part("scores", PAST).unlink()
    scores = pl.read_parquet(workspace.part("scores", PAST)).filter(pl.col("model") == MODEL)
    scores = scores.with_columns(pl.col("person_id").cast(pl.Int64))
    lower = pl.when(pl.col("person_id") % 2 == 0).then(pl.col("risk") - 0.06).otherwise(pl.col("risk"))
    made = {PAST: scores, before: scores.with_columns(lower.alias("risk"))}
    monkeypatch.setattr(worth_people, "champion_scores", lambda _, day, __: made[day])
    barred = read_barred(own)
    risen = scores.filter((pl.col("band") != "low") & (pl.col("person_id") % 2 == 0))["person_id"]
    assert choose(own, PAST, "risk-rising", barred, anew=True).members == len(set(risen) - set(OBJECTS)) > 30
    own.part("features", before).unlink()
    own.part("scores", before).unlink(missing_ok=True)
    with pytest.raises(InputRefused, match=r"needs scores of .* 3 months earlier") as refused:
        choose(own, PAST, "risk-rising", barred, anew=True)
    assert f"riskstrat features --index-date {before}" in str(refused.value)


def test_the_year_that_is_over_counts_every_stay_its_nights_and_cost(workspace):
    chosen = choose(workspace, PAST, COHORT, read_barred(workspace)).free
    people, year = past_year(workspace, chosen, PAST, 10, None)
    assert people.equals(chosen)
    told = {}
    for row in tables()["apc_episode"]:
        told[row["person_id"]] = told.get(row["person_id"], 0) + (row["admission_date"] >= PAST)
    counts = [told.get(person, 0) for person in chosen["person_id"]]
    assert year.admissions.tolist() == counts
    assert year.nights.sum() == 2 * sum(counts)
    assert year.costed.sum() == sum(counts)
    assert year.pounds.sum() == 1000 * sum(counts)


def test_expected_admissions_come_from_the_year_that_is_over_and_not_from_last_years_count(workspace):
    found = ask(workspace)
    barred = read_barred(workspace)
    now = choose(workspace, NOW, COHORT, barred).free.head(120)
    past = choose(workspace, PAST, COHORT, barred).free.head(120)
    _, year = past_year(workspace, past, PAST, 10, None)
    expected = year.admissions.sum() / past["risk"].sum() * now["risk"].sum()
    assert found.who.reviewed == 120
    assert found.without.admissions.middle == pytest.approx(expected, rel=0.05)
    assert found.without.bed_days.middle == pytest.approx(2 * expected, rel=0.05)
    assert found.without.pounds.middle == pytest.approx(1000 * expected, rel=0.05)
    assert found.regression.past_day == PAST
    assert found.regression.past_after == 5 * round(year.admissions.sum() / 5)
    assert found.averted.admissions.low < 0 < found.averted.admissions.high
    assert ask(workspace) == found


def test_how_far_years_differ_is_read_from_the_years_that_are_over(workspace, monkeypatch):
    found = ask(workspace)
    barred = read_barred(workspace)
    ratios = {}
    for day in (EARLIER, PAST):
        chosen = choose(workspace, day, COHORT, barred).free.head(120)
        ratios[day] = past_year(workspace, chosen, day, 10, None)[1].ratio
    change = round(ratios[PAST] / ratios[EARLIER] - 1, 2)
    assert found.year_to_year.changes == ((EARLIER, PAST, change),)
    assert f"changed by {change:+.0%} from January 2024 to January 2025" in " ".join(worth_as_text(found).split())
    monkeypatch.setattr(past_room, "years_over", lambda _: [PAST])
    alone = ask(workspace)
    assert alone.year_to_year.changes == ()
    assert "Only one year is over in which such people can be followed" in " ".join(worth_as_text(alone).split())
    assert alone.without.admissions.middle == pytest.approx(found.without.admissions.middle, rel=0.05)
    told = found.as_dict()["year_to_year"]
    assert told["changes"] == [{"from": "2024-01-01", "to": "2025-01-01", "change": change}]
    assert -1 < told["next_year"]["low"] < 0 < told["next_year"]["high"]


def test_a_choice_that_cannot_be_made_of_an_earlier_year_is_no_year_to_compare_with_and_is_said(workspace, monkeypatch):
    monkeypatch.setattr(past_room, "choose", refuse_before(PAST, past_room.choose))
    found = ask(workspace)
    why = "its feed does not reach so far back"
    assert (found.year_to_year.changes, found.year_to_year.left_out) == ((), ((EARLIER, why),))
    assert f"The year from January 2024 is left out: {why}." in " ".join(worth_as_text(found).split())
    assert found.as_dict()["year_to_year"]["left_out"] == [{"day": "2024-01-01", "why": why}]


def refuse_before(day, choose_):
    def of(workspace, when, cohort, barred, **more):
        if when < day:
            raise InputRefused("its feed does not reach so far back")
        return choose_(workspace, when, cohort, barred, **more)

    return of


def test_years_over_do_not_overlap(workspace):
    assert past_room.years_over(workspace) == [PAST, EARLIER]


def test_every_line_of_the_question_is_answered_in_words_and_for_machines(workspace):
    """Issue 6, item 5, line by line."""
    found = ask(workspace, target=5)
    said, told = " ".join(worth_as_text(found).split()), found.as_dict()
    first = said[: said.index(". ")]
    lines = {
        "the first sentence answers": ("emergency admissions in a year", first),
        "expected admissions, bed days and cost without it": (" bed days, £", said),
        "those plausibly averted": ("A year with it: ", said),
        "by simulation": ("95 of 100 simulations lie between", first),
        "over a stated distribution of effect with its evidence": ("Holland: ratio 0.99 (0.87 to 1.14) there", said),
        "the null": ("nobody can say that it would avert any", first),
        "harm": (" more", first),
        "net of regression to the mean": (
            "is regression to the mean" if "That change" in said else "(regression",
            said,
        ),
        "net of overlap with programmes": ("of the cohort are held by a programme already", said),
        "reviews needed for each admission averted": ("Reviews for each admission averted: ", said),
        "wide where the evidence is thin": ("Elsewhere the effect is another", said),
        "what would have to be true for a target": ("What would have to be true for 5 admissions", said),
    }
    assert [line for line, (words, where) in lines.items() if words not in where] == []
    for use in ("without", "averted"):
        for what in ("admissions", "bed_days", "pounds"):
            assert told[use][what]["low"] <= told[use][what]["middle"] <= told[use][what]["high"]
    assert 0 < told["averts_any"] < 1 > told["adds_any"] > 0
    assert told["intervention"]["estimate"][0]["address"].startswith("https://")
    assert told["intervention"]["estimate"][0]["between_places"] > 0
    assert told["regression"]["past_after"] > 0
    assert told["who"]["held"] is None or told["who"]["held"] >= 0
    assert set(told["reviews_per_admission_averted"]) == {"best", "middle", "worst"}
    assert set(told["target"]) >= {"ratio", "chance", "reviews", "beyond"}


def test_a_trial_of_a_list_alone_is_among_the_interventions_and_says_that_it_adds(workspace):
    found = ask(workspace, intervention="list-alone")
    assert found.intervention.estimate[0].name == "PRISMATIC"
    assert found.ratio.middle > 1
    assert found.adds_any > found.averts_any
    assert "adds some in" in worth_as_text(found)


def test_a_cohort_of_two_boards_is_both_and_is_not_told_where_one_is_suppressed():
    rows = pl.DataFrame(
        [("a", "A", 20, ""), ("b", "B", 10, ""), ("c", "C", 0, ""), ("a", "A", 35, ""), ("b", "B", None, "*")],
        schema=["cohort", "title", "people", "note"],
        orient="row",
    )
    assert Published.by_cohort(rows) == {
        "a": Published("A", 55),
        "b": Published("B", None, "*"),
        "c": Published("C", 0),
    }


def test_counts_of_people_are_as_published_and_more_than_there_are_is_all_of_them(workspace):
    found = ask(workspace, capacity=1000, published=215)
    assert (found.who.members, found.who.is_everyone) == (215, True)
    assert found.who.reviewed % 5 == 0
    assert found.who.held is None or found.who.held % 5 == 0
    left = 12_000 - found.who.reviewed
    assert f"which is all of them: about {left:,} of the 12,000 reviews have nobody" in " ".join(
        worth_as_text(found).split()
    )


def test_what_cannot_be_answered_is_refused_with_what_to_do(workspace, monkeypatch):
    named = {COHORT: Published("Moderate risk", 300)}
    with pytest.raises(UsageFault, match="there is no cohort 'x'"):
        worth(workspace, NOW, "x", "list-alone", 10, published=named)
    with pytest.raises(UsageFault, match="no cohort 'risk-moderat': is 'risk-moderate' meant"):
        worth(workspace, NOW, "risk-moderat", "list-alone", 10, published=named)
    with pytest.raises(InputRefused, match="nobody is in the cohort risk-moderate at 2026-06-01"):
        ask(workspace, published=0)
    with pytest.raises(InputRefused, match="cannot be counted at 2026-06-01: needs scores of x") as refused:
        ask(workspace, published=None, note="no figure: needs scores of x")
    assert "riskstrat score --index-date 2026-06-01" in str(refused.value)
    with pytest.raises(UsageFault, match="there is no intervention 'magic'"):
        ask(workspace, intervention="magic")
    with pytest.raises(InputRefused, match="too few to be published"):
        ask(workspace, published=None, note="*")
    with pytest.raises(InputRefused, match="fewer than 30 people"):
        ask(workspace, capacity=2)
    monkeypatch.setattr(worth_people, "champion_scores", lambda *_: None)
    with pytest.raises(InputRefused, match="no version of emergency_admission_12m is champion"):
        ask(workspace)


def test_it_says_first_that_nobody_can_say_and_never_that_money_is_saved(workspace):
    found = ask(workspace, target=40)
    text = worth_as_text(found)
    said = " ".join(text.split())
    assert said.startswith(
        "Medication review led by a pharmacist, for 120 people of “Moderate risk of emergency admission”: nobody can"
    )
    assert "This is a forecast, not a saving." in said
    assert "no middle and no upper bound can be given, as the interval includes no effect" in said
    assert "(regression to the mean)" in said
    known = replace(found, regression=replace(found.regression, past_before=95, now_before=110))
    text = worth_as_text(known)
    said = " ".join(text.split())
    assert (
        "chosen on 1 January 2025 had about 95 emergency admissions in the year before and 70 in the year after" in said
    )
    assert "That fall of 25 is regression to the mean" in said
    assert "The 120 chosen today had about 110 in the year before, which is no part of this forecast" in said
    assert "What would have to be true for 40 admissions to be averted" in said
    assert "nobody stated what a review costs" in said
    assert "Nobody has signed for planning with these figures" in said
    assert max(map(len, text.splitlines())) <= 100


@pytest.mark.parametrize(
    ("before", "told"),
    [
        (95, "That fall of 25 is regression to the mean"),
        (40, "That rise of 30 is new illness, age and chance"),
        (70, "Regression to the mean, deaths and new illness leave no change"),
    ],
)
def test_a_change_with_nothing_done_is_called_what_it_is(workspace, before, told):
    found = ask(workspace)
    known = replace(found, regression=replace(found.regression, past_before=before, past_after=70))
    assert told in " ".join(worth_as_text(known).split())


def test_an_interval_on_one_side_is_said_plainly_with_reviews_and_money(workspace):
    found = ask(workspace)
    about = found.intervention.model_copy(
        update={"pounds_per_review": 50.0, "pounds_why": "the board's own, 2026", "signed_by": "A. Person, 3 June 2026"}
    )
    better = replace(found.averted, admissions=Interval(20, 10, 30), pounds=Interval(20_000, 10_000, 30_000))
    said = " ".join(worth_as_text(replace(found, intervention=about, averted=better)).split())
    assert "plausibly averts about 20 of about" in said
    assert "Reviews for each admission averted: about 6 at the middle of the forecast, 4 to 12." in said
    assert (
        "the reviews cost £6,000 (the board's own, 2026). Cost averted less that: £14,000 (£4,000 to £24,000)" in said
    )
    assert "Signed for by A. Person, 3 June 2026." in said
    worse = replace(found.averted, admissions=Interval(-20, -30, -10), pounds=None)
    said = " ".join(worth_as_text(replace(found, averted=worse)).split())
    assert "plausibly ADDS about 20 to about" in said
    assert "there is no such number" in said


def test_the_answer_for_machines_has_rounded_figures_and_whose_evidence_it_is(workspace):
    told = ask(workspace, target=5).as_dict()
    assert told["who"]["day"] == "2026-06-01"
    assert told["published"] == [{"estimate": "Holland", "ratio": 0.99, "low": 0.87, "high": 1.14}]
    reviews = told["reviews_per_admission_averted"]
    assert reviews["best"] > 0
    assert (reviews["middle"], reviews["worst"]) == (None, None)
    assert told["target"]["admissions"] == 5
    assert told["regression"]["past_after"] % 5 == 0


def test_nothing_averted_is_no_number_of_fewer(workspace):
    found = ask(workspace)
    even = replace(found.averted, admissions=Interval(0, -30, 20), pounds=Interval(0.2, -900, 800))
    said = " ".join(worth_as_text(replace(found, averted=even)).split())
    assert "A year with it: as many (30 more to 20 fewer) admissions;" in said
    assert "as much (£900 more to £800 less)." in said
