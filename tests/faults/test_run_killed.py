"""``kill -9`` in the middle of a month: the old release stays, and the next run needs no cleaning."""

import json
import signal
import subprocess
import sys
import time
from datetime import date

from riskstrat import audit
from riskstrat.project import Workspace
from riskstrat.worklists.returning.memory import read_sent, releases_sent
from support.commands import command_line, run_riskstrat

KILLED = """
import os, signal, sys
from riskstrat import release
from riskstrat.cli import main

def kill(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)

settle = release.worklists.settle_sent

def settle_or_kill(workspace, published):
    return kill() if "2026-11-01.2" in published else settle(workspace, published)

if sys.argv.pop(1) == "before it is in place":
    release.Path.rename = kill
else:
    release.worklists.settle_sent = settle_or_kill
main()
"""


def test_killed_at_any_moment_the_old_release_stays_and_the_next_run_needs_no_cleaning(own_copy):
    settings = own_copy / "riskstrat.toml"
    settings.write_text(settings.read_text().replace("reviews_per_month = 20", "reviews_per_month = 7"))
    started = time.monotonic()
    assert run_riskstrat(own_copy, "run", "--index-date", "2026-10-01").returncode == 0
    whole = time.monotonic() - started
    (own_copy / "releases" / "current.json").write_text('{"release": "2026-11-01.1"}\n')
    killed_where_lists_are_written_and_not_yet_sent(Workspace(own_copy))  # first: a run timed below may end by itself
    for share in (0.2, 0.45, 0.7):
        running = subprocess.Popen(
            command_line(own_copy, "run", "--index-date", "2026-11-01"),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        time.sleep(whole * share)
        ended = running.poll()
        running.send_signal(signal.SIGKILL)
        running.wait()
        if ended is None:
            verified = run_riskstrat(own_copy, "verify")
            assert verified.returncode == 0, verified.stderr
            assert run_riskstrat(own_copy, "audit", "verify").returncode == 0
    finished = run_riskstrat(own_copy, "run", "--index-date", "2026-11-01", "--json")
    assert finished.returncode == 0, finished.stderr
    assert json.loads(finished.stdout)["release"] == "2026-11-01.2"
    assert run_riskstrat(own_copy, "verify").returncode == 0
    assert not list((own_copy / "releases").glob(".staging*"))
    board, day = Workspace(own_copy), date(2026, 11, 1)
    assert releases_sent(board, day) == ["2026-11-01.1", "2026-11-01.2"]
    assert read_sent(board, "2026-11-01.2")["practice_code"].value_counts()["count"].max() == 7


def killed_where_lists_are_written_and_not_yet_sent(board):
    """A list counts as sent when its release is published, and never before."""
    first, second = "2026-11-01.1", "2026-11-01.2"
    for moment, on_disk in (("before it is in place", [first]), ("before it is current", [first, second])):
        words = [sys.executable, "-c", KILLED, moment, "--workspace", board.root, "run", "--index-date", "2026-11-01"]
        finished = subprocess.run([str(word) for word in words], check=False, capture_output=True, text=True)
        assert finished.returncode == -signal.SIGKILL, finished.stderr
        assert sorted(path.name for path in board.releases.glob("2026-11-01.*")) == on_disk
        assert releases_sent(board, date(2026, 11, 1)) == [first]
        for verb in (["verify"], ["audit", "verify"]):
            assert run_riskstrat(board.root, *verb).returncode == 0
        assert json.loads((board.releases / "current.json").read_text()) == {"release": first}
    assert audit.values(board, "release abandoned", "release") == [second]
    what_is_published_is_sent_for_every_verb_that_asks(board, second)


def what_is_published_is_sent_for_every_verb_that_asks(board, release):
    """A run that died before it could say so leaves nothing that a practice is blamed for."""
    rendered, sent = (board.store / f"worklists_{state}" / f"release={release}" for state in ("rendered", "sent"))
    list_ = next((board.releases / release / "worklists").glob("*.csv"))
    for words in (
        ("feedback", list_),
        ("export", "nhs-numbers", "--out", board.root / "out", "--release", release),
        ("backtest",),
    ):
        assert rendered.is_dir()
        assert not sent.exists()
        finished = run_riskstrat(board.root, *map(str, words))
        assert finished.returncode == 0, (words, finished.stderr)
        assert sent.is_dir(), words
        rendered.parent.mkdir()
        sent.rename(rendered)
