"""Feature snapshots: one row per person of the population as at an index date, kept in ``store/features``."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import polars as pl

from riskstrat.contract import TABLES
from riskstrat.errors import InputRefused, UsageFault
from riskstrat.features.catalogue import statements
from riskstrat.features.kept import is_kept, noting
from riskstrat.features.layers import register_seeds, stage
from riskstrat.features.parts import Parts
from riskstrat.intake import each_range, open_store, people_at_once
from riskstrat.pages import counted
from riskstrat.project import Progress, Workspace, add_months, resource
from riskstrat.settings import PURPOSES, OptOutPolicy
from riskstrat.warehouse import Warehouse

CONTACTS = frozenset(
    "gp_prescription gp_appointment apc_episode admission_notice ecds_attendance outpatient_appointment "
    "community_contact mental_health_contact urgent_call".split()
)
"""Sources whose first row says when the data begin."""
MUST_VARY_ABOVE = 10_000
"""People in a snapshot above which a column that says the same of everyone stops the build."""


def build_snapshots(
    workspace: Workspace, index_dates: Sequence[date], *, progress: Progress | None = None
) -> list[Path]:
    """Make the snapshot of each index date from what the store holds; return the files, in the order asked for.

    Writes ``store/features``, ``store/attrition`` and ``store/sources`` for each index date. A snapshot that was made
    from the same intake files, settings and statements is kept. Raises ``InputRefused`` for an index date that the data
    do not reach, ``UsageFault`` for one that is not the first of a month.

    Memory does not grow with the number of people: they are worked through in ranges, each staged once for all index
    dates, and the rows are the same however many ranges there are.
    """
    tell = progress or (lambda _: None)
    for index_date in index_dates:
        if index_date.day != 1:
            raise UsageFault(f"index date {index_date} is not the first of a month")
    made_from = {"inputs": inputs_hash(workspace)}
    stale = [day for day in sorted(set(index_dates)) if not is_kept(workspace.part("features", day), made_from)]
    if stale:
        with open_store(workspace) as warehouse:
            _refuse_unknown(warehouse, stale)
            constant: set[str] = set()
            with _parts(warehouse, workspace, stale, tell) as made:
                for parts in made:
                    index_date = parts.index_date
                    with noting(workspace.part("features", index_date), made_from):
                        people, same = parts.put_together(warehouse, MUST_VARY_ABOVE)
                    constant.update(same)
                    tell(f"snapshot {index_date}: {people:,} people")
        if constant:
            said = counted(len(constant), "column says", "columns say")
            tell(f"warning: {said} the same of all people at an index date: {', '.join(sorted(constant))}")
    return [workspace.part("features", day) for day in index_dates]


@contextmanager
def _parts(
    warehouse: Warehouse, workspace: Workspace, index_dates: Sequence[date], tell: Progress
) -> Iterator[list[Parts]]:
    """Make the parts of every index date, one range of people after another; what is not put together is removed."""
    is_withheld = is_withheld_by(workspace.settings.opt_out.type_1)
    made = [Parts(workspace, day, is_withheld=is_withheld) for day in index_dates]
    try:
        ranges = people_at_once(warehouse, workspace)
        register_seeds(warehouse, workspace)
        for place, _ in enumerate(each_range(warehouse, workspace, ranges), start=1):
            which = f" (range {place} of {len(ranges)} of people)" if len(ranges) > 1 else ""
            tell(f"staging what is held, for {counted(len(index_dates), 'index date')}{which}")
            warehouse.drop_layers("staging", "features")  # before the next range is staged, not while it is
            stage(warehouse, index_dates)
            for parts in made:
                parts.add(warehouse)
        yield made
    finally:
        for parts in made:
            parts.discard()


def usable_dates(workspace: Workspace, candidates: Sequence[date]) -> list[date]:
    """Return those of the candidates that the data held reach, in the order given."""
    with open_store(workspace) as warehouse:
        first, last = _reach(warehouse)
    return [day for day in candidates if first < day <= last]


def read_snapshot(workspace: Workspace, index_date: date) -> pl.DataFrame:
    """Return a snapshot, one row per person by ``person_id``; raises ``InputRefused`` if it is not made yet."""
    return _read(workspace, "features", index_date)


def read_sources(workspace: Workspace, index_date: date) -> pl.DataFrame:
    """Return a snapshot's sources, one row per landing table with an event date: ``parts.SOURCE_COLUMNS``.

    What each column means is said in ``sql/features/population_source.sql``.
    """
    return _read(workspace, "sources", index_date)


def read_attrition(workspace: Workspace, index_date: date) -> pl.DataFrame:
    """Return ``step, reason, people, remaining``: how everyone held comes down to a snapshot's population."""
    return _read(workspace, "attrition", index_date)


def inputs_hash(workspace: Workspace) -> str:
    """Return a digest of all that a snapshot is made from: intake files, the settings that matter, and ``sql/``."""
    digest = hashlib.sha256()
    held = workspace.store / "intake"
    for path in sorted(held.glob("*.json")):  # what each delivery held, with a fingerprint of its rows
        digest.update(path.read_bytes())
    for path in sorted(held.rglob("*.parquet")):
        digest.update(f"{path.relative_to(held)} {path.stat().st_size}\n".encode())
    settings = workspace.settings
    digest.update(settings.opt_out.model_dump_json().encode())
    digest.update(json.dumps({name: own.lag_days for name, own in sorted(settings.sources.items())}).encode())
    for statement in statements():
        digest.update(statement.sql.encode())
    for path in (*sorted(resource("sql/seeds").glob("*.csv")), *sorted(workspace.root.glob("codelists/*/*"))):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def is_withheld_by(policy: OptOutPolicy) -> bool:
    """Return whether a type 1 objection withholds general practice data: it does unless any purpose was opened."""
    return all(getattr(policy, purpose) == "exclude" for purpose in PURPOSES)


def _reach(warehouse: Warehouse) -> tuple[date, date]:
    """Return the day the data begin and the last index date they reach.

    Where manifests state periods, data begin with the first contact with care (registrations, records and services go
    back decades, and a snapshot of them alone would look like good health), and the last index date is the first of the
    month after the last period. Where none does, they begin with anything dated, and nothing says where they end.
    """
    held = [
        (str(name), start, end, is_stated)
        for name, start, end, is_stated in warehouse.rows(
            "SELECT table_name, period_start, period_end, period_is_stated FROM intake.source"
        )
        if start is not None and TABLES[name].event_date is not None and name != "opt_out"
    ]
    if not held:
        raise InputRefused("nothing dated is held yet", "take a drop first:  riskstrat intake DROP")
    starts = [start for _, start, _, _ in held]
    contacts = [start for name, start, _, is_stated in held if is_stated and name in CONTACTS]
    stated_ends = [end for _, _, end, is_stated in held if is_stated]
    return min(contacts or starts), add_months(max(stated_ends), 1) if stated_ends else date.max


def _refuse_unknown(warehouse: Warehouse, index_dates: Sequence[date]) -> None:
    first, last = _reach(warehouse)
    for day in index_dates:
        if day <= first:
            raise InputRefused(f"unknown index date {day}: the data held begin on {first}", "choose a later one")
        if day > last:
            raise InputRefused(
                f"unknown index date {day}: the data held end before {last}",
                f"the latest index date they allow is {last}; take a later drop for a later one",
            )


def _read(workspace: Workspace, layer: str, index_date: date) -> pl.DataFrame:
    path = workspace.part(layer, index_date)
    if not path.is_file():
        raise InputRefused(
            f"there is no snapshot at {index_date}", f"make it:  riskstrat features --index-date {index_date}"
        )
    return pl.read_parquet(path)
