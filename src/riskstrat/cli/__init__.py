"""The command line: one verb per stage. It parses, calls a room, prints the answer; it holds no logic.

Answers go to stdout, progress and messages to stderr. Heavy rooms are imported by the verb that needs them, so that
``riskstrat --help`` answers at once. Verbs stand in the modules of those who use them, which add them to the command
line by being imported; the order of import is the order of ``--help``.
"""

import os
import sys

# isort: off
from riskstrat.cli import months, practices, boards, models, keepers  # noqa: F401

# isort: on
from riskstrat.cli.common import app, options
from riskstrat.exit_codes import exit_code_of

__all__ = ["main"]


def main() -> None:
    """Run the command line and end the process with the exit code of CONTRACT section 3.

    Whatever it writes is for the account that runs it, and for nobody else on the machine.
    """
    os.umask(0o077)
    sys.exit(exit_code_of(lambda: app(standalone_mode=False), show_trace=lambda: bool(options["debug"])))
