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
        if _lies_in(place, kept):
            raise NotPermitted(f"{what} would lie inside {kept.name}/", "choose a place outside the workspace")
    if any(_lies_in(place, kept) for kept in (workspace.vault, workspace.key_file)):
        raise NotPermitted(f"{what} would lie where identities are kept", "choose a place outside the workspace")
    if any(os.path.lexists(folder) and not folder.is_dir() for folder in path.absolute().parents):
        raise UsageFault(f"{path.name} would lie in what is no folder", "name a place in a folder")


def _lies_in(place: Path, kept: Path) -> bool:
    """Return whether a resolved path is what is kept, or lies in it.

    Names do not settle it: on a disk that does not tell cases apart ``Store`` is ``store``, and a folder mounted twice
    has two names. The file system is asked of every folder on the way that is there. What is kept and is not there yet
    is told by its name, whatever its case: better one place too many than a store that takes a stranger's file.
    """
    kept = kept.resolve()
    here = (place, *place.parents)
    if not os.path.lexists(kept):
        return str(kept).casefold() in (str(one).casefold() for one in here)
    return kept in here or any(_is_same(one, kept) for one in here)


def _is_same(one: Path, other: Path) -> bool:
    """Return whether the file system says that both are one file or folder; not where it cannot be asked."""
    try:
        return one.samefile(other)
    except OSError:
        return False
