"""Twelve monthly population reports of one synthetic population, attacked together: who is found, and what is lost.

python benchmarks/disclosure.py DEMONSTRATION FOLDER [--months 12] [--write]

``DEMONSTRATION`` is a workspace that ``riskstrat demo --people 36000`` made (about twenty practices); it is copied. For
each of the months up to its last index date a snapshot is made, scored and evaluated as a month's run would, and the
population report is published with all reports before it in readers' hands.

The attack at the end is made on the files alone, and on all of them at once: every count of every report, the same
index date printed in several of them, and two months of one count tied wherever the count truly did not change, as
if a reader knew of every practice and cohort when nobody joined or left. The true counts tell the reader which ``*``
hide a small count and which counts did not change, and nothing else.
"""

import argparse
import os
import resource
import shutil
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from itertools import pairwise
from pathlib import Path

from riskstrat import features, modelling, rules
from riskstrat.disclosure import Figure, Rule
from riskstrat.disclosure.attack import Key, System, same_count
from riskstrat.disclosure.cells import Cells
from riskstrat.population import publish, read_cohorts
from riskstrat.population.counting.areas import AREA_TYPES, WORDS, Geography, geography
from riskstrat.population.counting.cohorts import read_months, read_practices
from riskstrat.population.protection.earlier import CSV_NAME, both_told, read_counts
from riskstrat.population.protection.tables import cells_of, check_published
from riskstrat.project import Workspace, add_months

RESULTS = Path(__file__).with_name("results.md")


def cpu() -> float:
    """Return the CPU seconds of this process and its children so far."""
    return sum(os.times()[:4])


def prepare(workspace: Workspace, days: Sequence[date]) -> None:
    """Bring the snapshots, scores and rule hits of these index dates into the store."""
    trend = [add_months(day, -months) for day in days for months in (3, 6, 9, 12)]
    features.build_snapshots(workspace, sorted({*features.usable_dates(workspace, trend), *days}))
    for day in sorted({*features.usable_dates(workspace, trend), *days}):
        modelling.score(workspace, day)
        rules.evaluate(workspace, day)


def publish_all(workspace: Workspace, days: Sequence[date], folder: Path) -> list[Path]:
    """Publish every month with all before it known; stop where one is withheld."""
    made: list[Path] = []
    for day in days:
        started = cpu()
        result = publish(workspace, day, f"{day}.1", folder / str(day), previous=made)
        assert result.withheld_because is None, result.withheld_because
        made.append(result.folder)
        print(f"{day}: {result.suppressed} suppressed, {cpu() - started:.1f} CPU s", flush=True)
    return made


def true_cells(workspace: Workspace, days: Sequence[date]) -> tuple[Geography, dict[date, Cells]]:
    """Return the true counts of every month and what ties them."""
    cohorts = read_cohorts()
    months = list(read_months(workspace, days, cohorts))
    in_use = {code for month in months for code in month.registered["practice_code"]}
    areas = geography(read_practices(workspace), in_use, workspace.settings.board.name)
    return areas, {month.index_date: cells_of(month, cohorts, areas, Rule()) for month in months}


def as_read(folders: Sequence[Path], cells: Mapping[date, Cells], rule: Rule) -> dict[Key, Figure]:
    """Return what all the files together tell of every cell."""
    figures: dict[Key, Figure] = {}
    for folder in folders:
        shown = read_counts(folder / CSV_NAME)
        for own in cells.values():
            for key, one in check_published(shown, own, rule).items():
                if key in shown and key in figures and figures[key].is_printed:
                    figures[key] = both_told(figures[key], one)
                elif key in shown or key not in figures:
                    figures[key] = one
    return figures


def attacked(figures: Mapping[Key, Figure], cells: Mapping[date, Cells]) -> dict[Key, int]:
    """Return the cells that a reader of all months can pin to one value."""
    truth = {key: count for own in cells.values() for key, count in own.counts.items()}
    ties = [tie for own in cells.values() for tie in own.relations]
    days = sorted(cells)
    for before, after in pairwise(days):
        for _, *rest in cells[after].counts:
            one, other = (str(before), *rest), (str(after), *rest)
            if truth.get(one) == truth[other]:
                ties.append(same_count(one, other))
    print(f"attacking {len(truth):,} cells with {len(ties):,} ties", flush=True)
    return System(figures, ties, truth).pinned()


def lost(figures: Mapping[Key, Figure], cells: Mapping[date, Cells]) -> list[str]:
    """Return a row per kind of area: its counts, how many are suppressed and why, and the share of people in them."""
    rows = []
    for kind in reversed(AREA_TYPES):
        found: Counter[str] = Counter()
        for own in cells.values():
            hidden = {key for table in own.tables for key in table.worked_out}
            for key, count in own.counts.items():
                if key in hidden or not key[2].startswith(f"{kind}:"):
                    continue
                one = figures[key]
                why = "left out" if not one.is_printed else "shown"
                if one.is_suppressed:
                    why = "small" if one.is_guarded else "for another"
                found[why] += 1
                found["all"] += 1
                found["people"] += count
                found["people lost"] += count if why != "shown" else 0
        share = 100 * found["people lost"] / max(1, found["people"])
        rows.append(
            f"| {WORDS[kind]} | {found['all']:,} | {found['small']:,} | {found['for another']:,} "
            f"| {found['left out']:,} | {100 * (found['all'] - found['shown']) / found['all']:.2f} % | {share:.3f} % |"
        )
    return rows


def main() -> None:
    """Publish, attack, print, and with ``--write`` add to ``results.md``."""
    parser = argparse.ArgumentParser()
    parser.add_argument("demonstration", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--months", type=int, default=12)
    parser.add_argument("--write", action="store_true", help="add the figures to results.md")
    asked = parser.parse_args()
    if not (asked.folder / "board").exists():
        shutil.copytree(asked.demonstration, asked.folder / "board")
    workspace = Workspace((asked.folder / "board").resolve())
    last = max(workspace.index_dates("worklists"))
    days = [add_months(last, n) for n in range(1 - asked.months, 1)]
    prepare(workspace, days)
    shutil.rmtree(asked.folder / "published", ignore_errors=True)
    started = cpu()
    folders = publish_all(workspace, days, asked.folder / "published")
    publishing, started, wall = cpu() - started, cpu(), time.perf_counter()
    areas, cells = true_cells(workspace, days)
    settings = workspace.settings.disclosure
    figures = as_read(folders, cells, Rule(settings.suppress_to, settings.round_to))
    pinned = attacked(figures, cells)
    attacking = cpu() - started
    people = max(own.counts[str(day), "registered", areas.board.key] for day, own in cells.items())
    cohorts = len({key[1] for own in cells.values() for key in own.counts if ":" not in key[1]}) // 2
    told = "\n".join(
        [
            f"\n### {asked.months} monthly population reports attacked together, {datetime.now(tz=UTC).date()}\n",
            f"`python benchmarks/disclosure.py DEMONSTRATION FOLDER`; {people:,} people, "
            f"{len(areas.of_type('practice'))} practices, {len(areas.of_type('pcn'))} networks, "
            f"{len(areas.of_type('place'))} places, {cohorts} cohorts; every report published, none withheld.\n",
            f"**{len(pinned)} cells of {sum(one.is_guarded for one in figures.values()):,} that hide 1 to 7 people can "
            f"be pinned to one value** by a reader of all {asked.months} reports. Publishing {publishing:.0f} CPU s, "
            f"reading and attacking all of them together {attacking:.0f} CPU s "
            f"({time.perf_counter() - wall:.0f} s), peak memory "
            f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MB.\n",
            "| area | counts | `*`: 1 to 7 | `*`: for another | left out | not shown | people in counts not shown |",
            "| --- | --- | --- | --- | --- | --- | --- |",
            *lost(figures, cells),
            "",
        ]
    )
    print(told)
    for period, what, where in sorted(pinned):
        print(f"pinned: {what} in {where} at {period}")
    if asked.write:
        with RESULTS.open("a", encoding="utf-8") as results:
            results.write(told)


if __name__ == "__main__":
    main()
