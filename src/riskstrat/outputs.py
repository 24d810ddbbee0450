"""Files and folders that a verb is told to write: a path that may not take them is refused before anything is read.

What leaves by such a path lies outside the workspace's own tables, and takes the place of nothing that is there.
"""

import os
from pathlib import Path

from riskstrat.errors import NotPermitted, UsageFault
from riskstrat.project import Workspace


def refuse_file(workspace: Workspace, path: Path, what: str, suffix: str, *, replaces: bytes | None = None) -> None:
    """Refuse a path on which no file may be written; ``what`` names the file in the message ("the page").

    ``NotPermitted`` in ``store/``, ``releases/`` or ``codelists/`` or where identities are kept; ``UsageFault`` below
    what is no folder, where the name does not end in ``suffix``, or where something is there already: only a file that
    begins with ``replaces`` gives way.
    """
    _refuse_place(workspace, path, what)
    if path.suffix != suffix:
        raise UsageFault(f"{path.name} does not end in {suffix}", "name it so that the right program opens it")
    is_earlier = replaces is not None and path.is_file() and path.read_bytes()[: len(replaces)] == replaces
    if os.path.lexists(path) and not is_earlier:
        raise UsageFault(f"{path.name} is there already", "name a new file: nothing else is written over")


def refuse_folder(workspace: Workspace, path: Path, what: str) -> None:
    """Refuse a folder in which nothing may be written: as ``refuse_file``, or one that is there and not empty."""
    _refuse_place(workspace, path, what)
    if os.path.lexists(path) and not (path.is_dir() and not any(path.iterdir())):
        raise UsageFault(f"{path.name} is there already and is not an empty folder", "name a new folder")


def _refuse_place(workspace: Workspace, path: Path, what: str) -> None:
    place = path.resolve()
    for kept in (workspace.store, workspace.releases, workspace.root / "codelists"):
        if place.is_relative_to(kept.resolve()):
            raise NotPermitted(f"{what} would lie inside {kept.name}/", "choose a place outside the workspace")
    vault, key = workspace.vault.resolve(), workspace.key_file.resolve()
    if place.is_relative_to(vault) or key in (place, *place.parents):
        raise NotPermitted(f"{what} would lie where identities are kept", "choose a place outside the workspace")
    if any(os.path.lexists(folder) and not folder.is_dir() for folder in path.absolute().parents):
        raise UsageFault(f"{path.name} would lie in what is no folder", "name a place in a folder")
