"""A drop, taken whole or not at all.

Order: prove the bytes, ask whether they may be used, read every header, check every row, compare with what is held,
and only then name the delivery in the catalogue. Everything before that last step is invisible to readers.
"""

import hashlib
import json
import shutil
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from riskstrat.contract import CONTRACT_VERSION, TABLES, Table
from riskstrat.errors import InputRefused, UsageFault
from riskstrat.files import sha256_of
from riskstrat.intake import adapters
from riskstrat.intake.assertions import count_exceptions, freshness, hold_after
from riskstrat.intake.catalogue import (
    Catalogue,
    Delivery,
    HeldTable,
    clear_leftovers,
    read_catalogue,
    table_file,
    write_catalogue,
)
from riskstrat.intake.identity import record_key, verify_key
from riskstrat.intake.landing import LandingFile, ReadableFile, find_files, open_file, refuse_missing_columns
from riskstrat.intake.load import Load, load_tables
from riskstrat.intake.manifest import MANIFEST, Manifest, Period, Permission, read_manifest, verify_files
from riskstrat.intake.quality import write_quality
from riskstrat.intake.restatement import refuse_large_removals
from riskstrat.intake.restricted import RestrictedCodes, read_restricted_codes
from riskstrat.intake.result import IntakeResult
from riskstrat.project import Progress, Workspace
from riskstrat.warehouse import Warehouse


@dataclass
class Arrival:
    """What a drop brings, before its rows are looked at."""

    files: list[LandingFile]
    permissions: dict[str, Permission] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    assumptions: list[str] = field(default_factory=list)
    is_pseudonymised: bool = False

    def of_table(self, table: str) -> list[LandingFile]:
        """The files that hold a table, in the order they are read."""
        return [file for file in self.files if file.table == table]

    def period(self, table: str) -> Period | None:
        """The days a table's files say they cover; ``None`` where one of them does not say.

        Raises ``InputRefused`` where they leave days out between them: as one span they would replace those days too.
        """
        periods = [file.period for file in self.of_table(table)]
        stated = sorted(period for period in periods if period is not None)
        if len(stated) < len(periods) or not stated:
            return None
        reached = stated[0][1]
        for start, end in stated[1:]:
            if start > reached + timedelta(days=1):
                raise InputRefused(
                    f"the files of {table} cover days up to {reached} and again from {start}, and none between",
                    "send them as separate drops, or the days between as well; nothing was loaded",
                )
            reached = max(reached, end)
        return stated[0][0], reached


def take_drop(
    workspace: Workspace,
    drop: Path,
    *,
    adapter: str | None = None,
    accept_restatement: str | None = None,
    progress: Progress | None = None,
) -> IntakeResult:
    """Check, pseudonymise and load a drop into ``store/intake``; the same drop again changes nothing.

    ``adapter`` names the foreign shape of the files, if they have one. ``accept_restatement`` is the reason for which a
    drop that removes more than 10 % of a month already held is taken all the same.

    Call it while holding the workspace's lock. Raises ``InputRefused``, ``IntegrityFault``, ``NotPermitted``,
    ``UsageFault`` or ``EnvironmentFault``; after any of them the store is as it was.
    """
    say = progress or (lambda _: None)
    if not drop.exists():
        raise UsageFault(f"there is no drop at {drop}", "give the folder of landing files")
    if adapter is None and not drop.is_dir():
        raise UsageFault(f"{drop} is not a folder", "a drop is a folder of landing files")
    if adapter is not None and adapter not in adapters.ADAPTERS:
        raise UsageFault(f'there is no adapter "{adapter}"', f"adapters: {', '.join(sorted(adapters.ADAPTERS))}")
    key = verify_key(workspace)
    catalogue = read_catalogue(workspace)
    clear_leftovers(workspace, catalogue)
    scratch = workspace.scratch / "intake-run"
    workspace.scratch.mkdir(parents=True, exist_ok=True)
    scratch.mkdir(mode=0o700)
    try:
        with Warehouse.of(workspace, scratch) as warehouse:
            return _take(_Run(workspace, warehouse, catalogue, key, scratch, say), drop, adapter, accept_restatement)
    except BaseException:
        clear_leftovers(workspace, read_catalogue(workspace))
        raise
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


@dataclass
class _Run:
    workspace: Workspace
    warehouse: Warehouse
    catalogue: Catalogue
    key: bytes
    scratch: Path
    say: Progress


def _take(run: _Run, drop: Path, adapter: str | None, accept_restatement: str | None) -> IntakeResult:
    restricted = read_restricted_codes(run.workspace)
    run.say("checking the files")
    arrival = _arrival(run, drop, adapter)
    fingerprints = _fingerprints(arrival, adapter, restricted)
    if _is_known(run.catalogue, fingerprints):
        last = run.catalogue.last
        number = 0 if last is None else last.number
        report = run.workspace.quality / f"{number:06}.html"
        return IntakeResult(number, False, {}, arrival.warnings, arrival.assumptions, [], report)
    files = _open_all(run, arrival)
    load = Load(
        workspace=run.workspace,
        warehouse=run.warehouse,
        catalogue=run.catalogue,
        number=1 + (0 if run.catalogue.last is None else run.catalogue.last.number),
        scratch=run.scratch,
        key=run.key,
        files=files,
        periods={name: arrival.period(name) for name in files},
        as_of=_as_of(arrival),
        is_pseudonymised=arrival.is_pseudonymised,
        restricted=restricted,
        warnings=arrival.warnings,
        say=run.say,
    )
    tables = load_tables(load)
    delivery = _delivery(load, arrival, fingerprints, adapter, accept_restatement)
    restatements = refuse_large_removals(load, delivery, accept_restatement)
    delivery = Delivery(**vars(delivery) | {"restatements": tuple(restatements)})
    run.say("looking at what is held now")
    hold_after(load, delivery)
    found, fresh = count_exceptions(load), freshness(load, delivery)
    arrival.warnings += [source["note"] for source in fresh if source["note"]]
    report = write_quality(run.workspace, delivery, tables, arrival.warnings, arrival.assumptions, found, fresh)
    record_key(run.workspace, run.key)
    run.say("naming the delivery in the catalogue")
    after = Catalogue((*run.catalogue.deliveries, delivery))
    write_catalogue(run.workspace, after)
    clear_leftovers(run.workspace, after)
    return IntakeResult(delivery.number, True, tables, arrival.warnings, arrival.assumptions, restatements, report)


def _arrival(run: _Run, drop: Path, adapter: str | None) -> Arrival:
    manifest = read_manifest(drop) if drop.is_dir() else None
    if manifest is None and run.workspace.settings.intake.require_manifest:
        raise InputRefused(
            f"the drop has no {MANIFEST}", "settings demand one: intake.require_manifest in riskstrat.toml"
        )
    if adapter is not None:
        return _adapted(run, drop, adapter, manifest)
    if manifest is None:
        files, warnings = find_files(drop, None)
        return Arrival(files, {}, [f"the drop has no {MANIFEST}: nothing proves that its files are whole", *warnings])
    verify_files(manifest.files)
    files, warnings = find_files(drop, manifest)
    return Arrival(files, manifest.permissions, warnings)


def _adapted(run: _Run, drop: Path, adapter: str, manifest: Manifest | None) -> Arrival:
    """Read foreign files; what their manifest permits of any of them is what it permits of every table made of them."""
    if manifest is not None:
        verify_files(manifest.files)
    adapted = adapters.ADAPTERS[adapter](run.warehouse, drop, run.scratch)
    permission = Permission() if manifest is None else manifest.narrowest()
    permissions = {file.table: permission for file in adapted.files}
    return Arrival(adapted.files, permissions, adapted.warnings, adapted.assumptions, adapted.is_pseudonymised)


def _fingerprints(arrival: Arrival, adapter: str | None, restricted: RestrictedCodes) -> dict[str, str]:
    """Return what identifies each table's content: bytes, period, and what else decides how they are read."""
    found = {}
    for table in sorted({file.table for file in arrival.files}):
        hashes = sorted(file.sha256 or sha256_of(file.path) for file in arrival.of_table(table))
        told = [CONTRACT_VERSION, adapter, restricted.sha256, str(arrival.period(table)), hashes]
        found[table] = hashlib.sha256(json.dumps(told).encode()).hexdigest()
    return found


def _is_known(catalogue: Catalogue, fingerprints: dict[str, str]) -> bool:
    return bool(fingerprints) and all(catalogue.is_in_force(table, mark) for table, mark in fingerprints.items())


def _open_all(run: _Run, arrival: Arrival) -> dict[str, list[ReadableFile]]:
    """Open every file and refuse the drop for the first that cannot be read or lacks a required column."""
    missing = [
        table.name
        for table in TABLES.values()
        if table.mandatory and not arrival.of_table(table.name) and not run.catalogue.holding(table.name)
    ]
    if missing:
        raise InputRefused(
            f"the drop has no {' and no '.join(missing)}",
            "person, registration and practice must be in a workspace's first drop",
            *(f"not read: {warning}" for warning in arrival.warnings if "not a landing table" in warning),
        )
    opened: dict[str, list[ReadableFile]] = {}
    for table in TABLES.values():
        files = arrival.of_table(table.name)
        if files:
            opened[table.name] = [open_file(run.warehouse, file, run.scratch) for file in files]
            last = _last_load(run.workspace, run.catalogue, table)
            refuse_missing_columns(table, opened[table.name], last, adapters.foreign_names(table.name))
            _warn_of_extra_columns(table, opened[table.name], arrival.warnings)
    return opened


def _last_load(workspace: Workspace, catalogue: Catalogue, table: Table) -> str | None:
    holding = catalogue.holding(table.name)
    if not holding:
        return None
    number = holding[-1].number
    path = table_file(workspace, table.name, number)
    if not path.exists():
        return f"delivery {number}"
    day = datetime.fromtimestamp(path.stat().st_mtime, tz=UTC).date()
    return f"from {day} (delivery {number})"


def _warn_of_extra_columns(table: Table, files: list[ReadableFile], warnings: list[str]) -> None:
    known = {column.name for column in table.columns}
    for file in files:
        extra = sorted(set(file.types) - known)
        if extra:
            shown = ", ".join(f'"{name}"' for name in extra[:8]) + (" and others" if len(extra) > 8 else "")
            warnings.append(f"{file.source.name} has columns that the contract does not know, ignored: {shown}")
        if file.rows == 0:
            warnings.append(f"{file.source.name} has a header and no rows")


def _as_of(arrival: Arrival) -> date | None:
    ends = [file.period[1] for file in arrival.files if file.period is not None]
    return max(ends) if ends else None


def _delivery(
    load: Load, arrival: Arrival, fingerprints: dict[str, str], adapter: str | None, accepted: str | None
) -> Delivery:
    held = {}
    for name in load.files:
        period, permission = load.periods[name], arrival.permissions.get(name, Permission())
        first, last = load.event_days.get(name, (None, None))
        held[name] = HeldTable(
            rows=load.rows[name],
            fingerprint=fingerprints[name],
            period=None if period is None else (period[0].isoformat(), period[1].isoformat()),
            first_event=first,
            last_event=last,
            purposes=permission.purposes,
            legal_basis=permission.legal_basis,
            expires=None if permission.expires is None else permission.expires.isoformat(),
        )
    return Delivery(
        number=load.number,
        as_of=None if load.as_of is None else load.as_of.isoformat(),
        adapter=adapter,
        is_pseudonymised=arrival.is_pseudonymised,
        tables=held,
        accepted_restatement=accepted,
        identity_file=load.identity_file,
    )
