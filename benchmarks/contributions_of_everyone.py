"""What contributions for everyone cost, and the drivers by group made from them: CPU seconds and peak memory by size.

python benchmarks/contributions_of_everyone.py WORKSPACE [--times 1 10 50] [--write]

WORKSPACE is one that ``riskstrat demo`` or ``riskstrat run`` left: its champions, and its latest snapshot so many times
over, every copy with people of its own. Each step runs in a process of its own, so that its peak is its own. The
drivers are those of every practice, of the board, and of 30 cohorts in which people are by their number (about three a
person).
"""

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl

from riskstrat.modelling import contribute, drivers
from riskstrat.project import Workspace
from riskstrat.warehouse import GrowingFile

COHORTS = 30


def made_workspace(source, times, root):
    """Make a workspace with the champions of another and its latest snapshot so many times over; return its date."""
    day = source.index_dates("features")[-1]
    shutil.copy(source.root / "mlflow.db", root)
    shutil.copytree(source.root / "mlartifacts", root / "mlartifacts")
    snapshot = pl.read_parquet(source.part("features", day))
    apart, kind = int(snapshot["person_id"].max()), snapshot.schema["person_id"]
    table = GrowingFile(Workspace(root).part("features", day))
    for copy in range(times):
        table.append(snapshot.with_columns((pl.col("person_id") + copy * apart).cast(kind)))
    table.finish()
    return day


def members(workspace, day):
    """Return every person's practice, the board, and the cohorts by number."""
    people = pl.scan_parquet(workspace.part("features", day)).select("person_id", group="practice_code").collect()
    cohorts = [
        people.filter(pl.col("person_id") % (n + 2) == 0).with_columns(group=pl.lit(f"cohort {n}"))
        for n in range(COHORTS)
    ]
    return pl.concat([people, people.with_columns(group=pl.lit("board")), *cohorts])


def one_step(step, root, day):
    """Do one step in this process and print what it took."""
    workspace = Workspace(Path(root))
    before = resource.getrusage(resource.RUSAGE_SELF)
    if step == "contribute":
        contribute(workspace, date.fromisoformat(day))
    else:
        drivers(workspace, date.fromisoformat(day), members(workspace, date.fromisoformat(day)), few=7)
    after = resource.getrusage(resource.RUSAGE_SELF)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(json.dumps({"cpu": cpu, "peak": after.ru_maxrss / 1024}))


def measured(step, root, day):
    """Return what a step took in a process of its own."""
    done = subprocess.run(
        [sys.executable, __file__, str(root), "--step", step, "--day", str(day)], check=True, capture_output=True
    )
    return json.loads(done.stdout.splitlines()[-1])


def main():
    """Measure each size, print, and with ``--write`` add to ``results.md``."""
    parser = argparse.ArgumentParser()
    parser.add_argument("workspace")
    parser.add_argument("--times", type=int, nargs="+", default=[1, 10, 50])
    parser.add_argument("--write", action="store_true", help="add the figures to results.md")
    parser.add_argument("--step", help="for this file's own use")
    parser.add_argument("--day", help="for this file's own use")
    asked = parser.parse_args()
    if asked.step:
        one_step(asked.step, asked.workspace, asked.day)
        return
    lines = [
        f"\n### Contributions for everyone, {datetime.now(tz=UTC).date()}\n",
        f"`python benchmarks/contributions_of_everyone.py WORKSPACE`; load before {os.getloadavg()[0]:.1f}, "
        f"{os.cpu_count()} cores.\n",
        "| people in the snapshot | rows | table, MB | making it, CPU s (compiling included) | peak, MB "
        "| drivers, CPU s | peak, MB |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for times in asked.times:
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder)
            day = made_workspace(Workspace(Path(asked.workspace)), times, root)
            made, grouped = measured("contribute", root, day), measured("drivers", root, day)
            table = Workspace(root).part("contributions", day)
            rows = pl.scan_parquet(table).select(pl.len()).collect().item()
            people = pl.scan_parquet(Workspace(root).part("features", day)).select(pl.len()).collect().item()
            lines.append(
                f"| {people:,} | {rows:,} | {table.stat().st_size / 1e6:.0f} | {made['cpu']:.1f} | {made['peak']:,.0f} "
                f"| {grouped['cpu']:.1f} | {grouped['peak']:,.0f} |"
            )
    print("\n".join(lines))
    if asked.write:
        with (Path(__file__).parent / "results.md").open("a", encoding="utf-8") as results:
            results.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
