"""Making a workspace: settings with every meaning written out, a key, folders. Nothing that exists is overwritten."""

import os
import secrets
from pathlib import Path

from riskstrat import audit
from riskstrat.lock import only_writer
from riskstrat.project import SETTINGS_FILE, Workspace
from riskstrat.settings import Settings, render_settings


def make_workspace(workspace: Workspace, settings: Settings | None = None, key: bytes | None = None) -> list[str]:
    """Make what is missing of a workspace and return a line for each thing made.

    ``settings`` and ``key`` are the defaults and a fresh random key unless given (the demonstration gives both).
    """
    made: list[str] = []
    with only_writer(workspace):
        settings_file = workspace.root / SETTINGS_FILE
        if not settings_file.exists():
            settings_file.write_text(render_settings(settings or Settings()), encoding="utf-8")
            made.append(f"{SETTINGS_FILE}: every setting with its meaning; read it before the first drop")
        fresh = Workspace(workspace.root)
        if not fresh.key_file.exists():
            _write_key(fresh.key_file, key or secrets.token_bytes(32))
            made.append("a 256-bit pseudonym key: back it up apart from the data; without it nobody can be named again")
        for folder in (fresh.vault, fresh.store, fresh.releases):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if made:
            audit.record(fresh, "workspace made", settings_written=SETTINGS_FILE in made[0])
    return made or ["this workspace is complete; nothing was changed"]


def _write_key(path: Path, key: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as handle:
        handle.write(key.hex() + "\n")
