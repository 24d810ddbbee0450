"""Whether the board's worklists pass some groups by, as a commissioner may read it: rounded, suppressed, in words.

Made from ``store/worklist_equity``, which the worklists room writes. Counts obey the disclosure rule; in a dimension
whose groups are everybody (deprivation, ethnicity) a second count is suppressed where one alone would follow from the
total. Shares are made from the rounded counts; the share of expected admissions is a model's figure, shown where the
group's counts are. That a group is passed by is said of a suppressed count too, without a figure, unless a reader could
work the count out from its being said.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from riskstrat.disclosure import SHORTHAND, Rule, publishable
from riskstrat.population.methods.rates import proportion
from riskstrat.project import Workspace
from riskstrat.sheets import SheetTable, write_csv

NO_DIFFERENCE = "no difference beyond chance"
"""The finding of a group that is listed as often as its need would have it."""
EQUITY_CSV = "worklist-equity.csv"
_LAYER = "worklist_equity"
_COVER_EVERYBODY = ("deprivation", "ethnicity")
HEADINGS = {
    "dimension": "Compared by",
    "group": "Group",
    "met_a_rule": "Met a rule, free to be listed",
    "listed": "Listed",
    "share_of_rule": "% of those who met a rule",
    "share_of_list": "% of those listed",
    "share_of_need": "% of expected emergency admissions",
    "finding": "Finding, and what would restore it",
}


@dataclass(frozen=True)
class EquityLine:
    """One group. Counts are as published, null where suppressed; shares are in per cent, null where not shown."""

    dimension: str
    group: str
    met_a_rule: int | None
    listed: int | None
    share_of_rule: int | None
    share_of_list: int | None
    share_of_need: int | None
    finding: str


def read_equity(workspace: Workspace, index_date: date, rule: Rule) -> tuple[EquityLine, ...]:
    """Return the table as it may be published; empty where no lists were made, or where it may not be counted.

    Lists may show people whom a board keeps out of planning: then nothing is published of who was listed.
    """
    file = workspace.part(_LAYER, index_date)
    opened = workspace.settings.opt_out
    may_list = {name.split(".")[0] for name in opened.opened("case_finding")}
    may_count = {name.split(".")[0] for name in opened.opened("planning")}
    if not file.is_file() or not may_list <= may_count:
        return ()
    held = pl.read_parquet(file)
    whole = held.filter(pl.col("dimension").is_in(_COVER_EVERYBODY)).group_by("dimension").agg(pl.col(_COUNTS).sum())
    totals = {name: max(whole[name].to_list(), default=0) for name in _COUNTS}
    lines: list[EquityLine] = []
    for _, groups in held.group_by("dimension", maintain_order=True):
        shown = {name: _shown(groups, name, rule) for name in _COUNTS}
        lines += [
            _line(row, {name: shown[name][place] for name in _COUNTS}, totals, rule)
            for place, row in enumerate(groups.to_dicts())
        ]
    return tuple(lines)


def write_equity(folder: Path, lines: Sequence[EquityLine]) -> None:
    """Write the table as CSV; nothing where there is none."""
    if lines:
        write_csv(folder / EQUITY_CSV, _frame(lines).with_columns(_starred(name) for name in _COUNTS))


def equity_sheet(lines: Sequence[EquityLine]) -> SheetTable:
    """Return the table as a sheet of the workbook."""
    return SheetTable(
        name="Worklists by group",
        title="Who is on the worklists, against need, by group",
        notes=[f"An empty count is suppressed ({SHORTHAND} on the page)."],
        frame=_frame(lines),
        headings=HEADINGS,
        widths={"dimension": 22, "group": 26, "finding": 80},
        keep_left=2,
    )


_SAID = (
    ("is_passed_by", "listed less often than others who met a rule", "places_to_equal"),
    ("is_below_need", "below its share of expected admissions", "places_to_need"),
)
_COUNTS = ("met_a_rule", "listed")
_SCHEMA = {
    name: pl.String if name in ("dimension", "group", "finding") else pl.Int64 for name in EquityLine.__annotations__
}


def _frame(lines: Sequence[EquityLine]) -> pl.DataFrame:
    return pl.DataFrame([[getattr(line, name) for name in _SCHEMA] for line in lines], schema=_SCHEMA, orient="row")


def _starred(name: str) -> pl.Expr:
    return pl.col(name).cast(pl.String).fill_null(SHORTHAND)


def _shown(groups: pl.DataFrame, name: str, rule: Rule) -> list[int | None]:
    """Return one count of each group as published.

    Where groups are everybody, the smallest counts that could stand are hidden too, until those hidden cannot be worked
    out by somebody who knows the exact total: the places of all practices are hardly a secret.
    """
    counts = groups[name].to_list()
    shown = [publishable(count, rule.suppress_to, rule.round_to) for count in counts]
    if groups["dimension"][0] not in _COVER_EVERYBODY:
        return shown
    for _, place in sorted((count, place) for place, count in enumerate(counts) if count > rule.suppress_to):
        if not _is_told_by_total(counts, shown, rule):
            return shown
        shown[place] = None
    return [None] * len(shown) if _is_told_by_total(counts, shown, rule) else shown


def _is_told_by_total(counts: Sequence[int], shown: Sequence[int | None], rule: Rule) -> bool:
    """Whether a hidden count has one value only, given the exact total and what the shown ones were rounded from."""
    hidden = [count for count, figure in zip(counts, shown, strict=True) if figure is None]
    if not hidden:
        return False
    ranges = [_rounded_from(figure, rule) for figure in shown if figure is not None]
    most = sum(counts) - sum(low for low, _ in ranges)
    least = sum(counts) - sum(high for _, high in ranges)
    are_small = all(count <= rule.suppress_to for count in hidden)
    return len(hidden) == 1 or most <= len(hidden) or (are_small and least >= len(hidden) * rule.suppress_to)


def _rounded_from(figure: int, rule: Rule) -> tuple[int, int]:
    """Return the smallest and the largest count that are published as this figure."""
    around = range(max(0, figure - rule.round_to), figure + rule.round_to + 1)
    held = [count for count in around if publishable(count, rule.suppress_to, rule.round_to) == figure]
    return held[0], held[-1]


def _line(row: dict[str, Any], counts: dict[str, int | None], totals: dict[str, int], rule: Rule) -> EquityLine:
    # A share of expected admissions is a model's figure: of a few adults it would be theirs.
    is_group = row["adults"] > rule.suppress_to
    is_whole = is_group and all(figure is not None for figure in counts.values())
    may_say = is_whole or (is_group and counts["met_a_rule"] is not None and not _gives_away(row, totals, rule))
    need = row["share_of_need"]
    published = {name: publishable(total, rule.suppress_to, rule.round_to) for name, total in totals.items()}
    return EquityLine(
        dimension=str(row["dimension"]),
        group=str(row["value"]),
        met_a_rule=counts["met_a_rule"],
        listed=counts["listed"],
        share_of_rule=_percent(counts["met_a_rule"], published["met_a_rule"]),
        share_of_list=_percent(counts["listed"], published["listed"]),
        share_of_need=round(100 * need) if is_whole and isinstance(need, float) else None,
        finding=_finding(row, rule, with_places=is_whole) if may_say else "too few to say",
    )


def _percent(part: int | None, whole: int | None) -> int | None:
    return None if part is None or not whole else min(100, round(100 * part / whole))


def _gives_away(row: dict[str, Any], totals: dict[str, int], rule: Rule) -> bool:
    """Whether only one small count listed would be said to be passed by, or not to be, as this one is."""
    if row["listed"] > rule.suppress_to or not totals["met_a_rule"]:
        return not totals["met_a_rule"]
    need, overall = row["share_of_need"], totals["listed"] / totals["met_a_rule"]

    def said_of(listed: int) -> tuple[bool, bool]:
        passed_by = proportion(listed, row["met_a_rule"]).upper < overall
        return passed_by, need is not None and proportion(listed, totals["listed"]).upper < need

    truly, most = said_of(row["listed"]), min(rule.suppress_to, row["met_a_rule"], totals["listed"])
    return sum(said_of(listed) == truly for listed in range(1, most + 1)) < 2


def _finding(row: dict[str, Any], rule: Rule, *, with_places: bool) -> str:
    said = []
    for flag, words, places in _SAID:
        if row[flag]:
            said.append(words + (f": {_places(row[places], rule)}" if with_places else ""))
    if row["is_pushed_down"]:
        said.append("the priority puts it behind what the estimate alone would list: look at its weights")
    return "; ".join(said) or NO_DIFFERENCE


def _places(places: int, rule: Rule) -> str:
    shown = publishable(places, rule.suppress_to, rule.round_to)
    many = f"fewer than {rule.suppress_to + 1}" if not shown else f"about {shown}"
    return f"{many} more of the places would restore it"
