"""Every practice's list of a month, written: the page, the workbook and the file."""

from collections.abc import Iterable, Sequence
from datetime import date
from multiprocessing import get_context, parent_process
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Final

import polars as pl

from riskstrat.errors import EnvironmentFault
from riskstrat.project import Progress, Workspace
from riskstrat.worklists.documents import write_documents
from riskstrat.worklists.gathering import read_month
from riskstrat.worklists.memory import keep_sent
from riskstrat.worklists.page import WorklistPage
from riskstrat.worklists.practice_pages import pages_of
from riskstrat.worklists.reported import report_what_practices_say

MANY_PRACTICES: Final = 30
"""Practices from which it pays to start other processes: starting one costs about as much as writing ten."""


def render(
    workspace: Workspace,
    index_date: date,
    release_name: str,
    folder: Path,
    *,
    progress: Progress | None = None,
) -> list[Path]:
    """Write ``<practice_code>.html``, ``.xlsx`` and ``.csv`` for each practice with people; returns their paths.

    Selection stands on the snapshot; rendering on everything held now: whoever is known by now to have died, moved,
    opted out or been restricted is dropped and counted. Raises ``UsageFault`` where the month was not selected. With
    many practices it works in as many processes as the settings allow threads; the bytes are the same.
    """
    folder.mkdir(parents=True, exist_ok=True)
    month = read_month(workspace, index_date, release_name)
    keep_sent(workspace, release_name, month.rows.filter(pl.col("state") == "listed"))
    report_what_practices_say(workspace, index_date)
    processes = workspace.settings.engine.threads if len(month.practices) >= MANY_PRACTICES else 1
    if processes == 1:
        written = _write(pages_of(month), folder)
    else:
        written = write_in_shares(list(pages_of(month)), folder, processes)
    if progress is not None:
        progress(f"worklists: {len(month.practices):,} practices written")
    return written


def write_in_shares(pages: Sequence[WorklistPage], folder: Path, processes: int) -> list[Path]:
    """Write the documents of all pages, one share here and each other share in a process of its own.

    Returns the paths in order of practice. What fails in another process is raised here as it was there; raises
    ``EnvironmentFault`` where one died.
    """
    spawn = get_context("spawn")
    others = []
    for place in range(1, processes):
        here, there = spawn.Pipe(duplex=False)
        process = spawn.Process(target=_write_share, args=(pages[place::processes], folder, there))
        process.start()
        there.close()
        others.append((process, here))
    written = _write(pages[::processes], folder)
    for process, here in others:
        try:
            outcome = here.recv()
        except EOFError:
            outcome = EnvironmentFault("a process that wrote worklists died", "was it out of memory? run it again")
        process.join()
        if isinstance(outcome, Exception):
            raise outcome
        written += outcome
    return sorted(written, key=lambda path: path.stem)


def _write_share(pages: Sequence[WorklistPage], folder: Path, answer: Connection) -> None:
    """Write a share, and send back the paths or the fault; end early where the process that asked is gone."""
    asking = parent_process()
    try:
        answer.send(_write((page for page in pages if asking is None or asking.is_alive()), folder))
    except Exception as fault:
        answer.send(fault)


def _write(pages: Iterable[WorklistPage], folder: Path) -> list[Path]:
    return [path for page in pages for path in write_documents(page, folder)]
