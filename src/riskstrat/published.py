"""What has been published: which releases there are, which is current, and that each is still as it was published."""

import json
import re
from collections import Counter
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

from riskstrat import audit
from riskstrat.errors import IntegrityFault, UsageFault
from riskstrat.files import sha256_of
from riskstrat.project import Workspace

MANIFEST = "manifest.json"
CURRENT = "current.json"
PUBLISHED, ABANDONED = "release published", "release abandoned"
"""What the audit log calls a release that is complete, and one whose run died before it could be put in place."""
_PUT_BACK = "put it back as it was published: readers hold it still"
_NAME = re.compile(r"\d{4}-(?:0[1-9]|1[0-2])-01\.[1-9]\d*")


def releases(workspace: Workspace) -> list[str]:
    """Return the names of the published releases, oldest index date and lowest number first."""
    if not workspace.releases.is_dir():
        return []
    names = [path.name for path in workspace.releases.iterdir() if path.is_dir() and _NAME.fullmatch(path.name)]
    return sorted(names, key=lambda name: (name.rsplit(".", 1)[0], int(name.rsplit(".", 1)[1])))


def staging_folder(workspace: Workspace, name: str) -> Path:
    """Return the folder that a release is made in."""
    return workspace.releases / f".staging-{name}"


def current(workspace: Workspace) -> str | None:
    """Return the name of the current release, or ``None`` before the first."""
    path = workspace.releases / CURRENT
    if not path.exists():
        return None
    try:
        name = str(json.loads(path.read_text(encoding="utf-8"))["release"])
    except (IsADirectoryError, ValueError, RecursionError, KeyError, TypeError):
        name = ""
    if not _NAME.fullmatch(name):
        raise IntegrityFault(f"{CURRENT} does not name a release", "take it away, and run  riskstrat run  again")
    return name


def current_index_date(workspace: Workspace) -> date:
    """Return the index date of the current release; raises ``UsageFault`` before the first."""
    name = current(workspace)
    if name is None:
        raise UsageFault(
            "nothing has been published in this workspace yet", "say which month:  --index-date YYYY-MM-01"
        )
    return date.fromisoformat(name.rsplit(".", 1)[0])


def verify(workspace: Workspace, name: str | None = None) -> dict[str, Any]:
    """Check every file of a release (the current one by default) against its manifest, and return the manifest.

    Raises ``UsageFault`` if there never was such a release, ``IntegrityFault`` if it is gone, or naming the first file
    that is changed, missing or not in the manifest.
    """
    name = name or current(workspace)
    if name is None:
        raise UsageFault("nothing has been published in this workspace yet")
    held = releases(workspace)
    if name not in held:
        _refuse_gone(workspace, [name])
        raise UsageFault(f"there is no release '{name}'", f"published so far: {', '.join(held) or 'none'}")
    return _verified(workspace, name, "")


def verify_log(workspace: Workspace) -> int:
    """Check the audit log's chain and that what it records as published is what is on disk; return its entries' number.

    A log cut short is still a whole chain: the releases are what shows that its end is gone. Raises ``IntegrityFault``.
    """
    entries = audit.verify_chain(workspace)
    for name in releases(workspace):
        recorded_manifest(workspace, name)
    _refuse_gone(workspace, recorded(workspace))
    return entries


def recorded(workspace: Workspace) -> list[str]:
    """Return the names of the releases that the audit log records as published and not as abandoned, oldest first."""
    ends = [audit.values(workspace, action, "release") for action in (PUBLISHED, ABANDONED)]
    names, abandoned = (Counter(map(str, names)) for names in ends)
    return [name for name, times in names.items() if times > abandoned[name]]


def population_folders(workspace: Workspace) -> list[Path]:
    """Return the population folder of every release, oldest first: what commissioners already hold.

    Raises ``IntegrityFault`` where one is gone or not as it was published: what is missing of it would be taken for
    printed nowhere, and be protected by nothing.
    """
    _refuse_gone(workspace, recorded(workspace))
    names = releases(workspace)
    for name in names:
        _verified(workspace, name, "population")
    return [workspace.releases / name / "population" for name in names]


def read_manifest(folder: Path) -> dict[str, Any]:
    """Return the manifest of a release; raises ``IntegrityFault`` where it is none."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        return {**manifest, "files": manifest["files"], "inputs": manifest["inputs"]}
    except (OSError, ValueError, RecursionError, KeyError, TypeError):
        raise IntegrityFault(f"release {folder.name}: its manifest is missing or cannot be read") from None


def recorded_manifest(workspace: Workspace, name: str) -> dict[str, Any]:
    """Return the manifest of a release; raises ``IntegrityFault`` where it is not the one the audit log recorded."""
    manifest = read_manifest(workspace.releases / name)
    entries = (audit.values(workspace, PUBLISHED, detail) for detail in ("release", "manifest_sha256"))
    if (name, sha256_of(workspace.releases / name / MANIFEST)) not in zip(*entries, strict=True):
        raise IntegrityFault(f"release {name}: its manifest is not the one the audit log recorded")
    return manifest


def _verified(workspace: Workspace, name: str, part: str) -> dict[str, Any]:
    """Check the files of one part of a release, such as ``population``, or of all of it; return the manifest."""
    folder = workspace.releases / name
    for path in (folder, folder / part, *sorted((folder / part).rglob("*"))):
        if path.is_symlink():
            raise IntegrityFault(f"release {name}: {path.name} is a link, which a release never holds")
    manifest = recorded_manifest(workspace, name)
    listed = {one["file"]: one["sha256"] for one in manifest["files"] if Path(one["file"]).is_relative_to(part)}
    present = {str(path.relative_to(folder)) for path in (folder / part).rglob("*") if path.is_file()} - {MANIFEST}
    for file in sorted(set(listed) | present):
        if file not in listed:
            raise IntegrityFault(f"release {name}: {file} is not in the manifest", "take it out of the folder")
        if file not in present:
            raise IntegrityFault(f"release {name}: {file} is missing", _PUT_BACK)
        if sha256_of(folder / file) != listed[file]:
            raise IntegrityFault(f"release {name}: {file} was changed after it was published", _PUT_BACK)
    return manifest


def _refuse_gone(workspace: Workspace, names: Iterable[str]) -> None:
    """Raise ``IntegrityFault`` for a release that was published and whose folder is gone.

    One that is still being made, or whose run died before it was in place, is in its staging folder.
    """
    published = recorded(workspace)
    for name in names:
        folders = staging_folder(workspace, name), workspace.releases / name  # in this order: a run may rename it now
        if name in published and not any(folder.is_dir() for folder in folders):
            raise IntegrityFault(f"release {name} was published, and its folder is gone", _PUT_BACK)
