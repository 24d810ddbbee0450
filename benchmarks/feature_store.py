"""What the feature store costs, against a bare scan of what it reads and against other ways of making it.

python benchmarks/feature_store.py [--people N ...] [--methods METHOD ...] [--folder FOLDER] [--write]

For each number of people (100,000 and 1,000,000 by default) a workspace is made in FOLDER (kept, and used again), and
each method is run on it in a fresh process: peak memory is that method's own. Figures are CPU seconds (user and system)
of the work itself, imports left out, and the peak resident memory of the process. Methods: ``scan``, ``snapshot``,
``naive``, ``polars``, ``subset`` (the columns of ``polars`` by the product's SQL), ``months`` (twelve monthly snapshots
at once) and, only to be compared with it, ``alone`` (the same twelve one by one). What two methods both make is
compared, value by value; a difference ends the run. ``--write`` adds the table to ``benchmarks/results.md``.
"""

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
from feature_store_naive import know_at_one_by_one
from feature_store_people import write_people
from feature_store_polars import COLUMNS, some_columns
from feature_store_scan import columns_read, scan

from riskstrat.features import build_snapshots, parts, snapshots
from riskstrat.features.catalogue import families
from riskstrat.features.layers import ask_for, needed, register_seeds, set_index_date
from riskstrat.intake import each_range, open_store, people_at_once
from riskstrat.project import Workspace, add_months
from riskstrat.warehouse import GrowingFile

RESULTS = Path(__file__).with_name("results.md")
INDEX = date(2026, 11, 1)
MONTHS = tuple(add_months(INDEX, -back) for back in range(11, -1, -1))
METHODS = ("scan", "snapshot", "naive", "polars", "subset", "months")
OF_ALL = (*METHODS, "alone")


def main() -> None:
    """Measure what was asked for, compare, print and, where asked, write down."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--people", type=int, nargs="+", default=[100_000, 1_000_000])
    asked.add_argument("--methods", nargs="+", choices=OF_ALL, default=list(METHODS))
    asked.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "riskstrat-feature-store")
    asked.add_argument("--write", action="store_true", help="add the figures to benchmarks/results.md")
    asked.add_argument("--run", nargs=2, help=argparse.SUPPRESS)  # one method in a process of its own
    options = asked.parse_args()
    if options.run:
        print(json.dumps(measured(Path(options.run[0]), options.run[1])))
        return
    lines = [f"\n{heading()}\n"]
    for people in options.people:
        folder = options.folder / str(people)
        rows = make(folder, people)
        found = {}
        for method in options.methods:
            found[method] = in_own_process(folder, method)
            print(people, method, found[method], flush=True)
        lines += table(people, rows, found, compare(folder, options.methods))
    print("\n".join(lines))
    if options.write:
        with RESULTS.open("a", encoding="utf-8") as results:
            results.write("\n".join(lines) + "\n")


def make(folder: Path, people: int) -> int:
    """Make the people, unless the folder holds them; return how many rows they have."""
    counted = folder / "rows"
    if not counted.exists():
        counted.parent.mkdir(parents=True, exist_ok=True)
        counted.write_text(str(write_people(Workspace(folder / "people"), people)))
    return int(counted.read_text())


def workspace_of(folder: Path, method: str) -> Workspace:
    """Return a workspace of the method's own on the same people."""
    workspace = Workspace(folder / method)
    held = workspace.store / "intake"
    if not held.exists():
        held.parent.mkdir(parents=True, exist_ok=True)
        held.symlink_to((folder / "people" / "store" / "intake").resolve())
    return workspace


def in_own_process(folder: Path, method: str) -> dict[str, float]:
    """Run one method in a fresh process and return its figures."""
    command = [sys.executable, __file__, "--run", str(folder), method]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)


def measured(folder: Path, method: str) -> dict[str, float]:
    """Run one method here; return CPU and wall seconds, peak memory and the most that was spilled, in MB."""
    workspace = workspace_of(folder, method)
    for note in workspace.store.glob("features/*/inputs.json"):
        note.unlink()
    families()  # reads and checks the statements, which is no part of the work
    read = columns_read() if method == "scan" else {}
    snapshots.MUST_VARY_ABOVE = sys.maxsize  # made people do not meet every list; the guard is for those who do
    with spill_watched(workspace.scratch) as most:
        cpu, wall = time.process_time(), time.monotonic()
        run(workspace, method, read)
        cpu, wall = time.process_time() - cpu, time.monotonic() - wall
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"cpu": round(cpu, 2), "wall": round(wall, 1), "memory": round(peak), "spill": round(max(most) / 2**20, 1)}


def run(workspace: Workspace, method: str, read: dict[str, list[str]]) -> None:
    """Do the work of one method; ``read`` are the columns that a snapshot reads, by table."""
    if method == "scan":
        scan(workspace, INDEX, read)
    elif method == "polars":
        some_columns(workspace, INDEX).write_parquet(workspace.root / "columns.parquet")
    elif method == "subset":
        subset(workspace)
    elif method == "alone":
        for day in MONTHS:
            build_snapshots(workspace, [day])
    else:
        if method == "naive":
            parts.know_at = know_at_one_by_one
        build_snapshots(workspace, MONTHS if method == "months" else [INDEX])


def subset(workspace: Workspace) -> None:
    """Make the columns of the polars method by the product's SQL, with no other column of their families."""
    chosen = [family for family in families() if family.name in COLUMNS]
    statements = needed(chosen)
    written = GrowingFile(workspace.root / "columns.parquet")
    with open_store(workspace) as warehouse:
        register_seeds(warehouse)
        ask_for(warehouse, [INDEX])
        set_index_date(warehouse, INDEX)
        for _ in each_range(warehouse, workspace, people_at_once(warehouse, workspace)):
            made = {family.statement.table: COLUMNS[family.name] for family in chosen}
            for statement in statements:
                names = ", ".join(made.get(statement.table, ()))
                sql = f"SELECT person_id, {names} FROM ({statement.sql})" if names else statement.sql
                warehouse.make_table(statement.table, sql)
            first, *others = sorted(made)
            joined = " ".join(f"FULL JOIN {other} USING (person_id)" for other in others)
            warehouse.append(f"FROM {first} {joined}", written, ordered_by="person_id")
    written.finish()


@contextmanager
def spill_watched(scratch: Path) -> Iterator[list[int]]:
    """Give a list to which the size of what the engine spilled to the scratch folder is added as long as this lasts."""
    sizes, ended = [0], threading.Event()

    def watch() -> None:
        while not ended.wait(0.2):
            found = 0
            for path in scratch.glob("duckdb-*/*"):
                try:
                    found += path.stat().st_size
                except FileNotFoundError:
                    continue
            sizes.append(found)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield sizes
    finally:
        ended.set()
        watcher.join()


def compare(folder: Path, methods: list[str]) -> list[str]:
    """Return what was compared, in words; a difference ends the run."""
    said = []
    if {"snapshot", "naive"} <= set(methods):
        said.append(equal(folder, "snapshot", "naive", INDEX))
    for day in MONTHS if {"months", "alone"} <= set(methods) else ():
        said.append(equal(folder, "months", "alone", day))
    if {"snapshot", "months"} <= set(methods):
        said.append(equal(folder, "snapshot", "months", INDEX))
    for method in {"polars", "subset"} & set(methods) if "snapshot" in methods else ():
        names = [name for some in COLUMNS.values() for name in some]
        whole = pl.scan_parquet(workspace_of(folder, "snapshot").part("features", INDEX)).select("person_id", *names)
        own = pl.scan_parquet(folder / method / "columns.parquet")
        both = whole.join(own, on="person_id", how="left", suffix="_own")
        since = [name for name in names if name.startswith("days_since")]
        # Null in the snapshot also where the data are withheld or not in time: there is nothing to compare then.
        wrong = both.select(
            (
                (pl.col(name) != (pl.col(f"{name}_own") if name in since else pl.col(f"{name}_own").fill_null(0)))
                | (pl.col(name).is_not_null() & pl.col(f"{name}_own").is_null() & (name in since))
            )
            .sum()
            .alias(name)
            for name in names
        ).collect(engine="streaming")
        if wrong.sum_horizontal().item():
            sys.exit(f"{method} and snapshot differ: {wrong.to_dicts()}")
        said.append(f"`{method}` and `snapshot`: the same {len(names)} columns of every person whose data are shown")
    return said


def equal(folder: Path, one: str, other: str, day: date) -> str:
    """Say that two methods made the same snapshot, every column of it; end the run if they did not."""
    held = [pl.scan_parquet(workspace_of(folder, method).part("features", day)) for method in (one, other)]
    names = held[0].collect_schema().names()
    for first in range(0, len(names), 40):
        some = names[first : first + 40]
        frames = [frame.select(some).collect() for frame in held]
        if not frames[0].equals(frames[1]):
            sys.exit(f"{one} and {other} differ at {day}, in columns {', '.join(some)}")
    return f"`{one}` and `{other}` at {day}: the same {len(names)} columns of every person"


def heading() -> str:
    """Return the heading of a run: the day and the machine."""
    load = os.getloadavg()[0]
    return (
        f"## Feature store, {datetime.now(UTC):%Y-%m-%d}\n\n{os.cpu_count()} cores, {platform.machine()}, "
        f"{platform.system()}, CPython {platform.python_version()}; load of the machine before the run {load:.1f}."
    )


def table(people: int, rows: int, found: dict[str, dict[str, float]], same: list[str]) -> list[str]:
    """Return the figures of one number of people as a table."""
    lines = [
        f"{people:,} people, {rows:,} rows, {sum(len(f.statement.columns) for f in families())} columns:",
        "",
        "| method | CPU, s | times the scan | times the snapshot | wall, s | peak memory, MB | spilled, MB |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for method, figure in found.items():
        ratios = [f"{figure['cpu'] / found[of]['cpu']:.1f}" if of in found else "" for of in ("scan", "snapshot")]
        lines.append(
            f"| {method} | {figure['cpu']:.1f} | {ratios[0]} | {ratios[1]} | {figure['wall']:.0f} "
            f"| {figure['memory']:.0f} | {figure['spill']:.1f} |"
        )
    return [*lines, "", *(f"- {line}" for line in same), ""]


if __name__ == "__main__":
    main()
