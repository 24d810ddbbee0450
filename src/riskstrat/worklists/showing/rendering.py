"""Every practice's list of a month, written: the page, the workbook and the file."""

from collections.abc import Iterable
from datetime import date
from multiprocessing import get_context, parent_process
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import polars as pl

from riskstrat.errors import EnvironmentFault
from riskstrat.project import Progress, Workspace
from riskstrat.worklists.returning.memory import keep_rendered
from riskstrat.worklists.returning.reported import report_what_practices_say
from riskstrat.worklists.showing.documents import write_documents
from riskstrat.worklists.showing.gathering import Month, read_month
from riskstrat.worklists.showing.page import WorklistPage
from riskstrat.worklists.showing.practice_pages import pages_of

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
    many practices it works in as many processes as the settings allow threads; the bytes are the same. Whose row is
    whose is kept until ``settle_sent`` is told whether the release was published.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with Writers(folder, _processes(workspace, index_date)) as writers:
        month = read_month(workspace, index_date, release_name)
        keep_rendered(workspace, release_name, month.rows.filter(pl.col("state") == "listed"))
        report_what_practices_say(workspace, index_date)
        written = writers.write(month)
    if progress is not None:
        progress(f"worklists: {len(month.practices):,} practices written")
    return written


def _processes(workspace: Workspace, index_date: date) -> int:
    """Return in how many processes a month is written: one for each thread allowed where there are many practices."""
    file = workspace.part("worklists", index_date)
    if not file.is_file():
        return 1
    practices = pl.scan_parquet(file).select(pl.col("practice_code").n_unique()).collect().item()
    return workspace.settings.engine.threads if practices >= MANY_PRACTICES else 1


class Writers:
    """This process and others that write the documents of a month, each those of its share of the practices.

    The others are started with the block, so that they load what they need while the month is read here; they end with
    it. Each makes its own pages out of its own part of the month's tables.
    """

    def __init__(self, folder: Path, processes: int) -> None:
        """Write into ``folder``, in so many processes, this one among them."""
        self._folder = folder
        self._processes = processes
        self._others: list[tuple[BaseProcess, Connection]] = []

    def __enter__(self) -> Self:
        """Start the other processes."""
        spawn = get_context("spawn")
        for _ in range(1, self._processes):
            here, there = spawn.Pipe()
            process = spawn.Process(target=_write_share, args=(self._folder, there))
            process.start()
            there.close()
            self._others.append((process, here))
        return self

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, at: TracebackType | None) -> None:
        """End the other processes: who still waits for a share sees that none will come; after a fault, at once."""
        for process, pipe in self._others:
            pipe.close()
            if fault is not None:
                process.terminate()
            process.join()

    def write(self, month: Month) -> list[Path]:
        """Return the paths of all documents, in order of practice.

        What fails in another process is raised here as it was there; raises ``EnvironmentFault`` where one died.
        """
        try:
            for place, (_, pipe) in enumerate(self._others, start=1):
                pipe.send(month.of(month.practices[place :: self._processes]))
            written = _write(pages_of(month.of(month.practices[:: self._processes])), self._folder)
            answers = [pipe.recv() for _, pipe in self._others]
        except (EOFError, BrokenPipeError, ConnectionResetError):
            raise EnvironmentFault(
                "a process that wrote worklists died", "was it out of memory? run it again"
            ) from None
        for answer in answers:
            if isinstance(answer, Exception):
                raise answer
            written += answer
        return sorted(written, key=lambda path: path.stem)


def _write_share(folder: Path, pipe: Connection) -> None:
    """Wait for a share, write it, send back the paths or the fault; end early where the process that asked is gone."""
    asking = parent_process()
    try:
        month = pipe.recv()
    except EOFError:
        return
    try:
        pipe.send(_write((page for page in pages_of(month) if asking is None or asking.is_alive()), folder))
    except Exception as fault:
        pipe.send(fault)


def _write(pages: Iterable[WorklistPage], folder: Path) -> list[Path]:
    return [path for page in pages for path in write_documents(page, folder)]
