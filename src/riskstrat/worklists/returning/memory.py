"""The feedback store: everything practices recorded on their lists, append-only.

``store/feedback/part-<n>.parquet``, one file for each time feedback was taken; a row is never changed or removed.
"""

import shutil
from collections.abc import Collection
from datetime import date
from pathlib import Path

import polars as pl

from riskstrat.files import replacing, sync
from riskstrat.intake import held_to
from riskstrat.project import Workspace

RECORD_SCHEMA = {
    "sequence": pl.Int32,
    "release": pl.String,
    "index_date": pl.Date,
    "practice_code": pl.String,
    "row_key": pl.String,
    "person_id": pl.Int32,
    "status": pl.String,
    "status_date": pl.Date,
    "owner": pl.String,
    "note": pl.String,
    "until": pl.Date,
}
"""Grain: one recorded row of one returned list. ``sequence`` rises in the order in which records were taken."""


_SENT_COLUMNS = ["practice_code", "row_key", "person_id"]
_RENDERED, _SENT = "worklists_rendered", "worklists_sent"


def feedback_folder(workspace: Workspace) -> Path:
    """Return the folder of the feedback store."""
    return workspace.store / "feedback"


def read_records(workspace: Workspace) -> pl.DataFrame:
    """Return every record held, in the order taken (``RECORD_SCHEMA``)."""
    files = sorted(feedback_folder(workspace).glob("part-*.parquet"))
    frames = [pl.read_parquet(file).select(pl.col(n).cast(k) for n, k in RECORD_SCHEMA.items()) for file in files]
    return pl.concat([pl.DataFrame(schema=RECORD_SCHEMA), *frames]).sort("sequence")


def keep_rendered(workspace: Workspace, release: str, listed: pl.DataFrame) -> None:
    """Keep whose row is whose on the lists of one release, until it is known whether the release is published.

    ``store/worklists_rendered/release=<name>/part.parquet``: ``practice_code, row_key, person_id, held_to``.
    ``held_to`` is the last day that anything held then speaks for: a list made long after its index date leaves off
    whoever has died or moved since, and tells nothing of those it would have named in time.
    """
    until = pl.lit(held_to(workspace), pl.Date).alias("held_to")
    with replacing(_kept(workspace, _RENDERED, release)) as half:
        listed.select(*_SENT_COLUMNS, until).sort(_SENT_COLUMNS).write_parquet(half, compression="zstd")


def settle_sent(workspace: Workspace, published: Collection[str]) -> None:
    """Take the lists that were rendered as sent where their release is published; forget them where it is not.

    ``store/worklists_sent/release=<name>/part.parquet``, with the columns rendered: a month made again leaves the lists
    already sent out valid. It may be called again after any fault: what was settled is left as it is.
    """
    for file in sorted((workspace.store / _RENDERED).glob("release=*/part.parquet")):
        release = file.parent.name.removeprefix("release=")
        if release in published:
            sent = _kept(workspace, _SENT, release)
            sent.parent.mkdir(parents=True, exist_ok=True)
            file.replace(sent)
            sync(sent.parent)
    if (workspace.store / _RENDERED).is_dir():
        shutil.rmtree(workspace.store / _RENDERED)


def read_sent(workspace: Workspace, release: str) -> pl.DataFrame | None:
    """Return whose row is whose on the lists sent of a release; ``None`` where none were, or before it was kept."""
    path = _kept(workspace, _SENT, release)
    return pl.read_parquet(path, columns=_SENT_COLUMNS) if path.is_file() else None


def releases_sent(workspace: Workspace, index_date: date) -> list[str]:
    """Return the names of the releases of one month whose lists were sent, in order of their names."""
    folders = (workspace.store / _SENT).glob(f"release={index_date}.*")
    return sorted(folder.name.removeprefix("release=") for folder in folders)


def _kept(workspace: Workspace, layer: str, release: str) -> Path:
    return workspace.store / layer / f"release={release}" / "part.parquet"


def append_records(workspace: Workspace, records: pl.DataFrame) -> Path:
    """Add records as one file, in one step; returns its path."""
    folder = feedback_folder(workspace)
    path = folder / f"part-{len(sorted(folder.glob('part-*.parquet'))) + 1:06}.parquet"
    with replacing(path) as half:
        records.select(*RECORD_SCHEMA).write_parquet(half, compression="zstd")
    return path
