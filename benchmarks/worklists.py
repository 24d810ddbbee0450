"""What a board's worklists cost to render: the page, the workbook and the file of every practice.

python benchmarks/worklists.py DEMONSTRATION FOLDER [--people 1000000] [--practices 120] [--write]

DEMONSTRATION is a workspace that ``riskstrat demo`` made (20,000 people). Its people are laid down over and over, each
copy with numbers of its own, until there are ``--people`` of them, spread over ``--practices`` practices: snapshot,
scores, rules met, gaps, registrations, programmes, opt-outs and names, with the demonstration's own champion. The lists
are selected afresh. Then two processes of their own are measured: ``render`` of every practice, and the documents of
one practice alone, the dearest of 20. Seconds are of the work, the
processes that it starts among them, after the libraries are loaded and the loops of the reasons compiled, as the step
of a month before it (``contribute``) has done in the same process. With the start of Python and the libraries, and the
peak of resident memory of one process, they are what the kernel says. FOLDER must not exist; it is left for a look and
can be deleted.
"""

import argparse
import os
import shutil
import sys
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
from intake_rows import Cost, cost_of

from riskstrat.intake.catalogue import read_catalogue, table_file, write_catalogue
from riskstrat.intake.identity import vault_file
from riskstrat.project import Workspace
from riskstrat.warehouse import Warehouse, quoted
from riskstrat.worklists import select

PER_PERSON = ("rule_hits", "gap_hits", "scores")
HELD = ("person", "registration", "programme", "opt_out")
_RENDER = """
import os, sys, time
from datetime import date
from pathlib import Path
import polars as pl
from riskstrat import modelling
from riskstrat.project import Workspace
from riskstrat.worklists.showing import rendering
from riskstrat.worklists.selecting.rises import MODEL as RISK_MODEL
workspace, day = Workspace(Path(sys.argv[1])), date.fromisoformat(sys.argv[2])
modelling.champions(workspace)  # the libraries, as a month has loaded them before it renders
snapshot = pl.scan_parquet(workspace.part("features", day))
somebody = snapshot.filter(pl.col("age") >= 18).select("person_id").head(1).collect()["person_id"].to_list()
modelling.reason_sentences(workspace, day, RISK_MODEL, somebody)  # its loops are compiled by then too
"""
ALL = (
    _RENDER
    + """
wall, cpu = time.perf_counter(), sum(os.times()[:4])
files = rendering.render(workspace, day, f"{day}.1", Path(sys.argv[3]))
print(len(files), time.perf_counter() - wall, sum(os.times()[:4]) - cpu)
"""
)
ONE = (
    _RENDER
    + """
from riskstrat.worklists.showing.documents import write_documents
from riskstrat.worklists.showing.gathering import read_month
from riskstrat.worklists.showing.practice_pages import pages_of
month = read_month(workspace, day, f"{day}.1")
folder = Path(sys.argv[3])
folder.mkdir()
pages = pages_of(month)
write_documents(next(pages), folder)
costs = []
for _ in range(20):
    wall, cpu = time.perf_counter(), sum(os.times()[:4])
    files = write_documents(next(pages), folder)
    costs.append((time.perf_counter() - wall, sum(os.times()[:4]) - cpu))
print(len(files), *max(costs))
"""
)


def make_board(demonstration: Workspace, root: Path, people: int, practices: int) -> tuple[Workspace, date, int]:
    """Lay the demonstration's people down over and over; return the board, its index date and its people."""
    for name in ("riskstrat.toml", "mlflow.db"):
        root.mkdir(exist_ok=True)
        shutil.copy(demonstration.root / name, root / name)
    for name in ("mlartifacts", "identity", "store/monitoring", "store/monitoring_inputs", "store/models"):
        if (demonstration.root / name).is_dir():
            shutil.copytree(demonstration.root / name, root / name)
    board = Workspace(root)
    day = demonstration.index_dates("worklists")[-1]
    vault = vault_file(demonstration)
    assert vault is not None
    snapshot = pl.scan_parquet(demonstration.part("features", day))
    copies = -(-people // snapshot.select(pl.len()).collect().item())
    with Warehouse(root / "scratch", memory_limit="4GB", threads=2) as warehouse:
        _number_copies(warehouse, snapshot, vault, copies, practices)
        _lay_down(warehouse, demonstration.part("features", day), board.part("features", day))
        for layer in PER_PERSON:
            for file in sorted((demonstration.store / layer).glob("*/part.parquet")):
                _lay_down(warehouse, file, board.store / layer / file.parent.name / file.name)
        _lay_down(warehouse, vault, board.vault / vault.name, "CONCAT('9', LPAD(CAST({person} AS VARCHAR), 9, '0'))")
        for table in HELD:
            _lay_down(warehouse, table_file(demonstration, table, 1), table_file(board, table, 1))
        _write_practices(warehouse, demonstration, board)
    for layer in ("sources", "rule_status", "gap_status", "score_status"):
        shutil.copytree(demonstration.store / layer, board.store / layer)
    _write_catalogue(demonstration, board)
    return board, day, int(pl.scan_parquet(board.part("features", day)).select(pl.len()).collect().item())


def _number_copies(warehouse: Warehouse, snapshot: pl.LazyFrame, vault: Path, copies: int, practices: int) -> None:
    """Make ``made.copy`` (how much is added to a person's number) and ``made.practice`` (which code is which)."""
    step = pl.scan_parquet(vault).select(pl.col("person_id").max()).collect().item()
    codes = snapshot.select("practice_code").unique().collect()["practice_code"].sort().to_list()
    warehouse.register("made.copy", pl.DataFrame({"nth": range(copies), "added": [n * step for n in range(copies)]}))
    rows = [
        (n, code, f"Z{1 + (n * len(codes) + place) % practices:05}")
        for n in range(copies)
        for place, code in enumerate(codes)
    ]
    frame = pl.DataFrame(rows, schema=["nth", "practice_code", "made_code"], orient="row")
    warehouse.register("made.practice", frame)


def _lay_down(warehouse: Warehouse, file: Path, to: Path, identifier: str | None = None) -> None:
    """Write a table about people once for every copy, in order of the person's number."""
    columns = pl.read_parquet_schema(file)
    person = "CAST(r.person_id + c.added AS INTEGER)"
    said = {name: f"r.{quoted(name)}" for name in columns} | {"person_id": person}
    source = f"FROM read_parquet('{file}', hive_partitioning = false) AS r CROSS JOIN made.copy AS c"
    if "practice_code" in columns:
        said["practice_code"] = "p.made_code"
        source += " INNER JOIN made.practice AS p ON p.nth = c.nth AND p.practice_code = r.practice_code"
    if identifier:
        said["identifier"] = identifier.format(person=person)
    listed = ", ".join(f"{sql} AS {quoted(name)}" for name, sql in said.items())
    warehouse.write_parquet(f"SELECT {listed} {source} ORDER BY c.nth, r.person_id", to)


def _write_practices(warehouse: Warehouse, demonstration: Workspace, board: Workspace) -> None:
    like = pl.read_parquet(table_file(demonstration, "practice", 1)).filter(pl.col("close_date").is_null()).head(1)
    codes = warehouse.frame("SELECT DISTINCT made_code AS practice_code FROM made.practice ORDER BY 1")
    made = codes.join(like.drop("practice_code"), how="cross").with_columns(
        practice_name=pl.format("Practice {} (fictitious)", "practice_code")
    )
    path = table_file(board, "practice", 1)
    path.parent.mkdir(parents=True, exist_ok=True)
    made.select(like.columns).write_parquet(path)


def _write_catalogue(demonstration: Workspace, board: Workspace) -> None:
    catalogue = read_catalogue(demonstration)
    first = catalogue.deliveries[0]
    tables = {name: held for name, held in first.tables.items() if name in (*HELD, "practice")}
    write_catalogue(board, replace(catalogue, deliveries=(replace(first, tables=tables),)))
    shutil.copy(demonstration.store / "intake" / "key_check", board.store / "intake" / "key_check")


def line(what: str, cost: Cost) -> str:
    """Return a row of a table in Markdown."""
    files, wall, cpu = cost.said.split()
    return (
        f"| {what} | {int(files):,} | {float(wall):.2f} | {float(cpu):.2f} | {cost.seconds:.1f} "
        f"| {cost.megabytes:,.0f} |"
    )


def main() -> None:
    """Make the board, measure, print, and with ``--write`` add to ``results.md``."""
    parser = argparse.ArgumentParser()
    parser.add_argument("demonstration", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--people", type=int, default=1_000_000)
    parser.add_argument("--practices", type=int, default=120)
    parser.add_argument("--write", action="store_true", help="add the figures to results.md")
    asked = parser.parse_args()
    asked.folder.mkdir(parents=True)
    board, day, people = make_board(
        Workspace(asked.demonstration.resolve()), asked.folder / "board", asked.people, asked.practices
    )
    select(board, day, progress=lambda text: print(text, file=sys.stderr))
    states = pl.read_parquet(board.part("worklists", day))["state"].value_counts().sort("state").rows()
    load = os.getloadavg()[0]
    rows = [
        line(f"all {asked.practices} practices", cost_of(ALL, str(board.root), str(day), str(asked.folder / "all"))),
        line(
            "one practice's documents, the dearest of 20",
            cost_of(ONE, str(board.root), str(day), str(asked.folder / "one")),
        ),
    ]
    head = (
        f"\n### Worklists of {people:,} people in {asked.practices} practices, "
        f"{datetime.now(tz=UTC).date()}\n\n"
        f"`python benchmarks/worklists.py DEMONSTRATION FOLDER --people {asked.people} "
        f"--practices {asked.practices}`; {', '.join(f'{n:,} {state}' for state, n in states)}; "
        f"load before {load:.1f}, {os.cpu_count()} cores.\n\n"
        "| what | files | wall, s | CPU, s | CPU of the whole process, s | peak memory, MB |\n"
        "| --- | --- | --- | --- | --- | --- |\n"
    )
    told = head + "\n".join(rows) + "\n"
    print(told)
    if asked.write:
        with (Path(__file__).parent / "results.md").open("a", encoding="utf-8") as results:
            results.write(told)


if __name__ == "__main__":
    main()
