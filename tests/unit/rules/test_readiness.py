"""A rule whose source is absent or late does not run, and says why."""

from datetime import date, timedelta

import polars as pl
import pytest

from riskstrat.project import Workspace
from riskstrat.rules import evaluate, read_sources
from riskstrat.rules.definitions import _read  # the board's own rules, with gaps
from support.worklist_store import INDEX, write_worklist_store

OWN = """
[[cohort]]
id = "timely"
title = "Left hospital lately"
theme = "x x"
definition = "Left hospital in the last 30 days"
who = "days_since_emergency_discharge <= 30"
needs = ["apc_episode"]
bears_lag_days = 14
evidence = "a source that can be read"
version = 1

[[cohort]]
id = "short-window"
title = "Short window"
theme = "x x"
definition = "Admitted in the last 30 days"
who = "emergency_admissions_30d >= 1"
needs = ["apc_episode"]
evidence = "a source that can be read"
version = 1

[[cohort]]
id = "optional"
title = "Many medicines or admitted"
theme = "x x"
definition = "Many medicines, or admitted"
who = "medicines_365d >= 10 OR emergency_admissions_365d >= 1"
needs = ["gp_prescription"]
evidence = "a source that can be read"
version = 1

[[cohort]]
id = "needs-scores"
title = "Rising"
theme = "x x"
definition = "Risk has risen"
who = "rise_emergency_admission_12m > 0"
evidence = "a source that can be read"
version = 1

[[gap]]
id = "plan"
who = "days_since_care_plan IS NULL OR days_since_care_plan > 365"
needs = ["gp_event"]
since = "days_since_care_plan"
words = "no care plan known to {known_to}"
words_since = "last care plan known: {on}"
evidence = "a source that can be read"
version = 1
"""


@pytest.fixture
def made(tmp_path):
    workspace = write_worklist_store(tmp_path / "w", people=200)
    folder = tmp_path / "own"
    folder.mkdir()
    (folder / "own.toml").write_text(OWN, encoding="utf-8")
    rules, gaps = _read(folder)

    def run(**sources):
        file = workspace.part("sources", INDEX)
        held = pl.read_parquet(file)
        for table, change in sources.items():
            for column, value in change.items():
                own = pl.when(pl.col("table_name") == table).then(pl.lit(value, held.schema[column]))
                held = held.with_columns(own.otherwise(pl.col(column)).alias(column))
        held.write_parquet(file)
        evaluate(workspace, INDEX, rules=rules, gaps=gaps)
        statuses = pl.read_parquet(workspace.part("rule_status", INDEX)).to_dicts()
        return workspace, {row["rule_id"]: row for row in statuses}

    return run


def test_a_window_no_longer_than_the_lag_does_not_run(made):
    _, status = made()
    assert (
        status["short-window"]["why_not"]
        == "emergency_admissions_30d looks back 30 days, and apc_episode is 42 days late"
    )


def test_an_empty_window_does_not_run_however_timely_the_source_says_it_is(made):
    _, status = made(apc_episode={"lag_days": 1, "complete_to": INDEX})
    assert status["short-window"]["why_not"] == "emergency_admissions_30d is empty for everyone"


@pytest.mark.parametrize(("days", "runs"), [(14, True), (15, False)])
def test_a_rule_bears_so_much_lateness_and_no_more(made, days, runs):
    _, status = made(apc_episode={"complete_to": INDEX - timedelta(days=days)})
    assert status["timely"]["ran"] is runs
    assert (
        runs
        or status["timely"]["why_not"] == "needs apc_episode complete to within 14 days; it is complete to 2026-10-17"
    )


SHORT_FEED = "apc_episode: 12 % of its usual volume in the 28 days before 2026-09-20; taken as complete to 2026-07-26"


def test_a_feed_that_fell_short_stops_the_rule_and_the_reason_says_so(made):
    _, status = made(apc_episode={"lag_days": 1, "complete_to": INDEX - timedelta(days=98), "note": SHORT_FEED})
    assert status["timely"]["why_not"] == f"needs apc_episode complete to within 14 days; {SHORT_FEED}"
    _, status = made(apc_episode={"lag_days": 1, "complete_to": INDEX - timedelta(days=1), "note": SHORT_FEED})
    assert status["short-window"]["why_not"] == f"emergency_admissions_30d looks back 30 days; {SHORT_FEED}"


def test_an_absent_source_stops_the_rule_that_needs_it_and_is_noted_where_it_is_optional(made):
    _, status = made(apc_episode={"is_present": False, "complete_to": None})
    assert status["timely"]["why_not"] == "needs apc_episode, which is not held"
    assert status["optional"]["ran"]
    assert status["optional"]["note"].startswith("without apc_episode")


def test_a_rule_on_scores_needs_those_scores(made, tmp_path):
    workspace, status = made()
    assert status["needs-scores"]["ran"]
    workspace.part("scores", date(2026, 8, 1)).unlink()
    _, status = made()
    assert status["needs-scores"]["why_not"] == (
        "needs scores of emergency_admission_12m 3 months earlier, which there are not"
    )
    workspace.part("scores", INDEX).unlink()
    _, status = made()
    assert "which there are not at this date" in status["needs-scores"]["why_not"]


def test_a_gap_is_not_mentioned_where_its_source_is_absent(made):
    workspace, _ = made()
    assert pl.read_parquet(workspace.part("gap_hits", INDEX)).height > 0
    workspace, _ = made(gp_event={"is_present": False})
    assert pl.read_parquet(workspace.part("gap_hits", INDEX)).height == 0
    status = pl.read_parquet(workspace.part("gap_status", INDEX)).to_dicts()
    assert status[0]["why_not"] == "needs gp_event, which is not held"


def test_gap_sentences_carry_dates_that_agree_with_the_snapshot(made):
    workspace, _ = made()
    snapshot = pl.read_parquet(workspace.part("features", INDEX)).select("person_id", "days_since_care_plan")
    told = pl.read_parquet(workspace.part("gap_hits", INDEX)).join(snapshot, on="person_id")
    assert told["days_since_care_plan"].null_count() not in (0, told.height)
    for row in told.to_dicts():
        if row["days_since_care_plan"] is None:
            assert row["words"] == "no care plan known to 29 October 2026"
        else:
            day = INDEX - timedelta(days=row["days_since_care_plan"])
            assert row["words"] == f"last care plan known: {day.day} {day.strftime('%B %Y')}"
            assert row["days_since_care_plan"] > 365


def test_sources_of_a_snapshot_made_before_they_told_how_fresh_they_were_are_read(tmp_path):
    """A page that was published before an upgrade is explained after it."""
    file = Workspace(tmp_path).part("sources", INDEX)
    file.parent.mkdir(parents=True)
    row = {"table_name": ["apc_episode"], "is_present": [True], "lag_days": [42], "complete_to": [INDEX]}
    pl.DataFrame(row).write_parquet(file)
    source = read_sources(Workspace(tmp_path), INDEX)["apc_episode"]
    assert (source.complete_to, source.note) == (INDEX, None)
