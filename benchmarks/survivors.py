"""What a list would have lost, had it been made when the year after was known: who died or moved, and their admissions.

python benchmarks/six_months.py --folder FOLDER; python benchmarks/survivors.py FOLDER

Reads the lists that were sent in time (``FOLDER/first``) and the whole landing drop (``FOLDER/drop``). A list made from
the whole drop leaves off whoever has died by its end, or is no longer registered with the practice.
"""

import argparse
import json
from datetime import date, timedelta
from pathlib import Path

import polars as pl
from six_months_truth import Truth

from riskstrat.intake import identities
from riskstrat.modelling.datasets.exposure import read_sent_lists
from riskstrat.project import Workspace, add_months


def main() -> None:
    """Print a row per list."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("folder", type=Path, help="what six_months.py --folder kept")
    folder = asked.parse_args().folder
    workspace, truth = Workspace(folder / "first"), Truth(folder / "drop")
    manifest = json.loads((folder / "drop" / "manifest.json").read_text(encoding="utf-8"))
    end = max(date.fromisoformat(file["period"].split("/")[1]) for file in manifest["files"]) + timedelta(days=1)
    dead, at = truth.dead(date.max, date.max), truth.practice_of(end, date.max)
    lists = read_sent_lists(workspace)
    numbers = identities(workspace, lists["person_id"].unique().to_list()).select("person_id", "nhs_number")
    lists = lists.join(numbers, on="person_id")
    print("| list of | listed | admitted within 12 months | gone by the end | admitted | still there | admitted |")
    print("|" + " --- |" * 7)
    for day in lists["sent"].unique().sort():
        admitted = truth.admitted(day, add_months(day, 12))
        rows = lists.filter(pl.col("sent") == day).select("nhs_number", "practice_code").rows()
        is_gone = {number: number in dead or truth.today(code, end) not in at.get(number, ()) for number, code in rows}
        cells = [len(is_gone), len(admitted & set(is_gone))]
        for state in (True, False):
            side = {number for number, gone in is_gone.items() if gone is state}
            found = len(admitted & side)
            cells += [len(side), f"{found} ({found / len(side):.0%})"] if side else [0, ""]
        print(f"| {day} | {' | '.join(map(str, cells))} |")


if __name__ == "__main__":
    main()
