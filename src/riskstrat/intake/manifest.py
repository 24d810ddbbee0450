"""The drop's manifest: which files it lists, what their bytes must be, and what they may be used for.

The form is CONTRACT section 1. Hashes are verified before any file is read, because an engine reads a Parquet page with
flipped bytes without complaint.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path, PurePosixPath
from typing import Any

from riskstrat.errors import InputRefused, IntegrityFault, NotPermitted
from riskstrat.files import sha256_of
from riskstrat.settings import PURPOSES

MANIFEST = "manifest.json"
Period = tuple[date, date]


@dataclass(frozen=True)
class Permission:
    """What the sender allows a table's rows to be used for; empty means "not stated"."""

    purposes: tuple[str, ...] = ()
    legal_basis: str | None = None
    expires: date | None = None

    def refuse_if_expired(self, table: str, today: date) -> None:
        """Raise ``NotPermitted`` where the permission ended before ``today``."""
        if self.expires is not None and self.expires < today:
            raise NotPermitted(
                f"the permission to use {table} expired on {self.expires}",
                "ask the sender for a drop whose manifest states a later date",
            )


@dataclass(frozen=True)
class ListedFile:
    """One file the manifest lists."""

    path: Path
    table: str
    sha256: str
    rows: int
    period: Period | None


@dataclass(frozen=True)
class Manifest:
    """A manifest as read: its files, and each table's permission."""

    files: tuple[ListedFile, ...]
    permissions: dict[str, Permission]

    def narrowest(self) -> Permission:
        """What is permitted of everything in the drop at once; raises ``NotPermitted`` where that is nothing."""
        whole = Permission()
        for permission in self.permissions.values():
            whole = _narrower(whole, permission, "the drop")
        return whole


def read_manifest(drop: Path) -> Manifest | None:
    """Return the drop's manifest, or ``None`` where it has none.

    Raises ``InputRefused`` where it cannot be read, states another version or names a file outside the drop, and
    ``NotPermitted`` where a table's purposes are none of ours.
    """
    path = drop / MANIFEST
    if path.is_symlink():
        raise InputRefused(f"{MANIFEST} is a link", "put the file itself into the drop")
    if not path.is_file():
        return None
    try:
        raw = json.loads(path.read_text(encoding="utf-8-sig"))
    except (json.JSONDecodeError, UnicodeDecodeError) as fault:
        raise InputRefused(f"{MANIFEST} is not valid JSON: {fault}") from None
    if not isinstance(raw, dict) or not isinstance(raw.get("files"), list):
        raise InputRefused(f'{MANIFEST} has no list "files"')
    if raw.get("version") != 1:
        raise InputRefused(
            f"{MANIFEST} states version {raw.get('version')!r}", "this program reads version 1 of the landing contract"
        )
    files = tuple(_listed_file(drop, entry, number) for number, entry in enumerate(raw["files"], start=1))
    names = [file.path for file in files]
    twice = sorted({path.name for path in names if names.count(path) > 1})
    if twice:
        raise InputRefused(f"{MANIFEST} lists {twice[0]} twice")
    return Manifest(files, _permissions(raw))


def _listed_file(drop: Path, entry: Any, number: int) -> ListedFile:
    try:
        name, table = entry["file"], entry["table"]
        sha256, rows = entry["sha256"].lower(), entry["rows"]
        if not isinstance(name, str) or not isinstance(table, str) or type(rows) is not int:
            raise TypeError
    except (KeyError, TypeError, AttributeError):
        raise InputRefused(
            f'entry {number} of {MANIFEST} is not {{"file", "table", "sha256", "rows"}}',
            "each of the four is needed; period is optional",
        ) from None
    return ListedFile(_inside(drop, name), table, sha256, rows, _period(entry.get("period"), name))


def _inside(drop: Path, name: str) -> Path:
    pure = PurePosixPath(name)
    if not pure.parts or pure.is_absolute() or ".." in pure.parts or "\\" in name or ":" in name or "\0" in name:
        raise InputRefused(f'{MANIFEST} names "{name}", which leaves the drop', "file names are relative to the drop")
    path = drop
    for part in pure.parts:
        path = path / part
        if path.is_symlink():
            raise InputRefused(f"{name} is or lies behind a link", "links are not followed: put the file into the drop")
    return path


def _period(text: Any, name: str) -> Period | None:
    if text is None:
        return None
    try:
        start, end = (date.fromisoformat(part) for part in str(text).split("/"))
    except ValueError:
        raise InputRefused(
            f'the period of {name} in {MANIFEST} is "{text}"', "write it as 2020-01-01/2026-10-31"
        ) from None
    if start > end:
        raise InputRefused(f"the period of {name} in {MANIFEST} ends before it begins")
    return start, end


def _permissions(raw: dict[str, Any]) -> dict[str, Permission]:
    """Read permissions from wherever the manifest states them; the narrowest holds.

    They may stand in a file's entry, in ``"tables": {"gp_event": {"expires": ...}}``, or beside ``files``: for the
    whole drop, or by table as in ``"expires": {"gp_event": ...}``.
    """
    stated: list[tuple[str, dict[str, Any]]] = [(entry["table"], entry) for entry in raw["files"]]
    for term in ("purposes", "legal_basis", "expires"):
        own = raw.get(term)
        by_table = own if isinstance(own, dict) else dict.fromkeys((entry["table"] for entry in raw["files"]), own)
        stated += [(table, {term: value}) for table, value in by_table.items()]
    tables = raw.get("tables")
    if isinstance(tables, dict):
        stated += [(table, terms) for table, terms in tables.items() if isinstance(terms, dict)]
    found: dict[str, Permission] = {}
    for table, terms in stated:
        one = _permission(table, terms)
        found[table] = one if table not in found else _narrower(found[table], one, table)
    for table, permission in found.items():
        permission.refuse_if_expired(table, datetime.now(tz=UTC).date())
    return found


def _permission(table: str, terms: dict[str, Any]) -> Permission:
    purposes = terms.get("purposes")
    if purposes is not None and not (isinstance(purposes, list) and all(isinstance(p, str) for p in purposes)):
        raise InputRefused(f"the purposes of {table} in {MANIFEST} are not a list of words")
    if purposes is not None and not set(purposes) & set(PURPOSES):
        raise NotPermitted(
            f"{table} was not sent for any purpose of this program",
            f"its purposes: {', '.join(purposes) or 'none'}; ours: {', '.join(PURPOSES)}",
        )
    expires = terms.get("expires")
    try:
        last_day = None if expires is None else date.fromisoformat(str(expires))
    except ValueError:
        raise InputRefused(f'"expires" of {table} in {MANIFEST} is not a date: "{expires}"') from None
    basis = terms.get("legal_basis")
    return Permission(tuple(sorted(set(purposes or ()))), None if basis is None else str(basis), last_day)


def _narrower(one: Permission, other: Permission, table: str) -> Permission:
    purposes = tuple(sorted(set(one.purposes) & set(other.purposes))) or one.purposes or other.purposes
    if one.purposes and other.purposes and not set(one.purposes) & set(other.purposes):
        raise NotPermitted(f"the files of {table} were sent for purposes that have nothing in common")
    days = [day for day in (one.expires, other.expires) if day is not None]
    return Permission(purposes, one.legal_basis or other.legal_basis, min(days) if days else None)


def verify_files(files: Sequence[ListedFile]) -> None:
    """Raise ``IntegrityFault`` naming the first listed file that is absent or has another hash."""
    for listed in files:
        if not listed.path.is_file():
            raise IntegrityFault(
                f"{listed.path.name} is listed in {MANIFEST} and absent",
                "the drop is incomplete: have it sent again; nothing was loaded",
            )
        if sha256_of(listed.path) != listed.sha256:
            raise IntegrityFault(
                f"{listed.path.name} is not the file that {MANIFEST} lists: its SHA-256 differs",
                "it changed on the way or after it was listed: have it sent again; nothing was loaded",
            )
