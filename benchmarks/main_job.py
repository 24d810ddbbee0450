"""Time and memory of the whole main job on a made population.

python benchmarks/main_job.py [--people N] [--runs N] [--write]

Each run is ``riskstrat demo --people N`` in a process and a folder of its own (the folder is removed afterwards), so
that imports, generation and publishing all count. Prints wall time, CPU time and peak resident memory of every run,
with the load of the machine before it; ``--write`` adds them to ``benchmarks/results.md``. Run it on a quiet machine.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

RESULTS = Path(__file__).with_name("results.md")
HEADING = """# Results

Rows are added by `benchmarks/main_job.py --write`; the load is the one-minute average before the run (2 on two cores is
busy: such a row says little about wall time).

| day | command | cores | load before | wall, s | CPU, s | peak memory, MB |
| --- | --- | --- | --- | --- | --- | --- |
"""


def measured(people: int) -> tuple[float, float, float, float]:
    """Run the demonstration once; return the load before, wall seconds, CPU seconds and peak memory in MB."""
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="main-job-") as folder:
        command = [
            str(Path(sys.executable).with_name("riskstrat")),
            "--workspace",
            folder,
            "demo",
            "--people",
            str(people),
        ]
        started = time.monotonic()
        running = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        said = running.stderr.read()
        _, status, used = os.wait4(running.pid, 0)
        wall = time.monotonic() - started
        running.returncode = os.waitstatus_to_exitcode(status)
    if running.returncode:
        sys.exit(said.decode())
    return load, wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def main() -> None:
    """Run, print and, where asked, write down."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--people", type=int, default=20_000)
    asked.add_argument("--runs", type=int, default=1)
    asked.add_argument("--write", action="store_true", help="add the runs to benchmarks/results.md")
    options = asked.parse_args()
    for _ in range(options.runs):
        load, wall, cpu, memory = measured(options.people)
        row = (
            f"| {datetime.now(UTC):%Y-%m-%d} | `riskstrat demo --people {options.people}` | {os.cpu_count()} "
            f"| {load:.1f} | {wall:.0f} | {cpu:.0f} | {memory:.0f} |"
        )
        print(row)
        if options.write:
            before = RESULTS.read_text(encoding="utf-8") if RESULTS.exists() else HEADING
            RESULTS.write_text(f"{before}{row}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
