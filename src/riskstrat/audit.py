"""The audit log: what was done, in order, each entry chained to the one before by its hash.

``audit.jsonl`` holds one JSON object a line: ``sequence, at, action, details, previous, sha256``. ``sha256`` covers the
line's other fields and ``previous`` is the hash of the line before, so a changed, removed or inserted line breaks the
chain. Entries hold counts, names of releases, models and settings: never anything about a person.
"""

import hashlib
import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from riskstrat.errors import IntegrityFault
from riskstrat.project import Workspace
from riskstrat.settings import Purpose

_FIRST = "0" * 64


def record(workspace: Workspace, action: str, **details: Any) -> None:
    """Append one entry and force it to disk. Call it while holding the workspace's lock."""
    path = workspace.audit_log
    sequence, previous = _continue_from(path)
    entry = {
        "sequence": sequence,
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "action": action,
        "details": details,
        "previous": previous,
    }
    entry["sha256"] = _digest(entry)
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        os.write(descriptor, (_as_line(entry) + "\n").encode())
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def record_opened(workspace: Workspace, verb: str, *purposes: Purpose) -> None:
    """Record who decided that people who opted out may be used, where a verb is about to use them for a purpose.

    Nothing is written where every kind of opt-out excludes, the default. Call it while holding the workspace's lock.
    """
    opened = workspace.settings.opt_out.opened(*purposes)
    if opened:
        record(workspace, "opened purposes used", verb=verb, opened=opened)


def verify_chain(workspace: Workspace) -> int:
    """Return the number of entries; raises ``IntegrityFault`` naming the first line that breaks the chain."""
    path = workspace.audit_log
    if not path.exists():
        return 0
    previous = _FIRST
    lines = path.read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines, start=1):
        entry = _entry(line)
        if entry is None or entry["sequence"] != number or entry["previous"] != previous:
            raise IntegrityFault(f"the audit log's chain breaks at line {number} of {path.name}")
        if _digest(entry) != entry["sha256"]:
            raise IntegrityFault(f"line {number} of {path.name} was changed after it was written")
        previous = str(entry["sha256"])
    return len(lines)


def values(workspace: Workspace, action: str, detail: str) -> list[Any]:
    """Return one detail of every entry of that action, oldest first."""
    if not workspace.audit_log.exists():
        return []
    entries = [_entry(line) for line in workspace.audit_log.read_text(encoding="utf-8").splitlines()]
    return [entry["details"].get(detail) for entry in entries if entry is not None and entry["action"] == action]


def _continue_from(path: Path) -> tuple[int, str]:
    """Return the next sequence number and the last hash, cutting off a line that a dying process left half written."""
    if not path.exists() or path.stat().st_size == 0:
        return 1, _FIRST
    content = path.read_bytes()
    whole = content[: content.rfind(b"\n") + 1]
    if len(whole) != len(content):
        os.truncate(path, len(whole))
    lines = whole.decode().splitlines()
    if not lines:
        return 1, _FIRST
    last = _entry(lines[-1])
    if last is None:
        raise IntegrityFault(f"the last line of {path.name} is not an audit entry")
    return int(last["sequence"]) + 1, str(last["sha256"])


def _entry(line: str) -> dict[str, Any] | None:
    try:
        entry = json.loads(line)
    except json.JSONDecodeError:
        return None
    expected = {"sequence", "at", "action", "details", "previous", "sha256"}
    return entry if isinstance(entry, dict) and set(entry) == expected else None


def _digest(entry: dict[str, Any]) -> str:
    body = {name: value for name, value in entry.items() if name != "sha256"}
    return hashlib.sha256(_as_line(body).encode()).hexdigest()


def _as_line(entry: dict[str, Any]) -> str:
    return json.dumps(entry, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
