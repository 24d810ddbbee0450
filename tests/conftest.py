"""One demonstration workspace for every acceptance test, the command line in this process, what hypothesis searches."""

import fcntl
import os
import shutil
import sys

import pytest
from hypothesis import settings

from riskstrat import cli
from support.commands import DEMONSTRATION_PEOPLE, run_riskstrat

# The same examples at every run, so that a failure is the change's own; a long search looks at new ones.
settings.register_profile("same at every run", derandomize=True)
if not os.environ.get("RISKSTRAT_LONG_SEARCH"):
    settings.load_profile("same at every run")


@pytest.fixture(scope="session")
def published(tmp_path_factory):
    """A demonstration that has been run once; tests read it and copy it, and never change it."""
    shared = tmp_path_factory.getbasetemp()
    if os.environ.get("PYTEST_XDIST_WORKER"):
        shared = shared.parent
    root = shared / "demonstration"
    with (shared / "demonstration.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (root / "done").exists():
            finished = run_riskstrat(root, "demo", "--people", DEMONSTRATION_PEOPLE)
            assert finished.returncode == 0, finished.stderr
            (root / "stdout.txt").write_text(finished.stdout)
            (root / "done").touch()
    return root


@pytest.fixture
def own_copy(published, tmp_path):
    """A copy of the published workspace that a test may change."""
    root = tmp_path / "workspace"
    shutil.copytree(published, root)
    return root


@pytest.fixture
def command(capsys, monkeypatch):
    """Run a command as ``main`` does; return its exit code, stdout and stderr."""

    def run(*words):
        monkeypatch.setattr(sys, "argv", ["riskstrat", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        said = capsys.readouterr()
        return ended.value.code, said.out, said.err

    return run
