"""Six monthly releases on a synthetic population, with practices that send their lists back in between.

python benchmarks/six_months.py [--people 20000] [--folder FOLDER] [--write]

One population is made; each month its drop is cut to the rows that had arrived by then, and goes through the product as
a board would do it: ``riskstrat intake``, ``train`` before the first month, ``run``, and after each release every
practice opens its own workbook, fills it in, saves it and has it taken back with ``riskstrat feedback``. What a
practice knows of its people (deaths, moves) is what happened by the day it answers, whether or not the news has reached
the board; what it decides is drawn by chance from one seed. The population's practice merger is
put into the third month.

What is counted is counted from outside, from the landing rows, the published files and the practices' own books:

- churn, and whether everyone who left a list has a stated reason
- people listed although a decision of their practice stood, without the large rise in risk that ends it
- people listed who were known to have died, moved or opted out
- admissions among those listed against what their risks add up to, with the exact interval of that sum
- whether the whole half year, made again in another folder, names the same people
"""

import argparse
import csv
import hashlib
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import polars as pl
from six_months_truth import Truth, cut_drop, move_merger

from riskstrat import synthetic
from riskstrat.demonstration import DEMONSTRATION_KEY, SEED
from riskstrat.intake import identities
from riskstrat.project import Workspace, add_months
from riskstrat.settings import BoardSettings, Settings
from riskstrat.setup import make_workspace
from riskstrat.worklists.showing.words import expected_range

RESULTS = Path(__file__).with_name("results.md")
MONTHS = tuple(add_months(date(2025, 4, 1), n) for n in range(6))
MERGER = date(2025, 6, 1)
ANSWERED_AFTER = timedelta(days=20)
MODEL = "emergency_admission_12m"

ANSWERS = {
    "to review": 0.25,
    "reviewed - no action": 0.20,
    "reviewed - plan made": 0.18,
    "on caseload": 0.06,
    "declined": 0.08,
    "not suitable": 0.08,
    "already managed": 0.08,
    "in hospital": 0.02,
    "data wrong": 0.01,
    "patient objects": 0.01,
    "snoozed": 0.03,
}
"""How often a practice records what, of people who are there: made up, so that everything happens in half a year."""

OFF_FOR = {
    "reviewed - no action": 3, "reviewed - plan made": 6, "on caseload": 12, "declined": 12, "not suitable": 12,
    "already managed": 6, "in hospital": 1, "moved away": 3, "data wrong": 3,
}  # fmt: skip
"""Months off the list, as ``docs/how-to/record-what-was-decided.md`` says them: written here again on purpose."""

ENDED_BY_A_RISE = {
    "reviewed - no action", "reviewed - plan made", "declined", "not suitable", "already managed", "snoozed",
}  # fmt: skip


def commanded(root: Path, *words: object) -> dict[str, Any]:
    """Run one verb of the command line, as a board does, and return its answer."""
    command = [str(Path(sys.executable).with_name("riskstrat")), "--workspace", str(root), *map(str, words), "--json"]
    finished = subprocess.run(command, capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stderr
    return json.loads(finished.stdout)


@dataclass
class Decision:
    """What a practice wrote in its own book about one person."""

    status: str
    on: date
    until: date | None
    risk_percent: int


@dataclass
class Figures:
    """What one month came to, counted from outside."""

    day: date
    listed: int = 0
    new: int = 0
    back: int = 0
    stayed: int = 0
    left: Counter[str] = field(default_factory=Counter)
    unexplained: int = 0
    repeated: int = 0
    risen: int = 0
    dead: int = 0
    dead_unknown: int = 0
    moved: int = 0
    opted_out: int = 0
    due: int = 0
    due_missing: int = 0
    recorded: int = 0
    risks: tuple[float, ...] = ()
    observed: int = 0


class HalfYear:
    """A board over some months: its drops, its releases, and practices that answer."""

    def __init__(self, root: Path, whole: Path, *, seed: int = 1) -> None:
        """Take the folder to work in and the whole drop; make the workspace with the demonstration's public key."""
        self.root, self.whole, self.seed = root, whole, seed
        self.workspace = Workspace(root)
        make_workspace(
            self.workspace,
            Settings(board=BoardSettings(name="Half a year", demonstration=True)),
            key=DEMONSTRATION_KEY,
        )
        self.truth = Truth(whole)
        self.book: dict[tuple[str, str], Decision] = {}
        self.last: dict[str, str] = {}
        self.releases: list[Path] = []
        self.figures: list[Figures] = []

    def month(self, day: date, *, train: Sequence[str] | None = None) -> Figures:
        """Take the drop of the month, publish, count, and send every list back filled in.

        ``train`` names the models to train first (all of them: an empty sequence); ``None`` trains nothing.
        """
        drop = cut_drop(self.whole, day, self.root / "drops" / str(day))
        commanded(self.root, "intake", drop)
        shutil.rmtree(drop)
        if train is not None:
            commanded(self.root, "train", *train)
        published = commanded(self.root, "run", "--index-date", day)
        folder = Path(published["folder"]) / "worklists"
        self.releases.append(folder)
        figures = self.counted(day, folder)
        returned = self.root / "returned" / str(day)
        returned.mkdir(parents=True)
        files = [self.answered(day, book, returned / book.name) for book in sorted(folder.glob("*.xlsx"))]
        taken = commanded(self.root, "feedback", *files)
        figures.recorded = taken["taken"]
        again = commanded(self.root, "feedback", *files)
        assert (again["taken"], again["unchanged"]) == (0, taken["taken"]), "the same files again changed something"
        return figures

    def counted(self, day: date, folder: Path) -> Figures:
        """Return the month's figures from its published lists."""
        rows = [row for path in sorted(folder.glob("*.csv")) for row in read_list(path)]
        numbers = {row["nhs_number"].replace(" ", ""): row for row in rows}
        assert len(numbers) == len(rows), "somebody is on two lists"
        changes = Counter(row["change"] if row["change"] in ("NEW", "BACK") else "stayed" for row in rows)
        found = Figures(day, len(rows), changes["NEW"], changes["BACK"], changes["stayed"])
        known_dead, dead = self.truth.dead(day, day), self.truth.dead(day, date.max)
        here, objecting = self.truth.practice_of(day, day), self.truth.opted_out(day)
        for number, row in numbers.items():
            found.dead += number in known_dead
            found.dead_unknown += number in dead and number not in known_dead
            found.moved += row["practice_code"] not in here.get(number, set())
            found.opted_out += number in objecting
            stands = self.book.get((number, row["practice_code"]))
            if stands is not None and self.is_off(stands, day):
                now, then = int(row["risk_percent"]), stands.risk_percent
                is_risen = stands.status in ENDED_BY_A_RISE and now >= then + 9 and now + 0.5 >= 1.5 * (then - 0.5)
                found.risen += is_risen
                found.repeated += not is_risen
        self.follow_plans(day, numbers, folder, found)
        self.account_for_leavers(day, numbers, found)
        self.last = {number: row["practice_code"] for number, row in numbers.items()}
        return found

    def is_off(self, decision: Decision, day: date) -> bool:
        """Return whether a decision still keeps the person off, by what the how-to page says."""
        if decision.status in ("died", "patient objects"):
            return True
        if decision.until is not None:
            return decision.until > day
        months = OFF_FOR[decision.status]
        first = add_months(decision.on.replace(day=1), months)
        last = add_months(first, 1) - timedelta(days=1)
        return min(first + timedelta(days=decision.on.day - 1), last) > day

    def follow_plans(self, day: date, numbers: dict[str, Any], folder: Path, found: Figures) -> None:
        """Count the plans that came due within three months, and those whose person is nowhere on the workbook."""
        gone = self.truth.dead(date.max, day) | self.truth.opted_out(day)
        here = self.truth.practice_of(day, day)
        supported = {
            str(row[0]).replace(" ", "")
            for path in sorted(folder.glob("*.xlsx"))
            for row in openpyxl.load_workbook(path, read_only=True)["not shown"].iter_rows(values_only=True)
            if any("already supported" in str(cell) for cell in row)
        }
        for (number, practice), said in self.book.items():
            if said.status != "reviewed - plan made" or self.is_off(said, day):
                continue
            is_recent = self.is_off(said, add_months(day, -3))
            if is_recent and number not in gone | supported and practice in here.get(number, set()):
                found.due += 1
                found.due_missing += number not in numbers

    def account_for_leavers(self, day: date, numbers: dict[str, dict[str, str]], found: Figures) -> None:
        """Count everyone who was on the last lists and is not now, by the reason that was published or is known."""
        gone = {number: self.truth.today(code, day) for number, code in self.last.items() if number not in numbers}
        off = self.truth.dead(date.max, day) | self.truth.opted_out(day)
        here = self.truth.practice_of(day, day)
        stated = self.stated_reasons(day)
        for number, practice in gone.items():
            if number in off or practice not in here.get(number, set()):
                found.left["died, moved or objected"] += 1
            elif number in stated:
                found.left[stated[number]] += 1
            else:
                found.unexplained += 1

    def stated_reasons(self, day: date) -> dict[str, str]:
        """Return why each person left the list, as the product stored it for the page, by NHS number."""
        left = pl.read_parquet(self.workspace.part("worklist_left", day))
        held = identities(self.workspace, left["person_id"].to_list())
        numbers = dict(held.select("person_id", "nhs_number").rows())
        reasons = left.with_columns(pl.col("reason").str.replace(r"^already supported by .*", "already supported"))
        reasons = reasons.with_columns(pl.col("reason").str.replace(r"^recorded: .*", "decided by the practice"))
        reasons = reasons.with_columns(pl.col("reason").str.replace(r"^left off: .*", "left off by the rule"))
        return {numbers[person]: reason for person, reason in reasons.select("person_id", "reason").rows()}

    def answered(self, day: date, sent: Path, out: Path) -> Path:
        """Open a practice's workbook, record what it decides, save it under its own name; return the path."""
        chance = np.random.default_rng([self.seed, day.toordinal(), int(sent.stem[1:])])
        on = day + ANSWERED_AFTER
        dead, here = self.truth.dead(on, date.max), self.truth.practice_of(on, date.max)
        workbook = openpyxl.load_workbook(sent)
        sheet = workbook["list"]
        heading = next(row for row in sheet.iter_rows() if any(cell.value == "row_key" for cell in row))
        places = {cell.value: cell.column for cell in heading}
        for line in range(heading[0].row + 1, sheet.max_row + 1):

            def cell(column: str, line: int = line) -> Any:
                return sheet.cell(line, places[column])

            if cell("row_key").value is None:
                continue
            number = str(cell("nhs_number").value).replace(" ", "")
            status = str(chance.choice(list(ANSWERS), p=list(ANSWERS.values())))
            if number in dead:
                status = "died"
            elif sent.stem not in here.get(number, set()):
                status = "moved away"
            if status == "to review":
                continue
            wants_date = status == "snoozed" or (status == "reviewed - plan made" and chance.random() < 0.5)
            until = add_months(day, int(chance.integers(2, 5))) if wants_date else None
            cell("status").value, cell("status_date").value = status, on
            cell("owner").value, cell("until").value = f"Clinician {1 + int(chance.integers(3))}", until
            risk = cell("risk_percent").value
            self.book[number, sent.stem] = Decision(status, on, until, -100 if risk is None else int(risk))
        workbook.save(out)
        return out

    def outcomes(self) -> None:
        """Fill in what came of everyone listed, as the whole drop tells it: expected, its interval, and observed."""
        for month in self.figures:
            lists = pl.read_parquet(self.workspace.part("worklists", month.day)).filter(pl.col("state") == "listed")
            scores = pl.read_parquet(self.workspace.part("scores", month.day)).filter(pl.col("model") == MODEL)
            month.risks = tuple(lists.select("person_id").join(scores, on="person_id")["risk"])
            listed = identities(self.workspace, lists["person_id"].to_list())["nhs_number"]
            month.observed = len(self.truth.admitted(month.day, add_months(month.day, 12)).intersection(listed))

    def merged(self, day: date) -> None:
        """Carry the practices' own books over to whoever took a practice over."""
        self.book = {(number, self.truth.today(code, day)): said for (number, code), said in self.book.items()}


def read_list(path: Path) -> Iterator[dict[str, str]]:
    """Yield the rows of a published list."""
    with path.open(encoding="utf-8-sig", newline="") as handle:
        yield from csv.DictReader(handle)


def files_of(releases: Sequence[Path]) -> dict[str, str]:
    """Return the hash of every published list, by release and file."""
    return {
        f"{folder.parent.name}/{path.name}": hashlib.sha256(path.read_bytes()).hexdigest()
        for folder in releases
        for path in sorted(folder.iterdir())
    }


def lived(root: Path, whole: Path, months: Sequence[date] = MONTHS, models: Sequence[str] | None = ()) -> HalfYear:
    """Run the months in a folder, training ``models`` (all by default) before the first; figures are in ``figures``."""
    half = HalfYear(root, whole)
    for day in months:
        half.merged(day)
        half.figures.append(half.month(day, train=models if day == months[0] else None))
        print(root.name, half.figures[-1], file=sys.stderr, flush=True)
    return half


def as_table(figures: Sequence[Figures]) -> list[str]:
    """Return the figures as the lines of a table, with a line of sums."""
    lines = [
        "| list of | listed | new | back | stayed | left, reason given | left, none | decided, listed "
        "| back by a large rise | dead | moved | objecting | plans due | not followed up | recorded |",
        "|" + " --- |" * 15,
    ]
    for f in figures:
        cells = [f.listed, f.new, f.back, f.stayed, f.left.total(), f.unexplained, f.repeated, f.risen, f.dead, f.moved,
                 f.opted_out, f.due, f.due_missing, f.recorded]  # fmt: skip
        lines.append(f"| {f.day} | {' | '.join(map(str, cells))} |")
    reasons = sum((f.left for f in figures), Counter[str]())
    lines += ["", "Why people left: " + "; ".join(f"{reason} {n}" for reason, n in reasons.most_common()) + ".", ""]
    lines += ["| list of | expected | 95 % interval | observed |", "| --- | --- | --- | --- |"]
    for f in figures:
        low, high = expected_range(f.risks)
        lines.append(f"| {f.day} | {sum(f.risks):.1f} | {low} to {high} | {f.observed} |")
    unknown = sum(f.dead_unknown for f in figures)
    lines += ["", f"Listed and dead already, the news having reached nobody by the index date: {unknown}."]
    return lines


def main() -> None:
    """Run the half year twice, count, print, and where asked write down."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--people", type=int, default=20_000)
    asked.add_argument("--folder", type=Path, help="an empty folder to work in, which is kept")
    asked.add_argument("--write", action="store_true", help="add the figures to benchmarks/results.md")
    options = asked.parse_args()
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="six-months-") as temporary:
        folder = (options.folder or Path(temporary)).resolve()
        whole = folder / "drop"
        synthetic.generate_drop(options.people, SEED, whole)
        move_merger(whole, MERGER)
        with ThreadPoolExecutor() as both:  # the work is done by the commands, in processes of their own
            half, again = both.map(lambda name: lived(folder / name, whole), ("first", "second"))
        first, second = files_of(half.releases), files_of(again.releases)
        half.outcomes()
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    cpu = sum(usage.ru_utime + usage.ru_stime for usage in used)
    same = sum(first[name] == second.get(name) for name in first)
    lines = [
        f"### Six monthly releases, {options.people:,} people, {datetime.now(UTC):%Y-%m-%d}",
        "",
        f"`python benchmarks/six_months.py --people {options.people}`; {cpu:.0f} CPU s for making the people and twice "
        f"six months of the command line with its practices, load before {load:.1f}, {os.cpu_count()} cores.",
        "",
        *as_table(half.figures),
        "",
        f"The same half year in another folder: {same} of {len(first)} lists (page, workbook and file) are the same, "
        f"byte by byte.",
    ]
    print("\n".join(lines))
    if options.write:
        with RESULTS.open("a", encoding="utf-8") as results:
            results.write("\n" + "\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
