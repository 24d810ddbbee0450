"""An intake that is killed leaves the earlier state, and the next one works with no hand cleaning."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from riskstrat.intake import take_drop
from riskstrat.intake.catalogue import read_catalogue
from riskstrat.project import Workspace
from support.drops import store_bytes, tables, workspace, write_drop

KILLED = """
import os, signal, sys
from pathlib import Path
from riskstrat.intake import load, take_drop
from riskstrat.project import Workspace

load.WORTH_SAYING = 0

def progress(said):
    if said.startswith(sys.argv[3]):
        os.kill(os.getpid(), signal.SIGKILL)

take_drop(Workspace(Path(sys.argv[1])), Path(sys.argv[2]), progress=progress)
"""


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, dict[str, bytes]]:
    """A board after a first drop, a second drop, and the store as the second leaves it when nothing goes wrong."""
    folder = tmp_path_factory.mktemp("prepared")
    board = workspace(folder / "board")
    take_drop(board, write_drop(folder / "first"))
    second = write_drop(folder / "second", {**tables(), "gp_event": tables()["gp_event"].with_columns(unit=None)})
    shutil.copytree(board.root, folder / "other")
    take_drop(Workspace(folder / "other"), second)
    return board.root, second, store_bytes(Workspace(folder / "other"))


@pytest.mark.parametrize("moment", ["giving people their numbers", "writing apc_episode", "naming the delivery"])
def test_a_killed_intake_leaves_the_earlier_state_and_the_next_works(
    moment: str, prepared: tuple[Path, Path, dict[str, bytes]], tmp_path: Path
) -> None:
    settled, second, expected = prepared
    shutil.copytree(settled, tmp_path / "board")
    board = Workspace(tmp_path / "board")
    before = read_catalogue(board)
    told = [sys.executable, "-c", KILLED, str(board.root), str(second), moment]
    assert subprocess.run(told, check=False, capture_output=True).returncode == -9
    assert read_catalogue(board) == before
    assert list(board.scratch.glob("*"))
    again = take_drop(Workspace(board.root), second)
    assert (again.is_new, again.delivery) == (True, 2)
    assert store_bytes(board) == expected
    assert not list(board.scratch.glob("*"))
