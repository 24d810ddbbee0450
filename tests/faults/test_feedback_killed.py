"""Taking feedback back is killed at its worst moments: nothing is ever half taken, and the same command works again."""

import shutil
import subprocess
import sys

import pytest

from riskstrat.audit import verify_chain
from riskstrat.project import Workspace
from riskstrat.worklists import take_feedback
from riskstrat.worklists.returning.memory import feedback_folder, read_records
from support.commands import run_riskstrat
from support.returned_lists import FILLED, publish, recorded, rows_sent, write_csv, write_xlsx

KILLED = """
import os, signal, sys
from pathlib import Path
from riskstrat import files
from riskstrat.cli import main
from riskstrat.worklists.returning import feedback, memory

def kill(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)

moment = sys.argv[1]
if moment == "while it is written":
    files.sync = kill
elif moment == "before it is written":
    feedback.append_records = kill
else:
    feedback.report_what_practices_say = kill
sys.argv[1:] = sys.argv[2:]
main()
"""


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    """A board with lists sent, two files that came back, and what the store holds when nothing goes wrong."""
    folder = tmp_path_factory.mktemp("prepared")
    board = Workspace(publish(folder / "board"))
    (board.root / "riskstrat.toml").touch()
    sent = rows_sent(board)
    files = [
        write_csv(folder / "one.csv", recorded(sent, **FILLED)),
        write_xlsx(folder / "two.xlsx", recorded(sent, r3={"status": "died"}, r4={"status": "not suitable"})),
    ]
    shutil.copytree(board.root, folder / "other")
    other = Workspace(folder / "other")
    assert take_feedback(other, files).taken == 5
    return board.root, files, held(other)


def held(workspace):
    return {path.name: path.read_bytes() for path in feedback_folder(workspace).glob("part-*")}


@pytest.mark.parametrize(
    ("moment", "taken"), [("before it is written", 0), ("while it is written", 0), ("after it is written", 5)]
)
def test_a_killed_feedback_has_taken_all_or_nothing_and_the_next_takes_the_rest(prepared, tmp_path, moment, taken):
    settled, files, expected = prepared
    board = Workspace(tmp_path / "board")
    shutil.copytree(settled, board.root)
    words = [sys.executable, "-c", KILLED, moment, "--workspace", board.root, "feedback", *files]
    finished = subprocess.run([*map(str, words)], check=False, capture_output=True, text=True)
    assert finished.returncode == -9, finished.stderr
    assert read_records(board).height == taken
    log = (board.root / "audit.jsonl").read_text(encoding="utf-8")
    assert '"feedback taken"' in log, "nothing is held that the log does not know"
    again = run_riskstrat(board.root, "feedback", *files)
    assert again.returncode == 0, again.stderr
    assert f"{5 - taken} taken" in again.stdout
    assert held(board) == expected
    assert verify_chain(board) >= 2
    assert (board.quality / "recorded-by-practices.html").is_file(), "the page is made whenever it may be missing"
