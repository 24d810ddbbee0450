"""From the store to the answers: who could have been listed, what happened to them, and what is said of it."""

import shutil
from datetime import date, timedelta

import polars as pl
import pytest

from riskstrat.disclosure import Rule
from riskstrat.errors import InputRefused, UsageFault
from riskstrat.impact import backtest, backtest_as_text, effect, effect_as_text
from riskstrat.impact.listing.rows import could_be_listed, hold_out_rows, never_sent, trials_of
from riskstrat.impact.past_lists.backtest import shares
from riskstrat.impact.reading import LABELS, make_outcomes, read_past_lists
from riskstrat.intake import last_successors
from riskstrat.project import Workspace
from riskstrat.worklists.selecting.selection import select
from support.sent_lists import HOLD_OUT, LISTS, YEAR_BEFORE, sent, tables
from support.worklist_store import keep_sent, write_intake


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    return sent(tmp_path_factory.mktemp("sent"), by_lot=True)


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    return sent(tmp_path_factory.mktemp("drawn"), HOLD_OUT)


def test_a_person_could_be_listed_for_the_first_time_until_they_are(workspace):
    lists = read_past_lists(workspace)
    candidates = could_be_listed(lists)
    firsts = candidates.filter("is_listed")
    assert firsts["person_id"].n_unique() == firsts.height == lists.sent["person_id"].n_unique()
    joined = candidates.join(lists.first_listed(), on="person_id", how="left")
    assert joined.filter(pl.col("day") > pl.col("first_listed")).is_empty()
    states = pl.read_parquet(workspace.part("worklists", LISTS[0]))
    held = states.filter(pl.col("state").is_in(["held", "decided"]))["person_id"]
    assert not set(held) & set(candidates.filter(pl.col("day") == LISTS[0])["person_id"])


def test_what_happened_is_what_the_hospital_rows_say_and_its_day(workspace):
    lists = read_past_lists(workspace)
    outcomes = make_outcomes(workspace, LABELS[0], LISTS)
    assert outcomes.complete == LISTS
    candidates = could_be_listed(lists)
    trials = trials_of(candidates, {day: lists.outcomes(LABELS[0], day) for day in LISTS})
    admitted = {}
    for row in tables()["apc_episode"]:
        admitted.setdefault(row["person_id"], []).append(row["admission_date"])
    epoch = date(1970, 1, 1)
    for person, day, outcome, ended in zip(trials.person, trials.day, trials.outcome, trials.ended, strict=True):
        begin = epoch + timedelta(days=int(day))
        end = begin.replace(year=begin.year + 1)
        within = sorted(when for when in admitted.get(int(person), []) if begin <= when < end)
        assert outcome == bool(within)
        assert epoch + timedelta(days=int(ended)) == (within[0] if within else end)


def test_lists_never_sent_are_as_long_a_year_before_and_name_nobody_twice(workspace):
    lists = read_past_lists(workspace)
    candidates = could_be_listed(lists)
    rows = never_sent(lists, candidates)
    assert tuple(rows["day"].unique().sort()) == YEAR_BEFORE
    listed = rows.filter("is_listed")
    assert listed["person_id"].n_unique() == listed.height
    sizes = candidates.filter("is_listed").group_by("day").len().sort("day")["len"].to_list()
    assert listed.group_by("day").len().sort("day")["len"].to_list() == sizes
    risks = rows.filter((pl.col("day") == YEAR_BEFORE[0]) & (pl.col("practice_code") == "Z00001")).sort(
        "urgency", "risk"
    )
    assert risks.filter("is_listed")["urgency"].max() <= risks.filter(~pl.col("is_listed"))["urgency"].max()


def test_without_a_hold_out_comparable_people_and_a_placebo_answer_and_find_nothing(workspace):
    twelve, thirty_days = effect(workspace)
    assert twelve.design == "comparable people"
    assert (twelve.placebo is None) == (twelve.why_no_placebo is not None)
    assert twelve.verdict in ("cannot tell", "not to be relied on")  # who is admitted is drawn, and who is listed
    assert twelve.comparison.compared > 0.9 * twelve.comparison.listed
    assert twelve.difference.low <= 0 <= twelve.difference.high
    assert thirty_days.before_and_after is None
    text = " ".join(effect_as_text([twelve, thirty_days]).split())
    assert ("regression to the mean" in text) == (twelve.verdict == "cannot tell" and twelve.placebo is not None)
    assert "Placebo (the same method on lists nobody was sent, a year earlier)" in text


def test_a_hold_out_is_read_as_it_was_drawn(drawn):
    lists = read_past_lists(drawn)
    outcomes = make_outcomes(drawn, LABELS[0], LISTS)
    held = hold_out_rows(lists, {day: lists.outcomes(LABELS[0], day) for day in outcomes.complete})
    frames = [pl.read_parquet(drawn.part("worklists", day)) for day in LISTS]
    enrolled = pl.concat(f.filter(pl.col("enrolled_on") == day) for f, day in zip(frames, LISTS, strict=True))
    assert len(held.listed) == enrolled.height > 50
    assert (~held.listed).sum() == enrolled.filter(pl.col("arm") == "kept unlisted").height
    assert len(set(held.stratum)) == enrolled["stratum"].n_unique()
    assert not held.is_by_practice
    twelve = effect(drawn)[0]
    assert twelve.design == "hold-out"
    assert twelve.hold_out.people_listed + twelve.hold_out.people_kept_off <= enrolled.height
    assert "kept unlisted by chance" in " ".join(effect_as_text([twelve]).split())


def test_past_lists_are_set_against_what_happened(workspace):
    found = backtest(workspace)
    twelve = found.horizons[0]
    lists = read_past_lists(workspace)
    rows = pl.concat(lists.listed(day).join(lists.outcomes(LABELS[0], day), on="person_id") for day in LISTS)
    assert twelve.pooled.ppv.value == pytest.approx(rows["outcome"].mean())
    assert twelve.pooled.listed == rows.height
    assert found.lists["people"].sum() == lists.sent.height
    assert found.shares["reviewed"] is None  # no practice has sent anything back
    assert not any(one.has_returned or one.shares["share_reviewed"] is not None for one in found.practices)
    assert [one.practice_code for one in found.practices] == ["Z00001", "Z00002", "Z00003"]
    text = backtest_as_text(found)
    assert "riskstrat effect" in text
    assert max(map(len, text.splitlines())) <= 120


def test_a_horizon_that_is_not_complete_is_said_and_not_guessed(tmp_path):
    workspace = sent(tmp_path, until=date(2026, 3, 1))  # admissions are complete six weeks before: to mid January
    found = backtest(workspace).horizons[0]
    assert tuple(found.by_list) == LISTS[:1]
    assert [day for day, _ in found.outcomes.waiting] == list(LISTS[1:])
    assert "Not complete, and not guessed: 2 lists; the first, of 1 February 2025" in backtest_as_text(
        backtest(workspace)
    )
    write_intake(workspace, tables(), date(2025, 2, 1))
    with pytest.raises(InputRefused, match="no list is old enough") as refused:
        effect(workspace)
    assert "the list of 2025-01-01 can be judged once admissions complete to 2026-01-01 " in str(refused.value)


def test_nobody_who_objects_to_planning_is_read(tmp_path):
    workspace = sent(tmp_path)
    someone = int(read_past_lists(workspace).sent["person_id"][0])
    write_intake(workspace, tables(objects=[someone]), date(2026, 9, 1))
    lists = read_past_lists(workspace)
    assert someone not in set(lists.sent["person_id"])
    assert someone not in set(could_be_listed(lists)["person_id"])


def test_practices_that_merged_since_are_still_those_that_were_drawn(drawn, tmp_path):
    """Whole practices were drawn, two for the list and one against it; then one of the former took over the latter."""
    workspace = Workspace(shutil.copytree(drawn.root, tmp_path / "merged"))
    write_intake(workspace, tables(closed=["Z00003"]), date(2026, 9, 1))
    for by in ("practice", "person"):
        for day in LISTS:
            path = workspace.part("worklists", day)
            kept = pl.when(pl.col("practice_code") == "Z00003").then(pl.lit("kept unlisted"))
            drawn_so = pl.when(pl.col("enrolled_on").is_not_null())
            pl.read_parquet(path).with_columns(
                drawn_so.then(kept.otherwise(pl.lit("listed as usual"))).alias("arm"),
                drawn_so.then(pl.lit(by)).alias("randomised_by"),
            ).write_parquet(path)
        lists = read_past_lists(workspace)
        outcomes = make_outcomes(workspace, LABELS[0], LISTS)
        held = hold_out_rows(lists, {day: lists.outcomes(LABELS[0], day) for day in outcomes.complete})
        assert held.is_by_practice == (by == "practice")
        assert set(held.practice) == {"Z00001", "Z00002", "Z00003"}
        assert set(held.practice[~held.listed]) == {"Z00003"}
        assert "Z00003" not in set(lists.sent["practice_code"])


def test_a_list_made_late_names_survivors_and_is_left_out(workspace, tmp_path):
    """Of those named in time some die within the year; made again then, the list has not one of them."""
    late = Workspace(shutil.copytree(workspace.root, tmp_path / "late"))
    in_time = set(read_past_lists(late).listed(LISTS[0])["person_id"])
    dead = sorted(in_time)[::2]
    write_intake(late, tables(dead=dead), date(2026, 9, 1))
    rows = pl.read_parquet(select(late, LISTS[0]))
    assert not set(dead) & set(rows["person_id"]), "whoever was to die could, from this table, not have been listed"
    keep_sent(late, f"{LISTS[0]}.2", rows.filter(pl.col("state") == "listed"))
    lists = read_past_lists(late)
    assert lists.made_late == (LISTS[0],)
    assert set(lists.listed(LISTS[0])["person_id"]) == in_time, "what was sent in time stands as it was"
    assert lists.selected_in_time == LISTS[1:]
    assert set(could_be_listed(lists)["day"]) == set(LISTS[1:])
    shutil.rmtree(late.store / "worklists_sent" / f"release={LISTS[0]}.1")
    assert read_past_lists(late).dates == LISTS[1:]
    for day in LISTS[1:]:
        shutil.rmtree(late.store / "worklists_sent" / f"release={day}.1")
    with pytest.raises(InputRefused, match="no list was made within 14 days"):
        read_past_lists(late)


def test_without_a_list_there_is_nothing_to_say(tmp_path):
    with pytest.raises(UsageFault, match="no worklist has been published"):
        read_past_lists(Workspace(tmp_path))


def test_mergers_are_followed_to_the_end_and_rings_stop():
    assert last_successors({"A": "B", "B": "C"}) == {"A": "C", "B": "C"}
    assert last_successors({"A": "B", "B": "A"})["A"] in ("A", "B")


def test_shares_of_those_listed_stand_on_ten_people_either_side():
    listed = pl.DataFrame(
        {
            "person_id": range(60),
            "no_programme": [True] * 45 + [False] * 15,
            "no_admission_730d": [True] * 55 + [False] * 5,
            "reviewed": [True] * 40 + [False] * 20,
            "acted_on": [True] * 12 + [False] * 28 + [None] * 20,
            "managed": [False] * 40 + [None] * 20,
        }
    )
    found = shares(listed, Rule())
    assert found == {
        "no_programme": 0.75, "no_admission_730d": None, "reviewed": 0.6667, "acted_on": 0.3, "managed": 0.0,
    }  # fmt: skip
    assert shares(listed, Rule(15))["acted_on"] is None
    thrice = pl.concat([listed.with_columns(pl.col("person_id") // 3)])
    assert shares(thrice, Rule())["acted_on"] is None  # twelve rows of four people
