"""What a command's end means to the shell (CONTRACT section 3), and what is said on stderr about it.

A stack trace may quote a patient's data, so nobody sees one who has not asked for it with ``--debug``.
"""

import errno
import os
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import typer

from riskstrat.errors import EnvironmentFault, RiskstratError, UsageFault, without_numbers

INTERRUPTED = 130
_MACHINE_FAULTS = frozenset(
    {
        errno.EACCES,
        errno.EDQUOT,
        errno.EFBIG,
        errno.EIO,
        errno.EMFILE,
        errno.ENOMEM,
        errno.ENOSPC,
        errno.EPERM,
        errno.EROFS,
    }
)


def exit_code_of(command: Callable[[], Any], *, show_trace: Callable[[], bool]) -> int:
    """Run a command and return its exit code, having said on stderr what went wrong, if anything did."""
    try:
        outcome = command()
    except typer.Exit as stop:
        return stop.exit_code
    except (KeyboardInterrupt, typer.Abort):
        _tell("interrupted; nothing was half written")
        return INTERRUPTED
    except Exception as fault:
        if show_trace():
            traceback.print_exc()
        else:  # what cannot be tidied up after the fault has nothing to add, and would say it with a trace
            sys.unraisablehook = lambda _: None
        return _say_what_failed(fault)
    return outcome if isinstance(outcome, int) else 0


def _say_what_failed(fault: Exception) -> int:
    for_people = _for_people(fault)
    if for_people is not None:
        _tell(f"{for_people.label}: {for_people}", f"exit {for_people.exit_code}")
        return for_people.exit_code
    place = traceback.extract_tb(fault.__traceback__)[-1]
    _tell(
        f"failed: {type(fault).__name__} in {Path(place.filename).name}, line {place.lineno}: our fault, not yours",
        "nothing was published; riskstrat --debug VERB shows the whole trace, which may hold patient data",
        "exit 1",
    )
    return RiskstratError.exit_code


def _for_people(fault: Exception) -> RiskstratError | None:
    """Return the fault in our own words, or ``None`` where nobody foresaw it."""
    if isinstance(fault, RiskstratError):
        return fault
    if hasattr(fault, "format_message"):  # the command line's parser
        return UsageFault(fault.format_message(), "riskstrat --help lists the verbs")
    if isinstance(fault, MemoryError):
        return EnvironmentFault("out of memory", "lower engine.memory_limit in riskstrat.toml or use a larger machine")
    if not isinstance(fault, OSError):
        return _full_disk(fault)
    name = Path(str(fault.filename)).name if fault.filename else "a file"
    if isinstance(fault, FileNotFoundError):
        return UsageFault(f"there is no file or folder {name}")
    if fault.errno in _MACHINE_FAULTS:
        return EnvironmentFault(f"{name}: {os.strerror(fault.errno).lower()}", "nothing was half written")
    return _full_disk(fault)


def _full_disk(fault: BaseException) -> RiskstratError | None:
    """Recognise a full disk in the words of the libraries that write for us, each with an exception of its own.

    Their words are looked at and never shown, because they may quote what was being written.
    """
    seen: BaseException | None = fault
    while seen is not None:
        said = str(seen).lower()
        if any(words in said for words in ("no space left on device", "disk is full", "os error 28", "errno 28")):
            return EnvironmentFault("the disk is full", "free some space and run it again; nothing was half written")
        seen = seen.__cause__ or seen.__context__
    return None


def _tell(*lines: str) -> None:
    """Say it on stderr; whatever looks like an NHS number, mistyped words and file names included, is not repeated."""
    sys.stderr.write(without_numbers("\n".join(lines)) + "\n")
