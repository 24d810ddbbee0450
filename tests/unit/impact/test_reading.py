"""From the store to the answers: who could have been listed, what happened to them, and what is said of it."""

import shutil
from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from riskstrat.disclosure import Rule
from riskstrat.errors import InputRefused, UsageFault
from riskstrat.impact import backtest, backtest_as_text, effect, effect_as_text
from riskstrat.impact.backtest import published, shares
from riskstrat.impact.reading import LABELS, make_outcomes, read_past_lists
from riskstrat.impact.rows import could_be_listed, hold_out_rows, never_sent, trials_of
from riskstrat.intake import last_successors
from riskstrat.project import Workspace
from riskstrat.rules import evaluate
from riskstrat.rules.definitions import read_rules
from riskstrat.worklists.holding_out import _never_waits
from riskstrat.worklists.selection import select
from support.worklist_store import keep_sent, write_intake, write_worklist_store

PEOPLE, PRACTICES = 1500, 3
LISTS = (date(2025, 1, 1), date(2025, 2, 1), date(2025, 3, 1))
YEAR_BEFORE = tuple(day.replace(year=2024) for day in LISTS)
CAPACITY = "[worklist]\nreviews_per_month = 60\n"
HOLD_OUT = f"""
[worklist.hold_out]
share = 0.5
approval = "board of 3 June 2024"
trial = "made"
rules = {[rule.id for rule in read_rules("worklist") if _never_waits(rule) is None]}
starts = 2025-01-01
ends = 2026-01-01
"""


def tables(objects=()):
    """Everybody registered; two in three admitted at a day of their own in each year; some object to planning."""
    random = np.random.default_rng(3)
    admitted = []
    for year in (2024, 2025):
        for person in np.flatnonzero(random.random(PEOPLE) < 0.66) + 1:
            day = date(year, 1, 1) + timedelta(days=int(random.integers(0, 360)))
            admitted.append(
                {
                    "person_id": int(person),
                    "provider_code": "R0A",
                    "spell_id": f"{year}-{person}",
                    "episode_number": 1,
                    "admission_date": day,
                    "admission_method": "21",
                    "episode_start_date": day,
                    "episode_end_date": day,
                    "discharge_date": day,
                }
            )
    people = range(1, PEOPLE + 1)
    return {
        "person": [{"person_id": n, "birth_date": date(1950, 1, 1), "sex": "1"} for n in people],
        "registration": [
            {"person_id": n, "practice_code": f"Z{1 + (n - 1) % PRACTICES:05}", "start_date": date(2010, 1, 1)}
            for n in people
        ],
        "practice": [{"practice_code": f"Z{n + 1:05}", "practice_name": "Practice"} for n in range(PRACTICES)],
        "opt_out": [{"person_id": n, "kind": "objection", "start_date": date(2020, 1, 1)} for n in objects],
        "apc_episode": admitted,
    }


def sent(root, settings="", until=date(2026, 9, 1), objects=(), by_lot=False):
    """Return a made workspace whose lists of three months were sent: as selected, or drawn of all who could be."""
    workspace = write_worklist_store(root, people=PEOPLE, index_dates=(*YEAR_BEFORE, *LISTS), practices=PRACTICES)
    shutil.rmtree(workspace.store / "labels")
    (root / "riskstrat.toml").write_text(CAPACITY + settings, encoding="utf-8")
    workspace = Workspace(root)
    for day in (*YEAR_BEFORE, *LISTS):
        evaluate(workspace, day)
    for day in LISTS:
        rows = pl.read_parquet(select(workspace, day))
        listed = rows.filter(pl.col("state") == "listed")
        if by_lot:
            could_be = rows.filter(pl.col("state").is_in(["listed", "below_cut"]))
            listed = could_be.filter(np.random.default_rng(day.toordinal()).random(could_be.height) < 0.2)
        keep_sent(workspace, f"{day}.1", listed)
    write_intake(workspace, tables(objects), until)
    return workspace


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
    assert twelve.before_and_after is not None
    assert thirty_days.before_and_after is None
    text = " ".join(effect_as_text([twelve, thirty_days]).split())
    assert "regression to the mean" in text
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


def test_without_a_list_there_is_nothing_to_say(tmp_path):
    with pytest.raises(UsageFault, match="no worklist has been published"):
        read_past_lists(Workspace(tmp_path))


def test_mergers_are_followed_to_the_end_and_rings_stop():
    assert last_successors({"A": "B", "B": "C"}) == {"A": "C", "B": "C"}
    assert last_successors({"A": "B", "B": "A"})["A"] in ("A", "B")


def test_figures_by_practice_are_published_counts_and_one_suppressed_takes_another():
    counts = pl.DataFrame(
        {
            "practice_code": ["A", "B", "C"],
            "listed": [40, 52, 38],
            "admitted": [5, 21, 18],
            "reviewed": [0, 20, 36],
            "listed_most": [40, 52, 38],
            "admitted_most": [10, 15, 10],
        }
    )
    a, b, c = published(counts, Rule())
    assert (a.listed, a.admitted, a.ppv, a.reviewed) == (40, None, None, 0)
    assert (c.admitted, c.ppv) == (None, None)  # the smaller of the others: the total would give A away
    assert (b.listed, b.admitted, b.reviewed) == (50, 20, 20)
    assert (b.ppv[0], b.ppv_most) == (0.4, 0.3)
    assert (a.ppv_most, c.ppv_most) == (None, None)
    assert c.reviewed is None  # 38 less 36 are two people
    alike = counts.head(1).with_columns(listed=pl.lit(30), admitted=pl.lit(27))
    assert published(alike, Rule())[0].ppv is None


def test_shares_of_those_listed_stand_on_ten_people_either_side():
    listed = pl.DataFrame(
        {
            "no_programme": [True] * 45 + [False] * 15,
            "no_admission_730d": [True] * 55 + [False] * 5,
            "reviewed": [True] * 40 + [False] * 20,
            "acted_on": [True] * 12 + [False] * 28 + [None] * 20,
            "managed": [False] * 40 + [None] * 20,
        }
    )
    found = shares(listed)
    assert found == {
        "no_programme": 0.75, "no_admission_730d": None, "reviewed": 0.6667, "acted_on": 0.3, "managed": 0.0,
    }  # fmt: skip
