"""Errors written for the person who must mend them, each with its exit code (CONTRACT section 3).

A message says what happened, which file and row, and how to mend it. It never holds patient data.
"""

import re
from typing import ClassVar

from pydantic import ValidationError

_LIKE_NHS_NUMBER = re.compile(r"(?<!\d)\d{3}[ -]?\d{3}[ -]?\d{4}(?!\d)")


def without_numbers(text: str) -> str:
    """Return the text without whatever looks like an NHS number: file names and mistyped words may hold one."""
    return _LIKE_NHS_NUMBER.sub("(a number)", text)


_WORDS = {"missing": "is missing", "extra_forbidden": "is not known here; mistyped, or in the wrong block?"}
"""What is said of the commonest faults of a block, by pydantic's name for them."""


def each_fault(fault: ValidationError) -> list[str]:
    """Return a line for each thing that a block of settings or definitions has wrong: where, and what."""
    return [f"{'.'.join(map(str, one['loc']))}: {_WORDS.get(one['type'], one['msg'])}" for one in fault.errors()]


class RiskstratError(Exception):
    """An error a user can act on: a one-line message, and ``help_lines`` that say what was found and how to mend it."""

    exit_code: ClassVar[int] = 1
    label: ClassVar[str] = "failed"

    def __init__(self, message: str, *help_lines: str) -> None:
        """Keep the one-line message and the indented lines that follow it."""
        super().__init__(message)
        self.help_lines = help_lines

    def __str__(self) -> str:
        """Return the message as it is shown: first line, then indented help."""
        return "\n  ".join([str(self.args[0]), *self.help_lines])


class UsageFault(RiskstratError):
    """The command line or the settings are wrong (exit 2)."""

    exit_code = 2
    label = "usage"


class InputRefused(RiskstratError):
    """A quality gate refused the input; nothing was loaded (exit 3)."""

    exit_code = 3
    label = "refused"


class NotPermitted(RiskstratError):
    """Permission, purpose or law forbids it (exit 4)."""

    exit_code = 4
    label = "not permitted"


class EnvironmentFault(RiskstratError):
    """The machine cannot do it now: disk, memory or another run's lock (exit 5)."""

    exit_code = 5
    label = "environment"


class IntegrityFault(RiskstratError):
    """A hash, signature, key or chain does not agree (exit 6)."""

    exit_code = 6
    label = "integrity"
