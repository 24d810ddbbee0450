"""What a population report of 24 months costs at the size of a board, counted from the snapshots alone.

python benchmarks/population.py BOARD FOLDER [--months 24] [--write]

``BOARD`` is the workspace that ``benchmarks/worklists.py`` leaves in its folder: 1,000,000 people of 120 practices with
one month of snapshot, scores and rules met. Its practices are put into networks of five and places of twenty. The month
is laid down as often as asked: in each month another 1 of 500 people is not registered and another 1 of 50 memberships
of a cohort is not there, so that no two months are alike; only the columns of the snapshot that the report reads are
copied. Then one process publishes the report with all these months as its trend, every one of them counted, protected
over all four kinds of area, and the last one attacked as written; the cohorts are all that are shipped, segments
included. Every count printed is then held against a plain count of the rules met, joined and grouped. Seconds are of
the work, after the libraries are loaded; the peak of resident memory is of the whole process.
"""

import argparse
import json
import os
import shutil
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
from intake_rows import cost_of

from riskstrat import rules
from riskstrat.disclosure import publishable
from riskstrat.intake import bar_people, open_store
from riskstrat.intake.catalogue import table_file
from riskstrat.project import Workspace, add_months

COLUMNS = ("person_id", "index_date", "practice_code", "age", "sex", "programmes_held")
PER_NETWORK, PER_PLACE = 5, 20
PUBLISH = """
import json, os, sys, time
from datetime import date
from importlib import import_module
from pathlib import Path
from riskstrat.project import Workspace
from riskstrat.population import publish
import_module("riskstrat.population.counting.cohorts").TREND_MONTHS_BEFORE = tuple(range(int(sys.argv[4]) - 1, 0, -1))
workspace, day = Workspace(Path(sys.argv[1])), date.fromisoformat(sys.argv[2])
def now():
    return time.perf_counter(), sum(os.times()[:4])
steps, begun = [], now()
def tell(text):
    steps.append((text, *now()))
result = publish(workspace, day, f"{day}.1", Path(sys.argv[3]), progress=tell)
tell("end")
rows = []
for (text, wall, cpu), (_, end, spent) in zip([("counting", *begun), *steps], steps):
    rows.append((text, end - wall, spent - cpu))
print(json.dumps({"rows": rows, "index_dates": len(result.index_dates), "cohorts": result.cohorts,
    "suppressed": result.suppressed, "others": result.suppressed_for_others, "withheld": result.withheld_because}))
"""


def lay_down(board: Workspace, root: Path, months: int) -> tuple[Workspace, date]:
    """Write the board with ``months`` index dates that end at its own."""
    day = board.index_dates("worklists")[-1]
    ignored = shutil.ignore_patterns("features", "scores", "rule_hits", "worklist*", "releases", "drop")
    shutil.copytree(board.root, root, ignore=ignored)
    made = Workspace(root)
    _into_networks(made)
    for layer in ("features", "scores", "rule_hits"):
        shutil.copytree(board.part(layer, day).parent, made.part(layer, day).parent)
    rules.evaluate(made, day)
    whole = {layer: made.part(layer, day) for layer in ("scores", "rule_hits", "rule_status", "sources")}
    for nth in range(months):
        other = add_months(day, -nth)
        people = pl.scan_parquet(board.part("features", day)).select(COLUMNS)
        _write(people.filter(pl.col("person_id") % 500 != nth), made.part("features", other), other)
        if nth:
            for layer, path in whole.items():
                rows = pl.scan_parquet(path)
                if layer == "rule_hits":
                    mixed = pl.col("person_id") * 7919 + pl.col("rule_id").str.len_bytes() * 31
                    rows = rows.filter(mixed % 50 != nth)
                _write(rows, made.part(layer, other), other)
    return made, day


def _into_networks(board: Workspace) -> None:
    path = table_file(board, "practice", 1)
    practices = pl.read_parquet(path).sort("practice_code")
    place = pl.int_range(pl.len())
    practices.with_columns(
        pcn_code=pl.format("ZU{}", (place // PER_NETWORK).cast(pl.String).str.zfill(4)),
        pcn_name=pl.format("Network {}", place // PER_NETWORK + 1),
        place_code=pl.format("ZPL{}", place // PER_PLACE),
        place_name=pl.format("Place {}", place // PER_PLACE + 1),
    ).write_parquet(path)


def _write(rows: pl.LazyFrame, path: Path, day: date) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    has_date = "index_date" in rows.collect_schema()
    found = (rows.with_columns(index_date=pl.lit(day)) if has_date else rows).collect()
    found.write_parquet(path)


def differing(workspace: Workspace, out: Path) -> int:
    """Return how many printed counts of people are not those of a plain count; raises where none was compared."""
    with open_store(workspace) as warehouse:
        bar_people(warehouse, workspace, "planning")
        barred = warehouse.frame("SELECT DISTINCT person_id FROM permission.barred")["person_id"]
        practices = warehouse.frame("FROM intake.practice")
    codes = {kind: f"{kind}_code" for kind in ("place", "pcn", "practice")}
    printed = pl.read_csv(out / "population.csv", infer_schema=False).filter(pl.col("measure") == "people")
    wrong = compared = 0
    for (period,), rows in printed.group_by("period"):
        day = date.fromisoformat(str(period))
        people = pl.read_parquet(workspace.part("features", day), columns=["person_id", "practice_code"])
        people = people.filter(~pl.col("person_id").is_in(barred.implode())).join(
            practices.select(*codes.values()).unique("practice_code"), on="practice_code"
        )
        hits = pl.read_parquet(workspace.part("rule_hits", day)).filter(pl.col("left_off_by").is_null())
        members = hits.join(people, on="person_id").select("rule_id", *codes.values())
        members = pl.concat([members, people.select(pl.lit("registered").alias("rule_id"), *codes.values())])
        counts = {("icb", None, rule): n for rule, n in members.group_by("rule_id").len().iter_rows()}
        for kind, code in codes.items():
            grouped = members.group_by(code, "rule_id").len().iter_rows()
            counts |= {(kind, area, rule): n for area, rule, n in grouped}
        for row in rows.filter(
            (pl.col("cohort") != "left-out") & ~pl.col("note").str.contains("no.*figure|not shown").fill_null(False)
        ).iter_rows(named=True):
            kind, code = row["area_type"], row["area_code"]
            count = counts.get((kind, None if kind == "icb" else code, row["cohort"]), 0)
            compared += 1
            wrong += count == 0 if row["value"] in (None, "") else float(row["value"]) != publishable(count)
    if not compared:
        raise RuntimeError("no count was compared")
    print(f"{compared:,} printed counts held against a plain count, {wrong} differ")
    return wrong


def main() -> None:
    """Lay the months down, publish them, print, and with ``--write`` add to ``results.md``."""
    parser = argparse.ArgumentParser()
    parser.add_argument("board", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--months", type=int, default=24)
    parser.add_argument("--write", action="store_true", help="add the figures to results.md")
    asked = parser.parse_args()
    root = asked.folder / "board"
    if root.exists():
        workspace = Workspace(root)
        day = max(workspace.index_dates("features"))
    else:
        workspace, day = lay_down(Workspace(asked.board.resolve()), root, asked.months)
    out = asked.folder / "population"
    shutil.rmtree(out, ignore_errors=True)
    load = os.getloadavg()[0]
    cost = cost_of(PUBLISH, str(workspace.root), str(day), str(out), str(asked.months))
    said = json.loads(cost.said)
    if differing(workspace, out):
        raise SystemExit("counts differ from a plain count")
    people = pl.scan_parquet(workspace.part("features", day)).select(pl.len()).collect().item()
    rows = [*said["rows"], ("in all", *(sum(row[n] for row in said["rows"]) for n in (1, 2)))]
    told = "\n".join(
        [
            f"\n### A population report of {said['index_dates']} months, {people:,} people, "
            f"{datetime.now(tz=UTC).date()}\n",
            f"`python benchmarks/population.py BOARD FOLDER --months {asked.months}`; {said['cohorts']} cohorts, 120 "
            f"practices, 24 networks, 6 places; {said['suppressed']:,} counts printed as `*`, {said['others']:,} of "
            f"them for another, withheld: {said['withheld'] or 'no'}. Each is that of a plain count. "
            f"Peak memory {cost.megabytes:,.0f} MB. Load before {load:.1f}, {os.cpu_count()} cores.\n",
            "| part | wall, s | CPU, s |",
            "| --- | --- | --- |",
            *(f"| {text} | {wall:.1f} | {cpu:.1f} |" for text, wall, cpu in rows),
            "",
        ]
    )
    print(told)
    if asked.write:
        with (Path(__file__).parent / "results.md").open("a", encoding="utf-8") as results:
            results.write(told)


if __name__ == "__main__":
    main()
