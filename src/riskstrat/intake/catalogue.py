"""The catalogue of deliveries: what was taken, from which bytes, for which days.

``store/intake/deliveries.json`` is replaced in one step as the last act of an intake. A file that it does not name
does not exist for any reader, so an intake that dies half-way leaves the earlier state, and the next one clears what
is left.
"""

import json
import shutil
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from riskstrat.contract import CONTRACT_VERSION
from riskstrat.errors import IntegrityFault
from riskstrat.files import replace_text
from riskstrat.project import Workspace


@dataclass(frozen=True)
class HeldTable:
    """One table of one delivery.

    ``fingerprint`` identifies the bytes it was made from. ``period`` is what the manifest says the files cover,
    ``None`` where it says nothing. ``first_event`` and ``last_event`` are the first and last event dates taken. Days
    are ISO text.
    """

    rows: int
    fingerprint: str
    period: tuple[str, str] | None = None
    first_event: str | None = None
    last_event: str | None = None
    purposes: tuple[str, ...] = ()
    legal_basis: str | None = None
    expires: str | None = None


@dataclass(frozen=True)
class Delivery:
    """One drop that was taken. ``as_of`` is the latest day it covers."""

    number: int
    as_of: str | None
    adapter: str | None
    is_pseudonymised: bool
    tables: dict[str, HeldTable]
    restatements: tuple[str, ...] = ()
    accepted_restatement: str | None = None
    identity_file: str = ""


@dataclass(frozen=True)
class Catalogue:
    """Every delivery taken, in order."""

    deliveries: tuple[Delivery, ...] = field(default_factory=tuple)

    def holding(self, table: str) -> list[Delivery]:
        """Return the deliveries that brought a table, in order."""
        return [delivery for delivery in self.deliveries if table in delivery.tables]

    @property
    def last(self) -> Delivery | None:
        """The last delivery taken."""
        return self.deliveries[-1] if self.deliveries else None

    @property
    def as_of(self) -> date | None:
        """The latest day that any delivery covers."""
        days = [delivery.as_of for delivery in self.deliveries if delivery.as_of is not None]
        return date.fromisoformat(max(days)) if days else None

    def is_in_force(self, table: str, fingerprint: str) -> bool:
        """Whether a delivery with these bytes holds the table and no later one covers any of its days."""
        versions = [delivery.tables[table] for delivery in self.holding(table)]
        places = [place for place, held in enumerate(versions) if held.fingerprint == fingerprint]
        return bool(places) and not any(_overlap(versions[places[-1]], later) for later in versions[places[-1] + 1 :])


def held_to(workspace: Workspace) -> date | None:
    """Return the latest day that any delivery held covers; ``None`` where none says."""
    return read_catalogue(workspace).as_of


def _overlap(one: HeldTable, other: HeldTable) -> bool:
    if one.period is None or other.period is None:
        return True
    return one.period[0] <= other.period[1] and other.period[0] <= one.period[1]


def intake_folder(workspace: Workspace) -> Path:
    """The folder of checked tables."""
    return workspace.store / "intake"


def table_file(workspace: Workspace, table: str, number: int) -> Path:
    """The Parquet file that holds one table of one delivery."""
    return intake_folder(workspace) / table / f"delivery={number:06}.parquet"


def volume_file(workspace: Workspace, number: int) -> Path:
    """The Parquet file that counts everything in force after a delivery by event and available date."""
    return table_file(workspace, "source_volume", number)


def read_catalogue(workspace: Workspace) -> Catalogue:
    """Return the catalogue; an absent one is empty. Raises ``IntegrityFault`` where it cannot be read."""
    path = intake_folder(workspace) / "deliveries.json"
    if not path.is_file():
        return Catalogue()
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        return Catalogue(tuple(_delivery(entry) for entry in raw["deliveries"]))
    except (json.JSONDecodeError, UnicodeDecodeError, KeyError, TypeError) as fault:
        raise IntegrityFault(
            f"store/intake/deliveries.json cannot be read ({type(fault).__name__})",
            "restore it from a backup, or delete store/intake and take the drops again",
        ) from None


def _delivery(raw: dict[str, Any]) -> Delivery:
    tables = {
        name: HeldTable(
            **held
            | {
                "period": None if held["period"] is None else (held["period"][0], held["period"][1]),
                "purposes": tuple(held["purposes"]),
            }
        )
        for name, held in raw["tables"].items()
    }
    return Delivery(**raw | {"tables": tables, "restatements": tuple(raw["restatements"])})


def write_catalogue(workspace: Workspace, catalogue: Catalogue) -> None:
    """Replace the catalogue in one step: before it the earlier state holds, after it the new one."""
    path = intake_folder(workspace) / "deliveries.json"
    content = {"contract": CONTRACT_VERSION, "deliveries": [asdict(delivery) for delivery in catalogue.deliveries]}
    replace_text(path, json.dumps(content, indent=1, sort_keys=True) + "\n")


def clear_leftovers(workspace: Workspace, catalogue: Catalogue) -> None:
    """Remove what an intake that died left behind: files that no delivery of the catalogue names."""
    known = {delivery.number for delivery in catalogue.deliveries}
    named = {table_file(workspace, t, d.number) for d in catalogue.deliveries for t in d.tables}
    if catalogue.last is not None:
        named.add(volume_file(workspace, catalogue.last.number))
    folder = intake_folder(workspace)
    for path in sorted(folder.glob("*/*")) + sorted(folder.glob("*/.*.half")):
        if path not in named and path.is_file():
            path.unlink()
    for place in (workspace.quarantine, workspace.quality):
        for path in sorted(place.glob("*")):
            stem = path.name.split(".")[0]
            if stem.isdigit() and int(stem) not in known:
                shutil.rmtree(path) if path.is_dir() else path.unlink()
    last = catalogue.last
    for path in sorted(workspace.vault.glob("identity-*.parquet")) + sorted(workspace.vault.glob(".*.half")):
        if last is None or path.name != last.identity_file:
            path.unlink()
    for path in sorted(workspace.scratch.glob("intake-*")):
        shutil.rmtree(path, ignore_errors=True)
