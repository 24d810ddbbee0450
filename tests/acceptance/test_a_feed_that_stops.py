"""A feed that stops inside the period its manifest states: its silence is not good health, and everything says so."""

import hashlib
import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from riskstrat.features import build_snapshots, read_snapshot, read_sources
from riskstrat.intake import take_drop
from riskstrat.project import Workspace
from riskstrat.rules import evaluate
from riskstrat.synthetic import generate_drop

INDEX = date(2026, 11, 1)
STOPPED = {
    "gp_appointment": ("appointment_date", date(2026, 8, 1)),
    "gp_prescription": ("issue_date", date(2026, 6, 1)),
}
"""Appointments stop two months and a half, prescriptions four months before the day they promise to be complete to."""


def stop_feeds(drop: Path) -> None:
    """Take away what came later, and let the manifest go on stating the whole period."""
    manifest = json.loads((drop / "manifest.json").read_text(encoding="utf-8"))
    for entry in manifest["files"]:
        if entry["table"] in STOPPED:
            path = drop / entry["file"]
            day, end = STOPPED[entry["table"]]
            frame = pl.read_parquet(path).filter(pl.col(day) < end)
            frame.write_parquet(path)
            entry |= {"rows": len(frame), "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
    (drop / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")


def board(root: Path, is_stopped: bool) -> tuple[Workspace, list[str]]:
    generate_drop(1500, 7, root / "drop")
    if is_stopped:
        stop_feeds(root / "drop")
    workspace = Workspace(root / "board")
    workspace.key_file.parent.mkdir(parents=True)
    workspace.key_file.write_text("5e" * 32, encoding="ascii")
    workspace.key_file.chmod(0o600)
    warnings = take_drop(workspace, root / "drop").warnings
    build_snapshots(workspace, [INDEX])
    evaluate(workspace, INDEX)
    return workspace, warnings


@pytest.fixture(scope="module")
def honest(tmp_path_factory: pytest.TempPathFactory) -> tuple[Workspace, list[str]]:
    return board(tmp_path_factory.mktemp("honest"), is_stopped=False)


@pytest.fixture(scope="module")
def stopped(tmp_path_factory: pytest.TempPathFactory) -> tuple[Workspace, list[str]]:
    return board(tmp_path_factory.mktemp("stopped"), is_stopped=True)


def sources(workspace: Workspace) -> dict[str, dict[str, Any]]:
    return {row["table_name"]: row for row in read_sources(workspace, INDEX).to_dicts()}


def test_an_honest_feed_is_complete_to_what_its_period_and_lag_say(honest):
    workspace, warnings = honest
    assert not [words for words in warnings if "usual volume" in words]
    for row in sources(workspace).values():
        assert row["note"] is None
        assert row["complete_to"] == INDEX - timedelta(days=row["lag_days"])
    assert 0.5 < sources(workspace)["gp_appointment"]["share_of_usual_volume"] < 1.5


def test_the_windows_that_see_only_the_gap_are_null_and_the_rest_is_unchanged(honest, stopped):
    before, after = read_snapshot(honest[0], INDEX), read_snapshot(stopped[0], INDEX)
    held = sources(stopped[0])
    assert held["gp_appointment"]["complete_to"] == date(2026, 8, 1)
    assert held["gp_appointment"]["last_event_date"] == date(2026, 7, 31)
    assert held["gp_appointment"]["share_of_usual_volume"] == 0
    for name in ("gp_appointments_attended_30d", "gp_appointments_attended_90d", "medicines_90d"):
        assert before[name].null_count() < len(before), name
        assert after[name].null_count() == len(after), name
    assert after["gp_appointments_attended_365d"].null_count() == before["gp_appointments_attended_365d"].null_count()
    untouched = [name for name in before.columns if name.startswith(("emergency_", "ae_", "outpatient_", "community_"))]
    assert after.select(untouched).equals(before.select(untouched))
    for table in set(held) - set(STOPPED):
        assert held[table] == sources(honest[0])[table]


def test_a_rule_that_needs_the_feed_does_not_run_and_says_why(honest, stopped):
    def status(workspace: Workspace) -> dict[str, Any]:
        rows = pl.read_parquet(workspace.part("rule_status", INDEX)).to_dicts()
        return next(row for row in rows if row["rule_id"] == "structured-medication-review")

    assert status(honest[0])["ran"]
    assert not status(stopped[0])["ran"]
    assert "gp_prescription: 0 % of its usual volume in the 28 days before 2026-10-02" in status(stopped[0])["why_not"]


def test_intake_says_it_the_day_the_drop_is_taken(stopped):
    workspace, warnings = stopped
    said = [words for words in warnings if "usual volume" in words]
    assert [words.partition(":")[0] for words in said] == ["gp_appointment", "gp_prescription"]
    page = (workspace.quality / "000001.html").read_text(encoding="utf-8")
    assert all(words in page for words in said)
    report = json.loads((workspace.quality / "000001.json").read_text(encoding="utf-8"))
    told = {row["table"]: row for row in report["freshness"]}
    assert told["gp_appointment"]["complete_to"] == "2026-08-01"
