"""The command line, run as a user runs it."""

import os
import subprocess
import sys
from pathlib import Path

DEMONSTRATION_PEOPLE = 4000


def command_line(workspace, *arguments):
    """Return the words of a ``riskstrat`` command in that workspace."""
    return [str(Path(sys.executable).with_name("riskstrat")), "--workspace", str(workspace), *map(str, arguments)]


def run_riskstrat(workspace, *arguments, surroundings=None, **options):
    """Run a command to its end, in other surroundings (environment) if any, and return the process, output as text."""
    return subprocess.run(
        command_line(workspace, *arguments),
        capture_output=True,
        text=True,
        env={**os.environ, "NO_COLOR": "1", **(surroundings or {})},
        check=False,
        **options,
    )
