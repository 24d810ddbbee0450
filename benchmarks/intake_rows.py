"""What taking a drop costs beside a bare copy of its files, table by table: CPU seconds and peak memory.

python benchmarks/intake_rows.py PEOPLE FOLDER [--memory 2GB] [--tables gp_event ...] [--write]

Makes a drop of PEOPLE people in FOLDER, about 100 rows each in the proportions of a board
(``feature_store_people.py``), its rows in the order of their days as feeds send them, with a manifest. Then, for each
table, two processes of their own: one copies the file (Parquet to zstd Parquet, the engine's settings those of intake),
one takes a drop of that table alone into a workspace that already holds people, registrations and practices. At last
the whole drop is taken at once. CPU seconds (user and system, all threads) and peak resident memory are what the kernel
says of each process; the start of Python and the libraries, about a second, is in both. FOLDER must not exist; it is
left for a look and can be deleted.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path

from feature_store_people import FIRST, LAST, write_people

from riskstrat.contract import TABLES
from riskstrat.files import sha256_of
from riskstrat.intake.catalogue import table_file
from riskstrat.project import Workspace
from riskstrat.warehouse import Warehouse, quoted

BASE = ("person", "practice", "registration")
COPY = """
import sys
from pathlib import Path
from riskstrat.warehouse import Warehouse
with Warehouse(Path(sys.argv[3]), memory_limit=sys.argv[4], threads=2) as warehouse:
    for file in sorted(Path(sys.argv[1]).glob("*.parquet")):
        warehouse.write_parquet(f"FROM read_parquet('{file}')", Path(sys.argv[2]))
"""
TAKE = """
import sys
from pathlib import Path
from riskstrat.intake import take_drop
from riskstrat.project import Workspace
tables = take_drop(Workspace(Path(sys.argv[1])), Path(sys.argv[2])).tables.values()
print(*(f"{sum(getattr(t, name) for t in tables)}" for name in ("rows_in", "taken", "quarantined_rows", "duplicates")))
"""


@dataclass(frozen=True)
class Cost:
    """CPU seconds and peak resident memory in MB of a process, and what it printed."""

    seconds: float
    megabytes: float
    said: str = ""


PEAK = """
print()
print(next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")))
"""
"""The peak of the process itself, in kB: what the kernel says of a child (``ru_maxrss``) begins with its parent's."""


def cost_of(code: str, *arguments: str) -> Cost:
    """Run Python code in a process of its own; raises ``RuntimeError`` where it fails."""
    process = subprocess.Popen([sys.executable, "-c", code + PEAK, *arguments], stdout=subprocess.PIPE, text=True)
    said = process.stdout.read() if process.stdout else ""
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"exit {process.returncode}")
    said, _, peak = said.strip().rpartition("\n")
    return Cost(usage.ru_utime + usage.ru_stime, int(peak) / 1024, said.strip())


def make_drop(people: int, folder: Path) -> dict[str, int]:
    """Write ``folder/drop/<table>.parquet`` for every table; return their rows."""
    made = Workspace(folder / "made")
    write_people(made, people)
    lives = table_file(made, "person", 1)
    rows = {}
    (folder / "drop").mkdir()
    with Warehouse(folder / "scratch", memory_limit="2GB", threads=2) as warehouse:
        for table in TABLES.values():
            held = table_file(made, table.name, 1)
            if not held.is_file():
                continue
            listed = [f"r.{quoted(column.name)}" for column in table.columns if column.name != "nhs_number"]
            if table.name == "person":  # they would have been sent before some of them were born
                listed[-1] = "CAST(NULL AS DATE) AS available_date"
            if table.is_about_people:
                listed = [f"{_NHS_NUMBER} AS nhs_number", *listed]
            source = f"read_parquet('{held}') AS r"
            if table.event_date:
                day = f"r.{quoted(table.event_date)}"
                # Nobody is seen before birth or after death: the made people know nothing of it.
                source += f" JOIN (SELECT person_id, birth_date, death_date FROM read_parquet('{lives}')) AS life"
                source += " USING (person_id)"
                source += f" WHERE {day} >= birth_date AND {day} <= COALESCE(death_date, {day}) ORDER BY {day}"
            rows[table.name] = warehouse.write_parquet(
                f"SELECT {', '.join(listed)} FROM {source}", folder / f"drop/{table.name}.parquet"
            )
    shutil.rmtree(made.root)
    return rows


# Nine digits from the person's number, spread so that their order is another, and the check digit; where that would be
# 10, one is added to the ninth: a digit whose weight is 2 makes the check digit 8.
_NINE = "CAST(100000000 + (person_id * CAST(7368787 AS BIGINT)) % 89999999 * 10 AS VARCHAR)"
_SUM = " + ".join(f"{11 - n} * CAST(SUBSTR({_NINE}, {n}, 1) AS INTEGER)" for n in range(1, 10))
_NHS_NUMBER = (
    f"CASE WHEN (11 - ({_SUM}) % 11) % 11 = 10 THEN CONCAT(SUBSTR({_NINE}, 1, 8), '18') "
    f"ELSE CONCAT({_NINE}, CAST((11 - ({_SUM}) % 11) % 11 AS VARCHAR)) END"
)


def board(folder: Path, memory: str) -> Path:
    """Return a new workspace with a key and that memory limit."""
    (folder / "identity").mkdir(parents=True)
    key = folder / "identity" / "pseudonym.key"
    key.write_text("5a" * 32, encoding="ascii")
    key.chmod(0o600)
    (folder / "riskstrat.toml").write_text(f'[engine]\nmemory_limit = "{memory}"\nthreads = 2\n', encoding="utf-8")
    return folder


def drop_of(folder: Path, drop: Path, tables: dict[str, int]) -> Path:
    """Return a drop of some tables of another: links to the same bytes, and a manifest of their own."""
    folder.mkdir()
    files = []
    for name, rows in tables.items():
        os.link(drop / f"{name}.parquet", folder / f"{name}.parquet")
        file = {"file": f"{name}.parquet", "table": name, "rows": rows, "period": f"{FIRST}/{LAST}"}
        files.append({**file, "sha256": sha256_of(folder / f"{name}.parquet")})
    (folder / "manifest.json").write_text(json.dumps({"version": 1, "files": files}), encoding="utf-8")
    return folder


def copy_of(drop: Path, folder: Path, memory: str) -> Cost:
    """Return what a bare copy of a drop's files costs, one after another in one process."""
    copied = folder / "copy.parquet"
    cost = cost_of(COPY, str(drop), str(copied), str(folder / "scratch"), memory)
    copied.unlink()
    return cost


def measure(folder: Path, rows: dict[str, int], wanted: list[str], memory: str) -> list[tuple[str, int, Cost, Cost]]:
    """Return table, rows, cost of a bare copy and cost of taking it, for each table and at last for all of them."""
    base = board(folder / "base", memory)
    cost_of(TAKE, str(base), str(drop_of(folder / "drop-base", folder / "drop", {name: rows[name] for name in BASE})))
    found = []
    for name in wanted:
        drop = drop_of(folder / f"drop-{name}", folder / "drop", {name: rows[name]})
        copy = copy_of(drop, folder, memory)
        held = folder / f"board-{name}"
        shutil.copytree(base, held)
        take = cost_of(TAKE, str(held), str(drop))
        shutil.rmtree(held)
        found.append((name, rows[name], copy, take))
        print(line(*found[-1]), f"[in, taken, quarantined, duplicates: {take.said}]", flush=True)
    return found


def line(name: str, rows: int, copy: Cost, take: Cost) -> str:
    """Return a row of a table in Markdown."""
    ratio = take.seconds / copy.seconds
    costs = f"{copy.seconds:.1f} | {copy.megabytes:,.0f} | {take.seconds:.1f} | {take.megabytes:,.0f} | {ratio:.1f}"
    return f"| `{name}` | {rows:,} | {costs} |"


def main() -> None:
    """Make the drop, measure, print, and with ``--write`` add to ``results.md``."""
    parser = argparse.ArgumentParser()
    parser.add_argument("people", type=int)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--memory", default="2GB")
    parser.add_argument("--tables", nargs="*")
    parser.add_argument("--write", action="store_true", help="add the figures to results.md")
    asked = parser.parse_args()
    asked.folder.mkdir(parents=True)
    load = os.getloadavg()[0]
    # In a process of its own: the kernel counts what a parent held as a child's peak, too.
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as apart:
        rows = apart.submit(make_drop, asked.people, asked.folder).result()
    wanted = asked.tables if asked.tables is not None else [name for name in rows if name not in BASE]
    found = measure(asked.folder, rows, wanted, asked.memory)
    if asked.tables is None:
        drop = drop_of(asked.folder / "drop-whole", asked.folder / "drop", rows)
        whole = cost_of(TAKE, str(board(asked.folder / "board", asked.memory)), str(drop))
        found.append(("all at once", sum(rows.values()), copy_of(drop, asked.folder, asked.memory), whole))
        print(line(*found[-1]), f"[in, taken, quarantined, duplicates: {whole.said}]", flush=True)
    if asked.write:
        day = datetime.now(tz=UTC).date()
        head = (
            f"\n### Taking a drop of {asked.people:,} people, {day}\n\n"
            f"`python benchmarks/intake_rows.py {asked.people} FOLDER "
            f"--memory {asked.memory}`; load before {load:.1f}, {os.cpu_count()} cores.\n\n"
            "| table | rows | copy, CPU s | copy, MB | intake, CPU s | intake, MB | ratio |\n"
            "| --- | --- | --- | --- | --- | --- | --- |\n"
        )
        with (Path(__file__).parent / "results.md").open("a", encoding="utf-8") as results:
            results.write(head + "\n".join(line(*one) for one in found) + "\n")


if __name__ == "__main__":
    main()
