"""Files that are kept as long as they would come out the same: a note beside each says what it was made from."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from riskstrat.files import replace_text

NOTE = "inputs.json"


def is_kept(path: Path, made_from: Mapping[str, str]) -> bool:
    """Return whether ``path`` is there and its note says that it was made from exactly this (names and digests)."""
    beside = path.with_name(NOTE)
    if not path.is_file() or not beside.is_file():
        return False
    try:
        return bool(json.loads(beside.read_text(encoding="utf-8")) == dict(made_from))
    except (json.JSONDecodeError, UnicodeDecodeError):
        return False


@contextmanager
def noting(path: Path, made_from: Mapping[str, str]) -> Iterator[None]:
    """Note beside ``path`` what it was made from, once the block has put it there.

    The note before goes first: a run that dies in between leaves a file without a note, which is made again, and never
    a new file that an old note speaks for.
    """
    beside = path.with_name(NOTE)
    beside.unlink(missing_ok=True)
    yield
    replace_text(beside, json.dumps(dict(made_from)) + "\n")
