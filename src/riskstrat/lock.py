"""One writer at a time in a workspace.

The lock is the operating system's own on an open file, so it ends with its process, however that ends: a killed run
leaves nothing to clean by hand.
"""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager

from riskstrat.errors import EnvironmentFault
from riskstrat.project import Workspace


@contextmanager
def only_writer(workspace: Workspace) -> Iterator[None]:
    """Hold the workspace for writing; raises ``EnvironmentFault`` if another run holds it."""
    workspace.root.mkdir(parents=True, exist_ok=True)
    with (workspace.root / ".lock").open("a") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise EnvironmentFault(
                "another riskstrat run is working in this workspace", "wait for it to end; there is nothing to clean up"
            ) from None
        yield
