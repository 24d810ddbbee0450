"""``kill -9`` in the middle of a month: the old release stays, and the next run needs no cleaning."""

import json
import signal
import subprocess
import time

from support.commands import command_line, run_riskstrat


def test_killed_at_any_moment_the_old_release_stays_and_the_next_run_needs_no_cleaning(own_copy):
    settings = own_copy / "riskstrat.toml"
    settings.write_text(settings.read_text().replace("reviews_per_month = 20", "reviews_per_month = 7"))
    started = time.monotonic()
    assert run_riskstrat(own_copy, "run", "--index-date", "2026-10-01").returncode == 0
    whole = time.monotonic() - started
    (own_copy / "releases" / "current.json").write_text('{"release": "2026-11-01.1"}\n')
    for share in (0.2, 0.45, 0.7, 0.85, 0.95):
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
