"""What changed under a series, as manifests and the store tell it; and lists that came back, alone counted."""

import json
from datetime import date

import polars as pl
import pytest

from riskstrat.errors import IntegrityFault
from riskstrat.population.counting.changes import read_changes, trend_changes
from riskstrat.population.measures import activity
from riskstrat.project import Workspace

NOW = date(2026, 11, 1)


def feed(name, *, is_present=True, note=None):
    return {"table_name": name, "is_present": is_present, "note": note}


def release(folder, day, *, model="1", falls=1, lists="a", feeds=()):
    """Write the manifest of a release, as far as it is read here, and return its population folder."""
    (folder / day).mkdir()
    manifest = {
        "index_date": day[:10],
        "inputs": {"champions": {"emergency_admission_12m": {"version": model}}, "code_lists": lists},
        "rules": [{"rule": "falls", "version": falls}],
        "sources": [*feeds],
    }
    (folder / day / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return folder / day / "population"


def test_what_changed_between_releases_is_said_by_month(tmp_path):
    folders = [
        release(tmp_path, "2026-06-01.1"),
        release(tmp_path, "2026-07-01.1", model="2"),
        release(tmp_path, "2026-07-01.2"),
        release(tmp_path, "2026-08-01.1", model="2", falls=2),
        tmp_path / "2026-09-01.1" / "population",
    ]
    assert read_changes(folders) == {date(2026, 8, 1): "model emergency_admission_12m version 2; rule falls version 2"}


def test_code_lists_and_feeds_that_changed_are_said(tmp_path):
    full, low = feed("gp_event"), feed("gp_event", note="volume: 41 % of usual")
    folders = [
        release(tmp_path, "2026-06-01.1", lists=None, feeds=[full]),
        release(tmp_path, "2026-07-01.1", feeds=[low, feed("apc_episode", is_present=False)]),
        release(tmp_path, "2026-08-01.1", feeds=[low, feed("apc_episode")]),
        release(tmp_path, "2026-09-01.1", lists="b", feeds=[low, feed("apc_episode")]),
    ]
    assert read_changes(folders) == {
        date(2026, 7, 1): "feed apc_episode absent; feed gp_event less than usual",
        date(2026, 8, 1): "feed apc_episode present",
        date(2026, 9, 1): "other code lists",
    }


def test_a_feed_that_is_low_for_one_month_begins_new_limits_once(tmp_path):
    full, low, gone = (
        feed("gp_event"),
        feed("gp_event", note="41 % of its usual volume"),
        feed("gp_event", is_present=False),
    )
    months = {
        "2026-06-01.1": full,
        "2026-07-01.1": low,
        "2026-08-01.1": full,
        "2026-09-01.1": gone,
        "2026-10-01.1": low,
    }
    folders = [release(tmp_path, month, feeds=[state]) for month, state in months.items()]
    folders.append(release(tmp_path, "2026-11-01.1", feeds=[full]))
    assert read_changes(folders) == {
        date(2026, 7, 1): "feed gp_event less than usual",
        date(2026, 9, 1): "feed gp_event absent",
        date(2026, 10, 1): "feed gp_event less than usual",
    }


def test_what_a_release_does_not_say_of_its_feeds_is_no_change(tmp_path):
    folders = [release(tmp_path, "2026-09-01.1"), release(tmp_path, "2026-10-01.1", feeds=[feed("gp_event")])]
    assert read_changes(folders) == {}


@pytest.mark.parametrize("damaged", ["", "[]", '{"index_date": "2026-07-01"}', '{"index_date": "July"}'])
def test_a_damaged_manifest_is_named_with_its_release(tmp_path, damaged):
    folders = [release(tmp_path, "2026-06-01.1"), release(tmp_path, "2026-07-01.1")]
    (folders[1].parent / "manifest.json").write_text(damaged, encoding="utf-8")
    with pytest.raises(IntegrityFault, match=r"manifest\.json of release 2026-07-01\.1 cannot be read"):
        read_changes(folders)


def test_what_changed_between_the_dates_of_a_trend_is_said(tmp_path):
    """Feeds and scores of each date are those that the store holds; rules are today's at every date."""
    workspace = Workspace(tmp_path / "board")
    days = [date(2026, 5, 1), date(2026, 8, 1), NOW]
    for day, version, present in zip(days, ("1", "2", "2"), (True, True, False), strict=True):
        scored = {"model": ["emergency_admission_12m", "death_12m"], "model_version": [version, f"{day.month}"]}
        for layer, frame in (
            ("sources", pl.DataFrame([feed("community_contact", is_present=present)])),
            ("score_status", pl.DataFrame({**scored, "scored": [True, True]})),
        ):
            workspace.part(layer, day).parent.mkdir(parents=True)
            frame.write_parquet(workspace.part(layer, day))
    folders = [release(tmp_path, "2026-08-01.1", falls=1), release(tmp_path, "2026-05-01.1", falls=2)]
    assert trend_changes(workspace, days, folders) == (
        "Changed between 1 May 2026 and 1 August 2026: model emergency_admission_12m version 2. A step there may come "
        "of it.",
        "Changed between 1 August 2026 and 1 November 2026: other code lists; feed community_contact absent. A step "
        "there may come of it.",
    )
    assert trend_changes(workspace, days[:1], []) == ()


def test_a_list_that_did_not_come_back_is_not_counted(tmp_path):
    workspace = Workspace(tmp_path)
    sent = workspace.store / "worklists_sent" / "release=2026-08-01.1"
    recorded = workspace.store / "feedback"
    for folder in (sent, recorded):
        folder.mkdir(parents=True)
    listed = {"practice_code": ["A", "A", "B"], "row_key": ["a", "b", "c"], "person_id": [1, 2, 3]}
    pl.DataFrame(listed).write_parquet(sent / "part.parquet")
    status = {"index_date": [date(2026, 8, 1)], "practice_code": ["A"], "person_id": [1]}
    pl.DataFrame({**status, "status": ["reviewed - no action"]}).write_parquet(recorded / "part-1.parquet")
    came_back = activity._listed(workspace, NOW, activity._recorded(workspace))
    assert came_back["person_id"].to_list() == [1, 2]
    assert activity._listed(workspace, date(2026, 8, 1), activity._recorded(workspace)).is_empty()
    (recorded / "part-1.parquet").unlink()
    assert activity._listed(workspace, NOW, activity._recorded(workspace)).is_empty()
