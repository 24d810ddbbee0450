"""A workspace: its settings, its paths, its key, and the index dates that are asked of it."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from importlib.resources import files
from pathlib import Path

from riskstrat.errors import IntegrityFault, NotPermitted, UsageFault
from riskstrat.settings import Settings, read_settings

SETTINGS_FILE = "riskstrat.toml"
Progress = Callable[[str], None]
"""What a room tells of its progress, one line a call; only the command line prints it."""
_PART = "part.parquet"
_CHECKOUT = Path(__file__).resolve().parents[2]


def resource(relative: str) -> Path:
    """Return a file or folder of ``sql/``, ``models/``, ``reports/`` or ``synthetic_data/``.

    They lie at the top of a checkout and travel inside the wheel; raises ``FileNotFoundError`` if neither has it.
    """
    packaged = Path(str(files("riskstrat"))) / "_resources" / relative
    if packaged.exists():
        return packaged
    in_checkout = _CHECKOUT / relative
    if in_checkout.exists():
        return in_checkout
    raise FileNotFoundError(f"riskstrat does not carry {relative}")


def parse_index_date(text: str) -> date:
    """Return an index date, which is the first of a month; raises ``UsageFault`` for anything else."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise UsageFault(
            f"'{text}' is not a date", "write an index date as YYYY-MM-01, for example 2026-11-01"
        ) from None
    if day.day != 1:
        raise UsageFault(f"index date {text} is not the first of a month", f"did you mean {day.replace(day=1)}?")
    return day


def add_months(day: date, months: int) -> date:
    """Return the first of the month that lies ``months`` calendar months after (or, if negative, before) ``day``."""
    month_number = day.year * 12 + day.month - 1 + months
    return date(month_number // 12, month_number % 12 + 1, 1)


@dataclass(frozen=True)
class Workspace:
    """One board's folder. Making the object touches nothing; ``riskstrat init`` makes the folder."""

    root: Path

    @cached_property
    def settings(self) -> Settings:
        """The settings of ``riskstrat.toml``, or the defaults where there is none."""
        return read_settings(self.root / SETTINGS_FILE)

    @property
    def store(self) -> Path:
        """Tables of every layer: ``store/<layer>/...``. Pseudonymous; a cache of drops and code, never identities."""
        return self.root / "store"

    def part(self, layer: str, index_date: date) -> Path:
        """Return the file of one table of the store at an index date, whether it is there or not.

        ``layer`` is the table's folder: ``features``, ``scores``, ``labels/death_12m``.
        """
        return self.store / layer / f"index_date={index_date}" / _PART

    def index_dates(self, layer: str) -> list[date]:
        """Return the index dates at which the store holds a table, earliest first."""
        found = (self.store / layer).glob(f"index_date=*/{_PART}")
        return sorted(date.fromisoformat(path.parent.name.removeprefix("index_date=")) for path in found)

    @property
    def quarantine(self) -> Path:
        """Refused rows, by delivery and table, with the rule that refused them."""
        return self.root / "quarantine"

    @property
    def quality(self) -> Path:
        """Quality reports, by delivery."""
        return self.root / "quality"

    @property
    def releases(self) -> Path:
        """Published months."""
        return self.root / "releases"

    @property
    def audit_log(self) -> Path:
        """The append-only, chained log of what was done."""
        return self.root / "audit.jsonl"

    @property
    def scratch(self) -> Path:
        """Spill and half-written files; safe to delete when nothing runs."""
        return self.root / "scratch"

    @property
    def key_file(self) -> Path:
        """The pseudonym key's path; raises ``NotPermitted`` inside ``store/`` or ``releases/``."""
        return self.private_path(self.settings.identity.key_file, "identity.key_file")

    @property
    def vault(self) -> Path:
        """The identity vault's folder; raises ``NotPermitted`` inside ``store/`` or ``releases/``."""
        return self.private_path(self.settings.identity.vault, "identity.vault")

    def private_path(self, configured: Path, setting: str) -> Path:
        """Return the path of a setting that holds a secret; raises ``NotPermitted`` inside store/ or releases/."""
        path = configured if configured.is_absolute() else self.root / configured
        for open_place in (self.store, self.releases):
            if path.resolve().is_relative_to(open_place.resolve()):
                raise NotPermitted(
                    f"{setting} lies inside {open_place.name}/",
                    "keep identities apart from data: choose another folder",
                )
        return path

    def key(self) -> bytes:
        """Return the 32-byte pseudonym key.

        Raises ``UsageFault`` if there is none, ``NotPermitted`` if others may read it, ``IntegrityFault`` if it is not
        64 hexadecimal digits.
        """
        path = self.key_file
        if not path.is_file():
            raise UsageFault(f"no pseudonym key at {path.name}", "run  riskstrat init  or set identity.key_file")
        if os.name == "posix" and path.stat().st_mode & 0o077:
            raise NotPermitted(f"{path.name} can be read by other users of this machine", f"run  chmod 600 {path.name}")
        try:
            key = bytes.fromhex(path.read_text(encoding="ascii").strip())
        except (ValueError, UnicodeDecodeError):
            key = b""
        if len(key) != 32:
            raise IntegrityFault(f"{path.name} is not a key: expected 64 hexadecimal digits")
        return key
