"""What leaves, encrypted with a key of the practice or network it goes to, so that no other can open it.

A workbook opens with the practice's password (ECMA-376 agile encryption: AES-256, SHA-512); any file opens with the age
key whose public half settings name. Encryption is random by nature: it belongs to what leaves, never to a release.
"""

import io
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from riskstrat.errors import NotPermitted, UsageFault
from riskstrat.project import Workspace
from riskstrat.settings import PracticeKeySettings

SHORTEST_PASSWORD: Final = 12
"""Characters of a password; our own bound."""


@dataclass(frozen=True)
class Lock:
    """How files for one practice or network are closed: for an age recipient, or with a password where one can be."""

    recipient: Any | None
    password: str | None

    def can_close(self, name: str) -> bool:
        """Whether a file of that name can be closed: a password closes workbooks alone."""
        return self.recipient is not None or (self.password is not None and _is_workbook(name))

    def close(self, name: str, content: bytes) -> tuple[str, bytes]:
        """Return the closed file's name and bytes; a workbook keeps its name where there is a password for it."""
        if self.password is not None and _is_workbook(name):
            return name, _with_password(content, self.password)
        import pyrage

        return f"{name}.age", bytes(pyrage.encrypt(content, [self.recipient]))


def practice_locks(workspace: Workspace, practices: Sequence[str]) -> dict[str, Lock]:
    """Return each practice's lock; every key that settings name is read and tried before anything is written.

    Raises ``UsageFault`` where the extra is not installed, a practice has no key, or one key serves two practices or
    networks of the settings, whichever are asked for, and ``NotPermitted`` where a password lies in ``store/`` or
    ``releases/`` or others may read it.
    """
    return _locks(workspace, "practices", practices)


def network_locks(workspace: Workspace, networks: Sequence[str]) -> dict[str, Lock]:
    """Return each primary care network's lock; raises as ``practice_locks`` does."""
    return _locks(workspace, "networks", networks)


def _locks(workspace: Workspace, whose: str, codes: Sequence[str]) -> dict[str, Lock]:
    _need_the_extra()
    settings = workspace.settings.encryption
    keys = {("practices", code): key for code, key in settings.practices.items()}
    keys |= {("networks", code): key for code, key in settings.networks.items()}
    missing = [code for code in codes if (whose, code) not in keys]
    if missing:
        raise UsageFault(
            f"no key to encrypt with for {', '.join(missing)}; nothing was written",
            f"give each its own:  [encryption.{whose}.<code>]  age_recipient or password_file",
        )
    locks = {place: _lock(workspace, f"encryption.{'.'.join(place)}", key) for place, key in keys.items()}
    _refuse_shared(locks)
    return {code: locks[whose, code] for code in codes}


def _lock(workspace: Workspace, setting: str, key: PracticeKeySettings) -> Lock:
    password = None if key.password_file is None else _password(workspace, setting, key.password_file)
    if key.age_recipient is None:
        return Lock(None, password)
    from pyrage import RecipientError, x25519

    try:
        return Lock(x25519.Recipient.from_str(key.age_recipient), password)
    except RecipientError:
        raise UsageFault(
            f"{setting}.age_recipient is not an age public key", "it begins with age1; ask again"
        ) from None


def _password(workspace: Workspace, section: str, configured: Path) -> str:
    setting = f"{section}.password_file"
    path = workspace.private_path(configured, setting)
    if not path.is_file():
        raise UsageFault(f"{setting}: there is no file {path.name}")
    if os.name == "posix" and path.stat().st_mode & 0o077:
        raise NotPermitted(f"{path.name} can be read by other users of this machine", f"run  chmod 600 {path.name}")
    password = path.read_text(encoding="utf-8").strip("\r\n")
    if len(password) < SHORTEST_PASSWORD or "\n" in password:
        raise UsageFault(f"{setting}: a password is one line of {SHORTEST_PASSWORD} characters or more")
    return password


def _refuse_shared(locks: Mapping[tuple[str, str], Lock]) -> None:
    """Refuse one key for two: each could open the other's."""
    seen: dict[str, tuple[str, str]] = {}
    for place, lock in locks.items():
        for key in filter(None, (lock.recipient and str(lock.recipient), lock.password)):
            if seen.setdefault(key, place) != place:
                raise UsageFault(f"{seen[key][1]} and {place[1]} have the same key", "give each its own")


def _with_password(workbook: bytes, password: str) -> bytes:
    from msoffcrypto.format.ooxml import OOXMLFile

    closed = io.BytesIO()
    OOXMLFile(io.BytesIO(workbook)).encrypt(password, closed)
    return closed.getvalue()


def _is_workbook(name: str) -> bool:
    return name.endswith(".xlsx")


def _need_the_extra() -> None:
    if not all(find_spec(name) for name in ("msoffcrypto", "pyrage")):
        raise UsageFault(
            "encryption needs two libraries that are not installed",
            "install them with riskstrat:  pip install 'riskstrat[encryption]'",
        )
